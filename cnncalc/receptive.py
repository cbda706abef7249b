"""Receptive fields: which input cells an output cell sees, followed through the graph.

Source: Araujo, Norris, Sim 2019, "Computing receptive fields of convolutional neural networks", Distill,
doi:10.23915/distill.00021, equations 2 to 5.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from cnncalc.arith import Number, ceil_div
from cnncalc.layers.geometry import Global, Side, Spread, Window
from cnncalc.network import Network


class Field(NamedTuple):
    """Along one input side: `size` cells seen, `jump` cells between neighbours, `padding` cells before the first."""

    size: Number
    jump: Number
    padding: Number


def receptive_fields(network: Network) -> list[tuple[Field, ...]]:
    """Return, for every node, its receptive field in cells of the input, one Field a side.

    Through a merge the union counts: the longest path. A layer that sees everything (a global pool, a linear layer on
    a vector) sees the whole input. A vector that never had sides has no field.
    """
    fields: list[tuple[Field, ...]] = []
    cells: list[tuple[Number, ...]] = []  # sides of the input that each node's fields are counted in
    for node in network.nodes:
        if not node.inputs:
            fields.append(tuple(Field(1, 1, 0) for _ in node.y.sides))
            cells.append(node.y.sides)
            continue
        seen = max((fields[i] for i in node.inputs), key=len)
        over = max((cells[i] for i in node.inputs), key=len)
        for i in node.inputs:
            if fields[i] and fields[i] is not seen:
                seen = tuple(map(_union, seen, fields[i]))
        geometry = node.layer.geometry(*node.x)
        if geometry and len(geometry) == len(seen):
            sides = node.x[0].sides
            seen = tuple(
                _through(side, field, whole, n) for side, field, whole, n in zip(geometry, seen, over, sides, strict=False)
            )
        elif seen and (node.layer.mixes_all or len(geometry) != len(node.x[0].sides)):
            seen = tuple(Field(whole, whole, 0) for whole in over)
        fields.append(seen)
        cells.append(over)
    return fields


def _through(side: Side, field: Field, whole: Number, n: Number) -> Field:
    size, jump, padding = field
    if isinstance(side, Global):
        return Field(whole, whole, 0)
    if isinstance(side, Window):
        return Field(size + (side.extent - 1) * jump, jump * side.stride, padding + side.before * jump)
    assert isinstance(side, Spread)
    # An output cell is reached from the input cells whose spread covers it: ⌈extent / stride⌉ neighbours at most.
    step = Fraction(jump) / side.stride
    seen = ceil_div(side.extent, side.stride)
    reach = Fraction(side.extent - 1 - side.before) * step
    return Field(size + (seen - 1) * jump, _whole(step), padding + _whole(max(reach, Fraction(0))) // 1)


def _union(a: Field, b: Field) -> Field:
    padding = max(a.padding, b.padding)
    size = padding + max(a.size - a.padding, b.size - b.padding)
    return Field(size, max(a.jump, b.jump), padding)


def _whole(number: Fraction) -> Number:
    return int(number) if number.denominator == 1 else number
