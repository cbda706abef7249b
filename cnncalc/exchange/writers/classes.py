"""A network as classes of modules: one for each part that occurs more than once, with what differs as its parameters.

Writers of frameworks whose networks are modules, such as PyTorch, say how a module is written.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cnncalc.exchange.parameters import Parameters, Slot
from cnncalc.exchange.writers.layout import Call, Dictionary, call_lines, folded, lines
from cnncalc.exchange.writers.source import (
    Chain,
    Init,
    Level,
    Made,
    Source,
    Unit,
    literal,
    rank,
    skeleton,
    slots_in,
    spaced,
)
from cnncalc.network.network import Network, Node


@dataclass(slots=True)
class Body:
    """A class to be: what its calculation reads, its statements, its modules and the slots in these."""

    inputs: list[str]
    lines: list[str]
    inits: list[tuple[str, Init]]
    slots: list[Slot]

    @property
    def key(self) -> str:
        """What is alike in all instances of a class."""
        inits = [(n, skeleton(init), init.behind if isinstance(init, Made) else []) for n, init in self.inits]
        return repr((self.inputs, self.lines, inits))


class ClassSource(Source):
    """Source whose blocks are classes of modules."""

    module: ClassVar[str]  # the class of all modules
    forward: ClassVar[str]  # the method that computes
    container: ClassVar[str]  # the module that holds modules by name
    row: ClassVar[str] = "chain"  # what makes a module of modules in a row
    more: ClassVar[tuple[str, ...]] = ()  # what each module of ours is given besides its parameters
    beginning: ClassVar[tuple[str, ...]] = ()  # statements that begin a constructor

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.classes: list[list[str]] = []
        self.helpers: dict[str, tuple[str, list[str]]] = {}  # classes of layers that the framework does not have
        self.made: dict[int, Init] = {}  # how each level is made, by its id

    # What a framework says.

    def node_init(self, node: Node) -> Init | None:
        """Return how the module of a layer is made; None where it has none."""
        raise NotImplementedError

    def set_lines(self, name: str, value: Call) -> list[str]:
        """Return the statement that makes a module whose name is no name of Python."""
        raise NotImplementedError

    # Modules.

    def access(self, around: str, name: str) -> str:
        if around != "self":
            return f'{around}["{name}"]'
        return f"self.{name}" if is_name(name) else f'getattr(self, "{name}")'

    def level_unit(self, level: Level, reads: list[int], output: int, at: str) -> Unit | None:
        def expression(args: list[str]) -> tuple[str, bool]:
            return f"{at}({', '.join(args)})", True

        return Unit(level.name, reads, output, self.made[id(level)], expression, True, aux=level.nodes[0].aux)

    def make(self) -> None:
        """Make all levels, from the innermost outwards; those that are alike become one class."""
        for levels in self.root.by_height():
            groups: dict[str, list[tuple[Level, Body]]] = {}
            for level in levels:
                ends = self.ends(level) if level is not self.root else None
                if ends is None:
                    continue
                units = list(self.units(level))
                if (chain := self._chain(units, ends)) is not None:
                    self.made[id(level)] = chain
                    continue
                body = self._body(level, units, ends)
                groups.setdefault(body.key, []).append((level, body))
            for group in groups.values():
                self._class(group)

    def _chain(self, units: list[Unit], ends: tuple[list[int], int]) -> Init | None:
        reads, output = ends
        if len(reads) != 1:
            return None
        current = reads[0]
        for unit in units:
            if (
                not unit.is_plain
                or unit.inputs != [current]
                or unit.init is None
                or (isinstance(unit.init, Made) and unit.init.behind)
            ):
                return None
            current = unit.output
        if current != output:
            return None
        parts = [(unit.name, unit.init) for unit in units if unit.init is not None]
        numbered = [name for name, _ in parts] == [str(number) for number in range(1, len(parts) + 1)]
        return Chain("numbered" if numbered else self.row, parts)

    def _body(self, level: Level, units: list[Unit], ends: tuple[list[int], int]) -> Body:
        reads, output = ends
        inputs = ["x"] if len(reads) == 1 else [f"x{number}" for number in range(1, len(reads) + 1)]
        statements = self.statements(units, dict(zip(reads, inputs, strict=True)), {"": output}, shapes=False)
        inits = list(self.inits(level))
        return Body(inputs, statements, inits, [slot for _, init in inits for slot in slots_in(init)])

    def inits(self, level: Level) -> Iterator[tuple[str, Init]]:
        """Yield the attributes of a level: its layers and levels; one that is only a place is a dictionary."""
        for name, part in level.parts.items():
            init = self._part(part)
            if init is not None:
                yield name, init

    def _part(self, part: Level | Node) -> Init | None:
        if isinstance(part, Node):
            return None if part.shares is not None else self.node_init(part)
        if id(part) in self.made:
            return self.made[id(part)]
        inside = list(self.inits(part))
        return Chain(self.container, inside) if inside else None

    def _class(self, group: list[tuple[Level, Body]]) -> None:
        body = group[0][1]
        parameters = Parameters([-1] * len(group), set())
        columns = list(zip(*(each.slots for _, each in group), strict=True))
        order = sorted(range(len(columns)), key=lambda at: rank(columns[at][0].name))
        found = {at: parameters.expression(list(columns[at])) for at in order}
        texts = [spaced(found[at]) for at in range(len(columns))]
        name = self.class_name(self.block_name(group[0][0]))
        header = sorted(parameters.header(), key=lambda p: (p.default is not None, not p.name.startswith("inputs")))
        given = [f"{p.name}={literal(p.default)}" if p.default is not None else p.name for p in header]
        text = [f"class {name}({self.module}):"]
        text += self.constructor(given, self.init_lines(body.inits, iter(texts)))
        text += ["", f"    def {self.forward}(self, {', '.join(body.inputs)}):"]
        self.classes.append([*text, *(f"        {line}" for line in body.lines)])
        for at, (level, _) in enumerate(group):
            arguments: list[tuple[str | None, Slot]] = []
            for parameter in header:
                slot = parameter.slots[at]
                own = Slot(parameter.name, slot.text, slot.number, is_default=slot.text == parameter.default)
                arguments.append((None if parameter.default is None else parameter.name, own))
            self.made[id(level)] = Made(name, arguments, [(word, word) for word in self.more])

    def constructor(self, given: Sequence[str], statements: Sequence[str]) -> list[str]:
        """Return the constructor of a class with its parameters."""
        words = ["self", *given, *(("*", *self.more) if self.more else ())]
        own = [*(f"        {line}" for line in self.beginning), *statements] or ["        pass"]
        return [*call_lines("    def __init__", words, ":"), *own]

    def class_name(self, preferred: str) -> str:
        """Return a name for a class that no other one has."""
        stem = "".join(word[:1].upper() + word[1:] for word in re.split(r"\W|_", preferred) if word) or "Part"
        return self.free_name(f"Part{stem}" if stem[0].isdigit() else stem)

    def init_lines(self, inits: Sequence[tuple[str, Init]], texts: Iterator[str | None]) -> list[str]:
        """Return the statements that make modules."""
        found = []
        for name, init in inits:
            value = self.shown(init, texts)
            found += lines(f"        self.{name} = ", value, "") if is_name(name) else self.set_lines(name, value)
            behind = init.behind if isinstance(init, Made) else []
            found += [f"        {self.access('self', name)}{statement}" for statement in behind]
        return found

    def shown(self, init: Init, texts: Iterator[str | None]) -> Call:
        """Return a call with what its slots are: a text each, or None for a default."""
        if isinstance(init, Made):
            return init.call(texts)
        parts = [(name, self.shown(part, texts)) for name, part in init.parts]
        if init.function == "numbered":
            return Call("numbered", [(None, part) for part in folded([part for _, part in parts])])
        if init.function == self.container:
            return Call(init.function, [(None, Dictionary(parts))])
        if all(is_name(name) for name, _ in parts):
            return Call(init.function, list(parts))
        return Call(init.function, [(None, Dictionary(parts, "**"))])

    def net(self) -> list[str]:
        """Make all classes, and return that of the network."""
        self.make()
        inputs = self.input_names()
        outputs, heads = self.network.outputs, self.side_heads()
        statements = self.statements(list(self.units(self.root)), inputs, outputs, shapes=True, heads=heads)
        inits = list(self.inits(self.root))
        texts = iter([None if slot.is_default else slot.text for _, init in inits for slot in slots_in(init)])
        given = ", ".join(["self", *inputs.values(), *self.head_argument(heads)])
        return [
            f"class Net({self.module}):",
            f'    """{self.title()}"""',
            "",
            *self.constructor([], self.init_lines(inits, texts)),
            "",
            f"    def {self.forward}({given}):",
            *(f"        {line}" for line in statements),
        ]

    def head_argument(self, heads: dict[str, int]) -> list[str]:
        """Return the argument of the network that asks for side heads."""
        return []


def is_name(name: str) -> bool:
    """Return whether a name may stand behind a point."""
    return name.isidentifier() and not keyword.iskeyword(name)
