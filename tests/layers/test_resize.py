"""Layers that change the sides: sizes, and what is refused."""

import pytest
import torch

from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Pair, Sides
from tests.layers.make import layer, output, refusals


def test_shapes() -> None:
    assert output("pad", "224x224x3", pad=Pair((2, 3))) == "229x229x3"
    assert output("pad", "5x6x3", pad=Sides((0, Pair((1, 0))))) == "5x7x3"
    assert output("pad_channels", "16x16x16", out=32) == "16x16x32"  # ResNet for CIFAR, option A
    assert output("crop", "64x64x512", size=56) == "56x56x512"  # U-Net
    assert output("upsample", "13x13x256", factor=2) == "26x26x256"  # YOLOv3
    assert output("upsample", "13x13x256", factor=Sides((2, 3)), mode="bilinear") == "26x39x256"


def test_crop_takes_the_middle() -> None:
    made, x = layer("crop", "6x1", size=3)
    assert made.build(torch, x)(torch.arange(6.0).reshape(1, 1, 6)).flatten().tolist() == [1, 2, 3]


def test_channels_of_zeros_come_last() -> None:
    made, x = layer("pad_channels", "1x2", out=3)
    assert made.build(torch, x)(torch.ones(1, 2, 1)).flatten().tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "crop",
            "5x5x1",
            {"size": Sides((5, 6))},
            Refusal("E202", "size", "6 exceeds the input size 5", "use pad to enlarge"),
        ),
        ("crop", "5", {"size": 3}, Refusal("E202", None, "crop requires 1 to 3 spatial dimensions, 5 is a vector")),
        (
            "pad_channels",
            "5x5x16",
            {"out": 8},
            Refusal("E210", "out", "8 is below the 16 channels", "use slice"),
        ),
        ("pad", "5", {"pad": 3}, Refusal("E202", None, "pad requires 1 to 3 spatial dimensions, 5 is a vector")),
        (
            "upsample",
            "5",
            {"factor": 3},
            Refusal("E202", None, "upsample requires 1 to 3 spatial dimensions, 5 is a vector"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
