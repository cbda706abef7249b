"""Numbers that are not known yet: polynomials in symbols, floors and maxima, with exact coefficients.

A symbol is a whole number from 1 on. `arith.symbol` makes one; the rules of `layers/` do the rest with `+ - * // %`.
Floors never nest where that can be helped: (⌊v/b⌋ + c)//d = ⌊(v + bc)/(bd)⌋ for whole c and positive b, d, and what
grows steadily with one symbol, f(n + L) = f(n) + M, is a sum of plain floors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from math import gcd, lcm
from typing import Any, NamedTuple, TypeAlias

from cnncalc.arith import Undecided, maximum, symbols_of

Known: TypeAlias = int | Fraction
Monomial: TypeAlias = "tuple[tuple[Atom, int], ...]"
"""Atoms with their powers, in order; empty for the constant."""

LONGEST, MOST_FLOORS = 5_000, 8
"""A steady function is written as a sum of at most so many floors, found over a period of at most so many residues."""


class Atom:
    """What polynomials are made of. Atoms are equal when they are written alike."""

    __slots__ = ("order", "symbols", "text")

    def __init__(self, text: str, symbols: frozenset[str], divisor: int = 0) -> None:
        self.text, self.symbols = text, symbols
        self.order = (min(symbols, default=""), divisor, text)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and self.text == other.text)

    def __hash__(self) -> int:
        return hash(self.text)

    def canonical(self) -> Expression | Known:
        """Return the one form that equal numbers share."""
        return _of_atom(self)

    def at(self, values: Mapping[str, Any]) -> Any:
        """Put numbers in."""
        return values.get(self.text, _of_atom(self))


class FloorOf(Atom):
    """⌊over/by⌋; `by` is positive."""

    __slots__ = ("by", "over")

    def __init__(self, over: Expression, by: Expression | int) -> None:
        self.over, self.by = over, by
        divisor = by if isinstance(by, int) else 0
        super().__init__(f"⌊{_grouped(over)}/{_grouped(by)}⌋", over.free_symbols | symbols_of(by), divisor)

    def canonical(self) -> Expression | Known:
        over, by = _canonical(self.over), _canonical(self.by)
        if not isinstance(over, Expression) or not isinstance(by, int):
            return over // by
        whole, rest = {}, {}
        for monomial, coefficient in over.terms.items():
            quotient, remainder = divmod(coefficient, by)
            whole[monomial], rest[monomial] = quotient, remainder
        inside = _made(rest, absorb=False)
        floor = _raw(FloorOf(inside, by)) if isinstance(inside, Expression) else inside // by
        return _sum(_made(whole, absorb=False), floor, absorb=False)

    def at(self, values: Mapping[str, Any]) -> Any:
        return put(self.over, values) // put(self.by, values)


class LargestOf(Atom):
    """max(a, b)."""

    __slots__ = ("a", "b")

    def __init__(self, a: Expression, b: Expression | Known) -> None:
        self.a, self.b = a, b
        super().__init__(f"max({a}, {b})", a.free_symbols | symbols_of(b))

    def canonical(self) -> Expression | Known:
        a, b = sorted((_canonical(self.a), _canonical(self.b)), key=str)
        return _raw(LargestOf(a, b)) if isinstance(a, Expression) else _raw(LargestOf(b, a))

    def at(self, values: Mapping[str, Any]) -> Any:
        return maximum(put(self.a, values), put(self.b, values))


class Expression:
    """A polynomial that is no constant: constants are plain ints and Fractions."""

    __slots__ = ("_known_canonical", "_known_text", "free_symbols", "terms")

    def __init__(self, terms: dict[Monomial, Known]) -> None:
        self.terms = terms
        self.free_symbols: frozenset[str] = frozenset().union(*[atom.symbols for m in terms for atom, _ in m])
        self._known_text: str | None = None
        self._known_canonical: Expression | Known | None = None

    # Arithmetic.

    def __add__(self, other: Any) -> Any:
        return _sum(self, other) if isinstance(other, (int, Fraction, Expression)) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, (int, Fraction, Expression)):
            return NotImplemented
        terms: dict[Monomial, Known] = {}
        for b, k in _terms(other).items():
            for a, c in self.terms.items():
                monomial = _times(a, b)
                terms[monomial] = terms.get(monomial, 0) + c * k
        return _made(terms)

    def __neg__(self) -> Expression:
        return Expression({monomial: -c for monomial, c in self.terms.items()})

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, (int, Fraction, Expression)) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Expression):
            exact = _exact_quotient(self, other)
            if exact is None:
                raise Undecided(other.free_symbols)
            return exact
        return self * (Fraction(1) / other)

    def __rtruediv__(self, other: Any) -> Any:
        raise Undecided(self.free_symbols)

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, Fraction):
            return (self * other.denominator) // other.numerator
        return _floor(self, other) if isinstance(other, (int, Expression)) else NotImplemented

    def __rfloordiv__(self, other: Known) -> Any:
        return 0 if other == 0 else _raw(FloorOf(_constant(other), self))

    def __mod__(self, other: Any) -> Any:
        return self - self // other * other

    def __rmod__(self, other: Known) -> Any:
        return other - other // self * self

    def __round__(self, digits: None = None) -> int:
        raise Undecided(self.free_symbols)

    def maximum(self, other: Expression | Known) -> Any:
        """Return the larger one, as plainly as it can be said."""
        sign = sign_of(self - other)
        if sign is not None:
            return self if sign >= 0 else other
        steady = _steady(self - other)
        if steady is not None and steady.rise == 0:
            more = _floors(_Steady(steady.symbol, [max(v, 0) for v in steady.values], 0))
            if more is not None:
                return other + more
        return _raw(LargestOf(self, other))

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
        a, b = _canonical(self), _canonical(other)
        return a.terms == b.terms if isinstance(a, Expression) and isinstance(b, Expression) else a is b

    def __hash__(self) -> int:
        canonical = _canonical(self)
        return hash(frozenset(canonical.terms.items())) if isinstance(canonical, Expression) else hash(canonical)

    def __lt__(self, other: Any) -> bool:
        return _decided(self - other + 1) <= 0

    def __le__(self, other: Any) -> bool:
        return _decided(self - other) <= 0

    def __gt__(self, other: Any) -> bool:
        return _decided(self - other - 1) >= 0

    def __ge__(self, other: Any) -> bool:
        return _decided(self - other) >= 0

    def __bool__(self) -> bool:
        return _decided(self) != 0

    # Writing.

    def __str__(self) -> str:
        if self._known_text is None:
            from cnncalc.notation import TEXT, write

            self._known_text = write(self, TEXT)
        return self._known_text

    def __repr__(self) -> str:
        return f"<{self}>"

    def __format__(self, spec: str) -> str:
        if spec != ",":
            return format(str(self), spec)
        from cnncalc.notation import THOUSANDS, write

        return write(self, THOUSANDS)

    def _sympy_(self) -> Any:
        """Hand the number over to sympy, which asks for it by this name."""
        from cnncalc.notation import as_sympy

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
    return _raw(Atom(name, frozenset((name,))))


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


def sign_of(number: Any) -> int | None:
    """Return 1 for a number that is never negative, -1 for one that is never positive, 0 for 0, None for all else.

    Exact for what grows steadily with one symbol; of others it knows polynomials without a negative term.
    """
    if not isinstance(number, Expression):
        return (number > 0) - (number < 0)
    steady = _steady(number)
    if steady is not None:
        values = steady.values[1:]  # symbols are 1 at least
        if steady.rise >= 0 and min(values) >= 0:
            return 1
        return -1 if steady.rise <= 0 and max(values) <= 0 else None
    constant = number.terms.get((), 0)
    rest = [c for monomial, c in number.terms.items() if monomial]
    if any(isinstance(atom, (FloorOf, LargestOf)) for monomial in number.terms for atom, _ in monomial):
        return None
    if min(rest) > 0 and sum(rest) + constant >= 0:
        return 1
    return -1 if max(rest) < 0 and sum(rest) + constant <= 0 else None


def equal(a: Any, b: Any) -> bool:
    """Judge whether two numbers are equal; raises Undecided where that depends on a symbol."""
    difference = a - b
    if not isinstance(difference, Expression):
        return bool(difference == 0)
    canonical = _canonical(difference)
    if not isinstance(canonical, Expression):
        return canonical == 0
    if sign_of(canonical - 1) == 1 or sign_of(canonical + 1) == -1:
        return False
    raise Undecided(canonical.free_symbols)


def _decided(difference: Any) -> int:
    sign = sign_of(difference)
    if sign is None:
        raise Undecided(difference.free_symbols)
    return sign


# Sums.


def _constant(number: Known) -> Expression:
    return Expression({(): number})


def _raw(atom: Atom) -> Expression:
    return Expression({((atom, 1),): 1})


def _of_atom(atom: Atom) -> Expression:
    return symbol(atom.text) if type(atom) is Atom else _raw(atom)


def _terms(number: Expression | Known) -> dict[Monomial, Known]:
    return number.terms if isinstance(number, Expression) else {(): number}


def _sum(a: Expression | Known, b: Expression | Known, absorb: bool = True) -> Expression | Known:
    terms = dict(_terms(a))
    for monomial, c in _terms(b).items():
        terms[monomial] = terms.get(monomial, 0) + c
    return _made(terms, absorb)


def _made(terms: dict[Monomial, Known], absorb: bool = True) -> Expression | Known:
    """Return the number of these terms; one floor and a whole number are one floor."""
    terms = {
        m: c.numerator if isinstance(c, Fraction) and c.denominator == 1 else c for m, c in terms.items() if c
    }
    if not any(terms):
        return terms.get((), 0)
    if absorb and len(terms) == 2 and isinstance(terms.get((), None), int):
        (monomial,) = filter(None, terms)
        atom, power = monomial[0]
        if isinstance(atom, FloorOf) and len(monomial) == power == terms[monomial] == 1:
            return _floor(atom.over + atom.by * terms[()], atom.by)
    return Expression(terms)


def _times(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda item: item[0].order))


def _canonical(number: Any) -> Any:
    """Return the one form that equal numbers share: what floors hold is smaller than what divides it."""
    if not isinstance(number, Expression):
        return number
    if number._known_canonical is None:
        if all(type(atom) is Atom for monomial in number.terms for atom, _ in monomial):
            number._known_canonical = number
        else:
            result: Expression | Known = 0
            for monomial, c in number.terms.items():
                factors = (atom.canonical() for atom, power in monomial for _ in range(power))
                result = _sum(result, reduce(_product, factors, c), absorb=False)
            number._known_canonical = result
    return number._known_canonical


def _product(a: Any, b: Any) -> Any:
    return a * b


# Floors.


def _floor(a: Expression, by: Expression | int) -> Expression | Known:
    """Return ⌊a/by⌋, as plainly as it can be said."""
    if isinstance(by, int) and by < 0:
        return _floor(-a, -by)
    scale = lcm(*(Fraction(c).denominator for c in a.terms.values()))
    if scale > 1:
        return _floor(a * scale, by * scale)
    if isinstance(by, Expression):
        return _first(_exact_quotient(a, by), _collapsed(a, by), _raw(FloorOf(a, by)))
    common = gcd(by, *(int(c) for monomial, c in a.terms.items() if monomial))
    if common > 1:
        a, by = Expression({monomial: c // common for monomial, c in a.terms.items() if c // common}), by // common
    if by == 1:
        return _made(a.terms)
    whole = {monomial: c // by for monomial, c in a.terms.items() if monomial and c % by == 0}
    if whole:
        rest = _made({monomial: c for monomial, c in a.terms.items() if monomial not in whole})
        return _sum(Expression(whole), rest // by)
    if all(c < 0 for monomial, c in a.terms.items() if monomial):
        positive = _floor(-a + (by - 1), by)
        return -positive
    collapsed = _collapsed(a, by)
    return collapsed if collapsed is not None else _first(_unnested(a, by), _raw(FloorOf(a, by)))


def _first(*numbers: Expression | Known | None) -> Expression | Known:
    """Return the first that there is."""
    return next(number for number in numbers if number is not None)


def _collapsed(a: Expression, by: Expression | int) -> Expression | Known | None:
    """Return ⌊(⌊v/b⌋ + c)/by⌋ = ⌊(v + bc)/(b·by)⌋; None for anything else."""
    for monomial, c in a.terms.items():
        if len(monomial) == 1 and c == 1 and isinstance(monomial[0][0], FloorOf) and monomial[0][1] == 1:
            inner = monomial[0][0]
            rest = _made({m: k for m, k in a.terms.items() if m != monomial})
            if any(isinstance(atom, FloorOf) for m in _terms(rest) for atom, _ in m):
                return None
            return (inner.over + inner.by * rest) // (inner.by * by)
    return None


def _exact_quotient(a: Expression, by: Expression) -> Expression | Known | None:
    """Divide by a single term where that leaves nothing over; None where it does."""
    if a == by:
        return 1
    if len(by.terms) > 1:
        return None
    ((divisor, k),) = by.terms.items()
    terms: dict[Monomial, Known] = {}
    for monomial, c in a.terms.items():
        powers = dict(monomial)
        for atom, power in divisor:
            powers[atom] = powers.get(atom, 0) - power
        if min(powers.values()) < 0 or c % k:
            return None
        terms[tuple((atom, power) for atom, power in powers.items() if power)] = c // k
    return _made(terms)


class _Steady:
    """f with f(n + L) = f(n) + rise, by its values at 0 … L."""

    def __init__(self, symbol: str, values: list[Any], rise: Any) -> None:
        self.symbol, self.values, self.rise = symbol, values, rise


def _steady(number: Expression) -> _Steady | None:
    """Return how a number grows with its only symbol; None where it has several or does not grow steadily."""
    if len(number.free_symbols) != 1 or any(len(m) > 1 or (m and m[0][1] > 1) for m in number.terms):
        return None
    period = _period(number)
    if period is None or period > LONGEST:
        return None
    (name,) = number.free_symbols
    values = [put(number, {name: n}) for n in range(period + 1)]
    return _Steady(name, values, values[-1] - values[0])


def _period(number: Any) -> int | None:
    """Return a period after which a number of one symbol has grown by a fixed amount."""
    period = 1
    for monomial in number.terms:
        for atom, power in monomial:
            if power > 1 or len(monomial) > 1 or isinstance(atom, LargestOf):
                return None
            if isinstance(atom, FloorOf):
                inner = _period(atom.over)
                if inner is None or not isinstance(atom.by, int):
                    return None
                period = lcm(period, inner * atom.by)
    return period


def _unnested(a: Expression, by: int) -> Expression | Known | None:
    """Return ⌊a/by⌋ for a sum that holds floors as a sum of plain floors; None where there is no short one."""
    if not any(isinstance(atom, FloorOf) for monomial in a.terms for atom, _ in monomial):
        return None
    steady = _steady(_raw(FloorOf(a, by)))
    return _floors(steady) if steady else None


def _floors(steady: _Steady) -> Expression | Known | None:
    """Write a steady function as f(0) and for each step its floor: the step after r counts ⌊(n + L − 1 − r)/L⌋ times."""
    steps = [after - before for before, after in _pairs(steady.values)]
    period = next(p for p in _divisors(len(steps)) if steps == steps[:p] * (len(steps) // p))
    jumps = [(place, step) for place, step in enumerate(steps[:period]) if step]
    if len(jumps) > MOST_FLOORS:
        return None
    n = symbol(steady.symbol)
    floors = (step * _floor(n + (period - 1 - place), period) for place, step in jumps)
    start: Any = steady.values[0]
    return sum(floors, start)  # type: ignore[no-any-return]  # the sum of numbers is a number


def _pairs(values: list[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(values, values[1:], strict=False)


def _divisors(number: int) -> Iterator[int]:
    return (d for d in range(1, number + 1) if number % d == 0)


def _grouped(number: Expression | int) -> str:
    """Write a number so that a slash beside it means all of it."""
    text = str(number)
    return f"({text})" if isinstance(number, Expression) and (len(number.terms) > 1 or "·" in text) else text


__all__ = ["Expression", "FloorOf", "LargestOf", "Root", "equal", "put", "sign_of", "symbol"]

