"""What a network does at each of many sizes, computed as arrays: a brute force that knows nothing of residues.

The text is walked with numpy arrays (`lanes.py`) in place of the input's sides, one number a size. Every rule runs for
every size by itself, as it would for an int: no size is inferred from another, nothing is repeated with a period, and
nothing is solved. Where sizes differ in an answer (does the window fit? do the branches meet? how many rounds?) numpy
says so for each of them, and the sizes are parted and walked again. What `sizes` calculates with, functions of the side
with a period and conditions on them (`numbers/periodic.py`, `numbers/piecewise.py`), is not used here. That arrays give
what ints give is tested by itself, size by size: below for small networks, and in test_sweep.py for whole reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncalc.algebra.sizes import SIDE_NAMES, Sized
from cnncalc.algebra.unknowns import Impatient
from cnncalc.expand.check import Checker
from cnncalc.expand.journal import Stop
from cnncalc.loading.find import find
from cnncalc.network.network import Network, Node
from cnncalc.network.report import report
from cnncalc.numbers.arrays import Lanes, Split
from cnncalc.shape import Shape

Bits = NDArray[np.bool_]


def judged(
    name: str, network: Network, side: str, sizes: NDArray[np.int64], *, heads: bool = True
) -> tuple[Bits, Bits]:
    """Return for each size whether the network builds, with its own weights; and whether nothing is left over.

    `side` is the side of the input that has these sizes, or "side" for all. The second answer counts only where it
    builds.
    """
    works, whole = np.zeros(len(sizes), bool), np.zeros(len(sizes), bool)
    own = learned(node for node in network.nodes if heads or node.aux is None)
    for part, other in walks(name, network, side, sizes, heads):
        works[part] = same_weights(own, other, len(part))
        whole[part] = nothing_left(other, len(part))
    return works, whole


def walks(
    name: str, network: Network, side: str, sizes: NDArray[np.int64], heads: bool
) -> Iterator[tuple[NDArray[np.int64], Network]]:
    """Yield the networks that are built, each with the places of its sizes."""
    stack = [np.arange(len(sizes))]
    while stack:
        part = stack.pop()
        Lanes.kept.clear()
        try:
            other = walk(name, network, side, Lanes.of(sizes[part]), heads)
        except Split as split:
            _, group = np.unique(split.answers, return_inverse=True)
            stack.extend(part[group.ravel() == number] for number in range(group.max() + 1))
        else:
            if other is not None:
                yield part, other


def walk(name: str, network: Network, side: str, number: Any, heads: bool) -> Network | None:
    spec, variant, _, _ = find(name, None)
    journal = Impatient()
    try:
        walker = Sized(spec, variant, {}, {}, journal, trusting=False)
        walker.checker = Checker(journal, walker.binder, walker.nodes, free=True, trusting=False)
        walker.heads, walker.most = heads, len(learned(network.nodes))
        walker.given = {key: resized(shape, side, number) for key, shape in network.input_shapes().items()}
        return walker.network()
    except Stop:
        return None


def resized(shape: Shape, name: str, number: Any) -> Shape:
    """Return a shape with another number in place of one side, or of all."""
    sides = list(shape.sides)
    if name == "side":
        sides = [number] * len(sides)
    else:
        sides[SIDE_NAMES[len(sides)].index(name)] = number
    return Shape(tuple(sides), shape.channels)


def learned(nodes: Iterable[Node]) -> list[dict[str, tuple[Any, ...]]]:
    """Return the weights of the layers that have some, in their order."""
    return [tensors for node in nodes if (tensors := node.layer.weights(*node.x))]


def same_weights(own: list[dict[str, tuple[Any, ...]]], other: Network, count: int) -> Bits:
    """Judge for each size whether all weights have the shapes that they have at the network's own input."""
    found = np.ones(count, bool)
    theirs = learned(other.nodes)
    if len(theirs) != len(own):
        return ~found
    for tensors, others in zip(own, theirs, strict=True):
        if {name: len(shape) for name, shape in tensors.items()} != {name: len(s) for name, s in others.items()}:
            return ~found
        for name, shape in tensors.items():
            for mine, dimension in zip(shape, others[name], strict=True):
                found &= array(dimension, count) == mine
    return found


def nothing_left(other: Network, count: int) -> Bits:
    """Judge for each size whether no window of the main path leaves a row or column over."""
    found = np.ones(count, bool)
    for row in report(other).rows:
        for cells in (row.left_over or ()) if row.node.aux is None else ():
            found &= array(cells, count) == 0
    return found


def array(number: Any, count: int) -> NDArray[np.int64]:
    whole = number.lanes() if hasattr(number, "lanes") else number
    return np.broadcast_to(getattr(whole, "array", whole), (count,))
