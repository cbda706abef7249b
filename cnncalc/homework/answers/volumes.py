"""Volumes that students write: 29x29x32, (32, 29, 29), H=29 W=29 C=32, 29 x 29 with 32 channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.arithmetic import calculate
from cnncalc.homework.answers.vocabulary import AXES, FILLERS, HEDGES, without_lead
from cnncalc.homework.model import Given, Unreadable
from cnncalc.homework.wording import number
from cnncalc.problem import quoted
from cnncalc.shape import Shape

ORDERS = {2: ("hwc",), 1: ("lc", "wc", "hc")}
"""The axes of a volume with so many sides."""

_AXIS = "|".join(sorted(AXES, key=len, reverse=True))
_NAMED = (
    re.compile(
        rf"\b(?P<axis>{_AXIS})(?:_?(?:out|[12](?=\s*[=:])))?\s*(?:=|:|\bis\b|\bof\b)?\s*(?P<number>\d+)\b", re.I
    ),
    re.compile(rf"\b(?P<number>\d+)\s*(?P<axis>{_AXIS})\b", re.IGNORECASE),
)
_CHANNELS = r"(?:output |feature )?(?:channels?|ch|filters?|maps?|kernels?|planes?|deep|depth)"
_SIDES = r"(?P<sides>\d++(?:\s*(?:[x×*]|by)\s*\d++)*)"
_WITH_CHANNELS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_SIDES}\s*(?:,|with|and|\(|@)?\s*(?:[x×*] ?)?(?P<channels>\d+)\s*{_CHANNELS}\)?",  # 29x29 with 32 channels
        rf"(?P<channels>\d+)\s*(?:{_CHANNELS}\s*,?\s*(?:of|with|at|@|each)?\s*(?:size )?|@\s*)"
        rf"{_SIDES}(?: each)?",  # 32@29x29
        rf"{_SIDES}\s*(?:,|with|and|;)?\s*(?:a )?{_CHANNELS}\s*(?:=|:|of|is)?\s*(?P<channels>\d+)",  # 29x29, depth 32
    )
)
_LABEL = re.compile(r"[^\W\d][\w .,()\[\]×*]{0,60}?(?:\bis\b|[=:])\s*(?=[\[(\d])", re.IGNORECASE)
_CALL = re.compile(r"\b(?:torch\.)?(?:size|shape|tensorshape|tuple|list)\s*(?=[(\[])", re.IGNORECASE)
_NOUNS = re.compile(
    r"\b(?:pixels?|px|cells?|neurons?|units?|features?|values?|elements?|zeros|zeroes)\b", re.IGNORECASE
)
_BATCH = re.compile(
    r"(?P<open>[\[(]?)\s*(?:none|null|batch(?:[ _]?size)?|n|b|m|-1|\?)\s*[,x×*]\s*(?=\d)", re.IGNORECASE
)
_SIMPLE = re.compile(r"[\d.]+(?:(?:\s*[x×*,;@-]\s*|\s+by\s+|\s+)[\d.]+)*", re.IGNORECASE)
_SEPARATOR = re.compile(r"[^\d.]+")
_TIMES = re.compile(r"\s*(?:[x×*]|\bby\b)\s*", re.IGNORECASE)
_AT_TOP = re.compile(r"(?P<open>[(\[])|(?P<close>[)\]])|\s*(?:[x×]|\bby\b)\s*", re.IGNORECASE)
_PAIR_IN_BRACKETS = re.compile(r"\((\d+\s*[x×*]\s*\d+)\)(?=\s*[x×*]\s*\d)", re.IGNORECASE)
_DECIMAL = re.compile(r"\d+\.\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_ALONE = re.compile(r"(?P<before>(?:[a-z][a-z -]* )?)(?P<number>\d+)(?P<after>(?:[ -][a-z -]+)?)", re.IGNORECASE)
_WITHIN = re.compile(r"(?<![\w.])\d+(?:\s*(?:[x×*]|\bby\b)\s*\d+)+(?![\w.]\w)", re.IGNORECASE)

BATCH_LEFT_OUT = "the batch in front was left out"
LONGEST_NUMBER = 18
EXAMPLES = {0: "100", 1: "100x8", 2: "20x30x4", 3: "5x20x30x4"}
"""Volumes that no homework asks for."""


def read_volume(text: str, expected: Expected) -> Given:
    """Read a volume; raises Unreadable."""
    if expected.sides == 0 and "=" in text:
        text = text.rpartition("=")[2].strip()  # 4x4x16 = 256
    named = _named(text, expected)
    if named is not None:
        return Given(text, "volume", named)
    alone = _ALONE.fullmatch(text) if expected.sides == 0 else None
    if alone and all(word in FILLERS for word in (alone["before"] + alone["after"]).lower().replace("-", " ").split()):
        return Given(text, "volume", Shape((), whole(alone["number"])))
    numbers, notes = read_numbers(text, expected)
    count = expected.sides + 1
    others: tuple[Given, ...] = ()
    if len(numbers) == count + 1 and numbers[0] in (1, expected.batch):
        numbers, notes = numbers[1:], (*notes, f"the {numbers[0]} in front was read as the batch")
    if len(numbers) == 1 and expected.ones:
        return Given(text, "volume", Shape((1,) * expected.sides, numbers[0]), notes=(*notes, "read with sides of 1"))
    if expected.sides == 0 and len(numbers) > 1:
        kept = [n for n in numbers if n != 1]
        if len(kept) > 1:
            product = (f"{quoted(text)} was read as a product, {number(prod(numbers))}",)
            if "*" in text:
                others = (Given(text, "volume", Shape((), prod(numbers)), notes=product),)
            return Given(text, "volume", Shape(tuple(numbers[:-1]), numbers[-1]), others=others, notes=notes)
        numbers, notes = kept or [1], (*notes, "sides of 1 were left out")
    if len(numbers) != count:
        raise Unreadable(_wrong_count(text, numbers, expected))
    last, first = Shape(tuple(numbers[:-1]), numbers[-1]), Shape(tuple(numbers[1:]), numbers[0])
    if expected.order == "chw":
        return Given(text, "volume", first, notes=notes)
    if expected.order != "hwc" and last != first:
        note = f"read as channels first: {first.channels} channels of {Shape(first.sides[:-1], first.sides[-1])}"
        others = (Given(text, "volume", first, notes=(*notes, note)),)
    return Given(text, "volume", last, others=others, notes=notes)


def _wrong_count(text: str, numbers: Sequence[Any], expected: Expected) -> str:
    forms = {0: "one number", 1: "length x channels", 2: "height x width x channels"}
    form = forms.get(expected.sides, f"{expected.sides} sides and the channels")
    plural = "" if len(numbers) == 1 else "s"
    asked = (
        f"{len(numbers)} number{plural}, and {expected.sides + 1} {'is' if expected.sides == 0 else 'are'} asked for"
    )
    return f"{quoted(text)} has {asked}: write {form}, as in {EXAMPLES.get(expected.sides, EXAMPLES[3])}"


def _named(text: str, expected: Expected) -> Shape | None:
    """Read a volume whose channels are named; None where they are not."""
    for pattern in _NAMED:
        axes = {AXES[match["axis"].lower()]: whole(match["number"]) for match in pattern.finditer(text)}
        rest = pattern.sub(" ", text).lower().replace("and", "")
        for order in ORDERS.get(expected.sides, ()):
            if sorted(axes) == sorted(order) and not any(c.isalnum() for c in rest):
                return Shape(tuple(axes[axis] for axis in order[:-1]), axes["c"])
    text = without_lead(_LABEL.sub("", text, count=1) if _LABEL.match(text) else text)
    for pattern in _WITH_CHANNELS:
        found = pattern.fullmatch(text.strip(" ()."))
        sides = [whole(n) for n in _TIMES.split(found["sides"])] if found else []
        if found and len(sides) == expected.sides:
            return Shape(tuple(sides), whole(found["channels"]))
    return None


def read_numbers(text: str, expected: Expected) -> tuple[list[Any], tuple[str, ...]]:
    """Return the numbers of a list or a size, and what should be known of their reading; raises Unreadable."""
    written = text
    text = _PAIR_IN_BRACKETS.sub(r"\1", text.lstrip("= "))
    if text[:1] in ("<", "{") and text[-1:] in (">", "}"):
        text = text[1:-1]
    notes: tuple[str, ...] = ()
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    text = _NOUNS.sub(" ", _CALL.sub("", text)).strip(" .")
    batch = None if expected.symbols else _BATCH.match(text)
    if batch:
        text, notes = batch["open"] + text[batch.end() :], (BATCH_LEFT_OUT,)
    while text[:1] in ("(", "[") and _closes_last(text):
        text = text[1:-1].strip(" ,")
    try:
        return [_part(part, expected) for part in _split(text, expected)], notes
    except Unreadable:
        inside = {tuple(_TIMES.split(match)) for match in _WITHIN.findall(text)}
        beside = _WITHIN.sub(" ", text).lower()
        plain = all(word.strip(".,:;") in FILLERS for word in beside.split() if word.strip(".,:;"))
        if len(inside) != 1 or not plain or not HEDGES.isdisjoint(re.findall(r"[a-z']+", text.lower())):
            raise Unreadable(f"{quoted(written)} is not read as {_what(expected)}") from None
        (parts,) = inside
        return [whole(part) for part in parts], (f"{'x'.join(parts)} was read",)


def _closes_last(text: str) -> bool:
    """Return whether the bracket in front closes at the end."""
    depth = 0
    for at, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if depth == 0:
            return at == len(text) - 1
    return False


def _split(text: str, expected: Expected) -> list[str]:
    """Split at x or by where there is one, else at commas or blanks; what is in brackets stays whole."""
    if _SIMPLE.fullmatch(text) and not (_THOUSANDS.search(text) and _TIMES.search(text)):
        count = expected.sides + (expected.form == "volume")
        one = "," in text and _THOUSANDS.fullmatch(text) and text.count(",") + 1 != count  # 148,148,100 may be three
        return [text] if one else _SEPARATOR.split(text)
    parts, depth, start = [], 0, 0
    for match in _AT_TOP.finditer(text):
        depth += bool(match["open"]) - bool(match["close"])
        if depth == 0 and not match["close"]:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]] if parts else re.split(r"\s*[,;]\s*", text)


def _part(part: str, expected: Expected) -> Any:
    if part.isascii() and part.isdigit():
        return whole(part)
    if _THOUSANDS.fullmatch(part):
        return whole(part.replace(",", ""))
    if _DECIMAL.fullmatch(part) or expected.symbols or "(" in part:
        return calculate(part, expected.symbols)
    raise Unreadable(part)


def _what(expected: Expected) -> str:
    if expected.form == "volume":
        return f"a volume: write it as {EXAMPLES.get(expected.sides, EXAMPLES[3])}" + (
            " or (4, 20, 30)" if expected.sides == 2 else ""
        )
    if expected.pairs:
        return "padding: write it as 2:3, or 2 before and 3 after"
    return (
        "a size: write it as 3x3, or 3 where all sides are the same" if expected.sides > 1 else "a size: write it as 3"
    )


def whole(digits: str) -> int:
    """Return a whole number; raises Unreadable for one that no layer has."""
    if len(digits) > LONGEST_NUMBER:
        raise Unreadable(f"{quoted(digits, 24)} is longer than any side")
    return int(digits)
