"""Units of numbers: every place that reads them reads the same ones, as the same numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from cnncalc.algebra.budget import read_target
from cnncalc.problem import Problems, Source
from cnncalc.spec.bounds import Bounds, read_bounds
from cnncalc.spec.condition import parse_condition
from cnncalc.spec.expression import Comparison, ExpressionError, Literal
from cnncalc.spec.tree import Scalar
from cnncalc.spec.units import COUNTS, SIZES, amount


def scalar(text: str) -> Scalar:
    """Return a value of a spec."""
    return Scalar(Source("net.cnn.yaml", text), text, 0, len(text), None)


def in_condition(text: str) -> tuple[str, Any]:
    tree = parse_condition(text)
    assert isinstance(tree, Comparison)
    assert isinstance(tree.right, Literal)
    return tree.sign, tree.right.value


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "=", "=="])
@pytest.mark.parametrize(
    ("quantity", "unit", "size"),
    [
        *(("params", unit, size) for unit, size in COUNTS.items()),
        *(("params", unit.lower(), size) for unit, size in COUNTS.items()),
        *(("peak_memory", unit, size) for unit, size in SIZES.items() if unit != "B"),
        *(("weight_bytes", unit.lower(), size) for unit, size in SIZES.items() if unit != "B"),
    ],
)
def test_conditions_targets_and_budgets_read_the_same_units(
    quantity: str, unit: str, size: int, sign: str, space: str
) -> None:
    number: Any = Fraction(3 * size, 2)
    written = f"{sign} 1.5{space}{unit}"
    assert in_condition(f"{quantity} {written}") == ("==" if sign == "=" else sign, number)
    target = read_target(f"{quantity} {written}")
    assert (target.sign, target.number) == ("=" if sign == "==" else sign, number)
    bounds = read_bounds(quantity, scalar(written))
    assert isinstance(bounds, Bounds)
    (bound,) = bounds.bounds
    assert (bound.sign, bound.number) == (sign, number)


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), ("1_000K", 10**6), (".5M", 500_000), ("5.M", 5 * 10**6), ("1e6", 10**6), ("0.1", Fraction(1, 10))],
)
def test_numbers(text: str, number: object) -> None:
    assert amount(text, COUNTS) == number
    assert in_condition(f"params >= {text}") == (">=", number)
    bounds = read_bounds("params", scalar(f">= {text}"))
    assert isinstance(bounds, Bounds)
    assert bounds.bounds[0].number == number


WRONG = [
    ("params", "5 parsecs", 1, "E105", "'parsecs' is no unit of a count", "one of K, M, G, T, P, B"),
    ("params", "5MB", 1, "E105", "'MB' is no unit of a count", "did you mean 'M'?"),
    ("peak_memory", "24G", 2, "E105", "'G' is no unit of bytes", "did you mean 'GB'?"),
    ("params", "1000P", 0, "E112", "'1000P' is beyond 10^18", None),
    ("params", "1e999999999", 0, "E112", "'1e999999999' is beyond 10^18", None),
    ("params", "9" * 5000, 0, "E112", f"'{'9' * 23}…' has more than 30 characters", None),
]


@pytest.mark.parametrize(("quantity", "written", "at", "code", "message", "hint"), WRONG)
def test_targets_and_budgets_refuse_the_same(
    quantity: str, written: str, at: int, code: str, message: str, hint: str | None
) -> None:
    with pytest.raises(Problems) as raised:
        read_target(f"{quantity}<{written}")
    (problem,) = raised.value.problems
    place = problem.place
    assert place is not None
    assert (problem.code, problem.message, problem.hint) == (code, message, hint)
    assert place.column == len(quantity) + 2 + written.index(message.split("'")[1]) if at else len(quantity) + 2
    refused = read_bounds(quantity, scalar(f"< {written}"))
    assert not isinstance(refused, Bounds)
    assert (refused.code, refused.message, refused.hint) == (code, f"{quantity}: {message}", hint)


@pytest.mark.parametrize(
    ("text", "start", "code", "message", "hint"),
    [
        (
            "weight_bytes < 500B",
            15,
            "E105",
            "'500B' may be bytes or a billion",
            "write 500 for bytes, 500G for a billion",
        ),
        ("params > 3 and not 5MB > params", 20, "E105", "'MB' is no unit of a count", "did you mean 'M'?"),
        ("weight_bytes < 100M", 18, "E105", "'M' is no unit of bytes", "did you mean 'MB'?"),
        ("params < 1000P", 9, "E112", "'1000P' is beyond 10^18", None),
        ("params < 5 parsecs", 11, "E107", "'parsecs' is not expected here", None),
        ("params = = 5", 9, "E107", "'=' is not expected here", "== compares"),
        (f"params < {'9' * 5000}M", 9, "E112", f"'{'9' * 23}…' has more than 30 characters", None),
    ],
)
def test_a_condition_that_cannot_be_read(text: str, start: int, code: str, message: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse_condition(text)
    error = raised.value
    assert (error.code, error.message, error.start, error.hint) == (code, message, start, hint)
