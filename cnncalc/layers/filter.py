"""Fixed filters: a convolution of each channel with a kernel that is not learned."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product as indices
from math import comb, prod
from typing import Any

from cnncalc.layers.base import Refusal, Tensors
from cnncalc.layers.fields import AboveZero, Kernel, Pad, PadMode, Size, Taps, Value, extents
from cnncalc.layers.modules import function, torch_pads
from cnncalc.layers.saves import Extra, Saves
from cnncalc.layers.window import Windowed, has_sides
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


class FixedFilter(Windowed):
    """Convolve each channel with the same fixed kernel.

    weights  none: the kernel is fixed
    buffers  C × kernel
    macs     C × kernel per output position, as a depthwise convolution
    """

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), x.channels)

    def weights(self, x: Shape) -> Tensors:
        return {}

    def buffers(self, x: Shape) -> Tensors:
        return {"kernel": (x.channels, 1, *self.kernel)}

    def macs(self, x: Shape) -> Number:
        return x.channels * product(self.kernel) * product(self.output_sides(x))

    def numbers(self) -> list[Number]:
        """Return the numbers of the kernel, the last dimension fastest."""
        raise NotImplementedError

    def saves(self, x: Shape) -> Saves:
        windows, mode = self.windows(x), self.__dict__["pad_mode"]
        pads = [w.before + w.after for w in windows]
        sides = [n + pad for n, pad in zip(x.sides, pads, strict=True)]
        kept = (0,) if mode in ("reflect", "replicate") else ()
        return Saves(
            kept,
            extras=(Extra(product(sides) * x.channels),),
            casts="low",
            padded=True,
            weights=x.channels * product(self.kernel),
        )

    def build(self, torch: Any, x: Shape) -> Any:
        windows, mode = self.windows(x), self.__dict__["pad_mode"]
        pads = torch_pads([(w.before, w.after) for w in windows])
        strides, dilations = [w.stride for w in windows], [w.dilation for w in windows]
        functions = torch.nn.functional
        convolve = getattr(functions, f"conv{len(windows)}d")

        def forward(module: Any, volume: Any) -> Any:
            volume = functions.pad(volume, pads, "constant" if mode == "zeros" else mode)
            return convolve(volume, module.kernel, None, strides, 0, dilations, x.channels)

        module = function(torch, self, forward)
        kernel = torch.tensor(list(map(float, self.numbers()))).reshape(1, 1, *self.kernel)
        module.register_buffer("kernel", kernel.repeat(x.channels, 1, *[1] * len(self.kernel)))
        return module


class BlurPool(FixedFilter):
    """Blur with a binomial kernel, then keep every second position: downsampling without aliases.

    shape    (sides, C) -> (sides', C); each dimension ⌈n/s⌉, because the padding is k − 1
    source   Zhang 2019, arXiv:1904.11486; antialiased_cnns.BlurPool
    """

    kind = "blur_pool"
    example = "112x112x64 -> maxpool 2 stride=1 -> blur_pool"
    synonyms = ("blurpool", "antialias")
    framework_names = ("BlurPool", "BlurPool2d", "BlurPool2D")
    note = (
        "The kernel is a row of Pascal's triangle in each dimension: [1,2,1]/4 for 3, [1,4,6,4,1]/16 for 5. The stride "
        "moves to it from the layer before: `maxpool 3 stride=2` becomes `maxpool 3 stride=1 -> blur_pool`, a strided "
        "convolution `conv … -> relu -> blur_pool`. Leaving both strides halves the size twice."
    )

    kernel: Kernel = 3
    stride: Size = 2
    pad_mode: PadMode = "reflect"

    @property
    def pad(self) -> tuple[tuple[Number, Number], ...]:
        """Half of the kernel at each end, the odd one at the end."""
        return tuple(((k - 1) // 2, k // 2) for k in self.kernel)

    def numbers(self) -> list[Number]:
        return _outer([binomial(k) for k in self.kernel])


class Filter(FixedFilter):
    """Convolve each channel with a fixed kernel: one with a name, or given numbers.

    shape    (sides, C) -> (sides', C); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1
    source   Sobel & Feldman 1968; Gonzalez & Woods, Digital image processing, chapter 3; kornia.filters
    """

    kind = "filter"
    example = "28x28x1 -> filter sobel_x pad=same"
    synonyms = ("fixed_conv", "image_filter", "filter2d")
    framework_names = ("Filter2D",)
    meanings = {
        "taps": "the kernel: a name, or its numbers",
        "size": "size of a gaussian, a box or an identity, per dimension",
        "divisor": "what the numbers of the kernel are divided by",
    }
    note = (
        "`gaussian` is the binomial kernel [1,2,1]/4 in each dimension, `box` the mean, `laplacian` the sum of the "
        "neighbours less the centre, `sharpen` the identity less the laplacian. Numbers are written as rows: "
        "`filter [[1,2,1],[2,4,2],[1,2,1]] divisor=16`. As in a convolution the kernel is not flipped."
    )

    taps: Taps
    size: Kernel = None  # 3, or that of the numbers
    stride: Size = 1
    pad: Pad = 0
    dilation: Size = 1
    divisor: AboveZero = 1
    pad_mode: PadMode = "zeros"

    @classmethod
    def default_text(cls, name: str) -> str:
        return "3" if name == "size" else super().default_text(name)

    def default(self, name: str) -> Value:
        if name != "size":
            return super().default(name)
        if not isinstance(self.taps, str):
            return extents(self.taps)
        return (3,) * self.__dict__["sides"]

    @property
    def kernel(self) -> tuple[Number, ...]:  # type: ignore[override]
        """The size of the kernel, per dimension."""
        return self.size  # type: ignore[no-any-return]

    def check(self, x: Shape) -> Iterator[Refusal]:
        fixed = self.default("size")
        written = self.fields["size"].type.write
        if not isinstance(self.taps, str) and x.sides and len(fixed) != len(x.sides):
            reason = f"the kernel has {len(fixed)} dimension{'s' * (len(fixed) > 1)}, {x} {has_sides(x)}"
            yield Refusal("E202", "taps", reason, f"write {_brackets(len(x.sides))}")
        elif self.taps == "sobel_y" and len(x.sides) == 1:
            reason = f"sobel_y needs a second spatial dimension, {x} {has_sides(x)}"
            yield Refusal("E202", "taps", reason, "sobel_x differentiates along the last one")
        elif self.size != fixed and self.taps not in ANY_SIZE:
            what = self.taps if isinstance(self.taps, str) else "the kernel"
            reason = f"{what} is {written(fixed)}, not {written(self.size)}"
            yield Refusal("E105", "size", reason, f"leave it out; {', '.join(ANY_SIZE)} have any size")
        else:
            yield from super().check(x)

    def numbers(self) -> list[Number]:
        numbers = named(self.taps, self.kernel) if isinstance(self.taps, str) else _flat(self.taps)
        return [n / Fraction(self.divisor) for n in numbers]


ANY_SIZE = ("gaussian", "box", "identity")


def named(name: str, size: tuple[int, ...]) -> list[Number]:
    """Return the numbers of a kernel with a name."""
    middle = [[int(i == k // 2) for i in range(k)] for k in size]
    match name:
        case "gaussian":
            return _outer([binomial(k) for k in size])
        case "box":
            return [Fraction(1, prod(size))] * prod(size)
        case "sobel_x" | "sobel_y":
            along = len(size) - (1 if name == "sobel_x" else 2)
            return _outer([[-1, 0, 1] if at == along else [1, 2, 1] for at in range(len(size))])
        case "laplacian" | "sharpen":
            found = [_laplacian(at) for at in indices(range(-1, 2), repeat=len(size))]
            return found if name == "laplacian" else [m - n for m, n in zip(_outer(middle), found, strict=True)]
    return _outer(middle)


def binomial(size: int) -> list[Number]:
    """Return a row of Pascal's triangle, with sum 1."""
    return [Fraction(comb(size - 1, i), 2 ** (size - 1)) for i in range(size)]


def _laplacian(at: tuple[int, ...]) -> int:
    away = sum(map(abs, at))
    return (-2 * len(at), 1)[away] if away < 2 else 0


def _outer(rows: list[list[Number]]) -> list[Number]:
    """Return the products of one number of each row, the last row fastest."""
    return [prod(numbers) for numbers in indices(*rows)]


def _flat(taps: Value) -> list[Number]:
    return [n for row in taps for n in _flat(row)] if isinstance(taps, tuple) else [taps]


def _brackets(count: int) -> str:
    """Write a kernel of so many dimensions, as an example."""
    text = "1,2,1"
    for _ in range(count - 1):
        text = f"[{text}],[{text}]"
    return f"[{text}]"
