"""Tables in every format, one file each.

terminal.py   lines of styled text, as wide as a screen
markdown.py   GitHub's Markdown
latex.py      tables with booktabs rules
csv.py        the values, every digit
html.py       a page, or a part of one for notebooks
svg.py        the terminal's picture; text stays text
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from cnncalc.render.table import Table, cleaned

ENDINGS = {
    ".txt": "table",
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".svg": "svg",
    ".parquet": "parquet",
}
"""The format that a file's ending means."""

FORMATS = tuple(format_ for format_ in ENDINGS.values() if format_ != "parquet")
"""What every command with a table prints; JSON comes from its document, and Parquet is for rows of sweeps."""

WIDTH = 120
"""Of a picture of the terminal."""


def printed(tables: Iterable[Table], format_: str, *, width: int = WIDTH) -> str:
    """Print tables in a format other than JSON, without a line break at the end."""
    module = import_module(f"cnncalc.render.printers.{'terminal' if format_ == 'table' else format_}")
    printer: Callable[[Sequence[Table], int], str] = module.printed
    return printer(ready(tables), width)


def ready(tables: Iterable[Table]) -> list[Table]:
    """Return the tables that have something to say, every text of them visible."""
    return [cleaned(table) for table in tables if table.title or table.rows or table.notes or table.above or table.data]
