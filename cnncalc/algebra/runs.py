"""A run of a sweep: blocks are computed by an engine and kept on disk, so that an interrupted run goes on where it was.

Beside the output `front.csv` stands `front.csv.parts` while the run lasts: a manifest that says which sweep it belongs
to, and a file for each block. Both go when the output is written.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import numpy as np

import cnncalc
from cnncalc.algebra.grid import BLOCK, LONGEST
from cnncalc.algebra.sweep import Block, Task, TooLarge, chosen, compute
from cnncalc.files import held, put, reason_of
from cnncalc.numbers.arrays import Array
from cnncalc.problem import NoAnswer, Problem, quoted
from cnncalc.spec.model import Formula
from cnncalc.workers import without_interrupts, workers

MANIFEST, LOCK = "manifest.json", "lock"
PATIENCE = 10
"""Seconds that a Dask scheduler has to answer."""
ROWS = 1 << 18
"""About how many rows are merged at once."""

Columns = dict[str, Array]
Engine = Callable[[Task, Iterable[int]], Iterator[tuple[int, Block]]]
"""Computes blocks in any order."""


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    blocks: int
    done: int = 0
    configurations: int = 0
    unbuilt: int = 0
    rows: int = 0
    reason: str = ""
    damaged: int = 0  # blocks that were kept and are computed again

    def add(self, block: Block) -> None:
        self.done += 1
        self.configurations += block.configurations
        self.unbuilt += block.unbuilt
        self.rows += len(next(iter(block.columns.values())))
        self.reason = self.reason or block.reason


class Parts:
    """The blocks of one sweep that are on disk."""

    def __init__(self, folder: Path, task: Task) -> None:
        self.folder, self.task = folder, task
        self.key = fingerprint(task)
        self._held: IO[bytes] | None = None  # as long as it is open, the folder is this process's

    def open(self) -> tuple[list[int], int]:
        """Begin or go on; return the blocks that are there, and how many were damaged and are removed.

        Raises NoAnswer when they are another sweep's, or while another process works on them.
        """
        try:
            self._held = held(self.folder / LOCK, self._lock_file)
        except BlockingIOError:
            message = f"another sweep is working in {quoted(str(self.folder), 200)}"
            raise NoAnswer([Problem("E114", message, None, "wait for it, or write to another file")]) from None
        for left in self.folder.glob(".*.draft"):
            left.unlink()
        manifest = self.folder / MANIFEST
        if not manifest.exists():
            for path in self.folder.glob("*.npy"):
                path.unlink()  # blocks without a manifest are nobody's
        elif (sweep := _sweep_of(manifest)) is not None and sweep != self.key:
            message = f"{quoted(str(self.folder), 200)} has the blocks of another sweep"
            raise NoAnswer([Problem("E114", message, None, "remove it, or write to another file")])
        put(manifest, json.dumps({"sweep": self.key, "digest": _digest_of(self.key)}).encode(), sync=False)
        there = sorted(int(path.stem) for path in self.folder.glob("*.npy") if path.stem.isdecimal())
        sound = [number for number in there if self._is_sound(number)]
        for number in {*there}.difference(sound):
            self._path(number, "npy").unlink()
        return sound, len(there) - len(sound)

    def _lock_file(self, path: Path) -> IO[bytes]:
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # the run before removed the folder meanwhile
                return path.open("ab")

    def keep(self, number: int, block: Block) -> None:
        """Write a block, whole or not at all: its array comes last. Raises OSError."""
        header_fields = {
            "columns": [*block.columns],
            "configurations": block.configurations,
            "unbuilt": block.unbuilt,
            "reason": block.reason,
        }
        whole = BytesIO()  # numpy, writing to a full disk, would not say that it is full
        np.save(whole, np.stack([*block.columns.values()]))
        header = json.dumps(header_fields).encode()
        digest = self._digest(number, header, whole.getbuffer())
        # What a power cut loses is found by its digest, and computed again.
        put(self._path(number, "json"), digest + b"\n" + header, sync=False)
        put(self._path(number, "npy"), whole.getvalue(), sync=False)

    def _digest(self, number: int, *parts: bytes | memoryview) -> bytes:
        """Return a digest of a block, which another place or another sweep does not have."""
        digest = hashlib.sha256(f"{self.key} {number}\n".encode())
        for part in parts:
            digest.update(part)
        return digest.hexdigest().encode()

    def _is_sound(self, number: int) -> bool:
        """Return whether a block holds what was written; raises OSError where it cannot be read."""
        try:
            digest, _, header = self._path(number, "json").read_bytes().partition(b"\n")
        except FileNotFoundError:
            return False
        whole = self._path(number, "npy").read_bytes()
        return number < self.task.grid.blocks and digest == self._digest(number, header, whole)

    def block(self, number: int) -> Block:
        """Open a sound block; its columns are read from the file where they are used."""
        header_fields = json.loads(self._path(number, "json").read_bytes().partition(b"\n")[2])
        data = np.load(self._path(number, "npy"), mmap_mode="r")
        columns = dict(zip(header_fields["columns"], data, strict=True))
        return Block(columns, header_fields["configurations"], header_fields["unbuilt"], header_fields["reason"])

    def _path(self, number: int, ending: str) -> Path:
        return self.folder / f"{number:08}.{ending}"

    def remove(self) -> None:
        gone = self.folder.with_name(f".{self.folder.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        with suppress(OSError):
            self.folder.rename(gone)  # at once: half of the blocks would be taken for a sweep to go on with
        shutil.rmtree(gone, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Let others in."""
        if self._held is not None:
            self._held.close()


def _sweep_of(manifest: Path) -> str | None:
    """Return which sweep's blocks a folder has; None where the manifest is damaged, and each block has to show it."""
    try:
        header_fields = json.loads(manifest.read_bytes())
    except (ValueError, RecursionError):
        return None
    sweep = header_fields.get("sweep") if isinstance(header_fields, dict) else None
    return sweep if isinstance(sweep, str) and header_fields.get("digest") == _digest_of(sweep) else None


def _digest_of(sweep: str) -> str:
    return hashlib.sha256(sweep.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(task: Task) -> str:
    """Return what identifies a sweep: its text, its grid, what it asks for, and how it is cut."""
    grid = [(axis.name, _texts(axis.values)) for axis in task.grid.axes]
    settings = {name: _texts((given,)) for name, given in task.settings.items()}
    variant = task.variant.name.text if task.variant else None
    asked = (task.quantities, task.where, task.sort, task.descending, task.top, task.pareto)
    whole = (cnncalc.__version__, BLOCK, LONGEST, task.spec.text.text, variant, settings, grid, asked)
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def _texts(values: Iterable[Any]) -> object:
    if isinstance(values, range):
        return repr(values)
    return [value.text.text if isinstance(value, Formula) else repr(value) for value in values]


def run(
    task: Task, folder: Path, engine: Engine, report: Callable[[Progress], None] | None = None
) -> tuple[Parts, Progress]:
    """Compute the blocks that are not there yet. Raises NoAnswer for a full disk or a worker that died."""
    parts, progress = Parts(folder, task), Progress(task.grid.blocks)
    try:
        done, progress.damaged = parts.open()
        for number in done:
            progress.add(parts.block(number))
        if report:
            report(progress)
        last = task.grid.blocks - 1  # comes first: what is too large is there as a rule, and reported at once
        missing = (number for number in chain([last], range(last)) if number not in done)
        for number, block in engine(task, missing):
            parts.keep(number, block)
            progress.add(block)
            if report:
                report(progress)
    except OSError as error:
        parts.release()
        raise unwritable(folder, error, progress) from error
    except TooLarge:  # the same command would meet it again
        parts.remove()
        raise
    except BaseException:
        parts.release()
        raise
    return parts, progress


def unwritable(path: Path, error: OSError, progress: Progress) -> NoAnswer:
    reason = "the disk is full" if error.errno == errno.ENOSPC else reason_of(error)
    message = f"{quoted(str(path), 200)} cannot be written: {reason}"
    return NoAnswer([Problem("E114", message, None, kept(progress))])


def kept(progress: Progress) -> str:
    """Say what an interrupted run leaves."""
    return f"{progress.done} of {progress.blocks} blocks are kept: the same command goes on from there"


# Engines.


def alone(task: Task, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
    """Compute in this process."""
    for number in numbers:
        yield number, compute(task, number)


def processes(jobs: int) -> Engine:
    """Return an engine of some processes on this machine."""

    def engine(task: Task, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
        from concurrent.futures import FIRST_COMPLETED, Future, wait
        from concurrent.futures.process import BrokenProcessPool

        pool = workers(jobs, fresh=True)
        if pool is None:
            yield from alone(task, numbers)
            return
        waiting = iter(numbers)
        running: dict[Future[Block], int] = {}
        with pool:
            try:
                while True:
                    for number in waiting:
                        with without_interrupts():
                            running[pool.submit(compute, task, number)] = number
                        if len(running) >= 2 * jobs:  # no more results wait in memory
                            break
                    if not running:
                        return
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        number = running.pop(done)
                        yield number, done.result()
            except BrokenProcessPool:
                raise died("a worker process") from None
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    return engine


def dask(address: str | None, jobs: int) -> Engine:
    """Return an engine on a Dask cluster: that at an address, or one of this machine's processes."""

    def engine(task: Task, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            message = "--engine dask needs the package distributed"
            raise NoAnswer([Problem("E121", message, None, "pip install '.[dask]'")]) from None
        local = {
            "n_workers": jobs,
            "threads_per_worker": 1,
            "dashboard_address": None,
            "silence_logs": logging.CRITICAL,
        }
        with _silent():
            try:
                with without_interrupts():
                    connected = (
                        distributed.Client(address, timeout=PATIENCE) if address else distributed.Client(**local)
                    )
            except (OSError, ValueError):
                message = f"no Dask scheduler answers at {quoted(address or 'this machine')}"
                hint = "as in dask=tcp://127.0.0.1:8786; dask alone starts workers on this machine"
                raise NoAnswer([Problem("E122", message, None, hint)]) from None
            with connected as client:
                # The task goes with every block: what is scattered once dies with the workers that hold it.
                waiting = iter(numbers)
                most = 4 * max(jobs, sum(client.nthreads().values()))
                first = [client.submit(_numbered, task, number, pure=False) for number in islice(waiting, most)]
                futures = distributed.as_completed(first)
                for future in futures:
                    number, block = _result(future, distributed)
                    yield number, block
                    for number in islice(waiting, 1):
                        futures.add(client.submit(_numbered, task, number, pure=False))

    return engine


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what Dask logs of lost connections off the screen: what counts of it is reported as a problem."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def _numbered(task: Task, number: int) -> tuple[int, Block | TooLarge]:
    """Compute a block on a Dask worker, which would log what is raised."""
    try:
        return number, compute(task, number)
    except TooLarge as problem:
        return number, problem


def _result(future: Any, distributed: Any) -> tuple[int, Block]:
    try:
        number, block = future.result()
    except distributed.KilledWorker:
        raise died("a Dask worker") from None
    except (OSError, CancelledError):
        raise died("the Dask cluster") from None
    except ImportError as missing:
        message = f"a Dask worker cannot compute: {str(missing).lower()}"
        raise NoAnswer([Problem("E121", message, None, f"workers need cnncalc {cnncalc.__version__} too")]) from None
    if isinstance(block, TooLarge):
        raise block
    return number, block


def died(who: str) -> NoAnswer:
    """Return the problem of a worker that died, as when memory runs out."""
    message = f"{who} died before its block was done"
    hint = (
        "blocks that were finished are kept: the same command goes on from there, with fewer --jobs if memory is short"
    )
    return NoAnswer([Problem("E123", message, None, hint)])


# The result, in order.


def rows(parts: Parts, progress: Progress) -> Iterator[Columns]:
    """Yield the result in batches of rows that fit into memory: the front or the top, sorted, or as the grid runs."""
    task = parts.task
    numbers = range(progress.blocks)
    if task.pareto or task.top is not None:
        best: Columns | None = None
        for number in numbers:
            columns = parts.block(number).columns
            both = columns if best is None else {name: np.concatenate([best[name], columns[name]]) for name in columns}
            best = chosen(task, both)
        yield best or {}
    elif task.sort:
        yield from _merged(parts, numbers)
    else:
        for number in numbers:
            yield parts.block(number).columns


def _merged(parts: Parts, numbers: range) -> Iterator[Columns]:
    """Merge blocks that are sorted, range of keys by range of keys, each with about ROWS rows."""
    task = parts.task
    assert task.sort is not None
    sign = -1 if task.descending else 1

    def keys(number: int) -> tuple[Columns, Array]:
        columns = parts.block(number).columns
        return columns, sign * task.values(task.sort or "", columns)

    samples: list[Array] = []
    ends_of: list[tuple[int, int] | None] = []
    for number in numbers:
        _, key = keys(number)
        samples.append(np.array(key[:: ROWS // 64]))
        ends_of.append((int(key[0]), int(key[-1])) if len(key) else None)
    sample = np.sort(np.concatenate(samples))
    count = -(-sum(map(len, samples)) // 64)
    ends = np.unique(sample[[len(sample) * i // count for i in range(1, count)]]) if count > 1 else sample[:0]
    low: int | None = None
    for high in [*ends.tolist(), None]:
        pieces: list[Columns] = [{name: column[:0] for name, column in parts.block(0).columns.items()}]
        for number, span in zip(numbers, ends_of, strict=True):
            if span is None or (low is not None and span[1] <= low) or (high is not None and span[0] > high):
                continue
            columns, key = keys(number)
            first = 0 if low is None else int(np.searchsorted(key, low, "right"))
            last = len(key) if high is None else int(np.searchsorted(key, high, "right"))
            pieces.append({name: column[first:last] for name, column in columns.items()})
        together = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        order = np.argsort(sign * task.values(task.sort, together), kind="stable")
        yield {name: column[order] for name, column in together.items()}
        low = high
