"""Whole random networks: PyTorch agrees, every kind of number gives the same, totals add up, the text reads back.

benchmarks/results/hypothesis_deep.md has a search through 100,000 networks for each property.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from hypothesis import example, given

import cnncalc
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.text import reads_others, spec_text
from cnncalc.layers import KINDS
from cnncalc.live.verify import verify
from cnncalc.network.network import Network
from cnncalc.numbers.symbolic import put, symbol
from cnncalc.shape import Shape
from tests.effort import examples
from tests.strategies import ALIKE, STEPS, specs

torch = pytest.importorskip("torch")


def load(text: str) -> Network:
    return cnncalc.load("-", stdin=text.encode)


@examples(25)
@given(specs())
@example("name: drawn\ninput: '1'\nlayers:\n- layernorm -> embedding 2 1 -> conv 1 1\n")  # indices have no gradient
def test_pytorch_agrees(text: str) -> None:
    result = verify(load(text), device="meta", backward=True)
    assert result.agrees, (result.stopped, [(c.path, what, cell) for c, what, cell in result.differences()])


@examples(5)
@given(specs())
def test_it_runs_with_numbers(text: str) -> None:
    result = verify(load(text), device="cpu", backward=True)
    # Drawn layers may well divide by 0: `lrn k=0`, or a softplus of a softplus of large numbers.
    wrong = [(c.path, what, cell) for c, what, cell in result.differences() if what not in ("finite", "gradients")]
    assert not wrong
    assert result.stopped is None


@examples(25)
@given(specs())
def test_totals_are_the_sum_of_rows(text: str) -> None:
    report = load(text).report(batch=3)
    main = [row for row in report.rows if row.node.aux is None]
    aside = [row for row in report.rows if row.node.aux is not None]
    totals = report.totals
    assert totals.params == sum(row.params for row in main)
    assert totals.macs == sum(row.macs for row in main)
    assert totals.buffers == sum(row.buffer_values for row in main)
    assert totals.aux_params == sum(row.params for row in aside)
    assert totals.aux_macs == sum(row.macs for row in aside)
    assert totals.activation_values == sum(row.activation_values for row in main if not row.node.layer.in_place)
    assert totals.weight_bytes == 4 * totals.params
    assert totals.flops == 2 * totals.macs


def passed_on(network: Network, number: Callable[[int], Any]) -> list[tuple[Shape, Any]]:
    """Send numbers of another kind through a network: each layer's output shape, and its MACs."""
    shapes: list[Shape] = []
    found = []
    for node in network.nodes:
        if node.kind == "input":
            shapes.append(Shape(tuple(map(number, node.y.sides)), node.y.channels))
        else:
            xs = [shapes[i] for i in node.inputs]
            shapes.append(node.layer.shape(*xs))
            found.append((shapes[-1], node.layer.macs(*xs)))
    return found


def counted(network: Network) -> list[tuple[Shape, int]]:
    return [(node.y, node.layer.macs(*node.x)) for node in network.layers()]


@examples(25)
@given(specs())
def test_arrays_give_the_same(text: str) -> None:
    network = load(text)
    found = passed_on(network, lambda n: numpy.array([n, n]))
    assert [(Shape(tuple(map(first, y.sides)), first(y.channels)), first(macs)) for y, macs in found] == counted(
        network
    )


def first(numbers: Any) -> int:
    """Return the first number of an array; an int is itself."""
    return int(numpy.ravel(numbers)[0])


@examples(25)
@given(specs())
def test_symbols_give_the_same(text: str) -> None:
    network = load(text)
    if len(network.nodes) > 25:
        return  # nested floors take long
    values: dict[str, int] = {}

    def unknown(number: int) -> Any:
        name = f"n{len(values)}"
        values[name] = number
        return symbol(name)

    found = passed_on(network, unknown)
    numbers = [
        (Shape(tuple(put(n, values) for n in y.sides), put(y.channels, values)), put(m, values)) for y, m in found
    ]
    assert numbers == counted(network)


def facts(network: Network) -> Any:
    nodes = [(str(n.layer), n.inputs, n.x, n.y, n.aux, n.shares) for n in network.nodes]
    return nodes, network.inputs, network.outputs, network.report().totals


@examples(25)
@given(specs())
def test_the_text_reads_back(text: str) -> None:
    network = load(text)
    if any((node.aux and node.shares is not None) or reads_others(network.nodes, node) for node in network.nodes):
        return  # spec_text refuses these
    assert facts(load(spec_text(Graph.of(network), flat=True))) == facts(network)


def test_weights_of_a_side_head_used_again_cannot_be_written() -> None:
    network = cnncalc.load("8x8x1 -> relu")
    network.nodes[1].aux, network.nodes[1].shares = "head", 0
    with pytest.raises(ValueError, match="used again"):
        spec_text(Graph.of(network))


def test_weights_used_again_with_other_results_cannot_be_written() -> None:
    text = "input: 6x4\nlayers:\n- n1: [n2: conv 4 1, cross_attention 1 n2]\n- again n1\n"
    message = "weights that are used again with other earlier results cannot be written"
    with pytest.raises(ValueError, match=message):
        spec_text(Graph.of(load(text)), flat=True)
    same = "input: 6x4\nlayers:\n- a: relu\n- b: cross_attention 1 a\n- again b\n"
    assert facts(load(spec_text(Graph.of(load(same)), flat=True))) == facts(load(same))


def test_every_kind_is_drawn() -> None:
    """Steps draw every kind but those of several inputs, which items draw; layers() draws the special ones."""
    several = {"add", "sub", "mul", "concat", "resize_like", "crop_like", "stack", "cross_attention", *ALIKE}
    assert {*STEPS, *several, "max_unpool", "matmul", "concat_along", "deform_conv_by"} == set(KINDS)
