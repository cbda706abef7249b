"""`cnncalc layers`: the kinds of layers, and the page of each."""

from __future__ import annotations

import sys

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import echo, output_options, put, put_page
from cnncalc.layers import KINDS
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Examples:
  cnncalc layers
  cnncalc layers conv
  cnncalc layers BatchNorm2d
  cnncalc layers --format json
"""


@click.command("layers", short_help="Show the layer kinds and their fields.", epilog=EPILOG)
@click.argument("kind", required=False, shell_complete=complete.listed(KINDS, several=False))
@output_options(*FORMATS)
def command(kind: str | None, format_: str, out: str | None) -> None:
    """List the layer kinds, or show the page of KIND: fields, defaults, formulas and source.

    KIND may also be a synonym, or the name in PyTorch or Keras.
    """
    from cnncalc.render.page import document, kind_page, kinds_tables

    try:
        found = cnncalc.kinds(kind)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None
    if kind is None:
        put(lambda width: kinds_tables(), format_, out, lambda: document(found).to_json())
        return
    (one,) = found
    if one.kind != kind:
        echo(f"{kind} is {one.kind} here", sys.stderr)
    put_page(lambda: kind_page(one), format_, out, lambda: document(found).to_json())
