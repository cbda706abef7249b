"""A key as Markdown: the questions, or the same with their worked solutions; and an empty answer sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.homework.model import Part, Question, Table
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.asking import Variant, label, labelled, points, prompt, unit_note
from cnncalc.quizzes.exports.blocks import markdown
from cnncalc.quizzes.exports.stated import of_key
from cnncalc.render.printers.markdown import escape

START = re.compile(r"^(?=[#+>=-])|(?<=^\d)(?=[.)]\s)|(?<=^\d\d)(?=[.)]\s)")


def escaped(text: str) -> str:
    """Keep what Markdown would read as its own, also at the start of a line."""
    return START.sub(r"\\", escape(text).replace("&", "&amp;"))


def sheet(variant: Variant, solutions: bool = False) -> str:
    """Write the questions; with solutions, what is right and how one gets there."""
    key = variant.key
    whose = f", {variant.whose}" if variant.person else f" ({variant.name})" if variant.name else ""
    title = " ".join(key.title.split())
    lines = [f"# {escaped(title)}{': solutions' if solutions else ''}{escaped(whose)}"]
    if conventions := of_key(key):
        lines += ["", escaped(conventions)]
    for question in key.questions:
        lines += ["", *_question(question, solutions)]
    return "\n".join(lines)


def _question(question: Question, solutions: bool) -> Iterator[str]:
    yield f"## {escaped(question.id)} ({_worth(question)})"
    yield ""
    yield markdown(question.text, escaped)
    if question.table is not None:
        yield ""
        yield from _table(question.table, question, solutions)
    if len(question.parts) == 1:
        yield from _options(labelled(question, question.parts[0]))
    for part in question.parts if question.table is None else ():
        if asked := _asked(question, part):
            yield ""
            yield asked
    if solutions:
        for part in question.parts:
            if question.table is None or solution(question, part) != (part.right.text,):  # which the table says
                yield ""
                yield from _solution(question, part)


def _options(options: dict[str, str]) -> Iterator[str]:
    """Yield what can be ticked; labels that say all, yes and no, stand in one line."""
    if options and all(label == text for label, text in options.items()):
        yield ""
        yield " / ".join(map(escaped, options))
        return
    for letter, text in options.items():
        yield ""
        yield f"{escaped(letter)}) {escaped(text)}"


def _worth(question: Question) -> str:
    return f"{points(question.points)} point{'' if question.points == 1 else 's'}"


def _asked(question: Question, part: Part) -> str:
    unit = unit_note(question, part)
    words = [f"{escaped(label(question, part))})"] if len(question.parts) > 1 else []
    words += [escaped(text) for text in (prompt(question, part), f"({unit})" if unit else "") if text]
    if len(question.parts) > 1 and any(other.points != part.points for other in question.parts):
        words.append(f"({points(part.points)})")
    return " ".join(words)


def _table(table: Table, question: Question, solutions: bool) -> Iterator[str]:
    rights = {part.id: part.right.text for part in question.parts}
    yield f"| layer | {' | '.join(map(escape, table.columns))} |"
    yield f"|---|{'---:|' * len(table.columns)}"
    for row in table.rows:
        cells = []
        for column in table.columns:
            given = table.given.get((row, column), "")
            asked = table.asked.get((row, column), "")
            cells.append(f"**{escape(rights[asked])}**" if solutions and asked in rights else escape(given))
        yield f"| {escape(row)} | {' | '.join(cells)} |"


def _solution(question: Question, part: Part) -> Iterator[str]:
    name = f" {escaped(label(question, part))}" if len(question.parts) > 1 else ""
    first, *more = map(escaped, solution(question, part))
    yield f"**Solution{name}:** {first}" + "".join(f"  \n{line}" for line in more)


def answer_sheet(variant: Variant) -> str:
    """Write what a student fills in and `cnncalc grade` reads: one line an answer."""
    return "\n".join(f"{id}:" for id in variant.key.parts)
