"""Tables that students fill in: a row for each answer, one row of them, or rows and columns of a table question."""

from __future__ import annotations

import re

from cnncalc.grading.submissions.collected import Collected
from cnncalc.grading.submissions.labels import is_answer
from cnncalc.grading.submissions.names import plain

_RULE = re.compile(r"[\s|:+=-]+")
_CELL = re.compile(r"(?<!\\)\|")
_IDS = frozenset(
    (
        "id",
        "question",
        "q",
        "no",
        "no.",
        "nr",
        "#",
        "part",
        "task",
        "number",
        "exercise",
        "problem",
        "aufgabe",
        "frage",
        "pregunta",
    )
)
_ANSWERS = frozenset(("answers", "response", "value"))


def is_row(line: str) -> bool:
    """Return whether a line is a row of a table."""
    bare = line.strip()
    return bare.startswith("|") or (bare.count("|") >= 2 and not bare.startswith(("#", "`")))


def is_rule(line: str) -> bool:
    """Return whether a line only separates the rows of a Markdown table."""
    return _RULE.fullmatch(line) is not None


def cells_of(line: str | list[str]) -> list[str]:
    """Return the cells of a row, without marks around them."""
    if isinstance(line, list):
        return [cell.strip() for cell in line]
    bare = line.strip()
    bare = bare.removeprefix("|")
    bare = bare[:-1] if bare.endswith("|") and not bare.endswith("\\|") else bare
    return [cell.strip().replace("\\|", "|").strip("`") for cell in _CELL.split(bare)]


def take_table(rows: list[list[str]], heading: str, collected: Collected) -> None:
    """Take the answers of one table."""
    if not rows:
        return
    heads = [plain(cell) for cell in rows[0]]
    ids = next((at for at, head in enumerate(heads) if head in _IDS), None)
    answers = next((at for at, head in enumerate(heads) if head in _ANSWERS or is_answer(head)), None)
    if ids is not None and answers is not None:
        for row in rows[1:]:
            if len(row) > max(ids, answers) and row[ids]:
                collected.take(collected.names.column(row[ids]) or row[ids], _bold(row[answers]))
        return
    question = _table_of(heads, [plain(row[0]) for row in rows[1:]], heading, collected)
    if question is None:
        _without_heads(rows, collected)
        return
    table = collected.names.tables[question]
    assert table is not None
    columns = {plain(column): column for column in table.columns}
    named = {plain(row): row for row in table.rows}
    for row in rows[1:]:
        name = named.get(plain(row[0]))
        if name is None:
            collected.note(f"the table of question {question} has no row {row[0][:40]!r}")
            continue
        for head, cell in zip(heads[1:], row[1:], strict=False):
            column = columns.get(head) or columns.get(head.replace(" ", "_"))
            id = table.asked.get((name, column)) if column else None
            if id is not None:
                collected.take(id, _bold(cell))


def _without_heads(rows: list[list[str]], collected: Collected) -> None:
    """Take a row for each answer, or one row of answers below their questions."""
    found = [(id, row[-1]) for row in rows if len(row) > 1 and (id := collected.names.column(row[0]))]
    below = [id for head in rows[0] if (id := collected.names.column(head))]
    if len(rows) == 2 and len(below) > len(found):
        ids = map(collected.names.column, rows[0])
        found = [(id, cell) for id, cell in zip(ids, rows[1], strict=False) if id]
    for id, cell in found:
        collected.take(id, _bold(cell))
    if not found:
        collected.note(f"a table was not read: its heads are {', '.join(map(plain, rows[0]))[:80]}")


def _table_of(heads: list[str], rows: list[str], heading: str, collected: Collected) -> str | None:
    """Return the id of the question that a table belongs to: the one its heading names, else the one that fits."""
    fits = []
    for id, table in collected.names.tables.items():
        columns = {plain(column) for column in table.columns}
        shared = {head for head in heads[1:] if head in columns or head.replace(" ", "_") in columns}
        if shared and {plain(row) for row in table.rows} & set(rows):
            fits.append(id)
    words = re.findall(r"[\w.\-]+", heading.lower())
    named = [id for id in fits if id in words]
    return named[0] if named else fits[0] if len(fits) == 1 else None


def _bold(cell: str) -> str:
    return cell.strip("*") if cell.startswith("**") and cell.endswith("**") else cell
