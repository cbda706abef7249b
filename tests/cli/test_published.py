"""`cnncalc published`: printed and computed side by side, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cnncalc.library import files
from tests.cli.conftest import Run
from tests.effort import sampled

Golden = Callable[[str, str], None]

NET = """name: net
title: Net
source: a paper
input: 8x8x3
layers:
  - conv1: conv 16 3x3 pad=1 -> relu
published:
  - {at: conv1, what: params, printed: 0.5K, where: table 1}
  - {what: macs, printed: 28K, where: abstract}
  - {what: top1, printed: 61.5, where: abstract}
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("net.cnn.yaml")
    path.write_text(NET)
    return path


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("name", ["googlenet", "alexnet", "resnet50", "mobilenet_v2"])
def test_a_paper_beside_the_computed_numbers(run: Run, golden: Golden, name: str, width: int) -> None:
    result = run("published", name, width=width)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= width
    golden(f"published-{name}-{width}.txt", result.stdout)


@pytest.mark.parametrize("path", sampled(files(), every=8), ids=lambda path: path.name)
def test_no_family_is_wider_than_the_screen(run: Run, path: Path) -> None:
    lines = run("published", str(path)).stdout.splitlines()
    assert lines
    assert [line for line in lines if len(line) > 80] == []


def test_a_difference_is_a_no(run: Run, net: Path) -> None:
    result = run("published", "net.cnn.yaml")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.splitlines()[3:] == [
        "table 1",
        "at     what    printed  computed  exactly   off  verdict",
        "────────────────────────────────────────────────────────",
        "conv1  params     0.5K      0.4K      448  +12%  DIFFERS",
        "",
        "what     printed  computed  exactly  verdict",
        "─────────────────────────────────────────────────",
        "abstract",
        "  MACs       28K       28K   27,648  agrees",
        "  top-1     61.5                     not computed",
        "",
        "net.cnn.yaml:8:40: params of conv1: 0.5K printed, 448 computed: no erratum records this",
        "",
        "3 printed values: 1 agrees, 1 not computed, 1 not in order",
    ]
    with net.open("a") as file:
        file.write("erratum: [{at: conv1, kind: approximate, note: 448.}]\n")
    told = run("published", "net.cnn.yaml")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[-4:] == [
        "errata",
        "conv1 params (approximate): 448.",
        "",
        "3 printed values: 1 agrees, 1 differs with an erratum, 1 not computed",
    ]


def test_as_data(run: Run, net: Path, golden: Golden) -> None:
    data = json.loads(run("published", "net.cnn.yaml", "--format", "json").stdout)
    assert data["fine"] is False
    assert [(row["what"], row["computed"], row["as_printed"], row["verdict"]) for row in data["values"]] == [
        ("params", 448, "0.4K", "differs"),
        ("macs", 27_648, "28K", "agrees"),
        ("top1", None, None, "fact"),
    ]
    golden("published-markdown.txt", run("published", "net.cnn.yaml", "--format", "markdown").stdout)


def test_a_family_is_all_its_networks(run: Run) -> None:
    lines = run("published", "unet", "zfnet").stdout.splitlines()
    assert [line for line in lines if " · " in line] == ["unet · U-Net", "zfnet · ZFNet"]
    data = json.loads(run("published", "efficientnet", "--format", "json").stdout)
    assert len({row["network"] for row in data["values"]}) == 8


@pytest.mark.exhaustive
def test_the_whole_library_is_in_order(run: Run) -> None:
    result = run("published", "--all")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "not in order" not in result.stdout
    assert result.stdout.splitlines()[0].split() == ["network", "values", "agree", "errata", "facts"]


@pytest.mark.exhaustive
def test_one_of_ones_own_is_part_of_all(run: Run, net: Path) -> None:
    result = run("published", "--all", "--path", ".")
    assert result.exit_code == 1
    assert (
        "net: net.cnn.yaml:8:40: params of conv1: 0.5K printed, 448 computed: no erratum records this" in result.stdout
    )


def test_nothing_printed(run: Run) -> None:
    result = run("published", "8x8x3 -> conv 4 3x3")
    assert (result.exit_code, result.stdout) == (0, "chain\nno published values are recorded\n")


def test_a_value_that_cannot_be_read(run: Run, net: Path) -> None:
    net.write_text(NET.replace("28K", "some"))
    result = run("published", "net.cnn.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "net.cnn.yaml:9:27: E105 value: macs: 'some' is no printed number\n"
        "    - {what: macs, printed: some, where: abstract}\n"
        "                            ^^^^\n"
        "  help: as in 34_944, 2.7K, 34M, 1.8e9 or 94.86%\n"
        "1 problem\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [([], "name a network, or --all"), (["alexnet", "--all"], "--all stands for every network: name none")],
)
def test_wrong_use(run: Run, words: list[str], message: str) -> None:
    result = run("published", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"
