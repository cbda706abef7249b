"""Points by steps: the share of the steps of an answer that hold, where it would be right without those that do not."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from cnncalc.homework.answer_equality import agrees, readings
from cnncalc.homework.answers import Unreadable
from cnncalc.homework.answers.answer_spec import expected_of
from cnncalc.homework.answers.clean import clean, lines_of
from cnncalc.homework.answers.corrections import corrected
from cnncalc.homework.answers.derivation import PLAIN, worked_statements
from cnncalc.homework.answers.notation import normalised
from cnncalc.homework.answers.numbers import IN_LETTERS, OPERATOR, begins_with, near, read_number, shown
from cnncalc.homework.model import Given, Part
from cnncalc.patterns import regex

_EQUAL = regex(r"\s*=+\s*")
_LITERAL = regex(r"(?<![\d.,a-wyzA-WYZ_])\d+(?:,\d{3})*(?:\.\d+)?(?!\d|[.,]\d)")
"""A number by itself or in a size."""
_DERIVED = ("number", "volume", "sides", "pad", "unknowns")


class Steps(NamedTuple):
    """How many steps of an answer hold, of how many, and what is wrong with the others: 5*5*3 is 75, not 74."""

    holding: int
    out_of: int
    slips: tuple[str, ...]

    @property
    def share(self) -> Fraction:
        return Fraction(self.holding, self.out_of)


def steps_of(part: Part, text: str) -> Steps | None:
    """Return the steps of a wrong answer whose method is right: with the slips put right, it is the right answer."""
    expected = expected_of(part)
    if part.form not in _DERIVED or expected.symbols:
        return None
    work = _Work()
    lines = [clean(line)[0] for line in lines_of(normalised(corrected(text), part.form))]
    for statement in worked_statements([line for line in lines if line], expected):
        work.read(statement)
    if not work.slips or work.count < 2:
        return None
    try:
        found = [*readings(part, "\n".join(work.lines))]
    except Unreadable:
        return None
    right = any(agrees(reading, variant.right.value, variant) for variant, reading in found)
    return Steps(work.count - len(work.slips), work.count, tuple(work.slips)) if right else None


class _Work:
    """The statements of an answer as they are read, with each wrong result put right in those that follow."""

    def __init__(self) -> None:
        self.instead: dict[Fraction, Any] = {}  # of a number as it was written, the right one
        self.lines: list[str] = []
        self.slips: list[str] = []
        self.count = 0

    def read(self, statement: str) -> None:
        """Read a statement, 5*5*3 = 75 or a size that follows."""
        members = _EQUAL.split(statement)
        if len(members) == 1:
            put_right = self._put_right(statement)
            self.count += not _LITERAL.fullmatch(statement.strip())
            self.lines.append(put_right)
            return
        written = [self._put_right(members[0])]
        for before, after in pairwise(members):
            value, stated = _value(before), _value(after)
            begun = begins_with(after) if OPERATOR.search(after) else None
            if value is None or stated is None or not OPERATOR.search(before):
                written.append(self._put_right(after))
                continue
            result = stated.value if begun is None else begun
            self.count += 1
            if not (near(value, stated) or value.value == begun):
                self.slips.append(f"{before.strip()} is {shown(value.value)}, not {shown(result)}")
            now = _value(written[-1])
            if now is not None and now.value != result and not near(now, stated):
                self.instead[Fraction(result)] = now.value
            written.append(self._put_right(after))
        self.lines.append(" = ".join(written))

    def _put_right(self, text: str) -> str:
        """Return a text with the right numbers for wrong ones."""

        def right(literal: str) -> str:
            instead = self.instead.get(Fraction(literal.replace(",", "")))
            return literal if instead is None else str(instead)

        return _LITERAL.sub(lambda match: right(match[0]), text) if self.instead else text


def _value(text: str) -> Given | None:
    """Return the number that a member of an equation comes to; None for a label or a formula in letters."""
    if IN_LETTERS.search(text) or not any(map(str.isdigit, text)):
        return None
    try:
        found = read_number(text, PLAIN)
    except Unreadable:
        return None
    return found if isinstance(found.value, (int, Fraction)) else None
