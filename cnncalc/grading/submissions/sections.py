"""Whether the folders among submissions are students, or sections of a course with a file for each student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from cnncalc.grading.submissions.roster import Roster
from cnncalc.problem import listed, quoted

FILES, FOLDERS = "files", "folders"
"""What `--students` takes for a student."""

MOST_NAMED = 3


def depth_of(insides: Iterable[Sequence[str]], folder: str, roster: Roster | None) -> tuple[int, str]:
    """Return how many folders stand above the students' names, 0 or 1, and what was taken for what where that is open.

    `insides` are the paths of the files within `folder`. Folders are sections where the roster knows those in them, and
    without one where most hold several names that seldom come again in another. A folder beside files is a student.
    """
    tops: dict[str, set[str]] = {}
    beside: set[str] = set()
    for inside in insides:
        if len(inside) > 1:
            tops.setdefault(inside[0], set()).add(inside[1] if len(inside) > 2 else PurePosixPath(inside[1]).stem)
        else:
            beside.add(PurePosixPath(inside[-1]).stem)
    inner = Counter(name for names in tops.values() for name in names)
    if roster is not None:
        if any(map(roster.find, tops)):
            return 0, ""
        if any(map(roster.find, inner)):
            return 1, ""
    several = [top for top, names in tops.items() if len(names) > 1 and top not in beside]
    if not several or sum(count > 1 for count in inner.values()) * 2 >= len(inner):
        return 0, ""
    named = listed([*map(quoted, several[:MOST_NAMED]), *(["others"] if len(several) > MOST_NAMED else [])])
    if beside or len(several) * 2 <= len(tops):
        whole = "is one student" if len(several) == 1 else "are one student each"
        return 0, f"{folder}: {named} {whole}, with several files: --students files takes each file for one"
    whole = "is a section" if len(several) == 1 else "are sections"
    return (
        1,
        f"{folder}: {named} {whole}, with files named after students: --students folders takes each for one student",
    )
