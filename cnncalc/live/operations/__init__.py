"""Functions of several tensors, or of some dimensions; the rest are layers, reshapes or functions of each value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.live.operations import elementwise, products, shapes

OPERATIONS: dict[str, Callable[..., Any]] = {
    **elementwise.OPERATIONS,
    **products.OPERATIONS,
    **shapes.OPERATIONS,
}
"""By the names that PyTorch has for them, each as the function that reads it."""
