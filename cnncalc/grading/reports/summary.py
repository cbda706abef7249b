"""What a course's marks come to: by question, by mistake, and what needs to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.grading.reports.review import document as review_document
from cnncalc.grading.reports.review import table as review_table
from cnncalc.grading.review import Review
from cnncalc.grading.score_text import of_text, score_text
from cnncalc.grading.statistics import Statistics, Tally
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.render.printers import markdown, ready
from cnncalc.render.table import CYAN, PLAIN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents.grades import Grades

QUESTIONS = (
    Column("question", style=CYAN),
    Column("right", right=True),
    Column("partly", right=True),
    Column("wrong", right=True),
    Column("not understood", right=True),
    Column("blank", right=True),
    Column("mean", right=True),
    Column("discrimination", right=True),
    Column("most frequent wrong answer", breaks=" ."),
)
MISTAKES = (
    Column("mistake", style=CYAN),
    Column("students", right=True),
    Column("where", breaks=" ."),
    Column("the hint for it", breaks=" .", spare=1),
)
TROUBLE = (Column("student", breaks=" ."), Column("what became of it", breaks=" ."), Column("file", breaks=" ."))

FEW = 10
"""Rows of the review list in a summary."""

WHERE = "all of it is in review.html and review.csv"

DISCRIMINATION = (
    "discrimination: the correlation of the points for a question with those for all others (point-biserial where it "
    "is right or wrong); from 0.3 on it separates strong students from weak ones, near 0 it does not, below 0 look at "
    "the key"
)


def headline(found: Statistics) -> str:
    """Say in one line how a course did."""
    students = f"{found.students:,} student{'' if found.students == 1 else 's'}"
    trouble = f"; {len(found.trouble):,} to look at" if found.trouble else ""
    if not found.students:
        return f"{found.key.title}: nothing was marked{trouble}"
    mean, median = of_text(found.mean, found.key.points), score_text(found.median)
    return f"{found.key.title}: {students}, mean {mean}, median {median}, spread {found.deviation:.2f}{trouble}"


def tables(found: Statistics, review: Review, most: int | None = None, where: str = WHERE) -> Iterator[Table]:
    """Yield the tables of a summary; of what needs to be looked at, the first `most` rows, and few of the review."""
    yield Table(headline(found))
    if found.students:
        rows = [_question(id, tally, found) for id, tally in found.tallies.items()]
        yield _table("By question", QUESTIONS, rows, DISCRIMINATION)
    if found.mistakes:
        yield _table("By mistake", MISTAKES, [_mistake(slug, count, found) for slug, count in _most(found)])
    if found.trouble:
        rows = [tuple(row) for row in found.trouble[:most]]
        left = len(found.trouble) - len(rows)
        yield _table("To look at", TROUBLE, rows, f"and {left:,} more" if left else "")
    if review.items:
        yield review_table(review, FEW, where)


def _table(title: str, columns: Sequence[Column], rows: Sequence[tuple[str, ...]], note: str = "") -> Table:
    notes = [Note("", note, PLAIN)] if note else ()
    return Table(title, columns, [Row(cells) for cells in rows], notes=notes, level=2)


def _most(found: Statistics) -> list[tuple[str, int]]:
    return sorted(found.mistakes.items(), key=lambda item: (-item[1], item[0]))


def _question(id: str, tally: Tally, found: Statistics) -> tuple[str, ...]:
    part = tally.verdicts
    worth = tally.score / tally.count if tally.count else Fraction(0)
    wrong = _most_frequent(tally)
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


def _most_frequent(tally: Tally) -> tuple[str, int]:
    """Return the most frequent wrong answer, and how often it was given."""
    return min(tally.wrong.items(), key=lambda item: (-item[1], item[0]), default=("", 0))


def _mistake(slug: str, count: int, found: Statistics) -> tuple[str, ...]:
    where = [f"{id} ({tally.mistakes[slug]:,})" for id, tally in found.tallies.items() if tally.mistakes[slug]]
    shown = where if len(where) <= 6 else [*where[:6], "…"]
    return slug, f"{count:,}", ", ".join(shown), SLUGS.get(slug, "")


def document(found: Statistics, review: Review) -> Grades:
    """Return the summary as a document."""
    from cnncalc import __version__
    from cnncalc.documents.grades import Grades, Question, Trouble
    from cnncalc.documents.writer import VERSION

    def question(id: str, tally: Tally) -> Question:
        verdicts = {verdict.replace(" ", "_"): count for verdict, count in tally.verdicts.items()}
        return Question(
            id=id,
            points=float(found.key.parts[id].points),
            mean=float(tally.score / tally.count) if tally.count else None,
            **verdicts,
            discrimination=tally.discrimination,
            most_frequent_wrong=_most_frequent(tally)[0] or None,
            mistakes=dict(tally.mistakes),
        )

    some = found.students > 0
    return Grades(
        version=VERSION,
        cnncalc=__version__,
        title=found.key.title,
        points=float(found.key.points),
        students=found.students,
        mean=float(found.mean) if some else None,
        median=float(found.median) if some else None,
        deviation=found.deviation if some else None,
        questions=[question(id, tally) for id, tally in found.tallies.items()],
        mistakes=dict(_most(found)),
        trouble=[Trouble(student=student, status=status, file=file) for student, status, file in found.trouble],
        review=review_document(review.items),
    )


def as_json(found: Statistics, review: Review) -> str:
    """Write the summary as JSON."""
    return document(found, review).to_json()


def as_markdown(found: Statistics, review: Review) -> str:
    """Write the summary as Markdown."""
    return f"{markdown.printed(ready(tables(found, review)), heading=1)}\n"
