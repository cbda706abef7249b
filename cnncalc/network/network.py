"""A network: its layers in order, each with its path, its inputs, its shapes and its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import Layer
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.problem import Call, Place, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.model import Item, written

if TYPE_CHECKING:
    from cnncalc.network.memory import Memory
    from cnncalc.network.report import Report


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """One layer at work: `inputs` are indices of the nodes it reads, `x` their shapes, `y` its own output."""

    index: int
    path: str
    layer: Layer
    inputs: tuple[int, ...]
    x: tuple[Shape, ...]
    y: Shape
    where: Callable[[], Place] | None = None  # finds the step in the text
    calls: tuple[Call, ...] = ()  # from the network inwards
    aux: str | None = None  # the auxiliary head it belongs to; None on the main path
    shares: int | None = None  # index of the node whose weights it uses again

    def __repr__(self) -> str:
        x = f"{', '.join(map(str, self.x))} -> " if self.x else ""
        return f"<Node {self.path}: {self.layer}, {x}{self.y}>"

    @property
    def kind(self) -> str:
        return self.layer.kind

    @property
    def place(self) -> Place | None:
        return self.where() if self.where else None


@dataclass(slots=True, eq=False, repr=False)
class Group:
    """A level of the path: a written name or a round, over the nodes `first` to `last` (exclusive)."""

    path: str
    item: Item  # what the text has there
    first: int
    last: int = 0
    output: Shape | None = None
    is_round: bool = False
    in_block: bool = False  # written in a block, so that its text has the block's names
    call: str | None = None  # the one block call that it is, with values for names: `bottleneck 64`
    children: list[Group] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Group {self.path}: {self.written}>"

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def written(self) -> str:
        """The item as the text has it, in one line, such as `stage 3 64`."""
        return self.call or written(self.item)


@dataclass(slots=True, eq=False, repr=False)
class Network:
    """A network with every shape known. Nodes of kind `input` come first; `root` holds the levels for folding."""

    name: str
    title: str
    source: str
    nodes: list[Node]
    inputs: dict[str, int]  # name of each input -> its node
    outputs: dict[str, int]  # name of each output -> its node
    root: Group
    metadata: Mapping[str, Any] = field(default_factory=dict)  # year, notes, published …: nodes of the text
    overridden: tuple[str, ...] = ()  # what was given from outside, so that numeric checks did not apply
    _reports: dict[tuple[str, str], Report] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()  # what a reader of the numbers should know
    warning: str = ""  # that the shapes may be meant in another way, with the numbers of both
    other_reading: Network | None = None  # the network of that reading

    def __repr__(self) -> str:
        x, y = (", ".join(str(self.nodes[i].y) for i in ends.values()) for ends in (self.inputs, self.outputs))
        count = sum(1 for _ in self.layers())
        return f"<Network {self.name}: {x} -> {y}, {count:,} layer{'' if count == 1 else 's'}>"

    def layers(self) -> Iterator[Node]:
        """Yield the nodes that are layers, inputs left out."""
        return (node for node in self.nodes if node.kind != "input")

    def input_shapes(self) -> dict[str, Shape]:
        return {name: self.nodes[index].y for name, index in self.inputs.items()}

    def report(self, batch: Number | str = 1, dtype: str = "float32") -> Report:
        """Return the Report: every number of every layer, and the totals.

        `batch` is how many images come at once, or a word such as `"N"` that stands for it; `dtype` says how many
        bytes a number takes. Raises ValueError for a batch or a number type that cannot be.
        """
        from cnncalc.network.report import report

        key = (str(batch), dtype)
        if key not in self._reports:  # loading holds it against `expect`, and most people ask for it again
            self._reports[key] = report(self, batch=batch, dtype=dtype)
        return self._reports[key]

    def memory(self, batch: int = 1, **options: Any) -> Memory:
        """Return the Memory of one training iteration; `cnncalc.memory` says what the options are."""
        from cnncalc.network.memory import training_memory

        return training_memory(self, batch, **options)

    def _repr_html_(self) -> str:
        return self.report()._repr_html_()

    def torch(self, *, device: str = "cpu", dtype: str = "float32", init: str = "torch") -> Any:
        """Build the network in PyTorch; `cnncalc.live.build` says how. Raises NoAnswer without PyTorch."""
        from cnncalc.live.build import build

        return build(self, device=device, dtype=dtype, init=init)

    def symbols(self) -> frozenset[str]:
        """Return the names of the numbers that are not known: H, W, growth."""
        numbers = (n for node in self.nodes for shape in (*node.x, node.y) for n in shape.hwc)
        return frozenset().union(*map(symbols_of, numbers))

    def _names(self) -> Iterator[str]:
        """Yield the paths of all layers, and of the groups that they are in."""
        for node in self.nodes:
            levels = node.path.split(".")
            yield from (".".join(levels[:end]) for end in range(1, len(levels) + 1))

    def find(self, path: str) -> Node:
        """Return the node at a path; a group with one weighted layer means that layer.

        Raises KeyError when there is none, or when the path names a group of several layers.
        """
        exact = [n for n in self.nodes if n.path == path]
        if exact:
            return exact[0]
        inside = [n for n in self.nodes if n.path.startswith(path + ".")]
        weighted = [n for n in inside if n.layer.weighted]
        if len(weighted) == 1 or len(inside) == 1:
            return (weighted or inside)[0]
        if not inside and len(folded := {name for name in self._names() if name.lower() == path.lower()} - {path}) == 1:
            return self.find(*folded)  # in another letter case
        hint = did_you_mean(path, [node.path for node in self.nodes])
        if inside:
            hint = f"it is a group of {len(inside)} layers, such as {quoted(inside[0].path)}"
        raise KeyError(f"{self.name} has no layer {quoted(path)}{f': {hint}' if hint else ''}")
