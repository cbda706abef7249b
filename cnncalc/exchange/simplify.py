"""A graph without what nothing reads, and with one layer where several are its formula written out."""

from __future__ import annotations

from cnncalc.exchange.graph import Graph


def simplified(graph: Graph) -> Graph:
    """Return the graph of the layers that an output needs, formulas written out replaced by their kind."""
    return _needed(graph)


def _needed(graph: Graph) -> Graph:
    wanted = set(graph.outputs.values()) | set(graph.inputs.values())
    for node in reversed(graph.nodes):
        if node.index in wanted:
            wanted.update(node.inputs)
            if node.shares is not None:
                wanted.add(node.shares)
    if graph.problems or len(wanted) == len(graph.nodes):
        return graph
    new = {old: index for index, old in enumerate(sorted(wanted))}
    for node in graph.nodes:
        if node.index in new:
            node.index = new[node.index]
            node.inputs = tuple(new[i] for i in node.inputs)
            node.shares = None if node.shares is None else new[node.shares]
    graph.nodes = [node for old, node in enumerate(graph.nodes) if old in new]
    graph.inputs = {name: new[i] for name, i in graph.inputs.items()}
    graph.outputs = {name: new[i] for name, i in graph.outputs.items()}
    graph.tensors = {new[i]: names for i, names in graph.tensors.items() if i in new}
    return graph
