"""Tables in HTML: a part of a page, as notebooks show it, or a page; legible on light and on dark ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from cnncalc.render.table import DIM, Column, Note, Row, Table, cleaned, without_empty

# The text has the page's own colour and the rest is translucent, so that no theme hides it.
STYLE = """<style>
.cnncalc { border-collapse: collapse; font-variant-numeric: tabular-nums; color: inherit; }
.cnncalc caption { caption-side: top; text-align: left; font-weight: bold; color: inherit; }
.cnncalc th, .cnncalc td { padding: 0.15em 0.7em; text-align: left; background: none; color: inherit; }
.cnncalc thead th { border-bottom: 1px solid rgba(128, 128, 128, 0.6); }
.cnncalc tfoot th { border-top: 1px solid rgba(128, 128, 128, 0.6); }
.cnncalc .number { text-align: right; white-space: nowrap; }
.cnncalc .aside { opacity: 0.65; }
.cnncalc .group { font-weight: bold; }
.cnncalc code { background: none; color: inherit; white-space: normal; }
</style>"""


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{body}
</body>
</html>"""


def printed(tables: Sequence[Table], width: int = 0) -> str:
    """Print a whole page; a browser has a width of its own."""
    title = next(filter(None, (table.title or table.caption for table in tables)), "cnncalc")
    return PAGE.format(title=escape(title), body=part(tables))


def part(tables: Iterable[Table]) -> str:
    """Return tables with their own style, for a page of somebody else's; every text in it is escaped."""
    return "\n".join((STYLE, *(line for table in tables for line in lines(cleaned(table)))))


def lines(table: Table) -> Iterator[str]:
    """Yield the lines of a table, without its style."""
    kept = without_empty(table)
    columns = [table.columns[i] for i in kept]
    if not (columns and table.rows):
        if table.title:
            yield f"<h{table.level + 1}>{escape(table.title)}</h{table.level + 1}>"
        yield from map(_note, (*table.above, *table.notes))
        return
    yield from map(_note, table.above)
    yield '<table class="cnncalc">'
    if table.title:
        yield f"<caption>{escape(table.title)}</caption>"
    yield f"<thead>{_row('th', [escape(column.heading) for column in columns], columns)}</thead>"
    yield "<tbody>"
    for row in table.rows:
        if isinstance(row, Row):
            yield _row("td", [_cell(table.columns[i], row, i) for i in kept], columns, aside=row.style == DIM)
        elif row.text:
            yield f'<tr class="group"><td colspan="{len(kept)}">{escape(row.text)}</td></tr>'
    yield "</tbody>"
    if table.totals:
        rows = (_row("th", [escape(row.cells[i]) for i in kept], columns) for row in table.totals)
        yield from ("<tfoot>", *rows, "</tfoot>")
    yield "</table>"
    yield from map(_note, table.notes)


def _note(note: Note) -> str:
    return f"<div><small>{escape(str(note))}</small></div>"


def _row(tag: str, cells: Sequence[str], columns: Sequence[Column], *, aside: bool = False) -> str:
    opened = '<tr class="aside">' if aside else "<tr>"
    texts = "".join(f"<{tag}{_align(column)}>{cell}</{tag}>" for cell, column in zip(cells, columns, strict=True))
    return f"{opened}{texts}</tr>"


def _cell(column: Column, row: Row, i: int) -> str:
    cell = escape(row.cells[i])
    if column.code:
        return f"<code>{cell}</code>"
    if column.bar and (share := row.shares.get(i)):
        bar = f"linear-gradient(to right, rgba(46, 160, 67, 0.4) {100 * share:.1f}%, transparent 0)"
        return f'<div style="background: {bar}; min-width: 6em">{cell}</div>'
    return cell


def _align(column: Column) -> str:
    return ' class="number"' if column.right else ""
