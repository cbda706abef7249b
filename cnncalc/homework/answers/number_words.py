"""English numbers in words: seven thousand six hundred is 7600, sixteen by sixteen is 16 by 16."""

from __future__ import annotations

import re

from cnncalc.patterns import regex

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
SMALL, _TENS = _WORDS.split()[:20], _WORDS.split()[20:]
_VALUES = {word: n for n, word in enumerate(SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_UNIT = "|".join(SMALL[1:10])
_BELOW_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{_UNIT}))?|(?:{'|'.join(sorted(SMALL, key=len, reverse=True))}))"
_BELOW_1000 = rf"(?:(?:(?:{_UNIT}|a) hundred(?: and)?(?: {_BELOW_100})?)|{_BELOW_100})"
_NUMBER = regex(
    rf"(?<![\w.-]){_BELOW_1000}(?: (?:thousand|million|billion),?(?: and)?(?: {_BELOW_1000}(?![\w-]))?)*(?![\w-])", re.I
)
_BESIDE = regex(r"\s*(?:x|×|by)\s", re.IGNORECASE)
_BEHIND = regex(r".*\b(?:x|×|by)\s+", re.IGNORECASE | re.DOTALL)


_SHARES = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "ninth": 9, "tenth": 10}
_SHARE = regex(rf"\b(a|{_UNIT})[ -]({'|'.join(_SHARES)}|halve)s?\b", re.IGNORECASE)


def _share(match: re.Match[str]) -> str:
    return f"{_VALUES.get(match[1].lower(), 1)}/{_SHARES.get(match[2].lower(), 2)}"


def in_digits(text: str) -> str:
    """Return a text with the numbers of several words in digits, and those of one word on either side of `by`."""
    text = text if any(map(str.isdigit, text)) else _SHARE.sub(_share, text)
    if not re.search(r"(?:hundred|thousand|million|billion|ty|teen|by|x|×)\b", text, re.IGNORECASE):
        return text

    def digits(match: re.Match[str]) -> str:
        words = re.split(r"[\s,-]+", match[0].lower())
        beside = _BESIDE.match(text, match.end()) or _BEHIND.fullmatch(text, 0, match.start())
        single = words[0] in _VALUES and _VALUES[words[0]] <= 12 and len(words) == 1
        return match[0] if single and not beside else str(_value(words))

    return _NUMBER.sub(digits, text)


def _value(words: list[str]) -> int:
    total = group = 0
    for word in words:
        if word in _SCALES:
            total, group = total + group * _SCALES[word], 0
        elif word == "hundred":
            group *= 100
        elif word != "and":
            group += 1 if word == "a" else _VALUES[word]
    return total + group
