"""Sides as functions of an input side: exact for every size, of any calculation and of every library network."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.algebra.residues import forms
from cnncalc.library import files, library, stem
from cnncalc.loading import load
from cnncalc.network.network import Network
from cnncalc.numbers import arith
from cnncalc.numbers.periodic import Floor, N, Table, TooLong
from cnncalc.numbers.symbolic import put
from cnncalc.problem import Problems
from tests.effort import examples, sampled, searching

STEPS: dict[str, Callable[[object, int], object]] = {
    "+": lambda f, k: f + k,  # type: ignore[operator]
    "-": lambda f, k: k - f,  # type: ignore[operator]
    "*": lambda f, k: f * k,  # type: ignore[operator]
    "//": lambda f, k: f // k,  # type: ignore[operator]
    "%": lambda f, k: f % k + f // 2,  # type: ignore[operator]
    "max": lambda f, k: arith.maximum(f, k),
    "min": lambda f, k: arith.minimum(f, f // 2 * 2 + k - 2),  # type: ignore[operator]
    "twice": lambda f, k: f + f // k,  # type: ignore[operator]
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 4)), max_size=6))
@examples(300)
def test_any_calculation(steps: list[tuple[str, int]]) -> None:
    form: object = N
    for name, k in steps:
        form = STEPS[name](form, k)
    for n in range(getattr(form, "least", 1), getattr(form, "least", 1) + 80):
        expected: object = n
        for name, k in steps:
            expected = STEPS[name](expected, k)
        assert (form(n) if callable(form) else form) == expected


def test_windows_stay_one_floor() -> None:
    network = load("resnet152")
    heights = [shape.sides[0] for shape in forms(network, 0) if len(shape.sides) == 2]
    assert all(isinstance(height, (Floor, int)) for height in heights)
    assert 1 in heights
    assert Floor(31, 32) in heights


def test_a_form_says_its_residues() -> None:
    form = (N + 1) // 2 * 2 - N
    assert form == Table((1, 0), 0)
    assert [form(n) for n in range(1, 5)] == [1, 0, 1, 0]


def test_the_faster_one_is_larger_from_some_size_on() -> None:
    form = arith.maximum(N * 2 - 9, N // 3)
    assert (form.least, form(form.least), form(100)) == (5, 1, 191)


def test_too_many_residues() -> None:
    with pytest.raises(TooLong, match=r"^1,048,576 residues are more than 1,000,000$"):
        _ = (N // 2**20) * 3


# Every network of the library: one of each family as a rule, all of them at every size in a search.

FAMILIES = [*{entry.file: entry.name for entry in reversed(library())}.values()][::-1]
NAMES = [entry.name for entry in library()] if searching() else FAMILIES
SIZES = range(1, 301) if searching() else (1, 29, 32, 63, 75, 111, 188, 227, 300)


def other(network: Network, height: str | int, width: str | int) -> str:
    """Return the network's inputs with another height and width, or another length; vectors as they are."""
    return " ".join(
        f"{name}={'x'.join([*shape_sides(len(shape.sides), height, width), str(shape.channels)])}"
        for name, shape in network.input_shapes().items()
    )


def shape_sides(count: int, height: str | int, width: str | int) -> list[str]:
    if count < 2:
        return [str(height)] * count
    return [*["16"] * (count - 2), str(height), str(width)]


@pytest.mark.parametrize("name", sampled(NAMES, every=24))
def test_library(name: str) -> None:
    """Residue forms and symbolic shapes give the sides of every network that builds."""
    network = load(name)
    side = max(len(shape.sides) for shape in network.input_shapes().values()) - 2
    width = network.nodes[0].y.sides[-1]
    symbolic = load(name, input=other(network, "H", "W"))
    built = 0
    base = forms(network, max(side, 0))
    crops = any(node.kind == "crop" for node in network.nodes)  # to a size that the text computes of sides
    own = network.nodes[0].y.sides[max(side, 0)]
    for size in [own, *SIZES] if side >= 0 else [own, *(n * 100 for n in SIZES)]:
        try:
            concrete = load(name, input=other(network, size, width))
        except Problems:
            continue
        built += 1
        for node, form, letters in zip(concrete.nodes, base, symbolic.nodes, strict=True):
            expected = node.y.hwc
            assert crops or tuple(part(size) if callable(part) else part for part in form.hwc) == expected, node.path
            assert tuple(put(part, {"H": size, "W": width}) for part in letters.y.hwc) == expected, node.path
    assert built, f"{name} builds at none of these sizes"


def test_families_are_files() -> None:
    assert len(FAMILIES) == len(files())
    assert all(a != b for a, b in pairwise(map(stem, files())))
