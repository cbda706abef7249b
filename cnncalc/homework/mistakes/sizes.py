"""Mistakes in the size of an output."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.homework.calculation import LayerCalculation, Mistake, altered
from cnncalc.homework.mistakes.padding import (
    NoPad,
    OtherEnd,
    PadDepth,
    PadInAll,
    PadOnce,
    PadOrder,
    SameIsFixed,
    SameIsValid,
    SameMeansSame,
    ValidIsSame,
)
from cnncalc.layers.base import Layer
from cnncalc.layers.geometry import Spread, Window
from cnncalc.layers.merge import Concat
from cnncalc.layers.pool import Pool
from cnncalc.layers.window import Windowed
from cnncalc.numbers.traced import Part, leaf, value_of
from cnncalc.shape import Shape


class NoPlusOne(Mistake):
    slug = "no-plus-one"
    general = "the + 1 of the first position is missing"
    hint = "count the positions, not the steps between them"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        return window.output(n) - 1 if isinstance(calc.layer, Windowed) else None


class NoStride(Mistake):
    slug = "no-stride"
    general = "the stride is missing"
    hint = "by how many pixels does the window move?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        return window._replace(stride=1) if value_of(window.stride) != 1 else window

    def lesson(self, calc: LayerCalculation) -> str:
        stride = calc.written("stride")
        return f"the stride {stride} is missing" if stride else self.general


class KernelAdded(Mistake):
    slug = "sign-error"
    general = "the kernel is taken away from the side, not added to it"
    hint = "does a larger kernel leave more positions or fewer?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if not isinstance(calc.layer, Windowed):
            return None
        return (n + window.before + window.after + window.extent) // window.stride + 1


class PadTaken(Mistake):
    slug = "sign-error"
    general = "the padding is added to the side, not taken away from it"
    hint = "does padding make the side longer or shorter?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if not isinstance(calc.layer, Windowed) or not value_of(window.before + window.after):
            return None
        return (n - window.before - window.after - window.extent) // window.stride + 1


class Precedence(Mistake):
    slug = "precedence"
    plausibility = 0
    general = "the whole difference is divided by the stride, not its last term alone"
    hint = "what stands over the fraction line?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if isinstance(window, Spread) or value_of(window.stride) == 1:
            return None
        return n - window.extent + (window.before + window.after) // window.stride + 1


class FiltersAsKernel(Mistake):
    slug = "filters-as-kernel"
    plausibility = 0
    general = "the number of filters was taken for the size of the kernel"
    hint = "which number says how wide the window is?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        filters = calc.layer.__dict__.get("out")
        return window._replace(kernel=leaf("F", filters)) if filters and filters != 1 else window

    def lesson(self, calc: LayerCalculation) -> str:
        return f"{calc.layer.__dict__.get('out')} is the number of filters, not the size of the kernel"


class WrongAxis(Mistake):
    slug = "wrong-axis"
    general = "the window moves along the positions, not along the features"
    hint = "along which axis does the window move?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        return window.output(leaf("C", calc.x.channels)) if len(calc.x.sides) == 1 else None


class WrongStrideAxis(Mistake):
    slug = "wrong-stride-axis"
    plausibility = 2
    general = "the numbers for height and width are exchanged"
    hint = "which number belongs to the height, which to the width?"

    def layer(self, layer: Layer, x: Shape) -> Layer:
        stride = layer.__dict__.get("stride")
        if not isinstance(stride, tuple) or len(set(stride)) < 2:
            return layer
        return altered(layer, stride=stride[::-1])


class WrongKernelAxis(WrongStrideAxis):
    def layer(self, layer: Layer, x: Shape) -> Layer:
        swapped = {
            name: value[::-1]
            for name in ("kernel", "stride", "pad")
            if isinstance(value := layer.__dict__.get(name), tuple)
        }
        return altered(layer, **swapped)


class OneAxis(Mistake):
    slug = "wrong-stride-axis"
    plausibility = 2
    general = "each side has numbers of its own; here those of the first were used for all"
    hint = "which number belongs to the height, which to the width?"

    def layer(self, layer: Layer, x: Shape) -> Layer:
        first = {
            name: (value[0],) * len(value)
            for name in ("kernel", "stride", "pad")
            if isinstance(value := layer.__dict__.get(name), tuple)
        }
        return altered(layer, **first)


class FloorCeil(Mistake):
    slug = "floor-vs-ceil"
    general = "a size that is not whole is rounded the other way here"
    hint = "is a last window that does not fit kept or left out?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        if isinstance(window, Spread) or value_of(window.stride) == 1:
            return window
        return window._replace(ceil=not window.ceil)

    def lesson(self, calc: LayerCalculation) -> str:
        if calc.layer.__dict__.get("ceil"):
            return "this pool rounds up (ceil mode): a last window that is only partly filled counts"
        return "sizes are rounded down here: a last window that does not fit is left out"


class FloorCeilOfAll(FloorCeil):
    """Rounding up without the rule that a window must start before the end."""

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if isinstance(window, Spread):
            return None
        over = n + window.before + window.after - window.extent
        return -(-over // window.stride) + 1 if window.ceil else over // window.stride + 1  # as it is taken to be


class Unclipped(Mistake):
    """Counting a last window of ceil mode that starts in the padding after the end, or beyond it."""

    slug = "floor-vs-ceil"
    plausibility = 2
    general = "in ceil mode a last window counts only if it starts inside the input or the padding before it"
    hint = "where does the last window start?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if isinstance(window, Spread) or not window.ceil:
            return None
        return -(-(n + window.before + window.after - window.extent) // window.stride) + 1


class Halves(Mistake):
    slug = "halves-exactly"
    general = "the input is not simply divided by the stride; the kernel and the padding count too"
    hint = "a stride of s does not divide a side exactly: where does the last window start?"

    def lesson(self, calc: LayerCalculation) -> str:
        same = isinstance(calc.layer.__dict__.get("pad"), str)
        return "`same` gives the side divided by the stride, rounded up" if same else self.general

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if isinstance(window, Spread) or value_of(window.stride) == 1:
            return None
        return n // window.stride


class HalvesUp(Halves):
    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if isinstance(window, Spread) or value_of(window.stride) == 1:
            return None
        return -(-n // window.stride)


class HalvesExactly(Halves):
    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        s = value_of(window.stride)
        if isinstance(window, Spread) or s == 1 or not isinstance(n.value, int):
            return None
        return Fraction(n.value, s)


class DilationIgnored(Mistake):
    slug = "dilation-base"
    plausibility = 2
    general = "the dilation spreads the kernel: it covers d(k − 1) + 1 pixels"
    hint = "how many pixels does the dilated kernel span from its first to its last?"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        return window._replace(dilation=1) if value_of(window.dilation) != 1 else window


class DilationFromZero(DilationIgnored):
    """Dilation 0 for a kernel without holes: what is called 2 here is taken for 2 holes between pixels."""

    general = "dilation counts from 1 here: 1 leaves no holes, 2 leaves one between two pixels"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        d = value_of(window.dilation)
        return window._replace(dilation=leaf("d", d + 1)) if d != 1 else window


class DilationTimesKernel(DilationIgnored):
    """k·d for the extent."""

    general = "a dilated kernel covers d(k − 1) + 1 pixels, not d·k"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        return window

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if value_of(window.dilation) == 1 or isinstance(window, Spread):
            return None
        return (n + window.before + window.after - window.dilation * window.kernel) // window.stride + 1

    def extent(self, window: Window | Spread, calc: LayerCalculation) -> Part | None:
        return window.dilation * window.kernel if value_of(window.dilation) != 1 else None


class DepthProduct(Mistake):
    slug = "depth-product"
    general = "each filter gives one map, whatever its depth: the channels out are the number of filters"
    hint = "how many maps does one filter give?"

    def depth(self, calc: LayerCalculation) -> Part | None:
        out = calc.layer.__dict__.get("out")
        if out is None or not calc.layer.weighted or not calc.x.sides:
            return None
        return leaf("C", calc.x.channels) * leaf("F", out)


class DepthKept(Mistake):
    slug = "depth-kept"
    general = "the channels out are the number of filters, not the channels in"
    hint = "what decides how many channels come out?"

    def depth(self, calc: LayerCalculation) -> Part | None:
        keeps = "out" not in calc.layer.fields or not calc.layer.weighted or not calc.x.sides
        return None if keeps else leaf("C", calc.x.channels)

    def lesson(self, calc: LayerCalculation) -> str:
        out = calc.layer.__dict__.get("out")
        if not out:
            return self.general
        channels = calc.x.channels
        return f"the channels out are the {out} filters, not the {channels} channel{'' if channels == 1 else 's'} in"


class DepthOne(Mistake):
    slug = "depth-lost"
    plausibility = 2
    general = "pooling works on each channel by itself and keeps their number"
    hint = "does pooling mix channels?"

    def depth(self, calc: LayerCalculation) -> Part | None:
        return 1 if isinstance(calc.layer, Pool) else None


class BranchLeftOut(Mistake):
    """One of the volumes that a concat puts together, by index."""

    slug = "branch-left-out"
    general = "a concat has the channels of all its branches"
    hint = "whose channels does a concat put together?"

    def __init__(self, index: int) -> None:
        self.index = index

    def depth(self, calc: LayerCalculation) -> Part | None:
        if not isinstance(calc.layer, Concat) or len(calc.xs) <= self.index:
            return None
        return sum(leaf(f"C{i}", x.channels) for i, x in enumerate(calc.xs) if i != self.index)

    def lesson(self, calc: LayerCalculation) -> str:
        if self.depth(calc) is None:  # a layer behind the concat is asked about
            return self.general
        branch = calc.network.nodes[calc.node.inputs[self.index]]
        return f"the {calc.xs[self.index].channels} channels of {branch.path} are missing"


class TransposedTimesStride(Mistake):
    slug = "tconv"
    plausibility = 2
    general = "a transposed convolution does not simply multiply the side by the stride: (n − 1)s + k, less the padding"
    hint = "where does the last input pixel start to spread, and how far does it reach?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        return n * window.stride if isinstance(window, Spread) else None


class TransposedWithoutKernel(TransposedTimesStride):
    general = "the last pixel spreads over the whole kernel: (n − 1)s + k, less the padding"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if not isinstance(window, Spread):
            return None
        return Spread(1, window.stride, window.before, window.after, 1, window.extra).output(n)


class TransposedForward(TransposedTimesStride):
    general = "that is the formula of an ordinary convolution; a transposed one enlarges"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if not isinstance(window, Spread):
            return None
        return Window(window.kernel, window.stride, window.before, window.after, window.dilation).output(n)


class TransposedWithoutOutputPad(TransposedTimesStride):
    general = "output_pad is missing"

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        return window._replace(extra=0) if isinstance(window, Spread) else window


class ForwardTransposed(Mistake):
    slug = "tconv"
    plausibility = 0
    general = "that is the formula of a transposed convolution; an ordinary one shrinks"
    hint = "does this layer shrink or enlarge?"

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        if isinstance(window, Spread) or value_of(window.stride) == 1:
            return None
        return Spread(window.kernel, window.stride, window.before, window.after, window.dilation).output(n)


class AlexNetInput(Mistake):
    slug = "alexnet-input"
    plausibility = 0
    general = "AlexNet's 224 needs padding, or is 227 without"
    hint = "which input size goes with which padding?"

    def takes(self, x: Shape, calc: LayerCalculation) -> Shape:
        other = {224: 227, 227: 224}
        first = calc.node.inputs and calc.network.nodes[calc.node.inputs[0]].kind == "input"
        kernel = calc.node.layer.__dict__.get("kernel", ())
        if not first or kernel != (11, 11) or any(n not in other for n in x.sides):
            return x
        return Shape(tuple(other[n] for n in x.sides), x.channels)


MOST_BRANCHES = 4
"""Of so many branches of a concat, each is tried as the one that was left out."""

SIZES: tuple[Mistake, ...] = (
    FloorCeil(),
    FloorCeilOfAll(),
    Unclipped(),
    NoPlusOne(),
    NoPad(),
    SameIsValid(),
    PadOnce(),
    PadDepth(),
    PadOrder(),
    NoStride(),
    Halves(),
    HalvesUp(),
    HalvesExactly(),
    SameMeansSame(),
    SameIsFixed(),
    OtherEnd(),
    PadInAll(),
    ValidIsSame(),
    DilationIgnored(),
    DilationFromZero(),
    DilationTimesKernel(),
    TransposedTimesStride(),
    TransposedWithoutKernel(),
    TransposedForward(),
    TransposedWithoutOutputPad(),
    DepthProduct(),
    DepthKept(),
    DepthOne(),
    *(BranchLeftOut(index) for index in range(MOST_BRANCHES)),
    KernelAdded(),
    PadTaken(),
    Precedence(),
    FiltersAsKernel(),
    WrongAxis(),
    WrongStrideAxis(),
    WrongKernelAxis(),
    OneAxis(),
    AlexNetInput(),
    ForwardTransposed(),
)
