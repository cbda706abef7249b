"""Layers of this volume and earlier results: resized alike, unpooled, stacked, multiplied, compared value by value."""

from collections.abc import Iterator
from functools import reduce
from typing import Any, ClassVar

from cnncalc.layers.axis import axis_refused
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import DIMENSIONS, Axis, Kernel, Mode, Pad, Size, SizeOrZero, Value, YesNo, dimensions_of
from cnncalc.layers.geometry import IDENTITY, Global, Side, Spread
from cnncalc.layers.merge import Joint, Mul, dimensions, folded, remedy
from cnncalc.layers.modules import function
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.resize import (
    cropped_part,
    cropping,
    interpolation,
    interpolation_refused,
    offset_refused,
    sampled,
)
from cnncalc.layers.saves import INDEX, NOTHING, PASSED, VIEW, Extra, Saves
from cnncalc.layers.window import needs_sides
from cnncalc.numbers.arith import Number
from cnncalc.shape import Shape


class ResizeLike(Joint):
    """Interpolate to the size of an earlier result, of which nothing else is used.

    shape    (sides, C) and (sides', D) -> (sides', C)
    weights  none
    macs     0, by definition
    source   torch.nn.functional.interpolate with `size=skip.shape[2:]`; Lin et al. 2016, arXiv:1612.03144
    """

    kind = "resize_like"
    example = "13x13x256 -> maxpool 2 -> resize_like input"
    synonyms = ("upsample_like", "interpolate_like")
    keeps = NOTHING.cast("float32")

    mode: Mode = "nearest"
    align_corners: YesNo = False

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        x, like = xs
        refusal = needs_sides(self, x) or needs_sides(self, like)
        if refusal:
            yield refusal
        elif len(x.sides) != len(like.sides):
            reason = f"resize_like needs the same number of spatial dimensions: {x} and {like}"
            yield Refusal("E204", None, reason)
        else:
            yield from interpolation_refused(self, self.mode, self.align_corners, x)

    def shape(self, *xs: Shape) -> Shape:
        return Shape(xs[1].sides, xs[0].channels)

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        return sampled(xs[0], self.shape(*xs), self.mode, self.align_corners), None

    def build(self, torch: Any, *xs: Shape) -> Any:
        resized = interpolation(torch, self.shape(*xs), self.mode, self.align_corners)
        return function(torch, self, lambda _, volume, like: resized(volume))


class CropLike(Joint):
    """Crop to the size of an earlier result, of which nothing else is used: FCN's crop, and U-Net's.

    shape    (sides, C) and (sides', D) -> (sides', C)
    weights  none
    macs     0, by definition
    source   Caffe's Crop layer; Long, Shelhamer & Darrell 2015, arXiv:1411.4038
    """

    kind = "crop_like"
    keeps = VIEW
    example = "64x64x8 -> pad 2 -> crop_like input offset=2"
    in_place = True
    note = "Caffe's Crop begins at `offset=0` unless it says otherwise."

    offset: SizeOrZero = None  # the centre

    @classmethod
    def default_text(cls, name: str) -> str:
        return "the centre" if name == "offset" else super().default_text(name)

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        x, like = xs
        if refusal := needs_sides(self, x):
            yield refusal
        elif len(x.sides) != len(like.sides):
            reason = f"crop_like needs the same number of spatial dimensions: {x} and {like}"
            yield Refusal("E204", None, reason)
        elif any(m > n for m, n in zip(like.sides, x.sides, strict=True)):
            yield Refusal("E204", None, f"crop_like needs no more positions than it has: {x} and {like}")
        else:
            yield from offset_refused(x, like.sides, self.offset)

    def shape(self, *xs: Shape) -> Shape:
        return Shape(xs[1].sides, xs[0].channels)

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        return cropping(xs[0], xs[1].sides, self.offset), None

    def build(self, torch: Any, *xs: Shape) -> Any:
        part = cropped_part(xs[0], xs[1].sides, self.offset)
        return function(torch, self, lambda _, volume, like: volume[:, :, *part])


class MaxUnpool(Joint):
    """Put each value back where the maximum of its window was in the earlier input of a maxpool; the rest is 0.

    shape    (sides, C) and the input (sides', C) of the maxpool -> (sides', C)
    weights  none
    macs     0, by definition
    source   torch.nn.MaxUnpool2d; Badrinarayanan, Kendall & Cipolla 2015, arXiv:1511.00561
    """

    kind = "max_unpool"
    example = "8x8x16 -> maxpool 2 -> max_unpool 2 input"
    synonyms = ("unpool", "maxunpool")
    framework_names = ("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d")
    note = (
        "The name is that of the volume that was pooled, not of the pool: its maxima say where the values go, and its "
        "size is the output size. Kernel, stride and padding are those of the pool."
    )

    kernel: Kernel
    stride: Size = None  # the kernel
    pad: Pad = 0
    ceil: YesNo = False

    @classmethod
    def default_text(cls, name: str) -> str:
        return "kernel" if name == "stride" else super().default_text(name)

    def default(self, name: str) -> Value:
        return self.kernel if name == "stride" else super().default(name)

    @property
    def pool(self) -> MaxPool:
        """The pool that is reversed."""
        made: MaxPool = object.__new__(MaxPool)
        made.__dict__.update(self.__dict__, dilation=(1,) * len(self.kernel))
        return made

    def uneven(self, pooled: Shape) -> Iterator[Refusal]:
        """Yield a refusal of padding that differs at both ends, which PyTorch's pools with indices do not have."""
        for window in self.pool.windows(pooled):
            if window.before != window.after:
                reason = f"{window.before} before and {window.after} after differ"
                yield Refusal("E209", "pad", reason, "pad both ends alike")
                return

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        x, pooled = xs
        if refusal := needs_sides(self, x):
            yield refusal
            return
        if len(x.sides) != len(pooled.sides):
            yield Refusal("E204", None, f"max_unpool needs the same number of spatial dimensions: {x} and {pooled}")
            return
        refusals = list(self.pool.check(pooled)) or list(self.uneven(pooled))
        yield from refusals
        if not refusals and (y := self.pool.shape(pooled)) != x:
            reason = f"maxpool {self.fields['kernel'].type.write(self.kernel)} of {pooled} gives {y}, not {x}"
            yield Refusal("E204", None, reason, "name the input of the maxpool, and its kernel")

    def shape(self, *xs: Shape) -> Shape:
        return xs[1]

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        windows = self.pool.windows(xs[1])
        return tuple(Spread(w.kernel, w.stride, w.before, w.after) for w in windows), None

    def saves(self, *xs: Shape) -> Saves:
        return Saves(own=(1,), casts="float32_on_cpu").more(Extra(xs[0].values, INDEX))

    def build(self, torch: Any, *xs: Shape) -> Any:
        functions, count = torch.nn.functional, len(xs[0].sides)
        pads = tuple(w.before for w in self.pool.windows(xs[1]))
        pool, unpool = (getattr(functions, f"{name}{count}d") for name in ("max_pool", "max_unpool"))

        def forward(module: Any, volume: Any, pooled: Any) -> Any:
            _, places = pool(pooled, self.kernel, self.stride, pads, 1, self.ceil, return_indices=True)
            return unpool(volume, places, self.kernel, self.stride, pads, xs[1].sides)

        return function(torch, self, forward)


class Stack(Joint):
    """Stack volumes of one shape along a new first dimension.

    shape    k volumes (sides, C) -> (k, sides, C)
    weights  none
    macs     0, by definition
    source   torch.stack
    """

    kind = "stack"
    example = "14x14x64 -> relu -> stack input"
    framework_names = ("Stack",)
    most: ClassVar[int] = 0
    note = "`unbind` takes one of them out again."
    keeps = PASSED

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        yield from unequal_refused(self, xs)
        if len(xs[0].sides) > 2:
            yield Refusal("E202", None, f"stack adds a spatial dimension, and {xs[0]} has 3 already")

    def shape(self, *xs: Shape) -> Shape:
        return Shape((len(xs), *xs[0].sides), xs[0].channels)

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        return tuple((IDENTITY,) * len(x.sides) for x in xs)

    def build(self, torch: Any, *xs: Shape) -> Any:
        return function(torch, self, lambda _, *volumes: torch.stack(volumes, 2))


class Matmul(Joint):
    """Multiply matrices: positions × channels of this volume by those of an earlier result.

    shape    (sides, n, k) and (sides, k, m) -> (sides, n, m); the second is (sides, m, k) with transpose=yes
    weights  none
    macs     n · k · m for each pair of matrices
    source   torch.matmul; Vaswani et al. 2017, arXiv:1706.03762, queries by keys
    """

    kind = "matmul"
    keeps = Saves(folds="product", casts="low")
    example = "196x64 -> matmul input transpose=yes"
    synonyms = ("bmm",)
    framework_names = ("MatMul", "Dot")
    meanings = {"transpose": "the second volume is turned first: queries by keys"}
    note = (
        "The last side and the channels are a matrix; further sides, such as heads, are pairs of matrices. Attention "
        "by hand: `use queries -> matmul keys transpose=yes -> softmax -> matmul values`. `tokens` makes a matrix of "
        "an image."
    )

    transpose: YesNo = False

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        x, other = xs
        if refusal := needs_sides(self, x) or needs_sides(self, other):
            yield refusal
            return
        inner = other.channels if self.transpose else other.sides[-1]
        if x.sides[:-1] != other.sides[:-1]:
            yield Refusal("E204", None, f"matmul needs equal sides before the last: {x} and {other}")
        elif x.channels != inner:
            what = "channels" if self.transpose else "positions"
            hint = "leave transpose out" if self.transpose and x.channels == other.sides[-1] else None
            if not self.transpose and x.channels == other.channels:
                hint = "transpose=yes multiplies channels by channels"
            reason = f"matmul needs as many {what} in the second as channels in the first: {x} and {other}"
            yield Refusal("E204", None, reason, hint)

    def shape(self, *xs: Shape) -> Shape:
        return Shape(xs[0].sides, xs[1].sides[-1] if self.transpose else xs[1].channels)

    def macs(self, *xs: Shape) -> Number:
        return xs[0].values * self.shape(*xs).channels

    def products(self, *xs: Shape) -> Number:
        return self.macs(*xs)

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        first, second = xs
        *pairs, _ = (IDENTITY,) * len(second.sides)
        return (IDENTITY,) * len(first.sides), (*pairs, Global(first.sides[-1]))

    def build(self, torch: Any, *xs: Shape) -> Any:
        def forward(module: Any, volume: Any, other: Any) -> Any:
            volume, other = volume.movedim(1, -1), other.movedim(1, -1)
            return (volume @ (other.transpose(-2, -1) if self.transpose else other)).movedim(-1, 1)

        return function(torch, self, forward)


class ConcatAlong(Joint):
    """Concatenate along a dimension that is named, such as the positions of several levels: `concat` is along channels.

    shape    the sum in that dimension; the others are equal
    weights  none
    macs     0, by definition
    source   torch.cat; Lin et al. 2017, arXiv:1708.02002: the anchors of all levels
    """

    kind = "concat_along"
    example = "400x80 -> relu -> concat_along length input"
    synonyms = ("cat_along",)
    most: ClassVar[int] = 0
    keeps = PASSED
    note = "The dimension comes first, then the names. Neighbours where two volumes meet see other positions."

    axis: Axis

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        refusals = list(axis_refused(self.axis, xs[0]))
        yield from refusals
        if refusals:
            return
        axis, *more = dimensions_of(self.axis, len(xs[0].sides))
        if more:
            reason = f"{self.axis} are {1 + len(more)} dimensions of {xs[0]}, and one is joined"
            yield Refusal("E202", "axis", reason, f"axis={DIMENSIONS[len(xs[0].sides)][0]} would fit")
            return

        def others(x: Shape) -> list[Number]:
            return [len(x.sides), *(n for i, n in enumerate(x.hwc) if i != axis)]

        x = next((x for x in xs if others(x) != others(xs[0])), None)
        if x is not None:
            reason = f"concat_along {self.axis} needs the other dimensions equal: {xs[0]} and {x}"
            yield Refusal("E204", None, reason)

    def shape(self, *xs: Shape) -> Shape:
        (axis,) = dimensions_of(self.axis, len(xs[0].sides))
        *sides, channels = (sum(x.hwc[i] for x in xs) if i == axis else n for i, n in enumerate(xs[0].hwc))
        return Shape(tuple(sides), channels)

    def build(self, torch: Any, *xs: Shape) -> Any:
        (axis,) = dimensions_of(self.axis, len(xs[0].sides))
        dim = 1 if axis == len(xs[0].sides) else axis + 2
        return function(torch, self, lambda _, *volumes: torch.cat(volumes, dim))


class Elementwise(Joint):
    """A function of the values of volumes at one place; a dimension of 1 is broadcast, a vector counts as 1x1xC.

    shape    the maximum in each dimension
    weights  none
    macs     0, by definition
    """

    most: ClassVar[int] = 0

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        for x in xs[1:]:
            a, b = dimensions((xs[0], x))
            if len(a) != len(b) or any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
                reason = f"{self.kind} needs each dimension equal or 1: {xs[0]} and {x}"
                yield Refusal("E204", None, reason, remedy(xs[0], x))
                return

    def shape(self, *xs: Shape) -> Shape:
        return Mul(self.__dict__["sides"]).shape(*xs)

    def combined(self, torch: Any, volumes: tuple[Any, ...]) -> Any:
        """Return the function of tensors of broadcast dimensions."""
        raise NotImplementedError

    def build(self, torch: Any, *xs: Shape) -> Any:
        sides = max(len(x.sides) for x in xs)

        def forward(module: Any, *volumes: Any) -> Any:
            return self.combined(torch, tuple(v.reshape(*v.shape, *[1] * (sides + 2 - v.dim())) for v in volumes))

        return function(torch, self, forward)


class Maximum(Elementwise):
    """Element-wise maximum: maxout over branches.

    source   Goodfellow et al. 2013, arXiv:1302.4389; torch.maximum
    """

    kind = "maximum"
    example = "56x56x64 -> conv 64 3x3 pad=1 -> maximum input"
    framework_names = ("Maximum", "Max")

    def saves(self, *xs: Shape) -> Saves:
        return folded(self, "choice", xs)

    def combined(self, torch: Any, volumes: tuple[Any, ...]) -> Any:
        return reduce(torch.maximum, volumes)


class Minimum(Elementwise):
    """Element-wise minimum.

    source   torch.minimum
    """

    kind = "minimum"
    example = "56x56x64 -> conv 64 3x3 pad=1 -> minimum input"
    framework_names = ("Minimum", "Min")

    def saves(self, *xs: Shape) -> Saves:
        return folded(self, "choice", xs)

    def combined(self, torch: Any, volumes: tuple[Any, ...]) -> Any:
        return reduce(torch.minimum, volumes)


class Average(Elementwise):
    """Element-wise mean.

    source   keras.layers.Average
    """

    kind = "average"
    example = "56x56x64 -> conv 64 3x3 pad=1 -> average input"
    framework_names = ("Average",)

    def saves(self, *xs: Shape) -> Saves:
        return Saves(forward=self.shape(*xs).values)

    def combined(self, torch: Any, volumes: tuple[Any, ...]) -> Any:
        return reduce(torch.add, volumes) / len(volumes)


class Divide(Elementwise):
    """Element-wise quotient: the first divided by the others.

    source   torch.div
    """

    kind = "divide"
    example = "6x6x256 -> softplus -> divide input"
    synonyms = ("div",)
    framework_names = ("Div",)

    def saves(self, *xs: Shape) -> Saves:
        return folded(self, "quotient", xs)

    def combined(self, torch: Any, volumes: tuple[Any, ...]) -> Any:
        return reduce(torch.div, volumes)


def unequal_refused(layer: Joint, xs: tuple[Shape, ...]) -> Iterator[Refusal]:
    """Yield a refusal of volumes of different shapes."""
    other = next((x for x in xs if x != xs[0]), None)
    if other is not None:
        reason = f"{layer.kind} needs equal shapes: {xs[0]} and {other}"
        yield Refusal("E204", None, reason, remedy(xs[0], other))
