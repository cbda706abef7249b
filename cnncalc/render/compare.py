"""Networks side by side: their numbers and ratios as a table, data, Markdown or LaTeX; and two of them by layers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import cnncalc
from cnncalc.comparison.filter import value_of
from cnncalc.comparison.layers import Pair
from cnncalc.comparison.summary import Summary
from cnncalc.network.report import Report
from cnncalc.problem import did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.render import texts
from cnncalc.render.numbers import exact, short, short_bytes
from cnncalc.render.table import BOLD, CYAN, DIM, MAGENTA, PLAIN, Paint, painter, terminal_width
from cnncalc.render.texts import Head

if TYPE_CHECKING:
    from cnncalc.documents.comparison import Comparison, LayerComparison

NOTHING = "–"


class Column(Record):
    """A column of the comparison; of quantities also the ratio to the baseline."""

    name: str
    heading: str
    text: Callable[[Any], str] = str
    ratio: bool = False
    right: bool = True
    spare: int = 0  # of the usual columns, those that a narrow screen has no room for, the largest first


def _percent(value: float) -> str:
    return f"{value:.1f}"


_ALL = (
    Column("name", "network", right=False),
    Column("title", "title", right=False),
    Column("family", "family", right=False),
    Column("year", "year", spare=2),
    Column("input", "input"),
    Column("output", "output"),
    Column("weight_layers", "layers", ratio=True),
    Column("params", "params", short, ratio=True),
    Column("macs", "MACs", short, ratio=True),
    Column("flops", "FLOPs", short, ratio=True),
    Column("weight_bytes", "weight bytes", short_bytes, ratio=True),
    Column("activation_bytes", "activations", short_bytes, ratio=True, spare=1),
    Column("receptive_field", "rec. field", spare=3),
    Column("top1", "top-1", _percent),
    Column("top5", "top-5", _percent, spare=4),
    Column("ilsvrc_error", "ILSVRC error", _percent),
    Column("aux_params", "aux params", short),
    Column("aux_macs", "aux MACs", short),
    Column("errata", "errata"),
    Column("accuracy_from", "accuracy from", right=False),
    Column("source", "source", right=False),
)
COLUMNS = {column.name: column for column in _ALL}
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
    summaries: Sequence[Summary],
    baseline: Summary,
    columns: Sequence[Column],
    *,
    every: bool = False,
    colour: bool = False,
    width: int | None = None,
) -> str:
    """Print a line a network, and below it the ratios; columns that have no room are left out, unless `every`."""
    paint, width = painter(colour=colour), width or terminal_width()
    heads = [
        Head(column.heading, column.right, 0 if every else column.spare, wraps=column.name == "name")
        for column in columns
    ]
    rows = [[cell(column, summary) for column in columns] for summary in summaries]
    names = [i for i, column in enumerate(columns) if column.name == "name"]
    lines = [*texts.screen(heads, rows, paint, lambda i, text: CYAN if i in names else PLAIN, width=width)]
    left_out = sorted({*texts.fitting(heads, rows)} - {*texts.fitting(heads, rows, width)})
    columns = [column for i, column in enumerate(columns) if i not in left_out]
    counted = [column for column in columns if column.ratio]
    if counted and any(summary is not baseline for summary in summaries):
        lines += [
            "",
            paint(f"compared with {baseline.name}", BOLD),
            *_ratios(summaries, baseline, counted, paint, width),
        ]
    notes = [*_notes(summaries, columns)]
    if left_out:
        names_left = ", ".join(heads[i].text for i in left_out)
        notes.append((f"no room for {names_left}: a wider screen or --columns shows them", DIM))
    lines.append("")
    for text, style in notes:
        lines += [paint(line, style) for line in textwrap.wrap(text, max(width, 20), subsequent_indent="  ")]
    return "\n".join(lines)


def _ratios(
    summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column], paint: Paint, width: int
) -> Iterator[str]:
    heads = [Head("network", wraps=True), *(Head(column.heading, right=True) for column in columns)]
    rows = [
        [summary.name, *(ratio_text(_ratio(column, summary, baseline)) for column in columns)]
        for summary in summaries
        if summary is not baseline
    ]
    yield from texts.screen(heads, rows, paint, lambda i, text: CYAN if i == 0 else PLAIN, width=width)


def _ratio(column: Column, summary: Summary, baseline: Summary) -> float | None:
    return times(value_of(summary, column.name), value_of(baseline, column.name))


def _notes(summaries: Sequence[Summary], columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Yield the lines below, each with its style."""
    names = {column.name for column in columns}
    if names & {"params", "macs", "flops", "weight_bytes", "activation_bytes"}:
        yield "MACs: of convolutions, linear layers and attention, one image; K = 1000", DIM
    if "receptive_field" in names:
        yield "rec. field: input cells that a cell of the last volume sees along a side", DIM
    if names & {"top1", "top5", "ilsvrc_error"}:
        yield "accuracies in percent, as printed by their sources: cnncalc published NAME", DIM
    for summary in summaries:
        if summary.problems:
            yield f"{summary.name} has problems: cnncalc published {summary.name}", PLAIN


def rows_with_ratios(
    summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column]
) -> tuple[list[Head], list[list[str]]]:
    """Return headings and rows for a page, each ratio beside its number."""
    heads: list[Head] = []
    rows: list[list[str]] = [[] for _ in summaries]
    for column in columns:
        heads.append(Head(column.heading, column.right))
        for row, summary in zip(rows, summaries, strict=True):
            row.append(cell(column, summary))
        if column.ratio and len(summaries) > 1:
            heads.append(Head(f"to {baseline.name}", right=True))
            for row, summary in zip(rows, summaries, strict=True):
                row.append("" if summary is baseline else ratio_text(_ratio(column, summary, baseline)))
    return heads, rows


def markdown(summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column]) -> str:
    return "\n".join(texts.markdown(*rows_with_ratios(summaries, baseline, columns)))


def latex(summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column]) -> str:
    caption = f"{', '.join(summary.title for summary in summaries)}"
    return "\n".join(texts.latex(*rows_with_ratios(summaries, baseline, columns), caption))


def csv_text(summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column]) -> str:
    """Print a line a network, every digit; ratios are in columns of their own."""
    rows = [_as_dict(summary, baseline, columns) for summary in summaries]
    return texts.csv_text([*rows[0]], [[*row.values()] for row in rows])


def document(summaries: Sequence[Summary], baseline: Summary, columns: Sequence[Column] | None = None) -> Comparison:
    """Return each network with all it has, or with the columns named, and the ratios."""
    from cnncalc.documents.comparison import Comparison
    from cnncalc.documents.writer import VERSION

    rows = [_as_dict(summary, baseline, columns or _ALL) for summary in summaries]
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, "baseline": baseline.name}
    return Comparison.model_validate({**head, "networks": rows})


def _as_dict(summary: Summary, baseline: Summary, columns: Sequence[Column]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in columns:
        row[column.name] = value_of(summary, column.name)
        if column.ratio:
            ratio = _ratio(column, summary, baseline)
            row[f"{column.name}_ratio"] = None if ratio is None else float(f"{ratio:.6g}")
    return row


# Layer by layer


LAYER_HEADS = ("path", "what")
HEADINGS = {"layer": "layer", "output": "output", "params": "params", "macs": "MACs"}


def layers(left: Report, right: Report, pairs: Sequence[Pair], *, everything: bool, colour: bool = False) -> str:
    """Print the layers that differ, what differs of them on a line each; or every layer."""
    paint, width = painter(colour=colour), terminal_width()
    names = left.network.name, right.network.name
    heads = [Head("path", wraps=True), Head("what"), *(Head(name, wraps=True) for name in names)]
    rows = _layer_rows(pairs, everything=everything)
    differ = sum(bool(pair.differing) for pair in pairs)
    lines = [paint(f"{names[0]} and {names[1]}: {differ} of {len(pairs)} layers differ", BOLD), ""]
    rows += [["", "", "", ""], *_total_rows(left, right)]
    styles = {0: CYAN, 1: DIM, 3: MAGENTA}
    return "\n".join((*lines, *texts.screen(heads, rows, paint, lambda i, text: styles.get(i, PLAIN), width=width)))


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


def layers_markdown(left: Report, right: Report, pairs: Sequence[Pair], *, everything: bool) -> str:
    heads = [*map(Head, (*LAYER_HEADS, left.network.name, right.network.name))]
    return "\n".join(texts.markdown(heads, _layer_rows(pairs, everything=everything) + _total_rows(left, right)))


def layers_csv(pairs: Sequence[Pair], *, everything: bool) -> str:
    rows = _layer_dicts(pairs, everything=everything)
    sides = [f"{side}_{what}" for what in HEADINGS for side in ("left", "right")]
    names = ["left_path", "right_path", *sides, "differ"]
    values = [[*row.values(), " ".join(differ)] for row, differ in ((row, row.pop("differ")) for row in rows)]
    return texts.csv_text(names, values)


def layers_document(left: Report, right: Report, pairs: Sequence[Pair], *, everything: bool) -> LayerComparison:
    """Return the layers that differ, or every layer, as a document."""
    from cnncalc.documents.comparison import LayerComparison
    from cnncalc.documents.writer import VERSION

    names = {"left": left.network.name, "right": right.network.name}
    head = {"version": VERSION, "cnncalc": cnncalc.__version__, **names}
    return LayerComparison.model_validate({**head, "layers": _layer_dicts(pairs, everything=everything)})


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
