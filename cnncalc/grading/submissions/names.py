"""What the questions of a key are called in what students hand in: 1a, Q1 (a), question 1.a, or its own text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from cnncalc.grading.submissions.labels import QUESTION
from cnncalc.homework.model import Key
from cnncalc.problem import did_you_mean, quoted

STUDENT = (
    "student", "student id", "studentid", "student number", "matriculation number", "sis login id", "sis user id",
    "sis id", "sid", "id number", "matrikelnummer", "email address", "email", "e-mail-adresse", "e-mail adresse",
    "e-mail", "e mail", "mail", "username", "user name", "user", "login",
    "login id", "student name", "full name", "name", "id",
)  # fmt: skip
"""What the column or line of the student is called, the surest first."""
RANKS = {label: rank for rank, label in enumerate(STUDENT)}

BESIDE = {
    "timestamp", "score", "section", "section_id", "section_sis_id", "attempt", "submitted", "n_correct",
    "n_incorrect", "points", "root_account", "total", "comments", "date", "time", "title", "homework", "key",
    "course", "answers", "sis_id", "last_name", "first_name", "surname", "status", "nachname", "vorname",
    "institution", "department", "state", "started", "started_on", "completed", "time_taken", "duration",
    "start_time", "completion_time", "last_modified_time", "language", "total_points", "quiz_feedback",
    "grade_posted_time",
}  # fmt: skip
"""Columns and lines beside the answers."""

MOST_LISTED = 5
LONGEST_ANSWER = 1_000
"""Characters of an answer that are kept: more than are read, so that it is reported as too long."""
LONGEST_LABEL = 200
"""Characters of a label that is remembered."""
LONGEST_NAME = 100
"""Characters of a student's name that are kept."""

_PREFIX = re.compile(rf"^(?:{QUESTION}[\s._:#-]*(?=\w)|第\s*(?=\w+\s*[题題问問]))", re.IGNORECASE)
_CHINESE = re.compile(r"(?<=\w)\s*[题題问問]$")
_CANVAS = re.compile(r"^\d{3,}:\s*")
_FIRST_WORD = re.compile(r"[\w.\-]*\w")
_ID_FIRST = re.compile(r"^[\[(]?([\w.\-]{1,60}?)[\])]?\s*(?:[:.)\]|–—-]|\s)\s*\S")


def plain(text: str) -> str:
    """Return a label without case, marks around it, further blanks, and letters of full width."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(text.strip().strip("*_`#|>[]()\"'").lower().split())


def squashed(text: str) -> str:
    return "".join(c for c in text if c.isalnum() or c == "_")


class Names:
    """Finds the part that a label means."""

    def __init__(self, key: Key) -> None:
        self.ids = list(key.parts)
        self.by_id = {plain(id): id for id in self.ids}
        self.squashed = _unique((squashed(plain(id)), id) for id in self.ids)
        texts = [(question.text, question.parts) for question in key.questions]
        self.by_text = _unique((plain(text), parts[0].id) for text, parts in texts if text and len(parts) == 1)
        self.by_text |= _unique((plain(part.text), part.id) for part in key.parts.values() if part.text)
        self.questions = {plain(question.id) for question in key.questions}
        self.tables = {plain(question.id): question.table for question in key.questions if question.table}
        self._found: dict[str, str | None] = {}

    def part(self, label: str) -> str | None:
        """Return the id of the part that a label means; None where it is none."""
        if len(label) > LONGEST_LABEL:
            return self._part(plain(label))
        if label not in self._found:
            if len(self._found) > 10_000:
                self._found.clear()
            self._found[label] = self._part(plain(label))
        return self._found[label]

    def _part(self, label: str) -> str | None:
        bare = _CHINESE.sub("", _PREFIX.sub("", label))
        for one in (label, bare, label.rstrip(".:)"), bare.rstrip(".:)")):
            if one in self.by_id:
                return self.by_id[one]
        for one in (label, _CANVAS.sub("", label)):
            if one in self.by_text:
                return self.by_text[one]
        return self.squashed.get(squashed(bare)) if len(bare) < 60 else None

    def column(self, head: str) -> str | None:
        """Return the part that a column's head means: its id, alone or before its text, or its text."""
        found = self.part(head)
        if found:
            return found
        rest = _CANVAS.sub("", head.strip())
        for text in (head, rest):
            first = _ID_FIRST.match(_PREFIX.sub("", plain(text)))
            if first and first[1] in self.by_id:
                return self.by_id[first[1]]
        return self.part(rest)

    def within(self, heading: str, label: str) -> str | None:
        """Return the part that a letter means below the heading of a question."""
        first = _FIRST_WORD.match(_PREFIX.sub("", plain(heading)))
        return self.by_id.get(f"{first[0]}{plain(label)}") if first else None

    def is_question(self, heading: str) -> bool:
        """Return whether a heading begins with the id of a question."""
        first = _FIRST_WORD.match(_PREFIX.sub("", plain(heading)))
        return first is not None and first[0] in self.questions

    def unknown(self, label: str) -> str:
        """Say that there is no such question."""
        few = ", ".join(self.ids[:6]) + (", …" if len(self.ids) > 6 else "")
        hint = did_you_mean(label.strip(), self.ids) or f"there are {few}"
        return f"there is no question {quoted(label.strip())}: {hint}"


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a mapping of those labels that mean one part alone."""
    found: dict[str, str] = {}
    twice = set()
    for label, id in pairs:
        if found.setdefault(label, id) != id:
            twice.add(label)
    return {label: id for label, id in found.items() if label not in twice}


def is_student(label: str) -> bool:
    return plain(label).replace("_", " ") in RANKS


def is_beside(label: str) -> bool:
    """Return whether a label is of something else than an answer: a time, a score."""
    bare = plain(label).replace(" ", "_")
    return bare in BESIDE or not bare


def clean_name(name: str) -> str:
    """Return a student's name on one line, without what does not print."""
    whole = unicodedata.normalize("NFC", name)  # some systems keep the names of files taken apart
    plain = " ".join("".join(c if c.isprintable() else " " for c in whole).split())
    return plain[:LONGEST_NAME]
