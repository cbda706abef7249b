"""One submission, read: from a file or document, a member of an archive, or a row of a table."""

from __future__ import annotations

import sys
import zipfile
import zlib

from cnncalc.files import read_regular, reason_of
from cnncalc.grading.submissions import READ, Entry, Submission
from cnncalc.grading.submissions.collected import NO_ANSWERS, Collected, NotRead
from cnncalc.grading.submissions.decode import LARGEST, NoText, decoded
from cnncalc.grading.submissions.lines import read_lines
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.pairs import read_pairs
from cnncalc.grading.submissions.readers import LARGEST_DOCUMENT, read_document, reader_of, require


def read_entry(entry: Entry, names: Names) -> Submission:
    """Read one submission; what is wrong with it is its status."""
    if entry.status != READ:
        return Submission(entry.student, {}, entry.status, entry.notes, entry.file)
    if entry.row is not None:
        return Submission(entry.student, entry.row, READ, entry.notes, entry.file)
    try:
        data = entry.data if entry.data is not None else bytes_of(entry)
        collected, notes = _collected(data, entry.file, names)
    except (NoText, NotRead) as reason:
        return Submission(entry.student, {}, str(reason), entry.notes, entry.file)
    notes = (*entry.notes, *notes, *collected.notes)
    status = READ if collected.answers else NO_ANSWERS
    return Submission(entry.student, collected.answers, status, notes, entry.file, tuple(collected.claims))


def _collected(data: bytes, file: str, names: Names) -> tuple[Collected, tuple[str, ...]]:
    """Return what a file says, and notes on how it was read; raises NoText and NotRead."""
    reader = reader_of(data, file)
    if reader is None:
        text, notes = decoded(data, file)
        return read_pairs(text, file, names), notes
    document = read_document(reader, data)
    collected = Collected(names)
    read_lines(document.lines, collected, numbered=False)
    collected.end()
    return collected, tuple(document.notes)


def read_own(path: str, names: Names) -> Submission:
    """Read a student's own answers, from a file or standard input."""
    data = sys.stdin.buffer.read(LARGEST_DOCUMENT + 1) if path == "-" else None
    return read_entry(Entry("<stdin>" if path == "-" else path, "", path, data=data), names)


def bytes_of(entry: Entry) -> bytes:
    """Return the bytes of a submission, at most one more than may be; raises NoText, also where its reader is missing.

    A document may have more than a text.
    """
    data = _bytes(entry, LARGEST + 1)
    reader = reader_of(data, entry.file)
    if reader is None:
        return data
    require(reader)
    return data if len(data) <= LARGEST else _bytes(entry, LARGEST_DOCUMENT + 1)


def _bytes(entry: Entry, most: int) -> bytes:
    try:
        return _member(entry, most) if entry.member else read_regular(entry.path, most)
    except OSError as error:
        raise NoText(f"unreadable: {reason_of(error)}") from None


def _member(entry: Entry, most: int) -> bytes:
    try:
        with zipfile.ZipFile(entry.path) as archive, archive.open(entry.member) as stream:
            return stream.read(most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        reason = "it is locked with a password" if isinstance(error, RuntimeError) else "its archive is damaged"
        raise NoText(f"unreadable: {reason}") from None
