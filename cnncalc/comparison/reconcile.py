"""What other counters print for a network, and why it differs from our numbers: a sum of named terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from cnncalc.comparison.counters import COUNTERS, counter
from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    NORMS,
    POOLS,
    SOFTMAX,
    UPSAMPLINGS,
    Code,
    Counter,
    NotModelledError,
    Quantity,
    Seen,
)
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Network
from cnncalc.network.report import Report, Row
from cnncalc.problem import NoAnswer, Problem, did_you_mean, listed, quoted
from cnncalc.result import Result


class Fact(NamedTuple):
    """Something about the code of a network that a description does not say."""

    field: str  # of Code
    applies: Callable[[Row], bool]
    meaning: str


def _of(*kinds: str) -> Callable[[Row], bool]:
    return lambda row: row.kind in kinds


def _pointwise(row: Row) -> bool:
    """Whether a layer can be written as nn.Linear: a 1x1 convolution without stride, padding or groups."""
    if row.kind != "conv":
        return False
    fields = row.node.layer.__dict__
    plain = all(n == 1 for name in ("kernel", "stride", "dilation") for n in fields[name])
    return plain and fields["groups"] == 1 and row.input[0].sides == row.output.sides


FACTS = {
    "function": Fact(
        "as_function", _of(*ACTIVATIONS, *POOLS, *SOFTMAX, *UPSAMPLINGS, *NORMS), "called as a function, as F.relu(x)"
    ),
    "mean": Fact("as_mean", _of("global_avgpool", "avgpool"), "a pool written as x.mean([2, 3])"),
    "adaptive": Fact("as_adaptive", _of("avgpool"), "an average pool written as nn.AdaptiveAvgPool2d"),
    "linear": Fact("as_linear", _pointwise, "a 1x1 convolution written as nn.Linear"),
    "subclass": Fact("subclassed", _of(*NORMS), "a norm that is a subclass of PyTorch's, as LayerNorm2d"),
    "by_size": Fact("by_size", _of("upsample"), "an upsampling given by its size, not by its factor"),
    "no_grad": Fact("no_grad", _of("attention"), "attention run under torch.no_grad()"),
    "need_weights": Fact("need_weights", _of("attention"), "attention that returns its weights (need_weights=True)"),
}
"""What `--code` takes."""


class Part(NamedTuple):
    """A term of the difference of a number from ours, summed over the layers; `fault` where the counter is at fault."""

    name: str
    value: int
    fault: bool


class Count(NamedTuple):
    """A number that a counter prints; None where it is not modelled, and why."""

    counter: Counter
    quantity: Quantity
    ours: int  # the number of ours that it is compared with, times 2 for FLOPs
    number: int | None
    terms: tuple[Part, ...]
    missing: str = ""

    @property
    def printed(self) -> str:
        """The number as the counter prints it."""
        return "" if self.number is None else self.quantity.printed(self.number)

    @property
    def difference(self) -> int | None:
        return None if self.number is None else self.number - self.ours


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reconciliation(Result):
    """The numbers of all counters for one network and one image; it iterates over them.

    `found["torchinfo"]` is the number that a counter is asked for, `found["calflops", "macs"]` another of its numbers.
    """

    report: Report
    code: tuple[str, ...]
    counts: tuple[Count, ...]

    @property
    def network(self) -> Network:
        return self.report.network

    def __iter__(self) -> Iterator[Count]:
        return iter(self.counts)

    def __len__(self) -> int:
        return len(self.counts)

    def __getitem__(self, key: str | tuple[str, str]) -> Count:
        name, quantity = (key, None) if isinstance(key, str) else key
        for count in self.counts:
            if count.counter.name == name and quantity in (None, count.quantity.name):
                return count
        raise KeyError(f"no counter {key!r}: {', '.join(dict.fromkeys(each.counter.name for each in self.counts))}")

    def __repr__(self) -> str:
        return f"<Reconciliation of {self.network.name}: {len(self.counts)} numbers>"


def reconcile(
    what: What | Mapping[str, object],
    *,
    counters: Sequence[str] = (),
    code: Sequence[str] = (),
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    stdin: Stdin | None = None,
) -> Reconciliation:
    """Compute the numbers that other counters print for a network, without running them, and explain the difference.

    `counters` are names such as `"torchinfo"`; without any, all. `code` says how the network is written in PyTorch
    where that is not `torch.nn`'s module of each layer, such as `("function=relu", "linear=conv", "no_grad")`: a fact,
    and the kinds, paths or groups that it is about. Numbers are for one image.

    Raises what `load` raises, and NoAnswer for an unknown counter or fact, and for an input with symbols.
    """
    chosen = [known(name) for name in counters or COUNTERS]
    report = load(what, input=input, settings=settings, layout=layout, stdin=stdin).report()
    codes = codes_of(report, code)
    counts = (count(report, codes, one, quantity) for one in chosen for quantity in one.quantities)
    return Reconciliation(report, tuple(code), tuple(counts))


def known(name: str) -> Counter:
    """Return the counter of that name; raises NoAnswer."""
    if name not in COUNTERS:
        hint = did_you_mean(name, COUNTERS) or f"one of {', '.join(COUNTERS)}"
        raise NoAnswer([Problem("E115", f"there is no counter {quoted(name)}", None, hint)])
    return counter(name)


def codes_of(report: Report, code: Sequence[str]) -> list[Code]:
    """Return how each layer is written; raises NoAnswer for a fact that no layer has, and for symbols."""
    if unknown := sorted(report.network.symbols()):
        message = f"counters print numbers, and {' and '.join(unknown)} of the input can be any"
        raise NoAnswer([Problem("E118", message, None, "give the input as numbers, such as --input 224x224x3")])
    codes = [Code() for _ in report.rows]
    for text in code:
        name, equals, where = (part.strip() for part in text.partition("="))
        fact = FACTS.get(name)
        if fact is None:
            hint = did_you_mean(name, FACTS) or f"one of {', '.join(FACTS)}"
            raise NoAnswer([Problem("E115", f"no fact about code is called {quoted(name)}", None, hint)])
        for place in where.split(",") if equals else [""]:
            place = place.strip()
            found = [i for i, row in enumerate(report.rows) if fact.applies(row) and (not equals or _is_at(row, place))]
            if not found:
                raise NoAnswer([_nowhere(report, name, fact, place)])
            for i in found:
                codes[i] = codes[i]._replace(**{fact.field: True})
    return codes


def _is_at(row: Row, place: str) -> bool:
    """Whether a layer is of that kind, at that path, in that group, or at a path of that pattern."""
    return place in (row.kind, row.path) or row.path.startswith(f"{place}.") or fnmatchcase(row.path, place)


def _nowhere(report: Report, name: str, fact: Fact, place: str) -> Problem:
    able = dict.fromkeys(word for row in report.rows if fact.applies(row) for word in (row.kind, row.path))
    at = f" at {quoted(place)}" if place else ""
    hint = did_you_mean(place, able) if place else None
    if hint is None and able:
        hint = f"it is about {listed(dict.fromkeys(row.kind for row in report.rows if fact.applies(row)))}"
    return Problem("E109", f"no layer of {report.network.name}{at} can be {fact.meaning}", None, hint)


def count(report: Report, codes: Sequence[Code], by: Counter, quantity: Quantity) -> Count:
    """Compute a number of a counter, and the terms of its difference."""
    ours = int(getattr(report.totals, quantity.what)) * quantity.times
    sums: dict[str, Part] = {}
    try:
        for row, code in zip(report.rows, codes, strict=True):
            for name, value, fault in of_row(row, code, quantity):
                before = sums.get(name)
                sums[name] = Part(name, value + (before.value if before else 0), fault)
    except NotModelledError as reason:
        return Count(by, quantity, ours, None, (), str(reason))
    terms = tuple(part for part in sums.values() if part.value)
    return Count(by, quantity, ours, ours + sum(part.value for part in terms), terms)


def of_row(row: Row, code: Code, quantity: Quantity) -> Iterator[Part]:
    """Yield the terms of one layer; raises NotModelledError for a kind without a rule."""
    seen = Seen(row, code)
    if row.node.aux is not None:
        rule = quantity.aside
    else:
        found = quantity.rules.get(row.kind, quantity.otherwise)
        if found is None:
            raise NotModelledError(f"{row.path}: no rule for {row.kind}")
        rule = found
    for term in rule:
        value = term.value(seen)
        if value:
            yield Part(term.name, value, term.fault)


def number_of_row(row: Row, code: Code, quantity: Quantity) -> int:
    """Return what a counter counts for one layer; raises NotModelledError."""
    ours = 0 if row.node.aux is not None else int(getattr(row, quantity.what)) * quantity.times
    return ours + sum(part.value for part in of_row(row, code, quantity))


def rows_of(report: Report, name: str, code: Sequence[str] = ()) -> tuple[Counter, dict[int, int]]:
    """Return a counter, and what it counts for each row by the index of its node; raises NoAnswer.

    `report` is of one image. A layer without a rule makes the whole unknown.
    """
    found = known(name)
    try:
        numbers = {
            row.node.index: number_of_row(row, one, found.main)
            for row, one in zip(report.rows, codes_of(report, code), strict=True)
        }
    except NotModelledError as reason:
        raise NoAnswer([Problem("E126", f"what {found.title} counts is not modelled: {reason}")]) from None
    return found, numbers
