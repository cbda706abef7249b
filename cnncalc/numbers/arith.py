"""Whole-number arithmetic of shapes: the only file that knows there are several number systems.

A `Number` is an int (the report), a symbol and what is made of symbols (closed forms), a numpy array of integers
(sweeps), a side as a function of the input's (sizes), or a number that remembers how it came about (explanations).
Formulas use `+ - * // %` and the functions here, so that all of them pass through one text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = Any
PLAIN = (int, Fraction)


class Undecided(TypeError):  # noqa: N818  # a question that has no answer yet, no fault
    """A comparison whose answer depends on symbols."""

    def __init__(self, symbols: Iterable[str]) -> None:
        super().__init__(" and ".join(sorted(symbols)))


def symbols_of(number: Number) -> frozenset[str]:
    """Return the names of the symbols that a number is made of."""
    names: frozenset[str] = getattr(number, "free_symbols", frozenset())
    return names


def equal(a: Number, b: Number) -> bool:
    """Judge whether two numbers are equal, whatever their symbols are; raises Undecided where it depends on those."""
    if type(a) is int and type(b) is int:
        return a == b
    if hasattr(a, "equals") or hasattr(b, "equals"):
        return bool(a.equals(b) if hasattr(a, "equals") else b.equals(a))
    return bool(a == b)


def pinned(number: Number) -> Number:
    """Return a number that structure depends on; one that stands for many gives up all but one of them."""
    return number.pinned() if hasattr(number, "pinned") else number


def counted(number: Number) -> Number:
    """Return a number of rounds; one along a path is asked before every round whether there is another."""
    return number.counted() if hasattr(number, "counted") else pinned(number)


def ceil_div(a: Number, b: Number) -> Number:
    """Divide and round up."""
    return -(-a // b)


def minimum(a: Number, b: Number) -> Number:
    """Return the smaller one."""
    if isinstance(a, PLAIN) and isinstance(b, PLAIN):
        return a if a < b else b
    if _is_array(a) or _is_array(b):
        import numpy

        return numpy.minimum(a, b)
    return a.minimum(b) if hasattr(a, "minimum") else b.minimum(a)


def maximum(a: Number, b: Number) -> Number:
    """Return the larger one."""
    if isinstance(a, PLAIN) and isinstance(b, PLAIN):
        return a if a > b else b
    if _is_array(a) or _is_array(b):
        import numpy

        return numpy.maximum(a, b)
    return a.maximum(b) if hasattr(a, "maximum") else b.maximum(a)


def _is_array(number: Number) -> bool:
    return type(number).__module__ == "numpy"


def root(over: Number, by: Number) -> Number:
    """Return √(over/by), a float where both are known."""
    return math.sqrt(over / by) if isinstance(by, int) else by.root_under(over)


def product(numbers: Iterable[Number]) -> Number:
    """Multiply; the product of nothing is 1."""
    result: Number = 1
    for n in numbers:
        result = result * n
    return result


def window(n: Number, kernel: Number, stride: Number, padding: Number, dilation: Number) -> Number:
    """Count the positions of a window on `n` pixels with `padding` pixels in all: ⌊(n + p − d(k−1) − 1)/s⌋ + 1.

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6 and section 5.1 (dilation).
    """
    return (n + (padding - dilation * (kernel - 1) - 1)) // stride + 1  # in one sum: a side is shifted once


def window_ceil(n: Number, kernel: Number, stride: Number, before: Number, after: Number, dilation: Number) -> Number:
    """Count the positions when a last, partly filled window counts too (ceil mode).

    A window that would start in the padding after the pixels is left out, as PyTorch and Caffe do:
    min(⌈(n + p − d(k−1) − 1)/s⌉ + 1, ⌈(n + before)/s⌉).
    """
    full = ceil_div(n + before + after - dilation * (kernel - 1) - 1, stride) + 1
    return minimum(full, ceil_div(n + before, stride))


def spread(n: Number, kernel: Number, stride: Number, padding: Number, dilation: Number, extra: Number) -> Number:
    """Count the pixels that a transposed window makes of `n`: (n − 1)s − p + d(k−1) + 1 + extra.

    Source: torch.nn.ConvTranspose2d; Dumoulin & Visin 2016, relationship 14.
    """
    return (n - 1) * stride - padding + dilation * (kernel - 1) + 1 + extra


def same_padding(n: Number, kernel: Number, stride: Number, dilation: Number) -> Number:
    """Return the padding in all that makes the output ⌈n/s⌉: max((⌈n/s⌉ − 1)s + d(k−1) + 1 − n, 0)."""
    return maximum((ceil_div(n, stride) - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
