"""Processes on this machine that end with the one that started them, however that one ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread, Timer
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
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


PATIENCE = 60.0 if hasattr(signal, "setitimer") else 5.0
"""Seconds after which work is ended, also where the time of the processor cannot be limited."""

LENGTH = 8
"""Bytes that say how long a message is."""

RESULT, NO_MEMORY = b"=", b"!"


class Watched:
    """A process that does one piece of work after the other, and is ended where one takes too long or too much memory.

    A function of a module takes the work and returns what does it: what it imports first is not limited. The process is
    started when there is work, and again after an end. `seconds` are of the processor, so that the answer does not
    depend on what else a machine does.
    """

    def __init__(self, module: str, function: str, seconds: float, memory: int) -> None:
        self.given = (module, function, seconds, memory)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        self._owner = 0  # a fork has its parent's process, and must not talk to it

    def answer(self, work: bytes) -> bytes:
        """Return what the function makes of the work.

        Raises TimeoutError, MemoryError, ChildProcessError where the process ends in the middle of it, and OSError
        where none can be started.
        """
        with self._lock:
            return self._answer(work)

    def _answer(self, work: bytes) -> bytes:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        end = monotonic() + PATIENCE
        timer = Timer(PATIENCE, process.kill)
        timer.start()
        try:
            process.stdin.write(len(work).to_bytes(LENGTH, "big") + work)
            process.stdin.flush()
            length = int.from_bytes(process.stdout.read(LENGTH), "big")
            answer = process.stdout.read(length)
        except BrokenPipeError:
            answer = b""
        finally:
            timer.cancel()
        if not answer:
            self._process = None
            process.communicate()
            if monotonic() > end or (hasattr(signal, "SIGPROF") and process.returncode == -signal.SIGPROF):
                raise TimeoutError
            raise ChildProcessError
        if answer[:1] == NO_MEMORY:
            raise MemoryError
        return answer[1:]

    def _started(self) -> subprocess.Popen[bytes]:
        import subprocess

        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            code = f"import sys; sys.path[:] = {sys.path!r}; from cnncalc.workers import _serve; _serve{self.given!r}"
            with without_interrupts():
                self._process = subprocess.Popen(
                    [sys.executable, "-c", code],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            self._owner = os.getpid()
        return self._process


def _serve(module: str, function: str, seconds: float, memory: int) -> None:
    """Answer one piece of work after the other, until the other end is closed."""
    from importlib import import_module

    prepare = getattr(import_module(module), function)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while length := source.read(LENGTH):
        work = prepare(source.read(int.from_bytes(length, "big")))
        with _limited(seconds, memory):
            try:
                answer = RESULT + work()
            except MemoryError:
                answer = NO_MEMORY
        sink.write(len(answer).to_bytes(LENGTH, "big") + answer)
        sink.flush()


@contextmanager
def _limited(seconds: float, memory: int) -> Iterator[None]:
    """Limit this process, as far as the system can: the time of the processor, and memory beyond what it has now."""
    try:
        import resource

        with open("/proc/self/statm") as stream:
            now = int(stream.read().split()[0]) * resource.getpagesize()
        before, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, most))
    except (ImportError, OSError, ValueError):  # Windows, macOS
        yield from _timed(seconds)
        return
    try:
        yield from _timed(seconds)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))


def _timed(seconds: float) -> Iterator[None]:
    timed = hasattr(signal, "setitimer")
    if timed:
        signal.setitimer(signal.ITIMER_PROF, seconds)
    yield
    if timed:
        signal.setitimer(signal.ITIMER_PROF, 0)
