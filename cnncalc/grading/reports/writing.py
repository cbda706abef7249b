"""All reports of one run, written into its folder as the students come by, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

from cnncalc.files import draft, put, read_regular
from cnncalc.grading.decisions import Decisions
from cnncalc.grading.gathering import SUPERSEDED, counts
from cnncalc.grading.journal import Journal
from cnncalc.grading.keys import Keys
from cnncalc.grading.reports.feedback import feedback
from cnncalc.grading.reports.page import page, page_of
from cnncalc.grading.reports.review import tables
from cnncalc.grading.reports.sheets import Long, Nbgrader, Sheet, Wide
from cnncalc.grading.reports.summary import as_markdown
from cnncalc.grading.review import Review
from cnncalc.grading.score_text import file_name
from cnncalc.grading.statistics import Statistics
from cnncalc.homework.model import Marked
from cnncalc.render.printers import printed

SHEETS: dict[str, type[Sheet]] = {"grades.csv": Wide, "answers.csv": Long, "nbgrader.csv": Nbgrader}


def write_all(
    found: Iterable[Marked],
    keys: Keys,
    journal: Journal,
    decisions: Decisions,
    folder: Path,
    *,
    nbgrader: bool,
    hint: bool,
) -> tuple[Statistics, Review]:
    """Write the sheets, the feedback, the summary and the review list; return what was counted. Raises OSError."""
    statistics, review = Statistics(keys.first), Review(keys.first)
    names = [name for name in SHEETS if nbgrader or name != "nbgrader.csv"]
    feedback = Feedback(folder / "feedback", keys, hint=hint)
    with ExitStack() as stack:
        drafts = [stack.enter_context(draft(folder / name)) for name in names]
        streams = [
            stack.enter_context(new.open("w", encoding="utf-8", errors="backslashreplace", newline=""))
            for new in drafts
        ]
        sheets = [SHEETS[name](stream, keys.first) for name, stream in zip(names, streams, strict=True)]
        for marked in found:
            statistics.take(marked)
            review.take(marked)
            feedback.take(marked)
            for sheet in sheets:
                sheet.take(marked)
        feedback.end(journal)
    listed = [*tables(keys.first.title, review, decisions)]
    texts = {
        "summary.md": as_markdown(statistics, review),
        "summary.html": page(statistics, review),
        "review.csv": f"{printed(listed, 'csv')}\n",
        "review.md": f"{printed(listed, 'markdown')}\n",
        "review.html": page_of(keys.first.title, listed),
    }
    for name, text in texts.items():
        put(str(folder / name), text.encode("utf-8", "backslashreplace"))
    if hasattr(os, "sync"):
        os.sync()  # the feedback, at once: file by file takes seconds for a large course
    return statistics, review


def _has(path: Path, data: bytes) -> bool:
    """Return whether a file is written already: after a decision most of them are."""
    try:
        return read_regular(path, len(data) + 1) == data
    except OSError:
        return False


class Feedback:
    """The files for the students: one each, of the submission that counts, else of the first that cannot be read."""

    def __init__(self, folder: Path, keys: Keys, *, hint: bool) -> None:
        self.folder, self.keys, self.hint = folder, keys, hint
        self.written: dict[str, bool] = {}
        self.files: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, marked: Marked) -> None:
        name = file_name(marked.student)
        counted = counts(marked)
        if (
            marked.status.startswith(SUPERSEDED)
            or self.written.get(name.casefold())
            or (name.casefold() in self.written and not counted)
        ):
            return
        self.written[name.casefold()] = counted
        key = (self.keys.of(marked.student) if marked.marks else None) or self.keys.first
        data = feedback(marked, key, hint=self.hint).encode("utf-8", "backslashreplace")
        if not _has(self.folder / f"{name}.md", data):
            put(str(self.folder / f"{name}.md"), data, sync=False)
        self.files.add(f"{name}.md")

    def end(self, journal: Journal) -> None:
        """Take away what an earlier run wrote for who is no student now, and keep what this one wrote."""
        for file in journal.feedback() - self.files:
            # Where case does not part files, it is the one that was written now.
            if file.removesuffix(".md").casefold() not in self.written:
                with suppress(FileNotFoundError):
                    (self.folder / file).unlink()
        journal.keep_feedback(self.files)
