"""Attention within windows, written out in a model's `forward`, as the kind that it is."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from math import isclose, prod
from typing import Any, NamedTuple

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.tensors import Dim
from cnncalc.layers.attention import CosineWindowAttention, GridAttention, GroupAttention, WindowAttention
from cnncalc.layers.base import Layer, Tensors
from cnncalc.layers.conv import Conv
from cnncalc.layers.dropout import Dropout, DropPath
from cnncalc.layers.fields import Sides
from cnncalc.layers.learned import Scale
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import LayerNorm, Rescale
from cnncalc.layers.reshape import Flatten, Permute, Reshape
from cnncalc.layers.resize import Crop, ZeroPad
from cnncalc.layers.tokens import Tokens
from cnncalc.network.network import Node
from cnncalc.numbers.arith import Number
from cnncalc.shape import Shape

KEPT: tuple[type[Layer], ...] = (Dropout, DropPath, LayerNorm)
"""Kinds that do the same before windows are put back in their places and after."""


class Unfolded(Layer):
    """A step of windowed attention that is no layer kind by itself; `reason` is stated where it stays one."""

    def __init__(self, sides: int, reason: str, **more: Any) -> None:
        super().__init__(sides)
        self.__dict__.update(more, reason=reason)

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        return {}

    def macs(self, x: Shape) -> Number:
        return 0

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def build(self, torch: Any, x: Shape) -> Any:
        raise NotImplementedError(f"{self.kind} stands for a part of another layer")


class Positions(Unfolded):
    """Scores get a parameter for each head and offset: parameters `names`, of `heads` heads, perhaps a mask."""

    kind = "relative_positions"
    names: frozenset[str]
    heads: int
    masked: bool


class Roll(Unfolded):
    """Values move cyclically by `shifts` per dimension."""

    kind = "roll"
    shifts: tuple[int, ...]


class Folded(NamedTuple):
    """A layer that takes the place of others, and what its tensors are."""

    first: Node  # what it reads
    chain: list[Node]  # from its last projection to where all is back in its place
    layer: Layer
    tensors: dict[str, tuple[str, Any]]  # its own name -> that of the model, and the tensor
    path: str
    kept: list[Node]  # those of the chain that work position by position, which come after it


def fold(
    graph: Graph,
    weights: MutableMapping[Node, dict[str, Any]],
    rows: Mapping[int, Dim],
    parameters: Mapping[str, Any],
) -> set[str]:
    """Replace attention within windows that is written out; return the names of the parameters that it has.

    `weights` are the tensors of each layer, `rows` the positions of a group for each projection. What is no such
    attention stays.
    """
    names: set[str] = set()
    readers, needed = graph.readers(), _needed(graph)
    for node in graph.nodes:
        if isinstance(node.layer, Positions) and node.index in needed:
            found = _Region(graph, readers, needed, node).folded(weights, rows, parameters)
            if found is not None:
                _put(graph, weights, found)
                names |= {name for name, _ in found.tensors.values()}
    return names


def _put(graph: Graph, weights: MutableMapping[Node, dict[str, Any]], found: Folded) -> None:
    """Let the last nodes of the chain be the layer, and what is kept of the chain."""
    new: list[tuple[Layer, str, dict[str, str], dict[str, Any]]] = [
        (
            found.layer,
            found.path,
            {own: name for own, (name, _) in found.tensors.items()},
            {own: tensor for own, (_, tensor) in found.tensors.items()},
        )
    ]
    for node in found.kept:
        new.append((node.layer, node.path, graph.tensors.get(node.index, {}), weights.get(node, {})))
    before = found.first
    for node, (layer, path, named, tensors) in zip(found.chain[-len(new) :], new, strict=True):
        node.layer, node.path = layer, path
        node.inputs, node.x, node.y = (before.index,), (before.y,), before.y
        graph.tensors[node.index], weights[node] = named, tensors
        before = node


def _needed(graph: Graph) -> set[int]:
    needed = set(graph.outputs.values())
    for node in reversed(graph.nodes):
        if node.index in needed:
            needed.update(node.inputs)
    return needed


class _Region:
    """The layers from the projection of queries, keys and values to that of what was found, around `positions`."""

    def __init__(self, graph: Graph, readers: Mapping[int, list[int]], needed: set[int], positions: Node) -> None:
        self.graph, self.needed, self.positions = graph, needed, positions
        self.readers = {index: [reader for reader in all_ if reader in needed] for index, all_ in readers.items()}
        self.ends = set(graph.outputs.values())
        self.layer: Positions = positions.layer  # type: ignore[assignment]

    def folded(
        self, weights: Mapping[Node, dict[str, Any]], rows: Mapping[int, Dim], parameters: Mapping[str, Any]
    ) -> Folded | None:
        behind = self._behind()
        if behind is None:
            return None
        inner = self._between(behind)
        if inner is None:
            return None
        before, region = inner
        channels = before.x[0].channels
        if before.y.channels != 3 * channels or behind.y.channels != channels or before.index not in rows:
            return None
        if {"weight", "bias"} - {*weights.get(before, ())} or {"weight", "bias"} - {*weights.get(behind, ())}:
            return None
        first, shifts = self._start(before)
        chain = self._chain(behind, first.y, shifts)
        if chain is None or any(shifts) != self.layer.masked:
            return None
        layer = self._attention(before, first, rows[before.index], shifts, region)
        if layer is None:
            return None
        named = self.graph.tensors
        own = {
            f"{part}.{name}": (named[node.index][name], weights[node][name])
            for part, node in (("qkv", before), ("proj", behind))
            for name in ("weight", "bias")
        }
        table = self._table(layer, region, parameters)
        path = before.path.rpartition(".")[0] or before.path
        kept = [node for node in chain if isinstance(node.layer, KEPT)]
        return None if table is None else Folded(first, chain, layer, {**table, **own}, path, kept)

    def _behind(self) -> Node | None:
        """Return the projection after the attention."""
        node = self.positions
        while not _is_projection(node):
            after = self.readers[node.index]
            if len(after) != 1 or node.index in self.ends:
                return None
            node = self.graph.nodes[after[0]]
        return node

    def _between(self, behind: Node) -> tuple[Node, list[Node]] | None:
        """Return the projection before the attention, and what is between both, if nothing else reads that."""
        stack, region, first = [*behind.inputs], set[int](), set[int]()
        while stack:
            index = stack.pop()
            node = self.graph.nodes[index]
            if _is_projection(node):
                first.add(index)
            elif not node.inputs:
                return None
            elif index not in region:
                region.add(index)
                stack.extend(node.inputs)
        inside = {*region, behind.index}
        alone = all(set(self.readers[index]) <= inside for index in (*region, *first))
        if len(first) != 1 or not alone or self.positions.index not in region or inside & self.ends - {behind.index}:
            return None
        return self.graph.nodes[first.pop()], [self.graph.nodes[index] for index in sorted(region)]

    def _start(self, before: Node) -> tuple[Node, tuple[int, ...]]:
        """Return what is padded and rolled before the attention, and by how much it is rolled."""
        first, shifts = self.graph.nodes[before.inputs[0]], (0,) * len(before.x[0].sides)
        if isinstance(first.layer, Roll) and self._alone(first):
            shifts = tuple(-shift for shift in first.layer.shifts)
            first = self.graph.nodes[first.inputs[0]]
        if isinstance(first.layer, ZeroPad) and first.layer.mode == "zeros" and self._alone(first):
            first = self.graph.nodes[first.inputs[0]]
        return first, shifts

    def _chain(self, node: Node, goal: Shape, shifts: tuple[int, ...]) -> list[Node] | None:
        """Return the layers from the last projection to where all is back in its place, rolled back and cropped."""
        chain, rolled, end = [node], not any(shifts), 0
        while True:
            if node.y == goal and rolled:
                end = len(chain)
            if not self._alone(node):
                break
            node = self.graph.nodes[self.readers[node.index][0]]
            if isinstance(node.layer, Roll) and node.layer.shifts == shifts and not rolled:
                rolled = True
            elif not isinstance(node.layer, (*KEPT, Crop, Flatten, Permute, Reshape, Tokens)):
                break
            chain.append(node)
        return chain[:end] or None

    def _alone(self, node: Node) -> bool:
        return len(self.readers[node.index]) == 1 and node.index not in self.ends

    def _attention(
        self, before: Node, first: Node, row: Dim, shifts: tuple[int, ...], region: list[Node]
    ) -> GroupAttention | None:
        """Return the kind whose groups are the positions of a row."""
        sides = before.x[0].sides
        parts = {atom.dim: atom for atom in row}
        if len(parts) != len(row) or not set(parts) <= set(range(len(sides))):
            return None
        size = tuple(parts[dim].size if dim in parts else 1 for dim in range(len(sides)))
        spread = [dim for dim, atom in parts.items() if atom.stride > 1]
        grid = bool(spread) and all(parts[dim].stride * size[dim] == n for dim, n in enumerate(sides) if dim in parts)
        heads, channels = self.layer.heads, before.x[0].channels
        fields: dict[str, Any] = {"heads": heads}
        if any(isinstance(node.layer, Scale) for node in region):
            if spread or len(self.layer.names) != 3:
                return None
            return CosineWindowAttention(len(sides), **fields, window=Sides(size), shift=Sides(shifts))
        scale = prod(float(node.layer.scale) for node in region if isinstance(node.layer, Rescale))
        if isclose(scale, channels**-0.5, rel_tol=1e-6) and heads > 1:
            fields["scale_by"] = "all"
        elif not isclose(scale, (channels // heads) ** -0.5, rel_tol=1e-6):
            return None
        if spread and not grid:
            return None
        if grid:
            return GridAttention(len(sides), **fields, grid=Sides(size)) if first.y.sides == sides else None
        return WindowAttention(len(sides), **fields, window=Sides(size), shift=Sides(shifts))

    def _table(
        self, layer: GroupAttention, region: list[Node], parameters: Mapping[str, Any]
    ) -> dict[str, tuple[str, Any]] | None:
        """Return the tensors of relative positions."""
        names = sorted(self.layer.names)
        shapes = {name: tuple(parameters[name].shape) for name in names}
        if not isinstance(layer, CosineWindowAttention):
            (name,) = names if len(names) == 1 else ("",)
            if not name:
                return None
            table = parameters[name]
            if table.numel() != self.layer.heads * prod(2 * size - 1 for size in layer.group_size):
                return None
            if table.dim() == 3 and table.shape[0] == self.layer.heads:
                table = table.flatten(1).T
            return {"relative_position_bias_table": (name, table)}
        scales = [node for node in region if isinstance(node.layer, Scale)]
        wanted = {
            "cpb_mlp.0.weight": (layer.hidden, len(layer.__dict__["window"])),
            "cpb_mlp.0.bias": (layer.hidden,),
            "cpb_mlp.2.weight": (self.layer.heads, layer.hidden),
        }
        found = {own: name for own, shape in wanted.items() for name in names if shapes[name] == shape}
        scale = [*self.graph.tensors.get(scales[0].index, {}).values()]
        if len(found) != len(wanted) or len(scales) != 1 or len(scale) != 1 or scale[0] not in parameters:
            return None
        found["logit_scale"] = scale[0]
        return {own: (name, parameters[name]) for own, name in found.items()}


def _is_projection(node: Node) -> bool:
    """Return whether a layer is linear, position by position."""
    layer = node.layer
    if isinstance(layer, Linear):
        return True
    plain = isinstance(layer, Conv) and layer.groups == 1 and set(layer.stride) == {1}
    return plain and set(layer.__dict__["kernel"]) == {1}
