"""How numbers with symbols are written: as a textbook does, in LaTeX, as a formula of Python or SQL, for sympy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from cnncalc.symbolic import Atom, Expression, FloorOf, Known, LargestOf, Monomial, sign_of

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def bracketed(text: str) -> str:
    """Put what is more than one word into brackets."""
    plain = text.replace(",", "").replace("_", "").isalnum()
    return text if plain else f"({text})"


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
    natural: bool = False  # its division cuts off what is behind the point, so it must not meet negative numbers
    ceil: Callable[[str, str], str] = "⌈{}/{}⌉".format
    smaller: Callable[[str, str], str] = "min({}, {})".format
    root: Callable[[str, str], str] = "√({}/{})".format
    within: Callable[[str], str] = bracketed  # what a fraction's parts need


TEXT = Notation(
    "·",
    "⌊{}/{}⌋".format,
    lambda base, power: base + str(power).translate(SUPERSCRIPTS),
    "max({}, {})".format,
    minus="−",
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
    "CASE WHEN {0} > {1} THEN {0} ELSE {1} END".format,
    joined=False,
    quotient="{} / {}".format,
    natural=True,
)


def write(number: Any, notation: Notation) -> str:
    """Write a number: highest powers first, then by name, the constant last."""
    if not isinstance(number, Expression):
        return _known(number, notation)
    scale = lcm(*(Fraction(c).denominator for c in number.terms.values()))
    if scale > 1:
        return notation.quotient(notation.within(write(number * scale, notation)), notation.number(scale))
    parts: list[str] = []
    for monomial, c in sorted(number.terms.items(), key=lambda term: _place(term[0])):
        sign = notation.minus if c < 0 else "+"
        text = _term(monomial, abs(c), notation)
        parts.append(f" {sign} {text}" if parts else f"{notation.minus if c < 0 else ''}{text}")
    return "".join(parts)


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
        over, by, shift = atom.over, atom.by, 0
        if notation.natural and isinstance(by, int):
            over, shift = _never_negative(over, by)
        text = notation.floor(notation.within(write(over, notation)), notation.within(write(by, notation)))
        return f"({text} - {shift})" if shift else text
    if isinstance(atom, LargestOf):
        return notation.larger(write(atom.a, notation), write(atom.b, notation))
    return notation.name(atom.text)


def _never_negative(over: Expression, by: int) -> tuple[Any, int]:
    """Return what to divide and what to take off again, so that nothing negative is divided."""
    if sign_of(over) == 1:
        return over, 0
    for shift in range(1, 1_000):
        if sign_of(over + by * shift) == 1:
            return over + by * shift, shift
    raise ArithmeticError(f"{over} has no lower bound")


def as_sympy(number: Any) -> Any:
    """Return a number as a sympy expression of positive integer symbols."""
    import sympy

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
