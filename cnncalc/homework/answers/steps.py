"""Numbers given in several parts: 27 million and 100, 1 billion 200 million."""

from __future__ import annotations

import re
from fractions import Fraction

from cnncalc.homework.answers.vocabulary import LETTERS
from cnncalc.patterns import regex

SCALES = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
WORDS = {word: SCALES[letter] for word, letter in LETTERS.items() if letter in SCALES and not word.startswith("byte")}

_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_STEP = regex(rf"(\d++(?:,\d{{3}})*+)(?:\s*({_WORD})\b)?(?:\s*,|\s+and\b)?\s*", re.IGNORECASE)


def in_steps(text: str) -> tuple[int, Fraction | None, str] | None:
    """Return a number in steps, what one in its last digit is worth, where it has thousands, and the words behind it.

    None where the text is none: each step is smaller than one of the step before.
    """
    total, below, at, steps, scale = 0, 10**15, 0, 0, 1
    while below > 1 and (match := _STEP.match(text, at)):
        scale = WORDS[match[2].lower()] if match[2] else 1
        value = int(match[1].replace(",", "")) * scale if len(match[1]) <= 20 else below
        if value >= below:
            return None
        total, below, at, steps = total + value, scale, match.end(), steps + 1
    return (total, Fraction(scale) if scale > 1 else None, text[at:]) if steps > 1 else None
