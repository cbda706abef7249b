"""Conditions over the totals of networks: `params < 5M and macs < 600M`, read by the language's own reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from cnncalc.problem import Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.expression import Arithmetic, Comparison, ExpressionError, Literal, Logic, Name, Negative, Not, Tree
from cnncalc.spec.parse import parse
from cnncalc.spec.tree import place_of

TOTALS = (
    "params",
    "macs",
    "flops",
    "activation_values",
    "activation_bytes",
    "weight_bytes",
    "buffers",
    "weight_layers",
    "aux_params",
    "aux_macs",
)
"""Sums over a network, as a report has them."""
RECEPTIVE = "receptive_field"
QUANTITIES = (*TOTALS, RECEPTIVE)
"""What a condition may speak of, beside the variables."""

UNITS = {
    **{unit: 1000**power for power, unit in enumerate("KMGTP", 1)},
    **{f"{unit}iB": 1024**power for power, unit in enumerate("KMGT", 1)},
}
_NUMBER = re.compile(rf"(?<![\w.])(\d[\d_]*(?:\.\d+)?)({'|'.join(sorted(UNITS, key=len, reverse=True))})\b")


def number_with_unit(text: str) -> str:
    """Return a text with 5M as 5000000 and 1.5GiB as 1610612736, exactly."""

    def plain(match: re.Match[str]) -> str:
        value = Fraction(match[1].replace("_", "")) * UNITS[match[2]]
        return str(value) if value.denominator == 1 else f"({value})"

    return _NUMBER.sub(plain, text)


class Condition:
    """A condition that has been read; `names` are the quantities and variables that it speaks of."""

    def __init__(self, text: str, option: str, known: tuple[str, ...]) -> None:
        plain = number_with_unit(text)
        self.text = text
        self.source = Source(option, plain)
        try:
            self.tree = parse(plain)
        except ExpressionError as error:
            place = place_of(self.source, error.start, error.length)
            raise Problems([Problem(error.code, error.message, place, error.hint)]) from None
        self.names = tuple(dict.fromkeys(tree.name for tree in self._walk(self.tree) if isinstance(tree, Name)))
        for tree in self._walk(self.tree):
            if isinstance(tree, Name) and tree.name not in known:
                hint = did_you_mean(tree.name, known) or f"there are {', '.join(known)}"
                self._refuse("E109", f"there is no quantity {quoted(tree.name)}", tree, hint)

    def _refuse(self, code: str, message: str, tree: Tree, hint: str | None = None) -> None:
        raise Problems([Problem(code, message, place_of(self.source, tree.start, tree.length), hint)])

    def _walk(self, tree: Tree) -> Iterator[Tree]:
        yield tree
        if isinstance(tree, (Negative, Not)):
            yield from self._walk(tree.of)
        elif isinstance(tree, Arithmetic):
            for inner in (tree.first, *(term for _, term in tree.rest)):
                yield from self._walk(inner)
        elif isinstance(tree, Comparison):
            yield from self._walk(tree.left)
            yield from self._walk(tree.right)
        elif isinstance(tree, Logic):
            for inner in tree.terms:
                yield from self._walk(inner)
        elif not isinstance(tree, (Name, Literal)) or isinstance(getattr(tree, "value", 0), (bool, str, tuple)):
            self._refuse("E107", "a condition compares totals and numbers", tree, "as in params < 5M and macs < 600M")

    def holds(self, values: Mapping[str, Any]) -> Any:
        """Judge one network's values, or arrays of them."""
        return _evaluated(self.tree, values)


def _evaluated(tree: Tree, values: Mapping[str, Any]) -> Any:
    match tree:
        case Literal():
            return float(tree.value) if isinstance(tree.value, Fraction) else tree.value
        case Name():
            return values[tree.name]
        case Negative():
            return -_evaluated(tree.of, values)
        case Not():
            return _evaluated(tree.of, values) ^ True
        case Comparison():
            return _COMPARE[tree.sign](_evaluated(tree.left, values), _evaluated(tree.right, values))
        case Logic():
            terms = [_evaluated(term, values) for term in tree.terms]
            result = terms[0]
            for term in terms[1:]:
                result = result & term if tree.word == "and" else result | term
            return result
        case Arithmetic():
            result = _real(_evaluated(tree.first, values))
            for sign, term in tree.rest:
                result = _SIGNS[sign](result, _real(_evaluated(term, values)))
            return result
    raise TypeError(tree)


def _real(number: Any) -> Any:
    """Return arrays as floats: products of totals would pass 64 bits. Ints are exact as they are."""
    return number if isinstance(number, int) else number * 1.0


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}
