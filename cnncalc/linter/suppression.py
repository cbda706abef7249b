"""Comments that suppress findings, and unused ones among them.

    - conv1: conv 96 11x11 stride=4   # cnncalc: ignore[W301] the paper's input
    # cnncalc: ignore[W401, W402] for the line below
    # cnncalc: ignore-file[W301]
    # cnncalc: disable[W401] … # cnncalc: enable[W401]

Without brackets every warning and note is meant; errors are switched off by name only.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cnncalc.linter.finding import Edit, Finding, Fix
from cnncalc.linter.settings import KNOWN, Selection, code_of
from cnncalc.problem import Place, Source, did_you_mean, quoted
from cnncalc.spec.tree import Node, Scalar, nodes, place_of

NEVER = ("E101", "E112", "E114")
"""Codes that comments cannot suppress: the text cannot be parsed, so neither can its comments."""

UNUSED, UNUSED_NAME = "W108", "unused-suppression"

_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*cnncalc:[ \t]*(ignore-file|ignore|disable|enable)\b(\[[^\]\n]*\])?")
_WORD = re.compile(r"[^\s,]+")


@dataclass(frozen=True, eq=False)
class Comment:
    """One comment: its keyword, the codes in its brackets (None: no brackets), the lines it applies to."""

    source: Source
    kind: str
    codes: dict[str, Place] | None  # each as written, and its location
    start: int  # of the `#`
    end: int  # after the bracket
    place: Place
    lines: range

    def holds(self, finding: Finding, code: str | None) -> bool:
        """Return whether one of its codes, or None for all, suppresses a finding."""
        if finding.place.line not in self.lines or finding.code in NEVER:
            return False
        if code is None:
            return finding.severity != "error"
        return code in (finding.code, finding.name)


class Comments:
    """All suppression comments of a text."""

    def __init__(self, comments: list[Comment]) -> None:
        self.comments = comments

    def apply(self, findings: Iterable[Finding]) -> tuple[list[Finding], set[tuple[Comment, str | None]]]:
        """Return the findings that are not suppressed, and the comments that suppress the others."""
        kept, used = [], set()
        for finding in findings:
            by = {
                (comment, code)
                for comment in self.comments
                for code in (comment.codes if comment.codes is not None else (None,))
                if comment.kind != "enable" and comment.holds(finding, code)
            }
            used |= by
            if not by:
                kept.append(finding)
        return kept, used

    def unused(
        self, used: set[tuple[Comment, str | None]], judged: frozenset[str], selection: Selection
    ) -> Iterator[Finding]:
        """Yield comments and codes that suppress nothing, of the selected codes."""
        if not selection.has(UNUSED):
            return
        for comment in self.comments:
            if comment.kind == "enable":
                continue
            if comment.codes is None:
                if (comment, None) not in used and judged:
                    yield _finding("this comment suppresses nothing", comment.place, comment, None)
                continue
            for code, place in comment.codes.items():
                known = code_of(code)
                if known is None:
                    hint = did_you_mean(code, KNOWN) or "`cnncalc rule --all` lists them"
                    yield _finding(f"there is no rule {quoted(code)}", place, comment, code, hint)
                elif known in judged and (comment, code) not in used:
                    message = "errors of this kind cannot be suppressed" if known in NEVER else "has no finding here"
                    yield _finding(f"{code} {message}" if known not in NEVER else message, place, comment, code)


def _finding(message: str, place: Place, comment: Comment, code: str | None, hint: str | None = None) -> Finding:
    return Finding(UNUSED, UNUSED_NAME, message, place, hint, fix=Fix("remove it", (_removal(comment, code),), True))


def _removal(comment: Comment, code: str | None) -> Edit:
    """Return the edit that removes one code from a comment, or the whole comment with its separators."""
    text = comment.source.text
    if code is not None and comment.codes is not None and len(comment.codes) > 1:
        kept = ", ".join(other for other in comment.codes if other != code)
        bracket = text.index("[", comment.start)
        return Edit(bracket + 1, comment.end - 1, kept)
    line_end = text.find("\n", comment.end)
    line_end = len(text) if line_end < 0 else line_end
    end = line_end - (text[line_end - 1 : line_end] == "\r")
    start = comment.start
    while start and text[start - 1] in " \t":
        start -= 1
    if start == 0 or text[start - 1] == "\n":
        return Edit(start, min(line_end + 1, len(text)), "")  # the whole line
    return Edit(start, end, "")


def read_comments(source: Source, root: Node | None) -> Comments:
    """Find the suppression comments of a text."""
    if "cnncalc:" not in source.text:
        return Comments([])
    return Comments(_Reader(source, root).comments())


class _Reader:
    def __init__(self, source: Source, root: Node | None) -> None:
        self.source, self.root = source, root
        self.in_quotes = sorted((s.start, s.end) for s in _scalars(root) if s.style is not None)

    @cached_property
    def scalars(self) -> list[Scalar]:
        return sorted(_scalars(self.root), key=lambda scalar: scalar.start)

    @cached_property
    def starts(self) -> list[int]:
        return [scalar.start for scalar in self.scalars]

    def comments(self) -> list[Comment]:
        found = [match for match in _COMMENT.finditer(self.source.text) if not self.quoted(match.start())]
        return [self.comment(match, found) for match in found]

    def quoted(self, index: int) -> bool:
        """Return whether an index lies inside a quoted or block scalar, where # does not start a comment."""
        at = bisect_right(self.in_quotes, (index, len(self.source.text) + 1)) - 1
        return at >= 0 and index < self.in_quotes[at][1]

    def comment(self, match: re.Match[str], all_of_them: list[re.Match[str]]) -> Comment:
        codes = None
        if match[2] is not None:
            words = _WORD.finditer(self.source.text, match.start(2) + 1, match.end(2) - 1)
            codes = {word[0]: place_of(self.source, word.start(), len(word[0])) for word in words}
        place = place_of(self.source, match.start(), match.end() - match.start())
        return Comment(
            self.source, match[1], codes, match.start(), match.end(), place, self.lines(match, place, all_of_them)
        )

    def lines(self, match: re.Match[str], place: Place, all_of_them: list[re.Match[str]]) -> range:
        last = len(self.source.line_starts())
        if match[1] == "ignore-file":
            return range(1, last + 1)
        if match[1] == "disable":
            ends = (m for m in all_of_them if m.start() > match.start() and m[1] == "enable")
            end = next((m for m in ends if m[2] is None or m[2] == match[2]), None)
            return range(place.line, place_of(self.source, end.start(), 1).line if end else last + 1)
        if self.source.line(place.line)[: place.column - 1].strip():
            return range(place.line, place.line + 1)
        line = place.line + 1
        while line <= last and self.source.line(line).lstrip().startswith("#"):
            line += 1
        return range(place.line, self.last_line(line) + 1)

    def last_line(self, line: int) -> int:
        """Return the last line of a scalar that starts on a line."""
        starts = self.source.line_starts()
        if line > len(starts):
            return line
        end = starts[line] if line < len(starts) else len(self.source.text)
        first = bisect_right(self.starts, starts[line - 1] - 1)
        ends = [s.end for s in self.scalars[first : bisect_right(self.starts, end - 1)]]
        return max([line, *(bisect_right(starts, max(e - 1, 0)) for e in ends)])


def _scalars(root: Node | None) -> Iterator[Scalar]:
    return (node for node in nodes(root) if isinstance(node, Scalar))
