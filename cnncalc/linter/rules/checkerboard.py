"""Tell a transposed convolution whose kernel is no multiple of its stride.

Why: its windows overlap unevenly, so some cells of the output are the sum of more products than their neighbours, which
shows as a checkerboard that training hardly removes.

Bad:
    - conv_transpose 64 3x3 stride=2 pad=1 output_pad=1

Good:
    - conv_transpose 64 4x4 stride=2 pad=1

Source: Odena, Dumoulin & Olah 2016, "Deconvolution and checkerboard artifacts", Distill, doi:10.23915/distill.00003
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import ConvTranspose
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    for node in view.of_class(ConvTranspose):
        layer = node.layer
        assert isinstance(layer, ConvTranspose)
        for kernel, stride in zip(layer.kernel, layer.stride, strict=True):
            if stride == 1 or kernel % stride == 0:
                continue
            low, high = kernel // stride, -(-kernel // stride)
            seen = f"by {low} or {high} input cells" if low else "by one input cell or by none"
            message = f"a kernel of {kernel} is no multiple of stride {stride}: output cells are made {seen}"
            hint = f"a kernel of {high * stride}, or upsample and a plain convolution"
            yield Hit(node, message, hint, field="kernel")
            break


RULE = Rule(code="W305", name="checkerboard", page=__doc__, network=check, early=True)
