"""Report a classifier that averages positions whose receptive field is more than a sixth of the input size, but not
all of it.

Why: as for receptive-field. Many good networks are built this way; what matters is the size of the objects to be
classified.

Bad:
    input: 32x32x3
    layers:
      - conv 32 3x3 pad=1 -> relu -> maxpool 2x2 -> conv 64 3x3 pad=1 -> relu -> maxpool 2x2 -> conv 64 3x3 pad=1
      - global_avgpool -> flatten -> linear 10

Good:
    input: 32x32x3
    layers:
      - 4 * (conv 32 3x3 pad=1 -> relu -> maxpool 2x2)
      - conv 64 3x3 pad=1 -> relu
      - global_avgpool -> flatten -> linear 10

Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", Distill,
    doi:10.23915/distill.00021
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.rules.receptive_field import SMALL, short_fields
from cnncalc.linter.view import View


def check(view: View) -> Iterator[Hit]:
    return short_fields(view, SMALL, 1.0)


RULE = Rule(code="N604", name="receptive-field-note", page=__doc__, network=check)
