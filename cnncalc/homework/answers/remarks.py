"""Remarks behind an answer: 7600 (with biases), 55x55x96 (AlexNet), 16x16x16, the depth stays the same."""

from __future__ import annotations

import re

from cnncalc.homework.answers.vocabulary import HEDGES, NUMBERS
from cnncalc.homework.model import Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted

TAKES_BACK = HEDGES | frozenset(("wrong", "without", "no", "false", "twice", "double", "half", "excluding", "excluded"))
"""Words in brackets that make another answer of the one before them."""

NEGATION = regex(r"\b(?:not|never|isn'?t|aren'?t|wrong|neither|nor|instead of|rather than)\b|≠|!=", re.IGNORECASE)
"""What makes another answer of the one beside it."""
UNBIASED = regex(
    r"[\s,]*\(?\s*(?:with ?out|no|not counting|excluding|excl\.?|ohne|sans|sin)(?: (?:the|any|die|les|los))?"
    r" (?:bias(?:es|e)?|biais|sesgos?)(?: (?:terms?|included|counted))?\)?",
    re.IGNORECASE,
)
"""What says that biases are not counted."""
UNSEEN = regex(
    r"\s*\b(?:(?:is|are|was|were|that|which|wird|werden|est|sont)\s+)*(?:never|not|nicht|nie|jamais|nunca)\s+"
    r"(?:seen|covered|used|visited|reached|read|abgedeckt|gesehen|erfasst|benutzt|genutzt|vue?s?|couverte?s?|utilisée?s?)\b"
    r"|(?:没有?|未)被?(?:覆盖|用到|使用)",
    re.IGNORECASE,
)
"""What says that no window covers a row or column."""
_REMARK = regex(r"(?P<kept>.*[\d\w%)])\s+\((?P<remark>[^()]*[^\W\d]{2}[^()]*)\)")
_ASIDE = regex(r"(?P<kept>[\w%)\]])[ \t]*\((?:[^()\n]*[^\W\d]{2}[^()\n]*)\)[ .]*$", re.MULTILINE)
CHANGES = (
    TAKES_BACK
    | NUMBERS.keys()
    | frozenset(("but", "if", "only", "except", "unless", "then", "after", "before", "halved", "doubled"))
)
"""Words that a clause behind an answer must not have."""

_CLAUSE = regex(
    r"(?P<kept>.*[\w)\]])(?:\s*[,;]|\s+-{1,2}|(?=\s+(?:since|because|where|as|weil|parce|porque)\b))\s+"
    r"(?P<clause>[^\d,;]*[^\W\d]{3}[^\d,;]*)",
    re.IGNORECASE,
)
UNCHANGED = regex(
    r"\b(?:does|do|is|are|will)(?: not|n't) (?:be )?(?:change|affect|alter|touch)\w*|\bno (?:change|effect)\b"
)
_SETTING = regex(
    r"(?P<kept>.*[\w)\]])(?:\s*[,;]\s*(?:and )?(?P<clause>(?:no|zero|without|same|valid) pad(?:ding)?"
    r"|(?:with )?(?:stride|padding|pad|kernel|s|p|k|f)\s*(?:=|of|:)?\s*\d+(?:x\d+)?)"
    r"|\s+(?P<place>(?:after|behind) (?:the )?(?:[^\W\d]+ )?(?:conv(?:olution)?s?|layers?|pool(?:ing)?)(?: ?\d+)?))",
    re.IGNORECASE,
)
"""A field of the layer behind the size that comes out: 29x29x32, no padding; or the place: after the last conv."""
_WORD = regex(r"[a-z][a-z']*")


def without_remark(text: str, what: str = "number") -> tuple[str, tuple[str, ...]]:
    """Return an answer without the remark behind it, and a note; raises Unreadable where it takes the answer back."""
    match = _REMARK.fullmatch(text)
    if match is None:
        return text, ()
    article = "an" if what[0] in "aeiou" else "a"
    if not TAKES_BACK.isdisjoint(_WORD.findall(UNCHANGED.sub("", match["remark"].lower()))):
        raise Unreadable(f"{quoted(match['remark'])} beside {article} {what} is not read: write the {what} alone")
    return match["kept"], (f"{quoted(match['remark'])} was not read",)


def without_brackets(text: str) -> str:
    """Return an answer without what stands in brackets behind it in words: 4 (8 in total)."""
    return _ASIDE.sub(r"\g<kept>", text)


def without_clauses(text: str, form: str) -> tuple[str, tuple[str, ...]]:
    """Return a size without the clauses behind it that give no number and change none, and a note on each."""
    notes: list[str] = []
    while form in ("volume", "sides", "pad", "unknowns"):
        setting = _SETTING.fullmatch(text) if form in ("volume", "sides") else None
        match = setting or _CLAUSE.fullmatch(text)
        if not match or not (
            setting or CHANGES.isdisjoint(re.findall(r"[^\W\d]+", UNCHANGED.sub("", match["clause"].lower())))
        ):
            break
        notes.insert(0, f"{quoted(text[match.end('kept') :].strip(' ,;-'))} was not read")
        text = match["kept"]
    return text, tuple(notes)
