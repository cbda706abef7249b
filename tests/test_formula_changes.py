"""The formulas that benchmarks/formula_changes.py changes stand in the sources, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

ROOT = Path(__file__).parents[1]


def test_each_formula_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from formula_changes import CHANGES

    wrong = {
        change.what: count
        for change in CHANGES
        if (count := (ROOT / "cnncalc" / change.file).read_text("utf-8").count(change.old)) != 1
        or change.old == change.new
    }
    assert not wrong
