"""`solve` against trying every number: random chains of one, two and three sides, with one number hidden or several.

The brute force puts numbers in place of the question marks and builds the chain; it knows nothing of how `solve` finds
them. A solution that is told must build, none may be missing, and what is said to go on without an end must do so.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.algebra.solve import Solutions, solutions_of
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import ManyInputs
from cnncalc.loading.find import find
from cnncalc.problem import Problems
from cnncalc.render.solutions import written
from cnncalc.shape import Shape
from tests.algebra.walked import built
from tests.effort import examples, sampled, searching
from tests.strategies import layers

FIELDS = (
    "kernel",
    "stride",
    "pad",
    "dilation",
    "output_pad",
    "out",
    "groups",
    "multiplier",
    "side",
    "channels",
    "count",
)
CHAINS = 60 if searching() else 24
"""Chains for each kind of number; with all kinds some 260."""
SEVERAL = 200 if searching() else 50
TRIED = 40
"""Every number below is tried."""
FAR = (41, 64, 97, 150, 256, 257, 1_000)
"""And these."""


def answer(chain: str) -> Solutions:
    spec, variant, problems, _ = find(chain, None)
    assert not problems
    return solutions_of(spec, variant)


def size(draw: random.Random, sides: int, least: int, most: int) -> str:
    """A number for every side, or one each."""
    numbers = [draw.randint(least, most) for _ in range(sides)]
    return "x".join(map(str, numbers if draw.random() < 0.4 else numbers[:1] * sides))


def random_step(draw: random.Random, sides: int) -> str:
    kernel, stride, pad = size(draw, sides, 1, 4), size(draw, sides, 1, 3), size(draw, sides, 0, 2)
    dilation = size(draw, sides, 1, 2)
    out, groups = draw.choice([2, 4, 6]), draw.choice([1, 1, 2])
    return draw.choice(
        [
            f"conv out={out} kernel={kernel} stride={stride} pad={pad} dilation={dilation} groups={groups}",
            f"conv out={out} kernel={kernel} stride={stride} pad=same",
            f"conv out={out} kernel={kernel} pad={draw.randint(0, 2)}:{draw.randint(0, 2)} stride={stride}",
            f"depthwise kernel={kernel} stride={stride} pad={pad} dilation={dilation} multiplier={draw.randint(1, 3)}",
            f"maxpool kernel={kernel} stride={stride} pad=0 ceil={draw.choice(['yes', 'no'])} dilation={dilation}",
            f"avgpool kernel={kernel} stride={stride} pad=0 ceil={draw.choice(['yes', 'no'])}",
            f"conv_transpose out={out} kernel={kernel} stride={stride} pad={pad} output_pad={draw.randint(0, 1)}",
            f"{draw.randint(1, 3)} * (conv out={out} kernel={kernel})",
        ]
    )


def random_chain(draw: random.Random) -> str:
    """A chain of a few layers that builds, with its output as a check at the end and perhaps others before."""
    while True:
        sides = draw.choice([1, 2, 2, 3])
        steps = [f"{size(draw, sides, 5, 24)}x{draw.choice([2, 4, 6])}"]
        for _ in range(draw.randint(1, 3)):
            steps.append(random_step(draw, sides))
            network = built(" -> ".join(steps))
            if network is None:
                break
            if draw.random() < 0.2:
                steps.append(str(network.nodes[-1].y))
        else:
            assert network is not None
            if re.search("[a-z]", steps[-1]):
                steps.append(str(network.nodes[-1].y))
            return " -> ".join(steps)


def numbers(chain: str) -> Iterator[tuple[str, int, int]]:
    """Yield every number of a chain that may be hidden: what it is, where it begins and ends."""
    at = 0
    for step in chain.split(" -> "):
        count = re.match(r"(\d+) \*", step)
        if count:
            yield "count", at + count.start(1), at + count.end(1)
        for value in re.finditer(r"(\w+)=([\dx:]+)", step):
            for found in re.finditer(r"\d+", value[2]):
                yield value[1], at + value.start(2) + found.start(), at + value.start(2) + found.end()
        if not re.search("[a-w]", step):
            places = list(re.finditer(r"\d+", step))
            for found in places:
                what = "channels" if found is places[-1] else "side"
                yield what, at + found.start(), at + found.end()
        at += len(step) + len(" -> ")


def hidden(draw: random.Random, field: str) -> tuple[str, int]:
    """A chain in which one number of a kind is hidden, and the number."""
    while True:
        chain = random_chain(draw)
        places = [(begin, end) for name, begin, end in numbers(chain) if name == field]
        if places:
            begin, end = draw.choice(places)
            return f"{chain[:begin]}?{chain[end:]}", int(chain[begin:end])


@pytest.mark.parametrize("seed", sampled(range(CHAINS), every=12))
@pytest.mark.parametrize("field", sampled(FIELDS, every=2))
def test_one_hidden_number(field: str, seed: int) -> None:
    draw = random.Random(f"{field} {seed}")
    chain, was = hidden(draw, field)
    found = answer(chain)
    (mark,) = found.hidden
    values = {solution.values[0] for solution in found.solutions}
    endless = found.endless.get(mark.name)
    end = found.bounds.get(mark.name)
    assert end is None or endless is not None or field == "count", f"{chain}: no end was found"
    assert was in values, chain
    for n in (*range(TRIED), *FAR):
        told = n in values or (endless is not None and n - mark.least + 1 in endless)
        if field != "count" or n < 200:
            assert told == (built(chain.replace("?", str(n))) is not None), (chain, n)
    assert all(built(written(found, solution.values)) for solution in found.solutions[:20])


@pytest.mark.parametrize("seed", sampled(range(SEVERAL), every=25))
def test_several_hidden_numbers(seed: int) -> None:
    """Whatever fits is told, within the bounds that are told."""
    draw = random.Random(seed)
    chain = random_chain(draw)
    places = sorted(draw.sample(list(numbers(chain)), draw.choice([2, 2, 3])), key=lambda place: place[1], reverse=True)
    for _, begin, end in places:
        chain = f"{chain[:begin]}?{chain[end:]}"
    try:
        found = answer(chain)
    except Problems as told:
        pytest.fail(f"{chain}: {told}")
    assert not found.stopped, chain
    told = {solution.values for solution in found.solutions}
    parts = chain.split("?")
    reach = range(13 if len(places) == 2 else 6)
    bounds = [found.bounds.get(mark.name, 10**9) for mark in found.hidden]
    for values in product(reach, repeat=len(places)):
        text = "".join(f"{part}{value}" for part, value in zip(parts, (*values, ""), strict=True))
        fits = built(text) is not None
        within = all(value <= bound for value, bound in zip(values, bounds, strict=True))
        assert (values in told) == fits or (fits and not within), (chain, values)
    for solution in found.solutions[:20]:
        text = "".join(f"{part}{value}" for part, value in zip(parts, (*solution.values, ""), strict=True))
        assert built(text) is not None, text
    if found.further:
        assert not all(value <= bound for value, bound in zip(found.further.values, bounds, strict=True))
        assert found.further.values not in told


ALONE = re.compile(r"(?<![\w./-])\d+(?![\w./])|(?<=\dx)\d+(?![\w./])|(?<![\w./-])\d+(?=x\d)")
"""Whole numbers of a chain: of sizes each one by itself, and no parts of fractions or of words."""

ONE_INPUT = [name for name, kind in KINDS.items() if not issubclass(kind, ManyInputs)]


def test_a_number_above_nought_starts_at_one() -> None:
    """A decimal field that excludes 0, found by the search below."""
    found = answer("1 -> celu alpha=? -> 1")
    (mark,) = found.hidden
    assert mark.least == 1
    assert found.solutions[0].values == (1,)


@given(layers(ONE_INPUT), st.randoms(use_true_random=False))
@examples(80)
def test_any_number_of_any_kind(fitting: tuple[Layer, tuple[Shape, ...]], draw: random.Random) -> None:
    """Any number of any layer, of its input or of its output, is found with all others that fit."""
    layer, (x,) = fitting
    chain = f"{x} -> {layer} -> {layer.shape(x)}"
    assert built(chain) is not None
    place = draw.choice(list(ALONE.finditer(chain)))
    chain = f"{chain[: place.start()]}?{chain[place.end() :]}"
    found = answer(chain)
    (mark,) = found.hidden
    values = {solution.values[0] for solution in found.solutions}
    endless = found.endless.get(mark.name)
    for n in (*range(30), 57, 200):
        told = n in values or (endless is not None and n - mark.least + 1 in endless)
        assert told == (built(chain.replace("?", str(n))) is not None), (chain, n)
