"""Report a depthwise convolution without a later layer that mixes channels.

Why: it filters every channel separately. Without a pointwise convolution or a linear layer, no information is exchanged
between channels, and a second depthwise convolution only enlarges the window of the same channel.

Bad:
    - depthwise 3x3 pad=1 -> relu -> depthwise 3x3 pad=1 -> relu -> conv 64 1x1

Good:
    - depthwise 3x3 pad=1 -> relu -> conv 64 1x1 -> relu -> depthwise 3x3 pad=1 -> relu -> conv 64 1x1

Source: Howard et al. 2017, "MobileNets", arXiv:1704.04861, section 3.1
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View
from cnncalc.network.network import Node


def check(view: View) -> Iterator[Hit]:
    for node in view.nodes:
        if not _is_depthwise(node) or node.x[0].channels == 1:
            continue
        ends = list(_next_weighted(view, node))
        if any(end is not None and not _is_depthwise(end) for end in ends):
            continue
        end = next(filter(None, ends), None)
        reader = f"the next layer with weights, {end.path}, is depthwise too" if end else "no later layer does"
        message = f"a depthwise convolution does not mix its {node.x[0].channels} channels, and {reader}"
        yield Hit(node, message, f"add conv {node.y.channels} 1x1 after it")


def _is_depthwise(node: Node) -> bool:
    layer = node.layer
    return isinstance(layer, Depthwise) or (isinstance(layer, Conv) and layer.groups == node.x[0].channels > 1)


def _next_weighted(view: View, node: Node) -> Iterator[Node | None]:
    """Yield the next layers with weights on every path down, None for a path that ends without one."""
    waiting, seen = [node], {node.index}
    while waiting:
        here = waiting.pop()
        if here.index in view.outputs or not view.readers[here.index]:
            yield None
        for reader in view.readers[here.index]:
            if reader.layer.weighted:
                yield reader
            elif reader.index not in seen:
                seen.add(reader.index)
                waiting.append(reader)


RULE = Rule(code="W407", name="lone-depthwise", page=__doc__, network=check)
