"""Layered layout of boxes and arrows from top to bottom, after Sugiyama, Tagawa, Toda 1981.

Boxes stand in ranks below all that they read; arrows that pass ranks keep a place in each of them, so that none runs
through a box. The order within a rank comes from the mean of the neighbours, positions from isotonic regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cnncalc.render.diagrams.canvas import Point

ACROSS, DOWN = 26.0, 34.0
"""Pixels between boxes of one rank, and between ranks."""

SWEEPS = 12
"""Passes over the ranks to order them; placing takes five times as many."""

STRAIGHT = 8.0
"""How much more than a box an arrow that passes a rank pulls towards its neighbours."""


@dataclass(slots=True)
class Spot:
    """A box, or the place of an arrow that passes a rank; `x`, `y` are its centre."""

    width: float
    height: float
    rank: int = 0
    is_box: bool = True
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Layout:
    """Where the boxes are, and for each arrow its points and the middle of its text."""

    spots: list[Spot]
    routes: list[list[Point]]
    texts: list[Point | None]


def layout(sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int, float]]) -> Layout:
    """Place boxes of given widths and heights; each arrow leads from a box to one behind it, with a text that wide.

    Arrows are (from, to, width of the text or 0), from < to.
    """
    spots = [Spot(*size) for size in sizes]
    for start, end, text in sorted(arrows, key=lambda arrow: arrow[1]):
        spots[end].rank = max(spots[end].rank, spots[start].rank + (2 if text else 1))
    passing: list[list[int]] = []
    for start, end, text in arrows:
        chain = [start]
        ranks = range(spots[start].rank + 1, spots[end].rank)
        for rank in ranks:
            is_text = text and rank == ranks[-1]
            spots.append(Spot(text + 10 if is_text else 8.0, 20.0 if is_text else 0.0, rank, is_box=False))
            chain.append(len(spots) - 1)
        chain.append(end)
        for one, other in pairwise(chain):
            spots[one].below.append(other)
            spots[other].above.append(one)
        passing.append(chain)
    ranks_of = _ordered(spots)
    _place(spots, ranks_of)
    routes = [_route(spots, ranks_of, chain) for chain in passing]
    texts = [
        (spots[chain[-2]].x, spots[chain[-2]].y) if text else None
        for chain, (_, _, text) in zip(passing, arrows, strict=True)
    ]
    return Layout(spots[: len(sizes)], routes, texts)


def _ordered(spots: Sequence[Spot]) -> list[list[int]]:
    """Return the spots of each rank, in an order in which few arrows cross."""
    ranks: list[list[int]] = [[] for _ in range(1 + max((spot.rank for spot in spots), default=0))]
    for index, spot in enumerate(spots):
        ranks[spot.rank].append(index)
    best, least = [[*rank] for rank in ranks], _crossings(spots, ranks)
    for sweep in range(SWEEPS):
        if not least:
            break
        downwards = sweep % 2 == 0
        for rank in ranks if downwards else reversed(ranks):
            at = {index: number for row in ranks for number, index in enumerate(row)}
            mean = {}
            for index in rank:
                near = spots[index].above if downwards else spots[index].below
                mean[index] = sum(at[one] for one in near) / len(near) if near else float(at[index])
            rank.sort(key=lambda index: (mean[index], index))
        if (crossings := _crossings(spots, ranks)) < least:
            best, least = [[*rank] for rank in ranks], crossings
    return best


def _crossings(spots: Sequence[Spot], ranks: Sequence[Sequence[int]]) -> int:
    """Count the arrows that cross, from rank to rank."""
    at = {index: number for rank in ranks for number, index in enumerate(rank)}
    count = 0
    for rank in ranks:
        ends = [at[below] for index in rank for below in sorted(spots[index].below, key=lambda one: at[one])]
        count += sum(1 for i, end in enumerate(ends) for other in ends[i + 1 :] if other < end)
    return count


def _place(spots: Sequence[Spot], ranks: Sequence[Sequence[int]]) -> None:
    for rank in ranks:
        x = 0.0
        for index in rank:
            spots[index].x = x + spots[index].width / 2
            x += spots[index].width + ACROSS
        for index in rank:
            spots[index].x -= (x - ACROSS) / 2
    for sweep in range(5 * SWEEPS):
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            wanted, weights = [], []
            for index in rank:
                spot = spots[index]
                near = [spots[one] for one in (*spot.above, *spot.below)]
                pull = [STRAIGHT if not (one.is_box or spot.is_box) else 1.0 for one in near]
                total = sum(pull)
                mean = sum(one.x * weight for one, weight in zip(near, pull, strict=True)) / total if near else spot.x
                wanted.append(mean)
                weights.append(STRAIGHT if not spot.is_box else 1.0)
            _spread([spots[index] for index in rank], wanted, weights)
    y = 0.0
    for rank in ranks:
        height = max(spots[index].height for index in rank)
        for index in rank:
            spots[index].y = y + height / 2
        y += height + DOWN * (1.0 if any(spots[index].is_box for index in rank) else 0.35)


def _spread(rank: Sequence[Spot], wanted: Sequence[float], weights: Sequence[float]) -> None:
    """Move the spots of a rank as near as possible to where they are wanted, without overlaps: weighted squares."""
    offsets = [0.0]
    for one, other in pairwise(rank):
        offsets.append(offsets[-1] + (one.width + other.width) / 2 + ACROSS)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many spots
    for want, offset, weight in zip(wanted, offsets, weights, strict=True):
        mean, total, count = want - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, heavy, many = blocks.pop()
            mean = (before * heavy + mean * total) / (heavy + total)
            total, count = total + heavy, count + many
        blocks.append((mean, total, count))
    places = (mean for mean, _, count in blocks for _ in range(count))
    for spot, offset, place in zip(rank, offsets, places, strict=True):
        spot.x = place + offset


def _route(spots: Sequence[Spot], ranks: Sequence[Iterable[int]], chain: Sequence[int]) -> list[Point]:
    """Return the points of an arrow: straight down where it passes a rank."""
    first, last = spots[chain[0]], spots[chain[-1]]
    points = [(first.x, first.y + first.height / 2)]
    for index in chain[1:-1]:
        spot = spots[index]
        tall = max(spots[one].height for one in ranks[spot.rank])
        points += [(spot.x, spot.y - tall / 2), (spot.x, spot.y + tall / 2)]
    return [*points, (last.x, last.y - last.height / 2)]
