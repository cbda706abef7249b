"""Answers that stand alone on the line below their question: `## Question 3` or `Question 3:`, then `7,600`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnncalc.grading.submissions.names import LONGEST_LABEL, Names
from cnncalc.grading.submissions.tables import is_row

_HEADING = re.compile(r"\s*+(#{1,6})\s*+(.{1,200}?)[#\s:]*+")
_LABEL = re.compile(r"[-*+>\s_`]*+([\w][\w .()\-\[\]]{0,60}?)[*_`]*+\s*+[:=][*_`]*+\s*+(.*)")


def alone(lines: Sequence[str], names: Names) -> dict[int, str]:
    """Return the parts whose whole answer a line is, by the line's place: the only one below what names the part."""
    found: dict[int, str] = {}
    id: str | None = None
    marked = False  # by #, so that only the next heading ends it
    below: list[int] = []

    def end() -> None:
        if id is not None and len(below) == 1 and names.part(lines[below[0]][:LONGEST_LABEL]) != id:
            found[below[0]] = id

    for at, line in enumerate(lines):
        if not line.strip():
            continue
        heading, label = _HEADING.fullmatch(line[:LONGEST_LABEL]), _LABEL.fullmatch(line)
        named = names.part(label[1]) if label else None
        if heading:
            end()
            id, marked, below = names.column(heading[2]), True, []
        elif label and named is not None and not (marked and id is not None and label[2]):
            end()
            id, marked, below = (None if label[2] else named), False, []
        else:
            below.append(at)
            if named is not None or is_row(line) or (label and label[1].lower().split()[-1] in ("answer", "solution")):
                id = None  # it says itself what it answers
    end()
    return found
