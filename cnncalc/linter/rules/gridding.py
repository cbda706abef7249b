"""Report consecutive dilated convolutions whose combined receptive field has gaps.

Why: dilation rates with a common factor, such as 2, 2, 2 or 2, 4, 8, sample the same positions repeatedly and never
those between them, so adjacent outputs are computed from disjoint inputs.

Bad:
    - conv 64 3x3 dilation=2 pad=2 -> relu -> conv 64 3x3 dilation=2 pad=2 -> relu

Good:
    - conv 64 3x3 dilation=1 pad=1 -> relu -> conv 64 3x3 dilation=2 pad=2 -> relu

Source: Wang et al. 2017, "Understanding convolution for semantic segmentation", arXiv:1702.08502, section 3.2
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, NORMS, View
from cnncalc.network.network import Node

BETWEEN = (*NORMS, *ACTIVATIONS)
LARGEST = 512
"""Receptive field beyond which a sequence is not followed."""


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(Conv, Depthwise):
        below = view.below(node, BETWEEN)
        if not _is_dilated(node) or (below is not None and _continues(below)):
            continue  # reported at the last of a sequence
        run = _run(view, node)
        rates = [_rate(n) for n in run if _has_width(n)]
        if sum(rate > 1 for rate in rates) < 2:
            continue
        missed = max(_holes(run, side) for side in range(len(node.x[0].sides)))
        if missed:
            dilations = ", ".join(map(str, rates))
            message = f"consecutive dilations {dilations} skip {missed} positions inside their receptive field"
            hint = "use rates without a common factor, starting with 1, such as 1, 2, 5"
            yield Hit(node, message, hint, field="dilation")


def _is_dilated(node: Node) -> bool:
    return _has_width(node) and _rate(node) > 1


def _rate(node: Node) -> int:
    layer = node.layer
    return max(layer.dilation) if isinstance(layer, (Conv, Depthwise)) else 1


def _has_width(node: Node) -> bool:
    layer = node.layer
    return isinstance(layer, (Conv, Depthwise)) and any(k > 1 for k in layer.kernel)


def _continues(node: Node) -> bool:
    """Return whether a sequence continues at a node: a convolution without a stride."""
    layer = node.layer
    return isinstance(layer, (Conv, Depthwise)) and all(s == 1 for s in layer.stride)


def _run(view: View, last: Node) -> list[Node]:
    """Return the convolutions without a stride that lead to a node, in their order."""
    run = [last]
    above = view.above(last, BETWEEN) if _continues(last) else None
    while above is not None and _continues(above) and view.below(above, BETWEEN) is run[0]:
        run.insert(0, above)
        above = view.above(above, BETWEEN)
    return run


def _holes(run: list[Node], side: int) -> int:
    """Return the number of gaps in the receptive field of one output position, along one dimension."""
    seen = {0}
    for node in run:
        layer = node.layer
        assert isinstance(layer, (Conv, Depthwise))
        kernel, dilation = layer.kernel[side], layer.dilation[side]
        seen = {position + k * dilation for position in seen for k in range(kernel)}
        if max(seen) > LARGEST:
            return 0
    return max(seen) + 1 - len(seen)


RULE = Rule(code="W307", name="gridding", page=__doc__, network=check)
