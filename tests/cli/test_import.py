"""`cnncalc import`, and foreign networks wherever a network is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.exchange.readers import yolos

TWO = Path(__file__).parents[1] / "data" / "two.safetensors"
CFG = """[net]
height=32
width=32
channels=3

[convolutional]
batch_normalize=1
filters=16
size=3
stride=1
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
filters=4
"""
COUNTS = (
    "532 trainable parameters, 564 numbers stored with running statistics, "
    "496 weights of convolutions and linear layers alone"
)


@pytest.fixture
def cfg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.cfg").write_text(CFG)
    return tmp_path / "net.cfg"


@pytest.mark.usefixtures("cfg")
def test_the_text_is_a_spec_that_is_formatted_and_has_no_errors(run: Run) -> None:
    result = run("import", "net.cfg", "-o", "net.cnn.yaml", "--flat")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"note: {COUNTS}\n")
    assert Path("net.cnn.yaml").read_text().splitlines() == [
        "name: net",
        "source: net.cfg",
        f"notes: {COUNTS}",
        "input: 32x32x3",
        "layers:",
        "  - convolutional_0_conv: conv 16 3x3 pad=1 bias=no",
        "  - convolutional_0_batchnorm: batchnorm",
        "  - convolutional_0_leaky_relu: leaky_relu slope=0.1",
        "  - maxpool_1_maxpool: maxpool 2x2 ceil=yes",
        "  - convolutional_2_conv: conv 4 1x1",
        "  - convolutional_2_sigmoid: sigmoid",
        "expect: {params: 532, macs: 458_752, output: 16x16x4}",
    ]
    assert run("fmt", "--check", "net.cnn.yaml").exit_code == 0
    assert run("lint", "net.cnn.yaml").exit_code == 0


@pytest.mark.usefixtures("cfg")
def test_standard_input_and_standard_output(run: Run) -> None:
    piped = run("import", "-", input=CFG.encode())
    assert piped.exit_code == 0
    assert "name: stdin\nsource: '<stdin>'\n" in piped.stdout
    assert run("show", "-", input=piped.stdout.encode()).exit_code == 0
    assert run("show", "-", "--format", "json", input=CFG.encode()).stdout


COMMANDS = (
    "show net.cfg --format json",
    "show net.cfg --input 64x64x3",
    "show net.cfg --input HxWx3",
    "explain net.cfg",
    "sizes net.cfg",
    "closed net.cfg",
    "compare net.cfg lenet5",
    "sweep net.cfg --vary input=28..36:4",
    "solve net.cfg --target macs<1M --vary input=28..36:4",
)


@pytest.mark.usefixtures("cfg")
@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_takes_it(words: str, run: Run) -> None:
    result = run(*words.split())
    assert (result.exit_code, result.exception) == (0, None), result.output


@pytest.mark.usefixtures("cfg")
def test_what_it_computes_is_shown_with_its_counts(run: Run) -> None:
    document = json.loads(run("show", "net.cfg", "--format", "json").stdout)
    assert document["remarks"] == [COUNTS]


@pytest.mark.usefixtures("cfg")
def test_what_cannot_be_read_is_listed(run: Run) -> None:
    Path("net.cfg").write_text(f"{CFG}\n[lstm]\n[upsampel]\n")
    expected = [
        "net.cfg:21:1: E126 operation: [lstm] of layer 3: it is not read: "
        "a recurrent layer of Darknet has tensors of its own",
        "  [lstm]",
        "  ^^^^^^",
        "net.cfg:22:1: E126 operation: [upsampel] of layer 4: it is not read",
        "  [upsampel]",
        "  ^^^^^^^^^^",
        "  help: did you mean 'upsample'?",
        "2 problems",
    ]
    for command, code in (("import", 1), ("show", 2)):
        result = run(command, "net.cfg")
        assert (result.exit_code, result.stderr.splitlines(), result.stdout) == (code, expected, "")


@pytest.mark.usefixtures("cfg")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing.cfg",), "E114 file: there is no file 'nothing.cfg'"),
        (("alexnet",), "E114 file: 'alexnet' is a network of the library, and none of another tool"),
        (("net.yaml",), "E114 file: 'net.yaml' is no network of another tool"),
        (("none.cfg", "--input", "8x8xC"), "E105 value: --input '8x8xC' is no shape in numbers"),
        (("net.cfg", "--kwargs", "[]"), "it is no object, as in '{\"num_classes\": 10}'"),
        (("net.cfg", "--kwargs", "{"), "it is no JSON: Expecting property name enclosed in double quotes"),
    ],
)
def test_wrong_use(words: tuple[str, ...], message: str, run: Run) -> None:
    Path("none.cfg").write_text("[net]\n")
    Path("net.yaml").write_text("input: 8x8x3\nlayers: [relu]\n")
    result = run("import", *words)
    assert result.exit_code in (1, 2)
    assert message in result.stderr


def test_show_lists_them_and_other_commands_say_so(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(TWO, "two.safetensors")
    assert run("show", "two.safetensors").stdout.splitlines() == [
        "two.safetensors",
        "",
        "name         shape    numbers  type",
        "──────────────────────────────────────",
        "conv.weight  2x1x3x3       18  float32",
        "conv.bias    2              2  float32",
        "──────────────────────────────────────",
        "2 tensors                  20  80 B",
        "",
        "note: no network of the library has these shapes",
    ]
    assert json.loads(run("show", "two.safetensors", "--format", "json").stdout)["numbers"] == 20
    refused = run("explain", "two.safetensors")
    assert (refused.exit_code, refused.stderr.splitlines()) == (
        2,
        [
            "E114 file: 'two.safetensors' is weights in safetensors, and no network",
            "  help: `cnncalc show two.safetensors` lists its tensors",
            "1 problem",
        ],
    )


@pytest.mark.usefixtures("cfg")
@pytest.mark.parametrize("command", ["annotate", "fmt"])
def test_what_edits_specs_leaves_it_alone(command: str, run: Run) -> None:
    before = Path("net.cfg").read_bytes()
    result = run(command, "net.cfg")
    said = result.stdout + result.stderr
    assert "net.cfg:1:1: E114 file: it is a network definition of Darknet, and no spec" in said
    assert "`cnncalc import net.cfg -o FILE` writes it as a spec" in said
    assert (result.exit_code != 0, Path("net.cfg").read_bytes()) == (True, before)


def test_a_file_of_four_gigabytes_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("large.cfg").open("wb") as stream:
        stream.write(b"[net]\n" + b"a" * 2_000_000)
        stream.truncate(1 << 32)
    assert run("import", "large.cfg").stderr.splitlines() == [
        "large.cfg:1:1: E112 limit: 1,000,001 bytes, more than the 1,000,000 that are read",
        "1 problem",
    ]


def test_a_scale_of_a_file_in_this_folder_is_no_module(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("yolov8.yaml").write_text(yolos.yolov8())
    assert run("import", "yolov8.yaml:s").stdout.startswith("name: yolov8s\n")
    assert "11,166,544 params" in run("show", "yolov8.yaml:s").stdout


def test_outputs_of_a_module_are_compared(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    file = tmp_path / "net.py"
    file.write_text("from torch import nn\n\n\ndef net():\n    return nn.Conv2d(3, 4, 3)\n")
    agree = "outputs compared with those of the model on the same random weights: they agree"
    result = run("import", f"{file}:net", "--input", "9x9x3")
    assert result.stderr == f"note: {agree}\n"
    assert agree not in result.stdout
    assert f"note: {agree}" in " ".join(run("show", f"{file}:net", "--input", "9x9x3").stdout.split())


def test_lint_takes_networks_of_other_tools(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cfg").write_text(
        "[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=2\npad=1\nactivation=linear\n"
    )
    result = run("lint", "net.cfg")
    assert (result.exit_code, result.stdout.splitlines()) == (0, ["no findings in 1 file"])
    before = Path("net.cfg").read_bytes()
    assert run("lint", "net.cfg", "--fix", "--unsafe-fixes").exit_code == 0
    assert Path("net.cfg").read_bytes() == before
    Path("net.cfg").write_text("[net]\nwidth=8\nheight=8\nchannels=3\n[lstm]\noutput=3\n")
    result = run("lint", "net.cfg")
    assert result.exit_code == 1
    assert result.stdout.startswith("net.cfg:5:1: E126 operation: [lstm] of layer 0: it is not read")


def test_lint_takes_a_module(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(
        "from torch import nn\n\n\ndef net():\n"
        "    return nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), nn.ReLU())\n"
    )
    result = run("lint", "net.py:net", "--input", "9x9x3", "--format", "concise")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "net.py:net:1:1: W401 bias-before-norm: 0.0: "
            "4 biases are redundant before batchnorm, which subtracts the mean",
            "found 1 warning in 1 file",
        ],
    )
    result = run("lint", "net.py:nett", "--input", "9x9x3", "--format", "concise")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        1,
        "net.py:nett:1:1: E125 model: there is no 'nett' in net.py",
    )
