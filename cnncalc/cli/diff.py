"""`cnncalc diff`: what changed between two networks, layer by layer and in total."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, set_option, stdin
from cnncalc.cli.output import output_options, put
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Words:
  added, removed, renamed
  changed   a field, or the kind
  follows   another shape or other numbers, as a consequence

\b
Examples:
  cnncalc diff HEAD~1:net.cnn.yaml net.cnn.yaml
  cnncalc diff main:net.cnn.yaml net.cnn.yaml --format markdown
  cnncalc diff resnet18 resnet34 --exit-code
"""


@click.command("diff", short_help="Show what changed between two networks.", epilog=EPILOG)
@click.argument("old", metavar="OLD", shell_complete=complete.networks)
@click.argument("new", metavar="NEW", shell_complete=complete.networks)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where anything changed, as git diff does.")
@click.option("--input", metavar="SHAPE", help="Override the input of both, such as 448x448x3.")
@set_option
@output_options(*FORMATS)
@layout_option
def command(
    old: str,
    new: str,
    exit_code: bool,
    input: str | None,
    settings: dict[str, str],
    layout: str,
    format_: str,
    out: str | None,
) -> None:
    """Show what changed between the networks OLD and NEW: layers, their fields, shapes, params and MACs, and totals.

    Each is a name of the library, a file, a chain, or a file at a revision of git, as HEAD~1:net.cnn.yaml.
    """
    old, new = (channels_last(word, layout) or word for word in (old, new))
    input = channels_last(input, layout)
    from cnncalc.render.diff import document, tables

    found = cnncalc.diff(old, new, input=input, settings=settings, stdin=stdin)
    put(lambda width: tables(found), format_, out, lambda: document(found).to_json())
    if exit_code and found.differs:
        click.get_current_context().exit(1)
