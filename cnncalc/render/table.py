"""A report as a table for the terminal.

The columns are laid out and printed here rather than by a library: 500 lines take milliseconds where rich needs 300,
and short and long tables look the same because one piece of code draws both.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import TypeAlias

from cnncalc.network.report import Report
from cnncalc.problem import columns as cells_of
from cnncalc.render.columns import LAYER, PATH, SHARES, Column, View
from cnncalc.render.fold import Line
from cnncalc.render.grid import Grid, Note, grid
from cnncalc.render.numbers import drawn

GAP = 2
WIDEST, NARROWEST = 60, 16
"""The most and the least room of a column that may wrap."""

WHOLE, SUMMARY = 5, 2
"""The most lines that a layer is written on, and a group, whose layers --depth shows."""

BAR_WIDTHS = (18, 8, 6, 5)
"""Widths a bar is drawn in, the best first; the first has the percentage beside it."""

PERCENT_WIDTH = 7
INDENT = "  "
GLUE = "\u00a0"

PLAIN, BOLD, DIM, GREEN, MAGENTA, CYAN = "", "1", "2", "32", "35", "36"
"""Styles that can be read on dark and on light backgrounds."""

Paint: TypeAlias = Callable[[str, str], str]
"""Give a text a style, or leave it where there are no colours."""


def plain(report: Report) -> str:
    """Print a report without colours, as wide as the terminal."""
    return table(report)


def table(report: Report, view: View | None = None, *, width: int | None = None, colour: bool = False) -> str:
    """Print a report as a table for a screen of `width` cells, by default the terminal's."""
    paint = painter(colour=colour)
    width = width or terminal_width()
    sheet = grid(report, view)
    if sum(w + GAP for w in _widths(sheet, width) if w) - GAP > width:
        from cnncalc.render.legend import lettered

        sheet = lettered(sheet)
    return "\n".join(_screen(sheet, report, width, paint))


def terminal_width() -> int:
    """Return COLUMNS, else the width of the terminal, else 120."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 120
    except (OSError, ValueError):
        return 120


def painter(*, colour: bool) -> Paint:
    """Return what gives texts their style."""
    return _painted if colour else _unpainted


def _painted(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style and text.strip() else text


def _unpainted(text: str, style: str) -> str:
    return text


def _screen(grid: Grid, report: Report, width: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of the whole screen: title, heading, layers, totals, notes."""
    widths = _widths(grid, width)
    rule = paint("─" * (sum(widths) + GAP * (sum(map(bool, widths)) - 1)), DIM)
    bold = [BOLD] * len(widths)
    yield from (paint(line, BOLD) for line in broken(grid.title, width, " "))
    yield ""
    # Bars begin at the left, so their heading does too.
    both = zip(grid.columns, widths, strict=True)
    headings = [column.heading.ljust(width if column in SHARES else 0) for column, width in both]
    for parts in _headings(headings, widths):
        yield from _row(parts, bold, grid, widths, paint)
    yield rule
    for line, cells in zip(grid.lines, grid.cells, strict=True):
        shown = [
            _bar(column.value(line, report), cell, width) if column in SHARES else cell
            for column, cell, width in zip(grid.columns, cells, widths, strict=True)
        ]
        styles = [_style(column, cell, line) for column, cell in zip(grid.columns, cells, strict=True)]
        yield from _row(shown, styles, grid, widths, paint, WHOLE if line.layer else SUMMARY)
    yield rule
    for totals in grid.totals:
        yield from _row(totals, bold, grid, widths, paint)
    yield ""
    for note in grid.notes:
        yield from _note(note, width, paint)


def _style(column: Column, cell: str, line: Line) -> str:
    if line.aux or cell in ("0", "0 B"):
        return DIM
    if column is LAYER:
        return MAGENTA if line.times > 1 else PLAIN
    return CYAN if column is PATH else GREEN if column in SHARES else PLAIN


def _row(
    cells: list[str], styles: list[str], grid: Grid, widths: list[int], paint: Paint, most: int = WHOLE
) -> Iterator[str]:
    """Yield a line of the table, and up to `most` where a cell has to go on below."""
    kept = [i for i, width in enumerate(widths) if width]
    pieces = [_wrapped(cells[i], widths[i], grid.columns[i], most) for i in kept]
    for parts in zip_longest(*pieces, fillvalue=""):
        line = []
        for i, part in zip(kept, parts, strict=True):
            room = " " * (widths[i] - cells_of(part))
            text = paint(part, styles[i])
            line.append(room + text if grid.columns[i].right else text + room)
        yield (" " * GAP).join(line).rstrip()


def _widths(grid: Grid, width: int) -> list[int]:
    """Share the screen out among the columns; 0 leaves a bar out.

    Numbers and shapes are never cut, formulas wrap between their terms. Bars shrink first, then columns that may wrap,
    then bars go, then headings wrap, then paths, and last the layers go down to their longest word.
    """
    columns = grid.columns
    rows = [[column.heading for column in columns], *grid.cells, *grid.totals]
    widths = [max(map(cells_of, texts)) for texts in zip(*rows, strict=True)]
    least = widths[:]
    for i, column in enumerate(columns):
        if column.wraps:
            least[i], widths[i] = min(NARROWEST, least[i]), min(widths[i], WIDEST)
        elif column.total:
            least[i] = max(cells_of(term) for texts in rows for term in _terms(texts[i]))
    wrapping = [i for i, width in enumerate(widths) if width > least[i]]
    bars = [i for i, column in enumerate(columns) if column in SHARES]
    for bar in (*BAR_WIDTHS, 0):
        for i in bars:
            widths[i] = bar if any(cells[i] for cells in grid.cells) else 0
        over = sum(w + GAP for w in widths if w) - GAP - width
        spare = sum(widths[i] - least[i] for i in wrapping)
        if over <= (spare if bar in (BAR_WIDTHS[-1], 0) else 0):
            break
    for _ in range(over):
        widest = max((i for i in wrapping if widths[i] > least[i]), key=widths.__getitem__, default=None)
        if widest is None:
            break
        widths[widest] -= 1
        over -= 1
    _squeeze(grid, widths, over)
    return widths


def _squeeze(grid: Grid, widths: list[int], over: int) -> None:
    """Take `over` more cells away: from headings, whose words then stand above each other, from paths, from layers."""
    texts = [[*cells] for cells in zip(*grid.cells, *grid.totals, strict=True)]

    def give(i: int, least: int) -> None:
        nonlocal over
        given = max(0, min(over, widths[i] - least))
        widths[i] -= given
        over -= given

    for i, column in enumerate(grid.columns):
        if not column.wraps and column is not PATH and widths[i]:
            give(i, max(map(cells_of, (*column.heading.split(), *texts[i]))))
    if PATH in grid.columns:
        path = grid.columns.index(PATH)
        give(path, 3 + max(len(level) for text in texts[path] for level in text.split(".")))
    for i, column in enumerate(grid.columns):
        if column.wraps:
            give(i, len(INDENT) + max((len(word) for text in texts[i] for word in text.split()), default=0))


def _headings(headings: list[str], widths: list[int]) -> Iterator[list[str]]:
    """Yield the lines of the headings: words of one that has no room stand above each other, the last one lowest."""
    pieces = []
    for heading, width in zip(headings, widths, strict=True):
        lines = [""]
        for word in heading.split(" ") if len(heading) > width else [heading]:
            if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        pieces.append(lines)
    most = max(map(len, pieces))
    for number in range(most):
        yield ["" if number < most - len(lines) else lines[number - most] for lines in pieces]


def _wrapped(text: str, width: int, column: Column, most: int) -> list[str]:
    """Break the text of a cell: a path after its dots, others after blanks and commas, of which at most `most` stay."""
    if len(text) <= width or not (column.wraps or column.total or column is PATH):
        return [text]
    if column.total:
        return summed(text, width)
    if column is PATH:
        return broken(text, width, ".")
    lines = broken(text, width, " ,")
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: width - 2].rstrip()} …"]


def broken(text: str, width: int, ends: str) -> list[str]:
    """Break a text into lines of at most `width`, after one of the characters `ends` where there is one."""
    lines = [""]
    for word in re.findall(rf"[^{ends}]{{1,{max(width - 3, 1)}}}[{ends}]?|[{ends}]", text):
        if lines[-1].strip() and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append(INDENT)
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _glued(note: Note) -> str:
    """Return what a note says, with blanks that are none to a line break within a formula."""
    depth, glued = 0, ""
    text = str(note).replace(" = ", f"{GLUE}={GLUE}") if note.label == "where" else str(note)
    for c in text:
        depth += (c == "⌊") - (c == "⌋")
        glued += GLUE if c == " " and depth else c
    return glued


def _terms(formula: str) -> list[str]:
    """Split a formula before its signs."""
    return re.split(r" (?=[+−] )(?![^⌊]*⌋)", formula)


def summed(formula: str, width: int) -> list[str]:
    """Break a formula between its terms."""
    lines = [""]
    for term in _terms(formula):
        if lines[-1] and len(lines[-1]) + 1 + len(term) > width:
            lines.append(term)
        else:
            lines[-1] = f"{lines[-1]} {term}".lstrip()
    return lines


def _bar(share: float | None, percent: str, width: int) -> str:
    """Draw a share in eighths of a cell, with its percentage where there is room."""
    if not share or not width:
        return ""
    room = width - PERCENT_WIDTH if width == BAR_WIDTHS[0] else width
    bar = drawn(share, room)
    return bar.ljust(room) + percent.rjust(PERCENT_WIDTH) if room < width else bar.ljust(width)


def _note(note: Note, width: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of a note: exact totals stand out, what everyone knows is dim."""
    remedy = "; --depth all shows each" if note.label == "folded" else ""
    style = {"": BOLD, "note": PLAIN, "aux heads": PLAIN}.get(note.label, DIM)
    lines = broken(f"{_glued(note)}{remedy}", width, " ")
    yield from (paint(line.replace(GLUE, " "), style) for line in lines)
