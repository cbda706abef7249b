"""What the text of an answer is read for: all of a part that its reading depends on, as a key of the cache."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cnncalc.homework.model import Part, Right
from cnncalc.numbers.arith import symbols_of
from cnncalc.patterns import regex

ALONG_SIDES = ("receptive_field", "jump", "left_over")
"""Asks whose answer is a number along each side."""

_GROWS = regex(r"\b(?:grow|increas|rise|more|most|larger|bigger|expensive|slower|wächst|größer)", re.IGNORECASE)
_SHRINKS = regex(r"\b(?:reduc|few|less|least|small|lower|sav|cheap|fast|shrink|decreas|kleiner|weniger)", re.IGNORECASE)

YES_NO = frozenset(("yes", "no"))


class Expected(NamedTuple):
    """How an answer is to be read."""

    form: str
    unit: str
    order: str
    thousand: int
    megabyte: int
    sides: int = 0  # of a volume, or how many sides are asked for
    ones: bool = False  # the volume's sides are 1, which may be left out
    pairs: bool = False  # pixels before and after each side
    channels: int | None = None  # of the layer whose sides are asked for, which may stand beside them
    symbols: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of unknowns
    labels: tuple[tuple[str, str], ...] = ()  # of choices, and what each says
    strict: bool = False  # KB, MB and GB are what the key says, and nothing else
    along: str = ""  # what is asked for, where that is a number along each side: 7x7 is 7
    batch: int = 1  # images that a volume may begin with
    trend: int = 0  # the question says that something grows, 1, or shrinks, -1
    equality: int = 0  # a yes says that two things are the same, 1, or differ, -1
    ordered: bool = False  # a yes says that one thing is more than another, so that the same is a no
    unbiased: bool = False  # biases are not counted
    biased: bool = False  # they are
    partly: bool = False  # what is not understood beside the answer is left out


_MOST = 5_000
_kept: dict[int, tuple[Part, Expected]] = {}


def expected_of(part: Part) -> Expected:
    """Return how the answers to a part are read."""
    kept = _kept.get(id(part))
    if kept is not None:
        return kept[1]  # the part is kept beside it, so that no other one has its id
    if len(_kept) >= _MOST:
        _kept.clear()
    found = _expected(part)
    _kept[id(part)] = part, found
    return found


def _expected(part: Part) -> Expected:
    conventions, value = part.conventions, part.right.value
    common = (part.form, part.unit, conventions.order, conventions.thousand, conventions.megabyte)
    known = tuple(sorted(frozenset[str]().union(*(_symbols(right) for right in part.rights))))
    if part.form == "volume":
        return Expected(
            *common, sides=len(value.sides), ones={*value.sides} == {1}, symbols=known, batch=conventions.batch
        )
    if part.form in ("sides", "pad"):
        return Expected(*common, sides=len(value), pairs=part.form == "pad", channels=_channels(part), symbols=known)
    if part.form == "unknowns":
        return Expected(*common, names=tuple(value))
    if part.form == "choice":
        return Expected(
            *common,
            labels=_labels(part),
            trend=_trend(part.ask),
            equality=("==" in part.ask) - ("!=" in part.ask),
            ordered=re.search(r"[<>](?!=)", part.ask) is not None,
        )
    return Expected(
        *common,
        symbols=known if part.form == "formula" else (),
        along=part.ask if part.ask in ALONG_SIDES else "",
        trend=_trend(part.text),
        strict=conventions.units == "stated",
        unbiased=part.ask == "weights" or not conventions.biases,
        biased=part.ask.endswith("params") and conventions.biases,
    )


def _trend(text: str) -> int:
    """Return whether a question is about what is more, 1, or less, -1."""
    return bool(_GROWS.search(text)) - bool(_SHRINKS.search(text))


def _channels(part: Part) -> int | None:
    """Return the channels of the layer whose sides are asked for; None where they are no number."""
    name, dot, quantity = part.ask.rpartition(".")
    if part.expression is None or quantity != "sides":
        return None
    channels = part.expression.other(f"{name}{dot}channels")
    return channels if isinstance(channels, int) else None


def _symbols(right: Right) -> frozenset[str]:
    parts: tuple[Any, ...] = right.value if isinstance(right.value, tuple) else (right.value,)
    flat = [n for part in parts for n in (part if isinstance(part, tuple) else (part,))]
    return frozenset().union(*(symbols_of(n) for n in flat))


def _labels(part: Part) -> tuple[tuple[str, str], ...]:
    """Return the labels that may be chosen; those that the key leads to, where it lists none."""
    if part.labels:
        return tuple(part.labels.items())
    values = [*(right.value for right in part.rights), *(candidate.value for candidate in part.candidates)]
    named = {label for value in values if isinstance(value, frozenset) for label in value}
    return tuple((label, "") for label in sorted(YES_NO if named & YES_NO else named))
