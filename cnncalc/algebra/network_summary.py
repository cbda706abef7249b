"""Where the parameters, the multiply-adds and the memory of a network go: by stage, by kind, and the largest layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.algebra.explain import Quantity, quantities_of
from cnncalc.network.report import Report, Row
from cnncalc.numbers.arith import Number


class Part(NamedTuple):
    """A stage or a kind, and what it has of the whole; no share while numbers are symbols."""

    name: str
    value: Number
    share: float | None


class Account(NamedTuple):
    """One total split up. `most` is the largest layer with its formula; None where nothing can be compared."""

    name: str
    unit: str
    total: Number
    stages: list[Part]
    kinds: list[Part]
    most: tuple[Row, Part, Quantity] | None


def story(report: Report, group: str = "") -> list[Account]:
    """Return the accounts of a network, or of one group of its layers; side heads are left out, as in the totals."""
    prefix = f"{group}." if group else ""
    rows = [row for row in report.rows if row.path.startswith(prefix) and (group or row.node.aux is None)]
    return [
        _account(report, rows, prefix, "params", "", lambda row: row.params),
        _account(report, rows, prefix, "MACs", "", lambda row: row.macs),
        _account(report, rows, prefix, "activation bytes", "B", _bytes),
    ]


def _bytes(row: Row) -> Number:
    return 0 if row.node.layer.in_place else row.activation_bytes


def _account(
    report: Report, rows: list[Row], prefix: str, name: str, unit: str, value: Callable[[Row], Number]
) -> Account:
    total = sum(map(value, rows))
    stages: dict[str, Number] = {}
    kinds: dict[str, Number] = {}
    for row in rows:
        stage = row.path[len(prefix) :].partition(".")[0]
        stages[stage] = stages.get(stage, 0) + value(row)
        kinds[row.kind] = kinds.get(row.kind, 0) + value(row)
    most = None
    if isinstance(total, int) and total:
        row = max(rows, key=value)
        quantity = next(q for q in quantities_of(report, row) if q.name == name)
        most = row, _part(row.path, value(row), total), quantity
    by_size = sorted(_parts(kinds, total), key=lambda part: -(part.share or 0))
    return Account(name, unit, total, _parts(stages, total), by_size, most)


def _parts(values: dict[str, Any], total: Number) -> list[Part]:
    return [_part(name, value, total) for name, value in values.items() if not isinstance(value, int) or value]


def _part(name: str, value: Number, total: Number) -> Part:
    known = isinstance(value, int) and isinstance(total, int)
    return Part(name, value, value / total if known and total else None)
