"""Report a channel count that is not a multiple of 8.

Why: tensor cores work on tiles of 8 values at half precision; other counts are padded, or use a slower kernel. The last
layer has as many outputs as there are classes and is not reported.

Bad:
    - conv 60 3x3 pad=1 -> relu -> conv 64 3x3 pad=1

Good:
    - conv 64 3x3 pad=1 -> relu -> conv 64 3x3 pad=1

Source: NVIDIA, "Deep learning performance: Convolutional layers user's guide", section on channels in and out
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import Conv, ConvTranspose
from cnncalc.layers.linear import Linear
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View

TILE = 8


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    followed = _followed(view)
    for node in view.of_class(Conv, ConvTranspose, Linear):
        channels = node.y.channels
        if channels % TILE and followed[node.index]:
            lower, upper = channels // TILE * TILE, -(-channels // TILE) * TILE
            near = f"{lower} or {upper}" if lower else f"{upper}"
            yield Hit(node, f"{channels} channels are not a multiple of {TILE}", near, field="out")


def _followed(view: View) -> list[bool]:
    """Say of every node whether a layer with weights reads it, directly or through others."""
    followed = [False] * len(view.nodes)
    for node in reversed(view.nodes):
        for index in node.inputs:
            followed[index] = followed[index] or node.layer.weighted or followed[node.index]
    return followed


RULE = Rule(code="N603", name="channels-of-eight", page=__doc__, network=check)
