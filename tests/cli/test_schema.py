"""`cnncalc schema`: what an editor of YAML is told; the library passes, and what the reader refuses does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from cnncalc.claims.quantities import QUANTITIES
from cnncalc.documents.spec_schema import ABOUT_KEYS, schema
from cnncalc.layers import KINDS
from cnncalc.problem import Source
from cnncalc.spec.read import TOP, read_spec
from cnncalc.spec.text import read
from tests.cli.conftest import Run
from tests.effort import sampled

ARCHITECTURES = sorted((Path(__file__).parents[2] / "architectures").glob("*.cnn.yaml"))
VALIDATOR = Draft7Validator(schema(QUANTITIES))


class Editor(yaml.SafeLoader):
    """YAML 1.2 as editors read it: only true and false are truth values, only decimal numbers are numbers."""


Editor.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", "n~\0"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)", "-+0123456789"),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", yaml.resolver.re.compile(f"^(?:{pattern})$"), [*first])
Editor.yaml_implicit_resolvers[""] = Editor.yaml_implicit_resolvers.pop("\0")


def wrong(text: str) -> list[str]:
    """Return where a text breaks the schema, in the order of the text."""
    data: Any = yaml.load(text, Editor)
    return [error.json_path for error in VALIDATOR.iter_errors(data)]


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(schema(QUANTITIES))
    assert schema(QUANTITIES)["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert set(TOP) <= set(ABOUT_KEYS)
    assert {f"layer_{kind}" for kind in KINDS} <= set(schema(QUANTITIES)["definitions"])


@pytest.mark.parametrize("path", sampled(ARCHITECTURES, every=6), ids=lambda path: path.name)
def test_the_library_passes(path: Path) -> None:
    assert wrong(path.read_text("utf-8")) == []


GOOD = [
    "input: 8\nlayers: relu",
    "input: 8\nlayers: [relu, {a: relu}]\nvariants: {a: , b: {}}",
    "inputs: {a: 8, b: 8}\noutputs: a\nlayers: use a",
    "input: 8x8x3\nlayers:\n  - conv: {out: 8, kernel: 3x3, pad: same, bias: no}\n  - avgpool: {kernel: 2, ceil: true}",
    "input: 8x8x3\nvars: {n: 2, a: [1, [2, x]]}\nlayers:\n  - repeat: n\n    layers: [relu]",
    "input: 8x8x3\nlayers:\n  - a:\n      for: x in [1, 2]\n      layers: [relu, {b: relu}]\n      share: yes",
    "input: 8x8x3\nlayers:\n  - repeat: 3\n    share: [conv, bn]\n    layers: relu",
    "input: 8x8x3\nlayers:\n  - if: n > 1\n    then: relu",
    "input: 8x8x3\nlayers:\n  - add: {1x1: relu, skip: identity}\n  - fc: relu\nblocks: {fc: relu}",
    "input: 8x8x3\nlayers:\n  - partial_conv: {kernel: 5x5, maps: [[0, 1], [2]]}\nexpect: {params: 61_706, output: 8}",
    "input: 8\nlayers:\n  - aux: {side: linear 10}\n  - dropout: {rate: 0.5}",
]
BAD = [
    ("input: 8\nlayer: relu", ["$", "$"]),
    ("input: 8\ninputs: {a: 8}\nlayers: relu", ["$"]),
    ("input: [8, 8]\nlayers: relu", ["$.input"]),
    ("input: 8\nlayers: []", ["$.layers"]),
    ("input: 8\nlayers:\n  - relu\n  - {a: relu, b: relu}", ["$.layers"]),
    ("input: 8\nlayers:\n  - conv: {out: 8, kernel: 3, padding: 1}", ["$.layers"]),
    ("input: 8\nlayers:\n  - conv: {out: 8}", ["$.layers"]),
    ("input: 8\nlayers:\n  - conv: {out: 0, kernel: 3}", ["$.layers"]),
    ("input: 8\nlayers:\n  - dropout: {rate: 2}", ["$.layers"]),
    ("input: 8\nlayers:\n  - relu: conv 8 3x3", ["$.layers"]),
    ("input: 8\nlayers:\n  - use: relu", ["$.layers"]),
    ("input: 8\nlayers:\n  - repeat: 3", ["$.layers"]),
    ("input: 8\nlayers:\n  - repeat: 3\n    layers: relu\n    times: 2", ["$.layers"]),
    ("input: 8\nlayers:\n  - for: x in [1]", ["$.layers"]),
    ("input: 8\nlayers:\n  - for: [1]\n    layers: relu", ["$.layers"]),
    ("input: 8\nlayers:\n  - for: 3\n    layers: relu", ["$.layers"]),
    ("input: 8\nlayers:\n  - layers: relu", ["$.layers"]),
    ("input: 8\nlayers:\n  - repeat: 3\n    layers: relu\n    share: [cnv]", ["$.layers"]),
    ("input: 8\nlayers:\n  - then: relu", ["$.layers"]),
    ("input: 8\nlayers:\n  - add: relu", ["$.layers"]),
    ("input: 8\nlayers:\n  - add: [relu]", ["$.layers"]),
    ("input: 8\nlayers:\n  - add:\n      - relu\n      - if: yes\n        then: relu", ["$.layers"]),
    ("input: 8\nlayers: relu\nblocks: {conv out: relu}", ["$.blocks"]),
    ("input: 8\nlayers: relu\nexpect: {parameters: 8}", ["$.expect"]),
    ("input: 8\nlayers: relu\nvariants: {a: 3}", ["$.variants.a"]),
    ("input: 8\nlayers: relu\nerratum: {of: a, kind: odd, note: b}", ["$.erratum"]),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_written_well_passes(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(("text", "paths"), BAD)
def test_what_the_reader_refuses_does_not_pass(text: str, paths: list[str]) -> None:
    assert wrong(text) == paths
    source = Source("a", text)
    root, problems = read(source)
    refused = [*problems, *read_spec(root, source)[1]]
    long_form = any(key in text for key in ("padding", "out:", "rate:", "erratum"))
    assert refused or long_form  # fields and errata are judged later


def checked(files: list[Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run check-jsonschema over files, with the schema that the command prints."""
    file = folder / "cnncalc.schema.json"
    file.write_text(json.dumps(schema(QUANTITIES)))
    program = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(file), *map(str, files)]
    return subprocess.run(program, capture_output=True, text=True, check=False)


@pytest.mark.exhaustive
def test_check_jsonschema_takes_the_library(tmp_path: Path) -> None:
    done = checked(ARCHITECTURES, tmp_path)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n")


def test_check_jsonschema_refuses_what_is_broken(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.cnn.yaml" for number in range(len(BAD))]
    for file, (text, _) in zip(files, BAD, strict=True):
        file.write_text(text)
    done = checked(files, tmp_path)
    assert done.returncode == 1
    assert [file for file in files if f"{file}::$" not in done.stdout] == []


def test_command(run: Run) -> None:
    result = run("schema")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == schema(QUANTITIES)
