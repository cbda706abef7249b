"""Processes on this machine that end with the one that started them, however that one ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from threading import Thread
from typing import Any


def workers(
    jobs: int, start: Callable[..., object] | None = None, given: tuple[Any, ...] = (), *, fresh: bool = False
) -> ProcessPoolExecutor:
    """Return a pool of processes, each of which calls `start(*given)` first; `fresh` ones load everything anew."""
    context = multiprocessing.get_context("spawn") if fresh else None
    return ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(start, given))


@contextmanager
def unheard() -> Iterator[None]:
    """Let processes that are started meanwhile never hear Ctrl-C; here it is heard afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
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
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
