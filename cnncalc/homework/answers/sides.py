"""Sizes and padding that students write: 4x4, 4 by 4, 2:3, 3 left and 2 right."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.homework.answers.answer_spec import Wanted
from cnncalc.homework.answers.vocabulary import AFTER, BEFORE, NUMBERS, UPRIGHT
from cnncalc.homework.answers.volumes import read_numbers, whole
from cnncalc.homework.model import Given, Unreadable
from cnncalc.problem import quoted

_BEFORE, _AFTER = ("|".join(sorted(words)) for words in (BEFORE, AFTER))
_ENDS = re.compile(rf"(?P<number>\d+)|\b(?P<before>{_BEFORE})\b|\b(?P<after>{_AFTER})\b")
_PAIR = re.compile(r"(\d+)\s*[:/]\s*(\d+)")
_PAIRS = re.compile(rf"{_PAIR.pattern}(?:\s*[x×]\s*{_PAIR.pattern})*")
_BY = re.compile(r"\d\s*(?:[x×*]|by)\s*\d", re.IGNORECASE)
_LABEL = re.compile(r"[^\W\d][\w ]{0,40}\s*[=:]\s*(?=[\d(\[])")
_EACH = re.compile(r"\s*\b(?:(?:on|at|for|of|in)\s+)?(?:each|both|every|all)\b.*", re.IGNORECASE)


def read_sides(text: str, wanted: Wanted) -> Given:
    """Read a number a side, or one for all; as padding the cells before and after. Raises Unreadable."""
    label = _LABEL.match(text)
    body = text[label.end() :] if label else text
    ends = _before_and_after(text) or (_PAIRS.fullmatch(body) and _pairs(body))
    if ends:
        return Given(text, wanted.form, ends)
    numbers, notes = read_numbers(_EACH.sub("", NUMBERS.get(body.lower(), body)), wanted)
    if wanted.pairs:
        return _padding(text, numbers, notes)
    others: tuple[Given, ...] = ()
    if len(numbers) == 1:
        numbers = numbers * wanted.sides
    elif len(numbers) == wanted.sides + 1:
        notes = (*notes, "only the sides are asked for: the channels were left out")
        if wanted.order != "hwc":
            others = (Given(text, "sides", tuple(numbers[1:]), notes=(*notes, "read as channels first")),)
        numbers = numbers[:-1]
    if len(numbers) != wanted.sides:
        asked = f"{wanted.sides} {'are' if wanted.sides > 1 else 'is'} asked for"
        raise Unreadable(
            f"{quoted(text)} has {len(numbers)} numbers, and {asked}: write it as {'x'.join('3' * wanted.sides)}"
        )
    return Given(text, "sides", tuple(numbers), others=others, notes=notes)


def _padding(text: str, numbers: list[Any], notes: tuple[str, ...]) -> Given:
    """Read one number for all ends, or two that stand for the ends or the sides."""
    each = _alike(tuple((n, n) for n in numbers))
    if len(numbers) != 2:
        return Given(text, "pad", each, notes=notes)
    ends = ((numbers[0], numbers[1]),)
    if _BY.search(text) or ends == each:
        return Given(text, "pad", each, notes=notes)
    other = Given(text, "pad", each, notes=(*notes, "read as the two sides"))
    return Given(text, "pad", ends, others=(other,), notes=(*notes, "read as before and after"))


def _alike(pads: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return one pair for all sides where they are alike."""
    return pads[:1] if len(set(pads)) == 1 else pads


def _pairs(text: str) -> tuple[Any, ...]:
    """Read 2:3, or a pair for each side."""
    return _alike(tuple((whole(a), whole(b)) for a, b in _PAIR.findall(text)))


def _before_and_after(text: str) -> tuple[Any, ...] | None:
    """Read 3 left and 2 right, left 3, right 2, 0 before, 1 after; None where a text says no such thing."""
    tokens = [*_ENDS.finditer(text.lower())]
    if not tokens or len(tokens) % 2 or len(tokens) > 16:
        return None
    ends: dict[tuple[bool, bool], int] = {}
    for first, second in zip(tokens[::2], tokens[1::2], strict=True):
        number = first["number"] or second["number"]
        word = second if first["number"] else first
        if number is None or word["number"]:
            return None
        end = (word[0] in UPRIGHT, bool(word["after"]))
        if ends.setdefault(end, whole(number)) != whole(number):
            raise Unreadable(f"{quoted(text)} gives two numbers for one end: write it as 2:3x2:3")
    sides = [upright for upright in (True, False) if (upright, False) in ends and (upright, True) in ends]
    if len(ends) != 2 * len(sides) or not sides:
        return None
    return _alike(tuple((ends[upright, False], ends[upright, True]) for upright in sides))
