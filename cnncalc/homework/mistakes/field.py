"""Mistakes in receptive fields: the windows on the way to a layer, added up wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

from cnncalc.homework.window_path import WindowPath, jump, path_to, size
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product
from cnncalc.numbers.traced import Part, leaf


class Slip(NamedTuple):
    """One way to change the windows before adding them up."""

    lesson: str
    hint: str
    change: Callable[[WindowPath], WindowPath]


SLIPS = (
    Slip(
        "each stride makes the kernels behind it count more: (k − 1) times the jump",
        "how far apart, in the input, are two neighbours of a strided layer?",
        lambda path: [seen._replace(stride=1) for seen in path],
    ),
    Slip(
        "pooling windows cover several pixels too",
        "which layers besides convolutions have windows?",
        lambda path: [seen for seen in path if not seen.pool],
    ),
    Slip(
        "pools enlarge the window by their kernel too, not by their stride alone",
        "which layers besides convolutions have windows?",
        lambda path: [seen._replace(kernel=1) if seen.pool else seen for seen in path],
    ),
    Slip(
        "the stride of a pool counts for what is behind it",
        "which layers besides convolutions have strides?",
        lambda path: [seen._replace(stride=1) if seen.pool else seen for seen in path],
    ),
    Slip(
        "a dilated kernel covers d(k − 1) + 1 pixels",
        "how many pixels does the dilated kernel span from its first to its last?",
        lambda path: [seen._replace(dilation=1) for seen in path],
    ),
    Slip("the last layer is missing", "which layers belong to it?", lambda path: path[:-1]),
    Slip("the first layer is missing", "which layers belong to it?", lambda path: path[1:]),
)


def _own_stride(path: WindowPath) -> Part:
    total: Part = 1
    jump = 1
    for index, seen in enumerate(path):
        jump *= seen.stride
        total = total + (leaf(f"k{index}", seen.kernel) - 1) * leaf(f"j{index}", jump) * seen.dilation
    return total


def _kernels(path: WindowPath) -> Part:
    return sum((leaf(f"k{index}", seen.kernel) for index, seen in enumerate(path)), 0)


def _kernels_product(path: WindowPath) -> Part:
    return product(leaf(f"k{index}", seen.kernel) for index, seen in enumerate(path))


FORMULAS: tuple[tuple[str, str, Callable[[WindowPath], Part]], ...] = (
    (
        "kernels are not simply added: each adds k − 1, times the jump",
        "by how much does one more window widen the view?",
        _kernels,
    ),
    (
        "kernels are not multiplied: each adds k − 1, times the jump",
        "by how much does one more window widen the view?",
        _kernels_product,
    ),
    (
        "the 1 that the sum begins with is missing: one pixel of the output sees at least one pixel",
        "how many pixels does an output see before the first layer?",
        lambda path: size(path) - 1,
    ),
    (
        "a layer's own stride counts only for the layers behind it",
        "for which layers does a stride count?",
        _own_stride,
    ),
)

JUMPS: tuple[tuple[str, str, Callable[[WindowPath], Part]], ...] = (
    ("the last stride is missing", "which strides belong to it?", lambda path: jump(path[:-1])),
    ("that is the last stride alone", "which strides belong to it?", lambda path: jump(path[-1:])),
    (
        "strides are multiplied, not added",
        "two strides of 2: how far apart are neighbours then?",
        lambda path: sum((leaf(f"s{index}", seen.stride) for index, seen in enumerate(path)), 0),
    ),
    (
        "pools have strides too",
        "which layers besides convolutions have strides?",
        lambda path: jump([seen for seen in path if not seen.pool]),
    ),
)


def wrong_fields(network: Network, node: Node, quantity: str) -> Iterator[tuple[int, Part, str, str]]:
    """Yield wrong receptive fields or jumps: how many mistakes are in it, the calculation, the lesson, the hint."""
    path = path_to(network, node)
    if not path:
        return
    if quantity == "jump":
        yield from ((1, formula(path), lesson, hint) for lesson, hint, formula in JUMPS)
        return
    for slip in SLIPS:
        yield 1, size(slip.change(path)), slip.lesson, slip.hint
    for lesson, hint, formula in FORMULAS:
        yield 1, formula(path), lesson, hint
    following = [other for other in network.nodes if node.index in other.inputs]
    further = path_to(network, following[0]) if following else None
    if further and len(further) > len(path):
        yield 1, size(further), f"that is the layer behind it, {following[0].path}", "which layers belong to it?"
    for a, b in combinations(SLIPS, 2):
        yield 2, size(b.change(a.change(path))), f"{a.lesson}; and {b.lesson}", a.hint
    for slip in SLIPS:
        for lesson, _, formula in FORMULAS:
            yield 2, formula(slip.change(path)), f"{slip.lesson}; and {lesson}", slip.hint
