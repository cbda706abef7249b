"""`cnncalc list`: the networks of the library, by family."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

import click

from cnncalc.cli.output import colourful, echo, write
from cnncalc.load import Entry, library
from cnncalc.problem import did_you_mean, quoted

EPILOG = """
\b
Examples:
  cnncalc list
  cnncalc list resnet
  cnncalc list 2015
  cnncalc list --format json
"""


@click.command("list", short_help="List the networks of the library.", epilog=EPILOG)
@click.argument("word", required=False)
@click.option("--format", "format_", type=click.Choice(("table", "json")), default="table", show_default=True)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(word: str | None, format_: str, out: str | None) -> None:
    """List the networks of the library, or those that WORD is found in: its name, title, source or year."""
    known = library()
    entries = [entry for entry in known if word is None or word.lower() in " ".join(_texts(entry)).lower()]
    if word is not None and not entries:
        hint = did_you_mean(word, (entry.name for entry in known))
        echo(f"no network matches {quoted(word)}{f': {hint}' if hint else ''}", sys.stderr)
        click.get_current_context().exit(1)
    if format_ == "json":
        write(_json(entries), out)
    else:
        write("\n".join(_lines(entries, colour=out is None and colourful(sys.stdout))), out)


def _texts(entry: Entry) -> tuple[str, ...]:
    return entry.name, entry.title, entry.family, entry.source, entry.year


def _json(entries: list[Entry]) -> str:
    import json

    keys = ("name", "title", "family", "source", "year")
    rows = ",\n".join(
        f"  {json.dumps(dict(zip(keys, _texts(entry), strict=True)), ensure_ascii=False)}" for entry in entries
    )
    return f"[\n{rows}\n]"


def _lines(entries: list[Entry], *, colour: bool) -> Iterator[str]:
    """Yield the families, each with its papers and under each paper its networks."""
    import textwrap

    from cnncalc.render.table import BOLD, CYAN, DIM, painter, terminal_width

    paint, width = painter(colour=colour), terminal_width()
    families = [list(group) for _, group in groupby(entries, key=lambda entry: entry.file)]
    for family in families:
        names = max(len(entry.name) for entry in family)
        years = sorted({entry.year for entry in family if entry.year})
        yield paint(" ".join((family[0].family, f"({', '.join(years)})" if years else "")).rstrip(), BOLD)
        for source, paper in groupby(family, key=lambda entry: entry.source):
            yield from (paint(f"  {line}", DIM) for line in textwrap.wrap(source, width - 2))
            for entry in paper:
                title = "" if entry.title in (entry.family, entry.name) else entry.title
                yield f"  {paint(entry.name, CYAN)}{' ' * (names - len(entry.name))}  {title}".rstrip()
        yield ""
    yield f"{_count(len(entries), 'network', 'networks')} in {_count(len(families), 'family', 'families')}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
