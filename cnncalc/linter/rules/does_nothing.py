"""Report a repeat, a block or a step that has no effect.

Why: `repeat: 0` and `0 * …` build nothing, a block that contains only `identity` changes nothing, and neither does
`identity` between other steps, `dropout 0`, a pool with a window of 1 or an upsampling by 1. A variable may be 0 in one
variant; only counts that are 0 in all variants are reported.

Bad:
    - conv 64 3x3 pad=1 -> identity -> relu

Good:
    - conv 64 3x3 pad=1 -> relu

Source: pylint W0107, unnecessary-pass
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule
from cnncalc.problem import index_of
from cnncalc.spec.chain import Call, Check, Counted, Step
from cnncalc.spec.expression import Literal, SizeOf, Tree
from cnncalc.spec.model import Chain, Item, Items, Repeat


def check(text: Text) -> Iterator[Hit]:
    for block in text.spec.blocks.values():
        if "identity" not in text.spec.blocks and _only_identity(block.body):
            yield Hit(block.header.place(0, len(block.name)), f"block {block.name} has no effect: its body is identity")
    for item in text.parts():
        if isinstance(item, Repeat) and _is_zero(item.count.tree):
            yield Hit(
                item.count.text.place(), "0 iterations have no effect", "remove the repeat, or use a positive count"
            )
        elif isinstance(item, Chain):
            yield from _in_chain(item)


def _in_chain(chain: Chain) -> Iterator[Hit]:
    for step in chain.steps:
        if isinstance(step, Counted) and _is_zero(step.count.tree):
            place = chain.text.place(step.count.start, step.count.length)
            yield Hit(place, "0 iterations have no effect", "remove the step, or use a positive count")
        elif isinstance(step, Call) and (idle := _idle(step)):
            yield Hit(chain.text.place(step.start, step.length), f"{idle} has no effect", "remove it")
    if len(chain.steps) < 2:
        return
    for index, step in enumerate(chain.steps):
        if _identity(step):
            place = chain.text.place(step.start, step.length)
            yield Hit(place, "identity next to other steps has no effect", "remove it", _without(chain, index))


def _without(chain: Chain, index: int) -> Fix | None:
    """Return the fix that removes a step and one arrow from a chain on one line."""
    text, step = chain.text, chain.steps[index]
    raw = text.source.text
    start = index_of(text.place(step.start, step.length))
    if index:
        before = chain.steps[index - 1]
        begin = index_of(text.place(before.start + before.length - 1, 1)) + 1
        edit = Edit(begin, start + step.length, "")
    else:
        following = chain.steps[1]
        edit = Edit(start, index_of(text.place(following.start, 1)), "")
    plain = "\n" not in raw[edit.start : edit.end] and raw[start : start + step.length] == "identity"
    return Fix("remove identity", (edit,), safe=True) if plain else None


IDLE = {"dropout": 0, "drop_path": 0, "upsample": 1, "maxpool": 1, "avgpool": 1}
"""What the first argument of a kind is when its layer has no effect."""


def _idle(step: Call) -> str:
    """Return the step where its kind and its one argument make a layer without effect; empty for others."""
    kind = KINDS.get(step.name) or SYNONYMS.get(step.name)
    if kind is None or kind.kind not in IDLE or len(step.arguments) != 1:
        return ""
    tree = step.arguments[0].value.tree
    parts = tree.parts if isinstance(tree, SizeOf) else (tree,)
    idle = all(
        isinstance(part, Literal) and type(part.value) is int and part.value == IDLE[kind.kind] for part in parts
    )
    return f"{kind.kind} {'x'.join([str(IDLE[kind.kind])] * len(parts))}" if idle else ""


def _identity(step: Step) -> bool:
    return isinstance(step, Call) and step.name == "identity"


def _is_zero(tree: Tree) -> bool:
    return isinstance(tree, Literal) and tree.value == 0 and not isinstance(tree.value, bool)


def _only_identity(item: Item) -> bool:
    if isinstance(item, Items):
        return all(map(_only_identity, item.items))
    if not isinstance(item, Chain) or not any(map(_identity, item.steps)):
        return False
    return all(_identity(step) or isinstance(step, Check) for step in item.steps)


RULE = Rule(code="W107", name="does-nothing", page=__doc__, text=check, early=True, fix="safe")
