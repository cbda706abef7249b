"""`cnncalc sweep`: the totals of many configurations, over a grid of vars and input sizes."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, set_option, stdin, training_options
from cnncalc.cli.output import agreed, echo, put, unwritable
from cnncalc.cli.progress import Progress
from cnncalc.problem import quoted
from cnncalc.render.printers import ENDINGS

if TYPE_CHECKING:
    from cnncalc.algebra.runs import Columns
    from cnncalc.algebra.runs import Progress as Run
    from cnncalc.algebra.sweep import Task
    from cnncalc.algebra.sweeping import Sweep

MOST = 10**8
"""The largest grid that is swept without --yes: some minutes, and some GB of blocks on disk."""

SHOWN, PRINTED = 20, 1_000
"""Rows of a table on a screen and in a file, unless --top says otherwise."""

DRAWN = 10**6
"""The most configurations that are drawn around a front."""

KNOWN = tuple(ENDINGS.values())

STREAMED = (".csv", ".json", ".parquet")
"""Files that hold every row, however many there are."""

DEFAULT = "params,macs,activation_bytes"

EPILOG = """
\b
Totals:
  params macs flops activation_values activation_bytes weight_bytes buffers
  weight_layers aux_params aux_macs receptive_field saved_bytes peak_memory

\b
What it needs:
  pip install ".[sweep]"        NumPy, and PyArrow for .parquet
  pip install ".[dask,plot]"    for --engine dask and --plot

\b
Examples:
  cnncalc sweep my.cnn.yaml --vary width=16..128:8 growth=12,24,32 input=128..320:32
  cnncalc sweep my.cnn.yaml --vary width=16..128:8 --where "params < 5M and macs < 600M" --sort macs -o small.csv
  cnncalc sweep my.cnn.yaml --vary width=1..512 input=32..512 --pareto params,macs --plot front.png
  cnncalc sweep resnet50 --vary batch=8..256:8 input=128..320:32 --columns peak_memory --optimizer adam
  cnncalc sweep my.cnn.yaml --vary width=1..4096 input=32..1024 --engine dask -o all.parquet
"""

_VARY = re.compile(r"[^\W\d]\w*=(?!=)\S+")


def _axes(ctx: click.Context) -> list[str]:
    return [*complete.variables(ctx), "input", "batch"]


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
    help="Values to try: 16..128:8, or 12,24,32; input is its size, batch how many.",
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
@training_options
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
@layout_option
def command(
    what: tuple[str, ...],
    vary: tuple[str, ...],
    where: str | None,
    sort: str | None,
    top: int | None,
    pareto: str | None,
    columns: str,
    settings: dict[str, str],
    optimizer: str,
    amp: str | None,
    engine: str,
    jobs: int,
    plot: str | None,
    yes: bool,
    format_: str,
    out: str | None,
    layout: str,
) -> None:
    """Compute the totals of WHAT for every combination of the values of its vars and its input size.

    Finished blocks of the grid are kept beside the output until the end: an interrupted sweep resumes.
    """
    what = tuple(channels_last(word, layout) or word for word in what)
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
    from cnncalc.render.pictures.picture import format_of

    totals = tuple(filter(None, columns.split(",")))
    front = tuple(filter(None, (pareto or "").split(",")))
    drawn = tuple(dict.fromkeys(front or totals))[:2]
    if plot and len(drawn) < 2:
        raise click.UsageError("--plot needs two totals: --columns params,macs")
    if plot:
        format_of(plot)  # one that cannot be drawn is reported before anything is computed
    for file in (out, plot):
        if file is not None and not Path(file).absolute().parent.is_dir():
            raise unwritable(file, FileNotFoundError(ENOENT, os.strerror(ENOENT)))
    with ExitStack() as stack:
        folder = Path(f"{out}.parts") if out else Path(stack.enter_context(tempfile.TemporaryDirectory())) / "parts"
        blocks: int | None = None

        def report(at: Run) -> None:
            nonlocal blocks
            blocks = at.blocks
            bar.to(at.done, f"{at.configurations:,} configurations", at.blocks)

        try:
            with Progress() as bar:
                found = _swept(
                    named[0],
                    axes,
                    columns=totals,
                    where=where,
                    sort=sort,
                    top=top,
                    pareto=front,
                    settings=settings,
                    optimizer=optimizer,
                    amp=amp,
                    engine=engine,
                    jobs=jobs,
                    folder=folder,
                    most=None if yes else MOST,
                    progress=report,
                )
            _print(found, format_, out)
            if plot:
                _draw(found, plot, drawn)
        except KeyboardInterrupt:
            if out is not None and blocks is not None:
                done = len(list(folder.glob("*.npy")))
                kept = f"{done} of {blocks} blocks are kept, the same command goes on from there"
                echo(f"interrupted: {kept}", sys.stderr)
            raise
        echo(_summary(found, None if f".{format_}" in STREAMED else _most(found.task, out)), sys.stderr)
        found.discard()
    if found.unbuilt == found.configurations:
        click.get_current_context().exit(1)


def _swept(what: str, axes: tuple[str, ...], **options: Any) -> Sweep:
    """Sweep; raises UsageError for a grid that is too large, and for an engine that is none."""
    from cnncalc.algebra.sweeping import TooManyError
    from cnncalc.render.numbers import short_bytes

    try:
        return cnncalc.sweep(what, axes, stdin=stdin, **options)
    except TooManyError as error:
        grid = error.task.grid
        several = f" ({' x '.join(f'{length:,}' for length in grid.shape)})" if len(grid.shape) > 1 else ""
        room = short_bytes(8 * grid.size * len(error.task.columns))
        message = f"the grid has {grid.size:,} configurations{several}, up to {room} of blocks on disk"
        raise click.UsageError(f"{message}: --yes sweeps them all the same") from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--engine'") from None


def _print(found: Sweep, format_: str, out: str | None) -> None:
    from cnncalc.algebra.runs import unwritable as interrupted
    from cnncalc.render import sweep as render

    if f".{format_}" not in STREAMED:
        shown = render.table(found.task, found.batches(), _most(found.task, out))
        put(lambda width: [shown], format_, out)
    elif out is None:
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / f"rows.{format_}"
            render.write(found.task, found.batches(), whole)
            with whole.open(encoding="utf-8") as file:
                shutil.copyfileobj(file, sys.stdout)
    else:
        try:
            render.write(found.task, _counted(found.batches(), f"rows written to {out}"), Path(out))
        except OSError as error:
            raise interrupted(Path(out), error, found.progress) from error


def _draw(found: Sweep, plot: str, drawn: tuple[str, ...]) -> None:
    """Draw the rows; with --pareto among all configurations, which are computed again, unless they are too many."""
    from cnncalc.cli.pictures import write_picture
    from cnncalc.render import sweep as render

    task = found.task
    if not found.progress.rows:
        echo("no row is left to draw", sys.stderr)
        return
    counted = _counted(found.batches(), f"rows drawn in {plot}")
    if not task.pareto or task.grid.size > DRAWN:
        write_picture(render.plot(task, counted, *drawn), plot)
        return
    with tempfile.TemporaryDirectory() as folder:
        everything = found.unchosen(Path(folder) / "parts")
        write_picture(render.plot(task, everything.batches(), *drawn, front=counted), plot)


def _counted(batches: Iterable[Columns], what: str) -> Iterator[Columns]:
    """Hand batches on, and report how many rows there were."""
    with Progress() as bar:
        for batch in batches:
            yield batch
            count = bar.done + len(next(iter(batch.values()), ()))
            bar.to(count, f"{count:,} {what}")


def _most(task: Task, out: str | None) -> int:
    return task.top or (SHOWN if out is None else PRINTED)


def _summary(found: Sweep, most: int | None) -> str:
    task, progress = found.task, found.progress
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
