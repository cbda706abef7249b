"""Report a parameter that is not used in the body of its block, or the name of a loop that its rounds do not use.

Why: a call that sets it changes nothing, although it looks as if it did.

Bad:
    blocks:
      unit out stride=1: conv out 3x3 pad=1 -> relu

Good:
    blocks:
      unit out stride=1: conv out 3x3 stride=stride pad=1 -> relu

Source: pylint W0613, unused-argument
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.deletions import without_parameter
from cnncalc.linter.mentions import Text, names_in
from cnncalc.linter.rule import Hit, Rule
from cnncalc.spec.model import For


def check(text: Text) -> Iterator[Hit]:
    for block in text.spec.blocks.values():
        for parameter in block.parameters:
            if parameter.name not in text.inside[block.name]:
                message = f"parameter {parameter.name} of block {block.name} is never used"
                hint = f"use {parameter.name} in the body, or remove it"
                yield Hit(parameter.place, message, hint, without_parameter(text, block, parameter.name))
    for loop in text.parts():
        if isinstance(loop, For) and loop.name not in names_in(loop.body):
            place = loop.entries.text.place(loop.start, len(loop.name))
            message = f"{loop.name}, which each round has an entry of the list for, is never used"
            yield Hit(place, message, f"use {loop.name} in the rounds, or write `repeat:` with their number")


RULE = Rule(code="W102", name="unused-parameter", page=__doc__, text=check, fix="safe")
