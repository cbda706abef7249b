"""Worked solutions: a calculation with every layer on the way, where a mark shows the last step only."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cnncalc.homework.calculation import Calculation, LayerCalculation
from cnncalc.homework.model import Conventions, Part, Question
from cnncalc.homework.quantities import NoLayer
from cnncalc.homework.quantity_expression import QuantityExpression, Subject
from cnncalc.homework.wording import LARGE_BYTES, number, volume, worked, working
from cnncalc.layers.geometry import Window
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import symbols_of
from cnncalc.numbers.traced import leaf, value_of
from cnncalc.shape import Shape

SUMS = (
    *("params", "weights", "biases", "buffers", "weight_bytes"),
    *("macs", "flops", "multiplications", "additions", "operations"),
    *("activation_values", "activation_bytes"),
)
"""Quantities of a network that are those of its layers added up."""

MOST_LAYERS = 24
"""Of longer networks, only the result is worked out."""


def solution(question: Question, part: Part, *, letters: bool = True) -> tuple[str, ...]:
    """Return the lines of a worked solution; the answer is the last of them, or is in it.

    Without `letters` a choice is named by its text alone, for systems that shuffle the choices.
    """
    lines = [*lines_of(part, {other.ask for other in question.parts if other is not part})]
    right = part.right
    if question.choices:
        text = right.text if letters else ", ".join(question.choices[label] for label in sorted(right.value))
    else:
        text = right.working[-1] if part.unit in LARGE_BYTES else right.text
    if not lines or (text if question.choices else right.text) not in lines[-1]:
        lines.append(text)
    return tuple(dict.fromkeys(lines))


def lines_of(part: Part, told: Collection[str] = ()) -> Iterator[str]:
    """Yield the lines of a calculation; quantities that are shown elsewhere are taken as known."""
    expression = part.expression
    if part.ask == "solve":
        yield from _solved(part)
    elif expression is None:
        yield from part.right.working
    elif expression.quantity is None:
        for name in dict.fromkeys(expression.quantities):
            said = f"{name.replace('_', ' ')}: " if len(set(expression.quantities)) > 1 else ""
            if name not in told:
                yield from (f"{said}{line}" for line in _quantity(_alone(expression, name)))
        yield from part.right.working
    else:
        yield from _quantity(expression)


def _alone(expression: QuantityExpression, name: str) -> QuantityExpression:
    return QuantityExpression(name, expression.subjects, expression.conventions)


def _quantity(expression: QuantityExpression) -> Iterator[str]:
    """Yield the calculation of one quantity, layer by layer where it is about several."""
    quantity, subject = expression.quantity, expression.subject
    assert quantity is not None
    own = list(working(expression.traced(), expression.form))
    match quantity.name:
        case "output" | "sides" | "channels" if subject.node is None:
            yield from _volumes(subject.network, expression.conventions)
        case "left_over":
            yield from _left_over(Calculation(subject.network).layer(subject.node or _last(subject.network)))
        case "same_pad":
            yield from _same(Calculation(subject.network).layer(subject.node or _last(subject.network)))
        case _:
            if subject.node is None and quantity.name in SUMS:
                yield from _by_layer(expression)
            yield from own


def _last(network: Network) -> Node:
    return network.nodes[next(iter(network.outputs.values()))]


def _volumes(network: Network, conventions: Conventions) -> Iterator[str]:
    """Yield what each layer makes of the volume, where it changes it."""
    calculation = Calculation(network)
    nodes = [node for node in network.layers() if node.y != node.x[0]] or list(network.layers())
    for node in nodes if len(nodes) <= MOST_LAYERS else nodes[-1:]:
        name = f"{node.path}: " if len(nodes) > 1 else ""
        if node.layer.kind == "flatten":
            yield f"{name}{_flattened(node.x[0])}"
            continue
        calc = calculation.layer(node)
        lines = list(working(Shape(calc.sides, calc.channels), "volume"))
        if len(nodes) > 1:
            yield f"{name}{'; '.join(lines)}: {volume(node.y, conventions)}"
        else:
            yield from lines


def _flattened(x: Shape) -> str:
    """Multiply what is flattened: 5·5·16 = 400."""
    factors = "·".join(map(number, x.hwc))
    return f"{factors} = {number(x.values)}" if len(x.hwc) > 1 else factors


def _by_layer(expression: QuantityExpression) -> Iterator[str]:
    """Yield each layer's share of a sum."""
    subject = expression.subject
    lines = []
    for node in subject.network.layers():
        if node.aux is None:
            one = QuantityExpression(
                expression.text,
                {name: Subject(name, subject.network, node) for name in expression.subjects},
                expression.conventions,
            )
            try:
                value = one.value()
            except NoLayer:
                return
            if symbols_of(value) or value:
                lines.append(f"{node.path}: {'; '.join(working(one.traced(), one.form)) or number(value)}")
    if 1 < len(lines) <= MOST_LAYERS:
        yield from lines


def _left_over(calc: LayerCalculation) -> Iterator[str]:
    """Yield the division that leaves a remainder, along each side that differs."""
    lines = []
    for window, n in zip(calc.windows, calc.x.sides, strict=True):
        if isinstance(window, Window):
            w = Window(*map(value_of, window))
            inside = n + w.before + w.after - w.extent
            padded = f"{n} + {w.before + w.after}" if w.before + w.after else f"{n}"
            left = inside % w.stride
            lines.append(
                f"{padded} − {w.extent} = {inside} = {inside // w.stride}·{w.stride} + {left}: {left} left over"
            )
    yield from dict.fromkeys(lines)


def _same(calc: LayerCalculation) -> Iterator[str]:
    """Yield how much padding there is to be, before it is shared out."""
    lines = []
    for window, n in zip(calc.windows, calc.x.sides, strict=True):
        if isinstance(window, Window):
            w = Window(*map(value_of, window))
            out = -(-n // w.stride)
            before, after = w.same(n)
            need = worked((leaf("m", out) - 1) * leaf("s", w.stride) + leaf("k", w.extent) - leaf("n", n))
            lines.append(f"{need if before + after else 0}: {before} before, {after} after")
    yield from dict.fromkeys(lines)


def _solved(part: Part) -> Iterator[str]:
    """Put what was to be found in: then the sizes come out."""
    from cnncalc.loading import load

    yield part.right.text
    for chain in part.right.working:
        yield from (f"then {line}" for line in _volumes(load(chain), part.conventions))
