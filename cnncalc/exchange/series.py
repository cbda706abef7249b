"""A graph as series of steps: merges with their branches, scopes by the levels of the paths, side heads.

A merge has branches where they are stretches of layers right before it, each of which reads one volume; every other
layer that reads several volumes names them. Layers keep their order, or, where many more merges have branches so, the
order in which the outputs need them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from cnncalc.exchange.graph import Graph
from cnncalc.layers.merge import Merge as Merging
from cnncalc.network.network import Node

Path: TypeAlias = tuple[str, ...]

DEEPEST = 12
"""Merges and scopes are nested so deep; what is deeper names what it reads."""
LONGEST = 60
"""Layers of a branch; a longer one is no branch."""
FEW = 3
"""Merges for whose sake layers are not put into another order."""
COMMUTATIVE = ("add", "mul", "maximum", "minimum", "average")


@dataclass(slots=True, eq=False)
class Step:
    """One layer: the volume `entry` flows into it, and it reads those in `refs` by name."""

    node: Node
    entry: int
    refs: tuple[int, ...]
    scope: Path
    name: str = ""

    @property
    def first(self) -> int:
        return self.node.index

    @property
    def exit(self) -> int:
        return self.node.index


@dataclass(slots=True, eq=False)
class Branch:
    """What a merge reads: the volume `source`, behind the elements of the branch, if there are any."""

    source: int
    body: list[Element]
    name: str = ""


@dataclass(slots=True, eq=False)
class Merge:
    """A layer that merges its branches; `entry` is the volume that flows into it."""

    node: Node
    entry: int
    branches: list[Branch]
    scope: Path
    first: int

    @property
    def exit(self) -> int:
        return self.node.index


@dataclass(slots=True, eq=False)
class Scope:
    """Elements that the source has in one module, or that belong together as a convolution and its activation do."""

    path: Path
    body: list[Element]
    class_: str = ""
    scope: Path = ()

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""

    @property
    def first(self) -> int:
        return self.body[0].first

    @property
    def entry(self) -> int:
        return self.body[0].entry

    @property
    def exit(self) -> int:
        return self.body[-1].exit


@dataclass(slots=True, eq=False)
class Head:
    """A side head: it reads the volume and leaves it as it is."""

    name: str
    body: list[Element]
    scope: Path

    @property
    def first(self) -> int:
        return self.body[0].first

    @property
    def entry(self) -> int:
        return self.body[0].entry

    @property
    def exit(self) -> int:
        return self.entry


Element: TypeAlias = Step | Merge | Scope | Head


@dataclass(slots=True)
class Series:
    """The elements of a graph, and its nodes in the order of these: their indices are their places in it."""

    nodes: list[Node]
    elements: list[Element]
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)


def series_of(graph: Graph) -> Series:
    """Return a graph as series."""
    graph = grown(graph)
    parts, *others = (_Parts(graph, nodes) for nodes in _orders(graph))
    for other in others:
        if other.branches > 2 * parts.branches + FEW:
            parts = other
    count = len(graph.inputs)
    elements = parts.elements(count, len(parts.nodes) - 1)
    return Series(parts.nodes, _scoped(elements, 0, graph.classes), parts.inputs, parts.outputs)


def grown(graph: Graph) -> Graph:
    """Return a graph in which a concatenation that begins with the volumes of an earlier one reads that one.

    DenseNet's layers concatenate all that came before; one by one, each concatenation adds a volume.
    """
    known: dict[tuple[int, ...], int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = node.inputs
        if node.kind == "concat" and len(inputs) > 1 and node.shares is None:
            for count in range(len(inputs), 1, -1):
                first = known.get(inputs[:count])
                if first is not None and count < len(inputs) and graph.nodes[first].aux in (None, node.aux):
                    inputs = (first, *inputs[count:])
                    break
            known.setdefault(node.inputs, node.index)
        if inputs != node.inputs:
            x = tuple(graph.nodes[index].y for index in inputs)
            node = replace(node, inputs=inputs, x=x)
        nodes.append(node)
    return replace(graph, nodes=nodes)


def _orders(graph: Graph) -> Iterable[list[Node]]:
    """Yield the nodes in their own order, and in the order in which the outputs need them."""
    yield graph.nodes
    if any(node.aux is not None for node in graph.nodes):
        return
    known = dict.fromkeys(graph.inputs.values())
    for output in graph.outputs.values():
        stack = [output]
        while stack:
            index = stack[-1]
            node = graph.nodes[index]
            needed = [each for each in node.inputs if each not in known]
            if node.shares is not None and node.shares not in known:
                needed.append(node.shares)
            if needed:
                first = needed[0] if node.kind not in COMMUTATIVE else min(needed)
                stack.append(first)
            else:
                known[index] = None
                stack.pop()
    if len(known) == len(graph.nodes):
        yield [graph.nodes[index] for index in known]


class _Parts:
    """The merges that have branches, found from the first node to the last."""

    def __init__(self, graph: Graph, nodes: list[Node]) -> None:
        place = {node.index: at for at, node in enumerate(nodes)}
        self.nodes = [
            Node(
                at,
                node.path,
                node.layer,
                tuple(place[index] for index in node.inputs),
                node.x,
                node.y,
                aux=node.aux,
                shares=None if node.shares is None else place[node.shares],
            )
            for at, node in enumerate(nodes)
        ]
        self.inputs = {name: place[index] for name, index in graph.inputs.items()}
        self.outputs = {name: place[index] for name, index in graph.outputs.items()}
        self.readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for index in node.inputs:
                self.readers[index].append(node.index)
            if node.shares is not None:
                self.readers[node.shares].append(node.index)
        self.kept = {*self.inputs.values(), *self.outputs.values()}
        self.scopes = _scopes(self.nodes)
        self.start: dict[int, int] = {}  # where the branches of a merge begin
        self.parts: dict[int, list[tuple[int, int, int]]] = {}  # its branches: source, first and last layer
        self.depth: dict[int, int] = {}
        self.common: dict[int, Path] = {}  # the scope of a merge with its branches
        for node in self.nodes:
            if isinstance(node.layer, Merging) and len(node.inputs) > 1 and node.shares is None:
                self._find(node)
        self.branches = len(self.parts)

    def _find(self, node: Node) -> None:
        """Find the branches of a merge."""
        inputs = list(node.inputs)
        if node.kind in COMMUTATIVE:
            inputs.sort(key=lambda index: (self._whole(index, node.index), index))
        end, depth = node.index - 1, 0
        found: list[tuple[int, int, int]] = []
        for index in reversed(inputs):
            first = self._first(index, node) if index == end else None
            if first is None:
                found.append((index, 0, -1))
                continue
            begin, source, inner = first
            found.append((source, begin, index))
            depth, end = max(depth, inner), begin - 1
        layers = [part for part in found if part[1] <= part[2]]
        start = end + 1
        if depth >= DEEPEST or not layers or any(index >= start for index in inputs if self._outside(index, found)):
            return
        if len(layers) == 1 and any(source != layers[0][0] for source, *_ in found):
            return  # what it reads besides is named
        common = self.scopes[node.index]
        for at in range(start, node.index):
            common = _common(common, self.scopes[at])
        if self._cut(start, node.index, len(common)):
            return
        if node.kind in COMMUTATIVE and not all(part[1] <= part[2] for part in found):
            found.sort(key=lambda part: part[1] <= part[2])  # reversed below: those without layers come last
        self.start[node.index], self.depth[node.index], self.common[node.index] = start, depth + 1, common
        self.parts[node.index] = found[::-1]
        self.scopes[node.index] = common

    def _whole(self, index: int, reader: int) -> bool:
        return self.readers[index] == [reader] and index not in self.kept

    def _outside(self, index: int, found: Sequence[tuple[int, int, int]]) -> bool:
        return all(index != last for _, first, last in found if first <= last)

    def _first(self, last: int, reader: Node) -> tuple[int, int, int] | None:
        """Return where the branch that ends with a layer begins, what it reads, and how deep merges in it are."""
        pending, at, depth = {last}, last, 0
        while at in pending:
            node = self.nodes[at]
            readers = self.readers[at]
            inside = readers == [reader.index] if at == last else at < min(readers) and max(readers) <= last
            if not inside or at in self.kept or node.aux != reader.aux or node.shares is not None:
                break
            pending.discard(at)
            if at in self.parts:
                pending.update(source for source, first, end in self.parts[at])
                depth = max(depth, self.depth[at])
                at = self.start[at] - 1
            else:
                pending.update(node.inputs)
                at -= 1
        first = at + 1
        if first > last or len(pending) != 1 or last - first >= LONGEST:
            return None
        (source,) = pending
        return None if self._sinks(first, last, source) else (first, source, depth)

    def _sinks(self, first: int, last: int, source: int) -> bool:
        """Judge whether a branch goes down to smaller maps and up again, as the way around a skip connection."""
        if last - first < 7:
            return False
        ends = min(_size(self.nodes[source]), _size(self.nodes[last]))
        return any(1 < _size(self.nodes[at]) < ends for at in range(first, last))

    def _cut(self, start: int, end: int, depth: int) -> bool:
        """Judge whether branches have a part of a scope that goes on outside of them."""

        def alike(at: int, other: int) -> bool:
            path = self.scopes[at]
            return len(path) > depth and self.scopes[other][: depth + 1] == path[: depth + 1]

        before = start > len(self.inputs) and alike(start, start - 1)
        return before or (end + 1 < len(self.nodes) and alike(end - 1, end + 1))

    def elements(self, first: int, last: int, aux: str | None = None) -> list[Element]:
        """Return the elements of a stretch of layers: of the main path, or of a side head."""
        found: list[Element] = []
        at = last
        while at >= first:
            node = self.nodes[at]
            if node.aux is not None and node.aux != aux:
                begin = at
                while begin > first and self.nodes[begin - 1].aux == node.aux:
                    begin -= 1
                scope = _common(self.scopes[begin - 1] if begin > first else (), self.scopes[begin])
                found.append(Head(node.aux, self.elements(begin, at, node.aux), scope))
                at = begin - 1
            elif at in self.parts and self.start[at] >= first:
                begin = self.start[at]
                branches = [
                    Branch(source, self.elements(start, end, node.aux) if start <= end else [])
                    for source, start, end in self.parts[at]
                ]
                sources = [branch.source for branch in branches]
                entry = begin - 1 if begin - 1 in sources else max(sources, key=sources.count)
                found.append(Merge(node, entry, branches, self.common[at], begin))
                at = begin - 1
            else:
                found.append(self._step(node))
                at -= 1
        return found[::-1]

    def _step(self, node: Node) -> Step:
        inputs = list(node.inputs)
        if node.kind in COMMUTATIVE and node.index - 1 in inputs:
            inputs.remove(node.index - 1)
            inputs.insert(0, node.index - 1)
        return Step(node, inputs[0], tuple(inputs[1:]), self.scopes[node.index], node.path.rpartition(".")[2])


def _size(node: Node) -> int:
    size = 1
    for side in node.y.sides:
        size *= side
    return size


def _scopes(nodes: Sequence[Node]) -> list[Path]:
    """Return for each node the levels of its path around the layer itself."""
    paths = [tuple(node.path.split(".")) if node.path else () for node in nodes]
    around = {path[:end] for path in paths for end in range(1, len(path))}
    return [(path if path in around else path[:-1])[:DEEPEST] for path in paths]


def _common(left: Path, right: Path) -> Path:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return left[:count]


def _scoped(elements: list[Element], depth: int, classes: dict[str, str]) -> list[Element]:
    """Put elements that stand together and have a level of their paths in common into scopes."""
    found: list[Element] = []
    at = 0
    while at < len(elements):
        element = elements[at]
        if len(element.scope) <= depth:
            if isinstance(element, Merge):
                for branch in element.branches:
                    branch.body = _scoped(branch.body, len(element.scope), classes)
                    branch.name = _branch_name(branch)
            elif isinstance(element, Head):
                element.body = _scoped(element.body, _shared(element.body), classes)
            found.append(element)
            at += 1
            continue
        level, end = element.scope[depth], at
        while end < len(elements) and len(elements[end].scope) > depth and elements[end].scope[depth] == level:
            end += 1
        path = element.scope[: depth + 1]
        body = _scoped(elements[at:end], depth + 1, classes)
        found.append(_scope(path, body, classes))
        at = end
    return found


def _scope(path: Path, body: list[Element], classes: dict[str, str]) -> Element:
    """Return a scope; one of a single element is this element, under the scope's name."""
    class_ = classes.get(".".join(path), "")
    if len(body) == 1:
        (only,) = body
        if isinstance(only, Scope):
            if only.name.isdigit() and not path[-1].isdigit():
                only.path = path
            return only
        if isinstance(only, Step):
            only.name = path[-1] if not path[-1].isdigit() else only.name
            return only
    return Scope(path, body, class_, path[:-1])


def _branch_name(branch: Branch) -> str:
    """Return the name that the source has for a branch."""
    if len(branch.body) != 1:
        return ""
    only = branch.body[0]
    name = only.name if isinstance(only, (Scope, Step)) else ""
    return "" if name.isdigit() or (isinstance(only, Step) and name.startswith(only.node.kind)) else name


def _shared(elements: list[Element]) -> int:
    common = elements[0].scope
    for element in elements[1:]:
        common = _common(common, element.scope)
    return len(common)
