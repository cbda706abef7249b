"""Numbers with units, as budgets, targets and conditions write them: `5M`, `1.5 GiB`, `2_000`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from cnncalc.problem import did_you_mean, quoted
from cnncalc.spec.calculate import LARGEST
from cnncalc.spec.expression import ExpressionError

COUNTS = {**{unit: 1000**power for power, unit in enumerate("KMGTP", 1)}, "B": 1000**3}
SIZES = {
    "B": 1,
    **{f"{unit}B": 1000**power for power, unit in enumerate("KMGTP", 1)},
    **{f"{unit}iB": 1024**power for power, unit in enumerate("KMGTP", 1)},
}
"""Units of counts, B a billion, and of bytes; both may be in lower case."""

NUMBER = r"(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]\+?[0-9]+)?"
_AMOUNT = re.compile(rf"({NUMBER})\s*([^\W\d_]*)")


def in_bytes(quantity: str) -> bool:
    """Judge whether a quantity is measured in bytes."""
    return quantity.endswith("_bytes") or quantity == "peak_memory"


def units_of(quantity: str) -> Mapping[str, int]:
    """Return the units of a quantity."""
    return SIZES if in_bytes(quantity) else COUNTS


def unit_of(written: str, units: Mapping[str, int]) -> str | None:
    """Return the unit that is written so, also in lower case."""
    return next((unit for unit in units if unit.lower() == written.lower()), None)


def number(text: str, at: int = 0) -> int | Fraction:
    """Return a number exactly; raises ExpressionError for one that is beyond 10^18."""
    digits = text.replace("_", "")
    if len(digits) > 30:
        raise ExpressionError("E112", f"{quoted(text, 24)} has more than 30 characters", at, len(text))
    mantissa, _, exponent = digits.lower().partition("e")
    if exponent and abs(int(exponent)) > 18:
        raise ExpressionError("E112", f"{quoted(text, 24)} is beyond 10^18", at, len(text))
    return _bounded(Fraction(mantissa) * Fraction(10) ** int(exponent or 0), text, at)


def amount(text: str, units: Mapping[str, int], at: int = 0) -> int | Fraction:
    """Return a number with or without a unit; raises ExpressionError for a unit that is none of `units`."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ExpressionError("E105", f"{quoted(text)} is no number", at, len(text), "as in 600M or 1GiB")
    value = number(match[1], at)
    if not match[2]:
        return value
    unit = unit_of(match[2], units)
    if unit is None:
        kind = "of bytes" if units is SIZES else "of a count"
        longer = [unit for unit in units if unit != "B"]  # which every unit of bytes is near
        hint = did_you_mean(match[2], longer) or f"one of {', '.join(units)}"
        message = f"{quoted(match[2])} is no unit {kind}"
        raise ExpressionError("E105", message, at + match.start(2), len(match[2]), hint)
    return _bounded(Fraction(value) * units[unit], text, at)


def _bounded(value: Fraction, text: str, at: int) -> int | Fraction:
    if value >= LARGEST or value.denominator >= 10**30:
        raise ExpressionError("E112", f"{quoted(text, 24)} is beyond 10^18", at, len(text))
    return value.numerator if value.denominator == 1 else value
