"""What `fmt` and `annotate` would change of specs: each text before and after, written only when that is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cnncalc.formatter.annotate import annotated
from cnncalc.formatter.canonical import formatted
from cnncalc.library import NotFound
from cnncalc.linter.change import Change
from cnncalc.linter.files import read_file, search
from cnncalc.linter.settings import Finder, Unusable
from cnncalc.loading import Stdin, What
from cnncalc.problem import Problem, Problems, Source, quoted
from cnncalc.result import Result
from cnncalc.spec.text import read_bytes

STDIN = "<stdin>"


@dataclass(frozen=True, repr=False)
class Changes(Result):
    """The changes of specs, in the order of the files. `print` shows them as a patch."""

    changes: tuple[Change, ...]
    missing: tuple[str, ...] = ()  # paths that are not there

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __getitem__(self, path: str) -> Change:
        found = next((change for change in self.changes if change.path == path), None)
        if found is None:
            raise KeyError(f"there is no {quoted(path)} among {', '.join(change.path for change in self.changes)}")
        return found

    def __repr__(self) -> str:
        return f"<Changes: {sum(map(bool, self.changes))} of {len(self.changes)} files>"

    def write(self) -> None:
        """Replace every file that changes; raises OSError."""
        for change in self.changes:
            change.write()


def fmt(*paths: What, stdin: Stdin | None = None) -> Changes:
    """Return the specs of files and folders in the canonical format; nothing is written until `write()` is called.

    Folders are searched for `*.cnn.yaml`; without paths, the current one is. `-` is what `stdin` returns. The problems
    of a spec or file are those of its change. Raises ValueError for settings that cannot be used.
    """
    given = [os.fspath(path) for path in paths]
    if given == ["-"]:
        return Changes((_of_stdin(formatted, stdin),))
    try:
        found = search(given or ["."], Finder())
    except Unusable as error:
        raise ValueError(str(error)) from None
    unread = [Change(_name(problem), problems=(problem,), is_read=False) for problem in found.problems]
    return Changes((*unread, *(_of_file(path, formatted) for path in found.files)), found.missing)


def annotate(path: What, *, stdin: Stdin | None = None) -> Changes:
    """Return a spec with the computed shape behind each named item, as a check; `write()` replaces the file.

    `-` is what `stdin` returns. The problems of the spec or file are those of its change.
    """
    unchecked: tuple[str, ...] = ()

    def text(source: Source) -> str:
        nonlocal unchecked
        done = annotated(source)
        unchecked = done.without
        return done.text

    name = os.fspath(path)
    made = _of_stdin(text, stdin) if name == "-" else _of_file(name, text)
    return Changes((_with(made, unchecked),))


def _with(made: Change, unchecked: Sequence[str]) -> Change:
    return Change(made.path, made.before, made.after, made.problems, made.is_read, tuple(unchecked), made.data)


def _name(problem: Problem) -> str:
    return problem.place.source.name if problem.place else ""


def _of_file(path: str, change: Callable[[Source], str]) -> Change:
    data = read_file(path)
    if isinstance(data, Problem):
        return Change(path, problems=(data,), is_read=False)
    return _changed(path, data, change)


def _of_stdin(change: Callable[[Source], str], stdin: Stdin | None) -> Change:
    if stdin is None:
        raise NotFound([Problem("E114", "there is no standard input here", None, "give stdin=, which returns bytes")])
    return _changed(STDIN, stdin(), change)


def _changed(path: str, data: bytes, change: Callable[[Source], str]) -> Change:
    source, problems = read_bytes(path, data)
    if source is None:
        return Change(path, problems=tuple(problems), is_read=False, data=data)
    try:
        return Change(path, source.text, change(source), data=data)
    except Problems as found:
        return Change(path, source.text, source.text, tuple(found.problems), data=data)
