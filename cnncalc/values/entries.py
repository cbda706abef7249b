"""One number of a layer's output: each class has its value and the text of its calculation on one screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

from cnncalc.record import Record
from cnncalc.values.functions import FUNCTIONS, Parameters
from cnncalc.values.numbers import Number, exact, exponential, factor, power_of_e, quotient, square_root, written

MOST_TERMS = 40
"""Terms of a sum that are written out."""


class Entry(Record):
    """One number of an output."""

    @property
    def value(self) -> Number:
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The calculation with numbers put in."""
        raise NotImplementedError

    def before(self) -> Iterator[str]:
        """Yield lines that are calculated first, such as a mean."""
        yield from ()

    @property
    def line(self) -> str:
        """The calculation with its result: (50·30) + (20·30) = 2,100."""
        text, value = self.text, written(self.value)
        return text if text == value else f"{text} = {value}"


def _joined(terms: Sequence[str], sign: str = " + ") -> str:
    """Join terms, those in the middle of many left out."""
    if len(terms) <= MOST_TERMS:
        return sign.join(terms)
    half = MOST_TERMS // 2
    return sign.join((*terms[:half], "…", *terms[-half:]))


class Products(Entry):
    """A sum of products and a bias: convolutions and linear layers. Products with a factor of 0 are not written."""

    pairs: Sequence[tuple[Number, Number]]  # input, weight
    bias: Number | None = None

    @property
    def value(self) -> Number:
        return exact(sum(x * w for x, w in self.pairs) + (self.bias or 0))

    @property
    def text(self) -> str:
        terms = [f"({written(x)}·{factor(w)})" for x, w in self.pairs if x and w]
        if self.bias:
            terms.append(factor(self.bias))
        return _joined(terms) or "0"


class Maximum(Entry):
    """The largest of a window."""

    values: Sequence[Number]

    @property
    def value(self) -> Number:
        return max(self.values)

    @property
    def text(self) -> str:
        return f"max({_joined(list(map(written, self.values)), ', ')})"


class Sum(Entry):
    """A sum: the branches of an add layer; with `sign` −1 the first minus the others."""

    values: Sequence[Number]
    sign: int = 1

    @property
    def value(self) -> Number:
        first, *others = self.values
        return exact(first + self.sign * sum(others))

    @property
    def text(self) -> str:
        first, *others = self.values
        return _joined([written(first), *map(factor, others)], " + " if self.sign > 0 else " − ")


class Mean(Entry):
    """The sum of a window by `count`."""

    values: Sequence[Number]
    count: int

    @property
    def value(self) -> Number:
        return quotient(sum(self.values), self.count)

    @property
    def text(self) -> str:
        first, *others = self.values or (0,)
        return f"({_joined([written(first), *map(factor, others)])})/{self.count}"


class Product(Entry):
    """A product: the branches of a mul layer, a value and its scale."""

    values: Sequence[Number]

    @property
    def value(self) -> Number:
        return exact(math.prod(self.values))

    @property
    def text(self) -> str:
        return "·".join(map(factor, self.values))


class Same(Entry):
    """A value that is passed on: flatten, padding, dropout outside of training."""

    x: Number

    @property
    def value(self) -> Number:
        return self.x

    @property
    def text(self) -> str:
        return written(self.x)


class Kept(Entry):
    """A value in training behind dropout: 0, or divided by the share that is kept."""

    x: Number
    kept: bool
    share: Number  # of the units that are kept

    def before(self) -> Iterator[str]:
        if self.kept:
            yield f"share of units kept: 1 − {written(1 - self.share)} = {written(self.share)}"

    @property
    def value(self) -> Number:
        return quotient(self.x, self.share) if self.kept else 0

    @property
    def text(self) -> str:
        return f"{factor(self.x)}/{written(self.share)}" if self.kept else "0"


class Applied(Entry):
    """An element-wise function, or its derivative, of a value."""

    function: str
    x: Number
    parameters: Parameters = {}
    derivative: bool = False

    @property
    def value(self) -> Number:
        function = FUNCTIONS[self.function]
        return exact((function.derivative if self.derivative else function.value)(self.x, self.parameters))

    @property
    def text(self) -> str:
        function = FUNCTIONS[self.function]
        return (function.derivative_text if self.derivative else function.text)(self.x, self.parameters)


class Share(Entry):
    """Softmax: the exponential of one value by the sum of all; `log` is its logarithm."""

    values: Sequence[Number]
    index: int
    log: bool = False

    @property
    def value(self) -> Number:
        top = max(self.values)
        powers = [exponential(x - top) for x in self.values]
        if self.log:
            return self.values[self.index] - top - math.log(sum(powers))
        return quotient(powers[self.index], sum(powers))

    @property
    def text(self) -> str:
        total = _joined(list(map(power_of_e, self.values)))
        if self.log:
            return f"{written(self.values[self.index])} − ln({total})"
        powers = [exponential(x) for x in self.values]
        quotient_text = f"{power_of_e(self.values[self.index])}/({total})"
        if any(map(math.isinf, powers)):
            return quotient_text
        return f"{quotient_text} = {written(powers[self.index])}/{written(sum(powers))}"


def _squares(values: Sequence[Number], mean: Number) -> Number:
    return exact(sum((x - mean) ** 2 for x in values))


class Variance(Entry):
    """The mean squared distance from the mean; `less` is 1 where the sum is divided by one less (unbiased)."""

    values: Sequence[Number]
    less: int = 0

    @property
    def mean(self) -> Mean:
        return Mean(self.values, len(self.values))

    @property
    def value(self) -> Number:
        return quotient(_squares(self.values, self.mean.value), len(self.values) - self.less)

    @property
    def text(self) -> str:
        mean = factor(self.mean.value)
        terms = [f"({written(x)} − {mean})²" for x in self.values]
        by = len(self.values) - self.less
        return f"({_joined(terms)})/{by}"

    def before(self) -> Iterator[str]:
        yield f"μ = {self.mean.line}"


class Normalised(Entry):
    """(x − μ)/√(σ² + ε), then scale and shift; μ and σ² of `values`, or given as `statistics`."""

    x: Number
    values: Sequence[Number] = ()
    statistics: tuple[Number, Number] | None = None
    epsilon: Number = 0
    scale: Number = 1
    shift: Number = 0
    less: int = 0  # of the variance

    @cached_property
    def moments(self) -> tuple[Number, Number]:
        """μ and σ²; raises ZeroDivisionError for the unbiased variance of one value."""
        if self.statistics is not None:
            return self.statistics
        return Mean(self.values, len(self.values)).value, Variance(self.values, self.less).value

    @property
    def value(self) -> Number:
        mean, variance = self.moments
        normal = quotient(self.x - mean, square_root(variance + self.epsilon))
        return exact(normal * self.scale + self.shift)

    @property
    def text(self) -> str:
        mean, variance = self.moments
        inside = written(variance) + (f" + {written(self.epsilon)}" if self.epsilon else "")
        under = f"√{inside}" if inside.isdigit() else f"√({inside})"
        text = f"({written(self.x)} − {factor(mean)})/{under}"
        text = f"{factor(self.scale)}·{text}" if self.scale != 1 else text
        return f"{text} + {factor(self.shift)}" if self.shift else text

    def before(self) -> Iterator[str]:
        if self.statistics is None:
            variance = Variance(self.values, self.less)
            yield f"μ = {variance.mean.line}"
            yield f"σ² = {variance.line}"
