"""Which files are linted, and files that cannot be: the others are linted all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnncalc.linter.batch import check_files
from cnncalc.linter.files import ignored, read_file, search
from cnncalc.linter.runner import Checked, check_bytes
from cnncalc.linter.settings import Settings
from cnncalc.problem import Problem
from tests.linter.make import BROKEN, MIXED

SELECTION = Settings().selection("x")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a .gitignore, links that go round, and things that are no files."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.cnn.yaml", "b.cnn.yml", "c.yaml", "out/d.cnn.yaml", "sub/e.cnn.yaml", "sub/kept.cnn.yml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(BROKEN)
    for name in (".git", "node_modules", "dir.cnn.yaml"):
        Path(name).mkdir()
        Path(name, "f.cnn.yaml").write_text(BROKEN)
    Path(".gitignore").write_text("out/\n*.cnn.yml\n")
    Path("sub/.gitignore").write_text("!kept.cnn.yml\n")
    Path("sub/up").symlink_to("..")
    Path("link.cnn.yaml").symlink_to("sub/e.cnn.yaml")
    return tmp_path


def found(*paths: str) -> list[str]:
    return list(search(paths, lambda path: Settings()).files)


def test_a_folder(tree: Path) -> None:
    files = ["a.cnn.yaml", "link.cnn.yaml", "dir.cnn.yaml/f.cnn.yaml", "sub/e.cnn.yaml", "sub/kept.cnn.yml"]
    assert found(".") == files
    assert found("sub") == ["sub/e.cnn.yaml", "sub/kept.cnn.yml"]
    assert found("a.cnn.yaml", ".") == files  # each once
    assert found("sub/up")[0] == "sub/up/a.cnn.yaml"  # a link that is named


def test_a_named_file_is_taken_whatever_it_is_called(tree: Path) -> None:
    assert found("c.yaml", "out/d.cnn.yaml") == ["c.yaml", "out/d.cnn.yaml"]
    assert search(["gone", "\0"], lambda path: Settings()).missing == ("gone", "\0")


def test_exclude(tree: Path) -> None:
    settings = Settings(exclude=("sub", "a.*"))
    kept = ["link.cnn.yaml", "dir.cnn.yaml/f.cnn.yaml", "node_modules/f.cnn.yaml"]
    assert [file for file in search(["."], lambda path: settings).files if ".git" not in file] == kept


def test_ignored_outside_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n")
    assert not ignored(tmp_path / "a.cnn.yaml", is_folder=False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file(tree: Path) -> None:
    os.mkfifo("pipe.cnn.yaml")
    Path("loop.cnn.yaml").symlink_to("loop.cnn.yaml")
    Path("gone.cnn.yaml").symlink_to("nowhere")
    names = ["a.cnn.yaml", "pipe.cnn.yaml", "loop.cnn.yaml", "gone.cnn.yaml", "sub", "sub/e.cnn.yaml"]
    checked = check_files([(name, SELECTION, None) for name in names])
    assert [one.findings[0].headline() for one in checked] == [
        "a.cnn.yaml:3:24: E203 groups: 4 groups do not divide 6 input channels",
        "pipe.cnn.yaml:1:1: E114 file: 'pipe.cnn.yaml' cannot be read: it is a pipe or a device, and no regular file",
        "loop.cnn.yaml:1:1: E114 file: 'loop.cnn.yaml' cannot be read: too many levels of symbolic links",
        "gone.cnn.yaml:1:1: E114 file: 'gone.cnn.yaml' cannot be read: no such file or directory",
        "sub:1:1: E114 file: 'sub' cannot be read: it is a folder",
        "sub/e.cnn.yaml:3:24: E203 groups: 4 groups do not divide 6 input channels",
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_without_rights(tree: Path) -> None:
    Path("a.cnn.yaml").chmod(0)
    Path("out").chmod(0)
    try:
        assert isinstance(read_file("a.cnn.yaml"), Problem)
    finally:
        Path("out").chmod(0o755)


def test_a_folder_that_cannot_be_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refusing(path: str) -> object:
        if os.path.basename(path) == "sub":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("cnncalc.linter.files.os.scandir", refusing)
    looked = search(["."], lambda path: Settings())
    assert list(looked.files) == ["a.cnn.yaml", "link.cnn.yaml", "dir.cnn.yaml/f.cnn.yaml"]
    assert [problem.headline() for problem in looked.problems] == [
        "./sub:1:1: E114 file: 'sub' cannot be read: permission denied"
    ]


def test_many_files_in_parallel_are_what_they_are_one_by_one(tree: Path) -> None:
    names = []
    for number in range(60):
        names.append(f"n{number}.cnn.yaml")
        Path(names[-1]).write_text(MIXED if number % 3 else BROKEN)
    Path("n7.cnn.yaml").unlink()  # it vanishes between the search and the reading
    tasks = [(name, SELECTION, None) for name in names]
    single = [finding.headline() for one in check_files(tasks, 1) for finding in one.findings]
    several = [finding.headline() for one in check_files(tasks, 2) for finding in one.findings]
    assert several == single
    assert several[0] == "n0.cnn.yaml:3:24: E203 groups: 4 groups do not divide 6 input channels"
    assert any("n7.cnn.yaml" in line and "no such file" in line for line in several)


def test_a_fault_of_ours_is_told_at_its_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes, name: str, *rest: object) -> Checked:
        if name == "a.cnn.yaml":
            raise KeyError(name)
        return check_bytes(data, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("cnncalc.linter.batch.check_bytes", fail)
    checked = check_files([(name, SELECTION, None) for name in ("a.cnn.yaml", "sub/e.cnn.yaml")])
    assert [one.findings[0].headline() for one in checked] == [
        "a.cnn.yaml:1:1: E114 file: internal error of cnncalc on this file (KeyError)",
        "sub/e.cnn.yaml:3:24: E203 groups: 4 groups do not divide 6 input channels",
    ]
