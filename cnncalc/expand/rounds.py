"""A round that does what the one before it did: its layers are copied, which takes a fifth of walking them.

What a round makes follows from the volume that enters it and from names that all rounds see alike. The exceptions are
words of the text (`index`, `again`); where they stand, every round is walked.
"""

from __future__ import annotations

from functools import partial

from cnncalc.expand.journal import LAYERS, Journal
from cnncalc.expand.names import LOST, Here, Level, Result, StepPlace, Volume
from cnncalc.network.network import Group, Node
from cnncalc.problem import Call

TELLING = ("index", "again")
"""Words by which a round may differ from others, or by which it may be walked again."""


class Round:
    """One round: its level, what enters and leaves it, its nodes from `first` to `last`, the work that it took."""

    __slots__ = ("cost", "entering", "first", "last", "leaving", "level", "nameless")

    def __init__(self, level: Level, entering: Volume, first: int, nameless: bool) -> None:
        self.level, self.entering, self.leaving = level, entering, LOST
        self.first, self.last, self.cost = first, first, 0
        self.nameless = nameless  # no name refers to the input: it is read only as the input


class Rounds:
    """The rounds of one repeat, as they come."""

    def __init__(self, nodes: list[Node], journal: Journal, here: Here, copies: bool) -> None:
        self.nodes, self.journal, self.here, self.copies = nodes, journal, here, copies
        self.last: Round | None = None

    def begin(self, level: Level, entering: Volume) -> None:
        """Begin a round, which is to be walked unless `copied` gives its volume."""
        last, first = self.last, len(self.nodes)
        inside = last is not None and last.first <= entering.node
        nameless = entering.shape is None or inside or not self.here.may_name(entering.node)
        self.now = Round(level, entering, first, nameless)
        self.reported, self.budget, self.lists = self.journal.reported, self.journal.budget, self.journal.lists

    def copied(self) -> Volume | None:
        """Copy the round before where this one does the same; return what leaves it, None where it must be walked."""
        last, now = self.last, self.now
        if last is None or not self.copies or not last.nameless or last.entering.shape != now.entering.shape:
            return None
        if now.entering.shape is None and now.entering != last.entering:
            return None
        if self.journal.budget < last.cost or now.first + last.last - last.first > LAYERS:
            return None  # the walk reports where the limit is reached
        self.journal.budget -= last.cost
        return _Copy(last, now, len(self.here.calls)).made(self.nodes)

    def end(self, leaving: Volume) -> None:
        """End a round; one that reported a problem, or read what came of those before, is no example for others."""
        now = self.now
        now.leaving, now.last, now.cost = leaving, len(self.nodes), self.budget - self.journal.budget
        same = self.journal.reported == self.reported and self.journal.lists == self.lists
        self.last = now if same else None


class _Copy:
    """A round made of another."""

    def __init__(self, round_: Round, to: Round, calls_around: int) -> None:
        self.round, self.level, self.entering = round_, to.level, to.entering
        self.shift, self.calls_around = to.first - round_.first, calls_around
        self.path, self.cut = to.level.group.path, len(round_.level.group.path)
        self.calls: dict[int, Call] = {}
        self.all_calls: dict[int, tuple[Call, ...]] = {}

    def made(self, nodes: list[Node]) -> Volume:
        shift, path, cut, node_of = self.shift, self.path, self.cut, self.node
        for node in nodes[self.round.first : self.round.last]:
            inputs = tuple([node_of(index) for index in node.inputs])
            calls = self.all_calls.get(id(node.calls)) or self.calls_of(node.calls)
            index, name = node.index + shift, path + node.path[cut:]
            shares = None if node.shares is None else node_of(node.shares)
            nodes.append(Node(index, name, node.layer, inputs, node.x, node.y, node.where, calls, node.aux, shares))
        self.level.group.call = self.round.level.group.call
        self.level.group.children = [self.group(group) for group in self.round.level.group.children]
        self.level.rounds = self.round.level.rounds
        self.level.later = partial(self.results, self.round.level)
        return self.volume(self.round.leaving)

    def node(self, index: int) -> int:
        if index >= self.round.first:
            return index + self.shift
        return self.entering.node if index == self.round.entering.node else index

    def volume(self, volume: Volume) -> Volume:
        return volume if volume.shape is None else Volume(self.node(volume.node), volume.shape)

    def calls_of(self, calls: tuple[Call, ...]) -> tuple[Call, ...]:
        around = self.calls_around
        made = self.all_calls[id(calls)] = (*calls[:around], *map(self.call, calls[around:]))
        return made

    def call(self, call: Call) -> Call:
        made = self.calls.get(id(call))
        if made is None:
            where = call.where
            if isinstance(where, StepPlace):
                where = StepPlace(where.text, where.step)  # every call has a place of its own
            made = self.calls[id(call)] = Call(call.block, where, self.path + call.path[self.cut :])
        return made

    def group(self, group: Group) -> Group:
        path = self.path + group.path[self.cut :]
        first, last = group.first + self.shift, group.last + self.shift
        children = [self.group(child) for child in group.children]
        return Group(path, group.item, first, last, group.output, group.is_round, group.in_block, group.call, children)

    def results(self, level: Level) -> dict[str, list[Result]]:
        """Return the results of a level, made when asked for: seldom anybody reaches into a round."""
        return {name: [self.result(result) for result in results] for name, results in level.results.items()}

    def result(self, result: Result) -> Result:
        level = Level(self.group(result.level.group))
        level.rounds, level.entry = result.level.rounds, result.level.entry
        level.later = partial(self.results, result.level)
        first, last = result.first + self.shift, result.last + self.shift
        return Result(result.item, result.here._replace(level=level), self.volume(result.volume), first, last)
