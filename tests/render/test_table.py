"""Tables: what they add up to, what is folded, and what is never cut."""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile

import pytest

from cnncalc.library import library
from cnncalc.loading import load
from cnncalc.network.report import Report
from cnncalc.render.columns import COLUMNS, DEFAULT, MACS, OUT, PARAMS, PATH, Column, View
from cnncalc.render.fold import PAGE, Depth, lines, tree
from cnncalc.render.printers import printed
from cnncalc.render.report import plain
from cnncalc.render.report import table as laid_out
from cnncalc.render.table import Row
from tests.effort import sampled


def table(report: Report, view: View | None = None, *, width: int = 120) -> str:
    """Print a report for a screen."""
    return printed([laid_out(report, view, width)], "table", width=width)


NAMES = [entry.name for entry in library()]
ADDING = [column for column in COLUMNS if column.total]


@lru_cache(None)
def report_of(name: str) -> Report:
    return load(name).report(batch=2)


@pytest.fixture(params=sampled([pytest.param(NAMES[::8], id="some"), pytest.param(NAMES, id="all")], every=2))
def reports(request: pytest.FixtureRequest) -> list[Report]:
    """Reports of the library's networks: of one in eight in the usual run."""
    return [report_of(name) for name in request.param]


@pytest.mark.parametrize("depth", sampled([None, 1, 2, 3, "all"], every=2))
@pytest.mark.parametrize("column", sampled(ADDING, every=6), ids=lambda column: column.name)
def test_columns_add_up(reports: list[Report], column: Column, depth: Depth) -> None:
    for report in reports:
        main = [line for line in lines(report, depth) if line.aux is None and not (column.aside and column.aside(line))]
        assert column.total is not None
        assert sum(column.value(line, report) for line in main) == column.total(report)


@pytest.mark.parametrize("depth", [None, 1, 2, "all"])
def test_side_heads_add_up(depth: Depth) -> None:
    report = report_of("googlenet")
    heads = [line for line in lines(report, depth) if line.aux]
    assert {line.aux for line in heads} == {row.node.aux for row in report.rows if row.node.aux}
    assert sum(PARAMS.value(line, report) for line in heads) == report.totals.aux_params
    assert sum(MACS.value(line, report) for line in heads) == report.totals.aux_macs


@pytest.mark.parametrize("depth", [None, 1, 2, 3, "all"])
def test_every_layer_stands_on_one_line(reports: list[Report], depth: Depth) -> None:
    for report in reports:
        found = [row.node.index for line in lines(report, depth) for row in line.rows]
        assert sorted(found) == [row.node.index for row in report.rows]


def test_the_library_fits_a_page(reports: list[Report]) -> None:
    for report in reports:
        assert len(lines(report)) <= PAGE


def test_lines_are_of_one_depth() -> None:
    """A group beside a run of repeated ones is closed, too: conv2.1 is no deeper than conv2.2–3."""
    shown = {line.path for line in lines(report_of("resnet50"))}
    assert {"conv2.1", "conv2.2–3"} <= shown
    for name in ("resnet50", "resnet152", "mobilenet_v2", "vit_b_16"):
        found = lines(load(name).report())
        runs = [line.path.count(".") for line in found if line.times > 1 and line.layer is None]
        assert max(line.path.count(".") for line in found) == min(runs)


def test_all_folds_nothing(reports: list[Report]) -> None:
    for report in reports:
        assert len(lines(report, "all")) == len(report.rows)


def test_repeated_blocks_are_one_line() -> None:
    folded = {line.path: line.times for line in lines(report_of("resnet152")) if line.times > 1}
    assert folded == {"conv2.2–3": 2, "conv3.2–8": 7, "conv4.2–36": 35, "conv5.2–3": 2}


def test_a_group_of_one_layer_is_that_layer() -> None:
    (pool,) = (line for line in lines(report_of("alexnet")) if line.path == "pool1")
    assert pool.layer is not None
    assert pool.written == pool.layer.written == "maxpool 3x3 stride=2"


def test_alike_is_alike_in_shapes_too() -> None:
    report = load("40x40x4 -> 20 * (conv 4 3x3 pad=1 -> relu) -> 3 * maxpool 2x2").report()
    assert [(line.path, line.times) for line in lines(report, 1)] == [("1–20", 20), ("21", 1), ("22", 1), ("23", 1)]


def test_layers_alike_are_one_line() -> None:
    report = load("8x8x4 -> 50 * conv 4 3x3 pad=1").report()
    (line,) = lines(report)
    assert (line.path, line.times, line.output) == ("1–50", 50, report.rows[-1].output)
    assert line.layer is report.rows[0]


@pytest.mark.parametrize("width", [70, 80, 100, 160])
@pytest.mark.parametrize("name", ["resnet50", "googlenet", "densenet121", "inception_v3"])
def test_numbers_and_paths_are_never_cut(name: str, width: int) -> None:
    report = report_of(name)
    words = table(report, width=width).split()
    for row in laid_out(report, width=width).rows:
        assert isinstance(row, Row)
        for column, cell in zip(DEFAULT, row.cells, strict=True):
            if column in (PATH, OUT, PARAMS, MACS):
                assert cell.strip() in words


@pytest.mark.parametrize("depth", sampled([None, 1, 2, 3, "all"], every=3))
def test_a_group_stands_above_its_lines_with_their_sum(reports: list[Report], depth: Depth) -> None:
    for report in reports:
        shown = tree(report, lines(report, depth))
        assert [line.path for line in shown if not line.opened] == [line.path for line in lines(report, depth)]
        for at, header in enumerate(shown):
            assert header.path.endswith(header.name.strip())
            if not header.opened:
                continue
            inside = [*takewhile(lambda line, top=header.level: line.level > top, shown[at + 1 :])]
            own = [line for line in inside if not line.opened and (line.aux is None or header.aux is not None)]
            assert len(inside) > 1
            assert all(line.path.startswith(f"{header.path}.") for line in inside)
            assert all(line.below == header.path for line in inside if line.level == header.level + 1)
            for column in (PARAMS, MACS):
                assert column.value(header, report) == sum(column.value(line, report) for line in own)


@pytest.mark.parametrize("name", sampled(NAMES, every=24))
def test_fits_its_screen(name: str) -> None:
    for width in (80, 160):
        assert max(map(len, table(report_of(name), width=width).splitlines())) <= width


def test_long_paths_wrap_at_their_dots() -> None:
    report = load("4 -> linear 3").report()
    report.rows[0].node.path = "a_rather_long_name.and_another_one.conv"
    rows = table(report, width=50).splitlines()[4:7]
    assert [row.split()[0] for row in rows] == ["a_rather_long_name.", "and_another_one.", "conv"]
    assert rows[0].split()[1:] == ["linear", "3", "3", "15", "12"]


def test_wide_characters_keep_the_columns() -> None:
    report = load("4 -> linear 3 -> relu").report()
    report.rows[0].node.path = "層層"
    first, second = table(report, width=80).splitlines()[4:6]
    assert first.index("linear") + 2 == second.rindex("relu")


def test_long_tables_look_like_short_ones() -> None:
    whole = table(report_of("resnet152"), View(DEFAULT, depth="all"), width=120).splitlines()
    heading, rule = whole[2], whole[3]
    assert heading.split() == ["path", "layer", "output", "params", "share", "MACs", "share"]
    assert set(rule) == {"─"}
    assert len(whole) > len(report_of("resnet152").rows)


def test_a_report_prints_itself() -> None:
    assert str(report_of("zfnet")) == plain(report_of("zfnet"))
    assert "total" in plain(report_of("zfnet"))


DEEP = """
input: 2
blocks:
  b n:
    - if: n > 0
      then: {x: {y: {z: b n-1}}}
      else: linear 2
layers: b 40
"""


def test_a_deep_tree_does_not_recurse() -> None:
    report = load("-", stdin=DEEP.encode).report()
    assert len(lines(report, "all")) == 1
