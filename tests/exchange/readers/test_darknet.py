"""Darknet: known totals, and every section, option, default and trap of public files."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request, darknet
from tests.exchange.readers import cfgs


def graph(text: str, name: str = "net.cfg", shape: str | None = None) -> Graph:
    return darknet.read(Request(name, text.encode(), shape)).finished()


def refusals(text: str, name: str = "net.cfg") -> list[str]:
    with pytest.raises(NotRead) as raised:
        graph(text, name)
    return [f"{problem.headline()}{f' | {problem.hint}' if problem.hint else ''}" for problem in raised.value]


@pytest.mark.parametrize("name", ["yolov3", "yolov3_tiny", "darknet53", "vgg16"])
def test_totals_are_those_of_the_library(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.cfg"
    file.write_text(getattr(cfgs, name)())
    found, known = (cnncalc.load(what).report().totals for what in (file, name))
    assert (found.params, found.macs, found.buffers) == (known.params, known.macs, known.buffers)


STORED = {
    "yolov3": (62_001_757, 248_007_048, 20),
    "yolov3_tiny": (8_858_734, 35_434_956, 20),
    "yolov2": (50_983_561, 203_934_260, 16),
}
"""Numbers, and bytes of the public weights with those of their header: https://pjreddie.com/darknet/yolo."""


@pytest.mark.parametrize("name", STORED)
def test_the_numbers_of_a_file_of_weights(name: str) -> None:
    numbers, size, header = STORED[name]
    assert (size - header) / 4 == numbers
    (note,) = graph(getattr(cfgs, name)()).notes
    assert f" {numbers:,} numbers stored with running statistics, " in note


def test_the_three_counts() -> None:
    assert graph(cfgs.yolov3()).notes == [
        "61,949,149 trainable parameters, 62,001,757 numbers stored with running statistics, "
        "61,895,776 weights of convolutions and linear layers alone"
    ]
