"""Keys by student: one for all, or a folder with one for each, as `cnncalc quiz --students` writes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cnncalc.files import reason_of
from cnncalc.grading.score_text import score_text
from cnncalc.grading.submissions.names import clean_name
from cnncalc.grading.submissions.roster import Roster, roster_of
from cnncalc.homework.key import load_key, shipped
from cnncalc.homework.model import Key
from cnncalc.library import NotFound
from cnncalc.problem import NoAnswer, Problem, Problems, quoted

SUFFIX = ".key.yaml"
HELD = 100
"""Keys that are in memory at once."""


def is_folder(path: str) -> bool:
    """Return whether keys are in a folder, one for each student."""
    return os.path.isdir(path) and path not in shipped()


class Keys:
    """The keys of a course; each is read when it is needed. Raises NoAnswer: without its key nothing can be marked.

    `first` stands for all where they are alike: in the ids of the questions, their points, and the title.
    """

    def __init__(self, path: str, roster: Roster | None = None) -> None:
        self.path = path
        self.by_student = is_folder(path)
        self.files = _files(path) if self.by_student else [path]
        self.roster = roster or (roster_of(map(_student, self.files)) if self.by_student else None)
        self._file_of = self._files_by_student() if self.by_student else {}
        self._load = lru_cache(HELD)(self._alike)
        self.first = _loaded(self.files[0])

    def of(self, student: str) -> Key | None:
        """Return the key that a student's answers are marked by; None where there is none."""
        if not self.by_student:
            return self.first
        file = self._file_of.get(self._who(student))
        return self._load(file) if file else None

    def all(self) -> Iterator[Key]:
        """Yield every key, in order of the names; one is held at a time."""
        yield self.first
        yield from map(self._alike, self.files[1:])

    def expected(self) -> list[str]:
        """Return who should hand in: the students of the roster, and whoever else has a key of their own."""
        if self.roster is None:
            return []
        own = map(_student, self.files) if self.by_student else ()
        return [*self.roster.students, *(name for name in own if not self.roster.find(name))]

    def _who(self, student: str) -> str:
        return ((self.roster.find(student) if self.roster else None) or student).casefold()

    def _files_by_student(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for file in self.files:
            other = found.setdefault(self._who(_student(file)), file)
            if other != file:
                message = f"{quoted(file, 200)} and {quoted(other, 200)} are keys of the same student"
                raise NoAnswer([Problem("E102", message, None, "take one away")])
        return found

    def _alike(self, file: str) -> Key:
        """Read a key that asks for the same answers as the first one; raises NoAnswer."""
        if file == self.first.source.name:
            return self.first
        key = _loaded(file)
        unlike = _unlike(key, self.first)
        if unlike:
            raise NoAnswer([Problem("H703", unlike, None, "keys by student have the same ids and points")])
        return key


def _student(file: str) -> str:
    return clean_name(os.path.basename(file).removesuffix(SUFFIX))


def _files(folder: str) -> list[str]:
    """Return the keys in a folder; raises NotFound."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(SUFFIX))
    except OSError as error:
        reason = reason_of(error)
        raise NotFound([Problem("E114", f"{quoted(folder, 200)} cannot be read: {reason}")]) from None
    if not names:
        within = Path(folder, "key")
        hint = f"name {quoted(str(within), 200)}" if within.is_dir() else f"one a student, as in s1001{SUFFIX}"
        raise NotFound([Problem("E114", f"there are no keys in {quoted(folder, 200)}", None, hint)])
    return [os.path.join(folder, name) for name in names]


def _loaded(file: str) -> Key:
    try:
        return load_key(file)
    except NotFound:
        raise
    except Problems as problems:
        raise NoAnswer(problems.problems) from None


def _unlike(key: Key, first: Key) -> str:
    """Say where two keys do not ask for the same answers, for the same points; "" where they do."""
    own, other = quoted(key.source.name, 200), quoted(first.source.name, 200)
    for id in {**first.parts, **key.parts}:
        if id not in key.parts:
            return f"{other} asks for {id}, and {own} does not"
        if id not in first.parts:
            return f"{own} asks for {id}, and {other} does not"
        here, there = key.parts[id].points, first.parts[id].points
        if here != there:
            return f"{id} is worth {score_text(here)} in {own}, and {score_text(there)} in {other}"
    return ""
