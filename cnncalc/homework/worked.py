"""Worked solutions: a calculation with every layer on the way, where a mark shows the last step only."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from cnncalc.homework.calculation import Calculation, LayerCalculation
from cnncalc.homework.layer_names import layer_names
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

OF_POSITIONS = (
    *("macs", "flops", "multiplications", "additions", "operations"),
    *("activation_values", "activation_bytes"),
)
"""Quantities that an output size is a factor of."""

OF_INPUTS = ("params", "weights", "weight_bytes")
"""Quantities that a flattened size is a factor of, in a fully connected layer."""

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
        text = right.text
        if size := LARGE_BYTES.get(part.unit):
            base = 1024 if "i" in part.unit else part.conventions.megabyte
            size_text = f"{'·'.join([str(base)] * size)} = {base**size:,}" if size > 1 else f"{base}"
            lines += [f"1 {part.unit} = {size_text} bytes", right.working[-1]]
    ends = re.compile(rf"(?<![\d.,/]){re.escape(text if question.choices else right.text)}(?![\d./]|,\d)")
    lines = [*dict.fromkeys(lines)]
    chosen = part.form == "choice" and not question.choices  # of networks, each of which has a line
    if not lines or chosen or not ends.search(lines[-1]):
        lines = [*(line for line in lines if line != text), text]
    return tuple(lines)


def lines_of(part: Part, known: Collection[str] = ()) -> Iterator[str]:
    """Yield the lines of a calculation; quantities that are shown elsewhere are taken as known."""
    expression = part.expression
    if part.ask == "solve":
        yield from _solved(part)
    elif expression is None:
        yield from part.right.working
    elif expression.quantity is None:
        names = [*dict.fromkeys(expression.quantities)]
        for name in names:
            if name not in known:
                prefix = f"{_label(name, names)}: " if len(names) > 1 else ""
                yield from (f"{prefix}{line}" for line in _quantity(_alone(expression, name), known))
        yield from part.right.working
    else:
        yield from _quantity(expression, known)


def _label(name: str, names: Collection[str]) -> str:
    """Name a quantity among others: plain.macs by its network where all are MACs, else macs of plain."""
    network, _, quantity = name.rpartition(".")
    if network and len({other.rpartition(".")[2] for other in names}) == 1:
        return network.replace("_", " ")
    return (f"{quantity} of {network}" if network else quantity).replace("_", " ")


def _alone(expression: QuantityExpression, name: str) -> QuantityExpression:
    return QuantityExpression(name, expression.subjects, expression.conventions)


def _quantity(expression: QuantityExpression, known: Collection[str] = ()) -> Iterator[str]:
    """Yield the calculation of one quantity, layer by layer where it is about several, sizes first that it takes."""
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
        case "kept_units":
            node = subject.node or _last(subject.network)
            units, rate = number(node.x[0].values), node.layer.__dict__["rate"]
            yield f"{units}·(1 − {rate}) = {number(value_of(expression.traced()))}"
        case "activation_bytes":
            yield from _quantity(_named(expression, "activation_values"), known)
            yield from own
        case _:
            if "output" not in known:
                yield from _sizes(quantity.name, subject, expression.conventions)
            if subject.node is None and quantity.name in SUMS:
                yield from _by_layer(expression)
            yield from own


def _named(expression: QuantityExpression, name: str) -> QuantityExpression:
    """Ask for another quantity of the same network or layer."""
    subject = expression.subject
    return QuantityExpression(name, {name: Subject(name, subject.network, subject.node)}, expression.conventions)


def _sizes(quantity: str, subject: Subject, conventions: Conventions) -> Iterator[str]:
    """Yield how the sizes come about that a quantity takes as factors."""
    nodes = [node for node in subject.network.layers() if node.aux is None]
    if subject.node is not None:
        behind = [subject.network.nodes[i] for i in subject.node.inputs]
        nodes = [*(node for node in behind if node.layer.kind == "flatten"), subject.node]
    flattened = [at for at, node in enumerate(nodes) if node.layer.kind == "flatten" and node.x[0].sides]
    if quantity in OF_INPUTS and flattened:
        nodes = nodes[: flattened[-1] + 1]
    elif quantity not in OF_POSITIONS:
        return
    sized = [node for node in nodes if node.y != node.x[0] and node.x[0].sides]
    if len(sized or nodes) <= MOST_LAYERS and any(node.x[0].sides for node in nodes):
        yield from _volumes(subject.network, conventions, sized or nodes[:1])


def _last(network: Network) -> Node:
    return network.nodes[next(iter(network.outputs.values()))]


def _volumes(network: Network, conventions: Conventions, nodes: list[Node] | None = None) -> Iterator[str]:
    """Yield what each layer makes of the volume, where it changes it."""
    calculation, names = Calculation(network), layer_names(network)
    every = list(network.layers())
    nodes = nodes or [node for node in every if node.y != node.x[0]] or every
    for node in nodes if len(nodes) <= MOST_LAYERS else nodes[-1:]:
        name = f"{names[node.path]}: " if len(every) > 1 and len(nodes) > 1 else ""
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
    names = layer_names(subject.network)
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
                lines.append(f"{names[node.path]}: {'; '.join(working(one.traced(), one.form)) or number(value)}")
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
    """Derive what was to be found, and put it in: then the sizes come out."""
    from cnncalc.loading import load

    for chain in part.right.working:
        network = load(chain)
        nodes = list(network.layers())
        if len(nodes) == 1:
            yield from _derived(Calculation(network).layer(nodes[0]), part.right.value)
        yield from (f"check: {line}" for line in _volumes(network, part.conventions))


def _derived(calc: LayerCalculation, found: Mapping[str, int]) -> Iterator[str]:
    """Yield the equation of a window that gives one unknown, the others taken as they are."""
    windows = {Window(*map(value_of, window)) for window in calc.windows if isinstance(window, Window)}
    sizes = {(n, value_of(m)) for n, m in zip(calc.x.sides, calc.sides, strict=True)}
    unknown = next((name for name in ("pad", "kernel", "dilation", "stride") if name in found), None)
    if len(windows) != 1 or len(sizes) != 1 or unknown is None:
        return
    (w,), ((n, m),) = windows, sizes
    if w.before != w.after or w.ceil or (m == 1 and unknown == "stride"):
        return
    given = ", ".join(f"{name}={value}" for name, value in found.items() if name != unknown)
    prefix = f"with {given}: " if given else ""
    moved, slack = (m - 1) * w.stride, (n + 2 * w.before - w.extent) % w.stride
    extent = f"{w.kernel}" if w.dilation == 1 else f"{w.dilation}·({w.kernel} − 1) + 1"
    padded = f"{n} + 2·{w.before}" if w.before else f"{n}"
    steps = f"({m} − 1)·{w.stride}"
    match unknown:
        case "pad":
            least = moved + w.extent - n
            from_, to = f"{steps} + {extent} − {n} = {number(least)}", least + w.stride - 1
            yield (
                f"{prefix}2·pad = {from_}" if not slack else f"{prefix}2·pad is at least {from_}, at most {number(to)}"
            )
        case "kernel" if w.dilation == 1:
            most = n + 2 * w.before - moved
            to = f"{padded} − {steps} = {most}"
            yield (
                f"{prefix}kernel = {to}"
                if not slack
                else f"{prefix}kernel is at most {to}, at least {most - w.stride + 1}"
            )
        case "dilation":
            left = n + 2 * w.before - moved - 1
            yield f"{prefix}dilation·({w.kernel} − 1) = {padded} − 1 − {steps} = {left}"
        case "stride":
            inside = n + 2 * w.before - w.extent
            least, most = inside // m + 1, inside // (m - 1)
            over = f"({padded} − {extent})/({m} − 1) = {inside}/{m - 1}"
            yield (
                f"{prefix}stride = {over} = {most}"
                if inside % (m - 1) == 0
                else (
                    f"{prefix}stride is at most {over}, so {most}"
                    if least == most
                    else f"{prefix}stride is at most {over}, more than {inside}/{m}"
                )
            )
