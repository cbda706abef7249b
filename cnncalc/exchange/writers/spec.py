"""The writer of specs: the layers of a network with blocks found again, without variables and variants."""

from __future__ import annotations

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.text import spec_text
from cnncalc.network.network import Network


def write(network: Network, weights: str | None) -> str:
    """Return the text of a spec."""
    return spec_text(Graph.of(network))
