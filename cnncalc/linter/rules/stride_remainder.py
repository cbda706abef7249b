"""Report a stride that leaves rows or columns of its input unused.

Why: no window reaches them, so the network never sees the right and lower edge, and shapes computed by hand have a
fraction. A remainder that consists of padding is not reported. Pools are reported by pool-rounding.

Bad:
    input: 224x224x3
    layers:
      - conv 96 11x11 stride=4 -> relu

Good:
    input: 227x227x3
    layers:
      - conv 96 11x11 stride=4 -> relu

Source: Stanford CS231n, "Convolutional networks", on AlexNet's 224; Dumoulin & Visin 2016, arXiv:1603.07285, section
    2.4
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.pool import Pool
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.stride_remainders import lost, lost_text, remedy
from cnncalc.linter.view import View, times


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    for node in view.nodes:
        windows = view.windows(node)
        if isinstance(node.layer, Pool) or not any(lost(*window) for window in windows):
            continue
        strides = [window.stride for window, _ in windows]
        stride = times(strides if len(set(strides)) > 1 else strides[:1])
        yield Hit(node, f"stride {stride} does not reach {lost_text(windows)}", remedy(view), field="stride")


RULE = Rule(code="W301", name="stride-remainder", page=__doc__, network=check, early=True)
