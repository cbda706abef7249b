"""A verification as a table of ticks and crosses, a line a network, Markdown, or JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import cnncalc
from cnncalc.live.measure import Measured
from cnncalc.live.verify import Cell, Checked, Verification
from cnncalc.render.fold import Line, lines
from cnncalc.render.markdown import escape
from cnncalc.render.numbers import exact, short, short_bytes
from cnncalc.render.table import BOLD, CYAN, DIM, GREEN, Paint, painter, terminal_width
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.documents.verification import Verification as Document

TICK, CROSS, UNSEEN = "✓", "✗", "?"
RED = "31"
NARROWEST_LAYER, NARROWEST_PATH = 16, 10
MOST = 6
"""The most parts of a long value that a difference shows."""


class Column(NamedTuple):
    """What a column compares, and the number that stands beside its tick."""

    heading: str
    compared: tuple[str, ...]
    number: Callable[[Line, Measured | None], str] = lambda line, measured: ""


def _milliseconds(line: Line, measured: Measured | None) -> str:
    seconds = measured.layer_seconds if measured else {}
    return f"{1000 * sum(seconds[row.path] for row in line.rows):.3f}"


COLUMNS = (
    Column("output", ("output",), lambda line, measured: str(line.output)),
    Column("in training", ("train",)),
    Column("tensors", ("weights", "buffers")),
    Column("params", ("params",), lambda line, measured: short(sum(row.params for row in line.rows))),
    Column("MACs", ("macs",), lambda line, measured: short(sum(row.macs for row in line.rows))),
    Column("finite", ("finite",)),
    Column("gradients", ("gradients",)),
    Column("ms", (), _milliseconds),
)


class Grid(NamedTuple):
    """The cells of a table, before it is drawn: path, layer, then a cell a column."""

    headings: list[str]
    rows: list[list[str]]


def table(result: Verification, *, width: int | None = None, colour: bool = False) -> str:
    """Print one network: its layers, folded to a page, or those that differ; and the verdict."""
    paint, width = painter(colour=colour), width or terminal_width()
    parts = [paint(title(result), BOLD), "", *_drawn(grid(result), width, paint), "", *_notes(result, width, paint)]
    return "\n".join(parts)


def line(result: Verification, *, width: int | None = None, colour: bool = False) -> str:
    """Print one network of several in a line, with its differences below."""
    paint = painter(colour=colour)
    totals = result.report.totals
    name = result.network.name
    params = f" {exact(totals.params)}".rjust(38 - len(name))  # a long name takes the room of the number
    numbers = f"{params} params  {exact(totals.macs):>16} MACs"
    time = f"  {1000 * result.measured.seconds:8.2f} ms" if result.measured else ""
    told = f"{_mark(result.agrees, paint)} {paint(name, CYAN)}{numbers}{time}"
    return "\n".join((told, *_differences(result, width or terminal_width(), paint)))


def verdict(results: list[Verification]) -> str:
    """Say how many of several networks agree."""
    differ = sum(not result.agrees for result in results)
    compared = sum(result.compared for result in results)
    told = f"{len(results)} networks, {compared:,} comparisons with PyTorch"
    return f"{told}: all agree" if not differ else f"{told}: {differ} network{'s differ' if differ > 1 else ' differs'}"


def markdown(results: list[Verification]) -> str:
    """Print one network as a Markdown table of its layers, several as a table with a line each."""
    if len(results) > 1:
        return "\n".join(_overview(results))
    result = results[0]
    found = grid(result)
    lines = [f"### {escape(title(result))}", "", *_markdown_table(found.headings, found.rows), ""]
    return "\n".join([*lines, *(f"- {escape(note.strip())}" for note in _notes(result, 10_000, painter(colour=False)))])


def document(results: list[Verification]) -> Document:
    """Return all that was compared and measured; the layers of a single network, of several those that differ."""
    import torch

    from cnncalc.documents.verification import Verification as Document
    from cnncalc.documents.writer import VERSION

    networks = [_as_dict(result, whole=len(results) == 1) for result in results]
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, "torch": torch.__version__}
    return Document.model_validate({**head, "networks": networks})


def title(result: Verification) -> str:
    """Say what was run: network, input, device, number type, batch, seed."""
    network, report = result.network, result.report
    inputs = ", ".join(f"{name} {shape}" for name, shape in network.input_shapes().items())
    if len(network.inputs) == 1:
        inputs = str(next(iter(network.input_shapes().values())))
    device = f"{result.device} ({result.measured.device})" if result.measured else result.device
    batch = f"batch {report.batch}" if report.batch > 1 else ""
    seed = f"seed {result.seed}" if result.device != "meta" else ""
    return " · ".join(filter(None, (network.title or network.name, inputs, device, report.dtype, batch, seed)))


def grid(result: Verification) -> Grid:
    """Lay the layers out: folded to a page when all agree, else each layer that differs."""
    checks = {layer.path: layer for layer in result.layers}
    shown = lines(result.report)
    if not result.agrees:
        shown = [line for line in lines(result.report, "all") if not checks[line.path].agrees]
    present = {what for layer in result.layers for what in layer.cells}
    columns = [c for c in COLUMNS if present.intersection(c.compared) or (not c.compared and result.measured)]
    rows = []
    for line in shown:
        layers = [checks[row.path] for row in line.rows]
        cells = (_cell(column, line, layers, result.measured) for column in columns)
        rows.append([line.path, f"{line.times} × {line.written}" if line.times > 1 else line.written, *cells])
    return Grid(["path", "layer", *(column.heading for column in columns)], rows)


def _cell(column: Column, line: Line, layers: list[Checked], measured: Measured | None) -> str:
    """Write a tick, a cross, or ? where PyTorch cannot be asked, and a number; nothing where nothing was compared."""
    cells = [layer.cells[what] for layer in layers for what in column.compared if what in layer.cells]
    number = column.number(line, measured)
    if not cells:
        return number if not column.compared else ""
    mark = CROSS if not all(c.agrees for c in cells) else UNSEEN if any(c.blind for c in cells) else TICK
    return f"{mark} {number}".rstrip()


def _drawn(grid: Grid, width: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of the table. Where room is short the layers go first, then paths are cut at their beginning."""
    if not grid.rows:
        return
    table = [grid.headings, *grid.rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(grid.headings))]
    rest = sum(widths[2:]) + 2 * (len(widths) - 1)
    widths[0] = min(widths[0], max(width - rest, NARROWEST_PATH))
    room = width - rest - widths[0]
    widths[1] = min(widths[1], room) if room >= NARROWEST_LAYER else 0
    for number, row in enumerate(table):
        cells = [_cut(row[0], widths[0], tail=True), *([_cut(row[1], widths[1])] if widths[1] else []), *row[2:]]
        kept = [w for w in widths if w]
        texts = [cell.ljust(w) for cell, w in zip(cells, kept, strict=True)]
        styles = [BOLD] * len(texts) if number == 0 else [CYAN, *map(_style, cells[1:])]
        yield "  ".join(paint(text, style) for text, style in zip(texts, styles, strict=True)).rstrip()
        if number == 0:
            yield paint("─" * (sum(kept) + 2 * (len(kept) - 1)), DIM)


def _style(cell: str) -> str:
    return RED if cell.startswith(CROSS) else GREEN if cell == TICK else ""


def _cut(text: str, width: int, *, tail: bool = False) -> str:
    if len(text) <= width:
        return text
    return f"…{text[len(text) - width + 1 :]}" if tail else f"{text[: width - 1]}…"


def _mark(agrees: bool, paint: Paint) -> str:
    return paint(TICK, GREEN) if agrees else paint(CROSS, RED)


def _notes(result: Verification, width: int, paint: Paint) -> Iterator[str]:
    """Yield the verdict, the differences, what PyTorch could not be asked, what was measured."""
    totals = result.report.totals
    if result.agrees:
        heads = f", side heads {exact(totals.aux_params)} and {exact(totals.aux_macs)}" if totals.aux_params else ""
        counted = f"{exact(totals.params)} params, {exact(totals.macs)} MACs{heads}"
        told = f"all {result.compared:,} comparisons with PyTorch agree: {counted}"
        yield f"{_mark(True, paint)} {paint(told, BOLD)}"
    else:
        count = sum(1 for _ in result.differences()) + (result.stopped is not None)
        told = f"{count:,} difference{'' if count == 1 else 's'} from PyTorch in {result.compared:,} comparisons"
        yield f"{_mark(False, paint)} {paint(told, BOLD)}"
        yield from _differences(result, width, paint)
    yield from (paint(text, DIM) for text in _asides(result, width))


def _differences(result: Verification, width: int, paint: Paint) -> Iterator[str]:
    """Yield where the formulas and PyTorch differ: both values, and the layer."""
    at = None
    for checked, what, cell in result.differences():
        if checked is not at:
            at = checked
            written = f" ({checked.row.written})" if checked.row else ""
            yield f"  {paint(checked.path or 'the whole', CYAN)}{written}"
        ours, theirs = sides(cell)
        yield from _wrapped(f"{what}: {ours} by the formulas, {theirs} in PyTorch", width, "    ")
    if result.stopped:
        path, reason = result.stopped
        yield f"  {paint(path or 'the whole', CYAN)}"
        yield from _wrapped(f"PyTorch stops here: {reason}", width, "    ")


def _asides(result: Verification, width: int) -> Iterator[str]:
    for reason, paths in result.blind().items():
        more = f" and {len(paths) - MOST} more" if len(paths) > MOST else ""
        yield from _wrapped(f"?: {reason}: {', '.join(paths[:MOST])}{more}", width)
    for remark in result.network.remarks:
        yield from _wrapped(f"note: {remark}", width)
    if result.device == "meta":
        yield from _wrapped("on meta nothing is computed: shapes, tensors and MACs alone", width)
    if result.measured:
        for text in _measured(result.measured):
            yield from _wrapped(text, width)


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, max(width, 40), initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )


def _measured(measured: Measured) -> Iterator[str]:
    """Yield what a GPU told: time, rates beside the ceilings, memory by phase, and how near the CPU is."""
    ceiling = measured.ceiling
    work, best = measured.flops_per_second, ceiling.flops_per_second
    moved, copied = measured.bytes_per_second, ceiling.bytes_per_second
    yield (
        f"{1000 * measured.seconds:.3f} ms; {_rate(work)}FLOP/s, {work / best:.0%} of a large matrix product's"
        f" {_rate(best)}FLOP/s; {_rate(moved)}B/s, {moved / copied:.0%} of a large copy's {_rate(copied)}B/s"
    )
    for run, phases in measured.memory.items():
        told = ", ".join(
            f"{phase} {short_bytes(m.allocated)} (peak {short_bytes(m.peak)})" for phase, m in phases.items()
        )
        yield f"memory, {run}: {told}"
    apart, most = measured.agreement.distance, measured.agreement.tolerance
    yield f"CPU and GPU are {apart:.1e} apart, at most {most:.1e} by their rounding"


def _rate(number: float) -> str:
    for unit in ("", "K", "M", "G", "T", "P"):
        if number < 1000 or unit == "P":
            return f"{number:.3g} {unit}"
        number /= 1000
    raise AssertionError


def sides(cell: Cell) -> tuple[str, str]:
    """Write both sides of a difference: of lists and sets only what the other one lacks."""
    if isinstance(cell.ours, list):
        return _parts(cell.ours, cell.theirs), _parts(cell.theirs, cell.ours)
    return _value(cell.ours), _value(cell.theirs)


def _parts(own: list[Any], other: list[Any]) -> str:
    lacking = [part for part in own if part not in other] or ([] if sorted(own) != sorted(other) else own)
    more = f" and {len(lacking) - MOST} more" if len(lacking) > MOST else ""
    return (", ".join(map(_value, lacking[:MOST])) or "nothing more") + more


def _value(value: Any) -> str:
    """Write a number, a shape that PyTorch has as C x sides, a tensor with its name, or a text."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "nothing"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(shape)}" for name, shape in value.items())
    if isinstance(value, tuple) and value and isinstance(value[0], str):
        return f"{value[0]} {'x'.join(map(str, value[1]))}"
    if isinstance(value, tuple) and value:
        return str(Shape(value[1:], value[0]))
    return str(value)


# Several networks as Markdown.


def _overview(results: list[Verification]) -> Iterator[str]:
    headings = ["network", "agrees", "params", "MACs"]
    rows = [
        [
            result.network.name,
            TICK if result.agrees else CROSS,
            exact(result.report.totals.params),
            exact(result.report.totals.macs),
        ]
        for result in results
    ]
    if any(result.measured for result in results):
        headings += ["activations", "ms", "FLOP/s", "B/s", "peak inference", "peak SGD step", "peak Adam step"]
        for row, result in zip(rows, results, strict=True):
            row += _measured_cells(result) if result.measured else [""] * 7
    yield from _markdown_table(headings, rows)
    differ = [result for result in results if not result.agrees]
    yield from ("", verdict(results))
    for result in differ:
        yield from ("", f"{result.network.name}:", "")
        yield from (f"- {escape(text.strip())}" for text in _differences(result, 10_000, painter(colour=False)))


def _measured_cells(result: Verification) -> list[str]:
    measured = result.measured
    assert measured is not None
    peaks = [short_bytes(max(m.peak for m in phases.values())) for phases in measured.memory.values()]
    rates = [f"{_rate(measured.flops_per_second)}", f"{_rate(measured.bytes_per_second)}"]
    return [short_bytes(result.report.totals.activation_bytes), f"{1000 * measured.seconds:.3f}", *rates, *peaks]


def _markdown_table(headings: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---' for _ in headings)}|"
    for row in rows:
        yield f"| {' | '.join(map(escape, row))} |"


# JSON.


def _as_dict(result: Verification, *, whole: bool) -> dict[str, Any]:
    report = result.report
    totals = report.totals
    found: dict[str, Any] = {
        "name": result.network.name,
        "inputs": {name: list(shape.hwc) for name, shape in result.network.input_shapes().items()},
        "device": result.device,
        "dtype": report.dtype,
        "batch": report.batch,
        "seed": result.seed,
        "agrees": result.agrees,
        "compared": result.compared,
        "predicted": {
            "params": totals.params,
            "macs": totals.macs,
            "aux_params": totals.aux_params,
            "aux_macs": totals.aux_macs,
            "weight_bytes": totals.weight_bytes,
            "activation_bytes": totals.activation_bytes,
        },
        "pytorch": {what: _plain(cell.theirs) for what, cell in result.whole.cells.items() if what != "state_dict"},
        "differences": [
            {"path": checked.path, "what": what, "ours": _plain(cell.ours), "pytorch": _plain(cell.theirs)}
            for checked, what, cell in result.differences()
        ],
        "stopped": dict(zip(("path", "reason"), result.stopped, strict=True)) if result.stopped else None,
        "blind": result.blind(),
        "measured": asdict(result.measured) if result.measured else None,
    }
    if whole:
        found["layers"] = [
            {"path": layer.path, **{what: _plain(cell.theirs) for what, cell in layer.cells.items()}}
            for layer in result.layers
        ]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(part, tuple) and part and isinstance(part[0], str) for part in value):
            return {name: list(shape) for name, shape in value}
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else float(value)
