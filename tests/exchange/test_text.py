"""Spec text from graphs: it reads back as the same network, flat and with blocks, and is as one writes it by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import cnncalc
from cnncalc.exchange.equality import differing
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.text import reads_others, spec_text
from cnncalc.layers.activation import Relu
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Add, Concat
from cnncalc.layers.norm import BatchNorm
from cnncalc.network.network import Network
from cnncalc.shape import Shape
from tests.effort import examples, families
from tests.strategies import specs

FEW = ("resnet50", "googlenet", "unet", "yolov3", "nasnet_a_mobile", "siamese")
COMMUTATIVE = ("add", "mul", "maximum", "minimum", "average")


def load(text: str) -> Network:
    return cnncalc.load("-", stdin=text.encode)


def rows(network: Network) -> list[Any]:
    return [
        (str(row.node.layer), str(row.node.y), row.params, row.macs, row.node.aux, row.node.shares)
        for row in network.report().rows
    ]


def meaning(network: Network) -> Any:
    """Return what each output and side head computes of the inputs, however it is written.

    An output below a name, `scores.p3`, is called `scores_p3` by a text that has one layer a line.
    """
    found: dict[int, int] = {}
    names = {index: name for name, index in network.inputs.items()}
    for node in network.nodes:
        read = [found[index] for index in node.inputs]
        if node.kind in COMMUTATIVE:
            read.sort()
        shared = None if node.shares is None else found[node.shares]
        found[node.index] = hash((str(node.layer), tuple(read), shared, node.aux, names.get(node.index)))
    return {name.replace(".", "_"): found[index] for name, index in network.outputs.items()}, sorted(found.values())


def check(network: Network) -> str:
    """Check that both texts of a network are this network; return the one with blocks."""
    graph = Graph.of(network)
    for flat in (True, False):
        text = spec_text(graph, flat=flat)
        again = load(text)
        assert meaning(again) == meaning(network), text
        assert again.report().totals == network.report().totals
    return text


@pytest.mark.parametrize("name", [*FEW, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in families())])
def test_the_library_reads_back_from_its_texts(name: str) -> None:
    network = cnncalc.load(name)
    again = rows(load(check(network)))
    if not name.startswith("dpn"):  # whose file has the layers of branches between each other
        assert again == rows(network)
    assert sorted(again, key=str) == sorted(rows(network), key=str)


@examples(50)
@given(specs())
def test_any_network_reads_back_from_its_texts(text: str) -> None:
    network = load(text)
    shared = [node for node in network.nodes if node.shares is not None]
    if not any(node.aux or reads_others(network.nodes, node) for node in shared):  # which are refused
        check(network)


MOST_LINES = {
    "resnet50": 45,
    "densenet121": 37,
    "googlenet": 90,
    "mobilenet_v2": 48,
    "efficientnet_b0": 60,
    "inception_v3": 105,
    "unet": 40,
    "yolov3": 60,
    "hrnet_w32": 150,
    "nasnet_a_mobile": 150,
}
"""One and a half times the lines of the library's file without its variants and published numbers."""


@pytest.mark.parametrize("name", [*MOST_LINES])
def test_a_text_is_about_as_long_as_one_by_hand(name: str) -> None:
    text = spec_text(Graph.of(cnncalc.load(name)))
    assert text.count("\n") <= MOST_LINES[name]
    assert max(len(line) for line in text.splitlines() if not line.startswith(("source", "expect"))) <= 120
    assert text == spec_text(Graph.of(cnncalc.load(name)))  # the same each time


def test_a_bottleneck_has_its_projection_by_a_condition() -> None:
    assert (
        spec_text(Graph.of(cnncalc.load("resnet50")))
        == """\
name: resnet50
source: He, Zhang, Ren, Sun 2015, "Deep residual learning for image recognition", arXiv:1512.03385, table 1
input: 224x224x3

blocks:
  conv_bn_relu out kernel stride=1: conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm -> relu

  bottleneck out stride=1:
    - add:
        body: conv_bn_relu out 1x1 -> conv_bn_relu out 3x3 stride=stride -> conv 4*out 1x1 bias=no -> batchnorm
        skip:
          - if: channels != 4*out
            then: conv 4*out 1x1 stride=stride bias=no -> batchnorm
            else: identity
    - relu

layers:
  - conv1: conv_bn_relu 64 7x7 stride=2 -> 112x112x64
  - pool1: maxpool 3x3 stride=2 pad=1 -> 56x56x64
  - conv2: 3 * bottleneck 64 -> 56x56x256
  - conv3: bottleneck 128 stride=2 -> 3 * bottleneck 128 -> 28x28x512
  - conv4: bottleneck 256 stride=2 -> 5 * bottleneck 256 -> 14x14x1024
  - conv5: bottleneck 512 stride=2 -> 2 * bottleneck 512 -> 7x7x2048
  - pool5: global_avgpool -> flatten
  - fc: linear 1000

expect: {params: 25_557_032, macs: 4_089_184_256, output: 1000}
"""
    )


def test_blocks_are_found_in_a_graph_without_scopes_and_named_by_what_they_do() -> None:
    graph = Graph("plain", source="plain.cfg")
    x = graph.input("input", Shape((32, 32), 3))
    number = 0

    def unit(at: int | None, out: int, kernel: int, stride: int = 1) -> int | None:
        nonlocal number
        conv = Conv(2, out=out, kernel=kernel, stride=stride, pad=kernel // 2, bias=False)
        for layer in (conv, BatchNorm(2), Relu(2)):
            number += 1
            at = graph.add(layer, at, path=f"{number}")
        return at

    at = unit(x, 16, 3)
    for width in (32, 64):
        at = unit(at, width, 3, 2)
        for _ in range(3):
            number += 1
            at = graph.add(Add(2), unit(unit(at, width // 2, 1), width, 3), at, path=f"{number}")
    graph.output("output", at)
    assert spec_text(graph) == (
        """\
name: plain
source: plain.cfg
input: 32x32x3

blocks:
  conv_bn_relu out kernel stride=1: conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm -> relu

  residual:
    - add: [conv_bn_relu channels//2 1x1 -> conv_bn_relu 2*channels 3x3, identity]

layers:
  - conv_bn_relu 16 3x3 -> conv_bn_relu 32 3x3 stride=2 -> 3 * residual
  - conv_bn_relu 64 3x3 stride=2 -> 3 * residual

expect: {params: 101_360, macs: 10_665_984, output: 8x8x64}
"""
    )


def test_a_concatenation_that_grows_keeps_its_order() -> None:
    graph = Graph("order")
    x = graph.input("input", Shape((8, 8), 4))
    late = graph.add(Conv(2, out=2, kernel=1), x, path="late")
    early = graph.add(Relu(2), graph.add(Conv(2, out=3, kernel=1), x, path="early"), path="relu")
    graph.output("output", graph.add(Concat(2), early, late, path="cat"))
    text = spec_text(graph)
    assert [str(node.layer) for node in load(text).nodes if node.index in load(text).nodes[-1].inputs] == [
        "conv 2 1x1",
        "relu",
    ]
    assert load(text).nodes[-1].x[0].channels == 3


def test_concatenations_of_all_that_came_before_are_a_dense_block() -> None:
    graph = Graph("dense", source="net.py:Dense")
    found = [graph.input("input", Shape((8, 8), 8))]
    for number in range(4):
        path = f"block.layer{number + 1}"
        before = found[0] if number == 0 else graph.add(Concat(2), *found, path=f"{path}.cat")
        relu = graph.add(Relu(2), before, path=f"{path}.relu")
        found.append(graph.add(Conv(2, out=4, kernel=3, pad=1), relu, path=f"{path}.conv") or 0)
    graph.output("output", graph.add(Concat(2), *found, path="block.cat"))
    text = spec_text(graph)
    assert text.partition("input:")[2] == (
        """\
 8x8x8

blocks:
  dense_layer:
    - concat: [identity, relu -> conv 4 3x3 pad=1]

layers:
  - block: 4 * dense_layer -> 8x8x24

expect: {params: 2_032, macs: 129_024, output: 8x8x24}
"""
    )
    assert differing(graph, Graph.of(load(text))) == []


def test_names_of_the_source_become_names_of_the_language() -> None:
    graph = Graph("odd/name", source="x: # y")
    x = graph.input("input", Shape((8, 8), 4))
    for path in ("block-1/conv:0", "use", "1", "conv", "fc"):
        x = graph.add(Conv(2, out=2, kernel=1), x, path=path) or 0
    graph.output("my output", x)
    text = spec_text(graph)
    assert "name: odd_name\nsource: 'x: # y'\n" in text
    load(text)


@pytest.mark.exhaustive  # thousands of layers
def test_deep_graphs_are_written_too() -> None:
    graph = Graph("deep")
    x = graph.input("input", Shape((8, 8), 4))
    waiting = []
    for _ in range(700):
        waiting.append(x)
        x = graph.add(Relu(2), graph.add(Conv(2, out=4, kernel=1), x)) or 0
    for skip in reversed(waiting):
        x = graph.add(Add(2), x, skip) or 0
    graph.output("output", x)
    assert load(spec_text(graph)).report().totals.params == 700 * 20
