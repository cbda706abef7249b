"""Convolutions: published counts, and what is refused."""

import pytest
import torch

import cnncalc
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Pair, Sides
from tests.layers.make import layer, macs, output, params, refusals


@pytest.mark.parametrize(
    ("x", "values", "y", "count"),
    [
        ("32x32x3", {"out": 10, "kernel": 5, "pad": 2}, "32x32x10", 760),  # CS231n notes, "Convolutional networks"
        ("227x227x3", {"out": 96, "kernel": 11, "stride": 4}, "55x55x96", 34_944),  # AlexNet, conv1
        ("27x27x96", {"out": 256, "kernel": 5, "pad": 2, "groups": 2}, "27x27x256", 307_456),  # AlexNet, conv2
        ("32x32x1", {"out": 6, "kernel": 5}, "28x28x6", 156),  # LeNet-5, C1
        ("5x5x16", {"out": 120, "kernel": 5}, "1x1x120", 48_120),  # LeNet-5, C5
        ("7x7x1", {"out": 1, "kernel": 3, "pad": 1}, "7x7x1", 10),
        ("35x35x192", {"out": 64, "kernel": Sides((1, 7)), "pad": Sides((0, 3)), "bias": False}, "35x35x64", 86_016),
        ("16000x1", {"out": 128, "kernel": 80, "stride": 4}, "3981x128", 10_368),  # M5, arXiv:1610.00087
        ("16x112x112x3", {"out": 64, "kernel": 3, "pad": 1}, "16x112x112x64", 5_248),  # C3D, arXiv:1412.0767
    ],
)
def test_counts(x: str, values: dict[str, object], y: str, count: int) -> None:
    assert output("conv", x, **values) == y
    assert params("conv", x, **values) == count


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize(("pad", "ends"), [(2, (2, 2)), (Pair((2, 1)), (2, 1)), ("causal", (3, 0)), ("same", (1, 2))])
def test_other_padding_is_that_of_torch(mode: str, pad: object, ends: tuple[int, int]) -> None:
    made, x = layer("conv", "7x2", out=3, kernel=4, pad=pad, pad_mode=mode)
    ours = made.build(torch, x)
    volume = torch.rand(1, 2, 7)
    theirs = torch.nn.functional.conv1d(torch.nn.functional.pad(volume, ends, mode), ours.weight, ours.bias)
    torch.testing.assert_close(ours(volume), theirs)


def test_causal_padding_sees_nothing_later() -> None:
    assert output("conv", "16000x32", out=32, kernel=2, dilation=512, pad="causal") == "16000x32"  # WaveNet
    assert output("conv", "9x1", out=1, kernel=3, stride=2, pad="causal") == "5x1"
    made, x = layer("conv", "9x1", out=1, kernel=3, dilation=2, pad="causal")
    assert [side.seen(4) for side in made.geometry(x)] == [[0, 2, 4]]


def test_padding_of_the_input_itself_has_an_end() -> None:
    assert refusals("conv", "3x3x1", out=1, kernel=9, pad=4, pad_mode="circular") == [
        Refusal(
            "E209",
            "pad",
            "4 exceeds the 3 positions that circular padding has of an input of size 3",
            "replicate padding has no limit",
        )
    ]


def test_alexnet_macs() -> None:
    assert macs("conv", "227x227x3", out=96, kernel=11, stride=4) == 105_415_200
    assert macs("conv", "27x27x96", out=256, kernel=5, pad=2, groups=2) == 223_948_800


def test_uneven_same_padding() -> None:
    """A window of 6 on one side keeps its length with 3 cells to the left and 2 to the right, or the reverse."""
    lower, x = layer("conv", "20x1", out=1, kernel=6, pad="same_lower")
    upper, _ = layer("conv", "20x1", out=1, kernel=6, pad="same")
    assert [(w.before, w.after) for w in lower.geometry(x)] == [(3, 2)]
    assert [(w.before, w.after) for w in upper.geometry(x)] == [(2, 3)]
    assert lower.shape(x) == upper.shape(x) == x
    assert output("conv", "20x1", out=1, kernel=6, pad=Pair((3, 2))) == "20x1"


def test_depthwise() -> None:
    assert output("depthwise", "112x112x32", kernel=3, stride=2, pad=1, bias=False) == "56x56x32"
    assert params("depthwise", "112x112x32", kernel=3, bias=False) == 288  # MobileNet, arXiv:1704.04861
    assert macs("depthwise", "112x112x32", kernel=3, pad=1, bias=False) == 3_612_672
    assert output("depthwise", "8x8x4", kernel=3, multiplier=2) == "6x6x8"


def test_conv_transpose() -> None:
    assert output("conv_transpose", "28x28x1024", out=512, kernel=2, stride=2) == "56x56x512"  # U-Net
    assert output("conv_transpose", "7x7x8", out=4, kernel=3, stride=2, pad=1, output_pad=1) == "14x14x4"
    assert macs("conv_transpose", "28x28x1024", out=512, kernel=2, stride=2) == 28 * 28 * 1024 * 512 * 4


@pytest.mark.parametrize(("kind", "groups"), [("conv", 1), ("conv", 2), ("conv_transpose", 2)])
def test_fans_against_torch(kind: str, groups: int) -> None:
    """PyTorch counts the same without groups; with them its fan out is as many times too large."""
    made, x = layer(kind, "9x9x4", out=6, kernel=3, groups=groups)
    fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(made.build(torch, x).weight)
    if kind == "conv_transpose":  # its weight stands as in x out
        fan_in, fan_out = fan_out, fan_in
        assert made.fans(x) == (fan_in // groups, fan_out)
    else:
        assert made.fans(x) == (fan_in, fan_out // groups)


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "conv",
            "4x4x16",
            {"out": 120, "kernel": 5},
            Refusal("E201", "kernel", "5 exceeds the input size 4 without padding", "pad=1 would fit"),
        ),
        (
            "conv",
            "1x1x16",
            {"out": 1, "kernel": 5, "pad": 1},
            Refusal("E201", "kernel", "5 exceeds the input size 1 + 2 padding", "pad=2 would fit"),
        ),
        (
            "depthwise",
            "4x4x16",
            {"kernel": 3, "dilation": 2},
            Refusal("E201", "kernel", "5 (3 dilated) exceeds the input size 4 without padding", "pad=1 would fit"),
        ),
        (
            "conv",
            "9216",
            {"out": 10, "kernel": Sides((1, 1))},
            Refusal("E202", None, "conv requires 1 to 3 spatial dimensions, 9216 is a vector", "linear takes a vector"),
        ),
        (
            "conv",
            "8x8x6",
            {"out": 8, "kernel": 3, "groups": 4},
            Refusal("E203", "groups", "4 groups do not divide 6 input channels", "groups must divide 6 and 8"),
        ),
        (
            "conv",
            "8x8x6",
            {"out": 8, "kernel": 3, "groups": 3},
            Refusal("E203", "groups", "3 groups do not divide 8 output channels", "groups must divide 6 and 8"),
        ),
        (
            "conv_transpose",
            "7x7x8",
            {"out": 8, "kernel": 3, "stride": 2, "output_pad": 2},
            Refusal("E208", "output_pad", "2 must be smaller than stride 2 or dilation 1", "at most 1"),
        ),
        (
            "conv_transpose",
            "1x1x8",
            {"out": 8, "kernel": 3, "pad": 2},
            Refusal("E209", "pad", "2 trimmed at both ends leaves nothing of size 3", None),
        ),
        (
            "conv_transpose",
            "1x1x8",
            {"out": 9, "kernel": 3, "groups": 2},
            Refusal("E203", "groups", "2 groups do not divide 9 output channels", "groups must divide 8 and 9"),
        ),
        (
            "conv_transpose",
            "100",
            {"out": 9, "kernel": 3},
            Refusal(
                "E202",
                None,
                "conv_transpose requires 1 to 3 spatial dimensions, 100 is a vector",
                "linear takes a vector",
            ),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]


def test_separable_is_a_depthwise_and_a_pointwise_convolution() -> None:
    """Xception's first separable convolution, of 64 channels: 576 and 8,192 weights; Keras adds one bias."""
    assert params("separable", "147x147x64", out=128, kernel=3, bias=False) == 576 + 8_192
    assert params("separable", "147x147x64", out=128, kernel=3) == 576 + 8_192 + 128
    assert macs("separable", "147x147x64", out=128, kernel=3, pad=1) == (576 + 8_192) * 147 * 147
    assert params("separable", "32x32x3", out=8, kernel=5, multiplier=2) == 3 * 2 * 25 + 6 * 8 + 8
    for fields in ({}, {"pad": "same", "stride": 2}, {"pad": Pair((2, 1)), "multiplier": 3, "dilation": 2}):
        made, x = layer("separable", "9x8x4", out=5, kernel=3, **fields)
        (first, _), module = layer("depthwise", "9x8x4", kernel=3, bias=False, **fields), made.build(torch, x)
        between = first.shape(x)
        second = layer("conv", str(between), out=5, kernel=1)[0].build(torch, between)
        depthwise = first.build(torch, x)
        depthwise.load_state_dict(module.depthwise.state_dict())
        second.load_state_dict(module.pointwise.state_dict())
        volume = torch.randn(2, *x.chw)
        torch.testing.assert_close(module(volume), second(depthwise(volume)))


def test_separable_of_keras_is_one_step() -> None:
    network = cnncalc.load(
        "299x299x32 -> SeparableConv2D(64, 3, depth_multiplier=2, activation='relu', use_bias=False)"
    )
    assert [str(node.layer) for node in network.layers()] == ["separable 64 3x3 multiplier=2 bias=no", "relu"]
