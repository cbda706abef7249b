"""Report a stride in the 1x1 convolution before a larger one, which discards most of the map.

Why: a 1x1 window at stride 2 reads one of four positions, and the 3x3 after it sees no others. With the stride in the
3x3, all of them are used at a higher cost: ResNet-50 gains half a percent of accuracy.

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
            message = f"a 1x1 window at this stride reads 1 of {stride} positions, and {below.path} after it no others"
            yield Hit(node, message, f"move the stride to {below.layer}", field="stride")


def feeds_a_window(view: View, node: Node) -> bool:
    """Return whether a larger convolution follows, through normalisation and activation."""
    below = view.below(node, (*NORMS, *ACTIVATIONS))
    return below is not None and isinstance(below.layer, (Conv, Depthwise)) and any(k > 1 for k in below.layer.kernel)


RULE = Rule(code="W409", name="strided-pointwise", page=__doc__, network=check, early=True)
