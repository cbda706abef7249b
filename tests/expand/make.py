"""Small networks for the tests of this folder."""

from __future__ import annotations

from typing import Any

from cnncalc.expand import expand
from cnncalc.network.network import Network
from cnncalc.problem import Problem, Source
from cnncalc.spec.read import read_spec
from cnncalc.spec.text import read


def expanded(text: str, variant: str | None = None, **given: Any) -> tuple[Network | None, list[Problem]]:
    """Read and expand a spec; return the network and all problems."""
    source = Source("net.cnn.yaml", text)
    tree, problems = read(source)
    spec, more = read_spec(tree, source)
    network, found = expand(spec, spec.variants[variant] if variant else None, **given)
    return network, [*problems, *more, *found]


def built(text: str, variant: str | None = None, **given: Any) -> Network:
    """Return the network of a spec that has no problems."""
    network, problems = expanded(text, variant, **given)
    assert network is not None, "\n".join(map(str, problems))
    assert not problems
    return network


def layers(text: str, **given: Any) -> dict[str, str]:
    """Return every layer of a spec by its path, with its output: `conv 8 3x3 -> 6x6x8`."""
    return {node.path: f"{node.layer} -> {node.y}" for node in built(text, **given).layers()}


def out(steps: str, input: str = "8x8x3", **parts: str) -> str:
    """Return what comes out of one chain, with `vars` or `blocks` given as YAML."""
    above = "".join(f"{name}: {text}\n" for name, text in parts.items())
    network = built(f"input: {input}\n{above}layers:\n  - '{steps}'\n")
    return str(network.nodes[network.outputs["output"]].y)


def told(text: str, **given: Any) -> list[str]:
    """Return every problem as `line:column code message`."""
    _, problems = expanded(text, **given)
    assert problems
    return sorted(f"{p.place.line}:{p.place.column} {p.code} {p.message}" for p in problems if p.place)
