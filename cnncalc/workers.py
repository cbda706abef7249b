"""Processes on this machine that end with the one that started them, however that one ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def workers(
    jobs: int, start: Callable[..., object] | None = None, given: tuple[Any, ...] = (), *, fresh: bool = False
) -> ProcessPoolExecutor | None:
    """Return a pool of processes, each of which calls `start(*given)` first; `fresh` ones load everything again.

    None where a machine cannot share work: a browser has no processes, a container may have no /dev/shm to write to.
    """
    try:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("spawn") if fresh else None
        return ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(start, given))
    except (OSError, ImportError, NotImplementedError):
        return None


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Block Ctrl-C in processes started meanwhile; here it is handled afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would unblock the signal when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(start: Callable[..., object] | None, given: tuple[Any, ...]) -> None:
    # Ctrl-C reaches every process of a terminal; the one that started us decides what becomes of our work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    if start is not None:
        start(*given)


def _end_with_parent() -> None:
    """End this process when its parent is gone: who kills that one leaves nobody to say so."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
