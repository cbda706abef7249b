"""Report a name that shadows another one.

Why: a parameter named like a layer kind or a block can never be used as a step, because kinds and blocks take
precedence. A name that is defined again in an inner list hides the outer one from a `use` or a merge there.

Bad:
    blocks:
      unit out relu: conv out 3x3 pad=1 -> relu
    layers:
      - unit 64 gelu

Good:
    blocks:
      unit out act: conv out 3x3 pad=1 -> act
    layers:
      - unit 64 gelu

Source: pylint W0621, redefined-outer-name
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.linter.mentions import Text, calls_in, names_in, written_in
from cnncalc.linter.rule import Hit, Rule
from cnncalc.spec.chain import MergeWith, Use
from cnncalc.spec.model import Block, Item, Items, Merge, Named, Parameter
from cnncalc.spec.tree import Scalar


def check(text: Text) -> Iterator[Hit]:
    for block in text.spec.blocks.values():
        heads = {call.name for call in calls_in(block.body)}
        for parameter in block.parameters:
            name = parameter.name
            kind = "a layer kind" if name in KINDS or name in SYNONYMS else ""
            what = "a block" if name in text.spec.blocks else kind
            if what and name in heads:
                message = (
                    f"{name} is {what}, so a step that starts with it never refers to the parameter of {block.name}"
                )
                yield Hit(parameter.place, message, "choose another name")
            elif name in text.spec.vars and not _is_passed(text, block, parameter):
                message = f"parameter {name} of block {block.name} shadows the variable {name}, which no call passes"
                yield Hit(parameter.place, message, f"write {name}={name}, or choose another name")
    for item in (text.spec.layers, *(block.body for block in text.spec.blocks.values())):
        yield from _hidden(item, {})


def _is_passed(text: Text, block: Block, parameter: Parameter) -> bool:
    """Return whether a call, or the default, passes the variable of the same name to a parameter."""
    name, position = parameter.name, block.parameters.index(parameter)
    if name in names_in(parameter.default):
        return True
    for call in text.calls_of(block.name):
        values = [argument.value for argument in call.arguments if argument.field == name]
        values += [argument.value for argument in call.arguments[position : position + 1] if argument.field is None]
        if name in names_in(tuple(values)):
            return True
    return False


def _hidden(item: Item, around: dict[str, Scalar]) -> Iterator[Hit]:
    """Yield the names of inner lists that shadow one of an enclosing list for a step that references it."""
    if isinstance(item, Items):
        own = {part.name.text: part.name for part in item.items if isinstance(part, Named)}
        for name, scalar in own.items():
            if name in around and _mentions(item, name):
                first = around[name].place()
                message = f"{name} shadows the {name} at {first.line}:{first.column}, which is referenced here"
                yield Hit(scalar.place(), message, "choose another name")
        inner = around | own
        for part in item.items:
            yield from _hidden(part, inner)
    elif isinstance(item, Named):
        yield from _hidden(item.item, around)
    elif isinstance(item, Merge):
        for branch in item.branches:
            yield from _hidden(branch.item, around)


def _mentions(item: Item, name: str) -> bool:
    return any(
        name == written.name.split(".")[0]
        for step in written_in(item)
        for written in ((step.path,) if isinstance(step, Use) else step.names if isinstance(step, MergeWith) else ())
    )


RULE = Rule(code="W105", name="shadowed-name", page=__doc__, text=check)
