"""Whether an answer is a value: exactly, rounded where that is allowed, within a tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isclose
from typing import TYPE_CHECKING, Any

from cnncalc.homework.answers import read_partly
from cnncalc.homework.model import Given, Part, Value
from cnncalc.shape import Shape
from cnncalc.values.tensor import Tensor, same_sizes

if TYPE_CHECKING:
    from cnncalc.homework.answers.tensors import Written

LEAST_DIGITS = 2
"""A rounded answer has at least so many digits."""

AS_FLOATS = 1e-9
"""So near are two ways of computing a number that is no fraction, √(2/72) and 1/6."""


def readings(part: Part, text: str) -> Iterator[tuple[Part, Given]]:
    """Yield what an answer may mean, under the key's own conventions, then under others; raises Unreadable."""
    for variant in (part, *part.accepted):
        given = read_partly(text, variant)
        yield from ((variant, reading) for reading in (given, *given.others))


def agrees(
    given: Given, right: Value, part: Part, *, rounded: bool | None = None, tolerance: Fraction | None = None
) -> bool:
    """Judge whether an answer is a value; a rounded one where rounding is allowed, or a real number asked for."""
    value = given.value
    if isinstance(right, Tensor):
        return _same_tensor(given, right, part, rounded, tolerance)
    if isinstance(right, (frozenset, Shape, dict)) or part.form in ("volume", "choice", "unknowns"):
        return bool(value == right)
    if part.form in ("sides", "pad"):
        return bool(_widened(value, right) == right)
    if part.form == "formula":
        return _same_formula(value, right)
    if not isinstance(value, (int, Fraction, float)) or not isinstance(right, (int, Fraction, float)):
        return False
    if value == right or (isinstance(right, float) and isclose(value, right, rel_tol=AS_FLOATS)):
        return True
    near = part.tolerance if tolerance is None else tolerance
    if near and abs(Fraction(value) - Fraction(right)) <= near * abs(Fraction(right)):
        return True
    whole = isinstance(right, int)
    may = part.conventions.rounding or not whole or given.unit.lower() in LARGE_BYTES if rounded is None else rounded
    if may and given.step is None and not whole:
        return _in_whole(given, right, part)
    if may and part.conventions.rounding and "." not in given.text:
        given = with_zeros(given)
    return may and given.step is not None and digits(given) >= LEAST_DIGITS and rounds_to(right, given)


def _same_tensor(given: Given, right: Tensor, part: Part, rounded: bool | None, tolerance: Fraction | None) -> bool:
    """Judge number by number: in the order of the lists, channels first or last, or all numbers in one row."""
    found: Written = given.value
    orders = [right, *([right.channels_last()] if len(right.sizes) > 1 else [])]
    return any(
        (same_sizes(found.sizes, order.sizes) or found.sizes == (len(order),))
        and all(
            agrees(Given(str(n), "number", n, step), other, part, rounded=rounded, tolerance=tolerance)
            for n, step, other in zip(found.numbers, found.steps, order.numbers, strict=True)
        )
        for order in orders
    )


def with_zeros(given: Given) -> Given:
    """Take the zeros at the end of 35,000, or of 140M, for rounded ones."""
    step = given.step or Fraction(1)
    if given.value == 0 or Fraction(given.value) % (10 * step):
        return given
    written = str(int(given.value / step))
    return Given(**{**given.__dict__, "step": step * 10 ** (len(written) - len(written.rstrip("0")))})


def rounded_to_whole(given: Given) -> Given:
    """Take a whole number that is written in digits for a rounded one; one that is calculated stays exact."""
    plain = isinstance(given.value, int) and "".join(filter(str.isdigit, given.text)) == str(abs(given.value))
    return Given(**{**given.__dict__, "step": Fraction(1)}) if plain else given


def _in_whole(given: Given, right: Any, part: Part) -> bool:
    """Judge whether a number that is no whole one rounds to a whole one of two digits, which is no known mistake."""
    given = rounded_to_whole(given)
    return (
        rounds_to(right, given)
        and abs(right) >= 10 ** (LEAST_DIGITS - 1)
        and all(wrong.value != given.value for wrong in part.candidates)
    )


LARGE_BYTES = frozenset(("kb", "mb", "gb", "kib", "mib", "gib"))


def rounds_to(exact: Any, given: Given) -> bool:
    """Judge whether a number rounds to the digits that are written; a half may go either way."""
    step = given.step
    return step is not None and abs(Fraction(exact) - Fraction(given.value)) * 2 <= step


def digits(given: Given) -> int:
    """Count the digits that a rounded number is written with; 0 of what is no such number."""
    if given.form != "number":
        return 0
    steps = abs(Fraction(given.value) / given.step) if given.step else Fraction(0)
    return len(str(int(steps)))


def _widened(value: Any, right: Any) -> Any:
    """Let one number stand for all sides."""
    if isinstance(value, tuple) and isinstance(right, tuple) and len(value) == 1 < len(right):
        return value * len(right)
    if isinstance(value, tuple) and len(set(value)) == 1 and isinstance(right, tuple) and len(right) == 1:
        return value[:1]
    return value


def _same_formula(value: Any, right: Any) -> bool:
    from cnncalc.algebra.equality import equal_formulas

    try:
        return equal_formulas(value, right)
    except TypeError:
        return False
