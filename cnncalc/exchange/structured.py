"""The layers of a spec as one writes them: blocks, named items, branches, repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cnncalc.exchange.blocks import Block, Outline, Position, outline, slots_of
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.names import free_name, plain_name
from cnncalc.exchange.series import Branch, Element, Head, Merge, Scope, Step
from cnncalc.layers import KIND_OF, KINDS
from cnncalc.spec.values import KEYWORDS

WIDTH = 110
SHORT = 76
"""Characters of a merge in one line."""
PERIOD = 4
"""Steps or items of a round that is found again."""
NOWHERE = -1
T = TypeVar("T")


def structured(graph: Graph) -> list[str]:
    """Return the blocks and layers of a spec."""
    found = outline(graph)
    names = _Names(found)
    lines = []
    if found.blocks:
        lines += ["", "blocks:"]
        for number, block in enumerate(found.blocks):
            rows = _block(found, names, block)
            above = [""] if number and (len(rows) > 1 or lines[-1][:3] == "   ") else []
            lines += [*above, *rows]
        lines.append("")
    return [*lines, "layers:", *_layers(found, names), *([""] if found.blocks else [])]


@dataclass(slots=True, eq=False)
class Item:
    """A line, or a name with lines below it; of a name with one line below it, both are one line."""

    name: str = ""
    source_name: str = ""  # what the source calls it
    elements: list[Element] = field(default_factory=list)
    below: list[Item] = field(default_factory=list)
    above: Item | None = None

    @property
    def exit(self) -> int:
        return self.below[-1].exit if self.below else self.elements[-1].exit

    @property
    def is_head(self) -> bool:
        return bool(self.elements) and isinstance(self.elements[0], Head)

    @property
    def ends_name(self) -> bool:
        """Whether the name above, or one further up, is that of this result too."""
        above = self.above
        return above is not None and above.below[-1] is self and (bool(above.name) or above.ends_name)

    @property
    def path(self) -> list[Item]:
        return [*(self.above.path if self.above else ()), self]


class Unnamed(Exception):  # noqa: N818  # it is no error of a user
    """A result inside of branches is read from outside of them, where it has no name."""


class _Names:
    """What is referred to, and the names of it all."""

    def __init__(self, found: Outline) -> None:
        self.found = found
        self.series = found.series
        self.paths = {node.path for node in self.series.nodes}
        self.start = next(iter(self.series.inputs.values())) if len(self.series.inputs) == 1 else NOWHERE
        self.inputs = {index: "input" if self.start == index else name for name, index in self.series.inputs.items()}
        self.referenced: set[int] = set()  # results that the layers of the network refer to
        self.alone: set[int] = set()  # layers whose weights are used again
        self.block_names: dict[tuple[str, Position], str] = {}
        for block in found.blocks:
            self._collect(block.body.body, block.body.entry, block)
        self._collect(self.series.elements, self.start, None)
        for block in found.blocks:
            taken = {*KINDS, *KEYWORDS, *block.reads, *(parameter.name for parameter in block.parameters)}
            for position, element in found.walk(block.body.body):
                if position in block.named:
                    source_name = self._source_name(element)
                    self.block_names[block.key, position] = (
                        free_name(source_name, taken) if source_name else _counted("y", taken)
                    )
        one = list(self.series.outputs) == ["output"]
        self.referenced |= set(() if one else self.series.outputs.values())
        heads = {node.aux for node in self.series.nodes if node.aux}
        blocks = {block.name for block in found.blocks}
        outputs = {} if one else {index: name for name, index in self.series.outputs.items()}
        self.taken = {*self.series.inputs, *outputs.values(), *heads, *blocks, *KINDS, *KEYWORDS}
        end = self.series.outputs.get("output")
        if end is not None and end != self._last():
            self.referenced.add(end)
        self.items = self._items(self.series.elements, None)
        self.item_of = {item.exit: item for item in self._all(self.items) if not (item.below or item.is_head)}
        self._give_names(self.items, self.taken, outputs)
        self.inner = {  # results in branches and side heads of the network itself
            index: _counted("z", self.taken)
            for index in sorted(self.referenced | self.alone)
            if index not in self.item_of
        }

    def _last(self) -> int:
        main = [element for element in self.series.elements if not isinstance(element, Head)]
        return main[-1].exit if main else self.start

    def _give_names(self, items: list[Item], above: set[str], outputs: dict[int, str]) -> None:
        """Name items; names that are seen from a line are unique."""
        taken = set(above)
        for item in items:
            index = item.exit
            if item.is_head:
                continue
            if item.above is None and index in outputs:
                item.name = outputs[index]
            elif item.source_name:
                item.name = free_name(item.source_name, taken)
            elif index in self.alone or (index in self.referenced and not item.below and not item.ends_name):
                item.name = _counted("y", taken)
        given = {item.name for item in items}
        for item in items:
            if not item.name and given & self._exposed(item):
                item.name = _counted("y", taken)
            self._give_names(item.below, taken, {})

    def _exposed(self, item: Item) -> set[str]:
        """Return the names in the blocks that an item calls: without a name of its own they stand in its level."""
        called = {call[0].key for element in item.elements if (call := self.found.call(element))}
        return {name for (key, _), name in self.block_names.items() if key in called}

    def _all(self, items: list[Item]) -> Iterator[Item]:
        for item in items:
            yield item
            yield from self._all(item.below)

    def _collect(self, body: Sequence[Element], entry: int, block: Block | None) -> None:
        """Note what a body refers to: in the network itself, or in a block."""
        for _, at, index in self.found.references(body, entry):
            if at == -2:
                self.alone.add(index)
            found = self.found.find(body, index)
            if found is None:
                continue
            for owner, position in found[1:]:
                if owner is not None:
                    owner.named.add(position)
            if block is not None:
                block.named.add(found[0][1])
            else:
                self.referenced.add(self._element(body, found[0][1]).exit)

    def _element(self, body: Sequence[Element], position: Position) -> Element:
        return next(element for at, element in self.found.walk(body) if at == position)

    # The layers of the network as items.

    def _items(self, elements: Sequence[Element], above: Item | None) -> list[Item]:
        items: list[Item] = []
        chain: list[Element] = []

        def flush() -> None:
            if chain:
                items.append(Item(source_name=chain_name[0], elements=list(chain), above=above))
                chain.clear()
            chain_name[0] = ""

        chain_name = [""]
        for element in self._shown(elements):
            if isinstance(element, Scope) and self.found.call(element) is None:
                flush()
                item = Item(source_name=_usable(element.name), above=above)
                item.below = self._items(element.body, item)
                items.append(item)
                continue
            source_name = self._source_name(element)
            broken = len(chain) > 2 and not chain_name[0] and self._shrinks(element)
            if isinstance(element, Head) or element.exit in self.alone or source_name or broken:
                flush()
            chain.append(element)
            chain_name[0] = chain_name[0] or source_name
            if isinstance(element, (Head, Merge)) or element.exit in self.referenced or element.exit in self.alone:
                flush()
        flush()
        return items

    def _shown(self, elements: Sequence[Element]) -> Iterator[Element]:
        """Yield elements, and scopes with a name that are no calls as they are."""
        for element in elements:
            if isinstance(element, Scope) and self.found.call(element) is None:
                inside = list(self.found.effective(element.body))
                if not _usable(element.name) or (len(inside) < 2 and not isinstance(inside[0], Merge)):
                    yield from self._shown(element.body)
                    continue
            yield element

    def _source_name(self, element: Element) -> str:
        """Return the name that the source has for an element, where it stands for it alone."""
        if isinstance(element, Step):
            notable = element.node.layer.weighted or element.node.kind.endswith("pool")
            plain = _usable(element.name, KINDS)
            return plain if notable and not self._counted(element) else ""
        if isinstance(element, Scope):
            if element.path:
                return _usable(element.name)
            return next((self._source_name(step) for step in element.body if _is_weighted(step)), "")
        return ""

    def _counted(self, step: Step) -> bool:
        """Judge whether a name is that of a kind, counted from the first without a number: conv, conv2."""
        kind = step.node.kind
        around = step.node.path.rpartition(".")[0]
        return f"{around}.{kind}".lstrip(".") in self.paths and re.fullmatch(rf"{kind}\d+", step.name) is not None

    def _shrinks(self, element: Element) -> bool:
        nodes = self.series.nodes
        before, after = nodes[element.entry].y, nodes[element.exit].y
        return len(before.sides) == len(after.sides) > 0 and min(after.sides) < min(before.sides)

    # References.

    def used(self, block: Block | None) -> set[str]:
        """Return the names that references in a block, or in the layers of the network, may have."""
        if block is None:
            return {item.name for item in self._all(self.items)} | {*self.inner.values(), *self.series.inputs}
        own = {name for (key, _), name in self.block_names.items() if key == block.key}
        return {*own, *block.reads, *(parameter.name for parameter in block.parameters)}

    def of(self, index: int, block: Block | None, here: Item | None, *, alone: bool = False) -> str:
        """Return the name of a result, in a block or in the line of an item; `alone` that of its layer."""
        if block is not None:
            scope = block.body
            if index == scope.entry:
                return "input"
            outside = self.found.reads(scope)
            if index in outside:
                return block.reads[outside.index(index)]
            found = self.found.find(scope.body, index) or []
            return ".".join(self.block_names[(owner or block).key, position] for owner, position in found)
        if index in self.inputs:
            return self.inputs[index]
        if index in self.inner:
            return self.inner[index]
        found = self.found.find(self.series.elements, index) or []
        outer = self._element(self.series.elements, found[0][1])
        item = self.item_of.get(outer.exit)
        if item is None:
            raise Unnamed
        path, own = item.path, here.path if here else []
        whole = not alone and len(found) == 1  # not a part of what the item's block has named
        while whole and len(path) > 1 and path[-2].exit == item.exit and path[-2] not in own and path[-2].name:
            path = path[:-1]
        common = sum(1 for a, b in zip(path[:-1], own, strict=False) if a is b)
        names = [each.name for each in path[common:] if each.name]
        return ".".join([*names, *(self.block_names[owner.key, at] for owner, at in found[1:] if owner)])


def _counted(stem: str, taken: set[str]) -> str:
    """Return a name with the first number that is free."""
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return free_name(f"{stem}{number}", taken)


def _is_weighted(element: Element) -> bool:
    return isinstance(element, Step) and element.node.layer.weighted


def _usable(name: str, kinds: Collection[str] = KIND_OF) -> str:
    """Return what the source calls something, where it says more than a number or a kind."""
    plain = plain_name(name)
    if re.fullmatch(r"\w+_\w+[123]d(_\d+)?", plain):  # a function of PyTorch, such as max_pool2d
        return ""
    return "" if not plain or plain.isdigit() or plain in KEYWORDS or plain in kinds else plain


# Lines.


def _block(found: Outline, names: _Names, block: Block) -> list[str]:
    parameters = [parameter.written for parameter in block.parameters]
    needed = [word for word, each in zip(parameters, block.parameters, strict=True) if each.default is None]
    optional = [word for word, each in zip(parameters, block.parameters, strict=True) if each.default is not None]
    header = " ".join([block.name, *needed, *block.reads, *optional])
    lines = _Lines(found, names, block)
    items = lines.series(block.body.body, block.body.entry, ())
    if len(items) == 1 and len(items[0]) == 1 and ":" not in items[0][0] and len(header + items[0][0]) + 4 <= WIDTH:
        return [f"  {header}: {items[0][0]}"]
    return [f"  {header}:", *_listed(items, 4)]


def _layers(found: Outline, names: _Names) -> list[str]:
    lines = _Lines(found, names, None)
    current = [names.start]
    rendered = _rendered(lines, names.items, current)
    items = _folded_items(rendered)
    for name, index in names.series.outputs.items():
        if list(names.series.outputs) == ["output"]:
            if index != current[0]:
                items.append([f"use {names.of(index, None, None)}"])
        elif name not in {item.name for item in names.items}:
            items.append([f"{name}: use {names.of(index, None, None)}"])
    return _listed(items or [["identity"]], 2)


def _rendered(lines: _Lines, items: list[Item], current: list[int]) -> list[list[str]]:
    """Render items, and follow the volume."""
    found: list[list[str]] = []
    for item in items:
        if item.below:
            inner = _folded_items(_rendered(lines, item.below, current))
            if not item.name:
                found += inner
            else:
                found.append(_named(item.name, inner, lines.shape(item.exit)))
            continue
        lines.here = item
        inner = lines.items(item.elements, current[0], ())
        if item.is_head:
            found += inner
            continue
        current[0] = item.exit
        # A check would be made again with the weights, on volumes of other sizes.
        shape = "" if item.exit in lines.names.alone else lines.shape(item.exit)
        found += [_named(item.name, inner, shape)] if item.name else inner
    return found


def _named(name: str, items: list[list[str]], shape: str) -> list[str]:
    """Return a name with items below it, in one line where there is one, with the shape at its end."""
    if len(items) == 1 and len(items[0]) == 1:
        (only,) = items[0]
        if ": " in only:  # a merge in one line, or a name
            return [f"{name}: {{{only}}}"] if only.endswith("]") else [f"{name}:", f"  - {only}"]
        checked = f"{only} -> {shape}" if shape and len(name) + len(only) + len(shape) < WIDTH else only
        return [f"{name}: {checked}"]
    return [f"{name}:", *_listed(items, 2)]


def _listed(items: list[list[str]], indent: int) -> list[str]:
    space = " " * indent
    return [
        f"{space}- {line}" if number == 0 else f"{space}  {line}" for item in items for number, line in enumerate(item)
    ]


class _Lines:
    """Writes elements of a block, or of the network itself."""

    def __init__(self, found: Outline, names: _Names, block: Block | None) -> None:
        self.found, self.names, self.block = found, names, block
        self.nodes = found.series.nodes
        self.here: Item | None = None

    def shape(self, index: int) -> str:
        """Return the shape to check behind a named item; that of a vector says nothing new."""
        y = self.nodes[index].y
        return str(y) if y.sides else ""

    def series(self, body: Sequence[Element], entry: int, around: Position) -> list[list[str]]:
        """Return the items of a body."""
        return self.items(list(self.found.effective(body)), entry, around)

    def items(self, elements: Sequence[Element], entry: int, around: Position) -> list[list[str]]:
        """Return items: chains as long as a line, merges with branches below them."""
        items: list[list[str]] = []
        chain: list[str] = []
        current = entry

        def flush(name: str = "") -> None:
            if not chain:
                return
            folded = folded_steps(chain)
            rows: list[list[str]] = [[]]
            for step in folded:
                if rows[-1] and sum(len(each) + 4 for each in rows[-1]) + len(step) > WIDTH - 6:
                    rows.append([])
                rows[-1].append(step)
            texts = [" -> ".join(row) for row in rows]
            chain.clear()
            if name:
                items.append(_named(name, [[text] for text in texts], ""))
            else:
                items.extend([text] for text in texts)

        for number, element in enumerate(elements):
            position = (*around, number)
            if self.block:
                name = self.names.block_names.get((self.block.key, position), "")
            else:
                name = self.names.inner.get(element.exit, "") if around else ""
            if name and element.exit in self.names.alone and self.block is None:
                flush()
            if isinstance(element, Head):
                flush()
                items.append(self.head(element, current))
                continue
            if element.entry != current:
                flush()
                chain.append(f"use {self.name(element.entry)}")
            if isinstance(element, Merge):
                flush()
                merged = self.merge(element, position)
                items.append(_named(name, [merged], "") if name else merged)
            else:
                chain.append(self.step(element, position))
            if name:
                flush(name)
            current = element.exit
        flush()
        return items if around or self.block is None else _folded_items(items)

    def name(self, index: int) -> str:
        return self.names.of(index, self.block, self.here)

    def head(self, head: Head, current: int) -> list[str]:
        items = self.series(head.body, current, (0,))
        named = _named(head.name, items, "")
        return ["aux:", *(f"  {line}" for line in named)]

    def step(self, element: Element, position: Position) -> str:
        """Return a layer or a call as a step of a chain."""
        if isinstance(element, Scope):
            return self.call(element, position)
        assert isinstance(element, Step)
        if element.node.shares is not None:
            return f"again {self.names.of(element.node.shares, self.block, self.here, alone=True)}"
        layer = element.node.layer
        _, slots = slots_of(layer, 0)
        texts: dict[str, str | None] = {slot.name: None if slot.is_default else slot.text for slot in slots}
        if self.block is not None:
            texts = {name: self.block.expressions[position, name] for name in texts}
        words = [layer.kind]
        optional = []
        first = next(iter(layer.fields), "")
        for name, declared in layer.fields.items():
            if name in texts:
                text = texts[name]
            else:
                value = layer.__dict__[name]
                default = value is None or (not declared.required and value == layer.default(name))
                text = None if default else declared.type.write(value)
            if declared.required:
                words.append(text or declared.type.write(layer.__dict__[name]))
            elif text is not None:
                optional.append(text if name == first and not element.refs else f"{name}={text}")
        return " ".join([*words, *map(self.name, element.refs), *optional])

    def call(self, scope: Scope, position: Position) -> str:
        block, at = self.found.calls[id(scope)]
        words, optional = [block.name], []
        for parameter in block.parameters:
            slot = parameter.slots[at]
            text: str | None = None if slot.text == parameter.default else slot.text
            if self.block is not None:
                text = self.block.expressions[position, parameter.name]
            if parameter.default is None:
                words.append(text or slot.text)
            elif text is not None:
                optional.append(f"{parameter.name}={text}")
        return " ".join([*words, *map(self.name, self.found.reads(scope)), *optional])

    def merge(self, merge: Merge, position: Position) -> list[str]:
        """Return a merge with its branches below it, or in one line where they are short."""
        choice = self.block.choice if self.block else None
        branches: list[tuple[str, list[list[str]]]] = []
        for number, branch in enumerate(merge.branches):
            items = self.branch(merge, branch, (*position, number))
            if choice and choice.position == position and number == len(merge.branches) - 1:
                items = [_choice(choice.condition, items)]
            branches.append((branch.name, items))
        one_line = all(len(items) == 1 and len(items[0]) == 1 for _, items in branches)
        if one_line:
            texts = [items[0][0] for _, items in branches]
            line = f"{merge.node.kind}: [{', '.join(texts)}]"
            plain = not any(sign in text for text in texts for sign in ",[]{}:#")
            if len(line) <= SHORT and plain:
                return [line]
        names = _branch_names(merge, [name for name, _ in branches], self.names.used(self.block))
        found = [f"{merge.node.kind}:"]
        for name, (_, items) in zip(names, branches, strict=True):
            found += [f"  {line}" for line in _named(name, items, "")]
        return found

    def branch(self, merge: Merge, branch: Branch, around: Position) -> list[list[str]]:
        if not branch.body:
            return [["identity" if branch.source == merge.entry else f"use {self.name(branch.source)}"]]
        return self.series(branch.body, merge.entry, around)


def _choice(condition: str, items: list[list[str]]) -> list[str]:
    one = len(items) == 1 and len(items[0]) == 1
    then = [f"then: {items[0][0]}"] if one else ["then:", *_listed(items, 2)]
    return [f"if: {condition}", *then, "else: identity"]


def _branch_names(merge: Merge, source_names: list[str], used: Collection[str]) -> list[str]:
    """Return names for branches: those of the source, or what they are; a name that is used means something else."""
    identity = [not branch.body for branch in merge.branches]
    taken = {*used}
    names = []
    for number, source_name in enumerate(source_names):
        usual = (
            "skip"
            if identity[number] or (merge.node.kind == "add" and number and not source_name)
            else f"b{number + 1}"
        )
        if merge.node.kind == "add" and number == 0 and not identity[0]:
            usual = "body"
        names.append(free_name(plain_name(source_name) or usual, taken))
    return names


def step_writer(found: Outline, block: Block | None) -> Callable[[Element, Position], str]:
    """Return what writes a layer or a call as the step of a chain, in a block or in the network itself."""
    return _Lines(found, _Names(found), block).step


def item_names(found: Outline) -> dict[int, str]:
    """Return the name of each line of the layers by the result that it ends with; lines without one have ""."""
    names = _Names(found)
    return {index: ".".join(each.name for each in item.path if each.name) for index, item in names.item_of.items()}


# Rounds.


def folded_steps(steps: list[str]) -> list[str]:
    """Return steps with equal ones that stand together as one with a count."""
    found = []
    for count, part in _rounds(steps):
        text = part[0] if len(part) == 1 else f"({' -> '.join(part)})"
        found += [f"{count} * {text}"] if count > 1 else part
    return found


def _folded_items(items: list[list[str]]) -> list[list[str]]:
    found = []
    for count, part in _rounds(items):
        if count == 1:
            found += part
        elif len(part) == 1 and len(part[0]) == 1 and ":" not in part[0][0]:
            step = part[0][0]
            found.append([f"{count} * ({step})" if " -> " in step or " * " in step else f"{count} * {step}"])
        else:
            found.append([f"repeat: {count}", "layers:", *_listed(part, 2)])
    return found


def _rounds(parts: list[T]) -> Iterator[tuple[int, list[T]]]:
    """Yield how often parts follow each other, and the parts of one round."""
    at = 0
    while at < len(parts):
        best = (1, 1)
        for period in range(1, PERIOD + 1):
            rounds = 1
            while parts[at : at + period] == parts[at + period * rounds : at + period * (rounds + 1)]:
                rounds += 1
            if rounds > 1 and rounds * period > best[0] * best[1]:
                best = rounds, period
        rounds, period = best
        yield rounds, parts[at : at + period]
        at += rounds * period


__all__ = ["folded_steps", "item_names", "step_writer", "structured"]
