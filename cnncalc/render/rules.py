"""The rules of the linter as tables, a family each, as pages and as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.linter import manual
from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.manual import FAMILIES, Rules, page_of
from cnncalc.render.table import CYAN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import findings


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


def page(found: Rules) -> str:
    """Return the page of one rule, or docs/rules.md, in Markdown."""
    return manual.markdown(found.codes[0]) if found.page else manual.document()


def document(found: Rules) -> findings.Rule | findings.Rules:
    """Return one rule, or all of them, as a document."""
    from cnncalc.documents import findings

    pages = [*map(manual.data, found)]
    return findings.Rule.model_validate(pages[0]) if found.page else findings.Rules.model_validate(pages)
