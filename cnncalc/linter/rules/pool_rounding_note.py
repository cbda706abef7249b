"""Note a pool with windows side by side that leaves a quarter of a side or less over.

Why: as for pool-rounding. All frameworks but Caffe agree on it, and a 2x2 pool of 11x11 cells is in many a tutorial;
who computes by hand gets a fraction.

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
