"""Report a variable that is never used.

Why: a variant or `--set` that overrides it changes nothing. A variable that is only hidden by a block parameter of the
same name counts as unused: within the block, the parameter is meant.

Bad:
    vars: {width: 64, depth: 3}
    layers:
      - depth * conv 64 3x3 pad=1

Good:
    vars: {width: 64, depth: 3}
    layers:
      - depth * conv width 3x3 pad=1

Source: pyflakes F841, unused-variable
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.deletions import without_entry
from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule


def check(text: Text) -> Iterator[Hit]:
    mentioned = set(text.outside)
    for block in text.spec.blocks.values():
        own = {parameter.name for parameter in block.parameters}
        mentioned |= text.inside[block.name] - own
        mentioned |= {name for name in own if text.mentions_in_own_default(block, name)}
    unused = [name for name in text.spec.vars if name not in mentioned]
    for name in unused:
        scalar, _ = text.spec.vars[name]
        setters = [variant for variant, settings in text.spec.variants.items() if name in settings.values]
        also = f", although variant {setters[0]} sets it" if setters else ""
        fix = without_entry(text, "vars", name, unused)
        yield Hit(scalar.place(), f"variable {name} is never used{also}", fix=fix)


RULE = Rule(code="W103", name="unused-variable", page=__doc__, text=check, fix="safe")
