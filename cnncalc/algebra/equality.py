"""Whether two formulas are equal for all values of their symbols, by sympy where our own form does not settle it."""

from __future__ import annotations

from typing import Any

from cnncalc.numbers.arith import Undecided, equal, symbols_of
from cnncalc.numbers.symbolic import Expression, FloorOf, LargestOf, as_sympy, put

MOST_TERMS, MOST_POWER = 60, 16
"""Formulas with more terms, those under floors included, or of a higher degree, are not given to sympy."""
SAMPLES = (1, 2, 3, 7, 12, 29, 64, 101)
"""What is put in for symbols first: formulas that differ there are not equal."""


def equal_formulas(a: Any, b: Any) -> bool:
    """Judge whether two formulas are equal: ⌊(C² − 1)/(C + 1)⌋ is C − 1. False where that cannot be proved.

    The work is bounded by what the formulas have of terms and powers. sympy gets expressions made of their parts, no
    text.
    """
    try:
        return equal(a, b)
    except Undecided:
        if not _floors(a) and not _floors(b):
            return False  # polynomials have one form
    if _agree(a, b) and _small(a) and _small(b):
        return _proved(a, b)
    return False


def _agree(a: Any, b: Any) -> bool:
    """Judge whether two formulas have the same numbers at some values, each symbol another one."""
    names = sorted(symbols_of(a) | symbols_of(b))
    for shift in range(len(SAMPLES)):
        values = {name: SAMPLES[(shift + 3 * at) % len(SAMPLES)] + at for at, name in enumerate(names)}
        try:
            if put(a, values) != put(b, values):
                return False
        except ZeroDivisionError:
            continue
    return True


def _floors(number: Any) -> bool:
    """Judge whether a formula has a floor or a maximum."""
    return isinstance(number, Expression) and any(
        isinstance(atom, (FloorOf, LargestOf)) for monomial in number.terms for atom, _ in monomial
    )


def _small(number: Any) -> bool:
    return _terms(number) <= MOST_TERMS


def _terms(number: Any) -> int:
    """Count the terms of a formula, those under its floors included; more than the most for a power too high."""
    if not isinstance(number, Expression):
        return 1
    count = len(number.terms)
    for monomial in number.terms:
        if sum(power for _, power in monomial) > MOST_POWER:
            return MOST_TERMS + 1
        for atom, _ in monomial:
            if isinstance(atom, FloorOf):
                count += _terms(atom.over) + _terms(atom.by)
            elif isinstance(atom, LargestOf):
                count += _terms(atom.a) + _terms(atom.b)
    return count


def _proved(a: Any, b: Any) -> bool:
    """Cancel what is under floors and expand the difference."""
    import sympy  # type: ignore[import-untyped]

    difference = as_sympy(a) - as_sympy(b)
    cancelled = difference.replace(sympy.floor, lambda quotient: sympy.floor(sympy.expand(sympy.cancel(quotient))))
    return bool(sympy.expand(cancelled) == 0)
