"""`cnncalc check --format json`: what answers are worth, and why."""

from __future__ import annotations

from cnncalc.documents.base import Document


class Mistake(Document):
    """A mistake that leads to what was written."""

    names: list[str]
    """its names, as `credit:` of a key has them"""
    text: str
    """the arithmetic that leads there"""


class Mark(Document):
    """One answer."""

    id: str
    """the part of the question"""
    given: str
    """the answer as written"""
    read: str
    """as understood; empty when it is not"""
    verdict: str
    """`right`, `partly`, `wrong`, `not understood` or `blank`"""
    score: float
    """points that it gets"""
    points: float
    """points of a right answer"""
    text: str
    """feedback for the student; with `--hint`, without the right answer"""
    mistakes: list[Mistake] = []
    """the mistakes that explain it; not printed with `--hint`"""
    notes: list[str]
    """what else is to be said"""
    followed: bool
    """right in view of an earlier wrong answer"""


class Marks(Document):
    """The answers that were checked."""

    right: int
    """how many are right"""
    marks: list[Mark]
    """every answer, in the order of the questions"""
