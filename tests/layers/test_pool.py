"""Pooling: sizes, ceil mode, and what is refused."""

import pytest
import torch

from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Pair, Sides
from tests.effort import sampled
from tests.layers.make import layer, output, params, refusals


@pytest.mark.parametrize(
    ("kind", "x", "values", "y"),
    [
        ("maxpool", "55x55x96", {"kernel": 3, "stride": 2}, "27x27x96"),  # AlexNet, pool1
        ("maxpool", "112x112x64", {"kernel": 3, "stride": 2, "ceil": True}, "56x56x64"),  # GoogLeNet, pool1
        ("maxpool", "112x112x64", {"kernel": 3, "stride": 2, "pad": 1}, "56x56x64"),  # ResNet
        ("maxpool", "28x28x192", {"kernel": 3, "stride": 1, "pad": 1}, "28x28x192"),  # Inception
        ("maxpool", "2x2x1", {"kernel": 3, "stride": 2, "ceil": True}, "1x1x1"),
        ("avgpool", "28x28x6", {"kernel": 2}, "14x14x6"),
        ("avgpool", "14x14x512", {"kernel": 5, "stride": 3}, "4x4x512"),  # GoogLeNet, side heads
        ("avgpool", "8x1000x4", {"kernel": Sides((1, 4))}, "8x250x4"),
        ("global_avgpool", "7x7x2048", {}, "1x1x2048"),
        ("global_maxpool", "16000x64", {}, "1x64"),
        ("adaptive_avgpool", "13x13x256", {"size": 6}, "6x6x256"),
        ("adaptive_avgpool", "13x40x256", {"size": Sides(("_", 1))}, "13x1x256"),
        ("adaptive_maxpool", "13x40x256", {"size": Sides((1, "_"))}, "1x40x256"),
        ("lppool", "13x13x16", {"kernel": 2}, "6x6x16"),
        ("lppool", "13x13x16", {"kernel": 2, "ceil": True}, "7x7x16"),
    ],
)
def test_sizes(kind: str, x: str, values: dict[str, object], y: str) -> None:
    assert output(kind, x, **values) == y
    assert params(kind, x, **values) == 0


def test_the_stride_is_the_kernel_unless_given() -> None:
    made, _ = layer("maxpool", "8x8x1", kernel=Sides((2, 3)))
    assert made.stride == (2, 3)
    assert str(made) == "maxpool 2x3"
    assert str(layer("maxpool", "8x8x1", kernel=3, stride=2)[0]) == "maxpool 3x3 stride=2"


@pytest.mark.parametrize("include", [True, False])
def test_uneven_padding_averages_as_even_padding_does(include: bool) -> None:
    """TensorFlow's same padding leaves the padding out of the mean; PyTorch has no uneven padding to compare with."""
    made, x = layer("avgpool", "5x1", kernel=2, stride=1, pad=Pair((0, 1)), count_include_pad=include)
    y = made.build(torch, x)(torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]]))
    assert y.flatten().tolist() == [1.5, 2.5, 3.5, 4.5, 2.5 if include else 5.0]


@pytest.mark.parametrize(
    ("kind", "fields", "theirs"),
    [
        ("adaptive_avgpool", {"size": Sides((3, "_"))}, torch.nn.AdaptiveAvgPool2d((3, None))),
        ("adaptive_maxpool", {"size": Sides(("_", 2))}, torch.nn.AdaptiveMaxPool2d((None, 2))),
        ("lppool", {"kernel": 3, "norm": 3, "stride": 2}, torch.nn.LPPool2d(3, 3, 2)),
        ("avgpool", {"kernel": 2, "divisor": 7}, torch.nn.AvgPool2d(2, divisor_override=7)),
    ],
)
def test_pools_are_those_of_torch(kind: str, fields: dict[str, object], theirs: torch.nn.Module) -> None:
    made, x = layer(kind, "7x9x2", **fields)
    volume = torch.rand(2, 2, 7, 9)
    torch.testing.assert_close(made.build(torch, x)(volume), theirs(volume))


def test_a_divisor_holds_for_uneven_padding_too() -> None:
    made, x = layer("avgpool", "3x1", kernel=2, stride=1, pad=Pair((0, 1)), divisor=4)
    assert made.build(torch, x)(torch.tensor([[[1.0, 2.0, 3.0]]])).flatten().tolist() == [0.75, 1.25, 0.75]


@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
@pytest.mark.parametrize("ceil", sampled([True, False], every=2))
def test_verdicts_and_sizes_are_those_of_torch(kind: str, ceil: bool) -> None:
    make = torch.nn.MaxPool1d if kind == "maxpool" else torch.nn.AvgPool1d
    for n in range(1, 8):
        for kernel in range(1, 5):
            for stride in range(1, 4):
                for pad in range(3):
                    made, x = layer(kind, f"{n}x1", kernel=kernel, stride=stride, pad=pad, ceil=ceil)
                    try:
                        side = make(kernel, stride, pad, ceil_mode=ceil)(torch.ones(1, 1, n)).shape[2]
                    except RuntimeError:
                        side = None
                    assert (None if list(made.check(x)) else made.shape(x).sides[0]) == side, str(made)


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "maxpool",
            "8x8x3",
            {"kernel": 3, "pad": 2},
            Refusal("E209", "pad", "2 is more than half of the kernel 3", "use at most 1, or a pad layer before it"),
        ),
        (
            "avgpool",
            "8x3",
            {"kernel": 2, "pad": Pair((0, 2))},
            Refusal("E209", "pad", "2 is more than half of the kernel 2", "use at most 1, or a pad layer before it"),
        ),
        (
            "maxpool",
            "2x2x3",
            {"kernel": 3},
            Refusal("E201", "kernel", "3 exceeds the input size 2 without padding", "pad=1 would fit"),
        ),
        (
            "maxpool",
            "10",
            {"kernel": 3},
            Refusal("E202", None, "maxpool requires 1 to 3 spatial dimensions, 10 is a vector"),
        ),
        (
            "global_avgpool",
            "10",
            {},
            Refusal("E202", None, "global_avgpool requires 1 to 3 spatial dimensions, 10 is a vector"),
        ),
        (
            "adaptive_avgpool",
            "10",
            {"size": 3},
            Refusal("E202", None, "adaptive_avgpool requires 1 to 3 spatial dimensions, 10 is a vector"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
