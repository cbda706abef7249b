"""Expressions of the language, as trees that are walked: exact rationals, never `eval`. `parse.py` reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from cnncalc.layers.fields import Pair, Sides, Value, described
from cnncalc.numbers.arith import Undecided, pinned, symbols_of
from cnncalc.problem import quoted
from cnncalc.record import Record
from cnncalc.spec.calculate import COMPARE, FAST, FUNCTIONS, LARGEST, TOO_LARGE, Failure, apply, calculate, same

RESERVED = ("channels", "sides", "input")
LONGEST_LIST = 10_000
"""Entries of a list that is written in an expression, those of lists in it included."""


class ExpressionError(Exception):
    """Something wrong in an expression; `start` counts from the expression's first character."""

    def __init__(self, code: str, message: str, start: int, length: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.start, self.length, self.hint = code, message, start, length, hint


class Scope(Protocol):
    """Where an expression finds its names."""

    def lookup(self, name: str) -> Value:
        """Return the value bound to a name; raises KeyError for an unknown name."""

    def is_word(self, name: str) -> bool:
        """Judge whether a bare word means something without being bound."""

    def unbound(self, name: str, start: int, length: int) -> Value:
        """Return the volume or list of volumes that a name refers to that is not bound; else raise ExpressionError."""


class VolumeName(str):
    """The name of an earlier volume, as the value of an expression."""

    def part(self, name: str) -> Value:
        """Return the channels or the sides of the volume."""
        raise NotImplementedError

    def below(self, name: str, start: int) -> Value:
        """Return what is called so within what makes the volume; None for an unknown name."""
        raise NotImplementedError


# The tree. `size` is the number of nodes below and including one; `start` and `length` are its location.


class Literal(Record):
    value: Value
    start: int
    length: int
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        return self.value


class Name(Record):
    """A name, or `input.channels`; alone in an argument it may also be a bare word."""

    name: str
    start: int
    length: int
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        try:
            return scope.lookup(self.name)
        except KeyError:
            return scope.unbound(self.name, self.start, self.length)


class Path(Record):
    """A word that only names a result: s2.y1, 3a."""

    name: str
    start: int
    length: int
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        return scope.unbound(self.name, self.start, self.length)


class PartOf(Record):
    """The channels or the sides of an earlier volume: `skip.channels`, `levels[0].sides`."""

    of: Tree
    part: str
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        value = self.of.evaluate(scope)
        if isinstance(value, VolumeName):
            return value.part(self.part)
        hint = None
        if isinstance(value, tuple) and any(isinstance(entry, VolumeName) for entry in value):
            hint = f"take one of its volumes, as in levels[0].{self.part}"
        raise _wrong(self.of, f"{described(value)} is no volume, so it has no {self.part}", hint)


class Below(Record):
    """What is called so within one of a list of results: `layer[0].out`."""

    of: Tree
    name: str
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        value = self.of.evaluate(scope)
        found = value.below(self.name, self.start) if isinstance(value, VolumeName) else None
        if found is None:
            raise _wrong(self, f"nothing is called {quoted(self.name)} in this result")
        return found


class Unknown(Record):
    """A question mark: a number to be solved for."""

    start: int
    length: int = 1
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        raise ExpressionError(
            "E115", "? stands for a number that is not known", self.start, 1, "cnncalc solve finds it"
        )


class Symbol(Record):
    """One capital letter in a size."""

    name: str
    start: int
    length: int = 1
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        try:
            return scope.lookup(self.name)
        except KeyError:
            message = f"{self.name} stands for any number here, but a number is needed"
            raise ExpressionError("E118", message, self.start, 1, "put a number here") from None


class Wildcard(Record):
    """`_` in a shape check."""

    start: int
    length: int = 1
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        raise ExpressionError("E105", "_ stands for anything and only in shape checks", self.start, 1)


class PairOf(Record):
    """before:after."""

    before: Tree
    after: Tree
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        return Pair((_number(self.before, scope), _number(self.after, scope)))


class SizeOf(Record):
    """Parts joined by x."""

    parts: tuple[Tree, ...]
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        return Sides(part.evaluate(scope) if isinstance(part, PairOf) else _number(part, scope) for part in self.parts)


class ListOf(Record):
    items: tuple[Tree, ...]
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        """Return the entries; a name that means a list of volumes stands for all of them."""
        entries: list[Value] = []
        count = 0
        for item in self.items:
            value = _entry(item, scope)
            added = [*value] if not isinstance(item, ListOf) and is_volumes(value) else [value]
            entries += added
            count += _entries(added)
            if count > LONGEST_LIST:
                raise ExpressionError("E112", f"a list of more than {LONGEST_LIST:,} entries", self.start, self.length)
        return tuple(entries)


class Index(Record):
    of: Tree
    index: Tree
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        values, i = self.of.evaluate(scope), pinned(self.index.evaluate(scope))
        if not isinstance(values, tuple):
            raise _wrong(self.of, f"{described(values)} is no list, so it has no [{described(i)}]")
        if symbols_of(i):
            raise _depends(self.index, ", ".join(sorted(symbols_of(i))))
        if isinstance(i, bool) or not isinstance(i, int):
            raise _wrong(self.index, f"an index is a whole number, not {described(i)}")
        if not 0 <= i < len(values):
            message = f"[{i}] is outside the list, which has {len(values)} entries"
            raise _wrong(self.index, message, f"they count from 0 to {len(values) - 1}" if values else None)
        return values[i]


class Negative(Record):
    of: Tree
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        try:
            return calculate("-", 0, self.of.evaluate(scope))
        except Failure as failure:
            raise _placed(failure, self) from None


class Arithmetic(Record):
    """Operations of one rank, left to right: a first term, then (operator, term) pairs."""

    first: Tree
    rest: tuple[tuple[str, Tree], ...]
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        value = self.first.evaluate(scope)
        for sign, tree in self.rest:
            other = tree.evaluate(scope)
            if type(value) is int and type(other) is int and sign in FAST:
                value = FAST[sign](value, other)
                if -LARGEST < value < LARGEST:
                    continue
                raise _placed(Failure(TOO_LARGE, "E112"), self)
            try:
                value = calculate(sign, value, other)
            except Failure as failure:
                raise _placed(failure, self) from None
        return value


class Comparison(Record):
    left: Tree
    sign: str
    right: Tree
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        left = self.left.evaluate(scope)
        if isinstance(self.right, Name):
            try:
                right = scope.lookup(self.right.name)
            except KeyError:
                if not scope.is_word(self.right.name):
                    scope.unbound(self.right.name, self.right.start, self.right.length)
                right = self.right.name
        else:
            right = self.right.evaluate(scope)
        if self.sign in ("==", "!="):
            return _known(self, same, left, right) == (self.sign == "==")
        for value in (left, right):
            if isinstance(value, (bool, str, tuple)):
                raise _wrong(self, f"{self.sign} compares numbers, and {described(value)} is none")
        return _known(self, COMPARE[self.sign], left, right)


class Logic(Record):
    """`and` or `or` over terms, left to right, stopping when it is decided."""

    word: str
    terms: tuple[Tree, ...]
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        stop = self.word == "or"
        return stop if any(truth(term, scope) is stop for term in self.terms) else not stop


class Not(Record):
    of: Tree
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        return not truth(self.of, scope)


class Function(Record):
    name: str
    arguments: tuple[Tree, ...]
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        values = [argument.evaluate(scope) for argument in self.arguments]
        least, most, function = FUNCTIONS[self.name]
        if not least <= len(values) <= most:
            expected = ("one value", "two values")[least - 1] if least == most else "one value or more"
            raise _wrong(self, f"{self.name} takes {expected}, not {len(values)}")
        if self.name == "reversed":
            if not isinstance(values[0], tuple) or isinstance(values[0], (Sides, Pair)):
                raise _wrong(self, f"reversed takes a list, not {described(values[0])}")
            return values[0][::-1]
        if len(values) == 1 and isinstance(values[0], tuple) and self.name in ("min", "max"):
            values = list(values[0])
        if not values:
            raise _wrong(self, f"{self.name} of an empty list")
        try:
            if len(values) == 1 and isinstance(values[0], Sides):
                return Sides(apply(function, value) for value in values[0])
            return apply(function, *values)
        except Failure as failure:
            raise _placed(failure, self) from None


Tree: TypeAlias = (
    Literal
    | Name
    | Path
    | PartOf
    | Below
    | Unknown
    | Symbol
    | Wildcard
    | PairOf
    | SizeOf
    | ListOf
    | Index
    | Negative
    | Arithmetic
    | Comparison
    | Logic
    | Not
    | Function
)


def is_volumes(value: Value) -> bool:
    """Judge whether a value is a list of volumes."""
    return isinstance(value, tuple) and value != () and all(isinstance(entry, VolumeName) for entry in value)


def _entry(item: Tree, scope: Scope) -> Value:
    """Evaluate an entry of a list; a word that is not bound means itself, as in [relu, tanh]."""
    try:
        return item.evaluate(scope)
    except ExpressionError:
        if isinstance(item, Name) and scope.is_word(item.name):
            return item.name
        raise


def _entries(values: list[Value]) -> int:
    """Count the entries of a list and of the lists in it, each of which is short enough."""
    stack, count = [*values], 0
    while stack and count <= LONGEST_LIST:
        value = stack.pop()
        count += 1
        if isinstance(value, tuple) and not isinstance(value, (Sides, Pair)):
            stack.extend(value)
    return count


def truth(tree: Tree, scope: Scope) -> bool:
    """Evaluate a condition; anything but yes or no is a problem."""
    value = tree.evaluate(scope)
    if not isinstance(value, bool):
        hint = "compare it, as in `> 0`" if not isinstance(value, (str, tuple)) else None
        raise _wrong(tree, f"{described(value)} is neither yes nor no", hint)
    return value


def _number(tree: Tree, scope: Scope) -> Value:
    value = tree.evaluate(scope)
    if isinstance(value, (bool, str, tuple)):
        raise _wrong(tree, f"a size is made of numbers, and {described(value)} is none")
    return value


def _known(tree: Tree, judge: Callable[[Any, Any], bool], left: Value, right: Value) -> bool:
    """Compare; where that depends on a symbol, it is a problem."""
    try:
        return judge(left, right)
    except Undecided as undecided:
        raise _depends(tree, str(undecided)) from None


def _depends(tree: Tree, symbols: str) -> ExpressionError:
    message = f"which layers there are may not depend on {symbols}"
    return ExpressionError("E117", message, tree.start, tree.length, "give it a number")


def _placed(failure: Failure, tree: Tree) -> ExpressionError:
    """Give a failed operation the place of the tree that asked for it."""
    return ExpressionError(failure.code, failure.message, tree.start, tree.length)


def _wrong(tree: Tree, message: str, hint: str | None = None) -> ExpressionError:
    return ExpressionError("E107", message, tree.start, tree.length, hint)
