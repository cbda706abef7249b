"""Numbers that remember how they came about, so that a rule itself says its formula.

    n, k = leaf("n", 227), leaf("k", 11)
    tree = (n - k) // 4 + 1     # value 55; written ⌊(n − k)/4⌋ + 1

Sums lose what cancels and products what is 1, as they do in a textbook; nothing else is rearranged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from cnncalc.numbers import arith

Part: TypeAlias = Any
"""A Traced, or a plain number where the rule has a constant."""


class Traced:
    """One step of a calculation: what was done, with what, and the result.

    op       parts
    leaf     the letter
    sum      (factor, part) for each term; the constant stands last
    product  factors, a plain number first
    floor    over, by: ⌊over/by⌋; ceil: ⌈over/by⌉
    max min  a, b
    root     over, by: √(over/by)
    """

    __slots__ = ("hash", "op", "parts", "value")

    def __init__(self, op: str, parts: tuple[Part, ...], value: Any) -> None:
        self.op, self.parts, self.value = op, parts, value
        self.hash: int | None = None  # which goes through all that it is made of, and is asked for at each sum

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Traced) and (self.op, self.parts) == (other.op, other.parts)

    def __hash__(self) -> int:
        if self.hash is None:
            self.hash = hash((self.op, self.parts))
        return self.hash

    def __repr__(self) -> str:
        return f"{self.op}{self.parts}"

    def __add__(self, other: Part) -> Part:
        return _sum((1, self), (1, other))

    def __radd__(self, other: Part) -> Part:
        return _sum((1, other), (1, self))

    def __sub__(self, other: Part) -> Part:
        return _sum((1, self), (-1, other))

    def __rsub__(self, other: Part) -> Part:
        return _sum((1, other), (-1, self))

    def __neg__(self) -> Part:
        if self.op == "floor" and _leads_negative(self.parts[0]):
            over, by = self.parts
            return Traced("ceil", (-over, by), -self.value)  # −⌊−a/b⌋ = ⌈a/b⌉
        return _sum((-1, self))

    def __mul__(self, other: Part) -> Part:
        return _product(self, other)

    def __rmul__(self, other: Part) -> Part:
        return _product(other, self)

    def __floordiv__(self, other: Part) -> Part:
        if not isinstance(other, Traced) and other == 1:
            return self
        return Traced("floor", (self, other), self.value // value_of(other))

    def __rfloordiv__(self, other: Part) -> Part:
        return Traced("floor", (other, self), other // self.value)

    def __mod__(self, other: Part) -> Part:
        return self - self // other * other

    def maximum(self, other: Part) -> Part:
        return Traced("max", (self, other), arith.maximum(self.value, value_of(other)))

    def minimum(self, other: Part) -> Part:
        return Traced("min", (self, other), arith.minimum(self.value, value_of(other)))

    def root_under(self, over: Part) -> Part:
        """Return √(over/self)."""
        return Traced("root", (over, self), arith.root(value_of(over), self.value))


def leaf(name: str, value: Any) -> Traced:
    """Return a number that a letter stands for."""
    return Traced("leaf", (name,), value)


def value_of(part: Part) -> Any:
    """Return the number that a part comes to."""
    return part.value if isinstance(part, Traced) else part


def total(parts: Iterable[Part]) -> Part:
    """Add up many at once."""
    return _sum(*((1, part) for part in parts))


def _leads_negative(part: Part) -> bool:
    return isinstance(part, Traced) and part.op == "sum" and part.parts[0][0] < 0


def _sum(*terms: tuple[int, Part]) -> Part:
    """Add up: sums inside are opened, equal terms counted, the constant goes last."""
    constant: Any = 0
    counted: dict[Traced, int] = {}
    for sign, part in terms:
        if not isinstance(part, Traced):
            constant = constant + sign * part
            continue
        if part.op != "sum":
            counted[part] = counted.get(part, 0) + sign
            continue
        for factor, inner in part.parts:
            if isinstance(inner, Traced):
                counted[inner] = counted.get(inner, 0) + sign * factor
            else:
                constant = constant + sign * factor * inner
    kept = tuple((factor, part) for part, factor in counted.items() if factor)
    if not kept:
        return constant
    value = constant
    for factor, part in kept:
        value = value + (part.value if factor == 1 else factor * part.value)
    symbols = type(constant) is not int and arith.symbols_of(constant)
    if symbols or constant != 0:
        kept += ((1, constant),) if symbols or constant > 0 else ((-1, -constant),)
    return kept[0][1] if len(kept) == 1 and kept[0][0] == 1 else Traced("sum", kept, value)


def _product(*factors: Part) -> Part:
    """Multiply: products inside are opened, plain numbers become one, and a 1 is not written."""
    plain: Any = 1
    traced: list[Traced] = []
    for factor in factors:
        for inner in factor.parts if isinstance(factor, Traced) and factor.op == "product" else (factor,):
            if isinstance(inner, Traced):
                traced.append(inner)
            else:
                plain = plain * inner
    symbols = type(plain) is not int and arith.symbols_of(plain)
    if not symbols and plain == 0:
        return 0
    value = plain
    for part in traced:
        value = value * part.value
    parts: tuple[Part, ...] = tuple(traced)
    if symbols or plain != 1:
        parts = (plain, *parts)
    return parts[0] if len(parts) == 1 else Traced("product", parts, value)
