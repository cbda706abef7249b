"""`cnncalc published`: what sources print of a network, beside what is computed."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import stdin
from cnncalc.cli.output import output_options, put
from cnncalc.cli.progress import Progress
from cnncalc.render.printers import FORMATS

EPILOG = """
A value agrees when the computed value, rounded to the printed digits, equals the printed one. A known difference has
an erratum, which says whether the source is wrong, truncates, rounds loosely, or counts differently. The exit code is 1
for a difference without an erratum and for an erratum without a difference.

\b
Examples:
  cnncalc published googlenet
  cnncalc published resnet
  cnncalc published my.cnn.yaml --format markdown
  cnncalc published --all
"""


@click.command("published", short_help="Check published numbers against the computed ones.", epilog=EPILOG)
@click.argument("what", metavar="[WHAT]", nargs=-1, shell_complete=complete.networks)
@click.option("--all", "everything", is_flag=True, help="Include every network of the library.")
@output_options(*FORMATS)
def command(what: tuple[str, ...], everything: bool, format_: str, out: str | None) -> None:
    """Compare the published numbers of WHAT with the computed ones.

    WHAT is a name of the library or a file, several of them, or with --all the whole library.
    """
    from cnncalc.render import published as printed

    if bool(what) == everything:
        raise click.UsageError("--all stands for every network: name none" if what else "name a network, or --all")
    with Progress() as bar:
        found = cnncalc.published(*what, stdin=stdin, progress=lambda name: bar.step(f"checked {name}"))
    put(
        lambda width: printed.tables(found.networks, whole=everything),
        format_,
        out,
        lambda: printed.document(found.networks).to_json(),
    )
    if not found.fine:
        click.get_current_context().exit(1)
