"""A sweep's rows as a table, CSV, JSON, Parquet or a scatter plot; files are whole or not there."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from cnncalc.algebra.runs import Columns
from cnncalc.algebra.sweep import Task
from cnncalc.problem import NoAnswer, Problem

FORMATS = (".csv", ".json", ".parquet")


def lists(task: Task, batch: Columns) -> list[list[Any]]:
    """Return the columns of a batch as lists of what is written, variables by their values."""
    axes = {axis.name: axis for axis in task.grid.axes}
    found = []
    for name in task.columns:
        numbers = batch[name].tolist()
        found.append([axes[name].text(i) for i in numbers] if name in axes else numbers)
    return found


def write(task: Task, batches: Iterable[Columns], path: Path) -> None:
    """Write a file in the format that its name ends with. Raises OSError, and NoAnswer without pyarrow."""
    writers: dict[str, Callable[[Task, Iterable[Columns], Path], None]] = {
        ".csv": _csv,
        ".json": _json,
        ".parquet": _parquet,
    }
    draft = path.with_name(f".{path.name}.draft")
    try:
        writers[path.suffix](task, batches, draft)
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _csv(task: Task, batches: Iterable[Columns], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(task.columns)
        for batch in batches:
            writer.writerows(zip(*lists(task, batch), strict=True))


def _json(task: Task, batches: Iterable[Columns], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        _json_rows(task, batches, file)


def _json_rows(task: Task, batches: Iterable[Columns], file: TextIO) -> None:
    separator = "[\n"
    for batch in batches:
        for row in zip(*lists(task, batch), strict=True):
            file.write(separator + json.dumps(dict(zip(task.columns, row, strict=True)), ensure_ascii=False))
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
                pyarrow.array(column, type=field.type) for column, field in zip(lists(task, batch), schema, strict=True)
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))


def needs_pyarrow() -> None:
    """Raise NoAnswer when Parquet cannot be written."""
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        hint = "pip install 'cnncalc[sweep]', or write .csv"
        raise NoAnswer([Problem("E121", "writing Parquet needs the package pyarrow", None, hint)]) from None


def table(task: Task, batches: Iterable[Columns], most: int) -> Iterator[str]:
    """Yield the first rows as lines."""
    rows: list[list[str]] = []
    for batch in batches:
        for row in zip(*lists(task, batch), strict=True):
            if len(rows) == most:
                break
            rows.append([f"{value:,}" if isinstance(value, int) else str(value) for value in row])
    widths = [max(len(name), *(len(row[i]) for row in rows), 0) for i, name in enumerate(task.columns)]
    yield "  ".join(name.rjust(width) for name, width in zip(task.columns, widths, strict=True))
    for cells in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def plot(task: Task, batches: Iterable[Columns], path: Path, x: str, y: str) -> None:
    """Draw one dot a row, at two of its totals. Raises NoAnswer without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        hint = "pip install 'cnncalc[plot]'"
        raise NoAnswer([Problem("E121", "--plot needs the package matplotlib", None, hint)]) from None
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    for batch in batches:
        axes.scatter(batch[x], batch[y], s=8, color="tab:blue", linewidths=0)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(task.spec.said("title", task.variant) or task.spec.name)
    figure.savefig(path)
