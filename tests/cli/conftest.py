"""What the tests of the commands share: running one, and the spec they print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result

from cnncalc.cli import main

Run: TypeAlias = Callable[..., Result]

TWINS = """
name: twins
title: Twins that share their weights
source: Koch, Zemel, Salakhutdinov 2015, "Siamese neural networks for one-shot image recognition"
inputs: {left: 28x28x1, right: 28x28x1}
blocks:
  unit out: conv out 3x3 pad=1 -> batchnorm -> relu
layers:
  - tower: use left -> 12 * unit 16 -> maxpool 2x2 -> 12 * unit 16
  - hint: flatten
  - aux: {guess: flatten -> linear 10}
  - other: use right -> again tower -> flatten
  - far: {sub: [use hint, use other]}
  - same: linear 1 -> sigmoid
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run cnncalc on a screen of a given width, without colours unless asked."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str, width: int = 80, input: bytes | None = None, **env: str) -> Result:
        return CliRunner().invoke(main, words, input=input, env={"COLUMNS": str(width), **env})

    return call


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with two inputs, shared weights, a side head and repeated blocks, alone in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("twins.cnn.yaml").write_text(TWINS)
    return "twins.cnn.yaml"
