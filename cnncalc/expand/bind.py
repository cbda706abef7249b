"""Arguments meet the fields of kinds and the parameters of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncalc.expand.journal import Journal
from cnncalc.expand.names import Frame, Here, Reference, Unknowable, Volume, Where
from cnncalc.layers import KINDS, SYNONYMS, field_named
from cnncalc.layers.base import Field, Layer, Refusal
from cnncalc.layers.fields import Refused, Value, described
from cnncalc.problem import Place, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.chain import Argument, Call, Part
from cnncalc.spec.expression import ExpressionError, Name, Path, Tree
from cnncalc.spec.model import Block, Given, LongForm
from cnncalc.spec.text import Scalar

WORDS = frozenset(word for kind in KINDS.values() for f in kind.fields.values() for word in f.type.words)
"""Words that some field takes."""
FRAMEWORK_KINDS = {word: kind.kind for kind in KINDS.values() for word in kind.framework_names}


@dataclass(slots=True)
class Plan:
    """How the arguments of a step meet the fields of a kind; the same every time the step is walked."""

    fields: list[tuple[Field, Part]]
    layers: dict[Any, Layer] = field(default_factory=dict)  # by the number of sides and the values


class Binder:
    """Makes layers of steps and fits them to volumes; each distinct layer is made and judged once."""

    def __init__(self, journal: Journal, blocks: Mapping[str, Block]) -> None:
        self.journal = journal
        self.blocks = blocks
        self.plans: dict[tuple[int, type[Layer]], Plan | None] = {}
        self.layers: dict[Layer, Layer] = {}
        self.outputs: dict[tuple[Layer, tuple[Shape, ...]], Shape] = {}

    # What a step's head means.

    def is_word(self, name: str) -> bool:
        """Judge whether a bare word means something without being bound."""
        return name in self.blocks or name in KINDS or name in SYNONYMS or name in WORDS or name == "identity"

    def target(self, name: str, frame: Frame) -> Block | type[Layer] | str | None:
        """Find what a head means: a block or kind first, then a name bound to one; `identity` means itself."""
        for _ in range(2):
            found = self.blocks.get(name) or KINDS.get(name) or SYNONYMS.get(name)
            if found is not None or name == "identity":
                return found or name
            value = frame.bound(name)
            if not isinstance(value, str):
                return None
            name = value
        return None

    def no_target(self, name: str, place: Place, here: Here) -> None:
        """Tell that a head means nothing."""
        bound = here.frame.bound(name)
        if bound is None:
            self.unknown(name, place, here.frame.names, here)
        else:
            message = f"{name} is {described(bound)} here, which is no layer"
            self.journal.tell("E108", message, place, None, here.calls)

    def unknown(self, name: str, place: Place, names: Iterable[str], here: Here | None) -> None:
        if name in FRAMEWORK_KINDS:
            hint: str | None = f"did you mean {quoted(FRAMEWORK_KINDS[name])}?"
        else:
            hint = did_you_mean(name, [*KINDS, *SYNONYMS, *self.blocks, *names]) or "`cnncalc layers` lists all kinds"
        calls = here.calls if here else ()
        self.journal.tell("E108", f"there is no layer or block {quoted(name)}", place, hint, calls)

    def near_result(self, name: str, here: Here) -> str:
        """Name the results that a misspelt one may mean."""
        visible = here.names.visible()
        recent = f"named so far: {', '.join(visible[-6:])}" if visible else "nothing is named so far"
        return did_you_mean(name, visible) or recent

    # Kinds.

    def layer(self, kind: type[Layer], step: Call, text: Scalar, volume: Volume, here: Here) -> Layer | None:
        """Make the layer of a step, or tell what is wrong and return None."""
        key = (id(step), kind)
        if key not in self.plans:
            self.plans[key] = self._plan(kind, step, text, here)
        plan = self.plans[key]
        if plan is None:
            return None
        values = []
        for declared, part in plan.fields:
            try:
                values.append(self._value(declared, part.tree, volume, here))
            except ExpressionError as error:
                self.journal.wrong(error, text, part.start, here.calls)
                return None
            except Unknowable:
                return None
        sides = len(volume.shape.sides) if volume.shape else None
        known = (sides, *values, *map(type, values))  # the types, because True equals 1
        layer = plan.layers.get(known)
        if layer is None:
            named = {f.name: value for (f, _), value in zip(plan.fields, values, strict=True)}
            layer = self._make(kind, named, places(plan, text), sides, here)
            if layer is not None:
                plan.layers[known] = layer
        return layer

    def places(self, kind: type[Layer], step: Call, text: Scalar) -> dict[str, Place]:
        """Return where the fields of a step's layer stand."""
        plan = self.plans.get((id(step), kind))
        return places(plan, text) if plan else {}

    def long_form(self, kind: type[Layer], item: LongForm, volume: Volume, here: Here) -> Layer | None:
        """Make the layer of `kind: {field: value}`, or tell what is wrong and return None."""
        values: dict[str, Value] = {}
        where: dict[str, Place] = {}
        fine = True
        for key, given in item.values:
            declared = self._field(kind, key.text, key.place(), here)
            if declared is None:
                fine = False
                continue
            where[declared.name] = given_place(given) or key.place()
            try:
                values[declared.name] = self._given(declared, given, volume, here)
            except Unknowable:
                fine = False
        fine = self._complete(kind, values, item.kind.place(), here) and fine
        sides = len(volume.shape.sides) if volume.shape else None
        return self._make(kind, values, where, sides, here) if fine else None

    def fit(self, layer: Layer, x: Shape, where: Where, fields: Mapping[str, Place], here: Here) -> Shape | None:
        """Return a layer's output, or tell why it does not fit its input and return None."""
        y = self.outputs.get((layer, (x,)))
        if y is None:
            refusals = list(layer.check(x))
            if refusals:
                self._refuse(refusals, where, fields, here)
                return None
            y = self.outputs[layer, (x,)] = layer.shape(x)
        return y

    def _refuse(self, refusals: list[Refusal], where: Where, fields: Mapping[str, Place], here: Here) -> None:
        for refusal in refusals:
            place = fields.get(refusal.field or "") or where()
            self.journal.tell(refusal.code, refusal.message, place, refusal.hint, here.calls)

    def _plan(self, kind: type[Layer], step: Call, text: Scalar, here: Here) -> Plan | None:
        """Match the arguments of a step with the fields of a kind."""
        declared = list(kind.fields.values())
        matched: dict[str, tuple[Field, Part]] = {}
        fine = True
        for position, argument in enumerate(step.arguments):
            place = _argument_place(argument, text)
            if argument.field is not None:
                name_place = text.place(argument.name_start, len(argument.field))
                found = self._field(kind, argument.field, name_place, here)
            elif position < len(declared):
                found = declared[position]
            else:
                found = None
                hint = f"write {kind.usage()}"
                self.journal.tell("E111", f"{kind.kind} takes {_at_most(len(declared))}", place, hint, here.calls)
            if found is None:
                fine = False
            elif found.name in matched:
                self.journal.tell("E111", f"{found.name} is given twice", place, None, here.calls)
                fine = False
            else:
                matched[found.name] = (found, argument.value)
        place = text.place(step.start, len(step.name))
        fine = self._complete(kind, matched, place, here) and fine
        return Plan(list(matched.values())) if fine else None

    def _field(self, kind: type[Layer], name: str, place: Place, here: Here) -> Field | None:
        found = kind.fields.get(name)
        if found is None:
            meant = field_named(kind, name)
            guess = f"did you mean {quoted(meant)}?" if meant else did_you_mean(name, kind.fields)
            hint = guess or f"write {kind.usage()}"
            self.journal.tell("E111", f"{kind.kind} has no field {quoted(name)}", place, hint, here.calls)
        return found

    def _complete(self, kind: type[Layer], given: Mapping[str, object], place: Place, here: Here) -> bool:
        missing = [f.name for f in kind.fields.values() if f.required and f.name not in given]
        if missing:
            message = f"{kind.kind} needs {' and '.join(missing)}"
            self.journal.tell("E104", message, place, f"write {kind.usage()}", here.calls)
        return not missing

    def _value(self, declared: Field, tree: Tree, volume: Volume, here: Here) -> Value:
        """Evaluate an argument of a kind; a bare word is a value where the field lists words."""
        frame = here.frame
        if type(tree) is Name and declared.type.words:
            frame.volume, frame.index = volume, here.round
            try:
                return frame.lookup(tree.name)
            except KeyError:
                return tree.name  # the field says which words it takes
        return frame.evaluate(tree, volume, here.round)

    def _given(self, declared: Field, given: Given, volume: Volume, here: Here) -> Value:
        if isinstance(given, tuple):
            return tuple(self._given(declared, part, volume, here) for part in given)
        try:
            return self._value(declared, given.tree, volume, here)
        except ExpressionError as error:
            self.journal.wrong(error, given.text, 0, here.calls)
            raise Unknowable from None

    def _make(
        self, kind: type[Layer], values: dict[str, Value], where: Mapping[str, Place], sides: int | None, here: Here
    ) -> Layer | None:
        """Bind values to the fields of a kind, or tell what a field does not take."""
        fine = True
        for name, value in values.items():
            try:
                kind.fields[name].type.read(value, sides)
            except Refused as refused:
                fine = False
                space = " " if refused.reason.startswith("must") else ": "
                message = f"{name}{space}{refused.reason}"
                self.journal.tell(refused.code, message, where[name], refused.hint, here.calls)
        if not fine or sides is None:
            return None
        layer = kind(sides, **values)
        return self.layers.setdefault(layer, layer)

    # Blocks.

    def parameters(self, block: Block, step: Call, text: Scalar, frame: Frame, volume: Volume, here: Here) -> bool:
        """Bind the arguments of a call to a block's parameters in `frame`; defaults are evaluated left to right.

        Returns False when something is wrong, which is then told.
        """
        given, fine = self._given_parameters(block, step, text, here)
        for parameter in block.parameters:
            part = given.get(parameter.name)
            try:
                if part is not None:
                    frame.names[parameter.name] = self._block_argument(part.tree, volume, here)
                elif parameter.default is not None:
                    frame.names[parameter.name] = self._default(parameter.default, frame, volume)
            except ExpressionError as error:
                fine = False
                if part is not None:
                    self.journal.wrong(error, text, part.start, here.calls)
                else:
                    self.journal.wrong(error, block.header, parameter.start, here.calls)
            except Unknowable:
                fine = False
        return fine

    def _given_parameters(self, block: Block, step: Call, text: Scalar, here: Here) -> tuple[dict[str, Part], bool]:
        known = [parameter.name for parameter in block.parameters]
        headed = f"it is headed {block.usage()}"
        given: dict[str, Part] = {}
        fine = True
        for position, argument in enumerate(step.arguments):
            name = argument.field
            if name is None and position < len(known):
                name = known[position]
            message = hint = None
            if name is None:
                message, hint = f"block {block.name} takes {_at_most(len(known))}", headed
            elif name not in known:
                message = f"block {block.name} has no parameter {quoted(name)}"
                hint = did_you_mean(name, known) or headed
            elif name in given:
                message = f"{name} is given twice"
            else:
                given[name] = argument.value
            if message is not None:
                self.journal.tell("E111", message, _argument_place(argument, text), hint, here.calls)
                fine = False
        missing = [p.name for p in block.parameters if p.default is None and p.name not in given]
        if missing:
            place = text.place(step.start, len(step.name))
            self.journal.tell("E104", f"block {block.name} needs {' and '.join(missing)}", place, headed, here.calls)
        return given, fine and not missing

    def _block_argument(self, tree: Tree, volume: Volume, here: Here) -> Value:
        """Evaluate an argument of a block: a value, a result's name, or a word."""
        frame = here.frame
        if not isinstance(tree, (Name, Path)):
            return frame.evaluate(tree, volume, here.round)
        name = tree.name
        if isinstance(tree, Name):
            frame.volume, frame.index = volume, here.round
            try:
                return frame.lookup(name)
            except KeyError:
                pass
        result = here.find(name, tree.start)
        if result is not None:
            return Reference.to(name, result)
        if self.is_word(name):
            return name
        known = [*frame.names, *frame.vars, *KINDS, *self.blocks, *here.names.visible(), *WORDS]
        message = f"nothing is called {quoted(name)} here"
        raise ExpressionError("E109", message, tree.start, tree.length, did_you_mean(name, known))

    def _default(self, tree: Tree, frame: Frame, volume: Volume) -> Value:
        if isinstance(tree, Name) and frame.bound(tree.name) is None and self.is_word(tree.name):
            return tree.name
        return frame.evaluate(tree, volume, None)


def places(plan: Plan, text: Scalar) -> dict[str, Place]:
    """Return where each field of a step stands."""
    return {f.name: text.place(part.start, part.length) for f, part in plan.fields}


def given_place(given: Given) -> Place | None:
    """Return where a value of a long form stands."""
    if isinstance(given, tuple):
        return next((place for part in given if (place := given_place(part))), None)
    return given.text.place()


def _argument_place(argument: Argument, text: Scalar) -> Place:
    end = argument.value.start + argument.value.length
    return text.place(argument.name_start, end - argument.name_start)


def _at_most(count: int) -> str:
    return "no arguments" if count == 0 else "one argument" if count == 1 else f"at most {count} arguments"
