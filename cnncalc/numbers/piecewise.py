"""Numbers along one unknown: each has its value for one number n, and says what it is for every other.

A network is walked once, for one n, with `Along` numbers in place of ints. Whatever the walk asks of them (is the
output at least 1? do these sides agree? is the rest 0?) is answered for that n and kept as a condition. All numbers
that fulfil the conditions take the same way through the same text, so one walk covers all of them:

    path = Path(227)
    side = path.number()                # n itself
    (side - 11) // 4 + 1 >= 1           # True, for n = 227 …
    path.region()                       # … and for every n from 11 on

What cannot be followed (a division by the unknown, a count) pins n: the region is then that number alone.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any, TypeAlias

from cnncalc.numbers.interval import Anything
from cnncalc.numbers.periodic import FARTHEST, LONGEST, Floor, N, Numbers, Table, TooLong, joined

Operation: TypeAlias = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Growth:
    """A sum, product or whole part of functions that do not fall from period to period, such as a volume's area."""

    operation: Operation
    a: Function
    b: Function | int

    least = 1

    def __call__(self, n: int) -> int:
        b = self.b if isinstance(self.b, int) else self.b(n)
        return int(self.operation(self.a(n), b))


Function: TypeAlias = Floor | Table | Growth


class Path:
    """One way through a text: the number `n` it was taken for, and the conditions met on it.

    `most` residues are written down on it; then n is pinned.
    """

    def __init__(self, n: int, most: int = 100 * LONGEST) -> None:
        self.n, self.left = n, most
        self.pinned = False
        self.counts = False  # rounds, of which some more make a longer walk
        self.met: dict[tuple[Function, str, Function | int], bool] = {}

    def number(self, offset: int = 0) -> Along:
        """Return n + offset."""
        form = N + offset
        assert isinstance(form, Floor)
        return Along(form, self.n + offset, self)

    def judge(self, a: Any, sign: str, b: Any) -> bool:
        """Compare two numbers for this n, and keep the answer as a condition."""
        answer = bool(SIGNS[sign](_value(a), _value(b)))
        key = (a.form, sign, _form(b)) if isinstance(a, Along) else (b.form, FLIPPED[sign], a)
        self.met[key] = answer
        return answer

    def quotient(self, a: Any, b: Any) -> Any:
        """Divide by a number along the path: the quotient q of this n, for all n with b > 0 and bq ≤ a < b(q + 1)."""
        over, by = _value(a), _value(b)
        quotient = over // by
        if by <= 0:
            self.pinned = True
        elif isinstance(a, Along):
            self.judged(b, ">", 0)
            self.judged(a - b * quotient, ">=", 0)
            self.judged(a - b * (quotient + 1), "<", 0)
        elif quotient >= 0:
            self.judged(b, ">", over // (quotient + 1))
            if quotient:
                self.judged(b, "<=", over // quotient)
        else:
            self.judged(b, ">=", -(over // -quotient))
            if quotient < -1:
                self.judged(b, "<", -(over // -(quotient + 1)))
        return quotient

    def judged(self, a: Any, sign: str, b: int) -> None:
        """Keep a condition that holds for this n; where it cannot be followed it has pinned n already."""
        if isinstance(a, Along):
            self.judge(a, sign, b)

    def region(self) -> Numbers:
        """Return the numbers that take this way."""
        found = Numbers.every()
        try:
            for (a, sign, b), answer in self.met.items():
                where = holds(a, sign, b)
                found &= where if answer else ~where
        except TooLong:
            self.pinned = True
        return Numbers.only(self.n) if self.pinned else found


SIGNS: dict[str, Operation] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
FLIPPED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Along:
    """A number on a path: its value for the path's n, and its form for every n."""

    __slots__ = ("form", "path", "value")

    def __init__(self, form: Function, value: int, path: Path) -> None:
        self.form, self.value, self.path = form, value, path

    def _with(self, operation: Operation, other: Any, *, swapped: bool = False) -> Any:
        if isinstance(other, Anything):
            return NotImplemented  # it knows how to go on with its bounds
        a, b = (other, self) if swapped else (self, other)
        value = operation(_value(a), _value(b))
        self.path.left -= residues_of(operation, _form(a), _form(b))
        form = combined(operation, _form(a), _form(b)) if self.path.left >= 0 else None
        if isinstance(form, int):
            return form
        if form is None or form.least > self.path.n:
            self.path.pinned = True
            return value
        if form.least > 1:
            self.path.met[N, ">=", form.least] = True  # below, the form does not hold
        return Along(form, value, self.path)

    def __add__(self, other: Any) -> Any:
        return self._with(operator.add, other)

    def __mul__(self, other: Any) -> Any:
        return self._with(operator.mul, other)

    def __sub__(self, other: Any) -> Any:
        return self._with(operator.sub, other)

    def __rsub__(self, other: Any) -> Any:
        return self._with(operator.sub, other, swapped=True)

    def __neg__(self) -> Any:
        return 0 - self

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, Along):
            return self.path.quotient(self, other)
        return self._with(operator.floordiv, other)

    def __rfloordiv__(self, other: Any) -> Any:
        if isinstance(other, int):
            return self.path.quotient(other, self)
        return self._with(operator.floordiv, other, swapped=True)

    def __mod__(self, other: Any) -> Any:
        if isinstance(other, Along):
            return self - self.path.quotient(self, other) * other
        return self._with(operator.mod, other)

    def __rmod__(self, other: Any) -> Any:
        if isinstance(other, int):
            return other - self.path.quotient(other, self) * self
        return self._with(operator.mod, other, swapped=True)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, int) and other > 0 and self % other == 0:
            return self // other
        return self._with(operator.truediv, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(operator.truediv, other, swapped=True)

    def minimum(self, other: Any) -> Any:
        return other.minimum(self) if isinstance(other, Anything) else self._with(min, other)

    def maximum(self, other: Any) -> Any:
        return other.maximum(self) if isinstance(other, Anything) else self._with(max, other)

    def __round__(self) -> Along:
        return self

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Along):
            if other.path is not self.path:
                return False  # a number of an earlier walk, out of a cache
            if other.form == self.form:
                return True
        elif not isinstance(other, int):
            return False
        return self.path.judge(self, "==", other)

    def equals(self, other: Any) -> bool:
        """Judge whether a number is equal; raises Undecided for anything."""
        return other.equals(self) if isinstance(other, Anything) else bool(self == other)

    def __hash__(self) -> int:
        return hash((self.form, id(self.path)))

    def __bool__(self) -> bool:
        return not self.path.judge(self, "==", 0)

    def _compared(self, sign: str, other: Any) -> bool:
        return NotImplemented if isinstance(other, Anything) else self.path.judge(self, sign, other)

    def __lt__(self, other: Any) -> bool:
        return self._compared("<", other)

    def __le__(self, other: Any) -> bool:
        return self._compared("<=", other)

    def __gt__(self, other: Any) -> bool:
        return self._compared(">", other)

    def __ge__(self, other: Any) -> bool:
        return self._compared(">=", other)

    def counted(self) -> Along:
        """Count with it: each round asks whether there is another."""
        self.path.counts = True
        return self

    def pinned(self) -> int:
        """Return the value, which then holds for this n alone."""
        self.path.pinned = True
        return self.value

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    __repr__ = __str__


def _value(number: Any) -> Any:
    return number.value if isinstance(number, Along) else number


def _form(number: Any) -> Any:
    return number.form if isinstance(number, Along) else number


def residues_of(operation: Operation, a: Any, b: Any) -> int:
    """Return about how many residues are written down for a result: none where floors remain a floor."""
    periods = [form.period for form in (a, b) if isinstance(form, (Floor, Table))]
    kept = isinstance(a, Floor) and isinstance(b, int) and operation in (operator.add, operator.sub, operator.floordiv)
    if kept or not periods:
        return 0
    return lcm(*periods) * (max(b, 1) if operation is operator.floordiv and isinstance(b, int) else 1)


def combined(operation: Operation, a: Any, b: Any) -> Function | int | None:
    """Apply an operation to functions; None where the result is none that can be followed."""
    whole = isinstance(a, int), isinstance(b, int)
    if not all(isinstance(f, (int, Floor, Table, Growth)) for f in (a, b)) or operation is operator.truediv:
        return None
    grown = isinstance(a, Growth) or isinstance(b, Growth)
    try:
        if operation is operator.mul and all(isinstance(f, Table) and f.rise == 0 for f in (a, b)):
            return joined(operator.mul, a, b)
        if grown or (operation is operator.mul and not any(whole)):
            return _growth(operation, a, b)
        if operation in (min, max):
            first, second = (b, a) if whole[0] else (a, b)
            return first.minimum(second) if operation is min else first.maximum(second)  # type: ignore[no-any-return]
        if operation in (operator.floordiv, operator.mod) and not (whole[1] and b > 0):
            return None
        return operation(a, b)  # type: ignore[no-any-return]
    except TooLong:
        return None


def _growth(operation: Operation, a: Function | int, b: Function | int) -> Growth | None:
    if isinstance(a, int):
        a, b = b, a
        if operation not in (operator.add, operator.mul):
            return None
    if isinstance(a, int) or not (_never_falls(a) and _never_falls(b)):
        return None
    if operation is operator.sub and isinstance(b, int):
        return Growth(operator.add, a, -b)
    fits = operation is operator.add or (operation is operator.mul and (not isinstance(b, int) or b > 0))
    if operation is operator.floordiv and isinstance(b, int) and b > 0:
        fits = True
    return Growth(operation, a, b) if fits else None


def _never_falls(f: Function | int) -> bool:
    """Judge whether a function is nowhere below what it was a period before."""
    return not isinstance(f, Table) or f.rise >= 0


def holds(a: Function, sign: str, b: Function | int) -> Numbers:
    """Return the numbers n for which a(n) and b(n) compare so. Raises TooLong where that cannot be written down."""
    compare = SIGNS[sign]
    if isinstance(a, Growth) or isinstance(b, Growth):
        return _growing(a, compare, b)
    difference = a - b
    if isinstance(difference, int):
        return Numbers.every() if compare(difference, 0) else Numbers.none()
    if isinstance(difference, Floor):
        zero, above = (max(1, border - difference.shift) for border in (0, difference.period))
        _judge(above, FARTHEST)
        return Numbers(_run(1, zero, compare(-1, 0)) | _run(zero, above, compare(0, 0)), above, int(compare(1, 0)))
    least, period = difference.least, difference.period
    _judge(period, LONGEST)
    head = _bits(compare(difference(n), 0) for n in range(1, least))
    if difference.rise == 0:
        return Numbers(head, least, _bits(compare(difference(least + i), 0) for i in range(period)), period)
    up, rise = (1, difference.rise) if difference.rise > 0 else (-1, -difference.rise)
    behind = [-up * difference(least + i) for i in range(period)]
    # All residues are on one side of nought up to `middle`, and on the other from `start` on.
    middle = least + max(0, -(-min(behind) // rise)) * period
    start = least + max(0, max(behind) // rise + 1) * period
    _judge(start, FARTHEST)
    _judge(start - middle, LONGEST)
    head |= _run(least, middle, compare(-up, 0))
    head |= _bits(compare(difference(n), 0) for n in range(middle, start)) << (middle - 1)
    return Numbers(head, start, int(compare(up, 0)))


def _growing(a: Function, compare: Operation, b: Function | int) -> Numbers:
    """Find where a growing function compares so with a number: from somewhere on it is above it for good."""
    if not isinstance(b, int):
        raise TooLong("two areas cannot be compared for every n")
    leaves = _leaves(a)
    period = lcm(*(leaf.period for leaf in leaves if isinstance(leaf, Table)))

    def there(n: int) -> range:
        """Return the numbers of a period: what holds for some of them, or for all, does so further on too."""
        return range(n, n + period)

    positive = _first(lambda n: all(leaf(m) >= 1 for m in there(n) for leaf in leaves), 1)
    middle = _first(lambda n: any(a(m) >= b for m in there(n)), positive)
    start = _first(lambda n: all(a(m) > b for m in there(n)), middle)
    _judge(positive + start - middle, LONGEST)
    head = _bits(compare(a(n), b) for n in range(1, positive))
    head |= _run(positive, middle, compare(-1, 0))
    head |= _bits(compare(a(n), b) for n in range(middle, start)) << (middle - 1)
    return Numbers(head, start, int(compare(1, 0)))


def _first(holds: Callable[[int], bool], least: int) -> int:
    """Return the first number from `least` on for which something holds that goes on to hold."""
    step = 1
    while not holds(least + step - 1):
        step *= 2
        _judge(step, FARTHEST)
    return least + bisect_left(range(step), True, key=lambda i: holds(least + i))


def _judge(count: int, most: int) -> None:
    if count > most:
        raise TooLong(f"{count:,} numbers are more than {most:,}")


def _run(first: int, end: int, answer: bool) -> int:
    """Return one answer for all numbers from `first` up to `end`, which is left out, as bits."""
    return ((1 << (end - first)) - 1) << (first - 1) if answer else 0


def _bits(answers: Iterable[bool]) -> int:
    """Return answers as the bits of a number, the first one lowest."""
    return int("".join(["1" if answer else "0" for answer in answers])[::-1] or "0", 2)


def _leaves(f: Function | int) -> list[Floor | Table]:
    if isinstance(f, Growth):
        return _leaves(f.a) + _leaves(f.b)
    return [] if isinstance(f, int) else [f]
