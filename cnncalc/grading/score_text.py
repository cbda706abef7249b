"""How scores and names are written for people and their programs."""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction

RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""

_UNSAFE = re.compile(r"[^\w.@+ -]+")
LONGEST_NAME = 80


def score_text(score: Fraction) -> str:
    """Write points with two decimals at most: 7, 0.5, 0.33."""
    if score.denominator == 1:
        return str(score.numerator)
    return f"{float(score):.2f}".rstrip("0").rstrip(".")


def of_text(score: Fraction, most: Fraction) -> str:
    return f"{score_text(score)} of {score_text(most)}"


def file_name(student: str) -> str:
    """Return a name for a student's file: no path, nothing that a shell or Windows takes for something else.

    A name that had to be changed gets a digest of the whole one, so that two students never share a file.
    """
    safe = _UNSAFE.sub("_", student).strip("._-+ ")
    while len(safe.encode()) > LONGEST_NAME:
        safe = safe[:-1]
    if safe == student and not RESERVED.fullmatch(safe):
        return safe
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe or 'student'}-{digest}"
