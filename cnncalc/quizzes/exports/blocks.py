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


class Steps(Record):
    """A numbered list, from 1."""

    items: tuple[str, ...]


def blocks(text: str) -> Iterator[Paragraph | Steps]:
    """Cut a text at blank lines, and where lines begin to be numbered 1., 2., … or stop to be."""
    lines: list[str] = []
    items: list[str] = []
    for line in [*text.splitlines(), ""]:
        line = line.strip()
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


def _html(block: Paragraph | Steps) -> str:
    if isinstance(block, Steps):
        return f"<ol>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ol>"
    return f"<p>{'<br>'.join(map(escape, block.lines))}</p>"


def markdown(text: str, escaped: Callable[[str], str], brk: str = "  ") -> str:
    """Write a text as Markdown; `brk` ends a line that another one follows."""
    return "\n\n".join(_markdown(block, escaped, brk) for block in blocks(text))


def _markdown(block: Paragraph | Steps, escaped: Callable[[str], str], brk: str) -> str:
    if isinstance(block, Steps):
        return "\n".join(f"{number}. {escaped(item)}" for number, item in enumerate(block.items, 1))
    return f"{brk}\n".join(map(escaped, block.lines))
