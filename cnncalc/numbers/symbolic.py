"""Numbers that are not known yet: polynomials in symbols, floors and maxima, with exact coefficients.

A symbol is a whole number from 1 on. `symbol` makes one; the rules of `layers/` do the rest with `+ - * // %`.
Floors never nest where that can be helped: (⌊v/b⌋ + c)//d = ⌊(v + bc)/(bd)⌋ for whole c and positive b, d, and what
grows steadily with one symbol, f(n + L) = f(n) + M, is a sum of plain floors.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from itertools import pairwise
from math import gcd, lcm
from typing import Any, NamedTuple, TypeAlias

from cnncalc.numbers.arith import Undecided, equal, maximum, symbols_of
from cnncalc.numbers.notation import TEXT, THOUSANDS, Notation, bracketed
from cnncalc.numbers.periodic import N, Table

MOST_RESIDUES, MOST_FLOORS = 5_000, 8
"""A steady function is written as a sum of at most so many floors, found over a period of at most so many residues."""

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
        a: Expression | Known
        b: Expression | Known
        a, b = sorted((canonical_of(self.a), canonical_of(self.b)), key=str)
        if isinstance(a, Expression):
            return raw(LargestOf(a, b))
        return raw(LargestOf(b, a)) if isinstance(b, Expression) else max(a, b)

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
        if isinstance(other, Expression):
            exact = exact_quotient(self, other, whole=False)
            if exact is None:
                raise Undecided(other.free_symbols)
            return exact
        return self * (Fraction(1) / other)

    def __rtruediv__(self, other: Any) -> Any:
        raise Undecided(self.free_symbols)

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, Fraction):
            return (self * other.denominator) // other.numerator
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
        sign = sign_of(self + more)
        if sign is None:
            raise Undecided((self + more).free_symbols)
        return sign

    def equals(self, other: Any) -> bool:
        """Judge whether this is another number for all values, or for none; raises Undecided for some."""
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
        return write(self, TEXT)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self}>"

    def __format__(self, spec: str) -> str:
        if spec != ",":
            return format(str(self), spec)
        return write(self, THOUSANDS)

    def _sympy_(self) -> Any:
        """Hand the number over to sympy, which asks for it by this name."""
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


# Floors and signs. What grows steadily with one symbol, f(n + L) = f(n) + M, is known for all n from its values at
# 0 … L: that decides its sign, and writes it as a sum of plain floors.


def sign_of(number: Any) -> int | None:
    """Return 1 for a number that is never negative, -1 for one that is never positive, 0 for 0, None for all else.

    Exact for what grows steadily with one symbol; of others it knows polynomials without a negative term.
    """
    if not isinstance(number, Expression):
        return int(number > 0) - int(number < 0)
    steady = _steady(number * _scale(number))
    if steady is not None:
        values = (*steady.values[1:], steady(steady.period))  # symbols are 1 at least
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


def floor(a: Expression, by: Expression | int) -> Expression | Known:
    """Return ⌊a/by⌋, as plainly as it can be said."""
    if by == 1 and all(type(c) is int for c in a.terms.values()):
        return a
    if isinstance(by, int) and by < 0:
        return floor(-a, -by)
    scale = _scale(a)
    if scale > 1:
        return floor(a * scale, by * scale)
    if isinstance(by, Expression):
        return _first(exact_quotient(a, by), _collapsed(a, by), raw(FloorOf(a, by)))
    common = gcd(by, *(int(c) for monomial, c in a.terms.items() if monomial))
    if common > 1:
        smaller: dict[Monomial, Known] = {m: c // common for m, c in a.terms.items() if c // common}
        a, by = Expression(smaller), by // common
    if by == 1:
        return made(a.terms)
    whole: dict[Monomial, Known] = {monomial: c // by for monomial, c in a.terms.items() if monomial and c % by == 0}
    if whole:
        rest = made({monomial: c for monomial, c in a.terms.items() if monomial not in whole})
        return summed(Expression(whole), rest // by)
    if all(c < 0 for monomial, c in a.terms.items() if monomial):
        positive = floor(-a + (by - 1), by)
        return -positive
    collapsed = _collapsed(a, by)
    return collapsed if collapsed is not None else _first(_unnested(a, by), raw(FloorOf(a, by)))


def _first(*numbers: Expression | Known | None) -> Expression | Known:
    """Return the first that there is."""
    return next(number for number in numbers if number is not None)


def _collapsed(a: Expression, by: Expression | int) -> Expression | Known | None:
    """Return ⌊(⌊v/b⌋ + c)/by⌋ = ⌊(v + bc)/(b·by)⌋; None for anything else."""
    for monomial, c in a.terms.items():
        if len(monomial) == 1 and c == 1 and isinstance(monomial[0][0], FloorOf) and monomial[0][1] == 1:
            inner = monomial[0][0]
            rest = made({m: k for m, k in a.terms.items() if m != monomial})
            if any(isinstance(atom, FloorOf) for m in terms_of(rest) for atom, _ in m):
                return None
            flat: Expression | Known = (inner.over + inner.by * rest) // (inner.by * by)
            return flat
    return None


def exact_quotient(a: Expression, by: Expression, *, whole: bool = True) -> Expression | Known | None:
    """Divide by a single term where that leaves nothing over, whole numbers in front if asked for; else None."""
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
        if min(powers.values()) < 0 or (whole and c % k):
            return None
        terms[tuple((atom, power) for atom, power in powers.items() if power)] = Fraction(c) / k
    return made(terms)


def _steady(number: Expression) -> Table | None:
    """Return how a whole number grows with its only symbol, from 0 on; None where it has several or grows unevenly."""
    period = _period(number) if len(number.free_symbols) == 1 else None
    if period is None or period > MOST_RESIDUES:
        return None
    form = put(number, dict.fromkeys(number.free_symbols, N))
    return Table((form,), 0, 0) if isinstance(form, int) else Table(tuple(map(form, range(form.period))), form.rise, 0)


def _scale(number: Expression) -> int:
    """Return the least number that makes all its coefficients whole."""
    return lcm(*(Fraction(c).denominator for c in number.terms.values()))


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
    steady = _steady(raw(FloorOf(a, by)))
    return _as_floors(steady, a) if steady else None


def _as_floors(steady: Table, number: Expression) -> Any:
    """Write how a number grows as f(0) and a floor for each step: the one after r comes ⌊(n + L − 1 − r)/L⌋ times.

    Returns None where that takes more than MOST_FLOORS.
    """
    steps = [after - before for before, after in pairwise((*steady.values, steady(steady.period)))]
    period = next(p for p in _divisors(len(steps)) if steps == steps[:p] * (len(steps) // p))
    jumps = [(place, step) for place, step in enumerate(steps[:period]) if step]
    if len(jumps) > MOST_FLOORS:
        return None
    (name,) = number.free_symbols
    n = symbol(name)
    return sum((step * floor(n + (period - 1 - place), period) for place, step in jumps), steady.values[0])


def _divisors(number: int) -> Iterator[int]:
    return (d for d in range(1, number + 1) if number % d == 0)


def larger(a: Expression, b: Expression | Known) -> Expression | Known:
    """Return the larger of two numbers, as plainly as it can be said."""
    difference = a - b
    sign = sign_of(difference)
    if sign is not None:
        return a if sign >= 0 else b
    scale = _scale(difference)
    steady = _steady(difference * scale)
    if steady is not None and steady.rise == 0:
        more = _as_floors(Table(tuple([max(value, 0) for value in steady.values]), 0, 0), difference)
        if more is not None:
            return summed(b, more if scale == 1 else more * Fraction(1, scale))
    return raw(LargestOf(a, b))


# Writing.


def write(number: Any, notation: Notation) -> str:
    """Write a number: highest powers first, then by name, the constant last."""
    if not isinstance(number, Expression):
        return _known(number, notation)
    if notation.remainder and (divided := _remainder(number)):
        return notation.remainder(bracketed(write(divided.over, notation)), write(divided.by, notation))
    scale = _scale(number)
    if scale > 1:
        return notation.quotient(notation.within(write(number * scale, notation)), notation.number(scale))
    parts: list[str] = []
    for monomial, c in sorted(number.terms.items(), key=lambda term: _place(term[0])):
        sign = notation.minus if c < 0 else "+"
        text = _term(monomial, -c if c < 0 else c, notation)
        parts.append(f" {sign} {text}" if parts else f"{notation.minus if c < 0 else ''}{text}")
    return "".join(parts)


def _remainder(number: Expression) -> FloorOf | None:
    """Return the floor ⌊a/d⌋ of a number that is a − d⌊a/d⌋, the remainder of a."""
    for monomial, c in number.terms.items():
        if len(monomial) == 1 and isinstance(floor := monomial[0][0], FloorOf) and -c == floor.by:
            rest = number + floor.by * Expression({monomial: 1})
            return floor if isinstance(rest, Expression) and rest.terms == floor.over.terms else None
    return None


def _known(number: Known, notation: Notation) -> str:
    text = notation.number(abs(int(number))) if number == int(number) else str(abs(number))
    return f"{notation.minus if number < 0 else ''}{text}"


def _place(monomial: Monomial) -> tuple[Any, ...]:
    degree = sum(power for _, power in monomial)
    return -degree, tuple((atom.order, -power) for atom, power in monomial)


def _term(monomial: Monomial, c: Known, notation: Notation) -> str:
    factors = [_power(atom, power, notation) for atom, power in monomial]
    short = notation.joined and all(len(atom.text) == 1 for atom, _ in monomial)
    if c == 1 and factors:
        return ("" if short else notation.times).join(factors)
    number = notation.number(int(c))
    # 3k, but 3.69M·k: two letters beside each other would read as one.
    beside = short and (number[-1].isdigit() or not factors)
    return "".join((number, *factors)) if beside else notation.times.join((number, *factors))


def _power(atom: Atom, power: int, notation: Notation) -> str:
    text = _atom(atom, notation)
    return text if power == 1 else notation.power(text, power)


def _atom(atom: Atom, notation: Notation) -> str:
    if isinstance(atom, FloorOf):
        shift = _shift(atom) if notation.cut else 0
        if notation.cut and shift is None:
            return notation.cut(notation.within(write(atom.over, notation)), notation.within(write(atom.by, notation)))
        over = atom.over + atom.by * shift if shift else atom.over
        text = notation.floor(notation.within(write(over, notation)), notation.within(write(atom.by, notation)))
        return f"({text} - {notation.number(shift)})" if shift else text
    if isinstance(atom, LargestOf):
        return notation.larger(write(atom.a, notation), write(atom.b, notation))
    return notation.name(atom.text)


def _shift(floor: FloorOf) -> int | None:
    """Return by how much a floor must grow so that nothing negative is divided; None where nothing is enough."""
    if not isinstance(floor.by, int):
        return 0 if sign_of(floor.over) == 1 else None
    lowest = put(floor.over, dict.fromkeys(floor.symbols, 1))
    shift = max(0, -(lowest // floor.by))
    return shift if sign_of(floor.over + floor.by * shift) == 1 else None


def as_sympy(number: Any, *, floors: bool = True) -> Any:
    """Return a number as an exact sympy expression of positive integer symbols.

    Without `floors` quotients are not rounded, so that the result can be differentiated.
    """
    import sympy  # type: ignore[import-untyped]

    if not isinstance(number, Expression):
        return sympy.Rational(Fraction(number).numerator, Fraction(number).denominator)

    def atom(a: Atom) -> Any:
        if isinstance(a, FloorOf):
            quotient = as_sympy(a.over, floors=floors) / as_sympy(a.by, floors=floors)
            return sympy.floor(quotient) if floors else quotient
        if isinstance(a, LargestOf):
            return sympy.Max(as_sympy(a.a, floors=floors), as_sympy(a.b, floors=floors))
        return sympy.Symbol(a.text, integer=True, positive=True)

    terms = (
        as_sympy(c) * sympy.Mul(*(atom(a) ** power for a, power in monomial)) for monomial, c in number.terms.items()
    )
    return sympy.Add(*terms)
