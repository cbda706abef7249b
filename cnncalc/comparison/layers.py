"""Two networks layer by layer: which layers correspond, and which differ."""

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
