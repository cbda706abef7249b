"""Which wrong values the known mistakes lead to, each with the arithmetic of whoever makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import combinations
from typing import Any

from cnncalc.homework.calculation import Calculation, Mistake, Nonsense, calculated
from cnncalc.homework.layer_names import where
from cnncalc.homework.mistakes.cost import COST
from cnncalc.homework.mistakes.counts import COUNTS, OtherChannels, other_channels
from cnncalc.homework.mistakes.field import wrong_fields
from cnncalc.homework.mistakes.sizes import SIZES
from cnncalc.homework.model import Candidate, Conventions, Value
from cnncalc.homework.quantities import NoLayer
from cnncalc.homework.quantity_expression import QuantityExpression, Subject, plain
from cnncalc.homework.wording import number, shown, with_numbers
from cnncalc.library import named
from cnncalc.loading import load
from cnncalc.network.network import Node
from cnncalc.numbers.arith import Undecided, symbols_of
from cnncalc.problem import Problems, listed
from cnncalc.shape import Shape
from cnncalc.spec.expression import ExpressionError

MISTAKES: tuple[Mistake, ...] = (*SIZES, *COUNTS, *COST)
"""Every mistake in the calculation of a layer, the commoner ones first."""

HINTS = {mistake.slug: mistake.hint for mistake in reversed((*MISTAKES, OtherChannels(1)))}
"""Where to look again, by mistake."""

FEW_LAYERS = 12
"""In networks of so many layers, each mistake is tried at every layer by itself."""

MANY_LAYERS = 60
"""Of networks with more layers, nobody gets the whole wrong by the size of an output, or in many ways at once."""

OF_MANY = frozenset(("no-bias", "bn-count", "groups", "mac-flop", "shared-twice", "bytes"))
"""Mistakes that come in pairs in such networks."""

FAILURES = (Nonsense, NoLayer, Undecided, ExpressionError, ZeroDivisionError)
"""What a calculation with a mistake in it may come to, beside a number; anything else is a fault of ours."""


class Trial:
    """One calculation with some mistakes at one layer, or wherever they can be made."""

    def __init__(self, expression: QuantityExpression, mistakes: Sequence[Mistake], at: int | None) -> None:
        self.expression, self.mistakes, self.at = expression, mistakes, at
        self.calculations: dict[str, Calculation] = {}
        self.traced = expression.traced(self._calculate)
        self.value: Value = plain(self.traced)

    def _calculate(self, subject: Subject) -> Calculation:
        if subject.name not in self.calculations:
            self.calculations[subject.name] = calculated(subject.network, self.mistakes, self.at)
        return self.calculations[subject.name]

    def candidate(self) -> Candidate:
        slugs = tuple(dict.fromkeys(mistake.slug for mistake in self.mistakes))
        lessons = dict.fromkeys(self._lesson(mistake) for mistake in self.mistakes)
        plausibility = min(mistake.plausibility for mistake in self.mistakes)
        return Candidate(self.value, slugs, self._working(), "; and ".join(lessons), plausibility)

    def _lesson(self, mistake: Mistake) -> str:
        subject = self.expression.subject
        node = self._node(subject)
        if node is None or self.expression.quantity is None:
            return mistake.general
        try:
            lesson = mistake.lesson(self.calculations[subject.name].layer(node))
        except FAILURES:
            return mistake.general
        return lesson if node is subject.node or self.at is None else f"{lesson} ({where(subject.network, node.path)})"

    def _node(self, subject: Subject) -> Node | None:
        """Return the layer that the mistake is at, where that is one."""
        if self.at is not None:
            return subject.network.nodes[self.at]
        if subject.node is not None:
            return subject.node
        layers = list(subject.network.layers())
        return layers[0] if len(layers) == 1 else None

    def _working(self) -> str:
        expression = self.expression
        if expression.quantity is None:
            return expression.with_numbers(self._calculate)
        right = expression.traced()
        return "; ".join(_different(right, self.traced))


def _different(right: Any, wrong: Any) -> Iterator[str]:
    """Yield the calculation of what is not as it should be."""
    if isinstance(wrong, Shape):
        yield from _different(right.sides, wrong.sides)
        if plain(right.channels) != plain(wrong.channels):
            text, value = with_numbers(wrong.channels), number(plain(wrong.channels))
            unit = f" channel{'' if value == '1' else 's'}" if wrong.sides else ""
            yield f"{text} = {value}{unit}" if text != value else f"{value}{unit}"
    elif isinstance(wrong, tuple):
        if plain(right) == plain(wrong):
            return
        texts = dict.fromkeys(map(_equation, wrong))
        yield " and ".join(texts)
    else:
        yield with_numbers(wrong)


def _equation(part: Any) -> str:
    if isinstance(part, tuple):
        return shown((part,), "pad")
    text, value = with_numbers(part), number(plain(part))
    return f"{text} = {value}" if text != value else value


def singles(expression: QuantityExpression) -> list[Candidate]:
    """Return what each mistake by itself leads to, right values and repetitions left out."""
    found = _turned(expression)
    if expression.form != "choice":
        found = [trial.candidate() for trial in _effective(expression)] + _fields(expression, 1) + found
    return distinct(found, expression)


def pairs(expression: QuantityExpression) -> list[Candidate]:
    """Return what two mistakes together lead to, made at the same layer or wherever they can be."""
    if expression.form == "choice":
        return []
    by_place: dict[int | None, list[Trial]] = {}
    many = _many(expression)
    for trial in _effective(expression):
        if not many or trial.mistakes[0].slug in OF_MANY:
            by_place.setdefault(trial.at, []).append(trial)
    found = []
    for at, trials in by_place.items():
        for one, two in combinations(trials, 2):
            both = None
            if one.mistakes[0].slug != two.mistakes[0].slug:
                both = _tried(expression, (*one.mistakes, *two.mistakes), at)
            if both and both.value not in (one.value, two.value):
                found.append(both.candidate())
    found += _fields(expression, 2)
    return distinct(found, expression)


def _effective(expression: QuantityExpression) -> list[Trial]:
    """Return the trials of one mistake that come to another value, found once."""
    if expression.trials is None:
        expression.trials = [*_trials(expression)]
    return expression.trials


def _trials(expression: QuantityExpression) -> Iterator[Trial]:
    right = plain(expression.traced())
    seen = set()
    many = _many(expression)
    view = expression.quantity is not None and expression.quantity.name in ("receptive_field", "jump")
    own = expression.subject.node.index if expression.subject.node else None
    for at in _places(expression):
        for mistake in MISTAKES if not many else (*COUNTS, *COST):
            if mistake.habit and at is not None and at != own:
                continue
            if view and mistake.resizes:
                continue
            trial = _tried(expression, (mistake,), at)
            if trial is None or trial.value == right:
                continue
            key = (mistake.slug, str(trial.value))
            if key not in seen:
                seen.add(key)
                yield trial


def _many(expression: QuantityExpression) -> bool:
    """Return whether a whole large network is asked about."""
    subjects = expression.subjects.values()
    return any(subject.node is None and len(subject.network.nodes) > MANY_LAYERS for subject in subjects)


def _places(expression: QuantityExpression) -> list[int | None]:
    """Return where mistakes are tried: at the layer that is meant, everywhere, at each layer of a small network."""
    subject = expression.subject
    node = subject.node
    layers = [layer.index for layer in subject.network.layers()]
    own: list[int | None] = [] if node is None else [node.index]
    if len(expression.subjects) > 1 or len(layers) == 1 or expression.quantity is None:
        return [None] if node is None or len(expression.subjects) > 1 else own
    before = [index for index in layers if node is None or index < node.index]
    small = before if len(layers) <= FEW_LAYERS else []
    return [*own, None, *small]


def _tried(expression: QuantityExpression, mistakes: Sequence[Mistake], at: int | None) -> Trial | None:
    try:
        trial = Trial(expression, mistakes, at)
    except FAILURES:
        return None
    return trial if _possible(trial.value) else None


def _possible(value: Value) -> bool:
    """Return whether somebody might write this: no side of 0 pixels, nothing negative."""
    numbers = value.hwc if isinstance(value, Shape) else value if isinstance(value, tuple) else (value,)
    return numbers != () and all(
        symbols_of(n) or isinstance(n, (bool, tuple, frozenset)) or n > 0 or (n == 0 and not isinstance(value, Shape))
        for n in numbers
    )


def _fields(expression: QuantityExpression, many: int) -> list[Candidate]:
    """Return wrong receptive fields."""
    quantity, subject = expression.quantity, expression.subject
    if quantity is None or quantity.name not in ("receptive_field", "jump"):
        return []
    network = subject.network
    node = subject.node or network.nodes[next(iter(network.outputs.values()))]
    return [
        Candidate(plain(part), ("rf-sum",) * count, with_numbers(part), lesson)
        for count, part, lesson, _ in wrong_fields(network, node, quantity.name)
        if count == many
    ]


def _turned(expression: QuantityExpression) -> list[Candidate]:
    """Return a ratio upside down, and a saving taken for what is left."""
    if expression.form == "choice":
        return _area(expression)
    if expression.quantity is not None or expression.form != "number":
        return []
    value = plain(expression.traced())
    if not value or "/" not in expression.text:
        return []
    exact = Fraction(value)
    percent = expression.text.startswith("100")
    turned = Candidate(1 / exact, ("upside-down",), f"1 / {number(value)}", "the ratio is upside down")
    whole = 100 if percent else 1
    rest = Candidate(whole - exact, ("rest",), f"{whole} − {number(value)}", "that is what is left, not what is saved")
    other = Candidate(exact / 100 if percent else exact * 100, ("percent",), number(value), "mind the percent sign")
    return [turned, *([rest] if 0 < exact < whole else []), other]


def _area(expression: QuantityExpression) -> list[Candidate]:
    """Return the belief that params depend on the size of the image."""
    asked = {name.rpartition(".")[2] for name in expression.quantities}
    if not asked <= {"params", "weights", "biases", "weight_bytes"}:
        return []
    if len({_value(expression, name) for name in expression.quantities}) > 1:
        return []  # they differ by their filters
    wrong = frozenset(("yes", "no")) - expression.value()
    lesson = "the number of weights does not depend on the size of the image, but on the filters"
    return [Candidate(wrong, ("area-matters",), "", f"is not so: {lesson}")]


def _value(expression: QuantityExpression, quantity: str) -> Value:
    return QuantityExpression(quantity, expression.subjects, expression.conventions).value()


def distinct(found: list[Candidate], expression: QuantityExpression) -> list[Candidate]:
    """Leave out right values, and a value that the same mistakes lead to twice."""
    right = plain(expression.traced())
    if isinstance(right, bool):
        right = frozenset(("yes" if right else "no",))
    kept: dict[tuple[tuple[str, ...], str], Candidate] = {}
    for candidate in found:
        value = candidate.value
        if isinstance(value, bool):
            candidate.value = value = frozenset(("yes" if value else "no",))
        if value != right:
            kept.setdefault((candidate.slugs, str(value)), candidate)
    return list(kept.values())


def others(expression: QuantityExpression) -> list[Candidate]:
    """Return right values of something else: another layer, another quantity, another network of the family."""
    quantity, subject = expression.quantity, expression.subject
    if quantity is None:
        return []
    layers, quantities = _other_layers(expression, subject), _other_quantities(expression, subject)
    networks, channels = _other_networks(expression, subject), _wrong_channels(expression, subject)
    return distinct([*layers, *quantities, *networks, *channels], expression)


def _wrong_channels(expression: QuantityExpression, subject: Subject) -> Iterator[Candidate]:
    """Yield what comes of the channels of another volume, taken for those of a layer's input."""
    if _many(expression):
        return
    right = expression.value()
    for at in _places(expression):
        for mistake in other_channels(subject.network) if at is not None else ():
            trial = _tried(expression, (mistake,), at)
            if trial is not None and trial.value != right:
                yield trial.candidate()


def _other_networks(expression: QuantityExpression, subject: Subject) -> Iterator[Candidate]:
    """Yield what other networks of the family have: VGG-16 for VGG-19."""
    quantity, found = expression.quantity, named(subject.network.name)
    if quantity is None or found is None or len(expression.subjects) > 1:
        return
    names: dict[Value, list[str]] = {}
    kept = _kept_rows(expression, subject, [*found[1].variants])
    for name in found[1].variants:
        if name in kept:
            names.setdefault(kept[name], []).append(name)
            continue
        with suppress(Problems, *FAILURES):
            network = load(name)
            try:
                node = network.find(subject.node.path) if subject.node else None
            except KeyError:  # it has no layer of that name
                continue
            other = dict.fromkeys(expression.subjects, Subject("", network, node))
            value = QuantityExpression(expression.text, other, expression.conventions).value()
            names.setdefault(value, []).append(name)
    for value, those in names.items():
        lesson = f"is that of {listed(those, 'or')}; asked for is {subject.network.name}"
        yield Candidate(value, ("other-network",), "", lesson)


def _kept_rows(expression: QuantityExpression, subject: Subject, names: list[str]) -> dict[str, Value]:
    """Return a total of whole networks from the rows that the library keeps, where they count as the key does."""
    quantity, kept = expression.quantity, Conventions(rounding=expression.conventions.rounding)
    if quantity is None or subject.node is not None or quantity.name not in ("params", "macs"):
        return {}
    if expression.conventions != kept:
        return {}
    from cnncalc.comparison.catalogue import Shelf

    with suppress(Problems):
        rows = {name: getattr(row, quantity.name) for name, row in Shelf().find(names).items()}
        if rows.get(subject.network.name) == expression.value():
            return {name: value for name, value in rows.items() if value is not None}
    return {}


ALIKE = (
    ("params", "weights", "biases", "macs", "flops", "operations", "activation_values", "weight_bytes", "buffers"),
    ("output", "input"),
    ("activation_bytes", "weight_bytes"),
    ("he_std", "he_std_in"),
    ("fan_in", "fan_out"),
    ("receptive_field", "jump"),
)
"""Quantities that are taken for each other."""


def _other_quantities(expression: QuantityExpression, subject: Subject) -> Iterator[Candidate]:
    quantity = expression.quantity
    assert quantity is not None
    names = next((alike for alike in ALIKE if quantity.name in alike), ())
    for name in names:
        if name == quantity.name:
            continue
        try:
            value = QuantityExpression(name, expression.subjects, expression.conventions).value()
        except FAILURES:
            continue
        if _possible(value) and value != 0:
            other = _WORDS.get(name, name.replace("_", " "))
            yield Candidate(value, ("other-quantity",), "", f"is the {other}; asked for is {quantity.meaning}")


_WORDS = {
    "macs": "number of multiply-adds",
    "flops": "number of FLOPs",
    "params": "number of params",
    "he_std": "√(2/fan out)",
    "he_std_in": "√(2/fan in)",
}


def _other_layers(expression: QuantityExpression, subject: Subject) -> Iterator[Candidate]:
    quantity = expression.quantity
    assert quantity is not None
    if len(expression.subjects) > 1:
        return
    whole = quantity.form == "number" and quantity.name in ("params", "macs", "flops", "weights", "activation_values")
    for node in [*subject.network.layers(), *([None] if whole and subject.node is not None else [])]:
        if node is subject.node:
            continue
        other = {name: Subject(name, subject.network, node) for name in expression.subjects}
        try:
            value = QuantityExpression(expression.text, other, expression.conventions).value()
        except FAILURES:
            continue
        if _possible(value) and value != 0:
            place = f"is {node.path}'s" if node is not None else "is the whole network's"
            meant = f"{subject.node.path}'s" if subject.node is not None else "the whole network's"
            yield Candidate(value, ("other-layer",), "", f"{place}; asked for is {meant}")
            if subject.node is None and whole and quantity.form == "number":
                yield from _left_out(expression, node, value)


def _left_out(expression: QuantityExpression, node: Node | None, value: Value) -> Iterator[Candidate]:
    total = plain(expression.traced())
    if node is not None and isinstance(total, int) and isinstance(value, int) and 0 < value < total:
        working = f"{number(total)} − {number(value)}"
        yield Candidate(total - value, ("layer-left-out",), working, f"{node.path} is missing")
        working = f"{number(total)} + {number(value)}"
        yield Candidate(total + value, ("layer-twice",), working, f"{node.path} is counted twice")
