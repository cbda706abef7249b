"""Layers that order values anew or leave some out: where each value goes, and what is refused."""

import pytest
import torch

import cnncalc
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Sides
from cnncalc.problem import Problems
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


def test_shapes_of_reshape() -> None:
    assert output("reshape", "6272", to=Sides((7, 7, 128))) == "7x7x128"  # the generator of DCGAN begins so
    assert output("reshape", "196x768", to=Sides((14, "_", 768))) == "14x14x768"
    assert output("reshape", "4x4x8", to=Sides(("_", 8))) == "16x8"
    assert output("reshape", "4x4x8", to=128) == "128"
    assert output("permute", "20x30x8", order=(2, 0, 1)) == "8x20x30"
    assert output("permute", "20x8", order=(1, 0)) == "8x20"
    assert output("unbind", "3x14x15x64", index=1) == "14x15x64"
    assert output("unbind", "3x64", index=2) == "64"


def test_reshape_counts_values_as_torch_or_as_keras() -> None:
    volume = torch.arange(24.0).reshape(1, 2, 3, 4)  # channels, height, width
    made, x = layer("reshape", "3x4x2", to=Sides((2, 2, 6)))
    assert torch.equal(made.build(torch, x)(volume), volume.reshape(1, 6, 2, 2))
    made, x = layer("reshape", "3x4x2", to=Sides((2, 2, 6)), order="channels_last")
    keras = volume.permute(0, 2, 3, 1).reshape(1, 2, 2, 6).permute(0, 3, 1, 2)
    assert torch.equal(made.build(torch, x)(volume), keras)


def test_permute_and_unbind_are_those_of_torch() -> None:
    volume = torch.rand(2, 5, 3, 4)
    made, x = layer("permute", "3x4x5", order=(1, 0, 2))
    assert torch.equal(made.build(torch, x)(volume), volume.transpose(2, 3))
    made, x = layer("permute", "3x4x5", order=(2, 0, 1))  # height, width, channels -> channels, height, width
    assert torch.equal(made.build(torch, x)(volume), volume.permute(0, 3, 1, 2))
    made, x = layer("unbind", "3x4x5", index=2)
    assert torch.equal(made.build(torch, x)(volume), volume.unbind(2)[2])


def test_what_is_seen_behind_them() -> None:
    def fields(chain: str) -> list[int]:
        return [field.size for field in cnncalc.load(chain).report().receptive[-1]]

    assert fields("20x30x1 -> conv 1 3x5 -> permute [1,0,2]") == [5, 3]
    assert fields("20x30x1 -> conv 4 3x5 -> permute [2,0,1]") == [20, 30]
    assert fields("9x20x30x1 -> conv 1 3x5x7 -> unbind 2") == [5, 7]
    assert fields("20x30x1 -> conv 1 3x5 pad=same -> stack input -> unbind 1") == [3, 5]
    assert fields("20x30x1 -> conv 4 3x5 -> reshape 468x4") == [3, 5]
    assert fields("20x30x1 -> conv 4 3x5 -> reshape 13x36x4 -> conv 1 1") == [3, 5]


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
        (
            "reshape",
            "8x8x64",
            {"to": Sides((7, 7, 100))},
            Refusal("E202", "to", "7x7x100 has 4,900 values, 8x8x64 has 4,096", "flatten would give 4096"),
        ),
        (
            "reshape",
            "6272",
            {"to": Sides((7, 7, 100))},
            Refusal("E202", "to", "7x7x100 has 4,900 values, 6272 has 6,272", "7x7x128 would fit"),
        ),
        (
            "reshape",
            "6272",
            {"to": Sides((5, "_", 128))},
            Refusal("E202", "to", "5x_x128 needs a multiple of 640 values, 6272 has 6,272", "_x128 would fit: 49x128"),
        ),
        (
            "permute",
            "7x7x5",
            {"order": (0, 1)},
            Refusal(
                "E202", "order", "[0,1] does not name each of the 3 dimensions of 7x7x5 once", "[2,1,0] reverses them"
            ),
        ),
        (
            "reshape",
            "8x8x4",
            {"to": Sides((3, 3, 4))},
            Refusal("E202", "to", "3x3x4 has 36 values, 8x8x4 has 256", "_x4 would fit: 64x4"),
        ),
        (
            "unbind",
            "3x5",
            {"index": 3},
            Refusal("E202", "index", "there is no position 3, they are numbered 0 to 2"),
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


def test_a_shape_that_is_looked_for_as_a_whole() -> None:
    with pytest.raises(Problems) as found:
        cnncalc.solve("6272 -> reshape ? -> 7x7x128")
    assert [problem.message for problem in found.value.problems] == ["? has ? values, 6272 has 6,272"]
