"""Report two weight layers with only a normalisation or average pool between them.

Why: without an activation function, two linear maps are equivalent to one: the second adds parameters but no expressive
power. Intentional pairs are not reported: a depthwise convolution and its pointwise convolution, a bottleneck with
fewer channels in the middle than at both ends, which is a matrix factorisation, one window factorised into 1x3 and 3x1,
the narrow end of an inverted residual, an upsampling to the same number of channels, and a layer normalisation after
patches: it divides each position by its own deviation, which is not linear.

Bad:
    - conv 64 3x3 pad=1 -> batchnorm -> conv 64 3x3 pad=1 -> relu

Good:
    - conv 64 3x3 pad=1 -> batchnorm -> relu -> conv 64 3x3 pad=1 -> relu

Source: Goodfellow, Bengio & Courville 2016, "Deep learning", section 6.1; Sandler et al. 2018, arXiv:1801.04381
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise
from cnncalc.layers.linear import Linear
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, NORMS, RESHAPES, View, is_a, pointwise
from cnncalc.network.network import Node

LINEAR = RESHAPES | {"avgpool", "global_avgpool", "adaptive_avgpool"}
"""Further kinds that are not activations."""

MIXING = (Conv, ConvTranspose, Linear)


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(*MIXING):
        above = view.above(node, NORMS, LINEAR)
        if above is None or not isinstance(above.layer, MIXING) or view.below(above, NORMS, LINEAR) is not node:
            continue
        if _has_groups(node.layer) or _has_groups(above.layer):
            continue
        if _cuts_patches(above) and is_a(view.after(above), "layernorm"):
            continue
        if _is_meant(view, above, node):
            continue
        message = f"no activation between {above.path} ({above.kind}) and this {node.kind}"
        yield Hit(node, message, "insert one, such as relu")


def _is_meant(view: View, above: Node, node: Node) -> bool:
    """Return whether two layers are a factorised one, the end of an inverted residual, or an upsampling of scores."""
    into, middle, out = above.x[0].channels, above.y.channels, node.y.channels
    if middle < min(into, out) or (isinstance(node.layer, ConvTranspose) and middle == out):
        return True
    if _cut_in_two(above, node):
        return True
    before = view.above(above, (*NORMS, *ACTIVATIONS))
    projects = before is not None and (isinstance(before.layer, Depthwise) or before.kind == "mul")
    return projects and pointwise(above) and middle <= into and middle < out


def _cut_in_two(above: Node, node: Node) -> bool:
    """Return whether two kernels extend along different dimensions, as 1x3 and 3x1."""
    one, other = (getattr(each.layer, "kernel", ()) for each in (above, node))
    if len(one) < 2 or len(other) != len(one):
        return False
    return max(one) > 1 and max(other) > 1 and all(min(pair) == 1 for pair in zip(one, other, strict=True))


def _cuts_patches(node: Node) -> bool:
    """Return whether a convolution's windows do not overlap, as those that split an image into patches."""
    kernel, stride = getattr(node.layer, "kernel", ()), getattr(node.layer, "stride", ())
    return kernel == stride and all(k > 1 for k in kernel)


def _has_groups(layer: object) -> bool:
    return getattr(layer, "groups", 1) > 1


RULE = Rule(code="W402", name="no-activation", page=__doc__, network=check, early=True)
