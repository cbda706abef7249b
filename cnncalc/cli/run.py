"""`cnncalc run`: a network on given numbers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import one_network, set_option, stdin
from cnncalc.cli.output import echo, write, write_bytes
from cnncalc.cli.progress import Progress
from cnncalc.live import DTYPES
from cnncalc.problem import quoted

if TYPE_CHECKING:
    pass

EPILOG = """
\b
Files of numbers:
  .csv, text   a line for each row, numbers apart by commas or blanks;
               # begins a comment
  .npy         as NumPy writes it; never pickle
  -            standard input, as either of them
  The sizes must be those of the volume or tensor, sizes of 1 left out. A
  text has two sizes: where more are needed, the last one goes along a line,
  and all others one line after the other (4x4x3: 16 lines of 3).

\b
Weights:
  --weights FILE              where only one layer has a weight
  --weights conv1=FILE        the weight of a layer, by its path, or by that
                              of a group in which it is the only weighted one
  --weights conv1.bias=FILE   another tensor of a layer
  In PyTorch's order: outputs, inputs / groups, kernel. What no file gives has
  its initial value, such as 1 for the scale of a batch norm, or is drawn at
  random, by --seed. Drawing, large networks and a few kinds need PyTorch.

\b
Examples:
  cnncalc run "7x7x1 -> conv 1 7x7" --input-file patch.csv --weights filter.csv
  cnncalc run lenet5 --input-file digit.npy --weights C1=c1.npy -o scores.csv
  cnncalc run siamese --input-file left=a.npy --input-file right=b.npy
"""


def _files(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """Read FILE, or NAME=FILE; a file whose name has an = is given as NAME=FILE."""
    found: dict[str, str] = {}
    for text in value:
        name, equals, file = text.partition("=")
        name, file = (name.strip(), file) if equals else ("", text)
        if name in found:
            raise click.BadParameter(f"{name or 'a file'} is given twice", ctx, option)
        if not file:
            raise click.BadParameter(f"{quoted(text)} names no file", ctx, option)
        found[name] = file
    return found


@click.command("run", short_help="Run a network on given input values.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option(
    "--input-file", "inputs", metavar="FILE", multiple=True, callback=_files, help="File with the input's values."
)
@click.option(
    "--weights", metavar="FILE", multiple=True, callback=_files, help="File with the values of a parameter tensor."
)
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@click.option(
    "--layout", type=click.Choice(("hwc", "chw")), default="hwc", show_default=True, help="Axis order of volumes."
)
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True, help="Number type.")
@click.option(
    "--seed", metavar="N", type=int, default=0, show_default=True, help="Random seed of tensors that no file gives."
)
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write the output to a .npy or .csv file.")
@click.pass_context
def command(
    ctx: click.Context,
    what: str,
    inputs: dict[str, str],
    weights: dict[str, str],
    input: str | None,
    settings: dict[str, str],
    layout: str,
    dtype: str,
    seed: int,
    format_: str,
    out: str | None,
) -> None:
    """Run WHAT on values from files and print the output.

    WHAT is a name of the library (`cnncalc list`), a file, - for standard input, or a chain in quotes.
    """
    if format_ == "json" and out is not None and out.endswith((".npy", ".csv")):
        raise click.UsageError(f"--format json does not go with -o {quoted(out)}: leave out one of them", ctx)
    from cnncalc.live.run import InputsError
    from cnncalc.render.run import document, printed
    from cnncalc.values import files

    with Progress() as bar:
        try:
            found = cnncalc.run(
                what,
                inputs,
                weights,
                input=input,
                settings=settings,
                layout=layout,
                dtype=dtype,
                seed=seed,
                progress=(lambda path, count: bar.to(bar.done + 1, path, count)) if bar.watched else None,
                stdin=stdin,
            )
        except InputsError as error:
            several = len(error.names) > 1
            needed = " ".join(f"--input-file {name}=FILE" if several else "--input-file FILE" for name in error.names)
            raise click.UsageError(f"each input needs its file: {needed}", ctx) from None
    if format_ == "json":
        write(document(found).to_json(), out)
        return
    if out is not None and len(found) > 1:
        raise click.UsageError(f"-o takes one output, {found.network.name} has {', '.join(found)}", ctx)
    if found.drawn:
        echo(f"drawn at random, as no file gives them: {_few(found.drawn)}", sys.stderr)
    if found.initial:
        known = [f"{name} = {files.text(number)}" for name, number in found.initial.items()]
        echo(f"at their initial values, as no file gives them: {_few(known)}", sys.stderr)
    for name, y in found.outputs.items():
        if out is None:
            write((f"{name}\n" if len(found) > 1 else "") + printed(y, layout))
        elif out.endswith(".npy"):
            write_bytes(files.npy(y, dtype), out)
        else:
            write(files.csv(y), out)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
