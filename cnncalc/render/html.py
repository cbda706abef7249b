"""A report as an HTML table, as notebooks show it: legible on light and on dark pages."""

from __future__ import annotations

from html import escape

from cnncalc.network.report import Report
from cnncalc.render.columns import LAYER, SHARES, Column
from cnncalc.render.fold import Line
from cnncalc.render.grid import grid

# The text has the page's own colour and the rest is translucent, so that no theme hides it.
STYLE = """<style>
.cnncalc { border-collapse: collapse; font-variant-numeric: tabular-nums; color: inherit; }
.cnncalc caption { caption-side: top; text-align: left; font-weight: bold; color: inherit; }
.cnncalc th, .cnncalc td { padding: 0.15em 0.7em; text-align: left; background: none; color: inherit; }
.cnncalc thead th { border-bottom: 1px solid rgba(128, 128, 128, 0.6); }
.cnncalc tfoot th { border-top: 1px solid rgba(128, 128, 128, 0.6); }
.cnncalc .number { text-align: right; white-space: nowrap; }
.cnncalc .aside { opacity: 0.65; }
.cnncalc code { background: none; color: inherit; white-space: normal; }
</style>"""


def html(report: Report) -> str:
    """Return the table with its own style; every text in it is escaped."""
    table = grid(report)
    columns = table.columns
    body = [
        _row("td", [_cell(*cell, line, report) for cell in zip(columns, cells, strict=True)], columns, bool(line.aux))
        for line, cells in zip(table.lines, table.cells, strict=True)
    ]
    return "\n".join(
        (
            STYLE,
            '<table class="cnncalc">',
            f"<caption>{escape(table.title)}</caption>",
            f"<thead>{_row('th', [escape(column.heading) for column in columns], columns)}</thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "<tfoot>",
            *(_row("th", list(map(escape, totals)), columns) for totals in table.totals),
            "</tfoot>",
            "</table>",
            *(f"<div><small>{escape(str(note))}</small></div>" for note in table.notes),
        )
    )


def _row(tag: str, cells: list[str], columns: tuple[Column, ...], aside: bool = False) -> str:
    opened = '<tr class="aside">' if aside else "<tr>"
    texts = "".join(f"<{tag}{_align(column)}>{cell}</{tag}>" for cell, column in zip(cells, columns, strict=True))
    return f"{opened}{texts}</tr>"


def _cell(column: Column, cell: str, line: Line, report: Report) -> str:
    if column is LAYER:
        return f"<code>{escape(cell)}</code>"
    if column in SHARES and (share := column.value(line, report)):
        bar = f"linear-gradient(to right, rgba(46, 160, 67, 0.4) {100 * share:.1f}%, transparent 0)"
        return f'<div style="background: {bar}; min-width: 6em">{escape(cell)}</div>'
    return escape(cell)


def _align(column: Column) -> str:
    return ' class="number"' if column.right else ""
