"""Answers in digits that are read in one way, 7600 and 29x29x32, without what reads all the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.model import Given
from cnncalc.patterns import regex
from cnncalc.shape import Shape

_COUNT = regex(r"\d{1,18}|[1-9]\d{0,2}(?:,\d{3}){2,5}")
"""A count; 1,234 may be a decimal number."""
_VOLUME = regex(r"\d{1,9}(?:x\d{1,9}){1,3}")


def read_plain(text: str, expected: Expected) -> Given | None:
    """Read a count or a volume in digits; None for anything else."""
    if not text.isascii():
        return None
    if expected.form == "number" and expected.unit in ("", "B") and _COUNT.fullmatch(text):
        return Given(text, expected.form, int(text.replace(",", "")))
    if expected.form == "volume" and expected.sides and _VOLUME.fullmatch(text):
        numbers = [*map(int, text.split("x"))]
        return ordered(text, numbers, expected) if len(numbers) == expected.sides + 1 else None
    return None


def ordered(text: str, numbers: Sequence[Any], expected: Expected, notes: tuple[str, ...] = ()) -> Given:
    """Return a volume by its numbers, the channels last; first where the key says so, or may be."""
    last, first = Shape(tuple(numbers[:-1]), numbers[-1]), Shape(tuple(numbers[1:]), numbers[0])
    if expected.order == "chw":
        return Given(text, "volume", first, notes=notes)
    others: tuple[Given, ...] = ()
    if expected.order != "hwc" and last != first:
        note = f"read as channels first: {first.channels} channels of {Shape(first.sides[:-1], first.sides[-1])}"
        others = (Given(text, "volume", first, notes=(*notes, note)),)
    return Given(text, "volume", last, others=others, notes=notes)
