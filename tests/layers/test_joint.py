"""Layers of several inputs: their values are PyTorch's, what they read, what is refused, and how they are written."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Sides
from cnncalc.problem import Problems
from tests.layers.make import layer, refusals, shape


def made(kind: str, *xs: str, **values: object) -> tuple[torch.nn.Module, list[torch.Tensor], str]:
    """Build a layer; return it, volumes for it, and its output shape."""
    shapes = tuple(map(shape, xs))
    one = KINDS[kind](max(len(x.sides) for x in shapes), **values)
    assert list(one.check(*shapes)) == []
    return one.build(torch, *shapes), [torch.rand(2, *x.chw) for x in shapes], str(one.shape(*shapes))


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_resize_like_is_interpolate(mode: str) -> None:
    module, (volume, like), y = made("resize_like", "5x7x3", "8x3x9", mode=mode)
    assert y == "8x3x3"
    theirs = torch.nn.functional.interpolate(volume, like.shape[2:], mode=mode)
    torch.testing.assert_close(module(volume, like), theirs)


@pytest.mark.parametrize(("side", "fields"), [(8, {}), (9, {}), (9, {"stride": 1, "pad": 1}), (9, {"stride": 3})])
def test_max_unpool_is_that_of_torch(side: int, fields: dict[str, int]) -> None:
    pool = torch.nn.MaxPool2d(2, fields.get("stride"), fields.get("pad", 0), return_indices=True)
    pooled = torch.rand(2, 3, side, side)
    volume, places = pool(pooled)
    module, _, y = made("max_unpool", f"{volume.shape[2]}x{volume.shape[3]}x3", f"{side}x{side}x3", kernel=2, **fields)
    unpool = torch.nn.MaxUnpool2d(2, fields.get("stride"), fields.get("pad", 0))
    assert y == f"{side}x{side}x3"
    assert torch.equal(module(volume, pooled), unpool(volume, places, pooled.shape))


def test_max_unpool_of_a_pool_that_rounds_up() -> None:
    pooled = torch.rand(2, 3, 9, 7)
    volume, places = torch.nn.MaxPool2d(2, ceil_mode=True, return_indices=True)(pooled)
    module, _, y = made("max_unpool", "5x4x3", "9x7x3", kernel=2, ceil=True)
    assert y == "9x7x3"
    assert torch.equal(module(volume, pooled), torch.nn.MaxUnpool2d(2)(volume, places, pooled.shape))


def test_crop_like_removes_an_offset_or_both_ends() -> None:
    module, (volume, like), y = made("crop_like", "9x7x3", "4x4x5")
    assert y == "4x4x3"
    assert torch.equal(module(volume, like), volume[:, :, 2:6, 1:5])
    module, (volume, like), _ = made("crop_like", "9x7x3", "4x4x5", offset=Sides((5, 0)))
    assert torch.equal(module(volume, like), volume[:, :, 5:, :4])


def test_functions_of_several_volumes() -> None:
    for kind, function in (("maximum", torch.maximum), ("minimum", torch.minimum), ("divide", torch.div)):
        module, (a, b), y = made(kind, "4x5x6", "4x1x6")
        assert y == "4x5x6"
        assert torch.equal(module(a, b), function(a, b))
    module, volumes, _ = made("average", "4x3", "4x3", "4x3")
    torch.testing.assert_close(module(*volumes), torch.stack(volumes).mean(0))
    module, (a, b), y = made("maximum", "4x5x6", "6")  # a vector counts as 1x1x6
    assert torch.equal(module(a, b), torch.maximum(a, b[:, :, None, None]))


@pytest.mark.parametrize(
    ("x", "other", "y", "macs"),
    [
        ("49x64", "64x49", "49x49", 49 * 64 * 49),
        ("8x49x16", "8x16x10", "8x49x10", 8 * 49 * 16 * 10),
        ("2x3x4x5", "2x3x5x6", "2x3x4x6", 24 * 5 * 6),
    ],
)
def test_matmul_multiplies_matrices(x: str, other: str, y: str, macs: int) -> None:
    module, (a, b), found = made("matmul", x, other)
    assert found == y
    with FlopCounterMode(display=False) as counter:
        result = module(a, b)
    assert counter.get_total_flops() == 2 * 2 * macs
    assert KINDS["matmul"](1).macs(shape(x), shape(other)) == macs
    torch.testing.assert_close(result, (a.movedim(1, -1) @ b.movedim(1, -1)).movedim(-1, 1))


@pytest.mark.parametrize(
    ("axis", "xs", "y", "dim"),
    [
        ("length", ("100x4", "25x4"), "125x4", 2),
        ("height", ("8x6x4", "2x6x4", "1x6x4"), "11x6x4", 2),
        ("width", ("3x8x6x4", "3x8x2x4"), "3x8x8x4", 4),
        ("channels", ("8x6x4", "8x6x2"), "8x6x6", 1),
        ("channels", ("4", "2"), "6", 1),
    ],
)
def test_concat_along_is_cat(axis: str, xs: tuple[str, ...], y: str, dim: int) -> None:
    module, volumes, found = made("concat_along", *xs, axis=axis)
    assert found == y
    assert torch.equal(module(*volumes), torch.cat(volumes, dim))


def test_the_positions_of_levels_are_joined_as_in_retinanet() -> None:
    text = """\
input: 32x32x3
layers:
  - p4: conv 8 3x3 stride=2 pad=1 -> 16x16x8
  - p5: conv 8 3x3 stride=2 pad=1 -> 8x8x8
  - fine: use p4 -> conv 4 1x1 -> tokens
  - coarse: use p5 -> conv 4 1x1 -> tokens
  - use fine -> concat_along length coarse -> 320x4
"""
    network = cnncalc.load("-", stdin=text.encode)
    assert tuple(network.torch()(torch.zeros(1, 3, 32, 32)).shape) == (1, 4, 320)


def test_a_non_local_block_is_that_of_the_paper() -> None:
    """Wang et al. 2017, arXiv:1711.07971, figure 2: embedded Gaussian, without the batch norm behind it."""
    text = """\
input: 6x5x16
layers:
  - theta: conv 8 1x1 -> tokens
  - phi: use input -> conv 8 1x1 -> tokens
  - g: use input -> conv 8 1x1 -> tokens
  - use theta -> matmul phi transpose=yes -> softmax -> matmul g -> reshape 6x5x8 -> conv 16 1x1 -> add input -> 6x5x16
"""
    network = cnncalc.load("-", stdin=text.encode)
    model = network.torch().double().eval()
    theta, phi, g, out = (m for m in model.modules() if isinstance(m, torch.nn.Conv2d))
    x = torch.randn(2, 16, 6, 5, dtype=torch.float64)
    scores = theta(x).flatten(2).transpose(1, 2) @ phi(x).flatten(2)
    read = scores.softmax(-1) @ g(x).flatten(2).transpose(1, 2)
    torch.testing.assert_close(model(x), x + out(read.transpose(1, 2).unflatten(2, (6, 5))))
    assert network.report().totals.macs == 4 * 30 * 16 * 8 + 2 * 30 * 30 * 8
    assert [field.size for field in network.report().receptive[-1]] == [6, 5]


def test_stack_adds_a_dimension() -> None:
    module, volumes, y = made("stack", "4x5x6", "4x5x6", "4x5x6")
    assert y == "3x4x5x6"
    assert torch.equal(module(*volumes)[:, :, 1], volumes[1])
    assert made("stack", "7", "7")[2] == "2x7"


@pytest.mark.parametrize(
    ("kind", "xs", "values", "refusal"),
    [
        (
            "resize_like",
            ("5x5x1", "5x1"),
            {},
            Refusal("E204", None, "resize_like needs the same number of spatial dimensions: 5x5x1 and 5x1"),
        ),
        (
            "resize_like",
            ("5x5x1", "5"),
            {},
            Refusal("E202", None, "resize_like requires 1 to 3 spatial dimensions, 5 is a vector"),
        ),
        (
            "resize_like",
            ("5x1", "5x1"),
            {"mode": "bicubic"},
            Refusal(
                "E202", "mode", "bicubic requires two spatial dimensions, 5x1 has 1 spatial dimension", "use bilinear"
            ),
        ),
        (
            "crop_like",
            ("5x5x1", "5x1"),
            {},
            Refusal("E204", None, "crop_like needs the same number of spatial dimensions: 5x5x1 and 5x1"),
        ),
        (
            "crop_like",
            ("5x5x1", "4x6x1"),
            {},
            Refusal("E204", None, "crop_like needs no more positions than it has: 5x5x1 and 4x6x1"),
        ),
        (
            "crop_like",
            ("5x5x1", "4x4x1"),
            {"offset": 2},
            Refusal("E202", "offset", "2 leaves 3 of 5, 4 are needed", "at most 1"),
        ),
        (
            "max_unpool",
            ("2x2x3", "8x8x3"),
            {"kernel": 2},
            Refusal(
                "E204",
                None,
                "maxpool 2x2 of 8x8x3 gives 4x4x3, not 2x2x3",
                "name the input of the maxpool, and its kernel",
            ),
        ),
        (
            "max_unpool",
            ("1x1x3", "1x1x3"),
            {"kernel": 2, "pad": "same"},
            Refusal("E209", "pad", "0 before and 1 after differ", "pad both ends alike"),
        ),
        (
            "max_unpool",
            ("2x2x3", "8x3"),
            {"kernel": 2},
            Refusal("E204", None, "max_unpool needs the same number of spatial dimensions: 2x2x3 and 8x3"),
        ),
        (
            "matmul",
            ("49x64", "49x64"),
            {},
            Refusal(
                "E204",
                None,
                "matmul needs as many positions in the second as channels in the first: 49x64 and 49x64",
                "transpose=yes multiplies channels by channels",
            ),
        ),
        (
            "matmul",
            ("7x7x64", "8x49x64"),
            {"transpose": True},
            Refusal("E204", None, "matmul needs equal sides before the last: 7x7x64 and 8x49x64"),
        ),
        (
            "concat_along",
            ("8x8x3", "8x4x3"),
            {"axis": "height"},
            Refusal("E204", None, "concat_along height needs the other dimensions equal: 8x8x3 and 8x4x3"),
        ),
        (
            "concat_along",
            ("8x8x3", "8x4x3"),
            {"axis": "sides"},
            Refusal("E202", "axis", "sides are 2 dimensions of 8x8x3, and one is joined", "axis=height would fit"),
        ),
        (
            "concat_along",
            ("9x3", "9x3"),
            {"axis": "width"},
            Refusal(
                "E202", "axis", "9x3 has no width: its dimensions are length and channels", "axis=length would fit"
            ),
        ),
        (
            "stack",
            ("2x2x3", "2x2x4"),
            {},
            Refusal("E204", None, "stack needs equal shapes: 2x2x3 and 2x2x4", "conv 3 1x1 would give 3 channels"),
        ),
        (
            "stack",
            ("2x2x2x3", "2x2x2x3"),
            {},
            Refusal("E202", None, "stack adds a spatial dimension, and 2x2x2x3 has 3 already"),
        ),
        (
            "divide",
            ("2x3x4", "2x2x4"),
            {},
            Refusal(
                "E204",
                None,
                "divide needs each dimension equal or 1: 2x3x4 and 2x2x4",
                "make the sizes equal by stride, pad or crop",
            ),
        ),
    ],
)
def test_refusals(kind: str, xs: tuple[str, ...], values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, *xs, **values) == [refusal]


CHAINS = {
    "8x8x3 -> relu -> stack": ("E106", "stack needs the name of an earlier result", "write stack NAME …"),
    "8x8x3 -> relu -> stack x": ("E109", "no earlier result is called 'x'", "nothing is named so far"),
    "8x8x3 -> resize_like input input": (
        "E111",
        "resize_like reads 1 earlier result, not 2",
        "write resize_like NAME [mode=…] [align_corners=…]",
    ),
    "8x8x3 -> maximum 3": ("E106", "maximum takes names of results after its fields", "write maximum NAME …"),
    "8x8x3 -> max_unpool input": (
        "E106",
        "max_unpool needs the name of an earlier result",
        "write max_unpool kernel NAME [stride=…] [pad=…] [ceil=…]",
    ),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_names_that_are_missing_or_too_many(chain: str) -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load(chain)
    first = found.value.problems[0]
    assert (first.code, first.message, first.hint) == CHAINS[chain]


def test_in_a_file_names_follow_required_fields_and_named_fields_stand_anywhere() -> None:
    text = """\
input: 8x8x3
blocks:
  back skip k: max_unpool k skip
layers:
  - before: conv 4 3x3 pad=same
  - down: maxpool 2
  - back before 2
  - use down -> resize_like mode=bilinear before
  - resize_like: {mode: bilinear}
"""
    with pytest.raises(Problems) as found:
        cnncalc.load("-", stdin=text.encode)
    assert [problem.headline() for problem in found.value.problems] == [
        "<stdin>:9:5: E106 chain: resize_like names earlier results, which a mapping cannot"
    ]
    network = cnncalc.load("-", stdin="".join(text.splitlines(True)[:-1]).encode)
    assert [(node.kind, str(node.y)) for node in network.layers()][2:] == [
        ("max_unpool", "8x8x4"),
        ("resize_like", "8x8x4"),
    ]


def test_names_of_older_specs_stay_free() -> None:
    """Kinds that came later may still name an item or a block."""
    text = "input: 8x8x3\nblocks:\n  stack n: n * relu\nlayers:\n  - resize: stack 2\n"
    network = cnncalc.load("-", stdin=text.encode)
    assert [node.path for node in network.layers()] == ["resize.1.relu", "resize.2.relu"]


def test_receptive_fields_of_several_inputs() -> None:
    report = cnncalc.load("9x9x1 -> maxpool 3 -> resize_like input").report()
    assert report.receptive[-1][0].size == 3
    report = cnncalc.load("9x9x1 -> maxpool 3 -> max_unpool 3 input -> conv 1 3x3").report()
    assert report.receptive[-1][0].size == 6  # two windows of 3
    assert layer("stack", "4x1")[0].most == 0


def test_a_block_that_nothing_calls_is_judged_alike() -> None:
    text = "input: 8x8x3\nblocks:\n  idle: [a: relu, maximum a, max_unpool 2 a, stack]\nlayers: relu\n"
    with pytest.raises(Problems) as found:
        cnncalc.load("-", stdin=text.encode)
    assert [problem.headline() for problem in found.value.problems] == [
        "<stdin>:3:46: E106 chain: stack needs the name of an earlier result"
    ]
