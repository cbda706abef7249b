"""Scopes: named results, the lists that contain them, levels of the path, calls of blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, TypeAlias

from cnncalc.expand.journal import ITEM_COST, Journal
from cnncalc.layers.fields import Sides, Value
from cnncalc.network.network import Group
from cnncalc.problem import Call, Place, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.chain import Step
from cnncalc.spec.expression import ExpressionError, Tree, VolumeName, is_volumes
from cnncalc.spec.model import Block, Item
from cnncalc.spec.tree import Scalar

Where: TypeAlias = Callable[[], Place]


class StepPlace:
    """The place of a step, found when it is asked for."""

    __slots__ = ("step", "text")

    def __init__(self, text: Scalar, step: Step) -> None:
        self.text, self.step = text, step

    def __call__(self) -> Place:
        return self.text.place(self.step.start, self.step.length)


class Volume(NamedTuple):
    """What flows: the node it comes from and its shape."""

    node: int
    shape: Shape | None


LOST = Volume(-1, None)
"""Not known, because of a problem that is already reported."""
NOWHERE = Volume(-2, None)
"""With several inputs, what there is until a `use`."""


class Unknowable(Exception):  # noqa: N818  # no fault, a value that is missing
    """A value depends on a volume that a problem has made unknown."""


class Result:
    """A name that was written: its volume, its nodes `first` to `last`, and what is needed to walk it again."""

    __slots__ = ("first", "here", "item", "last", "level", "volume")

    def __init__(self, item: Item, here: Here, volume: Volume, first: int, last: int) -> None:
        self.item, self.here, self.volume, self.first, self.last = item, here, volume, first, last
        self.level = here.level


class Reference(VolumeName):
    """A volume as a value: an argument of a block, an entry of a list."""

    result: Result | Volume

    @classmethod
    def to(cls, word: str, result: Result | Volume) -> Reference:
        reference = cls(word)
        reference.result = result
        return reference

    @property
    def label(self) -> str:
        """What it is called in a list: the last name of its path."""
        return self.rpartition(".")[2]

    @property
    def volume(self) -> Volume:
        return self.result.volume if isinstance(self.result, Result) else self.result

    def part(self, name: str) -> Value:
        return _part(self.volume, name)

    def below(self, name: str, start: int) -> Value:
        result = self.result
        found = result.here.below(result, name, start) if isinstance(result, Result) else None
        return None if found is None else value_of(f"{self}.{name}", found)


References: TypeAlias = tuple[Reference, ...]


def references(value: Value) -> References:
    """Return the volumes that a value is or lists."""
    return tuple(each for each in (value if type(value) is tuple else (value,)) if isinstance(each, Reference))


NO_RESULTS: dict[str, list[Result]] = {}
"""What most lists and levels hold; never filled."""


NO_LOOPS: list[list[Result]] = []
NO_NAMES: set[str] = set()

MOST_NAMES = 200
"""Names that are looked through to see whether one of them means a volume."""


class Names:
    """The names written in a list, and the lists around it up to the block's edge."""

    __slots__ = ("around", "entry", "loops", "results")

    def __init__(self, around: Names | None) -> None:
        self.around = around
        self.results: dict[str, list[Result]] = NO_RESULTS
        self.loops: list[list[Result]] = NO_LOOPS  # that stand in this list, each with its rounds so far
        self.entry: tuple[str, Value] | None = None  # in a round of a loop over a list, what is called how

    def visible(self) -> list[str]:
        """Return every name that can be used here, the nearest last; those of rounds by the last round of a loop."""
        rounds = [loop[-1].level.results for loop in self.loops if loop]
        listed = [name for found in rounds for name, each in found.items() if not each[0].level.group.is_round]
        return [*(self.around.visible() if self.around else ()), *listed, *self.results]

    def below(self, name: str) -> list[str]:
        """Return the paths of what is called so one or two levels below the names of this list."""
        found = []
        for path, results in list(self.results.items())[-1000:]:
            level = results[0].level
            if name in level.results:
                found.append(f"{path}.{name}")
            elif level.rounds:
                first = next((r for some in level.results.values() for r in some if r.level.group.is_round), None)
                if first is not None and name in first.level.results:
                    found.append(f"{path}.{first.level.group.name}.{name}")
        return found

    def remember(self, name: str, result: Result) -> None:
        if not self.results:
            self.results = {}
        self.results.setdefault(name, []).append(result)

    def loop(self) -> list[Result]:
        """Begin a loop; return the list for its rounds."""
        if not self.loops:
            self.loops = []
        self.loops.append([])
        return self.loops[-1]


class Level:
    """A level of the path. It hands out paths, no two of them equal."""

    __slots__ = ("_results", "entry", "group", "later", "reserved", "rounds", "taken")

    def __init__(self, group: Group) -> None:
        self.group = group
        self.entry: str | None = None  # the volume that a round is about
        self.taken: dict[str, int] = {}  # names; and behind `name ` and a joint, how many were made of it
        self.reserved: set[str] = NO_NAMES  # names that are written in this level, perhaps further down
        self.rounds = 0
        self._results: dict[str, list[Result]] = NO_RESULTS
        self.later: Callable[[], dict[str, list[Result]]] | None = None  # finds the results when they are asked for

    @property
    def results(self) -> dict[str, list[Result]]:
        if self.later is not None:
            self._results, self.later = self.later(), None
        return self._results

    def reserve(self, names: Collection[str]) -> None:
        """Keep names for those that write them."""
        if names:
            if not self.reserved:
                self.reserved = set()
            self.reserved.update(names)

    def unnamed(self, kind: str) -> str:
        """Return a path for an unnamed step: conv, then conv2."""
        name = kind
        if name in self.taken or name in self.reserved:
            name = self._numbered(kind, "", self.reserved)
        self.taken[name] = 0
        return self.path(name)

    def below(self, name: str, item: Item, first: int) -> Level:
        """Open the level of a written name."""
        return self._open(self._numbered(name, "_", ()) if name in self.taken else name, item, first, False)

    def round(self, item: Item, first: int, entry: str | None = None) -> Level:
        """Open the level of the next round, which is called as the volume that it is about or by its number."""
        self.rounds += 1
        while str(self.rounds) in self.taken or str(self.rounds) in self.reserved:
            self.rounds += 1
        name = str(self.rounds)
        if entry is not None and entry not in self.taken and entry not in self.reserved:
            name = entry
        level = self._open(name, item, first, True)
        level.entry = entry
        return level

    def path(self, name: str) -> str:
        return f"{self.group.path}.{name}" if self.group.path else name

    def remember(self, name: str, result: Result) -> None:
        if not self._results:
            self._results = {}
        self._results.setdefault(name, []).append(result)

    def _numbered(self, name: str, joint: str, reserved: Collection[str]) -> str:
        """Return the first of name2, name3 … that is free."""
        key = f"{name} {joint}"
        number = self.taken.get(key, 1) + 1
        while f"{name}{joint}{number}" in self.taken or f"{name}{joint}{number}" in reserved:
            number += 1
        self.taken[key] = number
        return f"{name}{joint}{number}"

    def _open(self, name: str, item: Item, first: int, is_round: bool) -> Level:
        self.taken[name] = 0
        group = Group(self.path(name), item, first, is_round=is_round)
        self.group.children.append(group)
        return Level(group)

    def close(self, last: int, volume: Volume) -> None:
        known = volume.node >= 0  # behind a problem a check may say a shape that nothing is known to have
        self.group.last, self.group.output = last, volume.shape if known else None


class Frame:
    """One call of a block, or the network itself: what its names are bound to. The Scope of its expressions."""

    __slots__ = ("block", "calls", "here", "input", "is_word", "journal", "names", "vars", "volume")

    def __init__(
        self,
        journal: Journal,
        is_word: Callable[[str], bool],
        vars: dict[str, Value],
        block: Block | None,
        input: Volume,
        calls: tuple[Call, ...],
    ) -> None:
        self.journal, self.is_word, self.vars = journal, is_word, vars
        self.block, self.input, self.calls = block, input, calls
        self.names: dict[str, Value] = {}
        self.volume = input
        self.here: Here | None = None
        """Where the expression stands that is evaluated, which says what its names refer to."""

    def with_entry(self, name: str, value: Value) -> Frame:
        """Return this call as a round sees it in which an entry of a list has a name."""
        frame = Frame(self.journal, self.is_word, self.vars, self.block, self.input, self.calls)
        frame.names = {**self.names, name: value}
        return frame

    def bound(self, name: str) -> Value | None:
        """Return the value of a parameter or var, None when there is no such name."""
        return self.names[name] if name in self.names else self.vars.get(name)

    def lookup(self, name: str) -> Value:
        if name in self.names:
            return self.names[name]
        if name == "channels" or name == "sides":
            return _part(self.volume, name)
        if name == "index" and self.here is not None and self.here.round is not None:
            return self.here.round
        if name.startswith("input."):
            return _part(self.input, name[6:])
        value = self.vars[name]
        if value is None:
            raise Unknowable
        return value

    def unbound(self, name: str, start: int, length: int) -> Value:
        """Return the volume or the list of volumes that a name refers to; raises ExpressionError for no name."""
        found = self.here.find(name, start) if self.here is not None else None
        if found is not None:
            return value_of(name, found)
        known = [*self.names, *self.vars, "channels", "sides", "input.channels", "input.sides"]
        hint = did_you_mean(name, known) or self.near_word(name)
        if name == "index":
            hint = "index counts the rounds of a repeat, and here is none"
        elif name == "input":
            hint = "input.channels and input.sides are its numbers"
        elif hint is None and self.block is not None:
            given = ", ".join(p.name for p in self.block.parameters) or "none"
            hint = f"known are the parameters of {self.block.name} ({given}) and the vars"
        raise ExpressionError("E109", f"nothing is called {quoted(name)} here", start, length, hint)

    def near_word(self, name: str) -> str | None:
        """Name the words that a misspelt one may mean."""
        words = [value for value in (*self.names.values(), *self.vars.values()) if type(value) is str]
        return did_you_mean(name, words)

    def evaluate(self, tree: Tree, volume: Volume, here: Here | None) -> Value:
        """Evaluate an expression where `volume` flows."""
        self.volume, self.here = volume, here
        self.journal.budget -= tree.size
        value = tree.evaluate(self)
        if type(value) is tuple:
            self.journal.budget -= len(value)
        return value


def _part(volume: Volume, part: str) -> Value:
    if volume.shape is None:
        if volume is NOWHERE:
            raise KeyError(part)
        raise Unknowable
    if part == "channels":
        return volume.shape.channels
    if part == "sides":
        return Sides(volume.shape.sides)
    raise KeyError(part)


Found: TypeAlias = "Result | Volume | References | None"
"""What a name refers to: a result, the input, or the volumes of several rounds."""


def value_of(name: str, found: Result | Volume | References) -> Value:
    """Return what a name refers to as the value of an expression."""
    return Reference.to(name, found) if isinstance(found, (Result, Volume)) else found


class Here(NamedTuple):
    """Where the walk is: in which call, list, level, side head and round."""

    frame: Frame
    names: Names
    level: Level
    aux: str | None = None
    round: int | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.frame.calls

    def inside(self, level: Level, aux: str | None = None, round: int | None = None) -> Here:
        """Go into a level, with a list of its own."""
        level.group.in_block = self.frame.block is not None or bool(self.frame.names)
        return Here(self.frame, Names(self.names), level, aux or self.aux, self.round if round is None else round)

    def remember(self, name: str, result: Result) -> None:
        self.names.remember(name, result)
        self.level.remember(name, result)

    def with_entry(self, name: str, value: Value) -> Here:
        """Go into a round in which an entry of a list has a name."""
        self.names.entry = (name, value)
        return self._replace(frame=self.frame.with_entry(name, value))

    def find(self, path: str, start: int, *, rounds: bool = True) -> Found:
        """Find a written name: in this list, the lists around it, then parameters; then the levels below it.

        With `rounds` also in the rounds of loops: then it means the volumes of all rounds. Returns None when there is
        none; raises ExpressionError when there are two.
        """
        head, *rest = path.split(".")
        found = self._head(head, start)
        if found is None and rounds:
            found = self._in_rounds(head, start)
        for part in rest:
            if found is None or isinstance(found, Volume):
                return None
            if not isinstance(found, Result):
                found = self._one_of(found, part, start)
            else:
                found = self.below(found, part, start, rounds=rounds)
        return found

    def below(self, result: Result, name: str, start: int, *, rounds: bool = True) -> Found:
        """Return what is called so in the level of a result, or in the rounds in it."""
        if name in result.level.results:
            return _only(result.level.results[name], name, start)
        return self._listed([result], name, start) if rounds else None

    def _in_rounds(self, name: str, start: int) -> References | None:
        """Find a name that is written in rounds of this list or of the lists around it."""
        names: Names | None = self.names
        while names is not None:
            found = [listed for loop in names.loops if (listed := self._listed(loop, name, start))]
            if len(found) > 1:
                message = f"{len(found)} loops have a {quoted(name)} in their rounds"
                raise ExpressionError("E110", message, start, len(name), "give one of them another name")
            if found:
                return found[0]
            names = names.around
        return None

    def _listed(self, results: Iterable[Result], name: str, start: int) -> References | None:
        """Return what is called so in rounds, in the rounds in them, or in those of the one result that is given."""
        found: list[Reference] = []
        stack = [*results][::-1]
        while stack:
            level = stack.pop().level
            self.frame.journal.budget -= ITEM_COST + len(level.results)
            if name in level.results:
                result = _only(level.results[name], name, start)
                found.append(Reference.to(level.entry or level.group.name, result))
            else:
                inner = (each for some in level.results.values() for each in some if each.level.group.is_round)
                stack.extend([*inner][::-1])
        if found:
            self.frame.journal.lists += 1
        return tuple(found) or None

    def _one_of(self, entries: References, name: str, start: int) -> Found:
        """Return the entry of a list that is called so, or what is called so in each of them."""
        labelled = [entry for entry in entries if entry.label == name]
        if len(labelled) > 1:
            message = f"{len(labelled)} volumes of the list are called {quoted(name)}"
            raise ExpressionError("E110", message, start, len(name), "count them from 0, as in levels[0]")
        if labelled:
            return labelled[0].result
        below = [
            (entry, entry.result.level.results[name])
            for entry in entries
            if isinstance(entry.result, Result) and name in entry.result.level.results
        ]
        return tuple(Reference.to(entry.label, _only(results, name, start)) for entry, results in below) or None

    def may_name(self, node: int) -> bool:
        """Judge whether some name seen here may mean a node; with very many names, without looking through them."""
        if self.frame.input.node == node:
            return True
        given = (each.result for value in self.frame.names.values() for each in references(value))
        known: list[Result | Volume] = [*given]
        names: Names | None = self.names
        while names is not None:
            for results in names.results.values():
                if len(known) + len(results) > MOST_NAMES:
                    return True
                known.extend(results)
            names = names.around
        return any(
            result.volume.node == node or result.first <= node < result.last
            if isinstance(result, Result)
            else result.node == node
            for result in known
        )

    def _head(self, head: str, start: int) -> Found:
        names: Names | None = self.names
        while names is not None:
            if head in names.results:
                return _only(names.results[head], head, start)
            if names.entry is not None and names.entry[0] == head:
                return _referred(names.entry[1])
            names = names.around
        return _referred(self.frame.names.get(head)) or (self.frame.input if head == "input" else None)


def _referred(value: Value) -> Found:
    """Return the volume, or the list of volumes, that a value is; None for another value."""
    if isinstance(value, Reference):
        return value.result
    return value if is_volumes(value) else None


def _only(candidates: list[Result], name: str, start: int) -> Result:
    if len(candidates) > 1:
        paths = " and ".join(result.level.group.path for result in candidates[:3])
        message = f"{len(candidates)} results are called {quoted(name)}: {paths}"
        raise ExpressionError("E110", message, start, len(name), "give one of them another name")
    return candidates[0]


def begin_with(inputs: Iterable[str]) -> str:
    """Say how a chain begins where there are several inputs."""
    return f"begin the chain with {' or '.join(f'use {name}' for name in inputs)}"
