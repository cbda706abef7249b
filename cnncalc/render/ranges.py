"""Sets of whole numbers in words: `223 to 254`, `every number from 63 on`, `3 mod 32 from 67 on`."""

from __future__ import annotations

from itertools import islice

from cnncalc.numbers.periodic import Numbers

MOST = 8
"""The most intervals or residues that are listed."""


def ranges(numbers: Numbers, shift: int = 0) -> str:
    """Describe a set whose members stand for `shift` more."""
    numbers = numbers.simplest()
    intervals = [(a + shift, b + shift) for a, b in numbers.intervals()]
    parts = [interval(*pair) for pair in intervals[:MOST]]
    if len(intervals) > MOST:
        parts.append(f"… ({len(intervals) - MOST} more up to {intervals[-1][1]:,})")
    if numbers.tail:
        parts.append(_tail(numbers, shift))
    return ", ".join(parts) if parts else "none"


def interval(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _tail(numbers: Numbers, shift: int) -> str:
    start = numbers.start + (numbers.tail & -numbers.tail).bit_length() - 1 + shift
    if numbers.period == 1:
        return f"every number from {start:,} on" if start > 1 + shift or numbers.head else "every number"
    offset = numbers.start + shift
    period = numbers.period
    residues = sorted((offset + i) % period for i in range(period) if numbers.tail >> i & 1)
    listed = _runs(residues)
    shown = ", ".join(interval(a, b) for a, b in listed[:MOST])
    if len(listed) > MOST:
        shown += f", … ({len(residues)} residues)"
    return f"{shown} mod {period} from {start:,} on"


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def first_of(numbers: Numbers, count: int) -> list[int]:
    """Return the smallest numbers of a set."""
    return list(islice(numbers, count))
