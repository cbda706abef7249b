"""Rounds that make a volume larger by the same number of pixels each, however large it is."""

from __future__ import annotations

from typing import Any

from cnncalc.expand.names import Volume
from cnncalc.layers.geometry import IDENTITY
from cnncalc.layers.window import Windowed
from cnncalc.network.network import Node
from cnncalc.numbers.periodic import Floor, N
from cnncalc.shape import Shape


def after_rounds(count: Any, done: int, nodes: list[Node], before: Volume, after: Volume) -> Shape | None:
    """Return what comes out of `count` rounds, where each adds the same to every side for good; else None.

    `nodes` are those of the last of the rounds `done`, `before` and `after` its volumes.
    """
    added = added_by_round(nodes, before, after)
    if added is None or after.shape is None:
        return None
    sides = zip(after.shape.sides, added, strict=True)
    return Shape(tuple([side + (count - done) * more for side, more in sides]), after.shape.channels)


def added_by_round(nodes: list[Node], before: Volume, after: Volume) -> tuple[int, ...] | None:
    """Return how many pixels a round adds to each side of any volume at least as large; None where that is not sure.

    A round of windows that move by one pixel, and of pointwise layers, is n + c of every side n. If c
    is 0 or more, what fits once fits ever after.
    """
    x, y = before.shape, after.shape
    if x is None or y is None or x.channels != y.channels or len(x.sides) != len(y.sides):
        return None
    added = []
    for side, (n, m) in enumerate(zip(x.sides, y.sides, strict=True)):
        if not isinstance(n, int) or not isinstance(m, int) or m < n:
            return None
        shapes = {before.node: Shape((*x.sides[:side], N, *x.sides[side + 1 :]), x.channels)}
        for node in nodes:
            if len(node.inputs) != 1 or node.inputs[0] not in shapes or not _goes_on(node):
                return None
            shapes[node.index] = node.layer.shape(shapes[node.inputs[0]])
        if shapes[after.node].sides[side] != Floor(m - n):
            return None
        added.append(m - n)
    return tuple(added)


def _goes_on(node: Node) -> bool:
    """Judge whether a layer that fits a volume fits every larger one."""
    if isinstance(node.layer, Windowed):
        if isinstance(getattr(node.layer, "pad", ()), str):  # `same` fits always; with a stride it depends on the side
            return set(getattr(node.layer, "stride", (1,))) == {1}
        numbers = [part for window in node.layer.windows(node.x[0]) for part in window[:5]]
        return all(type(part) is int for part in numbers)
    return bool(node.x[0].sides) and all(side == IDENTITY for side in node.layer.geometry(*node.x))
