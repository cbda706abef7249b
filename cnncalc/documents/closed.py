"""`cnncalc closed --format json`: a total as a formula."""

from __future__ import annotations

from cnncalc.documents.base import Document


class ClosedForm(Document):
    """A total of a network, or its output, in symbols."""

    network: str
    """what the network is called"""
    quantity: str
    """what the formulas give: `macs`, `params`, `output`"""
    symbols: list[str]
    """the symbols, whole numbers at which the network can be built"""
    marginal: str | None
    """the symbol by which the formulas are derived; null for the total itself"""
    formulas: dict[str, str]
    """name → formula as Python writes it; an output has one for each dimension"""
