"""Report a max pool whose indices take more than a tenth of the memory of all activations.

Why: the backward pass needs the index of each maximum, 8 bytes per value in PyTorch, twice the size of the value
itself.

Bad:
    input: 224x224x3
    layers:
      - conv 8 3x3 pad=1 -> relu -> maxpool 2x2 -> flatten -> linear 10

Good:
    input: 224x224x3
    layers:
      - conv 8 3x3 pad=1 stride=2 -> relu -> flatten -> linear 10

Source: torch.nn.functional.max_pool2d_with_indices, whose indices are int64
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.pool import MaxPool
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View

INDEX_BYTES = 8


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    for node in view.of_class(MaxPool):
        kept, total = INDEX_BYTES * node.y.values, view.report.totals.activation_bytes
        if kept * 10 > total:
            message = f"the indices of maxpool take {kept:,} bytes, all activations {total:,}"
            yield Hit(node, message, "a strided convolution stores no indices")


RULE = Rule(code="N605", name="pool-indices", page=__doc__, network=check)
