"""Tell a stride in the 1x1 convolution before a larger one, which throws most of the map away.

Why: a 1x1 window at stride 2 looks at one cell of four, and the 3x3 behind it sees no other. Striding in the 3x3 costs
some more and sees everything: ResNet-50 gains half a percent by it.

Bad:
    - conv 128 1x1 stride=2 -> relu -> conv 128 3x3 pad=1 -> relu

Good:
    - conv 128 1x1 -> relu -> conv 128 3x3 stride=2 pad=1 -> relu

Source: He et al. 2018, "Bag of tricks", arXiv:1812.01187, section 4.1, ResNet-B; torchvision's resnet.py
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, NORMS, View, pointwise
from cnncalc.network.network import Node


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(Conv):
        stride = prod(getattr(node.layer, "stride", ()))
        if stride > 1 and pointwise(node) and feeds_a_window(view, node):
            below = view.below(node, (*NORMS, *ACTIVATIONS))
            assert below is not None
            message = f"a 1x1 window at this stride sees 1 of {stride} cells, and {below.path} behind it no other"
            yield Hit(node, message, f"give the stride to {below.layer}", field="stride")


def feeds_a_window(view: View, node: Node) -> bool:
    """Judge whether a larger convolution follows, through normalisation and activation."""
    below = view.below(node, (*NORMS, *ACTIVATIONS))
    return below is not None and isinstance(below.layer, (Conv, Depthwise)) and any(k > 1 for k in below.layer.kernel)


RULE = Rule(code="W409", name="strided-pointwise", page=__doc__, network=check, early=True)
