"""`cnncalc compare`: tables, ratios, layers side by side, and what goes wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

Golden = Callable[[str, str], None]
LECTURE = ("alexnet", "vgg16", "googlenet", "resnet152")


def test_a_line_a_network_and_the_ratios(run: Run, golden: Golden) -> None:
    result = run("compare", *LECTURE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= 80
    golden("compare.txt", result.stdout)


WIDE = ("alexnet", "mobilenet_v3_small_minimalistic", "efficientnet_b0", "resnet152")


def test_what_there_is_no_room_for(run: Run, golden: Golden) -> None:
    result = run("compare", *WIDE)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stdout.splitlines()[-1] == "no room for rec. field, top-5: a wider screen or --columns shows them"
    golden("compare-narrow.txt", result.stdout)
    assert "no room" not in run("compare", *WIDE, width=160).stdout
    asked = run("compare", *WIDE, "--columns", "name,year,params,macs,receptive_field,top1,top5,title").stdout
    assert "field" in asked.splitlines()[1].split()  # its heading goes on below


def test_notes_and_ratios_go_on_below_on_a_narrow_screen(run: Run) -> None:
    result = run("compare", *WIDE, width=60)
    assert max(map(len, result.stdout.splitlines())) <= 60
    assert result.stdout.splitlines()[-2:] == [
        "no room for year, activations, rec. field, top-5: a wider",
        "  screen or --columns shows them",
    ]


def test_layers_on_a_narrow_screen(run: Run, golden: Golden) -> None:
    result = run("compare", "resnet50", "resnet50_paper", "--layers")
    assert max(map(len, result.stdout.splitlines())) <= 80
    golden("compare-layers-narrow.txt", result.stdout)


@pytest.mark.parametrize("format_", ["markdown", "latex", "csv", "json"])
def test_other_formats(run: Run, golden: Golden, format_: str) -> None:
    result = run("compare", "alexnet", "googlenet", "--format", format_, "--columns", "name,year,params,macs,top5")
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"compare-{format_}.txt", result.stdout)


def test_data_has_every_digit_and_the_ratios(run: Run) -> None:
    rows = list(csv.DictReader(run("compare", "alexnet", "googlenet", "--format", "csv").stdout.splitlines()))
    assert [row["params"] for row in rows] == ["60965224", "6998552"]
    assert round(1 / float(rows[1]["params_ratio"]), 1) == 8.7
    data = json.loads(run("compare", *LECTURE, "--format", "json").stdout)
    assert data["baseline"] == "alexnet"
    assert [row["weight_layers"] for row in data["networks"]] == [8, 16, 22, 152]
    assert [row["receptive_field"] for row in data["networks"]] == [195, 212, 715, 1451]


def test_another_baseline(run: Run) -> None:
    lines = run("compare", "alexnet", "alexnet_one_tower", "--baseline", "googlenet").stdout.splitlines()
    assert lines[5] == "compared with googlenet"
    assert lines[8].split() == ["alexnet", "2.8x", "less", "8.7x", "more", "2.2x", "less", "7.5x", "less"]
    assert lines[9].split() == ["alexnet_one_tower", "2.8x", "less", "8.9x", "more", "1.4x", "less", "7.5x", "less"]


def test_chains_and_files_at_one_input(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.cnn.yaml"
    file.write_text("name: mine\ninput: 32x32x3\nlayers:\n  - conv 8 3x3 pad=1\n")
    result = run(
        "compare", str(file), "8x8x3 -> conv 8 3x3", "--input", "16x16x3", "--columns", "name,macs", "--format", "csv"
    )
    assert result.stdout.splitlines() == ["name,macs,macs_ratio", "mine,55296,1.0", "chain,42336,0.765625"]


def test_layers_that_differ(run: Run, golden: Golden) -> None:
    result = run("compare", "resnet50", "resnet50_paper", "--layers", width=120)
    assert (result.exit_code, result.stderr) == (0, "")
    golden("compare-layers.txt", result.stdout)


def test_layers_of_networks_with_other_paths(run: Run) -> None:
    left = "8x8x3 -> conv 8 3x3 -> relu -> maxpool 2x2"
    right = "8x8x3 -> conv 8 3x3 -> batchnorm -> relu -> maxpool 2x2"
    data = json.loads(run("compare", left, right, "--layers", "--format", "json").stdout)
    assert [(row["left_path"], row["right_path"], row["differ"]) for row in data["layers"]] == [
        (None, "batchnorm", ["layer", "output", "params", "macs"])
    ]
    everything = json.loads(run("compare", left, right, "--all-layers", "--format", "json").stdout)
    assert [row["right_path"] for row in everything["layers"]] == ["conv", "batchnorm", "relu", "maxpool"]
    lines = run("compare", "alexnet", "alexnet_one_tower", "--layers", "--format", "csv").stdout.splitlines()
    assert lines[0] == (
        "left_path,right_path,left_layer,right_layer,left_output,right_output,left_params,right_params,left_macs,"
        "right_macs,differ"
    )
    assert [line.partition(",")[0] for line in lines[1:]] == ["conv2.conv", "conv4.conv", "conv5.conv"]
    assert run("compare", left, right, "--layers", "--format", "markdown").stdout.splitlines()[4:6] == [
        "| batchnorm | layer | – | batchnorm |",
        "|  | output | – | 6x6x8 |",
    ]


def test_equal_networks(run: Run) -> None:
    first = run("compare", "vgg16", "vgg16", "--layers").stdout.splitlines()[0]
    assert first == "vgg16 and vgg16: 0 of 40 layers differ"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Missing argument 'WHAT…'."),
        (["alexnet", "--columns", "parms"], "Invalid value for '--columns': no column 'parms': did you mean 'params'"),
        (["alexnet", "--layers"], "--layers takes two networks or more, not 1"),
        (
            ["alexnet", "vgg16", "--layers", "--baseline", "vgg16"],
            "--layers goes without --columns, --baseline and --plot",
        ),
        (["alexnet", "--plot", "cost"], "--plot draws into a file: -o FILE.svg, FILE.png or FILE.pdf"),
    ],
)
def test_wrong_use(run: Run, words: list[str], message: str) -> None:
    result = run("compare", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].startswith(f"Error: {message}")


def test_unknown_network(run: Run) -> None:
    result = run("compare", "alexnet", "vgg61")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("E114 file: there is no network, file or chain 'vgg61'\n  help: did you mean ")


def test_wide_names_stand_in_their_column(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn.yaml").write_text("name: 網路\ninput: 8x8x3\nlayers: conv 4 3x3\n", "utf-8")
    head, _, wide, narrow, *_ = run(
        "compare", "net.cnn.yaml", "alexnet", "--columns", "name,params"
    ).stdout.splitlines()
    assert (head, wide, narrow) == ("network  params", "網路        112", "alexnet   61.0M")
