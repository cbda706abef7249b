"""From a network back to the text of a spec: one layer a line, each with a name."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.network.network import Network, Node


def spec_text(network: Network) -> str:
    """Return a spec of the same layers in the same order on the same volumes.

    Side heads and shared weights stay what they are; blocks, levels, checks and what the spec says of itself are gone,
    so paths are others.

    Raises ValueError when weights of a side head are used again: nothing outside names them.
    """
    if any(node.aux is not None and node.shares is not None for node in network.nodes):
        raise ValueError("weights of a side head that are used again cannot be written")
    return "".join(f"{line}\n" for line in _lines(network))


def _lines(network: Network) -> Iterator[str]:
    names = _names(network)
    yield f"name: {network.name or 'network'}"
    if len(network.inputs) == 1:
        yield f"input: {network.nodes[0].y}"
    else:
        yield f"inputs: {{{', '.join(f'{name}: {shape}' for name, shape in network.input_shapes().items())}}}"
    if list(network.outputs) != ["output"]:
        yield f"outputs: [{', '.join(network.outputs)}]"
    yield "layers:"
    volume = main = 0 if len(network.inputs) == 1 else -1
    aux = None
    for node in network.layers():
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
    end = network.outputs.get("output", main)
    if end != main:
        yield f"  - use {names[end]}"
    elif not any(network.layers()):
        yield "  - identity"


def _step(node: Node, names: dict[int, str]) -> str:
    if node.shares is not None:
        return f"again {names[node.shares]}"
    return " ".join((str(node.layer), *(names[index] for index in node.inputs[1:])))


def _names(network: Network) -> dict[int, str]:
    """Return a name for each volume: those of inputs and outputs stay."""
    own = {index: name for name, index in network.inputs.items()}
    if list(network.outputs) != ["output"]:
        own |= {index: name for name, index in network.outputs.items()}
    prefix = "v"
    while any(name.startswith(prefix) for name in (*own.values(), *(node.aux or "" for node in network.nodes))):
        prefix += "v"
    return {node.index: f"{prefix}{node.index}" for node in network.nodes} | own
