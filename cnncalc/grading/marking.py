"""Marking many submissions, one after the other or on several cores, each kept as soon as it is marked."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from itertools import chain, islice
from typing import TypeAlias

from cnncalc.grading.digests import content_of
from cnncalc.grading.journal import Journal, digest_of, head_of, key_digest, packed
from cnncalc.grading.keys import Keys
from cnncalc.grading.submissions import READ, Entry, Submission
from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.read import bytes_of, read_entry
from cnncalc.grading.submissions.roster import Roster
from cnncalc.homework.mark import mark, mark_part
from cnncalc.homework.model import Key, Mark, Marked, Part
from cnncalc.problem import Problems
from cnncalc.record import Record
from cnncalc.workers import workers

CHUNK = 16
"""Submissions that a process is handed at once."""

FEWEST = 200
"""Submissions from which on starting further processes pays."""

MARKED = "marked"
NO_KEY = "no key for this student"

REMEMBERED = 10_000
"""Answers whose marks are remembered: students write the same."""

Line: TypeAlias = tuple[str, bytes | None]
"""The digest of a submission and its marks as a line, or None where they are kept already."""


class Outcome(Record):
    """What became of one submission, in short."""

    student: str
    file: str
    status: str
    content: str
    digest: str


class Marker:
    """Marks submissions by one key."""

    def __init__(self, key: Key, kept: Container[str] = ()) -> None:
        self.key, self.kept = key, kept
        self.names = Names(key)
        self.digest = key_digest(key)
        self._mark_part = lru_cache(REMEMBERED)(lambda id, text: mark_part(key.parts[id], text))

    def line(self, entry: Entry) -> Line:
        """Mark a submission, unless its marks are kept."""
        digest = _digest(self.digest, entry)
        if digest in self.kept:
            return digest, None
        marked = self.marked(read_entry(entry, self.names))
        marked.content = content_of(data_of(entry))
        return digest, packed(marked)

    def mark_part(self, part: Part, text: str) -> Mark:
        return self._mark_part(part.id, text)

    def marked(self, submission: Submission) -> Marked:
        """Mark what was read."""
        rest = submission.notes, submission.file, submission.claims
        if submission.status != READ:
            return Marked(submission.student, (), submission.status, *rest)
        try:
            marks = mark(self.key, submission.answers, self.mark_part)
        except Exception as fault:
            status = (
                f"not marked: cnncalc fails on it ({type(fault).__name__}), which is its own fault: please report it"
            )
            return Marked(submission.student, (), status, *rest)
        return Marked(submission.student, marks, MARKED, *rest)


class Markers:
    """Marks submissions, each by the key of its student."""

    def __init__(self, keys: Keys, kept: Container[str] = ()) -> None:
        self.keys, self.kept = keys, kept
        self.first = Marker(keys.first, kept)

    def line(self, entry: Entry) -> Line:
        if not self.keys.by_student:
            return self.first.line(entry)
        digest = _digest(self.first.digest + b"no key", entry)  # and its text is at hand: it is read twice
        submission = read_entry(entry, self.first.names)
        key = self.keys.of(submission.student)
        if key is not None:
            return Marker(key, self.kept).line(entry)
        status = NO_KEY if submission.status == READ else submission.status
        marked = Marked(submission.student, (), status, submission.notes, submission.file)
        marked.content = content_of(data_of(entry))
        return digest, packed(marked)


def _digest(key: bytes, entry: Entry) -> str:
    return digest_of(key, f"{entry.file}\0{entry.student}", data_of(entry))


def data_of(entry: Entry) -> bytes:
    """Return what a submission's marks depend on, and keep it at hand for whoever reads it next."""
    if entry.status != READ:
        return f"{entry.status}\0{entry.notes}".encode("utf-8", "surrogatepass")
    if entry.row is not None:
        return json.dumps([sorted(entry.row.items()), entry.notes]).encode()
    if entry.data is None:
        try:
            entry.data = bytes_of(entry)
        except NoText as reason:
            entry.status = str(reason)
            return data_of(entry)
    return entry.data


def mark_all(
    keys: Keys, entries: Iterable[Entry], journal: Journal, jobs: int, progress: Callable[[int], None]
) -> Iterator[Outcome]:
    """Mark submissions in their order; other processes read the keys for themselves."""
    kept = frozenset(journal.places)
    lines = _lines(Markers(keys, kept), entries, jobs)
    for done, (digest, line) in enumerate(lines, 1):
        if line is not None and digest not in journal.places:
            journal.add(digest, line)
        yield Outcome(*head_of(journal.line(digest) if line is None else line), digest)
        progress(done)


def _lines(markers: Markers, entries: Iterable[Entry], jobs: int) -> Iterator[Line]:
    everything = iter(entries)
    first = list(islice(everything, FEWEST))
    everything = chain(first, everything)
    if jobs == 1 or len(first) < FEWEST:
        yield from map(markers.line, everything)
        return
    del first
    given = markers.keys.path, markers.keys.roster, markers.kept
    pool = workers(jobs, _start, given)
    if pool is None:
        yield from map(markers.line, everything)
        return
    with pool:
        waiting: deque[tuple[list[Entry], Future[list[Line] | None]]] = deque()
        while True:
            # A few chunks a process wait; all of them would be all submissions in memory.
            while len(waiting) < 4 * jobs and (chunk := list(islice(everything, CHUNK))):
                waiting.append((chunk, pool.submit(_mark_chunk, chunk)))
            if not waiting:
                return
            chunk, marked = waiting.popleft()
            lines = marked.result()
            # Where a key has problems, they are met again here, to be reported.
            yield from map(markers.line, chunk) if lines is None else lines


_markers: Markers | None = None


def _start(path: str, roster: Roster | None, kept: Container[str]) -> None:
    global _markers
    _markers = Markers(Keys(path, roster), kept)


def _mark_chunk(entries: list[Entry]) -> list[Line] | None:
    """Mark some submissions; None where a student's key has problems, which may hold what no process can send."""
    assert _markers is not None  # by _start
    try:
        return [_markers.line(entry) for entry in entries]
    except Problems:
        return None
