"""Marks as CSV: a row a student, a row an answer, and as nbgrader exports them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from cnncalc.grading.digests import answer_digest
from cnncalc.grading.gathering import SUPERSEDED, counts
from cnncalc.grading.reports.feedback import feedback_text
from cnncalc.grading.score_text import score_text
from cnncalc.homework.model import Key, Marked
from cnncalc.render.printers.csv import FORMULA

LONG = (
    "student", "question", "part", "given", "parsed", "expected", "score", "max", "status", "diagnosis", "feedback",
    "file", "by", "reason", "digest",
)  # fmt: skip
NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def safe(text: str) -> str:
    """Return a text that no spreadsheet runs."""
    if text[:1].isalnum():  # nearly all
        return text.replace("\0", "") if "\0" in text else text
    text = text.replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


class Sheet:
    """A CSV that grows row by row."""

    heads: tuple[str, ...] = ()

    def __init__(self, stream: TextIO, key: Key) -> None:
        self.writer = csv.writer(stream, lineterminator="\r\n")
        self.key = key
        self.question = {part.id: question.id for question in key.questions for part in question.parts}
        self.most = score_text(key.points)
        self.writer.writerow([safe(head) for head in self.names()])

    def names(self) -> tuple[str, ...]:
        return self.heads

    def take(self, marked: Marked) -> None:
        self.writer.writerows([safe(cell) for cell in row] for row in self.rows(marked))

    def rows(self, marked: Marked) -> Iterator[list[str]]:
        raise NotImplementedError


class Wide(Sheet):
    """A row a student."""

    def names(self) -> tuple[str, ...]:
        return ("student", *self.key.parts, "total", "max", "status", "file", "notes", "by")

    def rows(self, marked: Marked) -> Iterator[list[str]]:
        shown = not marked.status.startswith(SUPERSEDED)
        scores = {mark.part.id: score_text(mark.score) for mark in marked.marks} if shown else {}
        total = score_text(marked.score) if scores else ""
        by = ", ".join(dict.fromkeys(mark.by for mark in marked.marks if mark.by))
        end = [total, self.most, marked.status, marked.file, "; ".join(marked.notes), by]
        yield [marked.student, *(scores.get(id, "") for id in self.key.parts), *end]


class Long(Sheet):
    """A row an answer; one alone for a submission without marks."""

    heads = LONG

    def rows(self, marked: Marked) -> Iterator[list[str]]:
        if not marked.marks:
            yield [marked.student, *[""] * 7, marked.status, "", "; ".join(marked.notes), marked.file, "", "", ""]
        for mark in marked.marks:
            part = mark.part
            yield [
                marked.student,
                self.question[part.id],
                part.id,
                mark.given,
                mark.read,
                part.right.text,
                score_text(mark.score),
                score_text(part.points),
                mark.verdict if counts(marked) else marked.status,
                " ".join(dict.fromkeys(slug for one in mark.diagnoses for slug in one.slugs)),
                feedback_text(mark, hint=False) if mark.by else mark.feedback,
                marked.file,
                mark.by,
                mark.reason,
                answer_digest(mark, marked.content),
            ]


class Nbgrader(Sheet):
    """The columns of `nbgrader export`; names and times are not known here."""

    heads = NBGRADER

    def rows(self, marked: Marked) -> Iterator[list[str]]:
        if counts(marked):
            email = marked.student if "@" in marked.student else ""
            score = score_text(marked.score)
            yield [self.key.title, "", "", marked.student, "", "", email, score, "0", score, self.most]
