"""Report an average pool between a convolution and the next layer, where a strided convolution would be cheaper.

Why: the convolution computes every position and the pool averages them: with a stride of 2 it would compute a fourth of
them, and the large map would not be stored for the backward pass. A 1x1 convolution may also be moved after the pool:
the result is identical, at a fourth of the cost.

Bad:
    - conv 128 1x1 -> avgpool 2x2

Good:
    - avgpool 2x2 -> conv 128 1x1

Source: Springenberg et al. 2014, "Striving for simplicity", arXiv:1412.6806; an average and a 1x1 convolution commute
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnncalc.layers.conv import Conv
from cnncalc.layers.pool import AvgPool
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import NORMS, View, pointwise, times


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    for node in view.of_class(AvgPool):
        strides = [window.stride for window, _ in view.windows(node)]
        above = view.above(node, NORMS)
        if prod(strides) == 1 or above is None or not isinstance(above.layer, Conv) or view.after(above) is None:
            continue
        kept, left = node.x[0].values, node.y.values
        message = (
            f"{above.path} outputs {kept:,} values, stored for the backward pass, which avgpool reduces to {left:,}"
        )
        pool_first = f"move the pool before {above.path}: the result is the same"
        hint = pool_first if pointwise(above) else f"use stride {times(strides)} in {above.path}"
        yield Hit(node, message, hint)


RULE = Rule(code="N606", name="avgpool-memory", page=__doc__, network=check)
