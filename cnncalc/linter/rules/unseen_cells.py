"""Tell a window that is smaller than its stride, so that it never sees some cells.

Why: what lies between two windows is computed and thrown away. Shortcuts of a residual block (a 1x1 window with a
stride before an `add`) are left out: the other branch sees those cells, or strided-pointwise tells.

Bad:
    - maxpool 2x2 stride=3

Good:
    - maxpool 3x3 stride=3

Source: He et al. 2018, "Bag of tricks", arXiv:1812.01187, section 4.1
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.rules.strided_pointwise import feeds_a_window
from cnncalc.linter.view import NORMS, View, is_a, times


def check(view: View) -> Iterator[Hit]:
    for node in view.nodes:
        windows = [window for window, _ in view.windows(node)]
        if not any(window.extent < window.stride for window in windows):
            continue
        single = all(window.kernel == 1 for window in windows)
        if single and (is_a(view.below(node, NORMS, ("pad", "pad_channels")), "add") or feeds_a_window(view, node)):
            continue
        kernels, strides = [w.kernel for w in windows], [w.stride for w in windows]
        seen, all_of_them = prod(map(min, kernels, strides)), prod(strides)
        unseen = f"{all_of_them - seen} of {all_of_them} cells"
        message = f"{times(kernels)} windows at stride {times(strides)} never see {unseen}"
        yield Hit(node, message, f"a kernel of {times([*map(max, kernels, strides)])} sees all", field="stride")


RULE = Rule(code="W304", name="unseen-cells", page=__doc__, network=check)
