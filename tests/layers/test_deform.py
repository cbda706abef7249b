"""Deformable convolutions: values are those of the definition, written as a loop (PyTorch itself has no such layer)."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given

import cnncalc
from cnncalc.layers.base import Layer, Refusal
from cnncalc.layers.modules import torch_pads
from cnncalc.problem import Problems
from cnncalc.shape import Shape
from tests.effort import examples
from tests.layers.make import layer, macs, params, refusals, shape
from tests.strategies import layers


def between(plane: torch.Tensor, y: float, x: float) -> float:
    """Interpolate linearly between the four pixels around a point; pixels outside are 0."""
    top, left = math.floor(y), math.floor(x)
    value = 0.0
    for row, share in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, part in ((left, 1 - (x - left)), (left + 1, x - left)):
            if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
                value += share * part * float(plane[row, column])
    return value


def by_definition(
    made: Any, x: Shape, weight: torch.Tensor, volume: torch.Tensor, offsets: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Compute Zhu et al.'s equation 1, the offsets in the order of torchvision.ops.deform_conv2d, number by number."""
    down, along = made.windows(x)
    height, width = made.output_sides(x)
    out = torch.zeros(made.out, height, width, dtype=volume.dtype)
    each, per_group = x.channels // made.groups, made.out // made.groups
    for o in range(made.out):
        for c in range(o // per_group * each, (o // per_group + 1) * each):
            group = c // (x.channels // made.offset_groups)
            for i in range(down.kernel):
                for j in range(along.kernel):
                    element = (group * down.kernel + i) * along.kernel + j
                    for row in range(height):
                        for column in range(width):
                            y = row * down.stride - down.before + i * down.dilation
                            z = column * along.stride - along.before + j * along.dilation
                            moved = offsets[2 * element : 2 * element + 2, row, column]
                            value = between(volume[c], y + float(moved[0]), z + float(moved[1]))
                            share = 1.0 if mask is None else float(mask[element, row, column])
                            out[o, row, column] += value * share * weight[o, c % each, i, j]
    return out


@examples(12)
@given(layers(["deform_conv_by"]))
def test_it_is_its_definition(case: tuple[Layer, tuple[Shape, ...]]) -> None:
    made, xs = case
    volume, offsets, *rest = (torch.randn(1, *x.chw, dtype=torch.float64) for x in xs)
    module = made.build(torch, *xs).double()
    expected = by_definition(made, xs[0], module.weight, volume[0], offsets[0], rest[0][0] if rest else None)
    if module._parameters.get("bias") is not None:
        expected = expected + module.bias[:, None, None]
    torch.testing.assert_close(module(volume, offsets, *rest)[0], expected)


@examples(12)
@given(layers(["deform_conv_by"]))
def test_it_is_that_of_torchvision(case: tuple[Layer, tuple[Shape, ...]]) -> None:
    try:
        from torchvision.ops import deform_conv2d
    except (ImportError, RuntimeError):
        pytest.skip("torchvision does not load")
    if not hasattr(torch.ops.torchvision, "deform_conv2d"):
        pytest.skip("torchvision without its compiled operators")
    made, xs = case
    if any(w.before != w.after for w in made.windows(xs[0])):
        return
    volume, offsets, *rest = (torch.randn(2, *x.chw) for x in xs)
    module = made.build(torch, *xs)
    pads = tuple(w.before for w in made.windows(xs[0]))
    window = (made.stride, pads, made.dilation)
    theirs = deform_conv2d(volume, offsets, module.weight, module._parameters.get("bias"), *window, *rest)
    torch.testing.assert_close(module(volume, offsets, *rest), theirs, rtol=1e-4, atol=1e-4)


@examples(25)
@given(layers(["deform_conv"]))
def test_without_offsets_it_is_a_convolution(case: tuple[Layer, tuple[Shape, ...]]) -> None:
    """The convolution of the offsets starts from 0, and the sigmoid of 0 is a half."""
    made, (x,) = case
    module, volume = made.build(torch, x), torch.randn(2, *x.chw)
    padded = torch.nn.functional.pad(volume, torch_pads([(w.before, w.after) for w in made.windows(x)]))
    weight = module.weight / 2 if made.mask else module.weight
    window = (made.stride, 0, made.dilation, made.groups)
    conv = torch.nn.functional.conv2d(padded, weight, module._parameters.get("bias"), *window)
    torch.testing.assert_close(module(volume), conv, rtol=1e-4, atol=1e-4)


def test_its_offsets_are_those_that_its_convolution_computes() -> None:
    for mask in (False, True):
        made, x = layer("deform_conv", "6x7x4", out=3, kernel=3, pad=1, offset_groups=2, mask=mask)
        module = made.build(torch, x)
        for parameter in module.conv_offset.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        volume = torch.randn(2, 4, 6, 7)
        offsets = module.conv_offset(volume)
        by, _ = layer("deform_conv_by", "6x7x4", out=3, kernel=3, pad=1, offset_groups=2)
        xs = [x, shape("6x7x36"), *([shape("6x7x18")] if mask else [])]
        other = by.build(torch, *xs)
        other.load_state_dict({name: t for name, t in module.state_dict().items() if "offset" not in name})
        given_ = [offsets[:, :36], *([offsets[:, 36:].sigmoid()] if mask else [])]
        torch.testing.assert_close(module(volume), other(volume, *given_))


def test_counts() -> None:
    """A 3x3 window has 18 offsets, of a convolution with 18 biases; with a mask 27."""
    fields = {"out": 128, "kernel": 3, "pad": 1}
    plain, offsets = 64 * 128 * 9, 64 * 18 * 9
    assert params("deform_conv", "56x56x64", **fields) == plain + 128 + offsets + 18
    assert macs("deform_conv", "56x56x64", **fields) == (plain + offsets) * 56 * 56
    assert params("deform_conv", "56x56x64", **fields, mask=True, bias=False) == plain + 64 * 27 * 9 + 27
    assert macs("deform_conv", "56x56x64", **fields, mask=True) == (plain + 64 * 27 * 9) * 56 * 56


def test_receptive_fields_are_those_of_the_window() -> None:
    report = cnncalc.load("16x16x4 -> deform_conv 4 3x3 pad=1 dilation=2").report()
    assert report.receptive[-1][0].size == 5
    text = "input: 16x16x4\nlayers:\n  - o: conv 18 5x5 pad=2\n  - use input -> deform_conv_by 4 3x3 o pad=1\n"
    assert cnncalc.load("-", stdin=text.encode).report().receptive[-1][0].size == 5  # that of its offsets


@pytest.mark.parametrize(
    ("kind", "xs", "values", "refusal"),
    [
        (
            "deform_conv",
            ("9x8",),
            {},
            Refusal(
                "E202",
                None,
                "deform_conv takes an image such as 56x56x64, 9x8 has 1 spatial dimension",
                "conv takes any",
            ),
        ),
        (
            "deform_conv",
            ("9x9x8",),
            {"offset_groups": 3},
            Refusal(
                "E203", "offset_groups", "3 groups of offsets do not divide 8 input channels", "they must divide 8"
            ),
        ),
        (
            "deform_conv",
            ("2x9x8",),
            {},
            Refusal("E201", "kernel", "3 exceeds the input size 2 without padding", "pad=1 would fit"),
        ),
        (
            "deform_conv_by",
            ("9x9x8", "9x9x18"),
            {},
            Refusal(
                "E204",
                None,
                "offsets of 3x3 windows of 9x9x8 must be 7x7x18, not 9x9x18",
                "conv 18 with the same kernel, stride and pad computes them",
            ),
        ),
        (
            "deform_conv_by",
            ("9x9x8", "7x7x18", "7x7x18"),
            {},
            Refusal(
                "E204",
                None,
                "a mask of 3x3 windows of 9x9x8 must be 7x7x9, not 7x7x18",
                "conv 9 with the same kernel, stride and pad computes them",
            ),
        ),
    ],
)
def test_refusals(kind: str, xs: tuple[str, ...], values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, *xs, out=4, kernel=3, **values) == [refusal]


def test_calls_of_libraries_are_read() -> None:
    def read(call: str) -> str:
        return str(cnncalc.load(f"9x9x8 -> {call}").nodes[-1].layer)

    assert read("DeformConv2d(8, 4, kernel_size=3, padding=1)") == "deform_conv 4 3x3 pad=1"
    assert read("DCNv2(8, 4, 3, padding=1)") == "deform_conv 4 3x3 pad=1 mask=yes"
    assert read("ModulatedDeformConv2dPack(8, 4, 3, deform_groups=2)") == "deform_conv 4 3x3 offset_groups=2 mask=yes"
    with pytest.raises(Problems, match="deform_conv_by needs the name of an earlier result"):
        cnncalc.load("9x9x8 -> deform_conv_by 4 3x3")
