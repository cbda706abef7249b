"""Hypothesis strategies, used by tests everywhere: any shape, any valid layer with fitting inputs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.merge import Merge, Mul
from cnncalc.shape import Shape

CHANNELS = st.sampled_from([1, 2, 3, 4, 6, 12])
SIDE = st.integers(1, 9)


@st.composite
def shapes(draw: st.DrawFn, sides: Sequence[int] = (0, 1, 2, 3)) -> Shape:
    """Any small volume with one of the given numbers of sides."""
    count = draw(st.sampled_from(sides))
    return Shape(tuple(draw(SIDE) for _ in range(count)), draw(CHANNELS))


@st.composite
def layers(draw: st.DrawFn, kinds: Sequence[str] = tuple(KINDS)) -> tuple[Layer, tuple[Shape, ...]]:
    """Any valid layer of one of the kinds, and the volumes that it works on."""
    kind = KINDS[draw(st.sampled_from(kinds))]
    if issubclass(kind, Merge):
        xs = draw(merged(kind))
        return kind(max(len(x.sides) for x in xs)), xs
    x = draw(shapes())
    values = {}
    for name, field in kind.fields.items():
        if field.required or draw(st.booleans()):
            values[name] = draw(field_value(kind.kind, name, x))
    layer = kind(len(x.sides), **values)
    assume(not list(layer.check(x)))
    return layer, (x,)


@st.composite
def merged(draw: st.DrawFn, kind: type[Merge]) -> tuple[Shape, ...]:
    """Volumes that can be merged."""
    x = draw(shapes())
    xs = [x]
    for _ in range(draw(st.integers(1, 3))):
        if kind.kind == "concat":
            xs.append(Shape(x.sides, draw(CHANNELS)))
        elif kind is Mul:
            few = [draw(st.sampled_from([1, n])) for n in x.hwc]
            xs.append(draw(st.sampled_from([Shape((), x.channels), Shape(tuple(few[:-1]), few[-1])])))
        else:
            xs.append(x)
    return tuple(draw(st.permutations(xs)))


def field_value(kind: str, name: str, x: Shape) -> st.SearchStrategy[Any]:
    """Any value that a field may have before a volume, as the language gives it."""
    sides, channel = len(x.sides), st.integers(0, x.channels - 1)
    values = {
        "begin": channel,
        "block": sizes(st.integers(1, 3), sides),
        "channels": lists(channel),
        "dilation": sizes(st.integers(1, 3), sides),
        "end": st.integers(1, x.channels),
        "factor": sizes(st.integers(1, 4), sides),
        "groups": st.sampled_from([1, 2, 3]),
        "kernel": sizes(st.integers(1, 4), sides),
        "maps": lists(lists(channel)),
        "mode": st.sampled_from(["nearest", "bilinear"]),
        "multiplier": st.integers(1, 3),
        "out": st.sampled_from([1, 2, 4, 6]),
        "output_pad": sizes(st.integers(0, 2), sides),
        "pad": pads(kind, sides),
        "size": sizes(st.integers(1, 7), sides if kind != "lrn" else 0),
        "stride": sizes(st.integers(1, 3), sides),
        **dict.fromkeys(("beta", "init", "k", "rate", "slope"), st.fractions(0, 1, max_denominator=20)),
        "alpha": st.fractions(Fraction(1, 20), 2, max_denominator=20),
    }
    return values.get(name, st.booleans())


def pads(kind: str, sides: int) -> st.SearchStrategy[Any]:
    """Padding of a kind: plain numbers, pairs, and the words of windows."""
    cells = st.integers(0, 2)
    if kind == "conv_transpose":
        return sizes(cells, sides)
    uneven = sizes(st.one_of(cells, st.builds(lambda before, after: Pair((before, after)), cells, cells)), sides)
    return uneven if kind == "pad" else st.one_of(uneven, st.sampled_from(["same", "same_lower", "valid"]))


def sizes(number: st.SearchStrategy[Any], sides: int) -> st.SearchStrategy[Any]:
    """One number for every side, or one each."""
    if not sides:
        return number
    return st.one_of(number, st.tuples(*[number] * sides).map(Sides))


def lists(element: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(element, min_size=1, max_size=4).map(tuple)
