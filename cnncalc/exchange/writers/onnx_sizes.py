"""Models of ONNX for images of any size: what is written for several sizes must be the same but for the shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.exchange.trained import trained
from cnncalc.exchange.writers import Written, not_written
from cnncalc.exchange.writers.onnx_graph import ModelGraph
from cnncalc.exchange.writers.onnx_model import package
from cnncalc.exchange.writers.onnx_operators import OPERATORS
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem, Problems

SIZES = ((128, 160), (129, 161), (224, 256), (227, 259), (192, 131))
"""Sizes for which a model is written: even and odd ones, so that padding that depends on them is found."""


def write_for_sizes(network: Network, weights: str | None, at: Callable[[Mapping[str, int]], Network]) -> Written:
    """Return the model of a network with symbols in its shapes; `at` returns the network for numbers.

    Raises NotWritten for the first layer whose operators depend on the size, NoAnswer where too few sizes work.
    """
    onnx = package()
    symbols = sorted(network.symbols())
    found: list[ModelGraph] = []
    tensors = None
    for sizes in SIZES:
        numbers = {symbol: sizes[min(number, 1)] + 32 * max(number - 1, 0) for number, symbol in enumerate(symbols)}
        try:
            other = at(numbers)
        except Problems:  # it does not work on images of this size
            continue
        tensors = tensors or trained(other, weights)
        found.append(ModelGraph(onnx, other, tensors, OPERATORS))
        found[-1].build()
    if tensors is None or len(found) < 2:
        message = f"{network.name} works on fewer than two of {len(SIZES)} sizes that were tried"
        raise NoAnswer([Problem("E118", message, None, "give the input as numbers")])
    first, *others = found
    for other_graph in others:
        _compare(first, other_graph)
    model = first.model()
    _open(network, model, [each.model().graph for each in others])
    return Written(model.SerializeToString(deterministic=True), notes=() if weights else (tensors.note,))


def _compare(first: ModelGraph, other: ModelGraph) -> None:
    """Raise NotWritten for the first layer that is written otherwise for another size."""
    for ours, theirs in zip(first.network.layers(), other.network.layers(), strict=True):
        if ours.layer.weights(*ours.x) != theirs.layer.weights(*theirs.x):
            raise _refusal(first, ours.path, "its weights")
    for one, two in zip(first.nodes, other.nodes, strict=False):
        if one != two or not all(_equal(first, other, name) for name in one.input):
            raise _refusal(first, one.name)
    if len(first.nodes) != len(other.nodes):
        raise _refusal(first, first.nodes[-1].name)


def _equal(first: ModelGraph, other: ModelGraph, name: str) -> bool:
    """Judge whether a value is the same constant in both, or no constant."""
    (ours, _), (theirs, _) = (graph.initializers.get(name, (None, None)) for graph in (first, other))
    return bool(first.np.array_equal(ours, theirs)) if ours is not None and theirs is not None else ours is theirs


def _refusal(graph: ModelGraph, name: str, what: str = "its operators") -> NoAnswer:
    def fits(node: Node) -> bool:
        return name == node.path or name.startswith(f"{node.path}.")

    node = max(filter(fits, graph.network.layers()), key=lambda node: len(node.path))
    return not_written(node, "ONNX with symbols", f"{what} depend on the size: give the input as numbers")


def _open(network: Network, model: Any, others: list[Any]) -> None:
    """Replace the sizes that differ by the symbols of the input, and by what they become."""
    nodes = {node.path: node for node in network.nodes}
    nodes.update({name: network.nodes[i] for ends in (network.inputs, network.outputs) for name, i in ends.items()})
    texts = {name: [str(n) for n in node.y.chw] for name, node in nodes.items()}
    for place in ("input", "output", "value_info"):
        for number, info in enumerate(getattr(model.graph, place)):
            dims = info.type.tensor_type.shape.dim
            for axis, dim in enumerate(dims):
                sizes = {getattr(graph, place)[number].type.tensor_type.shape.dim[axis].dim_value for graph in others}
                if sizes != {dim.dim_value}:
                    dim.Clear()
                    if len(texts.get(info.name, ())) == len(dims) - 1 and axis:
                        dim.dim_param = texts[info.name][axis - 1]
