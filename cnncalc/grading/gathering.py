"""Outcomes to students: who handed in twice, who is not on the roster, and who is missing; one row each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.grading.decisions import LEFT_OUT, Decisions
from cnncalc.grading.journal import Journal, marks_of, unpacked
from cnncalc.grading.keys import Keys
from cnncalc.grading.marking import MARKED, Outcome
from cnncalc.grading.submissions.roster import Roster
from cnncalc.homework.model import Marked
from cnncalc.problem import listed, quoted

NAMELESS = "(no name)"
MISSING = "nothing handed in"
SUPERSEDED, UNDECIDED = "superseded", "undecided"
"""How the status of a submission begins that does not count: a later one does, or a person must say which."""

MOST_NAMED = 3
_ROW = re.compile(r":\d+$")
"""What stands behind the file of a row."""


def repeated(
    journal: Journal, outcomes: Sequence[Outcome], roster: Roster | None, decisions: Decisions
) -> dict[int, str]:
    """Return the status of submissions whose student has another one, by their place.

    The one counts that a person has decided for. Of rows of one table, and where all answers are the same, the last
    counts. Of other files a person decides.
    """
    by_student: dict[str, list[int]] = {}
    for at, outcome in enumerate(outcomes):
        if outcome.status == MARKED and outcome.student and not decisions.leave_out(outcome.file, outcome.content):
            by_student.setdefault(student_of(outcome.student, roster).casefold(), []).append(at)
    found: dict[int, str] = {}
    for places in by_student.values():
        *earlier, _ = places
        if not earlier:
            continue
        files = [outcomes[at].file for at in places]
        tables = {_ROW.sub("", file) if _ROW.search(file) else "" for file in files}
        chosen = [at for at in places if decisions.of_file(outcomes[at].file, outcomes[at].content)]
        if len(chosen) == 1:
            reason = f"{SUPERSEDED}: {outcomes[chosen[0]].file} is the one that counts, as a person has decided"
            found |= {at: reason for at in places if at not in chosen}
            continue
        alike = {marks_of(journal.line(outcomes[at].digest)) for at in places}
        if len(alike) == 1 or (len(tables) == 1 and "" not in tables):
            found |= dict.fromkeys(earlier, f"{SUPERSEDED}: {files[-1]} is the one that counts")
            continue
        for at in places:
            others = [file for file in files if file != outcomes[at].file]
            few = listed([*others[:MOST_NAMED], *(["others"] if len(others) > MOST_NAMED else [])])
            found[at] = f"{UNDECIDED}: {few} {'is' if len(others) == 1 else 'are'} of the same student"
    return found


def student_of(name: str, roster: Roster | None) -> str:
    """Return a student's name as the roster has it."""
    return (roster.find(name) or name) if roster else name


def gather(keys: Keys, journal: Journal, outcomes: Sequence[Outcome], decisions: Decisions) -> Iterator[Marked]:
    """Yield what became of every submission, in their order, and then who is missing; one is held at a time.

    What persons have decided changes the marks here, and not in the journal, which keeps what the program says.
    """
    roster = keys.roster
    again = repeated(journal, outcomes, roster, decisions)
    seen = set()
    for at, outcome in enumerate(outcomes):
        marked = unpacked(journal.line(outcome.digest), keys.of(outcome.student) or keys.first)
        known = roster.find(marked.student) if roster else None
        if at in again:
            marked.status = again[at]
        elif roster and known is None and marked.status == MARKED:
            marked.status = "not on the roster"
        marked.student = known or marked.student or NAMELESS
        decisions.settle(marked)
        if not marked.status.startswith(LEFT_OUT):
            seen.add(marked.student.casefold())
        marked.claims = _others(marked, roster)
        if marked.claims:
            marked.notes = (*marked.notes, other_claims(marked))
        yield marked
    for student in keys.expected():
        if student.casefold() not in seen:
            yield Marked(student, (), MISSING)


def _others(marked: Marked, roster: Roster | None) -> tuple[str, ...]:
    """Return whom else a submission says it is by; names that the roster knows decide over those that it does not."""
    known = [claim for claim in marked.claims if roster and roster.find(claim)] or marked.claims
    others = tuple(claim for claim in known if student_of(claim, roster).casefold() != marked.student.casefold())
    return others if known is not marked.claims or len(others) == len(known) else ()


def other_claims(marked: Marked) -> str:
    """Say that a submission names other students than the one who handed it in."""
    return (
        f"it says that it is by {listed([*map(quoted, marked.claims)])}, and was handed in as {quoted(marked.student)}"
    )


def counts(marked: Marked) -> bool:
    """Return whether the marks count: not those superseded or undecided, and those that could not be read."""
    return bool(marked.marks) and not marked.status.startswith((SUPERSEDED, UNDECIDED, LEFT_OUT))
