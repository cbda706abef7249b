"""What people type first, from public questions and from trying the program: it is understood, or the answer helps.

Right values were computed by hand or with PyTorch.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from cnncalc.library import alike
from tests.cli.conftest import Run
from tests.effort import sampled
from tests.time_limit import within_time_limit


def row(line: str) -> str:
    """Return a printed line with single spaces, as the tables here are written."""
    return " ".join(line.split())


UNDERSTOOD = [
    # a step as papers, PyTorch and Keras write it, and the note of how it was read
    (
        "224x224x3 -> conv 64 8x8/2 pad=3",
        "12,352 params · 154,140,672 MACs · 1 weight layer",
        "conv 64 8x8 stride=2 pad=3",
    ),
    ("56x56x64 -> conv 128 4x4/4", "131,200 params · 25,690,112 MACs · 1 weight layer", "conv 128 4x4 stride=4"),
    ("28x28x1 -> conv 8 3x3 padding=1 s=2", "80 params · 14,112 MACs · 1 weight layer", "conv 8 3x3 pad=1 stride=2"),
    ("28x28x1 -> Conv2d(1, 16, 5, 1, 2)", "416 params · 313,600 MACs · 1 weight layer", "_x_x1 -> conv 16 5x5 pad=2"),
    ("8x8x3 -> conv 4 3x3 activation=relu", "112 params · 3,888 MACs · 1 weight layer", "conv 4 3x3 -> relu"),
    ("8x8x3 -> conv 4 3x3 act='ReLU'", "112 params · 3,888 MACs · 1 weight layer", "conv 4 3x3 -> relu"),
    ("8x8x3 -> conv 4 3x3 relu", "112 params · 3,888 MACs · 1 weight layer", "conv 4 3x3 -> relu"),
    ("8x8x3 -> conv 4 3x3 bn relu", "120 params · 3,888 MACs · 1 weight layer", "conv 4 3x3 -> bn -> relu"),
    ("8x8x3 -> 2 x conv 3 3x3", "168 params · 4,212 MACs · 2 weight layers", "2 * conv 3 3x3"),
    ("8x8x3 -> 2x conv 3 3x3 relu", "168 params · 4,212 MACs · 2 weight layers", "2 * (conv 3 3x3 -> relu)"),
    (
        "14x14x8 -> Conv2DTranspose(4, 3, strides=2, padding='same', activation='relu')",
        "292 params · 56,448 MACs · 1 weight layer",
        "conv_transpose 4 3x3 stride=2 pad=same -> relu",
    ),
    ("Input(224,224,3) -> conv 64 3x3", "1,792 params · 85,162,752 MACs · 1 weight layer", "224x224x3"),
    # the input as frameworks, papers and people write it
    ("None,224,224,3 -> conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "224x224x3"),
    ("(None, 224, 224, 3) -> conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "224x224x3"),
    ("(None, 3, 224, 224) -> conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "224x224x3"),
    ("[-1, 3, 224, 224] -> conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "224x224x3"),
    (
        "torch.Size([1, 3, 224, 224]) -> conv 64 7x7",
        "9,472 params · 447,105,792 MACs · 1 weight layer",
        "[1, 3, 224, 224]",
    ),
    ("3@224x224 -> conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "224x224x3"),
    ("input: 224x224x3 -> conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "224x224x3"),
    ("28x28 grayscale images -> conv 64 7x7", "3,200 params · 1,517,824 MACs · 1 weight layer", "28x28x1"),
    # figures and tables of papers
    ("224x224x3 -> 7x7 conv, 64, /2", "9,472 params · 111,776,448 MACs · 1 weight layer", "conv 64 7x7 stride=2"),
    ("224x224x3 -> 7x7, 64, stride 2", "9,472 params · 111,776,448 MACs · 1 weight layer", "conv 64 7x7 stride=2"),
    (
        "227x227x3 -> 96 11x11 filters stride 4",
        "34,944 params · 105,415,200 MACs · 1 weight layer",
        "conv 96 11x11 stride=4",
    ),
    ("224x224x3 -> conv3-64", "1,792 params · 86,704,128 MACs · 1 weight layer", "conv 64 3x3 pad=same"),
    ("8x8x12 -> conv3x3 12 stride=2", "1,308 params · 11,664 MACs · 1 weight layer", "conv 12 3x3 stride=2"),
    ("4096 -> FC-1000", "4,097,000 params · 4,096,000 MACs · 1 weight layer", "fc 1000"),
    # names in several words, fields without =
    ("8x8x12 -> 2x2 max pool", "0 params · 0 MACs · 0 weight layers", "maxpool 2x2"),
    ("8x8x12 -> max-pool 2", "0 params · 0 MACs · 0 weight layers", "maxpool 2"),
    ("8x8x12 -> global average pooling", "0 params · 0 MACs · 0 weight layers", "global_avgpool"),
    ("768 -> fully connected 10", "7,690 params · 7,680 MACs · 1 weight layer", "linear 10"),
    (
        "224x224x3 -> conv 64 7x7 stride 2 pad 3",
        "9,472 params · 118,013,952 MACs · 1 weight layer",
        "conv 64 7x7 stride=2 pad=3",
    ),
    (
        "224x224x3 -> conv 64 filters 7x7, padding same",
        "9,472 params · 472,055,808 MACs · 1 weight layer",
        "conv 64 7x7 pad=same",
    ),
    ("224x224x3 -> conv 64 3x3 SAME", "1,792 params · 86,704,128 MACs · 1 weight layer", "conv 64 3x3 pad=same"),
    ("224x224x3 -> conv 64 7x7 no bias", "9,408 params · 447,105,792 MACs · 1 weight layer", "conv 64 7x7 bias=no"),
    (
        "224x224x3 -> conv 64 7x7 padding='same'",
        "9,472 params · 472,055,808 MACs · 1 weight layer",
        "conv 64 7x7 pad=same",
    ),
    ("224x224x3 -> conv1: conv 64 7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "conv 64 7x7"),
    ("224x224x3 -> conv 64@7x7", "9,472 params · 447,105,792 MACs · 1 weight layer", "conv 64 7x7"),
    ("32x32x1 -> conv 6 5x5 -> 6@28x28", "156 params · 117,600 MACs · 1 weight layer", "28x28x6"),
    ("224x224x3 -> conv 3x3 64 filters", "1,792 params · 85,162,752 MACs · 1 weight layer", "conv 64 3x3"),
    ("224x224x3 -> conv 64 3x3/2,1", "1,792 params · 21,676,032 MACs · 1 weight layer", "conv 64 3x3 stride=2 pad=1"),
    ("8x8x3 -> conv 4 3x3 + bn + relu", "120 params · 3,888 MACs · 1 weight layer", "conv 4 3x3 -> bn -> relu"),
    ("8x8x3 -> conv 3 3x3 x2", "168 params · 4,212 MACs · 2 weight layers", "2 * conv 3 3x3"),
    (
        "torch.randn(1, 3, 224, 224) -> conv 64 7x7",
        "9,472 params · 447,105,792 MACs · 1 weight layer",
        "(1, 3, 224, 224)",
    ),
    # what PyTorch prints
    (
        "32x32x3 -> Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)",
        "432 params · 442,368 MACs · 1 weight layer",
        "_x_x3 -> conv 16 3x3 pad=1 bias=no",
    ),
    ("28x28x32 -> PReLU(32)", "32 params · 0 MACs · 0 weight layers", "prelu per_channel=yes"),
]


@pytest.mark.parametrize(("chain", "totals", "read_as"), UNDERSTOOD)
def test_a_step_is_read_as_it_is_meant_with_a_note(chain: str, totals: str, read_as: str, run: Run) -> None:
    result = run("show", chain, width=200)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert totals in lines
    step = next(step for step in chain.split(" -> ") if f"note: {step} is read as {read_as}" in lines)
    assert step


SEQUENTIAL = "nn.Sequential(nn.Conv2d(3,16,3,padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4096,10))"
PRINTED = """Sequential(
  (0): Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
  (1): ReLU(inplace=True)
  (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (3): Flatten(start_dim=1, end_dim=-1)
  (4): Linear(in_features=4096, out_features=10, bias=True)
)"""
KERAS = """model = Sequential([
    Conv2D(16, (3, 3), padding='same', activation='relu', input_shape=(32, 32, 3)),
    MaxPooling2D(), Flatten(), Dense(10)])"""
NAMED = "nn.Sequential(OrderedDict([('a', nn.Conv2d(3, 16, 3)), ('b', nn.ReLU())]))"
FIVE = "41,418 params · 483,328 MACs · 2 weight layers"
ONE = "9,472 params · 447,105,792 MACs · 1 weight layer"


@pytest.mark.parametrize(
    ("text", "given", "totals"),
    [
        (SEQUENTIAL, ["--input", "32x32x3"], FIVE),
        (PRINTED, ["--input", "32x32x3"], FIVE),
        (f"32x32x3 -> {PRINTED}", [], FIVE),
        (KERAS, [], FIVE),
        (NAMED, ["--input", "32x32x3"], "448 params · 388,800 MACs · 1 weight layer"),
        ("8x8x3 -> [conv 3 3x3 -> relu] x 2", [], "168 params · 4,212 MACs · 2 weight layers"),
        ("224x224x3, conv 64 7x7, relu", [], ONE),
        ("224x224x3 | conv 64 7x7 | relu", [], ONE),
        ("224x224x3 > conv 64 7x7 > relu", [], ONE),
        ("224x224x3 => conv 64 7x7 => relu", [], ONE),
        ("224x224x3\nconv 64 7x7\nrelu", [], ONE),
        ("224x224x3 conv 64 7x7", [], ONE),
    ],
)
def test_code_and_steps_joined_otherwise_are_read_as_a_chain(
    text: str, given: list[str], totals: str, run: Run
) -> None:
    result = run("show", text, *given, width=200)
    assert (result.exit_code, result.stderr) == (0, "")
    assert totals in result.stdout.splitlines()
    assert " is read as " in result.stdout


def test_code_without_an_input_asks_for_it(run: Run) -> None:
    missing = run("show", SEQUENTIAL, width=200)
    assert missing.exit_code == 2
    assert missing.stderr.splitlines()[-2:] == [
        "  help: give the shape of its input, as in --input 224x224x3",
        "1 problem",
    ]
    turned = run("show", SEQUENTIAL, "--input", "3x32x32", width=200)
    assert turned.exit_code == 1
    assert "  help: channels come last here: write 32x32x3" in turned.stderr.splitlines()


@pytest.mark.parametrize(
    ("step", "kind", "usage"),
    [
        ("Flatten(2)", "flatten", "flatten"),
        ("LayerNorm([32, 26, 26])", "layernorm", "layernorm [affine=…] [bias=…] [eps=…] [whole=…]"),
    ],
)
def test_an_argument_that_changes_the_numbers_is_never_left_out(step: str, kind: str, usage: str, run: Run) -> None:
    result = run("show", f"26x26x32 -> {step}", width=200)
    hint = f"  help: {kind} has no such arguments: it is written `{usage}`"
    assert (result.exit_code, result.stderr.splitlines()[-2:]) == (1, [hint, "1 problem"])


@pytest.mark.parametrize(
    ("step", "note"),
    [
        ("3 64 3 1 1", "conv 3 64 3 1 1 has 3 filters of 64x64; 64 filters of 3x3 are written conv 64 3 1 1"),
        ("3 64 3x3", "conv 3 64 3x3 has 3 filters of 64x64; 64 filters of 3x3 are written conv 64 3x3"),
        ("3 3 64", "conv 3 3 64 has a stride of 64; 64 filters of 3x3 are written conv 64 3"),
    ],
)
def test_numbers_in_the_order_of_pytorch_are_remarked(step: str, note: str, run: Run) -> None:
    result = run("show", f"224x224x3 -> conv {step}", width=200)
    assert f"note: {note}" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("chain", "warning"),
    [
        (
            "1080x1920 -> maxpool 2",
            "1080x1920 is read as length 1080 and 1920 channels: output 540x1920; "
            "a grey image is written 1080x1920x1: output 540x960x1",
        ),
        (
            "60000x784 -> fc 10",
            "60000x784 is read as length 60000 and 784 channels: 470,400,000 MACs; "
            "a batch in front is written 784: 7,840 MACs",
        ),
    ],
)
def test_a_picture_and_a_data_set_are_no_signals_in_silence(chain: str, warning: str, run: Run) -> None:
    result = run("show", chain, width=300)
    assert (result.exit_code, result.stderr) == (0, f"warning: {warning}\n")
    assert run("show", "1024x768 -> attention 12").stderr == ""
    assert run("show", "16000x1 -> conv 16 9").stderr == ""


def test_comments_in_a_chain_over_several_lines_hide_no_layer(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    text = "# first\n28x28x1 # grey\n  -> conv 8 3x3 # filters\n  -> relu  -> Conv2d(8, 4, 3)\n"
    file.write_text(text)
    shown = run("show", str(file), width=200)
    assert "372 params · 214,560 MACs · 2 weight layers" in shown.stdout.splitlines()
    assert run("fmt", str(file)).exit_code == 0
    assert file.read_text() == text  # comments and other notations stay


OUTPUTS = [
    ("23x23x8 -> conv_transpose 1 3x3 stride=2 pad=same", "46x46x1"),  # Keras: n·s
    ("12x12x8 -> conv_transpose 1 2x2 stride=3 pad=same", "36x36x1"),
    ("5x5x1 -> conv_transpose 1 3x3 stride=2 pad=2", "7x7x1"),
    ("25x25x1 -> maxpool 2 ceil=yes", "13x13x1"),
    ("6x7x1 -> maxpool 1 stride=2 ceil=yes", "3x4x1"),
    ("15x15x8 -> pad 2", "19x19x8"),
    ("32x100x512 -> maxpool 2x2 stride=2x1 pad=0x1", "16x101x512"),
    ("28x28x1 -> conv 6 4 -> relu -> maxpool 2 -> conv 16 3 -> relu -> maxpool 2 -> flatten", "400"),
]


@pytest.mark.parametrize(("chain", "output"), OUTPUTS)
def test_what_comes_out_is_what_pytorch_and_keras_make(chain: str, output: str, run: Run) -> None:
    assert run("show", f"{chain} -> {output}").exit_code == 0


MESSAGES = [
    # what was typed, and the whole of what is answered
    (
        ("show", "56x56x64 -> conv 128 3*3"),
        1,
        """\
<command line>:1:22: E105 value: kernel: 3*3 is one number, and a size is written with x
  56x56x64 -> conv 128 3*3
                       ^^^
  help: write 3x3, or (3*3)
1 problem
""",
    ),
    (
        ("show", "28x28x1 -> conv 8 3x3 -> 28x28x8"),
        1,
        """\
<command line>:1:26: E205 check: 26x26x8 comes out of conv (conv 8 3x3), not 28x28x8
  28x28x1 -> conv 8 3x3 -> 28x28x8
                           ^^^^^^^
  help: pad=1 or pad=same would give 28x28x8
1 problem
""",
    ),
    (
        ("show", "112x112x64 -> maxpool 3x3 stride=2 -> 56x56x64"),
        1,
        """\
<command line>:1:39: E205 check: 55x55x64 comes out of maxpool (maxpool 3x3 stride=2), not 56x56x64
  112x112x64 -> maxpool 3x3 stride=2 -> 56x56x64
                                        ^^^^^^^^
  help: ceil=yes or pad=1 would give 56x56x64
1 problem
""",
    ),
    (
        ("show", "14x14x8 -> conv_transpose 1 3x3 stride=2 -> 28x28x1"),
        1,
        """\
<command line>:1:45: E205 check: 29x29x1 comes out of conv_transpose (conv_transpose 1 3x3 stride=2), not 28x28x1
  14x14x8 -> conv_transpose 1 3x3 stride=2 -> 28x28x1
                                              ^^^^^^^
  help: pad=same or pad=1 output_pad=1 would give 28x28x1
1 problem
""",
    ),
    (
        ("show", "14x14x8 -> conv_transpose 8 3x3 stride=2 pad=same output_pad=1"),
        1,
        """\
<command line>:1:62: E208 output_pad: pad=same gives input × stride already
  14x14x8 -> conv_transpose 8 3x3 stride=2 pad=same output_pad=1
                                                               ^
  help: leave output_pad out
1 problem
""",
    ),
    (
        ("show", "8x8x4 -> roi_align 2"),
        1,
        """\
<command line>:1:10: E108 kind: there is no layer or block 'roi_align'
  8x8x4 -> roi_align 2
           ^^^^^^^^^
  help: it does not exist here; `adaptive_avgpool` has a fixed size
1 problem
""",
    ),
    (
        ("show", "8x8x3 -> dropot 0.5"),
        1,
        """\
<command line>:1:10: E108 kind: there is no layer or block 'dropot'
  8x8x3 -> dropot 0.5
           ^^^^^^
  help: did you mean 'dropout'?
1 problem
""",
    ),
    (
        ("explain", "conv1", "alexnet"),
        2,
        """\
E114 file: there is no network, file or chain 'conv1'
  help: the network comes first: alexnet conv1
1 problem
""",
    ),
    (
        ("show", "conv 64 7x7"),
        2,
        """\
E114 file: there is no network, file or chain 'conv 64 7x7'
  help: a chain begins with its input, as in `224x224x3 -> conv 64 7x7`
1 problem
""",
    ),
]


@pytest.mark.parametrize(("words", "code", "message"), MESSAGES)
def test_a_message_says_what_to_write(words: tuple[str, ...], code: int, message: str, run: Run) -> None:
    result = run(*words, width=200)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)


HINTS = [
    # in a file, whose steps are written in the language itself
    ("conv 8 3x3 padding=1", "did you mean 'pad'?"),
    ("conv 8 3x3 PADDING=1", "did you mean 'pad'?"),
    ("conv 8 3x3 s=2", "did you mean 'stride'?"),
    ("conv 8 3x3 activation=relu", "an activation is a layer of its own: write `-> relu` after it"),
    ("conv 8 3x3 relu", "an arrow is missing before relu"),
    ("conv 8 7x7/2", "write 7x7 stride=2, or (7x7/2)"),
    ("conv 8 3x3 p1", "write pad=1"),
    ("3 x conv 8 3x3", "write `3 * conv 8 3x3`"),
    ('Conv2D(8, (3, 3), padding="same")', "write `conv 8 3x3 pad=same`"),
    ("nn.Conv2d(1, 16, 5, 1, 2)", "write `_x_x1 -> conv 16 5x5 pad=2`"),
    ("rearrange 5", "it does not exist here: write `reshape 7x7x128` or `permute [1,0,2]`"),
    ("masking", "it does not exist here; it changes neither shapes nor counts"),
    ("bilstm 5", "write `lstm OUT bidirectional=yes`"),
    ("transpose", "write permute order"),
]


@pytest.mark.parametrize(("step", "hint"), HINTS)
def test_a_file_is_answered_with_the_step_to_write(step: str, hint: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    file.write_text(f"name: net\ninput: 28x28x1\nlayers:\n  - {step}\n")
    result = run("show", str(file), width=200)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-2:] == [f"  help: {hint}", "1 problem"]


SUGGESTED = [
    # only what is near in spelling and builds
    ("maxpol 2", "did you mean 'maxpool'?"),
    ("maxpol 9", "`cnncalc layers` lists all kinds"),
    ("cnv 8 3x3", "did you mean 'conv'?"),
    ("cnv 8", "`cnncalc layers` lists all kinds"),
    ("conv_relu 8", "it does not exist here: conv and relu are steps of their own"),
    ("conv_relu 8 3x3", "it does not exist here: write `conv 8 3x3 -> relu`"),
    ("Conv2dBnReLU 8 3x3 pad=1", "it does not exist here: write `conv 8 3x3 pad=1 -> batchnorm -> relu`"),
    ("maxout 2", "it does not exist here; `maximum NAME` takes the maximum of this volume and earlier results"),
    ("gaussian_blur 5", "write `filter gaussian 3`, or `blur_pool` with a stride of 2"),
    ("non_local", "on a map it is `attention 1 key_dim=channels//2`"),
    ("leaky", "write `leaky_relu slope=0.1`"),
    ("SwiGLU", "write `glu gate=silu`"),
    ("spectral_norm", "it is a field of the layer: write `conv OUT KERNEL parametrize=spectral_norm`"),
    (
        "fire 16 64 64",
        "it is a block of several layers: define it under `blocks` in a file, as `cnncalc docs language` explains",
    ),
    ("pool 2", "write maxpool or avgpool"),
    ("pointwise 64", "write `conv OUT 1x1`"),
    ("dilated conv 64 3x3", "write `conv OUT KERNEL dilation=2`"),
    ("conv-bn-relu 64 3x3", "it does not exist here: write `conv 64 3x3 -> batchnorm -> relu`"),
    ("Conv(64, 3)", "arguments follow the name without brackets, as in `conv 64 3`"),
    ("resnet50", "resnet50 is a network of the library, and no layer: `cnncalc show resnet50`"),
    ("elephant", "`cnncalc layers` lists all kinds"),
]


@pytest.mark.parametrize(("step", "hint"), SUGGESTED)
def test_a_suggestion_is_near_and_builds(step: str, hint: str, run: Run) -> None:
    result = run("show", f"8x8x12 -> {step}", width=200)
    assert (result.exit_code, result.stderr.splitlines()[-2:]) == (1, [f"  help: {hint}", "1 problem"])


def test_a_chain_may_be_given_its_input_apart(run: Run) -> None:
    for chain in ("conv 64 7x7", "conv 64 7x7 -> relu", "Conv2d(3, 64, 7)"):
        result = run("show", chain, "--input", "224x224x3", width=200)
        assert result.exit_code == 0, result.stderr
        assert "9,472 params · 447,105,792 MACs · 1 weight layer" in result.stdout


def test_one_number_as_an_input_is_answered_with_the_shape(run: Run) -> None:
    result = run("show", "alexnet", "--input", "224", width=200)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-2:] == ["  help: write 224x224x3", "1 problem"]


SOLVED = [
    (
        "14x14x8 -> conv_transpose 1 3x3 stride=2 pad=? -> 28x28x1",
        1,
        ["nearest: pad=0 gives 29x29x1", "help: pad=same or pad=1 output_pad=1 would give 28x28x1"],
    ),
    (
        "14x14x8 -> conv_transpose 1 3x3 stride=2 pad=1 output_pad=? -> 28x28x1",
        0,
        ["1 14x14x8 -> conv_transpose 1 3x3 stride=2 pad=1 output_pad=1 -> 28x28x1"],
    ),
    (
        "112x112x64 -> maxpool 3x3 stride=2 ceil=? pad=? -> 56x56x64",
        0,
        [
            "ceil pad",
            "no 1 112x112x64 -> maxpool 3x3 stride=2 ceil=no pad=1 -> 56x56x64",
            "yes 0 112x112x64 -> maxpool 3x3 stride=2 ceil=yes pad=0 -> 56x56x64",
        ],
    ),
    (
        "112x112x64 -> maxpool 3x3 stride=? -> 56x56x64",
        1,
        ["help: ceil=yes or pad=1 would give 56x56x64"],
    ),
    ("33x33x3 -> conv 8 4x4 pad=? -> 33x33x8", 1, ["help: pad=same would give 33x33x8"]),
    ("32x32x3 -> conv_transpose 8 3x3 stride=? pad=same -> 96x96x8", 0, ["stride"]),
    (
        "112x112x64 -> maxpool 3x3 stride=2 ceil=? -> 57x57x64",
        1,
        ["nearest: ceil=yes gives 56x56x64", "help: pad=1 would give 57x57x64"],
    ),
    # a shape that is meant otherwise
    (
        "3x224x224 -> conv 64 7x7 stride=2 pad=? -> 112x112x64",
        1,
        ["help: with the input written 224x224x3, pad=3 would fit"],
    ),
    (
        "3x224x224 -> conv 64 7x7 stride=? pad=? -> 64x112x112",
        1,
        ["help: with the input written 224x224x3, stride=2 pad=3 would fit"],
    ),
]


@pytest.mark.parametrize(("chain", "code", "lines"), sampled(SOLVED, every=3))
def test_solve_knows_yes_and_no_and_other_fields(chain: str, code: int, lines: list[str], run: Run) -> None:
    result = run("solve", chain, width=200)
    printed = [row(line) for line in result.stdout.splitlines()]
    assert result.exit_code == code
    assert [line for line in printed if line in lines] == lines


SKIP = """name: u
input: 350x525x1
layers:
  - a: conv 8 3x3 pad=1
  - add:
      down: maxpool 2 -> conv 8 3x3 pad=1 -> maxpool 2 -> upsample 4
      skip: identity
"""


def test_sizes_works_where_the_own_input_does_not_and_is_named_there(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "u.cnn.yaml"
    file.write_text(SKIP)
    shown = run("show", str(file), width=200)
    hint = "  help: an input of 348x524x1 would work; `cnncalc sizes` lists all sizes that do"
    assert (shown.exit_code, shown.stderr.splitlines()[-2:]) == (1, [hint, "1 problem"])
    found = run("sizes", str(file), "--near", "350", width=200)
    assert (found.exit_code, found.stderr) == (
        0,
        "warning: u does not build at 350x525x1: it is taken at 348x524x1\n",
    )
    printed = [row(line) for line in found.stdout.splitlines()]
    assert printed.count("works 0 mod 4 from 4 on") == 2
    assert sum(line.startswith("nearest 350 348 or 352") for line in printed) == 2


def test_sizes_keeps_the_refusal_of_a_shape_that_is_meant_otherwise(run: Run) -> None:
    result = run("sizes", "1x28x28 -> conv 8 3x3")
    assert (result.exit_code, result.stderr.splitlines()[-2:]) == (
        1,
        ["  help: channels come last here: write 28x28x1", "1 problem"],
    )


def test_a_key_warns_at_its_network_and_takes_the_answers_of_either_reading(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "hw.key.yaml"
    key.write_text(
        "questions:\n"
        "  - {id: 1, network: '3x224x224 -> conv 64 7x7 stride=2 pad=3', ask: params}\n"
        "  - {id: 2, network: '128x128 -> fc 256', ask: params}\n"
    )
    result = run("check", "--key", str(key), "--answer", "1=9472", "--answer", "2=4194561", width=400)
    assert result.exit_code == 1
    assert result.stderr == (
        f"warning: {key}:2:23: 3x224x224 is read as height 3, width 224 and 224 channels: 702,528 params; "
        "channels first is written 224x224x3: 9,472 params\n"
        f"warning: {key}:3:23: 128x128 is read as length 128 and 128 channels: 33,024 params; "
        "a grey image is written 128x128x1 -> flatten: 4,194,560 params\n"
    )
    first, second, total = result.stdout.splitlines()
    assert first == (
        "✓ 1: 9,472 is right if the shape is meant otherwise than it is written. "
        "As it is written: You wrote 9472. Right: 7·7·224·64 + 64 = 702,464 + 64 = 702,528."
    )
    assert second.startswith("✗ 2: You wrote 4194561.")
    assert total == "1 of 2 right"


def test_a_chain_is_linted(run: Run) -> None:
    result = run("lint", "3x224x224 -> conv 64 7x7/2 pad=3 -> BN")
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line.startswith("<")] == [
        "<command line>:1:1: W306 channels-first: 3x224x224 is read as 3x224 with 224 channels: "
        "are the channels first?",
        "<command line>:1:14: W401 bias-before-norm: 64 biases are redundant before batchnorm, "
        "which subtracts the mean",
    ]
    grey = run("lint", "-", input=b"28x28\n  -> maxpool 2\n")
    assert "<stdin>:1:1: W306 channels-first: 28x28 is read as 28 with 28 channels: is it a grey image?" in grey.stdout


VARIED = [
    ("width=a..b", "a range has numbers, as in 16..128:8"),
    ("width=16-32", "write 16..32"),
    ("width=16...32", "write 16..32"),
    ("a & b", "as in width=16..128:8, growth=12,24,32 or input=128..320:32"),
    ("width=16-32:8", "write 16..32:8"),
    ("width=16..32..8", "write 16..32:8"),
    ("width=range(16, 32, 8)", "write 16..32:8"),
    ("width=32..16", "write 16..32"),
    ("input=224x224", "write input=224"),
]


@pytest.mark.parametrize(("vary", "hint"), VARIED)
def test_a_range_that_is_written_otherwise_is_answered_with_ours(vary: str, hint: str, run: Run) -> None:
    pytest.importorskip("numpy")
    result = run("sweep", "mobilenet_v2", "--vary", vary, width=200)
    assert (result.exit_code, result.stderr.splitlines()[-2:]) == (2, [f"  help: {hint}", "1 problem"])


CONDITIONS = [
    ("10m", "as in params < 5M and macs < 600M", "10m"),
    ("params < 5M and macs", "as in params < 5M and macs < 600M", "macs"),
    ("a & b", "write and", "&"),
    ("params < 10M | macs < 1G", "write or", "|"),
    ("params =< 10M", "write <=", "="),
]


@pytest.mark.parametrize(("condition", "hint", "mark"), CONDITIONS)
def test_a_condition_that_is_written_otherwise_is_answered_with_ours(
    condition: str, hint: str, mark: str, run: Run
) -> None:
    pytest.importorskip("numpy")
    result = run("sweep", "mobilenet_v2", "--vary", "width=1", "--where", condition, width=200)
    _, quoted, carets, help_, _ = result.stderr.splitlines()
    assert (result.exit_code, quoted, help_) == (2, f"  {condition}", f"  help: {hint}")
    at = carets.index("^") - 2
    assert condition[at : at + carets.count("^")] == mark


@pytest.mark.parametrize("sign", ["=", "=="])
def test_both_signs_of_equality_compare(sign: str, run: Run) -> None:
    """`sweep --where` reads them as `list --where` does."""
    pytest.importorskip("numpy")
    result = run("sweep", "mobilenet_v2", "--vary", "width=0.5,1", "--where", f"params {sign} 1.96868M")
    assert result.exit_code == 0
    assert [row(line) for line in result.stdout.splitlines()[1:]] == ["0.5 1,968,680 97,131,840 15,052,512"]
    listed = run("list", "--where", f"params {sign} 61.706K", "--format", "csv").stdout.splitlines()
    assert [line.partition(",")[0] for line in listed] == ["name", "lenet5"]


def test_units_of_a_condition_may_be_in_lower_case(run: Run) -> None:
    pytest.importorskip("numpy")
    result = run("sweep", "mobilenet_v2", "--vary", "width = 0.5, 1", "--where", "params < 2m")
    assert result.exit_code == 0
    assert [row(line) for line in result.stdout.splitlines()[1:]] == ["0.5 1,968,680 97,131,840 15,052,512"]


def timm_names() -> list[tuple[str, str]]:
    """Return timm's names of networks of the library, and ours, from the file of counts."""
    with (Path(__file__).parents[1] / "data" / "counted.csv").open(encoding="utf-8", newline="") as file:
        found = [(row["network"], re.search(r"create_model\('(\w+)'", row["source"])) for row in csv.DictReader(file)]
    return [(match[1], name) for name, match in found if match]


@pytest.mark.exhaustive  # hundreds of names, each compared with all of the library
def test_timms_names_are_known() -> None:
    names = timm_names()
    assert len(names) > 200
    assert [(theirs, alike(theirs)) for theirs, ours in names if alike(theirs) != [ours]] == []


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("torchvision.models.resnet18", "resnet18"),
        ("timm.models.resnet18", "resnet18"),
        ("keras.applications.ResNet50", "resnet50"),
        ("resnet50.a1_in1k", "resnet50"),
        ("tf_efficientnetv2_s", "efficientnet_v2_s"),
        ("REGNETY_016", "regnet_y_1_6gf"),
        ("vit_base_patch16_224()", "vit_b_16"),
    ],
)
def test_a_network_is_found_by_the_name_of_another_library(name: str, network: str, run: Run) -> None:
    result = run("show", name, "--depth", "1", width=200)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"note: {name} is read as {network}" in result.stdout.splitlines()


HOSTILE_NAMES = [
    "regnety_000",
    "regnety_9999",
    "tf_",
    "legacy_",
    "timm.",
    "resnet50._in1k",
    "torchvision.models.\x1b[2J",
    "timm:\x1b[2J",
    "timm:resnet18\u202e",
    "torchvision.models:\x9bresnet18",
    "resnet\x0018",
    "r" * 5000,
    "(" * 5000,
    "Sequential(" * 500,
    "nn.Sequential(" + "nn.ReLU()," * 2000,
    "1x" * 3000 + "1",
    "8x8x3 conv " + "9" * 5000,
    "8x8x3 -> " + "a-" * 3000 + "b",
    "8x8x3 -> " + "conv " * 3000,
    "8x8x3 -> conv 4 3x3 " + "+ relu " * 2000,
    "8x8x3 -> " + "conv1: " * 2000 + "relu",
    "8x8x3 -> " + "[" * 300 + "relu -> relu" + "] x 2" * 300,
    "(None, " + "3, " * 3000 + ")",
    "8x8x3 -> 28x28x1 ,",
    "8x8x3 -> 7x7 , ,",
]


@pytest.mark.parametrize("name", sampled(HOSTILE_NAMES, every=4), ids=lambda name: ascii(name)[1:24])
def test_hostile_names_are_answered(name: str, run: Run) -> None:
    for words in (["show", name], ["verify", "8x8x3 -> relu", "--against", name]):
        with within_time_limit():
            result = run(*words)
        assert result.exit_code in (0, 1, 2)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", result.output)


FIRST = "3x32x32 -> conv 8 3x3 pad=1 -> 8x32x32 -> 2 * (conv 8 3x3 -> 8x_x_) -> maxpool 2 -> 8x14x14"
LAST = "32x32x3 -> conv 8 3x3 pad=1 -> 32x32x8 -> 2 * (conv 8 3x3 -> _x_x8) -> maxpool 2 -> 14x14x8"
COMMANDS = [
    ["explain", FIRST],
    ["check", FIRST, "--params", "1392"],
    ["check", FIRST, "--output", "8x14x14"],
    ["closed", FIRST],
    ["sizes", FIRST],
    ["compare", FIRST, "alexnet"],
    ["sweep", FIRST, "--vary", "input=32..36"],
    ["solve", FIRST.replace("pad=1", "pad=?")],
    ["closed", "alexnet", "--input", "3x224x224"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_layout_is_read_alike_by_every_command(words: list[str], run: Run) -> None:
    if words[0] == "sweep":
        pytest.importorskip("numpy")
    first = run(*words, "--layout", "chw", width=200)
    assert (first.exit_code, first.stderr.replace("5 configurations", "").strip()) == (0, "")
    last = [word.replace("3x224x224", "224x224x3") for word in words]
    last = [
        word.replace(FIRST, LAST).replace(FIRST.replace("pad=1", "pad=?"), LAST.replace("pad=1", "pad=?"))
        for word in last
    ]
    assert run(*last, width=200).stdout == first.stdout


def test_the_letter_case_of_a_layer_is_no_error(run: Run) -> None:
    assert run("explain", "alexnet", "Conv1").stdout == run("explain", "alexnet", "conv1").stdout
