"""Sizes and padding that students write: 4x4, 4 by 4, 2:3, 3 left and 2 right."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.labelled import in_words, labelled
from cnncalc.homework.answers.vocabulary import (
    AFTER,
    AXES,
    BEFORE,
    NUMBERS,
    PADDING,
    TOTALS,
    UPRIGHT,
    without_lead,
    without_tail,
)
from cnncalc.homework.answers.volumes import read_numbers, whole, without_nouns
from cnncalc.homework.model import Given, Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted

_TOTAL = (False, None)
_ENDS = {
    **dict.fromkeys((*PADDING, "only", "just"), None),
    **dict.fromkeys(TOTALS, _TOTAL),
    **{word: (word in UPRIGHT, word in AFTER) for word in BEFORE | AFTER},
}
"""Words for the ends of the sides: whether they are of the height, and whether they come last."""
_PAIR = regex(r"(\d+)\s*[:/]\s*(\d+)")
_PAIRS = regex(rf"{_PAIR.pattern}(?:\s*[x×]\s*{_PAIR.pattern})*")
_BY = regex(r"\d\s*(?:[x×*]|by)\s*\d", re.IGNORECASE)
_LABEL = regex(r"[^\W\d][\w ]{0,40}\s*[=:]\s*(?=[\d(\[])")
_EACH = regex(
    r"\s*\b(?:(?:on|at|for|of|in|an|auf|en|de|à|sur)\s+)?(?:each|both|every|all|jede[rmns]?|allen|beiden|chaque|cada|todos"
    r"|toutes|tous)\b.*",
    re.IGNORECASE,
)
_PADDING_OF = regex(r"(?:a |the )?(?:zero[- ]?)?pad(?:ding)?(?: of| is)? (?=[\da-z])", re.IGNORECASE)
_A_ZERO = regex(
    r"\b(?:an?|one|eine?|un|una|(\d+|two|zwei|deux|dos))\s+(?:null(?:en)?|zero(?:s|es)?|zéros?|ceros?)\b", re.IGNORECASE
)
"""Zeros that are padded, one or more: eine Null links."""
_NO = regex(r"\bno\b(?= )", re.IGNORECASE)
_CHANNELS = regex(
    r"(?<=\d)\s*[x×*,]\s*(?!x\b)[a-z](?=[)\]]?$)|(?<=[(\[])\s*(?:\w+\s*,\s*)?(?!x\b)[a-z]\s*,\s*(?=\d)", re.IGNORECASE
)
"""A letter for the channels beside the sides: 4x4xK, [1, C, 7, 3]."""
_AXIS = regex(rf"\b(?:{'|'.join(word for word in AXES if len(word) > 2)})\s*[:=]?\s+(?=[\w(])", re.IGNORECASE)
"""The word for an axis in front of a formula: height H-2, width W-2."""
_WORDED = regex(r"^(?!une?\b|una\b)[^\W\d_]{2,}(?= )")
"""The number of what is padded: two rows of zeros."""
_TORCH = regex(r"(?:\w+ ?= ?)?(?:torch\.)?Size\b")


def read_sides(text: str, expected: Expected) -> Given:
    """Read a number a side, or one for all; as padding the pixels before and after. Raises Unreadable."""
    # the depth of a video stands where channels have their word
    orders = {1: ("l", "w", "h"), 2: ("hw",), 3: ("chw",)}.get(expected.sides, ())
    for axes in () if expected.pairs else orders:
        named = in_words(text, axes)
        if named:
            return Given(text, expected.form, tuple(named[axis] for axis in axes))
    label = _LABEL.match(text) or (_PADDING_OF.match(text) if expected.pairs else None)
    body = text[label.end() :] if label else text
    if expected.symbols:
        body = _AXIS.sub("", body)
    ends = _before_and_after(text) or (_PAIRS.fullmatch(body) and _pairs(body))
    if ends:
        return Given(text, expected.form, ends)
    if expected.form == "sides" and not expected.symbols:
        body = _CHANNELS.sub("", body)
    body = _WORDED.sub(lambda match: NUMBERS.get(match[0].lower(), match[0]), _EACH.sub("", body), count=1)
    body = without_tail(without_lead(body, *PADDING), *PADDING)
    numbers, notes = read_numbers(NUMBERS.get(without_nouns(body).lower(), body), expected)
    if expected.pairs:
        return _padding(text, numbers, notes)
    if len(numbers) == expected.sides + 2 and _TORCH.match(text):  # a batch and channels in front
        numbers, notes = numbers[2:], (*notes, "only the sides are asked for: the batch and the channels were left out")
    others: tuple[Given, ...] = ()
    if len(numbers) == 1:
        numbers = numbers * expected.sides
    elif len(numbers) == expected.sides + 1:
        known = expected.channels
        if known is not None and known not in (numbers[-1], *(numbers[:1] if expected.order != "hwc" else ())):
            raise Unreadable(f"{quoted(text)} has other channels than the layer: write the sides alone, as in 3x3")
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
    groups = labelled(_NO.sub("0", _A_ZERO.sub(lambda match: f"{match[1] or 1} zeros", text)), _ENDS)
    ends: dict[tuple[bool, bool | None], int] = {}
    totals = []
    for numbers, labels, _ in groups or ():
        if len(numbers) != 1 or not labels:
            return None
        if _TOTAL in labels:
            totals.append(numbers[0])
            continue
        for end in labels:
            if ends.setdefault(end, numbers[0]) != numbers[0]:
                raise Unreadable(f"{quoted(text)} gives two numbers for one end: write it as 2:3x2:3")
    if len({after for _, after in ends}) == 1:  # one pixel at the end: none before
        ends |= {(upright, not after): 0 for upright, after in ends}
    sides = [upright for upright in (True, False) if (upright, False) in ends and (upright, True) in ends]
    if len(ends) != 2 * len(sides) or not sides:
        return None
    pads = _alike(tuple((ends[upright, False], ends[upright, True]) for upright in sides))
    return None if any(total != sum(pads[0]) for total in totals) else pads
