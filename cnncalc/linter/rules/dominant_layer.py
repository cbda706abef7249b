"""Report a layer with more than half of all parameters.

Why: it dominates the memory of the model, and most often is the first linear layer after a flatten, which a global pool
would avoid: fc6 holds 74 % of the parameters of VGG-16 and 62 % of those of AlexNet.

Bad:
    input: 32x32x64
    layers:
      - conv 64 3x3 pad=1 -> relu -> flatten -> linear 512 -> relu -> linear 10

Good:
    input: 32x32x64
    layers:
      - conv 64 3x3 pad=1 -> relu -> conv 64 3x3 pad=1 -> relu -> global_avgpool -> flatten -> linear 10

Source: Lin, Chen & Yan 2013, "Network in network", arXiv:1312.4400, section 3.2
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View

FEWEST = 3
"""Fewest layers with weights in a network that is checked."""


def check(view: View) -> Iterator[Hit]:
    if not view.known or sum(node.layer.weighted for node in view.nodes) < FEWEST:
        return
    total = view.report.totals.params
    for row in view.report.rows:
        if row.node.aux is None and 2 * row.params > total:
            percent = round(100 * row.params / total)
            message = f"{row.params:,} of {total:,} parameters, {percent} %, are in {row.path}"
            yield Hit(row.node, message, "use a global pool before it, or fewer outputs")


RULE = Rule(code="N602", name="dominant-layer", page=__doc__, network=check)
