"""Loops over lists and lists of results in closed forms, working sizes, sweeps and solutions."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.problem import Problems

PYRAMID = """
input: 32x32x3
vars: {width: 4, n: 2}
layers:
  - for: times in [1, 2, 4]
    layers:
      - c: conv times*width 3x3 stride=2 pad=1 -> relu
  - for: map in reversed(c)
    layers:
      - lateral: use map -> conv width 1x1
  - heads:
      for: level in [lateral]
      share: yes
      layers:
        - score: use level -> n * (conv level.channels 3x3 pad=1 -> relu) -> resize c[0].sides
  - use heads.score -> concat -> conv 2 1x1
"""


@pytest.fixture
def pyramid(tmp_path: Path) -> str:
    path = tmp_path / "pyramid.cnn.yaml"
    path.write_text(PYRAMID, "utf-8")
    return str(path)


@pytest.mark.parametrize("input", ["32x32x3", "33x57x3", "8x8x3"])
def test_a_closed_form_holds_at_every_size(pyramid: str, input: str) -> None:
    totals = cnncalc.load(pyramid, input=input).report().totals
    height, width, _ = map(int, input.split("x"))
    for quantity in ("macs", "params", "activation_values"):
        formula = cnncalc.closed(pyramid, quantity).sympy()[quantity]
        numbers = {symbol: {"H": height, "W": width}[symbol.name] for symbol in getattr(formula, "free_symbols", ())}
        assert int(formula.subs(numbers) if numbers else formula) == getattr(totals, quantity)


def test_every_size_works(pyramid: str) -> None:
    assert "every number" in str(cnncalc.sizes(pyramid))


def test_vars_of_loops_are_swept(pyramid: str) -> None:
    rows = cnncalc.sweep(pyramid, {"width": [4, 8], "n": [1, 3]}).to_dict()["rows"]
    for row in rows:
        totals = cnncalc.load(pyramid, settings={"width": row["width"], "n": row["n"]}).report().totals
        assert (row["params"], row["macs"]) == (totals.params, totals.macs)
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("layers", "answer"),
    [
        ("  - for: w in [8, ?]\n    layers:\n      - x: conv w 3x3 pad=1\n  - use x -> concat -> 32x32x40", [32]),
        (
            "  - for: d in [1, 2]\n    layers:\n      - x: conv 4 ?x? dilation=d\n  - use x[1] -> 26x26x4",
            [3, 3],
        ),
        ("  - s:\n      repeat: '?'\n      share: yes\n      layers: conv 3 3x3\n  - 20x20x3", [6]),
        (
            "  - s:\n      repeat: '?'\n      layers:\n        - x: conv 4 3x3 pad=1\n"
            "  - use s.x -> concat -> 32x32x20",
            [5],
        ),
        ("  - a: conv 16 1x1\n  - conv a.channels/? 1x1 -> resize a.sides//2 -> 16x16x4", [4]),
    ],
)
def test_what_is_unknown_in_a_loop_is_found(tmp_path: Path, layers: str, answer: list[int]) -> None:
    path = tmp_path / "net.cnn.yaml"
    path.write_text(f"input: 32x32x3\nlayers:\n{layers}\n", "utf-8")
    (solution,) = cnncalc.solve(str(path)).to_dict()["solutions"]
    assert [*solution["values"].values()] == answer


def test_layers_may_not_depend_on_a_symbol(tmp_path: Path) -> None:
    path = tmp_path / "net.cnn.yaml"
    path.write_text("input: HxWx3\nlayers:\n  - for: w in [4, 8]\n    layers: (H//w) * relu\n", "utf-8")
    with pytest.raises(Problems) as caught:
        cnncalc.load(str(path))
    assert [problem.message for problem in caught.value] == ["which layers there are may not depend on ⌊H/4⌋"]
