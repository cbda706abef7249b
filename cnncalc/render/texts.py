"""A table of texts, whatever it is about: for a screen, as Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from cnncalc.problem import columns as cells_of
from cnncalc.record import Record
from cnncalc.render.table import BOLD, DIM, GAP, PLAIN, Paint, broken

Style = Callable[[int, str], str]
"""The style of a cell, by its column and text."""

NARROWEST, WIDEST = 16, 120
"""The least room of a column that wraps; the room of a row across where no width is given."""


class Head(Record):
    """One column: its heading, whether its cells stand at the right, and what it gives up where room is short."""

    text: str
    right: bool = False
    spare: int = 0  # columns go in this order, the largest first; 0 stays
    wraps: bool = False  # its cells go on below
    ends: str = " ."  # after one of these


class Across(Record):
    """A row that is one text from side to side."""

    text: str
    style: str = PLAIN


Row: TypeAlias = Sequence[str] | Across


def fitting(heads: Sequence[Head], rows: Sequence[Row], width: int | None = None) -> list[int]:
    """Return the columns that are shown: those with a cell, without the spare ones that a width has no room for."""
    cells = [row for row in rows if not isinstance(row, Across)]
    kept = [i for i in range(len(heads)) if any(row[i] for row in cells)]
    widths = {i: _widest(heads, cells, i) for i in kept}
    for i in sorted(kept, key=lambda i: -heads[i].spare):
        if width is None or not heads[i].spare or _total(widths) <= width:
            break
        del widths[i]
    return [*widths]


def screen(
    heads: Sequence[Head],
    rows: Sequence[Row],
    paint: Paint,
    style: Style | None = None,
    indent: int = 0,
    width: int | None = None,
) -> Iterator[str]:
    """Yield the lines of a table: headings, a rule, and the rows.

    Columns without a cell are left out. Where a width is given, spare columns are left out too, and columns that may
    wrap become narrower, until the table fits.
    """
    cells = [row for row in rows if not isinstance(row, Across)]
    width = None if width is None else width - indent
    widths = {i: _widest(heads, cells, i) for i in fitting(heads, rows, width)}
    wrapping = [i for i in widths if heads[i].wraps]
    while width is not None and _total(widths) > width and any(widths[i] > NARROWEST for i in wrapping):
        widths[max(wrapping, key=widths.__getitem__)] -= 1
    room = " " * indent

    def lines(row: Sequence[str], styles: Style) -> Iterator[str]:
        pieces = {i: broken(row[i], size, heads[i].ends) if heads[i].wraps else [row[i]] for i, size in widths.items()}
        for number in range(max(map(len, pieces.values()), default=0)):
            texts = []
            for i, size in widths.items():
                piece = pieces[i][number] if number < len(pieces[i]) else ""
                space, text = " " * (size - cells_of(piece)), paint(piece, styles(i, row[i]))
                texts.append(space + text if heads[i].right else text + space)
            yield room + (" " * GAP).join(texts).rstrip()

    yield from lines([head.text for head in heads], lambda i, text: BOLD)
    yield room + paint("─" * _total(widths), DIM)
    for row in rows:
        if isinstance(row, Across):
            yield from (room + paint(line, row.style) for line in broken(row.text, width or WIDEST, " "))
        else:
            yield from lines(row, style or (lambda i, text: PLAIN))


def _widest(heads: Sequence[Head], rows: Sequence[Sequence[str]], i: int) -> int:
    return max(cells_of(heads[i].text), *(cells_of(row[i]) for row in rows)) if rows else cells_of(heads[i].text)


def _total(widths: dict[int, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def markdown(heads: Sequence[Head], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    from cnncalc.render.markdown import escape

    yield f"| {' | '.join(escape(head.text) for head in heads)} |"
    yield f"|{'|'.join('---:' if head.right else '---' for head in heads)}|"
    yield from (f"| {' | '.join(map(escape, row))} |" for row in rows)


def latex(heads: Sequence[Head], rows: Iterable[Sequence[str]], caption: str) -> Iterator[str]:
    """Yield the lines of a LaTeX table with booktabs rules."""
    from cnncalc.render.latex import escape

    yield r"% \usepackage{booktabs}"
    yield r"\begin{table}[htbp]"
    yield r"  \centering\small"
    yield rf"  \caption{{{escape(caption)}}}"
    yield rf"  \begin{{tabular}}{{{''.join('r' if head.right else 'l' for head in heads)}}}"
    yield r"    \toprule"
    yield "    " + " & ".join(rf"\textbf{{{escape(head.text)}}}" for head in heads) + r" \\"
    yield r"    \midrule"
    yield from (f"    {' & '.join(map(escape, row))} \\\\" for row in rows)
    yield r"    \bottomrule"
    yield r"  \end{tabular}"
    yield r"\end{table}"


def csv_text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write values under their names; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().removesuffix("\n")
