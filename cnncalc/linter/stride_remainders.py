"""Remainders of strides, and the nearest input sizes without a remainder."""

from __future__ import annotations

from functools import lru_cache

from cnncalc.layers.base import Layer
from cnncalc.layers.geometry import Window
from cnncalc.layers.merge import Input, Joint, Merge
from cnncalc.linter.view import View, times
from cnncalc.shape import Shape

FARTHEST = 64
"""The largest change of the input size that is tried."""

MOST_WORK = 100_000
"""Layers that are evaluated for all sizes together."""

AXES = {1: ("positions",), 2: ("rows", "columns"), 3: ("frames", "rows", "columns")}


def lost(window: Window, n: int) -> int:
    """Return how many positions at the end of a dimension no window covers, padding excluded."""
    if window.extent < window.stride:
        return 0  # positions are skipped everywhere: see skipped-input
    return max(0, int(window.left_over(n)) - int(window.after))


def lost_text(windows: list[tuple[Window, int]]) -> str:
    """Describe what is not covered: `1 of 224 rows and columns`; empty if everything is."""
    parts: dict[str, list[str]] = {}
    for (window, n), axis in zip(windows, AXES[len(windows)], strict=True):
        if lost(window, n):
            parts.setdefault(f"{lost(window, n)} of {n}", []).append(axis)
    return " and ".join(f"{count} {' and '.join(axes)}" for count, axes in parts.items())


def nearest_inputs(view: View) -> list[str]:
    """Return the next smaller and larger input, as text, for which no stride of the network has a remainder."""
    if len(view.network.inputs) != 1 or not view.nodes or not view.known or view.is_part:
        return []
    shape = view.nodes[0].y
    if not shape.sides:
        return []
    moving = range(len(shape.sides)) if len(set(shape.sides)) == 1 else _losing_sides(view)
    found, work = [], 0
    for direction in (-1, 1):
        for distance in range(1, FARTHEST + 1):
            work += len(view.nodes)
            if work > MOST_WORK:
                break
            sides = tuple(n + direction * distance * (i in moving) for i, n in enumerate(shape.sides))
            if min(sides) < 1:
                break
            if _loses_nothing(view, Shape(sides, shape.channels)):
                found.append(times((*sides, shape.channels)))
                break
    return found


def _losing_sides(view: View) -> list[int]:
    return [
        axis
        for axis in range(len(view.nodes[0].y.sides))
        if any(axis < len(ws := view.windows(node)) and lost(*ws[axis]) for node in view.nodes)
    ]


def _loses_nothing(view: View, shape: Shape) -> bool:
    """Return whether the layers of the network accept an input without a remainder."""
    volumes: list[Shape] = []
    for node in view.nodes:
        if isinstance(node.layer, Input):
            volumes.append(shape)
            continue
        y = _through(node.layer, tuple(volumes[i] for i in node.inputs))
        if y is None:
            return False
        volumes.append(y)
    return True


@lru_cache(maxsize=50_000)
def _through(layer: Layer, xs: tuple[Shape, ...]) -> Shape | None:
    """Return a layer's output; None where it rejects its input or has a remainder."""
    if isinstance(layer, Merge):
        return None if layer.mismatch(xs) else layer.shape(*xs)
    if isinstance(layer, Joint):
        return None if any(layer.check(*xs)) else layer.shape(*xs)
    (x,) = xs
    if any(layer.check(x)):
        return None
    if "kernel" in layer.fields:
        windows = zip(layer.geometry(x), x.sides, strict=False)
        if any(isinstance(window, Window) and lost(window, n) for window, n in windows):
            return None
    return layer.shape(x)


def remedy(view: View) -> str | None:
    """Describe the nearest input sizes without a remainder; None if there are none."""
    sizes = nearest_inputs(view)
    if not sizes:
        return None
    own = times(view.nodes[0].y.hwc)
    return f"an input of {' or '.join(sizes)} leaves no remainder, {own} does"
