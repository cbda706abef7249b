"""Two runs over the same files at once: what is left is what one run makes, whole, and no draft beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.effort import sampled

SPEC = """name: n{number}
input: 8x8x3
vars: {{unused: 4}}
layers:
  - conv  8 3x3 ->   batchnorm->relu -> conv 4 3x3 stride=1
"""
COMMANDS = (["fmt"], ["lint", "--fix"])
FILES = 12


@pytest.mark.parametrize("command", sampled(COMMANDS, every=2), ids=lambda command: command[0])
def test_two_runs_over_a_folder_leave_what_one_leaves(command: list[str], tmp_path: Path) -> None:
    for folder in ("raced", "alone"):
        (tmp_path / folder).mkdir()
        for number in range(FILES):
            (tmp_path / folder / f"n{number}.cnn.yaml").write_text(SPEC.format(number=number))

    def start(folder: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "cnncalc", *command, *sorted(map(str, (tmp_path / folder).iterdir()))]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    printed, *_ = start("alone").communicate(timeout=120)
    racing = [start("raced") for _ in range(3)]
    ended = [(one.communicate(timeout=120)[0], one.returncode) for one in racing]
    for text, code in ended:
        assert "Traceback" not in text
        assert code in (0, 1) or "another run of cnncalc is writing it" in text or "has changed" in text
    alone, raced = (
        {path.name: path.read_text() for path in (tmp_path / folder).iterdir()} for folder in ("alone", "raced")
    )
    assert raced == alone
    assert SPEC.format(number=1) not in alone.values(), printed
