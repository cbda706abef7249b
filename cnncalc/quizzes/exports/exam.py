"""A key as LaTeX with the exam class: solutions are printed where the file or the command line says so."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cnncalc.homework.model import Part, Question, Table
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.asking import Variant, label, labelled, points, prompt, unit_note
from cnncalc.quizzes.exports.blocks import Matrix, Paragraph, blocks
from cnncalc.quizzes.exports.stated import of_key
from cnncalc.render.printers.latex import escape

HEAD = r"""% With solutions: pdflatex "\def\solutions{}\input{FILE}", or take the % from the line \printanswers.
% Other scripts than Latin need lualatex or xelatex in its place.
\documentclass[11pt]{exam}
\usepackage{iftex}
\ifpdftex
  \usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
\else
  \usepackage{fontspec}
\fi
\usepackage{amsmath}
\ifdefined\solutions\printanswers\fi
%\printanswers
\pointsinrightmargin
\begin{document}"""

SPACE = "2cm"
"""Left for an answer where solutions are not printed."""


def exam(variant: Variant) -> str:
    """Write a document that compiles with the exam class."""
    title = escape(variant.key.title)
    lines = [HEAD, rf"\begin{{center}}\Large {title}\end{{center}}"]
    lines += [r"\noindent Name: \fillin[][6cm]" if not variant.name else rf"\noindent {escape(variant.whose)}"]
    if conventions := of_key(variant.key):
        lines += ["", rf"\noindent {escape(conventions)}"]
    lines += ["", r"\begin{questions}"]
    for question in variant.key.questions:
        lines += _question(question)
    return "\n".join([*lines, r"\end{questions}", r"\end{document}"])


def _question(question: Question) -> Iterator[str]:
    single = len(question.parts) == 1 or question.table is not None
    yield ""
    yield rf"\question{_points(question.points) if single else ''} % {' '.join(question.id.split())}"
    yield from _text(question.text)
    options = labelled(question, question.parts[0]) if single else {}
    if options:
        yield from _choices(question.parts[0], options)
    if question.table is not None:
        yield from _table(question.table, question)
        yield from _solution([line for part in question.parts for line in _worked(question, part)], "")
        return
    if single:
        (part,) = question.parts
        yield from _text(" ".join(filter(None, (prompt(question, part), _unit(question, part)))))
        yield from _solution([*solution(question, part)], "" if options else f"[{SPACE}]")
        return
    yield r"\begin{parts}"
    for part in question.parts:
        asked = " ".join(filter(None, (prompt(question, part), _unit(question, part))))
        yield rf"\part{_points(part.points)} {escape(asked)}"
        yield from _solution([*solution(question, part)], f"[{SPACE}]")
    yield r"\end{parts}"


def _unit(question: Question, part: Part) -> str:
    unit = unit_note(question, part)
    return f"({unit})" if unit else ""


def _worked(question: Question, part: Part) -> list[str]:
    first, *more = solution(question, part)
    return [f"{label(question, part)}: {first}", *more]


def _points(value: Fraction) -> str:
    """Write points as the class takes them, whole or half; others are said in words."""
    whole, rest = divmod(value, 1)
    if rest in (0, Fraction(1, 2)):
        half = r"\half" if rest else ""
        return f"[{whole or ''}{half}]" if value else "[0]"
    return rf" ({points(value)} points)"


def _text(text: str) -> Iterator[str]:
    for block in blocks(text):
        if isinstance(block, Paragraph):
            yield " \\\\\n".join(map(escape, block.lines))
            yield ""
        elif isinstance(block, Matrix):
            yield rf"\[\left[\begin{{array}}{{{'r' * len(block.rows[0])}}}"
            yield " \\\\\n".join(" & ".join(word.replace("−", "-") for word in row) for row in block.rows)
            yield r"\end{array}\right]\]"
        else:
            yield r"\begin{enumerate}"
            yield from (rf"\item {escape(item)}" for item in block.items)
            yield r"\end{enumerate}"


def _choices(part: Part, options: dict[str, str]) -> Iterator[str]:
    right = part.right.value
    environment = "checkboxes" if len(right) > 1 else "choices"
    yield rf"\begin{{{environment}}}"
    for letter, text in options.items():
        command = "CorrectChoice" if letter in right else "choice"
        yield rf"  \{command} {escape(text)}"
    yield rf"\end{{{environment}}}"


def _table(table: Table, question: Question) -> Iterator[str]:
    rights = {part.id: part.right.text for part in question.parts}
    yield rf"\begin{{center}}\begin{{tabular}}{{l{'r' * len(table.columns)}}}"
    yield rf"\hline layer & {' & '.join(map(escape, table.columns))} \\ \hline"
    for row in table.rows:
        cells = []
        for column in table.columns:
            asked = rights.get(table.asked.get((row, column), ""))
            given = escape(table.given.get((row, column), ""))
            cells.append(rf"\fillin[{escape(asked)}][{SPACE}]" if asked else given)
        yield rf"{escape(row)} & {' & '.join(cells)} \\"
    yield r"\hline\end{tabular}\end{center}"


def _solution(lines: list[str], space: str) -> Iterator[str]:
    yield rf"\begin{{solution}}{space}"
    yield " \\\\\n".join(map(escape, lines))
    yield r"\end{solution}"
