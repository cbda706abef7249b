"""What is written is compared with what was read."""

from __future__ import annotations

import re

import pytest

import cnncalc
from cnncalc.exchange import importing
from cnncalc.exchange.equality import differing
from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Add, Concat
from cnncalc.shape import Shape


def two(out: int = 4, shared: bool = False, kernel: int = 3) -> Graph:
    graph = Graph("two")
    x = graph.input("image", Shape((8, 8), 3))
    first = graph.add(Conv(2, out=4, kernel=3, pad=1), x, path="a")
    second = graph.add(Conv(2, out=out, kernel=kernel, pad=kernel // 2), x, path="b", shares=first if shared else None)
    graph.output("total", graph.add(Add(2), first, second, path="sum"))
    return graph


def test_equal_graphs_do_not_differ() -> None:
    assert differing(two(), two()) == []
    text = cnncalc.load("resnet18")
    assert differing(Graph.of(text), Graph.of(text)) == []


def test_the_order_of_a_sum_is_free_and_that_of_a_concat_is_not() -> None:
    for kind, differs in ((Add, False), (Concat, True)):
        made = []
        for turned in (False, True):
            graph = Graph("order")
            x = graph.input("image", Shape((8, 8), 3))
            ends = [x, graph.add(Conv(2, out=3, kernel=1), x)]
            graph.output("total", graph.add(kind(2), *(reversed(ends) if turned else ends)))
            made.append(graph)
        assert bool(differing(*made)) is differs


def test_what_differs() -> None:
    assert differing(two(), two(kernel=5)) == [
        "its text lacks a: conv 4 3x3 pad=1 of 8x8x3",
        "its text lacks sum: add of 8x8x4 and 8x8x4",
        "its text has b: conv 4 5x5 pad=2 of 8x8x3",
        "its text has sum: add of 8x8x4 and 8x8x4",
    ]
    assert differing(two(), two(shared=True))[0] == "its text lacks a: conv 4 3x3 pad=1 of 8x8x3"
    other = two()
    other.outputs = {"other": other.outputs["total"]}
    assert differing(two(), other) == ["its outputs are total, those of its text other"]


def test_a_text_that_computes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    written = importing.spec_text
    monkeypatch.setattr(importing, "spec_text", lambda *args, **more: written(*args, **more).replace("relu", "tanh"))
    cfg = b"[net]\nheight=8\nwidth=8\nchannels=3\n[convolutional]\nactivation=relu\n"
    with pytest.raises(NotRead) as raised:
        cnncalc.import_model("-", stdin=lambda: cfg, flat=True)
    lacks, has = (problem.message for problem in raised.value)
    assert lacks == "<stdin> cannot be written: its text lacks convolutional_0.relu: relu of 8x8x1"
    assert re.fullmatch(r"<stdin> cannot be written: its text has [\w.]+: tanh of 8x8x1", has)


def test_an_imported_model_prints_its_text() -> None:
    cfg = b"[net]\nheight=8\nwidth=8\nchannels=3\n[convolutional]\nactivation=relu\n"
    found = cnncalc.import_model("-", stdin=lambda: cfg)
    assert repr(found) == f"<Imported stdin from <stdin>: {len(found.text.splitlines())} lines>"
    assert str(found) == found.text.rstrip("\n")
    assert cnncalc.import_model("-", stdin=lambda: cfg).text == found.text
