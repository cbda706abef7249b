"""`cnncalc diff`: what changed between two networks, layer by layer and in total."""

from __future__ import annotations

import os

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, set_option, stdin
from cnncalc.cli.output import output_options, put
from cnncalc.render.printers import FORMATS
from cnncalc.render.table import Table

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
  cnncalc diff --since HEAD one.cnn.yaml other.cnn.yaml
"""


@click.command("diff", short_help="Show what changed between two networks.", epilog=EPILOG)
@click.argument("what", metavar="OLD NEW", nargs=-1, required=True, shell_complete=complete.networks)
@click.option("--since", metavar="REVISION", help="Compare each FILE with what it was at a revision of git.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where anything changed, as git diff does.")
@click.option("--input", metavar="SHAPE", help="Override the input of both, such as 448x448x3.")
@set_option
@output_options(*FORMATS)
@layout_option
def command(
    what: tuple[str, ...],
    since: str | None,
    exit_code: bool,
    input: str | None,
    settings: dict[str, str],
    layout: str,
    format_: str,
    out: str | None,
) -> None:
    """Show what changed between the networks OLD and NEW: layers, their fields, shapes, params and MACs, and totals.

    Each is a name of the library, a file, a chain, or a file at a revision of git, as HEAD~1:net.cnn.yaml. With
    --since, files are given instead, and each is compared with itself at that revision.
    """
    input = channels_last(input, layout)
    if since is None and len(what) != 2:
        raise click.UsageError(f"diff takes two networks, not {len(what)}; or files, with --since REVISION")
    if since is not None and format_ == "json" and len(what) > 1:
        raise click.UsageError("--format json takes one file at a time")
    from cnncalc.render.diff import document, tables

    pairs = [what] if since is None else [(at_revision(since, file), file) for file in what]
    words = [tuple(channels_last(word, layout) or word for word in pair) for pair in pairs]
    found = [cnncalc.diff(old, new, input=input, settings=settings, stdin=stdin) for old, new in words if old != ADDED]
    added = [Table(f"{new}: new") for old, new in words if old == ADDED]
    if found or added:
        put(
            lambda width: [*added, *(table for one in found for table in tables(one))],
            format_,
            out,
            lambda: document(found[0]).to_json() if found else "null",
        )
    if exit_code and (added or any(one.differs for one in found)):
        click.get_current_context().exit(1)


ADDED = ""
"""What a file was that is not in a revision."""


def at_revision(revision: str, file: str) -> str:
    """Name a file as it was at a revision; ADDED where it was not there. Raises what reading it raises."""
    from cnncalc.loading.find import file_bytes
    from cnncalc.loading.revision import is_at

    path, _, variant = file.partition(":")
    file_bytes(path)  # which reports a file that is none
    there = f"./{os.path.relpath(path)}".replace(os.sep, "/")
    if not is_at(revision, there):
        return ADDED
    return ":".join(filter(None, (revision, there, variant)))
