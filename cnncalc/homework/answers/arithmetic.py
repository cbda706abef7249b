"""Arithmetic that students write, (11*11*3+1)*96 or 27C²: read by recursive descent, in exact numbers and symbols.

sum = product { ("+" | "-") product }          product = power { ("*" | "/" | "x" | nothing) power }
power = { "-" | "+" } atom [ ("^" | "**") power ]         atom = number | symbol | ( sum ) | ⌊ sum ⌋ | function ( sum )

Every step is bounded: how deep brackets nest, the size of powers, of numbers, and of sums with symbols.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NoReturn

from cnncalc.homework.model import Unreadable
from cnncalc.numbers.arith import Undecided
from cnncalc.numbers.symbolic import Expression, symbol
from cnncalc.problem import quoted

DEEPEST = 30
LARGEST_POWER = 64
LARGEST_ROOT = 4
LARGEST = 10**100
MOST_TERMS = 500

TIMES = "*"
CLOSING = {"(": ")", "[": "]", "⌊": "⌋", "⌈": "⌉"}


def whole(value: Any) -> Any:
    """Return a Fraction that is whole as an int."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _root(value: Any, degree: int = 2) -> Any:
    if isinstance(value, Expression) or value < 0:
        raise Unreadable(f"there is no root of {value}")
    value = Fraction(value)
    exact = Fraction(_whole_root(value.numerator, degree), _whole_root(value.denominator, degree) or 1)
    return whole(exact) if exact**degree == value else float(value) ** (1 / degree)


def _whole_root(number: int, degree: int) -> int:
    return math.isqrt(number) if degree == 2 else round(number ** (1 / degree))


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "floor": lambda value: value // 1,
    "ceil": lambda value: -(-value // 1),
    "sqrt": _root,
}


def calculate(text: str, symbols: tuple[str, ...] = ()) -> Any:
    """Return the value of an arithmetic expression; raises Unreadable."""
    reader = _Reader(text, symbols)
    value = reader.sum(0)
    if reader.at < len(reader.tokens):
        reader.refuse()
    return whole(value)


@lru_cache(maxsize=200)
def _tokens(symbols: tuple[str, ...]) -> re.Pattern[str]:
    """Return what a token is where these symbols are known: upper and lower case alike, where that is no other one."""
    longest = sorted(symbols, key=len, reverse=True)
    names = "|".join(map(re.escape, longest)) or "(?!)"
    return re.compile(
        r"(?P<number>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2}(?!\w))?)"
        rf"|(?P<function>(?i:floor|ceil|sqrt)(?=\s*\()|√)|(?P<name>{names}|(?i:{names}))"
        r"|(?P<times>[xX×])|(?P<word>[^\W\d_]\w*)|(?P<sign>\*\*|//|[-+*/^()\[\]⌊⌋⌈⌉])|(?P<other>\S)"
    )


class _Reader:
    def __init__(self, text: str, symbols: tuple[str, ...]) -> None:
        self.symbols = {name.lower(): name for name in symbols} | {name: name for name in symbols}
        self.tokens: list[tuple[str, str]] = []
        for match in _tokens(symbols).finditer(text):
            kind = match.lastgroup or ""
            word = match.group()
            if kind == "word":
                self._unknown(word)
            if kind == "other":
                raise Unreadable(f"{quoted(word)} is not read in a calculation: use + - * / ^ and ( )")
            self.tokens.append(("sign", TIMES) if kind == "times" else (kind, word))
        self.at = 0

    def _unknown(self, word: str) -> NoReturn:
        if word.lower() in FUNCTIONS:
            raise Unreadable(f"{word.lower()} needs brackets, as in {word.lower()}(2/9)")
        known = sorted(set(self.symbols.values()))
        if not known:
            raise Unreadable(f"{quoted(word)} is no number: a calculation has numbers, + - * / ^ and ( )")
        raise Unreadable(f"there is no {quoted(word)} in this question: it has {' and '.join(known)}")

    def refuse(self) -> NoReturn:
        if self.at >= len(self.tokens):
            raise Unreadable("the calculation stops too early")
        before, (kind, word) = self.tokens[self.at - 1] if self.at else ("", ""), self.tokens[self.at]
        if before[0] == "name" and kind == "number":  # C² as it is copied from a page, or a product
            base = before[1]
            raise Unreadable(
                f"{quoted(base + word)} may be {base}^{word} or {base}*{word}: write the one that is meant"
            )
        raise Unreadable(f"{quoted(self.tokens[self.at][1])} is not expected where it stands in the calculation")

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def took(self, *signs: str) -> str | None:
        kind, word = self.peek()
        if kind != "sign" or word not in signs:
            return None
        self.at += 1
        return word

    def sum(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise Unreadable(f"brackets are nested deeper than {DEEPEST}")
        value = self.product(depth)
        while sign := self.took("+", "-"):
            other = self.product(depth)
            value = bounded(value + other if sign == "+" else value - other)
        return value

    def product(self, depth: int) -> Any:
        value = self.power(depth)
        while True:
            sign = self.took(TIMES, "/", "//")
            if sign is None:
                kind, word = self.peek()
                if kind not in ("name", "function") and not (kind == "sign" and word in CLOSING):
                    return value
            other = self.power(depth)
            value = _times(value, other) if sign in (None, TIMES) else _over(value, other, floor=sign == "//")

    def power(self, depth: int) -> Any:
        minus = False
        while sign := self.took("-", "+"):
            minus ^= sign == "-"
        value = self.atom(depth)
        if self.took("^", "**"):
            if depth > DEEPEST:
                raise Unreadable(f"powers are nested deeper than {DEEPEST}")
            power = self.power(depth + 1)
            if power == 1 and self.peek() == ("sign", "/"):
                raise Unreadable("^1/ may begin a root or a division: write ^(1/2) for a root")
            value = _raised(value, power)
        return -value if minus else value

    def atom(self, depth: int) -> Any:
        kind, word = self.peek()
        if kind == "end":
            self.refuse()
        self.at += 1
        if kind == "number":
            return bounded(whole(Fraction(word.replace(",", ""))))
        if kind == "name":
            return symbol(self.symbols.get(word) or self.symbols[word.lower()])
        if kind == "function":
            value = self.atom(depth + 1) if depth < DEEPEST else self.refuse()
            return FUNCTIONS["sqrt" if word == "√" else word.lower()](value)
        if word not in CLOSING:
            self.at -= 1
            self.refuse()
        value = self.sum(depth + 1)
        if not self.took(CLOSING[word]):
            raise Unreadable(f"the bracket {word} is not closed by {CLOSING[word]}")
        name = {"⌊": "floor", "⌈": "ceil"}.get(word)
        return FUNCTIONS[name](value) if name else value


def bounded(value: Any) -> Any:
    """Refuse a number or a sum that no homework has."""
    if isinstance(value, Expression):
        degree = max(sum(power for _, power in monomial) for monomial in value.terms)
        if len(value.terms) > MOST_TERMS or degree > LARGEST_POWER:
            raise Unreadable("the formula is larger than any that is asked for")
        return value
    if isinstance(value, float):
        large = not abs(value) < 1e100
    else:
        large = abs(value.numerator) > LARGEST or value.denominator > LARGEST
    if large:
        raise Unreadable("the calculation leads to a number beyond 10^100")
    return value


def _terms(value: Any) -> int:
    return len(value.terms) if isinstance(value, Expression) else 1


def _times(a: Any, b: Any) -> Any:
    if _terms(a) * _terms(b) > MOST_TERMS:
        raise Unreadable("the formula is larger than any that is asked for")
    return bounded(a * b)


def _over(a: Any, b: Any, floor: bool) -> Any:
    if not isinstance(b, Expression) and b == 0:
        raise Unreadable("the calculation divides by 0")
    if floor:
        return bounded(a // b)
    try:
        return bounded(
            whole(a / b if isinstance(a, (Expression, float)) or isinstance(b, float) else Fraction(1) * a / b)
        )
    except Undecided:
        raise Unreadable(f"a division by {b} is not read: multiply it out") from None


def _raised(base: Any, power: Any) -> Any:
    """Return a power; one of a fraction, such as ^0.5, is a root's."""
    if isinstance(power, Fraction) and power.denominator <= LARGEST_ROOT:
        base, power = _root(base, power.denominator), power.numerator
    if not isinstance(power, int) or abs(power) > LARGEST_POWER:
        raise Unreadable(f"a power is a whole number up to {LARGEST_POWER}, or one of a root, such as 1/2")
    result: Any = 1
    for _ in range(abs(power)):
        result = _times(result, base)
    return _over(1, result, floor=False) if power < 0 else result
