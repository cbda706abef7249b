"""The block finder: what a network has more than once becomes a block with parameters.

Scopes whose elements are alike but for numbers are one block; numbers that differ become its parameters, or follow from
these. A residual block with a projection and one without are one block with a condition. Where the source has no
scopes, a convolution with its normalisation and activation is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import TypeAlias

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.parameters import ORDER, Parameter, Parameters, Size, Slot, Unexpressed
from cnncalc.exchange.series import Branch, Element, Head, Merge, Scope, Series, Step, series_of
from cnncalc.layers import KIND_OF
from cnncalc.layers.activation import Activation, Prelu
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Ends, Value
from cnncalc.layers.norm import Normalisation
from cnncalc.network.network import Node
from cnncalc.spec.values import KEYWORDS

Position: TypeAlias = tuple[int, ...]
"""Where an element is in a block: its number, and inside of merges the numbers of the branch and in it."""
Key: TypeAlias = tuple[Hashable, ...]

SHORTCUT = 3
"""Elements of a projection beside a residual path."""
ROUNDS = 8
"""How often blocks are found again without those that turned out to be called once."""
CONTAINERS = ("sequential", "module_list", "module_dict", "module", "functional")
"""Classes that say nothing of what is in them."""
ABBREVIATED = {
    "adaptive_avgpool": "pool",
    "avgpool": "pool",
    "batchnorm": "bn",
    "conv_transpose": "up",
    "global_avgpool": "pool",
    "groupnorm": "gn",
    "layernorm": "ln",
    "leaky_relu": "leaky",
    "linear": "fc",
    "maxpool": "pool",
}


@dataclass(slots=True, eq=False)
class Choice:
    """The shortcut of a residual block: it is a projection where a condition holds, else the volume itself."""

    position: Position  # of the merge
    condition: str


@dataclass(slots=True, eq=False)
class Block:
    """A part of a network with a name and parameters; `instances` are the scopes that it stands for."""

    key: str
    instances: list[Scope]
    template: int  # the instance that has every step
    parameters: list[Parameter]
    reads: list[str]  # names for results of the caller that it reads
    expressions: dict[tuple[Position, str], str | None]
    choice: Choice | None = None
    name: str = ""
    named: set[Position] = field(default_factory=set)  # elements that something refers to

    @property
    def body(self) -> Scope:
        return self.instances[self.template]


@dataclass(slots=True)
class Outline:
    """A network as one writes it: elements, of which scopes with a block are calls, and the blocks in order."""

    series: Series
    blocks: list[Block]
    calls: dict[int, tuple[Block, int]]  # by the id of a scope: its block, and which instance it is

    def call(self, element: Element) -> tuple[Block, int] | None:
        return self.calls.get(id(element))

    def effective(self, elements: Iterable[Element]) -> Iterator[Element]:
        """Yield elements as a block has them: scopes that are no calls are their elements."""
        for element in elements:
            if isinstance(element, Scope) and id(element) not in self.calls:
                yield from self.effective(element.body)
            else:
                yield element

    def walk(self, elements: Iterable[Element], around: Position = ()) -> Iterator[tuple[Position, Element]]:
        """Yield the elements of a body with their positions, those in branches and side heads too."""
        for number, element in enumerate(self.effective(elements)):
            position = (*around, number)
            yield position, element
            if isinstance(element, Merge):
                for at, branch in enumerate(element.branches):
                    yield from self.walk(branch.body, (*position, at))
            elif isinstance(element, Head):
                yield from self.walk(element.body, (*position, 0))

    def reads(self, scope: Scope) -> list[int]:
        """Return the results outside of a scope that it reads by name, in order."""
        found: dict[int, None] = {}
        for _, _, index in self.references(scope.body, scope.entry):
            if index < scope.first and index != scope.entry:
                found[index] = None
        return list(found)

    def references(self, elements: Sequence[Element], entry: int) -> Iterator[tuple[Element, int, int]]:
        """Yield what elements read that does not flow into them: the element, which of its reads, the node."""
        current = entry
        for element in self.effective(elements):
            if element.entry != current and not isinstance(element, Head):
                yield element, -1, element.entry
            if isinstance(element, Step):
                for at, index in enumerate(element.refs):
                    yield element, at, index
                if element.node.shares is not None:
                    yield element, -2, element.node.shares
            elif isinstance(element, Merge):
                for branch in element.branches:
                    if not branch.body and branch.source != element.entry:
                        yield element, -1, branch.source
                    yield from self.references(branch.body, element.entry)
            elif isinstance(element, Scope):
                for at, index in enumerate(self.reads(element)):
                    yield element, at, index
            else:  # a side head leaves the volume as it is
                yield from self.references(element.body, current)
                continue
            current = element.exit

    def find(self, elements: Sequence[Element], index: int) -> list[tuple[Block | None, Position]] | None:
        """Return where the result of a node is: a position, then for each call that it is in the position there."""
        for position, element in self.walk(elements):
            if not isinstance(element, Head) and element.exit == index:
                return [(None, position)]
            if isinstance(element, Scope) and element.first <= index < element.exit:
                block, _ = self.calls[id(element)]
                inner = self.find(element.body, index)
                return None if inner is None else [(None, position), (block, inner[0][1]), *inner[1:]]
        return None


def outline(graph: Graph, *, motifs: bool = True) -> Outline:
    """Find the blocks of a graph; without `motifs` only those that its paths have."""
    left_out: set[str] = set()
    for _ in range(ROUNDS):
        finder = _Finder(series_of(graph), motifs, left_out)
        found = finder.find()
        superfluous = finder.called_once(found)
        if not superfluous:
            break
        left_out |= superfluous
    _name_blocks(found)
    return found


@dataclass(slots=True)
class _Signature:
    """What is alike in all instances of a block, and what differs."""

    scope: Scope
    key: Key
    slots: list[tuple[Position, str, Slot]]
    shortcut: Merge | None = None
    at: Position = ()
    shortcut_key: Key | None = None  # None: the volume itself
    shortcut_slots: list[tuple[Position, str, Slot]] = field(default_factory=list)


class _Finder:
    """One search for blocks, without those left out."""

    def __init__(self, series: Series, motifs: bool, left_out: set[str]) -> None:
        self.series, self.left_out = series, left_out
        self.outline = Outline(series, [], {})
        self.tied = {node.shares for node in series.nodes if node.shares is not None}
        self.tied |= {node.index for node in series.nodes if node.shares is not None}
        if motifs:
            series.elements = _with_motifs(series.elements, top=True)

    def find(self) -> Outline:
        """Find the blocks from the innermost scopes outwards."""
        levels: dict[int, list[Scope]] = {}
        _heights(self.series.elements, levels)
        for height in sorted(levels):
            groups: dict[Key, list[_Signature]] = {}
            for scope in levels[height]:
                if self._may_be_block(scope):
                    signature = self._signature(scope)
                    groups.setdefault(signature.key, []).append(signature)
            for group in groups.values():
                self._decide(group)
        return self.outline

    def _may_be_block(self, scope: Scope) -> bool:
        elements = [element for _, element in self.outline.walk(scope.body)]
        if any(isinstance(element, Head) for element in elements) or len(elements) < 2:
            return False
        if self.tied and any(index in self.tied for index in range(scope.first, scope.exit + 1)):
            return False
        calls = [self.outline.call(element) for element in elements]
        blocks = [call[0] for call in calls if call]
        follows = all(b.entry == a.exit for a, b in pairwise(self.outline.effective(scope.body)))
        if len(blocks) < len(calls) or not follows:
            return True
        summed = ("add", "concat")
        return not any(a is b or _merging(a, summed) or _merging(b, summed) for a, b in pairwise(blocks))  # no stages

    def _decide(self, group: list[_Signature]) -> None:
        """Make a block of signatures with one key, or one of those with each kind of shortcut."""
        by_shortcut: dict[Key | None, list[_Signature]] = {}
        for signature in group:
            by_shortcut.setdefault(signature.shortcut_key, []).append(signature)
        if len(by_shortcut) == 2 and None in by_shortcut and self._block(group):
            return
        for alike in by_shortcut.values():
            if len(alike) > 1:
                self._block(alike)

    def _block(self, group: list[_Signature]) -> bool:
        """Make a block of signatures, unless it is left out or a shortcut's steps do not follow from parameters."""
        projected = [signature.shortcut_key is not None for signature in group]
        template = projected.index(True) if any(projected) else 0
        mixed = any(projected) and not all(projected)
        whole = group[template]
        key = _digest((whole.key, whole.shortcut_key, mixed))
        if key in self.left_out or (not mixed and len(group) < 2):
            return False
        kinds = {node.kind for node in _nodes(whole.scope.body)}
        parameters = Parameters([self.series.nodes[each.scope.entry].y.channels for each in group], kinds)
        columns: list[tuple[tuple[Position, str], list[Slot | None]]] = []
        for number, (position, name, _) in enumerate(whole.slots):
            columns.append(((position, name), [signature.slots[number][2] for signature in group]))
        for number, (position, name, _) in enumerate(whole.shortcut_slots):
            column = [s.shortcut_slots[number][2] if s.shortcut_key is not None else None for s in group]
            columns.append(((position, name), column))
        expressions: dict[tuple[Position, str], str | None] = {}
        try:
            for where, column in sorted(columns, key=lambda each: (None in each[1], _order(each[0][1]))):
                expressions[where] = parameters.expression(column)
        except Unexpressed:
            return False
        choice = self._choice(group, projected, parameters) if mixed else None
        reads = self.outline.reads(whole.scope)
        names = _read_names(len(reads), {parameter.name for parameter in parameters.found})
        scopes = [signature.scope for signature in group]
        block = Block(key, scopes, template, parameters.header(), names, expressions, choice)
        self.outline.blocks.append(block)
        self.outline.calls.update((id(scope), (block, at)) for at, scope in enumerate(scopes))
        return True

    def _choice(self, group: list[_Signature], projected: list[bool], parameters: Parameters) -> Choice:
        """Return when a block has a projection: by the stride and the channels if these decide, else by a parameter."""
        nodes = self.series.nodes
        merges = [signature.shortcut for signature in group]
        into = [nodes[merge.entry].y.channels for merge in merges if merge]
        out = [merge.node.y.channels for merge in merges if merge]
        expected = parameters.expression([Slot("out", str(n), n, c) for n, c in zip(out, into, strict=True)])
        position = group[0].at
        differ = [a != b for a, b in zip(into, out, strict=True)]
        if differ == projected:
            return Choice(position, f"channels != {expected}")
        for parameter in parameters.found:
            if parameter.name.startswith("stride"):
                strided = [slot.text != "1" for slot in parameter.slots]
                whole = all(isinstance(slot.number, tuple) and len(set(slot.number)) == 1 for slot in parameter.slots)
                name = parameter.name if whole else f"max({parameter.name})"
                if strided == projected:
                    return Choice(position, f"{name} > 1")
                if [a or b for a, b in zip(strided, differ, strict=True)] == projected:
                    return Choice(position, f"{name} > 1 or channels != {expected}")
        slots: list[Slot | None] = [Slot("project", "yes" if each else "no") for each in projected]
        return Choice(position, parameters.expression(slots) or "")

    def called_once(self, found: Outline) -> set[str]:
        """Return the keys of blocks that are not worth a name: written once, or short and written twice."""
        written: Counter[str] = Counter()
        bodies = [found.series.elements, *(block.body.body for block in found.blocks)]
        for body in bodies:
            for _, element in found.walk(body):
                if call := found.call(element):
                    written[call[0].key] += 1
        superfluous = set()
        for block in found.blocks:
            elements = [element for _, element in found.walk(block.body.body)]
            merges = any(isinstance(element, Merge) for element in elements)
            if written[block.key] < (2 if merges or block.body.path else 3):
                superfluous.add(block.key)
        return superfluous

    # What is alike.

    def _signature(self, scope: Scope) -> _Signature:
        found = _Signature(scope, (), [])
        places = {element.exit: at for at, element in self.outline.walk(scope.body)}
        outside = {index: number for number, index in enumerate(self.outline.reads(scope))}

        def code(index: int) -> Hashable:
            if index == scope.entry:
                return "input"
            if index in outside:
                return outside[index]
            if index in places:
                return places[index]
            inside = self.outline.find(scope.body, index)
            return tuple(position for _, position in inside) if inside else index

        found.key = self._key(scope.body, scope.entry, (), found, code)
        return found

    def _key(
        self, body: Sequence[Element], entry: int, around: Position, found: _Signature, code: Callable[[int], Hashable]
    ) -> Key:
        """Return what is alike in a series, and add what may differ to the signature."""
        key: list[Hashable] = []
        current = entry
        for number, element in enumerate(self.outline.effective(body)):
            position = (*around, number)
            flow = "" if element.entry == current else code(element.entry)
            if isinstance(element, Step):
                node = element.node
                fixed, slots = slots_of(node.layer, node.x[0].channels)
                found.slots.extend((position, slot.name, slot) for slot in slots)
                key.append((node.kind, len(node.x[0].sides), flow, *map(code, element.refs), *fixed))
            elif isinstance(element, Merge):
                key.append((element.node.kind, flow, *self._branches(element, position, found, code)))
            elif isinstance(element, Scope):
                block, at = self.outline.calls[id(element)]
                channels = self.series.nodes[element.entry].y.channels
                for parameter in block.parameters:
                    slot = parameter.slots[at]
                    is_default = parameter.default == slot.text
                    own = Slot(parameter.name, slot.text, slot.number, channels, is_default)
                    found.slots.append((position, parameter.name, own))
                key.append(("call", block.key, flow, *map(code, self.outline.reads(element))))
            current = element.exit
        return tuple(key)

    def _branches(
        self, merge: Merge, position: Position, found: _Signature, code: Callable[[int], Hashable]
    ) -> Iterator[Hashable]:
        shortcut = None if found.shortcut or len(position) > 1 else self._shortcut(merge)
        for number, branch in enumerate(merge.branches):
            if number == shortcut:
                found.shortcut, found.at = merge, position
                if branch.body:
                    aside = _Signature(found.scope, (), [], shortcut=merge)
                    found.shortcut_key = self._key(branch.body, merge.entry, (*position, number), aside, code)
                    found.shortcut_slots = aside.slots
                yield "shortcut"
                continue
            source = code(branch.source) if not branch.body and branch.source != merge.entry else ""
            yield source, self._key(branch.body, merge.entry, (*position, number), found, code)

    def _shortcut(self, merge: Merge) -> int | None:
        """Return which branch of a residual sum is the shortcut, the last one if any."""
        if merge.node.kind != "add" or len(merge.branches) != 2:
            return None
        main, last = merge.branches
        if last.source != merge.entry or main.source != merge.entry or not main.body:
            return None
        if any(isinstance(element, Merge) for _, element in self.outline.walk(last.body)):
            return None
        aside, along = (sum(1 for _ in _nodes(branch.body)) for branch in (last, main))
        return 1 if aside <= SHORTCUT and aside < along else None


def slots_of(layer: Layer, channels: int) -> tuple[list[Hashable], list[Slot]]:
    """Return the fields of a layer: those that are equal in all instances of a block, and those that may differ."""
    fixed: list[Hashable] = []
    slots = []
    for name, declared in layer.fields.items():
        value = layer.__dict__[name]
        if value is None or isinstance(value, str) or _holds_lists(value):
            fixed.append((name, value))
            continue
        number = _number(value, isinstance(declared.type, Ends))
        is_default = not declared.required and value == layer.default(name)
        slots.append(Slot(name, declared.type.write(value), number, channels, is_default))
    return fixed, slots


def _holds_lists(value: Value) -> bool:
    return (
        isinstance(value, tuple)
        and any(isinstance(part, str) or type(part) is tuple for part in value)
        and (not all(type(part) is tuple and len(part) == 2 for part in value))
    )


def _number(value: Value, ends: bool) -> Size | None:
    if isinstance(value, bool) or not isinstance(value, (int, tuple)):
        return None
    if ends and isinstance(value, tuple):
        return tuple(before for before, _ in value) if all(a == b for a, b in value) else None
    whole = isinstance(value, int) or all(type(part) is int for part in value)
    return value if whole else None


def _order(name: str) -> int:
    return ORDER.get(name.rstrip("0123456789"), 2)


def _digest(key: Hashable) -> str:
    return blake2b(repr(key).encode(), digest_size=12).hexdigest()


def _read_names(count: int, taken: set[str]) -> list[str]:
    names = ["skip"] if count == 1 else [f"x{number}" for number in range(1, count + 1)]
    return [f"{name}_in" if name in taken else name for name in names]


def _heights(elements: Iterable[Element], levels: dict[int, list[Scope]]) -> int:
    """Sort all scopes by how deep scopes are nested in them; return how deep those of the elements are."""
    height = 0
    for element in elements:
        if isinstance(element, Merge):
            for branch in element.branches:
                height = max(height, _heights(branch.body, levels))
        elif isinstance(element, (Scope, Head)):
            inner = _heights(element.body, levels)
            if isinstance(element, Scope):
                levels.setdefault(inner, []).append(element)
                inner += 1
            height = max(height, inner)
    return height


# A convolution with its normalisation and activation.


def _with_motifs(elements: list[Element], *, top: bool = False) -> list[Element]:
    """Put weighted layers and the normalisation and activation beside them into scopes without a path."""
    for element in elements:
        if isinstance(element, Merge):
            for branch in element.branches:
                branch.body = _with_motifs(branch.body)
        elif isinstance(element, (Scope, Head)):
            element.body = _with_motifs(element.body)
    first = next((_role(element) for element in elements if _role(element)), "")
    merges = sum(isinstance(element, Merge) for element in elements)
    order = "nac" if first in ("n", "a") and not top else "cna"
    found: list[Element] = []
    at = 0
    while at < len(elements):
        end = at
        for role in order:
            if end < len(elements) and _role(elements[end]) == role and (end == at or _follows(elements, end)):
                end += 1
        roles = [_role(element) for element in elements[at:end]]
        if len(roles) > 1 and "c" in roles and len(roles) < len(elements):
            found.append(Scope((), elements[at:end]))
            at = end
        elif _alone(elements[at], merges, len(elements)):
            end = at + 1
            while end < len(elements) and _role(elements[end]) == "a" and _follows(elements, end):
                end += 1
            found.append(Scope((), elements[at:end]))
            at = end
        else:
            found.append(elements[at])
            at += 1
    return found


def _alone(element: Element, merges: int, count: int) -> bool:
    """Judge whether a merge is a part by itself: a gate, or one of several merges."""
    return isinstance(element, Merge) and (merges > 1 or (element.node.kind == "mul" and count > 1))


def _merging(block: Block, kinds: Collection[str] = ("add", "concat", "mul")) -> bool:
    return any(node.kind in kinds for node in _nodes(block.body.body))


def _follows(elements: list[Element], at: int) -> bool:
    return elements[at].entry == elements[at - 1].exit


def _role(element: Element) -> str:
    if not isinstance(element, Step) or len(element.node.inputs) != 1 or element.node.shares is not None:
        return ""
    layer = element.node.layer
    if isinstance(layer, (Activation, Prelu)) and layer.kind not in ("softmax", "log_softmax"):
        return "a"
    if isinstance(layer, Normalisation):
        return "n"
    return "c" if layer.weighted and layer.kind in ("conv", "depthwise", "conv_transpose", "linear") else ""


# Names.


def _name_blocks(found: Outline) -> None:
    taken: set[str] = {*KIND_OF, *KEYWORDS}
    taken |= {parameter.name for block in found.blocks for parameter in block.parameters}
    for block in found.blocks:
        stem = _content(found, block)
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name)
        block.name = name


def _content(found: Outline, block: Block) -> str:
    """Return a name for what a block does: its class in the source, or what it is known as."""
    elements = list(found.effective(block.body.body))
    merges = [element for _, element in found.walk(block.body.body) if isinstance(element, Merge)]
    class_ = _snake(block.body.class_)
    kinds = [node.kind for node in _nodes(block.body.body)]
    if not _merging(block):
        words = [ABBREVIATED.get(kind, kind) for kind in kinds]
        if len(words) <= 4 and len(set(words)) == len(words):
            return "_".join(words)
        if class_:
            return class_
        convs = kinds.count("conv") + kinds.count("conv_transpose")
        if words[0] == "pool" and kinds[-1] in ("sigmoid", "hardsigmoid"):
            return "gate"
        if "depthwise" in kinds:
            return "mbconv" if convs > 1 else "separable"
        if kinds.count("linear") > 1 and not convs:
            return "mlp"
        return {1: "conv_unit", 2: "double_conv", 3: "triple_conv"}.get(convs, "convs" if convs else "series")
    if class_:
        return class_
    merged = [merge.node.kind for merge in merges]
    if {"upsample", "resize", "conv_transpose"} & {*kinds} and len(block.reads) == 1:
        return "up"
    if len(block.reads) > 1:
        return "fuse" if merged == ["add"] else "module"
    if block.reads:
        return "cell" if len(elements) > 2 else "join"
    if merged == ["mul"] and len(elements) == 1:
        return "squeeze_excite" if _has_identity(merges[0]) else "gated"
    if "add" in merged:
        if any("attention" in kind for kind in kinds):
            return "transformer"
        if "depthwise" in kinds:
            return "inverted_residual"
        main = next(merge for merge in merges if merge.node.kind == "add").branches[0].body
        wide = [max(node.layer.__dict__["kernel"]) > 1 for node in _nodes(main) if node.kind == "conv"]
        return "bottleneck" if wide == [False, True, False] else "basic" if wide == [True, True] else "residual"
    if "concat" in merged:
        branches = len(next(merge for merge in merges if merge.node.kind == "concat").branches)
        dense = any(_has_identity(merge) for merge in merges)
        return "inception" if branches > 2 else "dense_layer" if dense else "split"
    return "mbconv" if "depthwise" in kinds else "merged"


def _has_identity(merge: Merge) -> bool:
    return any(not branch.body for branch in merge.branches)


def _nodes(elements: Iterable[Element]) -> Iterator[Node]:
    """Yield all layers, those in calls and branches too."""
    for element in elements:
        if isinstance(element, Step):
            yield element.node
        elif isinstance(element, Merge):
            for branch in element.branches:
                yield from _nodes(branch.body)
            yield element.node
        else:
            yield from _nodes(element.body)


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", re.sub(r"\W+", "_", name)).lower()
    stem = re.sub(r"_?[123]d$", "", words.strip("_"))
    return stem if stem and not stem[0].isdigit() and stem not in CONTAINERS else ""


__all__ = ["Block", "Branch", "Choice", "Outline", "outline", "slots_of"]
