"""What a course's marks come to: by question, by mistake, and what needs to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from cnncalc.grading.reports.feedback import plain
from cnncalc.grading.score_text import of_text, score_text
from cnncalc.grading.statistics import Statistics, Tally
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.record import Record
from cnncalc.render.table import BOLD, Paint
from cnncalc.render.texts import Head, markdown, screen

QUESTIONS = (
    Head("question"),
    Head("right", right=True),
    Head("partly", right=True),
    Head("wrong", right=True),
    Head("not understood", right=True),
    Head("blank", right=True),
    Head("mean", right=True),
    Head("discrimination", right=True),
    Head("most frequent wrong answer", wraps=True),
)
MISTAKES = (
    Head("mistake"),
    Head("students", right=True),
    Head("where", wraps=True),
    Head("the hint for it", wraps=True, spare=1),
)
TROUBLE = (Head("student", wraps=True), Head("what became of it", wraps=True), Head("file", wraps=True))

DISCRIMINATION = (
    "discrimination: the correlation of the points for a question with those for all others (point-biserial where it "
    "is right or wrong); from 0.3 on it tells strong students from weak ones, near 0 it does not, below 0 look at the "
    "key"
)


class Table(Record):
    """A titled table of texts."""

    title: str
    heads: tuple[Head, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def headline(found: Statistics) -> str:
    """Say in one line how a course did."""
    students = f"{found.students:,} student{'' if found.students == 1 else 's'}"
    trouble = f"; {len(found.trouble):,} to look at" if found.trouble else ""
    if not found.students:
        return f"{found.key.title}: nothing was marked{trouble}"
    mean, median = of_text(found.mean, found.key.points), score_text(found.median)
    return f"{found.key.title}: {students}, mean {mean}, median {median}, spread {found.deviation:.2f}{trouble}"


def tables(found: Statistics, most: int | None = None) -> Iterator[Table]:
    """Yield the tables of a summary; of what needs to be looked at, the first `most` rows."""
    if found.students:
        yield Table(
            "By question",
            QUESTIONS,
            [_question(id, tally, found) for id, tally in found.tallies.items()],
            DISCRIMINATION,
        )
    if found.mistakes:
        rows = [_mistake(slug, count, found) for slug, count in _most(found)]
        yield Table("By mistake", MISTAKES, rows)
    if found.trouble:
        shown = found.trouble[:most]
        left = len(found.trouble) - len(shown)
        note = f"and {left:,} more" if left else ""
        yield Table("To look at", TROUBLE, [tuple(row) for row in shown], note)


def _most(found: Statistics) -> list[tuple[str, int]]:
    return sorted(found.mistakes.items(), key=lambda item: (-item[1], item[0]))


def _question(id: str, tally: Tally, found: Statistics) -> tuple[str, ...]:
    part = tally.verdicts
    worth = tally.score / tally.count if tally.count else Fraction(0)
    wrong = min(tally.wrong.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    often = f"{wrong[0]} ({wrong[1]:,}×)" if wrong[1] > 1 else wrong[0]
    index = tally.discrimination
    return (
        id,
        *(f"{part[verdict]:,}" if part[verdict] else "" for verdict in ("right", "partly", "wrong")),
        *(f"{part[verdict]:,}" if part[verdict] else "" for verdict in ("not understood", "blank")),
        of_text(worth, found.key.parts[id].points),
        "" if index is None else f"{index:.2f}".replace("-", "−"),
        often,
    )


def _mistake(slug: str, count: int, found: Statistics) -> tuple[str, ...]:
    where = [f"{id} ({tally.mistakes[slug]:,})" for id, tally in found.tallies.items() if tally.mistakes[slug]]
    shown = where if len(where) <= 6 else [*where[:6], "…"]
    return slug, f"{count:,}", ", ".join(shown), SLUGS.get(slug, "")


def on_screen(found: Statistics, paint: Paint, width: int) -> Iterator[str]:
    """Yield the lines for a terminal."""
    yield paint(headline(found), BOLD)
    for table in tables(found, 20):
        yield ""
        yield paint(table.title, BOLD)
        yield from screen(table.heads, table.rows, paint, width=width)
        if table.note:
            yield from _wrapped(table.note, width)


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, max(width, 40))


def as_markdown(found: Statistics) -> str:
    """Write the summary as Markdown."""
    lines = [f"# {plain(headline(found))}"]
    for table in tables(found):
        lines += ["", f"## {table.title}", "", *markdown(table.heads, table.rows)]
        lines += ["", plain(table.note)] if table.note else []
    return "\n".join(lines) + "\n"
