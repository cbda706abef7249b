"""With symbols some numbers are equal for some values only: they are assumed equal, with a remark."""

from __future__ import annotations

from typing import Any

from cnncalc.numbers.arith import Undecided, equal, symbols_of
from cnncalc.shape import Shape


def may_equal(a: Any, b: Any) -> bool:
    """Judge two numbers, in doubt for them: some values of their symbols make them equal."""
    try:
        return equal(a, b)
    except Undecided:
        return True


class Supposed:
    """The pairs of numbers that merges took for equal."""

    def __init__(self) -> None:
        self.pairs: dict[str, None] = {}

    def shapes(self, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the shapes with every number that may equal the first one's taken for that."""
        if not any(symbols_of(number) for shape in shapes for number in shape.hwc):
            return shapes
        first = shapes[0].hwc
        supposed = []
        for shape in shapes:
            numbers = shape.hwc
            if len(numbers) == len(first):
                numbers = tuple(a if may_equal(a, b) else b for a, b in zip(first, numbers, strict=True))
            supposed.append(Shape(numbers[:-1], numbers[-1]))
        return tuple(supposed)

    def note(self, kind: str, shapes: tuple[Shape, ...]) -> None:
        """Remember what a merge needs to be equal: all numbers, of a concat the sides."""
        for shape in shapes[1:]:
            numbers = (shapes[0].sides, shape.sides) if kind == "concat" else (shapes[0].hwc, shape.hwc)
            for a, b in zip(*numbers, strict=False):
                if a != b and a != 1 and b != 1:
                    self.pairs[f"{a} = {b}"] = None

    def remark(self) -> tuple[str, ...]:
        """Say what was supposed; nothing when nothing was."""
        pairs = list(self.pairs)
        more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
        return (f"branches meet where {', '.join(pairs[:3])}{more}; other values do not build",) if pairs else ()
