"""The students of a course, from a table of them: each may be called by any of its columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from cnncalc.files import read_regular, reason_of
from cnncalc.grading.submissions.decode import NoText, decoded
from cnncalc.grading.submissions.names import RANKS, clean_name, plain
from cnncalc.library import NotFound
from cnncalc.problem import Problem, quoted

LARGEST_ROSTER = 900_000


class Roster:
    """Who is expected."""

    def __init__(self, students: list[str], called: dict[str, str]) -> None:
        self.students, self._called = students, called

    def find(self, name: str) -> str | None:
        """Return the student who is called so, None where there is none."""
        return self._called.get(_key(name))


def roster_of(names: Iterable[str]) -> Roster:
    """Return a roster of names that have no others."""
    called: dict[str, str] = {}
    for name in names:
        called.setdefault(_key(name), name)
    return Roster(list(called.values()), called)


def load_roster(path: str) -> Roster:
    """Read a roster: a table with heads such as `student`, `email`, `name`, or a name a line. Raises NotFound."""
    try:
        text, _ = decoded(read_regular(path, LARGEST_ROSTER + 1), path)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise NotFound([Problem("E114", f"{quoted(path, 200)} cannot be read: {reason}")]) from None
    except NoText as reason:
        raise NotFound([Problem("E114", f"{quoted(path, 200)} is no roster: {reason}")]) from None
    lines = text.splitlines(keepends=True)
    try:
        rows = list(csv.reader(lines, delimiter=max(",;\t", key=lines[0].count)))
    except csv.Error as error:
        raise NotFound([Problem("E114", f"{quoted(path, 200)} is no roster: {error}")]) from None
    heads = [plain(cell).replace("_", " ") for cell in rows[0]]
    columns = sorted((RANKS[head], at) for at, head in enumerate(heads) if head in RANKS)
    order = [at for _, at in columns] or [0]
    students: list[str] = []
    called: dict[str, str] = {}
    for row in rows[1:] if columns else rows:
        spellings = [clean_name(row[at]) for at in order if at < len(row) and row[at].strip()]
        if spellings and _key(spellings[0]) not in called:
            students.append(spellings[0])
            for name in spellings:
                called.setdefault(_key(name), spellings[0])
    if not students:
        raise NotFound([Problem("E114", f"{quoted(path, 200)} has no students", None, "a column `student`")])
    return Roster(students, called)


def _key(name: str) -> str:
    return " ".join(name.lower().split())
