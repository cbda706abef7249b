"""The section of docs/homework.md on what is read: each example is read as the page says."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Part
from cnncalc.shape import Shape
from tests.homework import parts as p

PAGE = (Path(__file__).parents[3] / "docs" / "homework.md").read_text("utf-8")
SECTION = PAGE.partition("### What is read")[2].partition("\n## ")[0]
CODE = re.compile(r"`([^`]+)`")

PARTS = {
    "29x29x32": p.part("volume", Shape((29, 29), 32)),
    "11x11": p.part("sides", (11, 11)),
    "3": p.part("pad", ((3, 3),)),
    "0 before, 1 after": p.part("pad", ((0, 1),)),
    "stride=2 pad=0": p.part("unknowns", {"stride": 2, "pad": 0}),
    "7600": p.NUMBER,
    "27000100": p.part("number", 27_000_100),
    "13": p.part("number", 13, ask="receptive_field"),
    "77070336": p.part("number", 77_070_336, unit="B"),
    "44.9%": p.part("number", Fraction(2200, 49), unit="%"),
    "27C^2": p.FORMULA,
    "yes": p.YES,
}
"""The question to each right answer of the table."""

ROWS = [CODE.findall(line) for line in SECTION.splitlines() if line.startswith("| `")]


def test_every_row_has_its_question() -> None:
    assert [first for first, *_ in ROWS] == [*PARTS]


@pytest.mark.parametrize(
    ("part", "text"), [(PARTS[first], text.replace("⏎", "\n")) for first, *rest in ROWS for text in (first, *rest)]
)
def test_each_example_is_read(part: Part, text: str) -> None:
    assert mark_part(part, text).verdict == "right"


def test_what_is_not_understood() -> None:
    refused = CODE.findall(SECTION.rpartition("What is not understood completely")[2].partition("\n\n")[0])
    assert len(refused) > 5
    for text in refused:
        part = p.FORMULA if "C" in text else p.NUMBER
        assert mark_part(part, text.replace("⏎", "\n")).verdict == "not understood", text
