"""`cnncalc explain` on the screen, in every format, and what it says to wrong use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

Golden = Callable[[str, str], None]

CALLS = {
    "layer": ("alexnet", "conv1"),
    "layer-full": ("alexnet", "conv1", "--full"),
    "layer-ascii": ("alexnet", "conv1", "--ascii"),
    "layer-latex": ("alexnet", "conv1", "--format", "latex"),
    "layer-markdown": ("alexnet", "conv1", "--format", "markdown"),
    "layer-json": ("alexnet", "conv1", "--format", "json"),
    "chain": ("28x28x1 -> conv 6 5x5 pad=same -> sigmoid -> avgpool 2x2 ceil=yes -> conv_transpose 3 2x2 stride=2",),
    "symbols": ("HxWx3 -> conv 64 7x7 stride=2 pad=3", "conv", "--batch", "N"),
    "story": ("alexnet",),
    "story-latex": ("alexnet", "--format", "latex"),
    "story-markdown": ("alexnet", "--format", "markdown"),
    "story-json": ("siamese", "--format", "json"),
    "story-symbols": ("lenet5", "--input", "HxWx1"),
}


@pytest.mark.parametrize("name", CALLS)
def test_screens(name: str, run: Run, golden: Golden) -> None:
    result = run("explain", *CALLS[name], width=100)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"explain-{name}.txt", result.stdout)


def test_narrow_screens_break_before_signs(run: Run) -> None:
    lines = run("explain", "alexnet", "conv1", width=60).stdout.splitlines()
    assert lines[2:4] == [
        "output, each side  ⌊(n + 2p − k)/s⌋ + 1",
        "                   = ⌊(227 + 2·0 − 11)/4⌋ + 1 = 54 + 1 = 55",
    ]


def test_ascii_is_ascii(run: Run) -> None:
    for words in (("alexnet", "conv1"), ("alexnet",), ("28x28x1 -> conv 6 5x5 pad=same",)):
        assert run("explain", *words, "--ascii").stdout.isascii()


def test_a_group_is_told_stage_by_stage(run: Run) -> None:
    data = json.loads(run("explain", "alexnet", "conv2", "--format", "json").stdout)
    assert data["layers"][0]["path"] == "conv2.conv"  # a group with one weighted layer means that layer
    data = json.loads(run("explain", "inception_module_reduced", "--format", "json").stdout)
    assert [account["name"] for account in data["accounts"]] == ["params", "MACs", "activation bytes"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("alexnet", "conv9"), "Error: alexnet has no layer 'conv9': did you mean 'conv5' or 'conv4' or 'conv3'?\n"),
        (
            ("alexnet", "zzz"),
            "Error: alexnet has no layer 'zzz': `cnncalc show alexnet --depth all` lists them\n",
        ),
        (
            ("alexnet", "--batch", "H", "--input", "HxWx3"),
            "Error: Invalid value for '--batch': H stands for a number of the network already, "
            "the batch needs another name\n",
        ),
    ],
)
def test_wrong_use(words: tuple[str, ...], message: str, run: Run) -> None:
    result = run("explain", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Usage: cnncalc explain [OPTIONS] WHAT [PATH]\nTry 'cnncalc explain --help' for help.\n\n" + message
    )


def test_the_page_of_a_layer(run: Run) -> None:
    page = run("explain", "lenet5", "C1", "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert "<caption>C1.conv · conv 6 5x5 · 32x32x1 -&gt; 28x28x6</caption>" in page
    assert "<td>k·k·C·F + F = 5·5·1·6 + 6 = 150 + 6 = 156</td>" in page
    assert "<small>where: n input size, p padding, k kernel," in page


def test_the_picture_of_a_network(run: Run) -> None:
    picture = run("explain", "lenet5", "--format", "svg").stdout
    assert picture.startswith("<svg ")
    assert ">params:" in picture.replace("&#160;", " ")


def test_a_file_says_the_format(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("explain", "lenet5", "C1", "-o", "c1.tex").exit_code == 0
    assert "\\begin{align*}" in Path("c1.tex").read_text("utf-8")
    assert run("explain", "lenet5", "C1", "-o", "c1.txt").exit_code == 0
    assert "receptive field" in Path("c1.txt").read_text("utf-8")
    refused = run("explain", "lenet5", "C1", "-o", "c1.csv")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
        2,
        "Error: '.csv' means csv, which this command does not write: .json, .md, .tex, .html, .svg",
    )
