"""Markdown as it is read on a terminal: paragraphs, lists and tables in its width; code stays as it is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from itertools import groupby

from cnncalc.render.table import painter
from cnncalc.render.texts import Head, screen

_BULLET = re.compile(r" *(?:[-*]|\d+\.) ")
_CELL = re.compile(r"(?<!\\)\|")
_NARROWEST = 20


def fitted(markdown: str, width: int) -> str:
    """Return a page whose lines have at most `width` characters, where that can be."""
    width = max(width, _NARROWEST)
    return "\n".join(line for kind, lines in _pieces(markdown) for line in _FIT[kind](lines, width))


def _pieces(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """Yield pieces of one kind each; a list item is a piece of its own."""
    fenced, item = False, 0
    numbered = []
    for line in markdown.split("\n"):
        fence = line.lstrip().startswith("```")
        if fenced or fence:
            kind, fenced = "code", fenced != fence
        elif line.startswith("|"):
            kind = "table"
        elif not line.strip() or line.startswith(("#", "    ")):
            kind = "code"
        else:
            kind, item = "prose", item + bool(_BULLET.match(line))
        numbered.append((kind, item if kind == "prose" else 0, line))
    for (kind, _), lines in groupby(numbered, key=lambda one: one[:2]):
        yield kind, [line for _, _, line in lines]


def _code(lines: list[str], width: int) -> list[str]:
    return lines


def _prose(lines: list[str], width: int) -> list[str]:
    bullet = _BULLET.match(lines[0])
    hanging = " " * len(bullet.group()) if bullet else ""
    text = " ".join([lines[0].rstrip(), *map(str.strip, lines[1:])])
    return textwrap.wrap(
        text, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def _table(lines: list[str], width: int) -> list[str]:
    heads, _, *rows = ([cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]] for line in lines)
    return [*screen([Head(head, wraps=True, ends=" ") for head in heads], rows, painter(colour=False), width=width)]


_FIT = {"code": _code, "prose": _prose, "table": _table}
