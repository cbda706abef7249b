"""A whole course graded: submissions found, marked by their keys, changed by decisions, and reported in a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from cnncalc.grading.decisions import Decisions, read_decisions
from cnncalc.grading.gathering import counts, gather
from cnncalc.grading.journal import Journal
from cnncalc.grading.keys import Keys
from cnncalc.grading.marking import mark_all
from cnncalc.grading.reports import decision_file
from cnncalc.grading.reports.summary import WHERE
from cnncalc.grading.reports.writing import write_all
from cnncalc.grading.review import Review
from cnncalc.grading.statistics import Statistics
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.roster import load_roster
from cnncalc.grading.submissions.search import Search
from cnncalc.homework.model import Marked
from cnncalc.library import NotFound
from cnncalc.problem import Problem, quoted, visible
from cnncalc.record import Record

DECISIONS = "review.yaml"
"""The file of decisions in the folder of a course's marks."""


class Grade(NamedTuple):
    """What a student gets: `status` is `marked`, or why nothing is; `score` is None where nothing counts."""

    student: str
    score: Fraction | None
    status: str
    file: str


class Graded(Record):
    """What became of a course."""

    statistics: Statistics
    review: Review
    decisions: Decisions
    unused: list[Problem]  # decisions about what is not there, and why none could be added
    grades: str  # the table of grades, as CSV
    where: str  # where to decide
    students: list[Grade]


def grade(
    submissions: Sequence[str | os.PathLike[str]],
    key: str | os.PathLike[str] | Keys,
    roster: str | os.PathLike[str] | None = None,
    *,
    review: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    students: str | None = None,
    zips: bool = False,
    hint: bool = False,
    nbgrader: bool = False,
    jobs: int = 1,
    warn: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int], None] | None = None,
) -> Graded:
    """Mark submissions by a key, and write sheets, feedback, a summary and a review list into the folder `out`.

    `review` is a file of decisions: it is read where it exists, and what is open is added to it; without it, it is
    `review.yaml` in `out`. `warn` gets what is odd about the files, `progress` how many of how many are marked. Raises
    Problems where a key, the roster or a decision cannot be used, and OSError where `out` cannot be written.
    """
    keys = key if isinstance(key, Keys) else Keys(os.fspath(key), load_roster(os.fspath(roster)) if roster else None)
    paths = [os.fspath(path) for path in submissions]
    with ExitStack() as stack:
        folder = Path(out or stack.enter_context(tempfile.TemporaryDirectory(prefix="cnncalc-")))
        folder.mkdir(parents=True, exist_ok=True)
        file = Path(review) if review else folder / DECISIONS if out else None
        decisions = read_decisions(file, keys) if file and os.path.lexists(file) else Decisions(keys)
        names = Names(keys.first)
        leave_out = [str(folder), keys.path, *(os.fspath(one) for one in (roster, file) if one)]

        def search(report: Callable[[str], None]) -> Search:
            return Search(names, zips=zips, leave_out=leave_out, students=students, roster=keys.roster, warn=report)

        journal = stack.enter_context(closing(Journal(str(folder / "marks.jsonl"), keys.first.parts)))
        total = sum(1 for _ in search(lambda text: None).all(paths)) if progress else 0
        entries = decisions.owned(search(warn).all(paths))
        marked = (lambda done: progress(done, total)) if progress else lambda done: None
        outcomes = [*mark_all(keys, entries, journal, jobs, marked)]
        if not outcomes:
            raise NotFound([Problem("E114", f"there are no submissions in {' '.join(map(quoted, paths))}")])
        kept: list[Grade] = []
        found = _kept(gather(keys, journal, outcomes, decisions), kept)
        statistics, listed = write_all(found, keys, journal, decisions, folder, nbgrader=nbgrader, hint=hint)
        problems = decision_file.write(file, keys.first, listed.items, decisions) if file is not None else []
        journal.tidy(outcome.digest for outcome in outcomes)
        grades = (folder / "grades.csv").read_bytes().decode()
    where = WHERE if out else "with -o, all of it is written, and a file to decide in"
    if file is not None:
        where = f"{where}; decide in {visible(str(file))} and run again"
    return Graded(statistics, listed, decisions, [*decisions.unused(), *problems], grades, where, kept)


def _kept(found: Iterable[Marked], students: list[Grade]) -> Iterator[Marked]:
    """Hand marks on, and keep in short what each student gets."""
    for marked in found:
        score = marked.score if counts(marked) else None
        students.append(Grade(marked.student, score, marked.status, marked.file))
        yield marked
