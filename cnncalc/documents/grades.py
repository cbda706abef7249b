"""`cnncalc grade --format json`: how a course did."""

from __future__ import annotations

from typing import Literal

from cnncalc.documents.base import Document
from cnncalc.documents.writer import VERSION


class Question(Document):
    """One answer that is asked for, over all students."""

    id: str
    """the part of the question"""
    points: float
    """points of a right answer"""
    mean: float | None
    """mean points; null where nobody was marked"""
    right: int
    """students with a right answer"""
    partly: int
    """students with a partly right answer"""
    wrong: int
    """students with a wrong answer"""
    not_understood: int
    """students whose answer was not understood"""
    blank: int
    """students without an answer"""
    discrimination: float | None
    """correlation of its points with those for all other answers; null for fewer than five students or equal points"""
    most_frequent_wrong: str | None
    """the most frequent wrong answer"""
    mistakes: dict[str, int]
    """mistake → students whose answer it explains"""


class Trouble(Document):
    """A submission that needs a look."""

    student: str
    """whose it is"""
    status: str
    """what became of it"""
    file: str
    """where it stands; empty where nothing was handed in"""


class ReviewItem(Document):
    """Equal answers, or a submission, that a person should look at."""

    why: str
    """why it is listed"""
    count: int
    """answers that are equal; 1 for a submission"""
    students: list[str]
    """the first five students; `answers.csv` has all, by the digest"""
    question: str
    """part of the question; empty for a submission"""
    answer: str
    """the answer as the first of them wrote it"""
    right: str
    """the right answer"""
    score: float
    """points that it gets as it is"""
    points: float
    """points of a right answer"""
    said: str
    """what is known of it"""
    file: str
    """of a submission: where it stands"""
    digest: str
    """what a decision about it is kept by; empty where none can be made"""


class Grades(Document):
    """The marks of a course."""

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    title: str
    """title of the key"""
    points: float
    """points of all questions"""
    students: int
    """students who were marked"""
    mean: float | None
    """mean of their points; null where nobody was marked"""
    median: float | None
    """median of their points"""
    deviation: float | None
    """standard deviation of their points"""
    questions: list[Question]
    """every answer that is asked for, in the order of the key"""
    mistakes: dict[str, int]
    """mistake → students who made it, the most frequent first"""
    trouble: list[Trouble]
    """submissions that need a look"""
    review: list[ReviewItem]
    """what a person should look at, the largest group first"""
