"""Random chains of the layers that work along dimensions, move their windows, multiply matrices: PyTorch agrees."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.live.verify import verify
from cnncalc.shape import Shape
from tests.effort import examples, searching
from tests.strategies import LARGEST, axes, layers_on

pytest.importorskip("torch")

MANY = 2_500 if searching() else 400
STEPS = (
    *("sum", "mean", "max", "min", "std", "var", "vector_norm", "softmax", "log_softmax", "deform_conv", "separable"),
    *("trim", "crop", "lrn", "power", "sin", "cos", "rescale", "gaussian_noise", "normalize", "conv", "reshape"),
)


class Writer:
    """Writes items with the volume behind each; those that are named can be read again."""

    def __init__(self, draw: st.DrawFn, x: Shape) -> None:
        self.draw, self.x = draw, x
        self.items: list[str] = []
        self.named: dict[str, Shape] = {"input": x}

    def pick(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def write(self, steps: str, y: Shape) -> None:
        name = f"n{len(self.items)}"
        self.items.append(f"  - {name}: {steps}")
        self.named[name], self.x = y, y

    def step(self) -> None:
        """Write one of a few drawn layers that fits; where none does, a sum over the channels."""
        for _ in range(4):
            layer = self.draw(layers_on(self.x, KINDS[self.pick(*STEPS)]))
            if not list(layer.check(self.x)) and layer.shape(self.x).values <= LARGEST:
                return self.write(str(layer), layer.shape(self.x))
        return self.write("sum channels", Shape(self.x.sides, 1))

    def window(self) -> None:
        """Write a separable or, on an image, a deformable convolution."""
        count = len(self.x.sides)
        if not count:
            return self.step()
        fields = {"out": self.pick(1, 2, 6), "kernel": self.pick(1, 2, 3), "pad": self.pick("same", "causal")}
        fields |= {"stride": self.pick(1, 2), "bias": self.pick(True, False)}
        if count == 2 and self.pick(True, False):
            fields |= {"mask": self.pick(True, False), "offset_groups": self.pick(1, self.x.channels)}
            layer = KINDS["deform_conv"](count, **fields)
        else:
            layer = KINDS["separable"](count, **fields, multiplier=self.pick(1, 2))
        return self.write(str(layer), layer.shape(self.x))

    def stack(self) -> None:
        """Weigh the branches of one shape, and put them together again."""
        alike = [name for name, shape in self.named.items() if shape == self.x]
        if not alike or len(self.x.sides) > 2:
            return self.step()
        names = " ".join(self.draw(st.lists(st.sampled_from(alike), min_size=1, max_size=3)))
        how = self.pick("sum", "mean", "max", "vector_norm")
        return self.write(f"relu -> stack {names} -> softmax branches -> {how} branches keep=no", self.x)

    def deform(self) -> None:
        """Move windows by the offsets of a convolution of an earlier volume, perhaps with a mask."""
        if len(self.x.sides) != 2:
            return self.step()
        (rows, columns), count, groups = self.x.sides, self.pick(1, 2, 6), self.pick(1, self.x.channels)
        mask = self.pick(True, False)
        before = "input" if not self.items else f"n{len(self.items) - 1}"
        kernel = f"{self.pick(1, 3)}x{self.pick(1, 2)}"
        elements = groups * int(kernel[0]) * int(kernel[2])
        self.write(f"conv {2 * elements} {kernel} pad=same", Shape((rows, columns), 2 * elements))
        offsets = f"n{len(self.items) - 1}"
        if mask:
            self.write(
                f"use {before} -> conv {elements} {kernel} pad=same -> sigmoid", Shape((rows, columns), elements)
            )
        names = " ".join([offsets, *([f"n{len(self.items) - 1}"] if mask else [])])
        step = f"use {before} -> deform_conv_by {count} {kernel} {names} pad=same offset_groups={groups}"
        return self.write(step, Shape((rows, columns), count))

    def attend(self) -> None:
        """Attention by hand, of an image or a sequence, in stacks where there are more sides."""
        if not self.x.sides:
            return self.step()
        matrix = Shape((self.x.values // self.x.channels,), self.x.channels) if len(self.x.sides) == 2 else self.x
        before = "input" if not self.items else f"n{len(self.items) - 1}"
        tokens = " -> tokens" if matrix != self.x else ""
        self.write(f"relu{tokens}", matrix)
        self.write(f"use {before}{tokens or ' -> sin'}", matrix)
        keys, queries = f"n{len(self.items) - 1}", f"n{len(self.items) - 2}"
        step = f"use {queries} -> matmul {keys} transpose=yes -> softmax -> matmul {keys}"
        return self.write(step, matrix)

    def crop(self) -> None:
        """Crop to the size of an earlier volume."""
        sides = self.x.sides
        smaller = [
            name
            for name, other in self.named.items()
            if len(other.sides) == len(sides) > 0 and all(n <= m for n, m in zip(other.sides, sides, strict=True))
        ]
        if not smaller:
            return self.step()
        name = self.pick(*smaller)
        return self.write(
            f"crop_like {name}{self.pick('', ' offset=0')}", Shape(self.named[name].sides, self.x.channels)
        )

    def reduce(self) -> None:
        """Reduce a dimension, which stays."""
        axis = self.pick(*axes(len(self.x.sides)))
        layer = KINDS[self.pick("mean", "sum", "max")](len(self.x.sides), axis=axis, keep=True)
        self.write(str(layer), layer.shape(self.x))

    def text(self) -> str:
        x = self.named["input"]
        for _ in range(self.draw(st.integers(1, 6))):
            forms = (self.step, self.window, self.stack, self.deform, self.attend, self.crop, self.reduce)
            self.pick(self.step, *forms)()
        return "\n".join([f"input: {x}", "layers:", *self.items, ""])


@st.composite
def chains(draw: st.DrawFn) -> str:
    count = draw(st.sampled_from([0, 1, 2, 2, 2, 3]))
    sides = tuple(draw(st.integers(2, 7)) for _ in range(count))
    return Writer(draw, Shape(sides, draw(st.sampled_from([1, 2, 4, 6])))).text()


def agrees(text: str) -> None:
    result = verify(cnncalc.load("-", stdin=text.encode), device="meta", backward=True)
    assert result.agrees, (result.stopped, [(c.path, what, cell) for c, what, cell in result.differences()], text)


@examples(125)
@given(chains())
def test_pytorch_agrees(text: str) -> None:
    agrees(text)


@pytest.mark.exhaustive
@settings(max_examples=MANY)
@given(chains())
def test_pytorch_agrees_with_many(text: str) -> None:
    agrees(text)
