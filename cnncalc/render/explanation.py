"""An explanation in each format: of layers, or of where the numbers of a network go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.algebra.explain import Explanation
from cnncalc.algebra.network_summary import Account, story
from cnncalc.render import explain, network_summary
from cnncalc.render.formula import PLAIN, number
from cnncalc.render.numbers import percent
from cnncalc.render.printers import WIDTH, html, ready, svg
from cnncalc.render.printers.terminal import Line, joined
from cnncalc.render.table import CYAN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents.base import Document

FORMATS = {
    "text": lambda found: joined(lines(found, ascii_only=False, width=WIDTH)),
    "latex": lambda found: (explain.latex if found.rows else network_summary.latex)(found),
    "markdown": lambda found: (explain.markdown if found.rows else network_summary.markdown)(found),
    "html": lambda found: html.printed(ready(tables(found))),
    "svg": lambda found: svg.drawn(lines(found, ascii_only=False, width=WIDTH), heading(found)),
    "json": lambda found: document(found).to_json(),
}


def lines(found: Explanation, *, ascii_only: bool, width: int) -> Iterator[Line]:
    """Yield its lines for a screen of a width."""
    return (explain.lines if found.rows else network_summary.lines)(found, ascii_only=ascii_only, width=width)


def heading(found: Explanation) -> str:
    """Name what is explained."""
    return explain.title(found.rows[0]) if found.rows else network_summary.title(found.report, found.group)


def tables(found: Explanation) -> Iterator[Table]:
    """Yield a table for each layer, or for each account of a network: params, MACs, memory."""
    columns = Column("number", style=CYAN), Column("formula, with its numbers", breaks=" "), Column("note", breaks=" ")
    for row in found.rows:
        quantities = found.quantities(row)
        rows = [Row([one.name, explain.formula_text(one, PLAIN), one.note]) for one in quantities]
        legend = explain.legend_of(quantities, PLAIN)
        yield Table(explain.title(row), columns, rows, notes=[Note("where", legend)] if legend else [])
    if not found.rows:
        yield Table(heading(found))
        yield from map(_account, story(found.report, found.group))


def _account(account: Account) -> Table:
    columns = (Column("stage", style=CYAN), Column("value", right=True), Column("share", right=True, bar=True))
    rows = []
    for part in account.stages:
        share = "" if part.share is None else percent(part.share)
        shares = {} if part.share is None else {2: part.share}
        rows.append(Row([part.name, number(part.value, PLAIN), share], shares=shares))
    return Table(" ".join(network_summary.total(account, PLAIN)), columns, rows)


def document(found: Explanation) -> Document:
    """Return it as a document: an explanation of layers, or a summary of a network."""
    return explain.document(found) if found.rows else network_summary.document(found)
