"""The layers of a network as a reader of another tool's format finds them, and as a writer takes them.

A reader adds inputs, layers and outputs in the order they run; every shape is computed on the way. What it cannot
express is refused by name and place, reading goes on, and `finished` raises NotRead with all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from cnncalc.layers import KIND_OF
from cnncalc.layers.base import Layer, Refused
from cnncalc.layers.merge import Input
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.problem import NoAnswer, Place, Problem
from cnncalc.shape import Shape

LARGEST = 10**18
"""No number of a volume is as large."""


class NotRead(NoAnswer):
    """A network of another tool that cannot be read whole: each problem is an operation, its place and its numbers."""


class Proof(NamedTuple):
    """What running a network and its model showed: whether outputs agree, None where they cannot be compared."""

    agrees: bool | None
    text: str


@dataclass(slots=True, eq=False, repr=False)
class Graph:
    """Layers in the order they run: nodes as a Network has them, without the levels of a spec.

    `classes` are the class names of the scopes in the nodes' paths (`layer1.0` -> `Bottleneck`), where the source has
    any. `counts` are numbers that the source itself has, such as its `params`. `notes` say what differs from the
    source and why that is no difference: folded batch norm, heads that do not run. `tensors` are for each layer the
    names that its weights have in the source. `proof` runs the network of its text beside the source, where that runs.
    """

    name: str
    source: str = ""  # what was read: `yolov3.cfg`, `torchvision.models:resnet50`
    nodes: list[Node] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tensors: dict[int, dict[str, str]] = field(default_factory=dict)
    proof: Callable[[Network], Proof] | None = None

    @classmethod
    def of(cls, network: Network) -> Graph:
        """Return the graph of a network; its levels that have a name are no classes."""
        return cls(
            network.name,
            network.source,
            list(network.nodes),
            dict(network.inputs),
            dict(network.outputs),
        )

    def __repr__(self) -> str:
        return f"<Graph {self.name}: {len(self.nodes) - len(self.inputs):,} layers>"

    def input(self, name: str, shape: Shape) -> int:
        """Add an input; return its index. Its name becomes one that a spec may have."""
        name = _free(name, self.inputs)
        index = self._append(name, Input(shape), (), shape)
        self.inputs[name] = index
        return index

    def add(
        self,
        layer: Layer,
        *inputs: int | None,
        path: str = "",
        shares: int | None = None,
        aux: str | None = None,
        place: Place | None = None,
    ) -> int | None:
        """Add a layer that reads earlier ones; return its index, or None where it cannot be computed.

        An input that is None comes from something refused before: nothing more is said. `path` is where the layer is in
        the source, `shares` the layer whose weights it uses again, `aux` the side head it belongs to.
        """
        known = tuple(index for index in inputs if index is not None)
        if len(known) < len(inputs):
            return None
        shapes = tuple(self.nodes[index].y for index in known)
        refusals = list(layer.check(*shapes))
        for refusal in refusals:
            self.refuse(f"{path or layer.kind}: {refusal.message}", place, refusal.hint, refusal.code)
        if refusals:
            return None
        y = layer.shape(*shapes)
        if max(y.hwc) >= LARGEST:
            self.refuse(f"{path or layer.kind}: the volume grows beyond 10^18", place, None, "E112")
            return None
        return self._append(path, layer, known, y, shares, aux)

    def build(
        self,
        kind: type[Layer],
        *inputs: int | None,
        path: str = "",
        shares: int | None = None,
        aux: str | None = None,
        place: Place | None = None,
        **values: Any,
    ) -> int | None:
        """Add a layer of a kind with the values of its fields, as `add` does; a value that does not fit is refused."""
        if not inputs or inputs[0] is None:
            return None
        layer = _layer(kind, len(self.nodes[inputs[0]].y.sides), tuple(values.items()))
        if isinstance(layer, Problem):
            self.refuse(f"{path or kind.kind}: {layer.message}", place, layer.hint, layer.code)
            return None
        return self.add(layer, *inputs, path=path, shares=shares, aux=aux, place=place)

    def output(self, name: str, index: int | None) -> None:
        """Name an output as a spec may have it; one that was refused before is left out."""
        if index is not None:
            self.outputs[_free(name, self.outputs)] = index

    def refuse(self, message: str, place: Place | None = None, hint: str | None = None, code: str = "E126") -> None:
        """Note what cannot be read: the operation, its place in the source, its numbers."""
        self.problems.append(Problem(code, message, place, hint))

    def finished(self) -> Graph:
        """Return the graph itself. Raises NotRead with everything that was refused, and where nothing was read."""
        if not self.problems and (not self.inputs or not self.outputs):
            missing = "input" if not self.inputs else "output"
            self.refuse(f"{self.source or self.name} has no {missing} that could be read")
        if self.problems:
            raise NotRead(self.problems)
        return self

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def note_counts(self, more: int = 0) -> None:
        """Note the three counts that tables print where a network has batch norm; `more` is stored beside them."""
        own = [node for node in self.nodes if node.shares is None]
        buffers = sum(int(product(shape)) for node in own for shape in node.layer.buffers(*node.x).values())
        tensors = [(node.layer.weighted, *each) for node in own for each in node.layer.weights(*node.x).items()]
        alone = sum(int(product(shape)) for weighted, name, shape in tensors if weighted and name == "weight")
        learned = self.params()
        if buffers:
            stored = f"{learned + buffers + more:,} numbers stored with running statistics"
            weights = f"{alone:,} weights of convolutions and linear layers alone"
            self.note(f"{learned:,} trainable parameters, {stored}, {weights}")

    def readers(self) -> dict[int, list[int]]:
        """Return for each node the nodes that read it, in order."""
        found: dict[int, list[int]] = {node.index: [] for node in self.nodes}
        for node in self.nodes:
            for index in node.inputs:
                found[index].append(node.index)
        return found

    def layers(self) -> Iterable[Node]:
        """Return the nodes that are layers, inputs left out."""
        return (node for node in self.nodes if node.kind != "input")

    def params(self) -> int:
        """Return the trainable parameters, those used again counted once."""
        own = (node for node in self.nodes if node.shares is None)
        return sum(int(product(shape)) for node in own for shape in node.layer.weights(*node.x).values())

    def macs(self) -> int:
        """Return the multiply-adds for one image."""
        return sum(int(node.layer.macs(*node.x)) for node in self.nodes)

    def _append(
        self,
        path: str,
        layer: Layer,
        inputs: tuple[int, ...],
        y: Shape,
        shares: int | None = None,
        aux: str | None = None,
    ) -> int:
        index = len(self.nodes)
        x = tuple(self.nodes[each].y for each in inputs)
        self.nodes.append(Node(index, path, layer, inputs, x, y, aux=aux, shares=shares))
        return index


@lru_cache(4096)
def _layer(kind: type[Layer], sides: int, values: tuple[tuple[str, Any], ...]) -> Layer | Problem:
    """Return a layer, kept for the next one with these values, or the problem of a value that its field refuses."""
    for name, value in values:
        try:
            kind.fields[name].type.read(value, sides)
        except Refused as refused:
            return Problem(refused.code, f"{kind.kind} {name} {refused.reason}", None, refused.hint)
    return kind(sides, **dict(values))


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a text as a name of the language that is not taken: letters, digits and _, not that of a kind."""
    name = re.sub(r"\W+", "_", name).strip("_") or "volume"
    name = stem = f"v{name}" if name[0].isdigit() else name
    number = 1
    while name in taken or name in KIND_OF:
        number += 1
        name = f"{stem}_{number}"
    return name
