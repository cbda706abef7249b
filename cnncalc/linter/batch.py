"""Many files, sequentially or on all cores; of a file without findings only the name is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from cnncalc.linter.files import read_file
from cnncalc.linter.finding import of_problem
from cnncalc.linter.runner import Checked, check_bytes
from cnncalc.linter.settings import Selection
from cnncalc.problem import Place, Problem, Source
from cnncalc.workers import workers

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
    """Lint one file; an internal error is reported at the file, and the others are still linted."""
    path, selection, input = task
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
