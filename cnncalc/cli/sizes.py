"""`cnncalc sizes`: the input sizes that a network works on."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, one_network, set_option, stdin
from cnncalc.cli.output import output_options, put
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Examples:
  cnncalc sizes alexnet
  cnncalc sizes unet --near 512
  cnncalc sizes "64x64x3 -> conv 8 5x5 stride=2 -> maxpool 2x2 -> flatten -> linear 10"
"""


@click.command("sizes", short_help="Find the input sizes that work.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option("--near", metavar="N", type=click.IntRange(1, 1_000_000), help="Also find the nearest working size.")
@set_option
@output_options(*FORMATS)
@layout_option
def command(what: str, near: int | None, settings: dict[str, str], layout: str, format_: str, out: str | None) -> None:
    """Find every input size that WHAT works on: it builds, and all weights keep their shapes.

    Also find the sizes at which no stride leaves a remainder, and the layer that rejects the others. All sizes are
    checked, not a sample.
    """
    what = channels_last(what, layout) or what
    from cnncalc.render.sizes import document, tables

    found = cnncalc.sizes(what, near=near, settings=settings, stdin=stdin)
    put(lambda width: tables(found), format_, out, lambda: document(found).to_json())
