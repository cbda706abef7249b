"""Questions with their right answers as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.asking import Variant, labelled, prompt
from cnncalc.quizzes.exports.stated import alone

if TYPE_CHECKING:
    from cnncalc.documents import quiz as documents
    from cnncalc.documents.quiz import Quiz
    from cnncalc.homework.model import Key, Part, Question


def data(variants: Sequence[Variant]) -> str:
    """Write every variant in one document."""
    return document(variants).to_json()


def document(variants: Sequence[Variant]) -> Quiz:
    """Return every variant as a document."""
    from cnncalc import __version__
    from cnncalc.documents.quiz import Quiz
    from cnncalc.documents.quiz import Variant as Document
    from cnncalc.documents.writer import VERSION

    made = [
        Document(name=one.name, title=one.key.title, questions=[_question(q, one.key) for q in one.key.questions])
        for one in variants
    ]
    return Quiz(version=VERSION, cnncalc=__version__, variants=made)


def _question(question: Question, key: Key) -> documents.Question:
    from cnncalc.documents import quiz as documents

    asked = alone(question, key)
    single = asked.parts[0] if len(asked.parts) == 1 else None
    return documents.Question(
        id=asked.id,
        topic=asked.topic,
        text=asked.text,
        points=float(asked.points),
        choices=labelled(asked, single) if single else {},
        answers=[_answer(asked, part) for part in asked.parts],
    )


def _answer(question: Question, part: Part) -> documents.Answer:
    from cnncalc.documents import quiz as documents

    return documents.Answer(
        id=part.id,
        text=prompt(question, part),
        ask=part.ask,
        form=part.form,
        unit=part.unit,
        points=float(part.points),
        right=list(dict.fromkeys(right.text for right in part.rights)),
        solution=list(solution(question, part)),
    )
