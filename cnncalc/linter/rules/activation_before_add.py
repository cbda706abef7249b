"""Report an activation at the end of a branch that is added.

Why: after a relu the branch output is never negative, so sums can only grow from block to block. In residual networks
the activation is placed after the add, or before the first convolution of the branch.

Bad:
    - add:
        body: conv 64 3x3 pad=1 -> relu -> conv 64 3x3 pad=1 -> relu
        skip: identity

Good:
    - add:
        body: conv 64 3x3 pad=1 -> relu -> conv 64 3x3 pad=1
        skip: identity
    - relu

Source: He et al. 2016, "Identity mappings in deep residual networks", arXiv:1603.05027, figure 4
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.activation import Relu, Relu6, Sigmoid, Softplus
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View

NEVER_NEGATIVE = (Relu, Relu6, Sigmoid, Softplus)


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(*NEVER_NEGATIVE):
        below = view.after(node)
        if below is not None and below.kind == "add" and len(set(below.inputs)) > 1:
            message = f"{node.kind} before {below.path}: the output of this branch is never negative"
            yield Hit(node, message, "move it after the add")


RULE = Rule(code="N601", name="activation-before-add", page=__doc__, network=check)
