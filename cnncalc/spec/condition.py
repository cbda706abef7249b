"""Conditions of options: expressions in which numbers may have units, and `=` compares: `params < 5M and macs = 1G`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.problem import quoted
from cnncalc.spec.expression import Comparison, ExpressionError, Literal, Logic, Name, Not, Tree
from cnncalc.spec.parse import SPEC, Notation, parse
from cnncalc.spec.units import COUNTS, NUMBER, SIZES, amount, in_bytes, units_of

_UNITS = "|".join(sorted({**COUNTS, **SIZES}, key=len, reverse=True))
_TOKEN = rf"(?P<amount>{NUMBER}[ \t]*(?i:{_UNITS})(?![\w.]))|(?P<compare>=(?![<>=])|[≤≥])|{SPEC.token.pattern}"
CONDITION = Notation(re.compile(_TOKEN, re.VERBOSE), SPEC.functions)
_BILLION = re.compile(rf"(?<![\w.])({NUMBER})[ \t]*[bB](?![\w.])")


def parse_condition(text: str) -> Tree:
    """Read a condition; raises ExpressionError, also where a quantity is compared with a number of another unit."""
    tree = parse(text, CONDITION)
    for side, other in _compared(tree):
        if isinstance(side, Name) and isinstance(other, Literal):
            written = text[other.start : other.start + other.length]
            if re.match(NUMBER, written):
                amount(written, units_of(side.name), other.start)
    billion = _BILLION.search(text)
    if billion and any(map(in_bytes, re.findall(r"\w+", text))):
        message = f"{quoted(billion[0])} may be bytes or a billion"
        hint = f"write {billion[1]} for bytes, {billion[1]}G for a billion"
        raise ExpressionError("E105", message, billion.start(), len(billion[0]), hint)
    return tree


def _compared(tree: Tree) -> Iterator[tuple[Tree, Tree]]:
    """Yield both sides of each comparison, in both orders."""
    if isinstance(tree, Logic):
        for term in tree.terms:
            yield from _compared(term)
    elif isinstance(tree, Not):
        yield from _compared(tree.of)
    elif isinstance(tree, Comparison):
        yield tree.left, tree.right
        yield tree.right, tree.left
