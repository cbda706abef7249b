"""Gradescope's files: results.json, which `cnncalc grade --gradescope` writes, and submission_metadata.json, read.

Source: Gradescope, "Autograder specifications".
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict

from cnncalc.documents.base import Document


class Given(Document):
    """What an answer was read as."""

    given: str
    """the answer as written"""
    read: str
    """as understood; empty when it is not"""
    verdict: str
    """`right`, `partly`, `wrong`, `not understood` or `blank`"""
    points: str
    """points that it gets, as a fraction where they are none of a few digits"""
    expected: str = ""
    """the right answer; not written with `--hint`"""


class Test(Document):
    """One answer."""

    number: str
    """the part of the question"""
    name: str
    """the beginning of the question"""
    score: float
    """points that it gets"""
    max_score: float
    """points of a right answer"""
    status: Literal["passed", "failed"]
    """whether it is right"""
    output: str
    """feedback for the student, in Markdown"""
    output_format: Literal["md"]
    """what `output` is written in"""
    visibility: Literal["visible", "after_published"]
    """when a student sees it: hints at once, right answers once grades are published"""
    extra_data: Given
    """what was read, for course staff"""
    tags: list[str] = []
    """mistakes that explain it"""


class Extra(Document):
    """What the whole submission comes to."""

    status: str
    """`marked`, or why it is not"""
    max_score: float
    """points of all questions"""


class Results(Document):
    """results.json: one submission, marked."""

    score: float
    """points of all answers"""
    output: str
    """what is to be said of the whole, in Markdown"""
    output_format: Literal["md"]
    """what `output` is written in"""
    visibility: Literal["visible"]
    """`output` is shown"""
    stdout_visibility: Literal["hidden"]
    """what the program prints is not shown"""
    tests: list[Test]
    """every answer, in the order of the key"""
    extra_data: Extra
    """status and points"""


def _text(value: object) -> str:
    return "" if value is None else str(value)


Text = Annotated[str, BeforeValidator(_text)]
"""A text; of a number its digits, of null nothing."""


class User(Document):
    """Who hands in."""

    model_config = ConfigDict(extra="ignore")

    sid: Text = ""
    """number at the university"""
    email: Text = ""
    """address"""
    name: Text = ""
    """name"""
    id: Text = ""
    """number at Gradescope"""


class SubmissionMetadata(Document):
    """submission_metadata.json, as far as it is read: who hands in."""

    model_config = ConfigDict(extra="ignore")

    users: list[User]
    """whoever hands in together"""
