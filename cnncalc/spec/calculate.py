"""The operations of expressions: exact, whole where they are whole, within a limit, side by side on sizes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

from cnncalc.layers.fields import Sides, Value, described
from cnncalc.numbers.arith import Undecided, equal, maximum, minimum, symbols_of

LARGEST = 10**18
LARGEST_POWER = 64
LARGEST_ROOT = 4
MOST_TERMS, MOST_PRODUCTS = 500, 10_000
"""Terms that a power of a sum with symbols may have, and products of terms in one multiplication."""


def same(left: Value, right: Value) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, Sides) != isinstance(right, Sides):
        # One number means every side: kernel == 3 holds for 3x3.
        sides, single = (left, right) if isinstance(left, Sides) else (right, left)
        return not isinstance(single, (tuple, str)) and all(equal(n, single) for n in sides)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return equal(left, right)


def _divide(a: Value, b: Value) -> Value:
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return Fraction(a) / b
    return a / b


SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "//": operator.floordiv,
    "%": operator.mod,
    "^": lambda base, power: raised(base, power),
}
FAST = {"+": operator.add, "-": operator.sub, "*": operator.mul}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def multiple(value: Value, of: Value) -> Value:
    """Round to the nearest multiple, at least one, never below 90 % of the value, as MobileNet rounds its widths."""
    if not isinstance(of, int) or of < 1:
        raise Failure(f"multiple rounds to a whole number of at least 1, not {described(of)}")
    rounded = max(of, (value + Fraction(of, 2)) // of * of)
    return rounded + of if rounded * 10 < value * 9 else rounded


def raised(base: Value, power: Value) -> Value:
    """Return a power; that of a fraction, such as ^0.5, is a root's."""
    if isinstance(power, Fraction) and power.denominator <= LARGEST_ROOT:
        base, power = root(base, power.denominator), power.numerator
    if not isinstance(power, int) or abs(power) > LARGEST_POWER:
        raise Failure(f"a power is a whole number up to {LARGEST_POWER}, or one of a root, such as 1/2")
    result: Value = 1
    for _ in range(abs(power)):
        result = calculate("*", result, base)
        if _terms(result) > MOST_TERMS:
            raise Failure(f"the power has more than {MOST_TERMS} terms", "E112")
    return calculate("/", 1, result) if power < 0 else result


def root(value: Value, degree: int = 2) -> Value:
    """Return a root: exact where it is a fraction, else a float."""
    if not isinstance(value, (int, Fraction, float)) or value < 0:
        raise Failure(f"there is no root of {described(value)}")
    value = Fraction(value)
    above, below = (_whole_root(n, degree) for n in (value.numerator, value.denominator))
    exact = Fraction(above, below)
    return exact if exact**degree == value else float(value) ** (1 / degree)


def _terms(value: Value) -> int:
    """Return the number of terms of a sum with symbols; 0 of a number."""
    return len(getattr(value, "terms", ()))


def _whole_root(number: int, degree: int) -> int:
    return math.isqrt(number) if degree == 2 else round(number ** (1 / degree))


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "min": (1, 100, lambda *values: _extreme(min, minimum, values)),
    "max": (1, 100, lambda *values: _extreme(max, maximum, values)),
    "ceil": (1, 1, lambda value: -(-value // 1)),
    "floor": (1, 1, lambda value: value // 1),
    "round": (1, 1, round),
    "sqrt": (1, 1, root),
    "reversed": (1, 1, reversed),
    "multiple": (2, 2, multiple),
}
"""Every function: least and most arguments, and what it does. `round` takes a half to the even neighbour, `reversed`
a list."""


def _extreme(known: Callable[..., Value], symbolic: Callable[..., Value], values: tuple[Value, ...]) -> Value:
    return reduce(symbolic, values) if any(map(symbols_of, values)) else known(values)


class Failure(Exception):  # noqa: N818  # it becomes an ExpressionError
    """An operation that cannot be done; the tree that asked for it adds the place."""

    def __init__(self, message: str, code: str = "E107") -> None:
        self.message, self.code = message, code


@lru_cache(maxsize=10_000, typed=True)  # 1, True and 1.0 are equal
def calculate(sign: str, a: Value, b: Value) -> Value:
    """Apply an operation, side by side where one of both is a size."""
    if isinstance(a, Sides) or isinstance(b, Sides):
        if isinstance(a, Sides) and isinstance(b, Sides) and len(a) != len(b):
            raise Failure(f"{described(a)} has {len(a)} sides, {described(b)} has {len(b)}")
        count = len(a) if isinstance(a, Sides) else len(b)
        lefts = a if isinstance(a, Sides) else (a,) * count
        rights = b if isinstance(b, Sides) else (b,) * count
        return Sides(calculate(sign, x, y) for x, y in zip(lefts, rights, strict=True))
    if sign in ("/", "//", "%") and not isinstance(b, bool) and b == 0:
        raise Failure(f"{described(a)} {sign} 0: there is no dividing by 0")
    if sign == "*" and _terms(a) * _terms(b) > MOST_PRODUCTS:
        raise Failure(f"the product has more than {MOST_PRODUCTS:,} terms", "E112")
    return apply(SIGNS[sign], a, b)


def apply(operation: Callable[..., Any], *values: Value) -> Value:
    """Apply an operation on numbers; exact, whole where it is whole, within the limit."""
    for value in values:
        if isinstance(value, (bool, str, tuple)):
            raise Failure(f"{described(value)} is no number to calculate with")
        if isinstance(value, float) and any(map(symbols_of, values)):
            raise Failure("a root that is no fraction does not go with symbols")
    try:
        result = operation(*values)
    except Undecided as undecided:
        raise Failure(f"a number is needed here, and {undecided} is none yet", "E118") from None
    if isinstance(result, Fraction) and result.denominator == 1:
        result = result.numerator
    if isinstance(result, (int, Fraction, float)) and not -LARGEST < result < LARGEST:
        raise Failure(TOO_LARGE, "E112")
    if isinstance(result, Fraction) and result.denominator >= LARGEST:
        raise Failure(TOO_LARGE, "E112")
    return result


TOO_LARGE = "the number grows beyond 10^18"
