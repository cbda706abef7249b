"""Numbers with words beside them that say what each is: 26 rows and 100 columns, left/top 2, right/bottom 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from cnncalc.homework.answers.vocabulary import AXES, FILLERS, HEDGES, NUMBERS
from cnncalc.patterns import regex

Label = TypeVar("Label")
LONGEST_NUMBER = 18

_TOKEN = regex(
    r"(?P<number>\d+)(?![\d.'_]*\d|\s*/\s*\d)|(?P<times>[x×*](?=\s*\d)|\bby\b)"
    r"|(?P<word>@|[^\W\d_]+(?:[_-][^\W\d_]+)*)(?:[12](?=\s*[=:]))?'?"
    r"|(?P<end>,(?!\d{3}\b)|[;&\n]|->)|(?P<between>[\s=:/().\[\]]|-(?!\s*\d))",
    re.IGNORECASE,
)
_ENDS = frozenset(["and", "with", "und", "mit", "et", "avec", "y", "con", "each", "while"])
"""Words that begin another part of a list."""

_OF = frozenset(["of", "von", "de"])
"""Words that do so behind a number: 20 channels of length 30, but a depth of 32."""

BOTH = "both"
SIDES = ("side", "sides", "spatial", "seite", "seiten", "côté", "côtés", "lado", "lados", "边长")
SIZES = {**dict.fromkeys(SIDES, BOTH), **AXES, "@": "c"}
"""Words for the axes, and for height and width together."""


class Group(NamedTuple, Generic[Label]):
    """A number, or several joined by times signs, with the labels beside it."""

    numbers: tuple[int, ...]
    labels: tuple[Label, ...]
    ahead: bool  # the first label stands before the numbers, in the same part of the list


class _Token(NamedTuple, Generic[Label]):
    clause: int
    numbers: tuple[int, ...]
    label: Label | None = None


def labelled(text: str, labels: Mapping[str, Label | None]) -> list[Group[Label]] | None:
    """Return the numbers of a text with the labels that stand before or behind each; None where a word is unknown.

    A label belongs to the number of its part of the list, of two the one that the first label of the text belongs to:
    `height 26 width 100` begins with a label, `26 high 100 wide` with a number. Words of the label None say nothing.
    """
    tokens = _tokens(text, labels)
    if tokens is None:
        return None
    numbers = [n for n, token in enumerate(tokens) if token.numbers]
    first = next((token for token in tokens if len(token.numbers) < 2), None)
    owned: dict[int, list[int]] = {n: [] for n in numbers}
    for at, token in enumerate(tokens):
        if token.numbers:
            continue
        beside = (next((n for n in reversed(numbers) if n < at), None), next((n for n in numbers if n > at), None))
        either = [n for n in beside if n is not None]
        near = [n for n in either if tokens[n].clause == token.clause] or either
        if not near:
            return None
        owned[near[0] if first and first.numbers else near[-1]].append(at)
    return [
        Group(
            tokens[n].numbers,
            tuple(label for at in owned[n] if (label := tokens[at].label) is not None),
            any(at < n and tokens[at].clause == tokens[n].clause for at in owned[n][:1]),
        )
        for n in numbers
    ]


def _tokens(text: str, labels: Mapping[str, Label | None]) -> list[_Token[Label]] | None:
    """Return the numbers and labels of a text; None where anything else stands there that is not empty of meaning."""
    found: list[_Token[Label]] = []
    at = clause = 0
    joined = False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        word = (match["word"] or "").lower().removesuffix("_out")
        digits = match["number"] or (NUMBERS.get(word) if word not in FILLERS and word not in labels else None)
        if digits:
            if len(digits) > LONGEST_NUMBER:
                return None
            before = found.pop().numbers if joined and found and found[-1].numbers else ()
            found.append(_Token(clause, (*before, int(digits))))
        elif match["end"] or word in _ENDS or (word in _OF and any(t.numbers for t in found if t.clause == clause)):
            clause += 1
        elif word in labels:
            label = labels[word]
            if label is not None:
                found.append(_Token(clause, (), label))
        elif word and (word not in FILLERS or word in HEDGES):
            return None
        if not match["between"]:
            joined = bool(match["times"])
    return found


def in_words(text: str, axes: str) -> dict[str, int] | None:
    """Read sizes whose axes are named, height 26 and width 100; None where one is missing, or none is named."""
    groups = labelled(text, SIZES)
    if groups is None or not any(group.labels for group in groups):
        return None
    sides = axes.replace("c", "") or axes
    for n, (counted, size) in enumerate(pairwise(groups)):  # 10 32x32 feature maps
        if (len(counted.numbers), counted.labels, len(size.numbers), size.labels) == (1, (), len(sides), ("c",)):
            groups[n : n + 2] = [counted._replace(labels=("c",)), size._replace(labels=())]
    found: dict[str, int] = {}
    for numbers, labels, ahead in groups:
        named = [axis for axis in dict.fromkeys(labels) if axis in axes or axis != "l"]
        names = sides if named == [BOTH] else "".join(named)
        if names == "c" and len(numbers) == len(axes) > 1:  # 29 x 29 x 32 channels
            names = f"c{sides}" if ahead else axes
        if len(numbers) == 1:
            pairs = [(name, numbers[0]) for name in names]
        else:
            order = names if len(names) == len(numbers) else axes if len(numbers) == len(axes) else sides
            pairs = [*zip(order, numbers, strict=False)]
        if not pairs or len(pairs) < len(numbers) or (len(numbers) > 1 and names not in ("", sides, order)):
            return None
        if any(found.setdefault(name, n) != n for name, n in pairs):
            return None
    return found if found.keys() == {*axes} else None
