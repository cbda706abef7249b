"""Arithmetic of answers: the expressions of specs with powers, roots, brackets that round, products without a sign."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.homework.answers import read_answer
from cnncalc.homework.answers.arithmetic import calculate
from cnncalc.homework.model import Unreadable
from cnncalc.numbers.symbolic import symbol
from cnncalc.spec.calculate import LARGEST
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.parse import parse
from tests.homework import parts as p
from tests.time_limit import within_time_limit

C, K = symbol("C"), symbol("k")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000*2", 2000),
        ("27,000,100", 27_000_100),
        ("3x3X64", 576),
        ("2^3^2", 512),
        ("-2^2", -4),
        ("2**-2", Fraction(1, 4)),
        ("100(5*5*3+1)", 7600),
        ("[2+3](4)", 20),
        ("⌊7/2⌋+⌈7/2⌉", 7),
        ("FLOOR(7/2)", 3),
        ("max(3, 4)", 4),
        ("√4", 2),
        ("√(1/4)", Fraction(1, 2)),
        ("27^(1/3)", 3),
        ("36^-0.5", Fraction(1, 6)),
        ("7//2", 3),
    ],
)
def test_calculations(text: str, value: Any) -> None:
    found = calculate(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("27CC", 27 * C * C),
        ("9kC", 9 * C * K),
        ("c(C+1)", C * C + C),
        ("(C+k)^2", C * C + 2 * C * K + K * K),
        ("(6C^2)/(2C)", 3 * C),
        ("⌊(C-3)/2⌋+1", (C - 3) // 2 + 1),
    ],
)
def test_calculations_with_symbols(text: str, value: Any) -> None:
    assert calculate(text, ("C", "k")) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10^18", "the number grows beyond 10^18"),
        ("1/7^30", "the number grows beyond 10^18"),
        ("9^99", "a power is a whole number up to 64, or one of a root, such as 1/2"),
        ("4^(1/5)", "a power is a whole number up to 64, or one of a root, such as 1/2"),
        ("4^1/2", "^1/ may begin a root or a division: write ^(1/2) for a root"),
        ("(" * 60 + "1", "nested deeper than 50"),
        ("2^" * 60 + "1", "nested deeper than 50"),
        ("⌊7)", "')' is not expected here"),
        ("[1,2]", "',' is not expected here"),
        ("1 == 1", "'=' is not expected here"),
        ("sqrt 4", "sqrt needs brackets, as in sqrt(2/9)"),
        ("sqrt(-4)", "there is no root of -4"),
        ("C2", "'C2' may be C^2 or C*2: write the one that is meant"),
        ("3n", "there is no 'n' in this question: it has C and k"),
        ("(C+k+1)^40", "the power has more than 500 terms"),
        ("*".join(["(C+k)^50"] * 9), "the product has more than 10,000 terms"),
        ("2*√7*C^2", "a root that is no fraction does not go with symbols"),
        ("C/k", "a number is needed here, and k is none yet"),
    ],
)
def test_limits_and_refusals(text: str, reason: str) -> None:
    with within_time_limit(), pytest.raises(Unreadable) as refused:
        calculate(text, ("C", "k"))
    assert str(refused.value) == reason


@pytest.mark.parametrize("text", ["2^2", "2**2", "3(4)", "(3)(4)", "sqrt(4)", "⌊3⌋", "√4", "2 x 3"])
def test_specs_have_none_of_it(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def _raised(inner: tuple[str, Fraction, Fraction]) -> tuple[str, Fraction, Fraction]:
    text, value, largest = inner
    return f"({text})**2", value**2, max(largest, _size(value**2))


def _joined(
    a: tuple[str, Fraction, Fraction], sign: str, b: tuple[str, Fraction, Fraction]
) -> tuple[str, Fraction, Fraction]:
    if sign == "/" and b[1] == 0:
        sign = "+"
    value = {"+": a[1] + b[1], "-": a[1] - b[1], "*": a[1] * b[1], "/": a[1] / (b[1] or 1)}[sign]
    return f"({a[0]}{sign}{b[0]})", value, max(a[2], b[2], _size(value))


def _size(value: Fraction) -> Fraction:
    return max(abs(value), Fraction(value.denominator))


CALCULATIONS = st.recursive(
    st.integers(1, 99).map(lambda n: (str(n), Fraction(n), Fraction(n))),
    lambda inner: st.builds(_joined, inner, st.sampled_from("+-*/"), inner) | inner.map(_raised),
    max_leaves=5,
)
"""Any arithmetic over small numbers, its value, and the largest number on the way."""


@given(CALCULATIONS, st.sampled_from([("**", "^"), ("*", "·"), ("*", "×"), ("*", " * "), ("/", "÷")]))
def test_arithmetic_is_exact(calculation: tuple[str, Fraction, Fraction], spelled: tuple[str, str]) -> None:
    text, value, largest = calculation
    if largest >= LARGEST:
        with pytest.raises(Unreadable):
            calculate(text)
        return
    assert calculate(text) == value
    if spelled[0] == "**" or "**" not in text:
        assert read_answer(text.replace(*spelled), p.NUMBER).value == value
