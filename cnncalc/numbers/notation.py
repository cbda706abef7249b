"""How numbers with symbols are written: as a textbook does, in LaTeX, as a formula of Python or SQL, for sympy."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from cnncalc.numbers.floors import sign_of
from cnncalc.numbers.symbolic import Atom, Expression, FloorOf, Known, LargestOf, Monomial, put

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def bracketed(text: str) -> str:
    """Put what is more than one word into brackets."""
    return text if _WORD.fullmatch(text) else f"({text})"


_WORD = re.compile(r"[\w,.′]+|\w*\([^()]*\)|⌊[^⌊⌋]*⌋")


class Notation(NamedTuple):
    """One way of writing: texts of the parts in, text of the whole out."""

    times: str
    floor: Callable[[str, str], str]
    power: Callable[[str, int], str]
    larger: Callable[[str, str], str]
    number: Callable[[int], str] = str
    joined: bool = True  # 3k for 3·k, where the symbol is one letter
    minus: str = "-"
    quotient: Callable[[str, str], str] = "{}/{}".format
    name: Callable[[str], str] = str
    cut: Callable[[str, str], str] | None = None  # the floor of what may be negative, where division cuts towards 0
    ceil: Callable[[str, str], str] = "⌈{}/{}⌉".format
    smaller: Callable[[str, str], str] = "min({}, {})".format
    root: Callable[[str, str], str] = "√({}/{})".format
    remainder: Callable[[str, str], str] | None = None
    within: Callable[[str], str] = bracketed  # what a fraction's parts need


TEXT = Notation(
    "·",
    "⌊{}/{}⌋".format,
    lambda base, power: base + str(power).translate(SUPERSCRIPTS),
    "max({}, {})".format,
    minus="−",
    remainder="{} mod {}".format,
)
THOUSANDS = TEXT._replace(number="{:,}".format)
ASCII = Notation(
    "*",
    "floor({}/{})".format,
    "{}^{}".format,
    TEXT.larger,
    joined=False,
    ceil="ceil({}/{})".format,
    root="sqrt({}/{})".format,
    remainder="{} mod {}".format,
)
LATEX = Notation(
    r" \cdot ",
    r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor".format,
    "{}^{{{}}}".format,
    r"\max\left({}, {}\right)".format,
    "{:,}".format,
    quotient=r"\frac{{{}}}{{{}}}".format,
    name=lambda name: name if len(name) == 1 else rf"\mathit{{{name}}}",
    ceil=r"\left\lceil \frac{{{}}}{{{}}} \right\rceil".format,
    smaller=r"\min\left({}, {}\right)".format,
    root=r"\sqrt{{\frac{{{}}}{{{}}}}}".format,
    remainder=r"{} \bmod {}".format,
    within=str,
)
PYTHON = Notation(
    " * ",
    "({} // {})".format,
    "{}**{}".format,
    TEXT.larger,
    joined=False,
    quotient="{} // {}".format,
)
SQL = Notation(
    " * ",
    "({} / {})".format,
    lambda base, power: " * ".join([base] * power),
    "(CASE WHEN {0} > {1} THEN {0} ELSE {1} END)".format,
    joined=False,
    quotient="{} / {}".format,
    cut="(({0} - ({0} % {1} + {1}) % {1}) / {1})".format,
)


def write(number: Any, notation: Notation) -> str:
    """Write a number: highest powers first, then by name, the constant last."""
    if not isinstance(number, Expression):
        return _known(number, notation)
    if notation.remainder and (divided := _remainder(number)):
        return notation.remainder(bracketed(write(divided.over, notation)), write(divided.by, notation))
    scale = lcm(*(Fraction(c).denominator for c in number.terms.values()))
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
        return f"({text} - {shift})" if shift else text
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


def as_sympy(number: Any) -> Any:
    """Return a number as a sympy expression of positive integer symbols."""
    import sympy  # type: ignore[import-untyped]

    if not isinstance(number, Expression):
        return sympy.Rational(Fraction(number).numerator, Fraction(number).denominator)

    def atom(a: Atom) -> Any:
        if isinstance(a, FloorOf):
            return sympy.floor(as_sympy(a.over) / as_sympy(a.by))
        if isinstance(a, LargestOf):
            return sympy.Max(as_sympy(a.a), as_sympy(a.b))
        return sympy.Symbol(a.text, integer=True, positive=True)

    terms = (
        as_sympy(c) * sympy.Mul(*(atom(a) ** power for a, power in monomial)) for monomial, c in number.terms.items()
    )
    return sympy.Add(*terms)
