"""`cnncalc compare`: networks side by side, as a table or a picture; two of them layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, stdin
from cnncalc.cli.output import output_options, put
from cnncalc.cli.progress import Progress
from cnncalc.cli.show import refuse_with_plot
from cnncalc.render import compare as sheet
from cnncalc.render.printers import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

PLOTS = ("depth", "cost", "accuracy")

EPILOG = f"""
\b
Columns:
{chr(10).join(f"  {column.name:17} {column.heading}" for column in sheet.COLUMNS.values())}

\b
Pictures (with matplotlib: pip install ".[plot]"):
  depth      weight layers and error, from the oldest network to the newest
  cost       params, MACs and activations, as bars
  accuracy   accuracy against MACs; the area of a bubble is its params

\b
Examples:
  cnncalc compare alexnet vgg16 googlenet resnet152
  cnncalc compare googlenet alexnet alexnet_one_tower --baseline googlenet
  cnncalc compare resnet50 resnet50_paper --layers
  cnncalc compare alexnet zfnet vgg19 googlenet resnet152 --plot depth -o depth.svg
"""


@click.command("compare", short_help="Compare networks in a table or a plot.", epilog=EPILOG)
@click.argument("what", metavar="WHAT…", nargs=-1, required=True, shell_complete=complete.networks)
@click.option(
    "--columns",
    metavar="A,B,C",
    shell_complete=complete.listed(sheet.COLUMNS, "+"),
    help="Columns to show, from the list below; +A adds to the defaults.",
)
@click.option(
    "--baseline", metavar="WHAT", help="Network that ratios refer to. [the first]", shell_complete=complete.networks
)
@click.option("--input", metavar="SHAPE", help="Override the input of all, such as 224x224x3.")
@click.option("--layers", is_flag=True, help="Compare layer by layer.")
@click.option("--all-layers", is_flag=True, help="With --layers, include equal layers.")
@click.option("--plot", type=click.Choice(PLOTS), help="Plot into the file of -o.")
@output_options(*FORMATS)
@layout_option
def command(
    what: tuple[str, ...],
    columns: str | None,
    baseline: str | None,
    input: str | None,
    layers: bool,
    all_layers: bool,
    plot: str | None,
    format_: str,
    out: str | None,
    layout: str,
) -> None:
    """Compare networks: params, MACs, memory, receptive fields, published accuracy, and ratios.

    WHAT is a name of the library, a file or a chain, as for `cnncalc show`.
    """
    what = tuple(channels_last(word, layout) or word for word in what)
    input = channels_last(input, layout)
    if layers or all_layers:
        if plot or columns or baseline:
            raise click.UsageError("--layers goes without --columns, --baseline and --plot")
        _layers(what, input, format_, out, everything=all_layers)
        return
    if plot:
        refuse_with_plot("columns", "baseline", "format")
    try:
        chosen = sheet.select(columns)
    except sheet.ColumnError as error:
        raise click.BadParameter(str(error), param_hint="'--columns'") from None
    with Progress(len(what)) as bar:
        found = cnncalc.compare(*what, baseline=baseline, input=input, progress=bar.step, stdin=stdin)
    if plot:
        from cnncalc.cli.pictures import draw

        draw(plot, found.summaries, out)
        return
    put(
        lambda width: sheet.table(found, chosen, every=columns is not None, width=width),
        format_,
        out,
        lambda: sheet.document(found, None if columns is None else chosen).to_json(),
    )


def _layers(what: Sequence[str], input: str | None, format_: str, out: str | None, *, everything: bool) -> None:
    if len(what) < 2:
        raise click.UsageError(f"--layers takes two networks or more, not {len(what)}")
    if len(what) > 2:
        _layer_table(what, input, format_, out, everything=everything)
        return
    found = cnncalc.compare_layers(*what, input=input, stdin=stdin)
    put(
        lambda width: [sheet.layers(found, everything=everything)],
        format_,
        out,
        lambda: sheet.layers_document(found, everything=everything).to_json(),
    )


def _layer_table(what: Sequence[str], input: str | None, format_: str, out: str | None, *, everything: bool) -> None:
    try:
        found = cnncalc.layer_table(*what, input=input, stdin=stdin)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    put(
        lambda width: [sheet.layer_table(found, everything=everything)],
        format_,
        out,
        lambda: sheet.layer_table_document(found, everything=everything).to_json(),
    )
