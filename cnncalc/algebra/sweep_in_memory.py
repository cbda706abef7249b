"""A sweep whose rows stay in memory; numpy, which it takes, is loaded when it runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cnncalc.loading import Settings, What, written_settings, written_value
from cnncalc.result import Result

if TYPE_CHECKING:
    from cnncalc.algebra.sweep import Task


@dataclass(frozen=True, repr=False)
class Sweep(Result):
    """The configurations of a grid and their totals. In `columns`, numpy arrays, vars are indices of the grid."""

    task: Task
    columns: dict[str, Any]
    configurations: int
    unbuilt: int

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in zip(*self.task.lists(self.columns), strict=True):
            yield dict(zip(self.task.columns, row, strict=True))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        return f"<Sweep: {len(self):,} of {self.configurations:,} configurations, {', '.join(self.task.columns)}>"


def sweep(
    what: What,
    vary: Mapping[str, str | Iterable[object]],
    *,
    columns: Sequence[str] = ("params", "macs", "activation_bytes"),
    where: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    pareto: Sequence[str] = (),
    settings: Settings | None = None,
    jobs: int = 1,
) -> Sweep:
    """Compute totals for every combination of values of vars and of the input's size; the rows stay in memory.

    `vary` gives the values: `{"width": "16..128:8", "input": [128, 160]}`. `where`, `sort`, `top`, `pareto` are the
    options of `cnncalc sweep`, which also resumes an interrupted sweep and writes larger ones to files. It takes
    numpy; raises ModuleNotFoundError without it.
    """
    import numpy as np

    from cnncalc.algebra.runs import alone, processes, rows, run
    from cnncalc.algebra.tasks import task_of

    axes = [f"{name}={v if isinstance(v, str) else ','.join(map(written_value, v))}" for name, v in vary.items()]
    given = written_settings(settings)
    task = task_of(os.fspath(what), axes, tuple(columns), where, sort, top, tuple(pareto), given)
    with TemporaryDirectory() as folder:
        parts, progress = run(task, Path(folder) / "parts", alone if jobs == 1 else processes(jobs))
        batches = [batch for batch in rows(parts, progress) if batch]
        found = {name: np.concatenate([batch[name] for batch in batches]) for name in task.columns} if batches else {}
        parts.remove()
    return Sweep(task, found, progress.configurations, progress.unbuilt)
