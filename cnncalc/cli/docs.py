"""`cnncalc docs`: the pages of the documentation, as they come with the program."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import write, write_page
from cnncalc.render.documentation import pages

EPILOG = """
\b
Examples:
  cnncalc docs
  cnncalc docs language
  cnncalc docs language | less
"""


@click.command("docs", short_help="Read the documentation.", epilog=EPILOG)
@click.argument("page", required=False, shell_complete=complete.listed(lambda _: pages(), several=False))
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(page: str | None, out: str | None) -> None:
    """List the pages of the documentation, or print PAGE, which is Markdown."""
    try:
        found = cnncalc.documentation(page)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None
    if page is None:
        write(found, out)
    else:
        write_page(found, out)
