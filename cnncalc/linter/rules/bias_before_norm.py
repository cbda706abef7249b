"""Report a bias that is redundant because a normalisation layer follows.

Why: the normalisation subtracts the mean of each channel, and any bias with it; its own shift replaces the bias. The
bias only costs memory and a little time.

Bad:
    - conv 64 3x3 pad=1 -> batchnorm -> relu

Good:
    - conv 64 3x3 pad=1 bias=no -> batchnorm -> relu

Source: Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.2
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.norm import BatchNorm, InstanceNorm
from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import WEIGHTED, View, part_of, step_of
from cnncalc.network.network import Node
from cnncalc.problem import index_of


def check(view: View) -> Iterator[Hit]:
    for node in view.nodes:
        if not isinstance(node.layer, WEIGHTED) or not node.layer.bias:
            continue
        below = view.after(node)
        if below is not None and isinstance(below.layer, (BatchNorm, InstanceNorm)):
            count = node.y.channels
            biases = f"{count} bias{'es are' if count != 1 else ' is'}"
            message = f"{biases} redundant before {below.kind}, which subtracts the mean"
            yield Hit(node, message, "bias=no", _without_bias(node), field="bias")


def _without_bias(node: Node) -> Fix | None:
    found = step_of(node)
    if found is None:
        return None
    text, step = found
    part = part_of(node, "bias")
    if part is not None:
        start = index_of(text.place(part.start, part.length))
        written = text.source.text[start : start + part.length]
        return Fix("bias=no", (Edit(start, start + part.length, "no"),)) if written in ("yes", "true") else None
    end = index_of(text.place(step.start + step.length - 1, 1)) + 1
    return Fix("bias=no", (Edit(end, end, " bias=no"),))


RULE = Rule(code="W401", name="bias-before-norm", page=__doc__, network=check, early=True, fix="unsafe")
