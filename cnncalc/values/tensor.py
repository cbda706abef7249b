"""Tensors of plain numbers: sizes, and the numbers with the last index fastest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product as indices
from math import prod
from typing import Any

from cnncalc.record import Record
from cnncalc.values.numbers import Number


class Tensor(Record):
    """Numbers in an order; volumes are channels x sides, as in PyTorch, unless somebody says otherwise."""

    sizes: tuple[int, ...]
    numbers: Sequence[Number]

    def __getitem__(self, index: Sequence[int]) -> Number:
        at = 0
        for size, i in zip(self.sizes, index, strict=True):
            at = at * size + i
        return self.numbers[at]

    def __len__(self) -> int:
        return len(self.numbers)

    def positions(self) -> Iterator[tuple[int, ...]]:
        """Yield every index, in the order of the numbers."""
        return indices(*map(range, self.sizes))

    def plane(self, channel: int) -> Sequence[Number]:
        """Return the numbers of one index of the first dimension."""
        size = prod(self.sizes[1:])
        return self.numbers[channel * size : (channel + 1) * size]

    def channels_last(self) -> Tensor:
        """Return a volume as sides x channels."""
        count, size = self.sizes[0], prod(self.sizes[1:])
        numbers = [self.numbers[c * size + at] for at in range(size) for c in range(count)]
        return Tensor((*self.sizes[1:], count), numbers)

    def channels_first(self) -> Tensor:
        """Return what is sides x channels as channels x sides."""
        count = self.sizes[-1]
        numbers = [number for c in range(count) for number in self.numbers[c::count]]
        return Tensor((count, *self.sizes[:-1]), numbers)

    def nested(self, written: Callable[[Number], Any] = lambda number: number) -> Any:
        """Return the numbers, as `written`, in lists of lists; a single one where there are no sizes."""
        rows: list[Any] = list(map(written, self.numbers))
        for size in reversed(self.sizes[1:]):
            rows = [rows[at : at + size] for at in range(0, len(rows), size)]
        return rows if self.sizes else rows[0]

    def squeezed(self) -> Tensor:
        """Leave out sizes of 1."""
        return Tensor(tuple(n for n in self.sizes if n != 1), self.numbers)


def same_sizes(one: Sequence[int], other: Sequence[int]) -> bool:
    """Judge whether sizes are the same, those of 1 left out."""
    return [n for n in one if n != 1] == [n for n in other if n != 1]


def sizes_text(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes)) or "1"
