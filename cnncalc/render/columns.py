"""The columns of every table, listed once: what each means, where its value comes from and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

from cnncalc.layers.base import Tensors
from cnncalc.layers.fields import number_text
from cnncalc.network.report import Report
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.problem import did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.render import numbers, table
from cnncalc.render.fold import Depth, Line
from cnncalc.render.table import CYAN, GREEN, TERMS
from cnncalc.shape import Shape

Value: TypeAlias = Any
"""What a cell holds before it is written: a number, a Shape, a tuple a side, a text; None where it has no meaning."""


WIDEST = 60
"""The most characters of a line of a cell that goes on below."""


class View(Record):
    """How a reader wants to see a report."""

    columns: tuple[Column, ...]
    depth: Depth = None
    layout: str = "hwc"
    exact: bool = False


def _nothing(line: Line, report: Report) -> Value:
    return None


def _text(value: str, view: View) -> str:
    return value


class Column(table.Column):
    """A column of a report: `value` gives what a cell holds, `text` writes it, `total` what stands under it."""

    name: str = ""
    meaning: str = ""
    value: Callable[[Line, Report], Value] = staticmethod(_nothing)
    text: Callable[[Value, View], str] = staticmethod(_text)
    total: Callable[[Report], Number] | None = None
    aside: Callable[[Line], bool] | None = None  # whether a number is not in the total, which ( ) shows
    always: bool = True

    __eq__ = object.__eq__  # there is one of each
    __hash__ = object.__hash__  # type: ignore[assignment]  # other records have none

    def cell(self, line: Line, report: Report, view: View) -> str:
        """Write the cell of a line; nothing where the column has no meaning for it."""
        value = self.value(line, report)
        if value is None:
            return ""
        text = self.text(value, view)
        return f"({text})" if self.aside and self.aside(line) else text


# How values are written.


def number(value: Number, view: View) -> str:
    return numbers.exact(value) if view.exact else numbers.short(value)


def _bytes(value: Number, view: View) -> str:
    return numbers.exact(value) if view.exact else numbers.short_bytes(value)


def _decimal(value: float, view: View) -> str:
    return numbers.decimal(value)


def _percent(value: float, view: View) -> str:
    return numbers.percent(value)


def _shape(value: Shape, view: View) -> str:
    return value.text(view.layout)


def _shapes(value: tuple[Shape, ...], view: View) -> str:
    counts = {shape: value.count(shape) for shape in value}
    return ", ".join(f"{_shape(shape, view)}{f' ×{n}' if n > 1 else ''}" for shape, n in counts.items())


def _kernel(value: tuple[Number, ...], view: View) -> str:
    return "x".join(map(number_text, value))


def _sides(value: tuple[Number, ...], view: View) -> str:
    """Write one number when every side has the same."""
    return number_text(value[0]) if len(set(value)) == 1 else _kernel(value, view)


def _pads(value: tuple[tuple[Number, Number], ...], view: View) -> str:
    pairs = [pad if isinstance(pad, tuple) else (pad, pad) for pad in value]
    sides = [number_text(b) if b == a else f"{number_text(b)}:{number_text(a)}" for b, a in pairs]
    return sides[0] if len(set(sides)) == 1 else "x".join(sides)


def _tensors(value: Tensors, view: View) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape)) or '1'}" for name, shape in value.items())


# Where values come from.


def _layer(get: Callable[[Any], Value]) -> Callable[[Line, Report], Value]:
    """Make a value that only a single layer has: `get` takes its Row."""

    def value(line: Line, report: Report) -> Value:
        return None if line.layer is None else get(line.layer)

    return value


def _field(name: str) -> Callable[[Line, Report], Value]:
    """Make a value that is a field of the layer, where its kind has that field."""
    return _layer(lambda row: getattr(row.node.layer, name) if name in row.node.layer.fields else None)


def _sum(name: str) -> Callable[[Line, Report], Number]:
    return lambda line, report: sum(getattr(row, name) for row in line.rows)


def _share(name: str) -> Callable[[Line, Report], float | None]:
    """Make a value that is the part of the total a line has; side heads have none, they are not in it."""
    add = _sum(name)

    def value(line: Line, report: Report) -> float | None:
        part, whole = add(line, report), getattr(report.totals, name)
        known = isinstance(part, int) and isinstance(whole, int)
        return part / whole if known and whole and not line.aux else None

    return value


def _written(line: Line, report: Report) -> str:
    """The layer or group as the text has it, how often in a run, and whether it learns nothing of its own."""
    if line.opened:
        return line.written
    times = f"×{line.times} " if line.times > 1 else ""
    origins = {row.node.shares for row in line.rows if row.node.shares is not None}
    if not origins or any(row.params for row in line.rows):
        again = ""
    elif len(origins) == 1:
        again = f" (weights of {report.network.nodes[min(origins)].path})"
    else:
        again = " (weights used again)"
    return f"{times}{line.written}{again}"


def _pad(line: Line, report: Report) -> Value:
    row = line.layer
    if row is None:
        return None
    return tuple((w.before, w.after) for w in row.windows) or row.node.layer.__dict__.get("pad")


def _receptive(name: str) -> Callable[[Line, Report], tuple[Number, ...] | None]:
    return lambda line, report: tuple(getattr(field, name) for field in report.receptive[line.last]) or None


def _activation_bytes(line: Line, report: Report) -> Number:
    """Bytes of a layer's output; a group leaves out what is done in place, as the total does."""
    rows = [row for row in line.rows if line.layer or not row.node.layer.in_place]
    return sum(row.activation_bytes for row in rows)


PATH = Column(
    "path",
    name="path",
    meaning="location of the layer in the network",
    value=lambda line, _: line.name,
    breaks=".",
    late=True,
    style=CYAN,
)
LAYER = Column(
    "layer",
    name="layer",
    meaning="the layer as a step of a chain",
    value=_written,
    breaks=" ,",
    widest=WIDEST,
    code=True,
)
KIND = Column("kind", name="kind", meaning="its kind", value=_layer(lambda row: row.kind))
AUX = Column("aux", name="aux", meaning="the auxiliary head it belongs to", value=lambda line, _: line.aux)
IN = Column(
    "input",
    name="in",
    meaning="input shapes",
    value=lambda line, _: line.inputs,
    text=_shapes,
    right=True,
    breaks=" ,",
    widest=WIDEST,
)
OUT = Column(
    "output",
    name="out",
    meaning="output shape",
    value=lambda line, _: line.output,
    text=_shape,
    right=True,
)
PARAMS = Column(
    "params",
    name="params",
    meaning="trainable parameters",
    value=_sum("params"),
    text=number,
    right=True,
    breaks=TERMS,
    total=lambda report: report.totals.params,
)
PARAMS_SHARE = Column(
    "share",
    name="params_share",
    meaning="part of all params",
    value=_share("params"),
    text=_percent,
    right=True,
    bar=True,
    style=GREEN,
)
MACS = Column(
    "MACs",
    name="macs",
    meaning="multiply-adds",
    value=_sum("macs"),
    text=number,
    right=True,
    breaks=TERMS,
    total=lambda report: report.totals.macs,
)
FLOPS = Column(
    "FLOPs",
    name="flops",
    meaning="two for each MAC",
    value=_sum("flops"),
    text=number,
    right=True,
    breaks=TERMS,
    total=lambda report: report.totals.flops,
)
MACS_SHARE = Column(
    "share",
    name="macs_share",
    meaning="part of all MACs",
    value=_share("macs"),
    text=_percent,
    right=True,
    bar=True,
    style=GREEN,
)
KERNEL = Column(
    "kernel", name="kernel", meaning="window size, per dimension", value=_field("kernel"), text=_kernel, right=True
)
STRIDE = Column(
    "stride",
    name="stride",
    meaning="step of the window, per dimension",
    value=_field("stride"),
    text=_sides,
    right=True,
)
PAD = Column(
    "pad",
    name="pad",
    meaning="padding per dimension; before:after where they differ",
    value=_pad,
    text=_pads,
    right=True,
)
SAME_PAD = Column(
    "same pad",
    name="same_pad",
    meaning="padding that `same` would need",
    value=_layer(lambda row: row.same_pad),
    text=_pads,
    right=True,
)
LEFT_OVER = Column(
    "left over",
    name="left_over",
    meaning="rows and columns that the stride leaves uncovered",
    value=_layer(lambda row: row.left_over),
    text=_sides,
    right=True,
)
WEIGHTS = Column(
    "weights",
    name="weights",
    meaning="parameter tensors and their shapes",
    value=_layer(lambda row: row.weights or None),
    text=_tensors,
    breaks=" ,",
    widest=WIDEST,
)
BUFFERS = Column(
    "buffers",
    name="buffers",
    meaning="values stored but not trained",
    value=_sum("buffer_values"),
    text=number,
    right=True,
    breaks=TERMS,
    total=lambda report: report.totals.buffers,
)
WEIGHT_BYTES = Column(
    "weight bytes",
    name="weight_bytes",
    meaning="memory of the params",
    value=_sum("weight_bytes"),
    text=_bytes,
    right=True,
    breaks=TERMS,
    total=lambda report: report.totals.weight_bytes,
)
ACTIVATION_BYTES = Column(
    "activation bytes",
    name="activation_bytes",
    meaning="memory of the output; ( ) when done in place",
    value=_activation_bytes,
    text=_bytes,
    right=True,
    breaks=TERMS,
    total=lambda report: report.totals.activation_bytes,
    aside=lambda line: line.layer is not None and line.layer.node.layer.in_place,
)
SAVED_BYTES = Column(
    "kept bytes",
    name="saved_bytes",
    meaning="kept for the backward pass, unless a layer before keeps it",
    value=lambda line, report: sum(report.saved[row.node.index] for row in line.rows),
    text=_bytes,
    right=True,
    breaks=TERMS,
    total=lambda report: sum(report.saved[row.node.index] for row in report.rows if row.node.aux is None),
)


def _is_symbolic(report: Report) -> bool:
    """Whether sizes are not known, so that what is alive at once, a largest of many, is no formula."""
    return bool(report.network.symbols() or symbols_of(report.batch))


@lru_cache(maxsize=1)
def _live(report: Report) -> dict[int, int]:
    """Return what is alive when each layer has worked; every line asks for it."""
    from cnncalc.network.memory import forward_live

    return forward_live(report.network, report.batch, report.dtype)


LIVE_BYTES = Column(
    "live bytes",
    name="live_bytes",
    meaning="all that is alive in training after its forward pass",
    value=lambda line, report: (
        None if _is_symbolic(report) else max(_live(report)[row.node.index] for row in line.rows)
    ),
    text=_bytes,
    right=True,
)
BACKWARD_MACS = Column(
    "backward MACs",
    name="backward_macs",
    meaning="multiply-adds of the backward pass",
    value=lambda line, report: sum(report.training.backward_macs(row.node) for row in line.rows),
    text=number,
    right=True,
    breaks=TERMS,
    total=lambda report: sum(report.training.backward_macs(row.node) for row in report.rows if row.node.aux is None),
)
RECEPTIVE_FIELD = Column(
    "rec. field",
    name="receptive_field",
    meaning="receptive field in input pixels, per dimension",
    value=_receptive("size"),
    text=_sides,
    right=True,
)
JUMP = Column(
    "jump",
    name="jump",
    meaning="input pixels between neighbouring positions",
    value=_receptive("jump"),
    text=_sides,
    right=True,
)
FAN_IN = Column(
    "fan in",
    name="fan_in",
    meaning="inputs of one output",
    value=_layer(lambda row: row.fan_in),
    text=number,
    right=True,
)
FAN_OUT = Column(
    "fan out",
    name="fan_out",
    meaning="outputs of one input",
    value=_layer(lambda row: row.fan_out),
    text=number,
    right=True,
)
HE_STD = Column(
    "He std",
    name="he_std",
    meaning="sqrt(2 / fan out)",
    value=_layer(lambda row: row.he_std),
    text=_decimal,
    right=True,
)
HE_STD_IN = Column(
    "He std in",
    name="he_std_in",
    meaning="sqrt(2 / fan in)",
    value=_layer(lambda row: row.he_std_in),
    text=_decimal,
    right=True,
)
PLACE = Column(
    "place",
    name="place",
    meaning="location in the text: file:line:column",
    value=_layer(lambda row: str(row.node.place) if row.node.place else None),
)

COLUMNS = (
    PATH,
    LAYER,
    KIND,
    AUX,
    IN,
    OUT,
    PARAMS,
    PARAMS_SHARE,
    MACS,
    FLOPS,
    MACS_SHARE,
    KERNEL,
    STRIDE,
    PAD,
    SAME_PAD,
    LEFT_OVER,
    WEIGHTS,
    BUFFERS,
    WEIGHT_BYTES,
    ACTIVATION_BYTES,
    SAVED_BYTES,
    LIVE_BYTES,
    BACKWARD_MACS,
    RECEPTIVE_FIELD,
    JUMP,
    FAN_IN,
    FAN_OUT,
    HE_STD,
    HE_STD_IN,
    PLACE,
)
"""Every column, in the order they are listed and exported."""

TRAINING = (SAVED_BYTES, BACKWARD_MACS)
"""Of training: what `--training` adds."""

SHARES = (PARAMS_SHARE, MACS_SHARE)
"""What the name `share` means, and what a terminal draws as bars."""

DEFAULT = (PATH, LAYER, OUT, PARAMS, PARAMS_SHARE, MACS, MACS_SHARE)
"""What a table shows when nothing is asked for."""

BY_NAME = {column.name: (column,) for column in COLUMNS} | {"share": SHARES}
"""The columns each name brings."""


class ColumnError(ValueError):
    """A name that no column has."""


def select(names: str, default: tuple[Column, ...] = DEFAULT) -> tuple[Column, ...]:
    """Return the columns of `path,out,macs`; with a leading + they are added to the default: `+kernel,+pad`.

    Raises ColumnError, with the nearest names.
    """
    words = [word.strip() for word in names.split(",") if word.strip()]
    chosen = list(default) if any(word.startswith("+") for word in words) else []
    for word in words:
        name = word.removeprefix("+").strip()
        if name not in BY_NAME:
            hint = did_you_mean(name, BY_NAME) or f"one of {', '.join(BY_NAME)}"
            raise ColumnError(f"no column {quoted(name)}: {hint}")
        chosen.extend(column for column in BY_NAME[name] if column not in chosen)
    if not chosen:
        raise ColumnError(f"no column named: one of {', '.join(BY_NAME)}")
    return tuple(chosen)


def as_flops(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Put FLOPs in the place of MACs."""
    return tuple(dict.fromkeys(FLOPS if column is MACS else column for column in columns))
