"""Layers that rearrange or select values."""

from collections.abc import Iterator
from operator import floordiv
from typing import Any

from cnncalc.layers.base import Refusal, Weightless
from cnncalc.layers.fields import ChannelOrder, Channels, Count, Positive, Size, YesNo
from cnncalc.layers.geometry import Side, Spread, Window
from cnncalc.layers.modules import function, torch_pads
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
    synonyms = ("pixel_unshuffle",)
    framework_names = ("PixelUnshuffle", "SpaceToDepth")
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

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: volume[:, list(self.channels)])


def channels_refused(field: str, wanted: tuple[int, ...], channels: int) -> Iterator[Refusal]:
    """Yield a refusal if a channel number, counted from 0, does not exist."""
    last = max(wanted)
    if last >= channels:
        yield Refusal("E210", field, f"there is no channel {last}, they are numbered 0 to {channels - 1}")
