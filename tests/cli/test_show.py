"""`cnncalc show`: whole screens, its options, and where its text goes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cnncalc.loading import load
from cnncalc.render.printers import ENDINGS, FORMATS
from tests.cli.conftest import Run

Golden = Callable[[str, str], None]

CHAIN = "227x227x3 -> conv 96 11x11 stride=4 -> relu -> maxpool 3x3 stride=2"


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("name", ["alexnet", "resnet152", "googlenet", "lenet5_1998"])
def test_screen(run: Run, golden: Golden, name: str, width: int) -> None:
    result = run("show", name, width=width)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= width
    golden(f"show-{name}-{width}.txt", result.stdout)


@pytest.mark.parametrize("width", [80, 160])
def test_screen_of_shared_weights_and_heads(run: Run, golden: Golden, twins: str, width: int) -> None:
    result = run("show", twins, width=width)
    assert result.exit_code == 0
    golden(f"show-twins-{width}.txt", result.stdout)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("exact", ["--exact"]),
        ("flops", ["--flops", "--batch", "8"]),
        ("chw", ["--layout", "chw"]),
        ("input", ["--input", "224x224x3", "--columns", "path,out,same_pad,left_over"]),
        ("memory", ["--dtype", "float16", "--columns", "path,out,weight_bytes,activation_bytes,buffers"]),
        ("windows", ["--columns", "path,in,kernel,stride,pad,same_pad,left_over,receptive_field,jump"]),
        ("start", ["--columns", "path,weights,fan_in,fan_out,he_std,he_std_in"]),
        ("added", ["--columns", "+receptive_field"]),
        ("depth", ["--depth", "1"]),
        ("markdown", ["--format", "markdown"]),
        ("latex", ["--format", "latex"]),
    ],
)
def test_options(run: Run, golden: Golden, name: str, options: list[str]) -> None:
    result = run("show", "alexnet", *options, width=100)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"option-{name}.txt", result.stdout)


@pytest.mark.parametrize("width", [60, 80])
def test_many_columns_on_a_narrow_screen(run: Run, golden: Golden, width: int) -> None:
    options = ["--columns", "+kernel,+stride,+pad,+receptive_field"]
    result = run("show", "alexnet", *options, width=width)
    assert max(map(len, result.stdout.splitlines())) <= 80
    golden(f"option-narrow-{width}.txt", result.stdout)


def test_formulas_break_between_their_terms(run: Run) -> None:
    lines = run("show", "resnet50", "--input", "HxWx3", width=80).stdout.splitlines()
    assert "  H₃ = ⌊(H + 7)/8⌋, W₃ = ⌊(W + 7)/8⌋, H₄ = ⌊(H + 15)/16⌋, W₄ = ⌊(W + 15)/16⌋," in lines
    assert "  245,760·⌊(H + 3)/4⌋·⌊(W + 3)/4⌋ + 1,310,720·⌊(H + 7)/8⌋·⌊(W + 7)/8⌋ +" in lines


def test_characters_that_the_terminal_lacks(run: Run) -> None:
    from cnncalc.cli.output import encodable

    assert encodable("k·k·C ≈ 3 · 2² H₁ ✓ ⌊n/2⌋ — é", "ascii") == r"k*k*C ~ 3 | 2^2 H1 v floor(n/2) \u2014 \xe9"
    assert encodable("k·k ≈ 3", "utf-8") == "k·k ≈ 3"


def test_set(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    file.write_text("input: 8x8x3\nvars: {width: 4}\nlayers: conv width 3x3 -> 6x6x4")
    result = run("show", str(file), "--set", "width=16")
    assert result.exit_code == 0
    assert "6x6x16" in result.stdout
    assert "note: width given from outside" in result.stdout


def test_a_list_is_no_symbol(run: Run) -> None:
    result = run("show", "resnet50", "--set", "depths=k")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "<options>:1:8: E118 symbol: depths is a list of 4, and k can stand for one number only\n"
        "  depths=k\n"
        "         ^\n"
        "  help: write a list, as in depths=[3,4,6,3]\n"
        "1 problem\n"
    )


def test_chain(run: Run) -> None:
    assert run("show", CHAIN, width=80).stdout.splitlines() == [
        "chain · 227x227x3",
        "",
        "path     layer                     output  params  share     MACs  share",
        "───────────────────────────────────────────────────────────────────────────",
        "conv     conv 96 11x11 stride=4  55x55x96   34.9K  ████████  105M  ████████",
        "relu     relu                    55x55x96       0               0",
        "maxpool  maxpool 3x3 stride=2    27x27x96       0               0",
        "───────────────────────────────────────────────────────────────────────────",
        "total                                       34.9K            105M",
        "",
        "34,944 params · 105,415,200 MACs · 1 weight layer",
        "counted: params: trainable parameters; MACs: convolutions and linear layers for",
        "  one image (no biases, norms, pools); K = 1000",
        "memory: input 604 KiB + activations 1.37 MiB + params 136 KiB = 2.10 MiB",
        "  (float32)",
    ]


def test_memory_is_the_input_the_outputs_and_what_is_learned(run: Run) -> None:
    """As torchinfo sums it up, and buffers: what is done in place has no output of its own."""
    chain = "8x8x3 -> conv 4 3x3 pad=1 -> batchnorm -> relu"
    values, outputs, params, buffers = 8 * 8 * 3, 8 * 8 * 4, 3 * 3 * 3 * 4 + 4 + 8, 8
    (line,) = [
        line
        for line in run("show", chain, "--exact", "--batch", "2", width=160).stdout.splitlines()
        if "memory" in line
    ]
    sizes = [4 * 2 * values, 4 * 2 * outputs, 4 * params, 4 * buffers]
    parts = [
        f"{name} {size:,}" for name, size in zip(("input", "activations", "params", "buffers"), sizes, strict=True)
    ]
    assert line == f"memory: {' + '.join(parts)} = {sum(sizes):,} bytes (float32)"
    assert "memory" not in run("show", "HxWx3 -> conv 4 3x3").stdout


def test_standard_input(run: Run) -> None:
    result = run("show", "-", input=b"input: 9\nlayers: linear 3")
    assert result.exit_code == 0
    assert "30 params · 27 MACs · 1 weight layer" in result.stdout


def test_every_layer_on_a_line(run: Run) -> None:
    folded, whole = run("show", "resnet152").stdout, run("show", "resnet152", "--depth", "all").stdout
    assert "×35" in folded
    assert "×" not in whole.partition("total")[0]
    report = load("resnet152").report()
    assert len(whole.splitlines()) - len(whole.partition("\ntotal")[2].splitlines()) >= len(report.rows)


def test_json_round_trip(run: Run) -> None:
    data = json.loads(run("show", "googlenet", "--format", "json", "--batch", "2").stdout)
    report = load("googlenet").report(batch=2)
    assert data["version"] == 1
    assert data["totals"]["params"] == report.totals.params
    assert data["totals"]["macs"] == report.totals.macs
    assert [layer["path"] for layer in data["layers"]] == [row.path for row in report.rows]
    for key in ("params", "macs"):
        main = sum(layer[key] for layer in data["layers"] if layer["aux"] is None)
        side = sum(layer[key] for layer in data["layers"] if layer["aux"] is not None)
        assert (main, side) == (data["totals"][key], data["totals"][f"aux_{key}"])
    first = data["layers"][0]
    assert first["output"] == [112, 112, 64]
    assert first["weights"] == {"weight": [64, 3, 7, 7], "bias": [64]}
    assert first["receptive_field"] == [7, 7]


def test_json_channels_first(run: Run) -> None:
    data = json.loads(
        run("show", CHAIN.replace("227x227x3", "3x227x227"), "--format", "json", "--layout", "chw").stdout
    )
    assert data["layout"] == "chw"
    assert data["inputs"] == {"input": [3, 227, 227]}
    assert data["layers"][0]["output"] == [96, 55, 55]


def test_csv(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("show", "lenet5_1998", "--format", "csv").stdout)))
    report = load("lenet5_1998").report()
    assert [row["path"] for row in rows] == [row.path for row in report.rows]
    assert sum(int(row["params"]) for row in rows) == report.totals.params
    assert rows[0]["out"] == "28x28x6"
    assert rows[2]["layer"] == report.rows[2].written
    chosen = run("show", CHAIN, "--format", "csv", "--columns", "path,weights,macs").stdout
    assert chosen == 'path,weights,macs\nconv,"weight 96x3x11x11, bias 96",105415200\nrelu,,0\nmaxpool,,0\n'


@pytest.mark.parametrize("format_", FORMATS)
def test_out_holds_what_is_printed(run: Run, twins: str, format_: str) -> None:
    printed = run("show", twins, "--format", format_, width=120).stdout
    result = run("show", twins, "--format", format_, "-o", "out", width=120)
    assert (result.exit_code, result.output) == (0, "")
    assert Path("out").read_text("utf-8") == printed


@pytest.mark.parametrize(("ending", "format_"), [pair for pair in ENDINGS.items() if pair[1] in FORMATS])
def test_the_ending_of_a_file_chooses_the_format(run: Run, twins: str, ending: str, format_: str) -> None:
    printed = run("show", twins, "--format", format_, width=120).stdout
    for option in ([], ["--format", format_]):
        result = run("show", twins, "-o", f"out{ending}", *option, width=120)
        assert (result.exit_code, result.output) == (0, "")
        assert Path(f"out{ending}").read_text("utf-8") == printed


def test_a_format_that_contradicts_the_ending_is_refused(run: Run, twins: str) -> None:
    result = run("show", twins, "--format", "csv", "-o", "out.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(
        "Error: --format csv contradicts -o 'out.json', whose ending means json: leave --format out, "
        "or write to 'out.csv'\n"
    )
    assert not Path("out.json").exists()


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("show", "lenet5", "-o", "out.png"), ": add --plot, or write .txt .json .csv .md .tex .html .svg"),
        (
            ("compare", "lenet5", "alexnet", "-o", "out.PDF"),
            ": add --plot, or write .txt .json .csv .md .tex .html .svg",
        ),
        (("list", "-o", "out.xlsx"), ": write .txt .json .csv .md .tex .html .svg"),
        (("explain", "lenet5", "C1", "-o", "out.zip"), ": write .json .md .tex .html .svg"),
        (("closed", "lenet5", "-o", "out.png"), ""),
        (("schema", "-o", "out.pdf"), ""),
    ],
)
def test_text_is_not_written_into_a_file_of_another_kind(run: Run, words: tuple[str, ...], remedy: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(f"Error: -o '{words[-1]}' is no file for text{remedy}\n")
    assert not Path(words[-1]).exists()


def test_out_is_written_whole_or_not_at_all(run: Run, twins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.txt").write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run("show", twins, "-o", "out.txt")
    assert result.exit_code == 2
    assert result.stderr == "E114 file: 'out.txt' cannot be written: no space left on device\n1 problem\n"
    assert Path("out.txt").read_text() == "before"
    assert sorted(os.listdir()) == ["out.txt", twins]


def test_out_keeps_permissions_and_links(run: Run, twins: str) -> None:
    Path("real.txt").write_text("before")
    Path("real.txt").chmod(0o640)
    Path("link.txt").symlink_to("real.txt")
    assert run("show", twins, "-o", "link.txt").exit_code == 0
    assert Path("link.txt").is_symlink()
    assert Path("real.txt").stat().st_mode & 0o777 == 0o640
    assert "57,425 params" in Path("real.txt").read_text("utf-8")


def test_out_into_a_folder_that_is_not_there(run: Run, twins: str) -> None:
    result = run("show", twins, "-o", "nowhere/out.txt")
    assert result.exit_code == 2
    assert result.stderr == "E114 file: 'nowhere/out.txt' cannot be written: no such file or directory\n1 problem\n"


def test_colours(run: Run) -> None:
    assert "\x1b[" not in run("show", "alexnet").stdout
    coloured = run("show", "alexnet", FORCE_COLOR="1").stdout
    assert "\x1b[36mpool1\x1b[0m" in coloured
    assert "\x1b[" not in run("show", "alexnet", FORCE_COLOR="1", NO_COLOR="1").stdout
    black_white_and_yellow = ("\x1b[30m", "\x1b[37m", "\x1b[93m", "\x1b[97m")
    assert not any(style in coloured for style in black_white_and_yellow)


def test_text_of_a_spec_does_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    file.write_text('title: "\\e[31mred\\a"\nsource: "a\\nb\\e]0;"\ninput: 4\nlayers: linear 2')
    result = run("show", str(file))
    assert not {"\x1b", "\a"} & set(result.output)


def test_a_place_in_the_library_names_no_folder_of_the_installation(run: Run) -> None:
    layers = json.loads(run("show", "resnet50", "--format", "json").stdout)["layers"]
    assert {layer["place"].partition(":")[0] for layer in layers} == {"resnet.cnn.yaml"}
    refused = run("show", "resnet50", "--input", "7x7x3")
    assert "/architectures/" not in refused.output
