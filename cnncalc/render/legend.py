"""Short names for the floors of a table that would be too wide with them: H₁ = ⌊(H + 1)/2⌋."""

from __future__ import annotations

import re

from cnncalc.render.table import Note, Row, Table

FLOOR = re.compile(r"⌊(?P<before>[^A-Za-z⌊⌋]*)(?P<symbol>[A-Za-z][A-Za-z0-9_]*)(?P<rest>[^⌊⌋]*)⌋")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def lettered(table: Table) -> Table:
    """Return the table with a letter for every floor; what is alike for H and W has one number for both."""
    numbers: dict[tuple[str, str], int] = {}
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        number = numbers.setdefault((found["before"], found["rest"]), len(numbers) + 1)
        return names.setdefault(found.group(), found["symbol"] + str(number).translate(SUBSCRIPTS))

    def short(text: str) -> str:
        return FLOOR.sub(name, text)

    def row(row: Row) -> Row:
        return Row([*map(short, row.cells)], row.style, row.styles, row.shares, row.most)

    fresh = Table(**table.__dict__)
    fresh.rows = [row(found) if isinstance(found, Row) else found for found in table.rows]
    fresh.totals = [*map(row, table.totals)]
    if names:
        where = Note("where", ", ".join(f"{name} = {floor}" for floor, name in names.items()))
        fresh.notes = [where, *table.notes]
    return fresh
