"""Whether two graphs are the same network, and which layer of one is which of the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.series import COMMUTATIVE, grown


def differing(expected: Graph, found: Graph) -> list[str]:
    """Return in what two graphs differ: layers, what they read, outputs. The order of what does not depend is free."""
    expected, found = grown(expected), grown(found)
    known: dict[Hashable, int] = {}
    ours, theirs = _signatures(expected, known), _signatures(found, known)
    differences = []
    for these, those, graph, verb in ((ours, theirs, expected, "lacks"), (theirs, ours, found, "has")):
        more = Counter(these) - Counter(those)
        for index, signature in enumerate(these):
            if more[signature]:
                more[signature] -= 1
                node = graph.nodes[index]
                differences.append(f"its text {verb} {node.path or node.kind}: {node.layer} of {_shapes(node.x)}")
    ends = [
        {name: sign[index] for name, index in graph.outputs.items()}
        for graph, sign in ((expected, ours), (found, theirs))
    ]
    if not differences and ends[0] != ends[1]:
        differences.append(f"its outputs are {_listed(expected.outputs)}, those of its text {_listed(found.outputs)}")
    return differences[:20]


def paired(expected: Graph, found: Graph) -> dict[int, int] | None:
    """Return the layer of `found` that each layer of `expected` is; None where one is none.

    Layers alike before and behind them are taken in order, each with those that read it. Side heads of `found` are
    left out.
    """
    expected, found = grown(expected), grown(found)
    known: dict[Hashable, int] = {}
    marks = [_both_ways(graph, _signatures(graph, known), known) for graph in (expected, found)]
    left: defaultdict[int, list[int]] = defaultdict(list)
    for index, mark in enumerate(marks[1]):
        left[mark].append(index)
    pairs: dict[int, int] = {}
    for node, mark in zip(expected.nodes, marks[0], strict=True):
        inputs = [pairs[index] for index in node.inputs]
        shared = None if node.shares is None else pairs[node.shares]
        fitting = (
            index
            for index in left[mark]
            if _read(node.kind, found.nodes[index].inputs) == _read(node.kind, inputs)
            and found.nodes[index].shares == shared
        )
        own = next(fitting, None)
        if own is None:
            return None
        left[mark].remove(own)
        pairs[node.index] = own
    return pairs


def _read(kind: str, inputs: Iterable[int]) -> list[int]:
    return sorted(inputs) if kind in COMMUTATIVE else [*inputs]


def _signatures(graph: Graph, known: dict[Hashable, int]) -> list[int]:
    """Return a number for each layer: the same for layers of equal fields that read the same."""
    names = {index: name for name, index in graph.inputs.items()} if len(graph.inputs) > 1 else {}
    found: list[int] = []
    for node in graph.nodes:
        reads = _read(node.kind, (found[index] for index in node.inputs))
        shared = None if node.shares is None else found[node.shares]
        sign = (names.get(node.index), str(node.layer), node.y, tuple(reads), shared, node.aux)
        found.append(known.setdefault(sign, len(known)))
    return found


def _both_ways(graph: Graph, signatures: list[int], known: dict[Hashable, int]) -> list[int]:
    """Return a number for each layer: the same where what it reads and what reads it are the same."""
    readers: list[list[Hashable]] = [[] for _ in graph.nodes]
    for name, index in graph.outputs.items():
        readers[index].append(("output", name))
    marks = [0] * len(graph.nodes)
    for node in reversed(graph.nodes):
        sign = (signatures[node.index], tuple(sorted(map(repr, readers[node.index]))))
        mark = marks[node.index] = known.setdefault(sign, len(known))
        if node.aux is not None:
            continue
        for position, index in enumerate(node.inputs):
            readers[index].append((mark, 0 if node.kind in COMMUTATIVE else position))
        if node.shares is not None:
            readers[node.shares].append((mark, "shares"))
    return marks


def _shapes(shapes: tuple[object, ...]) -> str:
    return " and ".join(map(str, shapes)) or "nothing"


def _listed(names: Mapping[str, int]) -> str:
    return ", ".join(names) or "none"
