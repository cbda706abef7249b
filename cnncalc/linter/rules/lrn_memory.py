"""Report a local response normalisation that stores much more than its feature map.

Why: besides its input, the backward pass needs the squares, their sums over channels and the power of those: three more
maps of the same size. The authors of VGG found no benefit. Reported where these maps are more than a tenth of the
activations of the network.

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
            maps = f"{MAPS} additional maps of {node.y} for the backward pass"
            message = f"lrn stores {maps}: {kept:,} values, where the whole network stores {total:,}"
            yield Hit(node, message, "use batchnorm, or remove it")


RULE = Rule(code="W501", name="lrn-memory", page=__doc__, network=check)
