"""The walk over items and steps.

It keeps its own stack (generators that yield the walks below them), so deep specs never meet Python's recursion
limit. After a problem the volume is lost until a shape check says what it should be; what follows is still read, so
that one run reports every problem of a text.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from cnncalc.expand.arguments import misnumbered, named_results
from cnncalc.expand.back_references import Earlier, Labelled
from cnncalc.expand.bind import Binder, Places
from cnncalc.expand.check import Checker
from cnncalc.expand.count import alike, asks_for, number_of_rounds
from cnncalc.expand.journal import BLOCK_DEPTH, ITEM_COST, LAYERS, LEVEL_COST, Journal, Stop
from cnncalc.expand.names import (
    LOST,
    NOWHERE,
    Frame,
    Here,
    Names,
    Reference,
    Result,
    StepPlace,
    Unknowable,
    Volume,
    Where,
    begin_with,
)
from cnncalc.expand.rounds import TELLING, Rounds
from cnncalc.expand.start import bind_vars
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Sides, Value, described
from cnncalc.layers.fields import text as text_of
from cnncalc.layers.merge import Joint
from cnncalc.network.network import Node
from cnncalc.numbers.arith import Number
from cnncalc.problem import Call as Calling
from cnncalc.problem import quoted
from cnncalc.shape import Shape
from cnncalc.spec.chain import Again, Call, Check, Counted, MergeWith, Step, Use, Written
from cnncalc.spec.expression import ExpressionError, ListOf, truth
from cnncalc.spec.items import without_use
from cnncalc.spec.model import (
    Aux,
    Block,
    Branch,
    Broken,
    Chain,
    For,
    Formula,
    Given,
    If,
    Item,
    Items,
    LongForm,
    Merge,
    Named,
    Repeat,
    Share,
    Spec,
    Variant,
)
from cnncalc.spec.parse import parse_size
from cnncalc.spec.tree import Scalar

FEW_LAYERS = 6
"""Layers of a round that a table shows rather than the text of the loop."""

Walk: TypeAlias = Generator["Walk", Volume, Volume]


def run(walk: Walk) -> Volume:
    """Drive a walk to its end on a stack of our own."""
    stack = [walk]
    value: Any = None
    while True:
        try:
            below = stack[-1].send(value)
        except StopIteration as done:
            stack.pop()
            if not stack:
                return done.value  # type: ignore[no-any-return]  # a Walk returns a Volume
            value = done.value
        else:
            stack.append(below)
            value = None


class Walker:
    """One walk over a spec."""

    def __init__(
        self,
        spec: Spec,
        variant: Variant | None,
        inputs: Mapping[str, Scalar],
        settings: Mapping[str, Given],
        journal: Journal,
        trusting: bool,
    ) -> None:
        self.spec, self.variant = spec, variant
        self.given_inputs, self.settings = inputs, settings
        self.nodes: list[Node] = []
        self.journal = journal
        self.binder = Binder(self.journal, spec.blocks)
        self.checker = Checker(self.journal, self.binder, self.nodes, free=bool(inputs or settings), trusting=trusting)
        self.vars = bind_vars(spec, variant, settings, self.journal, self.binder)
        self.inputs: dict[str, Volume] = {}
        self.earlier = Earlier(spec, self.inputs, self.binder, self.journal)
        self.walked_blocks: set[str] = set()
        self.used_again: set[Result] = set()
        """What is being walked again."""
        self.copies = not any(word in spec.text.text for word in TELLING)
        self.item_walks: dict[type, Callable[[Any, Volume, Here], Walk]] = {
            Chain: self.chain,
            Items: self.items,
            Named: self.named,
            Merge: self.merge,
            If: self.choice,
            Repeat: self.repeat,
            For: self.loop,
            Aux: self.aux,
            LongForm: self.long_form,
            Broken: self.broken,
        }

    # Items.

    def walk(self, item: Item, volume: Volume, here: Here) -> Walk:
        """Walk any item; the volume behind it is returned."""
        return self.item_walks[type(item)](item, volume, here)

    def pay(self, text: Scalar, here: Here, cost: int = ITEM_COST) -> None:
        self.journal.budget -= cost
        if self.journal.budget < 0:
            self.journal.exhausted(text.place(), here.calls)

    def broken(self, item: Broken, volume: Volume, here: Here) -> Walk:
        return LOST
        yield

    def items(self, item: Items, volume: Volume, here: Here) -> Walk:
        here.level.reserve(item.names)
        for part in item.items:
            volume = yield self.walk(part, volume, here)
        return volume

    def named(self, item: Named, volume: Volume, here: Here) -> Walk:
        return self.inside(item.name, item.item, volume, here)

    def inside(self, name: Scalar, item: Item, volume: Volume, here: Here, aux: str | None = None) -> Walk:
        """Walk an item in the level of its name."""
        self.pay(name, here, LEVEL_COST)
        first = len(self.nodes)
        inner = here.inside(here.level.below(name.text, item, first), aux)
        volume = yield self.walk(item, volume, inner)
        inner.level.close(len(self.nodes), volume)
        here.remember(name.text, Result(item, inner, volume, first, len(self.nodes)))
        return volume

    def merge(self, item: Merge, volume: Volume, here: Here) -> Walk:
        self.pay(item.kind, here)
        volumes = []
        for branch in item.branches:
            if branch.name is not None:
                volumes.append((yield self.inside(branch.name, branch.item, volume, here)))
            else:
                volumes.append((yield self.walk(branch.item, volume, here.inside(here.level))))
        labels = [branch.name.text if branch.name else f"branch {i + 1}" for i, branch in enumerate(item.branches)]
        places = [_branch_place(branch, item.kind) for branch in item.branches]
        return self.join(item.kind.text, volumes, labels, places, item.kind.place, here)

    def choice(self, item: If, volume: Volume, here: Here) -> Walk:
        self.pay(item.condition.text, here)
        frame, condition = here.frame, item.condition
        frame.volume, frame.here = volume, here
        self.journal.budget -= condition.tree.size
        try:
            chosen = item.then if truth(condition.tree, frame) else item.otherwise
        except ExpressionError as error:
            self.journal.wrong(error, condition.text, 0, here.calls)
            return LOST
        except Unknowable:
            return LOST
        if chosen is not None:
            volume = yield self.walk(chosen, volume, here)
        return volume

    def repeat(self, item: Repeat, volume: Volume, here: Here) -> Walk:
        self.pay(item.count.text, here)
        count = number_of_rounds(item.count.tree, item.count.text, 0, volume, here, self.journal)
        return self.rounds(count, item.body, item.count.text, volume, here, item.share)

    def loop(self, item: For, volume: Volume, here: Here) -> Walk:
        """Walk a round for each entry of a list."""
        self.pay(item.entries.text, here)
        entries = self.entries(item.entries, volume, here)
        if entries is None:
            return LOST
        self.pay(item.entries.text, here, len(entries))
        named = Entries(item.name, entries)
        return (yield self.rounds(len(entries), item.body, item.entries.text, volume, here, item.share, named))

    def entries(self, formula: Formula, volume: Volume, here: Here) -> tuple[Value, ...] | None:
        """Return the entries of the list of a loop; None for another value, which is reported."""
        tree, text = formula.tree, formula.text
        hint: str | None = None
        try:
            value = here.frame.evaluate(tree, volume, here)
        except ExpressionError as error:
            self.earlier.suggest(error, text.text, here)
            self.journal.wrong(error, text, 0, here.calls)
            return None
        except Unknowable:
            return None
        if isinstance(value, tuple) and value and not isinstance(value, Sides):
            return value
        if value == ():
            message, hint = "a loop over an empty list", "leave it out, or write it under an `if`"
        elif isinstance(value, Reference):
            message, hint = f"for takes a list, and {quoted(value)} is one volume", f"write [{value}]"
        else:
            message = f"for takes a list, not {described(value)}"
            hint = f"write `repeat: {value}`" if type(value) is int else None
        self.journal.report("E105", message, text.place(tree.start, tree.length), hint, here.calls)
        return None

    def rounds(
        self,
        count: Number | None,
        body: Item,
        text: Scalar,
        volume: Volume,
        here: Here,
        share: Share = False,
        entries: Entries | None = None,
    ) -> Walk:
        """Walk each round in a level of its own, or copy the one before it; a count that is None loses the volume."""
        if count is None:
            return LOST
        rounds = Rounds(self.nodes, self.journal, here, self.copies and entries is None)
        done = here.names.loop()
        index = 0
        same = entries is None and not share and self.leaves_out(count) and alike(self.spec, body)
        grows = same and not asks_for("sides", self.spec.layers, *self.spec.blocks.values())
        while index < count:
            self.pay(text, here, LEVEL_COST)
            first, before = len(self.nodes), volume
            inner = here.inside(here.level.round(body, first, entries and entries.label(index)), round=index)
            if entries is not None:
                inner = inner.with_entry(entries.name, entries.values[index])
            rounds.begin(inner.level, volume)
            volume = rounds.copied() or (yield self.walk(body, volume, inner))
            rounds.end(volume)
            inner.level.close(len(self.nodes), volume)
            result = Result(body, inner, volume, first, len(self.nodes))
            if entries is not None:
                # What a text says with the name of an entry, a few layers say with numbers.
                inner.level.group.in_block = len(self.nodes) - first <= FEW_LAYERS
            if share and done and not self.shared(done[0], result, share, text, here):
                volume = LOST
            here.level.remember(inner.level.group.name, result)
            done.append(result)
            index += 1
            if not same or not self.may_be_left_out(self.nodes[first:]):
                continue
            if volume.shape == before.shape:
                break  # however many rounds follow, the same volume comes out
            behind = self.behind(count, index, self.nodes[first:], before, volume) if grows else None
            if behind is not None:
                return Volume(volume.node, behind)
        return volume

    def shared(self, first: Result, later: Result, share: Share, text: Scalar, here: Here) -> bool:
        """Make the layers of a round use the weights of the first one, or report why they cannot."""
        if later.volume.shape is None or first.volume.shape is None:
            return False
        name, again = first.level.group.path, f"in round {later.level.group.name}"
        nodes, origins = self.nodes[later.first : later.last], self.nodes[first.first : first.last]
        kinds = None if share is True else share or frozenset()
        return self.earlier.share(nodes, origins, name, again, text.place(), here, kinds)

    def leaves_out(self, count: Number) -> bool:
        """Judge whether rounds may be left out where it is known what comes out of them."""
        return type(count) is not int

    def may_be_left_out(self, nodes: list[Node]) -> bool:
        """Judge whether rounds like the one that made these nodes may be left out."""
        return True

    def behind(self, count: Any, done: int, nodes: list[Node], before: Volume, after: Volume) -> Shape | None:
        """Return what comes out of so many rounds, if that follows from the last of those done; else None."""
        from cnncalc.expand.fixed_growth import after_rounds

        return after_rounds(count, done, nodes, before, after)

    def aux(self, item: Aux, volume: Volume, here: Here) -> Walk:
        for name, body in item.heads:
            yield self.inside(name, body, volume, here, here.aux or name.text)
        return volume

    def long_form(self, item: LongForm, volume: Volume, here: Here) -> Walk:
        self.pay(item.kind, here)
        kind = KINDS.get(item.kind.text) or SYNONYMS[item.kind.text]
        if issubclass(kind, Joint):
            message, hint = f"{kind.kind} names earlier results, which a mapping cannot", f"write `{kind.usage()}`"
            self.journal.report("E106", message, item.kind.place(), hint, here.calls)
            return LOST
        layer, places = self.binder.long_form(kind, item, volume, here)
        return self.apply(layer, volume, item.kind.place, places, here)
        yield

    # Steps.

    def chain(self, item: Chain, volume: Volume, here: Here) -> Walk:
        return self.steps(item.steps, item.text, volume, here)

    def steps(self, steps: Sequence[Step], text: Scalar, volume: Volume, here: Here) -> Walk:
        journal = self.journal
        listed: Labelled = []  # the volumes of a list that the merge behind its `use` combines
        for step in steps:
            journal.budget -= ITEM_COST
            if journal.budget < 0:
                journal.exhausted(text.place(step.start, step.length), here.calls)
            if isinstance(step, Call):
                target = self.binder.target(step.name, here.frame)
                if isinstance(target, Block):
                    volume = yield self.block(target, step, text, volume, here)
                elif isinstance(target, type) and issubclass(target, Joint):
                    volume = self.joint(target, step, text, volume, listed[1:], here)
                elif isinstance(target, type):
                    volume = self.layer(target, step, text, volume, here)
                elif target is None:
                    volume = self.no_layer(step, text, volume, here)
            elif isinstance(step, Check):
                volume = self.checker.shape(step, text, volume, self.inputs, here)
            elif isinstance(step, Counted):
                count = number_of_rounds(step.count.tree, text, step.count.start, volume, here, self.journal)
                volume = yield self.rounds(count, Chain(text, step.steps), text, volume, here)
            elif isinstance(step, Use):
                volume, listed = self.used(step, steps, text, here)
                continue
            elif isinstance(step, Again):
                volume = yield self.again(step, text, volume, here)
            else:
                volume = self.merge_with(step, text, volume, listed, here)
            listed = []
        return volume

    def used(self, step: Use, steps: Sequence[Step], text: Scalar, here: Here) -> tuple[Volume, Labelled]:
        """Return the volume that a chain goes on from; of a list, which the merge behind combines, all of them, too."""
        found = self.earlier.find(step.path, text, here)
        behind = steps[1] if len(steps) > 1 and steps[0] is step else None
        target = self.binder.target(behind.name, here.frame) if isinstance(behind, Call) else None
        if not isinstance(behind, MergeWith) and not (isinstance(target, type) and issubclass(target, Joint)):
            found = self.earlier.single(found, step.path, text, here)
        listed = self.earlier.labelled(found, step.path)
        return listed[0][1], [] if found is None or isinstance(found, (Result, Volume)) else listed

    def no_layer(self, step: Call, text: Scalar, volume: Volume, here: Here) -> Volume:
        """A head that means no layer: one capital letter alone is a shape check, anything else a problem."""
        if len(step.name) == 1 and step.name.isupper() and not step.arguments and here.frame.bound(step.name) is None:
            size = parse_size(step.name)
            if size is not None:
                return self.checker.shape(Check(size, step.start, 1), text, volume, self.inputs, here)
        self.binder.no_target(step, text, volume, here)
        return LOST

    def layer(self, kind: type[Layer], step: Call, text: Scalar, volume: Volume, here: Here) -> Volume:
        """Put the layer of a step behind a volume."""
        layer = self.binder.layer(kind, step, text, volume, here)
        if layer is not None and volume.shape is not None:
            y = self.binder.outputs.get((layer, (volume.shape,)))
            if y is not None:
                return self.add(layer, (volume,), y, StepPlace(text, step), here)
        return self.apply(layer, volume, StepPlace(text, step), self.binder.places(kind, step, text), here)

    def apply(self, layer: Layer | None, volume: Volume, where: Where, places: Places, here: Here) -> Volume:
        """Put a layer behind a volume, or report why it does not fit."""
        if volume is NOWHERE:
            message = "there is no volume to work on"
            self.journal.report("E109", message, where(), begin_with(self.inputs), here.calls)
        if layer is None or volume.shape is None:
            self.journal.again(where, here.calls)
            return LOST
        y = self.binder.fit(layer, (volume.shape,), where, places, here)
        return LOST if y is None else self.add(layer, (volume,), y, where, here)

    def joint(
        self,
        kind: type[Joint],
        step: Call,
        text: Scalar,
        volume: Volume,
        listed: Labelled,
        here: Here,
    ) -> Volume:
        """Put a layer behind a volume, the others of a list before it, and the earlier results that its step names."""
        names, _, wrong = named_results(kind, step)
        layer = self.binder.layer(kind, step, text, volume, here)
        if wrong is not None:  # which is reported
            return LOST
        if not listed and kind.most == 0 and self.ambiguous(kind.kind, names, text, here):
            return LOST
        others = [*listed, *(each for name in names for each in self.earlier.volumes(name, text, here))]
        if wrong := misnumbered(kind, step, names, len(others)):
            self.journal.wrong(wrong, text, 0, here.calls)
            return LOST
        volumes = (volume, *(other for _, other in others))
        where, places = StepPlace(text, step), self.binder.places(kind, step, text)
        if NOWHERE in volumes or any(each.shape is None for each in volumes[1:]):
            return self.apply(layer, NOWHERE if NOWHERE in volumes else LOST, where, places, here)
        shapes = tuple(each.shape for each in volumes if each.shape is not None)
        if layer is None or len(shapes) < len(volumes):
            return self.apply(None, volume, where, places, here)
        y = self.binder.fit(layer, shapes, where, places, here)
        return LOST if y is None else self.add(layer, volumes, y, where, here)

    def add(self, layer: Layer, volumes: tuple[Volume, ...], y: Shape, where: Where, here: Here) -> Volume:
        index = len(self.nodes)
        if index >= LAYERS:
            self.journal.stop(f"more than {LAYERS:,} layers", where(), here.calls)
        path = here.level.unnamed(layer.kind)
        inputs = tuple([volume.node for volume in volumes])
        x = tuple([volume.shape for volume in volumes if volume.shape])
        self.nodes.append(Node(index, path, layer, inputs, x, y, where, here.frame.calls, here.aux))
        return Volume(index, y)

    def block(self, block: Block, step: Call, text: Scalar, volume: Volume, here: Here) -> Walk:
        """Walk a block with its parameters bound."""
        where = StepPlace(text, step)
        calls = here.frame.calls
        if len(calls) >= BLOCK_DEPTH:
            if any(call.block == block.name for call in calls):
                self.journal.report(
                    "E116", f"block {quoted(block.name)} calls itself without an end", where(), None, calls
                )
                raise Stop
            self.journal.stop(
                f"blocks are nested deeper than {BLOCK_DEPTH}", where(), calls, "call fewer blocks inside blocks"
            )
        self.journal.budget -= LEVEL_COST
        self.walked_blocks.add(block.name)
        call = Calling(block.name, where, here.level.group.path)
        frame = Frame(self.journal, self.binder.is_word, self.vars, block, volume, (*calls, call))
        if not self.binder.parameters(block, step, text, frame, volume, here):
            return LOST
        group = here.level.group
        if isinstance(group.item, Chain) and group.item.is_only(step):
            group.call = _call_text(block, step, frame)
        return (yield self.walk(block.body, volume, Here(frame, Names(None), here.level, here.aux)))

    # Earlier results.

    def again(self, step: Again, text: Scalar, volume: Volume, here: Here) -> Walk:
        """Walk a named item again on this volume; its layers use the weights of the first time."""
        result = self.earlier.one(step.path, text, here)
        place = text.place(step.start, step.length)
        if not isinstance(result, Result) or result.first == result.last:
            known = result.volume if isinstance(result, Result) else result
            if known is not None and known.shape is not None:  # else its layers are missing because of a problem
                message = f"{quoted(step.path.name)} has no layers to use again"
                self.journal.report("E109", message, place, None, here.calls)
            return LOST
        if result in self.used_again:
            where = text.place(step.path.start, len(step.path.name))
            if not self.journal.has("E109", where):  # the first time there was no such result yet
                message = f"{quoted(step.path.name)} is used again inside itself, without an end"
                self.journal.report("E116", message, where, None, here.calls)
            return LOST
        began = result.here
        inner = Here(began.frame, Names(began.names.around), here.level, here.aux, began.round)
        first = len(self.nodes)
        self.used_again.add(result)
        volume = yield self.walk(without_use(result.item), volume, inner)
        self.used_again.remove(result)
        if volume.shape is None:
            return LOST
        origins = self.nodes[result.first : result.last]
        if self.earlier.share(self.nodes[first:], origins, step.path.name, "here", place, here):
            return volume
        return LOST

    def merge_with(self, step: MergeWith, text: Scalar, volume: Volume, listed: Labelled, here: Here) -> Volume:
        """Merge a volume, or those of the list before it, with the earlier results that a step names."""
        if not listed and self.ambiguous(step.kind, step.names, text, here):
            return LOST
        own = partial(text.place, step.start, len(step.kind))
        named = [(label, each, own) for label, each in listed or [("this volume", volume)]]
        for name in step.names:
            where = partial(text.place, name.start, len(name.name))
            named += [(label, each, where) for label, each in self.earlier.volumes(name, text, here)]
        if not step.names and not listed:
            if volume.shape is not None:
                message, hint = f"{step.kind} needs the name of an earlier result", f"as in `{step.kind} input`"
                self.journal.report("E106", message, own(), hint, here.calls)
            return LOST
        if len(named) < 2:
            return volume  # of a list of one
        labels, volumes, places = zip(*named, strict=True)
        return self.join(step.kind, [*volumes], [*labels], [*places], StepPlace(text, step), here)

    def ambiguous(self, kind: str, names: Iterable[Written], text: Scalar, here: Here) -> bool:
        """Report a list in brackets behind a merge: in PyTorch it is all that is merged, here this volume is, too."""
        for name in names:
            if isinstance(name.tree, ListOf):
                message = f"{quoted(name.name)} may be all that {kind} merges, or be merged with this volume"
                inside = name.name.strip("[] ").replace(",", "")
                hint = f"`use {name.name} -> {kind}` merges these alone, `{kind} {inside}` this volume too"
                self.journal.report("E110", message, text.place(name.start, len(name.name)), hint, here.calls)
                return True
        return False

    def join(
        self, kind: str, volumes: list[Volume], labels: list[str], places: list[Where], where: Where, here: Here
    ) -> Volume:
        """Merge volumes, or report which differ."""
        merged = self.checker.merge(kind, volumes, labels, places, where, self.inputs, here)
        return LOST if merged is None else self.add(merged[0], tuple(volumes), merged[1], where, here)


class Entries(NamedTuple):
    """The entries of the list of a loop, and what each is called in its round."""

    name: str
    values: tuple[Value, ...]

    def label(self, index: int) -> str | None:
        """Return the name of a volume; None for another value, and for what has only a number."""
        value = self.values[index]
        return value.label if isinstance(value, Reference) and not value.label.isdigit() else None


def _call_text(block: Block, step: Call, frame: Frame) -> str:
    """Write a call with the values of its arguments."""
    words = [block.name]
    for argument, parameter in zip(step.arguments, block.parameters, strict=False):
        name = argument.field or parameter.name
        words.append((f"{name}=" if argument.field else "") + text_of(frame.names[name]))
    return " ".join(words)


def _branch_place(branch: Branch, kind: Scalar) -> Where:
    item = branch.item
    while isinstance(item, Items) and item.items:
        item = item.items[0]
    text = branch.name or (item.text if isinstance(item, Chain) else item.name if isinstance(item, Named) else kind)
    return text.place
