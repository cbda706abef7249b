"""What the writer of an answer takes back: 55x55, no wait, 56x56; ~~4320~~ 4360; it is not 7500 but 7600."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnncalc.patterns import regex

_TAKEN_BACK = regex(
    r"(?:(?<!\w)(?:(?:or|oh|ah|hm+|so)[,.!]?\s+)?(?:(?:no|nein|non)[,.!]*\s+)?(?:"
    r"wait|oops|ups|upps|sorry|pardon|perdón|perdon|scratch that|strike that|i mean|i meant|make that|actually"
    r"|should be|(?:or|oder|ou|o) (?:rather|vielmehr|eher|plutôt|mejor)"
    r"|(?:correction|edit|fix|korrektur|corrección)\s*:"
    r"|moment|quatsch|ich meine|besser gesagt|je veux dire|mejor dicho|quiero decir|en realidad|en fait|eigentlich"
    r"|(?:no|nope|nein|non)(?=(?:\s*[,.:!]+|\s+-+)\s*[\w(\[\\$])|(?:no|nein|non)(?=\s+[\d(\[])"
    r")(?![^\W\d_])|更正|修正|不对|应该是)[\s,;.:!-]*",
    re.IGNORECASE,
)
"""Words that take back what stands before them."""
_NOT_BUT = regex(
    r"\b(?:not|nicht|pas|no)\s+[^;\n]{1,40}?,?\s+(?:but(?: rather)?|sondern|mais|sino)\s+|不是[^;\n]{1,40}?而是",
    re.IGNORECASE,
)
_STRUCK = regex(r"~~(?=\S)[^~\n]+~~|<(s|del|strike)>[^<>\n]*</\1>|\\(?:sout|cancel|st)\s*\{[^{}\n]*\}", re.IGNORECASE)
_FIRST = regex(r"[\W_]*([^\W_]+)")
_DIGIT = regex(r"\d")
_WHY = regex(r"[^:\d=]{0,40}(?:[+-]\s?\d[^:\d=]{0,20})?:\s*(?=[\d(\[])")
"""What was wrong before: forgot the +1: 42x42x24."""


def corrected(text: str, words: Iterable[str] = ()) -> str:
    """Return an answer from where its writer took another one back; a text without such words as it is.

    What is given again has a number, or begins with one of the `words` that may be chosen.
    """
    if "~~" in text or "</" in text or "\\" in text:
        text = _STRUCK.sub(" ", text)
    text = _NOT_BUT.sub(" ", text)
    start = 0
    for match in _TAKEN_BACK.finditer(text):
        before, after = text[start : match.start()], text[match.end() :]
        if _anew(match[0], before, after, words):
            why = None if words else _WHY.match(after)
            start = match.end() + (why.end() if why else 0)
    return text[start:]


def _anew(mark: str, before: str, after: str, words: Iterable[str]) -> bool:
    """Return whether an answer stands behind a mark, and in front of it one that it takes back."""
    if not words:
        return _DIGIT.search(before) is not None and _DIGIT.search(after) is not None
    first = _FIRST.match(after)
    return first is not None and first[1].lower() in words and mark.lower().split()[-1].strip(" ,.;:!-") not in words
