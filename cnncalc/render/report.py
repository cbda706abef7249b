"""A report as a table: its layers or groups, their totals, and what is counted."""

from __future__ import annotations

import math

from cnncalc.network.report import DTYPE_BYTES, Report
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.render.columns import DEFAULT, FLOPS, LAYER, Column, View
from cnncalc.render.fold import Line, each, lines, tree
from cnncalc.render.numbers import exact, short_bytes
from cnncalc.render.printers import printed
from cnncalc.render.printers.terminal import fits
from cnncalc.render.table import BOLD, DIM, MAGENTA, PLAIN, Data, Note, Row, Table

WHOLE, SUMMARY = 5, 2
"""The most lines that a layer is written on, and a group, whose layers --depth shows."""


def table(report: Report, view: View | None = None, width: int | None = None) -> Table:
    """Lay a report out; for a screen of a width that it has no room on, with letters for its floors."""
    view = view or View(DEFAULT)
    shown = lines(report, view.depth)
    rows = [_row(line, report, view) for line in (shown if width is None else tree(report, shown))]
    found = Table(
        title=_title(report, view),
        columns=view.columns,
        rows=rows,
        totals=_totals(report, view, shown),
        notes=_notes(report, view, shown, on_screen=width is not None),
        label=report.network.name,
        data=lambda: values(report, view),
    )
    if width is not None and report.network.symbols() | symbols_of(report.batch):
        from cnncalc.render.legend import lettered

        return found if fits(found, width) else lettered(found)
    return found


def plain(report: Report) -> str:
    """Print a report without colours, as wide as the terminal."""
    from cnncalc.render.console import terminal_width

    width = terminal_width()
    return printed([table(report, width=width)], "table", width=width)


def values(report: Report, view: View) -> Data:
    """Return the names of the columns, and every layer's values; numbers as they are."""

    def value(column: Column, line: Line) -> object:
        found = column.value(line, report)
        return found if found is None or isinstance(found, (int, float)) else column.text(found, view)

    return [column.name for column in view.columns], (
        [value(column, line) for column in view.columns] for line in each(report)
    )


def _row(line: Line, report: Report, view: View) -> Row:
    cells = [column.cell(line, report, view) for column in view.columns]
    styles = {i: DIM for i, cell in enumerate(cells) if cell in ("0", "0 B")}
    shares: dict[int, float] = {}
    for i, column in enumerate(view.columns):
        if column.bar:
            share = column.value(line, report)
            if share is not None:
                shares[i] = share
        elif column is LAYER and line.times > 1:
            styles[i] = MAGENTA
    style = DIM if line.aux else BOLD if line.opened else PLAIN
    return Row(cells, style, styles, shares, WHOLE if line.layer else SUMMARY)


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


def _totals(report: Report, view: View, shown: list[Line]) -> list[Row]:
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
    return [Row(cells) for cells in totals]


def _label(cells: list[str], label: str) -> None:
    if not cells[0]:
        cells[0] = label


def _notes(report: Report, view: View, shown: list[Line], *, on_screen: bool) -> list[Note]:
    network, totals = report.network, report.totals
    in_flops = FLOPS in view.columns
    layers = f"{totals.weight_layers} weight layer{'' if totals.weight_layers == 1 else 's'}"
    counts = " · ".join((f"{exact(totals.params)} params", _work(totals.macs, in_flops), layers))
    notes = [Note("", counts, BOLD)]
    if (totals.aux_params, totals.aux_macs) != (0, 0):
        apart = f"{exact(totals.aux_params)} params · {_work(totals.aux_macs, in_flops)}"
        notes.append(Note("aux heads", f"{apart}, not in the total", PLAIN))
    images = "one image" if report.batch == 1 else f"a batch of {report.batch}"
    work = "FLOPs: 2 × MACs of" if in_flops else "MACs:"
    counted = f"params: trainable parameters; {work} {_multiplied(report)} for {images} (no biases, norms, pools)"
    notes.append(Note("counted", counted if view.exact else f"{counted}; K = 1000"))
    if not network.symbols() | symbols_of(report.batch):
        notes.append(Note("memory", _memory(report, view)))
    if any(column.name.endswith("_bytes") for column in view.columns):
        notes.append(Note("bytes", f"numbers in {report.dtype}; ( ) is done in place and not in the total"))
    if len(shown) < len(report.rows):
        remedy = "; --depth all shows each" if on_screen else ""
        notes.append(Note("folded", f"{len(report.rows)} layers on {len(shown)} lines{remedy}"))
    notes.extend(Note("note", remark, PLAIN) for remark in network.remarks)
    if network.source:
        notes.append(Note("source", network.source))
    return notes


def _memory(report: Report, view: View) -> str:
    """Sum what has to be kept, as torchinfo does: the input, the outputs of all layers, and the parameters."""
    number_bytes, totals = DTYPE_BYTES[report.dtype], report.totals
    values = sum(math.prod(shape.hwc) for shape in report.network.input_shapes().values())
    written = exact if view.exact else short_bytes
    parts = {
        "input": values * report.batch * number_bytes,
        "activations": totals.activation_bytes,
        "params": totals.weight_bytes,
    }
    if totals.buffers:
        parts["buffers"] = totals.buffers * number_bytes
    terms = " + ".join(f"{name} {written(size)}" for name, size in parts.items())
    return f"{terms} = {written(sum(parts.values()))}{' bytes' * view.exact} ({report.dtype})"


def _work(macs: Number, in_flops: bool) -> str:
    return f"{exact(2 * macs)} FLOPs (2 × {exact(macs)} MACs)" if in_flops else f"{exact(macs)} MACs"


def _multiplied(report: Report) -> str:
    """Name the layers whose multiply-adds are counted."""
    attends = any("attention" in row.kind for row in report.rows)
    return "convolutions, linear layers and attention" if attends else "convolutions and linear layers"
