"""Budgets in `expect`: bounds, units, conditions, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc

NET = """input: 32x32x1
layers:
  - conv 6 5x5 -> tanh -> avgpool 2
  - conv 16 5x5 -> tanh -> avgpool 2
  - conv 120 5x5 -> tanh -> flatten -> linear 84 -> tanh -> linear 10
expect:
  {}
"""


def problems(expect: str, tmp_path: Path) -> list[tuple[str, str, str | None]]:
    """Return the problems of a network with such an expectation."""
    file = tmp_path / "net.cnn.yaml"
    file.write_text(NET.format(expect), "utf-8")
    try:
        cnncalc.load(file)
    except cnncalc.Problems as found:
        return [(problem.code, problem.message, problem.hint) for problem in found.problems]
    return []


@pytest.mark.parametrize(
    "expect",
    [
        "params: <= 62K",
        "params: 61_706",
        "params: < 61_707",
        "params: >= 61_706, <= 61.706K",
        "params: > 1K and < 1M",
        "params: >61705",
        "params: '>= 61_706'",
        "params: ≥ 61_706",
        "macs: < 600M",
        "flops: <= 833_040",
        "weight_bytes: < 0.3 MB",
        "weight_bytes: < 242 KiB",
        "receptive_field: >= 16",
        "receptive_field: 16",
        "peak_memory: < 8 MB at batch 32 adam",
        "peak_memory: < 8 MB at batch 32, adam, bfloat16, inplace",
        "peak_memory: < 300KB at inference",
        "params: = 61.706K",
        "params: == 61_706",
        "params: <= 1B",
        "weight_bytes: >= 500 B",
        "params: >= 61_706, = 61_706",
    ],
)
def test_a_budget_that_is_kept(expect: str, tmp_path: Path) -> None:
    assert problems(expect, tmp_path) == []


@pytest.mark.parametrize(
    ("expect", "code", "message", "hint"),
    [
        ("params: <= 50K", "E206", "params is 61,706, the budget is <= 50K, 11,706 above it", None),
        ("params: < 61_706", "E206", "params is 61,706, the budget is < 61_706", None),
        ("receptive_field: >= 224", "E206", "receptive_field is 16, the budget is >= 224, 208 below it", None),
        (
            "peak_memory: < 1 MB at batch 32 adam",
            "E206",
            "peak_memory at batch 32 adam is 2,925,360 bytes, the budget is < 1 MB, 1,925,360 above it",
            None,
        ),
        ("params: > 5M, < 4M", "E105", "params: no number is > 5M and < 4M", "widen one of the bounds"),
        ("params: = 5, = 6", "E105", "params: no number is = 5 and = 6", "widen one of the bounds"),
        ("params: = 61.7", "E105", "params: no number is = 61.7", "widen one of the bounds"),
        ("params: = 62K", "E206", "params is 61,706, the budget is = 62K, 294 below it", None),
        ("params: <= 5 parsecs", "E105", "params: 'parsecs' is no unit of a count", "one of K, M, G, T, P, B"),
        ("params: > 5, < 6", "E105", "params: no number is > 5 and < 6", "widen one of the bounds"),
        ("params: < 0", "E105", "params: no number is < 0", "widen one of the bounds"),
        ("params: <= 5 MB", "E105", "params: 'MB' is no unit of a count", "did you mean 'M'?"),
        ("weight_bytes: < 5 M", "E105", "weight_bytes: 'M' is no unit of bytes", "did you mean 'MB'?"),
        ("params: <= five", "E105", "params: '<= five' is no bound", "as in <= 5M, or >= 1M, < 5M"),
        ("params: <= 5M please", "E105", "params: 'please' is no bound", "as in <= 5M"),
        (
            "params: <= 5M at batch 3",
            "E105",
            "params does not depend on 'batch 3'",
            "only peak_memory has conditions, as at batch 32 adam",
        ),
        (
            "peak_memory: < 8 GB at batch 32 adm",
            "E105",
            "peak_memory: 'adm' is no condition",
            "did you mean 'adam' or 'adamw'?",
        ),
        ("peak_memory: < 8 GB at batch", "E105", "peak_memory: 'batch' is no condition", None),
        ("parms: <= 5M", "E103", "expect has no key 'parms'", "did you mean 'params' or 'aux_params'?"),
    ],
)
def test_a_budget_that_is_not(expect: str, code: str, message: str, hint: str | None, tmp_path: Path) -> None:
    found = problems(expect, tmp_path)
    assert [(one[0], one[1]) for one in found] == [(code, message)]
    if hint is not None:
        assert found[0][2] == hint


def test_a_bound_is_marked_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    flow = NET.replace("expect:\n  {}", "expect: {{params: 61_706, receptive_field: >= 224}}").format()
    file.write_text(flow, "utf-8")
    with pytest.raises(cnncalc.Problems) as raised:
        cnncalc.load(file)
    (problem,) = raised.value.problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.length) == (6, 43, 6)


def test_a_folded_text_is_none(tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    file.write_text("notes: >\n  params: >= 3 in a text\n" + NET.format("params: <= 62K"), "utf-8")
    assert cnncalc.load(file).report().totals.params == 61_706


def test_the_formatter_keeps_them(tmp_path: Path) -> None:
    file = tmp_path / "net.cnn.yaml"
    text = NET.format("params:   <= 62K\n  receptive_field: >= 16")
    file.write_text(text, "utf-8")
    cnncalc.fmt(file).write()
    kept = file.read_text("utf-8")
    assert "<= 62K" in kept
    assert ">= 16" in kept
    cnncalc.load(file)
