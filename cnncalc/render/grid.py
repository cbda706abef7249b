"""A report as cells and notes: what the printed formats have in common, before any of them draws it."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.network.report import Report
from cnncalc.numbers.arith import Number
from cnncalc.record import Record
from cnncalc.render.columns import DEFAULT, FLOPS, Column, View
from cnncalc.render.fold import Line, lines
from cnncalc.render.numbers import exact


class Note(NamedTuple):
    """A sentence under the table; `label` says what about."""

    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.label}: {self.text}" if self.label else self.text


class Grid(Record):
    """The cells of a table, line by line, with what stands over and under them."""

    title: str
    columns: tuple[Column, ...]
    lines: list[Line]
    cells: list[list[str]]
    totals: list[list[str]]
    notes: list[Note]


def grid(report: Report, view: View | None = None) -> Grid:
    """Lay a report out in cells."""
    view = view or View(DEFAULT)
    shown = lines(report, view.depth)
    cells = [[_clean(column.cell(line, report, view)) for column in view.columns] for line in shown]
    notes = [Note(label, _clean(" ".join(text.split()))) for label, text in _notes(report, view, shown)]
    return Grid(_clean(_title(report, view)), view.columns, shown, cells, _totals(report, view, shown), notes)


def _clean(text: str) -> str:
    """Take out what would steer a terminal: specs are written by anyone."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)


def _title(report: Report, view: View) -> str:
    network = report.network
    shapes = network.input_shapes()
    if len(shapes) == 1:
        entering = "".join(shape.text(view.layout) for shape in shapes.values())
    else:
        entering = ", ".join(f"{name} {shape.text(view.layout)}" for name, shape in shapes.items())
    title = network.title or network.name
    name = network.name if network.name.lower() != title.lower() else ""
    batch = f"batch {report.batch}" if report.batch != 1 else ""
    return " · ".join(filter(None, (name, title, entering, batch)))


def _totals(report: Report, view: View, shown: list[Line]) -> list[list[str]]:
    """Write the line under the columns that add up, and another for side heads."""
    if not any(column.total for column in view.columns):
        return []
    totals = [[column.text(column.total(report), view) if column.total else "" for column in view.columns]]
    _label(totals[0], "total")
    heads = [line for line in shown if line.aux]
    if heads:
        aside = [
            column.text(sum(column.value(line, report) for line in heads), view) if column.total else ""
            for column in view.columns
        ]
        _label(aside, "aux heads, apart")
        totals.append(aside)
    return totals


def _label(cells: list[str], label: str) -> None:
    if not cells[0]:
        cells[0] = label


def _notes(report: Report, view: View, shown: list[Line]) -> list[Note]:
    network, totals = report.network, report.totals
    in_flops = FLOPS in view.columns
    layers = f"{totals.weight_layers} weight layer{'' if totals.weight_layers == 1 else 's'}"
    notes = [Note("", " · ".join((f"{exact(totals.params)} params", _work(totals.macs, in_flops), layers)))]
    if (totals.aux_params, totals.aux_macs) != (0, 0):
        apart = f"{exact(totals.aux_params)} params · {_work(totals.aux_macs, in_flops)}"
        notes.append(Note("aux heads", f"{apart}, not in the total"))
    images = "one image" if report.batch == 1 else f"a batch of {report.batch}"
    work = "FLOPs: 2 × MACs of" if in_flops else "MACs:"
    counted = f"params: all learned numbers; {work} {_multiplied(report)} for {images} (no biases, norms, pools)"
    notes.append(Note("counted", counted if view.exact else f"{counted}; K = 1000"))
    if any(column.name.endswith("_bytes") for column in view.columns):
        notes.append(Note("bytes", f"numbers in {report.dtype}; ( ) is done in place and not in the total"))
    if len(shown) < len(report.rows):
        notes.append(Note("folded", f"{len(report.rows)} layers on {len(shown)} lines"))
    notes.extend(Note("note", remark) for remark in network.remarks)
    if network.source:
        notes.append(Note("source", network.source))
    return notes


def _work(macs: Number, in_flops: bool) -> str:
    return f"{exact(2 * macs)} FLOPs (2 × {exact(macs)} MACs)" if in_flops else f"{exact(macs)} MACs"


def _multiplied(report: Report) -> str:
    """Name the layers whose multiply-adds are counted."""
    attends = any("attention" in row.kind for row in report.rows)
    return "convolutions, linear layers and attention" if attends else "convolutions and linear layers"
