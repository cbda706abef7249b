"""Expressions of the language: parsed once by text, then walked; exact rationals, never `eval`.

value   = "?" | size | expression
size    = part { "x" part }          part = 3 | _ | ? | H | (expression), as padding also before:after
expression: or, and, not, comparisons, + -, * / // %, unary -, name, input.name, list, list[i], calls
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache, partial, reduce
from typing import Any, NoReturn, Protocol, TypeAlias

from cnncalc.arith import Undecided, equal, maximum, minimum, pinned, symbols_of
from cnncalc.layers.fields import Pair, Sides, Value, described, text
from cnncalc.problem import quoted
from cnncalc.record import Record

LARGEST = 10**18
DEEPEST = 50
LONGEST = 100_000
LITERALS = {"yes": True, "true": True, "no": False, "false": False}
RESERVED = ("channels", "sides", "input")


class ExpressionError(Exception):
    """Something wrong in an expression; `start` counts from the expression's first character."""

    def __init__(self, code: str, message: str, start: int, length: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.start, self.length, self.hint = code, message, start, length, hint


class Scope(Protocol):
    """Where an expression finds its names."""

    def lookup(self, name: str) -> Value:
        """Return the value bound to a name; raises KeyError when there is none."""

    def is_word(self, name: str) -> bool:
        """Judge whether a bare word means something without being bound."""

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        """Raise the ExpressionError for a name that is not bound."""


# The tree. `size` is the number of nodes below and including one; `start`, `length` where it stands.


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
            scope.unbound(self.name, self.start, self.length)


class Path(Record):
    """A word that only names a result: s2.y1, 3a."""

    name: str
    start: int
    length: int
    size: int = 1

    def evaluate(self, scope: Scope) -> Value:
        scope.unbound(self.name, self.start, self.length)


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
        return tuple(item.evaluate(scope) for item in self.items)


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
            raise _wrong(self.index, message, f"they count from 0 to {len(values) - 1}")
        return values[i]


class Negative(Record):
    of: Tree
    start: int
    length: int
    size: int

    def evaluate(self, scope: Scope) -> Value:
        try:
            return _calculate("-", 0, self.of.evaluate(scope))
        except _Failure as failure:
            raise failure.at(self) from None


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
            if type(value) is int and type(other) is int and sign in _FAST:
                value = _FAST[sign](value, other)
                if -LARGEST < value < LARGEST:
                    continue
                raise _Failure(_TOO_LARGE, "E112").at(self)
            try:
                # True equals 1 and would be found in the cache as 1.
                calculate = _calculate.__wrapped__ if isinstance(value, bool) or isinstance(other, bool) else _calculate
                value = calculate(sign, value, other)
            except _Failure as failure:
                raise failure.at(self) from None
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
            return _known(self, _same, left, right) == (self.sign == "==")
        for value in (left, right):
            if isinstance(value, (bool, str, tuple)):
                raise _wrong(self, f"{self.sign} compares numbers, and {described(value)} is none")
        return _known(self, _COMPARE[self.sign], left, right)


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
        least, most, apply = FUNCTIONS[self.name]
        if not least <= len(values) <= most:
            wanted = ("one value", "two values")[least - 1] if least == most else "one value or more"
            raise _wrong(self, f"{self.name} takes {wanted}, not {len(values)}")
        if len(values) == 1 and isinstance(values[0], tuple) and self.name in ("min", "max"):
            values = list(values[0])
        if not values:
            raise _wrong(self, f"{self.name} of an empty list")
        try:
            if len(values) == 1 and isinstance(values[0], Sides):
                return Sides(_apply(apply, value) for value in values[0])
            return _apply(apply, *values)
        except _Failure as failure:
            raise failure.at(self) from None


Tree: TypeAlias = (
    Literal
    | Name
    | Path
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


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, Sides) != isinstance(right, Sides):
        # One number means every side: kernel == 3 holds for 3x3.
        sides, single = (left, right) if isinstance(left, Sides) else (right, left)
        return not isinstance(single, (tuple, str)) and all(equal(n, single) for n in sides)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    return equal(left, right)


def _divide(a: Value, b: Value) -> Value:
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return Fraction(a) / b
    return a / b


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "//": operator.floordiv,
    "%": operator.mod,
}
_FAST = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def multiple(value: Value, of: Value) -> int:
    """Round to the nearest multiple, at least one, never below 90 % of the value, as MobileNet rounds its widths."""
    if not isinstance(of, int) or of < 1:
        raise _Failure(f"multiple rounds to a whole number of at least 1, not {described(of)}")
    rounded = max(of, (value + Fraction(of, 2)) // of * of)
    return int(rounded + of if rounded * 10 < value * 9 else rounded)


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "min": (1, 100, lambda *values: _extreme(min, minimum, values)),
    "max": (1, 100, lambda *values: _extreme(max, maximum, values)),
    "ceil": (1, 1, lambda value: -(-value // 1)),
    "floor": (1, 1, lambda value: value // 1),
    "round": (1, 1, round),
    "multiple": (2, 2, multiple),
}
"""Every function: least and most arguments, and what it does. `round` takes a half to the even neighbour."""


def _extreme(known: Callable[..., Value], symbolic: Callable[..., Value], values: tuple[Value, ...]) -> Value:
    return reduce(symbolic, values) if any(map(symbols_of, values)) else known(values)


class _Failure(Exception):  # noqa: N818  # it becomes an ExpressionError
    """An operation that cannot be done; the tree that asked for it adds the place."""

    def __init__(self, message: str, code: str = "E107") -> None:
        self.message, self.code = message, code

    def at(self, tree: Tree) -> ExpressionError:
        return ExpressionError(self.code, self.message, tree.start, tree.length)


@lru_cache(maxsize=10_000)
def _calculate(sign: str, a: Value, b: Value) -> Value:
    """Apply an operation, side by side where one of both is a size."""
    if isinstance(a, Sides) or isinstance(b, Sides):
        if isinstance(a, Sides) and isinstance(b, Sides) and len(a) != len(b):
            raise _Failure(f"{described(a)} has {len(a)} sides, {described(b)} has {len(b)}")
        count = len(a) if isinstance(a, Sides) else len(b)
        lefts = a if isinstance(a, Sides) else (a,) * count
        rights = b if isinstance(b, Sides) else (b,) * count
        return Sides(_calculate(sign, x, y) for x, y in zip(lefts, rights, strict=True))
    if sign in ("/", "//", "%") and isinstance(b, (int, Fraction)) and b == 0 and not isinstance(b, bool):
        raise _Failure(f"{described(a)} {sign} 0: there is no dividing by 0")
    return _apply(_SIGNS[sign], a, b)


def _apply(operation: Callable[..., Any], *values: Value) -> Value:
    """Apply an operation on numbers; exact, whole where it is whole, within the limit."""
    for value in values:
        if isinstance(value, (bool, str, tuple)):
            raise _Failure(f"{described(value)} is no number to calculate with")
    try:
        result = operation(*values)
    except Undecided as undecided:
        raise _Failure(f"a number is needed here, and {undecided} is none yet", "E118") from None
    if isinstance(result, Fraction) and result.denominator == 1:
        result = result.numerator
    if isinstance(result, (int, Fraction)) and not -LARGEST < result < LARGEST:
        raise _Failure(_TOO_LARGE, "E112")
    if isinstance(result, Fraction) and result.denominator >= LARGEST:
        raise _Failure(_TOO_LARGE, "E112")
    return result


_TOO_LARGE = "the number grows beyond 10^18"


def _wrong(tree: Tree, message: str, hint: str | None = None) -> ExpressionError:
    return ExpressionError("E107", message, tree.start, tree.length, hint)


# Reading.

_TOKEN = re.compile(
    r"""(?P<space>[\s\u00a0]+)
    | (?P<size>\d+(?:[x×]\d+)+(?![\w.]))
    | (?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d_]\w*(?:\.[^\W\d_]\w*)?)
    | (?P<sign>//|==|!=|<=|>=|[-+*/%<>()\[\],?])
    """,
    re.VERBOSE,
)
_SIZE_PART = re.compile(r"\d+|_|\?|[A-Z](?![a-wyzA-Z0-9_])")
_PATH = re.compile(r"\w+(?:\.\w+)*")
_CAPITAL_X = re.compile(r"\d+(?:[xX]\d+)*X\d+(?:[xX]\d+)*")
_NO_PATH = re.compile(r"[\d_.]+(?:[eE]\d+)?|[^\W\d_]\w*|input\.(?:channels|sides)")


@lru_cache(maxsize=20_000)
def parse_value(source: str) -> Tree:
    """Read an argument's value: a question mark, a size, a word, or an expression."""
    if source == "?":
        return Unknown(0)
    if _CAPITAL_X.fullmatch(source):
        hint = f"write {source.replace('X', 'x')}"
        raise ExpressionError("E107", "a size is written with a small x", source.index("X"), 1, hint)
    size = parse_size(source)
    if size is not None and not (len(size.parts) == 1 and isinstance(size.parts[0], (Literal, Symbol))):
        return size.parts[0] if len(size.parts) == 1 else size
    if _PATH.fullmatch(source) and not _NO_PATH.fullmatch(source):
        return Path(source, 0, len(source))
    return parse(source)


@lru_cache(maxsize=20_000)
def parse(source: str) -> Tree:
    """Read an expression; raises ExpressionError."""
    if len(source) > LONGEST:
        message = f"an expression of {len(source):,} characters, more than the {LONGEST:,} that are read"
        raise ExpressionError("E112", message, 0, len(source))
    reader = _Reader(source)
    tree = reader.logic("or", 0)
    kind, word, at = reader.peek()
    if kind != "end":
        reader.refuse(word, at)
    return tree


def parse_size(source: str) -> SizeOf | None:
    """Read parts joined by x (each part may be before:after); None when the text is no size."""
    parts: list[Tree] = []
    at = 0
    while True:
        part, at = _size_part(source, at)
        if part is None:
            return None
        if source[at : at + 1] == ":":
            after, at = _size_part(source, at + 1)
            if after is None:
                return None
            length = after.start + after.length - part.start
            part = PairOf(part, after, part.start, length, 1 + part.size + after.size)
        parts.append(part)
        if at == len(source):
            return SizeOf(tuple(parts), 0, at, 1 + sum(part.size for part in parts))
        if source[at] not in "x×":
            return None
        at += 1


def _size_part(source: str, at: int) -> tuple[Tree | None, int]:
    if source[at : at + 1] == "(":
        end = closing(source, at)
        if end is None or source[end + 1 : end + 2] not in ("", "x", "×", ":"):
            return None, at
        return shifted(parse(source[at + 1 : end]), at + 1), end + 1
    match = _SIZE_PART.match(source, at)
    if match is None:
        return None, at
    word, end = match.group(), match.end()
    if word == "_":
        return Wildcard(at), end
    if word == "?":
        return Unknown(at), end
    if word.isdigit():
        return Literal(_whole(word, at), at, len(word)), end
    return Symbol(word, at), end


_BRACKET = re.compile(r"[()\[\]]")


def closing(source: str, at: int, end: int | None = None) -> int | None:
    """Return where the bracket that opens at `at` closes before `end`, or None."""
    depth = 0
    for match in _BRACKET.finditer(source, at, len(source) if end is None else end):
        depth += 1 if match.group() in "([" else -1
        if depth == 0:
            return match.start()
    return None


def shifted(part: Any, by: int) -> Any:
    """Return a tree, or a tuple of them, with every place moved right."""
    if isinstance(part, Literal):
        return Literal(part.value, part.start + by, part.length)
    if isinstance(part, tuple):
        return tuple(shifted(inner, by) for inner in part)
    if not isinstance(part, Record):
        return part
    moved = {name: shifted(value, by) for name, value in part.__dict__.items()}
    return type(part)(**{**moved, "start": moved["start"] + by})


def _whole(digits: str, at: int) -> int:
    if len(digits) > 30 or int(digits) >= LARGEST:
        raise ExpressionError("E112", f"{quoted(digits, 24)} is beyond 10^18", at, len(digits))
    return int(digits)


class _Reader:
    """Recursive descent over the tokens of one expression; at most DEEPEST levels."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(self._tokens())
        self.at = 0

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        at = 0
        while at < len(self.source):
            match = _TOKEN.match(self.source, at)
            if match is None:
                self.refuse(self.source[at], at)
            kind = match.lastgroup or ""
            if kind != "space":
                yield kind, match.group(), at
            at = match.end()
        yield "end", "", at

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at]

    def take(self) -> tuple[str, str, int]:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def took(self, *words: str) -> str | None:
        kind, word, _ = self.tokens[self.at]
        if word in words and kind in ("sign", "name"):
            self.at += 1
            return word
        return None

    def refuse(self, word: str, at: int, hint: str | None = None) -> NoReturn:
        if not self.source.strip():
            raise ExpressionError("E107", "a value is missing here", 0, 1, hint)
        if word == "=":
            hint = "== compares"
        elif word == "^" or (word == "*" and self.source[at - 1 : at] == "*"):
            hint = "there is no power operator: multiply"
        elif word == ",":
            hint = "a size is written 3x3, a list [3,3]"
        message = f"{quoted(word)} is not expected here" if word else "the expression stops too early"
        raise ExpressionError("E107", message, min(at, max(len(self.source) - 1, 0)), max(len(word), 1), hint)

    def _since(self, start: int) -> int:
        _, word, at = self.tokens[self.at - 1]
        return at + len(word) - start

    def logic(self, word: str, depth: int) -> Tree:
        if depth > DEEPEST:
            raise ExpressionError("E112", f"nested deeper than {DEEPEST}", self.peek()[2], 1)
        start = self.peek()[2]
        below = partial(self.logic, "and", depth) if word == "or" else partial(self.negation, depth)
        terms = [below()]
        while self.took(word):
            terms.append(below())
        if len(terms) == 1:
            return terms[0]
        return Logic(word, tuple(terms), start, self._since(start), 1 + sum(term.size for term in terms))

    def negation(self, depth: int) -> Tree:
        start = self.peek()[2]
        flips = 0
        while self.took("not"):
            flips += 1
        tree = self.comparison(depth)
        if flips:
            tree = Not(tree, start, self._since(start), tree.size + 1)
            if flips % 2 == 0:
                tree = Not(tree, start, tree.length, tree.size + 1)
        return tree

    def comparison(self, depth: int) -> Tree:
        start = self.peek()[2]
        left = self.arithmetic(("+", "-"), depth)
        sign = self.took("==", "!=", "<=", ">=", "<", ">")
        if sign is None:
            return left
        right = self.arithmetic(("+", "-"), depth)
        _, word, at = self.peek()
        if word in ("==", "!=", "<=", ">=", "<", ">"):
            self.refuse(word, at, "join two comparisons with `and`")
        return Comparison(left, sign, right, start, self._since(start), 1 + left.size + right.size)

    def arithmetic(self, signs: tuple[str, ...], depth: int) -> Tree:
        start = self.peek()[2]
        sums = signs == ("+", "-")
        below = partial(self.arithmetic, ("*", "/", "//", "%"), depth) if sums else partial(self.unary, depth)
        first = below()
        rest = []
        while sign := self.took(*signs):
            rest.append((sign, below()))
        if not rest:
            return first
        size = 1 + first.size + sum(tree.size for _, tree in rest)
        return Arithmetic(first, tuple(rest), start, self._since(start), size)

    def unary(self, depth: int) -> Tree:
        start = self.peek()[2]
        minus = False
        while sign := self.took("-", "+"):
            minus ^= sign == "-"
        tree = self.postfix(depth)
        return Negative(tree, start, self._since(start), tree.size + 1) if minus else tree

    def postfix(self, depth: int) -> Tree:
        start = self.peek()[2]
        tree = self.atom(depth)
        while self.took("["):
            index = self.logic("or", depth + 1)
            self.expect("]")
            tree = Index(tree, index, start, self._since(start), 1 + tree.size + index.size)
            depth += 1
            if depth > DEEPEST:
                raise ExpressionError("E112", f"nested deeper than {DEEPEST}", start, self._since(start))
        return tree

    def expect(self, word: str) -> None:
        if not self.took(word):
            _, found, at = self.peek()
            self.refuse(found, at, f"{word} is missing")

    def atom(self, depth: int) -> Tree:
        kind, word, at = self.take()
        if kind == "number":
            return Literal(self._number(word, at), at, len(word))
        if kind == "size":
            parts = re.split("[x×]", word)
            return Literal(Sides(_whole(part, at) for part in parts), at, len(word))
        if kind == "name":
            return self._named(word, at, depth)
        if word == "(":
            tree = self.logic("or", depth + 1)
            self.expect(")")
            return tree
        if word == "[":
            items = self._items("]", depth)
            return ListOf(items, at, self._since(at), 1 + sum(item.size for item in items))
        if word != "?":
            self.at -= 1
            self.refuse(word, at)
        return Unknown(at)

    def _named(self, word: str, at: int, depth: int) -> Tree:
        if word in LITERALS:
            return Literal(LITERALS[word], at, len(word))
        if word in ("and", "or", "not"):
            self.refuse(word, at)
        if self.tokens[self.at][1] == "(" and self.took("("):
            if word not in FUNCTIONS:
                known = ", ".join(FUNCTIONS)
                raise ExpressionError(
                    "E107", f"there is no function {quoted(word)}", at, len(word), f"there are {known}"
                )
            arguments = self._items(")", depth)
            return Function(word, arguments, at, self._since(at), 1 + sum(a.size for a in arguments))
        return Name(word, at, len(word))

    def _items(self, close: str, depth: int) -> tuple[Tree, ...]:
        items: list[Tree] = []
        if self.took(close):
            return ()
        while True:
            items.append(self.logic("or", depth + 1))
            if self.took(close):
                return tuple(items)
            self.expect(",")

    def _number(self, word: str, at: int) -> Value:
        digits = word.replace("_", "")
        if len(digits) > 30:
            raise ExpressionError("E112", f"{quoted(word, 24)} has more than 30 characters", at, len(word))
        mantissa, _, exponent = digits.lower().partition("e")
        if exponent and abs(int(exponent)) > 18:
            raise ExpressionError("E112", f"{quoted(word, 24)} is beyond 10^18", at, len(word))
        value = Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
        if value >= LARGEST or value.denominator >= 10**30:
            raise ExpressionError("E112", f"{quoted(word, 24)} is beyond 10^18", at, len(word))
        return value.numerator if value.denominator == 1 else value


def value_text(value: Value) -> str:
    """Write a value as the language does."""
    return text(value)
