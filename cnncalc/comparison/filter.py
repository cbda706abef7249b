"""Which networks to list: `params < 10M and top1 > 70`, read by the language's own expressions and never by Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NoReturn

from cnncalc.comparison.summary import Summary
from cnncalc.layers.fields import Sides
from cnncalc.problem import NoAnswer, Problem, Source, did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.spec.condition import parse_condition
from cnncalc.spec.expression import Comparison, ExpressionError, Name, Tree, truth
from cnncalc.spec.tree import place_of

FIELDS = (*Summary._fields, "flops")
"""The columns of filters and sort orders."""


class Unfit(NoAnswer):
    """A filter or sort order that cannot be parsed."""


class Missing:
    """A number that a network does not have: no comparison with it holds."""

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = object.__hash__  # what is calculated is looked up

    def _stay(self, *others: object) -> Missing:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _stay
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __round__ = _stay


MISSING = Missing()


class Row(Record):
    """The names that a filter finds in one network."""

    summary: Summary

    def lookup(self, name: str) -> Any:
        value = value_of(self.summary, name)
        if value is None:
            return MISSING
        if isinstance(value, float):
            return Fraction(str(value))
        if name in ("input", "output") and re.fullmatch(r"\d+(x\d+)+", value):
            return Sides(map(int, value.split("x")))
        return value

    def is_word(self, name: str) -> bool:
        """Any word may stand on the right of ==: a name, a family."""
        return True

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        raise KeyError(name)


def value_of(summary: Summary, name: str) -> Any:
    """Return a field of a row; raises KeyError for a name that is none."""
    if name == "flops":
        return None if summary.macs is None else 2 * summary.macs
    if name not in FIELDS:
        raise KeyError(name)
    return getattr(summary, name)


def where(summaries: Sequence[Summary], text: str) -> list[Summary]:
    """Return the rows for which a condition holds; raises Unfit, with the place in the text."""
    source = Source("--where", text)
    try:
        tree = parse_condition(text)
        for name in _names(tree):
            if name.name not in FIELDS:
                hint = did_you_mean(name.name, FIELDS) or f"there are {', '.join(FIELDS)}"
                message = f"there is no column {quoted(name.name)}"
                raise ExpressionError("E109", message, name.start, name.length, hint)
        return [summary for summary in summaries if truth(tree, Row(summary))]
    except ExpressionError as error:
        place = place_of(source, error.start, max(1, error.length))
        raise Unfit([Problem(error.code, error.message, place, error.hint)]) from None


def ordered(summaries: Sequence[Summary], column: str) -> list[Summary]:
    """Sort rows by a column, by -column from the largest; those without a value come last. Raises Unfit."""
    name = column.removeprefix("-").strip()
    if name not in FIELDS:
        hint = did_you_mean(name, FIELDS) or f"one of {', '.join(FIELDS)}"
        raise Unfit([Problem("E109", f"there is no column {quoted(name)} to sort by", None, hint)])
    known = [summary for summary in summaries if value_of(summary, name) not in (None, "")]
    known.sort(key=lambda summary: value_of(summary, name), reverse=column.startswith("-"))
    return known + [summary for summary in summaries if value_of(summary, name) in (None, "")]


def _names(tree: Tree) -> Iterator[Name]:
    """Yield the names of a condition, without the bare words that == compares with."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            yield node
        elif isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, Comparison) and node.sign in ("==", "!=") and isinstance(node.right, Name):
            stack.append(node.left)
        elif isinstance(node, Record):
            stack.extend(value for name, value in vars(node).items() if name not in ("value", "start", "length"))
