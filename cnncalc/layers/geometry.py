"""How one side of an output looks at one side of the input: a window, a transposed window, blocks, or all of it.

`seen` lists the input cells that an output cell looks at, beyond the ends as well; `reach` is the most of them from
first to last; `period` says after how many output cells that repeats, and how many input cells further on.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple, TypeAlias

from cnncalc.numbers import arith
from cnncalc.numbers.arith import Number


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

    @property
    def period(self) -> tuple[Number, Number]:
        return 1, self.stride

    @property
    def reach(self) -> Number:
        return self.extent

    def seen(self, cell: Number) -> list[Number]:
        return [cell * self.stride - self.before + self.dilation * k for k in _ends(self.kernel)]

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

    @property
    def period(self) -> tuple[Number, Number]:
        return self.stride, 1

    @property
    def reach(self) -> Number:
        return arith.ceil_div(self.extent, self.stride)

    def seen(self, cell: Number) -> list[Number]:
        starts = [cell + self.before - self.dilation * k for k in _ends(self.kernel)]
        return [start // self.stride for start in starts if start % self.stride == 0]


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

    @property
    def period(self) -> tuple[Number, Number]:
        common = gcd(self.whole, self.size)
        return self.size // common, self.whole // common

    @property
    def reach(self) -> Number:
        return arith.ceil_div(self.whole, self.size) + 1

    def seen(self, cell: Number) -> list[Number]:
        begin = cell * self.whole // self.size
        end = arith.ceil_div((cell + 1) * self.whole, self.size)
        return [begin + k for k in _ends(end - begin)]


class Blocks(NamedTuple):
    """A side cut into blocks of `size` cells, the first of them at `shift`: a cell sees all cells of its block."""

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

    def seen(self, cell: Number) -> list[Number]:
        begin = (cell - self.shift) // self.size * self.size + self.shift
        return [begin + k for k in _ends(self.size)]


LONGEST = 1024
"""Of the cells that one cell looks at, so many from each end are listed: what repeats within them is seen whole."""


def _ends(count: Number) -> list[Number]:
    """Return 0 to count − 1, of many only those near the ends."""
    if not isinstance(count, int):
        return [0, count - 1]
    if count <= 2 * LONGEST:
        return list(range(count))
    return [*range(LONGEST), *range(count - LONGEST, count)]


Side: TypeAlias = Window | Spread | Global | Portions | Blocks

CELL = Window()
"""A cell looks at itself alone: activations, normalisation, 1x1 kernels."""
