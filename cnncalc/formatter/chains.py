"""The canonical format of one chain, as edits of the text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from cnncalc.layers import SYNONYMS
from cnncalc.linter.finding import Edit
from cnncalc.linter.mentions import parts_of
from cnncalc.problem import index_of
from cnncalc.record import Record
from cnncalc.spec.chain import Argument, Call, Check, Counted, MergeWith, Part, Step, Use
from cnncalc.spec.expression import Literal, Name, Tree
from cnncalc.spec.model import Chain
from cnncalc.spec.tree import Scalar

_GAP = re.compile(r"->|→|[()*]|\s+")
_OPENING = re.compile(r"(?:\([ \t\u00a0]*)+")
_CLOSING = re.compile(r"(?:[ \t\u00a0]*\))+")
_SPACES = re.compile(r"(?<=\S)[ \t\u00a0]{2,}(?=\S)|\u00a0")


class Span(NamedTuple):
    """Characters of a scalar's text."""

    start: int
    end: int


def of_chain(chain: Chain, taken: Collection[str]) -> Iterator[Edit]:
    """Yield the edits of a chain; `taken` are bound names, which are not synonyms."""
    text = chain.text
    atoms = sorted(_atoms(chain.steps, text.text))
    for atom in atoms:
        yield from joints(text, atom)
    for part in parts_of(chain.steps):
        if isinstance(part, Call) and part.name in SYNONYMS and part.name not in taken:
            yield from rewritten(text, Span(part.start, part.start + len(part.name)), SYNONYMS[part.name].kind)
        elif isinstance(part, Part):
            yield from of_tree(text, part.tree, part.start, taken)
    for left, right in itertools.pairwise(atoms):
        yield from _gap(text, Span(left.end, right.start))
    for brackets in (_OPENING.match(text.text, 0, atoms[0].start), _CLOSING.match(text.text, atoms[-1].end)):
        if brackets:
            yield from rewritten(text, Span(*brackets.span()), "".join(brackets[0].split()))


def of_tree(text: Scalar, tree: Tree, start: int, taken: Collection[str]) -> Iterator[Edit]:
    """Yield the edits of words in an expression that begins at `start` of a scalar."""
    for part in parts_of(tree) if isinstance(tree, Record) else ():
        word = None
        if isinstance(part, Name) and part.name in SYNONYMS and part.name not in taken:
            word = SYNONYMS[part.name].kind
        elif isinstance(part, Literal) and isinstance(part.value, bool):
            word = "yes" if part.value else "no"
        if word is not None:
            at = start + part.start
            yield from rewritten(text, Span(at, at + part.length), word)


def joints(text: Scalar, span: Span | None = None) -> Iterator[Edit]:
    """Yield the edits of × and of runs of spaces in a value."""
    span = span or Span(0, len(text.text))
    written = text.text[span.start : span.end]
    found = written.replace("×", "x")
    yield from rewritten(text, span, _SPACES.sub(" ", found))


def rewritten(text: Scalar, span: Span, word: str) -> Iterator[Edit]:
    """Yield the edits that make characters of a scalar into others of the same meaning, each as small as can be."""
    before = text.text[span.start : span.end]
    if before == word:
        return
    place = _written_at(text, span)
    if place is None:
        return
    if len(before) == len(word):
        for at, (old, new) in enumerate(zip(before, word, strict=True)):
            if old != new:
                yield Edit(place.start + at, place.start + at + 1, new)
    else:
        yield Edit(place.start, place.end, word)


def _written_at(text: Scalar, span: Span) -> Span | None:
    """Return the range of characters in the source; None where escapes change their length."""
    if span.start == span.end:
        return None
    start = index_of(text.place(span.start, 1))
    end = index_of(text.place(span.end - 1, 1)) + 1
    return Span(start, end) if text.source.text[start:end] == text.text[span.start : span.end] else None


def _atoms(steps: Iterable[Step], text: str) -> Iterator[Span]:
    """Yield the words between which only spaces, arrows, brackets of groups and the sign of a count stand."""
    for step in steps:
        if isinstance(step, Counted):
            start, end = step.count.start, step.count.start + step.count.length
            yield Span(start - 1, end + 1) if text[end : end + 1] == ")" else Span(start, end)
            yield from _atoms(step.steps, text)
        elif isinstance(step, Check):
            yield Span(step.start, step.start + step.length)
        elif isinstance(step, Call):
            yield Span(step.start, step.start + len(step.name))
            yield from map(_argument, step.arguments)
        elif isinstance(step, MergeWith):
            yield Span(step.start, step.start + len(step.kind))
            yield from (Span(name.start, name.start + len(name.name)) for name in step.names)
        else:
            yield Span(step.start, step.start + len("use" if isinstance(step, Use) else "again"))
            yield Span(step.path.start, step.path.start + len(step.path.name))


def _argument(argument: Argument) -> Span:
    return Span(argument.name_start, argument.value.start + argument.value.length)


def _gap(text: Scalar, span: Span) -> Iterator[Edit]:
    """Yield the edit of what stands between two words."""
    first, last = (index_of(text.place(at, 1)) for at in (span.start - 1, span.end))
    start, end = first + 1, last
    written = text.source.text[start:end]
    tokens = _GAP.findall(written)
    if "".join(tokens) != written:  # an escape of a quoted text
        return
    spaced = _spaced(tokens)
    if spaced != written:
        yield Edit(start, end, spaced)


def _spaced(tokens: list[str]) -> str:
    """Join the tokens of a gap: one space around arrows and counts, none inside brackets, line breaks kept."""
    found = ""
    left, pending = "", " "
    for token in (*tokens, "end"):
        if token.isspace():
            pending = token if "\n" in token or "\r" in token else " "
            continue
        bare = left == "(" or token == ")"
        found += pending if pending != " " else "" if bare else " "
        left, pending = ("->" if token == "→" else token), " "
        found += "" if token == "end" else left
    return found
