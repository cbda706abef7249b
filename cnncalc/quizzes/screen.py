"""Questions and marks in a student's terminal: right or wrong, what happened, and how it goes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.homework.model import Key, Mark
from cnncalc.quizzes.exports.asking import prompt
from cnncalc.render.printers.terminal import Line
from cnncalc.render.table import DIM, GREEN, PLAIN, RED, YELLOW

if TYPE_CHECKING:
    from cnncalc.documents.marks import Marks

SIGNS = {"right": ("✓", GREEN), "partly": ("~", YELLOW), "wrong": ("✗", RED), "not understood": ("?", YELLOW)}


def lines(marks: Iterable[Mark], *, hint: bool, width: int) -> Iterator[Line]:
    """Yield the lines of each mark; with `hint` where to look again, and not the answer."""
    for mark in marks:
        sign, style = SIGNS.get(mark.verdict, ("·", DIM))
        said = hinted(mark) if hint else mark.feedback
        name = mark.part.id
        wrapped = textwrap.wrap(f"{name}: {said}", max(width - 2, 20), break_long_words=False, break_on_hyphens=False)
        first, *rest = wrapped or [f"{name}:"]
        yield [(sign, style), (f" {first}", PLAIN)]
        yield from ([(f"  {line}", PLAIN)] for line in rest)


def document(marks: Sequence[Mark], *, hint: bool) -> Marks:
    """Return marks as a document; with `hint` without the right answers."""
    from cnncalc.documents.marks import Marks

    return Marks.model_validate(
        {"right": sum(mark.verdict == "right" for mark in marks), "marks": [_as_dict(mark, hint) for mark in marks]}
    )


def _as_dict(mark: Mark, hint: bool) -> dict[str, Any]:
    found = {
        "id": mark.part.id,
        "given": mark.given,
        "read": mark.read,
        "verdict": mark.verdict,
        "score": float(mark.score),
        "points": float(mark.part.points),
        "text": hinted(mark) if hint else mark.feedback,
        "notes": list(mark.notes),
        "followed": mark.followed,
    }
    if not hint:
        found["mistakes"] = [{"names": list(one.slugs), "text": one.text} for one in mark.diagnoses]
    return found


def asked(key: Key, width: int) -> Iterator[str]:
    """Yield the questions, each with the ids under which it is answered."""
    for question in key.questions:
        first, *rest = question.text.split("\n")
        yield from _wrapped(f"{question.id}: {first}", "", width)
        for line in rest:
            yield from _wrapped(line, "   ", width)
        if question.table is not None:
            yield from _wrapped(", ".join(part.id for part in question.parts), "   ", width)
        elif len(question.parts) > 1:
            for part in question.parts:
                yield from _wrapped(f"{part.id}: {prompt(question, part) or part.ask}", "   ", width)
        else:
            for label, text in question.choices.items():
                yield from _wrapped(f"{label}) {text}", "   ", width)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    hanging = indent + "   "
    return textwrap.wrap(text, max(width, 20), initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)


def hinted(mark: Mark) -> str:
    """Say whether an answer is right, and where to look again, without the right one."""
    match mark.verdict:
        case "right":
            return "right."
        case "blank":
            return "no answer yet."
        case "not understood":
            return mark.feedback
        case _:
            return f"{mark.read} is not right yet. Hint: {mark.hint}{'' if mark.hint.endswith('?') else '.'}"
