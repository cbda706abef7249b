"""Layers that add or remove positions or channels: pad, trim, crop, upsample, resize."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cnncalc.layers.base import Layer, Refusal, Weightless
from cnncalc.layers.fields import Margin, Mode, OpenSize, PadMode, Positive, Real, Scales, Size, SizeOrZero, YesNo, kept
from cnncalc.layers.geometry import Samples, Side, Spread, Window
from cnncalc.layers.modules import function, torch_pads
from cnncalc.layers.saves import INPUT, NOTHING, VIEW, Saves
from cnncalc.layers.window import Spatial, has_sides, mode_refused
from cnncalc.numbers.arith import Number
from cnncalc.shape import Shape


class ZeroPad(Spatial, Weightless):
    """Pad with zeros, another constant, or the input itself.

    shape    (sides, C) -> (n + before + after per dimension, C)
    weights  none
    macs     0, by definition
    source   torch.nn.ZeroPad1d, ZeroPad2d, ZeroPad3d, ReflectionPad2d, ReplicationPad2d, CircularPad2d
    """

    kind = "pad"
    example = "224x224x3 -> pad 2:3"
    synonyms = ("zero_pad",)
    framework_names = (
        *("ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
        *("ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d"),
        *("ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d"),
        *("CircularPad1d", "CircularPad2d", "CircularPad3d"),
    )
    meanings = {"mode": "what is added: zeros, or the input mirrored, continued or repeated"}

    pad: Margin
    mode: PadMode = "zeros"
    value: Real = 0

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        yield from mode_refused("pad", self.mode, x, self.pad)
        if self.value and self.mode != "zeros":
            yield Refusal("E209", "value", f"{self.mode} padding adds no constant", "leave value or mode out")

    def shape(self, x: Shape) -> Shape:
        sides = (n + before + after for n, (before, after) in zip(x.sides, self.pad, strict=True))
        return Shape(tuple(sides), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(Window(before=before, after=after) for before, after in self.pad)

    def saves(self, x: Shape) -> Saves:
        return (INPUT if self.mode in ("reflect", "replicate") else NOTHING).cast(
            "float32_on_cpu" if self.mode in ("reflect", "replicate") else "none"
        )

    def build(self, torch: Any, x: Shape) -> Any:
        pads, constant = torch_pads(self.pad), self.mode == "zeros"
        mode, value = ("constant", self.value) if constant else (self.mode, None)
        return function(torch, self, lambda _, volume: torch.nn.functional.pad(volume, pads, mode, value))


class PadChannels(Weightless):
    """Append channels of zeros up to `out`: with a stride before it, ResNet's option A.

    shape    (sides, C) -> (sides, out)
    weights  none
    macs     0, by definition
    source   He et al. 2015, arXiv:1512.03385, section 3.3
    """

    kind = "pad_channels"
    example = "16x16x16 -> pad_channels 32"
    keeps = NOTHING

    out: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if self.out < x.channels:
            yield Refusal("E210", "out", f"{self.out} is below the {x.channels} channels", "use slice")

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides, self.out)

    def build(self, torch: Any, x: Shape) -> Any:
        added = [0, 0] * len(x.sides) + [0, self.out - x.channels]
        return function(torch, self, lambda _, volume: torch.nn.functional.pad(volume, added))


class Trim(Spatial, Weightless):
    """Remove positions at the ends of each dimension: what `pad` added.

    shape    (sides, C) -> (n − before − after per dimension, C)
    weights  none
    macs     0, by definition
    source   keras.layers.Cropping2D; torch.nn.functional.pad with negative numbers
    """

    kind = "trim"
    keeps = VIEW
    example = "28x28x64 -> trim 2:1"
    synonyms = ("cropping",)
    framework_names = ("Cropping1D", "Cropping2D", "Cropping3D")
    meanings = {"ends": "positions removed before and after, per dimension"}
    in_place = True

    ends: Margin

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for n, (before, after) in zip(x.sides, self.ends, strict=False):
            if before + after >= n:
                reason = f"{before} before and {after} after leave nothing of the input size {n}"
                yield Refusal("E202", "ends", reason, f"at most {n - 1} together")
                return

    def shape(self, x: Shape) -> Shape:
        sides = (n - before - after for n, (before, after) in zip(x.sides, self.ends, strict=True))
        return Shape(tuple(sides), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(Window(before=-before, after=-after) for before, after in self.ends)

    def build(self, torch: Any, x: Shape) -> Any:
        part = tuple(slice(b, n - a) for n, (b, a) in zip(x.sides, self.ends, strict=True))
        return function(torch, self, lambda _, volume: volume[:, :, *part])


class Crop(Spatial, Weightless):
    """Crop to a size: the centre, where one more is removed at the end if the number is odd, or from an offset.

    shape    (sides, C) -> (size, C)
    weights  none
    macs     0, by definition
    source   Ronneberger, Fischer & Brox 2015, arXiv:1505.04597; torchvision.transforms.CenterCrop
    """

    kind = "crop"
    example = "64x64x512 -> crop 56x56"
    synonyms = ("center_crop",)
    framework_names = ("CenterCrop",)
    in_place = True
    note = "`trim` removes as many positions as it says, `crop_like NAME` gives the size of an earlier result."
    keeps = VIEW

    size: Size
    offset: SizeOrZero = None  # the centre

    @classmethod
    def default_text(cls, name: str) -> str:
        return "the centre" if name == "offset" else super().default_text(name)

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for m, n in zip(self.size, x.sides, strict=False):
            if m > n:
                yield Refusal("E202", "size", f"{m} exceeds the input size {n}", "use pad to enlarge")
                return
        yield from offset_refused(x, self.size, self.offset)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.size, x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return cropping(x, self.size, self.offset)

    def build(self, torch: Any, x: Shape) -> Any:
        part = cropped_part(x, self.size, self.offset)
        return function(torch, self, lambda _, volume: volume[:, :, *part])


def begins(x: Shape, size: tuple[Any, ...], offset: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Return how many positions a crop removes at the start of each dimension."""
    return offset if offset is not None else tuple((n - m) // 2 for n, m in zip(x.sides, size, strict=True))


def cropping(x: Shape, size: tuple[Any, ...], offset: tuple[Any, ...] | None) -> tuple[Side, ...]:
    """Return which positions a crop reads."""
    cut = zip(x.sides, size, begins(x, size, offset), strict=True)
    return tuple(Window(before=-b, after=m + b - n) for n, m, b in cut)


def cropped_part(x: Shape, size: tuple[Any, ...], offset: tuple[Any, ...] | None) -> tuple[slice, ...]:
    """Return the positions that a crop keeps, per dimension."""
    return tuple(slice(b, b + m) for b, m in zip(begins(x, size, offset), size, strict=True))


def offset_refused(x: Shape, size: tuple[Any, ...], offset: tuple[Any, ...] | None) -> Iterator[Refusal]:
    """Yield a refusal of a crop that begins too late."""
    for n, m, b in zip(x.sides, size, offset or (), strict=False):
        if b + m > n:
            yield Refusal("E202", "offset", f"{b} leaves {n - b} of {n}, {m} are needed", f"at most {n - m}")
            return


class Interpolation(Spatial, Weightless):
    """A volume of another size, interpolated.

    weights  none
    macs     0, by definition
    """

    mode: Mode = "nearest"
    align_corners: YesNo = False

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        yield from interpolation_refused(self, self.mode, self.align_corners, x)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return sampled(x, self.shape(x), self.mode, self.align_corners)

    def build(self, torch: Any, x: Shape) -> Any:
        return interpolation(torch, self.shape(x), self.mode, self.align_corners)


class Upsample(Interpolation):
    """Upsample each dimension by an integer factor, with nearest, linear or cubic interpolation.

    shape    (sides, C) -> (factor × n per dimension, C)
    source   torch.nn.Upsample
    """

    kind = "upsample"
    example = "13x13x256 -> upsample 2"
    framework_names = (
        "Upsample",
        "UpsamplingNearest2d",
        "UpsamplingBilinear2d",
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
    )
    note = "`bilinear` is linear along every dimension: PyTorch calls it linear in 1D and trilinear in 3D."
    keeps = NOTHING.cast("float32")

    factor: Size
    mode: Mode = "nearest"
    align_corners: YesNo = False

    def shape(self, x: Shape) -> Shape:
        return Shape(tuple(n * f for n, f in zip(x.sides, self.factor, strict=True)), x.channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        """Linear interpolation by f is a transposed window of size 2f − f mod 2: Long et al. 2014, arXiv:1411.4038."""
        if self.mode == "bicubic" or self.align_corners:
            return super().geometry(x)
        kernels = self.factor if self.mode == "nearest" else tuple(2 * f - f % 2 for f in self.factor)
        return tuple(Spread(k, f, (k - f) // 2, (k - f) // 2) for k, f in zip(kernels, self.factor, strict=True))


class Resize(Interpolation):
    """Interpolate to a size, or by a factor that need not be whole.

    shape    (sides, C) -> (size, C), or ⌊n × factor⌋ per dimension, computed exactly
    source   torch.nn.functional.interpolate with `size`
    """

    kind = "resize"
    example = "13x13x256 -> resize 20x20 mode=bilinear"
    synonyms = ("interpolate",)
    framework_names = ("Interpolate", "Resizing", "Resize", "Interp")
    meanings = {"factor": "what each dimension is multiplied by, instead of a size"}
    note = "`resize factor=1/2` halves; `resize_like NAME` gives the size of an earlier result."
    keeps = NOTHING.cast("float32")

    size: OpenSize = None
    factor: Scales = None
    mode: Mode = "nearest"
    align_corners: YesNo = False

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        if (self.size is None) == (self.factor is None):
            reason = "takes a size or a factor, not both" if self.size else "needs a size or a factor"
            yield Refusal(
                "E104", "factor" if self.size else None, f"resize {reason}", "write resize 32x32, or factor=1/2"
            )
        elif x.sides and 0 in (sides := self.shape(x).sides):
            n, f = next((n, f) for n, f, m in zip(x.sides, self.factor, sides, strict=True) if m == 0)
            yield Refusal("E202", "factor", f"{f} of the input size {n} leaves nothing", f"at least 1/{n} leaves 1")

    def shape(self, x: Shape) -> Shape:
        if self.size is not None:
            return Shape(kept(self.size, x.sides), x.channels)
        return Shape(tuple(map(scaled, x.sides, self.factor)), x.channels)


def scaled(n: Number, factor: Number) -> Number:
    """Return ⌊n × factor⌋."""
    return n * factor.numerator // factor.denominator if isinstance(factor, Fraction) else n * factor


def sampled(x: Shape, y: Shape, mode: str, aligned: bool) -> tuple[Side, ...]:
    """Return which positions interpolation reads."""
    taps = {"nearest": 1, "bilinear": 2, "bicubic": 4}[mode]
    return tuple(Samples(n, m, taps, aligned) for n, m in zip(x.sides, y.sides, strict=True))


def interpolation_refused(layer: Layer, mode: str, aligned: bool, x: Shape) -> Iterator[Refusal]:
    """Yield a refusal of modes that PyTorch does not have."""
    if mode == "bicubic" and len(x.sides) in (1, 3):
        yield Refusal("E202", "mode", f"bicubic requires two spatial dimensions, {x} {has_sides(x)}", "use bilinear")
    elif mode == "nearest" and aligned:
        reason = "nearest interpolation has no aligned corners"
        yield Refusal("E202", "align_corners", reason, "leave it out, or use mode=bilinear")


def interpolation(torch: Any, y: Shape, mode: str, aligned: bool) -> Any:
    """Build torch's interpolation to a size."""
    linear = ("linear", "bilinear", "trilinear")[len(y.sides) - 1]
    how = {"nearest": "nearest", "bilinear": linear, "bicubic": "bicubic"}[mode]
    return torch.nn.Upsample(size=y.sides, mode=how, align_corners=None if mode == "nearest" else aligned)
