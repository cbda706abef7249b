"""`cnncalc annotate`: the computed shapes, written behind the named items of a spec."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli.arguments import stdin
from cnncalc.cli.edits import Edits

EPILOG = """
\b
Examples:
  cnncalc annotate my.cnn.yaml
  cnncalc annotate my.cnn.yaml --diff
  cnncalc annotate - < my.cnn.yaml

\b
Exit codes:
  0   nothing to change, or changed
  1   something would change (--check, --diff), or the spec has problems
  2   wrong use, a file that cannot be read or written
"""


@click.command("annotate", short_help="Write the computed shapes into a spec.", epilog=EPILOG)
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if anything would change.")
@click.option("--diff", is_flag=True, help="Show what would change; exit 1 if anything would.")
@click.pass_context
def command(ctx: click.Context, file: str, check: bool, diff: bool) -> None:
    """Write the computed shape after each named item at the top level of FILE, as a check.

    Of a file with variants, numbers that differ are written as _. Checks with letters or expressions stay. FILE may be
    - for standard input, printed with its checks.
    """
    edits = Edits(check=check, diff=diff)
    edits.apply(cnncalc.annotate(file, stdin=stdin))
    ctx.exit(edits.code)
