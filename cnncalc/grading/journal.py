"""What is kept of a run: each student's marks on a line, by a digest of all that they depend on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Container, Iterable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc import __version__
from cnncalc.files import draft, held
from cnncalc.homework.model import VERDICTS, Diagnosis, Key, Mark, Marked
from cnncalc.problem import NoAnswer, Problem, quoted, visible

if TYPE_CHECKING:
    from cnncalc.documents.journal import KeptMark

DRAFTS = (".*.csv.draft", ".marks.jsonl.draft", ".summary.*.draft", "feedback/.*.md.draft")
"""What a run that was killed leaves behind in its folder."""


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
    """Return a student's marks on one line: what became of them, a tab, and the marks. Control characters are dots."""
    texts = [[*map(visible, lines)] for lines in (marked.notes, marked.claims)]
    head = [marked.student, visible(marked.file), visible(marked.status), *texts, marked.content]
    marks = [
        {
            "id": mark.part.id,
            "given": visible(mark.given, "\n\t"),
            "read": visible(mark.read),
            "verdict": mark.verdict,
            "score": str(mark.score),
            "feedback": visible(mark.feedback, "\n"),
            "hint": mark.hint,
            "diagnoses": [[list(one.slugs), one.text] for one in mark.diagnoses],
            "notes": list(mark.notes),
            "followed": mark.followed,
        }
        for mark in marked.marks
    ]
    return b"\t".join(json.dumps(one, ensure_ascii=True, separators=(",", ":")).encode() for one in (head, marks))


def head_of(line: bytes) -> tuple[str, str, str, str]:
    """Return the student, the file, the status and the digest of the content of a sound line."""
    student, file, status, _, _, content = json.loads(line.partition(b"\t")[0])
    return student, file, status, content


def marks_of(line: bytes) -> bytes:
    """Return the marks of a sound line, as they are written."""
    return line.partition(b"\t")[2]


def unpacked(line: bytes, key: Key) -> Marked:
    """Return the marks that a sound line keeps."""
    from cnncalc.documents.journal import HEAD, MARKS

    head, _, rest = line.partition(b"\t")
    student, file, status, notes, claims, content = HEAD.validate_json(head)
    marks = tuple(_mark(one, key) for one in MARKS.validate_json(rest))
    return Marked(student, marks, status, tuple(notes), file, tuple(claims), content)


_fraction = lru_cache(maxsize=1000)(Fraction)


def _mark(one: KeptMark, key: Key) -> Mark:
    return Mark(
        key.parts[one.id],
        one.given,
        one.read,
        one.verdict,
        _fraction(one.score),
        one.feedback,
        one.hint,
        tuple(Diagnosis(tuple(slugs), text) for slugs, text in one.diagnoses),
        tuple(one.notes),
        one.followed,
    )


def is_sound(line: bytes, ids: Container[str]) -> bool:
    """Return whether a line holds what `packed` writes: another program may have written it."""
    from pydantic import ValidationError

    from cnncalc.documents.journal import HEAD, MARKS

    head, _, rest = line.partition(b"\t")
    try:
        HEAD.validate_json(head)
        return all(one.id in ids and one.verdict in VERDICTS for one in MARKS.validate_json(rest))
    except ValidationError:
        return False


SUM = 16
HEAD = 40 + 1 + SUM + 1
"""Characters before the marks on a line: the digest that they are kept by, and a digest of the line."""

FEEDBACK = "feedback".ljust(40, "-")
"""What stands in place of a digest before the names of the files that a run wrote for students."""


def _sum(digest: bytes, rest: bytes) -> bytes:
    """Return a digest of a line, which another digest or other marks do not have."""
    return hashlib.sha256(digest + b"\t" + rest).hexdigest()[:SUM].encode()


class Journal:
    """The marks of all students, a line each, written as soon as they are known, and open to one run at a time.

    A line that is damaged, or about other questions than `ids`, is as if it were not. Raises OSError where the file
    cannot be written, and NoAnswer while another run writes it.
    """

    def __init__(self, path: str, ids: Container[str]) -> None:
        self.path = path
        self.places: dict[str, tuple[int, int]] = {}  # digest -> where its line begins, and how long it is
        try:
            self._file = held(Path(path))
        except BlockingIOError:
            message = f"another run of cnncalc grade is writing into {quoted(os.path.dirname(path) or '.', 200)}"
            raise NoAnswer([Problem("E114", message, None, "wait for it, or name another folder by -o")]) from None
        folder = Path(path).parent
        for left in (left for pattern in DRAFTS for left in folder.glob(pattern)):
            left.unlink(missing_ok=True)
        self._file.seek(0)
        at = 0
        for line in self._file:
            digest, rest = line[:40], line[HEAD:-1]
            whole = line.endswith(b"\n") and line[41 : HEAD - 1] == _sum(digest, rest)
            name = digest.decode("ascii", "replace")
            if whole and (name == FEEDBACK or is_sound(rest, ids)):
                self.places[name] = (at, len(line))
            at += len(line)
        if at and not line.endswith(b"\n"):
            self._file.write(b"\n")
            at += 1
        self._end = at

    def add(self, digest: str, line: bytes) -> None:
        whole = b"%b\t%b\t%b\n" % (digest.encode(), _sum(digest.encode(), line), line)
        self._file.write(whole)
        self._file.flush()
        self.places[digest] = (self._end, len(whole))
        self._end += len(whole)

    def line(self, digest: str) -> bytes:
        """Return what is kept by a digest; raises NoAnswer where it was changed since the journal was opened."""
        at, length = self.places[digest]
        self._file.seek(at)
        line = self._file.read(length)
        if line[:40] != digest.encode() or line[41 : HEAD - 1] != _sum(line[:40], line[HEAD:-1]):
            message = f"{quoted(self.path, 200)} was changed by another program"
            raise NoAnswer([Problem("E114", message, None, "run the command again: what is damaged is marked again")])
        return line[HEAD:-1]

    def feedback(self) -> set[str]:
        """Return the names of the files for students that an earlier run wrote; they are names alone, and no paths."""
        try:
            names = json.loads(self.line(FEEDBACK)) if FEEDBACK in self.places else []
        except (ValueError, RecursionError):
            return set()
        listed = names if isinstance(names, list) else []
        return {name for name in listed if isinstance(name, str) and os.path.basename(name) == name and name}

    def keep_feedback(self, names: Iterable[str]) -> None:
        self.add(FEEDBACK, json.dumps(sorted(names), ensure_ascii=True).encode())

    def tidy(self, digests: Iterable[str]) -> None:
        """Keep these lines alone, in this order, and the names of the files for students; bring them to the disk."""
        order = list(dict.fromkeys((*digests, *({FEEDBACK} & self.places.keys()))))
        places = [self.places[digest] for digest in order]
        end = 0
        for at, length in places:
            if at != end:
                break
            end += length
        else:
            if end == self._end:
                self._file.flush()
                os.fsync(self._file.fileno())
                return
        with draft(self.path) as new, new.open("wb") as out:
            for at, length in places:
                self._file.seek(at)
                out.write(self._file.read(length))

    def close(self) -> None:
        self._file.close()
