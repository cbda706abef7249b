"""PrairieLearn: a folder a question, whose server.py has all variants as literals and a word to each mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from math import lcm
from typing import Any
from uuid import UUID, uuid5

from cnncalc.documents.prairielearn import QuestionInfo
from cnncalc.homework.model import Part, Question
from cnncalc.homework.worked import solution
from cnncalc.problem import escaped_json
from cnncalc.quizzes.exports.accepted import accepted, decimal, number, numeric, slack, spellings
from cnncalc.quizzes.exports.asking import Variant, choices, label, labelled, prompt, questions, unit_note
from cnncalc.quizzes.exports.blocks import html

NAMESPACE = UUID("5b1f3f8e-6f3c-5a55-9d0b-6c6f1a0f7a11")
"""Ours: a question's uuid follows from its texts, so that writing it again does not make it another question."""

LARGEST = 2**53
"""Whole numbers up to here are exact in PrairieLearn's own field for them."""


TICKED = ("choice", "checkbox")


def prairielearn(variants: Sequence[Variant]) -> dict[str, str]:
    """Return the files of a key, by their paths."""
    title = variants[0].key.title
    files = {}
    for column in questions(variants):
        question = column[0][1]
        folder = _folder(title, question)
        data = [_variant(question, name) for name, question in column]
        info = QuestionInfo(
            uuid=str(uuid5(NAMESPACE, json.dumps([title, question.id, *(asked.text for _, asked in column)]))),
            title=f"{title}: {question.id}",
            topic=question.topic or "Convolutional networks",
            tags=["cnncalc"],
            type="v3",
            **({"single_variant": True} if len(column) == 1 else {}),
        )
        files[f"{folder}/info.json"] = f"{info.to_json()}\n"
        files[f"{folder}/question.html"] = PAGE
        files[f"{folder}/server.py"] = SERVER.replace("VARIANTS = []", f"VARIANTS = {_literal(data)}")
    return files


def _folder(title: str, question: Question) -> str:
    words = re.findall(r"[A-Za-z0-9]+", f"{title} {question.id} {question.topic}")
    return "-".join(words).lower() or "question"


def _literal(data: Any) -> str:
    """Write lists, dicts, texts and whole numbers as Python; JSON writes these alike."""
    return escaped_json(json.dumps(data, indent=1, ensure_ascii=False))


def _variant(question: Question, name: str) -> dict[str, Any]:
    """Return what one variant shows (`params`) and how its answers are graded (`answers`)."""
    scale = lcm(*(part.points.denominator for part in question.parts))
    names = {part.id: f"p{index}" for index, part in enumerate(question.parts, 1)}
    fields = {part.id: _field(question, part, names[part.id], int(part.points * scale)) for part in question.parts}
    table = question.table
    rows = [] if table is None else [
        {
            "name": row,
            "cells": [
                fields.get(table.asked.get((row, column), ""), {"given": table.given.get((row, column), "")})
                for column in table.columns
            ],
        }
        for row in table.rows
    ]  # fmt: skip
    several = len(question.parts) > 1
    worked = [
        f"{label(question, part) + ') ' if several else ''}{line}" if not index else line
        for part in question.parts
        for index, line in enumerate(solution(question, part, letters=False))
    ]
    params = {
        "variant": name,
        "text": html(question.text),
        "parts": [] if rows else [*fields.values()],
        "table": [{"columns": [{"name": column} for column in table.columns], "rows": rows}] if table else [],
        "solution": f"<p>{'<br>'.join(escape(line, quote=False) for line in worked)}</p>",
    }
    typed = [part for part in question.parts if _kind(question, part) not in TICKED]  # elements grade the others
    return {"params": params, "answers": {names[part.id]: _answers(part) for part in typed}}


def _kind(question: Question, part: Part) -> str:
    value = number(part, part.right.value)
    if labelled(question, part):
        return "checkbox" if len(part.right.value) > 1 else "choice"
    if value is None:
        return "string"
    return "integer" if value.denominator == 1 and abs(value) < LARGEST and not slack(part, value) else "number"


def _field(question: Question, part: Part, name: str, weight: int) -> dict[str, Any]:
    """Return what the page needs to ask for a part; the key that the kind is under chooses the element."""
    several = question.table is None and len(question.parts) > 1
    asked = f"{label(question, part) + ') ' if several else ''}{prompt(question, part) if not part.row else ''}"
    field: dict[str, Any] = {"name": name, "weight": weight, "asked": asked.strip()}
    kind = _kind(question, part)
    element: dict[str, Any] = {"suffix": unit_note(question, part)}
    if kind in TICKED:
        element["options"] = [
            {"text": choice.text, "correct": "true" if choice.right else "false", "feedback": choice.feedback}
            for choice in choices(question, part)
        ]
    return {**field, kind: [element]}


def _answers(part: Part) -> dict[str, Any]:
    """Return all known answers of a part: numbers as decimals, texts as they may be spelled."""
    known = []
    for one in accepted(part):
        if one.number is not None:
            texts = [decimal(one.number, 12)]
        else:
            texts = [*dict.fromkeys(map(plain, spellings(part, one)))]
        known.append([texts, decimal(one.near, 12), decimal(one.share), one.feedback])
    return {"kind": "number" if numeric(part) else "text", "shown": part.right.text, "known": known}


def plain(text: str) -> str:
    """Return a text without what people write differently; server.py has the same."""
    return re.sub(r"[\s()\[\]]", "", text.lower().replace("×", "x"))


PAGE = """<pl-question-panel>
{{{params.text}}}
{{#params.table}}
<table class="table">
<tr><th></th>{{#columns}}<th>{{name}}</th>{{/columns}}</tr>
{{#rows}}
<tr><th>{{name}}</th>{{#cells}}<td>{{given}}
{{#integer}}<pl-integer-input answers-name="{{name}}" weight="{{weight}}"></pl-integer-input>{{/integer}}
{{#number}}<pl-number-input answers-name="{{name}}" weight="{{weight}}"></pl-number-input>{{/number}}
{{#string}}<pl-string-input answers-name="{{name}}" weight="{{weight}}"></pl-string-input>{{/string}}
</td>{{/cells}}</tr>
{{/rows}}
</table>
{{/params.table}}
</pl-question-panel>
{{#params.parts}}
<p>{{asked}}</p>
{{#integer}}
<pl-integer-input answers-name="{{name}}" weight="{{weight}}" suffix="{{suffix}}"></pl-integer-input>
{{/integer}}
{{#number}}
<pl-number-input answers-name="{{name}}" weight="{{weight}}" suffix="{{suffix}}"
 comparison="sigfig" digits="3"></pl-number-input>
{{/number}}
{{#string}}
<pl-string-input answers-name="{{name}}" weight="{{weight}}"></pl-string-input>
{{/string}}
{{#choice}}
<pl-multiple-choice answers-name="{{name}}" weight="{{weight}}">
{{#options}}<pl-answer correct="{{correct}}" feedback="{{feedback}}">{{text}}</pl-answer>{{/options}}
</pl-multiple-choice>
{{/choice}}
{{#checkbox}}
<pl-checkbox answers-name="{{name}}" weight="{{weight}}" partial-credit="true">
{{#options}}<pl-answer correct="{{correct}}" feedback="{{feedback}}">{{text}}</pl-answer>{{/options}}
</pl-checkbox>
{{/checkbox}}
{{/params.parts}}
<pl-submission-panel>
{{#feedback.remarks}}
<p>{{.}}</p>
{{/feedback.remarks}}
</pl-submission-panel>
<pl-answer-panel>
{{{params.solution}}}
</pl-answer-panel>
"""

SERVER = '''"""Written by cnncalc: the variants of one question, and how their answers are graded."""

import re
from fractions import Fraction

import prairielearn as pl

VARIANTS = []


def generate(data):
    """Choose a variant; the same seed chooses the same one."""
    index = int(data["variant_seed"]) % len(VARIANTS)
    variant = VARIANTS[index]
    data["params"].update(variant["params"], index=index)
    for name, answer in variant["answers"].items():
        data["correct_answers"][name] = answer["shown"]


def grade(data):
    """Give each answer its share, and say what is known about it."""
    answers = VARIANTS[data["params"]["index"]]["answers"]
    remarks = []
    for name, answer in answers.items():
        if name in data["format_errors"]:
            continue
        share, remark = judged(answer, pl.from_json(data["submitted_answers"].get(name)))
        data["partial_scores"].setdefault(name, {"weight": 1})["score"] = share
        if remark:
            remarks.append(remark)
    data["feedback"]["remarks"] = remarks
    pl.set_weighted_score_data(data)


def judged(answer, given):
    """Return the share of the points, and the remark."""
    for texts, near, share, remark in answer["known"]:
        if matches(answer["kind"], texts, near, given):
            return float(Fraction(share)), remark
    return 0.0, ""


def matches(kind, texts, near, given):
    if given is None:
        return False
    if kind == "text":
        return plain(str(given)) in texts
    return abs(Fraction(float(given) if not isinstance(given, int) else given) - Fraction(texts[0])) <= Fraction(near)


def plain(text):
    """Return a text without what people write differently."""
    return re.sub(r"[\\\\s()\\\\[\\\\]]", "", text.lower().replace("×", "x"))
'''.replace("\\\\", "\\")
