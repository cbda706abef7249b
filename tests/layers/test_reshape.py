"""Layers that order values anew or leave some out: where each value goes, and what is refused."""

import pytest
import torch

from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Sides
from tests.layers.make import layer, output, refusals


def test_shapes() -> None:
    assert output("flatten", "6x6x256") == "9216"
    assert output("space_to_depth", "56x56x96", block=2) == "28x28x384"
    assert output("space_to_depth", "8x9x1", block=Sides((2, 3))) == "4x3x6"
    assert output("space_to_depth", "7x8x96", block=2, ceil=True) == "4x4x384"  # Swin pads what is odd
    assert output("pixel_shuffle", "128x128x256", factor=2) == "256x256x64"  # EDSR
    assert output("pixel_shuffle", "8x9x6", factor=Sides((1, 3))) == "8x27x2"
    assert output("shuffle", "28x28x116", groups=2) == "28x28x116"
    assert output("slice", "28x28x116", begin=58, end=116) == "28x28x58"
    assert output("select", "14x14x6", channels=(4, 5, 0)) == "14x14x3"


def test_space_to_depth_is_pixel_unshuffle() -> None:
    made, x = layer("space_to_depth", "4x6x3", block=2)
    volume = torch.rand(2, 3, 4, 6)
    assert torch.equal(made.build(torch, x)(volume), torch.nn.PixelUnshuffle(2)(volume))


def test_pixel_shuffle_is_that_of_torch_and_the_inverse_of_space_to_depth() -> None:
    made, x = layer("pixel_shuffle", "4x6x12", factor=2)
    volume = torch.rand(2, 12, 4, 6)
    assert torch.equal(made.build(torch, x)(volume), torch.nn.PixelShuffle(2)(volume))
    for order in ("crd", "dcr"):
        for text, factor in (("4x6x12", Sides((2, 3))), ("5x12", 3), ("2x3x4x24", Sides((2, 3, 4)))):
            made, x = layer("pixel_shuffle", text, factor=factor, order=order)
            volume = torch.rand(2, *x.chw)
            y = made.shape(x)
            back, _ = layer("space_to_depth", str(y), block=factor, order=order)
            assert torch.equal(back.build(torch, y)(made.build(torch, x)(volume)), volume)


def test_channels_counted_fastest() -> None:
    """tf.nn.depth_to_space: channel (block row, block column, channel)."""
    made, x = layer("pixel_shuffle", "1x1x8", factor=2, order="dcr")
    y = made.build(torch, x)(torch.arange(8.0).reshape(1, 8, 1, 1))
    assert y[0].movedim(0, -1).tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]


def test_shuffle_is_channel_shuffle() -> None:
    made, x = layer("shuffle", "4x6x6", groups=3)
    volume = torch.rand(2, 6, 4, 6)
    assert torch.equal(made.build(torch, x)(volume), torch.nn.ChannelShuffle(3)(volume))


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "space_to_depth",
            "7x7x3",
            {"block": 2},
            Refusal("E202", "block", "2 does not divide the input size 7", "ceil=yes pads it"),
        ),
        (
            "space_to_depth",
            "7",
            {"block": 2},
            Refusal("E202", None, "space_to_depth requires 1 to 3 spatial dimensions, 7 is a vector"),
        ),
        (
            "pixel_shuffle",
            "7x7x5",
            {"factor": 2},
            Refusal("E210", "factor", "blocks of 4 pixels do not divide 5 channels", "8 channels would fit"),
        ),
        (
            "pixel_shuffle",
            "8",
            {"factor": 2},
            Refusal("E202", None, "pixel_shuffle requires 1 to 3 spatial dimensions, 8 is a vector"),
        ),
        ("shuffle", "7x7x5", {"groups": 2}, Refusal("E203", "groups", "2 groups do not divide 5 channels")),
        ("slice", "7x7x5", {"begin": 0, "end": 6}, Refusal("E210", "end", "6 is beyond the 5 channels")),
        ("slice", "7x7x5", {"begin": 3, "end": 3}, Refusal("E210", "begin", "3 must be below end 3")),
        (
            "select",
            "7x7x5",
            {"channels": (0, 5)},
            Refusal("E210", "channels", "there is no channel 5, they are numbered 0 to 4"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
