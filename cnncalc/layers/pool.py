"""Pooling: windows without weights, for each channel separately."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Refusal, Weightless
from cnncalc.layers.fields import Kernel, Pad, Size, Value, YesNo
from cnncalc.layers.geometry import Global, Portions, Side, Window
from cnncalc.layers.modules import function, padded, torch_pads
from cnncalc.layers.window import Spatial, Windowed
from cnncalc.numbers import arith
from cnncalc.shape import Shape


class Pool(Windowed, Weightless):
    """A window that reduces each channel to one value.

    shape    (sides, C) -> (sides', C); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1, rounded up with ceil=yes
    weights  none
    macs     0, by definition
    """

    kernel: Kernel
    stride: Size = None  # the kernel
    pad: Pad = 0
    ceil: YesNo = False

    @classmethod
    def default_text(cls, name: str) -> str:
        return "kernel" if name == "stride" else super().default_text(name)

    def default(self, name: str) -> Value:
        return self.kernel if name == "stride" else super().default(name)

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for window in self.windows(x) if x.sides else ():
            padding, half = arith.maximum(window.before, window.after), window.kernel // 2
            if padding > half:
                reason = f"{padding} is more than half of the kernel {window.kernel}"
                yield Refusal("E209", "pad", reason, f"use at most {half}, or a pad layer before it")
                return

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), x.channels)


class MaxPool(Pool):
    """Take the maximum of each window.

    source   torch.nn.MaxPool1d, MaxPool2d, MaxPool3d; Riesenhuber & Poggio 1999, Nature Neuroscience 2
    """

    kind = "maxpool"
    example = "55x55x96 -> maxpool 3x3 stride=2"
    synonyms = ("max_pool",)
    framework_names = ("MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D")

    kernel: Kernel
    stride: Size = None
    pad: Pad = 0
    dilation: Size = 1
    ceil: YesNo = False

    def build(self, torch: Any, x: Shape) -> Any:
        nn, windows = torch.nn, self.windows(x)
        make = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[len(windows) - 1]
        if all(w.before == w.after for w in windows):
            pad = tuple(w.before for w in windows)
            return make(self.kernel, self.stride, padding=pad, dilation=self.dilation, ceil_mode=self.ceil)
        return padded(torch, make(self.kernel, self.stride, dilation=self.dilation), reached(windows, x), float("-inf"))


class AvgPool(Pool):
    """Take the mean of each window.

    source   torch.nn.AvgPool1d, AvgPool2d, AvgPool3d
    """

    kind = "avgpool"
    example = "28x28x6 -> avgpool 2x2"
    synonyms = ("avg_pool",)
    framework_names = ("AvgPool1d", "AvgPool2d", "AvgPool3d", "AveragePooling1D", "AveragePooling2D")

    kernel: Kernel
    stride: Size = None
    pad: Pad = 0
    ceil: YesNo = False
    count_include_pad: YesNo = True

    def build(self, torch: Any, x: Shape) -> Any:
        nn, windows = torch.nn, self.windows(x)
        make = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[len(windows) - 1]
        even = all(w.before == w.after for w in windows)
        wider = len(windows) == 3 and any(w.kernel > n for w, n in zip(windows, x.sides, strict=True))
        if even and not wider:
            pads = tuple(w.before for w in windows)
            return make(self.kernel, self.stride, pads, self.ceil, self.count_include_pad)
        pool, pad = make(self.kernel, self.stride), nn.functional.pad
        all_cells = reached(windows, x)
        counted = torch_pads([(w.before, w.after) for w in windows])
        beyond = torch_pads([(0, after - w.after) for w, (_, after) in zip(windows, all_cells, strict=True)])

        def forward(module: Any, volume: Any) -> Any:
            weight = pad(pad(torch.ones_like(volume), counted, value=float(self.count_include_pad)), beyond)
            return pool(pad(volume, torch_pads(all_cells))) / pool(weight)

        module = function(torch, self, forward)
        if even:
            module.substitute = (
                "PyTorch's AvgPool3d refuses a kernel larger than its unpadded input; a pad and an AvgPool3d were run"
            )
        return module


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
    framework_names = ("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D")

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
    framework_names = ("AdaptiveMaxPool2d", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        return (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[len(x.sides) - 1](1)


class AdaptiveAvgPool(Spatial, Weightless):
    """Split each dimension into `size` nearly equal portions and take their means.

    shape    (sides, C) -> (size, C); output i is the mean of the inputs ⌊in/m⌋ to ⌈(i+1)n/m⌉ − 1
    weights  none
    macs     0, by definition
    source   torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d
    """

    kind = "adaptive_avgpool"
    example = "13x13x256 -> adaptive_avgpool 6x6"
    synonyms = ("adaptive_avg_pool",)
    framework_names = ("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d")

    size: Size

    def shape(self, x: Shape) -> Shape:
        return Shape(self.size, x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Portions, x.sides, self.size))

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        return (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[len(x.sides) - 1](self.size)
