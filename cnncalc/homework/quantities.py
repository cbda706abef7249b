"""What can be asked of a layer or a network, each computed under the conventions of a course."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cnncalc.homework.attempt import Attempt, Step
from cnncalc.homework.model import Conventions
from cnncalc.homework.window_path import Way, jump, size, way_to
from cnncalc.layers.base import Tensors
from cnncalc.layers.geometry import Spread, Window
from cnncalc.layers.norm import Normalisation
from cnncalc.network.network import Node
from cnncalc.network.report import Report
from cnncalc.numbers.arith import product, root, same_padding, symbols_of
from cnncalc.numbers.traced import Part, leaf, value_of
from cnncalc.record import Record
from cnncalc.shape import Shape

LONGEST_SUM = 12
"""So many terms of a sum are written; of more, only the result."""


class Sight(Record):
    """What an ask looks at: a layer, or the whole network where `node` is None, calculated in some way."""

    report: Report
    node: Node | None
    conventions: Conventions
    attempt: Attempt

    @property
    def steps(self) -> list[Step]:
        return [self.attempt.step(self.node)] if self.node is not None else list(self.attempt.steps())

    @property
    def last(self) -> Step:
        """Return the layer that is meant, or the one whose volume is the network's output."""
        network = self.report.network
        node = self.node or network.nodes[next(iter(network.outputs.values()))]
        return self.attempt.step(node)

    def layer(self) -> Step:
        """Return the layer that is meant, or the only one that learns or has a window; raises NoLayer."""
        if self.node is not None:
            return self.attempt.step(self.node)
        own = [step for step in self.steps if step.layer.weighted] or [step for step in self.steps if step.windows]
        if len(own) != 1:
            raise NoLayer
        return own[0]


class NoLayer(Exception):  # noqa: N818  # it becomes a problem with a place
    """What is asked is about one layer, and none is named."""


class Ask(Record):
    """One thing that can be asked; `of` computes it as a number that remembers how, a Shape, or sides."""

    name: str
    form: str
    meaning: str
    of: Callable[[Sight], Any]
    unit: str = ""
    names: tuple[str, ...] = ()  # of its numbers, where they are no height and width


def counted(step: Step, conventions: Conventions) -> Tensors:
    """Return the tensors whose numbers are params, as a course counts them."""
    if isinstance(step.layer, Normalisation):
        if conventions.batchnorm == "none":
            return {}
        return {**step.tensors, **step.buffers} if conventions.batchnorm == "all" else step.tensors
    if step.layer.weighted and not conventions.biases:
        return {name: shape for name, shape in step.tensors.items() if not name.endswith("bias")}
    return step.tensors


def _numbers(tensors: Iterable[tuple[Part, ...]]) -> Part:
    return sum(map(product, tensors), 0)


def _over(each: Callable[[Step, Sight], Part]) -> Callable[[Sight], Part]:
    """Make the sum over all layers that are meant of what each of them has."""

    def computed(sight: Sight) -> Part:
        return added([each(step, sight) for step in sight.steps])

    return computed


def added(parts: list[Part]) -> Part:
    """Add up: one part as it is, a few as their results, many as one result."""
    kept = [part for part in parts if symbols_of(value_of(part)) or value_of(part) != 0]
    if len(kept) == 1:
        return kept[0]
    if len(kept) > LONGEST_SUM or not kept:
        return sum(map(value_of, kept), 0)
    return sum((leaf(str(index), value_of(part)) for index, part in enumerate(kept)), 0)


def _once(step: Step) -> bool:
    """Tell whether a layer's weights are its own, or those of another that counts them; a mistake may count twice."""
    return step.node.shares is None or any(mistake.slug == "shared-twice" for mistake in step.mistakes)


def _params(step: Step, sight: Sight) -> Part:
    return _made(_numbers(counted(step, sight.conventions).values()), "params", step) if _once(step) else 0


def _weights(step: Step, sight: Sight) -> Part:
    own = {name: shape for name, shape in step.tensors.items() if not name.endswith("bias")}
    return _numbers(own.values()) if _once(step) and step.layer.weighted else 0


def _biases(step: Step, sight: Sight) -> Part:
    own = {name: shape for name, shape in step.tensors.items() if name.endswith("bias")}
    return _numbers(own.values()) if _once(step) and step.layer.weighted else 0


def _buffers(step: Step, sight: Sight) -> Part:
    return _numbers(step.buffers.values()) if _once(step) else 0


def _weight_bytes(step: Step, sight: Sight) -> Part:
    numbers = _numbers(counted(step, sight.conventions).values()) if _once(step) else 0
    return _made(numbers * leaf("B", sight.conventions.number_bytes), "weight_bytes", step)


def _macs(step: Step, sight: Sight) -> Part:
    return _made(step.macs, "macs", step)


def _flops(step: Step, sight: Sight) -> Part:
    return _made(step.macs * (2 if sight.conventions.flops == "two" else 1), "flops", step)


def _operations(step: Step, sight: Sight) -> Part:
    """Count n multiplications and n − 1 additions an output value, and one more addition for a bias."""
    return _made(step.macs, "operations", step) + _additions(step, sight)


def _additions(step: Step, sight: Sight) -> Part:
    if not symbols_of(value_of(step.macs)) and not value_of(step.macs):
        return 0
    values = 0 if "bias" in step.tensors else leaf("values", step.leaving.values)
    return step.macs - values


def _made(value: Part, ask: str, step: Step) -> Part:
    """Let mistakes change a result."""
    for mistake in step.mistakes:
        value = mistake.total(value, ask, step)
    return value


def _values(step: Step, sight: Sight) -> Part:
    channels = step.channels if step.node is not sight.node else leaf("F", value_of(step.channels))
    sides = step.leaving.sides
    return product(leaf(f"H{i}", n) for i, n in enumerate(sides)) * (
        channels if sides else leaf("F", value_of(channels))
    )


def _activation_values(sight: Sight) -> Part:
    if sight.node is not None:
        return _values(sight.attempt.step(sight.node), sight)
    kept = [step for step in sight.steps if sight.conventions.activations == "all" or not step.node.layer.in_place]
    parts = [_values(step, sight) for step in kept]
    if sight.conventions.activations == "with_input":
        parts = [leaf("input", node.y.values) for node in sight.report.network.nodes if node.kind == "input"] + parts
    return added(parts)


def _activation_bytes(sight: Sight) -> Part:
    values = leaf("values", value_of(_activation_values(sight)))
    return _made(values * leaf("B", sight.conventions.number_bytes), "activation_bytes", sight.last)


def _output(sight: Sight) -> Shape:
    step = sight.last
    return Shape(step.sides, step.channels)


def _sides(sight: Sight) -> tuple[Part, ...]:
    return tuple(sight.last.sides)


def _channels(sight: Sight) -> Part:
    return sight.last.channels


def _input(sight: Sight) -> Shape:
    network = sight.report.network
    return sight.last.x if sight.node is not None else network.nodes[next(iter(network.inputs.values()))].y


def _pad(sight: Sight) -> tuple[tuple[Part, Part], ...]:
    """Return the padding that the layer has; what `same` comes to, in numbers."""
    return _padding(sight.layer(), [(value_of(w.before), value_of(w.after)) for w in sight.layer().windows])


def _padding(step: Step, pads: Sequence[tuple[Part, Part]]) -> tuple[tuple[Part, Part], ...]:
    """Return one pair where all sides are alike, else one a side; raises NoLayer where there is none."""
    for mistake in step.mistakes:
        pads = [mistake.padding(before, after, step) for before, after in pads]
    if not pads:
        raise NoLayer
    return tuple(pads[:1] if len(set(pads)) == 1 else pads)


def _same_pad(sight: Sight) -> tuple[tuple[Part, Part], ...]:
    """Return the padding with which the layer would give ⌈n/s⌉."""
    return _padding(sight.layer(), sight.report.row(sight.layer().node.path).same_pad or ())


def _extent(sight: Sight) -> tuple[Part, ...]:
    step = sight.layer()
    if not step.windows:
        raise NoLayer
    return tuple(_covered(window, step) for window in step.windows)


def padding_in_all(sight: Sight) -> list[Part]:
    """Return how many cells `same` adds to each side, both ends together; empty for padding that is written out."""
    step = sight.layer()
    if not isinstance(step.layer.__dict__.get("pad"), str) or not all(isinstance(w, Window) for w in step.windows):
        return []
    return [
        same_padding(leaf("n", n), w.kernel, w.stride, w.dilation)
        for w, n in zip(step.windows, step.x.sides, strict=True)
    ]


def _covered(window: Window | Spread, step: Step) -> Part:
    for mistake in step.mistakes:
        found = mistake.extent(window, step)
        if found is not None:
            return found
    return window.extent


def _field(name: str, along: Callable[[Way], Part]) -> Callable[[Sight], Part]:
    """Return a receptive field or jump: `along` the windows where the way is straight, else as the report has it."""

    def computed(sight: Sight) -> Part:
        node = sight.last.node
        value = max((getattr(field, name) for field in sight.report.fields[node.index]), default=0)
        way = way_to(sight.report.network, node)
        added_up = along(way) if way else value
        return added_up if value_of(added_up) == value else value

    return computed


def _left_over(sight: Sight) -> Part:
    step = sight.layer()
    cells = [
        w.left_over(leaf("n", n)) for w, n in zip(step.windows, step.x.sides, strict=False) if isinstance(w, Window)
    ]
    if not cells:
        raise NoLayer
    return max(cells, key=value_of)


def _columns(sight: Sight) -> tuple[Part, Part]:
    """Return the sizes of the matrix with a column for each place of the window (im2col)."""
    places, weight = _matrices(sight)
    return product(weight[1:]), product(places)


def _filter_rows(sight: Sight) -> tuple[Part, Part]:
    """Return the sizes of the matrix with a row for each filter."""
    _, weight = _matrices(sight)
    return weight[0], product(weight[1:])


def _matrices(sight: Sight) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the output places and the weight tensor of a convolution; raises NoLayer for what is none."""
    step = sight.layer()
    if not step.windows or not step.layer.weighted or step.layer.kind == "conv_transpose" or not step.places:
        raise NoLayer
    return step.places, step.tensors["weight"]


def _fan(index: int) -> Callable[[Sight], Part]:
    def computed(sight: Sight) -> Part:
        layer, xs = sight.layer().lettered
        fans = layer.fans(*xs)
        if fans is None:
            raise NoLayer
        return fans[index]

    return computed


def _he_std(index: int) -> Callable[[Sight], Part]:
    return lambda sight: root(2, _fan(index)(sight))


MATRIX = ("rows", "columns")

_ALL = (
    Ask("output", "volume", "the volume that comes out", _output),
    Ask("input", "volume", "the volume that goes in", _input),
    Ask("sides", "sides", "the sides of the output, without channels", _sides),
    Ask("channels", "number", "the channels of the output", _channels),
    Ask("pad", "pad", "the padding that the layer has: what `same` comes to", _pad),
    Ask(
        "same_pad", "pad", "the padding with which the output is the input divided by the stride, rounded up", _same_pad
    ),
    Ask("extent", "sides", "cells from the first to the last that a dilated kernel covers", _extent),
    Ask("params", "number", "learned numbers", _over(_params)),
    Ask("weights", "number", "learned numbers of convolutions and linear layers without biases", _over(_weights)),
    Ask("biases", "number", "biases of convolutions and linear layers", _over(_biases)),
    Ask("buffers", "number", "numbers kept but not learned", _over(_buffers)),
    Ask("macs", "number", "multiply-adds", _over(_macs)),
    Ask("flops", "number", "floating point operations, two a multiply-add", _over(_flops)),
    Ask("multiplications", "number", "multiplications: one a multiply-add", _over(_macs)),
    Ask("additions", "number", "additions: n − 1 for a sum of n products, and one for a bias", _over(_additions)),
    Ask("operations", "number", "multiplications and additions", _over(_operations)),
    Ask("activation_values", "number", "numbers that come out", _activation_values),
    Ask("activation_bytes", "number", "memory of what comes out", _activation_bytes, "B"),
    Ask("weight_bytes", "number", "memory of the params", _over(_weight_bytes), "B"),
    Ask("receptive_field", "number", "input cells that one output cell sees along a side", _field("size", size)),
    Ask("jump", "number", "input cells between two neighbouring outputs", _field("jump", jump)),
    Ask("left_over", "number", "rows or columns at the end that no window covers", _left_over),
    Ask(
        "im2col",
        "sides",
        "the sizes of the im2col matrix, a column for each place of the window",
        _columns,
        names=MATRIX,
    ),
    Ask("im2col_weights", "sides", "the sizes of the weight matrix, a row for each filter", _filter_rows, names=MATRIX),
    Ask("fan_in", "number", "inputs of one output", _fan(0)),
    Ask("fan_out", "number", "outputs of one input", _fan(1)),
    Ask("he_std", "number", "standard deviation √(2/fan out)", _he_std(1)),
    Ask("he_std_in", "number", "standard deviation √(2/fan in)", _he_std(0)),
    Ask("weight_layers", "number", "weighted layers along the longest path", lambda s: s.report.totals.weight_layers),
)

ASKS = {ask.name: ask for ask in _ALL}
"""Everything that can be asked, by name."""
