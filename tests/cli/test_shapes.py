"""How a written shape is read, by every command: as it is written, with a warning, or refused with what is meant."""

from __future__ import annotations

import warnings

import pytest

import cnncalc
from cnncalc.problem import Problems, ShapeWarning
from tests.cli.conftest import Run

FIRST = "3x224x224 -> conv 64 7x7 stride=2 pad=3"
WARNING = (
    "warning: 3x224x224 is read as height 3, width 224 and 224 channels: 702,528 params; "
    "channels first is written 224x224x3: 9,472 params\n"
)


@pytest.mark.parametrize("command", ["show", "explain", "sizes", "closed", "compare"])
def test_channels_first_is_computed_as_written_with_both_numbers(command: str, run: Run) -> None:
    further = {"compare": ["alexnet"]}.get(command, [])
    result = run(command, FIRST, *further, width=200)
    assert result.exit_code == 0
    assert result.stderr == WARNING


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (
            "28x28 -> linear 10",
            "28x28 is read as length 28 and 28 channels: 290 params; "
            "a grey image is written 28x28x1 -> flatten: 7,850 params",
        ),
        (
            "32x32 -> maxpool 2",
            "32x32 is read as length 32 and 32 channels: output 16x32; a grey image is written 32x32x1: output 16x16x1",
        ),
        (
            "64x3x32x32 -> conv 16 3 pad=1",
            "64x3x32x32 is read as depth 64, height 3, width 32 and 32 channels: 13,840 params; "
            "a batch and channels first is written 32x32x3: 448 params",
        ),
        (
            "60000x28x28 -> conv 4 3x3",
            "60000x28x28 is read as height 60000, width 28 and 28 channels: 1,012 params; "
            "a batch of grey images is written 28x28x1: 40 params",
        ),
        (
            "3xHxW -> conv 8 3x3",
            "3xHxW is read as height 3, width H and W channels: 72W + 8 params; "
            "channels first is written HxWx3: 224 params",
        ),
    ],
)
def test_a_shape_that_may_be_meant_otherwise_is_computed_as_written_with_a_warning(chain: str, message: str) -> None:
    with pytest.warns(ShapeWarning) as found:
        network = cnncalc.load(chain)
    assert [str(each.message) for each in found] == [message] == [network.warning]
    assert network.other_reading is not None


@pytest.mark.parametrize(
    ("chain", "remedy"),
    [
        ("1x28x28 -> conv 8 3x3", "channels come last here: write 28x28x1"),
        (
            "32x3x32x32 -> conv 16 3x3 pad=1",
            "a shape has no batch, and channels come last: write 32x32x3, with --batch 32",
        ),
        (
            "64x1x32x32 -> conv 6 5x5",
            "a shape has no batch, and channels come last: write 32x32x1, with --batch 64",
        ),
        ("16x32x32x3 -> conv 6 5x5", "a shape has no batch: write 32x32x3, with --batch 16"),
        ("32x32 -> conv 6 5x5", "an image ends with its channels: write 32x32x1"),
        ("32x48 -> conv 6 5x5", "an image ends with its channels: write 32x48x1"),
        (f"{FIRST} -> 64x112x112", "channels come last here: write 224x224x3"),
    ],
)
def test_a_shape_that_cannot_be_meant_is_refused_with_the_one_that_is(chain: str, remedy: str) -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load(chain)
    assert [problem.hint for problem in found.value] == [remedy]


@pytest.mark.parametrize(
    "chain",
    [
        "224x224x3 -> conv 64 7x7",
        "28x28x1 -> flatten -> linear 10",
        "16x112x112x3 -> conv 64 3x3x3 pad=1",
        "8x8x3 -> conv 4 3x3",
        "4x4x1024 -> conv 4 3x3",
        "1x1x32 -> conv_transpose 1 3x3",
        "197x768 -> linear 10",
        "100x40 -> conv 8 3",
        "784 -> linear 10",
    ],
)
def test_usual_shapes_are_read_without_a_warning(chain: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cnncalc.load(chain).other_reading is None


@pytest.mark.parametrize(
    ("chain", "shape"),
    [
        ("(224, 224, 3) -> relu", "224x224x3"),
        ("224,224,3 -> relu", "224x224x3"),
        ("224*224*3 -> relu", "224x224x3"),
        ("224 x 224 x 3 -> relu", "224x224x3"),
        ("[28, 28, 1] -> relu", "28x28x1"),
        ("(784,) -> relu", "784"),
        ("8x8x3 -> relu -> (8, 8, 3)", "8x8x3"),
    ],
)
def test_shapes_are_read_as_other_tools_print_them(chain: str, shape: str) -> None:
    assert str(cnncalc.load(chain).nodes[0].y) == shape


def test_a_tuple_with_its_channels_first_is_read_so_and_noted() -> None:
    for written in ("(3, 224, 224)", "[3, 224, 224]"):
        network = cnncalc.load(f"{written} -> conv 64 7x7 stride=2 pad=3 -> (64, 112, 112)")
        assert network.remarks == (f"{written} is read as 224x224x3, channels first",)
        assert network.report().totals.params == 9472


def test_the_layout_says_how_chains_and_inputs_are_read(run: Run) -> None:
    result = run("show", f"{FIRST} -> 64x112x112", "--layout", "chw", "--exact")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "9,472 params" in result.stdout
    network = cnncalc.load("resnet18", input="3x256x256", layout="chw")
    assert str(network.nodes[0].y) == "256x256x3"
    with pytest.raises(Problems) as found:
        cnncalc.load("224x224x3 -> conv 64 7x7", layout="chw")
    assert [problem.hint for problem in found.value] == ["channels come first under this layout: write 3x224x224"]


def test_an_input_from_outside_is_read_as_a_chain_is(run: Run) -> None:
    result = run("show", "resnet18", "--input", "3x224x224", width=200)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: 3x224x224 is read as height 3, width 224 and 224 channels: 12,")
    assert result.stderr.endswith("; channels first is written 224x224x3: 11,689,512 params\n")
    result = run("show", "alexnet", "--input", "3x224x224", width=200)
    assert result.exit_code == 1
    assert "  help: channels come last here: write 224x224x3\n" in result.stderr


def test_an_answer_that_is_right_under_the_other_reading_is_right(run: Run) -> None:
    result = run("check", FIRST, "--params", "9472", width=300)
    assert (result.exit_code, result.stderr) == (0, WARNING)
    assert result.stdout == (
        "✓ params: 9,472 is right if the shape is meant otherwise than it is written. As it is written: "
        "You wrote 9472. Right: 7·7·224·64 + 64 = 702,464 + 64 = 702,528.\n"
    )
    assert run("check", FIRST, "--params", "702528").exit_code == 0
    assert run("check", "128x128 -> fc 256", "--params", "4194560").exit_code == 0
    assert run("check", "128x128 -> fc 256", "--params", "17").exit_code == 1


def test_no_network_of_the_library_is_read_in_two_ways() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ShapeWarning)
        for name in ("alexnet", "resnet50", "vit_b_16", "unet_padded", "lenet5", "c3d"):
            cnncalc.load(name)


def test_a_question_about_a_shape_that_may_be_meant_otherwise_says_so(run: Run) -> None:
    chain = FIRST.replace("pad=3", "pad=?") + " -> 64x112x112"
    result = run("solve", chain, width=200)
    assert result.stderr.splitlines()[0] == (
        "warning: 3x224x224 is read as height 3, width 224 and 224 channels; channels first is written 224x224x3"
    )
