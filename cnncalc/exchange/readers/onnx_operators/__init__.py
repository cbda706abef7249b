"""The operators of ONNX by name, each as the function that reads it: one module a family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.exchange.readers.onnx_operators import arithmetic, elementwise, pools, shapes, weighted

OPERATORS: dict[str, Callable[..., Any]] = {
    **weighted.OPERATORS,
    **pools.OPERATORS,
    **elementwise.OPERATORS,
    **arithmetic.OPERATORS,
    **shapes.OPERATORS,
}
