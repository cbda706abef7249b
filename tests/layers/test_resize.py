"""Layers that change the sides: sizes, and what is refused."""

from fractions import Fraction

import pytest
import torch

import cnncalc
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Pair, Sides
from cnncalc.problem import Problems
from tests.layers.make import layer, output, refusals


def test_shapes() -> None:
    assert output("pad", "224x224x3", pad=Pair((2, 3))) == "229x229x3"
    assert output("pad", "5x6x3", pad=Sides((0, Pair((1, 0))))) == "5x7x3"
    assert output("pad_channels", "16x16x16", out=32) == "16x16x32"  # ResNet for CIFAR, option A
    assert output("crop", "64x64x512", size=56) == "56x56x512"  # U-Net
    assert output("upsample", "13x13x256", factor=2) == "26x26x256"  # YOLOv3
    assert output("upsample", "13x13x256", factor=Sides((2, 3)), mode="bilinear") == "26x39x256"


def test_shapes_of_resize() -> None:
    assert output("resize", "13x17x256", size=Sides((20, "_"))) == "20x17x256"
    assert output("resize", "13x17x256", factor=Fraction(1, 2)) == "6x8x256"
    assert output("resize", "100x1", factor=Fraction(29, 100)) == "29x1"  # in floating point 28.999999999999996


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("m", [1, 3, 7, 11])
@pytest.mark.parametrize(("mode", "aligned"), [("nearest", None), ("bilinear", False), ("bilinear", True)])
def test_resize_is_interpolate(n: int, m: int, mode: str, aligned: bool | None) -> None:
    made, x = layer("resize", f"{n}x{n}x3", size=m, mode=mode, align_corners=bool(aligned))
    volume = torch.rand(2, 3, n, n)
    theirs = torch.nn.functional.interpolate(volume, (m, m), mode=mode, align_corners=aligned)
    torch.testing.assert_close(made.build(torch, x)(volume), theirs)


@pytest.mark.parametrize("kind", ["resize", "upsample"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize(("n", "m"), [(6, 6), (6, 12), (5, 15), (12, 8), (9, 20), (4, 1)])
def test_interpolation_reads_what_its_geometry_says(kind: str, mode: str, aligned: bool, n: int, m: int) -> None:
    """Positions whose whole neighbourhood is inside are compared with those that have a gradient."""
    if kind == "upsample" and m % n:
        return
    fields = {"size": m} if kind == "resize" else {"factor": m // n}
    made, x = layer(kind, f"{n}x1x1", **fields, mode=mode, align_corners=aligned)
    if list(made.check(x)):
        return
    volume = torch.rand(1, 1, n, 1, dtype=torch.float64, requires_grad=True)
    y = made.build(torch, x)(volume)
    side, _ = made.geometry(x)
    for position in range(m):
        (gradient,) = torch.autograd.grad(y[0, 0, position, 0], volume, retain_graph=True)
        seen = {at for at in side.seen(position) if 0 <= at < n}
        reached = set((gradient[0, 0, :, 0].abs() > 1e-9).nonzero().flatten().tolist())  # 1/3 · 3 is not quite 1
        assert reached <= seen | {0, n - 1}
        if all(0 <= at < n for at in side.seen(position)):
            assert reached == seen


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("pad", [Pair((2, 1)), 2])
def test_other_padding_is_that_of_torch(mode: str, pad: object) -> None:
    made, x = layer("pad", "3x1", pad=pad, mode=mode)
    ends = tuple(pad) if isinstance(pad, Pair) else (pad, pad)
    volume = torch.rand(1, 1, 3)
    assert torch.equal(made.build(torch, x)(volume), torch.nn.functional.pad(volume, ends, mode))


def test_a_constant_is_padded() -> None:
    made, x = layer("pad", "1x1", pad=1, value=3)
    assert made.build(torch, x)(torch.ones(1, 1, 1)).flatten().tolist() == [3, 1, 3]


def test_crop_takes_the_middle() -> None:
    made, x = layer("crop", "6x1", size=3)
    assert made.build(torch, x)(torch.arange(6.0).reshape(1, 1, 6)).flatten().tolist() == [1, 2, 3]


def test_crop_begins_where_it_says() -> None:
    made, x = layer("crop", "6x1", size=3, offset=2)
    assert made.build(torch, x)(torch.arange(6.0).reshape(1, 1, 6)).flatten().tolist() == [2, 3, 4]
    assert str(made) == "crop 3 offset=2"


def test_trim_takes_back_what_pad_adds() -> None:
    made, x = layer("trim", "6x7x1", ends=Sides((Pair((1, 2)), 3)))
    assert output("trim", "6x7x1", ends=Sides((Pair((1, 2)), 3))) == "3x1x1"
    volume = torch.rand(1, 1, 6, 7)
    assert torch.equal(made.build(torch, x)(volume), volume[:, :, 1:4, 3:4])
    padded, y = layer("pad", "3x1x1", pad=Sides((Pair((1, 2)), 3)))
    whole = padded.build(torch, y)(volume[:, :, 1:4, 3:4])
    assert torch.equal(made.build(torch, x)(whole), volume[:, :, 1:4, 3:4])
    assert [side.seen(0) for side in made.geometry(x)] == [[1], [3]]


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
        (
            "crop",
            "5x6x1",
            {"size": 4, "offset": 2},
            Refusal("E202", "offset", "2 leaves 3 of 5, 4 are needed", "at most 1"),
        ),
        (
            "trim",
            "5x6x1",
            {"ends": Pair((2, 3))},
            Refusal("E202", "ends", "2 before and 3 after leave nothing of the input size 5", "at most 4 together"),
        ),
        ("trim", "5", {"ends": 1}, Refusal("E202", None, "trim requires 1 to 3 spatial dimensions, 5 is a vector")),
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
        (
            "upsample",
            "5x1",
            {"factor": 3, "mode": "bicubic"},
            Refusal(
                "E202",
                "mode",
                "bicubic requires two spatial dimensions, 5x1 has 1 spatial dimension",
                "use bilinear",
            ),
        ),
        (
            "upsample",
            "5x1",
            {"factor": 3, "align_corners": True},
            Refusal(
                "E202",
                "align_corners",
                "nearest interpolation has no aligned corners",
                "leave it out, or use mode=bilinear",
            ),
        ),
        (
            "resize",
            "5x5x1",
            {},
            Refusal("E104", None, "resize needs a size or a factor", "write resize 32x32, or factor=1/2"),
        ),
        (
            "resize",
            "5x5x1",
            {"size": 3, "factor": 2},
            Refusal("E104", "factor", "resize takes a size or a factor, not both", "write resize 32x32, or factor=1/2"),
        ),
        (
            "resize",
            "9x5x1",
            {"factor": Fraction(1, 6)},
            Refusal("E202", "factor", "1/6 of the input size 5 leaves nothing", "at least 1/5 leaves 1"),
        ),
        (
            "pad",
            "5x9x1",
            {"pad": 5, "mode": "reflect"},
            Refusal(
                "E209",
                "pad",
                "5 exceeds the 4 positions that reflect padding has of an input of size 5",
                "replicate padding has no limit",
            ),
        ),
        (
            "pad",
            "5x9x1",
            {"pad": 1, "mode": "circular", "value": 2},
            Refusal("E209", "value", "circular padding adds no constant", "leave value or mode out"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ("resize 4 mode=linear", "bilinear"),
        ("resize 4 mode=cubic", "bicubic"),
        ("pad 1 mode=edge", "replicate"),
        ("pad 1 mode=wrap", "circular"),
        ("pad 1 mode=constant", "zeros"),
    ],
)
def test_words_of_other_tools_are_answered(step: str, word: str) -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load(f"8x8x3 -> {step}")
    assert found.value.problems[0].hint == f"did you mean '{word}'?"
