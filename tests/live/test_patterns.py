"""Networks of patterns that real ones use, as specs and in PyTorch: the same layers, params and output shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.formatter.canonical import formatted
from cnncalc.live.against import against
from cnncalc.problem import Source
from tests.effort import sampled

torch = pytest.importorskip("torch")

from tests.live.patterns import MODELS, SPECS  # noqa: E402  # it imports torch

FILE = Path(__file__).parent / "patterns.py"


@pytest.mark.parametrize("name", sampled(SPECS, every=3))
def test_a_spec_is_the_model(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cnn.yaml"
    path.write_text(SPECS[name], "utf-8")
    result = against(cnncalc.load(str(path)), f"{FILE}:{MODELS[name].__name__}")
    assert result.agrees, str(result)
    assert [(total.name, total.theirs) for total in result.totals] == [(t.name, t.ours) for t in result.totals]


@pytest.mark.parametrize("name", sampled(SPECS, every=3))
def test_a_spec_is_in_the_canonical_format(name: str) -> None:
    assert formatted(Source(name, SPECS[name])) == SPECS[name]
