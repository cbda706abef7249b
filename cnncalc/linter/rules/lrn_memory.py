"""Tell a local response normalisation that keeps much more than the map it works on.

Why: beside its input, the backward pass needs the squares, their sums over channels and the power of those: three more
maps of the same size. VGG's authors found that it gains nothing. Told where these are more than a tenth of the
network's activations.

Bad:
    - conv 96 11x11 stride=4 -> relu -> lrn 5

Good:
    - conv 96 11x11 stride=4 -> batchnorm -> relu

Source: Simonyan & Zisserman 2014, arXiv:1409.1556, section 4.1; torch.nn.functional.local_response_norm
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.norm import Lrn
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View

MAPS = 3


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    for node in view.of_class(Lrn):
        kept, total = MAPS * node.y.values, view.report.totals.activation_values
        if kept * 10 > total:
            maps = f"{MAPS} more maps of {node.y} for the backward pass"
            message = f"lrn keeps {maps}: {kept:,} values beside the network's {total:,}"
            yield Hit(node, message, "batchnorm, or nothing")


RULE = Rule(code="W501", name="lrn-memory", page=__doc__, network=check)
