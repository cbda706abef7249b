"""`cnncalc layers`: the kinds of layers, and the page of each."""

from __future__ import annotations

import sys

import click

from cnncalc.cli import complete
from cnncalc.cli.output import echo, output_options, put, put_page
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.problem import did_you_mean, quoted
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

    if kind is None:
        put(lambda width: kinds_tables(), format_, out, lambda: document(KINDS.values()).to_json())
        return
    others = SYNONYMS | {name: found for found in KINDS.values() for name in found.framework_names}
    found = KINDS.get(kind) or others.get(kind)
    if found is None:
        hint = did_you_mean(kind, [*KINDS, *others]) or "`cnncalc layers` lists them all"
        raise click.UsageError(f"there is no layer kind {quoted(kind)}: {hint}")
    if found.kind != kind:
        echo(f"{kind} is {found.kind} here", sys.stderr)
    put_page(lambda: kind_page(found), format_, out, lambda: document([found]).to_json())
