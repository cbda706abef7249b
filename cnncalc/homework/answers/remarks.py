"""Remarks in brackets behind an answer: 7600 (with biases), 55x55x96 (AlexNet)."""

from __future__ import annotations

import re

from cnncalc.homework.answers.vocabulary import HEDGES
from cnncalc.homework.model import Unreadable
from cnncalc.problem import quoted

TAKES_BACK = HEDGES | frozenset(("wrong", "without", "no", "false", "twice", "double", "half"))
"""Words in brackets that make another answer of the one before them."""

_REMARK = re.compile(r"(?P<kept>.*[\d\w%)])\s+\((?P<remark>[^()]*[^\W\d]{2}[^()]*)\)")
_WORD = re.compile(r"[a-z][a-z']*")


def without_remark(text: str, what: str = "number") -> tuple[str, tuple[str, ...]]:
    """Return an answer without the remark behind it, and a note; raises Unreadable where it takes the answer back."""
    match = _REMARK.fullmatch(text)
    if match is None:
        return text, ()
    article = "an" if what[0] in "aeiou" else "a"
    if not TAKES_BACK.isdisjoint(_WORD.findall(match["remark"].lower())):
        raise Unreadable(f"{quoted(match['remark'])} beside {article} {what} is not read: write the {what} alone")
    return match["kept"], (f"{quoted(match['remark'])} was not read",)
