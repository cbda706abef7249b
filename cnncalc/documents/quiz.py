"""`cnncalc quiz --format json`: questions with their right answers."""

from __future__ import annotations

from typing import Literal

from cnncalc.documents.base import Document
from cnncalc.documents.writer import VERSION


class Answer(Document):
    """One answer that is asked for."""

    id: str
    """how an answer sheet names it"""
    text: str
    """what asks for it, where the question's own text does not"""
    ask: str
    """the quantity or expression"""
    form: str
    """`volume`, `sides`, `pad`, `number`, `formula`, `choice` or `unknowns`"""
    unit: str
    """unit of the answer; empty for none"""
    points: float
    """points of a right answer"""
    right: list[str]
    """right answers, the key's own first"""
    solution: list[str]
    """lines of the worked solution"""


class Question(Document):
    """A question."""

    id: str
    """its id"""
    topic: str
    """its topic"""
    text: str
    """its text"""
    points: float
    """points of all its answers"""
    choices: dict[str, str]
    """label → what can be chosen; empty where the answer is written"""
    answers: list[Answer]
    """the answers that are asked for"""


class Variant(Document):
    """The questions of one student, or of all."""

    name: str
    """whose they are; empty where all have the same"""
    title: str
    """title of the quiz"""
    questions: list[Question]
    """the questions"""


class Quiz(Document):
    """A quiz."""

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    variants: list[Variant]
    """one for each student, or a single one"""
