"""The rules over symbols and arrays: the same numbers as over ints."""

from typing import Any

import numpy
from hypothesis import given

from cnncalc.layers.base import Layer
from cnncalc.numbers.symbolic import put, symbol
from cnncalc.shape import Shape
from tests.effort import examples
from tests.strategies import layers

Case = tuple[Layer, tuple[Shape, ...]]


def numbers(layer: Layer, xs: tuple[Shape, ...]) -> list[Any]:
    """Return every number that the rules of a layer give."""
    tensors = [*layer.weights(*xs).values(), *layer.buffers(*xs).values()]
    return [*layer.shape(*xs).hwc, layer.macs(*xs), *(n for shape in tensors for n in shape), *(layer.fans(*xs) or ())]


@examples(150)
@given(layers())
def test_symbols(case: Case) -> None:
    layer, xs = case
    values: dict[str, int] = {}

    def unknown(number: int) -> Any:
        name = f"n{len(values)}"
        values[name] = number
        return symbol(name)

    symbols = tuple(Shape(tuple(map(unknown, x.sides)), unknown(x.channels)) for x in xs)
    assert [put(n, values) for n in numbers(layer, symbols)] == numbers(layer, xs)


@examples(150)
@given(layers())
def test_arrays(case: Case) -> None:
    layer, xs = case
    arrays = tuple(Shape(tuple(numpy.array([n, 7]) for n in x.sides), numpy.array([x.channels, 12])) for x in xs)
    assert [n if isinstance(n, int) else int(n[0]) for n in numbers(layer, arrays)] == numbers(layer, xs)
