"""Convolutions: windows with learned weights."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Layer, Refusal, Tensors
from cnncalc.layers.fields import (
    ConvParametrize,
    Kernel,
    Pad,
    PadMode,
    Pair,
    Parametrize,
    Positive,
    Sides,
    Size,
    SizeOrZero,
    Trimmed,
    YesNo,
)
from cnncalc.layers.geometry import Side, Spread, Window
from cnncalc.layers.modules import cropped, function, padded
from cnncalc.layers.parametrize import applied, kept_of, kept_with, made_of, single_refused
from cnncalc.layers.saves import INPUT, Extra, Saves
from cnncalc.layers.window import Windowed, needs_sides, padded_input
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


class Conv(Windowed):
    """Slide `out` learned windows over a volume.

    shape    (sides, C) -> (sides', out); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1
    weights  out × C/groups × kernel, and one bias per output channel
    macs     every weight once per output position; adding the bias is not counted
    source   torch.nn.Conv1d, Conv2d, Conv3d; Dumoulin & Visin 2016, arXiv:1603.07285
    """

    kind = "conv"
    example = "32x32x3 -> conv 10 5x5 pad=2"
    synonyms = ("convolution",)
    framework_names = (
        *("Conv1d", "Conv2d", "Conv3d", "Conv1D", "Conv2D", "Conv3D", "Convolution"),
        *("Convolution1D", "Convolution2D", "Convolution3D", "Convolutional"),
    )
    weighted = True

    out: Positive
    kernel: Kernel
    stride: Size = 1
    pad: Pad = 0
    dilation: Size = 1
    groups: Positive = 1
    bias: YesNo = True
    pad_mode: PadMode = "zeros"
    parametrize: ConvParametrize = "none"

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        yield from groups_refused(self.groups, x.channels, self.out)
        yield from single_refused(self.kind, self.weight(x), self.parametrize)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), self.out)

    def weight(self, x: Shape) -> tuple[Number, ...]:
        """Return the shape of the weight that is convolved with."""
        return (self.out, x.channels // self.groups, *self.kernel)

    def weights(self, x: Shape) -> Tensors:
        weight: Tensors = {"weight": self.weight(x)}
        return made_of({**weight, "bias": (self.out,)} if self.bias else weight, self.parametrize)

    def buffers(self, x: Shape) -> Tensors:
        return kept_with(self.weight(x), self.parametrize)

    def macs(self, x: Shape) -> Number:
        return product(self.weight(x)) * product(self.output_sides(x))

    def fans(self, x: Shape) -> tuple[Number, Number]:
        """Return C/groups × kernel and out/groups × kernel elements; torch.nn.init ignores the groups."""
        places = product(self.kernel)
        return x.channels // self.groups * places, self.out // self.groups * places

    def saves(self, x: Shape) -> Saves:
        return (
            padded_input(self, x)
            .more(*kept_of(self.weight(x), self.parametrize))
            ._replace(casts="low", weights=product(self.weight(x)))
        )

    def build(self, torch: Any, x: Shape) -> Any:
        module = convolution(torch, self.windows(x), x.channels, self.out, self.groups, self.bias, self.pad_mode)
        return applied(torch, module, self.parametrize)


class Depthwise(Windowed):
    """Slide `multiplier` learned windows over each channel separately.

    shape    (sides, C) -> (sides', C × multiplier); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1
    weights  C × multiplier × kernel, and one bias per output channel
    macs     every weight once per output position; adding the bias is not counted
    source   torch.nn.Conv2d with groups = C; Howard et al. 2017, arXiv:1704.04861
    """

    kind = "depthwise"
    example = "112x112x32 -> depthwise 3x3 pad=1 bias=no"
    synonyms = ("dwconv", "depthwise_conv")
    framework_names = ("DepthwiseConv1D", "DepthwiseConv2D", "ConvolutionDepthwise", "DepthwiseConvolution")
    weighted = True

    kernel: Kernel
    stride: Size = 1
    pad: Pad = 0
    dilation: Size = 1
    multiplier: Positive = 1
    bias: YesNo = True
    pad_mode: PadMode = "zeros"
    parametrize: ConvParametrize = "none"

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        yield from single_refused(self.kind, self.weight(x), self.parametrize)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), x.channels * self.multiplier)

    def weight(self, x: Shape) -> tuple[Number, ...]:
        """Return the shape of the weight that is convolved with."""
        return (x.channels * self.multiplier, 1, *self.kernel)

    def weights(self, x: Shape) -> Tensors:
        weight: Tensors = {"weight": self.weight(x)}
        bias: Tensors = {"bias": (x.channels * self.multiplier,)} if self.bias else {}
        return made_of({**weight, **bias}, self.parametrize)

    def buffers(self, x: Shape) -> Tensors:
        return kept_with(self.weight(x), self.parametrize)

    def macs(self, x: Shape) -> Number:
        return product(self.weight(x)) * product(self.output_sides(x))

    def fans(self, x: Shape) -> tuple[Number, Number]:
        """Return the kernel elements, and multiplier times these; torch.nn.init multiplies the second by C."""
        places = product(self.kernel)
        return places, self.multiplier * places

    def saves(self, x: Shape) -> Saves:
        return (
            padded_input(self, x)
            .more(*kept_of(self.weight(x), self.parametrize))
            ._replace(casts="low", weights=product(self.weight(x)))
        )

    def build(self, torch: Any, x: Shape) -> Any:
        out = x.channels * self.multiplier
        module = convolution(torch, self.windows(x), x.channels, out, x.channels, self.bias, self.pad_mode)
        return applied(torch, module, self.parametrize)


class Separable(Windowed):
    """Depthwise convolution, then a 1x1 convolution of its channels, without a bias or anything else between them.

    shape    (sides, C) -> (sides', out); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1
    weights  C × multiplier × kernel, out × C × multiplier, and one bias per output channel
    macs     every weight once per output position; adding the bias is not counted
    source   Chollet 2016, arXiv:1610.02357; keras.layers.SeparableConv2D
    """

    kind = "separable"
    example = "112x112x32 -> separable 64 3x3 pad=1"
    synonyms = ("separable_conv", "sepconv", "depthwise_separable", "depthwise_separable_conv")
    framework_names = ("SeparableConv1D", "SeparableConv2D", "SeparableConv2d")
    weighted = True
    note = (
        "It equals `depthwise 3x3 bias=no -> conv OUT 1x1`. MobileNet normalises and activates between the two: there "
        "it is two steps. Keras' bias is that of the 1x1 convolution, and the only one."
    )

    out: Positive
    kernel: Kernel
    stride: Size = 1
    pad: Pad = 0
    dilation: Size = 1
    multiplier: Positive = 1
    bias: YesNo = True
    pad_mode: PadMode = "zeros"

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), self.out)

    def weights(self, x: Shape) -> Tensors:
        between = x.channels * self.multiplier
        tensors: Tensors = {
            "depthwise.weight": (between, 1, *self.kernel),
            "pointwise.weight": (self.out, between, *[1] * len(self.kernel)),
        }
        return {**tensors, "pointwise.bias": (self.out,)} if self.bias else tensors

    def macs(self, x: Shape) -> Number:
        between = x.channels * self.multiplier
        return between * (product(self.kernel) + self.out) * product(self.output_sides(x))

    def saves(self, x: Shape) -> Saves:
        between = x.channels * self.multiplier
        kept = padded_input(self, x).more(Extra(product(self.output_sides(x)) * between))
        return kept._replace(casts="low", weights=between * (product(self.kernel) + self.out))

    def parts(self, x: Shape) -> tuple[Depthwise, Conv]:
        """Return the two convolutions, their padding in numbers."""
        sides, pad = len(self.kernel), Sides(Pair((w.before, w.after)) for w in self.windows(x))
        window = {"kernel": Sides(self.kernel), "stride": Sides(self.stride), "dilation": Sides(self.dilation)}
        more = {"pad": pad, "multiplier": self.multiplier, "bias": False, "pad_mode": self.pad_mode}
        return Depthwise(sides, **window, **more), Conv(sides, out=self.out, kernel=1, bias=self.bias)

    def behind(self, x: Shape) -> Number:
        return product(self.output_sides(x)) * x.channels * self.multiplier * self.out

    def build(self, torch: Any, x: Shape) -> Any:
        depthwise, pointwise = self.parts(x)
        module = function(torch, self, lambda module, volume: module.pointwise(module.depthwise(volume)))
        module.depthwise, module.pointwise = depthwise.build(torch, x), pointwise.build(torch, depthwise.shape(x))
        return module


class ConvTranspose(Layer):
    """Transposed convolution: add a learned window to the output for every input position; `pad` trims the output.

    shape    (sides, C) -> (sides', out); each dimension (n − 1)s − 2p + d(k−1) + 1 + output_pad; with `pad=same` n·s
    weights  C × out/groups × kernel, and one bias per output channel
    macs     every weight once per input position, trimmed outputs included; adding the bias is not counted
    source   torch.nn.ConvTranspose1d, 2d, 3d; Dumoulin & Visin 2016, arXiv:1603.07285, chapter 4
    """

    kind = "conv_transpose"
    example = "28x28x1024 -> conv_transpose 512 2x2 stride=2"
    synonyms = ("deconv", "transposed_conv", "upconv")
    framework_names = (
        *(
            "ConvTranspose1d",
            "ConvTranspose2d",
            "ConvTranspose3d",
            "Deconvolution",
            "Deconvolution2D",
            "Deconvolutional",
        ),
        *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    )
    weighted = True

    out: Positive
    kernel: Kernel
    stride: Size = 1
    pad: Trimmed = 0
    output_pad: SizeOrZero = 0
    groups: Positive = 1
    dilation: Size = 1
    bias: YesNo = True
    parametrize: Parametrize = "none"

    def spreads(self, x: Shape) -> tuple[Spread, ...]:
        """Return one transposed window per dimension."""
        if isinstance(self.pad, str):
            fields = zip(self.kernel, self.stride, self.dilation, self.output_pad, strict=True)
            return tuple(Spread(k, s, 0, 0, d, extra).same() for k, s, d, extra in fields)
        return tuple(map(Spread, self.kernel, self.stride, self.pad, self.pad, self.dilation, self.output_pad))

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return self.spreads(x)

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x) or next(filter(None, map(spread_refused, self.spreads(x), x.sides)), None)
        if refusal:
            yield refusal
        elif isinstance(self.pad, str) and any(self.output_pad):
            yield Refusal("E208", "output_pad", "pad=same gives input × stride already", "leave output_pad out")
        yield from groups_refused(self.groups, x.channels, self.out)

    def shape(self, x: Shape) -> Shape:
        return Shape(tuple(s.output(n) for s, n in zip(self.spreads(x), x.sides, strict=True)), self.out)

    def weight(self, x: Shape) -> tuple[Number, ...]:
        """Return the shape of the weight that is convolved with."""
        return (x.channels, self.out // self.groups, *self.kernel)

    def weights(self, x: Shape) -> Tensors:
        weight: Tensors = {"weight": self.weight(x)}
        return made_of({**weight, "bias": (self.out,)} if self.bias else weight, self.parametrize)

    def buffers(self, x: Shape) -> Tensors:
        return kept_with(self.weight(x), self.parametrize, out=1)

    def macs(self, x: Shape) -> Number:
        return product(self.weight(x)) * product(x.sides)

    def saves(self, x: Shape) -> Saves:
        return INPUT.more(*kept_of(self.weight(x), self.parametrize, out=1))._replace(
            casts="low", weights=product(self.weight(x))
        )

    def fans(self, x: Shape) -> tuple[Number, Number]:
        """Return C/groups × kernel and out/groups × kernel elements; torch.nn.init swaps them."""
        places = product(self.kernel)
        return x.channels // self.groups * places, self.out // self.groups * places

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        make = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[len(x.sides) - 1]
        spreads = self.spreads(x)
        module = make(
            x.channels,
            self.out,
            self.kernel,
            stride=self.stride,
            padding=tuple(spread.before for spread in spreads),
            output_padding=tuple(spread.extra for spread in spreads),
            groups=self.groups,
            bias=self.bias,
            dilation=self.dilation,
        )
        module = applied(torch, module, self.parametrize)
        # PyTorch trims both ends alike; where `same` trims an odd number, the last one goes afterwards.
        uneven = [spread.after - spread.before for spread in spreads]
        return cropped(torch, module, uneven) if any(uneven) else module


def spread_refused(spread: Spread, n: int) -> Refusal | None:
    """Return the refusal of a transposed window that adds too much at the end, or trims everything."""
    extra, most = spread.extra, max(spread.stride, spread.dilation) - 1
    if extra > most:
        reason = f"{extra} must be smaller than stride {spread.stride} or dilation {spread.dilation}"
        return Refusal("E208", "output_pad", reason, f"at most {most}")
    left = spread.output(n)
    if left < 1:
        made = left + spread.before + spread.after
        return Refusal("E209", "pad", f"{spread.before} trimmed at both ends leaves nothing of size {made}")
    return None


def groups_refused(groups: int, channels: int, out: int) -> Iterator[Refusal]:
    """Yield a refusal if the groups do not divide the channels."""
    for count, what in ((channels, "input"), (out, "output")):
        if count % groups:
            hint = f"groups must divide {channels} and {out}"
            yield Refusal("E203", "groups", f"{groups} groups do not divide {count} {what} channels", hint)
            return


def convolution(
    torch: Any,
    windows: tuple[Window, ...],
    channels: int,
    out: int,
    groups: int = 1,
    bias: bool = True,
    pad_mode: str = "zeros",
) -> Any:
    """Build torch's convolution; asymmetric padding is a layer before it."""
    pads = [(w.before, w.after) for w in windows]
    even = all(before == after for before, after in pads)
    module = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)[len(windows) - 1](
        channels,
        out,
        tuple(w.kernel for w in windows),
        stride=tuple(w.stride for w in windows),
        padding=tuple(before for before, _ in pads) if even else 0,
        dilation=tuple(w.dilation for w in windows),
        groups=groups,
        bias=bias,
        padding_mode=pad_mode,
    )
    return module if even else padded(torch, module, pads, pad_mode)
