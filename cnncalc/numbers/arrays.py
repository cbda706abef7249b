"""Numbers of many configurations at once, as numpy arrays with an axis for each variable of a grid.

The rules run over `Lanes` as they run over ints. A side depends on the input alone and stays an array along that one
axis; only totals fill the grid, and those wait as sums of products (`Terms`) until they are asked for. A question that
configurations answer differently (a condition, a count, a check) raises `Split`, and the grid is walked in parts.

Nothing is wrapped in silence: bounds go along with every array, and totals are checked in float64 first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LARGEST = 2**63 - 1
SMALL = 1 << 14
"""Arrays of at most so many numbers are kept once: equal ones are the same object, so that caches find them."""


class Split(Exception):  # noqa: N818  # no fault: the configurations go different ways
    """Configurations differ in an answer; `answers` has one for each, and 1 along the axes that do not matter."""

    def __init__(self, answers: Array) -> None:
        super().__init__()
        self.answers = answers


class Overflow(ArithmeticError):  # noqa: N818  # the arithmetic's own word
    """A number of some configuration is beyond 64 bits."""


class Lanes:
    """Whole numbers along some axes of a grid, between `low` and `high`."""

    __slots__ = ("array", "axes", "high", "low")

    kept: dict[tuple[tuple[int, ...], bytes], Lanes] = {}

    def __init__(self, array: Array, low: int, high: int) -> None:
        self.array, self.low, self.high = array, low, high
        self.axes = sum(1 << axis for axis, length in enumerate(array.shape) if length > 1)

    @classmethod
    def of(cls, array: Array, low: int | None = None, high: int | None = None) -> Any:
        """Return an int where the numbers are all one, else Lanes."""
        if array.size <= SMALL:
            low, high = int(array.min()), int(array.max())
            if low == high:
                return low
            key = (array.shape, array.tobytes())
            found = cls.kept.get(key)
            if found is None:
                found = cls.kept[key] = cls(array, low, high)
            return found
        low, high = int(array.min()) if low is None else low, int(array.max()) if high is None else high
        return low if low == high else cls(array, low, high)

    def _joined(self, operation: Callable[[Any, Any], Array], other: Any, bounds: Iterable[int]) -> Any:
        bounds = tuple(bounds)
        low, high = min(bounds), max(bounds)
        if low < -LARGEST or high > LARGEST:
            return BEYOND
        return Lanes.of(operation(self.array, _array(other)), low, high)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, int):
            return self._joined(np.add, other, (self.low + other, self.high + other)) if other else self
        if isinstance(other, (Terms, Beyond)):
            return other + self
        if not isinstance(other, Lanes):
            return pinned(self) + other
        if _nested(self, other):
            return self._joined(np.add, other, (self.low + other.low, self.high + other.high))
        return Terms(((self,), (other,)))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, int):
            return self if other == 1 else self._joined(np.multiply, other, (self.low * other, self.high * other))
        if isinstance(other, (Terms, Beyond)):
            return other * self
        if not isinstance(other, Lanes):
            return pinned(self) * other
        if _nested(self, other):
            ends = (a * b for a in (self.low, self.high) for b in (other.low, other.high))
            return self._joined(np.multiply, other, ends)
        return Terms(((self, other),))

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __floordiv__(self, other: Any) -> Any:
        other = _whole(other)
        if not isinstance(other, (int, Lanes)) or _low(other) <= 0:
            return pinned(self) // pinned(other)
        if other == 1:
            return self
        ends = (a // b for a in (self.low, self.high) for b in (_low(other), _high(other)))
        return self._joined(np.floor_divide, other, ends)

    def __rfloordiv__(self, other: Any) -> Any:
        if not isinstance(other, int) or self.low <= 0:
            return other // pinned(self)
        return Lanes.of(other // self.array)

    def __mod__(self, other: Any) -> Any:
        other = _whole(other)
        if not isinstance(other, (int, Lanes)) or _low(other) <= 0:
            return pinned(self) % pinned(other)
        return self._joined(np.mod, other, (0, _high(other) - 1))

    def __rmod__(self, other: Any) -> Any:
        if not isinstance(other, int) or self.low <= 0:
            return other % pinned(self)
        return Lanes.of(other % self.array)

    def __truediv__(self, other: Any) -> Any:
        return _quotient(pinned(self), pinned(other))

    def __rtruediv__(self, other: Any) -> Any:
        return _quotient(other, pinned(self))

    def minimum(self, other: Any) -> Any:
        other = _whole(other)
        return self._joined(np.minimum, other, (min(self.low, _low(other)), min(self.high, _high(other))))

    def maximum(self, other: Any) -> Any:
        other = _whole(other)
        return self._joined(np.maximum, other, (max(self.low, _low(other)), max(self.high, _high(other))))

    def __round__(self) -> Lanes:
        return self

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        other = _whole(other)
        if not isinstance(other, (int, Lanes)) or _high(other) < self.low or _low(other) > self.high:
            return False
        return one_answer(self.array == _array(other))

    equals = __eq__

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return self != 0

    def __lt__(self, other: Any) -> bool:
        return self.high < _low(other) or (self.low < _high(other) and one_answer(self.array < _array(other)))

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __gt__(self, other: Any) -> bool:
        return self.low > _high(other) or (self.high > _low(other) and one_answer(self.array > _array(other)))

    def __le__(self, other: Any) -> bool:
        return not self > other

    def pinned(self) -> int:
        """Ask for the number itself: configurations part by it."""
        raise Split(self.array)

    def __str__(self) -> str:
        return f"{self.low}..{self.high}#{id(self):x}"

    __repr__ = __str__


class Terms:
    """A sum of products of Lanes along different axes, multiplied out when it must be."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[tuple[Lanes, ...], ...]) -> None:
        self.terms = terms

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Beyond):
            return other
        if isinstance(other, Terms):
            return Terms(self.terms + other.terms)
        if isinstance(other, Lanes):
            return Terms((*self.terms, (other,)))
        return self if other == 0 else self.lanes() + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Beyond) or (isinstance(other, int) and other == 1):
            return other if isinstance(other, Beyond) else self
        if isinstance(other, (int, Lanes)):
            terms = tuple([_product(term, other) for term in self.terms])
            if any(part is BEYOND for term in terms for part in term):
                return BEYOND
            return Terms(terms) if other != 0 else 0
        return self.lanes() * other

    __radd__, __rmul__ = __add__, __mul__

    def lanes(self) -> Any:
        """Multiply out; raises Overflow."""
        return Lanes.of(total(self.terms))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lanes(), name)

    def __sub__(self, other: Any) -> Any:
        return self.lanes() - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.lanes()

    def __neg__(self) -> Any:
        return self * -1

    def __floordiv__(self, other: Any) -> Any:
        return self.lanes() // other

    def __mod__(self, other: Any) -> Any:
        return self.lanes() % other

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self.lanes() == _whole(other))

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return bool(self.lanes())

    def __lt__(self, other: Any) -> bool:
        return bool(self.lanes() < _whole(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.lanes() <= _whole(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.lanes() > _whole(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.lanes() >= _whole(other))


class Beyond:
    """A number beyond 64 bits: it may be carried on, but not asked for."""

    __slots__ = ()

    def _with(self, other: Any = None) -> Beyond:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _with
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = minimum = maximum = _with

    def _asked(self, other: Any = None) -> Any:
        raise Overflow

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = equals = pinned = lanes = _asked


BEYOND = Beyond()


def one_answer(answers: Array) -> bool:
    """Return the answer that all configurations give; raises Split where they differ."""
    if answers.all():
        return True
    if answers.any():
        raise Split(answers)
    return False


def pinned(number: Any) -> Any:
    return _whole(number).pinned() if isinstance(number, (Lanes, Terms)) else number


def _quotient(a: Any, b: Any) -> Any:
    from fractions import Fraction

    return Fraction(a) / b


def _whole(number: Any) -> Any:
    return number.lanes() if isinstance(number, Terms) else number


def _array(number: Any) -> Any:
    return number.array if isinstance(number, Lanes) else number


def _low(number: Any) -> int:
    return number.low if isinstance(number, Lanes) else int(number)


def _high(number: Any) -> int:
    return number.high if isinstance(number, Lanes) else int(number)


def _nested(a: Lanes, b: Lanes) -> bool:
    """Judge whether two arrays are put together at once: one lies along all axes of the other, or both are small."""
    both = a.axes | b.axes
    if both in (a.axes, b.axes):
        return True
    return bool(prod(map(max, a.array.shape, b.array.shape)) <= SMALL)


def _product(term: tuple[Any, ...], factor: int | Lanes) -> tuple[Any, ...]:
    """Multiply a product by one factor more, into the smallest array that it fits."""
    for place, part in enumerate(term):
        if isinstance(factor, int) or _nested(part, factor):
            return (*term[:place], part * factor, *term[place + 1 :])
    return (*term, factor)


def total(terms: Iterable[tuple[Lanes, ...]]) -> Array:
    """Multiply out and add up. Terms that share all but their first factor are added before they are multiplied."""
    groups: dict[tuple[Any, ...], list[Lanes]] = {}
    for first, *rest in (sorted(term, key=lambda part: part.axes) for term in terms):
        groups.setdefault((first.axes, *rest), []).append(first)
    parts: list[tuple[Array, ...]] = []
    bound = 0
    for (_, *rest), firsts in groups.items():
        ceiling = sum(max(abs(part.low), abs(part.high)) for part in firsts)
        if ceiling > LARGEST:
            raise Overflow
        added = firsts[0].array if len(firsts) == 1 else np.sum([part.array for part in firsts], axis=0)
        parts.append((added, *(part.array for part in rest)))
        for part in rest:
            ceiling *= max(abs(part.low), abs(part.high))
        bound += ceiling
    if bound > LARGEST:
        _check(parts)
    result: Array | None = None
    for first_array, *others in parts:
        value = first_array
        for other in others:
            value = value * other
        result = value if result is None else result + value
    assert result is not None
    return result


def _check(parts: list[tuple[Array, ...]]) -> None:
    """Raise Overflow where a total is beyond 64 bits; what wraps on the way comes back when the total fits."""
    estimate = sum(
        np.prod(np.broadcast_arrays(*[array.astype(np.float64) for array in part]), axis=0) for part in parts
    )
    if np.abs(estimate).max() > LARGEST * (1 - 1e-9):
        raise Overflow
