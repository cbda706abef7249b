"""What commands share that edit specs: read, change, then write, print or only compare."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterable

import click

from cnncalc.cli.output import Unwritable, echo, write_bytes
from cnncalc.cli.problems import print_problems
from cnncalc.files import SIZE_LIMIT
from cnncalc.linter.files import read_file
from cnncalc.linter.fixes import difference
from cnncalc.problem import Problem, Problems, Source, visible_lines
from cnncalc.spec.text import read_bytes


def show_difference(text: str) -> None:
    """Print a patch: as it is for a program that applies it, with visible control characters on a terminal."""
    click.echo(visible_lines(text) if sys.stdout.isatty() else text, nl=False)


class Edits:
    """One run of a command that changes texts; `code` is its exit code."""

    def __init__(self, change: Callable[[Source], str], *, check: bool, diff: bool) -> None:
        self.change, self.check, self.diff = change, check, diff
        self.changed = self.same = 0
        self.broken = self.failed = False

    @property
    def code(self) -> int:
        """2 where a file could not be read or written, 1 where a spec has problems or would change."""
        return 2 if self.failed else 1 if self.broken or (self.changed and (self.check or self.diff)) else 0

    def summary(self, done: str, would: str) -> str:
        """Say in one line how many files were, or would be, changed."""
        word = f"would {would}" if self.check or self.diff else done
        return f"{word} {self.changed} of {self.changed + self.same} file{'' if self.changed + self.same == 1 else 's'}"

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Report problems for which there is no answer."""
        if found := [*problems]:
            print_problems(Problems(found))
            self.failed = True

    def file(self, path: str) -> None:
        """Change one file; it is replaced whole, and keeps its mode, byte order mark and line ends."""
        data = read_file(path)
        if isinstance(data, Problem):
            self.refuse([data])
            return
        found = self._changed(path, data)
        if found is None:
            return
        before, after = found
        if before == after:
            self.same += 1
            return
        if self.diff:
            show_difference(difference(before, after, path))
        elif self.check:
            echo(path, sys.stdout)
        else:
            bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
            try:
                write_bytes(bom + after.encode(), path, before=data)
            except Unwritable as failure:
                self.refuse(failure.problems)
                self.same += 1
                return
        self.changed += 1

    def stdin(self) -> None:
        """Print the changed standard input, or how it would change."""
        data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
        found = self._changed("<stdin>", data)
        if found is None:
            return
        before, after = found
        self.changed += before != after
        if self.diff:
            show_difference(difference(before, after, "<stdin>") if before != after else "")
        elif not self.check:
            click.echo(after.encode(), nl=False)

    def _changed(self, name: str, data: bytes) -> tuple[str, str] | None:
        """Return a text before and after; None where it has problems, which are reported."""
        source, problems = read_bytes(name, data)
        if source is None:
            self.refuse(problems)
            return None
        try:
            return source.text, self.change(source)
        except Problems as found:
            print_problems(found)
            self.broken = True
            return None
