"""Tell a layer whose output nothing reads, and an input that nothing uses.

Why: it is computed, counted and trained for nothing. Usually a chain began with `use` where it should have gone on, or
a merge forgot the branch.

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
            yield Hit(node, f"input {node.path} is never used", "leave it out, or begin a chain with it")
        else:
            message = f"the output of {node.path} ({node.y}) is never used"
            yield Hit(node, message, "merge it, name it in outputs:, or leave the layer out")


RULE = Rule(code="W104", name="unused-result", page=__doc__, network=check)
