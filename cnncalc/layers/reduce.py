"""Reductions: one value of all that lie along a dimension."""

from collections.abc import Iterator
from typing import Any, ClassVar

from cnncalc.layers.axis import AlongAxis
from cnncalc.layers.base import Refusal, Weightless
from cnncalc.layers.fields import Axis, Positive, YesNo
from cnncalc.layers.geometry import IDENTITY, Side, Turned
from cnncalc.layers.modules import function
from cnncalc.layers.saves import BOTH, INPUT, NOTHING
from cnncalc.shape import Shape


class Reduction(AlongAxis, Weightless):
    """Reduce a dimension, or several, to one value.

    shape    the dimension becomes 1; with keep=no it goes, and a vector is what no spatial dimension is left of
    weights  none
    macs     0, by definition
    """

    note = (
        "`branches` is the dimension that `stack` adds, `tokens` the same as `length`. Keras and PyTorch drop the "
        "dimension (`keep=no`) unless keepdim is set; here, as in ONNX, it stays."
    )

    axis: Axis
    keep: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        if not self.keep and self.axis == "channels" and len(x.sides) > 1:
            kept = "x".join(map(str, (*x.sides, 1)))
            reason = f"keep=no leaves {'x'.join(map(str, x.sides))} of {x}, which has no channels"
            yield Refusal("E202", "keep", reason, f"leave it out: {kept} has one")

    def shape(self, x: Shape) -> Shape:
        gone = self.dimensions(x)
        if self.keep:
            *sides, channels = (1 if i in gone else n for i, n in enumerate(x.hwc))
        else:
            *sides, channels = [n for i, n in enumerate(x.hwc) if i not in gone] or [1]
        return Shape(tuple(sides), channels)

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        gone = self.dimensions(x)
        left = tuple(Turned(i) for i in range(len(x.sides)) if i not in gone)
        if self.keep or not left:
            return super().geometry(x)
        return (IDENTITY,) * len(x.sides) if self.axis == "channels" else left

    def reduced(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        """Return the tensor reduced over axes, which become 1."""
        raise NotImplementedError

    def build(self, torch: Any, x: Shape) -> Any:
        axes, sizes = self.axes(x), self.shape(x).chw

        def forward(module: Any, volume: Any) -> Any:
            return self.reduced(torch, volume, axes).reshape(len(volume), *sizes)

        return function(torch, self, forward)


class ByName(Reduction):
    """A reduction that PyTorch has under a name."""

    named: ClassVar[str]

    def reduced(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        return getattr(torch, self.named)(volume, axes, keepdim=True)


class Sum(ByName):
    """Sum along a dimension: over the branches of a selective kernel.

    source   Li et al. 2019, arXiv:1903.06586; torch.sum
    """

    kind = "sum"
    keeps = NOTHING.cast("float32")
    example = "2x14x14x64 -> sum branches keep=no"
    synonyms = ("reduce_sum",)
    framework_names = ("ReduceSum",)
    named = "sum"


class Mean(ByName):
    """Mean along a dimension: the tokens of a sequence, the channels of a spatial attention.

    source   Woo et al. 2018, arXiv:1807.06521; torch.mean
    """

    kind = "mean"
    keeps = NOTHING
    example = "56x56x64 -> mean channels"
    synonyms = ("reduce_mean",)
    framework_names = ("ReduceMean",)
    named = "mean"


class Max(ByName):
    """Maximum along a dimension; `maximum` is that of several volumes, `maxpool` that of windows.

    source   Woo et al. 2018, arXiv:1807.06521; torch.amax
    """

    kind = "max"
    keeps = BOTH
    example = "56x56x64 -> max channels"
    synonyms = ("reduce_max", "amax")
    framework_names = ("ReduceMax",)
    named = "amax"


class Min(ByName):
    """Minimum along a dimension; `minimum` is that of several volumes.

    source   torch.amin
    """

    kind = "min"
    keeps = BOTH
    example = "56x56x64 -> min channels"
    synonyms = ("reduce_min", "amin")
    framework_names = ("ReduceMin",)
    named = "amin"


class VectorNorm(Reduction):
    """The p-norm along a dimension: p = 1 is the sum of absolute values, p = 2 the length of a vector.

    source   Sabour, Frosst & Hinton 2017, arXiv:1710.09829: the length of a capsule; torch.linalg.vector_norm
    """

    kind = "vector_norm"
    keeps = BOTH.cast("float32")
    example = "10x16 -> vector_norm channels keep=no"
    synonyms = ("p_norm", "reduce_norm")
    framework_names = ("ReduceL2",)
    meanings = {"norm": "the exponent p of the norm"}

    axis: Axis
    norm: Positive = 2
    keep: YesNo = True

    def reduced(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        return torch.linalg.vector_norm(volume, self.norm, axes, keepdim=True)


class Deviation(ByName):
    """A measure of spread along a dimension.

    shape    the dimension becomes 1; with keep=no it goes
    """

    axis: Axis
    unbiased: YesNo = True
    keep: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusals = list(super().check(x))
        yield from refusals
        if not refusals and self.unbiased and self.values_along(x) == 1:
            reason = f"there is one value along {self.axis} of {x}, and 1 less is divided by"
            yield Refusal("E202", "axis", reason, "unbiased=no divides by 1")

    def reduced(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        return getattr(torch, self.named)(volume, axes, correction=int(self.unbiased), keepdim=True)


class Std(Deviation):
    """Standard deviation along a dimension: statistics pooling of speech.

    source   Snyder et al. 2018, ICASSP, x-vectors; torch.std
    """

    kind = "std"
    keeps = BOTH
    example = "200x512 -> std length keep=no"
    synonyms = ("reduce_std",)
    named = "std"


class Var(Deviation):
    """Variance along a dimension.

    source   torch.var
    """

    kind = "var"
    keeps = INPUT
    example = "200x512 -> var length keep=no"
    synonyms = ("reduce_var", "variance")
    named = "var"
