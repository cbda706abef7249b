"""Report a classifier that averages positions whose receptive field is less than a sixth of the input size.

Why: a global pool aggregates what single positions have detected; no position can detect anything larger than its
receptive field. Receptive fields above that, up to the whole input, are reported as a note, receptive-field-note: many
good networks for videos and small images have them.

Bad:
    input: 64x64x3
    layers:
      - conv 32 3x3 pad=1 -> relu -> conv 32 3x3 pad=1 -> relu
      - global_avgpool -> flatten -> linear 10

Good:
    input: 64x64x3
    layers:
      - 4 * (conv 32 3x3 pad=1 -> relu -> maxpool 2x2)
      - conv 64 3x3 pad=1 -> relu
      - global_avgpool -> flatten -> linear 10

Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", Distill,
    doi:10.23915/distill.00021
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.linear import Linear
from cnncalc.layers.pool import AdaptiveAvgPool, GlobalPool
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, NORMS, RESHAPES, View, times

SMALL = 1 / 6
"""The share of the input size below which a receptive field is certainly small."""


def check(view: View) -> Iterator[Hit]:
    return short_fields(view, 0.0, SMALL)


def short_fields(view: View, least: float, most: float) -> Iterator[Hit]:
    """Yield the classifier's pool where the ratio of receptive field to input size lies between two numbers."""
    if not view.known or len(view.network.inputs) != 1:
        return
    sides = view.nodes[0].y.sides
    for node in view.of_class(GlobalPool, AdaptiveAvgPool):
        if node.aux is not None or set(node.y.sides) != {1} or not _leads_to_classes(view, node.index):
            continue
        field = [int(f.size) for f in view.fields[node.inputs[0]]]
        if len(field) != len(sides):
            continue
        share = min(size / n for size, n in zip(field, sides, strict=True))
        if least <= share < most:
            yield Hit(
                node,
                f"each averaged position has a receptive field of {times(field)} in the {times(sides)} input",
                "more layers, strides or pools before it enlarge the receptive field",
            )


def _leads_to_classes(view: View, index: int) -> bool:
    """Return whether only linear layers and layers between them follow, up to the output."""
    node = view.nodes[index]
    while node.index not in view.outputs:
        readers = view.readers[node.index]
        if len(readers) != 1:
            return False
        (node,) = readers
        passing = isinstance(node.layer, (*ACTIVATIONS, *NORMS, Linear)) or node.kind in RESHAPES
        if not passing and not (node.kind == "conv" and set(node.y.sides) == {1}):
            return False
    return True


RULE = Rule(code="W406", name="receptive-field", page=__doc__, network=check)
