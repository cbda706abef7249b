"""Numbers of which only bounds are known: what a hidden number may be while another one is looked at.

    kernel = Anything(1)                # 1 or more
    (16 - kernel) // stride + 1         # at most 15 // stride + 1, whatever the kernel is

Bounds are ints or numbers along a path (`numbers/piecewise.py`), which keep what is asked of them as conditions. A
comparison that the bounds decide has its answer; any other raises Undecided.
"""

from __future__ import annotations

from typing import Any

from cnncalc.numbers.arith import Undecided, maximum, minimum

Bound = Any
"""An int, a number along a path, or None where there is no bound."""


class Anything:
    """A whole number from `low` to `high`."""

    __slots__ = ("high", "low")

    free_symbols = frozenset({"?"})

    def __init__(self, low: Bound = None, high: Bound = None) -> None:
        self.low, self.high = low, high

    def __add__(self, other: Any) -> Anything:
        low, high = bounds(other)
        return Anything(_both(self.low, low, "+"), _both(self.high, high, "+"))

    def __neg__(self) -> Anything:
        return Anything(_negative(self.high), _negative(self.low))

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        low, high = bounds(other)
        if low is not None and low is high and low < 0:
            return -self * -other
        if low is None or low < 0 or self.low is None:
            return Anything() if high is not low or low is None else Anything(None, _both(self.high, low, "*"))
        if self.low >= 0:
            return Anything(_both(self.low, low, "*"), _both(self.high, high, "*"))
        return Anything(_both(self.low, high, "*"), _both(self.high, high if self.high_is_positive else low, "*"))

    @property
    def high_is_positive(self) -> bool:
        return self.high is None or bool(self.high >= 0)

    def __floordiv__(self, other: Any) -> Anything:
        return _quotient(self.low, self.high, *bounds(other))

    def __rfloordiv__(self, other: Any) -> Anything:
        return _quotient(other, other, self.low, self.high)

    def __mod__(self, other: Any) -> Anything:
        low, high = bounds(other)
        return Anything(0, _both(high, 1, "-")) if low is not None and low >= 1 else Anything()

    def __rmod__(self, other: Any) -> Anything:
        return Anything(0, _both(self.high, 1, "-")) if self.low is not None and self.low >= 1 else Anything()

    def __truediv__(self, other: Any) -> Anything:
        return Anything()

    def __round__(self) -> Anything:
        return self

    def minimum(self, other: Any) -> Anything:
        low, high = bounds(other)
        return Anything(_both(self.low, low, "min"), _either(self.high, high, "min"))

    def maximum(self, other: Any) -> Anything:
        low, high = bounds(other)
        return Anything(_either(self.low, low, "max"), _both(self.high, high, "max"))

    __radd__, __rmul__, __rtruediv__ = __add__, __mul__, __truediv__

    def __lt__(self, other: Any) -> bool:
        low, high = bounds(other)
        if self.high is not None and low is not None and self.high < low:
            return True
        if self.low is not None and high is not None and self.low >= high:
            return False
        raise Undecided(self.free_symbols)

    def __gt__(self, other: Any) -> bool:
        return bool(-self < -other)

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def equals(self, other: Any) -> bool:
        """Judge whether a number is another one; they differ for certain where their bounds keep them apart."""
        low, high = bounds(other)
        if self.high is not None and low is not None and self.high < low:
            return False
        if self.low is not None and high is not None and self.low > high:
            return False
        raise Undecided(self.free_symbols)

    def __bool__(self) -> bool:
        return not self.equals(0)

    def __str__(self) -> str:
        return "?"

    def __format__(self, spec: str) -> str:
        return str(self)

    __repr__ = __str__


def bounds(number: Any) -> tuple[Bound, Bound]:
    """Return the bounds of any number; one that is known is both."""
    if isinstance(number, Anything):
        return number.low, number.high
    return (number, number) if isinstance(number, int) or hasattr(number, "path") else (None, None)


def _negative(bound: Bound) -> Bound:
    return None if bound is None else -bound


def _both(a: Bound, b: Bound, sign: str) -> Bound:
    """Combine two bounds; there is none where one of them is missing."""
    return None if a is None or b is None else SIGNS[sign](a, b)


def _either(a: Bound, b: Bound, sign: str) -> Bound:
    """Combine two bounds; one is enough."""
    return b if a is None else a if b is None else SIGNS[sign](a, b)


SIGNS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "min": minimum,
    "max": maximum,
}


def _quotient(low: Bound, high: Bound, least: Bound, most: Bound) -> Anything:
    """Return the bounds of ⌊a/b⌋ for a from `low` to `high` and a positive b from `least` to `most`."""
    if least is None or least < 1:
        return Anything()
    bottom = top = None
    if low is not None:
        bottom = low // least if low < 0 else low // most if most is not None else 0
    if high is not None:
        top = high // least if high >= 0 else high // most if most is not None else -1
    return Anything(bottom, top)


__all__ = ["Anything", "bounds"]
