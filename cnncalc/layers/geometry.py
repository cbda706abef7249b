"""How one side of an output looks at one side of the input: a window, a spread (transposed window), or all of it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cnncalc import arith
from cnncalc.arith import Number


class Window(NamedTuple):
    """A window of `kernel` cells, `dilation` apart, moved by `stride` over a side padded `before` and `after`."""

    kernel: Number = 1
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1
    ceil: bool = False

    @property
    def extent(self) -> Number:
        """Cells from the first to the last that the window touches: d(k−1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def output(self, n: Number) -> Number:
        """Return the output side for an input side of `n` cells."""
        if self.ceil:
            return arith.window_ceil(n, self.kernel, self.stride, self.before, self.after, self.dilation)
        return arith.window(n, self.kernel, self.stride, self.before + self.after, self.dilation)

    def left_over(self, n: Number) -> Number:
        """Return how many cells at the end no window starts for; 0 in ceil mode, whose last window takes them."""
        return 0 if self.ceil else (n + self.before + self.after - self.extent) % self.stride

    def same(self, n: Number) -> tuple[Number, Number]:
        """Return the padding (before, after) that makes the output ⌈n/s⌉, the extra cell after."""
        total = arith.same_padding(n, self.kernel, self.stride, self.dilation)
        return total // 2, total - total // 2


class Spread(NamedTuple):
    """A transposed window: each input cell is spread over `kernel` output cells, `stride` on from its neighbour's."""

    kernel: Number = 1
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1
    extra: Number = 0

    @property
    def extent(self) -> Number:
        return self.dilation * (self.kernel - 1) + 1

    def output(self, n: Number) -> Number:
        """Return the output side for an input side of `n` cells."""
        return arith.spread(n, self.kernel, self.stride, self.before + self.after, self.dilation, self.extra)


class Global(NamedTuple):
    """Every output cell sees the whole input side; `size` output cells come out."""

    size: Number = 1

    def output(self, n: Number) -> Number:
        return self.size


class Portions(NamedTuple):
    """A side of `whole` cells cut into `size` nearly equal portions: output cell i sees ⌊in/m⌋ to ⌈(i+1)n/m⌉ − 1."""

    whole: Number
    size: Number

    def output(self, n: Number) -> Number:
        return self.size


Side: TypeAlias = Window | Spread | Global | Portions

CELL = Window()
"""A cell looks at itself alone: activations, normalisation, 1x1 kernels."""
