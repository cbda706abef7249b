"""`cnncalc list`, `cnncalc layers`, help, version and completion."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

import pytest
from click.shell_completion import ShellComplete

import cnncalc
from cnncalc.cli import main
from cnncalc.comparison.networks import Networks
from cnncalc.comparison.summary import Summary
from cnncalc.library import library
from tests.cli.conftest import Run

Golden = Callable[[str, str], None]


RESIDUAL = 'He et al. 2015, "Deep residual learning for image recognition", arXiv:1512.03385, table 1'


def row(name: str, title: str, family: str, source: str, year: int | None, *numbers: float | None) -> Summary:
    layers, params, macs, top1 = numbers
    sizes = ("224x224x3", "1000", params, macs, layers, None, None, None, 0, 0)
    return Summary(*(name, title, family, source, year, ""), *sizes, top1, None, None, "", 0)


ROWS = [
    row("alexnet", "AlexNet", "AlexNet", "Krizhevsky et al. 2012", 2012, 8, 60_965_224, 724_406_816, 59.3),
    row("alexnet_one_tower", "AlexNet in one tower", "AlexNet", "Krizhevsky et al. 2012", 2012, 8, 62_378_344, 0, None),
    row("mine", "mine", "mine", "", None, 1, 10, 100, None),
    row("resnet18", "ResNet-18", "ResNet", RESIDUAL, 2015, 18, 11_689_512, 1_814_073_344, 69.758),
    row("resnet50", "ResNet-50", "ResNet", RESIDUAL, 2015, 50, 25_557_032, 4_089_184_256, 76.13),
    row("wide_resnet50_2", "Wide ResNet-50-2", "ResNet", "arXiv:1605.07146", 2016, 50, None, None, None),
]


@pytest.mark.parametrize("width", [80, 160])
def test_list(run: Run, golden: Golden, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    import_module("cnncalc.cli.list")
    monkeypatch.setattr("cnncalc.networks", lambda *word, **options: Networks(tuple(ROWS)))
    result = run("list", width=width)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"list-{width}.txt", result.stdout)


def test_list_has_the_whole_library(run: Run) -> None:
    words = run("list").stdout.split()
    assert all(entry.name in words for entry in library())


def test_list_of_one_family(run: Run) -> None:
    assert run("list", "zfnet").stdout.splitlines() == [
        "         layers  params   MACs  top-1",
        "ZFNet (2013)",
        '  Zeiler, Fergus 2013, "Visualizing and understanding convolutional networks",',
        "    arXiv:1311.2901, figure 3",
        "  zfnet       8   62.4M  1.17G   61.6",
        "",
        "1 network in 1 family",
    ]


def test_list_as_json(run: Run) -> None:
    data = json.loads(run("list", "--format", "json").stdout)
    assert [entry["name"] for entry in data] == [entry.name for entry in library()]
    assert list(data[0])[:5] == ["name", "title", "family", "source", "year"]
    (zfnet,) = json.loads(run("list", "zfnet", "--format", "json").stdout)
    assert (zfnet["year"], zfnet["params"], zfnet["macs"], zfnet["top1"]) == (2013, 62_357_608, 1_168_032_896, 61.6)


def test_list_without_a_match(run: Run) -> None:
    result = run("list", "resnte50")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("no network matches 'resnte50': did you mean 'resnet50'")


def test_list_filtered_and_sorted(run: Run) -> None:
    result = run("list", "--where", "params < 10M and top1 > 75", "--sort", "-top1", "--format", "csv")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [row["name"] for row in rows][:2] == ["efficientnet_b2", "convnext_v2_pico"]
    assert all(int(row["params"]) < 10_000_000 and float(row["top1"]) > 75 for row in rows)
    flat = run("list", "zfnet", "--sort", "macs").stdout.splitlines()
    assert flat == [
        "network  year  layers  params   MACs  top-1",
        "───────────────────────────────────────────",
        "zfnet    2013       8   62.4M  1.17G   61.6",
        "",
        "1 network in 1 family",
    ]


def test_list_where_nothing_fits(run: Run) -> None:
    result = run("list", "--where", "params < 1")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "0 networks in 0 families\n", "")
    assert run("list", "--where", "params < 1", "--format", "json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--where", "parms < 10M"],
            "--where:1:1: E109 name: there is no column 'parms'\n  parms < 10M\n  ^^^^^\n"
            "  help: did you mean 'params' or 'aux_params' or 'problems'?\n1 problem\n",
        ),
        (
            ["--where", "params < 10M and"],
            "--where:1:16: E107 expression: the expression stops too early\n  params < 10M and\n                 ^\n"
            "1 problem\n",
        ),
        (
            ["--where", "params < 10M and __import__('os')"],
            "--where:1:18: E107 expression: '_' is not expected here\n  params < 10M and __import__('os')\n"
            "                   ^\n1 problem\n",
        ),
        (
            ["--where", "weight_bytes < 100M"],
            "--where:1:19: E105 value: 'M' is no unit of bytes\n  weight_bytes < 100M\n                    ^\n"
            "  help: did you mean 'MB'?\n1 problem\n",
        ),
        (
            ["--sort", "mcas"],
            "E109 name: there is no column 'mcas' to sort by\n  help: did you mean 'macs'?\n1 problem\n",
        ),
    ],
)
def test_a_filter_that_cannot_be_read(run: Run, words: list[str], message: str) -> None:
    result = run("list", *words)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


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


@pytest.mark.parametrize("words", [[], ["show"], ["list"], ["layers"], ["compare"], ["published"], ["quiz"], ["grade"]])
def test_help(run: Run, golden: Golden, words: list[str]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    golden(f"help-{'-'.join(words) or 'cnncalc'}.txt", result.stdout)


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "li", ["list", "lint"]),
        (["show"], "alexnet", ["alexnet", "alexnet_one_tower", "alexnet_torchvision"]),
        (["show", "alexnet", "--format"], "c", ["csv"]),
        (["layers"], "conv", ["conv", "conv_transpose"]),
        (["docs"], "la", ["language", "layers"]),
        (["show", "alexnet", "--columns"], "path,+wei", ["path,+weights", "path,+weight_bytes"]),
        (["compare", "alexnet", "--columns"], "+aux", ["+aux_params", "+aux_macs"]),
        (["list", "--sort"], "par", ["params"]),
        (["explain", "alexnet"], "conv1", ["conv1"]),
        (["explain", "alexnet"], "conv1.", ["conv1.conv", "conv1.relu", "conv1.lrn"]),
        (["explain", "alexnt"], "c", []),
        (["check", "--key"], "lec", ["lecture"]),
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


def test_the_keys_of_homework(run: Run) -> None:
    assert run("list", "--homework").output == (
        "key        title                                     questions  points\n"
        "──────────────────────────────────────────────────────────────────────\n"
        "lecture    A lecture on convolutional networks              15      63\n"
        "questions  Questions of courses, quizzes and forums         70     155\n"
    )
    first = {"name": "lecture", "title": "A lecture on convolutional networks", "questions": 15, "answers": 63}
    assert json.loads(run("list", "--homework", "--format", "json").output)[0] == {**first, "points": "63"}
    assert run("list", "--homework", "--format", "csv").output.splitlines()[:2] == [
        "name,title,questions,answers,points",
        "lecture,A lecture on convolutional networks,15,63,63",
    ]


def test_networks_are_not_looked_for_among_the_keys(run: Run) -> None:
    result = run("list", "vgg", "--homework")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "Error: --homework lists all keys: WORD, --where and --sort are about networks"
    )
