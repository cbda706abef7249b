"""A verification as a table of ticks and crosses, a line a network, Markdown, or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import cnncalc
from cnncalc.live.measure import Measured
from cnncalc.live.verify import Cell, Checked, Verification
from cnncalc.render.columns import LAYER, PATH
from cnncalc.render.fold import Line, lines
from cnncalc.render.numbers import exact, short, short_bytes
from cnncalc.render.table import BOLD, CYAN, GREEN, PLAIN, RED, Column, Note, Row, Table
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.documents.verification import Verification as Document
    from cnncalc.network.report import Totals

TICK, CROSS, UNSEEN = "✓", "✗", "?"
MOST_LINES = 2
"""The most lines that a layer is written on."""

MOST = 6
"""The most parts of a long value that a difference shows."""


class Compared(NamedTuple):
    """What a column compares, and the number that stands beside its tick."""

    heading: str
    compared: tuple[str, ...]
    number: Callable[[Line, Measured | None], str] = lambda line, measured: ""


def _milliseconds(line: Line, measured: Measured | None) -> str:
    seconds = measured.layer_seconds if measured else {}
    return f"{1000 * sum(seconds[row.path] for row in line.rows):.3f}"


COMPARED = (
    Compared("output", ("output",), lambda line, measured: str(line.output)),
    Compared("in training", ("train",)),
    Compared("tensors", ("weights", "buffers")),
    Compared("params", ("params",), lambda line, measured: short(sum(row.params for row in line.rows))),
    Compared("MACs", ("macs",), lambda line, measured: short(sum(row.macs for row in line.rows))),
    Compared("finite", ("finite",)),
    Compared("gradients", ("gradients",)),
    Compared("ms", (), _milliseconds),
)
MEASURED = ("activations", "ms", "FLOP/s", "B/s", "peak inference", "peak SGD step", "peak Adam step")
"""The columns of what a GPU measured, of several networks."""


def table(result: Verification) -> Table:
    """Put one network's layers on rows, folded to a page, or those that differ; and the verdict."""
    checks = {layer.path: layer for layer in result.layers}
    shown = lines(result.report)
    if not result.agrees:
        shown = [line for line in lines(result.report, "all") if not checks[line.path].agrees]
    present = {what for layer in result.layers for what in layer.cells}
    compared = [c for c in COMPARED if present.intersection(c.compared) or (not c.compared and result.measured)]
    rows = []
    for line in shown:
        layers = [checks[row.path] for row in line.rows]
        cells = [_cell(column, line, layers, result.measured) for column in compared]
        written = f"{line.times} × {line.written}" if line.times > 1 else line.written
        styles = {number: _style(cell) for number, cell in enumerate(cells, 2)}
        rows.append(Row([line.path, written, *cells], styles=styles, most=MOST_LINES))
    columns = [PATH, LAYER, *(Column(one.heading, always=True) for one in compared)]
    return Table(title(result), columns, rows, notes=[*_notes(result)], label=result.network.name)


def line(result: Verification) -> Table:
    """Put one network of several on a line, with its differences below, as soon as it is known."""
    return Table(notes=_line(result))


def listing(results: Sequence[Verification]) -> Table:
    """Put several networks on a line each, and the verdict below."""
    notes = [note for result in results for note in _line(result)]
    return Table(notes=[*notes, Note("", verdict(results), PLAIN)])


def _line(result: Verification) -> list[Note]:
    totals = result.report.totals
    name = result.network.name
    params = f" {exact(totals.params)}".rjust(38 - len(name))  # a long name takes the room of the number
    time = f"  {1000 * result.measured.seconds:8.2f} ms" if result.measured else ""
    counted = f"{_mark(result.agrees)} {name}{params} params  {exact(totals.macs):>16} MACs{time}"
    return [Note("", counted, PLAIN), *_differences(result)]


def verdict(results: Sequence[Verification]) -> str:
    """Say how many of several networks agree."""
    differ = sum(not result.agrees for result in results)
    compared = sum(result.compared for result in results)
    counted = f"{len(results)} networks, {compared:,} comparisons with PyTorch"
    return (
        f"{counted}: all agree"
        if not differ
        else f"{counted}: {differ} network{'s differ' if differ > 1 else ' differs'}"
    )


def tables(results: Sequence[Verification]) -> Iterator[Table]:
    """Yield one network as a table of its layers, several as a table with a row each, and what differs."""
    if len(results) == 1:
        yield table(results[0])
    else:
        yield from _overview(results)


def document(results: Sequence[Verification]) -> Document:
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


def _cell(column: Compared, line: Line, layers: list[Checked], measured: Measured | None) -> str:
    """Write a tick, a cross, or ? where PyTorch cannot be asked, and a number; nothing where nothing was compared."""
    cells = [layer.cells[what] for layer in layers for what in column.compared if what in layer.cells]
    number = column.number(line, measured)
    if not cells:
        return number if not column.compared else ""
    mark = CROSS if not all(c.agrees for c in cells) else UNSEEN if any(c.blind for c in cells) else TICK
    return f"{mark} {number}".rstrip()


def _style(cell: str) -> str:
    return RED if cell.startswith(CROSS) else GREEN if cell == TICK else PLAIN


def _mark(agrees: bool) -> str:
    return TICK if agrees else CROSS


def _notes(result: Verification) -> Iterator[Note]:
    """Yield the verdict, the differences, what PyTorch could not be asked, what was measured."""
    totals = result.report.totals
    if result.agrees:
        heads = f", side heads {exact(totals.aux_params)} and {exact(totals.aux_macs)}" if totals.aux_params else ""
        counted = f"{exact(totals.params)} params, {exact(totals.macs)} MACs{heads}"
        summary = f"all {result.compared:,} comparisons with PyTorch agree: {counted}"
        yield Note("", f"{TICK} {summary}", BOLD)
    else:
        count = sum(1 for _ in result.differences()) + (result.stopped is not None)
        summary = f"{count:,} difference{'' if count == 1 else 's'} from PyTorch in {result.compared:,} comparisons"
        yield Note("", f"{CROSS} {summary}", BOLD)
        yield from _differences(result)
    yield from (Note("", text) for text in _asides(result))


def _differences(result: Verification) -> Iterator[Note]:
    """Yield where the formulas and PyTorch differ: both values, and the layer."""
    at = None
    for checked, what, cell in result.differences():
        if checked is not at:
            at = checked
            written = f" ({checked.row.written})" if checked.row else ""
            yield Note("", f"{checked.path or 'the whole'}{written}", CYAN, 2)
        ours, theirs = sides(cell)
        yield Note("", f"{what}: {ours} by the formulas, {theirs} in PyTorch", PLAIN, 4)
    if result.stopped:
        path, reason = result.stopped
        yield Note("", path or "the whole", CYAN, 2)
        yield Note("", f"PyTorch stops here: {reason}", PLAIN, 4)


def _asides(result: Verification) -> Iterator[str]:
    for reason, paths in result.blind().items():
        more = f" and {len(paths) - MOST} more" if len(paths) > MOST else ""
        yield f"?: {reason}: {', '.join(paths[:MOST])}{more}"
    for remark in result.network.remarks:
        yield f"note: {remark}"
    if result.device == "meta":
        yield "on meta nothing is computed: shapes, tensors and MACs alone"
    if result.measured:
        yield from _measured(result.measured)


def _measured(measured: Measured) -> Iterator[str]:
    """Yield what was measured on a GPU: time, rates beside the ceilings, memory by phase, and how near the CPU is."""
    ceiling = measured.ceiling
    work, best = measured.flops_per_second, ceiling.flops_per_second
    moved, copied = measured.bytes_per_second, ceiling.bytes_per_second
    yield (
        f"{1000 * measured.seconds:.3f} ms; {_rate(work)}FLOP/s, {work / best:.0%} of a large matrix product's"
        f" {_rate(best)}FLOP/s; {_rate(moved)}B/s, {moved / copied:.0%} of a large copy's {_rate(copied)}B/s"
    )
    for run, phases in measured.memory.items():
        shown = ", ".join(
            f"{phase} {short_bytes(m.allocated)} (peak {short_bytes(m.peak)})" for phase, m in phases.items()
        )
        yield f"memory, {run}: {shown}"
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


# Several networks.


def _overview(results: Sequence[Verification]) -> Iterator[Table]:
    columns = [Column("network", style=CYAN), Column("agrees", style=GREEN)]
    columns += [Column("params", right=True), Column("MACs", right=True)]
    rows = []
    measured = any(result.measured for result in results)
    if measured:
        columns += [Column(heading, right=True) for heading in MEASURED]
    for result in results:
        totals = result.report.totals
        cells = [result.network.name, _mark(result.agrees), exact(totals.params), exact(totals.macs)]
        if measured:
            found = _measured_cells(result.measured, totals) if result.measured else []
            cells += [*found, *[""] * (len(MEASURED) - len(found))]  # only inference may have been measured
        rows.append(Row(cells, styles={} if result.agrees else {1: RED}))
    yield Table(columns=columns, rows=rows, notes=[Note("", verdict(results), PLAIN)])
    for result in results:
        if not result.agrees:
            yield Table(f"{result.network.name}:", notes=[*_differences(result)], level=2)


def _measured_cells(measured: Measured, totals: Totals) -> list[str]:
    peaks = [short_bytes(max(m.peak for m in phases.values())) for phases in measured.memory.values()]
    rates = [f"{_rate(measured.flops_per_second)}", f"{_rate(measured.bytes_per_second)}"]
    return [short_bytes(totals.activation_bytes), f"{1000 * measured.seconds:.3f}", *rates, *peaks]


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
