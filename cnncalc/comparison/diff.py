"""What changed between two networks: layer by layer, and in total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from cnncalc.comparison.layers import Pair, paired
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.report import Report, Row
from cnncalc.numbers.arith import Number
from cnncalc.result import Result


class Field(NamedTuple):
    """A field of a layer that has another value; None where a kind has no such field."""

    name: str
    old: str | None
    new: str | None


class Change(NamedTuple):
    """A layer that was added, removed, changed or renamed, or that has another shape or other numbers as a consequence.

    `status` is one of these words, `follows` for a consequence.
    """

    status: str
    old: Row | None
    new: Row | None
    fields: tuple[Field, ...]

    @property
    def path(self) -> str:
        """The path, of both where they have two."""
        return Pair(self.old, self.new).path

    def difference(self, what: str) -> Number:
        """Return how much larger a number of the layer is: params or macs."""
        old, new = (0 if row is None else getattr(row, what) for row in (self.old, self.new))
        return new - old


class Total(NamedTuple):
    """A number of both networks; None where there is none."""

    name: str
    old: Number | None
    new: Number | None

    @property
    def difference(self) -> int | None:
        """How much larger the new one is; None where one of them is no number."""
        known = isinstance(self.old, int) and isinstance(self.new, int)
        return self.new - self.old if known else None  # type: ignore[operator]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Diff(Result):
    """What changed between two networks; it iterates over the changes of layers."""

    old: Report
    new: Report
    changes: tuple[Change, ...]
    totals: tuple[Total, ...]
    shapes: tuple[str, str]  # inputs and outputs of both

    @property
    def differs(self) -> bool:
        """Whether anything changed."""
        return bool(self.changes) or self.shapes[0] != self.shapes[1]

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __repr__(self) -> str:
        count = len(self.changes)
        names = f"{self.old.network.name} and {self.new.network.name}"
        return f"<Diff of {names}: {count} layer{'' if count == 1 else 's'} changed>"


def diff(
    old: What | Mapping[str, object],
    new: What | Mapping[str, object],
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    stdin: Stdin | None = None,
) -> Diff:
    """Find what changed between two networks: layers, their fields, shapes, params and MACs, and the totals.

    Both are what `load` takes, and may be of a revision of git: `diff("HEAD~1:net.cnn.yaml", "net.cnn.yaml")`. Layers
    of one path correspond, in order; between those, layers that are written alike, and then those of one kind.
    """
    given = {"settings": settings, "layout": layout, "stdin": stdin}
    reports = [load(what, input=input, **given).report() for what in (old, new)]  # type: ignore[arg-type]
    left, right = reports
    changes = tuple(change for pair in _replaced(paired(left, right)) if (change := _change(pair)) is not None)
    return Diff(left, right, changes, tuple(_totals(left, right)), (_shapes(left), _shapes(right)))


def _replaced(pairs: list[Pair]) -> Iterator[Pair]:
    """Join a layer that was removed and the one that was added in its place, where it is one for one."""
    runs = groupby(pairs, key=lambda pair: pair.left is not None and pair.right is not None)
    for together, found in runs:
        run = [*found]
        old, new = [pair.left for pair in run if pair.left], [pair.right for pair in run if pair.right]
        if not together and len(old) == len(new) == 1:
            yield Pair(old[0], new[0])
        else:
            yield from run


def _change(pair: Pair) -> Change | None:
    """Return what changed of a pair of layers; None where nothing did."""
    old, new = pair.left, pair.right
    if old is None or new is None:
        return Change("added" if old is None else "removed", old, new, ())
    fields = tuple(_fields(old, new))
    if fields:
        return Change("changed", old, new, fields)
    if old.path != new.path:
        return Change("renamed", old, new, ())
    return Change("follows", old, new, ()) if pair.differing else None


def _fields(old: Row, new: Row) -> Iterator[Field]:
    if old.kind != new.kind:
        yield Field("kind", old.kind, new.kind)
    of_old, of_new = _written(old), _written(new)
    for name in dict.fromkeys((*of_old, *of_new)):
        before, after = of_old.get(name), of_new.get(name)
        if before != after:
            yield Field(name, before, after)


def _written(row: Row) -> dict[str, str]:
    """Return the fields of a layer as they are written."""
    layer = row.node.layer
    values = {name: layer.__dict__[name] for name in layer.fields}
    return {
        name: layer.fields[name].type.write(value) if value is not None else "none" for name, value in values.items()
    }


def _totals(old: Report, new: Report) -> Iterator[Total]:
    for name in ("params", "macs", "weight_layers", "weight_bytes", "activation_bytes"):
        yield Total(name, getattr(old.totals, name), getattr(new.totals, name))
    yield Total("training_bytes", _training(old), _training(new))
    yield Total("receptive_field", old.receptive_field, new.receptive_field)


def _training(report: Report) -> int | None:
    """Return the peak of memory in training with one image and SGD; None for symbols."""
    return None if report.network.symbols() else report.network.memory(1).peak_bytes


def _shapes(report: Report) -> str:
    network = report.network
    outputs = [network.nodes[index].y for index in network.outputs.values()]
    ends = (", ".join(map(str, shapes)) for shapes in (network.input_shapes().values(), outputs))
    return " -> ".join(ends)
