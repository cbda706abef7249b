"""Reading values and expressions; a text is read once, and other texts of arithmetic in a notation of their own.

value   = "?" | size | expression
size    = part { "x" part }          part = 3 | _ | ? | H | (expression), as padding also before:after
expression: or, and, not, comparisons, + -, * / // %, unary -, name, list, list[i], volume.channels, calls
in other notations also: powers, a product without a sign, brackets that round
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple, NoReturn

from cnncalc.layers.fields import Sides
from cnncalc.problem import quoted
from cnncalc.record import Record
from cnncalc.spec.calculate import FUNCTIONS, LARGEST
from cnncalc.spec.expression import (
    Arithmetic,
    Below,
    Comparison,
    ExpressionError,
    Function,
    Index,
    ListOf,
    Literal,
    Logic,
    Name,
    Negative,
    Not,
    PairOf,
    PartOf,
    Path,
    SizeOf,
    Symbol,
    Tree,
    Unknown,
    Wildcard,
)
from cnncalc.spec.units import COUNTS, SIZES, amount, number

DEEPEST = 50
LONGEST = 100_000
COMPARISONS = {**{sign: sign for sign in ("==", "!=", "<=", ">=", "<", ">")}, "=": "==", "≤": "<=", "≥": ">="}
"""Signs that compare, and what they are in the tree; a notation has those that its tokens have."""
UNITS = {**SIZES, **COUNTS}
LITERALS = {"yes": True, "true": True, "no": False, "false": False}

_TOKEN = re.compile(
    r"""(?P<space>[\s\u00a0]+)
    | (?P<size>\d+(?:[x×]\d+)+(?![\w.]))
    | (?P<name>(?:\d+(?![eE][+-]?\d|[xX×]))?[^\W\d_]\w*(?:\.\w+)*)
    | (?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<part>\.[^\W\d_]\w*)
    | (?P<sign>//|==|!=|<=|>=|[-+*/%<>()\[\],?])
    """,
    re.VERBOSE,
)
_SIZE_PART = re.compile(r"\d+|_|\?|[A-Z](?![a-wyzA-Z0-9_])")
_PATH = re.compile(r"\w+(?:\.\w+)*")
LISTED = re.compile(r"[(\[]?\s*\d+(?:(?:\s*[,;*X]\s*|\s+[x×]\s+)\d+)+\s*,?\s*[)\]]?|[(\[]\s*\d+\s*,\s*[)\]]")
"""A shape as other tools print it."""
_CAPITAL_X = re.compile(r"\d+(?:[xX]\d+)*X\d+(?:[xX]\d+)*")
_NO_PATH = re.compile(r"[\d_.]+(?:[eE]\d+)?|[^\W\d_]\w*|input\.(?:channels|sides)")
_PART = re.compile(r"(\w+(?:\.\w+)*)\.(channels|sides)")


class Notation(NamedTuple):
    """What an expression is written with."""

    token: re.Pattern[str]
    """Groups: space, number, name, sign, compare; size, where sizes are values; amount: a number with a unit; times for
    further signs of a product."""
    functions: tuple[str, ...]
    brackets: tuple[tuple[str, str, str], ...] = (("(", ")", ""),)
    """The opening and closing bracket, and the function they denote: ⌊ ⌋ floor."""
    products: bool = False
    """Whether two adjacent factors are a product: 3(4 + 5)."""


SPEC = Notation(_TOKEN, tuple(name for name in FUNCTIONS if name != "sqrt"))
"""The notation of specs: without powers, which have no token, and without roots, whose results are not exact."""


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
        if part := _PART.fullmatch(source):
            return PartOf(Path(part[1], 0, len(part[1])), part[2], 0, len(source), 2)
        return Path(source, 0, len(source))
    return parse(source)


@lru_cache(maxsize=20_000)
def parse(source: str, notation: Notation = SPEC) -> Tree:
    """Read an expression; raises ExpressionError."""
    if len(source) > LONGEST:
        message = f"an expression of {len(source):,} characters, more than the {LONGEST:,} that are read"
        raise ExpressionError("E112", message, 0, len(source))
    reader = _Reader(source, notation)
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


def parse_shape(source: str) -> SizeOf | None:
    """Read the shape of a volume, also as other tools print it: (224, 224, 3), 224,224,3, 224*224*3, 224 x 224 x 3."""
    if not LISTED.fullmatch(source):
        return parse_size(source)
    numbers = [(match.group(), match.start()) for match in re.finditer(r"\d+", source)]
    parts = tuple(Literal(_whole(digits, at), at, len(digits)) for digits, at in numbers)
    return SizeOf(parts, 0, len(source), 1 + len(parts))


def _size_part(source: str, at: int) -> tuple[Tree | None, int]:
    if source[at : at + 1] == "(":
        end = closing(source, at)
        if end is None or source[end + 1 : end + 2] not in ("", "x", "×", ":"):
            return None, at
        try:
            return shifted(parse(source[at + 1 : end]), at + 1), end + 1
        except ExpressionError as error:
            numbers = source[at + 1 : end].split(",")
            tuple_ = len(numbers) > 1 and all(number.strip().isdigit() for number in numbers)
            hint = f"write {'x'.join(number.strip() for number in numbers)}" if tuple_ else error.hint
            raise ExpressionError(error.code, error.message, at + 1 + error.start, error.length, hint) from None
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

    def __init__(self, source: str, notation: Notation) -> None:
        self.source, self.notation = source, notation
        self.opening = {opening: rest for opening, *rest in notation.brackets}
        self.tokens = list(self._tokens())
        self.at = 0

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        at = 0
        while at < len(self.source):
            match = self.notation.token.match(self.source, at)
            if match is None:
                self.refuse(self.source[at], at)
            kind = match.lastgroup or ""
            if kind == "times":
                yield "sign", "*", at
            elif kind != "space":
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
        if word in words and kind in ("sign", "name", "compare"):
            self.at += 1
            return word
        return None

    def refuse(self, word: str, at: int, hint: str | None = None) -> NoReturn:
        if not self.source.strip():
            raise ExpressionError("E107", "a value is missing here", 0, 1, hint)
        if word == "=" and self.source[at + 1 : at + 2] in ("<", ">"):
            hint = f"write {self.source[at + 1]}="
        elif word == "=":
            hint = "== compares"
        elif word in ("&", "|"):
            hint = f"write {'and' if word == '&' else 'or'}"
        elif word == "!":
            hint = "write not"
        elif word == "^" or (word == "*" and self.source[at - 1 : at] == "*"):
            hint = "there is no power operator: multiply"
        elif word == ",":
            hint = "a size is written 3x3, a list [3,3]"
        elif word == ":" and (pair := re.fullmatch(r"(\w+):(\w+)", self.source)):
            parts = (part if part.isdigit() else f"({part})" for part in pair.groups())
            hint = f"a computed part of a size stands in brackets: {':'.join(parts)}"
        elif word in ("$", "{"):
            hint = "a name stands alone, as in `conv width 3x3`"
        elif word in ("，", "、", "；"):
            hint = "steps are joined by ->, arguments stand apart by spaces"
        elif word in ("'", '"'):
            hint = "words stand without quotes"
        elif not word and self.source.endswith("%"):
            hint = "a share is written as a number: 0.5"
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
        sign = self.took(*COMPARISONS)
        if sign is None:
            return left
        right = self.arithmetic(("+", "-"), depth)
        _, word, at = self.peek()
        if word in COMPARISONS:
            self.refuse(word, at, "join two comparisons with `and`")
        return Comparison(left, COMPARISONS[sign], right, start, self._since(start), 1 + left.size + right.size)

    def arithmetic(self, signs: tuple[str, ...], depth: int) -> Tree:
        start = self.peek()[2]
        sums = signs == ("+", "-")
        below = partial(self.arithmetic, ("*", "/", "//", "%"), depth) if sums else partial(self.unary, depth)
        first = below()
        rest = []
        while sign := self.took(*signs) or ("*" if not sums and self._factor_follows() else None):
            rest.append((sign, below()))
        if not rest:
            return first
        size = 1 + first.size + sum(tree.size for _, tree in rest)
        return Arithmetic(first, tuple(rest), start, self._since(start), size)

    def _factor_follows(self) -> bool:
        """Judge whether the next token begins a factor that needs no sign before it."""
        kind, word, _ = self.peek()
        return self.notation.products and (kind == "name" or word in self.opening)

    def unary(self, depth: int) -> Tree:
        start = self.peek()[2]
        minus = False
        while sign := self.took("-", "+"):
            minus ^= sign == "-"
        tree = self.postfix(depth)
        if self.took("^"):
            power = self._power(depth)
            tree = Arithmetic(tree, (("^", power),), start, self._since(start), 1 + tree.size + power.size)
        return Negative(tree, start, self._since(start), tree.size + 1) if minus else tree

    def _power(self, depth: int) -> Tree:
        """Read the exponent after ^; that of 2^3^4 is 3^4."""
        if depth > DEEPEST:
            raise ExpressionError("E112", f"nested deeper than {DEEPEST}", self.peek()[2], 1)
        power = self.unary(depth + 1)
        if isinstance(power, Literal) and power.value == 1 and self.peek()[1] == "/":
            message = "^1/ may begin a root or a division: write ^(1/2) for a root"
            raise ExpressionError("E107", message, power.start, power.length)
        return power

    def postfix(self, depth: int) -> Tree:
        start = self.peek()[2]
        tree = self.atom(depth)
        while True:
            if self.peek()[0] == "part":
                part = self.take()[1][1:]
                kind = PartOf if part in ("channels", "sides") else Below
                tree = kind(tree, part, start, self._since(start), 1 + tree.size)
            elif "[" not in self.opening and self.took("["):
                index = self.logic("or", depth + 1)
                self.expect("]")
                tree = Index(tree, index, start, self._since(start), 1 + tree.size + index.size)
            else:
                return tree
            depth += 1
            if depth > DEEPEST:
                raise ExpressionError("E112", f"nested deeper than {DEEPEST}", start, self._since(start))

    def expect(self, word: str) -> None:
        if not self.took(word):
            _, found, at = self.peek()
            self.refuse(found, at, f"{word} is missing")

    def atom(self, depth: int) -> Tree:
        kind, word, at = self.take()
        if kind == "number":
            return Literal(number(word, at), at, len(word))
        if kind == "amount":
            return Literal(amount(word, UNITS, at), at, len(word))
        if kind == "size":
            parts = re.split("[x×]", word)
            return Literal(Sides(_whole(part, at) for part in parts), at, len(word))
        if kind == "name":
            return self._named(word, at, depth)
        if word in self.opening:
            closing, function = self.opening[word]
            tree = self.logic("or", depth + 1)
            self.expect(closing)
            return Function(function, (tree,), at, self._since(at), 1 + tree.size) if function else tree
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
        called = self.tokens[self.at][1] == "("
        if called and (word in self.notation.functions or not self.notation.products) and self.took("("):
            if word not in self.notation.functions:
                known = ", ".join(self.notation.functions)
                raise ExpressionError(
                    "E107", f"there is no function {quoted(word)}", at, len(word), f"there are {known}"
                )
            arguments = self._items(")", depth)
            return Function(word, arguments, at, self._since(at), 1 + sum(a.size for a in arguments))
        part = _PART.fullmatch(word)
        if part is None or part[1] == "input":
            return Name(word, at, len(word))
        return PartOf(Name(part[1], at, len(part[1])), part[2], at, len(word), 2)

    def _items(self, close: str, depth: int) -> tuple[Tree, ...]:
        items: list[Tree] = []
        if self.took(close):
            return ()
        while True:
            items.append(self.logic("or", depth + 1))
            if self.took(close):
                return tuple(items)
            self.expect(",")
