"""Networks side by side, and two of them layer by layer."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cnncalc.comparison.catalogue import Shelf
from cnncalc.comparison.layers import Line, Pair, aligned, paired
from cnncalc.comparison.summary import Summary, summarise
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, shape_text
from cnncalc.network.report import Report, Row
from cnncalc.result import Result, by_name


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """Networks side by side. It iterates over their rows, and `comparison["alexnet"]` is one of them."""

    summaries: tuple[Summary, ...]
    baseline: Summary

    def __iter__(self) -> Iterator[Summary]:
        return iter(self.summaries)

    def __getitem__(self, name: str) -> Summary:
        return by_name(self.summaries, name)

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(one.name for one in self.summaries)}, to {self.baseline.name}>"


def compare(
    *what: What,
    baseline: What | None = None,
    input: InputShape | None = None,
    progress: Callable[[str], None] | None = None,
    stdin: Stdin | None = None,
) -> Comparison:
    """Put networks side by side: params, MACs, memory in bytes, receptive field, published accuracy in percent.

    Ratios are to `baseline`, the first without one; `input` is another input for all. `progress` is called with the
    name of each network that was computed. Raises TypeError without a network.
    """
    if not what:
        raise TypeError('compare() takes networks, as in compare("alexnet", "vgg16")')
    names = [os.fspath(one) for one in what]
    first = names[0] if baseline is None else os.fspath(baseline)
    shape = None if input is None else shape_text(input)
    asked = dict.fromkeys((*names, first))
    found = Shelf(progress).find([*asked]) if input is None else {}
    for name in asked:
        if name not in found:
            found[name] = summarise(name, input=shape, stdin=stdin)
            if progress:
                progress(name)
    _tell_apart(found)
    return Comparison(tuple(found[name] for name in names), found[first])


def _tell_apart(found: dict[str, Summary]) -> None:
    """Number networks that are called alike, such as two chains."""
    count = Counter(summary.name for summary in found.values())
    number: Counter[str] = Counter()
    for asked, summary in found.items():
        if count[summary.name] > 1:
            number[summary.name] += 1
            found[asked] = Summary(**{**vars(summary), "name": f"{summary.name} {number[summary.name]}"})


def _row(reports: Sequence[Report], path: str) -> Row:
    """Return the layer of that path of the first network that has one; raises KeyError."""
    for report in reports[:-1]:
        with suppress(KeyError):
            return report.row(path)
    return reports[-1].row(path)


@dataclass(frozen=True, repr=False)
class LayerComparison(Result):
    """Two networks layer by layer; it iterates over the pairs, and each says what of it is `differing`."""

    left: Report
    right: Report
    pairs: tuple[Pair, ...]

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.pairs)

    def __getitem__(self, path: str) -> Pair:
        row = _row((self.left, self.right), path)
        return next(pair for pair in self.pairs if pair.left is row or pair.right is row)

    def __repr__(self) -> str:
        differ = sum(bool(pair.differing) for pair in self.pairs)
        names = f"{self.left.network.name} and {self.right.network.name}"
        return f"<LayerComparison of {names}: {differ} of {len(self.pairs)} layers differ>"


def compare_layers(
    left: What, right: What, *, input: InputShape | None = None, stdin: Stdin | None = None
) -> LayerComparison:
    """Put two networks side by side layer by layer: how each is written, its output, params and MACs."""
    one, other = (load(name, input=input, stdin=stdin).report() for name in (left, right))
    return LayerComparison(one, other, tuple(paired(one, other)))


@dataclass(frozen=True, repr=False)
class LayerTable(Result):
    """Several networks layer by layer; it iterates over the lines, each with a layer of every network or None."""

    reports: tuple[Report, ...]
    lines: tuple[Line, ...]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __getitem__(self, path: str) -> Line:
        row = _row(self.reports, path)
        return next(line for line in self.lines if any(each is row for each in line.rows))

    def __repr__(self) -> str:
        names = ", ".join(report.network.name for report in self.reports)
        return f"<LayerTable of {names}: {len(self.lines)} lines>"


def layer_table(*what: What, input: InputShape | None = None, stdin: Stdin | None = None) -> LayerTable:
    """Put two networks or more side by side layer by layer, as the table of VGG's configurations has them.

    Raises ValueError for fewer than two, and for networks so large that comparing their layers takes too long.
    """
    if len(what) < 2:
        raise ValueError(f"two networks or more are put side by side, not {len(what)}")
    reports = tuple(load(name, input=input, stdin=stdin).report() for name in what)
    return LayerTable(reports, tuple(aligned(reports)))
