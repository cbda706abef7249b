"""Files are written whole, replaced only if unchanged, and by one process at a time."""

from __future__ import annotations

import fcntl
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import cnncalc
from cnncalc import files
from cnncalc.files import draft, draft_name, held, put


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "PATIENCE", 0.2)


def test_a_file_keeps_its_permissions_and_a_link_stays_one() -> None:
    Path("real").write_bytes(b"old")
    Path("real").chmod(0o640)
    Path("link").symlink_to("real")
    put("link", b"new")
    assert Path("real").read_bytes() == b"new"
    assert Path("link").is_symlink()
    assert stat.S_IMODE(Path("real").stat().st_mode) == 0o640
    put("fresh", b"")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(Path("fresh").stat().st_mode) == 0o666 & ~mask
    assert sorted(os.listdir()) == ["fresh", "link", "real"]


def test_a_failure_leaves_the_old_content() -> None:
    put("a", b"old")

    def fail() -> None:
        with draft("a") as new:
            new.write_bytes(b"half")
            raise OSError(28, "no room")

    with pytest.raises(OSError, match="no room"):
        fail()
    assert (Path("a").read_bytes(), os.listdir()) == (b"old", ["a"])


def test_what_was_changed_meanwhile_is_not_overwritten() -> None:
    put("a", b"old")
    put("a", b"edited")
    with pytest.raises(OSError, match="another program has changed it meanwhile, run the command again"):
        put("a", b"formatted", before=b"old")
    assert (Path("a").read_bytes(), os.listdir()) == (b"edited", ["a"])
    put("a", b"edited", before=b"old")  # another process wrote the same


def test_the_draft_of_a_killed_run_is_removed() -> None:
    Path(draft_name("a")).write_bytes(b"half of something long")
    put("a", b"new")
    Path(draft_name("a")).symlink_to("elsewhere")
    put("a", b"newer")
    os.mkfifo(draft_name("a"))
    put("a", b"newest")
    assert (Path("a").read_bytes(), os.listdir()) == (b"newest", ["a"])


def test_a_file_that_another_process_writes_is_waited_for_then_refused() -> None:
    with open(draft_name("a"), "wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError, match="another run of cnncalc is writing it"):
            put("a", b"new")
        other.write(b"whole")
        other.flush()
        os.replace(draft_name("a"), "a")
    assert Path("a").read_bytes() == b"whole"


def test_many_writers_leave_one_whole_file() -> None:
    texts = [bytes([number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(put, "a", text, sync=False) for text in texts]:
            done.result()
    assert Path("a").read_bytes() in texts
    assert os.listdir() == ["a"]


def test_where_there_are_no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_lock", lambda handle: None)
    put("a", b"old")
    put("a", b"new")
    assert (Path("a").read_bytes(), os.listdir()) == (b"new", ["a"])
    with held(Path("lock")), held(Path("lock")):
        pass


def test_a_lock_is_held_as_long_as_its_file_is_open() -> None:
    with held(Path("lock")), pytest.raises(BlockingIOError):
        held(Path("lock"))
    held(Path("lock")).close()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: os.mkfifo(path), "it is a pipe that no process reads"),
        (lambda path: os.mkdir(path), "Is a directory"),
        (lambda path: os.symlink(path, path), "Too many levels of symbolic links"),
        (lambda path: os.symlink("nowhere/at/all", path), "No such file or directory"),
    ],
    ids=["pipe", "folder", "loop", "dangling"],
)
def test_what_is_no_file_is_refused(make: object, reason: str) -> None:
    assert callable(make)
    make("a")
    with pytest.raises(OSError, match=reason):
        put("a", b"new")
    assert os.listdir() == ["a"]


def test_a_pipe_that_is_read_gets_the_bytes() -> None:
    os.mkfifo("a")
    reading = os.open("a", os.O_RDONLY | os.O_NONBLOCK)
    put("a", b"text")
    assert os.read(reading, 10) == b"text"
    os.close(reading)
    put("/dev/null", b"text")


def test_all_files_are_replaced_in_one_place() -> None:
    package = Path(cnncalc.__file__).parent
    replacing = re.compile(r"os\.(replace|rename)\(|\bmkstemp\(|\.(write_text|rename)\(")
    others = [path for path in package.rglob("*.py") if replacing.search(path.read_text("utf-8"))]
    assert {str(path.relative_to(package)) for path in others} == {"files.py", "algebra/runs.py"}
