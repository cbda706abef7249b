"""Volumes that students write: 29x29x32, (32, 29, 29), H=29 W=29 C=32, 29 x 29 with 32 channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.arithmetic import calculate
from cnncalc.homework.answers.labelled import LONGEST_NUMBER, in_words
from cnncalc.homework.answers.numbers import read_number
from cnncalc.homework.answers.plain import ordered
from cnncalc.homework.answers.vocabulary import FILLERS, HEDGES, without_lead
from cnncalc.homework.model import Given, Unreadable
from cnncalc.homework.wording import number
from cnncalc.patterns import regex
from cnncalc.problem import quoted
from cnncalc.shape import Shape

ORDERS = {2: ("hwc",), 1: ("lc", "wc", "hc")}
"""The axes of a volume with so many sides."""

_LABEL = regex(r"[^\W\d][\w .,()\[\]×*]{0,60}?(?:\bis\b|[=:])\s*(?=[\[(\d])", re.IGNORECASE)
_CALL = regex(r"\b(?:torch\.)?(?:size|shape|tensorshape|tuple|list)\s*(?=[(\[])", re.IGNORECASE)
_NOUNS = regex(
    r"\b(?:pixels?|px|cells?|neurons?|units?|features?|values?|elements?|zeros|zeroes|ceros|zéros|nullen)\b",
    re.IGNORECASE,
)
_BATCH = regex(r"(?P<open>[\[(]*)\s*(?:none|null|batch(?:[ _]?size)?|n|b|m|-1|\?)\s*[,x×*]\s*(?=\d)", re.IGNORECASE)
_ORDER = regex(
    r"\s+\(?(?:in|as) (?:the )?(?:n?chw|n?hwc|pytorch|torch|keras|tensorflow)(?: (?:order|format|layout))?\)?$",
    re.IGNORECASE,
)
"""The order of the axes behind a volume, which is known by its numbers: in CHW."""
_TORCH = regex(r"\btorch\.Size\b|^(?:\w+ ?= ?)?Size\b")
_SIMPLE = regex(r"[\d.]+(?:(?:\s*[x×*,;@-]\s*|\s+by\s+|\s+)[\d.]+)*", re.IGNORECASE)
_SEPARATOR = regex(r"[^\d.]+")
_TIMES = regex(r"\s*(?:[x×*]|\bby\b)\s*", re.IGNORECASE)
_CROSS = regex(r"\s*[x×]\s*", re.IGNORECASE)
_AT_TOP = regex(r"(?P<open>[(\[])|(?P<close>[)\]])|\s*(?:[x×]|\bby\b)\s*", re.IGNORECASE)
_PAIR_IN_BRACKETS = regex(r"\((\d+\s*[x×*]\s*\d+)\)(?=\s*[x×*]\s*\d)", re.IGNORECASE)
_SQUARED = regex(r"(?<![\w.^])(\d+)\s*\^\s*2(?=\s*(?:[x×]|$))", re.IGNORECASE)
"""28^2 x 32, or 28^2 alone: height and width."""
_DECIMAL = regex(r"\d+\.\d+")
_THOUSANDS = regex(r"\d{1,3}(?:,\d{3})+")
_ONES = regex(r"^(?:1\s*[x×]\s*)+|(?:\s*[x×]\s*1)+$")
_BESIDE = regex(r"(?<=\d)-(?=[^\W\d])")
_SIZE_SIGN = regex(r"[x×*\[(;]|\bby\b", re.IGNORECASE)
_WITHIN = regex(r"(?<![\w.])\d+(?:\s*(?:[x×*]|\bby\b)\s*\d+)+(?![\w.]\w)", re.IGNORECASE)

BATCH_LEFT_OUT = "the batch in front was left out"
EXAMPLES = {0: "100", 1: "100x8", 2: "20x30x4", 3: "5x20x30x4"}
"""Volumes that no homework asks for."""


def read_volume(text: str, expected: Expected) -> Given:
    """Read a volume; raises Unreadable."""
    if expected.sides == 0 and "=" in text:
        text = text.rpartition("=")[2].strip()  # 4x4x16 = 256
    named = _named(text, expected)
    if named is not None:
        return Given(text, "volume", named)
    vector = _vector(text, expected) if expected.sides == 0 else None
    if vector:
        return vector
    channels = _vector(text, expected) if expected.ones else None
    if channels:
        channels.value = Shape((1,) * expected.sides, channels.value.channels)
        channels.notes, channels.others = (*channels.notes, "read with sides of 1"), ()
        return channels
    numbers, notes = read_numbers(text, expected)
    count = expected.sides + 1
    others: tuple[Given, ...] = ()
    of_torch = len(numbers) == count + 1 and expected.order != "hwc" and _TORCH.search(text) is not None
    batch = of_torch and numbers[0] not in (1, expected.batch)  # whose order is PyTorch's
    if len(numbers) == count + 1 and (batch or numbers[0] in (1, expected.batch)):
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
    return ordered(text, numbers, expected._replace(order="chw") if batch else expected, notes)


def _vector(text: str, expected: Expected) -> Given | None:
    """Read the length of a vector, sides of 1 left out: 25 088, 25'088 entries, 1 x 1 x 25.088; None for a size."""
    bare = _ONES.sub("", text)
    notes = ("sides of 1 were left out",) if bare != text else ()
    text = _BESIDE.sub(" ", bare)
    if _SIZE_SIGN.search(text):
        return None
    try:
        found = read_number(text, expected._replace(form="number"))
    except Unreadable:
        return None
    lengths = [one for one in (found, *found.others) if isinstance(one.value, int)]
    each = [Given(text, "volume", Shape((), one.value), notes=(*notes, *one.notes), slips=one.slips) for one in lengths]
    if each:
        each[0].others = tuple(each[1:])
    return each[0] if each else None


def _wrong_count(text: str, numbers: Sequence[Any], expected: Expected) -> str:
    forms = {0: "one number", 1: "length x channels", 2: "height x width x channels"}
    form = forms.get(expected.sides, f"{expected.sides} sides and the channels")
    plural = "" if len(numbers) == 1 else "s"
    asked = (
        f"{len(numbers)} number{plural}, and {expected.sides + 1} {'is' if expected.sides == 0 else 'are'} asked for"
    )
    return f"{quoted(text)} has {asked}: write {form}, as in {EXAMPLES.get(expected.sides, EXAMPLES[3])}"


def _named(text: str, expected: Expected) -> Shape | None:
    """Read a volume whose axes are named; None where they are not."""
    for axes in ORDERS.get(expected.sides, ()):
        named = in_words(text, axes)
        if named:
            return Shape(tuple(named[axis] for axis in axes[:-1]), named["c"])
    return None


def read_numbers(text: str, expected: Expected) -> tuple[list[Any], tuple[str, ...]]:
    """Return the numbers of a list or a size, and what should be known of their reading; raises Unreadable."""
    written = text
    text = _SQUARED.sub(r"\1x\1", _PAIR_IN_BRACKETS.sub(r"\1", text.lstrip("= ")))
    if text[:1] in ("<", "{") and text[-1:] in (">", "}"):
        text = text[1:-1]
    notes: tuple[str, ...] = ()
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    text = _ORDER.sub("", text)
    text = without_lead(_NOUNS.sub(" ", _CALL.sub("", text)).strip(" ."))
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


def without_nouns(text: str) -> str:
    """Return a size without what it counts."""
    return _NOUNS.sub(" ", text).strip()


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
    count = expected.sides + (expected.form == "volume")
    if "*" in text and len(factors := _CROSS.split(text)) == count > 1 and len(_TIMES.split(text)) > count:
        return factors  # 11*11*3 x 55*55
    if _SIMPLE.fullmatch(text) and not (_THOUSANDS.search(text) and _TIMES.search(text)):
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
    if _DECIMAL.fullmatch(part) or expected.symbols or "(" in part or "*" in part:
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
