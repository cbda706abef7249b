"""Numbers drawn from words: the same words draw the same numbers on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

BITS = 64


class Draws:
    """An endless row of numbers that follows from `words` alone: sha256 of the words and a counter."""

    def __init__(self, *words: str | int) -> None:
        self._words = json.dumps([str(word) for word in words]).encode()  # a list, so that ("a", "b") is not ("ab",)
        self._count = 0

    def below(self, n: int) -> int:
        """Draw one of 0 … n − 1, all of them equally often: what lies above the last multiple of n is drawn again."""
        if not 0 < n <= 1 << BITS:
            raise ValueError(f"one of {n} cannot be drawn")
        most = (1 << BITS) - (1 << BITS) % n
        while (number := self._next()) >= most:
            pass
        return number % n

    def _next(self) -> int:
        block = hashlib.sha256(self._words + self._count.to_bytes(8, "big")).digest()
        self._count += 1
        return int.from_bytes(block[: BITS // 8], "big")

    def choice(self, of: Sequence[T]) -> T:
        return of[self.below(len(of))]

    def shuffled(self, of: Sequence[T]) -> list[T]:
        """Return all of them in another order (Fisher and Yates)."""
        found = [*of]
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found

    def sample(self, of: Sequence[T], count: int) -> list[T]:
        """Return `count` of them, none twice, in the order of drawing."""
        if count > len(of):
            raise ValueError(f"{count} of {len(of)} cannot be drawn")
        return self.shuffled(of)[:count]
