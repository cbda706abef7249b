"""The marks of a student on a line of `marks.jsonl`, the journal that `cnncalc grade` goes on from."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from cnncalc.documents.base import Document


class KeptMark(Document):
    """One answer."""

    model_config = ConfigDict(strict=True)

    id: str
    """the part of the question"""
    given: str
    """the answer as written"""
    read: str
    """as understood; empty when it is not"""
    verdict: str
    """`right`, `partly`, `wrong`, `not understood` or `blank`"""
    score: Annotated[str, Field(pattern=r"^[0-9]{1,30}(/[1-9][0-9]{0,30})?$")]
    """points that it gets, a whole number or a fraction"""
    feedback: str
    """for the student, with the right answer"""
    hint: str
    """for the student, without it"""
    diagnoses: list[tuple[list[str], str]]
    """the names of mistakes that explain it, and the arithmetic that leads there"""
    notes: list[str]
    """what else is to be said"""
    followed: bool
    """right in view of an earlier wrong answer"""


HEAD: TypeAdapter[tuple[str, str, str, list[str], list[str], str]] = TypeAdapter(
    tuple[str, str, str, list[str], list[str], str], config=ConfigDict(strict=True)
)
"""The student, the file, the status, notes, whom the submission says it is by, a digest of what was handed in."""

MARKS = TypeAdapter(list[KeptMark])
