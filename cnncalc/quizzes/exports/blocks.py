"""A question's plain text as paragraphs and numbered steps, so that each format can set them its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from cnncalc.record import Record

STEP = re.compile(r"\d{1,2}\.\s+(?=\S)")


class Paragraph(Record):
    """Lines that belong together."""

    lines: tuple[str, ...]


class Matrix(Record):
    """Rows of numbers, each in brackets: [ 1  0  2 ]."""

    rows: tuple[tuple[str, ...], ...]


ROW = re.compile(r"\[ +((?:[−\d.,/e]+ +)+)\]")


class Steps(Record):
    """A numbered list, from 1."""

    items: tuple[str, ...]


def blocks(text: str) -> Iterator[Paragraph | Steps | Matrix]:
    """Cut a text at blank lines, at matrices, and where lines begin to be numbered 1., 2., … or stop to be."""
    lines: list[str] = []
    items: list[str] = []
    rows: list[tuple[str, ...]] = []
    for line in [*text.splitlines(), ""]:
        line = line.strip()
        row = ROW.fullmatch(line)
        if row:
            if lines:
                yield Paragraph(tuple(lines))
                lines = []
            rows.append(tuple(row[1].split()))
            continue
        if rows:
            yield Matrix(tuple(rows))
            rows = []
        numbered = STEP.match(line)
        step = numbered is not None and line.startswith(f"{len(items) + 1}.")
        if lines and (step or not line):
            yield Paragraph(tuple(lines))
            lines = []
        if items and not step:
            yield Steps(tuple(items))
            items = []
        if numbered and step:
            items.append(line[numbered.end() :])
        elif line:
            lines.append(line)


def html(text: str) -> str:
    """Write a text as HTML, in one line: what separates questions elsewhere is a blank line."""
    return "".join(_html(block) for block in blocks(text))


def aligned(matrix: Matrix) -> list[str]:
    """Return the rows of a matrix with numbers right-aligned, in brackets."""
    width = max(len(word) for row in matrix.rows for word in row)
    return [f"[ {'  '.join(word.rjust(width) for word in row)} ]" for row in matrix.rows]


def _html(block: Paragraph | Steps | Matrix) -> str:
    if isinstance(block, Matrix):
        rows = ("".join(f'<td align="right">{escape(word)}</td>' for word in row) for row in block.rows)
        return f'<table border="1" cellpadding="4">{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'
    if isinstance(block, Steps):
        return f"<ol>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ol>"
    return f"<p>{'<br>'.join(map(escape, block.lines))}</p>"


def markdown(text: str, escaped: Callable[[str], str], brk: str = "  ") -> str:
    """Write a text as Markdown; `brk` ends a line that another one follows. Matrices are code: columns align."""
    return "\n\n".join(_markdown(block, escaped, brk) for block in blocks(text))


def _markdown(block: Paragraph | Steps | Matrix, escaped: Callable[[str], str], brk: str) -> str:
    if isinstance(block, Matrix):
        return "\n".join(f"    {line}" for line in aligned(block))
    if isinstance(block, Steps):
        return "\n".join(f"{number}. {escaped(item)}" for number, item in enumerate(block.items, 1))
    return f"{brk}\n".join(map(escaped, block.lines))
