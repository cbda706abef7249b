"""Pipes, folders and broken links in place of files: refused as arguments, skipped in searches, never waited for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from tests.cli.conftest import Run
from tests.effort import sampled

MAKE = {
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: os.mkdir(path),
    "loop": lambda path: os.symlink(os.path.basename(path), path),
    "dangling": lambda path: os.symlink("nowhere", path),
}
REASON = {
    "pipe": "it is a pipe or a device, and no regular file",
    "folder": "it is a folder",
    "loop": "too many levels of symbolic links",
    "dangling": "no such file or directory",
}


@pytest.fixture(autouse=True)
def no_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CNNCALC_PATH", raising=False)

    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(300)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    "words", sampled([["show", "alexnet"], ["list"], ["show", "mine"], ["lint", "own/net.cnn.yaml"]], every=3)
)
def test_searches_go_on_without_them(run: Run, kind: str, words: list[str]) -> None:
    os.mkdir("own")
    Path("own/net.cnn.yaml").write_text("name: mine\ninput: 8x8x3\nlayers: conv 4 3x3\n")
    MAKE[kind]("own/bad.cnn.yaml")
    result = run(*words, CNNCALC_PATH="own")
    assert result.exit_code == 0
    if words[0] != "lint":
        assert result.stderr.splitlines() == [f"warning: 'own/bad.cnn.yaml' is skipped: {REASON[kind]}"]


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    "words",
    [
        ["show", "x.cnn.yaml"],
        ["explain", "x.cnn.yaml", "1"],
        ["compare", "x.cnn.yaml"],
        ["solve", "x.cnn.yaml"],
        ["sizes", "x.cnn.yaml"],
        ["sweep", "x.cnn.yaml", "--vary", "input=8..16"],
        ["published", "x.cnn.yaml"],
        ["verify", "x.cnn.yaml"],
        ["fmt", "x.cnn.yaml"],
        ["annotate", "x.cnn.yaml"],
        ["quiz", "--key", "x.cnn.yaml"],
        ["grade", "x.cnn.yaml", "in", "-o", "out"],
        ["quiz", "--students", "x.cnn.yaml", "-o", "out"],
        ["lint", "--config", "x.cnn.yaml", "a.cnn.yaml"],
    ],
    ids=lambda words: words[0],
)
def test_as_arguments_they_are_refused(run: Run, kind: str, words: list[str]) -> None:
    if words[0] == "verify":
        pytest.importorskip("torch")
    MAKE[kind]("x.cnn.yaml")
    os.mkdir("in")
    Path("in/a.txt").write_text("1: 2")
    Path("a.txt").write_text("1: 2")
    Path("a.cnn.yaml").write_text("input: 8x8x3\nlayers: conv 4 3x3\n")
    result = run(*words)
    assert result.exit_code in ((0, 2) if kind == "folder" else (2,)), result.output
    assert "x.cnn.yaml" in result.output or result.output == "formatted 0 of 0 files\n"


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop"])
@pytest.mark.parametrize(
    "words",
    [
        ["show", "alexnet", "-o"],
        ["list", "-o"],
        ["sweep", "8x8x3 -> conv 4 3x3", "--vary", "input=8..16", "-o"],
        ["quiz", "-n", "1", "-o"],
        ["lint", "a.cnn.yaml", "-o"],
    ],
    ids=lambda words: words[0],
)
def test_as_outputs_they_are_refused(run: Run, kind: str, words: list[str]) -> None:
    MAKE[kind]("x.csv")
    Path("a.cnn.yaml").write_text("input: 8x8x3\nlayers: conv 4 3x3\n")
    result = run(*words, "x.csv")
    assert result.exit_code == 2, result.output
    assert "E114 file: 'x.csv' cannot be written: " in result.stderr


def test_what_a_shell_opened_is_read(run: Run) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"input: 8x8x3\nlayers: conv 4 3x3\n")
    os.close(writing)
    result = run("show", f"/dev/fd/{reading}")
    os.close(reading)
    assert (result.exit_code, "112" in result.stdout) == (0, True)
