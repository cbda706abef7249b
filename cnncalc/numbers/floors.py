"""Floors and signs of numbers with symbols: collapsed, unnested, decided.

What grows steadily with one symbol, f(n + L) = f(n) + M, is known for all n from its values at 0 … L. That decides
its sign, and writes it as a sum of plain floors.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import Any

from cnncalc.numbers.symbolic import (
    Expression,
    FloorOf,
    Known,
    LargestOf,
    Monomial,
    made,
    put,
    raw,
    summed,
    symbol,
    terms_of,
)

LONGEST, MOST_FLOORS = 5_000, 8
"""A steady function is written as a sum of at most so many floors, found over a period of at most so many residues."""


def sign_of(number: Any) -> int | None:
    """Return 1 for a number that is never negative, -1 for one that is never positive, 0 for 0, None for all else.

    Exact for what grows steadily with one symbol; of others it knows polynomials without a negative term.
    """
    if not isinstance(number, Expression):
        return int(number > 0) - int(number < 0)
    steady = steady_of(number)
    if steady is not None:
        values = steady.values[1:]  # symbols are 1 at least
        if steady.rise >= 0 and min(values) >= 0:
            return 1
        return -1 if steady.rise <= 0 and max(values) <= 0 else None
    constant = number.terms.get((), 0)
    rest = [c for monomial, c in number.terms.items() if monomial]
    if any(isinstance(atom, (FloorOf, LargestOf)) for monomial in number.terms for atom, _ in monomial):
        return None
    if min(rest) > 0 and sum(rest) + constant >= 0:
        return 1
    return -1 if max(rest) < 0 and sum(rest) + constant <= 0 else None


def floor(a: Expression, by: Expression | int) -> Expression | Known:
    """Return ⌊a/by⌋, as plainly as it can be said."""
    if by == 1 and all(type(c) is int for c in a.terms.values()):
        return a
    if isinstance(by, int) and by < 0:
        return floor(-a, -by)
    scale = lcm(*(Fraction(c).denominator for c in a.terms.values()))
    if scale > 1:
        return floor(a * scale, by * scale)
    if isinstance(by, Expression):
        return _first(exact_quotient(a, by), _collapsed(a, by), raw(FloorOf(a, by)))
    common = gcd(by, *(int(c) for monomial, c in a.terms.items() if monomial))
    if common > 1:
        smaller: dict[Monomial, Known] = {m: c // common for m, c in a.terms.items() if c // common}
        a, by = Expression(smaller), by // common
    if by == 1:
        return made(a.terms)
    whole: dict[Monomial, Known] = {monomial: c // by for monomial, c in a.terms.items() if monomial and c % by == 0}
    if whole:
        rest = made({monomial: c for monomial, c in a.terms.items() if monomial not in whole})
        return summed(Expression(whole), rest // by)
    if all(c < 0 for monomial, c in a.terms.items() if monomial):
        positive = floor(-a + (by - 1), by)
        return -positive
    collapsed = _collapsed(a, by)
    return collapsed if collapsed is not None else _first(_unnested(a, by), raw(FloorOf(a, by)))


def _first(*numbers: Expression | Known | None) -> Expression | Known:
    """Return the first that there is."""
    return next(number for number in numbers if number is not None)


def _collapsed(a: Expression, by: Expression | int) -> Expression | Known | None:
    """Return ⌊(⌊v/b⌋ + c)/by⌋ = ⌊(v + bc)/(b·by)⌋; None for anything else."""
    for monomial, c in a.terms.items():
        if len(monomial) == 1 and c == 1 and isinstance(monomial[0][0], FloorOf) and monomial[0][1] == 1:
            inner = monomial[0][0]
            rest = made({m: k for m, k in a.terms.items() if m != monomial})
            if any(isinstance(atom, FloorOf) for m in terms_of(rest) for atom, _ in m):
                return None
            flat: Expression | Known = (inner.over + inner.by * rest) // (inner.by * by)
            return flat
    return None


def exact_quotient(a: Expression, by: Expression, *, whole: bool = True) -> Expression | Known | None:
    """Divide by a single term where that leaves nothing over, whole numbers in front if asked for; else None."""
    if a == by:
        return 1
    if len(by.terms) > 1:
        return None
    ((divisor, k),) = by.terms.items()
    terms: dict[Monomial, Known] = {}
    for monomial, c in a.terms.items():
        powers = dict(monomial)
        for atom, power in divisor:
            powers[atom] = powers.get(atom, 0) - power
        if min(powers.values()) < 0 or (whole and c % k):
            return None
        terms[tuple((atom, power) for atom, power in powers.items() if power)] = Fraction(c) / k
    return made(terms)


class Steady:
    """f with f(n + L) = f(n) + rise, by its values at 0 … L."""

    def __init__(self, symbol: str, values: list[Any], rise: Any) -> None:
        self.symbol, self.values, self.rise = symbol, values, rise


def steady_of(number: Expression) -> Steady | None:
    """Return how a number grows with its only symbol; None where it has several or does not grow steadily."""
    if len(number.free_symbols) != 1 or any(len(m) > 1 or (m and m[0][1] > 1) for m in number.terms):
        return None
    period = _period(number)
    if period is None or period > LONGEST:
        return None
    (name,) = number.free_symbols
    values = [put(number, {name: n}) for n in range(period + 1)]
    return Steady(name, values, values[-1] - values[0])


def _period(number: Any) -> int | None:
    """Return a period after which a number of one symbol has grown by a fixed amount."""
    period = 1
    for monomial in number.terms:
        for atom, power in monomial:
            if power > 1 or len(monomial) > 1 or isinstance(atom, LargestOf):
                return None
            if isinstance(atom, FloorOf):
                inner = _period(atom.over)
                if inner is None or not isinstance(atom.by, int):
                    return None
                period = lcm(period, inner * atom.by)
    return period


def _unnested(a: Expression, by: int) -> Expression | Known | None:
    """Return ⌊a/by⌋ for a sum that holds floors as a sum of plain floors; None where there is no short one."""
    if not any(isinstance(atom, FloorOf) for monomial in a.terms for atom, _ in monomial):
        return None
    steady = steady_of(raw(FloorOf(a, by)))
    return as_floors(steady) if steady else None


def as_floors(steady: Steady) -> Expression | Known | None:
    """Write a steady function as f(0) and a floor for each step: the one after r comes ⌊(n + L − 1 − r)/L⌋ times."""
    steps = [after - before for before, after in pairwise(steady.values)]
    period = next(p for p in _divisors(len(steps)) if steps == steps[:p] * (len(steps) // p))
    jumps = [(place, step) for place, step in enumerate(steps[:period]) if step]
    if len(jumps) > MOST_FLOORS:
        return None
    n = symbol(steady.symbol)
    floors = (step * floor(n + (period - 1 - place), period) for place, step in jumps)
    start: Any = steady.values[0]
    return sum(floors, start)  # type: ignore[no-any-return]  # the sum of numbers is a number


def _divisors(number: int) -> Iterator[int]:
    return (d for d in range(1, number + 1) if number % d == 0)


def larger(a: Expression, b: Expression | Known) -> Expression | Known:
    """Return the larger of two numbers, as plainly as it can be said."""
    difference = a - b
    sign = sign_of(difference)
    if sign is not None:
        return a if sign >= 0 else b
    steady = steady_of(difference)
    if steady is not None and steady.rise == 0:
        more = as_floors(Steady(steady.symbol, [max(value, 0) for value in steady.values], 0))
        if more is not None:
            return summed(b, more)
    return raw(LargestOf(a, b))
