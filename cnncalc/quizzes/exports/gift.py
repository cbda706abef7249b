"""GIFT: Moodle's plain text for questions, with a word to each known mistake. A table is one question a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape

from cnncalc.homework.model import Part, Question
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.accepted import accepted, decimal, numeric, spellings
from cnncalc.quizzes.exports.asking import Variant, asked_alone, choices, labelled, part_name, questions
from cnncalc.quizzes.exports.blocks import html
from cnncalc.quizzes.exports.moodle import category, percent, starless

OWN = str.maketrans({sign: f"\\{sign}" for sign in "\\~=#{}:"})


def gift(variants: Sequence[Variant]) -> str:
    """Write a key; of several variants, a category for each question, from which a quiz draws at random."""
    title = _line(variants[0].key.title)
    lines = [f"// {title}", "// every question counts the same here: GIFT has no points", ""]
    if len(variants) == 1:
        lines += [f"$CATEGORY: {category(title)}", ""]
    for column in questions(variants):
        if len(variants) > 1:
            lines += [f"$CATEGORY: {category(title, f'Question {column[0][1].id}')}", ""]
        for name, question in column:
            for part in question.parts:
                lines += [*_question(question, part, part_name(question, part, name)), ""]
    return "\n".join(lines[:-1])


def _line(text: str) -> str:
    return " ".join(text.split())


def _own(text: str) -> str:
    """Escape the signs that GIFT reads as its own."""
    return _line(text).translate(OWN)


def _question(question: Question, part: Part, name: str) -> Iterator[str]:
    text = "".join(map(html, asked_alone(question, part)))
    numbers = numeric(part)
    yield f"::{_own(name)}::[html]{_own(text)} {{{'#' if numbers else ''}"
    if labelled(question, part):
        yield from _choices(question, part)
    elif numbers:
        yield from _numbers(part)
    else:
        yield from _texts(part)
    yield f"\t####{_own(_worked(question, part))}"
    yield "}"


def _worked(question: Question, part: Part) -> str:
    return f"<p>{'<br>'.join(escape(line, quote=False) for line in solution(question, part, letters=False))}</p>"


def _feedback(text: str) -> str:
    return f"#{_own(html(text))}" if text else ""


def _share(share: Fraction) -> str:
    return "" if share == 1 else f"%{percent(share)}%"


def _numbers(part: Part) -> Iterator[str]:
    for one in accepted(part):
        assert one.number is not None
        near = decimal(one.near)
        yield f"	={_share(one.share)}{decimal(one.number)}:{near}{_feedback(one.feedback)}"


def _texts(part: Part) -> Iterator[str]:
    taken: set[str] = set()
    for one in accepted(part):
        for text in spellings(part, one):
            if text.lower() not in taken:
                taken.add(text.lower())
                yield f"\t={_share(one.share)}{_own(starless(text))}{_feedback(one.feedback)}"


def _choices(question: Question, part: Part) -> Iterator[str]:
    for choice in choices(question, part):
        sign = "=" if choice.share == 1 else f"~%{percent(choice.share)}%" if choice.share else "~"
        yield f"\t{sign}{_own(html(choice.text))}{_feedback(choice.feedback)}"
