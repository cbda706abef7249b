"""Budgets in `expect`: `<= 5M`, `> 1K, < 600M`, `< 8 GB at batch 32 adam`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from cnncalc.problem import Problem, quoted
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.tree import Scalar
from cnncalc.spec.units import NUMBER, SIZES, amount, unit_of, units_of

COUNTS = ("params", "macs", "flops", "aux_params", "aux_macs", "buffers", "weight_layers", "receptive_field")
BYTES = ("weight_bytes", "activation_bytes", "peak_memory")
EXPECTED = ("params", "macs", "output", *(name for name in (*COUNTS, *BYTES) if name not in ("params", "macs")))
"""What `expect` can check."""

SIGNS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "≤": operator.le,
    "≥": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
}
_UNIT = r"(?!(?:at|and)\b)[^\W\d_]*"
_BOUND = re.compile(rf"\s*([<>=]=|[<>=≤≥])\s*({NUMBER})\s*({_UNIT})\s*")
_JOINT = re.compile(r",|and\b")
_CONDITIONS = re.compile(r"at\b\s*(.*)")

STAND_IN = "﹥"
"""A > that begins a value, as YAML is given it: to YAML it would begin a folded text."""
_FOLDED = re.compile(rf"((?:^|[{{,\s])(?:{'|'.join(EXPECTED)}):[ \t]+)>(?==?[ \t]*\d)", re.MULTILINE)


class Bound(NamedTuple):
    """A sign and a number."""

    sign: str
    number: Fraction
    text: str

    def holds(self, number: int) -> bool:
        return SIGNS[self.sign](Fraction(number), self.number)


class Bounds(NamedTuple):
    """What a number may be, and the words behind `at`: `batch 32 adam`."""

    bounds: tuple[Bound, ...]
    conditions: str
    at: int  # where the conditions begin


def unfolded(text: str) -> str:
    """Return a text whose bounds that begin with > are plain values of YAML, of the same length."""
    return _FOLDED.sub(rf"\1{STAND_IN}", text) if ">" in text else text


def is_bound(text: str) -> bool:
    """Judge whether a value is a bound, and not a number."""
    return text.lstrip()[:1] in ("<", ">", "≤", "≥", "=")


def read_bounds(name: str, value: Scalar) -> Bounds | Problem:
    """Read the bounds of a quantity; a Problem where they cannot be read, or contradict each other."""
    text, at, found = value.text, 0, list[Bound]()
    units = units_of(name)
    while True:
        match = _BOUND.match(text, at)
        if match is None:
            rest = text[at:].strip() or text
            hint = "as in <= 5M, or >= 1M, < 5M"
            return Problem("E105", f"{name}: {quoted(rest)} is no bound", value.place(at), hint)
        sign, digits, unit = match.groups()
        try:
            number = amount(digits + unit, units)
        except ExpressionError as error:
            start = match.start(3) if error.start else match.start(2)
            return Problem(error.code, f"{name}: {error.message}", value.place(start, error.length), error.hint)
        known = unit_of(unit, units) or ""
        found.append(Bound(sign, Fraction(number), f"{sign} {digits}{' ' if known and units is SIZES else ''}{known}"))
        at = match.end()
        if joint := _JOINT.match(text, at):
            at = joint.end()
            continue
        break
    conditions = _CONDITIONS.match(text, at)
    if conditions is None and text[at:].strip():
        return Problem("E105", f"{name}: {quoted(text[at:].strip())} is no bound", value.place(at), "as in <= 5M")
    if conditions is not None and name != "peak_memory":
        message = f"{name} does not depend on {quoted(conditions[1])}"
        return Problem("E105", message, value.place(at), "only peak_memory has conditions, as at batch 32 adam")
    if contradictory(found):
        message = f"{name}: no number is {' and '.join(bound.text for bound in found)}"
        return Problem("E105", message, value.place(), "widen one of the bounds")
    return Bounds(tuple(found), conditions[1].strip() if conditions else "", conditions.start(1) if conditions else at)


def contradictory(bounds: list[Bound]) -> bool:
    """Judge whether no whole number from 0 on is within all bounds."""
    least, most = 0, None
    for bound in bounds:
        whole = bound.number.numerator // bound.number.denominator
        exact = whole == bound.number
        if bound.sign in (">", ">=", "≥", "=", "=="):
            least = max(least, whole + (not exact or bound.sign == ">"))
        if bound.sign in ("<", "<=", "≤", "=", "=="):
            up_to = whole - (exact and bound.sign == "<")
            most = up_to if most is None else min(most, up_to)
    return most is not None and most < least
