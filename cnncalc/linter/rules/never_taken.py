"""Report a `then` or `else` that no variant builds, although its condition could have the other value.

Why: it is never built and therefore never checked. `--set` or `--input` may build it; a variant that does so would test
it.

Bad:
    blocks:
      unit out stride:
        - if: stride > 1
          then: conv out 3x3 stride=stride pad=1
          else: conv out 3x3 pad=1
    layers:
      - unit 64 2

Good:
    blocks:
      unit out stride: conv out 3x3 stride=stride pad=1
    layers:
      - unit 64 2

Source: coverage.py, branch coverage
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.mentions import Text, names_in
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.rules.unreachable import is_settled
from cnncalc.spec.model import If


def check(text: Text) -> Iterator[Hit]:
    for item in text.parts():
        if not isinstance(item, If) or not any(names_in(item.condition)) or is_settled(item, text):
            continue
        condition, side = item.condition.text, text.never_built(item)
        if side:
            value = "false" if side == "then" else "true"
            yield Hit(condition.place(), f"{side}: is never built, because {condition.text} is always {value}")


RULE = Rule(code="N607", name="never-taken", page=__doc__, text=check)
