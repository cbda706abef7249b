"""`cnncalc sweep`: the totals of many configurations, over a grid of vars and input sizes."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnncalc.cli import complete
from cnncalc.cli.arguments import set_option, stdin
from cnncalc.cli.output import agreed, echo, put, unwritable
from cnncalc.cli.progress import Progress
from cnncalc.problem import quoted
from cnncalc.render.printers import ENDINGS

if TYPE_CHECKING:
    from cnncalc.algebra import runs
    from cnncalc.algebra.runs import Columns, Engine
    from cnncalc.algebra.sweep import Task

MOST = 10**8
"""The largest grid that is swept without --yes: some minutes, and some GB of blocks on disk."""

SHOWN, PRINTED = 20, 1_000
"""Rows of a table on a screen and in a file, unless --top says otherwise."""

DRAWN = 10**6
"""The most configurations that are drawn around a front."""

KNOWN = tuple(ENDINGS.values())

DEFAULT = "params,macs,activation_bytes"

EPILOG = """
\b
Totals:
  params macs flops activation_values activation_bytes weight_bytes buffers
  weight_layers aux_params aux_macs receptive_field

\b
What it needs:
  pip install ".[sweep]"        NumPy, and PyArrow for .parquet
  pip install ".[dask,plot]"    for --engine dask and --plot

\b
Examples:
  cnncalc sweep my.cnn.yaml --vary width=16..128:8 growth=12,24,32 input=128..320:32
  cnncalc sweep my.cnn.yaml --vary width=16..128:8 --where "params < 5M and macs < 600M" --sort macs -o small.csv
  cnncalc sweep my.cnn.yaml --vary width=1..512 input=32..512 --pareto params,macs --plot front.png
  cnncalc sweep my.cnn.yaml --vary width=1..4096 input=32..1024 --engine dask -o all.parquet
"""

_VARY = re.compile(r"[^\W\d]\w*=(?!=)\S+")


def _axes(ctx: click.Context) -> list[str]:
    return [*complete.variables(ctx), "input"]


def _totals(ctx: click.Context) -> Iterable[str]:
    from cnncalc.algebra.quantities import QUANTITIES

    return QUANTITIES


@click.command("sweep", short_help="Compute totals over a grid of vars and sizes.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, shell_complete=complete.networks)
@click.option(
    "--vary",
    metavar="NAME=VALUES",
    multiple=True,
    shell_complete=complete.listed(_axes, several=False, end="="),
    help="Values to try: 16..128:8, or 12,24,32; input is its size.",
)
@click.option("--where", metavar="CONDITION", help="Keep rows that match: 'params < 5M and macs < 600M'.")
@click.option(
    "--sort",
    metavar="NAME",
    shell_complete=complete.listed(_totals, several=False),
    help="Sort by a total or var, ascending; -NAME: descending.",
)
@click.option("--top", metavar="N", type=click.IntRange(min=1), help="Keep the first N rows.")
@click.option(
    "--pareto",
    metavar="A,B",
    shell_complete=complete.listed(_totals),
    help="Keep the Pareto front; smaller is better.",
)
@click.option(
    "--columns",
    metavar="A,B",
    shell_complete=complete.listed(_totals),
    default=DEFAULT,
    show_default=True,
    help="Totals to compute.",
)
@set_option
@click.option(
    "--engine",
    metavar="local|dask[=ADDRESS]",
    default="local",
    show_default=True,
    help="Where the blocks are computed.",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), default=1, show_default=True, help="Number of processes."
)
@click.option("--plot", metavar="FILE", type=click.Path(), help="Plot the rows, over the first two of --pareto.")
@click.option("--yes", is_flag=True, help="Allow a grid of more than 10^8 configurations.")
@click.option("--format", "format_", type=click.Choice(KNOWN), default="table", show_default=True)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help=f"Write a file: {', '.join(ENDINGS)}.")
def command(
    what: tuple[str, ...],
    vary: tuple[str, ...],
    where: str | None,
    sort: str | None,
    top: int | None,
    pareto: str | None,
    columns: str,
    settings: dict[str, str],
    engine: str,
    jobs: int,
    plot: str | None,
    yes: bool,
    format_: str,
    out: str | None,
) -> None:
    """Compute the totals of WHAT for every combination of the values of its vars and its input size.

    Finished blocks of the grid are kept beside the output until the end: an interrupted sweep resumes.
    """
    axes = (*vary, *(word for word in what if _VARY.fullmatch(word)))
    named = [word for word in what if not _VARY.fullmatch(word)]
    if len(named) != 1:
        raise click.UsageError(f"one network at a time, not {len(named)}: cnncalc sweep WHAT --vary NAME=VALUES")
    if not axes:
        raise click.UsageError("nothing varies: --vary width=16..128:8")
    from cnncalc.render.sweep import needs_pyarrow

    if out is not None and not out.endswith(tuple(ENDINGS)):
        raise click.BadParameter(f"{quoted(out)} ends with none of {', '.join(ENDINGS)}", param_hint="'--out'")
    format_ = agreed(format_, out, KNOWN)
    if format_ == "parquet":
        if out is None:
            raise click.UsageError("Parquet is written into a file: -o FILE.parquet")
        needs_pyarrow()
    from cnncalc.algebra.tasks import task_of
    from cnncalc.render.numbers import short_bytes
    from cnncalc.render.pictures.picture import format_of

    totals = tuple(filter(None, columns.split(",")))
    front = tuple(filter(None, (pareto or "").split(",")))
    task = task_of(named[0], axes, totals, where, sort, top, front, settings, stdin)
    size = task.grid.size
    if size > MOST and not yes:
        lengths = " x ".join(f"{length:,}" for length in task.grid.shape)
        several = f" ({lengths})" if len(task.grid.shape) > 1 else ""
        room = short_bytes(8 * size * len(task.columns))
        message = f"the grid has {size:,} configurations{several}, up to {room} of blocks on disk"
        raise click.UsageError(f"{message}: --yes sweeps them all the same")
    drawn = (front or task.quantities)[:2]
    if plot and len(drawn) < 2:
        raise click.UsageError("--plot needs two totals: --columns params,macs")
    if plot:
        format_of(plot)  # one that cannot be drawn is reported before anything is computed
    chosen = _engine(engine, jobs)
    for file in (out, plot):
        if file is not None and not Path(file).absolute().parent.is_dir():
            raise unwritable(file, FileNotFoundError(ENOENT, os.strerror(ENOENT)))
    if out is not None:
        _sweep(task, Path(f"{out}.parts"), chosen, format_, out, plot, drawn)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _sweep(task, Path(folder) / "parts", chosen, format_, None, plot, drawn)


def _engine(text: str, jobs: int) -> Engine:
    from cnncalc.algebra.runs import alone, dask, processes

    name, _, address = text.partition("=")
    if name == "local" and not address:
        return alone if jobs == 1 else processes(jobs)
    if name == "dask":
        return dask(address or None, jobs)
    raise click.BadParameter(f"{quoted(text)} is neither local, dask nor dask=ADDRESS", param_hint="'--engine'")


def _sweep(
    task: Task,
    folder: Path,
    engine: Engine,
    format_: str,
    out: str | None,
    plot: str | None,
    drawn: tuple[str, ...],
) -> None:
    from cnncalc.algebra.runs import rows, run
    from cnncalc.algebra.runs import unwritable as interrupted
    from cnncalc.render import sweep as render

    try:
        with Progress() as bar:
            parts, progress = run(
                task, folder, engine, lambda at: bar.to(at.done, f"{at.configurations:,} configurations", at.blocks)
            )
        if f".{format_}" not in render.FORMATS:
            shown = render.table(task, rows(parts, progress), _most(task, out))
            put(lambda width: [shown], format_, out)
        elif out is None:
            whole = folder.with_name(f"rows.{format_}")
            render.write(task, rows(parts, progress), whole)
            with whole.open(encoding="utf-8") as file:
                shutil.copyfileobj(file, sys.stdout)
        else:
            try:
                render.write(task, _counted(rows(parts, progress), f"rows written to {out}"), Path(out))
            except OSError as error:
                raise interrupted(Path(out), error, progress) from error
        if plot and not progress.rows:
            echo("no row is left to draw", sys.stderr)
        elif plot:
            _draw(task, engine, rows(parts, progress), plot, drawn)
    except KeyboardInterrupt:
        if out is not None:
            done = len(list(folder.glob("*.npy")))
            kept = f"{done} of {task.grid.blocks} blocks are kept, the same command goes on from there"
            echo(f"interrupted: {kept}", sys.stderr)
        raise
    echo(_summary(task, progress, None if f".{format_}" in render.FORMATS else _most(task, out)), sys.stderr)
    parts.remove()
    if progress.unbuilt == progress.configurations:
        click.get_current_context().exit(1)


def _draw(task: Task, engine: Engine, found: Iterable[Columns], plot: str, drawn: tuple[str, ...]) -> None:
    """Draw the rows; with --pareto among all configurations, which are computed again, unless they are too many."""
    from cnncalc.algebra.runs import rows, run
    from cnncalc.cli.pictures import write_picture
    from cnncalc.render import sweep as render

    counted = _counted(found, f"rows drawn in {plot}")
    if not task.pareto or task.grid.size > DRAWN:
        write_picture(render.plot(task, counted, *drawn), plot)
        return
    everything = replace(task, pareto=(), top=None)
    with tempfile.TemporaryDirectory() as folder:
        parts, progress = run(everything, Path(folder) / "parts", engine, None)
        write_picture(render.plot(task, rows(parts, progress), *drawn, front=counted), plot)


def _counted(batches: Iterable[Columns], what: str) -> Iterator[Columns]:
    """Hand batches on, and report how many rows there were."""
    with Progress() as bar:
        for batch in batches:
            yield batch
            count = bar.done + len(next(iter(batch.values()), ()))
            bar.to(count, f"{count:,} {what}")


def _most(task: Task, out: str | None) -> int:
    return task.top or (SHOWN if out is None else PRINTED)


def _summary(task: Task, progress: runs.Progress, most: int | None) -> str:
    words = [f"{progress.configurations:,} configuration{'' if progress.configurations == 1 else 's'}"]
    twice = [f"{axis.name}={text}" for axis in task.grid.axes for text in axis.repeated]
    if twice:
        words.append(f"{', '.join(twice)} {'is' if len(twice) == 1 else 'are'} given twice and taken once")
    if progress.unbuilt:
        verb = "is" if progress.unbuilt == 1 else "are"
        words.append(f"{progress.unbuilt:,} of them {verb} no network ({progress.reason})")
    if progress.damaged:
        verb = "was" if progress.damaged == 1 else "were"
        words.append(f"{progress.damaged} of the kept blocks {verb} damaged and computed again")
    if task.where or task.pareto or task.top:
        words.append("chosen by " + ", ".join(_choices(task)))
    elif most and progress.rows > most:
        words.append(f"{most:,} rows are shown: -o FILE.csv writes all, --top N the first")
    return "; ".join(words)


def _choices(task: Task) -> list[str]:
    words = [f"--where {task.where!r}"] if task.where else []
    words += [f"--pareto {','.join(task.pareto)}"] if task.pareto else []
    return words + ([f"--top {task.top}"] if task.top else [])
