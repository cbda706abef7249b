"""Layers and refusals in few words, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer, Refusal
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


def shape(text: str) -> Shape:
    """Read a shape: 224x224x3."""
    *sides, channels = map(int, text.split("x"))
    return Shape(tuple(sides), channels)


def layer(kind: str, x: str, **values: Any) -> tuple[Layer, Shape]:
    """Return a layer with its fields bound, and the volume that it stands behind."""
    volume = shape(x)
    return KINDS[kind](len(volume.sides), **values), volume


def output(kind: str, x: str, **values: Any) -> str:
    """Return the output shape of a layer that fits."""
    made, volume = layer(kind, x, **values)
    assert list(made.check(volume)) == []
    return str(made.shape(volume))


def params(kind: str, x: str, **values: Any) -> Number:
    """Count what a layer learns."""
    made, volume = layer(kind, x, **values)
    return sum(map(product, made.weights(volume).values()))


def macs(kind: str, x: str, **values: Any) -> Number:
    made, volume = layer(kind, x, **values)
    return made.macs(volume)


def refusals(kind: str, *xs: str, **values: Any) -> list[Refusal]:
    """Return all that a layer has against its inputs."""
    volumes = list(map(shape, xs))
    return list(KINDS[kind](max(len(x.sides) for x in volumes), **values).check(*volumes))
