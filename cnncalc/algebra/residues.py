"""One side of every volume as an exact function of one side of the input.

The rules of `layers/` run over these functions as they run over ints, so nothing is derived twice:

    sides = forms(network, side=0)          # every node's output; its height a Form of the input's height
    form = sides[node.index].sides[0]
    form(224), form.period, form.rise, form.least
"""

from __future__ import annotations

from collections.abc import Iterable

from cnncalc.layers.base import Layer
from cnncalc.network.network import Network
from cnncalc.numbers.periodic import N
from cnncalc.shape import Shape


def forms(network: Network, side: int, inputs: Iterable[str] | None = None) -> list[Shape]:
    """Return the output of every node with side number `side` of the inputs free: what depends on it is a Form.

    The other numbers stay as they are in the network, the fields of layers too, also where the text computes them of
    sides (as a crop to the size of another volume). `inputs` names those whose side is meant, by default all.
    Raises TooLong when a side's residues are too many to list.
    """
    free = set(network.inputs if inputs is None else inputs)
    known: dict[tuple[Layer, tuple[Shape, ...]], Shape] = {}
    shapes: list[Shape] = []
    for node in network.nodes:
        if node.kind == "input":
            sides = node.y.sides
            if node.path in free and side < len(sides):
                sides = (*sides[:side], N, *sides[side + 1 :])
            shapes.append(Shape(sides, node.y.channels))
            continue
        x = tuple([shapes[i] for i in node.inputs])
        y = known.get((node.layer, x))
        if y is None:
            y = known[node.layer, x] = node.layer.shape(*x)
        shapes.append(y)
    return shapes
