"""Report a spec without a source. Off by default, on for the library.

Why: a number can only be checked against the source it was taken from.

Bad:
    name: alexnet
    input: 227x227x3

Good:
    name: alexnet
    source: Krizhevsky et al. 2012, NIPS 25, figure 2
    input: 227x227x3

Source: cnncalc's own library
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule
from cnncalc.problem import Place
from cnncalc.spec.tree import Mapping


def check(text: Text) -> Iterator[Hit]:
    spec = text.spec
    hint = "source: authors, year, title, where"
    for name, variant in spec.variants.items():
        if not spec.text_of("source", variant):
            yield Hit(variant.name.place(), f"variant {name} has no source", hint)
    if not spec.variants and not spec.text_of("source"):
        first = text.root.pairs[0][0].place() if isinstance(text.root, Mapping) else Place(text.source, 1, 1)
        yield Hit(first, "the spec has no source", hint)


RULE = Rule(code="W410", name="no-source", page=__doc__, text=check, default=False)
