"""The numbers of other counters as a table and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cnncalc.comparison.reconcile import Count, Reconciliation, rows_of
from cnncalc.network.report import Report
from cnncalc.render import columns
from cnncalc.render.numbers import exact
from cnncalc.render.table import BOLD, CYAN, DIM, PLAIN, RED, TERMS, YELLOW, Column, Data, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import reconciliation as documents


def tables(found: Reconciliation) -> Iterator[Table]:
    """Yield a row for each number of a counter, and below it the terms of its difference."""
    totals, code = found.report.totals, ", ".join(found.code)
    notes = [
        Note("", "difference: from our MACs, FLOPs (2 per MAC) or params; below it the terms that it is the sum of"),
        Note("", "fault: the counter is wrong there; all else is convention"),
        Note("code", code or "each layer is the module of torch.nn; --code says otherwise", PLAIN if code else DIM),
    ]
    yield Table(
        f"{found.network.title or found.network.name}: {exact(totals.macs)} MACs, {exact(totals.params)} params",
        (
            Column("counter", breaks=" ", style=CYAN),
            Column("prints", breaks=" "),
            Column("number", right=True),
            Column("difference", right=True),
            Column("", breaks=" "),
        ),
        [row for count in found for row in _rows(count)],
        notes=notes,
        label=found.network.name,
        data=partial(_data, found),
    )


def _rows(count: Count) -> Iterator[Row]:
    title, label = count.counter.title, count.quantity.label
    if count.number is None:
        yield Row((title, label, "?", "", f"not modelled: {count.missing}"), styles={4: YELLOW})
        return
    number = exact(count.number) if count.printed == f"{count.number:,}" else f"{exact(count.number)} ({count.printed})"
    yield Row((title, label, number, signed(count.number - count.ours) if count.terms else "same", ""), BOLD)
    for term in count.terms:
        text = f"{term.name} (fault)" if term.fault else term.name
        yield Row(("", "", "", signed(term.value), text), styles={4: RED} if term.fault else {})


def signed(number: int) -> str:
    """Write a difference with its sign: +53,120, −8,464."""
    return f"{'−' if number < 0 else '+'}{abs(number):,}"


def _data(found: Reconciliation) -> Data:
    names = ("counter", "quantity", "number", "ours", "term", "value", "fault", "not_modelled")
    rows: list[tuple[object, ...]] = []
    for count in found:
        head = (count.counter.name, count.quantity.name, count.number, count.ours)
        rows.append((*head, "", None, None, count.missing))
        rows += [(*head, term.name, term.value, term.fault, "") for term in count.terms]
    return names, rows


def like(report: Report, name: str, code: Sequence[str] = ()) -> columns.Column:
    """Return the column of a report as a counter counts, for one image; raises NoAnswer where it is not modelled."""
    counter, numbers = rows_of(report, name, code)
    return columns.Column(
        f"{counter.title}: {counter.main.label}",
        name=counter.name,
        meaning=f"as {counter.title} counts",
        value=lambda line, _: sum(numbers[row.node.index] for row in line.rows),
        text=columns.number,
        right=True,
        breaks=TERMS,
        total=lambda _: sum(numbers.values()),
    )


def document(found: Reconciliation) -> documents.Reconciliation:
    """Return the numbers as a document."""
    from cnncalc.documents.reconciliation import Reconciliation as Model

    return Model.model_validate(
        {
            "name": found.network.name,
            "code": list(found.code),
            "macs": found.report.totals.macs,
            "params": found.report.totals.params,
            "counts": [
                {
                    "counter": count.counter.name,
                    "title": count.counter.title,
                    "version": count.counter.version,
                    "quantity": count.quantity.name,
                    "label": count.quantity.label,
                    "number": count.number,
                    "printed": count.printed,
                    "ours": count.ours,
                    "terms": [term._asdict() for term in count.terms],
                    "not_modelled": count.missing,
                }
                for count in found
            ],
        }
    )
