"""A table, whatever it is about: what every command builds, and what one printer a format prints (render/printers)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from cnncalc.problem import visible
from cnncalc.record import Record

PLAIN, BOLD, DIM, RED, YELLOW, GREEN, MAGENTA, CYAN = "", "bold", "dim", "red", "yellow", "green", "magenta", "cyan"
"""Styles that can be read on dark and on light backgrounds."""

PAGE = 40
"""Rows that fit a page."""

TERMS = "+−"
"""Of a column whose cells are formulas: they go on below between two terms."""


class Column(Record):
    """One column: its heading, how its cells stand, and what it gives up where room is short."""

    heading: str
    right: bool = False
    breaks: str = ""  # its cells go on below, after one of these characters; TERMS: between terms
    widest: int = 0  # the most characters in a line; 0: as many as its cells need
    late: bool = False  # gives room up after all others
    spare: int = 0  # columns are left out in this order, the largest first; 0 stays
    always: bool = False  # stays although none of its cells has a text
    optional: bool = False  # a cell without room is left out
    style: str = PLAIN
    code: bool = False  # set in a typewriter's letters
    bar: bool = False  # the share of a row is drawn beside its percentage


class Row(Record):
    """A text for each column; `styles` and `shares` by the number of the column, `style` for all of them."""

    cells: Sequence[str]
    style: str = PLAIN
    styles: Mapping[int, str] = {}
    shares: Mapping[int, float] = {}
    most: int = 0  # the most lines that it is written on; 0: as many as it needs


class Across(Record):
    """A row that is one text over all columns: the name of the group of rows below it."""

    text: str
    style: str = PLAIN
    indent: int = 0


class Note(NamedTuple):
    """A sentence under the table; `label` says what about."""

    label: str
    text: str
    style: str = DIM
    indent: int = 0
    whole: bool = False  # stays on one line, as a place in a file does that an editor opens

    def __str__(self) -> str:
        return f"{self.label}: {self.text}" if self.label else self.text


Data: TypeAlias = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""Names and the values under them, every digit."""


class Table(Record):
    """Columns and rows, with what stands over and under them; without columns, a title and notes alone."""

    title: str = ""
    columns: Sequence[Column] = ()
    rows: Sequence[Row | Across] = ()
    totals: Sequence[Row] = ()
    notes: Sequence[Note] = ()
    above: Sequence[Note] = ()  # between the title and the columns
    level: int = 1  # 2 for a section of a page, which stands close to its title; 3 for a part of the table above it
    ruled: bool = True  # whether a line stands under the headings
    headed: bool = True  # whether a screen shows the headings
    indent: int = 0  # of its columns on a screen
    caption: str = ""  # what a paper calls it, where a screen needs no title
    label: str = ""  # what LaTeX refers to it by
    data: Callable[[], Data] | None = None  # what CSV prints; without it, the cells


def cleaned(table: Table) -> Table:
    """Return the table with every text of it visible."""

    def row(row: Row | Across) -> Row | Across:
        if isinstance(row, Across):
            return row if row.text.isprintable() else Across(visible(row.text), row.style, row.indent)
        if all(map(str.isprintable, row.cells)):
            return row
        return Row([*map(visible, row.cells)], row.style, row.styles, row.shares, row.most)

    def notes(notes: Sequence[Note]) -> list[Note]:
        return [
            note if note.text.isprintable() else note._replace(text=visible(" ".join(note.text.split())))
            for note in notes
        ]

    fresh = Table(**table.__dict__)
    fresh.title, fresh.caption = visible(table.title), visible(table.caption)
    fresh.columns = [_named(column) for column in table.columns]
    fresh.rows = [*map(row, table.rows)]
    fresh.totals = [found for found in map(row, table.totals) if isinstance(found, Row)]
    fresh.notes, fresh.above = notes(table.notes), notes(table.above)
    return fresh


def _named(column: Column) -> Column:
    if column.heading.isprintable():
        return column
    return type(column)(**{**column.__dict__, "heading": visible(column.heading)})


def without_empty(table: Table) -> list[int]:
    """Return the numbers of the columns that have a text, or stay without one."""
    rows = [row.cells for row in (*table.rows, *table.totals) if isinstance(row, Row)]
    return [i for i, column in enumerate(table.columns) if column.always or any(cells[i] for cells in rows)]
