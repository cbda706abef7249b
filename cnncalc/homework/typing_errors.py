"""Wrong answers that are no mistake in a formula: digits, zeros, units, the order of a volume."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cnncalc.homework.answer_equality import LEAST_DIGITS, digits, rounded_to_whole, rounds_to
from cnncalc.homework.model import Candidate, Given, Part
from cnncalc.homework.wording import number
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape

LEAST = 1000
"""Numbers from here on are compared digit by digit; in smaller ones every digit is another number."""

ONE_DIGIT = 10_000
"""In numbers from here on a digit may be another one: too many of the smaller ones differ in one digit by chance."""


def ratios(part: Part, given: Given) -> Iterator[Candidate]:
    """Yield what may have happened to zeros, units, or the order of a volume."""
    right, value = part.right.value, given.value
    if isinstance(right, Shape) and isinstance(value, Shape):
        yield from _turned(right, value, part.conventions.order)
    if part.form == "sides" and value != right and value == right[::-1]:
        yield Candidate(value, ("wrong-stride-axis",), "", "has the right numbers in the other order")
    if part.form == "sides" and len(right) > 1 and set(value) == {product(right)}:
        yield Candidate(value, ("area",), "", "is the area, height times width; each side is asked for")
    if not isinstance(right, (int, Fraction)) or not isinstance(value, (int, Fraction)) or not right or not value:
        return
    ratio = Fraction(value) / Fraction(right)
    left_out = [] if given.unit else [*_unit_left_out(part, given)]
    if left_out:
        yield from left_out
    elif ratio in POWERS:
        yield Candidate(value, ("power-of-ten",), "", f"is off by a factor of {_factor(ratio)}: count the zeros")
    elif (unit := _other_unit(part, given)) is not None:
        yield Candidate(value, ("unit",), "", f"is off by {UNITS[unit]}")
    elif given.step is not None:
        yield from _other_base(right, given)


def _other_unit(part: Part, given: Given) -> Fraction | None:
    """Return the ratio of units by which an answer is off: exactly, or of bytes also as far as they are rounded."""
    rounded = given.step is not None and part.unit == "B" and digits(given) > LEAST_DIGITS
    if not rounded:
        exact = Fraction(given.value) / Fraction(part.right.value)
        return exact if exact in UNITS else None
    for ratio in UNITS:
        step = Fraction(given.step or 0) / ratio
        scaled = Given(**{**given.__dict__, "value": Fraction(given.value) / ratio, "step": step})
        if scaled.value == part.right.value or rounds_to(part.right.value, scaled):
            return ratio
    return None


def _unit_left_out(part: Part, given: Given) -> Iterator[Candidate]:
    """Report a number that is right in K, M or G, which is not written beside it."""
    of_bytes = part.unit == "B"
    if given.step is None:
        given = rounded_to_whole(given)
    bases = (part.conventions.megabyte, 1000, 1024) if of_bytes else (part.conventions.thousand,)
    for power, letter in enumerate("KMG", 1):
        for base in dict.fromkeys(bases):
            if digits(given) >= LEAST_DIGITS and rounds_to(Fraction(part.right.value) / base**power, given):
                unit = letter + ("iB" if base == 1024 != part.conventions.megabyte else "B") if of_bytes else letter
                yield Candidate(given.value, ("unit",), "", f"is right in {unit}: write the unit")
                return


def slips(part: Part, given: Given) -> Iterator[Candidate]:
    """Yield what may have happened to the digits of the right number on their way to the paper."""
    right, value = part.right.value, given.value
    if isinstance(right, int) and isinstance(value, int) and right >= LEAST:
        slip = "has a minus sign" if value == -right else _digits(str(right), str(value)) if value > 0 else ""
        if slip:
            yield Candidate(value, ("digit-slip",), "", slip)


POWERS = {Fraction(10) ** power for power in (-6, -3, -2, -1, 1, 2, 3, 6)}
UNITS = {
    **{Fraction(1024, 1000) ** power: "1024 in place of 1000 for each K" for power in (1, 2, 3)},
    **{Fraction(1000, 1024) ** power: "1000 in place of 1024 for each K" for power in (1, 2, 3)},
    **{Fraction(1024) ** power: "a unit: each step from B to KB, MB, GB divides by 1024" for power in (-2, -1, 1, 2)},
    Fraction(8): "a factor of 8: bits in place of bytes",
    Fraction(1, 8): "a factor of 8: bytes and bits",
}


def _other_base(right: Any, given: Given) -> Iterator[Candidate]:
    """Report a rounded number whose K, M or G was taken for another power than here."""
    power = "kmg".find(given.unit[:1].lower()) + 1 if given.unit else 0
    for scale in (Fraction(1024, 1000) ** power, Fraction(1000, 1024) ** power) if power else ():
        other = Given(**{**given.__dict__, "value": given.value * scale, "step": Fraction(given.step or 0) * scale})
        if rounds_to(right, other):
            base = "1024 in place of 1000" if scale > 1 else "1000 in place of 1024"
            yield Candidate(given.value, ("unit",), "", f"takes {base} for each step to {given.unit}")
            return


def _factor(ratio: Fraction) -> str:
    return number(int(ratio)) if ratio > 1 else f"1/{number(int(1 / ratio))}"


def too_rough(part: Part, given: Given) -> Iterator[Candidate]:
    """Report that an answer is the right one, rounded where every digit is asked for, or too roughly."""
    right = part.right.value
    if given.step is None and not isinstance(right, int) and all(c.value != given.value for c in part.candidates):
        given = rounded_to_whole(given)
    step = given.step
    known = isinstance(right, (int, Fraction, float)) and isinstance(given.value, (int, Fraction, float))
    if not known or step is None or Fraction(right) * Fraction(given.value) < 0:
        return
    over = abs(Fraction(right)) - abs(Fraction(given.value))
    if 2 * abs(over) > step:
        other = any(candidate.value == given.value for candidate in part.candidates)
        if 0 < over < step and digits(given) >= LEAST_DIGITS and not other:
            nearest = given.value + step * (1 if given.value > 0 else -1)
            lesson = f"is the right number cut off after its first digits; the nearest such number is {number(nearest)}"
            yield Candidate(given.value, ("rounded",), "", lesson)
        return
    if isinstance(right, int) and not part.conventions.rounding:
        lesson = "is the right number rounded: every digit is asked for"
        yield Candidate(given.value, ("rounded",), "", lesson)
    else:
        lesson = "is the right number, too roughly rounded: write at least one digit more"
        yield Candidate(given.value, ("too-rough",), "", lesson)


def _digits(right: str, wrong: str) -> str:
    """Say how two numbers differ by one slip of the pen: a digit, two exchanged, one left out or twice."""
    if len(right) == len(wrong):
        places = [i for i, (a, b) in enumerate(zip(right, wrong, strict=True)) if a != b]
        if len(places) == 1 and int(right) >= ONE_DIGIT:
            return f"differs from the right number in one digit: a {wrong[places[0]]} stands for a {right[places[0]]}"
        if len(places) == 2:
            a, b = places
            if b == a + 1 and right[a] == wrong[b] and right[b] == wrong[a]:
                return f"has two digits exchanged: {wrong[a]}{wrong[b]} stands for {right[a]}{right[b]}"
    elif abs(len(right) - len(wrong)) == 1 and min(len(right), len(wrong)) >= 3:
        short, long = sorted((right, wrong), key=len)
        place = next((i for i in range(len(long)) if long[:i] + long[i + 1 :] == short), None)
        if place is not None:
            return f"has a digit {'too many' if long is wrong else 'too few'}: a {long[place]}"
    return ""


def _turned(right: Shape, value: Shape, order: str) -> Iterator[Candidate]:
    """Report a volume whose numbers stand in another order."""
    if value != right and (value.chw == right.hwc if order == "chw" else value.hwc == right.chw):
        asked = "last; channels x height x width" if order == "chw" else "first; height x width x channels"
        lesson = f"has the channels {asked} is asked for"
        yield Candidate(value, ("channels-first",), "", lesson)
    elif value != right and len(right.sides) > 1 and value.hwc == (*right.sides[::-1], right.channels):
        yield Candidate(value, ("wrong-stride-axis",), "", "has height and width exchanged")
