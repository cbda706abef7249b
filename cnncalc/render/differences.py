"""A comparison with somebody else's model as tables or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import cnncalc
from cnncalc.live.against import Difference, ModelComparison
from cnncalc.render.numbers import exact
from cnncalc.render.table import BOLD, CYAN, MAGENTA, PLAIN, Column, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents.verification import Differences

UNITS = {"params": "params", "macs": "MACs", "output": "output"}


DIFFERENCES = (
    Column("theirs", breaks=" ", style=MAGENTA),
    Column("ours", breaks=" "),
    Column("at", breaks=".", late=True, style=CYAN),
    Column("theirs at", breaks=".", late=True),
)
TOTALS = Column("", always=True, style=CYAN), Column("theirs", right=True), Column("ours", right=True)


def tables(result: ModelComparison) -> Iterator[Table]:
    """Yield the verdict, every difference in our order, the totals of both, and what else is to be reported."""
    rows = [Row([found.theirs, found.ours, found.path, found.their_path]) for found in result.differences]
    found = [tuple(difference) for difference in result.differences]
    yield Table(_title(result))
    unseen = [Note("", result.run, PLAIN)] if result.run else []
    unseen += [Note("", f"not compared: {', '.join(result.uncompared)}", PLAIN)] if result.uncompared else []
    mark = "✗" if result.differences else "?" if result.uncompared else "✓"
    yield Table(notes=[*unseen, Note("", f"{mark} {verdict(result)}", BOLD)])
    yield Table(columns=DIFFERENCES, rows=rows, data=lambda: (Difference._fields, found))
    yield Table(
        columns=TOTALS,
        rows=[Row([UNITS[total.name], _number(total.theirs), _number(total.ours)]) for total in result.totals],
    )
    yield Table(notes=[Note("", text) for text in _notes(result)])


def verdict(result: ModelComparison) -> str:
    """Say in a sentence how far both agree."""
    count = len(result.differences)
    compared = f"{result.layers:,} layer{'' if result.layers == 1 else 's'} compared"
    if not count and result.uncompared:
        return f"no difference in what was compared: {compared}"
    if not count:
        return f"the same network: {compared}"
    return f"{count:,} difference{'' if count == 1 else 's'}: {compared}"


def document(result: ModelComparison) -> Differences:
    """Return all that was compared as a document."""
    from cnncalc.documents.verification import Differences
    from cnncalc.documents.writer import VERSION

    return Differences.model_validate(
        {
            "version": VERSION,
            "cnncalc": cnncalc.__version__,
            "name": result.network.name,
            "against": result.target,
            "agrees": result.agrees,
            "layers": result.layers,
            "totals": {total.name: {"theirs": total.theirs, "ours": total.ours} for total in result.totals},
            "differences": [found._asdict() for found in result.differences],
            "follow": result.follow,
            "equivalent": [found._asdict() for found in result.equivalent],
            "remarks": result.remarks,
            "not_compared": result.uncompared,
            "run": result.run,
        }
    )


def _title(result: ModelComparison) -> str:
    inputs = " and ".join(map(str, result.network.input_shapes().values()))
    return f"{result.network.title or result.network.name} · {inputs} · against {result.target}"


def _number(value: int | str) -> str:
    return exact(value) if isinstance(value, int) else value


def _notes(result: ModelComparison) -> Iterator[str]:
    if result.follow:
        several = "layers differ" if result.follow > 1 else "layer differs"
        yield f"{result.follow:,} further {several} in size only, as a consequence"
    if result.equivalent:
        first, more = result.equivalent[0], len(result.equivalent) - 1
        yield f"the same layer, written otherwise: {first}{f'; {more:,} more such' if more else ''}"
    yield from result.remarks
