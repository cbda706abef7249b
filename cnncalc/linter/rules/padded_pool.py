"""Report a pool whose windows contain mostly padding.

Why: on a map of one or two rows, a padded 3x3 window holds more padding than data. An average is then mostly of zeros;
a maximum is of the few values that are not padding.

Bad:
    input: 2x2x512
    layers:
      - maxpool 3x3 stride=1 pad=1 -> conv 512 1x1

Good:
    input: 2x2x512
    layers:
      - maxpool 2x2 stride=1 -> conv 512 1x1

Source: torch.nn.AvgPool2d, `count_include_pad`
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod

from cnncalc.layers.geometry import Window
from cnncalc.layers.pool import Pool
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import View, times


def check(view: View) -> Iterator[Hit]:
    if not view.known:
        return
    for node in view.of_class(Pool):
        share = prod((_share(window, n) for window, n in view.windows(node)), start=Fraction(1))
        if share < Fraction(1, 2):
            percent = round(100 * (1 - share))
            message = f"{percent} % of the window area is padding around a {times(node.x[0].sides)} map"
            yield Hit(node, message, "use a smaller kernel without padding, or a global pool", field="pad")


def _share(window: Window, n: int) -> Fraction:
    """Return the share of the window elements along one dimension that are not padding."""
    outputs = window.output(n)
    if outputs > 64:  # the ends hardly count
        return Fraction(1)
    real = sum(
        0 <= position * window.stride - window.before + k * window.dilation < n
        for position in range(outputs)
        for k in range(min(window.kernel, 512))
    )
    return Fraction(real, outputs * min(window.kernel, 512))


RULE = Rule(code="W308", name="padded-pool", page=__doc__, network=check, early=True)
