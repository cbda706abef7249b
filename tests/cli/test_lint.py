"""`cnncalc lint` and `cnncalc rule`: options, exit codes, what is written where."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cnncalc.linter.catalogue import NAMES
from tests.cli.conftest import Run
from tests.linter.make import BROKEN, MIXED

FINE = "input: 32x32x8\nlayers:\n  - conv 16 3x3 pad=1 -> relu -> flatten -> linear 10\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"broken": BROKEN, "fine": FINE, "mixed": MIXED}.items():
        Path(f"{name}.cnn.yaml").write_text(text)
    return tmp_path


def test_the_whole_screen(run: Run, folder: Path) -> None:
    result = run("lint", "broken.cnn.yaml", "fine.cnn.yaml")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        "broken.cnn.yaml:3:24: E203 groups: 4 groups do not divide 6 input channels\n"
        "    - conv 12 3x3 groups=4 -> relu\n"
        "                         ^\n"
        "  help: groups must divide 6 and 12\n"
        "\n"
        "found 1 error in 2 files\n"
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["fine.cnn.yaml"], 0),
        (["mixed.cnn.yaml"], 0),  # warnings
        (["mixed.cnn.yaml", "--fail-on", "warning"], 1),
        (["fine.cnn.yaml", "--fail-on", "note"], 0),
        (["mixed.cnn.yaml", "--select", "N", "--fail-on", "warning"], 0),
        (["broken.cnn.yaml"], 1),
        (["broken.cnn.yaml", "--exit-zero"], 0),
        (["broken.cnn.yaml", "--select", "W"], 0),
        (["fine.cnn.yaml", "gone.cnn.yaml"], 2),
        (["--select", "X"], 2),
        (["--format", "xml"], 2),
        (["-", "fine.cnn.yaml"], 2),
        (["--input", "large"], 2),
        (["--config", "gone.toml"], 2),
        (["mixed.cnn.yaml", "--diff"], 1),
        (["fine.cnn.yaml", "--diff"], 0),
    ],
)
def test_exit_codes(run: Run, folder: Path, words: list[str], code: int) -> None:
    assert run("lint", *words).exit_code == code


def test_a_path_that_is_not_there(run: Run, folder: Path) -> None:
    result = run("lint", "gone", "broken.cnn.yaml", "--format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "there is no file or folder 'gone'\n"
    assert result.stdout.splitlines()[-1] == "found 1 error in 1 file"


def test_of_no_file_nothing_is_said(run: Run, folder: Path) -> None:
    result = run("lint", "gone")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "there is no file or folder 'gone'\n")


def test_nothing_to_lint(run: Run, tmp_path: Path) -> None:
    result = run("lint", str(tmp_path))
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "no findings in 0 files\n",
        "no *.cnn.yaml files here\n",
    )


def test_notes_are_shown_when_asked_for(run: Run, folder: Path) -> None:
    assert " N60" not in run("lint", ".", "--format", "concise").stdout
    for words in (["--select", "N"], ["--fail-on", "note"]):
        assert " N602 dominant-layer: " in run("lint", ".", "--format", "concise", *words).stdout


def test_fix(run: Run, folder: Path) -> None:
    file = Path("mixed.cnn.yaml")
    file.chmod(0o640)
    file.write_bytes(b"\xef\xbb\xbf" + MIXED.replace("\n", "\r\n").encode())
    result = run("lint", "mixed.cnn.yaml", "--fix", "--format", "concise")
    assert result.stdout.splitlines()[-2:] == [
        "3 findings fixed; found 4 warnings in 1 file",
        "2 fixable with --fix --unsafe-fixes, which changes the network",
    ]
    expected = MIXED.replace(" -> identity", "").replace("   # cnncalc: ignore[W409, E203]", "")
    assert file.read_bytes() == b"\xef\xbb\xbf" + expected.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir()) == ["broken.cnn.yaml", "fine.cnn.yaml", "mixed.cnn.yaml"]
    before = file.read_bytes()
    run("lint", ".", "--fix")
    assert file.read_bytes() == before
    run("lint", ".", "--fix", "--unsafe-fixes")
    assert b"bias=no" in file.read_bytes()


def test_diff(run: Run, folder: Path) -> None:
    result = run("lint", ".", "--diff")
    assert result.stdout == (
        "--- a/mixed.cnn.yaml\n"
        "+++ b/mixed.cnn.yaml\n"
        "@@ -7,7 +7,7 @@\n"
        " blocks:\n"
        "   unit out: conv out 3x3 pad=1 -> batchnorm -> relu\n"
        " layers:\n"
        "-  - stem: conv w 11x11 stride=4 -> identity -> relu   # cnncalc: ignore[W409, E203]\n"
        "+  - stem: conv w 11x11 stride=4 -> relu\n"
        "   - 3 * unit w\n"
        "   - if: w == 128\n"
        "     then: conv w 1x1 pad=1 -> relu\n"
    )
    assert Path("mixed.cnn.yaml").read_text() == MIXED


def test_standard_input(run: Run, folder: Path) -> None:
    result = run("lint", "-", "--format", "concise", input=BROKEN.encode())
    assert result.stdout.startswith("<stdin>:3:24: E203 groups: ")
    result = run("lint", "-", "--stdin-filename", "sub/x.cnn.yaml", "--format", "concise", input=BROKEN.encode())
    assert result.stdout.startswith("sub/x.cnn.yaml:3:24: E203 groups: ")
    result = run("lint", "-", "--fix", "--format", "concise", input=MIXED.encode())
    assert result.stdout == MIXED.replace(" -> identity", "").replace("   # cnncalc: ignore[W409, E203]", "")
    assert "3 findings fixed; found 4 warnings in 1 file" in result.stderr


def test_settings(run: Run, folder: Path) -> None:
    Path("pyproject.toml").write_text('[tool.cnncalc.lint]\nselect = ["W1"]\nfail-on = "warning"\n')
    result = run("lint", "mixed.cnn.yaml", "--format", "concise")
    assert result.exit_code == 1
    assert [line.split()[1] for line in result.stdout.splitlines()[:-2]] == ["W107"]
    shown = json.loads(run("lint", "mixed.cnn.yaml", "--show-settings").stdout)
    assert shown["file"] == str(folder / "pyproject.toml")
    assert (shown["select"], shown["fail-on"]) == (["W1"], "warning")
    Path("pyproject.toml").write_text('[tool.cnncalc.lint]\nignore = ["E203", "W401"]\n')
    result = run("lint", "broken.cnn.yaml")
    assert (result.exit_code, result.stderr) == (0, "errors switched off by the settings: E203\n")
    Path("pyproject.toml").write_text('[tool.cnncalc.lint]\nignroe = ["E203"]\n')
    result = run("lint", ".")
    assert result.exit_code == 2
    assert "pyproject.toml: lint has no key 'ignroe': did you mean 'ignore'?" in result.stderr


def test_show_files(run: Run, folder: Path) -> None:
    names = ("broken", "fine", "mixed")
    assert run("lint", "--show-files").stdout.splitlines() == [str(folder / f"{name}.cnn.yaml") for name in names]


def test_statistics(run: Run, folder: Path) -> None:
    assert run("lint", ".", "--statistics").stdout.splitlines()[:2] == [
        "2  W108  [*] unused-suppression",
        "1  E203  [ ] groups",
    ]
    data = json.loads(run("lint", ".", "--statistics", "--format", "json").stdout)
    assert data[0] == {"code": "W108", "name": "unused-suppression", "count": 2, "fixable": True}


@pytest.mark.parametrize("format_", ["json", "gitlab", "sarif"])
def test_machine_formats_hold_nothing_else(run: Run, folder: Path, format_: str) -> None:
    json.loads(run("lint", ".", "--format", format_).stdout)
    run("lint", ".", "--format", format_, "-o", "out.json")
    json.loads(Path("out.json").read_text())


def test_colours(run: Run, folder: Path) -> None:
    assert "\x1b[1;31mE203 groups:\x1b[0m" in run("lint", "broken.cnn.yaml", FORCE_COLOR="1").stdout
    assert "\x1b" not in run("lint", "broken.cnn.yaml").stdout


def test_rule(run: Run) -> None:
    page = run("rule", "W301").stdout
    assert page.startswith("# stride-remainder (W301)\n\nWarning. Report a stride that leaves rows or columns")
    assert run("rule", "stride-remainder").stdout == page
    assert run("rule", "w301").stdout == page
    data = json.loads(run("rule", "W301", "--format", "json").stdout)
    assert (data["code"], data["name"], data["severity"]) == ("W301", "stride-remainder", "warning")
    assert [entry["code"] for entry in json.loads(run("rule", "--all", "--format", "json").stdout)] == list(NAMES)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["E203", "--all"], "Error: name a rule or give --all, not both: 'E203' is one of all\n"),
        (["bias-before-nrom"], "there is no rule 'bias-before-nrom': did you mean 'bias-before-norm' or"),
    ],
)
def test_rule_wrong_use(run: Run, words: list[str], message: str) -> None:
    result = run("rule", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_hooks(folder: Path) -> None:
    """Run each hook as pre-commit does: its entry, with the files that it selects behind it."""
    hooks = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8"))
    *hooks, of_diff = hooks  # tests/cli/test_diff.py runs it
    assert of_diff["id"] == "cnncalc-diff"
    assert [hook["id"] for hook in hooks] == ["cnncalc-lint", "cnncalc-lint-fix", "cnncalc-fmt"]
    Path("loose.cnn.yaml").write_text("input: 8\nlayers: fc 3->relu\n")
    names, codes = ("broken.cnn.yaml", "mixed.cnn.yaml", "loose.cnn.yaml"), (1, 0, 0)
    for hook, name, code in zip(hooks, names, codes, strict=True):
        program, *words = shlex.split(hook["entry"])
        done = subprocess.run([Path(sys.executable).parent / program, *words, "fine.cnn.yaml", name])
        assert done.returncode == code
    assert "identity" not in Path("mixed.cnn.yaml").read_text()
    assert Path("loose.cnn.yaml").read_text() == "input: 8\nlayers: linear 3 -> relu\n"


def test_the_manifest_of_hooks_is_one_for_pre_commit() -> None:
    manifest = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)], capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


def test_show_does_not_load_the_linter() -> None:
    program = (
        "import sys\nfrom cnncalc.cli import main\ntry: main(['show', 'alexnet'])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if 'lint' in name or name == 'pathspec'], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert result.stderr == b"[]\n"
