"""A sweep's rows as a table, CSV, JSON, Parquet or a scatter plot; files are whole or not there."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from cnncalc.algebra.runs import Columns
from cnncalc.algebra.sweep import Task
from cnncalc.documents.writer import line
from cnncalc.files import draft
from cnncalc.problem import NoAnswer, Problem
from cnncalc.render.pictures.picture import INK, LETTERS, PALETTE, bare, figure, plainly
from cnncalc.render.table import BOLD, CYAN, PLAIN, Column, Note, Row, Table

FORMATS = (".csv", ".json", ".parquet")

DOT = 40
"""Points², of a dot of a picture."""

MANY_TIMES = 30
"""From this ratio of the largest number to the smallest on, a scale is logarithmic."""

LABELS = {"macs": "MACs", "flops": "FLOPs"}


def write(task: Task, batches: Iterable[Columns], path: Path) -> None:
    """Write a file in the format that its name ends with. Raises OSError, and NoAnswer without pyarrow."""
    writers: dict[str, Callable[[Task, Iterable[Columns], Path], None]] = {
        ".csv": _csv,
        ".json": _json,
        ".parquet": _parquet,
    }
    with draft(path) as new:
        writers[path.suffix](task, batches, new)


def _csv(task: Task, batches: Iterable[Columns], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(task.columns)
        for batch in batches:
            writer.writerows(zip(*task.lists(batch), strict=True))


def _json(task: Task, batches: Iterable[Columns], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        _json_rows(task, batches, file)


def _json_rows(task: Task, batches: Iterable[Columns], file: TextIO) -> None:
    separator = "[\n"
    for batch in batches:
        for row in zip(*task.lists(batch), strict=True):
            whole = dict(zip(task.columns, row, strict=True))
            file.write(separator + line(whole))
            separator = ",\n"
    file.write("[]\n" if separator == "[\n" else "\n]\n")


def _parquet(task: Task, batches: Iterable[Columns], path: Path) -> None:
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    axes = {axis.name: axis for axis in task.grid.axes}

    def kind(name: str) -> Any:
        return pyarrow.string() if name in axes and not axes[name].whole else pyarrow.int64()

    schema = pyarrow.schema([(name, kind(name)) for name in task.columns])
    with parquet.ParquetWriter(str(path), schema) as writer:
        for batch in batches:
            columns = [
                pyarrow.array(column, type=field.type) for column, field in zip(task.lists(batch), schema, strict=True)
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))


def needs_pyarrow() -> None:
    """Raise NoAnswer when Parquet cannot be written."""
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        hint = "pip install '.[sweep]', or write .csv"
        raise NoAnswer([Problem("E121", "writing Parquet needs the package pyarrow", None, hint)]) from None


def table(task: Task, batches: Iterable[Columns], most: int) -> Table:
    """Return the first rows as a table."""
    rows: list[Row] = []
    for batch in batches:
        first = {name: column[: most - len(rows)] for name, column in batch.items()}
        for row in zip(*task.lists(first), strict=True):
            rows.append(Row([f"{value:,}" if isinstance(value, int) else str(value) for value in row]))
        if len(rows) == most:
            break
    if not rows:
        return Table(above=[Note("", "  ".join(task.columns), BOLD)])
    axes = {axis.name for axis in task.grid.axes}
    columns = [Column(name, right=True, always=True, style=CYAN if name in axes else PLAIN) for name in task.columns]
    return Table(columns=columns, rows=rows, ruled=False)


def plot(task: Task, batches: Iterable[Columns], x: str, y: str, *, front: Iterable[Columns] | None = None) -> Any:
    """Return a picture with one dot a row, at two of its totals or vars; those of `front` are marked.

    Raises NoAnswer without matplotlib.
    """
    drawn = figure(7.5)
    axes = drawn.subplots()
    ends: dict[str, list[int]] = {x: [], y: []}

    def dots(batches: Iterable[Columns], colour: str, **style: Any) -> int:
        count = 0
        for batch in batches:
            values = {name: task.values(name, batch) for name in ends}
            count += len(values[x])
            # A vector picture of a million dots could not be opened: dots are pixels in every format.
            axes.scatter(values[x], values[y], color=colour, linewidths=0, rasterized=True, **style)
            for name, found in ends.items():
                found += [int(values[name].min()), int(values[name].max())] if len(values[name]) else []
        return count

    if front is None:
        count, marked = dots(batches, PALETTE[0], s=DOT, alpha=0.7), ""
    else:
        count = dots(batches, "#aaaaaa", s=DOT / 2, alpha=0.6)
        marked = f", {dots(front, PALETTE[5], s=DOT, zorder=3):,} of them on the front (marked)"
    for name, side in ((x, "x"), (y, "y")):
        axis, low, high = getattr(axes, f"{side}axis"), min(ends[name], default=0), max(ends[name], default=0)
        if low > 0 and high > MANY_TIMES * low:
            getattr(axes, f"set_{side}scale")("log")
            axis.get_major_locator().set_params(subs=(1, 2, 5) if high < 3000 * low else (1,))
            axis.set_minor_formatter("")
        axis.set_major_formatter(lambda value, _: plainly(value))
        axis.set_label_text(LABELS.get(name, name.replace("_", " ")), color=INK)
    axes.grid(color="#dddddd", linewidth=0.8)
    bare(axes)
    title = task.spec.text_of("title", task.variant) or task.spec.name
    heading = f"{f'{title}: ' if title else ''}{count:,} configuration{'' if count == 1 else 's'}{marked}"
    axes.set_title(heading, fontsize=LETTERS, color=INK, loc="left", pad=12)
    return drawn
