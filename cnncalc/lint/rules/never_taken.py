"""Note a `then` or `else` that no variant builds, though its condition could come out otherwise.

Why: it is text that nothing checks: its sizes have never been computed. With `--set` or `--input` it may be
built; then a variant that does so would be its test.

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

from cnncalc.lint.rule import Hit, Rule
from cnncalc.lint.words import Text, names_in, parts_of
from cnncalc.spec.chain import Call
from cnncalc.spec.model import Chain, If, Item


def check(text: Text) -> Iterator[Hit]:
    if text.reached is None:
        return
    for item in text.parts():
        names = set(names_in(item.condition)) if isinstance(item, If) else set()
        if not isinstance(item, If) or not names:
            continue
        then, otherwise = _built(item.then, text), _built(item.otherwise, text)
        said = item.condition.text
        if then is False and otherwise is not False:
            yield Hit(said.place(), f"nothing builds what then: says, for {said.text} never holds")
        elif otherwise is False and then:
            yield Hit(said.place(), f"nothing builds what else: says, for {said.text} always holds")


def _built(item: Item | None, text: Text) -> bool | None:
    """Say whether some step of an item is built; None when it has none that would be seen."""
    assert text.reached is not None
    steps = [
        (part.text.start, step.start)
        for part in parts_of(item)
        if isinstance(part, Chain)
        for step in parts_of(part.steps)
        if isinstance(step, Call) and step.name != "identity"
    ]
    return any(step in text.reached for step in steps) if steps else None


RULE = Rule(code="N607", name="never-taken", page=__doc__, text=check)
