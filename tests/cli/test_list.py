"""`cnncalc list`, `cnncalc layers`, help, version and completion."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

import cnncalc
from cnncalc.cli import main
from cnncalc.load import Entry, library
from tests.cli.conftest import Run

Golden = Callable[[str, str], None]


RESIDUAL = 'He et al. 2015, "Deep residual learning for image recognition", arXiv:1512.03385, table 1'
ENTRIES = [
    Entry("alexnet", "AlexNet", "AlexNet", "Krizhevsky et al. 2012, NIPS 25", "2012", Path("a")),
    Entry("alexnet_one_tower", "AlexNet in one tower", "AlexNet", "Krizhevsky et al. 2012, NIPS 25", "2012", Path("a")),
    Entry("mine", "mine", "mine", "", "", Path("m")),
    Entry("resnet18", "ResNet-18", "ResNet", RESIDUAL, "2015", Path("r")),
    Entry("resnet50", "ResNet-50", "ResNet", RESIDUAL, "2015", Path("r")),
    Entry("wide_resnet50_2", "Wide ResNet-50-2", "ResNet", "Zagoruyko 2016, arXiv:1605.07146", "2016", Path("r")),
]


@pytest.mark.parametrize("width", [80, 160])
def test_list(run: Run, golden: Golden, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    import_module("cnncalc.cli.list")
    monkeypatch.setattr("cnncalc.cli.list.library", lambda: ENTRIES)
    result = run("list", width=width)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"list-{width}.txt", result.stdout)


def test_list_has_the_whole_library(run: Run) -> None:
    words = run("list").stdout.split()
    assert all(entry.name in words for entry in library())


def test_list_of_one_family(run: Run) -> None:
    assert run("list", "zfnet").stdout.splitlines() == [
        "ZFNet (2013)",
        '  Zeiler, Fergus 2013, "Visualizing and understanding convolutional networks",',
        "  arXiv:1311.2901, figure 3",
        "  zfnet",
        "",
        "1 network in 1 family",
    ]


def test_list_as_json(run: Run) -> None:
    data = json.loads(run("list", "--format", "json").stdout)
    assert [entry["name"] for entry in data] == [entry.name for entry in library()]
    assert list(data[0]) == ["name", "title", "family", "source", "year"]
    assert json.loads(run("list", "zfnet", "--format", "json").stdout)[0]["year"] == "2013"


def test_list_without_a_match(run: Run) -> None:
    result = run("list", "resnte50")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("no network matches 'resnte50': did you mean 'resnet50'")


def test_layers(run: Run) -> None:
    overview = run("layers").stdout
    assert "  conv  " in overview
    page = run("layers", "conv")
    assert (page.exit_code, page.stderr) == (0, "")
    for word in ("kernel", "stride", "⌊(n + p − d(k−1) − 1)/s⌋ + 1", "arXiv:1603.07285"):
        assert word in page.stdout


@pytest.mark.parametrize(("word", "kind"), [("Conv2d", "conv"), ("fc", "linear"), ("BatchNormalization", "batchnorm")])
def test_layers_by_other_names(run: Run, word: str, kind: str) -> None:
    result = run("layers", word)
    assert (result.exit_code, result.stderr) == (0, f"{word} is {kind} here\n")
    assert result.stdout == run("layers", kind).stdout


def test_layers_unknown(run: Run) -> None:
    result = run("layers", "maxpol")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: there is no layer kind 'maxpol': did you mean 'maxpool'" in result.stderr


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"cnncalc {cnncalc.__version__}\n"


@pytest.mark.parametrize("words", [[], ["show"], ["list"], ["layers"]])
def test_help(run: Run, golden: Golden, words: list[str]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 90
    golden(f"help-{'-'.join(words) or 'cnncalc'}.txt", result.stdout)


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "l", ["list", "layers"]),
        (["show"], "alexnet", ["alexnet", "alexnet_one_tower", "alexnet_torchvision"]),
        (["show", "alexnet", "--format"], "c", ["csv"]),
        (["layers"], "conv", ["conv", "conv_transpose"]),
    ],
)
def test_completion(words: list[str], incomplete: str, expected: list[str]) -> None:
    completer = ShellComplete(main, {}, "cnncalc", "_CNNCALC_COMPLETE")
    assert [item.value for item in completer.get_completions(words, incomplete)] == expected


def test_completion_of_a_file() -> None:
    completer = ShellComplete(main, {}, "cnncalc", "_CNNCALC_COMPLETE")
    (item,) = completer.get_completions(["show"], "./my")
    assert item.type == "file"


def test_show_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from cnncalc.cli import main\n"
        "try: main(['show', 'alexnet'])\n"
        "except SystemExit: pass\n"
        "print({'torch', 'sympy', 'numpy', 'rich', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert result.stderr == b"set()\n"
