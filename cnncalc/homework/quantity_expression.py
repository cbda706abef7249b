"""What a part asks for, computed: right, under another convention, or with mistakes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, NoReturn, TypeAlias

from cnncalc.homework.calculation import Calculation
from cnncalc.homework.model import Conventions, Value
from cnncalc.homework.quantities import QUANTITIES, Quantity, Target
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


Calculate: TypeAlias = Callable[[Subject], Calculation]
"""How each network of a question is calculated."""


def correctly(subject: Subject) -> Calculation:
    return Calculation(subject.network)


class QuantityExpression:
    """What `ask:` says, over the networks of a question: a quantity, or an expression over quantities.

    Raises ExpressionError for text that cannot be read, with its place in `text`.
    """

    def __init__(self, text: str, subjects: Mapping[str, Subject], conventions: Conventions) -> None:
        self.text, self.subjects, self.conventions = text, subjects, conventions
        self.tree = parse(text)
        self.trials: list[Any] | None = None  # of one mistake each, once somebody looked for them
        for name in self._names(self.tree):
            self._of(name)

    @property
    def quantity(self) -> Quantity | None:
        """Return the quantity, where it is one alone."""
        return self._of(self.tree)[1] if isinstance(self.tree, Name) else None

    @property
    def subject(self) -> Subject:
        """Return the network that is asked about, or the first."""
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
        quantity = self.quantity
        if quantity is not None and quantity.form != "number":
            if found == ():
                message = "what is asked about is a vector, which has no sides"
                raise ExpressionError("H703", message, 0, len(self.text), "ask output or channels")
            return quantity.form
        if not isinstance(found, (int, Fraction, float, Expression)):
            message = "an ask comes to a number, a volume, or yes or no"
            raise ExpressionError("H703", message, 0, len(self.text))
        return "formula" if symbols_of(found) else "number"

    @property
    def unit(self) -> str:
        return self.quantity.unit if self.quantity else ""

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

    def _of(self, name: Name) -> tuple[Subject, Quantity]:
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
        if word not in QUANTITIES:
            hint = did_you_mean(word, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
            raise ExpressionError("E109", f"there is no quantity {quoted(word)}", name.start, name.length, hint)
        return subject, QUANTITIES[word]

    def traced(self, calculate: Calculate = correctly, conventions: Conventions | None = None) -> Any:
        """Return the value as a number that remembers how it came about, where one quantity is asked for."""
        if calculate is correctly and conventions is None:
            return self._right
        return self._traced(calculate, conventions or self.conventions)

    @cached_property
    def _right(self) -> Any:
        return self._traced(correctly, self.conventions)

    def _traced(self, calculate: Calculate, conventions: Conventions) -> Any:
        if isinstance(self.tree, Name):
            subject, quantity = self._of(self.tree)
            return quantity.of(Target(subject.report, subject.node, conventions, calculate(subject)))
        return self.tree.evaluate(_Quantities(self, calculate, conventions))

    def value(self, calculate: Calculate = correctly, conventions: Conventions | None = None) -> Value:
        """Return the value as answers have it, by form."""
        found = plain(self.traced(calculate, conventions))
        return frozenset(("yes" if found else "no",)) if isinstance(found, bool) else found

    def with_numbers(self, calculate: Calculate = correctly, conventions: Conventions | None = None) -> str:
        """Write an expression with the values of its quantities put in."""
        text, at = "", 0
        for name in sorted(self._names(self.tree), key=lambda name: name.start):
            value = self.named_value(name.name, calculate, conventions or self.conventions)
            text += self.text[at : name.start] + (f"{value:,}" if isinstance(value, int) else str(value))
            at = name.start + name.length
        return (text + self.text[at:]).replace("*", "·").replace("==", "=").replace("-", "−")

    def other(self, name: str) -> Value:
        """Return the right value of another quantity of the same networks."""
        return self.named_value(name, correctly, self.conventions)

    def named_value(self, name: str, calculate: Calculate, conventions: Conventions) -> Value:
        subject, quantity = self._of(Name(name, 0, len(name)))
        return plain(quantity.of(Target(subject.report, subject.node, conventions, calculate(subject))))


class _Quantities:
    """The scope of an quantity: its names are quantities."""

    def __init__(self, expression: QuantityExpression, calculate: Calculate, conventions: Conventions) -> None:
        self.expression, self.calculate, self.conventions = expression, calculate, conventions

    def lookup(self, name: str) -> Value:
        return self.expression.named_value(name, self.calculate, self.conventions)

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
