"""The tree of a text: scalars, mappings and sequences with their locations, down to each character."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from cnncalc.problem import Place, Source

BREAK = "(?:\r\n|[\n\r\x85\u2028\u2029])"
_BREAK_AND_MORE = rf"{BREAK}(?:[ \t]|{BREAK})*"
_FOLD = rf"[ \t]*{_BREAK_AND_MORE}"

# What one character of a value is written as, by style; compiled for the values that need it.
_WRITTEN = {
    None: rf"{_FOLD}|.",
    "'": rf"{_FOLD}|''|.",
    '"': rf"\\{_BREAK_AND_MORE}|{_FOLD}|\\x..|\\u.{{4}}|\\U.{{8}}|\\.|.",
}
_BREAKS = re.compile(BREAK)


@dataclass(slots=True, eq=False)
class Scalar:
    """A text. `start` and `end` bound it in the source, quotes included; `style` is None when plain, else ' " | >."""

    source: Source
    text: str
    start: int
    end: int
    style: str | None
    reported: bool = False
    """Whether it has a problem that is reported already, so that what else seems wrong in it may come of that."""
    _indices: list[int] | None = field(default=None, init=False, repr=False)
    _verbatim: bool | None = field(default=None, init=False, repr=False)  # the source has it unescaped

    def place(self, offset: int = 0, length: int | None = None) -> Place:
        """Return the location of `length` characters of the text from `offset` on, at most to the end of the line."""
        if not self.text:
            return place_of(self.source, self.start, self.end - self.start)
        stop = len(self.text) if length is None else offset + length
        first = self._index(offset)
        return place_of(self.source, first, max(1, self._index(stop) - first))

    def _index(self, offset: int) -> int:
        """Return the index in the source of the character at `offset`, or of what follows the last one."""
        shift = 1 if self.style in ("'", '"') else 0
        if self._verbatim is None:
            self._verbatim = self.source.text[self.start + shift : self.end - shift] == self.text
        if self._verbatim:
            return self.start + shift + min(offset, len(self.text))
        if self._indices is None:
            # Cached, because it is needed repeatedly; only texts with escapes or line breaks come here.
            self._indices = self._align()
        return self._indices[min(offset, len(self.text), len(self._indices) - 1)]

    def _align(self) -> list[int]:
        """Find the source index of every character of the text, and of the end."""
        raw = self.source.text
        if self.style in ("|", ">"):
            found = [*_block_indices(raw, self.start, self.end, self.text, self.style == ">")]
            return [*found[: len(self.text)], max(self.start, len(raw[: self.end].rstrip()))]
        shift = 1 if self.style else 0
        found = []
        pattern = re.compile(_WRITTEN[self.style], re.DOTALL)
        for written in pattern.finditer(raw, self.start + shift, self.end - shift):
            if written.end() - written.start() == 1 and written[0] not in "\n\r\x85\u2028\u2029":
                found.append(written.start())
            else:
                found.extend(_folded(written))
        return [*found[: len(self.text)], self.end - shift]


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys and their values, in the order of the text, no key twice."""

    source: Source
    pairs: list[tuple[Scalar, Node]]
    start: int
    end: int
    reported: bool = False
    """Whether pairs are missing because of a problem that is reported already."""

    def place(self) -> Place:
        return place_of(self.source, self.start, self.end - self.start)


@dataclass(slots=True, eq=False)
class Sequence:
    """A list; `flow` when it is written in [ ]."""

    source: Source
    items: list[Node]
    start: int
    end: int
    flow: bool

    def place(self) -> Place:
        return place_of(self.source, self.start, self.end - self.start)


Node: TypeAlias = Scalar | Mapping | Sequence


def nodes(root: Node | None) -> Iterator[Node]:
    """Yield a node and all below it, in no order of the text; nothing for no tree."""
    stack = [] if root is None else [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Mapping):
            stack.extend(part for pair in node.pairs for part in pair)
        elif isinstance(node, Sequence):
            stack.extend(node.items)


def place_of(source: Source, index: int, length: int = 1) -> Place:
    """Return the place of an index of the text, clipped to its line."""
    starts = source.line_starts()
    number = bisect_right(starts, index)
    end = starts[number] - 1 if number < len(starts) else len(source.text)
    if source.text[end - 1 : end] == "\r":
        end -= 1
    return Place(source, number, index - starts[number - 1] + 1, max(1, min(length, end - index)))


def _folded(written: re.Match[str]) -> Iterator[int]:
    """Yield the index of each character that is written as an escape, a doubled quote or a run of line breaks."""
    breaks = [found.start() for found in _BREAKS.finditer(written[0])]
    start = written.start()
    if not breaks:
        yield start
    elif written[0][0] == "\\":
        yield from (start + at for at in breaks[1:])
    elif written[0][breaks[0]] in "\u2028\u2029":
        yield from (start + at for at in breaks)
    elif len(breaks) == 1:
        yield start
    else:
        yield from (start + at for at in breaks[1:])


def _block_indices(raw: str, start: int, end: int, text: str, folds: bool) -> Iterator[int]:
    """Yield the index of each character of a block scalar, and perhaps of more line breaks behind it."""
    breaks = [found.start() for found in _BREAKS.finditer(raw, start, end)]
    ends = [found.end() for found in _BREAKS.finditer(raw, start, end)]
    lines = list(zip(ends, [*breaks[1:], end], strict=True))
    first = next((line for line in lines if raw[slice(*line)].strip(" ")), None)
    indent = 0
    if first:
        content = raw[slice(*first)]
        kept = text.lstrip("\n\x85\u2028\u2029")
        indent = len(content) - len(content.lstrip(" ")) - (len(kept) - len(kept.lstrip(" ")))
    pending: list[int] = []
    before_blank = True
    for at, stop in lines:
        at = min(at + indent, stop)
        if at == stop:
            pending.append(stop)
            continue
        blank = raw[at] in " \t"
        joins = folds and not before_blank and not blank and raw[pending[0]] not in "\u2028\u2029"
        yield from pending[:1] if joins and len(pending) == 1 else pending[1 if joins else 0 :]
        yield from range(at, stop)
        pending = [stop]
        before_blank = blank
    yield from pending
