"""Many files, sequentially or on all cores; of a file without findings only the name is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cnncalc.library import NotFound
from cnncalc.linter.files import read_file, search
from cnncalc.linter.finding import Finding, of_problem
from cnncalc.linter.runner import Checked, check_bytes
from cnncalc.linter.settings import Finder, Selection, Settings, Unusable, selectors
from cnncalc.loading import What, is_chain
from cnncalc.problem import Place, Problem, Source, quoted
from cnncalc.result import Result
from cnncalc.workers import workers


@dataclass(frozen=True, repr=False)
class Findings(Result):
    """What the linter found, in the order of the files."""

    findings: tuple[Finding, ...]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        return f"<Findings: {len(self.findings)}>"


def lint(*paths: What, select: Sequence[str] = (), ignore: Sequence[str] = (), input: str | None = None) -> Findings:
    """Find what is wrong, doubtful or wasteful in the specs of files and folders; nothing is changed.

    Settings are those of the nearest `cnncalc.toml` or `pyproject.toml`; `select` and `ignore` take codes such as W3 or
    W301. Raises ValueError for an unknown code or settings that cannot be used, NotFound for a path that is not there.
    """
    try:
        chosen, left_out = selectors(select, "select"), selectors(ignore, "ignore")
        finder = Finder()

        def settings(path: str) -> Settings:
            return finder(path).over(chosen, (), left_out, None)

        found = search([os.fspath(path) for path in paths], settings)
        if found.missing:
            raise NotFound([Problem("E114", f"there is no file or folder {quoted(path)}") for path in found.missing])
        tasks = [(path, settings(path).selection(path), input) for path in found.files]
    except Unusable as error:
        raise ValueError(str(error)) from None
    unread = of_unreadable(found.problems).findings if found.problems else ()
    return Findings((*unread, *(finding for one in check_files(tasks) for finding in one.findings)))


Task = tuple[str, Selection, str | None]
"""A path, its selection, and an input override."""

FEWEST = 48
"""Number of files from which on parallel processes are faster."""

CHUNK = 16


def check_files(tasks: Sequence[Task], processes: int | None = None) -> Iterator[Checked]:
    """Lint files in their order."""
    processes = processes or min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, 16)
    pool = workers(processes) if len(tasks) >= FEWEST and processes > 1 else None
    if pool is None:
        yield from map(check_file, tasks)
        return
    with pool:
        yield from pool.map(check_file, tasks, chunksize=CHUNK)


def check_file(task: Task) -> Checked:
    """Lint one file, or a chain; an internal error is reported at the file, and the others are still linted."""
    path, selection, input = task
    if is_chain(path) and not os.path.lexists(path):
        return check_bytes(path.encode(), "<command line>", selection, input)
    data = read_file(path)
    try:
        checked = of_unreadable([data]) if isinstance(data, Problem) else check_bytes(data, path, selection, input)
    except Exception as fault:
        message = f"internal error of cnncalc on this file ({type(fault).__name__})"
        checked = of_unreadable([Problem("E114", message, Place(Source(path, ""), 1, 1), "please report it")])
    if not checked.findings:
        return Checked(Source(path, ""), (), checked.suppressed_errors)
    return checked


def of_unreadable(problems: Iterable[Problem]) -> Checked:
    """Return the findings of files and folders that cannot be read."""
    findings = tuple(of_problem(p, p.place or Place(Source("", ""), 1, 1)) for p in problems)
    return Checked(findings[0].place.source, findings)
