"""Pooling: windows without weights, for each channel separately."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Refusal, Weightless
from cnncalc.layers.fields import Kernel, OpenSize, Pad, Positive, Size, Value, YesNo, kept
from cnncalc.layers.geometry import Global, Portions, Side, Window
from cnncalc.layers.modules import function, padded, torch_pads
from cnncalc.layers.saves import INDEX, INPUT, NOTHING, WIDE_INPUT, Extra, Saves
from cnncalc.layers.window import Spatial, Windowed, padded_input
from cnncalc.numbers import arith
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape


class MovesByKernel(Windowed):
    """A window that makes one value of each channel and moves by its own size, unless a stride is given."""

    kernel: Kernel
    stride: Size = None  # the kernel

    @classmethod
    def default_text(cls, name: str) -> str:
        return "kernel" if name == "stride" else super().default_text(name)

    def default(self, name: str) -> Value:
        return self.kernel if name == "stride" else super().default(name)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), x.channels)


class Pool(MovesByKernel, Weightless):
    """A window that reduces each channel to one value.

    shape    (sides, C) -> (sides', C); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1, rounded up with ceil=yes
    weights  none
    macs     0, by definition
    """

    kernel: Kernel
    stride: Size = None  # the kernel
    pad: Pad = 0
    ceil: YesNo = False

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for window in self.windows(x) if x.sides else ():
            padding, half = arith.maximum(window.before, window.after), window.kernel // 2
            if padding > half:
                reason = f"{padding} is more than half of the kernel {window.kernel}"
                yield Refusal("E209", "pad", reason, f"use at most {half}, or a pad layer before it")
                return


class MaxPool(Pool):
    """Take the maximum of each window.

    source   torch.nn.MaxPool1d, MaxPool2d, MaxPool3d; Riesenhuber & Poggio 1999, Nature Neuroscience 2
    """

    kind = "maxpool"
    example = "55x55x96 -> maxpool 3x3 stride=2"
    synonyms = ("max_pool",)
    framework_names = (
        *("MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        *("MaxPool1D", "MaxPool2D", "MaxPool3D"),
    )

    kernel: Kernel
    stride: Size = None
    pad: Pad = 0
    dilation: Size = 1
    ceil: YesNo = False

    def saves(self, x: Shape) -> Saves:
        return in_float32(x, padded_input(self, x).more(Extra(self.shape(x).values, INDEX)))

    def build(self, torch: Any, x: Shape) -> Any:
        nn, windows = torch.nn, self.windows(x)
        make = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[len(windows) - 1]
        if all(w.before == w.after for w in windows):
            pad = tuple(w.before for w in windows)
            return make(self.kernel, self.stride, padding=pad, dilation=self.dilation, ceil_mode=self.ceil)
        return padded(
            torch, make(self.kernel, self.stride, dilation=self.dilation), reached(windows, x), value=float("-inf")
        )


class AvgPool(Pool):
    """Take the mean of each window.

    source   torch.nn.AvgPool1d, AvgPool2d, AvgPool3d
    """

    kind = "avgpool"
    example = "28x28x6 -> avgpool 2x2"
    synonyms = ("avg_pool",)
    framework_names = (
        *("AvgPool1d", "AvgPool2d", "AvgPool3d", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("AvgPool1D", "AvgPool2D", "AvgPool3D", "AveragePool"),
    )

    kernel: Kernel
    stride: Size = None
    pad: Pad = 0
    ceil: YesNo = False
    count_include_pad: YesNo = True
    divisor: Positive = None  # the number of values

    @classmethod
    def default_text(cls, name: str) -> str:
        return "values of the window" if name == "divisor" else super().default_text(name)

    def saves(self, x: Shape) -> Saves:
        windows = self.windows(x)
        even = all(w.before == w.after for w in windows)
        if even and not wider(windows, x) and (self.divisor is None or len(windows) > 1):
            return in_float32(x, INPUT)
        pads = reached(windows, x)
        padded = product(n + before + after for n, (before, after) in zip(x.sides, pads, strict=True)) * x.channels
        weight = Extra(self.shape(x).values if self.divisor is None else 0)
        return in_float32(x, NOTHING.more(Extra(padded), weight))

    def build(self, torch: Any, x: Shape) -> Any:
        nn, windows = torch.nn, self.windows(x)
        make = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[len(windows) - 1]
        even = all(w.before == w.after for w in windows)
        if even and not wider(windows, x) and (self.divisor is None or len(windows) > 1):
            pads = tuple(w.before for w in windows)
            divisor = () if self.divisor is None else (self.divisor,)
            return make(self.kernel, self.stride, pads, self.ceil, self.count_include_pad, *divisor)
        elements = product(self.kernel)
        pool, pad = make(self.kernel, self.stride), nn.functional.pad
        all_cells = reached(windows, x)
        counted = torch_pads([(w.before, w.after) for w in windows])
        beyond = torch_pads([(0, after - w.after) for w, (_, after) in zip(windows, all_cells, strict=True)])

        def forward(module: Any, volume: Any) -> Any:
            means = pool(pad(volume, torch_pads(all_cells)))
            if self.divisor is not None:
                return means * (elements / self.divisor)
            weight = pad(pad(torch.ones_like(volume), counted, value=float(self.count_include_pad)), beyond)
            return means / pool(weight)

        module = function(torch, self, forward)
        if even and wider(windows, x):
            module.substitute = (
                "PyTorch's AvgPool3d refuses a kernel larger than its unpadded input; a pad and an AvgPool3d were run"
            )
        return module


def wider(windows: tuple[Window, ...], x: Shape) -> bool:
    """Return whether a window in 3D is larger than its unpadded input, which PyTorch's AvgPool3d refuses."""
    return len(windows) == 3 and any(w.kernel > n for w, n in zip(windows, x.sides, strict=True))


def reached(windows: tuple[Window, ...], x: Shape) -> list[tuple[int, int]]:
    """Return the padding (before, after) per dimension up to the end of the last window, which ceil mode extends."""
    last = ((w.output(n) - 1) * w.stride + w.extent - n - w.before for w, n in zip(windows, x.sides, strict=True))
    return [(w.before, max(w.after, after)) for w, after in zip(windows, last, strict=True)]


class GlobalPool(Spatial, Weightless):
    """Reduce each channel to one value; spatial dimensions become 1.

    shape    (sides, C) -> 1x1xC; a 1 for each spatial dimension
    weights  none
    macs     0, by definition
    """

    def shape(self, x: Shape) -> Shape:
        return Shape((1,) * len(x.sides), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return (Global(),) * len(x.sides)


class GlobalAvgPool(GlobalPool):
    """Take the mean of each channel.

    source   Lin, Chen & Yan 2013, arXiv:1312.4400; torch.nn.AdaptiveAvgPool2d(1)
    """

    kind = "global_avgpool"
    example = "7x7x2048 -> global_avgpool"
    synonyms = ("gap", "global_avg_pool")
    framework_names = (
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalAveragePool"),
        *("GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D"),
    )

    def saves(self, x: Shape) -> Saves:
        return in_float32(x, NOTHING)

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        return (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[len(x.sides) - 1](1)


class GlobalMaxPool(GlobalPool):
    """Take the maximum of each channel.

    source   torch.nn.AdaptiveMaxPool2d(1)
    """

    kind = "global_maxpool"
    example = "1000x64 -> global_maxpool"
    synonyms = ("gmp", "global_max_pool")
    framework_names = (
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GlobalMaxPool"),
        *("GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D"),
    )

    def saves(self, x: Shape) -> Saves:
        return in_float32(x, INPUT.more(Extra(x.channels, INDEX)))

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        return (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[len(x.sides) - 1](1)


class LpPool(MovesByKernel, Weightless):
    """Take the p-norm of each window: p = 1 is the sum of absolute values, p = 2 the energy.

    shape    (sides, C) -> (sides', C); each dimension ⌊(n − k)/s⌋ + 1, rounded up with ceil=yes
    weights  none
    macs     0, by definition
    source   torch.nn.LPPool1d, LPPool2d, LPPool3d; Sermanet, Chintala & LeCun 2012, arXiv:1204.3968
    """

    kind = "lppool"
    example = "32x32x16 -> lppool 2x2 norm=2"
    synonyms = ("lp_pool",)
    framework_names = ("LPPool1d", "LPPool2d", "LPPool3d")
    meanings = {"norm": "the exponent p of the norm"}
    note = "PyTorch takes the power p of the values and the p-th root of their sum, so odd p needs values above 0."

    kernel: Kernel
    stride: Size = None  # the kernel
    norm: Positive = 2
    ceil: YesNo = False

    def saves(self, x: Shape) -> Saves | None:
        if wider(self.windows(x), x):
            return None
        made = self.shape(x).values
        return WIDE_INPUT.more(Extra(x.values), Extra(4 * made))._replace(backward=3 * made)

    def build(self, torch: Any, x: Shape) -> Any:
        nn, windows = torch.nn, self.windows(x)
        make = (nn.LPPool1d, nn.LPPool2d, nn.LPPool3d)[len(windows) - 1]
        if not wider(windows, x):
            kernel, stride = (n[0] if len(windows) == 1 else n for n in (self.kernel, self.stride))
            return make(self.norm, kernel, stride, self.ceil)
        mean, pads, elements = nn.AvgPool3d(self.kernel, self.stride), reached(windows, x), product(self.kernel)

        def forward(module: Any, volume: Any) -> Any:
            powers, ones = volume.pow(self.norm), torch.ones_like(volume)
            inside, counted = (mean(nn.functional.pad(each, torch_pads(pads))) for each in (powers, ones))
            return (inside / counted * elements).relu().pow(1 / self.norm)

        module = function(torch, self, forward)
        module.substitute = (
            "PyTorch's AvgPool3d refuses a kernel larger than its input; a pad and an AvgPool3d were run"
        )
        return module


class AdaptivePool(Spatial, Weightless):
    """Split each dimension into `size` nearly equal portions and reduce each to one value.

    shape    (sides, C) -> (size, C); output i reads the inputs ⌊in/m⌋ to ⌈(i+1)n/m⌉ − 1
    weights  none
    macs     0, by definition
    """

    note = "`7x_` keeps the second dimension, as None does in PyTorch."

    size: OpenSize

    def shape(self, x: Shape) -> Shape:
        return Shape(kept(self.size, x.sides), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Portions, x.sides, kept(self.size, x.sides)))


class AdaptiveAvgPool(AdaptivePool):
    """Split each dimension into `size` nearly equal portions and take their means.

    shape    (sides, C) -> (size, C); output i is the mean of the inputs ⌊in/m⌋ to ⌈(i+1)n/m⌉ − 1
    source   torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d
    """

    kind = "adaptive_avgpool"
    example = "13x13x256 -> adaptive_avgpool 6x6"
    synonyms = ("adaptive_avg_pool",)
    framework_names = ("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d")

    def saves(self, x: Shape) -> Saves:
        return in_float32(x, NOTHING if all(n == 1 for n in self.shape(x).sides) else INPUT)

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        make = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[len(x.sides) - 1]
        return make(kept(self.size, x.sides))


class AdaptiveMaxPool(AdaptivePool):
    """Split each dimension into `size` nearly equal portions and take their maxima.

    shape    (sides, C) -> (size, C); output i is the maximum of the inputs ⌊in/m⌋ to ⌈(i+1)n/m⌉ − 1
    source   torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d
    """

    kind = "adaptive_maxpool"
    example = "13x13x256 -> adaptive_maxpool 6x6"
    synonyms = ("adaptive_max_pool",)
    framework_names = ("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d")

    def saves(self, x: Shape) -> Saves:
        return in_float32(x, INPUT.more(Extra(self.shape(x).values, INDEX)))

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        make = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[len(x.sides) - 1]
        return make(kept(self.size, x.sides))


def in_float32(x: Shape, saves: Saves) -> Saves:
    """Return what a pool over three dimensions keeps, which autocast on the CPU casts to float32."""
    return saves.cast("float32_on_cpu") if len(x.sides) == 3 else saves
