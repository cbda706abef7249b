"""The answers that a key's author typed, checked against the computed ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from cnncalc.homework.answer_equality import agrees
from cnncalc.homework.answers import Unreadable, read_answer
from cnncalc.homework.mark import matching
from cnncalc.homework.model import Key, Part
from cnncalc.problem import Problem
from cnncalc.spec.tree import Scalar

REPORTED = 2
"""So many mistakes that lead to a typed answer are reported."""


def differences(key: Key) -> list[Problem]:
    """Return where a typed answer is not the computed one, with the mistake that leads to it."""
    return [problem for part in key.parts.values() for problem in _difference(part)]


def _difference(part: Part) -> Iterator[Problem]:
    typed: Scalar | None = part.typed
    if typed is None:
        return
    try:
        given = read_answer(typed.text, part)
    except Unreadable as error:
        yield Problem(
            "H701", f"{part.id} is {part.right.text}; what the key says is not understood: {error}", typed.place()
        )
        return
    readings = (given, *given.others)
    if any(agrees(reading, right.value, part) for reading in readings for right in part.rights):
        return
    if part.against is not None and not all(part.against(reading.value) for reading in readings):
        return
    found = [
        f"{'is ' + c.working + ': ' if c.working else ''}{c.lesson}" for c in islice(matching(part, given), REPORTED)
    ]
    hint = f"{typed.text} {'; or it '.join(found)}" if found else None
    yield Problem("H701", f"{part.id} is {part.right.text}, not {typed.text}", typed.place(), hint)
