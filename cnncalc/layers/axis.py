"""Layers that work along dimensions of a volume which they name: how a name and a shape make dimensions."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.base import Layer, Refusal
from cnncalc.layers.fields import DIMENSIONS, Axis, dimensions_of
from cnncalc.layers.geometry import IDENTITY, Global, Side, Stacked
from cnncalc.numbers.arith import Number, product
from cnncalc.problem import listed
from cnncalc.shape import Shape


class AlongAxis(Layer):
    """A layer that works along one dimension or several: a name, or `sides` for all positions, or `all`.

    `branches` is the dimension that `stack` adds, which comes first.
    """

    axis: Axis

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from axis_refused(self.axis, x)

    def dimensions(self, x: Shape) -> tuple[int, ...]:
        """Return the dimensions as the shape is written, from 0, the channels last."""
        return dimensions_of(self.axis, len(x.sides))

    def axes(self, x: Shape) -> tuple[int, ...]:
        """Return the dimensions of PyTorch's N x C x sides."""
        return tuple(1 if i == len(x.sides) else i + 2 for i in self.dimensions(x))

    def values_along(self, x: Shape) -> Number:
        """Return how many values lie along the dimensions."""
        return product(x.hwc[i] for i in self.dimensions(x))

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        found = self.dimensions(x)
        whole = Stacked if self.axis == "branches" else Global
        return tuple(whole(n) if i in found else IDENTITY for i, n in enumerate(x.sides))


def axis_refused(axis: str, x: Shape) -> Iterator[Refusal]:
    """Yield a refusal of a dimension that a volume does not have."""
    if not dimensions_of(axis, len(x.sides)):
        names = [*DIMENSIONS.get(len(x.sides), ("sides",)), "channels"]
        what = f"{x} has no {axis}" if x.sides else f"{x} is a vector, which has no {axis}"
        reason = f"{what}: its dimensions are {listed(names)}" if x.sides else what
        yield Refusal("E202", "axis", reason, f"axis={'sides' if len(x.sides) > 1 else names[0]} would fit")
