"""`cnncalc fmt`: one canonical spelling."""

from __future__ import annotations

import sys

import click

import cnncalc
from cnncalc.cli.arguments import stdin
from cnncalc.cli.edits import Edits
from cnncalc.cli.output import echo

EPILOG = """
\b
Examples:
  cnncalc fmt .
  cnncalc fmt my.cnn.yaml --diff
  cnncalc fmt --check .
  cnncalc fmt - < my.cnn.yaml

\b
What is normalised:
  names of kinds     fc, dense -> linear; bn -> batchnorm; max_pool -> maxpool
  yes and no         true, false -> yes, no
  signs              × and → of a paper -> x and ->
  spaces             one around -> and *, after : and ,; none inside brackets
                     or at the end of a line
  Comments, line breaks and names of your own stay; nothing is aligned.

\b
Exit codes:
  0   nothing to change, or changed
  1   something would change (--check, --diff), or a spec has problems
  2   wrong use, a file that cannot be read or written
"""


@click.command("fmt", short_help="Format specs in one canonical spelling.", epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATHS or -]", type=click.Path())
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if anything would change.")
@click.option("--diff", is_flag=True, help="Show what would change; exit 1 if anything would.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], check: bool, diff: bool) -> None:
    """Format specs in one canonical spelling. Networks, comments and layout stay the same.

    Folders are searched for *.cnn.yaml and *.cnn.yml, as .gitignore allows; - is standard input, printed as it would
    be; without PATHS, the current folder is searched.
    """
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("- stands alone: standard input is one file")
    try:
        found = cnncalc.fmt(*paths, stdin=stdin)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    edits = Edits(check=check, diff=diff)
    edits.apply(found)
    if paths != ("-",):
        echo(edits.summary("formatted", "format"), sys.stderr)
    ctx.exit(edits.code)
