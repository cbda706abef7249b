"""Report a layer whose output is never used, and an input that is never used.

Why: it is computed, counted and trained without any effect. Usually a chain starts with `use` where it should continue,
or a merge lacks a branch.

Bad:
    layers:
      - a: conv 64 3x3 pad=1
      - b: conv 64 3x3 pad=1
      - use a -> relu

Good:
    layers:
      - a: conv 64 3x3 pad=1
      - b: conv 64 3x3 pad=1
      - add a -> relu

Source: the dead code of compilers; torch.nn.parallel.DistributedDataParallel stops at parameters without a gradient
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    for node in view.nodes:
        if node.aux is not None or node.index in view.outputs or view.readers[node.index]:
            continue
        if node.kind == "input":
            yield Hit(node, f"input {node.path} is never used", "remove it, or start a chain with it")
        else:
            message = f"the output of {node.path} ({node.y}) is never used"
            yield Hit(node, message, "merge it, name it in outputs:, or remove the layer")


RULE = Rule(code="W104", name="unused-result", page=__doc__, network=check)
