"""Report two normalisation layers or two activations in a row.

Why: the second of two equal activations changes nothing (relu) or compresses the values again (sigmoid, softmax); the
second of two normalisation layers normalises normalised values. Usually a block contains one and the chain repeats it.

Bad:
    - conv 64 3x3 pad=1 -> batchnorm -> relu -> relu

Good:
    - conv 64 3x3 pad=1 -> batchnorm -> relu

Source: pylint W0127, self-assigning-variable, is its like for programs
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import ACTIVATIONS, NORMS, RESHAPES, View, step_of
from cnncalc.network.network import Node
from cnncalc.problem import index_of


def check(view: View) -> Iterator[Hit]:
    for node in view.nodes:
        for classes, what in ((NORMS, "normalisation"), (ACTIVATIONS, "activation")):
            if not isinstance(node.layer, classes):
                continue
            above = view.above(node, (), RESHAPES)
            if above is not None and isinstance(above.layer, classes):
                place = above.place
                there = f" at {place.line}:{place.column}" if place else ""
                message = f"{what} twice in a row: {node.kind} after the {above.kind}{there}"
                yield Hit(node, message, "remove one of them", _without(node))


def _without(node: Node) -> Fix | None:
    """Return the fix that removes a step and the arrow before it."""
    found = step_of(node)
    if found is None:
        return None
    text, step = found
    start = index_of(text.place(step.start, step.length))
    line = text.source.text.rfind("\n", 0, start) + 1
    before = text.source.text[line:start].rstrip()
    if not before.endswith("->"):
        return None
    begin = line + len(before[:-2].rstrip())
    return Fix(f"remove {step.name}", (Edit(begin, start + step.length, ""),))


RULE = Rule(code="W403", name="twice", page=__doc__, network=check, early=True, fix="unsafe")
