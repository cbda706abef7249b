"""A report as a Markdown table."""

from __future__ import annotations

import re

from cnncalc.network.report import Report
from cnncalc.render.columns import LAYER, View
from cnncalc.render.grid import grid

BAR = r"\|"


def markdown(report: Report, view: View) -> str:
    """Print a table in the Markdown of GitHub, the title over it and the notes under it."""
    table = grid(report, view)
    rows = [
        [_code(cell) if column is LAYER else escape(cell) for column, cell in zip(table.columns, cells, strict=True)]
        for cells in table.cells
    ]
    rows += [[f"**{escape(cell)}**" if cell else "" for cell in totals] for totals in table.totals]
    lines = (
        f"### {escape(table.title)}",
        "",
        _line([column.heading for column in table.columns]),
        f"|{'|'.join('---:' if column.right else '---' for column in table.columns)}|",
        *map(_line, rows),
        "",
        *(f"- {escape(str(note))}" for note in table.notes),
    )
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """Set a text in monospace; a bar would end the cell even there."""
    return f"`{text.replace('|', BAR)}`" if text and "`" not in text else escape(text)


def escape(text: str) -> str:
    """Keep what Markdown would read as its own: bars of the table, emphasis, links, HTML, mathematics."""
    return re.sub(r"([\\|*_`\[\]<$~])", r"\\\1", text)
