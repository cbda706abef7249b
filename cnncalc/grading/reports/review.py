"""What is to be reviewed and what was decided, as tables, a page and a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.grading.decisions import Decisions
from cnncalc.grading.review import MOST_NAMED, Item, Review
from cnncalc.grading.score_text import of_text
from cnncalc.problem import visible
from cnncalc.render.table import CYAN, PLAIN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents.grades import ReviewItem

ITEMS = (
    Column("count", right=True),
    Column("why", breaks=" "),
    Column("question", style=CYAN),
    Column("answer or file", breaks=" .", widest=40),
    Column("right", breaks=" ", widest=24),
    Column("points"),
    Column("what is known of it", breaks=" .", spare=2),
    Column("students", breaks=" ", spare=1),
    Column("digest", spare=3),
)
TAKEN = (
    Column("decision"),
    Column("of", style=CYAN, breaks=" ."),
    Column("answer", breaks=" .", widest=40),
    Column("answers", right=True),
    Column("by"),
    Column("reason", breaks=" ."),
)
DATA = ("count", "why", "question", "answer", "right", "score", "points", "said", "students", "file", "digest")


def counted(items: Sequence[Item]) -> str:
    """Say how much there is to review: 57 answers in 12 groups, 3 submissions."""
    groups = [item for item in items if item.question]
    answers, others = sum(item.count for item in groups), len(items) - len(groups)
    parts = []
    if groups:
        parts.append(f"{_many(answers, 'answer')} in {_many(len(groups), 'group')}")
    if others:
        parts.append(_many(others, "remark on submissions", "remarks on submissions"))
    return ", ".join(parts) or "nothing"


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def table(review: Review, most: int | None = None, note: str = "") -> Table:
    """Return what is to be reviewed, the first `most` of it."""
    items = review.items
    shown = items[:most]
    notes = []
    if len(items) > len(shown):
        notes.append(f"and {len(items) - len(shown):,} more")
    if review.left:
        notes.append(f"and {review.left:,} more answers and submissions, beyond those that are listed at once")
    rows = [Row([f"{item.count:,}", *_cells(item)]) for item in shown]
    said = [Note("", text, PLAIN) for text in (*notes, note) if text]
    return Table(
        f"To review: {counted(items)}", ITEMS, rows, notes=said, level=2, data=lambda: (DATA, map(_data, items))
    )


def _cells(item: Item) -> list[str]:
    points = of_text(item.score, item.points) if item.question else ""
    about = item.answer if item.question else item.file
    return [item.why, item.question, about, item.right, points, item.said, who(item), item.digest]


def who(item: Item) -> str:
    """Name the first students of an item: ann, bob and 3 more."""
    named = ", ".join(item.students)
    return f"{named} and {item.count - len(item.students):,} more" if item.count > MOST_NAMED else named


def _data(item: Item) -> list[Any]:
    worth = [float(item.score), float(item.points)] if item.question else [None, None]
    texts = [item.why, item.question, item.answer, item.right]
    return [item.count, *texts, *worth, item.said, who(item), item.file, item.digest]


def decided(decisions: Decisions) -> Iterator[Table]:
    """Yield a table of what persons have decided, with how many answers each decision has."""
    rows = [
        Row([one.decision.decision, one.decision.question or one.decision.file, one.decision.answer,
             f"{one.applied:,}", one.by, one.decision.reason])
        for one in decisions.taken
    ]  # fmt: skip
    if rows:
        yield Table("Decided", TAKEN, rows, level=2)


def tables(title: str, review: Review, decisions: Decisions) -> Iterator[Table]:
    """Yield the tables of the review list."""
    yield Table(visible(title))
    yield table(review)
    yield from decided(decisions)


def document(items: Iterable[Item]) -> list[ReviewItem]:
    """Return what is to be reviewed as documents."""
    from cnncalc.documents.grades import ReviewItem

    return [
        ReviewItem(
            why=item.why,
            count=item.count,
            students=list(item.students),
            question=item.question,
            answer=item.answer,
            right=item.right,
            score=float(item.score),
            points=float(item.points),
            said=item.said,
            file=item.file,
            digest=item.digest,
        )
        for item in items
    ]
