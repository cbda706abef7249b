"""Tell an activation behind the last layer that cuts its outputs off, and dropout there.

Why: scores of classes and values of a regression may be below 0. Behind relu those below 0 are 0 and learn nothing;
with dropout whole answers are 0 while training. Losses take the scores as they come out of the last layer.

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

CUTTING = ("relu", "relu6", "dropout")


def check(view: View) -> Iterator[Hit]:
    for index in sorted(view.outputs):
        node = view.nodes[index]
        if node.kind not in CUTTING:
            continue
        above = view.above(node, NORMS, {*CUTTING, *RESHAPES})
        if above is not None and isinstance(above.layer, Linear):
            what = "takes whole outputs away" if node.kind == "dropout" else "cuts off what is below 0"
            yield Hit(node, f"{node.kind} behind the last layer, {above.path}, {what}", "leave it out")


RULE = Rule(code="W412", name="clipped-output", page=__doc__, network=check)
