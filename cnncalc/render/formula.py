"""Formulas as a person writes them: in letters, with the numbers put in, the steps between, the result."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.numbers.notation import ASCII, LATEX, THOUSANDS, Notation
from cnncalc.numbers.symbolic import Expression, Root, write
from cnncalc.numbers.traced import Part, Traced, value_of
from cnncalc.render.numbers import THOUSANDS as THOUSAND_SIGNS
from cnncalc.render.numbers import decimal, short_bytes

PLAIN = THOUSANDS._replace(joined=False)
TYPED = ASCII._replace(number="{:,}".format)
SET = LATEX._replace(number=lambda number: f"{number:,}".replace(",", "{,}"), joined=False)

ORDER = {"d": -0.5, "k": 0, "C": 1, "m": 2, "F": 3, "B": 9}
"""Where a letter stands in a product; those that are not here stand between."""

SUM, PRODUCT, ATOM = 1, 2, 3


def steps(part: Part, notation: Notation = PLAIN) -> list[str]:
    """Return a formula in letters, with its numbers, simplified step by step, and its result; no text comes twice."""
    if not isinstance(part, Traced):
        return [number(part, notation)]
    writer, values = _Writer(notation, letters=True), _Writer(notation, letters=False)
    texts = [writer.text(part), values.text(part)]
    if part.op in ("max", "min"):
        texts.append(values.text(_collapsed(part, ("floor", "ceil"))))
    if part.op == "sum":
        texts.append(values.text(_collapsed(part, (), inexact=True)))
    texts += [values.text(_evaluated(part)), number(part.value, notation)]
    return list(dict.fromkeys(texts))


def number(value: Any, notation: Notation = PLAIN) -> str:
    """Write a result: every digit of a count, four of a standard deviation."""
    if isinstance(value, float):
        return decimal(value)
    if isinstance(value, Root):
        return notation.root(*(notation.within(write(part, notation)) for part in value))
    return write(value, notation) if isinstance(value, (int, Expression)) else str(value)


def rounded(value: Any, unit: str = "") -> str:
    """Write a large number in two or three digits, as one says it: 35K, 105M; bytes as 1.11 MiB; else nothing."""
    if not isinstance(value, int) or value < (1024 if unit == "B" else 10_000):
        return ""
    if unit == "B":
        return short_bytes(value)
    kept = round(value, (3 if len(str(value)) % 3 == 0 else 2) - len(str(value)))
    power = (len(str(kept)) - 1) // 3
    digits = kept / 1000**power
    if power >= len(THOUSAND_SIGNS):
        return f"{value:.1e}".replace("e+", "e")
    return f"{digits:.{int(digits < 10)}f}{THOUSAND_SIGNS[power]}"


def letter(name: str, notation: Notation = PLAIN) -> str:
    """Write the name of a number: H′ and p₁, H' and p1 on a typewriter, with _ in LaTeX."""
    if notation is PLAIN:
        return name
    base = name.replace("′", "'").translate(_DIGITS)
    if notation is SET:
        base = re.sub(r"(?<=[A-Za-z])(\d+)$", r"_{\1}", base)
        return base if len(name.rstrip("′₀₁₂₃₄₅₆₇₈₉")) == 1 else rf"\mathrm{{{base}}}"
    return base


_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


class _Writer:
    """Writes a formula in one notation, with letters or with the numbers they stand for."""

    def __init__(self, notation: Notation, *, letters: bool) -> None:
        self.notation, self.letters = notation, letters

    def text(self, part: Part, room: int = SUM) -> str:
        """Write a part; in brackets where its signs bind less than `room` asks for."""
        if not isinstance(part, Traced):
            return self.number(part, room)
        text, binds = getattr(self, part.op)(*part.parts) if part.op != "leaf" else self.leaf(part, room)
        return f"({text})" if binds < room else text

    def number(self, value: Any, room: int = SUM) -> str:
        text = number(value, self.notation)
        several = isinstance(value, Expression) and (len(value.terms) > 1 or (room == ATOM and not text.isidentifier()))
        return f"({text})" if room > SUM and (several or text[0] in "-−") else text

    def leaf(self, part: Traced, room: int) -> tuple[str, int]:
        if self.letters:
            return letter(part.parts[0], self.notation), ATOM
        return self.number(part.value, room), ATOM

    def sum(self, *terms: tuple[int, Part]) -> tuple[str, int]:
        texts: list[str] = []
        for factor, part in terms:
            sign = self.notation.minus if factor < 0 else "+"
            text = self.text(part, PRODUCT)
            if abs(factor) != 1:
                plain = self.letters and isinstance(part, Traced) and part.op == "leaf" and self.notation is not TYPED
                text = f"{abs(factor)}{'' if plain else self.notation.times}{text}"
            texts.append(f" {sign} {text}" if texts else f"{self.notation.minus if factor < 0 else ''}{text}")
        return "".join(texts), SUM if len(terms) > 1 else PRODUCT

    def product(self, *parts: Part) -> tuple[str, int]:
        ordered = sorted(parts, key=_rank)
        return self.notation.times.join(self.text(part, PRODUCT) for part in ordered), PRODUCT

    def floor(self, over: Part, by: Part) -> tuple[str, int]:
        exact = isinstance(over, Traced) and over.op == "leaf" and over.value % value_of(by) == 0
        if exact:  # groups divide channels, blocks divide sides: no need to round
            return self.notation.quotient(self.fraction(over), self.fraction(by)), PRODUCT
        return self.notation.floor(self.fraction(over), self.fraction(by)), ATOM

    def ceil(self, over: Part, by: Part) -> tuple[str, int]:
        return self.notation.ceil(self.fraction(over), self.fraction(by)), ATOM

    def decimals(self, over: Part, by: Part) -> tuple[str, int]:
        """Write a floor whose quotient is known but not whole: ⌊53.25⌋."""
        opening, closing = self.notation.floor("|", "|").replace(r"\frac{|}{|}", "|/|").split("|/|")
        return f"{opening}{value_of(over) / value_of(by)}{closing}", ATOM

    def root(self, over: Part, by: Part) -> tuple[str, int]:
        return self.notation.root(self.fraction(over), self.fraction(by)), ATOM

    def max(self, a: Part, b: Part) -> tuple[str, int]:
        return self.notation.larger(self.text(a), self.text(b)), ATOM

    def min(self, a: Part, b: Part) -> tuple[str, int]:
        return self.notation.smaller(self.text(a), self.text(b)), ATOM

    def fraction(self, part: Part) -> str:
        """Write the upper or lower part of a fraction."""
        return self.text(part, SUM if self.notation is SET else ATOM)


def _rank(part: Part) -> float:
    """Order the factors of a product: numbers, kernel, channels, then sides."""
    if not isinstance(part, Traced):
        return -1
    first = part.parts[0][1] if part.op == "sum" else part.parts[0]
    while isinstance(first, Traced):
        inner = first.parts[0]
        first = inner[1] if first.op == "sum" else inner
    return ORDER.get(str(first)[:1], 5) if isinstance(first, str) else 5


def _evaluated(part: Traced) -> Part:
    """Put its value in the place of each part of a calculation."""
    if part.op == "leaf":
        return part.value
    if part.op == "sum":
        if len(part.parts) == 1:
            return part.value
        return Traced("sum", tuple(_term(factor, value_of(inner)) for factor, inner in part.parts), part.value)
    if part.op == "product" and all(not isinstance(p, Traced) or p.op == "leaf" for p in part.parts):
        return part.value
    parts = sorted(part.parts, key=_rank) if part.op == "product" else part.parts
    return Traced(part.op, tuple(map(value_of, parts)), part.value)


def _term(factor: int, value: Any) -> tuple[int, Any]:
    """Return a term with a sign of its own, so that nothing negative is added."""
    sign = -1 if factor < 0 else 1
    if isinstance(value, int) and value < 0:
        sign, value = -sign, -value
    return sign, abs(factor) * value


def _collapsed(part: Part, ops: tuple[str, ...], *, inexact: bool = False) -> Part:
    """Put values in the place of some operations; or the quotient in that of a floor of one that is not whole."""
    if not isinstance(part, Traced) or part.op == "leaf":
        return part
    if part.op in ops:
        return part.value
    if part.op == "sum":
        inner: tuple[Part, ...] = tuple((factor, _collapsed(p, ops, inexact=inexact)) for factor, p in part.parts)
    else:
        inner = tuple(_collapsed(p, ops, inexact=inexact) for p in part.parts)
    if inexact and part.op == "floor" and _has_decimals(*map(value_of, part.parts)):
        return Traced("decimals", part.parts, part.value)
    return Traced(part.op, inner, part.value)


def _has_decimals(over: Any, by: Any) -> bool:
    """Return whether a quotient is not whole but has few decimals."""
    known = isinstance(over, int) and isinstance(by, int)
    return known and over % by != 0 and over * 1000 % by == 0
