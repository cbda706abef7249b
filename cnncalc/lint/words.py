"""What the text of a spec says and mentions: its items, blocks and the names in its expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from cnncalc.problem import Place, Source
from cnncalc.record import Record
from cnncalc.spec.chain import Call, Written
from cnncalc.spec.expression import ExpressionError, Name, Path, Symbol, parse_size
from cnncalc.spec.model import Aux, Block, Branch, If, Item, Items, Merge, Named, Repeat, Spec
from cnncalc.spec.tree import Node as TextNode
from cnncalc.spec.tree import Scalar


class Text:
    """A spec as rules of the text look at it."""

    def __init__(self, source: Source, root: TextNode | None, spec: Spec, reached: set[tuple[int, int]] | None) -> None:
        self.source, self.root, self.spec = source, root, spec
        self.reached = reached
        """Where the steps stand that some variant builds: (start of the scalar, start in it); None: not known."""

    @cached_property
    def outside(self) -> set[str]:
        """Names mentioned outside of blocks: in layers, inputs, vars and variants."""
        spec = self.spec
        found = set(names_in(spec.layers))
        for _, given in spec.vars.values():
            found |= set(names_in(given))
        inputs = [*spec.inputs.values(), *(v.input for v in spec.variants.values() if v.input)]
        for scalar in inputs:
            found |= set(_names_of_shape(scalar))
        for variant in spec.variants.values():
            found |= set(names_in(tuple(variant.values.values())))
        return found | {output.text.split(".")[0] for output in spec.outputs}

    @cached_property
    def inside(self) -> dict[str, set[str]]:
        """Names mentioned in each block: in its body and the defaults of its parameters."""
        return {
            block.name: set(names_in((block.body, *(p.default for p in block.parameters))))
            for block in self.spec.blocks.values()
        }

    def items(self) -> Iterator[tuple[Block | None, Item]]:
        """Yield every item, and the block that it stands in."""
        yield from ((None, item) for item in every_item(self.spec.layers))
        for block in self.spec.blocks.values():
            yield from ((block, item) for item in every_item(block.body))

    def index(self, place: Place) -> int:
        """Return the index of a place in the source."""
        return index_of(place)


def index_of(place: Place) -> int:
    """Return the index of a place in its source."""
    return place.source.line_starts()[place.line - 1] + place.column - 1


def names_in(thing: Any) -> Iterator[str]:
    """Yield every name that an item, a step or an expression mentions; of a path its first part."""
    stack = [thing]
    while stack:
        part = stack.pop()
        if isinstance(part, (Name, Path, Symbol, Written)):
            yield part.name.split(".")[0]
        elif isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, Record):
            if isinstance(part, Call):
                yield part.name
            stack.extend(part.__dict__.values())


def calls_in(thing: Any) -> Iterator[Call]:
    """Yield every call in an item."""
    stack = [thing]
    while stack:
        part = stack.pop()
        if isinstance(part, Call):
            yield part
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, Record):
            stack.extend(part.__dict__.values())


def every_item(item: Item | None) -> Iterator[Item]:
    """Yield an item and those inside it."""
    if item is None:
        return
    yield item
    for inner in _inner(item):
        yield from every_item(inner)


def _inner(item: Item) -> Iterable[Item | None]:
    if isinstance(item, Items):
        return item.items
    if isinstance(item, (Named, Branch)):
        return (item.item,)
    if isinstance(item, Merge):
        return [branch.item for branch in item.branches]
    if isinstance(item, Repeat):
        return (item.body,)
    if isinstance(item, If):
        return (item.then, item.otherwise)
    return [body for _, body in item.heads] if isinstance(item, Aux) else ()


def _names_of_shape(scalar: Scalar) -> Iterator[str]:
    try:
        yield from names_in(parse_size(scalar.text.strip()))
    except ExpressionError:
        return
