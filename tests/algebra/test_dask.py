"""A sweep on a live Dask cluster whose workers are killed in the middle. Skipped without the extra `dask`."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest

from cnncalc.algebra import runs
from cnncalc.algebra.runs import Progress, alone, rows, run
from cnncalc.algebra.sweep import Task
from cnncalc.algebra.tasks import task_of
from cnncalc.problem import NoAnswer
from cnncalc.render.sweep import write
from tests.effort import sampled

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed")

SPEC = """
name: net
input: 32x32x3
vars: {width: 8, depth: 2}
layers:
  - body: depth * (conv width 3x3 pad=1 -> relu)
  - out: global_avgpool -> flatten -> linear 10
"""


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """Some fifty blocks, sorted, so that the order in which they come does not show."""
    path = tmp_path / "net.cnn.yaml"
    path.write_text(SPEC)
    return task_of(str(path), ("width=1..2000", "depth=1..4", "input=8..300"), ("params", "macs"), None, "-macs", 5_000)


def written(task: Task, folder: Path, name: str, *engine: object) -> bytes:
    parts, progress = run(task, folder / f"{name}.parts", *engine)  # type: ignore[arg-type]
    write(task, rows(parts, progress), folder / f"{name}.csv")
    return (folder / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1"])
def test_nobody_answers(task: Task, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes first: after clusters in the same process, distributed's client waits longer than it is told to."""
    monkeypatch.setattr("cnncalc.algebra.runs.PATIENCE", 1)
    with pytest.raises(NoAnswer) as told:
        run(task, tmp_path / "parts", runs.dask(address, 1))
    assert [str(problem) for problem in told.value] == [
        f"E122 device: no Dask scheduler answers at '{address}'\n"
        "  help: as in dask=tcp://127.0.0.1:8786; dask alone starts workers on this machine"
    ]


@pytest.mark.exhaustive
@pytest.mark.parametrize("workers", sampled([2, 1], every=2))
def test_a_killed_worker_changes_nothing(task: Task, tmp_path: Path, workers: int) -> None:
    """Dask computes lost blocks on another worker, or on the one that is started in its place."""
    import distributed

    killed: list[int] = []
    with (
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = min(client.run(os.getpid).values())

        def tell(progress: Progress) -> None:
            if progress.done == 3:
                os.kill(victim, signal.SIGKILL)
                killed.append(progress.blocks - progress.done)

        found = written(task, tmp_path, "dask", runs.dask(cluster.scheduler_address, workers), tell)
    assert killed[0] > 10
    assert found == written(task, tmp_path, "alone", alone)


@pytest.mark.exhaustive  # a cluster of its own
def test_a_worker_that_dies_for_good(task: Task, tmp_path: Path) -> None:
    """Where Dask gives up, the blocks that were finished are kept, and the next run goes on from there."""
    import dask.config
    import distributed

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = min(client.run(os.getpid).values())

        def tell(progress: Progress) -> None:
            if progress.done == 3:
                os.kill(victim, signal.SIGKILL)

        with pytest.raises(NoAnswer) as told:
            run(task, tmp_path / "cut.parts", runs.dask(cluster.scheduler_address, 1), tell)
    (problem,) = told.value
    assert problem.headline() == "E123 memory: a Dask worker died before its block was done"
    assert problem.hint == (
        "blocks that were finished are kept: the same command goes on from there, with fewer --jobs if memory is short"
    )
    assert len(list((tmp_path / "cut.parts").glob("*.npy"))) >= 3
    assert written(task, tmp_path, "cut", alone) == written(task, tmp_path, "alone", alone)
