"""Layers of LeCun's networks of 1989 and 1998: sparse connections, unshared weights, trainable pooling."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Refusal, Tensors, Weightless
from cnncalc.layers.conv import convolution
from cnncalc.layers.fields import Kernel, Maps, Pad, Positive, Size, YesNo
from cnncalc.layers.learned import Learned
from cnncalc.layers.modules import function, learned, torch_pads
from cnncalc.layers.pool import MovesByKernel
from cnncalc.layers.reshape import channels_refused
from cnncalc.layers.saves import INDEX, INPUT, NOTHING, PASSED, Extra, Saves
from cnncalc.layers.window import Windowed, has_sides
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


class PartialConv(Windowed):
    """Convolution whose output maps read the input channels given by a connection table.

    shape    (sides, C) -> (sides', maps); each dimension ⌊(n + p − k)/s⌋ + 1
    weights  per map kernel × its inputs, and one bias
    macs     every weight once per output position; adding the bias is not counted
    source   LeCun et al. 1998, Proc. IEEE 86(11), table I: layer C3 has 1,516
    """

    kind = "partial_conv"
    example = "14x14x6 -> partial_conv 5x5 [[0,1,2],[1,2,3],[0,1,2,3,4,5]]"
    weighted = True

    kernel: Kernel
    maps: Maps
    stride: Size = 1
    pad: Pad = 0
    bias: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        yield from channels_refused("maps", tuple(map(max, self.maps)), x.channels)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), len(self.maps))

    def weights(self, x: Shape) -> Tensors:
        tensors: Tensors = {}
        for number, inputs in enumerate(self.maps):
            tensors[f"maps.{number}.weight"] = (1, len(inputs), *self.kernel)
            if self.bias:
                tensors[f"maps.{number}.bias"] = (1,)
        return tensors

    def macs(self, x: Shape) -> Number:
        return product(self.kernel) * sum(map(len, self.maps)) * product(self.output_sides(x))

    def saves(self, x: Shape) -> Saves:
        read, windows = sum(map(len, self.maps)), self.windows(x)
        uneven = any(w.before != w.after for w in windows)
        sides = [n + (w.before + w.after) * uneven for n, w in zip(x.sides, windows, strict=True)]
        return NOTHING.more(Extra(read, INDEX, once=True), Extra(read * product(sides)))._replace(
            casts="low", weights=read * product(self.kernel)
        )

    def build(self, torch: Any, x: Shape) -> Any:
        windows = self.windows(x)

        def forward(module: Any, volume: Any) -> Any:
            seen = (volume[:, list(inputs)] for inputs in self.maps)
            return torch.cat([conv(part) for conv, part in zip(module.maps, seen, strict=True)], dim=1)

        module = function(torch, self, forward)
        convs = (convolution(torch, windows, len(inputs), 1, bias=self.bias) for inputs in self.maps)
        module.maps = torch.nn.ModuleList(convs)
        return module


class LocalConv(Windowed):
    """Locally connected layer: a convolution with separate weights at each output position.

    shape    (sides, C) -> (sides', out); each dimension ⌊(n + p − k)/s⌋ + 1
    weights  output positions × out × C × kernel, and one bias per output value
    macs     every weight once; adding the bias is not counted
    source   LeCun et al. 1989, Neural Computation 1(4); keras.layers.LocallyConnected2D
    """

    kind = "local_conv"
    example = "16x16x1 -> local_conv 12 5x5 stride=2 pad=2"
    synonyms = ("locally_connected",)
    framework_names = ("LocallyConnected1D", "LocallyConnected2D")
    weighted = True

    out: Positive
    kernel: Kernel
    stride: Size = 1
    pad: Pad = 0
    bias: YesNo = True

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), self.out)

    def weights(self, x: Shape) -> Tensors:
        sides = self.output_sides(x)
        weight = (self.out, x.channels, *sides, *self.kernel)
        return {"weight": weight, "bias": (self.out, *sides)} if self.bias else {"weight": weight}

    def macs(self, x: Shape) -> Number:
        return product(self.weights(x)["weight"])

    def fans(self, x: Shape) -> tuple[Number, Number]:
        places = product(self.kernel)
        return x.channels * places, self.out * places

    def saves(self, x: Shape) -> Saves:
        windows = product(self.output_sides(x)) * x.channels * product(self.kernel)
        weight = (
            0 if 1 in (x.channels, product(self.output_sides(x))) else product(self.weights(x)["weight"])
        )  # in another order
        return NOTHING.more(Extra(windows), Extra(weight, type="uncast", once=True))._replace(
            casts="low", weights=product(self.weights(x)["weight"]), result="float32" if self.bias else "worked"
        )

    def build(self, torch: Any, x: Shape) -> Any:
        pads = torch_pads([(w.before, w.after) for w in self.windows(x)])
        sides = self.output_sides(x)
        count = len(sides)
        places = range(2, 2 + count)

        def forward(module: Any, volume: Any) -> Any:
            windows = torch.nn.functional.pad(volume, pads)
            for side, kernel, stride in zip(places, self.kernel, self.stride, strict=True):
                windows = windows.unfold(side, kernel, stride)
            inputs = windows.movedim(0, -1).movedim(0, count).flatten(0, count - 1).flatten(1, -2)
            weight = module.weight.movedim((0, 1), (count, count + 1)).flatten(0, count - 1).flatten(2)
            y = torch.bmm(weight, inputs).permute(2, 1, 0).unflatten(2, sides)
            return y + module.bias if self.bias else y

        return learned(torch, self, x, forward)


class PlaceBias(Learned):
    """Add a separate learned bias to every value, after a layer with bias=no.

    weights  one per value
    macs     0; adding a bias is not counted
    source   LeCun et al. 1989, Neural Computation 1(4): layer H1 has 768 biases and 300 shared weights
    """

    kind = "place_bias"
    example = "16x16x1 -> conv 12 5x5 stride=2 pad=2 bias=no -> place_bias"
    tensor = "bias"
    per = "value"
    keeps = PASSED.cast("learned")

    def applied(self, volume: Any, numbers: Any) -> Any:
        return volume + numbers


class Subsample(MovesByKernel):
    """Sum each window, then apply a learned coefficient and bias per channel.

    shape    (sides, C) -> (sides', C); each dimension ⌊(n − k)/s⌋ + 1
    weights  2C: a coefficient and a bias per channel
    macs     0, by definition
    source   LeCun et al. 1998, Proc. IEEE 86(11): layer S2 has 12
    """

    kind = "subsample"
    example = "28x28x6 -> subsample 2x2"
    synonyms = ("subsampling",)

    def weights(self, x: Shape) -> Tensors:
        return {"weight": (x.channels,), "bias": (x.channels,)}

    def macs(self, x: Shape) -> Number:
        return 0

    def saves(self, x: Shape) -> Saves:
        return INPUT.more(Extra(self.shape(x).values)).cast("learned")

    def build(self, torch: Any, x: Shape) -> Any:
        nn, elements = torch.nn, product(self.kernel)
        mean = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[len(x.sides) - 1](self.kernel, self.stride)

        def forward(module: Any, volume: Any) -> Any:
            sums = mean(volume).movedim(1, -1) * elements
            return (sums * module.weight + module.bias).movedim(-1, 1)

        return learned(torch, self, x, forward)


class Rbf(Weightless):
    """Squared Euclidean distance to each of `out` fixed centres.

    shape    C -> out
    weights  none: the centres are fixed
    buffers  out × C: the centres
    macs     0, by definition
    source   LeCun et al. 1998, Proc. IEEE 86(11), equation 7
    """

    kind = "rbf"
    example = "84 -> rbf 10"
    mixes_all = True

    out: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.sides:
            yield Refusal("E207", None, f"rbf takes a vector, {x} {has_sides(x)}", "add flatten before it")

    def shape(self, x: Shape) -> Shape:
        return Shape((), self.out)

    def buffers(self, x: Shape) -> Tensors:
        return {"centres": (self.out, x.channels)}

    def saves(self, x: Shape) -> Saves:
        return NOTHING.more(Extra(self.out * x.channels, 4)).cast("learned")

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, vector: Any) -> Any:
            return (vector[:, None] - module.centres).square().sum(dim=2)

        module = function(torch, self, forward)
        module.register_buffer("centres", 2.0 * torch.randint(2, (self.out, x.channels)) - 1)
        return module
