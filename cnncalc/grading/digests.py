"""Digests that people see in files of decisions: of a key, an answer, and a submission."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cnncalc.homework.model import Key, Mark

DIGITS = 12


def key_id(key: Key) -> str:
    """Return a digest of what a key asks, what is right, and for how many points; other words do not change it."""
    return _digest(tuple(f"{part.id}\0{part.points}\0{part.right.text}" for part in key.parts.values()))


def content_of(data: bytes) -> str:
    """Return a digest of what was handed in."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def answer_digest(mark: Mark, content: str) -> str:
    """Return what equal answers share: the question with its right value, and the answer, as understood or as written.

    Blank answers are equal within one submission alone, whose `content` may hold what was not read.
    """
    verdict = mark.before or mark.verdict
    if verdict == "blank":
        about: tuple[str, ...] = ("blank", content)
    elif mark.read and _is_exact(mark):
        about = ("read", mark.read)
    else:
        about = ("written", " ".join(mark.given.lower().split()))
    notes = mark.notes if verdict == "right" else ()
    return _digest((mark.part.id, mark.part.right.text, *about, *(("followed",) if mark.followed else ()), *notes))


def _is_exact(mark: Mark) -> bool:
    """Return whether an answer as it is shown is the whole answer, and not a number that was rounded for that."""
    return mark.part.form != "number" or mark.read.replace(",", "").isdigit()


@lru_cache(100_000)
def _digest(texts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
