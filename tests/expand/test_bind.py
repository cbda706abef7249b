"""A layer that was made for an earlier step is judged, and its problems are placed, as if it were made anew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.layers import KINDS
from cnncalc.layers.merge import ManyInputs
from cnncalc.shape import Shape
from tests.effort import examples, sampled
from tests.expand.make import expanded
from tests.strategies import CHANNELS, SIDE, shapes

BARE = [
    name
    for name, kind in KINDS.items()
    if not issubclass(kind, ManyInputs) and not any(f.required for f in kind.fields.values())
]
"""Kinds that can be written without arguments."""


def messages(kind: str, *begin: str, a: Shape, b: Shape) -> list[tuple[str, str, str | None]]:
    """Return the problems of a kind behind each of the named inputs."""
    steps = [f"  - {name}_out: use {name} -> {kind}" for name in begin]
    _, found = expanded("\n".join([f"inputs: {{a: {a}, b: {b}}}", "layers:", *steps, ""]))
    return [(problem.code, problem.message, problem.hint) for problem in found]


@pytest.mark.parametrize("kind", sampled(BARE, every=3))
@examples(20)
@given(data=st.data())
def test_a_layer_made_before_is_judged_as_one_made_first(kind: str, data: st.DataObject) -> None:
    a = data.draw(shapes())
    b = Shape(tuple(data.draw(SIDE) for _ in a.sides), data.draw(CHANNELS))
    assert messages(kind, "a", "b", a=a, b=b) == messages(kind, "a", a=a, b=b) + messages(kind, "b", a=a, b=b)


def test_a_layer_made_before_and_refused() -> None:
    _, (problem,) = expanded("input: 8x8x3\nlayers: instancenorm -> maxpool 8 -> instancenorm\n")
    assert (
        problem.headline() == "net.cnn.yaml:2:38: E202 sides: instancenorm needs more than one position, 1x1x3 has one"
    )
