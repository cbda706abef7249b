"""One submission, read: from a file, a member of an archive, or a row of a table."""

from __future__ import annotations

import sys
import zipfile
import zlib

from cnncalc.files import read_regular, reason_of
from cnncalc.grading.submissions import READ, Entry, Submission
from cnncalc.grading.submissions.decode import LARGEST, NoText, decoded
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.pairs import read_pairs
from cnncalc.grading.submissions.said import NO_ANSWERS, NotRead


def read_entry(entry: Entry, names: Names) -> Submission:
    """Read one submission; what is wrong with it is its status."""
    if entry.status != READ:
        return Submission(entry.student, {}, entry.status, entry.notes, entry.file)
    if entry.row is not None:
        return Submission(entry.student, entry.row, READ, entry.notes, entry.file)
    try:
        data = entry.data if entry.data is not None else bytes_of(entry)
        text, notes = decoded(data, entry.file)
        said = read_pairs(text, entry.file, names)
    except (NoText, NotRead) as reason:
        return Submission(entry.student, {}, str(reason), entry.notes, entry.file)
    notes = (*entry.notes, *notes, *said.notes)
    status = READ if said.answers else NO_ANSWERS
    return Submission(entry.student, said.answers, status, notes, entry.file, tuple(said.claims))


def read_own(path: str, names: Names) -> Submission:
    """Read a student's own answers, from a file or standard input."""
    data = sys.stdin.buffer.read(LARGEST + 1) if path == "-" else None
    return read_entry(Entry("<stdin>" if path == "-" else path, "", path, data=data), names)


def bytes_of(entry: Entry) -> bytes:
    """Return the bytes of a submission, at most one more than may be; raises NoText."""
    try:
        if entry.member:
            return _member(entry)
        return read_regular(entry.path, LARGEST + 1)
    except OSError as error:
        raise NoText(f"unreadable: {reason_of(error)}") from None


def _member(entry: Entry) -> bytes:
    try:
        with zipfile.ZipFile(entry.path) as archive, archive.open(entry.member) as stream:
            return stream.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        reason = "it is locked with a password" if isinstance(error, RuntimeError) else "its archive is damaged"
        raise NoText(f"unreadable: {reason}") from None
