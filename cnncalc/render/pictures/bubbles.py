"""Accuracy against multiply-adds, the params as the areas of bubbles, each with its name where it hides nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cnncalc.comparison.summary import Summary
from cnncalc.problem import NoAnswer, Problem
from cnncalc.render.numbers import short
from cnncalc.render.pictures.bars import names_of
from cnncalc.render.pictures.picture import DOTS_PER_INCH, HATCHES, INK, LETTERS, PALETTE, bare, figure, plainly

LARGEST_AREA = 5200
"""Points², of the largest bubble."""

SMALLEST_AREA = 30
"""Points², so that the smallest can be seen."""

FEW, SOME = 16, 40
"""Up to so many networks letters are large, and fairly large."""


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """Return the area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0) * max(height, 0)


class Bubble(NamedTuple):
    """A circle in pixels."""

    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        side = self.radius * 0.9
        return Box(self.x - side, self.y - side, self.x + side, self.y + side)


def accuracy(summaries: Sequence[Summary]) -> tuple[Any, list[Summary]]:
    """Draw accuracy against MACs, and return the networks left out, of which no accuracy is known.

    The accuracy is top-1; top-5 where every network has that and not every one has top-1. Raises NoAnswer when there
    is nothing to draw.
    """
    top5 = all(one.top5 is not None for one in summaries) and any(one.top1 is None for one in summaries)
    shown = [one for one in summaries if (one.top5 if top5 else one.top1) is not None and one.macs and one.params]
    if not shown:
        raise NoAnswer([Problem("E115", "no accuracy is published of any of these networks")])
    values = [float((one.top5 if top5 else one.top1) or 0) for one in shown]
    left_out = [one for one in summaries if one not in shown]

    size = LETTERS if len(shown) <= FEW else 13 if len(shown) <= SOME else 11.5
    drawn = figure(7.5 if len(shown) <= FEW else 9 if len(shown) <= SOME else 13, 13.33 if len(shown) <= SOME else 20)
    axes = drawn.subplots()
    macs = [one.macs or 0 for one in shown]
    if max(macs) > 30 * min(macs):
        axes.set_xscale("log")
        axes.set_xlim(min(macs) / 1.8, max(macs) * 2.2)
        axes.xaxis.get_major_locator().set_params(subs=(1, 2, 5) if max(macs) < 3000 * min(macs) else (1,))
    else:
        axes.set_xlim(0, max(macs) * 1.18)
    low, high = min(values), max(values)
    margin = max(high - low, 4) * 0.14
    axes.set_ylim(low - margin, high + margin)
    areas = _areas(shown)
    looks: dict[str, dict[str, Any]] = {}
    families = list(dict.fromkeys(one.family for one in shown))
    for one, value, area in sorted(zip(shown, values, areas, strict=True), key=lambda each: -each[2]):
        style = families.index(one.family)
        colour = PALETTE[style % len(PALETTE)]
        hatch = HATCHES[style // len(PALETTE) % len(HATCHES)]
        look = {"facecolor": colour, "alpha": 0.6, "edgecolor": INK, "linewidth": 1.0, "hatch": hatch}
        axes.scatter([one.macs], [value], s=area, **look)
        looks.setdefault(one.family, look)
    if 1 < len(families) < len(shown):
        from matplotlib.patches import Patch

        entries = [Patch(label=family, **looks[family]) for family in families]
        drawn.legend(handles=entries, loc="outside right upper", fontsize=size - 2, frameon=False, labelcolor=INK)
    axes.set_xlabel("MACs of one image", color=INK)
    axes.set_ylabel(f"top-{5 if top5 else 1} accuracy, %, as published", color=INK)
    axes.xaxis.set_major_formatter(lambda value, _: plainly(value))
    axes.grid(color="#dddddd", linewidth=0.8)
    bare(axes)
    largest = max(shown, key=lambda one: one.params or 0)
    key = f"the area of a bubble is its params: {short(largest.params)} of {largest.title}"
    axes.set_title(key, fontsize=LETTERS, color=INK, loc="left", pad=12)
    _name(drawn, axes, names_of(shown), [*zip(macs, values, strict=True)], areas, size)
    return drawn, left_out


def _areas(shown: Sequence[Summary]) -> list[float]:
    largest = max(one.params or 0 for one in shown)
    return [max(SMALLEST_AREA, LARGEST_AREA * (one.params or 0) / largest) for one in shown]


def _name(
    drawn: Any,
    axes: Any,
    names: Sequence[str],
    points: Sequence[tuple[float, float]],
    areas: Sequence[float],
    size: float,
) -> None:
    """Put each name where it covers no other name and as little of the bubbles as can be."""
    drawn.draw_without_rendering()
    drawn.set_layout_engine("none")  # what is measured now must stay where it is
    pixels = DOTS_PER_INCH / 72
    centres = axes.transData.transform(points)
    bubbles = [Bubble(x, y, math.sqrt(area / math.pi) * pixels) for (x, y), area in zip(centres, areas, strict=True)]
    frame = Box(*axes.bbox.extents)
    renderer = drawn.canvas.get_renderer()
    placed: list[Box] = []
    # Crowded ones first: they have the fewest places to go to.
    order = sorted(range(len(names)), key=lambda i: -_crowd(bubbles[i], bubbles))
    for i in order:
        label = axes.text(0, 0, names[i], fontsize=size, color=INK, ha="center", va="center", zorder=3)
        label.set_bbox({"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6})
        extent = label.get_window_extent(renderer)
        half = (extent.width / 2 + 3, extent.height / 2 + 2)
        x, y = _place(half, bubbles, i, placed, frame)
        placed.append(_box(x, y, half))
        label.set_position(axes.transData.inverted().transform((x, y)))
        bubble = bubbles[i]
        edge_x, edge_y = min(max(bubble.x, x - half[0]), x + half[0]), min(max(bubble.y, y - half[1]), y + half[1])
        if math.hypot(edge_x - bubble.x, edge_y - bubble.y) > bubble.radius + 8 * pixels:
            ends = axes.transData.inverted().transform([(bubble.x, bubble.y), (edge_x, edge_y)])
            axes.plot(*zip(*ends, strict=True), color=INK, linewidth=0.7, zorder=1.5)


def _crowd(bubble: Bubble, others: Sequence[Bubble]) -> int:
    return sum(math.hypot(bubble.x - other.x, bubble.y - other.y) < 180 for other in others)


def _box(x: float, y: float, half: tuple[float, float]) -> Box:
    return Box(x - half[0], y - half[1], x + half[0], y + half[1])


def _place(
    half: tuple[float, float], bubbles: Sequence[Bubble], own: int, placed: Sequence[Box], frame: Box
) -> tuple[float, float]:
    """Find the best centre of a name; once one is good, those further away than it costs are not looked at."""
    best, least = (bubbles[own].x, bubbles[own].y), math.inf
    for at in _places(bubbles[own], half):
        away = math.hypot(at[0] - bubbles[own].x, at[1] - bubbles[own].y) - bubbles[own].radius
        if away - half[0] > least:
            break
        cost = _cost(at, half, bubbles, own, placed, frame)
        if cost < least:
            best, least = at, cost
    return best


def _places(bubble: Bubble, half: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Yield the centres that a name may have: on its bubble where it fits, else around it, further and further."""
    if half[0] < bubble.radius * 0.85:
        yield bubble.x, bubble.y
    for ring in range(28):
        gap = 4 + ring * 9.0
        for turn in range(24):
            angle = math.tau * turn / 24
            across, up = math.cos(angle), math.sin(angle)
            yield bubble.x + across * (bubble.radius + gap + half[0]), bubble.y + up * (bubble.radius + gap + half[1])


def _cost(
    at: tuple[float, float],
    half: tuple[float, float],
    bubbles: Sequence[Bubble],
    own: int,
    placed: Sequence[Box],
    frame: Box,
) -> float:
    """Judge a place for a name: never over another name or outside, seldom over a bubble, near its own."""
    box = _box(*at, half)
    area = 4 * half[0] * half[1]
    outside = area - box.overlap(frame)
    names = sum(box.overlap(other) for other in placed)
    hidden = sum(
        box.overlap(bubble.box) / min(area, (1.8 * bubble.radius) ** 2) for i, bubble in enumerate(bubbles) if i != own
    )
    away = math.hypot(at[0] - bubbles[own].x, at[1] - bubbles[own].y) - bubbles[own].radius
    return 1e6 * (names + outside) / area + 700 * hidden + max(away, 0)
