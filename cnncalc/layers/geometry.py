"""Which input positions an output position reads, in one dimension: a window, a transposed one, samples, blocks, all.

`seen` lists the input positions that an output position reads, padding included; `reach` is the largest span of them;
`period` is the number of output positions after which they repeat, and by how many input positions they then move.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple, TypeAlias

from cnncalc.numbers import arith
from cnncalc.numbers.arith import Number


class Window(NamedTuple):
    """A window of `kernel` elements, `dilation` apart, moved by `stride` over an input padded `before` and `after`."""

    kernel: Number = 1
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1
    ceil: bool = False

    @property
    def extent(self) -> Number:
        """The span of the window: d(k−1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def output(self, n: Number) -> Number:
        """Return the output size for an input of size `n`."""
        if self.ceil:
            return arith.window_ceil(n, self.kernel, self.stride, self.before, self.after, self.dilation)
        return arith.window(n, self.kernel, self.stride, self.before + self.after, self.dilation)

    @property
    def period(self) -> tuple[Number, Number]:
        return 1, self.stride

    @property
    def reach(self) -> Number:
        return self.extent

    def seen(self, position: Number) -> list[Number]:
        return [position * self.stride - self.before + self.dilation * k for k in _ends(self.kernel)]

    def left_over(self, n: Number) -> Number:
        """Return how many positions at the end no window covers; 0 in ceil mode, whose last window covers them."""
        return 0 if self.ceil else (n + self.before + self.after - self.extent) % self.stride

    def same(self, n: Number) -> tuple[Number, Number]:
        """Return the padding (before, after) that makes the output ⌈n/s⌉, the odd one after."""
        total = arith.same_padding(n, self.kernel, self.stride, self.dilation)
        return total // 2, total - total // 2


class Spread(NamedTuple):
    """A transposed window: each input position contributes to `kernel` output positions, moved by `stride`."""

    kernel: Number = 1
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1
    extra: Number = 0

    @property
    def extent(self) -> Number:
        return self.dilation * (self.kernel - 1) + 1

    def same(self) -> Spread:
        """Return the window trimmed, or extended, for an output of input × stride; the odd one is trimmed at the end.

        This inverts the padding that `same` gives a convolution (tf.nn.conv2d_transpose).
        """
        trimmed = arith.maximum(self.extent - self.stride, 0)
        before = trimmed // 2
        extra = arith.maximum(self.stride - self.extent, 0)
        return self._replace(before=before, after=trimmed - before, extra=self.extra + extra)

    def output(self, n: Number) -> Number:
        """Return the output size for an input of size `n`."""
        return arith.spread(n, self.kernel, self.stride, self.before + self.after, self.dilation, self.extra)

    @property
    def period(self) -> tuple[Number, Number]:
        return self.stride, 1

    @property
    def reach(self) -> Number:
        return arith.ceil_div(self.extent, self.stride)

    def seen(self, position: Number) -> list[Number]:
        starts = [position + self.before - self.dilation * k for k in _ends(self.kernel)]
        return [start // self.stride for start in starts if start % self.stride == 0]


class Global(NamedTuple):
    """Every output position reads the whole input; the output has `size` positions."""

    size: Number = 1

    def output(self, n: Number) -> Number:
        return self.size


class Portions(NamedTuple):
    """An input of size `whole` in `size` nearly equal portions: output i reads ⌊in/m⌋ to ⌈(i+1)n/m⌉ − 1."""

    whole: Number
    size: Number

    def output(self, n: Number) -> Number:
        return self.size

    @property
    def period(self) -> tuple[Number, Number]:
        common = gcd(self.whole, self.size)
        return self.size // common, self.whole // common

    @property
    def reach(self) -> Number:
        return arith.ceil_div(self.whole, self.size) + 1

    def seen(self, position: Number) -> list[Number]:
        begin = position * self.whole // self.size
        end = arith.ceil_div((position + 1) * self.whole, self.size)
        return [begin + k for k in _ends(end - begin)]


class Turned(NamedTuple):
    """A dimension that is another one of the input, position by position."""

    side: int


class Stacked(NamedTuple):
    """The whole of a dimension that `stack` added, along which lie volumes and no positions; `size` remain of it."""

    size: Number = 1

    def output(self, n: Number) -> Number:
        return self.size


class Samples(NamedTuple):
    """An input of size `whole` interpolated to `size`: an output position reads up to `taps` positions around a point.

    Output i lies at (i + 1/2)n/m − 1/2, with aligned corners at i(n − 1)/(m − 1); 1 tap is the nearest, ⌊in/m⌋.
    """

    whole: Number
    size: Number
    taps: int = 1
    aligned: bool = False

    def output(self, n: Number) -> Number:
        return self.size

    @property
    def _ratio(self) -> tuple[Number, Number]:
        """Return how many output positions take how many input positions."""
        return (self.size - 1, self.whole - 1) if self.aligned and self.size > 1 else (self.size, self.whole)

    @property
    def period(self) -> tuple[Number, Number]:
        outputs, inputs = self._ratio
        common = gcd(outputs, inputs)
        return outputs // common, inputs // common

    @property
    def reach(self) -> Number:
        return self.taps

    def seen(self, position: Number) -> list[Number]:
        outputs, inputs = self._ratio
        if self.taps == 1:
            return [position * self.whole // self.size]
        if self.aligned:
            first, rest = divmod(position * inputs, outputs) if self.size > 1 else (0, 0)
        else:
            first, rest = divmod((2 * position + 1) * inputs - outputs, 2 * outputs)
        half = self.taps // 2
        return list(range(first - half + 1, first + half + 1)) if rest else [first]


class Blocks(NamedTuple):
    """An input in blocks of `size` positions, the first at `shift`: a position reads all positions of its block."""

    size: Number
    shift: Number = 0

    def output(self, n: Number) -> Number:
        return n

    @property
    def period(self) -> tuple[Number, Number]:
        return self.size, self.size

    @property
    def reach(self) -> Number:
        return self.size

    def seen(self, position: Number) -> list[Number]:
        begin = (position - self.shift) // self.size * self.size + self.shift
        return [begin + k for k in _ends(self.size)]


LONGEST = 1024
"""How many positions `seen` lists from each end of a window; longer windows are shortened in the middle."""


def _ends(count: Number) -> list[Number]:
    """Return 0 to count − 1, or only the numbers near the ends if there are many."""
    if not isinstance(count, int):
        return [0, count - 1]
    if count <= 2 * LONGEST:
        return list(range(count))
    return [*range(LONGEST), *range(count - LONGEST, count)]


Side: TypeAlias = Window | Spread | Global | Portions | Samples | Turned | Stacked | Blocks

IDENTITY = Window()
"""An output position reads the same input position only: activations, normalisation, 1x1 kernels."""
