"""The rules of the linter as tables, a family each."""

from __future__ import annotations

from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.manual import FAMILIES, page_of
from cnncalc.render.table import CYAN, Column, Note, Row, Table


def tables() -> list[Table]:
    """List the rules: the code, the name and what each finds."""
    room = max(map(len, NAMES.values()))
    columns = (Column("code", style=CYAN), Column("name"), Column("what it finds", breaks=" "))
    families = [
        Table(
            title,
            columns,
            [
                Row((code, name.ljust(room), page_of(code).what))
                for code, name in NAMES.items()
                if code.startswith(beginning)
            ],
            ruled=False,
            headed=False,
            indent=2,
        )
        for beginning, title in FAMILIES.items()
    ]
    return [*families, Table(notes=[Note("", "`cnncalc rule CODE` explains one.")])]
