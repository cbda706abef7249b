"""From a Spec to a Network: blocks are expanded and shapes inferred in one walk, because either may ask for the other.

The walk keeps its own stack (generators that yield the walks below them), so deep specs never meet Python's
recursion limit. After a problem the volume is unknown until a shape check says what it should be; what follows is
still read, so that one run tells every problem of a text.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple, NoReturn, TypeAlias

from cnncalc.layers import KINDS, SYNONYMS, field_named
from cnncalc.layers.base import Field, Layer, Refusal
from cnncalc.layers.fields import Refused, Sides, Value, described
from cnncalc.layers.merge import Input, remedy
from cnncalc.layers.merge import Merge as MergeLayer
from cnncalc.network import Group, Network, Node
from cnncalc.problem import Call as CallPlace
from cnncalc.problem import Place, Problem, Problems, did_you_mean, quoted
from cnncalc.shape import Shape, sides_text
from cnncalc.spec.chain import Again, Call, Check, Grouped, MergeWith, Part, Step, Use
from cnncalc.spec.chain import Named as Written
from cnncalc.spec.expression import (
    ExpressionError,
    Name,
    Path,
    Symbol,
    Tree,
    Unknown,
    Wildcard,
    parse_size,
    truth,
)
from cnncalc.spec.model import (
    Aux,
    Block,
    Branch,
    Broken,
    Chain,
    Formula,
    Given,
    If,
    Item,
    Items,
    LongForm,
    Merge,
    Named,
    Repeat,
    Spec,
    Variant,
    written,
)
from cnncalc.spec.read import without_use
from cnncalc.spec.text import Scalar

STEPS = 10_000_000
"""Work that one spec may cause; a walked item costs ITEM_COST, an expression node 1."""
ITEM_COST = 10
LAYERS = 200_000
BLOCK_DEPTH = 50
WORDS = frozenset(word for kind in KINDS.values() for f in kind.fields.values() for word in f.type.words)


class Volume(NamedTuple):
    """What flows: the node it comes from, and its shape; `shape` is None after a problem."""

    node: int
    shape: Shape | None


LOST = Volume(-1, None)  # not known, because of a problem that is already told
NOWHERE = Volume(-2, None)  # with several inputs, until a `use`


class Unknowable(Exception):
    """A value depends on a volume that a problem has made unknown."""


class Stop(Exception):
    """A limit is reached; nothing more is walked."""


class Result:
    """A name that was written, what it stands for, and what is needed to walk it again."""

    __slots__ = ("first", "here", "item", "last", "level", "volume")

    def __init__(self, item: Item, here: Here, level: Level, volume: Volume, first: int, last: int) -> None:
        self.item, self.here, self.level, self.volume = item, here, level, volume
        self.first, self.last = first, last


class Reference(str):
    """A word given to a block that names a result where the call stands."""

    result: Result | Volume

    @classmethod
    def to(cls, word: str, result: Result | Volume) -> Reference:
        reference = cls(word)
        reference.result = result
        return reference


class Names:
    """The names written in a list, and the lists around it up to the block's edge."""

    __slots__ = ("around", "results")

    def __init__(self, around: Names | None) -> None:
        self.around = around
        self.results: dict[str, list[Result]] = {}


class Level:
    """A level of the path; it hands out paths, no two of them equal."""

    __slots__ = ("counts", "group", "prefix", "reserved", "results", "rounds", "taken")

    def __init__(self, prefix: str, group: Group) -> None:
        self.prefix = prefix
        self.group = group
        self.taken: set[str] = set()
        self.reserved: frozenset[str] = frozenset()
        self.counts: dict[str, int] = {}
        self.rounds = 0
        self.results: dict[str, list[Result]] = {}

    def unnamed(self, kind: str) -> str:
        """Return a path for an unnamed step: conv, then conv2."""
        while True:
            number = self.counts.get(kind, 0) + 1
            self.counts[kind] = number
            name = kind if number == 1 else f"{kind}{number}"
            if name not in self.taken and name not in self.reserved:
                self.taken.add(name)
                return self.prefix + name

    def below(self, name: str, item: Item, first: int) -> Level:
        """Open the level of a written name."""
        free, number = name, 1
        while free in self.taken:
            number += 1
            free = f"{name}_{number}"
        return self._open(free, item, first, False)

    def round(self, item: Item, first: int) -> Level:
        """Open the level of the next round."""
        self.rounds += 1
        while str(self.rounds) in self.taken or str(self.rounds) in self.reserved:
            self.rounds += 1
        return self._open(str(self.rounds), item, first, True)

    def _open(self, name: str, item: Item, first: int, is_round: bool) -> Level:
        self.taken.add(name)
        group = Group(self.prefix + name, item, first, is_round=is_round)
        self.group.children.append(group)
        return Level(f"{self.prefix}{name}.", group)


class Frame:
    """One call of a block (or the network itself): what its names are bound to. The Scope of its expressions."""

    __slots__ = ("block", "calls", "index", "input", "names", "volume", "walk")

    def __init__(self, walk: _Walk, block: Block | None, input: Volume, calls: tuple[CallPlace, ...]) -> None:
        self.walk, self.block, self.input, self.calls = walk, block, input, calls
        self.names: dict[str, Value] = {}
        self.volume = input
        self.index: int | None = None

    def lookup(self, name: str) -> Value:
        names = self.names
        if name in names:
            return names[name]
        if name == "channels" or name == "sides":
            return _volume_part(self.volume, name)
        if name == "index" and self.index is not None:
            return self.index
        if name.startswith("input."):
            return _volume_part(self.input, name[6:])
        return self.walk.vars[name]

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        known = [*self.names, *self.walk.vars, "channels", "sides"]
        hint = did_you_mean(name, known)
        if name == "index":
            hint = "index counts the rounds of a repeat, and here is none"
        elif name == "input":
            hint = "input.channels and input.sides are its numbers"
        elif hint is None and self.block is not None:
            given = ", ".join(p.name for p in self.block.parameters) or "none"
            hint = f"known are the parameters of {self.block.name} ({given}) and the vars"
        raise ExpressionError("E109", f"nothing is called {quoted(name)} here", start, length, hint)

    def spend(self, steps: int) -> None:
        self.walk.spend(steps)

    def evaluate(self, tree: Tree, volume: Volume, index: int | None) -> Value:
        self.volume, self.index = volume, index
        self.walk.budget -= tree.size
        return tree.evaluate(self)


def _volume_part(volume: Volume, part: str) -> Value:
    if volume.shape is None:
        raise Unknowable
    if part == "channels":
        return volume.shape.channels
    if part == "sides":
        return Sides(volume.shape.sides)
    raise KeyError(part)


class Here(NamedTuple):
    """Where the walk is: in which call, list, level, side head and round."""

    frame: Frame
    names: Names
    level: Level
    aux: str | None = None
    index: int | None = None


@dataclass(slots=True)
class Plan:
    """How the arguments of a step meet the fields of a kind; found once for every step."""

    fields: list[tuple[Field, Part]]
    layers: dict[Any, Layer] = field(default_factory=dict)


Where: TypeAlias = Callable[[], Place]
Walk: TypeAlias = Generator["Walk", Volume, Volume]


def expand(
    spec: Spec,
    variant: Variant | None = None,
    inputs: Mapping[str, Scalar] | None = None,
    settings: Mapping[str, Given] | None = None,
) -> tuple[Network | None, list[Problem]]:
    """Walk a spec; return the network, or None with the problems that forbid one.

    `inputs` and `settings` come from outside; under them, numbers in shape checks are not checked.
    """
    walk = _Walk(spec, variant, inputs or {}, settings or {})
    network = None
    try:
        network = walk.network()
    except Stop:
        pass
    return (None if walk.problems else network), list(walk.problems.values())


def run(walk: Walk) -> Volume:
    """Drive a walk to its end on a stack of our own."""
    stack = [walk]
    value: Any = None
    while True:
        try:
            below = stack[-1].send(value)
        except StopIteration as done:
            stack.pop()
            value = done.value
            if not stack:
                return value  # type: ignore[no-any-return]
        else:
            stack.append(below)
            value = None


class _Walk:
    def __init__(
        self, spec: Spec, variant: Variant | None, inputs: Mapping[str, Scalar], settings: Mapping[str, Given]
    ) -> None:
        self.spec, self.variant = spec, variant
        self.given_inputs, self.settings = inputs, settings
        self.free = bool(inputs or settings)  # numbers in checks do not hold
        self.nodes: list[Node] = []
        self.problems: dict[Any, Problem] = {}
        self.vars: dict[str, Value] = {}
        self.budget = STEPS
        self.plans: dict[tuple[int, type[Layer]], Plan | None] = {}
        self.layers: dict[Layer, Layer] = {}
        self.inferred: dict[tuple[Layer, tuple[Shape, ...]], Shape | list[Refusal]] = {}
        self.inputs: dict[str, Result] = {}
        self.walked_blocks: set[str] = set()

    # Problems and limits.

    def problem(self, code: str, message: str, place: Place, hint: str | None = None, here: Here | None = None) -> None:
        """Tell a problem; told again from another call of the same block, it is counted."""
        key = (code, place.source, place.line, place.column)
        known = self.problems.get(key)
        if known is None:
            calls = tuple(reversed(here.frame.calls)) if here else ()
            self.problems[key] = Problem(code, message, place, hint, calls)
        elif known.calls:
            self.problems[key] = Problem(known.code, known.message, known.place, known.hint, known.calls, known.more + 1)

    def wrong(self, error: ExpressionError, text: Scalar, start: int, here: Here | None) -> None:
        place = text.place(start + error.start, error.length)
        self.problem(error.code, error.message, place, error.hint, here)

    def spend(self, steps: int) -> None:
        self.budget -= steps

    def pay(self, place: Scalar, here: Here, at: int = 0, length: int | None = None) -> None:
        """Count one item walked; stop when the budget is used up."""
        self.budget -= ITEM_COST
        if self.budget < 0:
            self.stop(f"more than {STEPS:,} steps of work", place.place(at, length), here)

    def stop(self, what: str, place: Place, here: Here) -> NoReturn:
        self.problem("E112", what, place, "fewer or smaller repeats", here)
        raise Stop

    # The whole.

    def network(self) -> Network | None:
        self.bind_vars()
        root = Group("", self.spec.layers, 0)
        level = Level("", root)
        frame = Frame(self, None, NOWHERE, ())
        names = Names(None)
        here = Here(frame, names, level)
        volume = self.read_inputs(here)
        frame.input = volume
        root.first = len(self.nodes)
        if isinstance(self.spec.layers, Broken):
            return None
        volume = run(self.walk(self.spec.layers, volume, here))
        self.check_unused_blocks()
        if self.problems:
            return None
        root.last, root.output = len(self.nodes), volume.shape
        outputs = self.read_outputs(volume, here)
        title = self.spec.said("title", self.variant) or self.name()
        details = {
            key: (self.variant.says.get(key) if self.variant else None) or self.spec.says.get(key)
            for key in ("year", "notes", "published", "erratum")
        }
        return Network(
            self.name(),
            title,
            self.spec.said("source", self.variant),
            self.nodes,
            {name: result.volume.node for name, result in self.inputs.items()},
            outputs,
            root,
            {key: value for key, value in details.items() if value is not None},
            tuple(f"input {name}" if len(self.inputs) > 1 else "input" for name in self.given_inputs)
            + tuple(self.settings),
        )

    def name(self) -> str:
        return self.variant.name.text if self.variant else self.spec.name

    def bind_vars(self) -> None:
        """Evaluate the vars in order, a variant's and the command line's values in their place."""
        values = self.variant.values if self.variant else {}
        frame = Frame(self, None, NOWHERE, ())
        known = Names(None)
        here = Here(frame, known, Level("", Group("", Broken(), 0)))
        for name, (_, own) in self.spec.vars.items():
            given = self.settings.get(name, values.get(name, own))
            try:
                self.vars[name] = self.value(given, here)
            except Unknowable:
                continue

    def value(self, given: Given, here: Here) -> Value:
        """Evaluate a value as YAML gives it; raises Unknowable when it has a problem."""
        if isinstance(given, tuple):
            return tuple(self.value(part, here) for part in given)
        tree = given.tree
        if isinstance(tree, Name) and tree.name not in self.vars and self.is_word(tree.name):
            return tree.name
        try:
            return here.frame.evaluate(tree, LOST if here.frame.input is not NOWHERE else NOWHERE, here.index)
        except ExpressionError as error:
            self.wrong(error, given.text, 0, here)
            raise Unknowable from None

    def is_word(self, name: str) -> bool:
        return name in self.spec.blocks or name in KINDS or name in SYNONYMS or name in WORDS or name == "identity"

    def read_inputs(self, here: Here) -> Volume:
        """Make the input nodes; with one input it is the volume to start from."""
        inputs = dict(self.spec.inputs)
        if self.variant and self.variant.input:
            inputs["input"] = self.variant.input
        for name, scalar in self.given_inputs.items():
            if name not in inputs:
                known = " and ".join(inputs)
                self.problem("E109", f"there is no input {quoted(name)}", scalar.place(), f"inputs are {known}")
                continue
            inputs[name] = scalar
        for name, scalar in inputs.items():
            shape = self.input_shape(scalar, here)
            level = here.level.below(name, Broken(), 0)
            here.level.group.children.pop()
            volume = LOST
            if shape is not None:
                volume = Volume(len(self.nodes), shape)
                self.nodes.append(Node(len(self.nodes), name, Input(shape), (), (), shape, scalar.place))
            result = Result(Broken(), here, level, volume, 0, 0)
            self.inputs[name] = result
            if len(inputs) > 1:
                here.names.results[name] = [result]
        return next(iter(self.inputs.values())).volume if len(inputs) == 1 else NOWHERE if inputs else LOST

    def input_shape(self, scalar: Scalar, here: Here) -> Shape | None:
        text = scalar.text.strip()
        if not text:
            return None
        lead = len(scalar.text) - len(scalar.text.lstrip())
        try:
            size = parse_size(text)
            if size is None or any(p.start is None for p in size.parts):
                hint = "as in 224x224x3: height x width x channels"
                self.problem("E105", f"{quoted(text)} is no shape", scalar.place(), hint)
                return None
            numbers = []
            for part in size.parts:
                number = here.frame.evaluate(part, NOWHERE, None)
                if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                    message = f"a shape is made of whole numbers above 0, not {described(number)}"
                    raise ExpressionError("E105", message, part.start, part.length)
                numbers.append(number)
        except ExpressionError as error:
            self.wrong(error, scalar, lead, here)
            return None
        if len(numbers) > 4:
            message = f"{text} has {len(numbers) - 1} sides"
            self.problem("E202", message, scalar.place(), "volumes have up to three sides, then the channels")
            return None
        return Shape(tuple(numbers[:-1]), numbers[-1])

    def read_outputs(self, last: Volume, here: Here) -> dict[str, int]:
        outputs = {}
        for scalar in self.spec.outputs:
            volume = self.find_volume(Written(scalar.text, 0), scalar, here)
            if volume.shape is not None:
                outputs[scalar.text] = volume.node
        return outputs or {"output": last.node}

    def check_unused_blocks(self) -> None:
        """Judge the steps of blocks that nothing calls, so that no problem waits there."""
        for block in self.spec.blocks.values():
            if block.name not in self.walked_blocks:
                parameters = {p.name for p in block.parameters}
                for text, step in _steps(block.body):
                    if isinstance(step, Call) and step.name not in parameters and not self.is_word(step.name):
                        self.unknown_kind(step.name, text.place(step.name_start, len(step.name)), parameters, None)

    # Items.

    def walk(self, item: Item, volume: Volume, here: Here) -> Walk:
        """Walk any item; the volume after it is returned."""
        kind = type(item)
        if kind is Chain:
            return self.chain(item, volume, here)  # type: ignore[arg-type]
        if kind is Items:
            return self.items(item, volume, here)  # type: ignore[arg-type]
        if kind is Named:
            return self.named(item, volume, here)  # type: ignore[arg-type]
        if kind is Merge:
            return self.merge(item, volume, here)  # type: ignore[arg-type]
        if kind is If:
            return self.choice(item, volume, here)  # type: ignore[arg-type]
        if kind is Repeat:
            return self.repeat(item, volume, here)  # type: ignore[arg-type]
        if kind is Aux:
            return self.aux(item, volume, here)  # type: ignore[arg-type]
        if kind is LongForm:
            return self.long_form(item, volume, here)  # type: ignore[arg-type]
        return self.broken()

    def broken(self) -> Walk:
        return LOST
        yield

    def items(self, item: Items, volume: Volume, here: Here) -> Walk:
        if item.names:
            here.level.reserved |= item.names
        for part in item.items:
            volume = yield self.walk(part, volume, here)
        return volume

    def named(self, item: Named, volume: Volume, here: Here) -> Walk:
        self.pay(item.name, here)
        level = here.level.below(item.name.text, item.item, len(self.nodes))
        inner = Here(here.frame, Names(here.names), level, here.aux, here.index)
        first, before = len(self.nodes), volume
        volume = yield self.walk(item.item, volume, inner)
        self.close(level, volume)
        result = Result(item.item, inner, level, volume, first, len(self.nodes))
        self.remember(item.name.text, result, here)
        return volume if volume is not NOWHERE else before

    def close(self, level: Level, volume: Volume) -> None:
        level.group.last, level.group.output = len(self.nodes), volume.shape

    def remember(self, name: str, result: Result, here: Here) -> None:
        here.names.results.setdefault(name, []).append(result)
        here.level.results.setdefault(name, []).append(result)

    def merge(self, item: Merge, volume: Volume, here: Here) -> Walk:
        self.pay(item.kind, here)
        volumes = []
        for branch in item.branches:
            level = here.level
            names = Names(here.names)
            first = len(self.nodes)
            if branch.name is not None:
                level = level.below(branch.name.text, branch.item, first)
            inner = Here(here.frame, names, level, here.aux, here.index)
            out = yield self.walk(branch.item, volume, inner)
            volumes.append(out)
            if branch.name is not None:
                self.close(level, out)
                result = Result(branch.item, inner, level, out, first, len(self.nodes))
                self.remember(branch.name.text, result, here)
        labels = [_branch_label(branch, i) for i, branch in enumerate(item.branches)]
        places = [_branch_place(branch, item.kind) for branch in item.branches]
        return self.join(item.kind.text, volumes, labels, places, item.kind.place, here)

    def choice(self, item: If, volume: Volume, here: Here) -> Walk:
        self.pay(item.condition.text, here)
        here.frame.volume, here.frame.index = volume, here.index
        self.budget -= item.condition.tree.size
        try:
            chosen = item.then if truth(item.condition.tree, here.frame) else item.otherwise
        except ExpressionError as error:
            self.wrong(error, item.condition.text, 0, here)
            return LOST
        except Unknowable:
            return LOST
        if chosen is not None:
            volume = yield self.walk(chosen, volume, here)
        return volume

    def repeat(self, item: Repeat, volume: Volume, here: Here) -> Walk:
        count = self.count(item.count.tree, item.count.text, 0, volume, here)
        if count is None:
            return LOST
        for index in range(count):
            self.pay(item.count.text, here)
            volume = yield self.round(item.body, volume, here, index)
        return volume

    def round(self, body: Item, volume: Volume, here: Here, index: int) -> Walk:
        """Walk one round in a level and list of its own."""
        level = here.level.round(body, len(self.nodes))
        inner = Here(here.frame, Names(here.names), level, here.aux, index)
        first = len(self.nodes)
        volume = yield self.walk(body, volume, inner)
        self.close(level, volume)
        name = level.group.name
        result = Result(body, inner, level, volume, first, len(self.nodes))
        here.level.results.setdefault(name, []).append(result)
        return volume

    def count(self, tree: Tree, text: Scalar, start: int, volume: Volume, here: Here) -> int | None:
        """Evaluate a count; None when it has a problem or is not known."""
        try:
            value = here.frame.evaluate(tree, volume, here.index)
        except ExpressionError as error:
            self.wrong(error, text, start, here)
            return None
        except Unknowable:
            return None
        place = text.place(start + tree.start, tree.length)
        if isinstance(value, Fraction):
            message = f"{described(value)} rounds: a count is whole"
            self.problem("E105", message, place, "floor, ceil or round it", here)
        elif isinstance(value, (bool, str, tuple)):
            self.problem("E105", f"a count is a whole number, not {described(value)}", place, None, here)
        elif hasattr(value, "free_symbols"):
            self.problem("E117", f"which layers there are may not depend on {value}", place, "give it a number", here)
        elif value < 0:
            self.problem("E105", f"{value} rounds: a count is 0 or more", place, None, here)
        elif value * ITEM_COST > self.budget:
            self.stop(f"{value:,} rounds are more than {STEPS:,} steps of work", place, here)
        else:
            return int(value)
        return None

    def aux(self, item: Aux, volume: Volume, here: Here) -> Walk:
        for name, body in item.heads:
            self.pay(name, here)
            level = here.level.below(name.text, body, len(self.nodes))
            inner = Here(here.frame, Names(here.names), level, here.aux or name.text, here.index)
            first = len(self.nodes)
            out = yield self.walk(body, volume, inner)
            self.close(level, out)
            self.remember(name.text, Result(body, inner, level, out, first, len(self.nodes)), here)
        return volume

    def long_form(self, item: LongForm, volume: Volume, here: Here) -> Walk:
        self.pay(item.kind, here)
        kind = KINDS.get(item.kind.text) or SYNONYMS[item.kind.text]
        place = item.kind.place()
        values: dict[str, Value] = {}
        places: dict[str, Place] = {}
        fine = True
        for key, given in item.values:
            field = self.field(kind, key.text, key.place(), here)
            if field is None:
                fine = False
                continue
            places[field.name] = _given_place(given) or key.place()
            try:
                values[field.name] = self.field_value(field, given, here, volume)
            except Unknowable:
                fine = False
        fine = self.missing(kind, values, place, here) and fine
        layer = self.make(kind, values, places, volume, here) if fine else None
        return self.apply(layer, volume, item.kind.place, places, here) if layer else LOST
        yield

    def field_value(self, field: Field, given: Given, here: Here, volume: Volume) -> Value:
        if isinstance(given, tuple):
            return tuple(self.field_value(field, part, here, volume) for part in given)
        try:
            return self.argument(field, given.tree, here, volume)
        except ExpressionError as error:
            self.wrong(error, given.text, 0, here)
            raise Unknowable from None

    # Chains.

    def chain(self, item: Chain, volume: Volume, here: Here) -> Walk:
        volume = yield self.steps(item.steps, item.text, volume, here)
        return volume

    def steps(self, steps: Iterable[Step], text: Scalar, volume: Volume, here: Here) -> Walk:
        for step in steps:
            self.pay(text, here, step.start, step.length)
            kind = type(step)
            if kind is Call:
                assert isinstance(step, Call)
                if step.count is None:
                    target = self.target(step, text, here)
                    if isinstance(target, Block):
                        volume = yield self.block(target, step, text, volume, here)
                    elif target is not None:
                        volume = self.layer(target, step, text, volume, here)
                    elif step.name != "identity":
                        volume = self.check_letter(step, text, volume, here)
                else:
                    volume = yield self.rounds(step, text, volume, here)
            elif kind is Check:
                volume = self.check(step, text, volume, here)  # type: ignore[arg-type]
            elif kind is Grouped:
                assert isinstance(step, Grouped)
                if step.count is None:
                    volume = yield self.steps(step.steps, text, volume, here)
                else:
                    volume = yield self.rounds(step, text, volume, here)
            elif kind is Use:
                volume = self.find_volume(step.path, text, here)  # type: ignore[union-attr]
            elif kind is Again:
                volume = yield self.again(step, text, volume, here)  # type: ignore[arg-type]
            else:
                volume = self.merge_with(step, text, volume, here)  # type: ignore[arg-type]
        return volume

    def rounds(self, step: Call | Grouped, text: Scalar, volume: Volume, here: Here) -> Walk:
        """Walk a counted step: every round is a level."""
        assert step.count is not None
        count = self.count(step.count.tree, text, step.count.start, volume, here)
        if count is None:
            return LOST
        if isinstance(step, Call):
            once: tuple[Step, ...] = (
                Call(step.name, step.arguments, None, step.name_start, step.start + step.length - step.name_start, step.name_start),
            )
        else:
            once = step.steps
        first = once[0].start
        last = once[-1].start + once[-1].length
        body = Chain(Scalar(text.source, text.text[first:last], text.start, text.end, text.style), ())
        for index in range(count):
            level = here.level.round(body, len(self.nodes))
            inner = Here(here.frame, Names(here.names), level, here.aux, index)
            begun = len(self.nodes)
            volume = yield self.steps(once, text, volume, inner)
            self.close(level, volume)
            result = Result(Chain(text, once), inner, level, volume, begun, len(self.nodes))
            here.level.results.setdefault(level.group.name, []).append(result)
        return volume

    def target(self, step: Call, text: Scalar, here: Here) -> Block | type[Layer] | None:
        """Find what a step's head means: a block or kind first, then a name bound to one."""
        name = step.name
        for _ in range(2):
            block = self.spec.blocks.get(name)
            if block is not None:
                return block
            kind = KINDS.get(name) or SYNONYMS.get(name)
            if kind is not None:
                return kind
            if name == "identity":
                return None
            value = here.frame.names.get(name, self.vars.get(name))
            if not isinstance(value, str):
                return None
            name = value
        return None

    def check_letter(self, step: Call, text: Scalar, volume: Volume, here: Here) -> Volume:
        """A head that means nothing: one capital letter alone is a shape check, a word bound to identity is identity."""
        bound = here.frame.names.get(step.name, self.vars.get(step.name))
        if bound == "identity":
            return volume
        if len(step.name) == 1 and step.name.isupper() and not step.arguments and bound is None:
            size = parse_size(step.name)
            assert size is not None
            return self.check(Check(size, step.name_start, 1), text, volume, here)
        place = text.place(step.name_start, len(step.name))
        if bound is not None:
            message = f"{step.name} is {described(bound)} here, which is no layer"
            self.problem("E108", message, place, None, here)
        else:
            self.unknown_kind(step.name, place, here.frame.names, here)
        return LOST

    def unknown_kind(self, name: str, place: Place, names: Iterable[str], here: Here | None) -> None:
        known = [*KINDS, *SYNONYMS, *self.spec.blocks, *names]
        frameworks = {word: kind.kind for kind in KINDS.values() for word in kind.framework_names}
        if name in frameworks:
            hint: str | None = f"did you mean {quoted(frameworks[name])}?"
        else:
            hint = did_you_mean(name, known) or "`cnncalc layers` lists all kinds"
        self.problem("E108", f"there is no layer or block {quoted(name)}", place, hint, here)

    def layer(self, kind: type[Layer], step: Call, text: Scalar, volume: Volume, here: Here) -> Volume:
        """Apply a kind to the volume."""
        key = (id(step), kind)
        plan = self.plans.get(key)
        if plan is None and key not in self.plans:
            plan = self.plans[key] = self.plan(kind, step, text, here)
        if plan is None:
            return LOST
        values = []
        for field, part in plan.fields:
            try:
                values.append(self.argument(field, part.tree, here, volume))
            except ExpressionError as error:
                self.wrong(error, text, part.start, here)
                return LOST
            except Unknowable:
                return LOST
        sides = None if volume.shape is None else len(volume.shape.sides)
        known = (sides, *values, *map(type, values))
        layer = plan.layers.get(known)
        if layer is None:
            named = {field.name: value for (field, _), value in zip(plan.fields, values, strict=True)}
            layer = self.make(kind, named, _places(plan, text), volume, here)
            if layer is None:
                return LOST
            plan.layers[known] = layer
        if volume.shape is None:
            return LOST
        shape = self.inferred.get((layer, (volume.shape,)))
        if shape is None or type(shape) is list:
            return self.apply(layer, volume, StepPlace(text, step), _places(plan, text), here)
        return self.add(layer, (volume,), shape, StepPlace(text, step), here)  # type: ignore[arg-type]

    def plan(self, kind: type[Layer], step: Call, text: Scalar, here: Here) -> Plan | None:
        """Match the arguments of a step with the fields of a kind."""
        fields = list(kind.fields.values())
        matched: dict[str, tuple[Field, Part]] = {}
        fine = True
        for position, argument in enumerate(step.arguments):
            part = argument.value
            place = text.place(argument.name_start, part.start + part.length - argument.name_start)
            if argument.field is not None:
                field = self.field(kind, argument.field, text.place(argument.name_start, len(argument.field)), here)
            elif position < len(fields):
                field = fields[position]
            else:
                field = None
                count = len(fields)
                takes = "no arguments" if count == 0 else "one argument" if count == 1 else f"at most {count} arguments"
                self.problem("E111", f"{kind.kind} takes {takes}", place, self.usage(kind), here)
            if field is None:
                fine = False
            elif field.name in matched:
                self.problem("E111", f"{field.name} is given twice", place, None, here)
                fine = False
            else:
                matched[field.name] = (field, part)
        place = text.place(step.name_start, len(step.name))
        fine = self.missing(kind, matched, place, here) and fine
        return Plan(list(matched.values())) if fine else None

    def field(self, kind: type[Layer], name: str, place: Place, here: Here) -> Field | None:
        """Return the field of a kind by its name, or tell that there is none."""
        found = kind.fields.get(name)
        if found is None:
            meant = field_named(kind, name)
            hint = f"did you mean {quoted(meant)}?" if meant else did_you_mean(name, kind.fields) or self.usage(kind)
            self.problem("E111", f"{kind.kind} has no field {quoted(name)}", place, hint, here)
        return found

    def missing(self, kind: type[Layer], given: Mapping[str, object], place: Place, here: Here) -> bool:
        missing = [f.name for f in kind.fields.values() if f.required and f.name not in given]
        if missing:
            self.problem("E104", f"{kind.kind} needs {' and '.join(missing)}", place, self.usage(kind), here)
        return not missing

    def usage(self, kind: type[Layer]) -> str:
        return f"write {kind.usage()}"

    def argument(self, field: Field, tree: Tree, here: Here, volume: Volume) -> Value:
        """Evaluate an argument of a kind; a bare word is a value where the field lists words."""
        if type(tree) is Name:
            try:
                frame = here.frame
                frame.volume, frame.index = volume, here.index
                value = frame.lookup(tree.name)
            except KeyError:
                words = field.type.words
                if not words:
                    here.frame.unbound(tree.name, tree.start, tree.length)
                # The field's own message names the words that it takes.
                return tree.name
            return value
        return here.frame.evaluate(tree, volume, here.index)

    def make(
        self, kind: type[Layer], values: dict[str, Value], places: dict[str, Place], volume: Volume, here: Here
    ) -> Layer | None:
        """Bind the values to the fields of a kind; tell what a field does not take."""
        sides = None if volume.shape is None else len(volume.shape.sides)
        fine = True
        for name, value in values.items():
            try:
                kind.fields[name].type.read(value, sides)
            except Refused as refused:
                fine = False
                space = " " if refused.reason.startswith("must") else ": "
                message = f"{name}{space}{refused.reason}"
                self.problem(refused.code, message, places[name], refused.hint, here)
        if not fine or sides is None:
            return None
        layer = kind(sides, **values)
        return self.layers.setdefault(layer, layer)

    def apply(self, layer: Layer, volume: Volume, where: Where, places: dict[str, Place], here: Here) -> Volume:
        """Put a layer behind a volume, or tell why it does not fit."""
        if volume is NOWHERE:
            inputs = " or ".join(f"use {name}" for name in self.inputs)
            self.problem("E109", f"{layer.kind} has no volume to work on", where(), f"begin the chain with {inputs}", here)
            return LOST
        if volume.shape is None:
            return LOST
        known = self.inferred.get((layer, (volume.shape,)))
        if known is None:
            refusals = list(layer.check(volume.shape))
            known = refusals or layer.shape(volume.shape)
            self.inferred[layer, (volume.shape,)] = known
        if type(known) is list:
            for refusal in known:
                place = places.get(refusal.field or "") or where()
                self.problem(refusal.code, refusal.message, place, refusal.hint, here)
            return LOST
        return self.add(layer, (volume,), known, where, here)  # type: ignore[arg-type]

    def add(self, layer: Layer, volumes: tuple[Volume, ...], y: Shape, where: Where, here: Here) -> Volume:
        index = len(self.nodes)
        if index >= LAYERS:
            self.stop(f"more than {LAYERS:,} layers", where(), here)
        node = Node(
            index,
            here.level.unnamed(layer.kind),
            layer,
            tuple([v.node for v in volumes]),
            tuple([v.shape for v in volumes]),  # type: ignore[misc]
            y,
            where,
            here.frame.calls,
            here.aux,
        )
        self.nodes.append(node)
        return Volume(index, y)

    # Blocks.

    def block(self, block: Block, step: Call, text: Scalar, volume: Volume, here: Here) -> Walk:
        """Walk a block with its parameters bound."""
        place = text.place(step.start, step.length)
        if len(here.frame.calls) >= BLOCK_DEPTH:
            names = [call.block for call in here.frame.calls]
            if block.name in names:
                self.problem("E116", f"block {quoted(block.name)} calls itself without an end", place, None, here)
            else:
                self.problem("E112", f"blocks are nested deeper than {BLOCK_DEPTH}", place, None, here)
            raise Stop
        self.walked_blocks.add(block.name)
        path = here.level.prefix.rstrip(".")
        frame = Frame(self, block, volume, (*here.frame.calls, CallPlace(block.name, place, path)))
        fine = self.bind(block, step, text, frame, volume, here)
        if not fine:
            return LOST
        inner = Here(frame, Names(None), here.level, here.aux, None)
        volume = yield self.walk(block.body, volume, inner)
        return volume

    def bind(self, block: Block, step: Call, text: Scalar, frame: Frame, volume: Volume, here: Here) -> bool:
        """Bind the arguments of a call to the parameters of a block; defaults are evaluated left to right."""
        parameters = block.parameters
        given: dict[str, Part] = {}
        fine = True
        for position, argument in enumerate(step.arguments):
            part = argument.value
            place = text.place(argument.name_start, part.start + part.length - argument.name_start)
            name = argument.field
            if name is None and position < len(parameters):
                name = parameters[position].name
            elif name is None:
                count = len(parameters)
                takes = "no arguments" if not count else "one argument" if count == 1 else f"at most {count} arguments"
                self.problem("E111", f"block {block.name} takes {takes}", place, f"it is headed {block.usage()}", here)
                fine = False
                continue
            elif all(p.name != name for p in parameters):
                hint = did_you_mean(name, [p.name for p in parameters]) or f"it is headed {block.usage()}"
                place = text.place(argument.name_start, len(name))
                self.problem("E111", f"block {block.name} has no parameter {quoted(name)}", place, hint, here)
                fine = False
                continue
            if name in given:
                self.problem("E111", f"{name} is given twice", place, None, here)
                fine = False
            given[name] = part
        missing = [p.name for p in parameters if p.default is None and p.name not in given]
        if missing:
            place = text.place(step.name_start, len(step.name))
            hint = f"it is headed {block.usage()}"
            self.problem("E104", f"block {block.name} needs {' and '.join(missing)}", place, hint, here)
            fine = False
        for parameter in parameters:
            found = given.get(parameter.name)
            try:
                if found is not None:
                    frame.names[parameter.name] = self.block_argument(found, volume, here)
                elif parameter.default is not None:
                    frame.names[parameter.name] = self.default(parameter.default, frame, volume)
            except ExpressionError as error:
                fine = False
                if found is not None:
                    self.wrong(error, text, found.start, here)
                else:
                    self.wrong(error, block.header, parameter.start, here)
            except Unknowable:
                fine = False
        return fine

    def block_argument(self, part: Part, volume: Volume, here: Here) -> Value:
        """Evaluate an argument of a block: a value, a result's name, or a word."""
        tree = part.tree
        if isinstance(tree, (Name, Path)):
            name = tree.name
            frame = here.frame
            frame.volume, frame.index = volume, here.index
            try:
                if isinstance(tree, Name):
                    return frame.lookup(name)
            except KeyError:
                pass
            result = self.find(name, here, tree.start)
            if result is not None:
                return Reference.to(name, result)
            if self.is_word(name):
                return name
            known = [*frame.names, *self.vars, *KINDS, *self.spec.blocks, *_visible(here), *WORDS]
            message = f"nothing is called {quoted(name)} here"
            raise ExpressionError("E109", message, tree.start, tree.length, did_you_mean(name, known))
        return here.frame.evaluate(tree, volume, here.index)

    def default(self, tree: Tree, frame: Frame, volume: Volume) -> Value:
        if isinstance(tree, Name):
            frame.volume, frame.index = volume, None
            try:
                return frame.lookup(tree.name)
            except KeyError:
                if self.is_word(tree.name):
                    return tree.name
        return frame.evaluate(tree, volume, None)

    # Results.

    def find(self, path: str, here: Here, start: int) -> Result | Volume | None:
        """Find a written name: this list, the lists around it, then parameters; below it, its levels.

        Returns None when there is none; raises ExpressionError when there are two.
        """
        head, _, rest = path.partition(".")
        names: Names | None = here.names
        found: Result | Volume | None = None
        while names is not None and found is None:
            candidates = names.results.get(head)
            if candidates:
                found = self.only(candidates, head, start)
            names = names.around
        if found is None:
            value = here.frame.names.get(head)
            if isinstance(value, Reference):
                found = value.result
        if found is None and head == "input":
            found = here.frame.input
        for part in rest.split(".") if rest and found is not None else ():
            if isinstance(found, Volume):
                return None
            candidates = found.level.results.get(part)
            if not candidates:
                return None
            found = self.only(candidates, part, start)
        return found

    def only(self, candidates: list[Result], name: str, start: int) -> Result:
        if len(candidates) > 1:
            paths = " and ".join(result.level.group.path for result in candidates[:3])
            message = f"{len(candidates)} results are called {quoted(name)}: {paths}"
            raise ExpressionError("E110", message, start, len(name), "give one of them another name")
        return candidates[0]

    def find_volume(self, path: Written, text: Scalar, here: Here) -> Volume:
        """Return the volume that a name stands for, or tell that there is none."""
        result = self.find_result(path, text, here)
        if isinstance(result, Result):
            return result.volume
        if result is NOWHERE:
            place = text.place(path.start, len(path.name))
            self.problem("E109", "there are several inputs", place, f"use {' or '.join(self.inputs)}", here)
            return LOST
        return LOST if result is None else result

    def find_result(self, path: Written, text: Scalar, here: Here) -> Result | Volume | None:
        try:
            result = self.find(path.name, here, path.start)
        except ExpressionError as error:
            self.wrong(error, text, 0, here)
            return None
        if result is None:
            visible = _visible(here)
            hint = did_you_mean(path.name, visible)
            if hint is None:
                hint = f"named so far: {', '.join(visible[-6:])}" if visible else "nothing is named so far"
            place = text.place(path.start, len(path.name))
            self.problem("E109", f"no earlier result is called {quoted(path.name)}", place, hint, here)
        return result

    def again(self, step: Again, text: Scalar, volume: Volume, here: Here) -> Walk:
        """Walk a named item once more on this volume; its layers use the weights of the first time."""
        result = self.find_result(step.path, text, here)
        if not isinstance(result, Result):
            if isinstance(result, Volume) and result.shape is not None:
                place = text.place(step.path.start, len(step.path.name))
                self.problem("E109", f"{step.path.name} is an input, which has no layers", place, None, here)
            return LOST
        began = result.here
        frame = Frame(self, began.frame.block, began.frame.input, began.frame.calls)
        frame.names = began.frame.names
        inner = Here(frame, Names(began.names.around), here.level, here.aux, began.index)
        first = len(self.nodes)
        volume = yield self.walk(without_use(result.item), volume, inner)
        if volume.shape is None:
            return LOST
        place = text.place(step.start, step.length)
        fresh, old = self.nodes[first:], self.nodes[result.first : result.last]
        if len(fresh) != len(old):
            message = f"{step.path.name} has {len(old)} layers the first time and {len(fresh)} on this volume"
            self.problem("E211", message, place, None, here)
            return LOST
        for node, origin in zip(fresh, old, strict=True):
            weights, first_weights = node.layer.weights(*node.x), origin.layer.weights(*origin.x)
            if weights != first_weights:
                name, shape = next((n, s) for n, s in weights.items() if first_weights.get(n) != s)
                was = "x".join(map(str, first_weights.get(name, ()))) or "not there"
                message = f"{origin.path} has a {name} of {was}, here it would be {'x'.join(map(str, shape))}"
                self.problem("E211", message, place, "shared weights need volumes of the same channels", here)
                return LOST
            if weights or node.layer.buffers(*node.x):
                node.shares = origin.index if origin.shares is None else origin.shares
        return volume

    # Merges and checks.

    def merge_with(self, step: MergeWith, text: Scalar, volume: Volume, here: Here) -> Volume:
        volumes = [volume]
        labels = ["this volume"]
        places: list[Where] = [partial(text.place, step.start, len(step.kind))]
        for name in step.names:
            volumes.append(self.find_volume(name, text, here))
            labels.append(name.name)
            places.append(partial(text.place, name.start, len(name.name)))

        return self.join(step.kind, volumes, labels, places, StepPlace(text, step), here)

    def join(
        self, kind: str, volumes: list[Volume], labels: list[str], places: list[Where], where: Where, here: Here
    ) -> Volume:
        """Merge volumes, or tell which differ."""
        for volume, label, place in zip(volumes, labels, places, strict=True):
            if volume is NOWHERE:
                inputs = " or ".join(f"use {name}" for name in self.inputs)
                self.problem("E109", f"{label} of {kind} has no volume", place(), f"begin it with {inputs}", here)
        if any(volume.shape is None for volume in volumes):
            return LOST
        shapes: tuple[Shape, ...] = tuple(volume.shape for volume in volumes)  # type: ignore[misc]
        layer = KINDS[kind](len(max((s.sides for s in shapes), key=len)))
        layer = self.layers.setdefault(layer, layer)
        assert isinstance(layer, MergeLayer)
        known = self.inferred.get((layer, shapes))
        if known is None:
            mismatch = layer.mismatch(shapes)
            if mismatch is not None:
                index, _ = mismatch
                each = ", ".join(f"{label} {shape}" for label, shape in zip(labels, shapes, strict=True))
                message = f"{kind} needs {layer.needs(shapes[0], shapes[index])}: {each}"
                self.problem("E204", message, places[index](), remedy(shapes[0], shapes[index]), here)
                return LOST
            known = self.inferred[layer, shapes] = layer.shape(*shapes)
        return self.add(layer, tuple(volumes), known, where, here)  # type: ignore[arg-type]

    def check(self, step: Check, text: Scalar, volume: Volume, here: Here) -> Volume:
        """Hold a shape against the volume. A lost volume is found again by a check that says all its numbers."""
        parts = step.size.parts
        wanted: list[Any] = []
        for part in parts:
            if isinstance(part, (Wildcard, Symbol)):
                wanted.append(part)
                continue
            if isinstance(part, Unknown):
                place = text.place(step.start + part.start, 1)
                self.problem("E115", "? stands for a number that is not known", place, "_ stands for any number", here)
                return LOST
            try:
                wanted.append(here.frame.evaluate(part, volume, here.index))
            except ExpressionError as error:
                self.wrong(error, text, step.start, here)
                return LOST
            except Unknowable:
                return LOST
        place = text.place(step.start, step.length)
        for number in wanted:
            if isinstance(number, (bool, str, tuple, Fraction)):
                self.problem("E105", f"a shape is made of whole numbers, not {described(number)}", place, None, here)
                return LOST
        if volume is NOWHERE:
            inputs = " or ".join(f"use {name}" for name in self.inputs)
            self.problem("E109", "there is no volume to check", place, f"begin the chain with {inputs}", here)
            return LOST
        if volume.shape is None:
            whole = all(isinstance(number, int) for number in wanted) and len(wanted) <= 4
            return Volume(-1, Shape(tuple(wanted[:-1]), wanted[-1])) if whole else LOST
        came = volume.shape.hwc
        wrong = len(came) != len(wanted)
        letters: dict[str, Any] = {}
        for number, actual in zip(wanted, came, strict=False):
            if isinstance(number, Symbol):
                bound = here.frame.names.get(number.name, self.vars.get(number.name))
                number = letters.setdefault(number.name, actual if bound is None else bound)
                wrong = wrong or number != actual
            elif not isinstance(number, Wildcard) and not self.free:
                wrong = wrong or number != actual
        if wrong:
            source = "comes in"
            if 0 <= volume.node < len(self.nodes):
                node = self.nodes[volume.node]
                if node.kind != "input":
                    source = f"comes out of {node.path} ({node.layer})"
            said = text.text[step.start : step.start + step.length]
            self.problem("E205", f"{volume.shape} {source}, not {said}", place, _sides_hint(volume.shape, len(wanted)), here)
        return volume


class StepPlace:
    """The place of a step, found when it is asked for."""

    __slots__ = ("step", "text")

    def __init__(self, text: Scalar, step: Step) -> None:
        self.text, self.step = text, step

    def __call__(self) -> Place:
        return self.text.place(self.step.start, self.step.length)


def _places(plan: Plan, text: Scalar) -> dict[str, Place]:
    return {field.name: text.place(part.start, part.length) for field, part in plan.fields}


def _sides_hint(shape: Shape, parts: int) -> str | None:
    if len(shape.hwc) == parts:
        return None
    return f"the volume has {sides_text(len(shape.sides))} and channels" if shape.sides else "the volume is a vector"


def _branch_label(branch: Branch, index: int) -> str:
    return branch.name.text if branch.name else f"branch {index + 1}"


def _branch_place(branch: Branch, kind: Scalar) -> Where:
    if branch.name is not None:
        return branch.name.place
    item = branch.item
    while isinstance(item, Items) and item.items:
        item = item.items[0]
    if isinstance(item, Chain):
        return item.text.place
    if isinstance(item, Named):
        return item.name.place
    return kind.place


def _given_place(given: Given) -> Place | None:
    if isinstance(given, Formula):
        return given.text.place()
    return next((place for part in given if (place := _given_place(part))), None)


def _visible(here: Here) -> list[str]:
    found: list[str] = []
    names: Names | None = here.names
    while names is not None:
        found = [*names.results, *found]
        names = names.around
    return found


def _steps(item: Item | None) -> Iterable[tuple[Scalar, Step]]:
    """Yield every step written in an item, with the scalar it stands in."""
    if isinstance(item, Chain):
        stack = list(item.steps)
        while stack:
            step = stack.pop()
            if isinstance(step, Grouped):
                stack.extend(step.steps)
            else:
                yield item.text, step
    elif isinstance(item, Items):
        for part in item.items:
            yield from _steps(part)
    elif isinstance(item, Named):
        yield from _steps(item.item)
    elif isinstance(item, Merge):
        for branch in item.branches:
            yield from _steps(branch.item)
    elif isinstance(item, Repeat):
        yield from _steps(item.body)
    elif isinstance(item, If):
        yield from _steps(item.then)
        yield from _steps(item.otherwise)
    elif isinstance(item, Aux):
        for _, body in item.heads:
            yield from _steps(body)


__all__ = ["expand", "written", "Problems"]
