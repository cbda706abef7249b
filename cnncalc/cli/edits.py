"""What commands share that edit specs: write the changes, print them, or only say that there are some."""

from __future__ import annotations

import sys

import click

from cnncalc.cli.output import echo, unwritable
from cnncalc.cli.problems import print_problems
from cnncalc.formatter.changes import STDIN, Changes
from cnncalc.linter.change import Change
from cnncalc.problem import Problems, quoted, visible_lines


def show_difference(text: str) -> None:
    """Print a patch: as it is for a program that applies it, with visible control characters on a terminal."""
    click.echo(visible_lines(text) if sys.stdout.isatty() else text, nl=False)


class Edits:
    """One run of a command that changes texts; `code` is its exit code."""

    def __init__(self, *, check: bool, diff: bool) -> None:
        self.check, self.diff = check, diff
        self.changed = self.same = 0
        self.broken = self.failed = False

    @property
    def code(self) -> int:
        """2 where a file could not be read or written, 1 where a spec has problems or would change."""
        return 2 if self.failed else 1 if self.broken or (self.changed and (self.check or self.diff)) else 0

    def apply(self, changes: Changes) -> None:
        """Write, print or only count the changes; files are replaced whole, standard input is printed."""
        for path in changes.missing:
            echo(f"there is no file or folder {quoted(path, 200)}", sys.stderr)
        self.failed |= bool(changes.missing)
        for change in changes:
            self._apply(change)

    def _apply(self, change: Change) -> None:
        if change.unchecked:
            echo(f"no chain ends {', '.join(change.unchecked)}, so no check is written there", sys.stderr)
        if change.problems:
            print_problems(Problems(change.problems))
            self.broken |= change.is_read
            self.failed |= not change.is_read
        elif self.diff:
            show_difference(str(change))
            self._count(change)
        elif change.path == STDIN:
            if not self.check:
                click.echo(change.after.encode(), nl=False)
            self._count(change)
        elif self.check:
            if change:
                echo(change.path, sys.stdout)
            self._count(change)
        else:
            try:
                change.write()
            except OSError as error:
                print_problems(unwritable(change.path, error))
                self.failed = True
                self.same += 1
            else:
                self._count(change)

    def _count(self, change: Change) -> None:
        self.changed += bool(change)
        self.same += not change

    def summary(self, done: str, would: str) -> str:
        """Say in one line how many files were, or would be, changed."""
        word = f"would {would}" if self.check or self.diff else done
        return f"{word} {self.changed} of {self.changed + self.same} file{'' if self.changed + self.same == 1 else 's'}"
