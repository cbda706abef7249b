"""Numbers that are not known yet: polynomials in symbols, floors and maxima, with exact coefficients.

A symbol is a whole number from 1 on. `arith.symbol` makes one; the rules of `layers/` do the rest with `+ - * // %`.
Floors never nest where that can be helped: (⌊v/b⌋ + c)//d = ⌊(v + bc)/(bd)⌋ for whole c and positive b, d, and what
grows steadily with one symbol, f(n + L) = f(n) + M, is a sum of plain floors.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from typing import Any, NamedTuple, TypeAlias

from cnncalc.numbers.arith import Undecided, equal, maximum, symbols_of

Known: TypeAlias = int | Fraction
Monomial: TypeAlias = "tuple[tuple[Atom, int], ...]"
"""Atoms with their powers, in order; empty for the constant."""


class Atom:
    """What polynomials are made of: a symbol, or what a subclass says. Its text is made when it is needed."""

    def __init__(self, name: str) -> None:
        self.text = name
        self.symbols = frozenset((name,))
        self.identity: Hashable = name

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is type(self) and self.identity == other.identity)

    def __hash__(self) -> int:
        return hash(self.identity)

    @cached_property
    def order(self) -> tuple[str, int, str]:
        """By name; the batch N stands behind the sides."""
        return min(self.symbols, default="").replace("N", "WN"), 0, self.text

    def canonical(self) -> Expression | Known:
        """Return the one form that equal numbers share."""
        return _of_atom(self)

    def at(self, values: Mapping[str, Any]) -> Any:
        """Put numbers in."""
        return values.get(self.text, _of_atom(self))


class FloorOf(Atom):
    """⌊over/by⌋; `by` is positive."""

    def __init__(self, over: Expression, by: Expression | int) -> None:
        self.over, self.by = over, by
        self.identity = (frozenset(over.terms.items()), by)

    @cached_property
    def symbols(self) -> frozenset[str]:  # type: ignore[override]
        return self.over.free_symbols | symbols_of(self.by)

    @cached_property
    def text(self) -> str:  # type: ignore[override]
        return f"⌊{_grouped(self.over)}/{_grouped(self.by)}⌋"

    @cached_property
    def order(self) -> tuple[str, int, str]:
        name, _, text = super().order
        return name, self.by if isinstance(self.by, int) else 0, text

    def canonical(self) -> Expression | Known:
        over, by = canonical_of(self.over), canonical_of(self.by)
        if not isinstance(over, Expression) or not isinstance(by, int):
            quotient: Expression | Known = over // by
            return quotient
        whole: dict[Monomial, Known] = {}
        rest: dict[Monomial, Known] = {}
        for monomial, coefficient in over.terms.items():
            whole[monomial], rest[monomial] = divmod(coefficient, by)
        inside = made(rest, absorb=False)
        floor = raw(FloorOf(inside, by)) if isinstance(inside, Expression) else inside // by
        return summed(made(whole, absorb=False), floor, absorb=False)

    def at(self, values: Mapping[str, Any]) -> Any:
        return put(self.over, values) // put(self.by, values)


class LargestOf(Atom):
    """max(a, b)."""

    def __init__(self, a: Expression, b: Expression | Known) -> None:
        self.a, self.b = a, b
        self.identity = frozenset((a, b))

    @cached_property
    def symbols(self) -> frozenset[str]:  # type: ignore[override]
        return self.a.free_symbols | symbols_of(self.b)

    @cached_property
    def text(self) -> str:  # type: ignore[override]
        return f"max({self.a}, {self.b})"

    def canonical(self) -> Expression | Known:
        a, b = sorted((canonical_of(self.a), canonical_of(self.b)), key=str)
        return raw(LargestOf(a, b)) if isinstance(a, Expression) else raw(LargestOf(b, a))

    def at(self, values: Mapping[str, Any]) -> Any:
        return maximum(put(self.a, values), put(self.b, values))


class Expression:
    """A polynomial that is no constant: constants are plain ints and Fractions."""

    def __init__(self, terms: dict[Monomial, Known]) -> None:
        self.terms = terms

    @cached_property
    def free_symbols(self) -> frozenset[str]:
        """The names of its symbols."""
        return frozenset().union(*[atom.symbols for monomial in self.terms for atom, _ in monomial])

    @cached_property
    def canonical(self) -> Expression | Known:
        """The one form that equal numbers share: what floors hold is smaller than what divides it."""
        if all(type(atom) is Atom for monomial in self.terms for atom, _ in monomial):
            return self
        result: Expression | Known = 0
        for monomial, c in self.terms.items():
            factors = (atom.canonical() for atom, power in monomial for _ in range(power))
            result = summed(result, reduce(_flat_product, factors, c), absorb=False)
        return result

    # Arithmetic.

    def __add__(self, other: Any) -> Any:
        if type(other) is int and other == 0:
            return self
        return summed(self, other) if isinstance(other, (int, Fraction, Expression)) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        return multiplied(self, other) if isinstance(other, (int, Fraction, Expression)) else NotImplemented

    def __neg__(self) -> Expression:
        return Expression({monomial: -c for monomial, c in self.terms.items()})

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, (int, Fraction, Expression)) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        from cnncalc.numbers import floors

        if isinstance(other, Expression):
            exact = floors.exact_quotient(self, other, whole=False)
            if exact is None:
                raise Undecided(other.free_symbols)
            return exact
        return self * (Fraction(1) / other)

    def __rtruediv__(self, other: Any) -> Any:
        raise Undecided(self.free_symbols)

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, Fraction):
            return (self * other.denominator) // other.numerator
        from cnncalc.numbers.floors import floor

        return floor(self, other) if isinstance(other, (int, Expression)) else NotImplemented

    def __rfloordiv__(self, other: Known) -> Any:
        return 0 if other == 0 else raw(FloorOf(_constant(other), self))

    def __mod__(self, other: Any) -> Any:
        return self - self // other * other

    def __rmod__(self, other: Known) -> Any:
        return other - other // self * self

    def __round__(self, digits: None = None) -> int:
        raise Undecided(self.free_symbols)

    def maximum(self, other: Expression | Known) -> Any:
        """Return the larger one, as plainly as it can be said."""
        from cnncalc.numbers.floors import larger

        return larger(self, other)

    def minimum(self, other: Expression | Known) -> Any:
        """Return the smaller one."""
        return self + other - self.maximum(other)

    def root_under(self, over: Known) -> Root:
        """Return √(over/self)."""
        return Root(over, self)

    __radd__, __rmul__ = __add__, __mul__

    # Comparison: equal means equal for all values; an order must hold for all values, or it is undecided.

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return False
        if self.terms == other.terms:
            return True
        a, b = canonical_of(self), canonical_of(other)
        return a.terms == b.terms if isinstance(a, Expression) and isinstance(b, Expression) else a is b

    def __hash__(self) -> int:
        canonical = canonical_of(self)
        return hash(frozenset(canonical.terms.items())) if isinstance(canonical, Expression) else hash(canonical)

    def __lt__(self, other: Any) -> bool:
        return self._sign(1 - other) <= 0

    def __le__(self, other: Any) -> bool:
        return self._sign(-other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._sign(-1 - other) >= 0

    def __ge__(self, other: Any) -> bool:
        return self._sign(-other) >= 0

    def __bool__(self) -> bool:
        return not self.equals(0)

    def _sign(self, more: Any) -> int:
        """Return the sign of a sum; raises Undecided where it changes."""
        from cnncalc.numbers.floors import sign_of

        sign = sign_of(self + more)
        if sign is None:
            raise Undecided((self + more).free_symbols)
        return sign

    def equals(self, other: Any) -> bool:
        """Judge whether this is another number for all values, or for none; raises Undecided for some."""
        from cnncalc.numbers.floors import sign_of

        difference = canonical_of(self - other)
        if not isinstance(difference, Expression):
            return equal(difference, 0)
        if sign_of(difference - 1) == 1 or sign_of(difference + 1) == -1:
            return False
        raise Undecided(difference.free_symbols)

    # Writing.

    @cached_property
    def text(self) -> str:
        """The number as a textbook writes it."""
        from cnncalc.numbers.notation import TEXT, write

        return write(self, TEXT)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self}>"

    def __format__(self, spec: str) -> str:
        if spec != ",":
            return format(str(self), spec)
        from cnncalc.numbers.notation import THOUSANDS, write

        return write(self, THOUSANDS)

    def _sympy_(self) -> Any:
        """Hand the number over to sympy, which asks for it by this name."""
        from cnncalc.numbers.notation import as_sympy

        return as_sympy(self)


class Root(NamedTuple):
    """√(over/by): a standard deviation, with which nothing more is calculated."""

    over: Any
    by: Any

    @property
    def free_symbols(self) -> frozenset[str]:
        return symbols_of(self.over) | symbols_of(self.by)

    def __str__(self) -> str:
        return f"√({_grouped(self.over)}/{_grouped(self.by)})"


@lru_cache(maxsize=1_000)
def symbol(name: str) -> Expression:
    """Return the number of that name."""
    return raw(Atom(name))


def put(number: Any, values: Mapping[str, Any]) -> Any:
    """Put numbers in the place of symbols."""
    if not isinstance(number, Expression):
        return number
    result: Any = 0
    for monomial, coefficient in number.terms.items():
        term: Any = coefficient
        for atom, power in monomial:
            value = atom.at(values)
            for _ in range(power):
                term = term * value
        result = result + term
    return result.numerator if isinstance(result, Fraction) and result.denominator == 1 else result


# Sums.


def _constant(number: Known) -> Expression:
    return Expression({(): number})


def raw(atom: Atom) -> Expression:
    return Expression({((atom, 1),): 1})


def _of_atom(atom: Atom) -> Expression:
    return symbol(atom.text) if type(atom) is Atom else raw(atom)


def terms_of(number: Expression | Known) -> dict[Monomial, Known]:
    return number.terms if isinstance(number, Expression) else {(): number}


def summed(a: Expression | Known, b: Expression | Known, absorb: bool = True) -> Expression | Known:
    terms = dict(terms_of(a))
    for monomial, c in terms_of(b).items():
        terms[monomial] = terms.get(monomial, 0) + c
    return made(terms, absorb)


def made(terms: dict[Monomial, Known], absorb: bool = True) -> Expression | Known:
    """Return the number of these terms; a floor takes in the whole number beside it."""
    terms = {m: c if type(c) is int or c.denominator > 1 else int(c) for m, c in terms.items() if c}
    if not any(terms):
        return terms.get((), 0)
    if absorb and len(terms) == 2 and isinstance(terms.get(()), int):
        (monomial,) = filter(None, terms)
        atom, power = monomial[0]
        times, rest = divmod(terms[()], terms[monomial])
        if isinstance(atom, FloorOf) and len(monomial) == power == 1 and rest == 0:
            # What is under the floor keeps its form: only its constant changes.
            over = summed(atom.over, atom.by * times)
            over = over if isinstance(over, Expression) else _constant(over)
            return Expression({((FloorOf(over, atom.by), 1),): terms[monomial]})
    return Expression(terms)


def multiplied(a: Expression | Known, b: Expression | Known, absorb: bool = True) -> Expression | Known:
    """Multiply term by term."""
    terms: dict[Monomial, Known] = {}
    for left, c in terms_of(a).items():
        for right, k in terms_of(b).items():
            monomial = _times(left, right)
            terms[monomial] = terms.get(monomial, 0) + c * k
    return made(terms, absorb)


def _times(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda item: item[0].order))


def canonical_of(number: Any) -> Any:
    """Return the one form that equal numbers share."""
    return number.canonical if isinstance(number, Expression) else number


def _flat_product(a: Any, b: Any) -> Any:
    return multiplied(a, b, absorb=False)


def _grouped(number: Expression | int) -> str:
    """Write a number so that a slash beside it means all of it."""
    text = str(number)
    return f"({text})" if isinstance(number, Expression) and (len(number.terms) > 1 or "·" in text) else text


__all__ = ["Expression", "FloorOf", "LargestOf", "Root", "put", "symbol"]
