"""Marks as a student sees them: right or wrong, what happened, and how it goes; and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.homework.model import Mark
from cnncalc.render.printers.terminal import Line
from cnncalc.render.table import DIM, GREEN, PLAIN, RED, YELLOW

if TYPE_CHECKING:
    from cnncalc.documents.marks import Marks

SIGNS = {"right": ("✓", GREEN), "partly": ("~", YELLOW), "wrong": ("✗", RED), "not understood": ("?", YELLOW)}


def _wrapped(text: str, width: int) -> list[str]:
    if len(text) <= width and text.isprintable():
        return [text.rstrip()]
    from textwrap import wrap

    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


def lines(marks: Iterable[Mark], *, hint: bool, width: int) -> Iterator[Line]:
    """Yield the lines of each mark; with `hint` where to look again, and not the answer."""
    for mark in marks:
        sign, style = SIGNS.get(mark.verdict, ("·", DIM))
        shown = hinted(mark) if hint else mark.feedback
        name = mark.part.id
        first, *rest = _wrapped(f"{name}: {shown}", max(width - 2, 20)) or [f"{name}:"]
        yield [(sign, style), (f" {first}", PLAIN)]
        yield from ([(f"  {line}", PLAIN)] for line in rest)


def document(marks: Iterable[Mark], *, hint: bool) -> Marks:
    """Return marks as a document; with `hint` without the right answers."""
    from cnncalc.documents.marks import Marks

    found = [_as_dict(mark, hint) for mark in marks]
    return Marks.model_validate({"right": sum(one["verdict"] == "right" for one in found), "marks": found})


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
