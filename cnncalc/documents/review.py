"""A file of decisions about answers and submissions: `cnncalc grade` writes it, a person fills it in."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from cnncalc.documents.placed import OneOrMore, Placed, Whole, refuse
from cnncalc.problem import did_you_mean, quoted

ALL = "all"
"""Of `students`: everyone who has given the answer."""
NOBODY = "nobody", "refuse"
"""Of a submission: it is left out."""
AS_HANDED_IN = "accept"
"""Of a submission: it is whose it was handed in as, and counts."""
MOST_DECISIONS = 10_000
LONGEST_REASON = 1_000
LONGEST_NAME = 100

_POINTS = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_DIGEST = re.compile(r"[0-9a-f]{12}")


def points_of(decision: str, most: Fraction) -> Fraction | None:
    """Return the points that a decision gives; None where it is none."""
    word = decision.lower()
    if word in ("accept", "refuse"):
        return most if word == "accept" else Fraction(0)
    points = Fraction(word) if _POINTS.fullmatch(word) else None
    return points if points is not None and points <= most else None


def _students(names: object) -> object:
    return names or refuse("students: is empty", f"`{ALL}`, or names as in [ann, bob]")


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        refuse(f"{quoted(text)} is no digest", "12 characters, as answers.csv has them for every answer")
    return text


class Decision(Placed):
    """A decision about equal answers to a question, or about whose a submission is."""

    shape = "a decision is a mapping", "as in {question: 1b, digest: 3f2a9c0d11aa, decision: accept}"
    missing = {"digest": ("digest: is missing", "answers.csv has that of every answer")}

    question: str = ""
    """the question that the answer is to"""
    answer: str = ""
    """the answer, for whoever decides"""
    file: str = ""
    """of a decision about a submission: where it stands"""
    says: str = ""
    """what is open about whose it is, for whoever decides"""
    digest: Annotated[str, BeforeValidator(lambda value: _digest(value) if isinstance(value, str) else value)]
    """digest of the answer, or of the submission; what has another digest is not decided"""
    students: Annotated[tuple[str, ...], BeforeValidator(_students), OneOrMore] = (ALL,)
    """`all` who have given the answer, or some of them"""
    decision: str = ""
    """`accept`, `refuse` or points; of a submission, `accept`, whose it is, or `nobody`; empty: not decided"""
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
    """why; students see it"""
    by: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    """who has decided"""

    @model_validator(mode="after")
    def is_about_one_thing(self, info: ValidationInfo) -> Decision:
        """Refuse what is about nothing or two things, and what may not be decided of it."""
        if bool(self.question) == bool(self.file):
            message = "question and file stand together" if self.file else "question: is missing"
            refuse(message, "question: with an answer, or file: with a submission", "E103" if self.file else "E104")
        for name in ("answer", "students") if self.file else ("says",):
            if name in self.model_fields_set:
                refuse(f"{name} is not for {'a submission' if self.file else 'an answer'}", code="E103", at=(name,))
        context = info.context or {}
        if not self.decision or not context:
            return self
        if self.file:
            roster = context["roster"]
            named = self.decision.lower() not in (*NOBODY, AS_HANDED_IN)
            if named and roster is not None and roster.find(self.decision) is None:
                hint = did_you_mean(self.decision, roster.students) or f"a student of the roster, or {NOBODY[0]}"
                refuse(f"{quoted(self.decision)} is not on the roster", hint, at=("decision",))
            return self
        points = context["points"]
        most = points.get(self.question.lower())
        if most is None:
            hint = did_you_mean(self.question, points) or f"there are {', '.join(points)}"
            refuse(f"the key has no question {quoted(self.question)}", hint, at=("question",))
        if points_of(self.decision, most) is None:
            message = f"decision is accept, refuse or points from 0 to {context['text'](most)}"
            refuse(f"{message}, not {quoted(self.decision)}", at=("decision",))
        return self


class Decisions(Placed):
    """Decisions about what `cnncalc grade` lists for review."""

    shape = "a file of decisions is a mapping", "as `cnncalc grade` writes it"

    version: Annotated[int, Whole, Field(ge=1, le=1)] = 1
    """version of this format"""
    key: str = ""
    """digest of the key that the answers were marked by; without it, any key"""
    by: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    """who has decided, where a decision does not say it"""
    decisions: Annotated[tuple[Decision, ...], Field(max_length=MOST_DECISIONS), OneOrMore] = ()
    """the decisions"""
