"""`cnncalc grade`, and the files of answers that `cnncalc check` reads too."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

KEY = str(Path(__file__).parent.parent / "homework" / "hw.key.yaml")


def test_a_student_checks_a_file(tmp_path: Path, run: Run) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("1a: 29x29x32\n1b: 7600\n1aa: 7\n")
    result = run("check", "--key", KEY, "--answers", str(mine))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "2 of 2 right")
    assert result.stderr == f"{mine}: there is no question '1aa': did you mean '1a'?\n"
    assert run("check", "--key", KEY, "--answers", "-", input=b"1b = 7500\n").exit_code == 1
    mine.write_bytes(b"\0")
    result = run("check", "--key", KEY, "--answers", str(mine))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == f"E114 file: {mine}: unreadable: not a text: it holds a NUL byte"
