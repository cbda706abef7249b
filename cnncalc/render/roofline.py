"""The least times of layers as a table and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from cnncalc.network.roofline import Bound, Roofline
from cnncalc.render.numbers import short, short_bytes
from cnncalc.render.table import BOLD, CYAN, Column, Data, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import roofline as documents


def tables(found: Roofline) -> Iterator[Table]:
    """Yield the table of the layers that read and write memory."""
    columns = (
        Column("path", style=CYAN, breaks=".", late=True),
        Column("layer", breaks=" ", code=True),
        Column("FLOPs", right=True),
        Column("bytes", right=True),
        Column("FLOPs/B", right=True, spare=1),
        Column("at least", right=True),
        Column("bound by"),
    )
    rates = f"{short(int(found.flops_rate))} FLOPs/s"
    if found.convolution_rate != found.flops_rate:
        rates += f" ({short(int(found.convolution_rate))} for convolutions, which may use TF32)"
    device = f"{found.device.name}: {rates}, {short(int(found.bandwidth))}B/s"
    yield Table(
        f"{found.network.title or found.network.name} on {found.device.name}, batch {found.batch:,}, {found.dtype}",
        columns,
        [_row(bound) for bound in found.bounds],
        [Row(("total", "", "", "", "", duration(found.seconds), ""), BOLD)],
        [
            Note("", device),
            Note("", "a bound, not a prediction: what works in place is taken to be fused with the layer before it"),
        ],
        label=found.network.name,
        data=partial(_data, found),
    )


def _row(bound: Bound) -> Row:
    intensity = f"{bound.intensity:.1f}" if bound.flops else "0"
    sizes = short(bound.flops), short_bytes(bound.bytes), intensity
    return Row((bound.row.path, bound.row.written, *sizes, duration(bound.seconds), bound.limit))


def duration(seconds: float) -> str:
    """Write a time with three significant digits: 31.4 µs, 2.50 ms."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:#.3g} {unit}".replace(". ", " ")
    return f"{seconds / 1e-9:#.3g} ns".replace(". ", " ")


def _data(found: Roofline) -> Data:
    names = ("path", "layer", "flops", "bytes", "seconds_by_flops", "seconds_by_bytes", "limit")
    return names, [(b.row.path, b.row.written, b.flops, b.bytes, b.by_flops, b.by_bytes, b.limit) for b in found.bounds]


def document(found: Roofline) -> documents.Roofline:
    """Return the bounds as a document."""
    from cnncalc.documents.roofline import Roofline as Model

    return Model.model_validate(
        {
            "name": found.network.name,
            "device": found.device.name,
            "source": found.device.row["source_address"],
            "batch": found.batch,
            "dtype": found.dtype,
            "flops_rate": found.flops_rate,
            "convolution_rate": found.convolution_rate,
            "bandwidth": found.bandwidth,
            "seconds": found.seconds,
            "layers": [
                {
                    "path": bound.row.path,
                    "written": bound.row.written,
                    "flops": bound.flops,
                    "bytes": bound.bytes,
                    "seconds_by_flops": bound.by_flops,
                    "seconds_by_bytes": bound.by_bytes,
                    "limit": bound.limit,
                }
                for bound in found.bounds
            ],
        }
    )
