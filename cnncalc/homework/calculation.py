"""What a part asks for, computed: right, under another convention, or with mistakes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, NoReturn, TypeAlias

from cnncalc.homework.attempt import Attempt
from cnncalc.homework.model import Conventions, Value
from cnncalc.homework.quantities import ASKS, Ask, Sight
from cnncalc.network.network import Network, Node
from cnncalc.network.report import Report
from cnncalc.numbers.arith import symbols_of
from cnncalc.numbers.symbolic import Expression
from cnncalc.numbers.traced import value_of
from cnncalc.problem import did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.shape import Shape
from cnncalc.spec.expression import ExpressionError, Name, Path
from cnncalc.spec.parse import parse


class Subject(Record):
    """A network and the place in it that a question is about; `node` is None for the whole network."""

    name: str  # as the question calls it; "" where there is one only
    network: Network
    node: Node | None

    @property
    def report(self) -> Report:
        report: Report = self.network.report()
        return report


Way: TypeAlias = Callable[[Subject], Attempt]
"""How each network of a question is calculated."""


def rightly(subject: Subject) -> Attempt:
    return Attempt(subject.network)


class Calculation:
    """One ask over the networks of a question: a quantity, or an expression over quantities.

    Raises ExpressionError for an ask that cannot be read, with its place in `text`.
    """

    def __init__(self, text: str, subjects: Mapping[str, Subject], conventions: Conventions) -> None:
        self.text, self.subjects, self.conventions = text, subjects, conventions
        self.tree = parse(text)
        self.trials: list[Any] | None = None  # of one mistake each, once somebody looked for them
        for name in self._names(self.tree):
            self._of(name)

    @property
    def ask(self) -> Ask | None:
        """Return the quantity, where it is one alone."""
        return self._of(self.tree)[1] if isinstance(self.tree, Name) else None

    @property
    def subject(self) -> Subject:
        """Return the network that the ask is about, or the first."""
        name = next(iter(self._names(self.tree)), None)
        return self._of(name)[0] if name else next(iter(self.subjects.values()))

    @property
    def quantities(self) -> list[str]:
        """Return the quantities that an expression is made of, with their networks: plain.macs."""
        return [name.name for name in self._names(self.tree)]

    @cached_property
    def form(self) -> str:
        """Return the form of the answer; raises ExpressionError where it is none."""
        found = plain(self.traced())
        if isinstance(found, bool):
            return "choice"
        ask = self.ask
        if ask is not None and ask.form != "number":
            return ask.form
        if not isinstance(found, (int, Fraction, float, Expression)):
            said = "an ask comes to a number, a volume, or yes or no"
            raise ExpressionError("H703", said, 0, len(self.text))
        return "formula" if symbols_of(found) else "number"

    @property
    def unit(self) -> str:
        return self.ask.unit if self.ask else ""

    def _names(self, part: Any) -> Iterator[Name]:
        """Yield the names in an expression, wherever they stand."""
        if isinstance(part, Name):
            yield part
        elif isinstance(part, Path):
            raise ExpressionError("E109", f"there is no quantity {quoted(part.name)}", part.start, part.length)
        else:
            inner = part.__dict__.values() if isinstance(part, Record) else part if isinstance(part, tuple) else ()
            for each in inner:
                yield from self._names(each)

    def _of(self, name: Name) -> tuple[Subject, Ask]:
        """Find what `params`, or `plain.params`, is about; raises ExpressionError."""
        first, dot, second = name.name.partition(".")
        subject = self.subjects.get(first if dot else "")
        if subject is None and not dot and len(self.subjects) == 1:
            subject = next(iter(self.subjects.values()))
        word = second if dot else first
        if subject is None:
            known = ", ".join(filter(None, self.subjects))
            if not dot:
                hint = f"say of which network, as in {next(iter(self.subjects))}.{word}"
                raise ExpressionError("E109", f"there are {len(self.subjects)} networks", name.start, name.length, hint)
            hint = did_you_mean(first, self.subjects) or (f"there is {known}" if known else f"write {word} alone")
            raise ExpressionError("E109", f"there is no network {quoted(first)}", name.start, name.length, hint)
        if word not in ASKS:
            hint = did_you_mean(word, ASKS) or f"there are {', '.join(ASKS)}"
            raise ExpressionError("E109", f"there is no quantity {quoted(word)}", name.start, name.length, hint)
        return subject, ASKS[word]

    def traced(self, way: Way = rightly, conventions: Conventions | None = None) -> Any:
        """Return the value as a number that remembers how it came about, where one quantity is asked for."""
        if way is rightly and conventions is None:
            return self._right
        return self._traced(way, conventions or self.conventions)

    @cached_property
    def _right(self) -> Any:
        return self._traced(rightly, self.conventions)

    def _traced(self, way: Way, conventions: Conventions) -> Any:
        if isinstance(self.tree, Name):
            subject, ask = self._of(self.tree)
            return ask.of(Sight(subject.report, subject.node, conventions, way(subject)))
        return self.tree.evaluate(_Quantities(self, way, conventions))

    def value(self, way: Way = rightly, conventions: Conventions | None = None) -> Value:
        """Return the value as answers have it, by form."""
        found = plain(self.traced(way, conventions))
        return frozenset(("yes" if found else "no",)) if isinstance(found, bool) else found

    def with_numbers(self, way: Way = rightly, conventions: Conventions | None = None) -> str:
        """Write an expression with the values of its quantities put in."""
        text, at = "", 0
        for name in sorted(self._names(self.tree), key=lambda name: name.start):
            value = self.quantity(name.name, way, conventions or self.conventions)
            text += self.text[at : name.start] + (f"{value:,}" if isinstance(value, int) else str(value))
            at = name.start + name.length
        return (text + self.text[at:]).replace("*", "·").replace("==", "=").replace("-", "−")

    def quantity(self, name: str, way: Way, conventions: Conventions) -> Value:
        subject, ask = self._of(Name(name, 0, len(name)))
        return plain(ask.of(Sight(subject.report, subject.node, conventions, way(subject))))


class _Quantities:
    """The scope of an ask: its names are quantities."""

    def __init__(self, calculation: Calculation, way: Way, conventions: Conventions) -> None:
        self.calculation, self.way, self.conventions = calculation, way, conventions

    def lookup(self, name: str) -> Value:
        return self.calculation.quantity(name, self.way, self.conventions)

    def is_word(self, name: str) -> bool:
        return False

    def unbound(self, name: str, start: int, length: int) -> NoReturn:
        raise ExpressionError("E109", f"there is no quantity {quoted(name)}", start, length)


def plain(found: Any) -> Value:
    """Return the plain value of what was computed: numbers in place of calculations."""
    if isinstance(found, Shape):
        return Shape(tuple(map(_plain, found.sides)), _plain(found.channels))
    if isinstance(found, tuple):
        return tuple(plain(each) if isinstance(each, tuple) else _plain(each) for each in found)
    return _plain(found)


def _plain(part: Any) -> Any:
    value = value_of(part)
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    return value
