"""The options of a multiple choice: the right one, and what the known mistakes lead to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cnncalc.homework.answers import read_answer
from cnncalc.homework.model import Part, Question, Value
from cnncalc.homework.wording import shown_of
from cnncalc.quizzes.draws import Draws
from cnncalc.quizzes.exports.accepted import alike, decimal
from cnncalc.shape import Shape

LETTERS = "abcde"
LIKELY = 6
"""Of the commonest mistakes, among which the wrong options are drawn."""

FORMS = ("volume", "sides", "number")


def options(question: Question, draws: Draws) -> dict[str, str]:
    """Return options by letter, all different; none where several parts or no plain value are asked for."""
    if len(question.parts) > 1 or question.table is not None or question.parts[0].form not in FORMS:
        return {}
    (part,) = question.parts
    right = part.right.value
    if read_answer(_text(part, right), part).value != right:
        return {}  # it is written rounded
    wrong: list[Value] = []
    for value in _mistakes(part):
        if not any(alike(value, other, part) for other in (right, *wrong)):
            wrong.append(value)
    chosen = draws.sample(wrong[:LIKELY], min(len(LETTERS) - 1, len(wrong[:LIKELY])))
    for value in _near(right):
        if len(chosen) < len(LETTERS) - 2 and not any(alike(value, other, part) for other in (right, *chosen)):
            chosen.append(value)
    texts = draws.shuffled([_text(part, value) for value in (right, *chosen)])
    return dict(zip(LETTERS, texts, strict=False))


def _text(part: Part, value: Value) -> str:
    return shown_of(part, value)


def _mistakes(part: Part) -> Iterator[Value]:
    """Yield what mistakes lead to, one value a mistake first, then the others."""
    seen: set[tuple[str, ...]] = set()
    later = []
    for candidate in part.candidates:
        if not _plain(candidate.value, part.right.value):
            continue
        if candidate.slugs in seen:
            later.append(candidate.value)
        else:
            seen.add(candidate.slugs)
            yield candidate.value
    yield from later


def _plain(value: Value, right: Value) -> bool:
    """Return whether a wrong value looks like the right one: whole where that is whole."""
    numbers = value.hwc if isinstance(value, Shape) else value if isinstance(value, tuple) else (value,)
    whole = isinstance(right, (int, Shape, tuple))
    return all(isinstance(n, int) or (not whole and Fraction(decimal(Fraction(n))) == n) for n in numbers)


def _near(value: Value) -> Iterator[Value]:
    match value:
        case Shape():
            for by in (1, -1, 2, -2):
                if all(side + by > 0 for side in value.sides):
                    yield Shape(tuple(side + by for side in value.sides), value.channels)
            yield Shape(value.sides, 2 * value.channels)
        case tuple():
            yield from (tuple(side + by for side in value) for by in (1, -1, 2) if min(value) + by > 0)
        case int():
            yield from (n for n in (value + 1, value - 1, 2 * value, value + 2, value + 3) if n > 0)
        case _:
            yield from (value * 2, value / 2, value + 1)
