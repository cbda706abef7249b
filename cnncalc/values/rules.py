"""Which entry each kind of layer has at a position: the layer at work on numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product as combinations
from math import prod
from typing import Any, TypeAlias

from cnncalc.layers.activation import LogSoftmax
from cnncalc.layers.axis import AlongAxis
from cnncalc.layers.base import Layer
from cnncalc.layers.geometry import Portions, Spread, Window
from cnncalc.layers.learned import Scale
from cnncalc.record import Record
from cnncalc.shape import Shape
from cnncalc.values.entries import (
    Applied,
    Entry,
    Kept,
    Maximum,
    Mean,
    Normalised,
    Product,
    Products,
    Same,
    Share,
    Sum,
    Variance,
)
from cnncalc.values.functions import FUNCTIONS, parameters
from cnncalc.values.numbers import Number, decimal
from cnncalc.values.tensor import Tensor

Position: TypeAlias = tuple[int, ...]
"""Channel, then sides, counted from 0."""


class Step(Record):
    """A layer at work on a batch: each image is one tensor for each input of the layer, channels first.

    `ask` is what is computed of it: its `value`, or the `derivative` of its function, the `mean` and `variance` that it
    normalises with. In `training` a normalisation takes the statistics of the batch.
    """

    layer: Layer
    xs: tuple[Shape, ...]
    images: Sequence[tuple[Tensor, ...]]
    tensors: Mapping[str, Tensor]
    training: bool = False
    epsilon: Number = 0
    ask: str = "value"

    @cached_property
    def y(self) -> Shape:
        return self.layer.shape(*self.xs)

    @cached_property
    def windows(self) -> tuple[Any, ...]:
        return self.layer.geometry(*self.xs)

    @cached_property
    def taps(self) -> dict[Position, list[tuple[int, int]]]:
        """The places in the kernel and in a plane of the input that meet, by output position, padding left out."""
        return {}

    @cached_property
    def fields(self) -> dict[str, Number]:
        return parameters(self.layer.__dict__)

    def entry(self, image: int, position: Position) -> Entry:
        """Return one number of the output of one image."""
        return RULES[self.layer.kind](self, image, position)

    def output(self, image: int, made: Callable[[Entry], Entry] = lambda entry: entry) -> Tensor:
        """Compute the output of one image."""
        sizes = self.y.chw
        return Tensor(sizes, [made(self.entry(image, at)).value for at in combinations(*map(range, sizes))])


Rule: TypeAlias = Callable[[Step, int, Position], Entry]


def _met(step: Step, at: Position) -> list[tuple[int, int]]:
    """Return what meets at an output position: indices into the kernel and into a plane of the input."""
    if at not in step.taps:
        mode = step.layer.__dict__.get("pad_mode", "zeros")
        each = [
            list(_along(window, n, position, mode))
            for window, n, position in zip(step.windows, step.xs[0].sides, at, strict=True)
        ]
        sizes, sides = [_kernel(window) for window in step.windows], step.xs[0].sides
        step.taps[at] = [
            (_flat(sizes, [k for k, _ in pairs]), _flat(sides, [i for _, i in pairs])) for pairs in combinations(*each)
        ]
    return step.taps[at]


def _kernel(window: Any) -> int:
    return window.kernel if isinstance(window, (Window, Spread)) else 1


def _source(i: int, n: int, mode: str) -> int | None:
    """Return which of n pixels stands at an index, as the padding fills it; None for a constant."""
    if 0 <= i < n:
        return i
    match mode:
        case "reflect":
            return -i if i < 0 else 2 * (n - 1) - i
        case "replicate":
            return 0 if i < 0 else n - 1
        case "circular":
            return i % n
        case _:
            return None


def _along(window: Any, n: int, position: int, mode: str) -> Iterator[tuple[int, int]]:
    """Yield the index in the kernel and in the input, along one side."""
    if isinstance(window, Window):
        for k in range(window.kernel):
            i = _source(position * window.stride - window.before + k * window.dilation, n, mode)
            if i is not None:
                yield k, i
    elif isinstance(window, Spread):
        for k in range(window.kernel):
            start = position + window.before - k * window.dilation
            if start % window.stride == 0 and 0 <= start // window.stride < n:
                yield k, start // window.stride
    elif isinstance(window, Portions):
        yield from ((0, i) for i in range(position * n // window.size, -(-(position + 1) * n // window.size)))
    else:
        yield from ((0, i) for i in range(n))


def _flat(sizes: Sequence[int], index: Sequence[int]) -> int:
    at = 0
    for size, i in zip(sizes, index, strict=True):
        at = at * size + i
    return at


def _bias(step: Step, channel: int) -> Number | None:
    return step.tensors["bias"].numbers[channel] if "bias" in step.tensors else None


def _conv(step: Step, image: int, position: Position) -> Entry:
    channel, *at = position
    (x,) = step.images[image]
    weight, met = step.tensors["weight"], _met(step, tuple(at))
    depth = weight.sizes[1]
    groups = x.sizes[0] // depth
    first = channel // (weight.sizes[0] // groups) * depth
    kernel, size = weight.plane(channel), prod(weight.sizes[2:])
    pairs = []
    for c in range(depth):
        plane, base = x.plane(first + c), c * size
        pairs += [(plane[i], kernel[base + k]) for k, i in met]
    return Products(pairs, _bias(step, channel))


def _conv_transpose(step: Step, image: int, position: Position) -> Entry:
    channel, *at = position
    (x,) = step.images[image]
    weight, met = step.tensors["weight"], _met(step, tuple(at))
    inputs, outputs, *kernel = weight.sizes
    groups, size = step.layer.__dict__["groups"], prod(kernel)
    per_group = inputs // groups
    group, own = divmod(channel, outputs)
    pairs = []
    for c in range(group * per_group, (group + 1) * per_group):
        plane, filters = x.plane(c), weight.plane(c)
        pairs += [(plane[i], filters[own * size + k]) for k, i in met]
    return Products(pairs, _bias(step, channel))


def _linear(step: Step, image: int, position: Position) -> Entry:
    channel, *at = position
    (x,) = step.images[image]
    inside = _flat(x.sizes[1:], at)
    values = [x.plane(c)[inside] for c in range(x.sizes[0])]
    return Products(list(zip(values, step.tensors["weight"].plane(channel), strict=True)), _bias(step, channel))


def _window(step: Step, image: int, position: Position) -> list[Number]:
    channel, *at = position
    plane = step.images[image][0].plane(channel)
    return [plane[i] for _, i in _met(step, tuple(at))]


def _max(step: Step, image: int, position: Position) -> Entry:
    return Maximum(_window(step, image, position))


def _mean(step: Step, image: int, position: Position) -> Entry:
    values = _window(step, image, position)
    return Mean(values, len(values))


def _avgpool(step: Step, image: int, position: Position) -> Entry:
    """Divide by the window's pixels, padding included where the layer says so, never those that ceil mode adds."""
    values = _window(step, image, position)
    if step.layer.__dict__["divisor"] is not None:
        return Mean(values, step.layer.__dict__["divisor"])
    if not step.layer.__dict__["count_include_pad"]:
        return Mean(values, len(values))
    count = 1
    for w, n, at in zip(step.windows, step.xs[0].sides, position[1:], strict=True):
        start = at * w.stride - w.before
        count *= min(start + w.kernel, n + w.after) - start
    return Mean(values, count)


def _applied(step: Step, image: int, position: Position) -> Entry:
    fields = step.fields
    if "weight" in step.tensors:  # prelu
        slopes = step.tensors["weight"].numbers
        fields = {**fields, "weight": slopes[position[0] if len(slopes) > 1 else 0]}
    return Applied(step.layer.kind, step.images[image][0][position], fields, step.ask == "derivative")


def _softmax(step: Step, image: int, position: Position) -> Entry:
    """Collect what lies along the axis, this position among it."""
    (x,) = step.images[image]
    axes = step.layer.axes(*step.xs) if isinstance(step.layer, AlongAxis) else ()
    sizes = zip(x.sizes, position, strict=True)
    places = list(combinations(*(range(n) if axis in axes else (at,) for axis, (n, at) in enumerate(sizes, 1))))
    return Share([x[place] for place in places], places.index(position), isinstance(step.layer, LogSoftmax))


def _batchnorm(step: Step, image: int, position: Position) -> Entry:
    channel = position[0]
    if step.training and not step.layer.__dict__["frozen"]:
        return _normalised(step, image, position, [n for (x,) in step.images for n in x.plane(channel)])
    mean, variance = (step.tensors[name].numbers[channel] for name in ("running_mean", "running_var"))
    return _normalised(step, image, position, (), (mean, variance))


def _layernorm(step: Step, image: int, position: Position) -> Entry:
    (x,) = step.images[image]
    return _normalised(step, image, position, [x[c, *position[1:]] for c in range(x.sizes[0])])


def _groupnorm(step: Step, image: int, position: Position) -> Entry:
    (x,) = step.images[image]
    each = x.sizes[0] // step.layer.__dict__["groups"]
    first = position[0] // each * each
    return _normalised(step, image, position, [n for c in range(first, first + each) for n in x.plane(c)])


def _instancenorm(step: Step, image: int, position: Position) -> Entry:
    return _normalised(step, image, position, step.images[image][0].plane(position[0]))


def _normalised(
    step: Step,
    image: int,
    position: Position,
    values: Sequence[Number],
    statistics: tuple[Number, Number] | None = None,
) -> Entry:
    if step.ask in ("mean", "variance"):
        return Mean(values, len(values)) if step.ask == "mean" else Variance(values)
    scale, shift = (
        step.tensors[name].numbers[position[0]] if name in step.tensors else default
        for name, default in (("weight", 1), ("bias", 0))
    )
    own = step.layer.__dict__["eps"]  # what the layer says goes before what is asked for all layers
    epsilon = step.epsilon if own == step.layer.default("eps") else decimal(own)
    return Normalised(step.images[image][0][position], values, statistics, epsilon, scale, shift)


def _dropout(step: Step, image: int, position: Position) -> Entry:
    x = step.images[image][0][position]
    if "mask" not in step.tensors:
        return Same(x)
    share = 1 - Fraction(decimal(step.layer.__dict__["rate"]))
    return Kept(x, bool(step.tensors["mask"][position]), share)


def _same(step: Step, image: int, position: Position) -> Entry:
    return Same(step.images[image][0][position])


def _flatten(step: Step, image: int, position: Position) -> Entry:
    return Same(step.images[image][0].numbers[position[0]])


def _pad(step: Step, image: int, position: Position) -> Entry:
    """Move back what padding or cropping has moved; outside is what the padding adds."""
    (x,) = step.images[image]
    fields = step.layer.__dict__
    mode = fields.get("mode", "zeros")
    sides = zip(position[1:], step.windows, x.sizes[1:], strict=True)
    at = [_source(i - window.before, n, mode) for i, window, n in sides]
    return Same(decimal(fields["value"]) if None in at else x[position[0], *(i or 0 for i in at)])


def _upsample(step: Step, image: int, position: Position) -> Entry:
    factors = step.layer.__dict__["factor"]
    at = (i // f for i, f in zip(position[1:], factors, strict=True))
    return Same(step.images[image][0][position[0], *at])


def _concat(step: Step, image: int, position: Position) -> Entry:
    channel = position[0]
    for x in step.images[image]:
        if channel < x.sizes[0]:
            return Same(x[channel, *position[1:]])
        channel -= x.sizes[0]
    raise IndexError(f"the volumes have no channel {position[0]}")


def _mul(step: Step, image: int, position: Position) -> Entry:
    values = []
    for x in step.images[image]:
        at = position if len(x.sizes) == len(position) else position[:1]
        values.append(x[tuple(0 if n == 1 else i for i, n in zip(at, x.sizes, strict=True))])
    return Product(values)


def _sum(sign: int) -> Rule:
    return lambda step, image, position: Sum([x[position] for x in step.images[image]], sign)


def _learned(step: Step, image: int, position: Position) -> Entry:
    """Multiply by, or add, the learned value of a channel, a position or a value."""
    (numbers,) = step.tensors.values()
    at = {"channel": position[:1], "position": position[1:] or (0,), "value": position, "all": (0,)}
    value, number = step.images[image][0][position], numbers[at[step.layer.__dict__.get("per", "value")]]
    return Product((number, value)) if isinstance(step.layer, Scale) else Sum((value, number))


RULES: dict[str, Rule] = {
    "conv": _conv,
    "depthwise": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _linear,
    "maxpool": _max,
    "avgpool": _avgpool,
    "global_avgpool": _mean,
    "global_maxpool": _max,
    "adaptive_avgpool": _mean,
    "batchnorm": _batchnorm,
    "layernorm": _layernorm,
    "groupnorm": _groupnorm,
    "instancenorm": _instancenorm,
    **dict.fromkeys(("scale", "bias_add", "place_bias"), _learned),
    **dict.fromkeys(FUNCTIONS, _applied),
    "softmax": _softmax,
    "log_softmax": _softmax,
    "dropout": _dropout,
    "drop_path": _same,
    "flatten": _flatten,
    "pad": _pad,
    "crop": _pad,
    "upsample": _upsample,
    "add": _sum(1),
    "sub": _sum(-1),
    "mul": _mul,
    "concat": _concat,
}
"""The rule of each kind that is evaluated on numbers; others need PyTorch."""
