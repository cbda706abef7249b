"""Answers with what leads to them, on one line or many: one statement is the answer, the others are steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.numbers import OPERATOR, read_formula, read_number
from cnncalc.homework.answers.vocabulary import AXES, FILLERS, SIDE_WORDS, TOTALS
from cnncalc.homework.answers.words import name_of
from cnncalc.homework.model import Given, Unreadable
from cnncalc.problem import quoted

MOST_STATEMENTS = 40

_PARTED = re.compile(
    r"\s*(?:[\r\n;]|->|=>|[→⇒∴]"
    r"|(?:[,.]\s*)?\b(?:so|thus|hence|therefore|then|finally|also ergibt sich|donc|luego|entonces)\b[:,]?(?!\w)"
    r"|(?:,|,?\s+\band\b)\s+(?=[^\W\d][\w ()/+*-]{0,40}?\s*[:=]\s*[\d(\[⌊⌈])"
    r"|(?:,|,?\s+\band\b)\s+(?=[\d(\[⌊⌈+*×/-][^,;=]{0,80}=)"
    r"|(?<=[\w)\]])\.\s+(?=[A-Z(]))\s*"
    r"|(?<=\d)[,.]?\s+(?=[\[(]\d+(?:\s*[x×,]\s*\d+)+[\])])|(?<=\d),\s+(?=\d+\s*[x×]\s*\d)",
    re.IGNORECASE,
)
"""What stands between two statements: (63-7)/2+1 = 29; 29x29x32, or 55 [55x55x96]."""
_REASON = re.compile(r"\s*[,;]?\s*\b(?:because|since|weil|parce que|puisque|porque)\b[:,]?\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(?P<answer>.*[\w)\]])\s+(?:\((?P<round>.+)\)|\[(?P<square>.+)\])\.?")
_BULLET = re.compile(r"\s*(?:[-*•+–]\s+|(?:step|schritt|étape|paso)\s*\d{1,2}\s*[:.)-]\s*)(?=\S)", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*\(?(\d{1,2})[.)]\s+(?=\S)")
_CONTINUED = re.compile(r"\s*(?:=|~|≈)")
_UNFINISHED = re.compile(r".*(?:=|[-+*×/])\s*")
_RUNNING = re.compile(r"\s*(?:[+*×/]|plus\b|times\b|minus\b)\s*(?=[\d(])", re.IGNORECASE)
_LABELLED = re.compile(r"\s*(?P<label>[^\W\d][^=:]{0,60}?)\s*(?:[=:]|\bis\b|\bare\b)\s*(?P<rest>.*)", re.IGNORECASE)
_SIZE = re.compile(r"\d\s*(?:[x×,]|by)\s*\d", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:_?\{?\(?out\)?\}?|_?[12]|')$")

Read = Callable[[str, Expected], Given]

_PLAIN = Expected("number", "", "either", 1000, 1024)
"""A number of whatever kind."""


def statements(lines: Sequence[str]) -> list[str]:
    """Return the statements of an answer in the order of the work, without those that say nothing: Output volume."""
    pieces: list[str] = []
    for line in _joined(_unnumbered(lines)):
        answer, reasons = _with_reasons(line)
        pieces += [*(piece.strip() for text in (*reasons, answer) for piece in _PARTED.split(text))]
    return [piece for piece in pieces if not all(word in FILLERS for word in _words(piece))]


def _unnumbered(lines: Sequence[str]) -> list[str]:
    """Return lines without the bullets or the numbers of a list."""
    numbers = [match and int(match[1]) for match in map(_NUMBERED.match, lines)]
    if len(lines) > 1 and numbers == [*range(1, len(lines) + 1)]:
        return [_NUMBERED.sub("", line, count=1) for line in lines]
    return [_BULLET.sub("", line, count=1) for line in lines] if len(lines) > 1 else [*lines]


def _joined(lines: Sequence[str]) -> list[str]:
    """Return lines where each begins a statement: one that begins with = goes on with the line before."""
    joined: list[str] = []
    for line in lines:
        if joined and (_CONTINUED.match(line) or _UNFINISHED.fullmatch(joined[-1])):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return joined


def _with_reasons(text: str) -> tuple[str, tuple[str, ...]]:
    """Return an answer, and the calculation behind it: 29, because (63-7)/2+1 = 29; 29 ((63-7)/2+1)."""
    parts = _REASON.split(text)
    if len(parts) == 2 and OPERATOR.search(parts[1]) and parts[0].strip():
        return parts[0], (parts[1],)
    bracket = _IN_BRACKETS.fullmatch(text)
    inside = bracket and (bracket["round"] or bracket["square"])
    if bracket and inside and "=" in inside and OPERATOR.search(inside):
        return bracket["answer"], (inside,)
    return text, ()


def _words(piece: str) -> list[str]:
    return [word for word in re.split(r"[\s.,:?!]+", piece.lower()) if word]


def read_derivation(lines: Sequence[str], expected: Expected, read: Read) -> Given:
    """Read an answer with what leads to it; `read` reads a single statement. Raises Unreadable."""
    pieces = _running(statements(lines))
    if len(pieces) > MOST_STATEMENTS:
        raise Unreadable(f"the answer has {len(pieces)} statements, more than the {MOST_STATEMENTS} that are read")
    if not pieces:
        raise Unreadable("nothing is written")
    at, answer = _answer(pieces, expected, read)
    given = Given(**answer.__dict__)
    for n, piece in enumerate(pieces):
        if n != at:
            last = pieces[at] if at is not None else None
            given.notes = (*given.notes, *_step(piece, given, expected, read, last, behind=at is not None and n > at))
    return given


def _running(pieces: Sequence[str]) -> list[str]:
    """Put the result before in front of a statement that goes on with it: 5*5*3 = 75, +1 = 76."""
    whole: list[str] = []
    for piece in pieces:
        sign = _RUNNING.match(piece)
        if sign and whole and (before := re.search(r"[\d.,]*\d(?=\W*$)", whole[-1])):
            piece = f"{before[0]} {piece}"
        whole.append(piece)
    return whole


def _answer(pieces: Sequence[str], expected: Expected, read: Read) -> tuple[int | None, Given]:
    """Return which statement is the answer, the last one that is a volume where one is asked for; None for them all."""
    refused: Unreadable | None = None
    for at in range(len(pieces) - 1, -1, -1):
        try:
            return at, _statement(pieces[at], expected, read, alone=at == len(pieces) - 1)
        except Unreadable as error:
            refused = refused or error
            if expected.form not in ("volume", "sides"):
                break
    named = _named_parts(pieces, expected)
    if named:
        return None, read(", ".join(f"{name}={value}" for name, value in named.items()), expected)
    assert refused is not None
    raise refused


def _statement(text: str, expected: Expected, read: Read, *, alone: bool) -> Given:
    """Read the statement that is the answer; one number for a size, padding or an unknown may be a calculation."""
    try:
        return read(text, expected)
    except Unreadable:
        if expected.form == "volume" and "=" in text:
            return _with_count(text, expected, read)
        single = expected.form in ("sides", "pad") or (expected.form == "unknowns" and len(expected.names) == 1)
        if single and alone:
            return _one_number(text, expected)
        raise


def _one_number(text: str, expected: Expected) -> Given:
    """Read a calculation with a whole result where a single number stands for all sides, ends or the one unknown."""
    labelled = _LABELLED.match(text)
    other = labelled and not OPERATOR.search(labelled["label"]) and not _fits(labelled["label"], expected)
    if other or (_SIZE.search(text) and not OPERATOR.search(text)):
        raise Unreadable(f"{quoted(text)} is not read: write one number")
    found = read_number(text, _PLAIN)
    product = any("as a product" in note for note in found.notes)
    if not isinstance(found.value, int) or found.step is not None or product:
        raise Unreadable(f"{quoted(text)} is no whole number")
    value = found.value
    forms = {"sides": (value,) * expected.sides, "pad": ((value, value),)}
    return Given(text, expected.form, forms.get(expected.form) or {expected.names[0]: value}, notes=found.notes)


def _fits(label: str, expected: Expected) -> bool:
    """Judge whether a label names what one number is asked for: not one axis of several, not another unknown."""
    if expected.form == "unknowns":
        return name_of(label, expected.names) is not None or all(word in FILLERS for word in label.lower().split())
    return expected.form == "pad" or expected.sides == 1 or _axes(label) != (AXES.get(label.lower()),)


def _with_count(text: str, expected: Expected, read: Read) -> Given:
    """Read a volume with the number of its values behind it, 29x29x32 = 26,912 values, which must be right."""
    volume, _, rest = text.partition("=")
    given, count = read(volume.strip(), expected), read_number(rest.strip(" ="), _PLAIN)
    if count.value != prod(given.value.sides) * given.value.channels:
        raise Unreadable(f"{quoted(text)} is no equation: write the volume alone")
    return given


def _axes(label: str) -> tuple[str | None, ...]:
    """Return which axes a label names: h for H_out, both for each side."""
    words = [
        word for word in _words(_SUFFIX.sub("", label.strip(" ()").lower())) if word not in ("the", "output", "out")
    ]
    word = " ".join(words)
    if word in SIDE_WORDS:
        return ("h", "w")
    found = AXES.get(word)
    return (found,) if found else ()


def _named_parts(pieces: Sequence[str], expected: Expected) -> dict[str, Any]:
    """Return what is said of each axis or unknown: height = (63-7)/2+1 = 29; nothing where one is missing."""
    needed: tuple[str, ...] = expected.names
    if expected.form in ("volume", "sides"):
        needed = ("h", "w", "c") if expected.sides == 2 else ()
    found: dict[str, Any] = {}
    for piece in pieces:
        labelled = _LABELLED.match(piece)
        if labelled is None or OPERATOR.search(labelled["label"]):
            continue
        name = name_of(labelled["label"], expected.names) if expected.form == "unknowns" else None
        names = (name,) if name else _axes(labelled["label"]) if expected.form in ("volume", "sides") else ()
        if not names:
            continue
        value = read_number(labelled["rest"], _PLAIN).value
        for each in names:
            if each is not None and found.setdefault(each, value) != value:
                raise Unreadable(f"{quoted(piece)} contradicts another statement: write the answer alone")
    if expected.form == "sides":
        found.pop("c", None)
        needed = needed[:2]
    return found if needed and found.keys() == {*needed} else {}


def _step(
    piece: str, given: Given, expected: Expected, read: Read, last: str | None, *, behind: bool
) -> tuple[str, ...]:
    """Return notes on a statement beside the answer; raises Unreadable where it may be another answer."""
    answer = quoted(last) if last is not None else "the rest"
    if given.form in ("volume", "sides", "pad") and _SIZE.search(piece) and not OPERATOR.search(piece):
        if read(piece, expected).value == given.value:
            return ()
        raise Unreadable(f"{quoted(piece)} and {answer} are two answers: write one alone")
    if given.form == "formula":
        return read_formula(piece, expected).notes
    number = read_number(piece, expected if expected.form == "number" else _PLAIN)
    labelled = _LABELLED.match(piece)
    if labelled and not _agrees(labelled["label"], number.value, given, expected):
        raise Unreadable(f"{quoted(piece)} contradicts {answer}: write the answer alone")
    worked = OPERATOR.search(piece) or (expected.form == "number" and _SIZE.search(piece))
    end = _LABELLED.match(last) if last is not None else None
    summed = labelled is not None and end is not None and not TOTALS.isdisjoint(end["label"].lower().split())
    given_before = labelled is not None and (
        last is None or OPERATOR.search(last) is not None or given.form == "volume"
    )
    same = number.value in (given.value, *(other.value for other in given.others))
    if not (worked or summed or given_before or same) or (behind and given.form != "volume"):
        raise Unreadable(f"{quoted(piece)} and {answer} are two answers: write the one that is meant last")
    return number.notes


def _agrees(label: str, value: Any, given: Given, expected: Expected) -> bool:
    """Judge whether what is said of one axis or of the unknown is what the answer says."""
    if given.form == "unknowns":
        name = name_of(label, expected.names)
        return name is None or given.value[name] == value
    if given.form not in ("volume", "sides") or expected.sides != 2:
        return True
    readings = [one.value for one in (given, *given.others)]
    each = [(*one.sides, one.channels) if given.form == "volume" else (*one, None) for one in readings]
    wanted_axes = [dict(zip("hwc", numbers, strict=False)) for numbers in each]
    return any(all(axes.get(axis or "") in (value, None) for axis in _axes(label)) for axes in wanted_axes)
