"""Report a product of small numbers where a size is meant.

Why: `3*3` is 9, and one number applies to every dimension: a kernel of 9x9 with nine times the weights of 3x3.

Bad:
    - conv 64 3*3 pad=1

Good:
    - conv 64 3x3 pad=1

Source: docs/language.md, Layers and their arguments
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.expand.arguments import matched
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule
from cnncalc.problem import index_of
from cnncalc.spec.chain import Call, Part
from cnncalc.spec.expression import Arithmetic, Literal
from cnncalc.spec.model import steps_of
from cnncalc.spec.tree import Scalar

SIZES = ("kernel", "stride", "dilation", "pad", "size", "window", "factor")


def check(text: Text) -> Iterator[Hit]:
    for body in (text.spec.layers, *(block.body for block in text.spec.blocks.values())):
        for scalar, step in steps_of(body):
            if not isinstance(step, Call) or step.name in text.spec.blocks:
                continue
            kind = KINDS.get(step.name) or SYNONYMS.get(step.name)
            plan = matched(kind, step) if kind else None
            for name, part in zip(plan.names, plan.parts, strict=True) if plan else ():
                if name in SIZES and (factors := _factors(part)):
                    yield _hit(scalar, part, name, factors)


def _factors(part: Part) -> list[int]:
    """Return the factors of a value that is a plain product; none for other values."""
    tree = part.tree
    if not isinstance(tree, Arithmetic) or any(sign != "*" for sign, _ in tree.rest):
        return []
    terms = [tree.first, *(term for _, term in tree.rest)]
    numbers = [term.value for term in terms if isinstance(term, Literal) and type(term.value) is int]
    return numbers if len(numbers) == len(terms) else []


def _hit(scalar: Scalar, part: Part, name: str, factors: list[int]) -> Hit:
    product = 1
    for factor in factors:
        product *= factor
    size = "x".join(map(str, factors))
    place = scalar.place(part.start, part.length)
    start = index_of(place)
    fix = Fix(f"write {size}", (Edit(start, start + part.length, size),))
    return Hit(place, f"{name} is {product} in every dimension", f"write {size} if that is meant", fix)


RULE = Rule(code="W310", name="product-for-size", page=__doc__, text=check, early=True, fix="unsafe")
