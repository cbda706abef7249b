"""Marking many submissions, one after the other or on several cores, each kept as soon as it is marked."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from itertools import chain, islice
from typing import TypeAlias

from cnncalc.homework.grading.kept import Journal, digest_of, head_of, key_digest, packed
from cnncalc.homework.key import load_key
from cnncalc.homework.mark import mark, mark_part
from cnncalc.homework.model import Key, Mark, Marked, Part
from cnncalc.homework.submissions import READ, Entry, Submission
from cnncalc.homework.submissions.decode import NoText
from cnncalc.homework.submissions.names import Names
from cnncalc.homework.submissions.read import bytes_of, read_entry
from cnncalc.record import Record

CHUNK = 16
"""Submissions that a process is handed at once."""

FEWEST = 200
"""Submissions from which on starting further processes pays."""

MARKED = "marked"


REMEMBERED = 10_000
"""Answers whose marks are remembered: students write the same."""

Line: TypeAlias = tuple[str, bytes | None]
"""The digest of a submission and its marks as a line, or None where they are kept already."""


class Outcome(Record):
    """What became of one submission, in short."""

    student: str
    file: str
    status: str
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
        digest = digest_of(self.digest, f"{entry.file}\0{entry.student}", _data(entry))
        if digest in self.kept:
            return digest, None
        return digest, packed(self.marked(read_entry(entry, self.names)))

    def mark_part(self, part: Part, text: str) -> Mark:
        return self._mark_part(part.id, text)

    def marked(self, submission: Submission) -> Marked:
        """Mark what was read."""
        if submission.status != READ:
            return Marked(submission.student, (), submission.status, submission.notes, submission.file)
        try:
            marks = mark(self.key, submission.answers, self.mark_part)
        except Exception as fault:
            status = (
                f"not marked: cnncalc fails on it ({type(fault).__name__}), which is its own fault: please report it"
            )
            return Marked(submission.student, (), status, submission.notes, submission.file)
        return Marked(submission.student, marks, MARKED, submission.notes, submission.file)


def _data(entry: Entry) -> bytes:
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
            return entry.status.encode("utf-8", "surrogatepass")
    return entry.data


def mark_all(
    key: Key, path: str, entries: Iterable[Entry], journal: Journal, jobs: int, progress: Callable[[int], None]
) -> Iterator[Outcome]:
    """Mark submissions in their order; `path` is the key's, which other processes read for themselves."""
    kept = frozenset(journal.places)
    lines = _lines(Marker(key, kept), path, entries, kept, jobs)
    for done, (digest, line) in enumerate(lines, 1):
        if line is not None and digest not in journal.places:
            journal.add(digest, line)
        yield Outcome(*head_of(journal.line(digest) if line is None else line), digest)
        progress(done)


def _lines(marker: Marker, path: str, entries: Iterable[Entry], kept: frozenset[str], jobs: int) -> Iterator[Line]:
    everything = iter(entries)
    first = list(islice(everything, FEWEST))
    everything = chain(first, everything)
    if jobs == 1 or len(first) < FEWEST:
        yield from map(marker.line, everything)
        return
    del first
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(path, kept)) as pool:
        waiting: deque[Future[list[Line]]] = deque()
        while True:
            # A few chunks a process wait; all of them would be all submissions in memory.
            while len(waiting) < 4 * jobs and (chunk := list(islice(everything, CHUNK))):
                waiting.append(pool.submit(_mark_chunk, chunk))
            if not waiting:
                return
            yield from waiting.popleft().result()


_marker: Marker | None = None


def _start(path: str, kept: frozenset[str]) -> None:
    global _marker
    _marker = Marker(load_key(path), kept)


def _mark_chunk(entries: list[Entry]) -> list[Line]:
    assert _marker is not None  # by _start
    return [_marker.line(entry) for entry in entries]
