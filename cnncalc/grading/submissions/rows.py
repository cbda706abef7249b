"""Rows of a table, where a quote that is never closed costs its own line alone."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from cnncalc.grading.submissions.decode import NoText
from cnncalc.grading.submissions.names import MOST_LISTED


class Rows:
    """Reads rows, whose cells are parted by what the first line has most of. Raises csv.Error and NoText.

    A cell may go over several lines, if the quotes around it are whole; `warn` is called where they are not.
    """

    def __init__(self, lines: Iterator[str], warn: Callable[[str], None]) -> None:
        first = next(lines, "")
        self._lines = chain((first,), lines)
        self._warn = warn
        self._delimiter = max(",;\t", key=first.count)
        self._feed = _Feed(self._lines)
        self._reader = csv.reader(self._feed, delimiter=self._delimiter)
        self._open = 0

    @property
    def line(self) -> int:
        """The line that was read last, from 1."""
        return self._feed.line

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> list[str]:
        feed = self._feed
        feed.begin()
        try:
            row = next(self._reader)
        except StopIteration:
            if self._open > MOST_LISTED:
                self._warn(f"{self._open - MOST_LISTED} more lines open a quote that is never closed")
                self._open = 0
            raise
        except csv.Error:
            if len(feed.taken) < 2:
                raise
            return self._alone()
        if feed.ended or (len(feed.taken) > 1 and not self._whole(feed.taken)):
            return self._alone()
        return row

    def _whole(self, lines: list[str]) -> bool:
        try:
            return len(list(csv.reader(lines, delimiter=self._delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def _alone(self) -> list[str]:
        """Read the first of the lines that were taken by itself, and leave the others for later."""
        first = self._feed.leave()
        self._open += 1
        if self._open <= MOST_LISTED:
            self._warn(f"a quote is opened in line {self.line} and never closed")
        *row, rest = next(csv.reader([first], delimiter=self._delimiter))
        return [*row, *rest.rstrip("\r\n").split(self._delimiter)]


class GivenRows:
    """Rows that are at hand, as those of a workbook; `above` them are others."""

    def __init__(self, rows: Sequence[list[str]], above: int) -> None:
        self._rows = iter(rows)
        self.line = above

    def __iter__(self) -> GivenRows:
        return self

    def __next__(self) -> list[str]:
        row = next(self._rows)
        self.line += 1
        return row


class _Feed:
    """Lines for a reader, which can be given back: a quote that is open takes lines that are not its own."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._fault: NoText | None = None
        self.begin()
        self.line = 0

    def begin(self) -> None:
        self.taken: list[str] = []
        self.ended = False

    def leave(self) -> str:
        """Give back all lines but the first one."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.line -= len(others)
        return first

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if not self._again:
            self._more()
        line = self._again.popleft()
        self.taken.append(line)
        self.line += 1
        return line

    def _more(self) -> None:
        """Read a line; what cannot be read is reported when the lines before it have been."""
        try:
            if self._fault is None:
                self._again.append(next(self._lines))
                return
        except StopIteration:
            self.ended = True
            raise
        except NoText as fault:
            self._fault = fault
        if self.taken:
            self.ended = True
            raise StopIteration
        assert self._fault is not None
        raise self._fault
