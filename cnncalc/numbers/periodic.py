"""Sets of whole numbers from 1 on that repeat in the end: intervals, residues, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm

from cnncalc.numbers.residues import LONGEST, TooLong

FARTHEST = 100 * LONGEST
"""The largest number that a set may tell apart from those behind it: as many bits are kept."""
CHUNK = 256
"""Bytes of it that are looked at together."""


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
        """Return the numbers closest to a wish: one, two when a smaller and a larger one are as close, or none."""
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
