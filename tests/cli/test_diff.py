"""`cnncalc diff`: networks, and files at revisions of git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import cnncalc
from tests.cli.conftest import Run

OLD = "32x32x3 -> conv 8 3x3 -> relu -> flatten -> linear 10"
NEW = "32x32x3 -> conv 16 5x5 -> batchnorm -> relu -> flatten -> linear 10"
FILE = """input: 32x32x3
layers:
  - conv1: conv 8 3x3 pad=1 -> relu
  - pool: maxpool 2x2
  - fc: flatten -> linear 10
"""

git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_layers_and_totals() -> None:
    found = cnncalc.diff(OLD, NEW)
    assert [(change.status, change.path, [tuple(field) for field in change.fields]) for change in found] == [
        ("changed", "conv", [("out", "8", "16"), ("kernel", "3x3", "5x5")]),
        ("added", "batchnorm", []),
        ("follows", "relu", []),
        ("follows", "flatten", []),
        ("follows", "linear", []),
    ]
    params = found.totals[0]
    assert (params.name, params.old, params.new, params.difference) == ("params", 72_234, 126_698, 54_464)
    assert sum(change.difference("params") for change in found) == 54_464
    assert sum(change.difference("macs") for change in found) == found.totals[1].difference


def test_a_layer_of_another_name_is_renamed_and_one_of_another_kind_changed() -> None:
    one = {"input": "8x8x3", "layers": [{"a": "conv 4 3x3"}, {"b": "relu"}]}
    other = {"input": "8x8x3", "layers": [{"first": "conv 4 3x3"}, {"b": "gelu"}]}
    found = cnncalc.diff(one, other)
    assert [(change.status, change.path) for change in found] == [
        ("renamed", "a.conv | first.conv"),
        ("changed", "b.relu | b.gelu"),
    ]
    assert [tuple(field) for field in found.changes[1].fields] == [
        ("kind", "relu", "gelu"),
        ("approximate", None, "none"),
    ]


def test_symbols_are_compared_as_formulas() -> None:
    found = cnncalc.diff("HxWx3 -> conv 8 3x3 pad=1", "HxWx3 -> conv 9 3x3 pad=1")
    assert str(found.changes[0].difference("macs")) == "27HW"
    assert found.totals[1].difference is None
    assert "27HW" in str(found)


def test_exit_code_is_gits(run: Run) -> None:
    assert run("diff", OLD, NEW).exit_code == 0
    assert run("diff", OLD, NEW, "--exit-code").exit_code == 1
    same = run("diff", OLD, OLD, "--exit-code")
    assert (same.exit_code, same.stdout) == (0, "chain and chain: no difference\n")


def test_formats(run: Run) -> None:
    document = json.loads(run("diff", OLD, NEW, "--format", "json").stdout)
    assert document["differs"]
    assert document["changes"][0]["fields"][1] == {"name": "kernel", "old": "3x3", "new": "5x5"}
    csv = run("diff", OLD, NEW, "--format", "csv").stdout.splitlines()
    assert "changed,conv,conv,conv 8 3x3,conv 16 5x5,30x30x8,28x28x16,224,1216,194400,940800" in csv
    markdown = run("diff", OLD, NEW, "--format", "markdown").stdout
    assert "| added | batchnorm | batchnorm | 28x28x16 | +32 |  |" in markdown


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two revisions of a network, in a folder below its root."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "nets"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    def run_git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], check=True, capture_output=True)

    run_git("init", "-q", "-b", "main")
    (folder / "net.cnn.yaml").write_text(FILE, "utf-8")
    run_git("add", ".")
    run_git("commit", "-q", "-m", "one")
    (folder / "net.cnn.yaml").write_text(FILE.replace("conv 8", "conv 12"), "utf-8")
    (folder / "large.cnn.yaml").write_text("#" * 1_000_001, "utf-8")
    (folder / "binary.cnn.yaml").write_bytes(bytes(range(256)))
    run_git("add", ".")
    run_git("commit", "-q", "-m", "two")
    return folder


@git
def test_revisions(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("diff", "HEAD~1:nets/net.cnn.yaml", "nets/net.cnn.yaml", "--exit-code")
    assert shown.exit_code == 1
    assert "1 changed, 4 with another shape or number as a consequence" in shown.stdout
    monkeypatch.chdir(repository)
    assert run("diff", "HEAD~1:net.cnn.yaml", "net.cnn.yaml", "--exit-code").exit_code == 1
    assert run("diff", "main:net.cnn.yaml", "HEAD:nets/net.cnn.yaml", "--exit-code").exit_code == 0
    assert cnncalc.load("HEAD~1:net.cnn.yaml").report().totals.params == 20_714


@git
@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "HEAD~9:nets/net.cnn.yaml",
            "E114 file: git knows no revision 'HEAD~9'\n"
            "  help: `git log --oneline` and `git branch -a` list what there is",
        ),
        ("mian:nets/net.cnn.yaml", "E114 file: git knows no revision 'mian'\n  help: did you mean 'main'?"),
        (
            "HEAD:nets/nett.cnn.yaml",
            "E114 file: there is no file 'nets/nett.cnn.yaml' at HEAD\n  help: did you mean 'nets/net.cnn.yaml' "
            "or 'nets/large.cnn.yaml' or 'nets/binary.cnn.yaml'?",
        ),
        ("HEAD:./nets", "E114 file: './nets' is a folder at HEAD\n  help: name a file"),
        ("HEAD:nets/large.cnn.yaml", "E112 limit: 'nets/large.cnn.yaml' at HEAD has more than 1,000,000 bytes"),
    ],
)
def test_what_git_has_not_is_reported(repository: Path, run: Run, what: str, message: str) -> None:
    done = run("diff", what, "nets/net.cnn.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"{message}\n1 problem\n"


@git
def test_a_binary_file_is_reported(repository: Path, run: Run) -> None:
    done = run("diff", "HEAD:nets/binary.cnn.yaml", "nets/net.cnn.yaml")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    assert "HEAD:nets/binary.cnn.yaml" in done.stderr


@git
def test_a_revision_is_no_option(repository: Path, run: Run) -> None:
    """What begins with - never reaches git, from the command line or from Python."""
    with pytest.raises(cnncalc.NotFound):
        cnncalc.load("--output=stolen.txt:nets/net.cnn.yaml")
    assert not (repository.parent / "stolen.txt").exists()


@git
def test_outside_a_repository(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = run("diff", "HEAD:net.cnn.yaml", "lenet5")
    assert (done.exit_code, done.stderr) == (2, "E114 file: this folder is in no repository of git\n1 problem\n")


def test_without_git(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done = run("diff", "HEAD:net.cnn.yaml", "lenet5")
    assert (done.exit_code, done.stderr) == (
        2,
        "E114 file: git is not installed, and revisions are read by it\n"
        "  help: install git, or write the older file beside the newer one\n1 problem\n",
    )


ROOT = Path(__file__).parents[2]


@git
def test_files_since_a_revision(repository: Path, run: Run) -> None:
    shown = run("diff", "--since", "HEAD~1", "nets/net.cnn.yaml", "nets/large.cnn.yaml", "--exit-code")
    assert shown.exit_code in (1, 2)
    (repository / "other.cnn.yaml").write_text(FILE, "utf-8")
    shown = run("diff", "--since", "HEAD~1", "nets/net.cnn.yaml", "nets/other.cnn.yaml", "--exit-code")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("nets/other.cnn.yaml: new\n")
    assert "1 changed, 4 with another shape or number as a consequence" in shown.stdout
    assert run("diff", "--since", "HEAD", "nets/net.cnn.yaml", "--exit-code").exit_code == 0
    assert run("diff", "--since=--help", "nets/net.cnn.yaml").stderr.startswith("E114 file: '--help' is no revision\n")
    assert "there is no file 'nets/none.cnn.yaml'" in run("diff", "--since", "HEAD", "nets/none.cnn.yaml").stderr
    assert "diff takes two networks, not 1" in run("diff", "lenet5").stderr


@git
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_action(repository: Path) -> None:
    """Run the shell steps of the action as GitHub does: bash, errors end it, values in the environment."""
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert [step["name"] for step in steps] == ["Install cnncalc", "Lint", "Compare with the base"]
    assert all("${{" not in step["run"] for step in steps), "a value in a script would be run as a part of it"
    (repository / "large.cnn.yaml").unlink()
    (repository / "binary.cnn.yaml").unlink()
    (repository / "it's $(new).cnn.yaml").write_text(f"{FILE}expect: {{params: <= 1K}}\n", "utf-8")
    subprocess.run(["git", "add", "."], check=True)
    summary = repository.parent / "summary.md"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PATHS": "nets", "MATCHER": "m.json", "BASE": "HEAD~1"}
    env |= {"GITHUB_STEP_SUMMARY": str(summary)}

    def done(step: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    linted = done(steps[1])
    assert linted.returncode == 1
    assert "params is 20,714, the budget is <= 1K, 19,714 above it" in linted.stdout
    (repository / "it's $(new).cnn.yaml").write_text(FILE, "utf-8")
    compared = done(steps[2])
    assert (compared.returncode, compared.stderr) == (0, "")
    assert "conv 8 3x3 pad=1 → conv 12 3x3 pad=1" in summary.read_text("utf-8")
    assert "it's \\$(new).cnn.yaml: new" in summary.read_text("utf-8")
    env["BASE"] = "HEAD"
    subprocess.run(["git", "rm", "-q", "-f", "nets/it's $(new).cnn.yaml"], check=True)
    assert done(steps[2]).stdout == "no spec has changed\n"


@git
def test_the_hook(repository: Path) -> None:
    """Run the hook as pre-commit does: its entry, with the staged files behind it."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    program, *words = next(hook for hook in hooks if hook["id"] == "cnncalc-diff")["entry"].split()
    (repository / "net.cnn.yaml").write_text(FILE, "utf-8")
    command = [Path(sys.executable).parent / program, *words, "nets/net.cnn.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "conv 12 3x3 pad=1 → conv 8 3x3 pad=1" in " ".join(done.stdout.split()) or "1 changed" in done.stdout
