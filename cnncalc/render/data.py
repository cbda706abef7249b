"""A report as data: JSON, whose keys docs/json.md explains, and CSV. Every layer, every digit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cnncalc
from cnncalc.documents import writer
from cnncalc.documents.writer import VERSION
from cnncalc.network.network import Network
from cnncalc.network.report import Report
from cnncalc.render.columns import (
    ACTIVATION_BYTES,
    AUX,
    FAN_IN,
    FAN_OUT,
    HE_STD,
    HE_STD_IN,
    JUMP,
    KERNEL,
    LEFT_OVER,
    PAD,
    PLACE,
    RECEPTIVE_FIELD,
    SAME_PAD,
    STRIDE,
    WEIGHT_BYTES,
)
from cnncalc.render.fold import Line, each
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.documents.report import Report as Document

TOTALS = (
    "params",
    "buffers",
    "macs",
    "flops",
    "weight_layers",
    "aux_params",
    "aux_macs",
    "activation_values",
    "weight_bytes",
    "activation_bytes",
)

FURTHER = (
    KERNEL,
    STRIDE,
    PAD,
    SAME_PAD,
    LEFT_OVER,
    RECEPTIVE_FIELD,
    JUMP,
    FAN_IN,
    FAN_OUT,
    HE_STD,
    HE_STD_IN,
    WEIGHT_BYTES,
    ACTIVATION_BYTES,
    AUX,
    PLACE,
)
"""Columns that JSON has under their own names."""


def as_dict(report: Report, layout: str = "hwc") -> dict[str, Any]:
    """Return everything a report knows, in dicts, lists, numbers and texts; `layout` orders the shapes."""
    network = report.network
    return {
        "version": VERSION,
        "cnncalc": cnncalc.__version__,
        "name": network.name,
        "title": network.title,
        "source": network.source,
        "batch": _plain(report.batch, layout),
        "dtype": report.dtype,
        "layout": layout,
        "inputs": _ends(network, network.inputs, layout),
        "outputs": _ends(network, network.outputs, layout),
        "overridden": list(network.overridden),
        "remarks": list(network.remarks),
        "totals": {name: _plain(getattr(report.totals, name), layout) for name in TOTALS},
        "layers": [_layer(line, report, layout) for line in each(report)],
    }


def document(report: Report, layout: str = "hwc") -> Document:
    """Return the same as a document."""
    from cnncalc.documents.report import Report as Document

    return Document.model_validate(as_dict(report, layout))


def json_text(report: Report, layout: str = "hwc") -> str:
    """Print the document, every layer on a line of its own, without loading pydantic: that doubles the time."""
    return writer.json_text(as_dict(report, layout), "layers")


def _layer(line: Line, report: Report, layout: str) -> dict[str, Any]:
    row, nodes = line.rows[0], report.network.nodes
    shares = row.node.shares
    fields = {
        "path": row.path,
        "kind": row.kind,
        "written": row.written,
        "reads": tuple(nodes[i].path for i in row.node.inputs),
        "input": row.input,
        "output": row.output,
        "params": row.params,
        "macs": row.macs,
        "flops": row.flops,
        "weights": row.weights,
        "buffers": row.buffers,
        "shares": None if shares is None else nodes[shares].path,
    } | {column.name: column.value(line, report) for column in FURTHER}
    return {key: _plain(value, layout) for key, value in fields.items()}


def _ends(network: Network, ends: Mapping[str, int], layout: str) -> dict[str, Any]:
    return {name: _plain(network.nodes[index].y, layout) for name, index in ends.items()}


def _plain(value: Any, layout: str) -> Any:
    """Turn a value into what JSON has: shapes and sides become lists, symbols their text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Shape):
        return [_plain(n, layout) for n in (value.hwc if layout == "hwc" else value.chw)]
    if isinstance(value, tuple):
        return [_plain(part, layout) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part, layout) for key, part in value.items()}
    if isinstance(value, Fraction):
        return float(value)
    return str(value)
