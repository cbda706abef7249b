"""Periodic numbers: exact functions of one whole number with f(n + period) = f(n) + rise, and sets that repeat.

    form = (N + 3) // 2
    form(224), form.period, form.rise, form.least

A chain of windows stays one floor, ⌊(n + shift)/period⌋. After a transposed window, upsampling or the maximum of two
sides a table lists f for the residues. Both are exact for every n from `least` on; no solver is asked. `Numbers` are
the n for which something holds: intervals, residues, and what they have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd, lcm
from typing import TypeAlias

LONGEST = 1_000_000
"""The longest table that is written down."""
FARTHEST = 100 * LONGEST
"""The largest number that a set may distinguish from those behind it: as many bits are kept."""
CHUNK = 256
"""Bytes of a set that are looked at together."""


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


# Sets.


@dataclass(frozen=True, slots=True)
class Numbers:
    """`head` says of each number below `start` whether it is in; from there on the `period` bits of `tail` repeat.

    Bit 0 of `head` is the number 1, bit 0 of `tail` the number `start`.
    """

    head: int
    start: int
    tail: int
    period: int = 1

    @classmethod
    def every(cls) -> Numbers:
        return cls(0, 1, 1)

    @classmethod
    def none(cls) -> Numbers:
        return cls(0, 1, 0)

    @classmethod
    def only(cls, n: int) -> Numbers:
        if n > FARTHEST:
            raise TooLong(f"{n:,} numbers are more than {FARTHEST:,}")
        return cls(1 << (n - 1), n + 1, 0)

    @classmethod
    def up_to(cls, n: int) -> Numbers:
        return cls((1 << n) - 1, n + 1, 0)

    def bits(self, last: int) -> int:
        """Return whether each number from 1 to `last` is in, as bits."""
        missing = last - self.start + 1
        if missing <= 0:
            return self.head & ((1 << last) - 1)
        if not self.tail:
            return self.head
        rounds = -(-missing // self.period)
        repeated = self.tail * (((1 << (self.period * rounds)) - 1) // ((1 << self.period) - 1))
        return (self.head | repeated << (self.start - 1)) & ((1 << last) - 1)

    def __contains__(self, n: int) -> bool:
        if n < self.start:
            return n > 0 and bool(self.head >> (n - 1) & 1)
        return bool(self.tail >> (n - self.start) % self.period & 1)

    def __and__(self, other: Numbers) -> Numbers:
        start, period = max(self.start, other.start), lcm(self.period, other.period)
        if period > LONGEST:
            raise TooLong(f"{period:,} residues are more than {LONGEST:,}")
        both = self.bits(start + period - 1) & other.bits(start + period - 1)
        return Numbers(both & ((1 << (start - 1)) - 1), start, both >> (start - 1), period)

    def __invert__(self) -> Numbers:
        head = self.head ^ ((1 << (self.start - 1)) - 1)
        return Numbers(head, self.start, self.tail ^ ((1 << self.period) - 1), self.period)

    def __or__(self, other: Numbers) -> Numbers:
        return ~(~self & ~other)

    def __sub__(self, other: Numbers) -> Numbers:
        return self & ~other

    def __bool__(self) -> bool:
        return bool(self.head or self.tail)

    @property
    def finite(self) -> bool:
        return not self.tail

    @property
    def least(self) -> int:
        """The smallest number in the set; the set must not be empty."""
        if self.head:
            return (self.head & -self.head).bit_length()
        return self.start + (self.tail & -self.tail).bit_length() - 1

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers in order, without an end where there is none."""
        data = self.head.to_bytes((self.head.bit_length() + 7) // 8, "little")
        for at in range(0, len(data), CHUNK):  # shifting all of a long head for each of its numbers would take long
            part, n = int.from_bytes(data[at : at + CHUNK], "little"), 8 * at
            while part:
                step = (part & -part).bit_length()
                n += step
                part >>= step
                yield n
        residues = [i for i in range(self.period) if self.tail >> i & 1]
        n = self.start
        while residues:
            yield from (n + residue for residue in residues)
            n += self.period

    def nearest(self, wish: int) -> list[int]:
        """Return the numbers closest to a target: one, two when a smaller and a larger one are as close, or none."""
        reach = wish + 2 * self.period + self.start
        bits = self.bits(reach)
        below, above = bits & ((1 << wish) - 1), bits >> (wish - 1) if wish > 0 else bits
        found = [below.bit_length()] if below else []
        if above:
            found.append(max(wish, 1) + (above & -above).bit_length() - 1)
        closest = min((abs(n - wish) for n in found), default=0)
        return sorted({n for n in found if abs(n - wish) == closest})

    def simplest(self) -> Numbers:
        """Return the same set with the shortest period and the earliest start."""
        period = next(
            p
            for p in range(1, self.period + 1)
            if self.period % p == 0 and self.tail == Numbers(0, 1, self.tail & ((1 << p) - 1), p).bits(self.period)
        )
        mask = (1 << period) - 1
        tail = self.tail & mask
        below = self.start - 1
        rounds = -(-below // period)
        repeated = tail * (((1 << (period * rounds)) - 1) // mask) >> (period * rounds - below)
        start = (self.head ^ repeated).bit_length() + 1  # from the last number on that does not follow the tail
        turn = (self.start - start) % period
        tail = (tail << turn | tail >> (period - turn)) & mask
        return Numbers(self.head & ((1 << (start - 1)) - 1), start, tail, period)

    def intervals(self) -> list[tuple[int, int]]:
        """Return the runs of numbers in the head, first and last."""
        runs: list[tuple[int, int]] = []
        head, n = self.head, 0
        while head:
            gap = (head & -head).bit_length() - 1
            head >>= gap
            length = (~head & (head + 1)).bit_length() - 1
            runs.append((n + gap + 1, n + gap + length))
            head >>= length
            n += gap + length
        return runs
