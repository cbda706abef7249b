"""Networks layer by layer: which layers correspond, and which differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from cnncalc.network.report import Report, Row
from cnncalc.record import Record

CLOSELY = 4_000_000
"""Pairs of layers without a common path that are looked at for a common text; beyond, they stand apart."""

COMPARED = ("layer", "output", "params", "macs")
"""The compared properties of two layers, in the order of the report."""


class Pair(Record):
    """A layer of one network with its counterpart; None where there is none."""

    left: Row | None
    right: Row | None

    @property
    def path(self) -> str:
        """The path, of both where they have two."""
        paths = dict.fromkeys(row.path for row in (self.left, self.right) if row)
        return " | ".join(paths)

    def values(self, what: str) -> tuple[object, object]:
        """Return what both have, None for a layer that is not there."""
        left, right = (None if row is None else _value(row, what) for row in (self.left, self.right))
        return left, right

    @property
    def differing(self) -> list[str]:
        """The properties that differ."""
        return [what for what in COMPARED if len(set(map(str, self.values(what)))) > 1]


def _value(row: Row, what: str) -> object:
    return row.written if what == "layer" else str(row.output) if what == "output" else getattr(row, what)


def paired(left: Report, right: Report) -> list[Pair]:
    """Put two networks side by side: layers of one path together, and between those the ones written alike."""
    return [*_paired(left.rows, right.rows, lambda row: row.path, _alike)]


def _alike(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    if len(left) * len(right) > CLOSELY:
        return _apart(left, right)
    return _paired(left, right, lambda row: row.written, _of_kind)


def _of_kind(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    return _paired(left, right, lambda row: row.kind, _apart)


def _apart(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    yield from (Pair(row, None) for row in left)
    yield from (Pair(None, row) for row in right)


def _paired(
    left: Sequence[Row],
    right: Sequence[Row],
    key: Callable[[Row], str],
    otherwise: Callable[[Sequence[Row], Sequence[Row]], Iterator[Pair]],
) -> Iterator[Pair]:
    """Pair what has one key, in order; what lies between goes to `otherwise`."""
    matcher = SequenceMatcher(None, [*map(key, left)], [*map(key, right)], autojunk=False)
    for tag, i, to_i, j, to_j in matcher.get_opcodes():
        if tag == "equal":
            yield from map(Pair, left[i:to_i], right[j:to_j])
        else:
            yield from otherwise(left[i:to_i], right[j:to_j])


class Line(Record):
    """Layers of several networks that correspond, one for each network; None where it has none there."""

    rows: tuple[Row | None, ...]

    @property
    def first(self) -> Row:
        """The layer of the first network that has one."""
        return next(row for row in self.rows if row is not None)

    @property
    def differs(self) -> bool:
        """Whether the layers are written in different ways, or a network has none."""
        return len({row.written if row else None for row in self.rows}) > 1


def aligned(reports: Sequence[Report]) -> list[Line]:
    """Put networks side by side, one after the other: layers written alike in one group correspond, in order.

    The first name of a path is the group, as `group1` of `group1.2.conv`. Raises ValueError for networks so large that
    comparing their layers takes too long.
    """
    first, *others = reports
    lines: list[list[Row | None]] = [[row] for row in first.rows]
    for count, report in enumerate(others, 1):
        if len(lines) * len(report.rows) > CLOSELY:
            raise ValueError(f"{len(lines):,} and {len(report.rows):,} layers are too many to be put side by side")
        known = [next(_group(row) for row in line if row is not None) for line in lines]
        matcher = SequenceMatcher(None, known, [*map(_group, report.rows)], autojunk=False)
        merged: list[list[Row | None]] = []
        for tag, i, to_i, j, to_j in matcher.get_opcodes():
            if tag == "equal":
                merged += [[*line, row] for line, row in zip(lines[i:to_i], report.rows[j:to_j], strict=True)]
            else:
                merged += [[*line, None] for line in lines[i:to_i]]
                merged += [[*[None] * count, row] for row in report.rows[j:to_j]]
        lines = merged
    return [Line(tuple(line)) for line in lines]


def _group(row: Row) -> tuple[str, str]:
    return row.path.partition(".")[0], row.written
