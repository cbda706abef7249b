"""Arithmetic of answers, (11*11*3+1)*96 or 27C²: the expressions of specs in the notation that students write."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, NoReturn

from cnncalc.homework.model import Unreadable
from cnncalc.numbers.symbolic import symbol
from cnncalc.patterns import regex
from cnncalc.problem import quoted
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.parse import Notation, parse

FUNCTIONS = ("floor", "ceil", "sqrt", "min", "max")
BRACKETS = (("(", ")", ""), ("[", "]", ""), ("⌊", "⌋", "floor"), ("⌈", "⌉", "ceil"))

_THOUSANDS = regex(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_FUNCTION = regex(rf"\b(?:{'|'.join(FUNCTIONS)})(?=\s*\()", re.IGNORECASE)
_MODULO = regex(r"(?<=[\d)\]])\s*\bmod(?:ulo)?\b\s*(?=[\d(\[])", re.IGNORECASE)
_ROOT = regex(r"√\s*(?:(?P<number>[\d.]+)|(?=\())")


def whole(value: Any) -> Any:
    """Return a Fraction that is whole as an int."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def calculate(text: str, symbols: tuple[str, ...] = ()) -> Any:
    """Return the value of an arithmetic expression; raises Unreadable."""
    if "," in text and "min" not in text and "max" not in text:  # of whose arguments the comma stands between two
        text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    text = _FUNCTION.sub(lambda match: match[0].lower(), text)
    text = _MODULO.sub("%", text)
    text = _ROOT.sub(lambda match: f"sqrt({match['number']})" if match["number"] else "sqrt", text).replace("**", "^")
    try:
        return whole(parse(text, _notation(symbols)).evaluate(_Symbols(symbols)))
    except ExpressionError as error:
        raise Unreadable(_reason(text, symbols, error)) from None


def _reason(text: str, symbols: tuple[str, ...], error: ExpressionError) -> str:
    """Say why a calculation is not read: a word that is no symbol, a power without a sign, or what the reader says."""
    scope = _Symbols(symbols)
    for match in _notation(symbols).token.finditer(text):
        word = match["name"]
        called = word in FUNCTIONS and text[match.end() :].lstrip().startswith("(")
        if word and not called and not scope.knows(word):
            return scope.unknown(word)
    before = re.search(rf"(?:{_either(symbols)})\s*$", text[: error.start], re.IGNORECASE)
    after = re.match(r"\d+", text[error.start :])
    if before and after:  # C² as it is copied from a page, or a product
        base, power = before[0].rstrip(), after[0]
        return f"{quoted(base + power)} may be {base}^{power} or {base}*{power}: write the one that is meant"
    return error.message


def _either(symbols: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, sorted(symbols, key=len, reverse=True))) or "(?!)"


@lru_cache(maxsize=200)
def _notation(symbols: tuple[str, ...]) -> Notation:
    """Return the notation where these symbols are known: upper and lower case alike, where that is no other one."""
    names = _either(symbols)
    token = re.compile(
        rf"""(?P<space>\s+)
        | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{{1,2}}(?!\w))?)
        | (?P<name>(?:{"|".join(FUNCTIONS)})(?=\s*\()|{names}|(?i:{names})
            |(?![xX](?:(?![^\W\d_])|(?:{names})\b))[^\W\d_]\w*)
        | (?P<times>[xX×])
        | (?P<sign>//|%(?=\s*[\d(])|[-+*/^(),\[\]⌊⌋⌈⌉])
        """,
        re.VERBOSE,
    )
    return Notation(token, FUNCTIONS, BRACKETS, products=True)


class _Symbols:
    """The scope of an answer: its names are the symbols of the question."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.symbols = {name.lower(): name for name in symbols} | {name: name for name in symbols}

    def lookup(self, name: str) -> Any:
        return symbol(self.symbols.get(name) or self.symbols[name.lower()])

    def is_word(self, name: str) -> bool:
        return False

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        raise ExpressionError("E109", self.unknown(name), start, length)

    def knows(self, name: str) -> bool:
        return name in self.symbols or name.lower() in self.symbols

    def unknown(self, name: str) -> str:
        """Say what is wrong with a word."""
        known = sorted(set(self.symbols.values()))
        if name.lower() in FUNCTIONS:
            return f"{name.lower()} needs brackets, as in {name.lower()}(2/9)"
        if known:
            return f"there is no {quoted(name)} in this question: it has {' and '.join(known)}"
        return f"{quoted(name)} is no number: a calculation has numbers, + - * / ^ and ( )"
