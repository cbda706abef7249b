"""Control and bidirectional characters of names, titles and arguments leave no command as they came."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS
from cnncalc.problem import escaped_json, visible_lines
from tests.cli.conftest import Run

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
STEER = "\u202e\u2066\u2028\u200f"
"""What YAML takes in a text as it stands; the others it takes as escapes."""

ESCAPED = "\\u202e\\r\\n" + STEER
ARGUMENT = "\x1b[2J\x07\x9b\x85\r\x7f" + STEER
SPEC = f"""
name: "net{ESCAPED}"
title: "=1+1{ESCAPED}"
source: "who{ESCAPED}"
year: "{ESCAPED}"
notes: "so{ESCAPED}"
input: 8x8x3
vars: {{w: 4}}
layers:
  - "one": conv w 3x3 bias=no
  - two: batchnorm -> relu -> flatten -> linear 10
"""
BROKEN = SPEC + f'  - "three{ESCAPED}": conv "{ESCAPED}" 3x3\n  - {STEER}: conv {STEER} 3x3 {STEER}=1\n'
KEY = f"""
title: "quiz{ESCAPED}"
questions:
  - {{id: 1, text: "what{ESCAPED}", network: 8x8x3 -> conv 4 3x3, ask: macs}}
"""
OWN = "net\x1b[2J\u202e\n.cnn.yaml"
"""A file's name."""

WALKS: dict[str, list[list[str]]] = {
    "show": [["show", OWN], ["show", f"8x8x3 -> {ARGUMENT}"], ["show", OWN, "--columns", ARGUMENT]],
    "explain": [["explain", OWN], ["explain", OWN, ARGUMENT]],
    "check": [["check", OWN, "--params", ARGUMENT], ["check", "--key", "k.key.yaml", "--answers", "a.txt"]],
    "solve": [["solve", OWN], ["solve", f"8x8x3 -> conv ? 3x3 {ARGUMENT}"]],
    "sizes": [["sizes", OWN]],
    "compare": [["compare", OWN, OWN], ["compare", ARGUMENT]],
    "closed": [["closed", OWN], ["closed", OWN, "--of", ARGUMENT]],
    "sweep": [["sweep", OWN, "--vary", "w=1,2"], ["sweep", OWN, "--vary", f"w=1,{ARGUMENT}"]],
    "list": [["list", "--path", "."], ["list", "--where", f"title = '{ARGUMENT}'"], ["list", "--sort", ARGUMENT]],
    "published": [["published", OWN]],
    "layers": [["layers", ARGUMENT]],
    "rule": [["rule", ARGUMENT]],
    "docs": [["docs", ARGUMENT]],
    "help": [["help", ARGUMENT]],
    "fmt": [["fmt", "--check", "."], ["fmt", "b.cnn.yaml"], ["fmt", ARGUMENT]],
    "annotate": [["annotate", "--check", OWN], ["annotate", "b.cnn.yaml"], ["annotate", ARGUMENT]],
    "lint": [["lint", "."], ["lint", ARGUMENT], ["lint", "--select", ARGUMENT], ["lint", "-", "--stdin-filename", OWN]],
    "quiz": [["quiz", "--key", "k.key.yaml"], ["quiz", "-n", "1", "--title", ARGUMENT], ["quiz", "--topics", ARGUMENT]],
    "grade": [["grade", "k.key.yaml", "in", "-o", "out"], ["grade", ARGUMENT, "in", "-o", "out"]],
    "verify": [["verify", ARGUMENT]],
    "run": [["run", ARGUMENT]],
    "schema": [["schema"]],
    "lsp": [],
    "memory": [["memory", OWN], ["memory", ARGUMENT]],
    "draw": [["draw", ARGUMENT, "-o", "net.svg"]],
    "diff": [["diff", OWN, "lenet5"], ["diff", ARGUMENT, "lenet5"], ["diff", "lenet5", f"HEAD:{ARGUMENT}.yaml"]],
    "reconcile": [["reconcile", OWN], ["reconcile", ARGUMENT], ["reconcile", "lenet5", "--code", ARGUMENT]],
    "roofline": [["roofline", OWN], ["roofline", ARGUMENT]],
    "import": [["import", ARGUMENT]],
    "export": [["export", OWN], ["export", ARGUMENT, "--to", "spec"]],
}
"""Of every command, lines that make it say something of what it was given."""


@pytest.fixture(autouse=True)
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(OWN).write_text(SPEC, "utf-8")
    Path("b.cnn.yaml").write_text(BROKEN, "utf-8")
    Path("k.key.yaml").write_text(KEY, "utf-8")
    Path("a.txt").write_text(f"1: {ARGUMENT}7\n", "utf-8")
    Path("in").mkdir()
    Path(f"in/ann{ARGUMENT}.txt").write_text(f"1: {ARGUMENT}7\n", "utf-8")


def test_every_command_is_walked() -> None:
    assert set(COMMANDS) <= set(WALKS)


@pytest.mark.parametrize(
    "words", [words for name in COMMANDS for words in WALKS.get(name, ())], ids=lambda words: words[0]
)
def test_no_raw_control_character_leaves(run: Run, words: list[str]) -> None:
    formats = formats_of(run, words[0])
    for format_ in formats or [""]:
        result = run(*words, *(["--format", format_] if format_ else []))
        found = RAW.search(result.output)
        assert found is None, (format_, result.output[max(0, found.start() - 80) : found.end() + 9])
        assert result.exception is None or isinstance(result.exception, SystemExit), (format_, result.exception)


def formats_of(run: Run, command: str) -> list[str]:
    text = " ".join(run(command, "--help", width=400).stdout.split())
    found = re.search(r"--format \[([a-z0-9|]+)\]", text)
    return found[1].split("|") if found else []


def test_files_of_a_quiz_and_of_grade(run: Run) -> None:
    run("quiz", "--key", "k.key.yaml", *(f"--format={name}" for name in ("markdown", "gift", "moodle")), "-o", "quiz")
    run("grade", "k.key.yaml", "in", "-o", "out")
    written = [path for folder in ("quiz", "out") for path in Path(folder).rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert RAW.search(path.read_text("utf-8")) is None, path
        assert RAW.search(path.name) is None


def test_json_keeps_them_as_escapes() -> None:
    text = json.dumps({"a": ARGUMENT}, ensure_ascii=False)
    assert RAW.search(escaped_json(text)) is None
    assert json.loads(escaped_json(text)) == {"a": ARGUMENT}
    assert visible_lines("a\tb\n\x1b[2J") == "a\tb\n·[2J"
