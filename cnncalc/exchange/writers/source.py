"""A network as source code: its levels by the paths, what runs in each, and the statements that compute it.

A writer of source says what a layer is; blocks, names and statements are the same for all.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import ClassVar

from cnncalc.exchange.blocks import outline
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.names import attribute_names
from cnncalc.exchange.parameters import Slot
from cnncalc.exchange.text import macs, params
from cnncalc.exchange.writers import not_written
from cnncalc.exchange.writers.layout import WIDTH, Call, Name, statement
from cnncalc.network.network import Network, Node

INLINE = 60
"""Characters of an expression that stands in another one."""


@dataclass(slots=True)
class Made:
    """A call that makes a layer: its arguments are slots, which may become parameters of the block around it."""

    function: str
    arguments: list[tuple[str | None, Slot]] = field(default_factory=list)
    fixed: list[tuple[str | None, str]] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)  # statements about it, such as a missing bias
    bare: bool = False  # it is a function, which is not called
    around: str = ""  # a function that is called with what is made

    def call(self, texts: Iterator[str | None]) -> Call:
        """Return the call with a text for each slot, None for a default."""
        if self.bare:
            return Name(self.function)
        found: list[tuple[str | None, str | Call]] = []
        for word, slot in self.arguments:
            text = next(texts)
            if text is None and word is not None:
                continue
            found.append((word, literal(text or slot.text) if text in ("yes", "no") else text or slot.text))
        found += self.fixed
        positional = [each for each in found if each[0] is None]
        made = Call(self.function, [*positional, *(each for each in found if each[0] is not None)])
        return Call(self.around, [(None, made)]) if self.around else made


@dataclass(slots=True)
class Chain:
    """Layers in a row, or a dictionary of layers."""

    function: str
    parts: list[tuple[str, Init]]


Init = Made | Chain


@dataclass(slots=True)
class Unit:
    """What a calculation calls: a layer, or a level of layers."""

    name: str
    inputs: list[int]
    output: int
    init: Init | None
    expression: Callable[[list[str]], tuple[str, bool]]  # of its inputs: a text, and whether it needs no brackets
    is_plain: bool = False  # a layer that takes one volume
    joins: bool = False  # an operator or a function, in which other expressions may stand
    simple: bool = True  # it reads each input once
    aux: str | None = None


class Level:
    """A level of the paths: what is in it, by name."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.parts: dict[str, Level | Node] = {}
        self.nodes: list[Node] = []

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""

    def by_height(self) -> list[list[Level]]:
        """Return this level and all in it, the innermost first."""
        heights: dict[int, list[Level]] = {}
        self._sort(heights)
        return [heights[height] for height in sorted(heights)]

    def _sort(self, heights: dict[int, list[Level]]) -> int:
        below = (1 + part._sort(heights) for part in self.parts.values() if isinstance(part, Level))
        height = max(below, default=0)
        heights.setdefault(height, []).append(self)
        return height


class Source:
    """The source of one network; a subclass for each framework."""

    framework: ClassVar[str]
    root_access: ClassVar[str] = "self"
    training: ClassVar[str] = "self.training"  # the condition of side heads
    indent: ClassVar[int] = 8  # of statements
    reserved: ClassVar[frozenset[str]] = frozenset()  # names that a layer may not have
    imported: tuple[str, ...] = ()  # names that no variable may have

    def __init__(self, network: Network) -> None:
        self.network = network
        self.readers: dict[int, list[int]] = {node.index: [] for node in network.nodes}
        for node in network.nodes:
            for index in node.inputs:
                self.readers[index].append(node.index)
        self.tied: set[int] = set()
        for node in network.layers():
            if node.shares is not None:
                origin = network.nodes[node.shares]
                if node.layer != origin.layer or node.layer.geometry(*node.x) != origin.layer.geometry(*origin.x):
                    raise not_written(node, self.framework, f"it shares the weights of {origin.path}")
                self.tied |= {node.index, node.shares}
        self.names = attribute_names(network, self.reserved)
        self.root = self._levels()
        self.taken = {"Net", *self.imported}
        blocks = outline(Graph.of(network), motifs=False)
        self.blocks = blocks.blocks
        self.block_names = {".".join(scope.path): block.name for block in self.blocks for scope in block.instances}

    # What a framework says.

    def access(self, around: str, name: str) -> str:
        """Return how a part of a level is reached."""
        raise NotImplementedError

    def node_units(self, name: str, node: Node, at: str) -> Iterator[Unit]:
        """Yield what computes a layer: one unit, or some in a row."""
        raise NotImplementedError

    def level_unit(self, level: Level, reads: list[int], output: int, at: str) -> Unit | None:
        """Return what computes a level; None where its layers stand in the level around it."""
        raise NotImplementedError

    def shape_text(self, unit: Unit) -> str:
        """Return the shape of what a unit computes, as the framework counts dimensions."""
        return self.network.nodes[unit.output].y.text("chw")

    # Levels.

    def _levels(self) -> Level:
        root = Level(())
        for node in self.network.layers():
            level = root
            *levels, last = self.names[node.path].split(".")
            level.nodes.append(node)
            for name in levels:
                below = level.parts.get(name)
                if not isinstance(below, Level):
                    below = level.parts[name] = Level((*level.path, name))
                level = below
                level.nodes.append(node)
            level.parts[last] = node
        return root

    def ends(self, level: Level) -> tuple[list[int], int] | None:
        """Return what a level reads and what it gives; None where it is only a place for layers."""
        own = [node.index for node in level.nodes]
        inside = set(own)
        if own[-1] - own[0] + 1 != len(own) or inside & self.tied or len({node.aux for node in level.nodes}) > 1:
            return None
        reads = list(dict.fromkeys(i for node in level.nodes for i in node.inputs if i not in inside))
        ends = {*self.network.outputs.values()}
        given = [i for i in own if i in ends or not self.readers[i] or any(r not in inside for r in self.readers[i])]
        return (reads, given[0]) if len(given) == 1 else None

    def units(self, level: Level, access: str | None = None) -> Iterator[Unit]:
        """Yield what runs in a level, in order."""
        found = self._placed(level, self.root_access if access is None else access)
        yield from (unit for _, unit in sorted(found, key=lambda each: each[0]))

    def _placed(self, level: Level, access: str) -> Iterator[tuple[int, Unit]]:
        """Yield what runs in a level, each with the last layer of it."""
        for name, part in level.parts.items():
            at = self.access(access, name)
            if isinstance(part, Node):
                yield from ((part.index, unit) for unit in self.node_units(name, part, at))
                continue
            ends = self.ends(part)
            unit = self.level_unit(part, *ends, at) if ends is not None else None
            if unit is not None:
                yield part.nodes[-1].index, unit
            else:
                yield from self._placed(part, at)

    def free_name(self, stem: str) -> str:
        """Return a name for a block that no other one has."""
        name, number = stem, 1
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name

    def block_name(self, level: Level) -> str:
        """Return what a level is called: as the block finder says, or by its path."""
        path = ".".join(level.path)
        return self.block_names.get(path) or next((n for n in reversed(level.path) if not n[0].isdigit()), "part")

    # Statements.

    def statements(
        self,
        units: list[Unit],
        names: dict[int, str],
        ends: dict[str, int],
        *,
        shapes: bool,
        heads: dict[str, int] | None = None,
    ) -> list[str]:
        """Return the statements that compute units: a variable for each result, short expressions in others."""
        count = len(units)
        readers: dict[int, list[int]] = {}
        for at, unit in enumerate(units):
            for index in unit.inputs:
                readers.setdefault(index, []).append(at)
        finals = {*ends.values(), *(heads or {}).values()}
        for index in finals:
            readers.setdefault(index, []).append(count)
        inline = [False] * count
        for at, unit in enumerate(units):
            reads = readers.get(unit.output, [])
            if len(reads) == 1 and reads[0] < count and unit.aux is None and unit.simple:
                reader = units[reads[0]]
                inline[at] = reader.joins and reader.simple and reader.aux is None
        until = [0] * count
        for at in range(count - 1, -1, -1):
            reads = readers.get(units[at].output, [])
            until[at] = until[reads[0]] if inline[at] else at
        live: dict[int, int] = {}
        for index, reads in readers.items():
            live[index] = max(until[at] if at < count else count for at in reads)
        names = dict(names)
        pending: dict[int, str] = {}
        lines: list[str] = []
        is_aux = False
        for at, unit in enumerate(units):
            args = [pending.pop(index) if index in pending else names[index] for index in unit.inputs]
            text, bare = unit.expression(args)
            if len(text) + self.indent + 4 > WIDTH:
                busy = {name for index, name in names.items() if live.get(index, -1) >= at}
                for place_, index in enumerate(unit.inputs):
                    if args[place_] != names.get(index):
                        names[index] = self._variable(unit, busy, long=False)
                        busy.add(names[index])
                        lines += statement(f"{names[index]} = ", args[place_], "", self.indent)
                        args[place_] = names[index]
                text, bare = unit.expression(args)
            shape = self.shape_text(unit) if shapes else ""
            if inline[at] and len(text) <= INLINE:
                nested = units[readers[unit.output][0]]
                pending[unit.output] = text if bare or nested.is_plain else f"({text})"
                continue
            if unit.aux is not None and not is_aux and self.training:
                lines.append(f"if {self.training}:")
            is_aux = unit.aux is not None
            lead = "    " if is_aux and self.training else ""
            if not heads and at == count - 1 and list(ends.values()) == [unit.output] and not is_aux:
                return [*lines, *self.returned(text, shape)]
            busy = {name for index, name in names.items() if live.get(index, -1) > at}
            long = live.get(unit.output, at) > at + 1
            name = self._variable(unit, busy, long=long or (unit.output in finals and len(finals) > 1))
            names[unit.output] = name
            lines += statement(f"{lead}{name} = ", text, shape, self.indent)
        results = {name: names[index] for name, index in ends.items()}
        return [*lines, *self.results(results, {name: names[index] for name, index in (heads or {}).items()})]

    def returned(self, text: str, shape: str) -> list[str]:
        """Return the statement that ends a calculation with its last expression."""
        return statement("return ", text, shape, self.indent)

    def results(self, results: Mapping[str, str], heads: Mapping[str, str]) -> list[str]:
        """Return the statements that give back results by name, and with side heads in training."""
        lines = []
        if heads:
            every = ", ".join(f'"{name}": {value}' for name, value in {**results, **heads}.items())
            lines += [f"if {self.training}:", f"    return {{{every}}}"]
        if len(results) == 1:
            return [*lines, f"return {next(iter(results.values()))}"]
        every = ", ".join(f'"{name}": {value}' for name, value in results.items())
        return lines + statement("return ", f"{{{every}}}", "", self.indent)

    def _variable(self, unit: Unit, busy: set[str], *, long: bool) -> str:
        preferred = plain(unit.name) if unit.name.isidentifier() else ""
        if long and preferred and preferred not in busy and preferred not in (*self.imported, "self"):
            return preferred
        others = (f"v{number}" for number in count(1))
        return next(name for name in chain(("x", "y", "z"), others) if name not in busy)

    # The file.

    def input_names(self) -> dict[int, str]:
        """Return the variables of the inputs."""
        inputs = self.network.inputs
        return {index: "x" if len(inputs) == 1 else plain(name) for name, index in inputs.items()}

    def side_heads(self) -> dict[str, int]:
        """Return the results of side heads by name."""
        from cnncalc.live.build import side_heads

        return {name: node.index for name, node in side_heads(self.network).items()}

    def title(self) -> str:
        """Return what the network is, for a docstring."""
        name = self.network.title or self.network.name
        return name.replace('"', "'").replace("\\", "/") + ", written by cnncalc."

    def docstring(self, order: str) -> list[str]:
        """Return the docstring of the file; shapes have their dimensions in an order."""
        shapes = ", ".join(shape.text(order) for shape in self.network.input_shapes().values())
        main = [node for node in self.network.layers() if node.aux is None]
        numbers = f"Input {shapes}; {params(main):,} parameters, {macs(main):,} multiply-adds."
        return [f'"""{self.title()}', "", numbers, '"""', ""]


def results(shapes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield how each result of a network `y` is reached, with its shape: one alone is `y` itself."""
    for name, shape in shapes.items():
        yield "y" if len(shapes) == 1 else f'y["{name}"]', shape


def slots_in(init: Init) -> Iterator[Slot]:
    """Yield the slots of a call, in order."""
    if isinstance(init, Made):
        yield from (slot for _, slot in init.arguments)
    else:
        for _, part in init.parts:
            yield from slots_in(part)


def skeleton(init: Init) -> object:
    """Return what is alike in calls that differ in their slots."""
    if isinstance(init, Made):
        return init.around, init.function, [(word, slot.name) for word, slot in init.arguments], init.fixed
    return init.function, [(name, skeleton(part)) for name, part in init.parts]


def rank(name: str) -> int:
    """Return the place of a parameter: what others follow from comes first."""
    order = {"out": 0, "channels": 1, "inputs": 2, "kernel": 3}
    return order.get(name.rstrip("0123456789"), 4)


def spaced(text: str | None) -> str | None:
    """Return an expression of the language as Python writes it."""
    return None if text is None else re.sub(r"(?<=[\w)])(//|\*)(?=[\w(])", r" \1 ", text)


def literal(default: str | None) -> str:
    """Return a value of the language as Python writes it."""
    return {"yes": "True", "no": "False"}.get(default or "", default or "")


def plain(name: str) -> str:
    """Return a name as a variable may have it."""
    word = re.sub(r"\W", "_", name)
    return f"{word}_" if keyword.iskeyword(word) or not word.isidentifier() or word == "self" else word
