"""Worker processes end with the one that started them, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import cnncalc
from cnncalc.workers import Watched, without_interrupts
from tests.effort import sampled

PACKAGE = Path(cnncalc.__file__).parent

STARTS = """
import os, sys, time
from cnncalc.workers import workers

if __name__ == "__main__":
    with workers(3, fresh=sys.argv[1] == "fresh") as pool:
        for number in pool.map(abs, range(-60, 0)):  # all three are there
            pass
        print(*pool._processes, flush=True)
        pool.submit(time.sleep, 60)
        time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks processes up in /proc")
@pytest.mark.parametrize("how", ["fresh", "forked"])
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path, how: str) -> None:
    """One of them is in the middle of its work, the others wait for some."""
    script = tmp_path / "starts.py"
    script.write_text(STARTS)
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    parent = subprocess.Popen([sys.executable, str(script), how], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    with parent.stdout as said:
        pids = [int(pid) for pid in said.readline().split()]
        assert pids
        assert all(map(alive, pids))
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [pid for pid in pids if alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def test_all_workers_are_started_in_one_place() -> None:
    files = (path for path in PACKAGE.rglob("*.py") if path.name != "workers.py")
    assert not [path for path in files if "ProcessPoolExecutor" in path.read_text("utf-8")]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it looks signals up in /proc")
def test_processes_that_never_hear_ctrl_c() -> None:
    look = [sys.executable, "-c", "print(next(x for x in open('/proc/self/status') if x.startswith('SigBlk')))"]

    def blocked() -> int:
        return int(subprocess.run(look, capture_output=True, text=True, check=True).stdout.split()[1], 16)

    interrupt = 1 << (signal.SIGINT - 1)
    with without_interrupts():
        assert blocked() & interrupt
    assert not blocked() & interrupt


NO_SEMAPHORES = """
import _multiprocessing
def refused(*args): raise OSError(30, "Read-only file system")
_multiprocessing.SemLock = type("SemLock", (_multiprocessing.SemLock,), {"__new__": refused})
from cnncalc.cli import main
main()
"""


@pytest.mark.parametrize(
    "words", sampled([["lint", "."], ["sweep", "m1.cnn.yaml", "--vary", "w=1..50", "--jobs", "2"]], every=2)
)
def test_where_dev_shm_cannot_be_written_one_process_does_the_work(tmp_path: Path, words: list[str]) -> None:
    for number in range(50):
        (tmp_path / f"m{number}.cnn.yaml").write_text("input: 8x8x3\nvars: {w: 3}\nlayers: conv w 3x3 pad=1\n")
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}

    def done(*command: str) -> tuple[int, str, str]:
        ended = subprocess.run(
            [sys.executable, *command, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        return ended.returncode, ended.stdout, ended.stderr

    usual = done("-m", "cnncalc")
    assert usual[0] == 0, usual
    assert done("-c", NO_SEMAPHORES) == usual


def test_no_module_loads_multiprocessing_early() -> None:
    """A browser's Python lacks it."""
    code = "import sys; import cnncalc.linter.batch, cnncalc.workers; print('multiprocessing' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.exhaustive  # seconds of waiting
def test_work_that_waits_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.workers.PATIENCE", 3.0)
    watched = Watched("tests.test_workers", "waiting", 60, 10**9)
    with pytest.raises(TimeoutError):
        watched.answer(b"wait")
    assert watched.answer(b"now") == b"now"
    with pytest.raises(ChildProcessError):
        watched.answer(b"fail")
    with pytest.raises(MemoryError):
        watched.answer(b"large")


def waiting(work: bytes) -> Callable[[], bytes]:
    """What the process of the test above does."""

    def answer() -> bytes:
        if work == b"wait":
            time.sleep(60)
        if work == b"large":
            raise MemoryError
        assert work != b"fail"
        return work

    return answer
