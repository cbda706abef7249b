"""Canvas, by way of text2qti: plain text that it makes into a QTI package. A table is one question a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

from cnncalc.homework.model import Part, Question
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.accepted import accepted, decimal, number, slack, spellings
from cnncalc.quizzes.exports.asking import (
    LETTERS,
    Variant,
    asked_alone,
    choices,
    labelled,
    part_name,
    questions,
)
from cnncalc.quizzes.exports.blocks import markdown

LEAST = Fraction(1, 10_000)
"""Numbers nearer to 0 are refused by text2qti, and asked for as texts."""

INDENT = " " * 4
SIGNS = str.maketrans(
    {sign: f"&#{ord(sign)};" for sign in "\\`*_[]{}$~|^\"'"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
START = re.compile(r"^([#+\-=:!.%]|\d+(?=[.)]\s))|(?<=-)-|(?<=\.)\.(?=\.)")


def canvas(variants: Sequence[Variant]) -> str:
    """Write a key; of several variants, a group for each question, of which Canvas picks one for each student."""
    title = " ".join(variants[0].key.title.split())
    least = 1 if len(variants) > 1 else 2  # halves are refused in a group
    scale = lcm(*((least * part.points).denominator for variant in variants for part in variant.key.parts.values()))
    lines = ["% made by cnncalc; text2qti FILE makes the package that Canvas imports"]
    if scale > 1:
        takes = "whole points" if least == 1 else "whole and half points"
        lines.append(f"% all points are multiplied by {scale}: Canvas takes {takes}")
    lines.append(f"Quiz title: {title}")
    texts: set[str] = set()  # text2qti takes no text twice
    for column in questions(variants):
        for index, part in enumerate(column[0][1].parts):
            points = decimal(part.points * scale)
            if len(variants) > 1:
                lines += ["", "GROUP", "pick: 1", f"points per question: {points}"]
            asked = {_asked(question, question.parts[index]): (name, question) for name, question in reversed(column)}
            new = [text for text in reversed(asked) if text not in texts]
            for text in new or [next(reversed(asked))]:
                name, question = asked[text]
                own = question.parts[index]
                text = text if new else f"{text}\n\n({part_name(question, own, name)})"
                texts.add(text)
                head = [f"Title: {part_name(question, own, name)}"]
                head += [] if len(variants) > 1 else [f"Points: {points}"]
                lines += ["", *head, *_question(text, question, own)]
            if len(variants) > 1:
                lines += ["", "END_GROUP"]
    return "\n".join(lines)


def _asked(question: Question, part: Part) -> str:
    return "\n\n".join(asked_alone(question, part))


def _question(text: str, question: Question, part: Part) -> Iterator[str]:
    yield from _item("1.", text)
    yield from _item("...", "\n".join(solution(question, part, letters=False)))
    if labelled(question, part):
        yield from _choices(question, part)
        return
    wrong = [one for one in accepted(part) if not one.right and one.feedback]
    if wrong:
        yield from _item("-", "\n".join(f"{spellings(part, one)[0]}? {one.feedback}" for one in wrong[:5]))
    value = number(part, part.right.value)
    if value is None or abs(value) - slack(part, value) < LEAST:
        right = [text for one in accepted(part) if one.right for text in spellings(part, one)]
        yield from (f"*   {text}" for text in dict.fromkeys(right))
    elif near := slack(part, value):
        near = max(near, LEAST)  # bounds are written with four decimals
        yield f"=   {decimal(value)} +- {decimal(near)}"
    else:
        yield f"=   {decimal(value)}" if value.denominator == 1 else f"=   {decimal(value)} +- 0"


def _choices(question: Question, part: Part) -> Iterator[str]:
    several = len(part.right.value) > 1
    for letter, choice in zip(LETTERS, choices(question, part), strict=False):
        if several:
            yield from _item("[*]" if choice.right else "[ ]", choice.text)
        else:
            yield from _item(f"{'*' if choice.right else ''}{letter})", choice.text)
        if choice.feedback:
            yield from _item("...", choice.feedback)


def _item(sign: str, text: str) -> Iterator[str]:
    """Write what follows a sign, over several lines where it has them."""
    first, *more = markdown(text, escaped, "<br>").split("\n")
    yield f"{sign:3} {first}" if len(sign) < 4 else f"{sign} {first}"
    yield from (f"{INDENT}{line}" if line else "" for line in more)


def escaped(text: str) -> str:
    """Keep what Markdown and text2qti would read as their own."""
    marked = START.sub(lambda found: _entity(found.group()), text)
    return "".join(part if part.startswith("&#") else part.translate(SIGNS) for part in _ENTITY.split(marked) if part)


_ENTITY = re.compile(r"(&#\d+;)")


def _entity(text: str) -> str:
    return "".join(f"&#{ord(sign)};" for sign in text)
