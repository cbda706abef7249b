"""Graphs: what readers make and writers take."""

import pytest

import cnncalc
from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Add
from cnncalc.shape import Shape


def test_layers_are_added_with_their_shapes_and_numbers() -> None:
    graph = Graph("two")
    x = graph.input("image", Shape((8, 8), 3))
    first = graph.add(Conv(2, out=4, kernel=3, pad=1), x, path="stem.conv")
    again = graph.add(Conv(2, out=4, kernel=3, pad=1), x, path="stem.again", shares=first)
    graph.output("sum", graph.add(Add(2), first, again))
    assert graph.finished() is graph
    assert [str(node.y) for node in graph.nodes] == ["8x8x3", "8x8x4", "8x8x4", "8x8x4"]
    assert graph.params() == 3 * 3 * 3 * 4 + 4
    assert graph.macs() == 2 * 8 * 8 * 4 * 27
    assert graph.readers() == {0: [1, 2], 1: [3], 2: [3], 3: []}


def test_everything_that_cannot_be_read_is_reported_and_nothing_that_follows_from_it() -> None:
    graph = Graph("wrong", source="wrong.cfg")
    x = graph.input("image", Shape((8, 8), 3))
    large = graph.add(Conv(2, out=4, kernel=9), x, path="layer 1")
    graph.output("output", graph.add(Conv(2, out=4, kernel=3), large, path="layer 2"))
    graph.refuse("layer 3: [crnn] is not read")
    with pytest.raises(NotRead) as raised:
        graph.finished()
    assert [str(problem).splitlines()[0] for problem in raised.value] == [
        "E201 kernel: layer 1: 9 exceeds the input size 8 without padding",
        "E126 operation: layer 3: [crnn] is not read",
    ]


def test_a_graph_without_outputs_is_refused() -> None:
    graph = Graph("none", source="none.cfg")
    graph.input("image", Shape((8, 8), 3))
    with pytest.raises(NotRead, match=r"none\.cfg has no output that could be read"):
        graph.finished()


def test_a_network_is_a_graph() -> None:
    network = cnncalc.load("resnet18")
    graph = Graph.of(network)
    totals = network.report().totals
    assert (graph.params(), graph.macs()) == (totals.params, totals.macs)
