"""Report a softmax that is not the last layer, and one over a single value.

Why: softmax normalises the channels to a sum of 1, and its gradient vanishes where one of them dominates. Inside a
network it belongs to a gate or to attention, where its output is a factor. Over one value it is always 1.

Bad:
    - flatten -> linear 256 -> softmax -> linear 10

Good:
    - flatten -> linear 256 -> relu -> linear 10 -> softmax

Source: Goodfellow, Bengio & Courville 2016, "Deep learning", section 6.2.2.3
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.activation import Shares
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import NORMS, RESHAPES, WEIGHTED, View


def check(view: View) -> Iterator[Hit]:
    for node in view.nodes:
        layer = node.layer
        if not isinstance(layer, Shares):
            continue
        if layer.values_along(*node.x) == 1:
            always = 1 if node.kind == "softmax" else 0
            over = "1 channel" if layer.axis == "channels" else f"1 value along {layer.axis}"
            yield Hit(node, f"{node.kind} over {over} is always {always}", "use sigmoid, or as many outputs as classes")
            continue
        if layer.axis != "channels":  # it weighs positions or branches
            continue
        for reader in view.readers[node.index]:
            below = reader if reader.kind not in RESHAPES else view.below(reader, (), RESHAPES)
            if below is not None and (isinstance(below.layer, (*WEIGHTED, *NORMS)) or "pool" in below.kind):
                message = f"{node.kind} is not the last layer: {below.path} ({below.layer}) uses its output"
                yield Hit(node, message, "use relu, or move it to the end")
                break


RULE = Rule(code="W404", name="softmax-inside", page=__doc__, network=check, early=True)
