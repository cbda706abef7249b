"""Folders of one's own specs: CNNCALC_PATH and --path, and what is kept of the library's numbers."""

from __future__ import annotations

import json
from contextvars import copy_context
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from cnncalc.cli import main
from cnncalc.comparison import catalogue
from cnncalc.comparison.catalogue import Shelf
from tests.cli.conftest import Run

MINE = "name: mine\ntitle: Mine\nyear: 2024\ninput: 8x8x3\nlayers:\n  - conv1: conv {out} 3x3\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with one spec."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "first.cnn.yaml").write_text(MINE.format(out=4))
    return folder


@pytest.mark.parametrize("name", ["mine", "first"])
def test_names_are_found_in_a_folder(run: Run, own: Path, name: str) -> None:
    assert "112 params" in run("show", name, CNNCALC_PATH=str(own)).stdout
    assert "112 params" in run("show", name, "--path", str(own)).stdout
    assert run("show", name).exit_code == 2


@pytest.mark.exhaustive  # the whole library is computed
def test_they_are_listed_and_compared(run: Run, own: Path) -> None:
    assert run("list", "mine", "--path", str(own)).stdout.splitlines() == [
        "        layers  params   MACs",  # nobody has a top-1: no column
        "Mine (2024)",
        "  mine       1     112  3,888",
        "",
        "1 network in 1 family",
    ]
    rows = run("compare", "alexnet", "mine", "--path", str(own), "--columns", "name,params", "--format", "csv").stdout
    assert rows.splitlines()[1:] == ["alexnet,60965224,1.0", "mine,112,1.83711e-06"]
    assert run("published", "mine", "--path", str(own)).exit_code == 0


def test_a_name_at_the_end_of_a_long_file(run: Run, own: Path) -> None:
    (own / "long.cnn.yaml").write_text("# a word\n" * 10_000 + MINE.format(out=5).replace("mine", "far"))
    assert "140 params" in run("show", "far", "--path", str(own)).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["show", "mine"],
        ["list", "mine"],
        ["explain", "mine"],
        ["closed", "mine"],
        ["solve", "mine", "--target", "params<500", "--vary", "out"],
        ["sizes", "mine"],
        ["sweep", "mine", "--vary", "out=1..3"],
        ["verify", "mine", "--device", "meta"],
        ["run", "mine", "--input-file", "volume.csv"],
        ["compare", "mine"],
        ["published", "mine"],
    ],
    ids=lambda words: words[0],
)
def test_every_command_that_names_networks_finds_them(
    run: Run, own: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if words[0] in ("verify", "run"):
        pytest.importorskip("torch")
    monkeypatch.chdir(own)
    (own / "volume.csv").write_text("\n".join(["1 2 3"] * 64))
    (own / "first.cnn.yaml").write_text(MINE.format(out="out").replace("layers:", "vars: {out: 4}\nlayers:"))
    found, missed = run(*words, "--path", str(own)), run(*words)
    assert found.exit_code == 0, found.output
    assert missed.exit_code in (1, 2)
    assert "'mine'" in missed.stderr


def test_a_command_gets_the_option_once(own: Path, run: Run) -> None:
    """The program adds it each time that it looks a command up."""
    for _ in range(2):
        assert run("show", "--help").stdout.count("--path FOLDER") == 1
    assert run("layers", "--path", str(own)).exit_code == 2


def test_they_are_completed(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    completer = ShellComplete(main, {}, "cnncalc", "_CNNCALC_COMPLETE")

    def completed(*words: str) -> list[str]:
        found = copy_context().run(completer.get_completions, [*words], "min")
        return [item.value for item in found if item.type == "plain"]

    assert completed("show", "--path", str(own)) == ["mine"]
    assert completed("compare", "alexnet", "--path", str(own)) == ["mine"]
    for command in ("explain", "closed", "solve", "sizes", "sweep", "verify", "run", "published"):
        assert completed(command, "--path", str(own)) == ["mine"], command
    assert completed("show") == []
    monkeypatch.setenv("CNNCALC_PATH", str(own))
    assert completed("published") == ["mine"]


def test_a_name_that_two_files_define(run: Run, own: Path) -> None:
    other = own / "second.cnn.yaml"
    other.write_text(MINE.format(out=5))
    wanted = (
        f"E110 ambiguous: 2 files define 'mine': {own / 'first.cnn.yaml'} and {other}\n"
        "  help: rename one; until then name its file\n1 problem\n"
    )
    for words in (["show", "mine"], ["list"], ["compare", "mine"], ["published", "mine"]):
        result = run(*words, "--path", str(own))
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", wanted), words
    assert "140 params" in run("show", str(other)).stdout
    assert run("show", "alexnet", "--path", str(own)).exit_code == 0


def test_a_name_of_the_library_again(run: Run, own: Path) -> None:
    (own / "alexnet.cnn.yaml").write_text(MINE.format(out=4).replace("mine", "resnet50"))
    result = run("show", "resnet50", "--path", str(own))
    assert result.exit_code == 2
    assert result.stderr.startswith("E110 ambiguous: 2 files define 'resnet50': ")


def test_a_folder_that_is_not_there(run: Run, own: Path) -> None:
    gone = str(own / "gone")
    told = run("show", "alexnet", "--path", gone)
    assert (told.exit_code, told.stderr) == (2, f"E114 file: '{gone}' of --path is no folder\n1 problem\n")
    told = run("list", CNNCALC_PATH=gone)
    assert (told.exit_code, told.stderr) == (2, f"E114 file: '{gone}' of CNNCALC_PATH is no folder\n1 problem\n")


def test_a_spec_with_problems_is_listed_as_such(run: Run, own: Path) -> None:
    (own / "bad.cnn.yaml").write_text("name: bad\ninput: 2x2x3\nlayers:\n  - conv 4 3x3\n")
    (own / "vague.cnn.yaml").write_text(MINE.format(out=4).replace("mine", "vague") + "published: [{params: some}]\n")
    result = run("list", "--path", str(own))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == [
        "bad has problems: cnncalc published bad",
        "vague has problems: cnncalc published vague",
    ]
    (bad,) = json.loads(run("list", "bad", "--path", str(own), "--format", "json").stdout)
    assert (bad["params"], bad["problems"]) == (None, 1)


# What is kept


def test_a_changed_file_is_never_stale(run: Run, own: Path) -> None:
    for out, params in ((4, 112), (5, 140), (4, 112)):
        (own / "first.cnn.yaml").write_text(MINE.format(out=out))
        (mine,) = json.loads(run("list", "mine", "--path", str(own), "--format", "json").stdout)
        assert mine["params"] == params


def test_another_program_reads_nothing(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("cnncalc.library.folder", lambda: own)
    assert Shelf().missing() == 1
    Shelf().summaries()
    assert Shelf().missing() == 0
    monkeypatch.setattr(catalogue, "program", lambda: "another")
    assert Shelf().missing() == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"program": 1}', '{"program": "%s", "files": {"a": 3}}', "\x00"])
def test_what_is_kept_may_be_anything(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("cnncalc.library.folder", lambda: own)
    (tmp_path / "cache" / "cnncalc").mkdir(parents=True)
    (tmp_path / "cache" / "cnncalc" / "library.json").write_text(content.replace("%s", catalogue.program()))
    assert [row.params for row in Shelf().summaries()] == [112]


def test_where_nothing_can_be_kept_all_is_computed(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("cnncalc.library.folder", lambda: own)
    assert [row.params for row in Shelf().summaries()] == [112]
    assert Shelf().missing() == 1


def test_a_wheel_brings_its_rows(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As hatch_build.py writes them; a changed file or program is computed all the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("cnncalc.library.folder", lambda: own)
    shipped = tmp_path / "rows.json"
    shipped.write_text(Shelf().as_text())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    assert Shelf().missing() == 1
    monkeypatch.setattr(catalogue, "SHIPPED", shipped)
    assert Shelf().missing() == 0
    assert [row.params for row in Shelf().summaries()] == [112]
    (own / "first.cnn.yaml").write_text(MINE.format(out=5))
    assert [row.params for row in Shelf().summaries()] == [140]
    monkeypatch.setattr(catalogue, "program", lambda: "another")
    assert Shelf().missing() == 1
