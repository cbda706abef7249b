"""Inlay hints: the output shape, parameters and MACs of each line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnncalc.expand.names import StepPlace
from cnncalc.linter.mentions import parts_of
from cnncalc.network.network import Group
from cnncalc.network.report import Report, Row
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.render.numbers import THOUSANDS, exact, short
from cnncalc.server.document import Document
from cnncalc.shape import Shape
from cnncalc.spec.model import Chain, Named


class Line(NamedTuple):
    """The values of a line: its last output, its numbers, and the number of calls of its block."""

    output: Shape
    params: Number
    macs: Number
    calls: int = 1

    @property
    def text(self) -> str:
        parts = [str(self.output)]
        if symbols_of(self.params) or self.params:
            parts.append(f"{counted(self.params, exactly=True)} param{'' if self.params == 1 else 's'}")
        if symbols_of(self.macs) or self.macs:
            parts.append(f"{counted(self.macs)} MACs")
        if self.calls > 1:
            parts.append(f"first of {self.calls} calls")
        return f"» {' · '.join(parts)}"


def counted(number: Number, *, exactly: bool = False) -> str:
    """Write four significant digits, 105.4M, or every digit: 34,944."""
    if not isinstance(number, int):
        return short(number)
    if exactly or number < 10_000:
        return exact(number)
    mantissa, exponent = f"{number:.3e}".split("e")
    unit, whole = divmod(int(exponent), 3)
    if unit >= len(THOUSANDS):
        return f"{mantissa}e{int(exponent)}"
    return f"{float(mantissa) * 10**whole:.{3 - whole}f}{THOUSANDS[unit]}"


def lines(document: Document) -> dict[int, Line]:
    """Return the values of the lines, which count from 1; of a block's lines, in its first call.

    A line with a problem has no values, because they would be incomplete.
    """
    report = document.report
    if report is None or document.reading is None:
        return {}
    found = dict(_of_names(document, report))
    found.update(_of_steps(document, report))
    return {line: known for line, known in found.items() if line not in document.broken}


def _of_steps(document: Document, report: Report) -> Iterator[tuple[int, Line]]:
    numbers: dict[int, dict[int | None, Line]] = {}  # by line, then by the call that it is walked in
    places: dict[Any, int] = {}
    for row in report.rows:
        around: int | None = None
        for where in (*(call.where for call in row.node.calls), row.node.where):
            if where is None:
                continue
            key = (where.text.start, where.step.start) if isinstance(where, StepPlace) else id(where)
            line = places.get(key)
            if line is None:
                line = places[key] = where().line
            known = numbers.setdefault(line, {})
            known[around] = _with(known.get(around), row)
            around = id(where)  # every call has a place of its own
    for line, by_call in numbers.items():
        yield line, next(iter(by_call.values()))._replace(calls=len(by_call))


def _with(known: Line | None, row: Row) -> Line:
    if known is None:
        return Line(row.output, row.params, row.macs)
    return Line(row.output, known.params + row.params, known.macs + row.macs)


def _is_doubtful(rows: list[Row], document: Document) -> bool:
    return any(row.node.place and row.node.place.line in document.broken for row in rows)


def _of_names(document: Document, report: Report) -> Iterator[tuple[int, Line]]:
    """Yield the totals of named items of several lines, at the line of the name."""
    assert document.reading is not None
    rows = {row.node.index: row for row in report.rows}
    names = {id(part.item): part for part in parts_of(document.reading.spec.layers) if isinstance(part, Named)}
    stack: list[Group] = [report.network.root]
    while stack:
        group = stack.pop()
        stack.extend(group.children)
        named = names.get(id(group.item))
        if named is None or isinstance(named.item, Chain) or group.in_block or group.output is None:
            continue
        inside = [rows[index] for index in range(group.first, group.last) if index in rows]
        if document.broken and (group.last > len(report.network.nodes) or _is_doubtful(inside, document)):
            continue
        params, macs = sum(row.params for row in inside), sum(row.macs for row in inside)
        yield named.name.place().line, Line(group.output, params, macs)
