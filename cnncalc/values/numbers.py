"""Numbers of an evaluation: int and Fraction while they are exact, float behind a root or an exponential."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeAlias

Number: TypeAlias = int | Fraction | float

PLACES = 6
"""Decimals up to which a fraction is written as a decimal number; others are written as a quotient."""


def exact(number: Number) -> Number:
    """Return an int for a fraction that is whole."""
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number


def decimal(number: float) -> Number:
    """Return what a float is written as, such as 1/10 for 0.1: fields of layers are floats."""
    return exact(Fraction(repr(number)))


def quotient(over: Number, by: Number) -> Number:
    """Divide exactly where both are exact; raises ZeroDivisionError."""
    if isinstance(over, float) or isinstance(by, float):
        return over / by
    return exact(Fraction(over) / by)


def square_root(number: Number) -> Number:
    """Return the root, exact for a square of a fraction; raises ValueError below 0."""
    if not isinstance(number, float) and number >= 0:
        over, by = Fraction(number).as_integer_ratio()
        roots = math.isqrt(over), math.isqrt(by)
        if (roots[0] ** 2, roots[1] ** 2) == (over, by):
            return exact(Fraction(*roots))
    return math.sqrt(number)


def exponential(number: Number) -> Number:
    """Return e to a power: 1 exactly for 0, and infinity beyond the largest float."""
    if number == 0:
        return 1
    try:
        return math.exp(number)
    except OverflowError:
        return math.inf


def written(number: Number) -> str:
    """Write a number: every digit of an exact one, 1/3 where no decimals end; four digits or more of others."""
    number = exact(number)
    if isinstance(number, int):
        return f"{number:,}".replace("-", "−")
    if isinstance(number, Fraction):
        scaled = number * 10**PLACES
        if scaled.denominator == 1:
            return f"{float(number):,.{PLACES}f}".rstrip("0").replace("-", "−")
        return f"{number.numerator}/{number.denominator}".replace("-", "−")
    text = f"{number:,.1f}" if abs(number) >= 1000 else f"{number:#.4g}"
    return text.replace("-", "−")


def power_of_e(number: Number) -> str:
    """Write e to a power: e^2, e^(−2)."""
    text = written(number)
    return f"e^{text}" if text.isdigit() else f"e^({text})"


def factor(number: Number) -> str:
    """Write a number as a factor: a quotient and a negative number in brackets."""
    text = written(number)
    return f"({text})" if text.startswith("−") or "/" in text else text
