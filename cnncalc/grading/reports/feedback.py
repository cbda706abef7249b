"""One student's marks as Markdown: the points of each question, and what went wrong where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cnncalc.grading.decisions import decision_text
from cnncalc.grading.gathering import MISSING, UNDECIDED
from cnncalc.grading.score_text import of_text, score_text
from cnncalc.homework.marks_text import hinted
from cnncalc.homework.model import Key, Mark, Marked
from cnncalc.render.printers.markdown import escape, grid
from cnncalc.render.table import Column, Row, Table, cleaned

COLUMNS = (
    Column("question"),
    Column("your answer", always=True),
    Column("verdict"),
    Column("points", right=True),
)


def feedback(marked: Marked, key: Key, *, hint: bool = False) -> str:
    """Write the feedback for a student; with `hint`, hints instead of the right answers."""
    return "\n".join(_lines(marked, key, hint)) + "\n"


def _lines(marked: Marked, key: Key, hint: bool) -> Iterator[str]:
    yield f"# {plain(key.title)}: {plain(marked.student)}"
    yield ""
    if not marked.marks or marked.status.startswith(UNDECIDED):
        yield f"{MISSING.capitalize()}." if marked.status == MISSING else f"Not marked: {plain(marked.status)}."
        yield from _notes(marked)
        return
    yield f"**{of_text(marked.score, key.points)} points**"
    yield ""
    if marked.status != "marked":
        yield f"{plain(marked.status)}"
        yield ""
    yield from grid(cleaned(Table(columns=COLUMNS, rows=[_row(mark) for mark in marked.marks])))
    yield from _notes(marked)
    questions = {part.id: question for question in key.questions for part in question.parts}
    last = None
    for mark in marked.marks:
        if mark.verdict == "right" and not mark.notes and not mark.by:
            continue
        question = questions[mark.part.id]
        yield ""
        yield f"## {plain(mark.part.id)}: {of_text(mark.score, mark.part.points)}"
        yield ""
        if question is not last and question.text:
            yield f"*{plain(question.text)}*"
            yield ""
            last = question
        yield plain(feedback_text(mark, hint=hint))


def feedback_text(mark: Mark, *, hint: bool) -> str:
    """Return what is said of one answer."""
    if not mark.by:
        return hinted(mark) if hint else mark.feedback
    if mark.verdict == "right":
        return decision_text(mark)
    return f"{decision_text(mark)} {hinted(mark) if hint else mark.feedback}"


def _row(mark: Mark) -> Row:
    points = f"{score_text(mark.score)} / {score_text(mark.part.points)}"
    return Row([mark.part.id, _cell(mark.given), mark.verdict, points])


def _cell(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _notes(marked: Marked) -> Iterator[str]:
    if marked.notes:
        yield ""
        yield from (f"- {plain(note)}" for note in marked.notes)


@lru_cache(10_000)
def plain(text: str) -> str:
    """Keep a text from being read as Markdown or HTML, on one line."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = escape(" ".join(text.split()))
    return f"\\{text}" if text[:1] in ("#", ">", "-", "+", "=") else text
