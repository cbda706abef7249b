"""Layers are made of steps and fitted to volumes; blocks get their parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from cnncalc.expand.arguments import Plan, guessed, matched, named_results, needed, takes_value, usage
from cnncalc.expand.journal import Journal
from cnncalc.expand.names import (
    Frame,
    Here,
    Reference,
    Result,
    Unknowable,
    Volume,
    Where,
    references,
    value_of,
)
from cnncalc.layers import FRAMEWORK_KINDS, KINDS, SYNONYMS
from cnncalc.layers.absent import instead_of
from cnncalc.layers.base import Layer, Refusal
from cnncalc.layers.fields import KEPT, PerSide, Refused, Sides, Value, described
from cnncalc.layers.fields import text as text_of
from cnncalc.layers.merge import Joint
from cnncalc.numbers.arith import Undecided
from cnncalc.problem import Place, did_you_mean, nearest, quoted
from cnncalc.shape import Shape
from cnncalc.spec.calculate import LARGEST
from cnncalc.spec.chain import Call
from cnncalc.spec.expression import (
    Arithmetic,
    ExpressionError,
    Literal,
    Name,
    PartOf,
    Path,
    SizeOf,
    Tree,
    Wildcard,
)
from cnncalc.spec.model import Block, Broken, Formula, Given, LongForm
from cnncalc.spec.tree import Scalar

Places: TypeAlias = Callable[[str], Place | None]
"""Returns the location of a layer's field."""

WORDS = frozenset(
    word
    for kind in KINDS.values()
    for field in kind.fields.values()
    if not field.type.literal
    for word in field.type.words
)
"""Words that some field takes; dimensions are named in the step itself, because `width` may be a forgotten var."""


FRAMEWORK_LOWER = {word.lower(): kind for word, kind in FRAMEWORK_KINDS.items()}

KIND_OF_LOWER: dict[str, type[Layer]] = SYNONYMS | KINDS
"""Kinds in any letter case; their own words are in lower case."""

NEAR_ENOUGH = 0.75
"""How much of its spelling a suggested layer shares with what is written: `sofmax` and `softmax`, not `maxout`."""

_SHORT = re.compile(r"([a-z])(\d+(?:x\d+)*)")
"""`k3` and `s2`, as some papers abbreviate fields."""


class Binder:
    """Makes layers of steps and fits them to volumes; each distinct layer is made and judged once."""

    def __init__(self, journal: Journal, blocks: Mapping[str, Block]) -> None:
        self.journal = journal
        self.blocks = blocks
        self.plans: dict[tuple[int, int], Plan] = {}  # by ids, which are not used twice: a plan keeps both objects
        self.layers: dict[Layer, Layer] = {}
        self.made: dict[Any, Layer | None] = {}  # by kind, names, number of sides (None: not known) and values
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
                return KIND_OF_LOWER.get(name.lower()) if value is None and len(name) > 1 else None
            name = value
        return None

    def no_target(self, step: Call, text: Scalar, volume: Volume, here: Here) -> None:
        """Report that a head means nothing."""
        name, place = step.name, text.place(step.start, len(step.name))
        bound = here.frame.bound(name)
        if bound is None and name in here.frame.vars:
            return  # reported where the var is bound
        if bound is None:
            self.unknown(step, place, here.frame.names, here, partial(self.builds, text=text, volume=volume, here=here))
        else:
            message = f"{name} is {described(bound)} here, which is no layer"
            self.journal.report("E108", message, place, None, here.calls)

    def unknown(
        self,
        step: Call,
        place: Place,
        names: Iterable[str],
        here: Here | None,
        fits: Callable[[str, Call], bool] | None = None,
    ) -> None:
        """Report a head that is no layer and no block; one is suggested only if the step would build with it."""
        name, fits = step.name, fits or self.takes
        if name.lower() in FRAMEWORK_LOWER:
            hint: str | None = f"did you mean {quoted(FRAMEWORK_LOWER[name.lower()])}?"
        elif here and (layer := self.named_layer(place)):
            hint = f"a name ends in a colon: write `{name}: {layer} …`"
        elif here and name in here.names.visible():
            hint = f"it is the name of an earlier result: write `use {name}`"
        elif absent := instead_of(name):
            hint = absent
        elif name in ("activation", "act", "nonlinearity"):
            hint = "write the function itself, such as relu"
        else:
            words = [var for var, value in here.frame.vars.items() if isinstance(value, str)] if here else []
            known = [*KINDS, *SYNONYMS, *self.blocks, *names, *words]
            near = {KIND_OF_LOWER.get(word, word): word for word in reversed(nearest(name, known)) if fits(word, step)}
            hint = (
                did_you_mean(name, near.values(), NEAR_ENOUGH)
                or self.together(step, place, fits)
                or "`cnncalc layers` lists all kinds"
            )
        calls = here.calls if here else ()
        self.journal.report("E108", f"there is no layer or block {quoted(name)}", place, hint, calls)

    def together(self, step: Call, place: Place, fits: Callable[[str, Call], bool]) -> str | None:
        """Say how to write a name that joins several layers, such as `conv_bn_relu`."""
        from cnncalc.spec.notations import named_together

        kinds = named_together(step.name)
        if not kinds:
            return None
        if not fits(kinds[0], step):
            return f"it does not exist here: {' and '.join(dict.fromkeys(kinds))} are steps of their own"
        line = place.source.line(place.line)
        arguments = line[place.column - 1 + len(step.name) :][: step.length - len(step.name)]
        return f"it does not exist here: write `{' -> '.join([kinds[0] + arguments, *kinds[1:]])}`"

    def builds(self, name: str, step: Call, text: Scalar, volume: Volume, here: Here) -> bool:
        """Judge whether a step builds with another name at its head."""
        kind = KIND_OF_LOWER.get(name)
        if name in self.blocks or kind is None or volume.shape is None:
            return self.takes(name, step)
        if issubclass(kind, Joint):
            return self.takes(name, step)
        trial = Binder(Journal(), self.blocks)
        layer = trial.layer(kind, step, text, volume, here)
        return layer is not None and not any(_judged(layer, (volume.shape,)))

    def takes(self, name: str, step: Call) -> bool:
        """Judge whether a layer or a block takes the arguments of a step; a name bound to one may."""
        target = self.blocks.get(name) or KINDS.get(name) or SYNONYMS.get(name)
        if target is None:
            return True
        plan = matched(target, step)
        if isinstance(target, Block):
            return not plan.wrong
        named = not issubclass(target, Joint) or named_results(target, step)[0] != ()
        return named and not plan.wrong and all(map(partial(takes_value, target), plan.names, plan.parts))

    def named_layer(self, place: Place) -> str | None:
        """Return the layer or block that the next word names where a word begins an item of a file."""
        line = place.source.line(place.line)
        before, behind = line[: place.column - 1], line[place.column - 1 + place.length :].split()
        known = before.strip() == "-" and behind and (behind[0] in KINDS or behind[0] in self.blocks)
        return behind[0] if known else None

    def near_result(self, name: str, here: Here) -> str:
        """Name the results that a misspelt one may mean."""
        head = name.partition(".")[0]
        value = here.frame.bound(head)
        if value is not None and not references(value):
            return f"{head} is {described(value)} here, which is no result"
        listed = here.find(head, 0) if head != name else None
        if type(listed) is tuple and references(listed):
            return f"in {head} are {', '.join(each.label for each in references(listed)[:6])}"
        if here.frame.block is not None and head in here.level.results:
            return "a block uses results of its own, or those it is given as arguments"
        if head in here.level.reserved:
            return "only what stands above can be used"
        visible = here.names.visible()
        below = here.names.below(name)
        if below:
            return f"write {' or '.join(below[:3])}"
        recent = f"named so far: {', '.join(visible[-6:])}" if visible else "nothing is named so far"
        return did_you_mean(name, visible) or recent

    # Arguments.

    def plan(self, target: Block | type[Layer], step: Call, text: Scalar, here: Here) -> Plan:
        """Match the arguments of a step with what it calls, and report what does not match."""
        plan = self.planned(target, step)
        for error in plan.wrong:
            self.journal.wrong(error, text, 0, here.calls)
        return plan

    def planned(self, target: Block | type[Layer], step: Call) -> Plan:
        """Match the arguments of a step with what it calls, once a step."""
        plan = self.plans.get((id(step), id(target)))
        if plan is None:
            plan = self.plans[id(step), id(target)] = matched(target, step)
        return plan

    def places(self, kind: type[Layer], step: Call, text: Scalar) -> Places:
        """Return what finds the places of a step's fields."""

        def find(name: str) -> Place | None:
            plan = self.planned(kind, step)  # a layer that was made for another step has been matched there only
            if name not in plan.names:
                return None
            part = plan.parts[plan.names.index(name)]
            return text.place(part.start, part.length)

        return find

    # Kinds.

    def layer(self, kind: type[Layer], step: Call, text: Scalar, volume: Volume, here: Here) -> Layer | None:
        """Make the layer of a step, or report what is wrong and return None."""
        if not step.arguments and volume.shape is not None:
            bare = self.made.get((kind, len(volume.shape.sides)))
            if bare is not None:
                return bare
        plan = self.plan(kind, step, text, here)
        values: list[Value] = []
        for name, part in zip(plan.names, plan.parts, strict=True):
            try:
                values.append(self._value(kind, name, part.tree, volume, here))
            except ExpressionError as error:
                self.journal.wrong(error, text, part.start, here.calls)
                values.append(None)
            except Unknowable:
                values.append(None)
        sides = len(volume.shape.sides) if volume.shape else None
        known = (kind, plan.names, sides, *values, *map(type, values))  # the types, because True equals 1
        layer = self.made.get(known)
        if layer is None and known not in self.made:
            whole = not plan.wrong and None not in values
            named = {name: value for name, value in zip(plan.names, values, strict=True) if value is not None}
            reported = self.journal.reported
            layer = self._make(kind, named, whole, self.places(kind, step, text), sides, here)
            if layer is not None or (sides is None and self.journal.reported == reported):
                self.made[known] = layer
            if layer is not None and not step.arguments:
                self.made[kind, sides] = layer
        return None if plan.wrong else layer

    def long_form(self, kind: type[Layer], item: LongForm, volume: Volume, here: Here) -> tuple[Layer | None, Places]:
        """Make the layer of `kind: {field: value}`, or report what is wrong; also return the places of its fields."""
        values: dict[str, Value] = {}
        where: dict[str, Place] = {}
        meant: set[str | None] = set()
        for key, given in item.values:
            if key.text not in kind.fields:
                guess, hint = guessed(kind, key.text)
                meant.add(guess)
                message = f"{kind.kind} has no field {quoted(key.text)}"
                self.journal.report("E111", message, key.place(), hint, here.calls)
                continue
            where[key.text] = given_place(given) or key.place()
            try:
                values[key.text] = self._given(kind, key.text, given, volume, here)
            except Unknowable:
                continue
        lacking = [name for name in needed(kind) if name not in where and name not in meant]
        if lacking:
            message = f"{kind.kind} needs {' and '.join(lacking)}"
            self.journal.report("E104", message, item.kind.place(), usage(kind), here.calls)
        whole = not lacking and not meant and len(values) == len(where)
        sides = len(volume.shape.sides) if volume.shape else None
        return self._make(kind, values, whole, where.get, sides, here), where.get

    def fit(self, layer: Layer, xs: tuple[Shape, ...], where: Where, places: Places, here: Here) -> Shape | None:
        """Return a layer's output, or report why it does not fit its inputs and return None."""
        y = self.outputs.get((layer, xs))
        if y is None:
            refusals = list(_judged(layer, xs))
            if refusals:
                self._refuse(refusals, where, places, here)
                # The output does not depend on groups: what follows can be judged.
                return layer.shape(*xs) if all(refusal.code == "E203" for refusal in refusals) else None
            y = self.output(layer, xs, where, here)
        return y

    def output(self, layer: Layer, xs: tuple[Shape, ...], where: Where, here: Here) -> Shape | None:
        """Return the output of a layer that fits, or report that it is too large and return None."""
        y = layer.shape(*xs)
        for number in y.hwc:
            # A number along a path is asked only where its value is too large: what is never asked splits no path.
            if getattr(number, "value", number if isinstance(number, int) else 0) >= LARGEST and number >= LARGEST:
                self.journal.report("E112", "the volume grows beyond 10^18", where(), None, here.calls)
                return None
        self.outputs[layer, xs] = y
        return y

    def _refuse(self, refusals: list[Refusal], where: Where, places: Places, here: Here) -> None:
        for refusal in refusals:
            place = places(refusal.field or "") or where()
            self.journal.report(refusal.code, refusal.message, place, refusal.hint, here.calls, where)

    def _value(self, kind: type[Layer], name: str, tree: Tree, volume: Volume, here: Here) -> Value:
        """Evaluate the value of a kind's field; a bare word is a value where the field lists words."""
        frame = here.frame
        if type(tree) is not Name:
            if type(tree) is SizeOf and kind.fields[name].type.open:
                parts = (KEPT if type(part) is Wildcard else frame.evaluate(part, volume, here) for part in tree.parts)
                return Sides(parts)
            if type(tree) is Arithmetic and tree.start == 0 and isinstance(kind.fields[name].type, PerSide):
                _refuse_product(name, tree)
            return frame.evaluate(tree, volume, here)
        type_ = kind.fields[name].type
        if type_.literal and tree.name.lower() in type_.words:
            return tree.name.lower()
        frame.volume, frame.here = volume, here
        try:
            return frame.lookup(tree.name)
        except KeyError:
            shorthand = _SHORT.fullmatch(tree.name)
            if shorthand and here.find(tree.name, tree.start, rounds=False) is None:
                meant = next((field for field in kind.fields if field.startswith(shorthand[1])), None)
                if meant is not None:
                    message, hint = f"nothing is called {quoted(tree.name)} here", f"write {meant}={shorthand[2]}"
                    raise ExpressionError("E109", message, tree.start, tree.length, hint) from None
            if type_.words:  # the field lists the words that it takes
                return tree.name.lower() if tree.name.lower() in type_.words else tree.name
        for other in kind.fields.values():
            if tree.name in other.type.words:
                message, hint = f"{name} takes no word {quoted(tree.name)}", f"write {other.name}={tree.name}"
                raise ExpressionError("E105", message, tree.start, tree.length, hint)
        try:
            value = frame.evaluate(tree, volume, here)
        except ExpressionError as error:  # the name is not bound
            hint = error.hint or f"{name} takes: {type_.meaning}"
            if tree.name in KINDS:
                hint = f"an arrow is missing before {tree.name}"
            raise ExpressionError(error.code, error.message, error.start, error.length, hint) from None
        of = tree.name if isinstance(value, Reference) else f"{tree.name}[0]"
        message = f"{name} is no volume, and {quoted(tree.name)} is {'one' if of == tree.name else 'a list of them'}"
        hint = f"{of}.channels and {of}.sides are numbers"
        raise ExpressionError("E105", message, tree.start, tree.length, hint)

    def _given(self, kind: type[Layer], name: str, given: Given, volume: Volume, here: Here) -> Value:
        if isinstance(given, tuple):
            return tuple(self._given(kind, name, part, volume, here) for part in given)
        if isinstance(given, Broken):
            raise Unknowable
        try:
            return self._value(kind, name, given.tree, volume, here)
        except ExpressionError as error:
            self.journal.wrong(error, given.text, 0, here.calls)
            raise Unknowable from None

    def _make(
        self, kind: type[Layer], values: dict[str, Value], whole: bool, places: Places, sides: int | None, here: Here
    ) -> Layer | None:
        """Bind values to the fields of a kind, when they are all there, or report what a field does not take."""
        for name, value in values.items():
            try:
                kind.fields[name].type.read(value, sides)
            except Refused as refused:
                whole = False
                space = " " if refused.reason.startswith("must") else ": "
                place = places(name)
                assert place is not None
                hint = refused.hint or _order(kind, name, value) or LEAST.get((name, value))
                self.journal.report(refused.code, f"{name}{space}{refused.reason}", place, hint, here.calls)
        if not whole or sides is None:
            return None
        layer = kind(sides, **values)
        return self.layers.setdefault(layer, layer)

    # Blocks.

    def parameters(self, block: Block, step: Call, text: Scalar, frame: Frame, volume: Volume, here: Here) -> bool:
        """Bind the arguments of a call to a block's parameters in `frame`; defaults are evaluated left to right.

        Returns False when something is wrong, which is then reported.
        """
        plan = self.plan(block, step, text, here)
        fine = not plan.wrong
        parts = dict(zip(plan.names, plan.parts, strict=True))
        for parameter in block.parameters:
            part = parts.get(parameter.name)
            try:
                if part is not None:
                    frame.names[parameter.name] = self._block_argument(part.tree, volume, here)
                elif parameter.default is not None:
                    frame.names[parameter.name] = self._default(parameter.default, frame, volume)
            except ExpressionError as error:
                if part is not None:
                    self.journal.wrong(error, text, part.start, here.calls)
                elif fine:  # a default may need a parameter that is missing
                    self.journal.wrong(error, block.header, parameter.start, frame.calls)
                fine = False
            except Unknowable:
                fine = False
        return fine

    def _block_argument(self, tree: Tree, volume: Volume, here: Here) -> Value:
        """Evaluate an argument of a block: a value, a result's name, or a word."""
        frame = here.frame
        if isinstance(tree, PartOf):
            path = f"{tree.of.name}.{tree.part}" if isinstance(tree.of, (Name, Path)) else ""
            if path and isinstance(found := here.find(path, tree.start, rounds=False), Result):
                return Reference.to(path, found)  # a branch may be called `channels`
        if not isinstance(tree, (Name, Path)):
            return frame.evaluate(tree, volume, here)
        name = tree.name
        if isinstance(tree, Name):
            frame.volume, frame.here = volume, here
            try:
                return frame.lookup(name)
            except KeyError:
                pass
        result = here.find(name, tree.start, rounds=False)
        if result is None and self.is_word(name):
            return name
        result = result or here.find(name, tree.start)
        if result is not None:
            return value_of(name, result)
        known = [*frame.names, *frame.vars, *KINDS, *self.blocks, *here.names.visible(), *WORDS]
        message = f"nothing is called {quoted(name)} here"
        raise ExpressionError("E109", message, tree.start, tree.length, did_you_mean(name, known))

    def _default(self, tree: Tree, frame: Frame, volume: Volume) -> Value:
        if isinstance(tree, Name) and frame.bound(tree.name) is None and self.is_word(tree.name):
            return tree.name
        return frame.evaluate(tree, volume, None)


def _refuse_product(name: str, tree: Arithmetic) -> None:
    """Refuse 3*3 and 7x7/2 where a size is meant: arithmetic needs brackets there."""
    factors = [tree.first, *(factor for _, factor in tree.rest)]
    numbers = [each.value for each in factors if isinstance(each, Literal)]
    signs = {sign for sign, _ in tree.rest}
    if len(numbers) < len(factors):
        return
    if signs == {"*"} and all(type(number) is int for number in numbers):
        product, size = "*".join(map(str, numbers)), "x".join(map(str, numbers))
        message, hint = f"{product} is one number, and a size is written with x", f"write {size}, or ({product})"
    elif signs == {"/"} and isinstance(numbers[0], Sides) and len(numbers) == 2:
        size, by = text_of(numbers[0]), text_of(numbers[1])
        message, hint = f"{size}/{by} divides the size", f"write {size} stride={by}, or ({size}/{by})"
    else:
        return
    raise ExpressionError("E105", f"{name}: {message}", tree.start, tree.length, hint)


def given_place(given: Given) -> Place | None:
    """Return the location of a value in the long form."""
    if isinstance(given, tuple):
        return next((place for part in given if (place := given_place(part))), None)
    return given.text.place() if isinstance(given, Formula) else None


def _judged(layer: Layer, xs: tuple[Shape, ...]) -> Iterator[Refusal]:
    """Yield what does not fit, as far as that can be known while numbers are symbols."""
    with suppress(Undecided):
        yield from layer.check(*xs)


LEAST = {
    ("stride", 0): "stride=1 moves by one pixel",
    ("dilation", 0): "dilation=1 is a dense window; some count the gaps, which are 0",
}
"""The message for 0 where a count begins at 1."""


def _order(kind: type[Layer], name: str, value: Value) -> str | None:
    """Say how arguments are ordered, where a value seems to be meant for another field."""
    if name == "out" and isinstance(value, Sides) and all(n != 0 for n in value):
        return f"the order is {kind.usage()}"
    if kind.fields[name].type.meaning == "yes or no" and type(value) is int and "kernel" not in kind.fields:
        return f"what comes in is known, so its channels are not given: {kind.usage()}"
    return None
