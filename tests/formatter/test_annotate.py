"""`cnncalc annotate`: the computed shapes behind named items."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.formatter.annotate import annotated
from cnncalc.problem import Source
from tests.cli.conftest import Run

BEFORE = """input: 227x227x3
vars: {n: 2}
variants: {a: {}, b: {n: 3}}
layers:
  - c1: conv 96 11x11 stride=4 -> relu -> 5x5   # hello
  - "c2": 'maxpool 3x3 stride=2 -> (relu)'
  - conv 8 3x3
  - s: conv 2*n 1x1 -> 25x_x8
  - same: relu -> HxHx_
  - in_brackets: relu -> (relu -> 25x25x_)
  - list:
      - conv 8 3x3
      - relu
  - merge:
      add: [relu, identity]
  - fold: >
      flatten ->
      linear 10
"""

AFTER = """input: 227x227x3
vars: {n: 2}
variants: {a: {}, b: {n: 3}}
layers:
  - c1: conv 96 11x11 stride=4 -> relu -> 55x55x96   # hello
  - "c2": 'maxpool 3x3 stride=2 -> (relu) -> 27x27x96'
  - conv 8 3x3
  - s: conv 2*n 1x1 -> 25x25x_
  - same: relu -> HxHx_
  - in_brackets: relu -> (relu -> 25x25x_)
  - list:
      - conv 8 3x3
      - relu -> 23x23x8
  - merge:
      add: [relu, identity]
  - fold: >
      flatten ->
      linear 10 -> 10
"""


def test_shapes_are_written_or_updated() -> None:
    done = annotated(Source("a", BEFORE))
    assert (done.text, done.without) == (AFTER, ("merge",))
    assert annotated(Source("a", AFTER)).text == AFTER


def test_command(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("a.cnn.yaml")
    file.write_text(BEFORE)
    assert run("annotate", "a.cnn.yaml", "--check").exit_code == 1
    assert file.read_text() == BEFORE
    result = run("annotate", "a.cnn.yaml")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "no chain ends merge, so no check is written there\n"
    assert file.read_text() == AFTER
    assert run("annotate", "a.cnn.yaml", "--diff").exit_code == 0


def test_problems_are_told_and_nothing_is_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("a.cnn.yaml")
    file.write_text("input: 4x4x3\nlayers:\n  - a: conv 8 5x5 -> 1x1x8\n")
    result = run("annotate", "a.cnn.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("a.cnn.yaml:3:15: E201 kernel: ")
    assert "-> 1x1x8" in file.read_text()
    assert run("annotate", "gone.cnn.yaml").exit_code == 2
