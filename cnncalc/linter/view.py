"""A network as rules see it: readers of each node, locations of steps, and numbers, computed on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property

from cnncalc.expand.arguments import matched
from cnncalc.expand.names import StepPlace
from cnncalc.layers import activation, conv, deform, linear, norm
from cnncalc.layers.geometry import Window
from cnncalc.network.network import Network, Node
from cnncalc.network.receptive import Field, receptive_fields
from cnncalc.network.report import Report, report
from cnncalc.numbers.arith import symbols_of
from cnncalc.problem import Place
from cnncalc.spec.chain import Call, Part
from cnncalc.spec.model import Spec, Variant
from cnncalc.spec.tree import Scalar

NORMS = (norm.Normalisation, norm.Lrn)
ACTIVATIONS = (activation.Activation,)
CONVOLUTIONS = (conv.Conv, conv.Depthwise, conv.Separable, conv.ConvTranspose, deform.Deformed)
WEIGHTED = (*CONVOLUTIONS, linear.Linear)

RESHAPES = frozenset(("flatten", "dropout", "drop_path"))
"""Kinds that do not change values, or drop some during training."""


class View:
    """One network with cached properties for rules."""

    def __init__(
        self, network: Network, spec: Spec, variant: Variant | None, *, given: bool = False, is_part: bool = False
    ) -> None:
        self.network, self.spec, self.variant = network, spec, variant
        self.given = given  # the input is overridden
        self.is_part = is_part  # the rest is unknown because of a problem
        self.nodes = network.nodes

    @cached_property
    def known(self) -> bool:
        """Whether all numbers are known: no dimension of an input is a symbol."""
        return not any(symbols_of(n) for index in self.network.inputs.values() for n in self.nodes[index].y.hwc)

    def has_metadata(self, key: str) -> bool:
        """Return whether the file or one of its variants has a key."""
        return any(key in data for data in (self.spec.metadata, *(v.metadata for v in self.spec.variants.values())))

    @cached_property
    def readers(self) -> list[list[Node]]:
        """For every node, the nodes that read its output."""
        found: list[list[Node]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for index in node.inputs:
                found[index].append(node)
        return found

    @cached_property
    def outputs(self) -> frozenset[int]:
        """The nodes whose volumes are outputs, auxiliary heads excluded."""
        return frozenset(self.network.outputs.values())

    @cached_property
    def report(self) -> Report:
        return report(self.network)

    @cached_property
    def fields(self) -> list[tuple[Field, ...]]:
        """The receptive field of every node."""
        return receptive_fields(self.network)

    @cached_property
    def _made(self) -> Counter[tuple[int, int]]:
        """How many nodes each step has created, by location."""
        places = (node.where for node in self.nodes)
        return Counter((place.text.start, place.step.start) for place in places if isinstance(place, StepPlace))

    def made_by_step(self, node: Node) -> int:
        """Return how many nodes the step of a node has created, in all calls of its block."""
        place = node.where
        return self._made[place.text.start, place.step.start] if isinstance(place, StepPlace) else 1

    def before(self, node: Node) -> Node | None:
        """Return the one node that a node reads; None for a merge and an input."""
        return self.nodes[node.inputs[0]] if len(node.inputs) == 1 else None

    def after(self, node: Node) -> Node | None:
        """Return the one node that reads a node's output, None where there are several or it is an output."""
        readers = self.readers[node.index]
        return readers[0] if len(readers) == 1 and node.index not in self.outputs else None

    def above(self, node: Node, passing: tuple[type, ...], kinds: Collection[str] = ()) -> Node | None:
        """Return the nearest node above that is of none of the classes and kinds to pass."""
        found = self.before(node)
        while found is not None and (isinstance(found.layer, passing) or found.kind in kinds):
            found = self.before(found)
        return found

    def below(self, node: Node, passing: tuple[type, ...], kinds: Collection[str] = ()) -> Node | None:
        """Return the nearest node below that is of none of the classes and kinds to pass."""
        found = self.after(node)
        while found is not None and (isinstance(found.layer, passing) or found.kind in kinds):
            found = self.after(found)
        return found

    def windows(self, node: Node) -> list[tuple[Window, int]]:
        """Return the window and size of every dimension; none for kinds without a kernel."""
        if "kernel" not in node.layer.fields or len(node.x) != 1:
            return []
        sides = zip(node.layer.geometry(*node.x), node.x[0].sides, strict=False)
        return [(window, n) for window, n in sides if isinstance(window, Window)]

    def of_class(self, *classes: type) -> Iterator[Node]:
        """Yield the nodes whose layers are of one of the classes."""
        return (node for node in self.nodes if isinstance(node.layer, classes))


def step_of(node: Node) -> tuple[Scalar, Call] | None:
    """Return the step that created a node, and its scalar; None for a layer in long form or a merge."""
    where = node.where
    if isinstance(where, StepPlace) and isinstance(where.step, Call):
        return where.text, where.step
    return None


def part_of(node: Node, field: str) -> Part | None:
    """Return the argument that sets a field of a node; None where the step does not set it."""
    found = step_of(node)
    if found is None:
        return None
    plan = matched(type(node.layer), found[1])
    return plan.parts[plan.names.index(field)] if field in plan.names else None


def place_of_node(node: Node, field: str | None = None) -> Place | None:
    """Return the location of a node in the text: one of its arguments if given, else its step."""
    part = part_of(node, field) if field else None
    found = step_of(node)
    if part is not None and found is not None:
        return found[0].place(part.start, part.length)
    return node.place


def is_a(node: Node | None, *kinds: str) -> bool:
    """Return whether there is a node of one of some kinds."""
    return node is not None and node.kind in kinds


def pointwise(node: Node) -> bool:
    """Return whether a node is a 1x1 convolution."""
    return isinstance(node.layer, conv.Conv) and all(k == 1 for k in node.layer.kernel)


def times(numbers: Collection[object]) -> str:
    """Write numbers as a size: 3x3."""
    return "x".join(map(str, numbers))
