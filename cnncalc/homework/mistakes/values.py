"""Mistakes in calculating with numbers: each changes a layer at work, or one entry of its output."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

from cnncalc.homework.calculation import altered
from cnncalc.layers.pool import AvgPool, MaxPool
from cnncalc.layers.window import Windowed
from cnncalc.values.entries import (
    Applied,
    Entry,
    Kept,
    Maximum,
    Mean,
    Normalised,
    Products,
    Same,
    Share,
    Sum,
    Variance,
)
from cnncalc.values.numbers import Number, exact, exponential, power_of_e, quotient, square_root, written
from cnncalc.values.rules import Step
from cnncalc.values.tensor import Tensor

CONVOLUTIONS = ("conv", "depthwise")


class ValueMistake:
    """A way to go wrong. Each method returns what it was given where the mistake changes nothing of it."""

    slug: ClassVar[str]
    general: str
    """What is wrong, as `That is 12: …` goes on."""
    hint: ClassVar[str]
    """Where to look again, without the answer."""
    moves: ClassVar[bool] = False
    """Whether it changes the size of the output, so that the layers behind it would not fit."""

    def step(self, step: Step) -> Step:
        """Return the layer as it is taken to be."""
        return step

    def made(self, entry: Entry) -> Entry:
        """Return the calculation of one number as it is taken to be."""
        return entry


def changed(step: Step, **fields: Any) -> Step:
    return Step(**{name: fields.get(name, getattr(step, name)) for name in Step._fields})


def _sides(step: Step) -> int:
    return len(step.xs[0].sides)


def _windowed(step: Step) -> bool:
    return isinstance(step.layer, Windowed)


def _with_weight(step: Step, weight: Tensor) -> Step:
    return changed(step, tensors={**step.tensors, "weight": weight})


class Flipped(ValueMistake):
    slug = "kernel-flipped"
    general = "the filter is flipped, as in the convolution of mathematics; networks lay it on as it is"
    hint = "is the filter laid on as it is, or turned round?"

    def step(self, step: Step) -> Step:
        if step.layer.kind not in CONVOLUTIONS:
            return step
        weight = step.tensors["weight"]
        size = prod(weight.sizes[2:])
        planes = [weight.numbers[at : at + size][::-1] for at in range(0, len(weight), size)]
        return _with_weight(step, Tensor(weight.sizes, [number for plane in planes for number in plane]))


class Transposed(ValueMistake):
    slug = "kernel-transposed"
    general = "rows and columns of the filter are exchanged"
    hint = "which way do the filter's rows go?"

    def step(self, step: Step) -> Step:
        if step.layer.kind not in CONVOLUTIONS or _sides(step) != 2:
            return step
        weight = step.tensors["weight"]
        out, depth, height, width = weight.sizes
        if height != width:
            return step
        order = [(o, c, j, i) for o in range(out) for c in range(depth) for i in range(height) for j in range(width)]
        return _with_weight(step, Tensor(weight.sizes, [weight[at] for at in order]))


class Unpadded(ValueMistake):
    slug = "no-pad"
    general = "the padding is missing, so the window is at another position"
    hint = "does the window start in the padding?"
    moves = True

    def step(self, step: Step) -> Step:
        if not _windowed(step) or not any(w.before or w.after for w in step.windows):
            return step
        return changed(step, layer=altered(step.layer, pad=((0, 0),) * _sides(step)))


class Unstrided(ValueMistake):
    slug = "no-stride"
    general = "the stride is missing, so the window is at another position"
    hint = "by how many pixels does the window move on?"
    moves = True

    def step(self, step: Step) -> Step:
        if not _windowed(step) or all(w.stride == 1 for w in step.windows):
            return step
        return changed(step, layer=altered(step.layer, stride=(1,) * _sides(step)))


class Shifted(ValueMistake):
    slug = "window-shifted"
    hint = "where exactly does the window lie?"

    def __init__(self, axis: int, by: int) -> None:
        self.axis, self.by = axis, by
        self.general = f"the window is shifted by one pixel, {'to the end' if by > 0 else 'to the start'}"

    def step(self, step: Step) -> Step:
        if not _windowed(step) or self.axis >= _sides(step) or all(w.kernel == 1 for w in step.windows):
            return step
        by = [self.by if side == self.axis else 0 for side in range(_sides(step))]
        pads = tuple((w.before - n, w.after + n) for w, n in zip(step.windows, by, strict=True))
        return changed(step, layer=altered(step.layer, pad=pads))


class Biasless(ValueMistake):
    slug = "no-bias"
    general = "the bias is missing"
    hint = "what is added at the end?"

    def made(self, entry: Entry) -> Entry:
        return Products(entry.pairs) if isinstance(entry, Products) else entry


class ChannelLeftOut(ValueMistake):
    slug = "channel-left-out"
    hint = "over how many channels is the sum taken?"

    def __init__(self, channel: int, *, only: bool = False) -> None:
        self.channel, self.only = channel, only
        self.general = "only the first channel is counted" if only else f"channel {channel + 1} is left out"

    def step(self, step: Step) -> Step:
        if step.layer.kind not in ("conv", "linear") or step.xs[0].channels < (3 if self.only else 2):
            return step
        if self.channel >= step.xs[0].channels or (self.only and step.layer.kind == "linear"):
            return step
        weight = step.tensors["weight"]
        size, depth = prod(weight.sizes[2:]), weight.sizes[1]
        out = [(at // size % depth == self.channel) != self.only for at in range(len(weight))]
        kept = [0 if left else number for left, number in zip(out, weight.numbers, strict=True)]
        return _with_weight(step, Tensor(weight.sizes, kept))


class Unweighted(ValueMistake):
    slug = "weights-left-out"
    general = "the pixels are added without their weights"
    hint = "what is each pixel multiplied by?"

    def made(self, entry: Entry) -> Entry:
        return Products([(x, 1) for x, _ in entry.pairs], entry.bias) if isinstance(entry, Products) else entry


class MeanForMax(ValueMistake):
    slug = "mean-for-max"
    general = "that is the mean of the window; max pooling takes the largest"
    hint = "what does the pooling take of each window?"

    def made(self, entry: Entry) -> Entry:
        return Mean(entry.values, len(entry.values)) if isinstance(entry, Maximum) else entry


class MinForMax(ValueMistake):
    slug = "min-for-max"
    general = "that is the smallest of the window; max pooling takes the largest"
    hint = "what does the pooling take of each window?"

    def made(self, entry: Entry) -> Entry:
        return Same(min(entry.values)) if isinstance(entry, Maximum) else entry


class ZeroForMax(ValueMistake):
    slug = "zero-in-max"
    general = "the padding of a max pooling is no zero: it is never the largest"
    hint = "can the padding be the largest?"

    def step(self, step: Step) -> Step:
        if not isinstance(step.layer, MaxPool) or not any(w.before or w.after for w in step.windows):
            return step
        pads = [(w.before, w.after) for w in step.windows]
        sides = tuple(n + before + after for n, (before, after) in zip(step.xs[0].sides, pads, strict=True))
        images = [(_zero_padded(x, pads),) for (x,) in step.images]
        layer = altered(step.layer, pad=((0, 0),) * len(pads))
        return changed(step, layer=layer, xs=(step.xs[0]._replace(sides=sides),), images=images)


def _zero_padded(x: Tensor, pads: Sequence[tuple[int, int]]) -> Tensor:
    sizes = (x.sizes[0], *(n + before + after for n, (before, after) in zip(x.sizes[1:], pads, strict=True)))
    numbers: list[Number] = []
    for channel, *at in Tensor(sizes, ()).positions():
        inside = [i - before for i, (before, _) in zip(at, pads, strict=True)]
        fits = all(0 <= i < n for i, n in zip(inside, x.sizes[1:], strict=True))
        numbers.append(x[channel, *inside] if fits else 0)
    return Tensor(sizes, numbers)


class MaxForMean(ValueMistake):
    slug = "max-for-mean"
    general = "that is the largest of the window; average pooling takes the mean"
    hint = "what does the pooling take of each window?"

    def made(self, entry: Entry) -> Entry:
        return Maximum(entry.values) if isinstance(entry, Mean) and entry.values else entry


class Undivided(ValueMistake):
    slug = "not-divided"
    general = "the sum is not divided by how many there are"
    hint = "what is the sum divided by?"

    def made(self, entry: Entry) -> Entry:
        return Sum(entry.values) if isinstance(entry, Mean) and entry.values else entry


class PaddingCounted(ValueMistake):
    slug = "padding-counted"
    hint = "do pixels of the padding count in the mean?"
    general = "the mean counts the pixels of the padding the other way"

    def step(self, step: Step) -> Step:
        if not isinstance(step.layer, AvgPool):
            return step
        return changed(step, layer=altered(step.layer, count_include_pad=not step.layer.count_include_pad))


class FunctionLeftOut(ValueMistake):
    slug = "function-left-out"
    general = "that is what goes into the activation function, not what comes out"
    hint = "is the activation function applied?"

    def made(self, entry: Entry) -> Entry:
        return Same(entry.x) if isinstance(entry, Applied) and not entry.derivative else entry


class OtherFunction(ValueMistake):
    slug = "other-function"
    hint = "which activation function is asked about?"

    def __init__(self, taken: str, *of: str) -> None:
        self.taken, self.of = taken, of
        self.general = f"that is {taken.replace('_', ' ')}, another function"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Applied) or entry.function not in self.of:
            return entry
        return Applied(self.taken, entry.x, {"alpha": 1, **entry.parameters}, entry.derivative)


class ValueForDerivative(ValueMistake):
    slug = "derivative-for-value"
    hint = "is the function asked for, or its derivative?"
    general = "that is the derivative in place of the function, or the function in place of its derivative"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Applied):
            return entry
        return Applied(entry.function, entry.x, entry.parameters, not entry.derivative)


class DerivativeOfValue(ValueMistake):
    slug = "derivative-at-value"
    general = "the number that goes in is put where the function's value belongs"
    hint = "where does the function's own value stand in its derivative?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Applied) or not entry.derivative:
            return entry
        x = entry.x
        if entry.function == "sigmoid":
            return Stated(exact(x * (1 - x)), f"{written(x)}·(1 − {written(x)})")
        return Stated(exact(1 - x**2), f"1 − {written(x)}²") if entry.function == "tanh" else entry


class NotSquared(ValueMistake):
    slug = "not-squared"
    general = "the value of tanh is to be squared"
    hint = "what is squared in the derivative of tanh?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Applied) or not entry.derivative or entry.function != "tanh":
            return entry
        value = Applied("tanh", entry.x).value
        return Stated(exact(1 - value), f"1 − {written(value)}")


class Stated(Entry):
    """A number with a calculation of its own."""

    number: Number
    sentence: str

    @property
    def value(self) -> Number:
        return self.number

    @property
    def text(self) -> str:
        return self.sentence


class SignLost(ValueMistake):
    slug = "sign-lost"
    general = "the sign of what goes in is lost"
    hint = "which sign does the number have that goes in?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Applied):
            return entry
        return Applied(entry.function, -entry.x, entry.parameters, entry.derivative)


class NotNormalised(ValueMistake):
    slug = "not-normalised"
    general = "the exponential is not divided by the sum of all"
    hint = "what do the outputs of a softmax add up to?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Share):
            return entry
        x = entry.values[entry.index]
        return Stated(exponential(x), power_of_e(x))


class NoExponential(ValueMistake):
    slug = "no-exponential"
    general = "the numbers themselves are divided by their sum, not their exponentials"
    hint = "what does softmax do before it divides?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Share) or not sum(entry.values):
            return entry
        x, total = entry.values[entry.index], sum(entry.values)
        return Stated(quotient(x, total), f"{written(x)}/{written(exact(total))}")


class Unbiased(ValueMistake):
    slug = "unbiased-variance"
    general = "the squares are divided by one less than there are; batch normalisation divides by all of them"
    hint = "by what does batch normalisation divide the sum of the squares?"

    def made(self, entry: Entry) -> Entry:
        if isinstance(entry, Variance) and len(entry.values) > 1:
            return Variance(entry.values, 1)
        if isinstance(entry, Normalised) and len(entry.values) > 1:
            fields = {name: getattr(entry, name) for name in Normalised._fields}
            return Normalised(**{**fields, "less": 1})
        return entry


class NoRoot(ValueMistake):
    slug = "no-root"
    general = "the distance is divided by the variance, not by its root"
    hint = "is the distance divided by σ² or by σ?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Normalised):
            return entry
        mean, variance = entry.moments
        by = variance + entry.epsilon
        value = exact(quotient(entry.x - mean, by) * entry.scale + entry.shift)
        return Stated(value, f"({written(entry.x)} − {written(mean)})/{written(by)}")


class RootTaken(ValueMistake):
    slug = "root-taken"
    general = "that is the standard deviation, the root of the variance"
    hint = "is σ² asked for, or σ?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Variance):
            return entry
        return Stated(square_root(entry.value), f"√{written(entry.value)}")


class NotCentred(ValueMistake):
    slug = "not-centred"
    general = "the mean is not taken away first"
    hint = "what is taken away before dividing?"

    def made(self, entry: Entry) -> Entry:
        if isinstance(entry, Variance):
            squares = exact(sum(x * x for x in entry.values))
            terms = " + ".join(f"{written(x)}²" for x in entry.values)
            return Stated(quotient(squares, len(entry.values)), f"({terms})/{len(entry.values)}")
        if not isinstance(entry, Normalised):
            return entry
        by = entry.moments[1] + entry.epsilon
        value = exact(quotient(entry.x, square_root(by)) * entry.scale + entry.shift)
        return Stated(value, f"{written(entry.x)}/√{written(by)}")


class NoScale(ValueMistake):
    slug = "scale-left-out"
    general = "the learned scale and shift are left out"
    hint = "what follows behind the division?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Normalised):
            return entry
        return Normalised(entry.x, entry.values, entry.statistics, entry.epsilon)


class DropoutInverted(ValueMistake):
    slug = "dropout-inverted"
    general = "what is kept is multiplied by the share that is kept; in training it is divided by it"
    hint = "do the kept values become larger or smaller in training?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Kept) or not entry.kept:
            return entry
        return Stated(exact(entry.x * entry.share), f"{written(entry.x)}·{written(entry.share)}")


class DropoutUnscaled(ValueMistake):
    slug = "dropout-unscaled"
    general = "what is kept is not scaled"
    hint = "what happens to the values that are kept?"

    def made(self, entry: Entry) -> Entry:
        return Same(entry.x if entry.kept else 0) if isinstance(entry, Kept) else entry


class DropoutRate(ValueMistake):
    slug = "rate-for-share"
    general = "that is divided by the share that is dropped, not by the one that is kept"
    hint = "is the rate the share that is kept, or the one that is dropped?"

    def made(self, entry: Entry) -> Entry:
        if not isinstance(entry, Kept) or not entry.kept:
            return entry
        return Kept(entry.x, True, exact(1 - entry.share))


class MaskInverted(ValueMistake):
    slug = "mask-inverted"
    general = "a 1 of the mask keeps a unit, a 0 drops it"
    hint = "which units does the mask keep?"

    def made(self, entry: Entry) -> Entry:
        return Kept(entry.x, not entry.kept, entry.share) if isinstance(entry, Kept) else entry


VALUES: tuple[ValueMistake, ...] = (
    Flipped(),
    Biasless(),
    FunctionLeftOut(),
    Unpadded(),
    Unstrided(),
    ChannelLeftOut(0),
    ChannelLeftOut(1),
    ChannelLeftOut(2),
    ChannelLeftOut(0, only=True),
    Transposed(),
    MeanForMax(),
    MinForMax(),
    ZeroForMax(),
    MaxForMean(),
    Undivided(),
    PaddingCounted(),
    OtherFunction("tanh", "sigmoid"),
    OtherFunction("sigmoid", "tanh", "softplus", "silu"),
    OtherFunction("relu", "leaky_relu", "prelu", "elu", "softplus", "relu6"),
    OtherFunction("elu", "leaky_relu"),
    ValueForDerivative(),
    DerivativeOfValue(),
    NotSquared(),
    SignLost(),
    NotNormalised(),
    NoExponential(),
    Unbiased(),
    NoRoot(),
    RootTaken(),
    NotCentred(),
    NoScale(),
    DropoutInverted(),
    DropoutUnscaled(),
    DropoutRate(),
    MaskInverted(),
    *(Shifted(axis, by) for axis in range(3) for by in (1, -1)),
    Unweighted(),
)
"""Every mistake with numbers, the commoner ones first."""
