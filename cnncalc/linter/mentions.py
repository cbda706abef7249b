"""The items, blocks and referenced names of a spec."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from cnncalc.problem import Source
from cnncalc.record import Record
from cnncalc.spec.chain import Call, MergeWith, Use, Written
from cnncalc.spec.expression import ExpressionError, Name, Path, Symbol
from cnncalc.spec.model import Block, Chain, If, Item, Spec
from cnncalc.spec.parse import parse_size
from cnncalc.spec.tree import Node as TextNode
from cnncalc.spec.tree import Scalar


class Text:
    """A spec as text rules see it."""

    def __init__(self, source: Source, root: TextNode | None, spec: Spec, reached: set[tuple[int, int]] | None) -> None:
        self.source, self.root, self.spec = source, root, spec
        self.reached = reached
        """The locations of the steps that some variant builds: (start of the scalar, offset in it); None if unknown."""

    @cached_property
    def outside(self) -> set[str]:
        """Names referenced outside of blocks: in layers, inputs, vars and variants."""
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
        """Names referenced in each block: in its body and the defaults of its parameters."""
        return {
            block.name: set(names_in((block.body, *(p.default for p in block.parameters))))
            for block in self.spec.blocks.values()
        }

    def parts(self) -> Iterator[Any]:
        """Yield every item, step and expression of layers and blocks."""
        return parts_of((self.spec.layers, *(block.body for block in self.spec.blocks.values())))

    def never_built(self, item: If) -> str:
        """Return the branch of a condition, `then` or `else`, that no variant builds; empty if unknown."""
        if self.reached is None:
            return ""
        then, otherwise = self._is_built(item.then), self._is_built(item.otherwise)
        if then is False and otherwise is not False:
            return "then"
        return "else" if otherwise is False and then else ""

    def _is_built(self, item: Item | None) -> bool | None:
        """Return whether some step of an item is built; None if it has no step that can be observed."""
        steps = [
            (part.text.start, step.start)
            for part in parts_of(item)
            if isinstance(part, Chain)
            for step in parts_of(part.steps)
            if isinstance(step, Call) and step.name != "identity"
        ]
        return any(step in (self.reached or ()) for step in steps) if steps else None

    def calls_of(self, name: str) -> Iterator[Call]:
        """Yield the calls of a block."""
        return (part for part in self.parts() if isinstance(part, Call) and part.name == name)

    def mentions_in_own_default(self, block: Block, name: str) -> bool:
        """Return whether the default of a parameter refers to the variable of its name: `unit out width=width`."""
        for parameter in block.parameters:
            if parameter.name == name:
                return parameter.default is not None and name in names_in(parameter.default)
            if parameter.default is not None and name in names_in(parameter.default):
                return True  # the parameter is not bound yet
        return False


def parts_of(thing: Any) -> Iterator[Any]:
    """Yield an item, a step or an expression, and every record inside it."""
    stack = [thing]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, Record):
            yield part
            stack.extend(part.__dict__.values())


def names_in(thing: Any) -> Iterator[str]:
    """Yield every name that an item, a step or an expression references; of a path its first part."""
    for part in parts_of(thing):
        if isinstance(part, (Name, Path, Symbol, Written)):
            yield part.name.split(".")[0]
        elif isinstance(part, Call):
            yield part.name


def calls_in(thing: Any) -> Iterator[Call]:
    """Yield every call in an item."""
    return (part for part in parts_of(thing) if isinstance(part, Call))


def written_in(thing: Any) -> Iterator[Use | MergeWith]:
    """Yield every step of an item that references earlier results."""
    return (part for part in parts_of(thing) if isinstance(part, (Use, MergeWith)))


def _names_of_shape(scalar: Scalar) -> Iterator[str]:
    try:
        yield from names_in(parse_size(scalar.text.strip()))
    except ExpressionError:
        return
