"""Tables as CSV: every digit, and no text that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from cnncalc.problem import visible
from cnncalc.render.table import Row, Table, without_empty

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Beginnings that make a spreadsheet compute a text."""


def printed(tables: Sequence[Table], width: int = 0) -> str:
    """Print the values of tables under their names, an empty line between two; CSV has no width.

    Where a table says what its data are, the others only show the same in another way.
    """
    data = [table for table in tables if table.data] or [table for table in tables if table.columns]
    return "\n\n".join(map(_table, data))


def _table(table: Table) -> str:
    if table.data:
        return text(*table.data())
    kept = without_empty(table)
    rows = [[row.cells[i].strip() for i in kept] for row in (*table.rows, *table.totals) if isinstance(row, Row)]
    return text([table.columns[i].heading for i in kept], rows)


def text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write values under their names; None is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([safe(value) for value in row] for row in rows)
    return written.getvalue().removesuffix("\n")


def safe(value: Any) -> Any:
    """Return a value as a spreadsheet reads it back: a text that begins as a formula does gets an apostrophe."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if value.lstrip(" ").startswith(FORMULA) else shown
