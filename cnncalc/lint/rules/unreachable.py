"""Tell a `then` or `else` that no network can ever take.

Why: the condition names nothing that could change, so one side is dead text.

Bad:
    - if: 2 > 3
      then: conv 64 5x5 pad=2
      else: conv 64 3x3 pad=1

Good:
    - conv 64 3x3 pad=1

Source: pylint W0125, using-constant-test
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from cnncalc.layers.fields import Value
from cnncalc.lint.rule import Hit, Rule
from cnncalc.lint.words import Text, names_in
from cnncalc.spec.expression import ExpressionError, truth
from cnncalc.spec.model import If


class Nothing:
    """A scope that knows no names."""

    def lookup(self, name: str) -> Value:
        raise KeyError(name)

    def is_word(self, name: str) -> bool:
        return False

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        raise ExpressionError("E109", name, start, length)


def check(text: Text) -> Iterator[Hit]:
    for item in text.parts():
        if not isinstance(item, If) or any(names_in(item.condition)):
            continue
        try:
            holds = truth(item.condition.tree, Nothing())
        except ExpressionError:
            continue  # told where it is walked
        said = item.condition.text
        if holds and item.otherwise is not None:
            yield Hit(said.place(), f"{said.text} always holds, so else: is never taken", "keep what then: says")
        elif not holds:
            hint = "keep what else: says, if anything"
            yield Hit(said.place(), f"{said.text} never holds, so then: is never taken", hint)
        else:
            yield Hit(said.place(), f"{said.text} always holds", "keep what then: says")


RULE = Rule(code="W106", name="unreachable", page=__doc__, text=check, early=True)
