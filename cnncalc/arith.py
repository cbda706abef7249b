"""Whole-number arithmetic of shapes: the only file that knows there are three number systems.

A `Number` is an int (the report), a sympy expression (closed forms) or a numpy array of integers (sweeps).
Formulas use `+ - * //` and the functions here, so that all three pass through one text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

Number: TypeAlias = Any


def ceil_div(a: Number, b: Number) -> Number:
    """Divide and round up."""
    return -(-a // b)


def minimum(a: Number, b: Number) -> Number:
    """Return the smaller one."""
    if isinstance(a, int) and isinstance(b, int):
        return a if a < b else b
    return -maximum(-a, -b)


def maximum(a: Number, b: Number) -> Number:
    """Return the larger one."""
    if isinstance(a, int) and isinstance(b, int):
        return a if a > b else b
    if "numpy" in (type(a).__module__, type(b).__module__):
        import numpy

        return numpy.maximum(a, b)
    import sympy

    return sympy.Max(a, b)


def product(numbers: Iterable[Number]) -> Number:
    """Multiply; the product of nothing is 1."""
    result: Number = 1
    for n in numbers:
        result = result * n
    return result


def window(n: Number, kernel: Number, stride: Number, padding: Number, dilation: Number) -> Number:
    """Count the positions of a window on `n` cells with `padding` cells in all: ⌊(n + p − d(k−1) − 1)/s⌋ + 1.

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6 and section 5.1 (dilation).
    """
    return (n + padding - dilation * (kernel - 1) - 1) // stride + 1


def window_ceil(n: Number, kernel: Number, stride: Number, before: Number, after: Number, dilation: Number) -> Number:
    """Count the positions when a last, partly filled window counts too (ceil mode).

    A window that would start in the padding after the cells is left out, as PyTorch and Caffe do:
    min(⌈(n + p − d(k−1) − 1)/s⌉ + 1, ⌈(n + before)/s⌉).
    """
    full = ceil_div(n + before + after - dilation * (kernel - 1) - 1, stride) + 1
    return minimum(full, ceil_div(n + before, stride))


def spread(n: Number, kernel: Number, stride: Number, padding: Number, dilation: Number, extra: Number) -> Number:
    """Count the cells that a transposed window makes of `n`: (n − 1)s − p + d(k−1) + 1 + extra.

    Source: torch.nn.ConvTranspose2d; Dumoulin & Visin 2016, relationship 14.
    """
    return (n - 1) * stride - padding + dilation * (kernel - 1) + 1 + extra


def same_padding(n: Number, kernel: Number, stride: Number, dilation: Number) -> Number:
    """Return the padding in all that makes the output ⌈n/s⌉: max((⌈n/s⌉ − 1)s + d(k−1) + 1 − n, 0)."""
    return maximum((ceil_div(n, stride) - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
