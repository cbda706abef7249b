"""Parts of a key made by hand, for tests of what reads and marks answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cnncalc.homework.model import Conventions, Part, Right
from cnncalc.numbers.symbolic import symbol
from cnncalc.shape import Shape


def part(form: str, value: Any, **fields: Any) -> Part:
    """Return a part whose right value is known."""
    given = {"id": "1", "points": Fraction(1), "ask": form, "candidates": (), **fields}
    return Part(form=form, rights=(Right(value, str(value)),), **given)


C, H, W = map(symbol, "CHW")

VOLUME = part("volume", Shape((29, 29), 32))
SIGNAL = part("volume", Shape((1000,), 16))
VIDEO = part("volume", Shape((16, 56, 56), 64))
VECTOR = part("volume", Shape((), 9216))
POOLED = part("volume", Shape((1, 1), 1000))
OPEN = part("volume", Shape((H - 2, W - 2), 64))
STRICT = part("volume", Shape((29, 29), 32), conventions=Conventions(order="hwc"))
STRICT_FIRST = part("volume", Shape((29, 29), 32), conventions=Conventions(order="chw"))
BATCH = part("volume", Shape((29, 29), 32), conventions=Conventions(batch=8))
NUMBER = part("number", 7600)
KILO = part("number", 7600, conventions=Conventions(thousand=1024))
BYTES = part("number", 97_517_568, unit="B")
BYTES_SI = part("number", 97_000_000, unit="B", conventions=Conventions(megabyte=1000))
PERCENT = part("number", Fraction(95), unit="%")
FORMULA = part("formula", 27 * C * C)
SIDES = part("sides", (4, 4))
PAD = part("pad", ((3, 2),))
PADS = part("pad", ((0, 1), (1, 1)))
MEGABYTES = part("number", 93 * 2**20, unit="MB")
CHOICE = part("choice", frozenset("b"), labels={"a": "28x28x32", "b": "29x29x32", "c": "16x16x16"})
YES = part("choice", frozenset(("yes",)), ask="a.params == b.params")
DIFFER = part("choice", frozenset(("yes",)), ask="a.params != b.params")
FEWEST = part("choice", frozenset(("small",)), labels={"small": "", "large": ""})
SOLVE = part("unknowns", {"stride": 4, "pad": 0})
SOLVE_ONE = part("unknowns", {"stride": 4})
EVERY = (VOLUME, VECTOR, OPEN, STRICT, NUMBER, KILO, BYTES, PERCENT, FORMULA, SIDES, PAD, PADS, CHOICE, YES, SOLVE)
