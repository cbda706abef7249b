"""How far a command is that takes its time: one line below, on a terminal's standard error, which goes when it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from cnncalc.problem import visible

if TYPE_CHECKING:
    from rich import progress

T = TypeVar("T")

PATIENCE, REST = 2.0, 0.1
"""Seconds before anything is shown, and between two drawings."""


class Progress:
    """A line that appears once a command has taken PATIENCE, and is drawn only when the command reports a step.

    No thread draws it, so that a command may start processes meanwhile.
    """

    def __init__(self, total: float | None = None, text: str = "", *, watched: bool = True) -> None:
        self.total, self.text = total, text
        self.watched = watched and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.done = 0.0
        self.begun = self.last = time.monotonic()
        self._bar: progress.Progress | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *raised: object) -> None:
        self.hide()

    def to(self, done: float, text: str | None = None, total: float | None = None) -> None:
        """Note how much is done; without a total, only the text says so."""
        self.done = done
        self.text = self.text if text is None else text
        self.total = self.total if total is None else total
        now = time.monotonic()
        if self.watched and now - self.begun >= PATIENCE and now - self.last >= REST:
            self.last = now
            self._draw(now)

    def step(self, text: str | None = None) -> None:
        """Note that one more is done."""
        self.to(self.done + 1, text)

    def over(self, items: Iterable[T], say: Callable[[T], str] | None = None) -> Iterator[T]:
        """Yield the items, each of which is one step; `say` names the one that is done."""
        for item in items:
            yield item
            self.step(say(item) if say else None)

    def hide(self) -> None:
        """Take the line away, so that something can be printed; the next step brings it back."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, now: float) -> None:
        state: dict[str, Any] = {
            "completed": self.done,
            "total": self.total,
            "description": visible(self.text),
            "left": self._left(now),
        }
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], **state, refresh=True)
            return
        self._bar = _bar(bounded=self.total is not None)
        self._bar.add_task(**state)
        self._bar.start()
        self._bar.console.show_cursor()  # a run that is killed leaves the terminal as it was

    def _left(self, now: float) -> str:
        """Say how long the rest takes, once enough is done to know."""
        if self.total is None or self.done < self.total / 20:
            return ""
        seconds = round((now - self.begun) * (self.total - self.done) / self.done)
        minutes, seconds = divmod(max(seconds, 0), 60)
        return f"{minutes}:{seconds:02} left"


def _bar(*, bounded: bool) -> progress.Progress:
    from rich.progress import BarColumn, ProgressColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    from cnncalc.render.console import console

    text = TextColumn(
        "{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
    )
    columns: list[ProgressColumn] = [text]
    if bounded:
        percent, left = TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.fields[left]}", style="dim")
        columns = [BarColumn(bar_width=30), percent, left, text]
    screen = console(sys.stderr, live=True)
    return Bar(
        *columns,
        console=screen,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
        expand=True,
    )
