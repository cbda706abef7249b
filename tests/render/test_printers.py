"""The printers of tables: what a text cannot break, and what each format keeps."""

from __future__ import annotations

import csv
import io
import re

import pytest

from cnncalc.loading import load
from cnncalc.render.console import show
from cnncalc.render.printers import FORMATS, printed, ready
from cnncalc.render.printers.csv import safe
from cnncalc.render.printers.terminal import lines
from cnncalc.render.report import table
from cnncalc.render.table import BOLD, CYAN, Across, Column, Note, Row, Table

EVIL = Table(
    "a\u202etitle\x1b[31m",
    (Column("name", style=CYAN), Column("value", right=True)),
    [Across("gr\x07oup"), Row(["<b>\u2066x", "=1+1"])],
    [Row(["total", "1"])],
    [Note("", "note\x1b]8;;http://x\x07")],
)
PRINTED = tuple(name for name in FORMATS if name != "json")


@pytest.mark.parametrize("format_", PRINTED)
def test_control_and_bidirectional_characters_are_visible(format_: str) -> None:
    text = printed([EVIL], format_)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    assert "·" in text or r"$\cdot$" in text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'·x"),
        (-3, -3),
        ("x=1", "x=1"),
        (None, None),
    ],
)
def test_no_text_is_a_formula_for_a_spreadsheet(value: object, cell: object) -> None:
    assert safe(value) == cell


def test_csv_without_data_has_the_cells() -> None:
    assert [*csv.reader(io.StringIO(printed([EVIL], "csv")))] == [
        ["name", "value"],
        ["<b>·x", "'=1+1"],
        ["total", "1"],
    ]


def test_html_escapes() -> None:
    text = printed([EVIL], "html")
    assert text.startswith("<!doctype html>")
    assert "&lt;b&gt;·x" in text
    assert "<b>" not in text


def test_the_text_of_svg_stays_text() -> None:
    text = printed([table(load("alexnet").report(), width=120)], "svg")
    assert ".conv</text>" in text
    assert "http" not in text.replace("http://www.w3.org", "").replace("https://www.textualize.io", "")


def test_a_terminal_gets_the_text_of_a_pipe_with_styles_and_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    report = load("resnet50").report()
    stream = io.StringIO()
    show(lines(ready([table(report, width=80)]), 80), stream)
    plain = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", stream.getvalue())
    assert plain == printed([table(report, width=80)], "table", width=80) + "\n"
    assert ";https://arxiv.org/abs/1512.03385" in stream.getvalue()


def test_spare_columns_go_before_others_become_narrow() -> None:
    shown = Table(
        "", (Column("first", breaks=" "), Column("second", spare=1)), [Row(["one two three four", "much room"])]
    )
    assert printed([shown], "table", width=20).splitlines() == ["first", "──────────────────", "one two three four"]


def test_a_group_stands_over_its_rows() -> None:
    shown = Table("Title", (Column("name"), Column("n", right=True)), [Across("group", BOLD), Row(["a", "1"])], level=2)
    assert printed([shown], "table").splitlines() == ["Title", "name  n", "───────", "group", "a     1"]
    assert printed([shown], "markdown").splitlines() == [
        "#### Title",
        "",
        "| name | n |",
        "|---|---:|",
        "| **group** |  |",
        "| a | 1 |",
    ]
