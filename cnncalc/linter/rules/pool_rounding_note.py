"""Report a pool with non-overlapping windows that drops at most a quarter of a dimension.

Why: as for pool-rounding. All frameworks except Caffe agree on the result, and a 2x2 pool of an 11x11 map is in many
tutorials; computed by hand, the size is a fraction.

Bad:
    input: 11x11x64
    layers:
      - maxpool 2x2 -> conv 64 3x3 pad=1

Good:
    input: 12x12x64
    layers:
      - maxpool 2x2 -> conv 64 3x3 pad=1

Source: Keras, "Simple MNIST convnet"; BVLC/caffe issue 1318, pooling rounds up
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.rules.pool_rounding import roundings
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    return roundings(view, habitual=True)


RULE = Rule(code="N608", name="pool-rounding-note", page=__doc__, network=check, fix="unsafe")
