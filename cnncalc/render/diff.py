"""What changed between two networks, as tables and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from cnncalc.comparison.diff import Change, Diff, Total
from cnncalc.network.report import Row as Layer
from cnncalc.numbers.arith import Number
from cnncalc.render.numbers import exact, percent, short, short_bytes
from cnncalc.render.table import CYAN, DIM, GREEN, PLAIN, RED, YELLOW, Column, Data, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import diff as documents

STYLES = {"added": GREEN, "removed": RED, "changed": YELLOW, "renamed": CYAN, "follows": DIM}
NAMES = {
    "params": "params",
    "macs": "MACs",
    "weight_layers": "weight layers",
    "weight_bytes": "weights",
    "activation_bytes": "activations",
    "training_bytes": "training memory (one image, SGD)",
    "receptive_field": "receptive field",
}


def tables(found: Diff) -> Iterator[Table]:
    """Yield the totals of both, and the layers that changed."""
    names = [report.network.title or report.network.name for report in (found.old, found.new)]
    old, new = found.shapes
    if not found.differs:
        yield Table(f"{names[0]} and {names[1]}: no difference", data=partial(_data, found))
        return
    yield Table(
        " → ".join(dict.fromkeys(names)),
        (
            Column("", style=CYAN),
            Column("old", right=True),
            Column("new", right=True),
            Column("difference", right=True),
        ),
        [_total(total) for total in found.totals],
        above=[Note("", old if old == new else f"{old}, now {new}", PLAIN)],
    )
    counts = [(word, sum(change.status == word for change in found)) for word in STYLES]
    words = {"follows": "with another shape or number as a consequence"}
    notes = [Note("", ", ".join(f"{count:,} {words.get(word, word)}" for word, count in counts if count))]
    yield Table(
        "layers",
        (
            Column(""),
            Column("path", style=CYAN, breaks=".", late=True),
            Column("layer", breaks=" "),
            Column("output", right=True),
            Column("params", right=True),
            Column("MACs", right=True),
        ),
        [_row(change) for change in found],
        notes=notes,
        level=2,
        data=partial(_data, found),
    )


def _total(total: Total) -> Row:
    write = short_bytes if total.name.endswith("_bytes") else exact
    old, new = ("?" if number is None else write(number) for number in (total.old, total.new))
    change = total.difference
    if change is None:
        text = "" if total.old == total.new else "?"
    elif not change:
        text = "="
    else:
        sign = "+" if change > 0 else "−"
        share = f" ({sign}{percent(abs(change) / total.old)})" if total.old else ""
        text = f"{sign}{write(abs(change))}{share}"
    return Row((NAMES[total.name], old, new, text))


def _row(change: Change) -> Row:
    old, new = change.old, change.new
    path = " → ".join(dict.fromkeys(row.path for row in (old, new) if row))
    layer = " → ".join(dict.fromkeys(row.written for row in (old, new) if row))
    output = " → ".join(dict.fromkeys(str(row.output) for row in (old, new) if row))
    numbers = (_more(change.difference(what)) for what in ("params", "macs"))
    return Row((change.status, path, layer, output, *numbers), styles={0: STYLES[change.status]})


def _more(number: Number) -> str:
    if not isinstance(number, int):
        return str(number)
    return f"{'−' if number < 0 else '+'}{short(abs(number))}" if number else ""


def _data(found: Diff) -> Data:
    rows = [_dict(change) for change in found]
    names = ("status", *SIDES)
    return names, [[row[name] for name in names] for row in rows]


SIDES = tuple(f"{side}{name}" for name in ("_path", "", "_output", "_params", "_macs") for side in ("old", "new"))
"""What is said of a layer of each network, in CSV and JSON."""


def _dict(change: Change) -> dict[str, Any]:
    def side(row: Layer | None) -> tuple[Any, ...]:
        return (
            (None,) * 5
            if row is None
            else (row.path, row.written, str(row.output), _plain(row.params), _plain(row.macs))
        )

    both = [value for pair in zip(side(change.old), side(change.new), strict=True) for value in pair]
    return {"status": change.status, **dict(zip(SIDES, both, strict=True))}


def _plain(number: Number | None) -> int | str | None:
    return number if number is None or isinstance(number, int) else str(number)


def document(found: Diff) -> documents.Diff:
    """Return what changed as a document."""
    from cnncalc.documents.diff import Diff as Model

    return Model.model_validate(
        {
            "old": found.old.network.name,
            "new": found.new.network.name,
            "differs": found.differs,
            "old_shapes": found.shapes[0],
            "new_shapes": found.shapes[1],
            "changes": [{**_dict(change), "fields": [field._asdict() for field in change.fields]} for change in found],
            "totals": [
                {"name": total.name, "old": _plain(total.old), "new": _plain(total.new)} for total in found.totals
            ],
        }
    )
