"""PyTorch modules by name, such as `torchvision.models:resnet50` or `net.py:Net`. This runs their code."""

from __future__ import annotations

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.readers import Request


def read(request: Request) -> Graph:
    """Return the graph of the module that a callable returns. Raises NoAnswer where none that runs comes of it."""
    from cnncalc.live.modules import read_target

    return read_target(request)
