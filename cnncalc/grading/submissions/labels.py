"""The grammar of labels: how a line names the question that it, or what stands below it, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Possessive, so that no line is looked at more than once from each of a few places.
_BEFORE = r"[-*+>#\s_`(（\[]*+"
_AFTER = r"[*_`]*+"
_ID = r"\w(?:[\w.．\-]{0,60}\w)?"
QUESTION = (
    r"(?:questions?|quest\.?|problem|exercise|ex\.?|part|task|aufgabe|frage|übung|pregunta|problema|ejercicio"
    r"|exercice|no\.?|nr\.?|q|#|问题|題|题)"
)
"""What stands before the number of a question."""

_FORMS = (
    # For question 1 I got 7,600; Ex. 1a) 7,600; Problem 1 - 7,600
    rf"{_BEFORE}(?:(?:for|in|to|on|zu|bei|para|pour) )?"
    rf"(?P<label>{QUESTION}[\s._:#-]{{0,3}}+{_ID}(?: ?\([a-z]\)| ?[a-z]\))?)"
    rf"(?P<sign>[)\].:,=：）、*_`]*+)(?:\s++[-–—])?+\s*+(?:(?:i|we)(?: have)? (?:got|get|found|have|calculated)\s++)?+"
    r"(?P<rest>(?:[\d(\[$\\~≈⌊√+.-]|(?:[a-z]|yes|no|none|ja|nein)\b).*|)",
    # 1a: 7,600 and 1a = 7,600
    rf"{_BEFORE}(?P<label>\w[\w .()（）．\-\[\]]{{0,60}}?){_AFTER}\s*+(?P<sign>[:=：＝])[*_`]*+\s*+(?P<rest>.*)",
    # 2 a) 7,600
    rf"{_BEFORE}(?P<label>\w[\w.]{{0,20}} \(?[a-z]\))(?P<sign>)\s++(?:[-–—]\s++)?+(?P<rest>.*)",
    # 1a) 7,600, 1a 7,600 and 1a - 7,600
    rf"{_BEFORE}(?P<label>{_ID})(?P<sign>[*_`).]*+\s|[）．、])\s*+(?:[-–—]\s++)?+(?![x×*+/=])(?P<rest>.*)",
)
ASKED, PAIR, LETTERED, FIRST = FORMS = tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)

_HEADING = re.compile(r"\s*+(?P<marks>#{1,6}\s*+|\*\*)(?P<title>[^#*]{1,200}?)(?:\*\*)?[#\s]*+:?\s*+")
_ANSWER = re.compile(
    r"(?:my |your )?(?:answer|solution|result|antwort|lösung|ergebnis|respuesta|solución|réponse|答案|解答)\s*",
    re.IGNORECASE,
)
MARKS = re.compile(r"\s*+(?:[>*+-]\s++)*+")
LONGEST_LINE = 2_000
"""Characters of a line in which a label is looked for."""


class Labelled(NamedTuple):
    """One way to part a line into a label and what is said under it."""

    form: re.Pattern[str]
    label: str
    sign: str
    rest: str


def labels_of(line: str) -> Iterator[Labelled]:
    """Yield the ways in which a line may begin with a label, the surest first."""
    line = line.rstrip()[:LONGEST_LINE]
    for form in FORMS:
        match = form.fullmatch(line)
        if match:
            yield Labelled(form, match["label"], match["sign"].strip("*_` "), match["rest"])


def heading_of(line: str) -> tuple[str, bool] | None:
    """Return the title of a heading, and whether it is marked by #; None for any other line."""
    match = _HEADING.fullmatch(line[:LONGEST_LINE])
    return (match["title"].strip(), match["marks"].startswith("#")) if match else None


def is_answer(label: str) -> bool:
    """Return whether a label says that the answer follows, whatever the question."""
    return _ANSWER.fullmatch(label) is not None
