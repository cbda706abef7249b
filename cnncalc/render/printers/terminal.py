"""Tables as lines of styled text for a screen.

This one layout serves every table: it yields pieces of text with their styles, so that a pipe gets the same text as a
terminal without loading rich. 500 rows take milliseconds, where rich.table needs 300, and look like five.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from cnncalc.problem import columns as width_of
from cnncalc.render.numbers import drawn
from cnncalc.render.table import BOLD, DIM, GREEN, PLAIN, RED, TERMS, Across, Note, Row, Table, without_empty

Line: TypeAlias = list[tuple[str, str]]
"""Pieces of a line, each with its style."""

GAP = 2
NARROWEST = 16
"""The least room of a column that may wrap, as long as others can give some."""

BAR_WIDTHS = (18, 8, 6, 5)
"""Widths a bar is drawn in, the best first; the first has the percentage beside it."""

PERCENT_WIDTH = 7
INDENT = "  "
GLUE = "\u00a0"
TICKS = {"✓": GREEN, "✗": RED}


def printed(tables: Sequence[Table], width: int) -> str:
    """Print tables without styles."""
    return joined(lines(tables, width))


def joined(lines: Iterable[Line]) -> str:
    """Return the text of lines."""
    return "\n".join("".join(text for text, _ in line) for line in lines)


def wrapped(text: str, width: int, style: str = PLAIN, indent: str = INDENT) -> Iterator[Line]:
    """Yield the lines of a text, broken between its words."""
    import textwrap

    for line in textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False):
        yield [(line, style)]


def lines(tables: Sequence[Table], width: int) -> Iterator[Line]:
    """Yield the lines of tables, an empty one between two."""
    for number, table in enumerate(tables):
        if number and table.level < 3:
            yield []
        yield from _table(table, width)


def fits(table: Table, width: int) -> bool:
    """Return whether the lines of a table have room on a screen."""
    return _total(widths_of(table, width)) <= width


def _table(table: Table, width: int) -> Iterator[Line]:
    blank = table.level == 1 and bool(table.columns and table.rows)
    style = BOLD if table.level < 3 else DIM
    for line in broken(table.title, width, " ", table.indent // 2 if table.level == 3 else 0) if table.title else ():
        yield [(line, style)]
    if table.title and blank:
        yield []
    for note in table.above:
        yield from _note(note, width)
    if table.columns and table.rows:
        yield from _indented(_grid(table, width - table.indent), table.indent)
    if table.notes and blank:
        yield []
    for note in table.notes:
        yield from _note(note, width)


def _indented(lines: Iterator[Line], indent: int) -> Iterator[Line]:
    return ([(" " * indent, PLAIN), *line] if line else line for line in lines) if indent else lines


def _grid(table: Table, width: int) -> Iterator[Line]:
    """Yield the headings, the rows and the totals."""
    widths = widths_of(table, width)
    rule: Line = [("─" * _total(widths), DIM)]
    for parts in _headings(table, widths) if table.headed else ():
        yield _line(table, parts, [BOLD] * len(parts), widths)
    if table.ruled:
        yield rule
    for row in table.rows:
        if isinstance(row, Across):
            yield from ([(line, row.style)] if line else [] for line in broken(row.text, width, " ", row.indent))
        else:
            yield from _row(table, row, widths)
    if table.totals:
        yield rule
    for row in table.totals:
        yield from _row(table, Row(row.cells, BOLD), widths)


def _row(table: Table, row: Row, widths: dict[int, int]) -> Iterator[Line]:
    """Yield a line of the table, and more where a cell has to go on below."""
    columns, pieces, styles, several = table.columns, [], [], False
    for i, size in widths.items():
        cell, column = row.cells[i], columns[i]
        if column.bar:
            part = [_bar(row.shares[i], cell, size) if i in row.shares else cell]
        elif len(cell) <= size or not column.breaks:
            part = [cell if not column.optional or width_of(cell) <= size else ""]
        else:
            part = _wrapped(cell, size, column.breaks, row.most)
            several = True
        pieces.append(part)
        styles.append(row.style or row.styles.get(i) or column.style)
    if not several:
        yield _line(table, [part[0] for part in pieces], styles, widths)
        return
    for parts in zip_longest(*pieces, fillvalue=""):
        yield _line(table, parts, styles, widths)


def _line(table: Table, parts: Sequence[str], styles: Sequence[str], widths: dict[int, int]) -> Line:
    line: Line = []
    room = 0
    for (i, size), part, style in zip(widths.items(), parts, styles, strict=True):
        if part:
            column = table.columns[i]
            space = size - (len(part) if part.isascii() else width_of(part))
            right = column.right and not column.bar
            if before := room + (space if right else 0):
                line.append((" " * before, PLAIN))
            line.append((part, style))
            room = GAP if right else GAP + space
        else:
            room += size + GAP
    return line


def _total(widths: dict[int, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def widths_of(table: Table, width: int) -> dict[int, int]:
    """Share the screen out among the columns, by their numbers; a column that is not in it is left out.

    Numbers and shapes are never cut, formulas wrap between their terms. Spare columns go first, then bars shrink, then
    columns that may wrap, then bars go, then headings wrap, then paths, and last the words that may wrap.
    """
    columns = table.columns
    rows = [row.cells for row in (*table.rows, *table.totals) if isinstance(row, Row)]
    kept = [i for i in without_empty(table) if not columns[i].optional]
    widths = {i: max(map(width_of, (columns[i].heading, *(cells[i] for cells in rows)))) for i in kept}
    for i in kept:
        if columns[i].widest:
            widths[i] = min(widths[i], columns[i].widest)
    for i in sorted(kept, key=lambda i: -columns[i].spare):
        if not columns[i].spare or _total(widths) <= width:
            break
        del widths[i]
    least = dict(widths)
    for i in widths:
        if columns[i].breaks == TERMS:
            cells = (columns[i].heading, *(cells[i] for cells in rows))
            least[i] = max(width_of(term) for cell in cells for term in terms(cell))
        elif columns[i].breaks and not columns[i].late:
            least[i] = min(NARROWEST, least[i])
    wrapping = [i for i in widths if widths[i] > least[i]]
    bars = [i for i in widths if columns[i].bar]
    for bar in (*BAR_WIDTHS, 0):
        for i in bars:
            widths[i] = bar
        shown = {i: size for i, size in widths.items() if size}
        over = _total(shown) - width
        spare = sum(widths[i] - least[i] for i in wrapping)
        if over <= (spare if bar in (BAR_WIDTHS[-1], 0) else 0):
            break
    for _ in range(over):
        widest = max((i for i in wrapping if widths[i] > least[i]), key=widths.__getitem__, default=None)
        if widest is None:
            break
        widths[widest] -= 1
        over -= 1
    widths = {i: size for i, size in widths.items() if size}
    if over > 0:
        _squeeze(table, rows, widths, over)
    room = width - _total(widths) - GAP
    return widths | {i: max(room, 0) for i in without_empty(table) if columns[i].optional}


def _squeeze(table: Table, rows: Sequence[Sequence[str]], widths: dict[int, int], over: int) -> None:
    """Take `over` more away: from headings, whose words then stand above each other, from paths, from words."""

    def give(i: int, least: int) -> None:
        nonlocal over
        given = max(0, min(over, widths[i] - least))
        widths[i] -= given
        over -= given

    columns = {i: table.columns[i] for i in widths}
    for i, column in columns.items():
        if not column.breaks or column.breaks == TERMS:
            give(i, max(map(width_of, (*column.heading.split(), *(cells[i] for cells in rows)))))
    for i, column in columns.items():
        if column.late:
            give(i, 3 + max(len(level) for cells in rows for level in cells[i].split(".")))
    for i, column in columns.items():
        if column.breaks and column.breaks != TERMS and not column.late:
            give(i, len(INDENT) + max((len(word) for cells in rows for word in cells[i].split()), default=0))


def _headings(table: Table, widths: dict[int, int]) -> Iterator[list[str]]:
    """Yield the lines of the headings: words of one that has no room stand above each other, the last one lowest."""
    pieces = []
    for i, width in widths.items():
        heading, lines = table.columns[i].heading, [""]
        for word in heading.split(" ") if len(heading) > width else [heading]:
            if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        pieces.append(lines)
    most = max(map(len, pieces), default=0)
    for number in range(most):
        yield ["" if number < most - len(lines) else lines[number - most] for lines in pieces]


def _wrapped(text: str, width: int, breaks: str, most: int) -> list[str]:
    """Break the text of a cell, of whose lines at most `most` stay."""
    if breaks == TERMS:
        return summed(text, width)
    lines = broken(text, width, breaks)
    if not most or len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1][: width - 2].rstrip()} …"]


def broken(text: str, width: int, ends: str = " ", indent: int = 0) -> list[str]:
    """Break a text into lines of at most `width`, after one of the characters `ends` where there is one."""
    lines = [" " * indent]
    for word in re.findall(rf"[^{re.escape(ends)}]{{1,{max(width - 3 - indent, 1)}}}[{ends}]?|[{ends}]", text):
        if lines[-1].strip() and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append(" " * indent + INDENT)
        lines[-1] += word
    return [line.rstrip() for line in lines]


def terms(formula: str) -> list[str]:
    """Split a formula before its signs."""
    return re.split(r" (?=[+−] )(?![^⌊]*⌋)", formula)


def summed(formula: str, width: int) -> list[str]:
    """Break a formula between its terms."""
    lines = [""]
    for term in terms(formula):
        if lines[-1] and len(lines[-1]) + 1 + len(term) > width:
            lines.append(term)
        else:
            lines[-1] = f"{lines[-1]} {term}".lstrip()
    return lines


def _bar(share: float, percent: str, width: int) -> str:
    """Draw a share in eighths of a character, with its percentage where there is room."""
    if not share:
        return ""
    if width != BAR_WIDTHS[0]:
        return drawn(share, width)
    return drawn(share, width - PERCENT_WIDTH).ljust(width - PERCENT_WIDTH) + percent.rjust(PERCENT_WIDTH)


def _note(note: Note, width: int) -> Iterator[Line]:
    """Yield the lines of a note; a tick or a cross at its beginning has a colour of its own."""
    for number, line in enumerate([str(note)] if note.whole else broken(_glued(note), width, " ", note.indent)):
        text = line.replace(GLUE, " ")
        if not number and text[:1] in TICKS:
            yield [(text[0], TICKS[text[0]]), (text[1:], note.style)]
        else:
            yield [(text, note.style)] if text else []


def _glued(note: Note) -> str:
    """Return what a note says, with blanks that are none to a line break within a formula."""
    text = str(note).replace(" = ", f"{GLUE}={GLUE}")
    if "⌊" not in text:
        return text
    depth, glued = 0, ""
    for c in text:
        depth += (c == "⌊") - (c == "⌋")
        glued += GLUE if c == " " and depth else c
    return glued
