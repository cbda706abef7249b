"""One student's files marked together, as a grader of single submissions hands them over."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.grading.marking import Marker
from cnncalc.grading.submissions import READ, Submission
from cnncalc.grading.submissions.read import read_entry
from cnncalc.grading.submissions.search import Search
from cnncalc.grading.submissions.sections import FOLDERS
from cnncalc.homework.model import Key, Marked

MOST_FILES = 50


def mark_together(key: Key, paths: Sequence[str], *, zips: bool) -> Marked:
    """Mark the answers of all files; what cannot be read is noted, and is the status where nothing else is there."""
    marker = Marker(key)
    notes: list[str] = []
    answers: dict[str, str] = {}
    student, status, files = "", "", 0
    for entry in Search(marker.names, zips=zips, students=FOLDERS, warn=notes.append).all(paths):
        files += 1
        if files > MOST_FILES:
            notes.append(f"more than the {MOST_FILES} files that are read")
            break
        one = read_entry(entry, marker.names)
        if one.status != READ:
            notes.append(f"{one.file}: {one.status}")
            status = status or one.status
            continue
        for id in sorted(answers.keys() & one.answers.keys()):
            if answers[id] != one.answers[id]:
                notes.append(f"{id} is answered in several files: the one in {one.file} counts")
        student = student or one.student
        answers.update(one.answers)
        notes.extend(one.notes)
    if answers:
        return marker.marked(Submission(student, answers, READ, tuple(notes)))
    return Marked(student, (), status or "nothing handed in", tuple(notes))
