"""`cnncalc list`: the networks of the library with their numbers, by family, or filtered and sorted."""

from __future__ import annotations

import sys

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import echo, output_options, put
from cnncalc.cli.progress import Progress
from cnncalc.comparison.filter import FIELDS
from cnncalc.problem import did_you_mean, quoted
from cnncalc.render.printers import FORMATS

EPILOG = f"""
Filters are expressions of the language, with and, or, not, comparisons, arithmetic and the columns below; 10M is
10,000,000 and 5MiB 5 · 1024². No comparison holds for a number that a network lacks, as top1 where none is published.

Columns: {", ".join(FIELDS)}

\b
Examples:
  cnncalc list
  cnncalc list resnet
  cnncalc list 2015
  cnncalc list --where "params < 10M and top1 > 70" --sort macs
  cnncalc list --where "task = segmentation"
  cnncalc list --sort -top1 --format csv
  cnncalc list --path my_specs
  cnncalc list --homework
"""


@click.command("list", short_help="List the networks of the library, with their numbers.", epilog=EPILOG)
@click.argument("word", required=False)
@click.option("--where", "condition", metavar="FILTER", help="Show only networks that match.")
@click.option(
    "--sort",
    metavar="COLUMN",
    shell_complete=complete.listed(FIELDS, several=False),
    help="Sort by a column, ascending; -COLUMN: descending.",
)
@output_options(*FORMATS)
@click.option("--homework", is_flag=True, help="List the homework keys that come with the program.")
def command(
    word: str | None, condition: str | None, sort: str | None, format_: str, out: str | None, homework: bool
) -> None:
    """List the networks of the library, or those that WORD is found in: its name, title, source or year."""
    from cnncalc.render import library

    if homework:
        if word is not None or condition is not None or sort is not None:
            raise click.UsageError("--homework lists all keys: WORD, --where and --sort are about networks")
        _keys(format_, out)
        return
    with Progress() as bar:

        def computed(name: str, total: int) -> None:
            bar.to(bar.done + 1, f"computing networks, once: {name}", total)

        found = cnncalc.networks(word, where=condition, sort=sort, progress=computed if bar.watched else None)
    if word is not None and not found and not cnncalc.networks(word):
        hint = did_you_mean(word, cnncalc.networks().names)
        echo(f"no network matches {quoted(word)}{f': {hint}' if hint else ''}", sys.stderr)
        click.get_current_context().exit(1)
    put(
        lambda width: library.tables(found.summaries, flat=sort is not None),
        format_,
        out,
        lambda: library.document(found.summaries).to_json(),
    )


def _keys(format_: str, out: str | None) -> None:
    from cnncalc.homework import catalogue

    keys = catalogue.summaries()
    put(lambda width: [catalogue.table(keys)], format_, out, lambda: catalogue.document(keys).to_json())
