"""Answers of several statements, on one line or many: the last one is the answer, and those before it lead there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import prod

from cnncalc.homework.answers.answer_spec import Wanted
from cnncalc.homework.answers.numbers import read_number
from cnncalc.homework.answers.vocabulary import FILLERS, TOTALS
from cnncalc.homework.answers.words import name_of
from cnncalc.homework.model import Given, Unreadable
from cnncalc.problem import quoted

MOST_STATEMENTS = 40

_PARTED = re.compile(
    r"\s*(?:[\r\n;]|->|=>|[→⇒∴]|(?:[,.]\s*)?\b(?:so|thus|hence|therefore)\b[:,]?"
    r"|,\s+(?=[^\W\d][\w ]{0,40}[:=]\s*\d))\s*"
    r"|(?<=\d)[,.]?\s+(?=[\[(]\d+(?:\s*[x×,]\s*\d+)+[\])])|(?<=\d),\s+(?=\d+\s*[x×]\s*\d)",
    re.IGNORECASE,
)
"""What stands between two statements: (63-7)/2+1 = 29; 29x29x32, or 55 [55x55x96]."""
_OPERATOR = re.compile(r"[\d)\]]\s*[-+*/^]\s*[\d(\[]|[√⌊⌈]|\b(?:sqrt|floor|ceil)\b", re.IGNORECASE)
_LABELLED = re.compile(r"\s*(?P<label>[^\W\d][^=:]{0,60}?)\s*[=:]")
_SIZE = re.compile(r"\d\s*(?:[x×,]|by)\s*\d", re.IGNORECASE)

Read = Callable[[str, Wanted], Given]


def statements(text: str) -> list[str]:
    """Return the statements of an answer, without those that say nothing: Output volume."""
    return [piece.strip() for piece in _PARTED.split(text) if not all(word in FILLERS for word in _words(piece))]


def _words(piece: str) -> list[str]:
    return [word for word in re.split(r"[\s.,:?!]+", piece.lower()) if word]


def read_derivation(text: str, wanted: Wanted, read: Read) -> Given:
    """Read an answer with what leads to it; `read` reads a single statement. Raises Unreadable."""
    pieces = statements(text)
    if len(pieces) > MOST_STATEMENTS:
        raise Unreadable(f"the answer has {len(pieces)} statements, more than the {MOST_STATEMENTS} that are read")
    if not pieces:
        raise Unreadable("nothing is written")
    at, answer = _answer(pieces, wanted, read)
    given = Given(**answer.__dict__)
    given.text = text.strip()
    for n, piece in enumerate(pieces):
        if n != at:
            given.notes = (*given.notes, *_step(piece, given, wanted, read, last=pieces[at], behind=n > at))
    return given


def _answer(pieces: Sequence[str], wanted: Wanted, read: Read) -> tuple[int, Given]:
    """Return which statement is the answer: the last one, or of a volume the last that is one."""
    refused: Unreadable | None = None
    for at in range(len(pieces) - 1, -1, -1):
        try:
            return at, _statement(pieces[at], wanted, read)
        except Unreadable as error:
            refused = refused or error
            if wanted.form != "volume":
                break
    assert refused is not None
    raise refused


def _statement(text: str, wanted: Wanted, read: Read) -> Given:
    """Read the statement that is the answer; one number for a size, padding or an unknown may be a calculation."""
    try:
        return read(text, wanted)
    except Unreadable:
        if wanted.form == "volume" and "=" in text:
            return _with_count(text, wanted, read)
        if wanted.form in ("sides", "pad") or (wanted.form == "unknowns" and len(wanted.names) == 1):
            return _one_number(text, wanted)
        raise


def _one_number(text: str, wanted: Wanted) -> Given:
    """Read a calculation with a whole result where a single number stands for all sides, ends or the one unknown."""
    labelled = _LABELLED.match(text)
    other = labelled and not _OPERATOR.search(labelled["label"]) and not _fits(labelled["label"], wanted)
    if other or (_SIZE.search(text) and not _OPERATOR.search(text)):
        raise Unreadable(f"{quoted(text)} is not read: write one number")
    found = read_number(text, _PLAIN)
    if (
        not isinstance(found.value, int)
        or found.step is not None
        or any("as a product" in note for note in found.notes)
    ):
        raise Unreadable(f"{quoted(text)} is no whole number")
    value = found.value
    forms = {"sides": (value,) * wanted.sides, "pad": ((value, value),)}
    return Given(text, wanted.form, forms.get(wanted.form) or {wanted.names[0]: value}, notes=found.notes)


def _fits(label: str, wanted: Wanted) -> bool:
    if wanted.form != "unknowns":
        return True
    return name_of(label, wanted.names) is not None or all(word in FILLERS for word in label.lower().split())


def _with_count(text: str, wanted: Wanted, read: Read) -> Given:
    """Read a volume with the number of its values behind it, 29x29x32 = 26,912 values, which must be right."""
    volume, _, rest = text.partition("=")
    given, count = read(volume.strip(), wanted), read_number(rest.strip(" ="), _PLAIN)
    if count.value != prod(given.value.sides) * given.value.channels:
        raise Unreadable(f"{quoted(text)} is no equation: write the volume alone")
    return given


_PLAIN = Wanted("number", "", "either", 1000, 1024)
"""A number of whatever kind."""


def _step(piece: str, given: Given, wanted: Wanted, read: Read, *, last: str, behind: bool) -> tuple[str, ...]:
    """Return notes on a statement beside the answer; raises Unreadable where it may be another answer."""
    if given.form in ("volume", "sides", "pad") and _SIZE.search(piece) and not _OPERATOR.search(piece):
        if read(piece, wanted).value == given.value:
            return ()
        raise Unreadable(f"{quoted(piece)} and {quoted(last)} are two answers: write one alone")
    number = read_number(piece, wanted if wanted.form == "number" else _PLAIN)
    worked = _OPERATOR.search(piece) or (wanted.form == "number" and _SIZE.search(piece))
    labelled, end = _LABELLED.match(piece), _LABELLED.match(last)
    summed = labelled is not None and end is not None and not TOTALS.isdisjoint(end["label"].lower().split())
    same = number.value in (given.value, *(other.value for other in given.others))
    if not (worked or summed or same) or (behind and wanted.form != "volume"):
        raise Unreadable(f"{quoted(piece)} and {quoted(last)} are two answers: write the one that is meant last")
    return number.notes
