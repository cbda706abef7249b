"""What a course system gets about an answer: the right and the known wrong ones, their spellings and worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice
from math import prod
from typing import Any

from cnncalc.homework.model import Candidate, Part, Right, Value
from cnncalc.homework.wording import bytes_of, tensor
from cnncalc.numbers.arith import symbols_of
from cnncalc.record import Record
from cnncalc.shape import Shape
from cnncalc.values.tensor import Tensor

DIGITS = 3
"""Significant digits that an answer needs where its value is no whole number and the key gives no tolerance."""

ORDERS = {"hwc": ("hwc",), "chw": ("chw",), "either": ("hwc", "chw")}

LONGEST, LARGEST = 10**9, 10**15
"""A side of a wrong volume, and a wrong number, beyond which it is nobody's answer."""

MOST_SPELLINGS, FEW_SPELLINGS = 40, 4
MOST_WRONG = 12
"""Known wrong answers of one part that a course system gets; the most usual mistakes come first."""


class Accepted(Record):
    """One answer with what it is worth, a share of the part's points, and its feedback."""

    value: Value
    share: Fraction
    feedback: str
    slugs: tuple[str, ...] = ()
    number: Fraction | None = None  # in the unit that is asked for
    near: Fraction = Fraction(0)  # how far from that is still taken for it

    @property
    def right(self) -> bool:
        return self.share == 1


def accepted(part: Part) -> tuple[Accepted, ...]:
    """Return the right answers and then the wrong ones that are known, none of them twice or as near as a tolerance."""
    found: list[Accepted] = []
    for right in part.rights:
        _put(found, Accepted(right.value, Fraction(1), _praise(right)), part)
    wrong: list[Accepted] = []
    for candidate in part.candidates:
        if not _likely(candidate.value, part.right.value):
            continue
        share = prod((part.credit.get(slug, Fraction(0)) for slug in candidate.slugs), start=Fraction(1))
        one = Accepted(candidate.value, share if candidate.slugs else Fraction(0), remark(candidate), candidate.slugs)
        _put(wrong, one, part, found)
    return (*found, *wrong[:MOST_WRONG])


def _likely(value: Value, right: Value) -> bool:
    """Return whether somebody could hand in a wrong value: whole sides of no absurd length, the symbols asked for."""
    numbers = value.hwc if isinstance(value, Shape) else value if isinstance(value, tuple) else ()
    if any(isinstance(n, Fraction) or (isinstance(n, int) and n > LONGEST) for n in numbers):
        return False
    if isinstance(value, (int, Fraction)) and value > LARGEST:
        return False
    return symbols_of(value) <= symbols_of(right)


def _put(found: list[Accepted], one: Accepted, part: Part, before: Iterable[Accepted] = ()) -> None:
    """Add an answer; of several mistakes that lead to one value, two are kept."""
    one.number = number(part, one.value)
    one.near = slack(part, one.number) if one.number is not None else Fraction(0)
    if any(_alike(one, other) for other in before):
        return
    same = next((other for other in found if _alike(one, other)), None)
    if same is None:
        found.append(one)
    elif not same.right and same.slugs != one.slugs and len(same.slugs) < 2:
        same.share = max(same.share, one.share)
        same.slugs += one.slugs
        same.feedback += f" Or: {one.feedback}"


def _alike(one: Accepted, other: Accepted) -> bool:
    """Return whether one answer is taken for the other."""
    if one.number is not None and other.number is not None:
        return abs(one.number - other.number) <= one.near + other.near
    return bool(one.value == other.value)


def alike(one: Value, other: Value, part: Part) -> bool:
    """Return whether a system that compares within the tolerance could take one value for the other."""
    a, b = number(part, one), number(part, other)
    if a is not None and b is not None:
        return abs(a - b) <= slack(part, a) + slack(part, b)
    return bool(one == other)


def _praise(right: Right) -> str:
    return f"Right{f', {right.convention}' if right.convention else ''}."


def remark(candidate: Candidate) -> str:
    """Say what a known wrong answer is: the student's own arithmetic, and what is wrong with it."""
    working = f"That is {candidate.working}: " if candidate.working else ""
    lesson = candidate.lesson if working else f"{candidate.lesson[:1].upper()}{candidate.lesson[1:]}"
    return f"{working}{lesson}."


def number(part: Part, value: Value) -> Fraction | None:
    """Return a number in the unit that is asked for; None for what is no number."""
    if not isinstance(value, (int, Fraction, float)) or isinstance(value, bool):
        return None
    return Fraction(value) / bytes_of(part.unit, part.conventions.megabyte)


def numeric(part: Part) -> bool:
    """Return whether an answer is a number."""
    return number(part, part.right.value) is not None


def slack(part: Part, value: Fraction) -> Fraction:
    """Return how far an answer may be from a value and still be taken for it."""
    own = part.tolerance * abs(value)
    if value.denominator == 1 or own:
        return own
    return _last_digit(value) / 2


def _last_digit(value: Fraction) -> Fraction:
    """Return what one in the last of DIGITS significant digits is worth."""
    power = Fraction(1)
    while abs(value) / power >= 10**DIGITS:
        power *= 10
    while value and abs(value) / power < 10 ** (DIGITS - 1):
        power /= 10
    return power


def decimal(value: Fraction, digits: int = 6) -> str:
    """Write a number in digits: 7600, 0.25, 58.126; of a fraction `digits` significant ones or more."""
    if value.denominator == 1:
        return str(value.numerator)
    power = min(_last_digit(value) / 10 ** (digits - DIGITS), Fraction(1, 10))
    whole, places = round(value / power), 0
    while power < 1:
        power, places = power * 10, places + 1
    text = f"{abs(whole):0{places + 1}d}"
    point = len(text) - places
    return f"{'-' if whole < 0 else ''}{text[:point]}.{text[point:]}".rstrip("0").rstrip(".")


def spellings(part: Part, one: Accepted) -> tuple[str, ...]:
    """Return the ways in which people write an answer, the usual ones first; of a wrong one only these."""
    count = MOST_SPELLINGS if one.right else FEW_SPELLINGS
    return tuple(islice(dict.fromkeys(_spellings(part, one.value)), count))


def _spellings(part: Part, value: Value) -> Iterator[str]:
    match value:
        case Shape():
            orders = [ORDERS[variant.conventions.order] for variant in (part, *part.accepted)]
            for order in dict.fromkeys(chain.from_iterable(orders)):
                yield from _joined(value.chw if order == "chw" else value.hwc)
        case Tensor():
            yield from _tensors(value)
        case dict():
            yield from _unknowns({str(name): str(number) for name, number in value.items()})
        case frozenset():
            yield ", ".join(sorted(map(str, value)))
        case tuple() if part.form == "pad":
            yield from _pads(value)
        case tuple():
            yield from _joined(value * 2 if len(value) == 1 else value)
        case int() | Fraction() | float():
            yield decimal(number(part, value) or Fraction(0))
        case _:
            yield from _formula(str(value))


def _joined(numbers: Iterable[Any]) -> Iterator[str]:
    """Write 29x29x32 as people do."""
    texts = [str(number) for number in numbers]
    several = len(texts) > 1
    yield from ("x".join(texts), " x ".join(texts), "×".join(texts))
    if several:
        yield f"({', '.join(texts)})"
    yield from (sign.join(texts) for sign in (" × ", ", ", ",", "*", " * ", " by "))
    if several:
        yield from (f"({','.join(texts)})", f"[{', '.join(texts)}]", f"[{','.join(texts)}]")
    if len(set(texts)) == 1 and len(texts) < 3:
        yield texts[0]  # 29, of a square


def _tensors(value: Tensor) -> Iterator[str]:
    """Write [[1, 2], [3, 4]] as people do."""
    nested = tensor(value).replace("−", "-")
    yield from (nested, nested.replace(", ", ","))
    yield nested.replace("], [", "; ").replace(",", "").strip("[]")
    yield from (nested.replace("[", "(").replace("]", ")"), nested.replace("], [", "],["))


def _pads(pads: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Write 2 before, 3 after as people do; several sides one after the other."""
    for signs in ("{} before, {} after", "{}:{}", "{}, {}", "{} and {}", "{}/{}", "({}, {})", "{} {}", "{},{}"):
        yield ", ".join(signs.format(*pad) for pad in pads)
    if len(pads) == 1 and pads[0][0] == pads[0][1]:
        yield str(pads[0][0])


def _unknowns(numbers: dict[str, str]) -> Iterator[str]:
    for names in (list(numbers), list(reversed(numbers))):
        for equals in ("=", " = ", " "):
            for comma in (" ", ", ", ","):
                yield comma.join(f"{name}{equals}{numbers[name]}" for name in names)
    if len(numbers) == 1:
        yield from numbers.values()
    else:
        yield ", ".join(numbers.values())


SUPERSCRIPT = {power: f"^{digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


def _formula(text: str) -> Iterator[str]:
    """Write 27C² as it can be typed: 27C^2, 27*C^2, 27*C**2."""
    yield text
    plain = "".join(SUPERSCRIPT.get(sign, sign) for sign in text).replace("−", "-")
    for powers in (plain, plain.replace("^", "**")):
        for times in ("", "*", " * ", " "):
            spread = _spread(powers, times)
            yield spread
            yield spread.replace(" ", "")


def _spread(text: str, times: str) -> str:
    """Put a sign between a number and the letter behind it."""
    return "".join(
        f"{times}{sign}" if index and sign.isalpha() and text[index - 1].isalnum() else sign
        for index, sign in enumerate(text.replace("·", times or "*"))
    )
