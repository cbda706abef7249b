"""`cnncalc layers`: the kinds of layers, and the page of each."""

from __future__ import annotations

import sys

import click

from cnncalc.cli import complete
from cnncalc.cli.output import echo, write, write_page
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.problem import did_you_mean, quoted

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
@click.option("--format", "format_", type=click.Choice(("markdown", "json")), default="markdown", show_default=True)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(kind: str | None, format_: str, out: str | None) -> None:
    """List the layer kinds, or show the page of KIND: fields, defaults, formulas and source.

    KIND may also be a synonym, or the name in PyTorch or Keras.
    """
    from cnncalc.render.console import terminal_width
    from cnncalc.render.page import document, kind_page, kinds_overview

    if kind is None:
        write(document(KINDS.values()).to_json() if format_ == "json" else kinds_overview(terminal_width()), out)
        return
    others = SYNONYMS | {name: found for found in KINDS.values() for name in found.framework_names}
    found = KINDS.get(kind) or others.get(kind)
    if found is None:
        hint = did_you_mean(kind, [*KINDS, *others]) or "`cnncalc layers` lists them all"
        raise click.UsageError(f"there is no layer kind {quoted(kind)}: {hint}")
    if found.kind != kind:
        echo(f"{kind} is {found.kind} here", sys.stderr)
    if format_ == "json":
        write(document([found]).to_json(), out)
    else:
        write_page(kind_page(found), out)
