"""What can be asked of a layer or a network, each computed under the conventions of a course."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.homework.calculation import Calculation, LayerCalculation
from cnncalc.homework.model import Conventions
from cnncalc.homework.window_path import WindowPath, jump, path_to, size
from cnncalc.layers.base import Tensors
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.geometry import Spread, Window
from cnncalc.layers.norm import Normalisation
from cnncalc.network.network import Node
from cnncalc.network.report import Report
from cnncalc.numbers.arith import product, root, same_padding, symbols_of
from cnncalc.numbers.traced import Part, leaf, total, value_of
from cnncalc.record import Record
from cnncalc.shape import Shape

LONGEST_SUM = 12
"""So many terms of a sum are written; of more, only the result."""


class Target(Record):
    """What a quantity is computed of: a layer, or the whole network where `node` is None, with its calculation."""

    report: Report
    node: Node | None
    conventions: Conventions
    calculation: Calculation

    @property
    def layers(self) -> list[LayerCalculation]:
        return [self.calculation.layer(self.node)] if self.node is not None else list(self.calculation.layers())

    @property
    def last(self) -> LayerCalculation:
        """Return the layer that is meant, or the one whose volume is the network's output."""
        network = self.report.network
        node = self.node or network.nodes[next(iter(network.outputs.values()))]
        return self.calculation.layer(node)

    def layer(self) -> LayerCalculation:
        """Return the layer that is meant, or the only one that learns or has a window; raises NoLayer."""
        if self.node is not None:
            return self.calculation.layer(self.node)
        own = [calc for calc in self.layers if calc.layer.weighted] or [calc for calc in self.layers if calc.windows]
        if len(own) != 1:
            raise NoLayer
        return own[0]


class NoLayer(Exception):  # noqa: N818  # it becomes a problem with a place
    """What is asked is about one layer, and none is named."""


class Quantity(Record):
    """One thing that can be asked; `of` computes it as a number that remembers how, a Shape, or sides."""

    name: str
    form: str
    meaning: str
    of: Callable[[Target], Any]
    unit: str = ""
    names: tuple[str, ...] = ()  # of its numbers, where they are no height and width


def counted(calc: LayerCalculation, conventions: Conventions) -> Tensors:
    """Return the tensors whose numbers are params, as a course counts them."""
    if isinstance(calc.layer, Normalisation):
        if conventions.batchnorm == "none":
            return {}
        return {**calc.tensors, **calc.buffers} if conventions.batchnorm == "all" else calc.tensors
    if calc.layer.weighted and not conventions.biases:
        return {name: shape for name, shape in calc.tensors.items() if not name.endswith("bias")}
    return calc.tensors


def _numbers(tensors: Iterable[tuple[Part, ...]]) -> Part:
    return sum(map(product, tensors), 0)


def _over(each: Callable[[LayerCalculation, Target], Part]) -> Callable[[Target], Part]:
    """Make the sum over all layers that are meant of what each of them has."""

    def computed(target: Target) -> Part:
        return added([of_layer(calc, target) for calc in target.layers])

    def of_layer(calc: LayerCalculation, target: Target) -> Part:
        """Compute it once for a layer, which the trials of mistakes at other layers share."""
        key = each, target.node is calc.node  # whose letters differ
        conventions, part = calc.results.get(key, (None, 0))
        if conventions is not target.conventions:
            part = each(calc, target)
            calc.results[key] = target.conventions, part
        return part

    return computed


def added(parts: list[Part]) -> Part:
    """Add up: one part as it is, a few as their results, many as one result."""
    kept = [part for part in parts if symbols_of(value_of(part)) or value_of(part) != 0]
    if len(kept) == 1:
        return kept[0]
    if len(kept) > LONGEST_SUM or not kept:
        return sum(map(value_of, kept), 0)
    return total(leaf(str(index), value_of(part)) for index, part in enumerate(kept))


def _once(calc: LayerCalculation) -> bool:
    """Return whether a layer's weights are its own, or those of another that counts them; a mistake may count twice."""
    return calc.node.shares is None or any(mistake.slug == "shared-twice" for mistake in calc.mistakes)


def _params(calc: LayerCalculation, target: Target) -> Part:
    return _made(_numbers(counted(calc, target.conventions).values()), "params", calc) if _once(calc) else 0


def _weights(calc: LayerCalculation, target: Target) -> Part:
    own = {name: shape for name, shape in calc.tensors.items() if not name.endswith("bias")}
    return _numbers(own.values()) if _once(calc) and calc.layer.weighted else 0


def _biases(calc: LayerCalculation, target: Target) -> Part:
    own = {name: shape for name, shape in calc.tensors.items() if name.endswith("bias")}
    return _numbers(own.values()) if _once(calc) and calc.layer.weighted else 0


def _buffers(calc: LayerCalculation, target: Target) -> Part:
    return _numbers(calc.buffers.values()) if _once(calc) else 0


def _weight_bytes(calc: LayerCalculation, target: Target) -> Part:
    numbers = _numbers(counted(calc, target.conventions).values()) if _once(calc) else 0
    return _made(numbers * leaf("B", target.conventions.number_bytes), "weight_bytes", calc)


def _macs(calc: LayerCalculation, target: Target) -> Part:
    return _made(calc.macs, "macs", calc)


def _flops(calc: LayerCalculation, target: Target) -> Part:
    return _made(calc.macs * (2 if target.conventions.flops == "two" else 1), "flops", calc)


def _operations(calc: LayerCalculation, target: Target) -> Part:
    """Count n multiplications and n − 1 additions an output value, and one more addition for a bias."""
    return _made(calc.macs, "operations", calc) + _additions(calc, target)


def _additions(calc: LayerCalculation, target: Target) -> Part:
    if not symbols_of(value_of(calc.macs)) and not value_of(calc.macs):
        return 0
    values = 0 if "bias" in calc.tensors else leaf("values", calc.leaving.values)
    return _made(calc.macs - values, "additions", calc)


def _made(value: Part, quantity: str, calc: LayerCalculation) -> Part:
    """Let mistakes change a result."""
    for mistake in calc.mistakes:
        value = mistake.total(value, quantity, calc)
    return value


def _values(calc: LayerCalculation, target: Target) -> Part:
    channels = calc.channels if calc.node is not target.node else leaf("F", value_of(calc.channels))
    sides = calc.leaving.sides
    return product(leaf(f"H{i}", n) for i, n in enumerate(sides)) * (
        channels if sides else leaf("F", value_of(channels))
    )


def _of_batch(one: Callable[[Target], Part]) -> Callable[[Target], Part]:
    """Make what a batch needs of what one image does."""

    def computed(target: Target) -> Part:
        images = target.conventions.batch
        for mistake in target.calculation.mistakes:
            images = mistake.images(images)
        return one(target) if images == 1 else one(target) * leaf("N", images)

    return computed


def _activation_values(target: Target) -> Part:
    if target.node is not None:
        return _values(target.calculation.layer(target.node), target)
    kept = [calc for calc in target.layers if target.conventions.activations == "all" or not calc.node.layer.in_place]
    parts = [_values(calc, target) for calc in kept]
    if target.conventions.activations == "with_input":
        parts = [leaf("input", node.y.values) for node in target.report.network.nodes if node.kind == "input"] + parts
    return added(parts)


def _activation_bytes(target: Target) -> Part:
    values = leaf("values", value_of(_activation_values(target)))
    return _made(values * leaf("B", target.conventions.number_bytes), "activation_bytes", target.last)


def _output(target: Target) -> Shape:
    calc = target.last
    return Shape(calc.sides, calc.channels)


def _sides(target: Target) -> tuple[Part, ...]:
    return tuple(target.last.sides)


def _channels(target: Target) -> Part:
    return target.last.channels


def _input(target: Target) -> Shape:
    network = target.report.network
    return target.last.x if target.node is not None else network.nodes[next(iter(network.inputs.values()))].y


def _pad(target: Target) -> tuple[tuple[Part, Part], ...]:
    """Return the padding that the layer has; what `same` comes to, in numbers."""
    return _padding(target.layer(), [(value_of(w.before), value_of(w.after)) for w in target.layer().windows])


def _padding(calc: LayerCalculation, pads: Sequence[tuple[Part, Part]]) -> tuple[tuple[Part, Part], ...]:
    """Return one pair where all sides are alike, else one a side; raises NoLayer where there is none."""
    for mistake in calc.mistakes:
        pads = [mistake.padding(before, after, calc) for before, after in pads]
    if not pads:
        raise NoLayer
    return tuple(pads[:1] if len(set(pads)) == 1 else pads)


def _same_pad(target: Target) -> tuple[tuple[Part, Part], ...]:
    """Return the padding with which the layer would give ⌈n/s⌉."""
    return _padding(target.layer(), target.report.row(target.layer().node.path).same_pad or ())


def _extent(target: Target) -> tuple[Part, ...]:
    calc = target.layer()
    if not calc.windows:
        raise NoLayer
    return tuple(_covered(window, calc) for window in calc.windows)


def padding_in_all(target: Target) -> list[Part]:
    """Return how many pixels `same` adds to each side, both ends together; empty for padding that is written out."""
    calc = target.layer()
    if calc.layer.__dict__.get("pad") not in ("same", "same_lower") or not all(
        isinstance(w, Window) for w in calc.windows
    ):
        return []
    return [
        same_padding(leaf("n", n), w.kernel, w.stride, w.dilation)
        for w, n in zip(calc.windows, calc.x.sides, strict=True)
    ]


def _covered(window: Window | Spread, calc: LayerCalculation) -> Part:
    for mistake in calc.mistakes:
        found = mistake.extent(window, calc)
        if found is not None:
            return found
    return window.extent


def _field(name: str, along: Callable[[WindowPath], Part]) -> Callable[[Target], Part]:
    """Return a receptive field or jump: `along` the windows where the way is straight, else as the report has it."""

    def computed(target: Target) -> Part:
        node = target.last.node
        value = max((getattr(field, name) for field in target.report.fields[node.index]), default=0)
        path = path_to(target.report.network, node)
        added_up = along(path) if path else value
        return added_up if value_of(added_up) == value else value

    return computed


def _left_over(target: Target) -> Part:
    calc = target.layer()
    remainders = [
        w.left_over(leaf("n", n)) for w, n in zip(calc.windows, calc.x.sides, strict=False) if isinstance(w, Window)
    ]
    if not remainders:
        raise NoLayer
    return max(remainders, key=value_of)


def _columns(target: Target) -> tuple[Part, Part]:
    """Return the sizes of the matrix with a column for each position of the window (im2col)."""
    places, weight = _matrices(target)
    return product(weight[1:]), product(places)


def _filter_rows(target: Target) -> tuple[Part, Part]:
    """Return the sizes of the matrix with a row for each filter."""
    _, weight = _matrices(target)
    return weight[0], product(weight[1:])


def _matrices(target: Target) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the output places and the weight tensor of a convolution; raises NoLayer for what is none."""
    calc = target.layer()
    if not calc.windows or not calc.layer.weighted or calc.layer.kind == "conv_transpose" or not calc.places:
        raise NoLayer
    return calc.places, calc.tensors["weight"]


def _fan(index: int) -> Callable[[Target], Part]:
    def computed(target: Target) -> Part:
        layer, xs = target.layer().lettered
        fans = layer.fans(*xs)
        if fans is None:
            raise NoLayer
        return fans[index]

    return computed


def _he_std(index: int) -> Callable[[Target], Part]:
    return lambda target: root(2, _fan(index)(target))


def _kept_units(target: Target) -> Part:
    """Return the share 1 − rate of a dropout's values."""
    calc = target.last
    if not isinstance(calc.layer, Dropout):
        raise NoLayer
    share = 1 - Fraction(repr(calc.layer.rate))
    for mistake in calc.mistakes:
        share = mistake.kept_share(share)
    return leaf("n", calc.x.values) * leaf("q", share)


MATRIX = ("rows", "columns")

_ALL = (
    Quantity("output", "volume", "the volume that comes out", _output),
    Quantity("input", "volume", "the volume that goes in", _input),
    Quantity("sides", "sides", "the sides of the output, without channels", _sides),
    Quantity("channels", "number", "the channels of the output", _channels),
    Quantity("pad", "pad", "the padding that the layer has: what `same` comes to", _pad),
    Quantity(
        "same_pad", "pad", "the padding with which the output is the input divided by the stride, rounded up", _same_pad
    ),
    Quantity("extent", "sides", "pixels from the first to the last that a dilated kernel covers", _extent),
    Quantity("params", "number", "trainable parameters", _over(_params)),
    Quantity("weights", "number", "weights of convolutions and linear layers, without biases", _over(_weights)),
    Quantity("biases", "number", "biases of convolutions and linear layers", _over(_biases)),
    Quantity("buffers", "number", "values stored but not trained", _over(_buffers)),
    Quantity("macs", "number", "multiply-adds", _of_batch(_over(_macs))),
    Quantity("flops", "number", "floating point operations, two a multiply-add", _of_batch(_over(_flops))),
    Quantity("multiplications", "number", "multiplications: one a multiply-add", _of_batch(_over(_macs))),
    Quantity(
        "additions",
        "number",
        "additions: n − 1 for a sum of n products, and one for a bias",
        _of_batch(_over(_additions)),
    ),
    Quantity("operations", "number", "multiplications and additions", _of_batch(_over(_operations))),
    Quantity("activation_values", "number", "numbers that come out", _of_batch(_activation_values)),
    Quantity("activation_bytes", "number", "memory of what comes out", _of_batch(_activation_bytes), "B"),
    Quantity("weight_bytes", "number", "memory of the params", _over(_weight_bytes), "B"),
    Quantity("receptive_field", "number", "input pixels that one output sees, per dimension", _field("size", size)),
    Quantity("jump", "number", "input pixels between two neighbouring outputs", _field("jump", jump)),
    Quantity("left_over", "number", "rows or columns at the end that no window covers", _left_over),
    Quantity(
        "im2col",
        "sides",
        "the sizes of the im2col matrix, a column for each position of the window",
        _columns,
        names=MATRIX,
    ),
    Quantity(
        "im2col_weights", "sides", "the sizes of the weight matrix, a row for each filter", _filter_rows, names=MATRIX
    ),
    Quantity("fan_in", "number", "inputs of one output", _fan(0)),
    Quantity("fan_out", "number", "outputs of one input", _fan(1)),
    Quantity("he_std", "number", "standard deviation √(2/fan out)", _he_std(1)),
    Quantity("he_std_in", "number", "standard deviation √(2/fan in)", _he_std(0)),
    Quantity("kept_units", "number", "units that a dropout keeps on average in training", _kept_units),
    Quantity(
        "weight_layers", "number", "weighted layers along the longest path", lambda s: s.report.totals.weight_layers
    ),
)

QUANTITIES = {quantity.name: quantity for quantity in _ALL}
"""Everything that can be asked, by name."""

VALUE_ASKS = {
    "value": "the value that comes out",
    "derivative": "the derivative of the function at what goes in",
    "mean": "the mean that the normalisation takes away",
    "variance": "the variance that the normalisation divides by, before its root",
}
"""What can be asked of a layer on given numbers."""
