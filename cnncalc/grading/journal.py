"""What is kept of a run: each student's marks on a line, by a digest of all that they depend on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from cnncalc import __version__
from cnncalc.homework.model import Diagnosis, Key, Mark, Marked


def put(path: str, data: bytes) -> None:
    """Write a file whole: what stood there stays until the new one is complete. Raises OSError."""
    draft = f"{path}.{os.getpid()}.part"
    try:
        with open(draft, "wb") as out:
            out.write(data)
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def key_digest(key: Key) -> bytes:
    """Return a digest of a key: of its text, and of the right answers, which may rest on other files."""
    digest = hashlib.sha256(f"{__version__}\0{key.source.name}\0{key.source.text}\0".encode())
    for part in key.parts.values():
        digest.update(f"{part.id}\0{part.points}\0{[right.text for right in part.rights]}\0".encode())
    return digest.digest()


def digest_of(key: bytes, file: str, data: bytes) -> str:
    """Return what the marks of a submission are kept by."""
    digest = hashlib.sha256(key)
    digest.update(f"{file}\0{len(data)}\0".encode("utf-8", "surrogatepass"))
    digest.update(data)
    return digest.hexdigest()[:40]


def packed(marked: Marked) -> bytes:
    """Return a student's marks on one line: what became of them, a tab, and the marks."""
    head = [marked.student, marked.file, marked.status, list(marked.notes)]
    marks = [
        {
            "id": mark.part.id,
            "given": mark.given,
            "read": mark.read,
            "verdict": mark.verdict,
            "score": str(mark.score),
            "feedback": mark.feedback,
            "hint": mark.hint,
            "diagnoses": [[list(one.slugs), one.text] for one in mark.diagnoses],
            "notes": list(mark.notes),
            "followed": mark.followed,
        }
        for mark in marked.marks
    ]
    return b"\t".join(json.dumps(one, ensure_ascii=True, separators=(",", ":")).encode() for one in (head, marks))


def head_of(line: bytes) -> tuple[str, str, str]:
    """Return the student, the file and the status of a line; raises ValueError where it is damaged."""
    student, file, status, _ = json.loads(line.partition(b"\t")[0])
    return student, file, status


def unpacked(line: bytes, key: Key) -> Marked:
    """Return the marks that a line keeps; raises ValueError or KeyError where it is damaged."""
    head, _, rest = line.partition(b"\t")
    student, file, status, notes = json.loads(head)
    return Marked(student, tuple(_mark(one, key) for one in json.loads(rest)), status, tuple(notes), file)


_fraction = lru_cache(maxsize=1000)(Fraction)


def _mark(one: dict[str, Any], key: Key) -> Mark:
    return Mark(
        key.parts[one["id"]],
        one["given"],
        one["read"],
        one["verdict"],
        _fraction(one["score"]),
        one["feedback"],
        one["hint"],
        tuple(Diagnosis(tuple(slugs), text) for slugs, text in one["diagnoses"]),
        tuple(one["notes"]),
        one["followed"],
    )


HEAD = 40 + 1 + 8 + 1
"""Characters before the marks on a line: the digest and a checksum."""

FEEDBACK = "feedback".ljust(40, "-")
"""What stands in place of a digest before the names of the files that a run wrote for students."""


class Journal:
    """The marks of all students, a line each, written as soon as they are known; a damaged line is as if it were not.

    Raises OSError where the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.places: dict[str, tuple[int, int]] = {}  # digest -> where its line begins, and how long it is
        self._file = open(path, "a+b")  # noqa: SIM115  # closed by `close`
        self._file.seek(0)
        at = 0
        for line in self._file:
            digest, sum_, rest = line[:40], line[41:49], line[HEAD:-1]
            if sum_ == b"%08x" % zlib.crc32(rest) and line.endswith(b"\n"):
                self.places[digest.decode("ascii", "replace")] = (at, len(line))
            at += len(line)
        if at and not line.endswith(b"\n"):
            self._file.write(b"\n")
            at += 1
        self._end = at

    def add(self, digest: str, line: bytes) -> None:
        whole = b"%b\t%08x\t%b\n" % (digest.encode(), zlib.crc32(line), line)
        self._file.write(whole)
        self._file.flush()
        self.places[digest] = (self._end, len(whole))
        self._end += len(whole)

    def line(self, digest: str) -> bytes:
        at, length = self.places[digest]
        self._file.seek(at)
        return self._file.read(length)[HEAD:-1]

    def feedback(self) -> set[str]:
        """Return the names of the files for students that an earlier run wrote; they are names alone, and no paths."""
        try:
            names = json.loads(self.line(FEEDBACK)) if FEEDBACK in self.places else []
        except ValueError:
            return set()
        return {name for name in names if isinstance(name, str) and os.path.basename(name) == name and name}

    def keep_feedback(self, names: Iterable[str]) -> None:
        self.add(FEEDBACK, json.dumps(sorted(names), ensure_ascii=True).encode())

    def tidy(self, digests: Iterable[str]) -> None:
        """Keep these lines alone, in this order, and the names of the files for students."""
        order = list(dict.fromkeys((*digests, *({FEEDBACK} & self.places.keys()))))
        places = [self.places[digest] for digest in order]
        end = 0
        for at, length in places:
            if at != end:
                break
            end += length
        else:
            if end == self._end:
                return
        draft = f"{self.path}.part"
        with open(draft, "wb") as out:
            for at, length in places:
                self._file.seek(at)
                out.write(self._file.read(length))
        os.replace(draft, self.path)

    def close(self) -> None:
        self._file.close()
