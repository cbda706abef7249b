"""The shape of a volume: its sides and its channels, as papers and lectures write them."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnncalc.numbers.arith import Number, product


class Shape(NamedTuple):
    """Sides and channels of one image: `Shape((227, 227), 3)` prints as 227x227x3, `Shape((), 9216)` as 9216."""

    sides: tuple[Number, ...]
    channels: Number

    @property
    def values(self) -> Number:
        """How many numbers one such volume holds."""
        return self.channels * product(self.sides)

    @property
    def hwc(self) -> tuple[Number, ...]:
        """Height, width, channels: the order of papers."""
        return (*self.sides, self.channels)

    @property
    def chw(self) -> tuple[Number, ...]:
        """Channels, height, width: the order of PyTorch."""
        return (self.channels, *self.sides)

    def text(self, layout: str = "hwc") -> str:
        """Print in the order `hwc` or `chw`."""
        return "x".join(map(_part, self.hwc if layout == "hwc" else self.chw))

    def __str__(self) -> str:
        return self.text()


_FLOOR = re.compile("⌊[^⌊⌋]*⌋")


def _part(number: Number) -> str:
    text = str(number)
    return text if text.isalnum() or text == "?" or _FLOOR.fullmatch(text) else f"({text})"


SIDE_NAMES = {0: "a vector", 1: "one side", 2: "two sides", 3: "three sides"}


def sides_text(count: int) -> str:
    """Say how many sides a volume has, in words."""
    return SIDE_NAMES.get(count, f"{count} sides")
