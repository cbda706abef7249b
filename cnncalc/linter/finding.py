"""One finding: what is doubtful, where it stands, and how it could be mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cnncalc.problem import Place, Problem, excerpt

SEVERITIES = {"E": "error", "W": "warning", "N": "note"}
"""What a code's first letter says."""

RANK = {"note": 0, "warning": 1, "error": 2}


class Edit(NamedTuple):
    """Characters `start` to `end` of the source, and what is to stand there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding; a safe fix leaves the network the same."""

    message: str
    edits: tuple[Edit, ...]
    safe: bool = False

    @property
    def applicability(self) -> str:
        return "safe" if self.safe else "unsafe"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, doubtful or worth knowing.

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
        """The message in one line, with the variants that it holds for."""
        if not self.variants:
            return self.message
        shown = ", ".join(self.variants[:3])
        more = f" and {len(self.variants) - 3} more" if len(self.variants) > 3 else ""
        return f"{self.message} (in {shown}{more})"

    @property
    def end_column(self) -> int:
        """The column behind the last character."""
        return self.place.column + self.place.length

    def headline(self, mark: str = "") -> str:
        """Return `file:line:column: code name: message`, with a mark before the message."""
        return f"{self.place}: {self.code} {self.name}: {mark}{self.text}"

    def lines(self, mark: str = "") -> Iterator[str]:
        """Yield the headline, the calls, the line of the text with carets, and the remedy."""
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
    """Return what findings of one file are sorted by."""
    return finding.place.line, finding.place.column, finding.code


def of_problem(problem: Problem, place: Place) -> Finding:
    """Return the finding that a problem of reading or walking is; `place` is for a problem that has none here."""
    here = problem.place if problem.place and problem.place.source is place.source else place
    calls = tuple(map(str, problem.calls))
    return Finding(problem.code, problem.name, problem.message, here, problem.hint, calls, problem.more)
