"""Receptive fields: which input pixels an output position sees, followed through the graph.

Source: Araujo, Norris, Sim 2019, "Computing receptive fields of convolutional neural networks", Distill,
doi:10.23915/distill.00021, equations 2 to 5. Theirs hold for windows. The views kept here hold for transposed windows
and upsampling too, where neighbouring positions see different numbers of positions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import NamedTuple

from cnncalc.layers.geometry import (
    IDENTITY,
    LONGEST,
    Blocks,
    Global,
    Portions,
    Samples,
    Side,
    Spread,
    Stacked,
    Turned,
    Window,
)
from cnncalc.layers.merge import Joint
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import Number, maximum, minimum, pinned, symbols_of


class Field(NamedTuple):
    """In one dimension: `size` pixels seen, `jump` pixels between neighbours, `padding` pixels before the first."""

    size: Number
    jump: Number
    padding: Number


Span = tuple[Number, Number]
"""The first and the last input pixel that are seen."""


WORK = 2_000_000
"""Positions to visit for one network; beyond them, or where spans repeat too late, spans are averaged."""


class View(NamedTuple):
    """What each position sees of `whole` input pixels, in one dimension, as if both extended beyond their ends.

    `spans` are those of the first positions; then they repeat, `advance` input pixels further on. None is a
    position that sees nothing: a gap that a transposed window leaves.
    """

    whole: Number
    spans: tuple[Span | None, ...] = ((0, 0),)
    advance: Number = 1
    everything: bool = False

    def span(self, position: Number) -> Span | None:
        """Return what a position sees."""
        period = len(self.spans)
        rounds, phase = divmod(pinned(position), period) if period > 1 else (position, 0)
        span = self.spans[phase]
        return span and (span[0] + rounds * self.advance, span[1] + rounds * self.advance)

    @property
    def field(self) -> Field:
        """Return the largest span, the mean distance of neighbours, and what the first position sees before 0."""
        jump = _quotient(self.advance, len(self.spans))
        if self.everything:
            return Field(self.whole, jump, 0)
        spans = [span for span in self.spans if span]
        if not spans:  # only holes that a transposed window leaves
            return Field(0, jump, 0)
        return Field(reduce(maximum, (last - first + 1 for first, last in spans)), jump, -spans[0][0])

    def field_of(self, count: Number) -> Field:
        """Return the field of a volume of `count` positions: that of the positions which see most of what there is.

        A span that only positions at an end have, and there for the most part beyond it, is no field of the volume.
        """
        numbers = (count, self.whole, self.advance, *(number for span in self.spans if span for number in span))
        if len(self.spans) == 1 or self.everything or not all(type(number) is int for number in numbers):
            return self.field
        seen = [
            (self._most(first, last, (count - 1 - position) // len(self.spans)), last - first + 1)
            for position, (first, last) in ((position, span) for position, span in enumerate(self.spans) if span)
            if position < count
        ]
        return self.field._replace(size=max(seen)[1]) if seen else self.field

    def _most(self, first: int, last: int, rounds: int) -> int:
        """Return how much of the input a span covers at most, moved on by 0 to `rounds` rounds."""
        inside = -(first // self.advance), (self.whole - 1 - last) // self.advance  # from where on, and up to where
        moves = [min(max(move, 0), rounds) * self.advance for at in inside for move in (at - 1, at, at + 1)]
        return max(int(min(last + move, self.whole - 1) - max(first + move, 0) + 1) for move in moves)


def receptive_fields(network: Network) -> list[tuple[Field, ...]]:
    """Return, for every node, its receptive field in pixels of the input, one Field a side.

    Through a merge the union counts: the longest path. A layer that sees everything (a global pool, a linear layer on
    a vector) sees the whole input. A vector that never had sides has no field.
    """
    return [
        tuple(view.field_of(n) for view, n in zip(views, node.y.sides, strict=True))
        if len(views) == len(node.y.sides)
        else tuple(view.field for view in views)
        for node, views in zip(network.nodes, views_of(network), strict=True)
    ]


def views_of(network: Network) -> list[tuple[View, ...]]:
    """Return, for every node, what its positions see of the network's input, one View a side."""
    return _Viewing().all(network)


class _Viewing:
    """One pass over a network, with its budget."""

    def __init__(self) -> None:
        self.budget = WORK

    def all(self, network: Network) -> list[tuple[View, ...]]:
        views: list[tuple[View, ...]] = []
        for node in network.nodes:
            views.append(self.of(node, [views[i] for i in node.inputs]))
        return views

    def of(self, node: Node, inputs: Sequence[tuple[View, ...]]) -> tuple[View, ...]:
        """Return what a node sees of the network's input, from what its inputs see."""
        if not inputs:
            return tuple(map(View, node.y.sides))
        if isinstance(node.layer, Joint):
            return self.joint(node, node.layer, inputs)
        if len(inputs) > 1:
            return _union(node, inputs)
        (views,) = inputs
        geometry = node.layer.geometry(*node.x)
        if len(geometry) > len(views):  # a dimension that `stack` added has no view
            geometry = tuple(side for side in geometry if not isinstance(side, Stacked))
        turned = tuple(side.side for side in geometry if isinstance(side, Turned))
        if turned and len(views) == len(node.x[0].sides):
            return tuple(views[side] for side in turned)
        if turned:  # joined or stacked before: the dimension that goes has no view
            return views
        if node.x[0].sides and len(geometry) == len(views):
            return tuple(map(self.through, geometry, views))
        # A vector, or sides that were joined into one, as tokens are: pointwise layers change nothing.
        mixes = node.layer.mixes_all if not node.x[0].sides else any(side != IDENTITY for side in geometry)
        return tuple(map(_everything, views)) if mixes else views

    def joint(self, node: Node, layer: Joint, inputs: Sequence[tuple[View, ...]]) -> tuple[View, ...]:
        """Look at the inputs of a layer that reads several, each in a way of its own."""
        seen = []
        for views, sides in zip(inputs, layer.reads(*node.x), strict=True):
            if sides is not None and len(sides) == len(views):
                seen.append(tuple(map(self.through, sides, views)))
            elif sides is not None:
                seen.append(tuple(map(_everything, views)))
        count = max(map(len, seen), default=0)
        return tuple(
            reduce(_joined, side) for side in zip(*(views for views in seen if len(views) == count), strict=True)
        )

    def through(self, side: Side, view: View) -> View:
        """Look at a view through one more layer."""
        if side == IDENTITY or isinstance(side, Turned):
            return view
        if isinstance(side, (Portions, Samples)):
            side = side._replace(whole=pinned(side.whole), size=pinned(side.size))
            if isinstance(side, Samples) and symbols_of(side.whole) | symbols_of(side.size):
                return _unknown(view)
        if isinstance(side, (Global, Stacked)) or (isinstance(side, Portions) and not _parts(side)):
            return _everything(view)
        period = len(view.spans)
        outputs, inputs = map(pinned, side.period)
        if symbols_of(outputs) or (period > 1 and symbols_of(inputs)):
            return _unknown(view)
        if period > 1 and isinstance(side, Window) and symbols_of(side.before):
            view, period = _even(view), 1  # which of its positions comes first is not known
        repeats = period // gcd(period, inputs) if period > 1 else 1
        if isinstance(side.reach, int):
            self.budget -= outputs * repeats * min(side.reach, 2 * LONGEST)
            if outputs * repeats > LONGEST or self.budget < 0:
                return _evened(side, view)
        spans = (_hull(map(view.span, side.seen(position))) for position in range(outputs * repeats))
        return view._replace(spans=tuple(spans), advance=view.advance * (inputs * repeats // period))


def _even(view: View) -> View:
    """Return a view in which every position sees as much as the one that sees most, at the mean distance."""
    return _single(view.whole, view.field.size, view.field.padding, Fraction(view.advance, len(view.spans)))


def _evened(side: Window | Spread | Portions | Samples | Blocks, view: View) -> View:
    """Look through a layer as if all its positions, and all of the view's, saw as much as those that see most."""
    outputs, inputs = side.period
    size, jump, padding = view.field
    before = side.before if isinstance(side, Window) else 0
    return _single(
        view.whole, size + (side.reach - 1) * jump, padding + before * jump, Fraction(jump * inputs, outputs)
    )


def _single(whole: Number, size: Number, padding: Number, jump: Fraction) -> View:
    """Return a view whose positions are alike, in whole pixels; the jump stays a number of a size that can be read."""
    first = -math.ceil(pinned(padding))
    return View(whole, ((first, first + math.ceil(pinned(size)) - 1),), jump.limit_denominator(10**6))


def _unknown(view: View) -> View:
    """Return a view of which a symbol forbids to say more."""
    from cnncalc.numbers.symbolic import symbol

    anything = symbol("?")
    return View(view.whole, ((0, anything - 1),), anything)


def _everything(view: View) -> View:
    return View(view.whole, ((0, view.whole - 1),), view.whole, everything=True)


def _parts(side: Portions) -> bool:
    """Say whether the portions are several and known; with a symbol for a side they are not."""
    return isinstance(side.whole, int) and side.size > 1


def _union(node: Node, inputs: Sequence[tuple[View, ...]]) -> tuple[View, ...]:
    """Return what the inputs of a merge see together, side by side."""
    count = max(map(len, inputs))
    sides = []
    for side in range(count):
        views = []
        for x, seen in zip(node.x, inputs, strict=True):
            if len(seen) == count:
                # A gate of one position is repeated along the side, so that every position sees what it saw.
                repeated = len(x.sides) == count and x.sides[side] != node.y.sides[side]
                views.append(_everything(seen[side]) if repeated else seen[side])
        sides.append(reduce(_joined, views))
    return tuple(sides)


def _joined(a: View, b: View) -> View:
    """Return what is seen by one or the other. With different jumps that holds for the first positions only."""
    if a.everything or b.everything:
        return (b if a.everything else a)._replace(whole=maximum(a.whole, b.whole), everything=True)
    period = lcm(len(a.spans), len(b.spans))
    if period > LONGEST:
        a, b, period = _even(a), _even(b), 1
    advances = (view.advance * (period // len(view.spans)) for view in (a, b))
    spans = (_hull((a.span(position), b.span(position))) for position in range(period))
    return View(maximum(a.whole, b.whole), tuple(spans), reduce(maximum, advances))


def _hull(spans: Iterable[Span | None]) -> Span | None:
    """Return the shortest span over all of them; None when nothing is seen."""
    seen = [span for span in spans if span]
    if not seen:
        return None
    return reduce(minimum, (first for first, _ in seen)), reduce(maximum, (last for _, last in seen))


def _quotient(a: Number, b: int) -> Number:
    """Divide exactly."""
    if b == 1:
        return a
    return a // b if a % b == 0 else (Fraction(a) if isinstance(a, int) else a) / b
