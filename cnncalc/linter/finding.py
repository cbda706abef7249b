"""One finding: what is wrong, its location, and its fix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cnncalc.problem import Place, Problem, excerpt

SEVERITIES = {"E": "error", "W": "warning", "N": "note"}
"""The severity by the first letter of a code."""

RANK = {"note": 0, "warning": 1, "error": 2}


class Edit(NamedTuple):
    """Characters `start` to `end` of the source, and their replacement."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that fix a finding; a safe fix does not change the network."""

    message: str
    edits: tuple[Edit, ...]
    safe: bool = False

    @property
    def applicability(self) -> str:
        return "safe" if self.safe else "unsafe"


@dataclass(frozen=True, slots=True)
class Finding:
    """An error, a warning or a note.

    `calls` lead from the innermost block outwards, `more` counts further calls with the same finding, `variants` are
    those that it holds for (none: all of them), `path` are keys and indices from the root of the text.
    """

    code: str
    name: str
    message: str
    place: Place
    hint: str | None = None
    calls: tuple[str, ...] = ()
    more: int = 0
    fix: Fix | None = None
    variants: tuple[str, ...] = ()
    path: tuple[str | int, ...] = ()

    @property
    def severity(self) -> str:
        return SEVERITIES[self.code[0]]

    @property
    def text(self) -> str:
        """The message on one line, with the variants it applies to."""
        if not self.variants:
            return self.message
        shown = ", ".join(self.variants[:3])
        more = f" and {len(self.variants) - 3} more" if len(self.variants) > 3 else ""
        return f"{self.message} (in {shown}{more})"

    @property
    def end_column(self) -> int:
        """The column after the last character."""
        return self.place.column + self.place.length

    def headline(self, mark: str = "") -> str:
        """Return `file:line:column: code name: message`, with a mark before the message."""
        return f"{self.place}: {self.code} {self.name}: {mark}{self.text}"

    def lines(self, mark: str = "") -> Iterator[str]:
        """Yield the headline, the calls, the source line with carets, and the suggested fix."""
        yield self.headline(mark)
        shown = self.calls if len(self.calls) <= 6 else (*self.calls[:3], "", *self.calls[-2:])
        for call in shown:
            yield f"  {call}" if call else f"  … {len(self.calls) - 5} calls between …"
        if self.more:
            yield f"  and {self.more} more call{'s' if self.more > 1 else ''}"
        yield from excerpt(self.place)
        if self.hint:
            yield f"  help: {self.hint}"


def order(finding: Finding) -> tuple[int, int, str]:
    """Return the sort key of the findings of a file."""
    return finding.place.line, finding.place.column, finding.code


def of_problem(problem: Problem, place: Place) -> Finding:
    """Return the finding for a problem of parsing or shape inference; `place` locates a problem from elsewhere."""
    here = problem.place if problem.place and problem.place.source is place.source else place
    calls = tuple(map(str, problem.calls))
    return Finding(problem.code, problem.name, problem.message, here, problem.hint, calls, problem.more)
