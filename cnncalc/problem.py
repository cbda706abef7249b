"""Problems: what is wrong, where, and how to fix it; one type for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

CODES = {
    "E101": "yaml",
    "E102": "duplicate",
    "E103": "key",
    "E104": "missing",
    "E105": "value",
    "E106": "chain",
    "E107": "expression",
    "E108": "kind",
    "E109": "name",
    "E110": "ambiguous",
    "E111": "argument",
    "E112": "limit",
    "E113": "reserved",
    "E114": "file",
    "E115": "unknown",
    "E116": "recursion",
    "E117": "structure",
    "E118": "symbol",
    "E121": "package",
    "E122": "device",
    "E123": "memory",
    "E124": "numbers",
    "E125": "model",
    "E126": "operation",
    "E201": "kernel",
    "E202": "sides",
    "E203": "groups",
    "E204": "merge",
    "E205": "check",
    "E206": "expect",
    "E207": "volume",
    "E208": "output_pad",
    "E209": "pad",
    "E210": "channels",
    "E211": "shared",
    "H701": "answer",
    "H702": "tolerance",
    "H703": "ask",
    "H704": "quiz",
    "H705": "roster",
    "H706": "decision",
}
"""Every code and its name; E1xx text and names, E2xx shapes, H7xx homework."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A text and what it is called in messages: a path, `<stdin>`, or `<command line>`."""

    name: str
    text: str
    _starts: list[int] = field(default_factory=list, repr=False)

    def line_starts(self) -> list[int]:
        if not self._starts:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts.extend(starts)
        return self._starts

    def line(self, number: int) -> str:
        """Return line `number`, counted from 1, without its line break."""
        starts = self.line_starts()
        if not 1 <= number <= len(starts):
            return ""
        start = starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


class Place(NamedTuple):
    """Where something stands: line and column count from 1, `length` characters wide."""

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{visible(self.source.name)}:{self.line}:{self.column}"


class Call(NamedTuple):
    """One step of the way into a block: which block, called where, for which part of the network."""

    block: str
    where: Callable[[], Place]
    path: str

    @property
    def place(self) -> Place:
        return self.where()

    def __str__(self) -> str:
        where = f" ({self.path})" if self.path else ""
        return f"in {self.block}, called at {self.place.line}:{self.place.column}{where}"


def index_of(place: Place) -> int:
    """Return the index of a place in its source."""
    return place.source.line_starts()[place.line - 1] + place.column - 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in one line, lower case, with both numbers that disagree.

    `calls` leads from the innermost block outwards; `more` counts further calls with the same problem.
    """

    code: str
    message: str
    place: Place | None = None
    hint: str | None = None
    calls: tuple[Call, ...] = ()
    more: int = 0

    @property
    def name(self) -> str:
        return CODES[self.code]

    def headline(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.code} {self.name}: {self.message}"

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int = 100) -> str:
        """Write the headline, the calls, `width` characters of the line with carets under it, and the remedy."""
        lines = [self.headline()]
        if self.calls:
            shown = self.calls if len(self.calls) <= 6 else (*self.calls[:3], None, *self.calls[-2:])
            for call in shown:
                lines.append(f"  {call}" if call else f"  … {len(self.calls) - 5} calls between …")
        if self.more:
            lines.append(f"  and {self.more} more call{'s' if self.more > 1 else ''}")
        if self.place:
            lines.extend(excerpt(self.place, width))
        if self.hint:
            lines.append(f"  help: {self.hint}")
        return "\n".join(lines)


def excerpt(place: Place, width: int = 100) -> Iterator[str]:
    """Yield the source line and the carets, cut to `width` around the place."""
    line = place.source.line(place.line)
    if not line.strip():
        return
    start = place.column - 1
    cut = max(0, start - width // 2) if len(line) > width else 0
    shown = line[cut : cut + width]
    # Tabs and control characters would shift the carets or the terminal.
    shown = "".join(c if c.isprintable() else " " for c in shown)
    length = max(1, min(place.length, len(shown) - (start - cut)))
    yield f"  {'…' if cut else ''}{shown}{'…' if cut + width < len(line) else ''}"
    before, under = shown[: start - cut], shown[start - cut : start - cut + length]
    yield f"  {' ' * (columns(before) + bool(cut))}{'^' * max(1, columns(under))}"


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two a wide character, none a mark above a letter."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(c) in ("W", "F") else not combining(c) for c in text)


class Problems(Exception):  # noqa: N818  # it is plural: a text has several
    """All problems of one text, sorted by place; raised when no answer can be given without fixing them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=_position)
        super().__init__("\n".join(map(str, self.problems)))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def __reduce__(self) -> tuple[type[Problems], tuple[list[Problem]]]:
        return type(self), (self.problems,)  # so that a worker process can hand them over


class NoAnswer(Problems):
    """No answer can be given, though the spec may be fine: a package, a device, memory or a file is missing."""


class ShapeWarning(UserWarning):
    """A shape may be meant in another way than it is read; the message has a number of either reading."""


class SkippedWarning(UserWarning):
    """Something in a folder that is searched cannot be read, and the search goes on without it."""


def _position(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.source.name, place.line, place.column) if place else ("", 0, 0)


def new_problems(problems: Iterable[Problem], found: Iterable[Problem]) -> list[Problem]:
    """Return the problems of shape inference that parsing has not reported at the same location."""
    reported = {p.place[:3] for p in problems if p.place}
    return [p for p in found if not p.place or p.place[:3] not in reported]


def nearest(word: str, known: Iterable[str], at_most: int = 3, least: float = 0.6) -> list[str]:
    """Return the known words closest to `word`, best first, among the last thousand; `least` is their likeness."""
    return list(_nearest(word, tuple(known)[-1000:], at_most, least))


@lru_cache(maxsize=1000)
def _nearest(word: str, known: tuple[str, ...], at_most: int, least: float) -> tuple[str, ...]:
    from difflib import get_close_matches

    if len(word) > 60:
        return ()
    by_lower = {k.lower(): k for k in known}
    found = get_close_matches(word.lower(), by_lower, n=at_most, cutoff=least)
    return tuple(by_lower[k] for k in found)


def did_you_mean(word: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """Return `did you mean 'a' or 'b'?`, or None when nothing comes near."""
    found = [name for name in nearest(word, known, least=least) if name != word]  # a word may be known elsewhere
    return f"did you mean {' or '.join(map(quoted, found))}?" if found else None


def listed(words: Iterable[str], last: str = "and") -> str:
    """Write a, b and c."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end


def visible(text: str, keep: str = "") -> str:
    """Return a text harmless in a terminal or a page: a dot for each control or bidirectional character."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c in keep else "·" for c in text)


_STEERING = re.compile(
    r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""What may steer a terminal, or turn the order of what is read: control and bidirectional characters."""


def visible_lines(text: str) -> str:
    """Return text of several lines with a dot for each control or bidirectional character; tabs stay."""
    return _STEERING.sub("·", text)


def escaped_json(text: str) -> str:
    """Return JSON with its control and bidirectional characters, which stand in strings alone, as escapes."""
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def quoted(word: str, width: int = 40) -> str:
    """Quote a word of the text as it stands, cut when long, harmless in a terminal."""
    return f"'{visible(word)}'" if len(word) <= width else f"'{visible(word[: width - 1])}…'"
