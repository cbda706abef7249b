"""Short names for the floors of a table that would be too wide with them: H₁ = ⌊(H + 1)/2⌋."""

from __future__ import annotations

import re

from cnncalc.render.grid import Grid, Note

FLOOR = re.compile(r"⌊(?P<before>[^A-Za-z⌊⌋]*)(?P<symbol>[A-Za-z][A-Za-z0-9_]*)(?P<rest>[^⌊⌋]*)⌋")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def lettered(grid: Grid) -> Grid:
    """Return the grid with a letter for every floor; what is alike for H and W has one number for both."""
    numbers: dict[tuple[str, str], int] = {}
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        number = numbers.setdefault((found["before"], found["rest"]), len(numbers) + 1)
        return names.setdefault(found.group(), found["symbol"] + str(number).translate(SUBSCRIPTS))

    def short(text: str) -> str:
        return FLOOR.sub(name, text)

    cells = [list(map(short, row)) for row in grid.cells]
    totals = [list(map(short, row)) for row in grid.totals]
    if not names:
        return grid
    where = Note("where", ", ".join(f"{name} = {floor}" for floor, name in names.items()))
    return Grid(grid.title, grid.columns, grid.lines, cells, totals, [where, *grid.notes])
