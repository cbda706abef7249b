"""Report a window that is smaller than its stride, so that it skips part of its input.

Why: values between two windows are computed and then ignored. Shortcuts of a residual block (a 1x1 window with a stride
before an `add`) are not reported: the other branch reads those positions, or strided-pointwise reports them.

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
        seen, total = prod(map(min, kernels, strides)), prod(strides)
        skipped = f"{total - seen} of {total} input positions"
        message = f"{times(kernels)} windows at stride {times(strides)} skip {skipped}"
        yield Hit(
            node, message, f"use a kernel of {times([*map(max, kernels, strides)])} covers all of them", field="stride"
        )


RULE = Rule(code="W304", name="skipped-input", page=__doc__, network=check)
