"""What a student wrote, understood: the text of an answer, and the part that it answers, to a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module

from cnncalc.homework.answers.answer_spec import Expected, expected_of
from cnncalc.homework.answers.clean import clean, lines_of
from cnncalc.homework.answers.corrections import corrected
from cnncalc.homework.answers.plain import read_plain
from cnncalc.homework.answers.remarks import NEGATION, UNBIASED, UNSEEN, without_clauses, without_remark
from cnncalc.homework.model import Given, Part, TwoAnswers, Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted

LONGEST = 300
"""Characters that an answer may have."""

LONGEST_DERIVATION = 1_000
"""Characters that the statements of an answer may have together."""

DERIVED = ("volume", "sides", "pad", "number", "formula", "unknowns")
"""Forms of answers that a calculation may lead to."""

REMARKED = ("volume", "sides", "pad", "unknowns")
"""Forms whose readers leave remarks behind an answer to this file."""

READERS = {
    "volume": "volumes.read_volume",
    "sides": "sides.read_sides",
    "pad": "sides.read_sides",
    "number": "numbers.read_number",
    "tensor": "tensors.read_tensor",
    "formula": "numbers.read_formula",
    "choice": "words.read_choice",
    "unknowns": "words.read_unknowns",
}
"""The reader of each form; each is loaded when it is needed, for a single answer needs one."""


@cache
def _reader(form: str) -> Callable[[str, Expected], Given]:
    module, _, name = READERS[form].partition(".")
    reader: Callable[[str, Expected], Given] = getattr(import_module(f"{__name__}.{module}"), name)
    return reader


_BLANK = regex(
    r"[\W_]*|n\s*/?\s*a|nan|null|tbd|todo|idk|dunno|skip(?:ped)?|blank|empty|pass|unknown|no (?:idea|answer|clue)"
    r"|(?:sorry,? )?(?:i )?(?:do not|don't|dont) know.{0,20}|not sure",
    re.IGNORECASE,
)


_DOUBT = r"(?:i )?(?:think|guess|believe|suppose)|(?:i'?m )?(?:not sure|unsure)|maybe|perhaps|probably"
_PLAIN = regex(r"(?:[\d\sx×,()*\[\]]|\.(?!\.))*")
"""An answer without words and signs: 29x29x32, 7,600."""
_UNSURE = regex(
    rf"(?P<sure>.*?(?:[^\W_]|[)\]%²]))(?:\s*\(?\?+\)?|[\s,;(-]+(?:{_DOUBT})\)?[.!]*)+", re.IGNORECASE | re.DOTALL
)
_LETTERED = regex(r"^\(?[a-h]\)\s+(?=[\d(\[])")
"""The letter of a question before its answer."""
_OPEN = regex(r".*\d\s*[x×]", re.IGNORECASE | re.DOTALL)
"""What ends in a sign between two numbers, so that a question mark stands for one of them: 29x29x?"""


def is_blank(text: str) -> bool:
    """Return whether nothing was answered: an empty cell, a dash, a question mark, "I don't know"."""
    if len(text) >= 60 or text.strip() == "Null":  # the German zero
        return False
    return not text or text.isspace() or bool(_BLANK.fullmatch(clean(text)[0].strip(" .!")))


def read_answer(text: str, part: Part) -> Given:
    """Understand an answer; raises Unreadable, in one line that says what would be understood."""
    return _read(text, expected_of(part))


def read_partly(text: str, part: Part) -> Given:
    """Read what is understood of an answer that is not understood whole; raises Unreadable, as `read_answer` does.

    Such a reading, `partial`, may turn out to be right, but is never wrong.
    """
    try:
        return read_answer(text, part)
    except TwoAnswers:
        raise
    except Unreadable as error:
        given = _partly(text, expected_of(part)._replace(partly=True), str(error))
        if given is None:
            raise
        return given


def _partly(text: str, expected: Expected, reason: str) -> Given | None:
    from cnncalc.homework.answers.partial import parts_of

    for part, left_out in parts_of(text, expected):
        try:
            given = Given(**_read(part, expected).__dict__)
        except Unreadable:
            continue
        notes = (f"{left_out and quoted(left_out, 60)} was not read",) if left_out else ()
        given.others = tuple(Given(**other.__dict__) for other in given.others)
        for one in (given, *given.others):
            one.text, one.partial, one.notes = text.strip(), reason, (*one.notes, *notes)
        return given
    return None


@lru_cache(maxsize=50_000)
def _read(text: str, expected: Expected) -> Given:
    """Read an answer as one statement, and where that is none, as several that lead to the last one."""
    plain = read_plain(text, expected)
    if plain is not None:
        return plain
    if expected.form == "tensor":  # whose lines are its rows
        return _reader(expected.form)(text, expected)
    written = text
    if len(text) <= LONGEST_DERIVATION and not _PLAIN.fullmatch(text):
        text = corrected(text, _choices(expected))
    if expected.form in DERIVED and not _PLAIN.fullmatch(text):
        from cnncalc.homework.answers.notation import normalised, printed_total

        text = (printed_total(text) if expected.form == "number" else text).strip()
        if len(text) > LONGEST_DERIVATION:
            raise too_long(text)
        text = normalised(text, expected.form)
    given = _read_lines(text, expected)
    given.text = written.strip()
    return given


def _choices(expected: Expected) -> frozenset[str]:
    """Return the words that a choice may begin with; none where the answer is a number."""
    if expected.form != "choice":
        return frozenset()
    from cnncalc.homework.answers.words import first_words

    return first_words(expected)


def too_long(text: str) -> Unreadable:
    return Unreadable(f"the answer has {len(text):,} characters, more than the {LONGEST} that are read")


def _read_lines(text: str, expected: Expected) -> Given:
    lines = lines_of(text)
    derivable = expected.form in DERIVED and len(text) <= LONGEST_DERIVATION
    if derivable and (len(lines) > 1 or _reasoned(text)):
        derived = _derived(lines, text, expected)
        if isinstance(derived, Given):
            return derived
        if "=" in text:
            raise derived
    try:
        return _statement(text, expected)
    except Unreadable:
        found = _derived(lines, text, expected) if derivable else None
        if isinstance(found, Given):
            return found
        if isinstance(found, TwoAnswers):
            raise found from None
        raise


def _derived(lines: Sequence[str], text: str, expected: Expected) -> Given | Unreadable:
    """Return what a derivation leads to, or why it is not read."""
    from cnncalc.homework.answers.derivation import read_derivation

    cleaned = [clean(line) for line in lines]
    try:
        given = read_derivation([line for line, _ in cleaned if line], expected, _statement)
    except Unreadable as reason:
        return reason
    given.text = text.strip()
    given.notes = tuple(dict.fromkeys((*(note for _, notes in cleaned for note in notes), *given.notes)))
    return given


def _reasoned(text: str) -> bool:
    """Return whether a calculation stands behind an answer: 29x29x32 ((63-7)/2+1 = 29)."""
    return "=" in text and text.rstrip(" .$*").endswith((")", "]"))


def _statement(text: str, expected: Expected) -> Given:
    if len(text) > LONGEST:
        raise too_long(text)
    bare, notes = clean(text)
    if expected.along == "left_over":
        bare = UNSEEN.sub("", bare)
    if not bare:
        raise Unreadable("nothing is written")
    if expected.form in DERIVED:
        bare = _LETTERED.sub("", bare)
    unsure = _UNSURE.fullmatch(bare)
    if unsure and not _OPEN.fullmatch(unsure["sure"]):
        doubt = bare[len(unsure["sure"]) :].strip(" ,;-")
        bare, notes = unsure["sure"], (*notes, f"{quoted(doubt)} was left out")
    if expected.form in REMARKED and bare.endswith(")") and not any(map(str.isdigit, bare[bare.rfind("(") :])):
        bare, more = without_remark(bare, "answer")
        notes = (*notes, *more)
    try:
        given = _reader(expected.form)(bare, expected)
    except Unreadable:
        kept, more = without_clauses(bare, expected.form)
        if not more:
            raise
        given, notes = _reader(expected.form)(kept, expected), (*notes, *more)
        bare = kept
    if expected.biased and UNBIASED.search(bare):
        raise Unreadable(f"{quoted(bare)} leaves out the biases, which count: write the number with them")
    if expected.form in DERIVED and NEGATION.search(bare):
        what = "one number" if expected.form == "number" else "the answer"
        raise Unreadable(f"{quoted(bare)} says more than one thing: write {what} alone")
    given.text = text.strip()
    if notes:
        given.notes = (*notes, *given.notes)
        for other in given.others:
            other.notes = (*notes, *other.notes)
    return given


__all__ = ["LONGEST", "Unreadable", "is_blank", "read_answer", "read_partly"]
