"""Report a transposed convolution whose kernel is not a multiple of its stride.

Why: its windows overlap unevenly, so some output positions are sums of more products than their neighbours, which shows
as a checkerboard pattern that training rarely removes.

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
            reads = f"{low} or {high} inputs" if low else "one input or none"
            message = (
                f"kernel {kernel} is not a multiple of stride {stride}: output positions are computed from {reads}"
            )
            hint = f"use a kernel of {high * stride}, or upsample followed by a convolution"
            yield Hit(node, message, hint, field="kernel")
            break


RULE = Rule(code="W305", name="checkerboard", page=__doc__, network=check, early=True)
