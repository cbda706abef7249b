"""Layers that rearrange or select values."""

from collections.abc import Iterator
from operator import floordiv
from typing import Any

from cnncalc.layers.base import Refusal, Weightless
from cnncalc.layers.fields import (
    KEPT,
    ChannelOrder,
    Channels,
    Count,
    Dimensions,
    NewShape,
    Positive,
    Size,
    ValueOrder,
    YesNo,
)
from cnncalc.layers.geometry import IDENTITY, Global, Side, Spread, Turned, Window
from cnncalc.layers.modules import function, torch_pads
from cnncalc.layers.saves import FLAT, INDEX, NOTHING, VIEW, Extra, Saves
from cnncalc.layers.window import needs_sides
from cnncalc.numbers.arith import ceil_div, product
from cnncalc.shape import Shape

ORDERS = (
    "PyTorch counts pixels of a block fastest (`order=crd`, ONNX's name), TensorFlow and ONNX's default channels "
    "(`order=dcr`): the weights of the neighbouring layers differ in order, no count does."
)


class Flatten(Weightless):
    """Flatten a volume to a vector.

    shape    (sides, C) -> a vector of all values
    weights  none
    macs     0, by definition
    source   torch.nn.Flatten
    """

    kind = "flatten"
    example = "6x6x256 -> flatten"
    framework_names = ("Flatten",)
    in_place = True
    note = "PyTorch flattens channels first, Keras channels last: the weights of the next layer differ in order."
    keeps = FLAT

    def shape(self, x: Shape) -> Shape:
        return Shape((), x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.Flatten()


class SpaceToDepth(Weightless):
    """Move each block of pixels into the channels of one pixel: patch merging, the inverse of a pixel shuffle.

    shape    (sides, C) -> (sides/block, C × block size); each dimension rounded up with ceil=yes
    weights  none
    macs     0, by definition
    source   torch.nn.PixelUnshuffle; Shi et al. 2016, arXiv:1609.05158; tf.nn.space_to_depth
    """

    kind = "space_to_depth"
    example = "56x56x96 -> space_to_depth 2"
    synonyms = ("pixel_unshuffle", "reorg")
    framework_names = ("PixelUnshuffle", "SpaceToDepth", "ReOrg")
    in_place = True
    note = ORDERS

    block: Size
    ceil: YesNo = False
    order: ChannelOrder = "crd"

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal
            return
        for b, n in zip(self.block, x.sides, strict=True):
            if not self.ceil and n % b:
                yield Refusal("E202", "block", f"{b} does not divide the input size {n}", "ceil=yes pads it")
                return

    def shape(self, x: Shape) -> Shape:
        parts = ceil_div if self.ceil else floordiv
        sides = tuple(map(parts, x.sides, self.block))
        return Shape(sides, x.channels * product(self.block))

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(Window(b, b) for b in self.block)

    def saves(self, x: Shape) -> Saves:
        return Saves(layout="first", forward=x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        added = torch_pads([(0, -n % b) for n, b in zip(x.sides, self.block, strict=True)])

        def forward(module: Any, volume: Any) -> Any:
            volume = torch.nn.functional.pad(volume, added)
            sides = len(self.block)
            for side, b in enumerate(self.block, start=2):
                volume = volume.unfold(side, b, b)
            offsets = range(sides + 2, 2 * sides + 2)
            channels = (1, *offsets) if self.order == "crd" else (*offsets, 1)
            return volume.permute(0, *channels, *range(2, sides + 2)).flatten(1, sides + 1)

        return function(torch, self, forward)


class PixelShuffle(Weightless):
    """Move groups of channels into blocks of `factor` pixels: sub-pixel convolution, the inverse of space_to_depth.

    shape    (sides, C) -> (factor × n per dimension, C / block size)
    weights  none
    macs     0, by definition
    source   torch.nn.PixelShuffle; Shi et al. 2016, arXiv:1609.05158; tf.nn.depth_to_space
    """

    kind = "pixel_shuffle"
    example = "128x128x256 -> pixel_shuffle 2"
    synonyms = ("depth_to_space", "pixelshuffle")
    framework_names = ("PixelShuffle", "DepthToSpace")
    in_place = True
    meanings = {"factor": "size of a block of output pixels, per dimension"}
    note = ORDERS
    keeps = Saves(layout="first")

    factor: Size
    order: ChannelOrder = "crd"

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        block = product(self.factor)
        if refusal:
            yield refusal
        elif x.channels % block:
            hint = f"{ceil_div(x.channels, block) * block} channels would fit"
            yield Refusal("E210", "factor", f"blocks of {block} pixels do not divide {x.channels} channels", hint)

    def shape(self, x: Shape) -> Shape:
        sides = tuple(n * f for n, f in zip(x.sides, self.factor, strict=True))
        return Shape(sides, x.channels // product(self.factor))

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(Spread(f, f) for f in self.factor)

    def build(self, torch: Any, x: Shape) -> Any:
        sides, channels = len(self.factor), x.channels // product(self.factor)
        parts = (channels, *self.factor) if self.order == "crd" else (*self.factor, channels)
        first = 1 if self.order == "crd" else sides + 1
        offsets = range(2, sides + 2) if self.order == "crd" else range(1, sides + 1)
        pairs = [axis for side, offset in enumerate(offsets) for axis in (sides + 2 + side, offset)]

        def forward(module: Any, volume: Any) -> Any:
            blocks = volume.unflatten(1, parts).permute(0, first, *pairs)
            return blocks.reshape(len(volume), channels, *self.shape(x).sides)

        return function(torch, self, forward)


class Reshape(Weightless):
    """Give the values of a volume another shape; `_` stands for the dimension that follows from the others.

    shape    any with as many values
    weights  none
    macs     0, by definition
    source   torch.Tensor.reshape; keras.layers.Reshape
    """

    kind = "reshape"
    example = "6272 -> reshape 7x7x128"
    synonyms = ("view", "unflatten")
    framework_names = ("Reshape", "Unflatten")
    in_place = True
    meanings = {"to": "the new shape, channels last", "order": "values are counted channels first, or channels last"}
    note = (
        "The values are counted as PyTorch counts them, channels first; with `order=channels_last` as Keras does. "
        "`tokens` and `flatten` are the usual cases."
    )

    to: NewShape
    order: ValueOrder = "channels_first"

    def check(self, x: Shape) -> Iterator[Refusal]:
        known = product(n for n in self.to if not isinstance(n, str))
        written = self.fields["to"].type.write(self.to)
        if KEPT in self.to and x.values % known:
            reason = f"{written} needs a multiple of {known:,} values, {x} has {x.values:,}"
            yield Refusal("E202", "to", reason, fitting(self.to, x))
        elif KEPT not in self.to and known != x.values:
            yield Refusal("E202", "to", f"{written} has {known:,} values, {x} has {x.values:,}", fitting(self.to, x))

    def shape(self, x: Shape) -> Shape:
        known = product(n for n in self.to if not isinstance(n, str))
        *sides, channels = (x.values // known if isinstance(n, str) else n for n in self.to)
        return Shape(tuple(sides), channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        same = x.channels == self.shape(x).channels
        return (IDENTITY,) * len(x.sides) if same else tuple(map(Global, x.sides))

    def saves(self, x: Shape) -> Saves | None:
        return FLAT if self.order == "channels_first" else None

    def build(self, torch: Any, x: Shape) -> Any:
        y, last = self.shape(x), self.order == "channels_last"

        def forward(module: Any, volume: Any) -> Any:
            if last:
                return volume.movedim(1, -1).reshape(len(volume), *y.hwc).movedim(-1, 1)
            return volume.reshape(len(volume), *y.chw)

        return function(torch, self, forward)


def fitting(to: tuple[Any, ...], x: Shape) -> str | None:
    """Return a shape that has as many values as a volume: with other channels, or with their number kept."""
    *sides, channels = to
    if KEPT not in to and sides and x.values % product(sides) == 0:
        return f"{'x'.join(map(str, (*sides, x.values // product(sides))))} would fit"
    if sides and not isinstance(channels, str) and x.values % channels == 0:
        return f"_x{channels} would fit: {x.values // channels}x{channels}"
    return f"flatten would give {x.values}" if x.sides else None


class Permute(Weightless):
    """Exchange the dimensions, which are numbered from 0 as the shape is written, channels last.

    shape    dimension i of the output is dimension order[i] of the input
    weights  none
    macs     0, by definition
    source   torch.permute; keras.layers.Permute
    """

    kind = "permute"
    example = "20x30x8 -> permute [1,0,2]"
    synonyms = ("transpose",)
    framework_names = ("Permute", "Transpose")
    in_place = True
    meanings = {"order": "the dimensions of the input in their new order, channels last, from 0"}
    keeps = Saves(view=True, passes=True)

    order: Dimensions

    def check(self, x: Shape) -> Iterator[Refusal]:
        count = len(x.sides) + 1
        if sorted(self.order) != list(range(count)):
            written = self.fields["order"].type.write(self.order)
            hint = f"[{','.join(map(str, reversed(range(count))))}] reverses them"
            yield Refusal("E202", "order", f"{written} does not name each of the {count} dimensions of {x} once", hint)

    def shape(self, x: Shape) -> Shape:
        *sides, channels = (x.hwc[i] for i in self.order)
        return Shape(tuple(sides), channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        last = len(x.sides)
        if self.order[-1] != last:
            return tuple(map(Global, x.sides))
        return tuple(map(Turned, self.order[:-1]))

    def build(self, torch: Any, x: Shape) -> Any:
        *sides, channels = (1 if i == len(x.sides) else i + 2 for i in self.order)
        return function(torch, self, lambda _, volume: volume.permute(0, channels, *sides))


class Unbind(Weightless):
    """Select one position of the first dimension, which goes: one of the volumes that `stack` stacked.

    shape    (n, sides, C) -> (sides, C)
    weights  none
    macs     0, by definition
    source   torch.unbind, of whose results it is one
    """

    kind = "unbind"
    example = "3x14x14x64 -> unbind 0"
    framework_names = ("Unbind",)
    in_place = True
    meanings = {"index": "the selected position, from 0"}
    keeps = VIEW

    index: Count

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal
        elif self.index >= x.sides[0]:
            reason = f"there is no position {self.index}, they are numbered 0 to {x.sides[0] - 1}"
            yield Refusal("E202", "index", reason)

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides[1:], x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Turned, range(1, len(x.sides))))

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: volume[:, :, self.index])


class Shuffle(Weightless):
    """Interleave the channels of `groups` groups.

    shape    unchanged
    weights  none
    macs     0, by definition
    source   Zhang et al. 2017, arXiv:1707.01083; torch.nn.ChannelShuffle
    """

    kind = "shuffle"
    example = "28x28x116 -> shuffle 2"
    synonyms = ("channel_shuffle",)
    framework_names = ("ChannelShuffle",)
    in_place = True

    groups: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.channels % self.groups:
            yield Refusal("E203", "groups", f"{self.groups} groups do not divide {x.channels} channels")

    def shape(self, x: Shape) -> Shape:
        return x

    def saves(self, x: Shape) -> Saves:
        return FLAT if self.groups == 1 else Saves(layout="first")

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            return volume.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)

        return function(torch, self, forward)


class Slice(Weightless):
    """Select the channels from `begin` up to, but excluding, `end`.

    shape    (sides, C) -> (sides, end − begin)
    weights  none
    macs     0, by definition
    source   Ma et al. 2018, arXiv:1807.11164, the channel split; torch.Tensor.narrow
    """

    kind = "slice"
    example = "28x28x116 -> slice 0 58"
    in_place = True
    keeps = VIEW

    begin: Count
    end: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if self.end > x.channels:
            yield Refusal("E210", "end", f"{self.end} is beyond the {x.channels} channels")
        elif self.begin >= self.end:
            yield Refusal("E210", "begin", f"{self.begin} must be below end {self.end}")

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides, self.end - self.begin)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: volume[:, self.begin : self.end])


class Select(Weightless):
    """Select the channels of a list, in the order of the list.

    shape    (sides, C) -> (sides, length of the list)
    weights  none
    macs     0, by definition
    source   torch.index_select
    """

    kind = "select"
    example = "14x14x6 -> select [0,2,4]"
    in_place = True

    channels: Channels

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from channels_refused("channels", self.channels, x.channels)

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides, len(self.channels))

    def saves(self, x: Shape) -> Saves:
        return NOTHING.more(Extra(len(self.channels), INDEX, once=True))._replace(backward=self.shape(x).values)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: volume[:, list(self.channels)])


def channels_refused(field: str, indices: tuple[int, ...], channels: int) -> Iterator[Refusal]:
    """Yield a refusal if a channel number, counted from 0, does not exist."""
    last = max(indices)
    if last >= channels:
        yield Refusal("E210", field, f"there is no channel {last}, they are numbered 0 to {channels - 1}")
