"""Report a bottleneck whose middle is wider than both its ends.

Why: the first 1x1 convolution is meant to reduce the number of channels for the larger one after it. If it is wider
than both ends, it makes the expensive layer more expensive. Inverted residuals, with a depthwise layer in the middle,
are wide on purpose and are not reported.

Bad:
    input: 56x56x64
    layers:
      - conv 256 1x1 -> relu -> conv 256 3x3 pad=1 -> relu -> conv 64 1x1

Good:
    input: 56x56x256
    layers:
      - conv 64 1x1 -> relu -> conv 64 3x3 pad=1 -> relu -> conv 256 1x1

Source: He et al. 2015, arXiv:1512.03385, figure 5; Sandler et al. 2018, arXiv:1801.04381
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import Conv
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, NORMS, View, pointwise

BETWEEN = (*NORMS, *ACTIVATIONS)


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(Conv):
        if pointwise(node) or getattr(node.layer, "groups", 1) > 1:
            continue
        first, last = view.above(node, BETWEEN), view.below(node, BETWEEN)
        if first is None or last is None or not pointwise(first) or not pointwise(last):
            continue
        into, inner, out = first.x[0].channels, node.x[0].channels, last.y.channels
        if inner > into and inner > out and node.y.channels > out:
            message = f"a bottleneck from {into} to {out} channels is {inner} wide in the middle"
            yield Hit(
                node, message, f"use fewer than {max(into, out)} channels, or a depthwise convolution in the middle"
            )


RULE = Rule(code="W408", name="wide-bottleneck", page=__doc__, network=check)
