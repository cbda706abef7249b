"""`cnncalc import`: a network of another tool as the text of a spec."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

import cnncalc
from cnncalc.cli.arguments import channels_last, layout_option, stdin
from cnncalc.cli.output import echo, write
from cnncalc.cli.problems import print_problems

EPILOG = """
\b
Examples:
  cnncalc import yolov3.cfg
  cnncalc import deploy.prototxt -o deploy.cnn.yaml
  cnncalc import train_val.prototxt --input 224x224x3
  cnncalc import - < yolov3.cfg

\b
Exit codes:
  0   written
  1   something cannot be read: it is listed with its place
  2   wrong use, a file that cannot be read or written
"""


def as_kwargs(ctx: click.Context, option: click.Parameter, value: str | None) -> dict[str, Any]:
    """Read the arguments of a constructor."""
    try:
        found = json.loads(value or "{}")
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"it is no JSON: {error}", ctx, option) from None
    if not isinstance(found, dict):
        raise click.BadParameter("""it is no object, as in '{"num_classes": 10}'""", ctx, option)
    return found


@click.command("import", short_help="Write a network of another tool as a spec.", epilog=EPILOG)
@click.argument("what", metavar="WHAT")
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
@click.option("--flat", is_flag=True, help="Write one layer per line, without blocks.")
@click.option("--input", metavar="SHAPE", help="The input, where WHAT does not say it, such as 224x224x3.")
@click.option("--kwargs", metavar="JSON", callback=as_kwargs, help="Arguments of a module's constructor.")
@layout_option
@click.pass_context
def command(
    ctx: click.Context,
    what: str,
    out: str | None,
    flat: bool,
    input: str | None,
    kwargs: dict[str, Any],
    layout: str,
) -> None:
    """Write WHAT, a network of another tool, as the text of a spec that computes the same.

    The text is loaded again and compared with what was read, layer by layer; nothing is written if they differ. Files
    are read without running anything.
    """
    from cnncalc.exchange.graph import NotRead

    try:
        found = cnncalc.import_model(what, input=channels_last(input, layout), kwargs=kwargs, flat=flat, stdin=stdin)
    except NotRead as refused:
        print_problems(refused)
        ctx.exit(1)
    for note in found.notes:
        echo(f"note: {note}", sys.stderr)
    write(str(found), out)
