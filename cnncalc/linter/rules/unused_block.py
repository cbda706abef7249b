"""Report a block that is never called.

Why: what is never built is never checked, and a reader searches for its call in vain. Often the call has the name of
another block.

Bad:
    blocks:
      unit out: conv out 3x3 pad=1 -> relu
      wide out: conv out 5x5 pad=2 -> relu
    layers:
      - unit 64

Good:
    blocks:
      unit out: conv out 3x3 pad=1 -> relu
    layers:
      - unit 64

Source: pyflakes F841 and vulture, unused code
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.deletions import without_entry
from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule


def check(text: Text) -> Iterator[Hit]:
    blocks = text.spec.blocks
    called, found = set(), [name for name in blocks if name in text.outside]
    while found:
        name = found.pop()
        if name not in called:
            called.add(name)
            found.extend(other for other in text.inside[name] if other in blocks)
    unused = [name for name in blocks if name not in called]
    for name in unused:
        header = blocks[name].header
        callers = [other for other in blocks if other != name and name in text.inside[other]]
        by = f"only called by {', '.join(callers)}, which nothing calls" if callers else "never called"
        lead = len(header.text) - len(header.text.lstrip())
        fix = without_entry(text, "blocks", name, unused)
        yield Hit(header.place(lead, len(name)), f"block {name} is {by}", fix=fix)


RULE = Rule(code="W101", name="unused-block", page=__doc__, text=check, fix="safe")
