"""A graph without what nothing reads, and with one layer where several are its formula written out."""

from __future__ import annotations

from math import inf, isclose, isinf

from cnncalc.exchange.graph import Graph
from cnncalc.layers import KINDS
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.norm import Rescale
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.resize import ZeroPad
from cnncalc.network.network import Node


def simplified(graph: Graph) -> Graph:
    """Return the graph of the layers that an output needs, formulas written out replaced by their kind."""
    if graph.problems:
        return graph
    _Formulas(graph).replace()
    graph = _needed(graph)
    for node in graph.nodes:
        if isinstance(node.layer, ZeroPad) and isinf(node.layer.value):
            what = f"pad of {node.x[0]} with {node.layer.value:g}"
            graph.refuse(f"{node.path}: {what} is no layer kind, except before a max pool")
    return graph


class _Formulas:
    """Activation functions that a source writes out: each is found at its last layer."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.readers = graph.readers()
        self.ends = set(graph.outputs.values())

    def replace(self) -> None:
        for node in self.graph.nodes:
            if node.kind == "maxpool":
                self._pad(node)
            found = self._product(node) if node.kind == "mul" else self._gate(node)
            if found is not None:
                kind, x = found
                node.layer = KINDS[kind](len(self.graph.nodes[x].y.sides))
                node.inputs, node.x = (x,), (self.graph.nodes[x].y,)

    def _pad(self, node: Node) -> None:
        """Let a max pool pad by itself what is padded with -inf before it."""
        before = self.graph.nodes[node.inputs[0]]
        layer, pool = before.layer, node.layer
        if (
            not isinstance(layer, ZeroPad)
            or layer.value != -inf
            or layer.mode != "zeros"
            or not isinstance(pool, MaxPool)
        ):
            return
        fields = {name: pool.__dict__[name] for name in ("kernel", "stride", "dilation", "ceil")}
        if any(map(any, layer.pad)) and not any(window.before or window.after for window in pool.windows(node.x[0])):
            sides = len(node.y.sides)
            given = {name: Sides(value) if isinstance(value, tuple) else value for name, value in fields.items()}
            alone = MaxPool(sides, pad=Sides(map(Pair, layer.pad)), **given)
            if not [*alone.check(*before.x)] and alone.shape(*before.x) == node.y:
                node.layer, node.inputs, node.x = alone, before.inputs, before.x

    def _before(self, node: Node, kind: str) -> Node | None:
        """Return the layer before one, if it is of a kind and read by that one alone."""
        (at,) = node.inputs[:1] or (None,)
        if at is None:
            return None
        before = self.graph.nodes[at]
        alone = len(set(self.readers[at])) == 1 and at not in self.ends
        return before if before.kind == kind and alone else None

    def _rescaled(self, node: Node | None, scale: float, offset: float = 0.0) -> int | None:
        """Return what a layer rescales by these numbers; None if it does not."""
        layer = node.layer if node else None
        if node is None or not isinstance(layer, Rescale):
            return None
        same = isclose(layer.scale, scale, rel_tol=1e-6) and isclose(layer.offset, offset, abs_tol=1e-6)
        return node.inputs[0] if same else None

    def _gate(self, node: Node) -> tuple[str, int] | None:
        """Return relu6(x + 3)/6: of x the hardsigmoid; of its product with x the hardswish."""
        if self._rescaled(node, 1 / 6) is None:
            return None
        clipped = self._before(node, "relu6")
        if clipped is not None:
            moved = self._rescaled(self._before(clipped, "rescale"), 1, 3)
            return None if moved is None else ("hardsigmoid", moved)
        product = self._before(node, "mul")
        if product is None or len(product.inputs) != 2:
            return None
        for x, other in (product.inputs, product.inputs[::-1]):
            clipped = self.graph.nodes[other]
            alone = self.readers[other] == [product.index] and other not in self.ends
            if clipped.kind == "relu6" and alone and self._rescaled(self._before(clipped, "rescale"), 1, 3) == x:
                return "hardswish", x
        return None

    def _product(self, node: Node) -> tuple[str, int] | None:
        """Return x times a function of x: silu, mish, hardswish, quick_gelu."""
        if len(node.inputs) != 2:
            return None
        for x, other in (node.inputs, node.inputs[::-1]):
            gate = self.graph.nodes[other]
            if set(self.readers[other]) != {node.index} or other in self.ends or not gate.inputs:
                continue
            if gate.kind == "sigmoid" and gate.inputs == (x,):
                return "silu", x
            if gate.kind == "hardsigmoid" and gate.inputs == (x,):
                return "hardswish", x
            if gate.kind == "sigmoid" and self._rescaled(self._before(gate, "rescale"), 1.702) == x:
                return "quick_gelu", x
            if gate.kind == "tanh" and (soft := self._before(gate, "softplus")) is not None and soft.inputs == (x,):
                return "mish", x
        return None


def _needed(graph: Graph) -> Graph:
    """Return the graph without layers that no output needs."""
    needed = set(graph.outputs.values()) | set(graph.inputs.values())
    for node in reversed(graph.nodes):
        if node.index in needed:
            needed.update(node.inputs)
            if node.shares is not None:
                needed.add(node.shares)
    if len(needed) == len(graph.nodes):
        return graph
    new = {old: index for index, old in enumerate(sorted(needed))}
    graph.nodes = [node for node in graph.nodes if node.index in new]
    for node in graph.nodes:
        node.index = new[node.index]
        node.inputs = tuple(new[i] for i in node.inputs)
        node.shares = None if node.shares is None else new[node.shares]
    graph.inputs = {name: new[i] for name, i in graph.inputs.items()}
    graph.outputs = {name: new[i] for name, i in graph.outputs.items()}
    graph.tensors = {new[i]: names for i, names in graph.tensors.items() if i in new}
    return graph
