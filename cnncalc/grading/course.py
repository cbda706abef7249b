"""The marks of a course: every submission marked, sheets and feedback in a folder, and what it all comes to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.files import reason_of
from cnncalc.grading.grade import Grade
from cnncalc.grading.grade import grade as grade_all
from cnncalc.grading.keys import Keys
from cnncalc.grading.one import mark_together
from cnncalc.grading.reports.gradescope import autograder as write_autograder
from cnncalc.grading.reports.gradescope import document as gradescope_document
from cnncalc.grading.review import Review
from cnncalc.grading.statistics import Statistics
from cnncalc.grading.submissions.roster import load_roster
from cnncalc.grading.submitter import key_for, load_submitters
from cnncalc.homework.checked import differences
from cnncalc.homework.model import Marked
from cnncalc.loading import What
from cnncalc.problem import NoAnswer, Problem, quoted, visible
from cnncalc.result import Result

if TYPE_CHECKING:
    from cnncalc.documents.gradescope import Results
    from cnncalc.render.results import View


class Unwritable(NoAnswer):
    """A folder or file that marks cannot be written into."""


@dataclass(frozen=True, repr=False)
class Grades(Result):
    """The grades of a course. It iterates over the students; `print` shows the summary."""

    statistics: Statistics
    review: Review  # what a person must look at
    unused: tuple[Problem, ...]  # decisions about what is not there
    grades: tuple[Grade, ...]
    sheet: str  # grades.csv
    where: str  # where to decide

    def __iter__(self) -> Iterator[Grade]:
        return iter(self.grades)

    def __len__(self) -> int:
        return len(self.grades)

    def __getitem__(self, student: str) -> Grade:
        """The grade of a student; of several submissions the one that counts."""
        found = [one for one in self.grades if one.student == student]
        if not found:
            raise KeyError(f"there is no student {quoted(student)}")
        return next((one for one in found if one.score is not None), found[0])

    def __repr__(self) -> str:
        return f"<Grades: {self.statistics.students} of {len(self)} students marked>"

    def view(self) -> View:
        """How it is printed: the summary, a row for each student."""
        from cnncalc.grading.reports.summary import document, tables
        from cnncalc.render.results import View

        def records(found: Grades) -> list[dict[str, Any]]:
            return [{**one._asdict(), "score": None if one.score is None else float(one.score)} for one in found.grades]

        return View(
            lambda found: tables(found.statistics, found.review, where=found.where),
            lambda found: document(found.statistics, found.review).data(),
            records,
        )


def grade(
    key: What,
    *submissions: What,
    out: What | None = None,
    review: What | None = None,
    roster: What | None = None,
    students: str | None = None,
    zips: bool = False,
    hint: bool = False,
    nbgrader: bool = False,
    jobs: int | None = None,
    report: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Grades:
    """Mark the submissions of a course by a key: a file, a name of `cnncalc list --homework`, or a folder of keys.

    Submissions are files and folders as `cnncalc grade --help` has them. `out` is a folder for sheets, feedback and
    summary; a run that was stopped goes on there. `review` is a file of decisions, else `review.yaml` there. `students`
    says whether `files` or `folders` are called by students. `report` is called with what is odd about a submission,
    `progress` with how many are marked, of how many. Raises NotFound where there are no submissions, NoAnswer where the
    folder cannot be written, and Problems of the key, the roster or a decision.
    """
    with _writing(out):
        found = grade_all(
            submissions,
            os.fspath(key),
            roster,
            review=review,
            out=out,
            students=students,
            zips=zips,
            hint=hint,
            nbgrader=nbgrader,
            jobs=jobs or _cores(),
            warn=(lambda text: report(visible(text))) if report else lambda text: None,
            progress=progress,
        )
    return Grades(found.statistics, found.review, tuple(found.unused), tuple(found.students), found.grades, found.where)


def _cores() -> int:
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 16)


def _keys(key: What, roster: What | None) -> Keys:
    return Keys(os.fspath(key), load_roster(os.fspath(roster)) if roster else None)


@contextmanager
def _writing(folder: What | None) -> Iterator[None]:
    """Say where a folder cannot be written; raises Unwritable."""
    try:
        yield
    except OSError as error:
        path = quoted(str(error.filename or folder or "."), 200)
        raise Unwritable([Problem("E114", f"{path} cannot be written: {reason_of(error)}")]) from error


# What `cnncalc grade` does besides.


@dataclass(frozen=True)
class Typed:
    """The answers that an author typed into a key: how many, and where they are not the computed ones."""

    key: str
    count: int
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, repr=False)
class KeyCheck(Result):
    """The typed answers of keys, checked against the computed ones. It iterates over the keys."""

    keys: tuple[Typed, ...]

    def __iter__(self) -> Iterator[Typed]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def fine(self) -> bool:
        """Whether every typed answer is the computed one."""
        return not any(one.problems for one in self.keys)

    def __repr__(self) -> str:
        return f"<KeyCheck of {len(self)} keys: {'fine' if self.fine else 'differs'}>"

    def view(self) -> View:
        """How it is printed: every difference, and a line for each key."""
        from cnncalc.render.results import View, listing

        def records(found: KeyCheck) -> list[dict[str, Any]]:
            return [
                {"key": one.key, "typed": one.count, "problems": [problem.headline() for problem in one.problems]}
                for one in found
            ]

        return View(
            lambda found: [listing("", _flat(records(found)))],
            lambda found: {"keys": records(found)},
            lambda found: _flat(records(found)),
            lambda found: "\n".join(line for one in found for line in lines(one)),
        )


def _flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "problems": "; ".join(row["problems"])} for row in rows]


def lines(one: Typed) -> Iterator[str]:
    """Yield what is said of a key: every difference, and how many there are."""
    yield from map(str, one.problems)
    remark = f"{one.count} typed answer{'' if one.count == 1 else 's'}"
    yield f"{one.key}: {remark}, " + (f"{len(one.problems)} not as computed" if one.problems else "all as computed")


def check_key(key: What, *, roster: What | None = None) -> KeyCheck:
    """Check the answers that the author of a key typed against the computed ones; of a folder, those of every key.

    Raises NotFound for a key that cannot be read, and NoAnswer with the problems of one.
    """
    found = []
    for one in _keys(key, roster).all():
        typed = sum(part.typed is not None for part in one.parts.values())
        found.append(Typed(one.source.name, typed, tuple(differences(one))))
    return KeyCheck(tuple(found))


def gradescope(
    key: What,
    *submissions: What,
    submitter: What | None = None,
    roster: What | None = None,
    zips: bool = False,
    hint: bool = False,
) -> Results:
    """Mark all files as one student's, and return Gradescope's results.json as a document: `to_json()` writes it.

    Of a folder of keys, `submitter` (Gradescope's submission_metadata.json) says whose is taken; raises ValueError
    where it is missing, or where there is only one key. Raises NotFound for what cannot be read.
    """
    keys = _keys(key, roster)
    if (submitter is None) == keys.by_student:
        wants = f"{quoted(keys.path, 200)} is a folder of keys: say whose is used by submission_metadata.json"
        raise ValueError(wants if keys.by_student else "a submitter goes with a folder of keys")
    chosen, remark = key_for(keys, load_submitters(os.fspath(submitter))) if submitter else (keys.first, "")
    if chosen is None:
        marked = Marked("", (), f"{remark}; please tell your course staff")
    else:
        marked = mark_together(chosen, [os.fspath(path) for path in submissions], zips=zips)
        marked.notes = (*([remark] if remark else []), *marked.notes)
    return gradescope_document(marked, chosen or keys.first, hint=hint)


class Autograder(NamedTuple):
    """A folder for Gradescope: its files, and how many keys are among them."""

    folder: Path
    files: tuple[str, ...]
    keys: int


def autograder(key: What, folder: What, *, roster: What | None = None, hint: bool = False) -> Autograder:
    """Write a folder whose files, zipped, are an autograder of Gradescope.

    Raises NoAnswer where it cannot be written, and where cnncalc is not installed, so that no wheel can be made of it.
    """
    keys = _keys(key, roster)
    path = Path(folder)
    with _writing(path):
        try:
            files = write_autograder(keys, path, Path(roster) if roster else None, hint=hint)
        except LookupError:
            message = "cnncalc is not installed here, so that no wheel can be made of it"
            raise NoAnswer([Problem("E121", message, None, "install it with pip")]) from None
    return Autograder(path, tuple(files), len(keys.files) if keys.by_student else 1)
