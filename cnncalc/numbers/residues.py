"""Exact functions of one whole number n: f(n + period) = f(n) + rise.

    form = (N + 3) // 2
    form(224), form.period, form.rise, form.least

A chain of windows stays one floor, ⌊(n + shift)/period⌋. After a transposed window, upsampling or the maximum of two
sides a table says f for the residues. Both are exact for every n from `least` on; no solver is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, lcm
from typing import TypeAlias

LONGEST = 1_000_000
"""The longest table that is written down."""


class TooLong(ArithmeticError):  # noqa: N818
    """A side whose residues are too many to list."""


_bare = object.__new__


class Floor:
    """⌊(n + shift)/period⌋ for every n from 1 on."""

    __slots__ = ("period", "shift")

    rise = 1
    least = 1

    def __init__(self, shift: int = 0, period: int = 1) -> None:
        self.shift, self.period = shift, period

    def __eq__(self, other: object) -> bool:
        return type(other) is Floor and self.shift == other.shift and self.period == other.period

    def __hash__(self) -> int:
        return hash((self.shift, self.period))

    def __repr__(self) -> str:
        return f"⌊(n + {self.shift})/{self.period}⌋"

    def __call__(self, n: int) -> int:
        return (n + self.shift) // self.period

    def __add__(self, other: int | Form) -> Form | int:
        if isinstance(other, int):
            form: Floor = _bare(Floor)  # a chain has hundreds: without a call to __init__
            form.shift, form.period = self.shift + self.period * other, self.period
            return form
        return joined(int.__add__, self, other)

    def __floordiv__(self, divisor: int) -> Form:
        return self if divisor == 1 else Floor(self.shift, self.period * divisor)

    def __mul__(self, factor: int) -> Form | int:
        return self if factor == 1 else _table(self) * factor

    def __neg__(self) -> Form:
        return -_table(self)

    def __sub__(self, other: int | Form) -> Form | int:
        if type(other) is int:
            return Floor(self.shift - self.period * other, self.period)
        return self + -other

    def __rsub__(self, other: int) -> Form | int:
        return -self + other

    def __mod__(self, divisor: int) -> Form | int:
        return self - self // divisor * divisor

    def maximum(self, other: int | Form) -> Form | int:
        return _larger(self, other)

    def minimum(self, other: int | Form) -> Form | int:
        return -_larger(-self, -other)

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True, slots=True)
class Table:
    """`values` are f(least), f(least + 1), …, one for each residue; then they go on, `rise` higher."""

    values: tuple[int, ...]
    rise: int
    least: int = 1

    @property
    def period(self) -> int:
        return len(self.values)

    def __call__(self, n: int) -> int:
        rounds, place = divmod(n - self.least, len(self.values))
        return self.values[place] + rounds * self.rise

    def __add__(self, other: int | Form) -> Form | int:
        if isinstance(other, int):
            return Table(tuple([v + other for v in self.values]), self.rise, self.least)
        return joined(int.__add__, self, other)

    def __mul__(self, factor: int) -> Form | int:
        return _simplest([v * factor for v in self.values], self.rise * factor, self.least)

    def __neg__(self) -> Form:
        return Table(tuple([-v for v in self.values]), -self.rise, self.least)

    def __floordiv__(self, divisor: int) -> Form | int:
        rounds = divisor // gcd(divisor, self.rise)  # until the rise is a multiple of the divisor
        _judge(rounds * self.period)
        values = [(v + turn * self.rise) // divisor for turn in range(rounds) for v in self.values]
        return _simplest(values, rounds * self.rise // divisor, self.least)

    def __sub__(self, other: int | Form) -> Form | int:
        return self + -other

    def __rsub__(self, other: int) -> Form | int:
        return -self + other

    def __mod__(self, divisor: int) -> Form | int:
        return self - self // divisor * divisor

    def maximum(self, other: int | Form) -> Form | int:
        return _larger(self, other)

    def minimum(self, other: int | Form) -> Form | int:
        return -_larger(-self, -other)

    __radd__, __rmul__ = __add__, __mul__


Form: TypeAlias = Floor | Table
"""A side as a function of the input's side `n`: callable, with `period`, `rise` and `least`."""

N = Floor()
"""The input's side itself."""


def _table(form: Form, least: int = 1, period: int = 1) -> Table:
    """Write a form as a table from `least` on, over a multiple of its period."""
    length = lcm(period, form.period)
    _judge(length)
    least = max(least, form.least)
    return Table(tuple(map(form, range(least, least + length))), form.rise * (length // form.period), least)


def _judge(length: int) -> None:
    if length > LONGEST:
        raise TooLong(f"{length:,} residues are more than {LONGEST:,}")


def _simplest(values: list[int], rise: int, least: int) -> Form | int:
    """Return a constant or a floor where the table is one."""
    if rise == 0 and least == 1 and values.count(values[0]) == len(values):
        return values[0]
    if rise == 1:
        first, period = values[0], len(values)
        low = values.count(first)
        if least == 1 and values == [first] * low + [first + 1] * (period - low):
            return Floor((first + 1) * period - least - low, period)
    return Table(tuple(values), rise, least)


def joined(operation: Callable[[int, int], int], a: Form, b: Form) -> Form | int:
    """Apply an operation residue by residue; it must keep steady growth."""
    least, period = max(a.least, b.least), lcm(a.period, b.period)
    left, right = _table(a, least, period), _table(b, least, period)
    return _simplest(list(map(operation, left.values, right.values)), operation(left.rise, right.rise), least)


def _larger(a: Form, b: int | Form) -> Form | int:
    """Return the larger of two. Where one grows faster it is that one, from where on it always is larger."""
    other = Table((b,), 0) if isinstance(b, int) else b
    least, period = max(a.least, other.least), lcm(a.period, other.period)
    left, right = _table(a, least, period), _table(other, least, period)
    if left.rise == right.rise:
        return _simplest(list(map(max, left.values, right.values)), left.rise, least)
    fast, slow = (left, right) if left.rise > right.rise else (right, left)
    gain = fast.rise - slow.rise
    # In each residue, how many rounds the faster one is behind; it is ahead for good after the last of them.
    behind = [-((f - s) // gain) for f, s in zip(fast.values, slow.values, strict=True)]
    last = max(least + place + (rounds - 1) * period for place, rounds in enumerate(behind))
    start = max(least, last + 1)
    return _simplest(list(map(fast, range(start, start + period))), fast.rise, start)
