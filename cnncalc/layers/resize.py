"""Layers that add or remove positions or channels: pad, crop, upsample."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Refusal, Weightless
from cnncalc.layers.fields import Margin, Mode, Positive, Size
from cnncalc.layers.geometry import Side, Spread, Window
from cnncalc.layers.modules import function, torch_pads
from cnncalc.layers.window import Spatial
from cnncalc.shape import Shape


class ZeroPad(Spatial, Weightless):
    """Pad with zeros.

    shape    (sides, C) -> (n + before + after per dimension, C)
    weights  none
    macs     0, by definition
    source   torch.nn.ZeroPad1d, ZeroPad2d, ZeroPad3d
    """

    kind = "pad"
    example = "224x224x3 -> pad 2:3"
    synonyms = ("zero_pad",)
    framework_names = ("ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ZeroPadding2D", "ConstantPad2d", "ReflectionPad2d")

    pad: Margin

    def shape(self, x: Shape) -> Shape:
        sides = (n + before + after for n, (before, after) in zip(x.sides, self.pad, strict=True))
        return Shape(tuple(sides), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(Window(before=before, after=after) for before, after in self.pad)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: torch.nn.functional.pad(volume, torch_pads(self.pad)))


class PadChannels(Weightless):
    """Append channels of zeros up to `out`: with a stride before it, ResNet's option A.

    shape    (sides, C) -> (sides, out)
    weights  none
    macs     0, by definition
    source   He et al. 2015, arXiv:1512.03385, section 3.3
    """

    kind = "pad_channels"
    example = "16x16x16 -> pad_channels 32"

    out: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if self.out < x.channels:
            yield Refusal("E210", "out", f"{self.out} is below the {x.channels} channels", "use slice")

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides, self.out)

    def build(self, torch: Any, x: Shape) -> Any:
        added = [0, 0] * len(x.sides) + [0, self.out - x.channels]
        return function(torch, self, lambda _, volume: torch.nn.functional.pad(volume, added))


class Crop(Spatial, Weightless):
    """Crop the centre; if the number to remove is odd, one more is removed at the end.

    shape    (sides, C) -> (size, C)
    weights  none
    macs     0, by definition
    source   Ronneberger, Fischer & Brox 2015, arXiv:1505.04597; torchvision.transforms.CenterCrop
    """

    kind = "crop"
    example = "64x64x512 -> crop 56x56"
    synonyms = ("center_crop",)
    framework_names = ("CenterCrop", "Cropping2D")
    in_place = True

    size: Size

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for m, n in zip(self.size, x.sides, strict=False):
            if m > n:
                yield Refusal("E202", "size", f"{m} exceeds the input size {n}", "use pad to enlarge")
                return

    def before(self, x: Shape) -> tuple[Any, ...]:
        """Return how many positions are removed at the start of each dimension."""
        return tuple((n - m) // 2 for n, m in zip(x.sides, self.size, strict=True))

    def shape(self, x: Shape) -> Shape:
        return Shape(self.size, x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        cut = zip(x.sides, self.size, self.before(x), strict=True)
        return tuple(Window(before=-b, after=m + b - n) for n, m, b in cut)

    def build(self, torch: Any, x: Shape) -> Any:
        middle = tuple(slice(b, b + m) for b, m in zip(self.before(x), self.size, strict=True))
        return function(torch, self, lambda _, volume: volume[:, :, *middle])


class Upsample(Spatial, Weightless):
    """Upsample each dimension by an integer factor, with nearest or linear interpolation.

    shape    (sides, C) -> (factor × n per dimension, C)
    weights  none
    macs     0, by definition
    source   torch.nn.Upsample with align_corners=False
    """

    kind = "upsample"
    example = "13x13x256 -> upsample 2"
    framework_names = ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d", "UpSampling2D", "UpSampling1D")
    note = "`bilinear` is linear along every dimension: PyTorch calls it linear in 1D and trilinear in 3D."

    factor: Size
    mode: Mode = "nearest"

    def shape(self, x: Shape) -> Shape:
        return Shape(tuple(n * f for n, f in zip(x.sides, self.factor, strict=True)), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        """Linear interpolation by f is a transposed window of size 2f − f mod 2: Long et al. 2014, arXiv:1411.4038."""
        kernels = self.factor if self.mode == "nearest" else tuple(2 * f - f % 2 for f in self.factor)
        return tuple(Spread(k, f, (k - f) // 2, (k - f) // 2) for k, f in zip(kernels, self.factor, strict=True))

    def build(self, torch: Any, x: Shape) -> Any:
        linear = ("linear", "bilinear", "trilinear")[len(x.sides) - 1]
        return torch.nn.Upsample(scale_factor=self.factor, mode="nearest" if self.mode == "nearest" else linear)
