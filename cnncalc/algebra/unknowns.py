"""A spec with question marks: where they stand, and a walk with numbers put in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from cnncalc.expand.check import Checker
from cnncalc.expand.journal import STEPS, Journal, Stop
from cnncalc.expand.names import Here, Volume
from cnncalc.expand.whole import NetworkWalk
from cnncalc.layers import KINDS, SYNONYMS, fields
from cnncalc.loading.expectations import unexpected
from cnncalc.network.network import Network
from cnncalc.numbers.arith import Number, Undecided, equal
from cnncalc.numbers.interval import Anything
from cnncalc.problem import Place, Problem, Source
from cnncalc.record import Record
from cnncalc.shape import Shape
from cnncalc.spec.chain import Call, Check, Counted, Part
from cnncalc.spec.expression import Literal, Name, Unknown
from cnncalc.spec.model import Block, Chain, Formula, LongForm, Parameter, Repeat, Spec, Variant
from cnncalc.spec.tree import Scalar

MARK = "ʔ"
"""What stands for ? inside: a letter that nobody types, and a number."""

NOT_DECIDED = ("E117", "E118")
"""Codes of problems that only say that a number is not known yet."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """One question mark: `field` is what it is a value of, or count, side, channels, shape."""

    name: str
    field: str
    place: Place
    kind: str = ""
    least: int = 0
    part: str = ""  # which of several in one value: 1st, 2nd
    flag: bool = False  # yes or no, counted as 1 and 0

    @property
    def label(self) -> str:
        """How it is called in answers: pad, or with its layer where several are hidden."""
        return f"{self.field}{f' ({self.part})' if self.part else ''}"


@dataclass(frozen=True, slots=True)
class Context:
    """Where the search for question marks is: in which scalar, from which character on, in what value."""

    text: Scalar
    start: int = 0
    field: str = ""
    kind: str = ""


@dataclass(slots=True)
class Outcome:
    """What a walk came to: the network, or the problem that ended it; `checks` were passed before."""

    network: Network | None = None
    problem: Problem | None = None
    checks: int = 0
    steps: int = 0  # the work of the walk
    missed: tuple[list[Any], Shape] | None = None  # the shape check that failed: what it wants, what there was

    @property
    def refused(self) -> bool:
        """Whether it is certain that these numbers do not fit."""
        return self.problem is not None and self.problem.code not in NOT_DECIDED


@dataclass(slots=True)
class Puzzle:
    """A spec whose question marks have names."""

    spec: Spec
    variant: Variant | None
    hidden: list[Hidden] = field(default_factory=list)
    letters: dict[str, bool] = field(default_factory=dict)
    """Capitals in the input's shape that stand for any number, and whether they are its channels."""

    @classmethod
    def of(cls, spec: Spec, variant: Variant | None) -> Puzzle:
        puzzle = cls(copy(spec), copy(variant) if variant else None)
        own, chosen = puzzle.spec, puzzle.variant
        # What a variant replaces is not read, so nothing is hidden there.
        if not (chosen and chosen.input):
            own.inputs = {name: puzzle._input(scalar) for name, scalar in spec.inputs.items()}
        own.vars = {
            name: (key, given if chosen and name in chosen.values else puzzle._named(given, Context(key, field=name)))
            for name, (key, given) in spec.vars.items()
        }
        if chosen:
            chosen.input = chosen.input and puzzle._input(chosen.input)
            chosen.values = {
                name: puzzle._named(given, Context(chosen.name, field=name)) for name, given in chosen.values.items()
            }
        own.layers = puzzle._named(spec.layers, Context(Scalar(spec.text, "", 0, 0, None)))
        own.blocks = {
            name: puzzle._named(block, Context(block.header, kind=name)) for name, block in spec.blocks.items()
        }
        for scalar in (*own.inputs.values(), *([chosen.input] if chosen and chosen.input else [])):
            *sides, channels = map(str.strip, re.split("[x×]", scalar.text))
            for part in (*sides, channels):
                if re.fullmatch("[A-Z]", part) and part not in own.vars:
                    puzzle.letters[part] = part == channels and part not in sides
        return puzzle

    def _hide(self, context: Context, start: int) -> str:
        kind = KINDS.get(context.kind) or SYNONYMS.get(context.kind)
        declared = kind.fields.get(context.field) if kind else None
        least = _least(declared.type) if declared else 0
        if not context.kind and context.field in ("side", "channels"):  # of a shape
            least = 1
        place = context.text.place(context.start + start, 1)
        name = f"{MARK}{len(self.hidden) + 1}"
        flag = declared is not None and isinstance(declared.type, fields.Flag)
        self.hidden.append(Hidden(name, context.field or "number", place, context.kind, least, flag=flag))
        return name

    def _input(self, scalar: Scalar) -> Scalar:
        """Name the question marks of an input's shape in its text, which is read when the walk begins."""
        parts = re.split("[x×]", scalar.text)
        at, words = 0, []
        for number, part in enumerate(parts):
            what = "channels" if number == len(parts) - 1 else "side"
            shift = at + len(part) - len(part.lstrip())
            hidden = part.strip() == "?"
            words.append(f"({self._hide(Context(scalar, field=what), shift)})" if hidden else part)
            at += len(part) + 1
        return replace(scalar, text="x".join(words)) if MARK in "".join(words) else scalar

    def _named(self, value: Any, context: Context) -> Any:
        """Return a piece of the spec with a name for every question mark in it; what has none stays the same object."""
        if isinstance(value, Unknown):
            return Name(self._hide(context, value.start), value.start, 1)
        if isinstance(value, tuple):
            parts = tuple([self._named(part, self._within(part, context)) for part in value])
            return value if all(a is b for a, b in zip(parts, value, strict=True)) else type(value)(parts)
        if not isinstance(value, Record) or isinstance(value, Literal):
            return value
        if isinstance(value, Call):
            new: dict[str, Any] = {"arguments": self._arguments(value, context)}
        elif isinstance(value, LongForm):
            kind = value.kind.text
            new = {
                "values": tuple(
                    [(key, self._named(given, Context(key, field=key.text, kind=kind))) for key, given in value.values]
                )
            }
        else:
            inner = self._within(value, context)
            new = {name: self._named(part, inner) for name, part in value.__dict__.items()}
        old = value.__dict__
        if all(part is old[name] or (part == () and old[name] == ()) for name, part in new.items()):
            return value
        return type(value)(**{**old, **new})

    def _within(self, value: Any, context: Context) -> Context:
        if isinstance(value, Chain):
            return Context(value.text)
        if isinstance(value, Formula):
            return replace(context, text=value.text, start=0)
        if isinstance(value, Part):
            return replace(context, start=value.start)
        if isinstance(value, Check):
            return replace(context, start=value.start, field="shape", kind="")
        if isinstance(value, (Counted, Repeat)):
            return replace(context, field="count", kind="")
        if isinstance(value, Parameter):
            return replace(context, start=value.start, field=value.name)
        if isinstance(value, Block):
            return Context(value.header, kind=value.name)
        return context

    def _arguments(self, step: Call, context: Context) -> tuple[Any, ...]:
        kind = KINDS.get(step.name) or SYNONYMS.get(step.name)
        names = [*kind.fields] if kind else []
        if step.name in self.spec.blocks:
            names = [parameter.name for parameter in self.spec.blocks[step.name].parameters]
        arguments = []
        for position, argument in enumerate(step.arguments):
            named = argument.field or (names[position] if position < len(names) else "number")
            inner = replace(context, field=named, kind=kind.kind if kind else step.name)
            arguments.append(self._named(argument, inner))
        same = all(a is b for a, b in zip(arguments, step.arguments, strict=True))
        return step.arguments if same else tuple(arguments)

    def walk(self, values: Mapping[str, Any], side: int = 0, channels: int = 0, *, remedy: bool = False) -> Outcome:
        """Walk with a number for every question mark, up to the first problem.

        `side` and `channels` stand for the letters of the input; letters stay letters without them. With `remedy`, the
        problem of a shape check has one.
        """
        spec = copy(self.spec)
        numbers = {h.name: bool(values[h.name]) if h.flag else values[h.name] for h in self.hidden}
        if side:
            numbers |= {letter: channels if deep else side for letter, deep in self.letters.items()}
        given = {name: (_nowhere(name), Formula(_nowhere(name), Literal(n, 0, 1))) for name, n in numbers.items()}
        spec.vars = {**given, **self.spec.vars}
        journal, outcome = Impatient(), Outcome()
        try:
            known = all(isinstance(n, int) for n in numbers.values())
            walk = NetworkWalk if known else Outline
            walker = walk(spec, self.variant, {}, {}, journal, trusting=False)
            walker.checker = Judge(journal, walker.binder, walker.nodes, outcome, remedy=remedy)
            outcome.network = walker.network()
        except Stop:
            pass
        except Undecided as undecided:
            outcome.problem = Problem(NOT_DECIDED[0], f"whether it fits may not depend on {undecided}")
        outcome.problem = outcome.problem or next(iter(journal.found.values()), None)
        outcome.steps = STEPS - journal.budget
        return outcome

    def expected(self, network: Network) -> bool:
        """Judge whether a network has the totals that the spec expects."""
        return not unexpected(self.spec, self.variant, network)


def _least(type_: fields.FieldType) -> int:
    """Return the smallest whole number from 0 on that a field may take."""
    if isinstance(type_, fields.Decimal):
        return 1 if type_.above is not None and type_.above >= 0 else 0
    return type_.at_least if isinstance(type_, (fields.Whole, fields.PerSide)) else 0


def _nowhere(name: str) -> Scalar:
    return Scalar(Source("?", name), name, 0, len(name), None)


class Outline(NetworkWalk):
    """A walk that is asked for volumes alone: rounds of which it is known what comes out are left out."""

    def leaves_out(self, count: Number) -> bool:
        return True


class Impatient(Journal):
    """Stops at the first problem: all that counts is whether there is one."""

    def report(self, *problem: Any, **more: Any) -> None:
        super().report(*problem, **more)
        raise Stop


class Judge(Checker):
    """Counts the shape checks that hold, and keeps the numbers of the one that does not."""

    def __init__(self, journal: Journal, binder: Any, nodes: Any, outcome: Outcome, *, remedy: bool) -> None:
        super().__init__(journal, binder, nodes, free=False, trusting=False)
        self.outcome, self.with_remedy = outcome, remedy
        self.narrowed: Shape | None = None

    def shape(self, step: Check, text: Scalar, volume: Volume, inputs: Any, here: Here) -> Volume:
        self.narrowed = None
        volume = super().shape(step, text, volume, inputs, here)
        self.outcome.checks += 1
        return volume if self.narrowed is None else Volume(volume.node, self.narrowed)

    def _agrees(self, goal: list[Any], shape: Shape, here: Here) -> bool:
        agrees = super()._agrees(goal, shape, here)
        if not agrees:
            self.outcome.missed = (goal, Shape(tuple(map(_plain, shape.sides)), _plain(shape.channels)))
        elif any(isinstance(number, Anything) for number in shape.hwc):
            # What is not known yet goes on as the number that it must be.
            numbers = [w if _open_and_known(n, w) else n for n, w in zip(shape.hwc, goal, strict=True)]
            self.narrowed = Shape(tuple(numbers[:-1]), numbers[-1])
        return agrees

    def remedy(self, volume: Volume, goal: list[Any]) -> str | None:
        return super().remedy(volume, goal) if self.with_remedy else None

    def is_letter(self, stands_for: Any, actual: Any) -> bool:
        return _sure(stands_for, actual)

    def is_number(self, goal: Any, actual: Any) -> bool:
        return _sure(goal, actual)


def _sure(a: Any, b: Any) -> bool:
    """Judge whether two numbers are equal for every size that letters stand for, as far as they are known."""
    try:
        return equal(a, b)
    except Undecided:
        return isinstance(a, Anything) or isinstance(b, Anything)


def _open_and_known(number: Any, goal: Any) -> bool:
    return isinstance(number, Anything) and isinstance(goal, int)


def _plain(number: Any) -> Any:
    return getattr(number, "value", number)
