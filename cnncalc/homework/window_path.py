"""The windows on the way from the input to a layer, and the receptive field that they add up to."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.layers.geometry import Window
from cnncalc.layers.pool import Pool
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.numbers.traced import Part, leaf


class Seen(NamedTuple):
    """One window on the path, along one side."""

    kernel: int
    stride: int
    dilation: int
    pool: bool


WindowPath = list[Seen]


def path_to(network: Network, node: Node) -> WindowPath | None:
    """Return the windows from the input to a layer; None where the way branches, or is no windows'."""
    path: WindowPath = []
    while node.kind != "input":
        geometry = node.layer.geometry(*node.x) if len(node.inputs) == 1 else ()
        if not geometry or not all(isinstance(side, Window) for side in geometry):
            return None
        widest = max((side for side in geometry if isinstance(side, Window)), key=lambda w: (w.kernel, w.stride))
        if widest.kernel != 1 or widest.stride != 1:
            path.append(Seen(widest.kernel, widest.stride, widest.dilation, isinstance(node.layer, Pool)))
        node = network.nodes[node.inputs[0]]
    return path[::-1]


def size(path: WindowPath) -> Part:
    """Return 1 + (k − 1)·d·j for each window, j being the jump in front of it."""
    total: Part = 1
    jump = 1
    for index, seen in enumerate(path):
        d = () if seen.dilation == 1 else (leaf(f"d{index}", seen.dilation),)
        total = total + product(((leaf(f"k{index}", seen.kernel) - 1), *d, leaf(f"j{index}", jump)))
        jump *= seen.stride
    return total


def jump(path: WindowPath) -> Part:
    return product(leaf(f"s{index}", seen.stride) for index, seen in enumerate(path) if seen.stride != 1)
