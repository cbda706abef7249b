"""Conditions over the totals of networks: `params < 5M and macs < 600M`, read by the language's own reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NoReturn

from cnncalc.problem import Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.condition import parse_condition
from cnncalc.spec.expression import Arithmetic, Comparison, ExpressionError, Literal, Logic, Name, Negative, Not, Tree
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
RECEPTIVE, SAVED, PEAK = "receptive_field", "saved_bytes", "peak_memory"
QUANTITIES = (*TOTALS, RECEPTIVE, SAVED, PEAK)
"""What a condition may speak of, beside the variables."""

EXAMPLE = "as in params < 5M and macs < 600M"


class Condition:
    """A condition that has been read; `names` are the quantities and variables that it speaks of."""

    def __init__(self, text: str, option: str, known: tuple[str, ...]) -> None:
        self.text = text
        self.source = Source(option, text)
        try:
            self.tree = parse_condition(text)
        except ExpressionError as error:
            self._refuse(error.code, error.message, error.start, error.length, error.hint)
        self._condition(self.tree)
        self.names = tuple(dict.fromkeys(tree.name for tree in self._walk(self.tree) if isinstance(tree, Name)))
        for tree in self._walk(self.tree):
            if isinstance(tree, Name) and tree.name not in known:
                hint = did_you_mean(tree.name, known) or f"there are {', '.join(known)}"
                self._refuse("E109", f"there is no quantity {quoted(tree.name)}", tree.start, tree.length, hint)

    def _refuse(self, code: str, message: str, start: int, length: int, hint: str | None = None) -> NoReturn:
        raise Problems([Problem(code, message, place_of(self.source, start, max(1, length)), hint)])

    def _condition(self, tree: Tree) -> None:
        """Refuse what is a number and no condition."""
        if isinstance(tree, Logic):
            for term in tree.terms:
                self._condition(term)
        elif isinstance(tree, Not):
            self._condition(tree.of)
        elif isinstance(tree, (Name, Literal, Negative, Arithmetic)):
            self._refuse(
                "E107", "a number is no condition: it is compared with another", tree.start, tree.length, EXAMPLE
            )

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
            self._refuse("E107", "a condition compares totals and numbers", tree.start, tree.length, EXAMPLE)

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
