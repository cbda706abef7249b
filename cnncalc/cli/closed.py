"""`cnncalc closed`: a total of a network as a formula, to use elsewhere."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.algebra.closed import QUANTITIES
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, set_option, stdin
from cnncalc.cli.batch import Batch, dtype_option
from cnncalc.cli.output import write
from cnncalc.numbers.arith import Number
from cnncalc.problem import quoted
from cnncalc.render.closed import FORMATS, MARGINAL, text
from cnncalc.render.console import terminal_width

EPILOG = """
\b
Symbols:
  H, W   height and width of the input; L its length, D, H, W of three sides
  C      its channels
  N      the batch
  other words are vars of the spec: growth, width

\b
Examples:
  cnncalc closed resnet50 --of output
  cnncalc closed resnet50 --of macs --in H,W,N --format python
  cnncalc closed densenet121 --of params --in growth
  cnncalc closed vgg16 --of activation_bytes --in H,W --format sql
  cnncalc closed alexnet --marginal H
"""


def _symbols(ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    words = tuple(word.strip() for word in (value or "").split(",") if word.strip())
    for word in words:
        if not word.isidentifier():
            raise click.BadParameter(f"{quoted(word)} is no name", ctx, option)
    return words


@click.command("closed", short_help="Print a total as a formula in H, W, N or vars.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", shell_complete=complete.networks)
@click.option(
    "--of",
    "quantity",
    metavar="TOTAL",
    type=click.Choice(QUANTITIES),
    default="macs",
    show_default=True,
    help=f"Of what: {', '.join(QUANTITIES)}.",
)
@click.option("--in", "symbols", metavar="H,W,…", callback=_symbols, help="Symbols of the formula. [every dimension]")
@click.option(
    "--format",
    "format_",
    metavar="FORMAT",
    type=click.Choice(tuple(FORMATS)),
    default="text",
    show_default=True,
    help=f"{', '.join(FORMATS)}.",
)
@click.option("--marginal", metavar="H", help="Derivative with respect to a symbol, without rounding.")
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3 or SxSx3.")
@click.option("--batch", metavar="N", type=Batch.numbers, default=1, show_default=True, help="Batch size.")
@set_option
@dtype_option
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
@layout_option
def command(
    what: str,
    quantity: str,
    symbols: tuple[str, ...],
    format_: str,
    marginal: str | None,
    input: str | None,
    batch: Number,
    settings: dict[str, str],
    dtype: str,
    out: str | None,
    layout: str,
) -> None:
    """Print a total of WHAT, or its output shape, as a formula valid for every size at which it builds."""
    what = channels_last(what, layout) or what
    input = channels_last(input, layout)
    if marginal and format_ not in MARGINAL:
        raise click.UsageError(f"a derivative is no formula of whole numbers: its formats are {', '.join(MARGINAL)}")
    found = cnncalc.closed(
        what,
        quantity,
        symbols,
        input=input,
        settings=settings,
        batch=batch,
        dtype=dtype,
        marginal=marginal,
        stdin=stdin,
    )
    if format_ == "text" and out is None:
        write(text(found, terminal_width()))
    else:
        write(FORMATS[format_](found), out)
