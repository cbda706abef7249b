"""From a graph back to the text of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.names import free_name, plain_name
from cnncalc.exchange.structured import Unnamed, structured
from cnncalc.layers import KIND_OF, RESERVED
from cnncalc.network.network import Node
from cnncalc.numbers.arith import product
from cnncalc.spec.values import KEYWORDS


def spec_text(graph: Graph, *, flat: bool = False) -> str:
    """Return a spec of the layers of a graph, in the same order on the same volumes.

    With `flat`, and where a result inside of branches has no name outside, each layer has a line and a name. Side heads
    and shared weights stay what they are; what `expect` says are the numbers of the graph. Raises ValueError when
    weights of a side head are used again, which nothing outside names, or with other earlier results, which `again`
    does not take.
    """
    if any(node.aux is not None and node.shares is not None for node in graph.nodes):
        raise ValueError("weights of a side head that are used again cannot be written")
    if any(reads_others(graph.nodes, node) for node in graph.nodes):
        raise ValueError("weights that are used again with other earlier results cannot be written")
    graph = _with_plain_names(graph)
    try:
        lines = [*(_lines(graph) if flat else structured(graph))]
    except Unnamed:
        lines = [*_lines(graph)]
    return "".join(f"{line}\n" for line in (*head(graph), *lines, *foot(graph)))


def _with_plain_names(graph: Graph) -> Graph:
    """Return a graph whose inputs and outputs have names of the language."""
    taken: set[str] = set(KEYWORDS)
    if len(graph.inputs) == 1:
        inputs = {"input": next(iter(graph.inputs.values()))}
    else:
        inputs = {free_name(plain_name(name) or "x", taken): index for name, index in graph.inputs.items()}
    taken |= RESERVED
    outputs = {free_name(plain_name(name) or "y", taken): index for name, index in graph.outputs.items()}
    return replace(graph, inputs=inputs, outputs=outputs)


def reads_others(nodes: Sequence[Node], node: Node) -> bool:
    """Return whether a layer uses weights again with other earlier results than the layer that has them."""
    return node.shares is not None and node.inputs[1:] != nodes[node.shares].inputs[1:]


def head(graph: Graph) -> Iterator[str]:
    """Yield the lines above the layers: what the network is, its inputs and outputs."""
    yield f"name: {plain_name(graph.name) or 'network'}"
    if graph.source:
        yield f"source: {quoted(graph.source)}"
    if graph.notes:
        yield f"notes: {quoted('; '.join(graph.notes))}"
    if len(graph.inputs) == 1:
        yield f"input: {graph.nodes[0].y}"
    else:
        inputs = (f"{name}: {graph.nodes[index].y}" for name, index in graph.inputs.items())
        yield f"inputs: {{{', '.join(inputs)}}}"
    if list(graph.outputs) != ["output"]:
        yield f"outputs: [{', '.join(graph.outputs)}]"


def foot(graph: Graph) -> Iterator[str]:
    """Yield the line below the layers: the numbers that are expected of them."""
    main = [node for node in graph.layers() if node.aux is None]
    counts = {"params": params(main), "macs": macs(main)}
    if aside := [node for node in graph.layers() if node.aux is not None]:
        counts |= {"aux_params": params(aside), "aux_macs": macs(aside)}
    shapes = {name: str(graph.nodes[index].y) for name, index in graph.outputs.items()}
    output = shapes["output"] if list(shapes) == ["output"] else f"{{{', '.join(map(': '.join, shapes.items()))}}}"
    numbers = ", ".join(f"{name}: {count:_}" for name, count in counts.items())
    yield f"expect: {{{numbers}, output: {output}}}"


def params(nodes: Iterable[Node]) -> int:
    """Return the trainable parameters of layers, those used again counted once."""
    own = (node for node in nodes if node.shares is None)
    return sum(int(product(shape)) for node in own for shape in node.layer.weights(*node.x).values())


def macs(nodes: Iterable[Node]) -> int:
    """Return the multiply-adds of layers for one image."""
    return sum(int(node.layer.macs(*node.x)) for node in nodes)


def quoted(text: str) -> str:
    """Return a text as a value of YAML that is read as it is written."""
    bare = re.fullmatch(r"[A-Za-z0-9_./][^\n\r\t:#]*(?:[:#]\S[^\n\r\t:#]*)*", text) and text == text.strip()
    if bare:
        return text
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _lines(graph: Graph) -> Iterator[str]:
    names = _names(graph)
    yield "layers:"
    volume = main = 0 if len(graph.inputs) == 1 else -1
    aux = None
    for node in graph.layers():
        if node.aux != aux:
            aux, volume = node.aux, main
            if aux is not None:
                yield f"  - aux:\n      {aux}:"
        indent = "  " if aux is None else "        "
        steps = [] if node.inputs[:1] == (volume,) else [f"use {names[node.inputs[0]]}"]
        steps.append(_step(node, names))
        yield f"{indent}- {names[node.index]}: {' -> '.join(steps)}"
        volume = node.index
        main = main if node.aux else volume
    for name, index in graph.outputs.items():
        if list(graph.outputs) == ["output"]:
            if index != main:
                yield f"  - use {names[index]}"
            elif not any(graph.layers()):
                yield "  - identity"
        elif names[index] != name:
            yield f"  - {name}: use {names[index]}"


def _step(node: Node, names: dict[int, str]) -> str:
    if node.shares is not None:
        return f"again {names[node.shares]}"
    return " ".join((str(node.layer), *(names[index] for index in node.inputs[1:])))


def _names(graph: Graph) -> dict[int, str]:
    """Return a name for each volume: those of inputs and outputs stay, others come from paths."""
    found = {index: name for name, index in graph.inputs.items()}
    if list(graph.outputs) != ["output"]:
        found |= {index: name for name, index in graph.outputs.items() if index not in found}
    heads = {node.aux for node in graph.nodes if node.aux}
    taken = {*graph.inputs, *graph.outputs, *heads, *KIND_OF, *KEYWORDS}
    for node in graph.layers():
        if node.index not in found:
            found[node.index] = free_name(plain_name(node.path) or node.kind, taken)
    return found
