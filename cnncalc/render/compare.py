"""Networks side by side: their numbers and ratios as a table, data, Markdown or LaTeX; and two of them by layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import cnncalc
from cnncalc.comparison.compare import Comparison, LayerComparison, LayerTable
from cnncalc.comparison.filter import value_of
from cnncalc.comparison.layers import Line, Pair
from cnncalc.comparison.summary import Summary
from cnncalc.layers.activation import Activation
from cnncalc.network.report import Report
from cnncalc.problem import did_you_mean, quoted
from cnncalc.render import table as tables
from cnncalc.render.columns import WIDEST
from cnncalc.render.numbers import exact, short, short_bytes
from cnncalc.render.printers.terminal import widths_of
from cnncalc.render.table import CYAN, DIM, MAGENTA, PLAIN, Data, Note, Row, Table, without_empty

if TYPE_CHECKING:
    from cnncalc.documents import comparison as documents

NOTHING = "–"


class Column(tables.Column):
    """A column of the comparison; of quantities also the ratio to the baseline."""

    name: str = ""
    text: Callable[[Any], str] = str
    ratio: bool = False
    right: bool = True


def _percent(value: float) -> str:
    return f"{value:.1f}"


_ALL = (
    Column("network", name="name", right=False, breaks=" .", style=CYAN),
    Column("title", name="title", right=False),
    Column("family", name="family", right=False),
    Column("year", name="year", spare=2),
    Column("input", name="input"),
    Column("output", name="output"),
    Column("layers", name="weight_layers", ratio=True),
    Column("params", name="params", text=short, ratio=True),
    Column("MACs", name="macs", text=short, ratio=True),
    Column("FLOPs", name="flops", text=short, ratio=True),
    Column("weight bytes", name="weight_bytes", text=short_bytes, ratio=True),
    Column("activations", name="activation_bytes", text=short_bytes, ratio=True, spare=1),
    Column("rec. field", name="receptive_field", spare=3),
    Column("top-1", name="top1", text=_percent),
    Column("top-5", name="top5", text=_percent, spare=4),
    Column("ILSVRC error", name="ilsvrc_error", text=_percent),
    Column("aux params", name="aux_params", text=short),
    Column("aux MACs", name="aux_macs", text=short),
    Column("errata", name="errata"),
    Column("accuracy from", name="accuracy_from", right=False),
    Column("source", name="source", right=False),
)
COLUMNS = {column.name: column for column in _ALL}
NAME = COLUMNS["name"]
DEFAULT = ("name", "year", "weight_layers", "params", "macs", "activation_bytes", "receptive_field", "top1", "top5")


class ColumnError(ValueError):
    """A name that no column has."""


def select(names: str | None) -> tuple[Column, ...]:
    """Return the columns of `name,params`; with a leading + they are added to the usual ones. Raises ColumnError."""
    words = [word.strip() for word in (names or "").split(",") if word.strip()]
    chosen = [*DEFAULT] if names is None or any(word.startswith("+") for word in words) else []
    for word in words:
        name = word.removeprefix("+").strip()
        if name not in COLUMNS:
            hint = did_you_mean(name, COLUMNS) or f"one of {', '.join(COLUMNS)}"
            raise ColumnError(f"no column {quoted(name)}: {hint}")
        chosen.append(name)
    if not chosen:
        raise ColumnError(f"no column named: one of {', '.join(COLUMNS)}")
    return tuple(COLUMNS[name] for name in dict.fromkeys(chosen))


def cell(column: Column, summary: Summary) -> str:
    """Write a value; nothing where a network has none."""
    value = value_of(summary, column.name)
    return "" if value is None else column.text(value)


def times(number: int | None, baseline: int | None) -> float | None:
    """Return how many times the baseline a number is; None where one of them is not known or the baseline is 0."""
    return None if number is None or not baseline else number / baseline


def ratio_text(ratio: float | None) -> str:
    """Write a ratio as one says it: 8.7x less, 2.2x more, the same."""
    if ratio is None:
        return NOTHING
    if ratio == 0:
        return "none"
    size = max(ratio, 1 / ratio)
    if size == 1:
        return "the same"
    digits = 0 if size >= 99.95 else 1 if size >= 1.095 else 2 if size >= 1.0095 else 3
    return f"{size:,.{digits}f}x {'more' if ratio > 1 else 'less'}"


def table(
    comparison: Comparison, columns: Sequence[Column], *, every: bool = False, width: int | None = None
) -> Iterator[Table]:
    """Yield a table with a row a network, and one of the ratios; a screen leaves out what it has no room for.

    With `every` all columns stay.
    """
    summaries, baseline = comparison.summaries, comparison.baseline
    rows = [Row([cell(column, summary) for column in columns]) for summary in summaries]
    found = Table(
        columns=[_kept(column) for column in columns] if every else columns,
        rows=rows,
        caption=", ".join(summary.title for summary in summaries),
        data=lambda: _values(summaries, baseline, columns),
    )
    shown = list(range(len(columns))) if width is None else widths_of(found, width)
    left_out = sorted({*without_empty(found)} - {*shown})
    columns = [column for i, column in enumerate(columns) if i not in left_out]
    counted = [column for column in columns if column.ratio]
    notes = [*_notes(summaries, columns)]
    if left_out:
        names = ", ".join(found.columns[i].heading for i in left_out)
        notes.append(Note("", f"no room for {names}: a wider screen or --columns shows them"))
    yield found
    if counted and any(summary is not baseline for summary in summaries):
        yield _ratios(summaries, baseline, counted)
    yield Table(notes=notes)


def _kept(column: Column) -> Column:
    return Column(**{**column.__dict__, "spare": 0})


def _ratios(summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column]) -> Table:
    rows = [
        Row([summary.name, *(ratio_text(_ratio(column, summary, baseline)) for column in columns)])
        for summary in summaries
        if summary is not baseline
    ]
    heads = [NAME, *(tables.Column(column.heading, right=True) for column in columns)]
    return Table(f"compared with {baseline.name}", heads, rows, level=2)


def _ratio(column: Column, summary: Summary, baseline: Summary) -> float | None:
    return times(value_of(summary, column.name), value_of(baseline, column.name))


def _notes(summaries: Sequence[Summary], columns: Sequence[Column]) -> Iterator[Note]:
    """Yield what stands below."""
    names = {column.name for column in columns}
    if names & {"params", "macs", "flops", "weight_bytes", "activation_bytes"}:
        yield Note("", "MACs: of convolutions, linear layers and attention, one image; K = 1000")
    if "receptive_field" in names:
        yield Note("", "rec. field: input pixels that one position of the output sees, per dimension")
    if names & {"top1", "top5", "ilsvrc_error"}:
        yield Note("", "accuracies in percent, as printed by their sources: cnncalc published NAME")
    for summary in summaries:
        if summary.problems:
            yield Note("", f"{summary.name} has problems: cnncalc published {summary.name}", PLAIN)


def _values(summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column]) -> Data:
    """Return a row a network, every digit; ratios are in columns of their own."""
    rows = [_as_dict(summary, baseline, columns) for summary in summaries]
    return [*rows[0]], [[*row.values()] for row in rows]


def document(found: Comparison, columns: Sequence[Column] | None = None) -> documents.Comparison:
    """Return each network with all it has, or with the columns named, and the ratios."""
    from cnncalc.documents import comparison as documents
    from cnncalc.documents.writer import VERSION

    rows = [_as_dict(summary, found.baseline, columns or _ALL) for summary in found]
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, "baseline": found.baseline.name}
    return documents.Comparison.model_validate({**head, "networks": rows})


def _as_dict(summary: Summary, baseline: Summary, columns: Sequence[Column]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in columns:
        row[column.name] = value_of(summary, column.name)
        if column.ratio:
            ratio = _ratio(column, summary, baseline)
            row[f"{column.name}_ratio"] = None if ratio is None else float(f"{ratio:.6g}")
    return row


# Layer by layer


HEADINGS = {"layer": "layer", "output": "output", "params": "params", "macs": "MACs"}


def layers(found: LayerComparison, *, everything: bool = False) -> Table:
    """Put the layers that differ on a row for each thing that differs of them; or every layer."""
    left, right, pairs = found.left, found.right, found.pairs
    names = left.network.name, right.network.name
    differ = sum(bool(pair.differing) for pair in pairs)
    return Table(
        f"{names[0]} and {names[1]}: {differ} of {len(pairs)} layers differ",
        (
            tables.Column("path", breaks=" .", style=CYAN),
            tables.Column("what", style=DIM),
            tables.Column(names[0], breaks=" .", widest=WIDEST),
            tables.Column(names[1], breaks=" .", widest=WIDEST, style=MAGENTA),
        ),
        [Row(cells) for cells in _layer_rows(pairs, everything=everything)],
        [Row(cells) for cells in _total_rows(left, right)],
        data=lambda: _layer_values(pairs, everything=everything),
    )


def _layer_rows(pairs: Sequence[Pair], *, everything: bool) -> list[list[str]]:
    rows = []
    for pair in pairs:
        path = pair.path
        one_only = pair.left is None or pair.right is None
        for what in ("layer", "output") if one_only else pair.differing or (("layer",) if everything else ()):
            rows.append([path, HEADINGS[what], *map(_layer_text, pair.values(what))])
            path = ""
    return rows


def _layer_text(value: object) -> str:
    return NOTHING if value is None else exact(value) if isinstance(value, int) else str(value)


def _total_rows(left: Report, right: Report) -> list[list[str]]:
    names = {"params": "params", "macs": "MACs", "weight_layers": "layers", "activation_bytes": "activation bytes"}
    rows: list[list[str]] = []
    for name, heading in names.items():
        a, b = getattr(left.totals, name), getattr(right.totals, name)
        more = f" ({ratio_text(times(b, a))})" if a != b and isinstance(a, int) and isinstance(b, int) else ""
        rows.append(["total" if not rows else "", heading, exact(a), f"{exact(b)}{more}"])
    return rows


def _layer_values(pairs: Sequence[Pair], *, everything: bool) -> Data:
    rows = _layer_dicts(pairs, everything=everything)
    sides = [f"{side}_{what}" for what in HEADINGS for side in ("left", "right")]
    names = ["left_path", "right_path", *sides, "differ"]
    return names, [[*row.values(), " ".join(differ)] for row, differ in ((row, row.pop("differ")) for row in rows)]


def layers_document(found: LayerComparison, *, everything: bool = False) -> documents.LayerComparison:
    """Return the layers that differ, or every layer, as a document."""
    from cnncalc.documents import comparison as documents
    from cnncalc.documents.writer import VERSION

    names = {"left": found.left.network.name, "right": found.right.network.name}
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, **names}
    return documents.LayerComparison.model_validate(
        {**head, "layers": _layer_dicts(found.pairs, everything=everything)}
    )


def _layer_dicts(pairs: Sequence[Pair], *, everything: bool) -> list[dict[str, Any]]:
    rows = []
    for pair in pairs:
        if not (everything or pair.differing):
            continue
        row: dict[str, Any] = {
            "left_path": pair.left.path if pair.left else None,
            "right_path": pair.right.path if pair.right else None,
        }
        for what in HEADINGS:
            row[f"left_{what}"], row[f"right_{what}"] = pair.values(what)
        rows.append({**row, "differ": pair.differing})
    return rows


# Several networks layer by layer


def layer_table(found: LayerTable, *, everything: bool = False) -> Table:
    """Put the layers of several networks side by side: those with weights, pools and what differs, or every layer."""
    reports = found.reports
    names = [report.network.name for report in reports]
    lines = _shown_lines(found, everything=everything)
    rows, before = [], ""
    for line in lines:
        group = line.first.path.partition(".")[0]
        cells = [row.written if row else NOTHING for row in line.rows]
        rows.append(Row([group if group != before else "", *cells]))
        before = group
    totals = {"params": "params", "macs": "MACs", "weight_layers": "layers"}
    sums = [
        Row([heading, *(exact(getattr(report.totals, total)) for report in reports)])
        for total, heading in totals.items()
    ]
    return Table(
        f"{', '.join(names)}: {sum(line.differs for line in lines)} of {len(lines)} lines differ",
        (
            tables.Column("group", breaks=" .", style=CYAN),
            *(tables.Column(name, breaks=" .", widest=WIDEST) for name in names),
        ),
        rows,
        sums,
        data=lambda: _line_values(found, everything=everything),
    )


def _shown_lines(found: LayerTable, *, everything: bool) -> list[Line]:
    """Return the lines of layers with weights, of pools, and of what differs and is no activation; or all."""

    def shown(line: Line) -> bool:
        row = line.first
        return (
            row.node.layer.weighted
            or bool(row.windows)
            or (line.differs and not isinstance(row.node.layer, Activation))
        )

    return [line for line in found.lines if everything or shown(line)]


def _line_values(found: LayerTable, *, everything: bool) -> Data:
    names = [report.network.name for report in found.reports]
    lines = _shown_lines(found, everything=everything)
    return ["path", *names], [[line.first.path, *(row and row.written for row in line.rows)] for line in lines]


def layer_table_document(found: LayerTable, *, everything: bool = False) -> documents.LayerTable:
    """Return the layers with weights and the pools, or every layer, as a document."""
    from cnncalc.documents import comparison as documents
    from cnncalc.documents.writer import VERSION

    lines = [
        {
            "path": line.first.path,
            "layers": [row and row.written for row in line.rows],
            "outputs": [row and str(row.output) for row in line.rows],
        }
        for line in _shown_lines(found, everything=everything)
    ]
    names = [report.network.name for report in found.reports]
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, "networks": names}
    return documents.LayerTable.model_validate({**head, "lines": lines})
