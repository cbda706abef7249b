"""A sweep as a person asks for it, and its rows: in memory, or in blocks of a folder from which it goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cnncalc.loading import Stdin, What
from cnncalc.loading.overrides import Settings, written_settings, written_value
from cnncalc.problem import quoted
from cnncalc.result import Result

if TYPE_CHECKING:
    from cnncalc.algebra.runs import Columns, Engine, Parts, Progress
    from cnncalc.algebra.sweep import Task


class TooManyError(ValueError):
    """A grid has more configurations than were asked for at most."""

    def __init__(self, task: Task, most: int) -> None:
        super().__init__(f"the grid has {task.grid.size:,} configurations, more than {most:,}")
        self.task = task


@dataclass(frozen=True, repr=False)
class Sweep(Result):
    """The configurations of a grid and their totals: it iterates over the rows, as dictionaries.

    In `columns`, numpy arrays, vars are indices of the grid. Without a folder everything is in memory; with one, rows
    are read from its blocks, and `discard()` removes them.
    """

    task: Task
    progress: Progress
    parts: Parts | None = None
    kept: tuple[Columns, ...] = ()
    engine: str = "local"
    jobs: int = 1

    @property
    def configurations(self) -> int:
        """How many were computed."""
        return self.progress.configurations

    @property
    def unbuilt(self) -> int:
        """How many of them are no network."""
        return self.progress.unbuilt

    def batches(self) -> Iterator[Columns]:
        """Yield the columns in batches of rows that fit into memory, in order."""
        from cnncalc.algebra.runs import rows

        return iter(self.kept) if self.parts is None else rows(self.parts, self.progress)

    @cached_property
    def columns(self) -> Columns:
        """Every column as one numpy array."""
        import numpy as np

        batches = [batch for batch in self.batches() if batch]
        return {name: np.concatenate([batch[name] for batch in batches]) for name in self.task.columns if batches}

    def unchosen(self, folder: Path) -> Sweep:
        """Compute every configuration again, also those that are not on the front or in the top."""
        return _run(replace(self.task, pareto=(), top=None), folder, self.engine, self.jobs, None)

    def discard(self) -> None:
        """Remove the blocks in the folder: an interrupted sweep would go on from them."""
        if self.parts is not None:
            self.parts.remove()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self.batches():
            for row in zip(*self.task.lists(batch), strict=True) if batch else ():
                yield dict(zip(self.task.columns, row, strict=True))

    def __len__(self) -> int:
        return sum(len(next(iter(batch.values()), ())) for batch in self.batches())

    def __repr__(self) -> str:
        return f"<Sweep: {len(self):,} of {self.configurations:,} configurations, {', '.join(self.task.columns)}>"


def sweep(
    what: What,
    vary: Mapping[str, str | Iterable[object]] | Sequence[str],
    *,
    columns: Sequence[str] = ("params", "macs", "activation_bytes"),
    where: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    pareto: Sequence[str] = (),
    settings: Settings | None = None,
    engine: str = "local",
    jobs: int = 1,
    folder: What | None = None,
    most: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    optimizer: str = "sgd",
    amp: str | None = None,
    stdin: Stdin | None = None,
) -> Sweep:
    """Compute totals for every combination of values of vars and of the input's size.

    `vary` gives the values: `{"width": "16..128:8", "input": [128, 160], "batch": "1..64"}`; `optimizer` and `amp` are
    those of peak_memory. `where`, `sort`, `top`, `pareto` are the
    options of `cnncalc sweep`; `engine` is `local`, `dask` or `dask=ADDRESS`. The rows stay in memory, unless `folder`
    names one for the blocks: then an interrupted sweep goes on there, and it may be larger than memory. `progress` is
    called after each block. Raises Problems of the question, TooManyError, a ValueError, for more than `most`
    configurations, NoAnswer where the folder cannot be written, and ModuleNotFoundError without numpy.
    """
    from cnncalc.algebra.tasks import task_of
    from cnncalc.network.memory import Options

    if isinstance(vary, Mapping):
        vary = [f"{name}={v if isinstance(v, str) else ','.join(map(written_value, v))}" for name, v in vary.items()]
    given = written_settings(settings)
    task = task_of(
        os.fspath(what),
        vary,
        tuple(columns),
        where,
        sort,
        top,
        tuple(pareto),
        given,
        stdin,
        Options(optimizer=optimizer, amp=amp),
    )
    if most is not None and task.grid.size > most:
        raise TooManyError(task, most)
    if folder is not None:
        return _run(task, Path(folder), engine, jobs, progress)
    with TemporaryDirectory() as passing, ExitStack() as stack:
        found = _run(task, Path(passing) / "parts", engine, jobs, progress)
        stack.callback(found.discard)
        return replace(found, parts=None, kept=(found.columns,))


def _run(task: Task, folder: Path, engine: str, jobs: int, progress: Callable[[Progress], None] | None) -> Sweep:
    from cnncalc.algebra.runs import run

    parts, done = run(task, folder, engine_of(engine, jobs), progress)
    return Sweep(task, done, parts, (), engine, jobs)


def engine_of(text: str, jobs: int) -> Engine:
    """Return what computes the blocks; raises ValueError for what is no engine."""
    from cnncalc.algebra.runs import alone, dask, processes

    name, _, address = text.partition("=")
    if name == "local" and not address:
        return alone if jobs == 1 else processes(jobs)
    if name == "dask":
        return dask(address or None, jobs)
    raise ValueError(f"{quoted(text)} is neither local, dask nor dask=ADDRESS")
