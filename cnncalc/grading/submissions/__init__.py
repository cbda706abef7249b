"""What students handed in, found and read: files, folders, tables of a form or a course system, archives.

    paths ──search.py──> Entry: where a submission is ──read.py──> Submission: whose it is, and its answers by part id

Nothing is dropped in silence: what cannot be read is a Submission whose status says why.
"""

from __future__ import annotations

from cnncalc.record import Record

READ = "read"


class Entry(Record):
    """Where one submission is: a file, a member of an archive, or a row that has been read already."""

    file: str  # as it is reported
    student: str  # by the name of its file or folder, or its row: what the file itself says decides nothing
    path: str = ""
    member: str = ""  # of the archive at `path`
    row: dict[str, str] | None = None  # answers by part id
    status: str = READ  # or why it cannot be read
    notes: tuple[str, ...] = ()
    data: bytes | None = None  # where it is at hand already


class Submission(Record):
    """What one student handed in."""

    student: str
    answers: dict[str, str]  # by part id
    status: str = READ  # or what became of it
    notes: tuple[str, ...] = ()
    file: str = ""
    claims: tuple[str, ...] = ()  # whom it says it is by


__all__ = ["READ", "Entry", "Submission"]
