"""Report a convolution with windows that contain only padding.

Why: padding as wide as the kernel creates a border of outputs that equal the bias. Most often a 1x1 convolution was
given the padding of a 3x3.

Bad:
    - conv 64 1x1 pad=1

Good:
    - conv 64 1x1

Source: Dumoulin & Visin 2016, arXiv:1603.07285, section 2.2: full padding is k − 1
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(Conv, Depthwise):
        for window, _ in view.windows(node):
            padding = max(window.before, window.after)
            if padding >= window.extent:
                than = "as wide as" if padding == window.extent else "wider than"
                message = (
                    f"padding {padding} is {than} the kernel's {window.extent}: border outputs depend on padding only"
                )
                yield Hit(node, message, f"pad={window.extent // 2} keeps the size", field="pad")
                break


RULE = Rule(code="W309", name="padding-only", page=__doc__, network=check, early=True)
