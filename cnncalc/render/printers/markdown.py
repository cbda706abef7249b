"""Tables in GitHub's Markdown: the title over them, the notes as a list under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.render.table import Across, Table, without_empty

BAR = r"\|"


def printed(tables: Sequence[Table], width: int = 0, *, heading: int = 3) -> str:
    """Print tables, whose titles begin with `heading` hashes; Markdown has no width."""
    return "\n\n".join("\n".join(_table(table, heading)) for table in tables)


def _table(table: Table, heading: int) -> Iterator[str]:
    blocks: list[list[str]] = []
    if table.title:
        blocks.append([f"{'#' * (heading + table.level - 1)} {escape(table.title)}"])
    blocks += [[escape(str(note))] for note in table.above]
    if table.columns and table.rows:
        blocks.append([*grid(table)])
    if table.notes:
        blocks.append([f"- {escape(str(note))}" for note in table.notes])
    for number, block in enumerate(blocks):
        if number:
            yield ""
        yield from block


def grid(table: Table) -> Iterator[str]:
    """Yield the lines of the table alone."""
    kept = without_empty(table)
    columns = [table.columns[i] for i in kept]
    yield _line([escape(column.heading) for column in columns])
    yield f"|{'|'.join('---:' if column.right else '---' for column in columns)}|"
    for row in table.rows:
        if isinstance(row, Across):
            if row.text:
                yield _line([_bold(row.text), *[""] * (len(kept) - 1)])
        else:
            yield _line([_code(row.cells[i]) if table.columns[i].code else escape(row.cells[i].strip()) for i in kept])
    yield from (_line([_bold(row.cells[i]) for i in kept]) for row in table.totals)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _bold(text: str) -> str:
    return f"**{escape(text)}**" if text else ""


def _code(text: str) -> str:
    """Set a text in monospace; a bar would end the cell even there."""
    return f"`{text.replace('|', BAR)}`" if text and "`" not in text else escape(text)


def escape(text: str) -> str:
    """Keep what Markdown would read as its own: bars of the table, emphasis, links, HTML, mathematics."""
    return _OWN.sub(r"\\\1", text)


_OWN = re.compile(r"([\\|*_`\[\]<$~])")
