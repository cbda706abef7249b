"""Report a `then` or `else` that can never be built.

Why: the condition contains nothing that could change, so one branch is dead code. In a spec without variables and
variants, the input volume of layers is constant as well. A condition with a variable or a parameter is left to never-
taken.

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
from cnncalc.linter.mentions import Text, names_in, parts_of
from cnncalc.linter.rule import Hit, Rule
from cnncalc.spec.expression import ExpressionError, truth
from cnncalc.spec.model import If


class Nothing:
    """A scope without names."""

    def lookup(self, name: str) -> Value:
        raise KeyError(name)

    def is_word(self, name: str) -> bool:
        return False

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        raise ExpressionError("E109", name, start, length)


VOLUME = {"channels", "sides", "input"}
"""Names of the input of a step."""


def is_settled(item: If, text: Text) -> bool:
    """Return whether a condition depends on the input volume only, where that is constant."""
    spec = text.spec
    if spec.vars or spec.variants or not VOLUME.issuperset(names_in(item.condition)):
        return False
    return any(part is item for part in parts_of(spec.layers))


def check(text: Text) -> Iterator[Hit]:
    for item in text.parts():
        if not isinstance(item, If):
            continue
        if any(names_in(item.condition)):
            if is_settled(item, text) and (side := text.never_built(item)):
                yield _hit(item, holds=side == "else")
            continue
        try:
            holds = truth(item.condition.tree, Nothing())
        except ExpressionError:
            continue  # reported where it is evaluated
        yield _hit(item, holds)


def _hit(item: If, holds: bool) -> Hit:
    condition = item.condition.text
    if not holds:
        return Hit(
            condition.place(),
            f"{condition.text} is always false, so then: is never built",
            "keep only the contents of else:, if any",
        )
    never = ", so else: is never built" if item.otherwise is not None else ""
    return Hit(condition.place(), f"{condition.text} is always true{never}", "keep only the contents of then:")


RULE = Rule(code="W106", name="unreachable", page=__doc__, text=check, early=True)
