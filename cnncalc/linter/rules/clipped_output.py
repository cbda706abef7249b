"""Report an activation after the last layer that clips its outputs, and dropout there.

Why: class scores and regression values may be negative. After a relu, negative scores become 0 and have no gradient;
with dropout, outputs are set to 0 during training. Loss functions expect the unmodified scores of the last layer.

Bad:
    - flatten -> linear 128 -> relu -> linear 10 -> relu

Good:
    - flatten -> linear 128 -> relu -> linear 10

Source: torch.nn.CrossEntropyLoss: "the input is expected to contain the unnormalized logits"
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.linear import Linear
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import NORMS, RESHAPES, View

CLIPPING = ("relu", "relu6", "dropout")


def check(view: View) -> Iterator[Hit]:
    for index in sorted(view.outputs):
        node = view.nodes[index]
        if node.kind not in CLIPPING:
            continue
        above = view.above(node, NORMS, {*CLIPPING, *RESHAPES})
        if above is not None and isinstance(above.layer, Linear):
            what = "sets outputs to 0" if node.kind == "dropout" else "clips negative values"
            yield Hit(node, f"{node.kind} after the last layer, {above.path}, {what}", "remove it")


RULE = Rule(code="W412", name="clipped-output", page=__doc__, network=check)
