"""What came out of a network that was run: its numbers as text, as a table, as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.live.run import Run
from cnncalc.render.table import CYAN, Column, Row, Table
from cnncalc.values.files import json_numbers, table, text
from cnncalc.values.tensor import Tensor, sizes_text

if TYPE_CHECKING:
    from cnncalc.documents.run import RunResult

SHOWN = 2_000
"""The most numbers of an output that are printed."""


def printed(y: Tensor, layout: str) -> str:
    """Write the numbers of a small output, the bounds of a large one."""
    if len(y) <= SHOWN:
        return table(y, layout)
    low, high, mean = bounds(y)
    return f"{sizes_text(y.sizes)} numbers from {low} to {high}, mean {mean}; -o FILE writes them all"


def bounds(y: Tensor) -> tuple[str, str, str]:
    """Return the least number of an output, the largest and their mean."""
    return text(min(y.numbers)), text(max(y.numbers)), text(sum(y.numbers) / len(y))


def tables(found: Run) -> Iterator[Table]:
    """Yield a table of the outputs: shapes and bounds."""
    columns = (
        Column("output", style=CYAN),
        *(Column(name, right=True) for name in ("shape", "least", "largest", "mean")),
    )
    yield Table(
        columns=columns, rows=[Row([name, sizes_text(y.sizes), *bounds(y)]) for name, y in found.outputs.items()]
    )


def whole(found: Run) -> str:
    """Write every output."""
    return "\n".join(
        (f"{name}\n" if len(found) > 1 else "") + printed(y, found.layout) for name, y in found.outputs.items()
    )


def document(found: Run) -> RunResult:
    """Return every number of the outputs as a document."""
    from cnncalc.documents.run import RunResult

    outputs = {name: {"shape": list(y.sizes), "numbers": json_numbers(y)} for name, y in found.outputs.items()}
    head = {"name": found.network.name, "layout": found.layout, "dtype": found.dtype, "seed": found.seed}
    initial = {name: float(number) for name, number in found.initial.items()}
    return RunResult.model_validate({**head, "drawn": list(found.drawn), "initial": initial, "outputs": outputs})
