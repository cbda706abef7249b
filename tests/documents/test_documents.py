"""Every JSON that the program prints fits its model and its schema, and is read back equal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click import Choice, Context
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import cnncalc
from cnncalc.cli import COMMANDS, main
from cnncalc.documents.catalogue import DOCUMENTS, model, schema
from cnncalc.documents.page import page
from cnncalc.render.data import document, json_text
from tests.effort import sampled

ROOT = Path(__file__).parents[2]
PRINTED = [
    ("report", "show alexnet"),
    ("report", "show googlenet --layout chw"),
    ("report", "show vgg16 --input HxWx3 --batch N"),
    ("report", "show siamese"),
    ("explanation", "explain alexnet conv1"),
    ("explanation", "explain alexnet conv1 --input HxWx3"),
    ("network-summary", "explain alexnet"),
    ("network-summary", "explain vgg16 --input HxWx3"),
    ("memory", "memory lenet5"),
    ("memory", "memory resnet18 --optimizer adam --gpu 24GB --checkpoint block"),
    ("diff", "diff lenet5 lenet5_1998"),
    ("reconciliation", "reconcile lenet5"),
    ("roofline", "roofline lenet5 --gpu t4"),
    ("closed-form", "closed alexnet --of output"),
    ("solutions", "solve '32x32x3 -> conv 8 3x3 pad=? stride=? -> 16x16x8'"),
    ("solutions", "solve 'HxWx3 -> conv 8 3x3 pad=? -> HxWx8'"),
    ("solutions", "solve '32x32x3 -> conv 8 3x3 pad=? -> 99x99x8'"),
    ("choices", "solve alexnet --target 'params < 60M' --vary classes=10..30"),
    ("choices", "solve alexnet --target 'params < 6' --vary classes=10..30"),
    ("sizes", "sizes lenet5"),
    ("sizes", "sizes alexnet --near 230"),
    ("sweep", "sweep lenet5 --vary input=28..36:4"),
    ("comparison", "compare alexnet vgg16"),
    ("comparison", "compare alexnet vgg16 --columns name,params"),
    ("layer-comparison", "compare vgg11 vgg13 --layers"),
    ("layer-table", "compare vgg_a vgg_b vgg_e --layers"),
    ("published", "published alexnet"),
    ("verification", "verify lenet5"),
    ("verification", "verify lenet5 alexnet"),
    ("differences", "verify '8x8x3 -> conv 4 3x3' --against net.py:Net"),
    ("findings", "lint net.cnn.yaml"),
    ("statistics", "lint net.cnn.yaml --statistics"),
    ("settings", "lint net.cnn.yaml --show-settings"),
    ("rule", "rule W301"),
    ("rules", "rule --all"),
    ("run", "run '3x3x1 -> conv 2 2x2' --input-file patch.csv"),
    ("marks", "check '300x300x3 -> conv 100 5x5' --params 7500"),
    ("marks", "check '300x300x3 -> conv 100 5x5' --params 7500 --output 296x296x100 --hint"),
    ("grades", "grade lecture answers"),
    ("quiz", "quiz --level 3"),
    ("quiz", "quiz --choices -n 3"),
    ("quiz", "quiz --key lecture"),
    ("tensors", "show two.safetensors"),
    ("list", "list alexnet"),
    ("keys", "list --homework"),
    ("layers", "layers"),
    ("layers", "layers conv"),
]
TWO = Path(__file__).parents[1] / "data" / "two.safetensors"
WRITTEN = {"gradescope-results", "prairielearn-question"}
READ = {"layer", "claim", "erratum", "key", "review", "submission-metadata", "lint-settings"}


def printed(words: str) -> str:
    """Return what a command prints as JSON."""
    import shlex

    form = [] if "--show-settings" in words else ["--format", "json"]
    return CliRunner().invoke(main, [*shlex.split(words), *form]).stdout


@pytest.mark.parametrize(("name", "words"), sampled([pytest.param(*case, id=case[1]) for case in PRINTED], every=2))
def test_what_is_printed_fits_the_model_and_is_read_back(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if words.startswith(("run ", "verify ")):
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    Path("net.cnn.yaml").write_text("input: 32x32x3\nlayers:\n  - conv 8 4x4 -> batchnorm\n  - conv 8 3x3 stride=2\n")
    Path("patch.csv").write_text("1,2,3\n4,5,6\n7,8,9\n")
    Path("net.py").write_text("from torch import nn\n\n\ndef Net():\n    return nn.Conv2d(3, 4, 5)\n")
    shutil.copy(TWO, "two.safetensors")
    Path("answers").mkdir()
    for number in range(6):
        Path(f"answers/{number}.txt").write_text(f"1a: 29x29x32\n1b: {number}\n")
    text = printed(words)
    found = model(name).model_validate_json(text)
    assert json.loads(found.to_json()) == json.loads(text)
    assert type(found).model_validate(found.data()) == found
    Draft202012Validator(schema(name)).validate(json.loads(text))


def test_every_document_is_tested() -> None:
    assert {name for name, _ in PRINTED} | WRITTEN | READ == set(DOCUMENTS)


@pytest.mark.parametrize("options", [[], ["--hint"]])
def test_results_for_gradescope_fit_their_model(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ann.txt").write_text("1a: 4x4x5\n1b: 7152\n")
    done = CliRunner().invoke(main, ["grade", "lecture", "ann.txt", "--gradescope", "results.json", *options])
    assert done.exit_code == 0
    text = Path("results.json").read_text("utf-8")
    found = model("gradescope-results").model_validate_json(text)
    assert json.loads(found.to_json()) == json.loads(text)
    Draft202012Validator(schema("gradescope-results")).validate(json.loads(text))
    assert [test["status"] for test in json.loads(text)["tests"]][:2] == ["failed", "passed"]


@pytest.mark.parametrize("options", [[], ["--variants", "2"]], ids=["one", "several"])
def test_questions_for_prairielearn_fit_their_model(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["quiz", "--topics", "params", "-n", "1", "--format", "prairielearn", "-o", "out", *options]
    assert CliRunner().invoke(main, asked).exit_code == 0
    (path,) = Path("out").rglob("info.json")
    text = path.read_text()
    found = model("prairielearn-question").model_validate_json(text)
    assert json.loads(found.to_json()) == json.loads(text)
    Draft202012Validator(schema("prairielearn-question")).validate(json.loads(text))
    assert json.loads(text).get("singleVariant") == (None if options else True)


def commands_with_json() -> set[str]:
    """Return the commands whose --format takes json."""
    found = set()
    for name in COMMANDS:
        command = main.get_command(Context(main), name)
        assert command is not None
        for option in command.params:
            if isinstance(option.type, Choice) and "json" in option.type.choices:
                found.add(name)
    return found


def test_every_command_with_json_is_tested() -> None:
    assert commands_with_json() <= {words.split()[0] for _, words in PRINTED}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_one_and_says_what_every_key_holds(name: str) -> None:
    whole = schema(name)
    Draft202012Validator.check_schema(whole)
    for about in (whole, *whole.get("$defs", {}).values()):
        assert about["description"]
        assert all("description" in field for field in about.get("properties", {}).values())


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "json.md").read_text("utf-8") == page()


@pytest.mark.parametrize("what", ["alexnet", "googlenet", "siamese"])
def test_show_prints_the_document_without_building_it(what: str) -> None:
    report = cnncalc.load(what).report()
    assert json_text(report) == document(report).to_json()


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        model("keys").model_validate([{"nam": "x"}])


def test_an_unknown_document() -> None:
    result = CliRunner().invoke(main, ["schema", "compariso"])
    assert result.exit_code == 2
    assert (
        result.stderr.splitlines()[-1]
        == "Error: there is no document 'compariso': did you mean 'comparison' or 'layer-comparison'?"
    )


def test_the_list_names_every_document() -> None:
    lines = CliRunner().invoke(main, ["schema", "--list"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["spec", *DOCUMENTS]


def test_a_document_by_name() -> None:
    assert json.loads(CliRunner().invoke(main, ["schema", "report"]).stdout) == schema("report")


def test_marks_with_a_hint_keep_the_answer_back() -> None:
    told = json.loads(printed("check '300x300x3 -> conv 100 5x5' --params 7500 --hint"))
    assert told["right"] == 0
    assert "7,600" not in json.dumps(told)
    assert "mistakes" not in told["marks"][0]


def test_a_format_and_a_file_that_contradict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    Path("patch.csv").write_text("1,2\n3,4\n")
    words = ["run", "2x2x1 -> conv 2 2x2", "--input-file", "patch.csv", "--format", "json", "-o", "out.npy"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    said = "--format json does not go with -o 'out.npy': leave out one of them"
    assert result.stderr.splitlines()[-1] == f"Error: {said}"
    assert not Path("out.npy").exists()


def test_questions_are_no_marks() -> None:
    result = CliRunner().invoke(main, ["check", "--key", "lecture", "--format", "json"])
    assert result.exit_code == 2
    said = "--format json prints marks: give --answers FILE or --answer ID=TEXT"
    assert result.stderr.splitlines()[-1] == f"Error: {said}"
