"""The public functions: every name is real and stays itself, every result is data, a table and a text."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc import (
    against,
    annotate,
    budget,
    check,
    check_answers,
    check_key,
    closed,
    compare,
    compare_layers,
    explain,
    export,
    fmt,
    grade,
    import_model,
    kinds,
    layer_table,
    lint,
    networks,
    plot,
    published,
    quiz,
    rules,
    run,
    sizes,
    solve,
    sweep,
    tensors,
    verify,
)
from cnncalc.cli import COMMANDS, main

SPEC = Path(__file__).parent / "cases" / "alexnet_at_224.cnn.yaml"
MODELS = Path(__file__).parent / "data" / "models.py"
ANSWERS = Path(__file__).parent / "data" / "answers"
CFG = b"[net]\nheight=8\nwidth=8\nchannels=3\n[convolutional]\nfilters=4\nactivation=relu\n"
TENSORS = Path(__file__).parent / "data" / "two.safetensors"
PAD = "7x7x1 -> conv 1 3x3 pad=? -> 7x7x_"

RESULTS: dict[str, Callable[[], cnncalc.Result]] = {
    "report": lambda: cnncalc.load("lenet5").report(),
    "compare": lambda: compare("lenet5", "alexnet"),
    "compare layers": lambda: compare_layers("resnet50", "resnet50_paper"),
    "layer table": lambda: layer_table("vgg_a", "vgg_b", "vgg_c"),
    "explain a layer": lambda: explain("alexnet", "conv1.conv"),
    "explain a group": lambda: explain("alexnet", "conv1"),
    "explain a network": lambda: explain("alexnet"),
    "solve": lambda: solve(PAD),
    "budget": lambda: budget("mobilenet_v2", "params<2M", vary="width"),
    "sizes": lambda: sizes("lenet5", near=40),
    "closed": lambda: closed("lenet5", "output"),
    "sweep": lambda: sweep("mobilenet_v2", {"width": "1..3", "input": [128, 160]}, sort="-macs"),
    "lint": lambda: lint(SPEC),
    "check": lambda: check("lenet5", "C1", params="156", output="28x28x6"),
    "networks": lambda: networks("resnet", sort="macs"),
    "published": lambda: published("alexnet"),
    "verify": lambda: verify("8x8x3 -> conv 4 3x3", device="meta"),
    "against": lambda: against("8x8x3 -> conv 4 3x3", f"{MODELS}:other"),
    "run": lambda: run("3x3x1 -> conv 2 2x2", [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
    "report with options": lambda: cnncalc.report("lenet5", batch=2, dtype="float16"),
    "kinds": kinds,
    "a kind": lambda: kinds("Conv2d"),
    "rules": rules,
    "a rule": lambda: rules("stride-remainder"),
    "fmt": lambda: fmt(SPEC),
    "export": lambda: export("lenet5", "mermaid"),
    "tensors": lambda: tensors(TENSORS),
    "import": lambda: import_model("-", stdin=lambda: CFG),
    "annotate": lambda: annotate(SPEC),
    "check answers": lambda: check_answers("lecture", {"1a": "4x4x3"}),
    "quiz": lambda: quiz(["params"], count=2),
    "quiz of a course": lambda: quiz(["params"], count=2, students=["ann", "ben"]),
    "grade": lambda: grade("lecture", ANSWERS),
    "check a key": lambda: check_key("lecture"),
}
NEED_TORCH = {"verify", "against", "run"}


@cache
def result_of(name: str) -> cnncalc.Result:
    return RESULTS[name]()


@pytest.mark.exhaustive  # every module is imported
def test_no_module_takes_the_place_of_a_public_name() -> None:
    script = (
        "import cnncalc, importlib, pkgutil\n"
        "before = {name: getattr(cnncalc, name) for name in cnncalc.__all__}\n"
        "for module in pkgutil.walk_packages(cnncalc.__path__, 'cnncalc.'):\n"
        "    if module.name != 'cnncalc.__main__':\n"
        "        try: importlib.import_module(module.name)\n"
        "        except ModuleNotFoundError as error: assert not error.name.startswith('cnncalc'), error\n"
        "assert all(getattr(cnncalc, name) is found for name, found in before.items())\n"
        "print(*(name for name, found in before.items() if type(found).__name__ == 'module'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert (done.stderr, done.stdout) == ("", "\n")


def test_no_folder_or_file_has_the_name_of_a_public_function() -> None:
    modules = {module.name for module in pkgutil.iter_modules(cnncalc.__path__)}
    assert not modules & set(cnncalc.__all__)


def test_every_public_name_is_where_the_table_says() -> None:
    assert list(cnncalc.WHERE) == cnncalc.__all__ == sorted(cnncalc.__all__)
    for name, module in cnncalc.WHERE.items():
        found = getattr(importlib.import_module(f"cnncalc.{module}"), name)
        assert found is getattr(cnncalc, name)
        assert found.__doc__, name
        if isinstance(found, types.FunctionType):
            assert set(found.__annotations__) >= {*found.__code__.co_varnames[: found.__code__.co_argcount], "return"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'cnncalc' has no attribute 'laod'"):
        _ = cnncalc.laod
    assert set(cnncalc.__all__) <= set(dir(cnncalc))


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_data_rows_and_text(name: str) -> None:
    if name in NEED_TORCH:
        pytest.importorskip("torch")
    result = result_of(name)
    assert json.loads(result.to_json()) == json.loads(json.dumps(result.to_dict()))
    assert repr(result).startswith("<")
    assert len(repr(result)) < 150
    assert str(result).strip()
    rows = result.view().records(result)
    assert rows
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert result._repr_html_().count("<tr>") >= min(len(rows), 2)


def test_what_a_result_iterates_over() -> None:
    report = cnncalc.load("alexnet").report()
    assert [row.path for row in report] == [row.path for row in report.rows]
    assert report["conv1"] is report.row("conv1")
    assert [one.name for one in compare("vgg16", "alexnet")] == ["vgg16", "alexnet"]
    assert compare("vgg16", "alexnet", baseline="alexnet").baseline.name == "alexnet"
    assert compare("vgg16", "alexnet")["alexnet"].params == 60_965_224
    assert [solution.values for solution in solve(PAD)] == [(1,)]
    assert sizes("alexnet")["side"].works.nearest(300) == [258]
    assert str(closed("8x8x3 -> conv 4 3x3 pad=1")["macs"]) == "108HW"
    assert [row["width"] for row in sweep("mobilenet_v2", {"width": [1, 2]}, columns=["macs"], sort="-macs")] == [2, 1]
    assert {finding.code for finding in lint(SPEC)} >= {"W301", "E205"}
    assert [finding.code for finding in lint(SPEC)["E205"]] == ["E205"]
    assert lint(SPEC)["W999"] == []
    assert check("lenet5", "C1", params=156)["params"].verdict == "right"
    assert explain("8x8x3 -> conv 4 3x3")["conv"].params == 112
    assert compare_layers("vgg16", "vgg19")["fc8"].differing == []
    assert [row.params for row in layer_table("vgg11", "vgg13", "vgg16")["fc8"].rows if row] == [4_097_000] * 3
    assert check("lenet5", "C1", params="150")["params"].verdict == "wrong"
    assert published("alexnet")["alexnet"].fine
    assert {"alexnet", "resnet50"} <= set(networks().names)


def test_a_verification_is_read_by_paths() -> None:
    pytest.importorskip("torch")
    result = verify("8x8x3 -> conv 4 3x3", device="meta")
    assert result.agrees
    assert result["conv"].agrees


def test_a_path_or_name_that_is_none() -> None:
    with pytest.raises(KeyError, match="alexnet has no layer 'conv9': did you mean 'conv5'"):
        explain("alexnet", "conv9")
    with pytest.raises(KeyError, match="there is no 'vgg' among alexnet"):
        compare("alexnet")["vgg"]
    with pytest.raises(KeyError, match=r"conv2 is not explained here, but conv1\.conv"):
        explain("alexnet", "conv1")["conv2"]
    with pytest.raises(KeyError, match="vgg13 has no layer 'fc9'"):
        compare_layers("vgg11", "vgg13")["fc9"]
    with pytest.raises(TypeError, match="compare"):
        compare()
    with pytest.raises(ValueError, match="quantity must be one of params, macs, output"):
        closed("alexnet", "cost")
    with pytest.raises(ValueError, match="kind must be depth, cost, accuracy, params, macs or memory, not pie"):
        plot("pie", "alexnet", file="a.svg")
    with pytest.raises(cnncalc.Problems, match=r"there is no \? in it"):
        solve("7x7x1 -> conv 1 3x3")
    with pytest.raises(cnncalc.NotFound, match="there is no file or folder 'nowhere'"):
        lint("nowhere")


@pytest.mark.parametrize("batch", [2.5, True, None, "2"])
def test_a_batch_that_is_no_number(batch: object) -> None:
    with pytest.raises(ValueError, match=r"^batch must be a (whole )?number or a word that stands for one, not "):
        cnncalc.load("lenet5").report(batch=batch)  # type: ignore[arg-type]  # what a user may write


def test_an_input_that_is_no_shape() -> None:
    with pytest.raises(cnncalc.Problems) as raised:
        cnncalc.load("alexnet", input=224)  # type: ignore[arg-type]  # what a user may write
    assert str(raised.value) == (
        "E105 value: input is '224', which is no shape\n  help: as in input=\"224x224x3\" or input=(224, 224, 3)"
    )


def test_a_dataframe() -> None:
    pandas = pytest.importorskip("pandas")
    frame = cnncalc.load("lenet5").report().to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["params"].sum() == cnncalc.load("lenet5").report().totals.params
    assert frame["output"].tolist()[:2] == ["28x28x6", "28x28x6"]
    explained = explain("alexnet", "conv1.conv").to_dataframe().set_index("name")
    assert explained.loc["params", "steps"] == "k·k·C·F + F = 11·11·3·96 + 96 = 34,848 + 96 = 34,944"
    assert sizes("lenet5").to_dataframe()["lossless"].tolist() == ["0 mod 4 from 32 on"]


@pytest.mark.parametrize("name", RESULTS)
def test_each_result_is_a_dataframe(name: str) -> None:
    pytest.importorskip("pandas")
    if name in NEED_TORCH:
        pytest.importorskip("torch")
    frame = result_of(name).to_dataframe()
    assert len(frame) >= 1
    assert not {type(value) for column in frame for value in frame[column]} & {dict, list, tuple}


def test_a_dataframe_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(cnncalc.NoAnswer) as raised:
        cnncalc.load("lenet5").report().to_dataframe()
    assert str(raised.value) == "E121 package: to_dataframe() needs the package pandas\n  help: pip install pandas"


def test_a_notebook_shows_a_network_and_aligns_columns() -> None:
    assert cnncalc.load("lenet5")._repr_html_() == cnncalc.load("lenet5").report()._repr_html_()
    shown = compare("lenet5", "alexnet")._repr_html_()
    assert "<td>lenet5</td>" in shown
    assert '<td class="number">61.0M</td>' in shown
    explained = explain("alexnet", "conv1.conv")._repr_html_()
    assert "<td>k·k·C·F + F = 11·11·3·96 + 96 = 34,848 + 96 = 34,944 ≈ 35K</td>" in explained
    assert 'min-width: 6em">61.9%</div></td>' in explain("alexnet")._repr_html_()
    assert "<td>32 to 35</td>" in sizes("lenet5")._repr_html_()


def test_a_plot_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    plot("cost", "lenet5", "alexnet", file=tmp_path / "cost.svg")
    assert (tmp_path / "cost.svg").read_text("utf-8").startswith("<?xml")


@pytest.mark.exhaustive
def test_types_reach_a_user(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    assert (Path(cnncalc.__file__).parent / "py.typed").is_file()
    shutil.copy(Path(__file__).parent / "typed_user.py", tmp_path)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "typed_user.py"]
    env = os.environ | {"MYPYPATH": ""}  # found as an installed package is, by its py.typed
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600)
    assert (done.stdout, done.returncode) == ("Success: no issues found in 1 source file\n", 0)


def test_the_users_file_names_every_public_name() -> None:
    text = (Path(__file__).parent / "typed_user.py").read_text("utf-8")
    functions = {name for name in cnncalc.__all__ if isinstance(getattr(cnncalc, name), types.FunctionType)}
    assert {name for name in functions if f"cnncalc.{name}(" not in text} == set()


CALLS = {
    "show": ("report", "show lenet5"),
    "show weights.safetensors": ("tensors", "show weights.safetensors"),
    "list": ("networks", "list lenet"),
    "layers": ("kinds", "layers conv"),
    "explain": ("explain", "explain lenet5 C1"),
    "closed": ("closed", "closed lenet5"),
    "solve": ("solve", f"solve '{PAD}'"),
    "solve --target": ("budget", "solve lenet5 --target 'params<60K' --vary classes=5"),
    "memory": ("memory", "memory lenet5"),
    "roofline": ("roofline", "roofline lenet5 --gpu t4"),
    "diff": ("diff", "diff lenet5 lenet5_1998"),
    "reconcile": ("reconcile", "reconcile lenet5 --counter torchinfo"),
    "sizes": ("sizes", "sizes lenet5"),
    "sweep": ("sweep", "sweep lenet5 --vary input=28..36:4"),
    "compare": ("compare", "compare lenet5 alexnet"),
    "compare --layers": ("compare_layers", "compare vgg11 vgg13 --layers"),
    "compare a b c --layers": ("layer_table", "compare vgg_a vgg_b vgg_c --layers"),
    "published": ("published", "published alexnet"),
    "verify": ("verify", "verify '8x8x3 -> conv 4 3x3' --device meta"),
    "verify --against": ("against", f"verify '8x8x3 -> conv 4 3x3' --against {MODELS}:other"),
    "run": ("run", "run '3x3x1 -> conv 2 2x2' --input-file patch.csv"),
    "draw": ("draw", "draw lenet5 -o lenet5.svg"),
    "export": ("export", "export lenet5 --to dot"),
    "import": ("import_model", "import net.cfg"),
    "lint": ("lint", "lint net.cnn.yaml"),
    "lint -": ("lint", "lint -"),
    "rule": ("rules", "rule W301"),
    "fmt": ("fmt", "fmt net.cnn.yaml"),
    "annotate": ("annotate", "annotate net.cnn.yaml"),
    "check": ("check", "check lenet5 C1 --params 156"),
    "check --key": ("check_answers", "check --key lecture --answer 1a=29x29x32"),
    "grade": ("grade", f"grade lecture {ANSWERS}"),
    "grade --check-key": ("check_key", "grade lecture --check-key"),
    "grade --gradescope": ("gradescope", f"grade lecture {ANSWERS} --gradescope results.json"),
    "grade --autograder": ("autograder", "grade lecture --autograder folder"),
    "quiz": ("quiz", "quiz -n 2"),
    "docs": ("documentation", "docs counting"),
    "schema": ("schema", "schema report"),
    "lsp": ("serve", "lsp"),
}
"""What a command calls, beside its words."""
OWN = {"help"}
"""The command that is about commands."""


def test_every_command_has_a_public_function() -> None:
    assert {words.split()[0] for words in CALLS} == set(COMMANDS) - OWN
    for name, _ in CALLS.values():
        assert isinstance(getattr(cnncalc, name), types.FunctionType)


class Called(Exception):  # noqa: N818  # it is no error
    """The public function was called; what it would have done is tested elsewhere."""


@pytest.mark.parametrize("name", CALLS)
def test_a_command_calls_its_public_function(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    function, words = CALLS[name]
    if function in NEED_TORCH:
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    Path("weights.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")

    def called(*values: object, **options: object) -> None:
        raise Called

    monkeypatch.setattr(cnncalc, function, called)
    assert isinstance(CliRunner().invoke(main, shlex.split(words), input=b"").exception, Called)


def test_every_command_says_in_the_page_what_it_calls() -> None:
    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for name, (function, _) in CALLS.items():
        command = name.removesuffix(" -")
        assert any(f"`{command}`" in row.split("|")[1] and f"`{function}(" in row.split("|")[2] for row in rows), name


def test_the_data_of_formulas_are_what_the_command_prints() -> None:
    printed = CliRunner().invoke(main, ["closed", "lenet5", "--of", "output", "--format", "json"]).stdout
    assert closed("lenet5", "output").to_dict() == json.loads(printed)
