"""Outcomes to students: who handed in twice, who is not on the roster, and who is missing; one row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.grading.journal import Journal, unpacked
from cnncalc.grading.keys import Keys
from cnncalc.grading.marking import MARKED, Outcome
from cnncalc.grading.submissions.roster import Roster
from cnncalc.homework.model import Marked

NAMELESS = "(no name)"
MISSING = "nothing handed in"


def superseded(outcomes: Sequence[Outcome], roster: Roster | None) -> dict[int, str]:
    """Return which submissions do not count, by their place, and the file of the later one that does."""
    last: dict[str, int] = {}
    found: dict[int, str] = {}
    for at, outcome in enumerate(outcomes):
        if outcome.status != MARKED or not outcome.student:
            continue
        who = student_of(outcome.student, roster).casefold()
        if who in last:
            found[last[who]] = outcome.file
        last[who] = at
    return found


def student_of(name: str, roster: Roster | None) -> str:
    """Return a student's name as the roster has it."""
    return (roster.find(name) or name) if roster else name


def gather(keys: Keys, journal: Journal, outcomes: Sequence[Outcome]) -> Iterator[Marked]:
    """Yield what became of every submission, in their order, and then who is missing; one is held at a time."""
    roster = keys.roster
    later = superseded(outcomes, roster)
    seen = set()
    for at, outcome in enumerate(outcomes):
        marked = unpacked(journal.line(outcome.digest), keys.of(outcome.student) or keys.first)
        known = roster.find(marked.student) if roster else None
        if at in later:
            marked.status = f"superseded: {later[at]} is the one that counts"
        elif roster and known is None and marked.status == MARKED:
            marked.status = "not on the roster"
        seen.add((known or marked.student).casefold())
        marked.student = known or marked.student or NAMELESS
        yield marked
    for student in keys.expected():
        if student.casefold() not in seen:
            yield Marked(student, (), MISSING)


def counts(marked: Marked) -> bool:
    """Tell whether the marks count: those superseded and those that could not be read do not."""
    return bool(marked.marks) and not marked.status.startswith("superseded")
