"""Sizes and padding that students write: 4x4, 4 by 4, 2:3, 3 left and 2 right."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.vocabulary import (
    AFTER,
    AXES,
    BEFORE,
    NUMBERS,
    PADDING,
    UPRIGHT,
    without_lead,
    without_tail,
)
from cnncalc.homework.answers.volumes import read_numbers, whole
from cnncalc.homework.model import Given, Unreadable
from cnncalc.problem import quoted

_AXES = "|".join(sorted(AXES, key=len, reverse=True))
_BEFORE, _AFTER = ("|".join(sorted(words)) for words in (BEFORE, AFTER))
_ENDS = re.compile(rf"(?P<number>\d+)|\b(?P<before>{_BEFORE})\b|\b(?P<after>{_AFTER})\b")
_PAIR = re.compile(r"(\d+)\s*[:/]\s*(\d+)")
_PAIRS = re.compile(rf"{_PAIR.pattern}(?:\s*[x×]\s*{_PAIR.pattern})*")
_BY = re.compile(r"\d\s*(?:[x×*]|by)\s*\d", re.IGNORECASE)
_LABEL = re.compile(r"[^\W\d][\w ]{0,40}\s*[=:]\s*(?=[\d(\[])")
_EACH = re.compile(r"\s*\b(?:(?:on|at|for|of|in)\s+)?(?:each|both|every|all)\b.*", re.IGNORECASE)
_PADDING_OF = re.compile(r"(?:a |the )?(?:zero[- ]?)?pad(?:ding)?(?: of| is)? (?=[\da-z])", re.IGNORECASE)
_NUMBER_WORD = re.compile(rf"\b(?:no|{'|'.join(word for word in NUMBERS if word.isalpha())})\b")
_WORD = re.compile(rf"\b(?:{_BEFORE}|{_AFTER})\b")
_ONE_END = re.compile(
    r"(?:only |just )?(?P<number>\d+)(?: pixels?| px| zeros?| rows?| columns?)? ?(?:(?:on|at|to|in|of|padding) )*"
    r"(?:the )?"
    rf"(?P<ends>(?:{_BEFORE}|{_AFTER})(?:\s*(?:and|/|&|,)\s*(?:the )?(?:{_BEFORE}|{_AFTER}))?)(?: only| alone)?"
)
_BOTH_AXES = re.compile(r"\b(left|top|right|bottom)\s*(?:/|\band\b|&)\s*(left|top|right|bottom)\b")
"""Left/top 2, right/bottom 3: the same before and after on both axes."""
_CHANNELS = re.compile(
    r"(?<=\d)\s*[x×*,]\s*(?!x\b)[a-z](?=[)\]]?$)|(?<=[(\[])\s*(?:\w+\s*,\s*)?(?!x\b)[a-z]\s*,\s*(?=\d)", re.IGNORECASE
)
"""A letter for the channels beside the sides: 4x4xK, [1, C, 7, 3]."""
_TORCH = re.compile(r"(?:\w+ ?= ?)?(?:torch\.)?Size\b")
_NAMED_SIDE = re.compile(
    rf"(?:\b(?P<before>{_AXES})\s*(?:=|:|\bis\b|\bof\b)?\s*)?(?P<number>\d+)(?:\s*(?P<behind>{_AXES})\b)?",
    re.IGNORECASE,
)


def read_sides(text: str, expected: Expected) -> Given:
    """Read a number a side, or one for all; as padding the pixels before and after. Raises Unreadable."""
    named = _named(text, expected)
    if named:
        return Given(text, expected.form, named)
    label = _LABEL.match(text) or (_PADDING_OF.match(text) if expected.pairs else None)
    body = text[label.end() :] if label else text
    ends = _before_and_after(text) or (_PAIRS.fullmatch(body) and _pairs(body))
    if ends:
        return Given(text, expected.form, ends)
    if expected.form == "sides" and not expected.symbols:
        body = _CHANNELS.sub("", body)
    body = without_tail(without_lead(_EACH.sub("", body), *PADDING), *PADDING)
    numbers, notes = read_numbers(NUMBERS.get(body.lower(), body), expected)
    if expected.pairs:
        return _padding(text, numbers, notes)
    if len(numbers) == expected.sides + 2 and _TORCH.match(text):  # a batch and channels in front
        numbers, notes = numbers[2:], (*notes, "only the sides are asked for: the batch and the channels were left out")
    others: tuple[Given, ...] = ()
    if len(numbers) == 1:
        numbers = numbers * expected.sides
    elif len(numbers) == expected.sides + 1:
        notes = (*notes, "only the sides are asked for: the channels were left out")
        if expected.order != "hwc":
            others = (Given(text, "sides", tuple(numbers[1:]), notes=(*notes, "read as channels first")),)
        numbers = numbers[:-1]
    if len(numbers) != expected.sides:
        asked = f"{expected.sides} {'are' if expected.sides > 1 else 'is'} asked for"
        raise Unreadable(
            f"{quoted(text)} has {len(numbers)} numbers, and {asked}: write it as {'x'.join('3' * expected.sides)}"
        )
    return Given(text, "sides", tuple(numbers), others=others, notes=notes)


def _named(text: str, expected: Expected) -> tuple[Any, ...] | None:
    """Read sides that are named, height 26 and width 100 or 26 rows, 100 columns; None where they are not."""
    # the depth of a video stands where channels have their word
    order = {1: ("l", "w", "h"), 2: ("hw",), 3: ("chw",)}.get(expected.sides, ())
    found: dict[str, int] = {}
    for match in () if expected.pairs else _NAMED_SIDE.finditer(text):
        word = match["before"] or match["behind"]
        if word is None or (match["before"] and match["behind"]) or AXES[word.lower()] in found:
            return None
        found[AXES[word.lower()]] = whole(match["number"])
    rest = _NAMED_SIDE.sub(" ", text).lower().replace("and", "")
    if any(c.isalnum() for c in rest):
        return None
    return next((tuple(found[axis] for axis in axes) for axes in order if sorted(axes) == sorted(found)), None)


def _one_end(match: re.Match[str]) -> str:
    """Return one word for the ends before or after on both axes."""
    ends = {word in AFTER for word in match.groups()}
    upright = {word in UPRIGHT for word in match.groups()}
    return ("after" if ends == {True} else "before") if len(ends) == 1 and len(upright) == 2 else match[0]


def _padding(text: str, numbers: list[Any], notes: tuple[str, ...]) -> Given:
    """Read one number for all ends, or two that stand for the ends or the sides."""
    each = _alike(tuple((n, n) for n in numbers))
    if len(numbers) != 2:
        return Given(text, "pad", each, notes=notes)
    ends = ((numbers[0], numbers[1]),)
    if _BY.search(text) or ends == each:
        return Given(text, "pad", each, notes=notes)
    other = Given(text, "pad", each, notes=(*notes, "read as the two sides"))
    return Given(text, "pad", ends, others=(other,), notes=(*notes, "read as before and after"))


def _alike(pads: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return one pair for all sides where they are alike."""
    return pads[:1] if len(set(pads)) == 1 else pads


def _pairs(text: str) -> tuple[Any, ...]:
    """Read 2:3, or a pair for each side."""
    return _alike(tuple((whole(a), whole(b)) for a, b in _PAIR.findall(text)))


def _before_and_after(text: str) -> tuple[Any, ...] | None:
    """Read 3 left and 2 right, left 3, right 2, 0 before, 1 after; None where a text says no such thing."""
    text = _NUMBER_WORD.sub(lambda match: NUMBERS.get(match[0], "0"), text.lower())
    one_end = _ONE_END.fullmatch(text)
    if one_end:  # one pixel at the end: none before
        pixels, after = whole(one_end["number"]), {word in AFTER for word in _WORD.findall(one_end["ends"])}
        if len(after) == 1:
            return ((0, pixels),) if after == {True} else ((pixels, 0),)
    tokens = [*_ENDS.finditer(_BOTH_AXES.sub(_one_end, text))]
    if not tokens or len(tokens) % 2 or len(tokens) > 16:
        return None
    ends: dict[tuple[bool, bool], int] = {}
    for first, second in zip(tokens[::2], tokens[1::2], strict=True):
        number = first["number"] or second["number"]
        word = second if first["number"] else first
        if number is None or word["number"]:
            return None
        end = (word[0] in UPRIGHT, bool(word["after"]))
        if ends.setdefault(end, whole(number)) != whole(number):
            raise Unreadable(f"{quoted(text)} gives two numbers for one end: write it as 2:3x2:3")
    sides = [upright for upright in (True, False) if (upright, False) in ends and (upright, True) in ends]
    if len(ends) != 2 * len(sides) or not sides:
        return None
    return _alike(tuple((ends[upright, False], ends[upright, True]) for upright in sides))
