"""All reports of one run, written into its folder as the students come by, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

from cnncalc.files import draft, put
from cnncalc.grading.gathering import SUPERSEDED, counts
from cnncalc.grading.journal import Journal
from cnncalc.grading.keys import Keys
from cnncalc.grading.reports.feedback import feedback
from cnncalc.grading.reports.page import page
from cnncalc.grading.reports.sheets import Long, Nbgrader, Sheet, Wide
from cnncalc.grading.reports.summary import as_markdown
from cnncalc.grading.score_text import file_name
from cnncalc.grading.statistics import Statistics
from cnncalc.homework.model import Marked

SHEETS: dict[str, type[Sheet]] = {"grades.csv": Wide, "answers.csv": Long, "nbgrader.csv": Nbgrader}


def write_all(
    found: Iterable[Marked], keys: Keys, journal: Journal, folder: Path, *, nbgrader: bool, hint: bool
) -> Statistics:
    """Write the sheets, the feedback and the summary, and return what was counted on the way. Raises OSError."""
    statistics = Statistics(keys.first)
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
            feedback.take(marked)
            for sheet in sheets:
                sheet.take(marked)
        feedback.end(journal)
    put(str(folder / "summary.md"), as_markdown(statistics).encode("utf-8", "backslashreplace"))
    put(str(folder / "summary.html"), page(statistics).encode("utf-8", "backslashreplace"))
    if hasattr(os, "sync"):
        os.sync()  # the feedback, at once: file by file takes seconds for a large course
    return statistics


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
        text = feedback(marked, key, hint=self.hint)
        put(str(self.folder / f"{name}.md"), text.encode("utf-8", "backslashreplace"), sync=False)
        self.files.add(f"{name}.md")

    def end(self, journal: Journal) -> None:
        """Take away what an earlier run wrote for who is no student now, and keep what this one wrote."""
        for file in journal.feedback() - self.files:
            # Where case does not part files, it is the one that was written now.
            if file.removesuffix(".md").casefold() not in self.written:
                with suppress(FileNotFoundError):
                    (self.folder / file).unlink()
        journal.keep_feedback(self.files)
