"""An explanation in each format: of layers, or of where the numbers of a network go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.algebra.explain import Explanation
from cnncalc.render import explain, network_summary
from cnncalc.render.printers.terminal import Line, joined

if TYPE_CHECKING:
    from cnncalc.documents.base import Document

FORMATS = {
    "text": lambda found: joined(lines(found, ascii_only=False, width=120)),
    "latex": lambda found: (explain.latex if found.rows else network_summary.latex)(found),
    "markdown": lambda found: (explain.markdown if found.rows else network_summary.markdown)(found),
    "json": lambda found: document(found).to_json(),
}


def lines(found: Explanation, *, ascii_only: bool, width: int) -> Iterator[Line]:
    """Yield its lines for a screen of a width."""
    return (explain.lines if found.rows else network_summary.lines)(found, ascii_only=ascii_only, width=width)


def document(found: Explanation) -> Document:
    """Return it as a document: an explanation of layers, or a summary of a network."""
    return explain.document(found) if found.rows else network_summary.document(found)
