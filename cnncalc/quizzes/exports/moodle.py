"""Moodle XML: numerical and short answers with a word to each known mistake, choices, tables as cloze."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from math import lcm

from cnncalc.homework.model import Part, Question, Table
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.accepted import accepted, decimal, numeric, spellings
from cnncalc.quizzes.exports.asking import (
    Variant,
    asked_alone,
    choices,
    label,
    labelled,
    prompt,
    questions,
    unit_note,
)
from cnncalc.quizzes.exports.blocks import html

SHARES = tuple(
    Fraction(text)
    for text in [
        "1",
        "0.9",
        "0.8333333",
        "0.8",
        "0.75",
        "0.7",
        "0.6666667",
        "0.6",
        "0.5",
        "0.4",
        "0.3333333",
        "0.3",
        "0.25",
        "0.2",
        "0.1666667",
        "0.1428571",
        "0.125",
        "0.1111111",
        "0.1",
        "0.05",
        "0",
    ]
)
"""The shares of a grade that Moodle knows; another one is refused, or taken for the nearest."""

PENALTY = "0.3333333"

GAP_SPELLINGS = 8
"""Of a gap, whose answers all stand in the text."""


def moodle(variants: Sequence[Variant]) -> str:
    """Write a key; of several variants, a category for each question, from which a quiz draws at random."""
    title = variants[0].key.title
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    if len(variants) == 1:
        lines += _category(category(title))
    for column in questions(variants):
        if len(variants) > 1:
            lines += _category(category(title, f"Question {column[0][1].id}"))
        for name, question in column:
            lines += _question(question, f"{question.id} ({name})" if name else question.id)
    return "\n".join([*lines, "</quiz>"])


def category(*names: str) -> str:
    """Return the path of a category; a slash within a name is written twice."""
    return "/".join(("$course$/top", *(" ".join(name.split()).replace("/", "//") for name in names)))


def _category(path: str) -> Iterator[str]:
    yield '  <question type="category">'
    yield f"    <category><text>{_plain(path)}</text></category>"
    yield "  </question>"


def _question(question: Question, name: str) -> Iterator[str]:
    if question.table is not None or len(question.parts) > 1:
        return _framed(question, "cloze", name, _with_gaps(question), iter(()))
    (part,) = question.parts
    text = "".join(map(html, asked_alone(question, part)))
    if labelled(question, part):
        return _framed(question, "multichoice", name, text, _choices(question, part))
    if numeric(part):
        return _framed(question, "numerical", name, text, _numbers(part))
    return _framed(question, "shortanswer", name, text, _texts(part))


def _framed(question: Question, kind: str, name: str, text: str, inside: Iterator[str]) -> Iterator[str]:
    """Put round the answers what every question has, in the order of Moodle's own exports."""
    yield f'  <question type="{kind}">'
    yield f"    <name><text>{_plain(f'{name} {question.topic}'.strip())}</text></name>"
    yield f'    <questiontext format="html"><text>{_cdata(text)}</text></questiontext>'
    yield f'    <generalfeedback format="html"><text>{_cdata(_solutions(question))}</text></generalfeedback>'
    if kind != "cloze":  # whose gaps say it
        yield f"    <defaultgrade>{decimal(question.points)}</defaultgrade>"
    yield f"    <penalty>{PENALTY}</penalty>"
    yield "    <hidden>0</hidden>"
    yield "    <idnumber></idnumber>"
    yield from inside
    if question.topic:
        yield f"    <tags><tag><text>{_plain(question.topic)}</text></tag></tags>"
    yield "  </question>"


def _plain(text: str) -> str:
    return escape(text, quote=False)


def _cdata(text: str) -> str:
    """Keep HTML as it is; what would end the section is cut in two."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _solutions(question: Question) -> str:
    parts = []
    for part in question.parts:
        first, *more = map(_plain, solution(question, part, letters=False))
        name = f"{_plain(label(question, part))}) " if len(question.parts) > 1 else ""
        parts.append(f"<p>{'<br>'.join((f'{name}{first}', *more))}</p>")
    return "".join(parts)


def _numbers(part: Part) -> Iterator[str]:
    for one in accepted(part):
        assert one.number is not None
        tolerance = f"<tolerance>{decimal(one.near)}</tolerance>"
        yield from _answer(decimal(one.number), percent(one.share), one.feedback, more=tolerance)
    yield from ("    <unitgradingtype>0</unitgradingtype>", "    <showunits>3</showunits>")


def _answer(text: str, percent: str, feedback: str, form: str = "plain_text", more: str = "") -> Iterator[str]:
    yield f'    <answer fraction="{percent}" format="{form}">'
    yield f"      <text>{_cdata(text) if form == 'html' else _plain(text)}</text>"
    yield f'      <feedback format="html"><text>{_cdata(html(feedback))}</text></feedback>'
    if more:
        yield f"      {more}"
    yield "    </answer>"


def percent(share: Fraction) -> str:
    """Write a share as a percentage that Moodle knows, the nearest one."""
    nearest = min(SHARES, key=lambda known: abs(known - abs(share)))
    return f"{'-' if share < 0 else ''}{decimal(nearest * 100, 7)}"


def _texts(part: Part) -> Iterator[str]:
    yield "    <usecase>0</usecase>"
    taken: set[str] = set()
    for one in accepted(part):
        for text in spellings(part, one):
            if text.lower() not in taken:
                taken.add(text.lower())
                yield from _answer(starless(text), percent(one.share), one.feedback)


def starless(text: str) -> str:
    """Write a text that means its stars: a bare one stands for anything."""
    return text.replace("*", r"\*")


def _choices(question: Question, part: Part) -> Iterator[str]:
    yield f"    <single>{'true' if len(part.right.value) == 1 else 'false'}</single>"
    yield "    <shuffleanswers>true</shuffleanswers>"
    yield "    <answernumbering>abc</answernumbering>"
    for choice in choices(question, part):
        yield from _answer(html(choice.text), percent(choice.share), choice.feedback, "html")


# Cloze: the gaps stand in the text.


def _with_gaps(question: Question) -> str:
    """Write the text of a question with gaps for its parts; their weights are in the ratio of the points."""
    scale = lcm(*(part.points.denominator for part in question.parts))
    gaps = {part.id: _gap(part, int(part.points * scale)) for part in question.parts}
    text = _braceless(html(question.text))
    if question.table is not None:
        return text + _table(question.table, gaps)
    for part in question.parts:
        unit = unit_note(question, part)
        asked = f"{label(question, part)}) {prompt(question, part)}{f' ({unit})' if unit else ''}"
        text += f"<p>{_braceless(_plain(asked))} {gaps[part.id]}</p>"
    return text


def _braceless(text: str) -> str:
    """Write HTML in which nothing begins a gap."""
    return text.replace("{", "&#123;")


def _table(table: Table, gaps: dict[str, str]) -> str:
    rows = [f"<tr>{''.join(f'<th>{_braceless(_plain(name))}</th>' for name in ('', *table.columns))}</tr>"]
    for row in table.rows:
        cells = [f"<th>{_braceless(_plain(row))}</th>"]
        for column in table.columns:
            gap = gaps.get(table.asked.get((row, column), ""))
            cells.append(f"<td>{gap or _braceless(_plain(table.given.get((row, column), '')))}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _gap(part: Part, weight: int) -> str:
    """Write one gap: {2:NUMERICAL:=7600:0#Right.~%50%7500:0#That is …}."""
    answers = []
    for one in accepted(part):
        share = "=" if one.right else f"%{percent(one.share)}%"
        feedback = _inside(_plain(one.feedback))
        if one.number is not None:
            answers.append(f"{share}{decimal(one.number)}:{decimal(one.near)}#{feedback}")
        else:
            texts = spellings(part, one)[:GAP_SPELLINGS]
            answers += [f"{share}{starless(_inside(text))}#{feedback}" for text in texts]
    return f"{{{weight}:{'NUMERICAL' if numeric(part) else 'SHORTANSWER'}:{'~'.join(answers)}}}"


ENTITIES = str.maketrans({sign: f"&#{ord(sign)};" for sign in '\\{}#~/"'} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _inside(text: str) -> str:
    """Write a text within a gap, whose entities are read before anything else."""
    return text.translate(ENTITIES)
