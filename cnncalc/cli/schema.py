"""`cnncalc schema`: the JSON Schema of a spec, for editors of YAML, and of every document in JSON."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

import cnncalc
from cnncalc.cli.output import write

EPILOG = """
\b
Examples:
  cnncalc schema -o cnncalc.schema.json
  then, as the first line of a spec:
  # yaml-language-server: $schema=cnncalc.schema.json
  cnncalc schema report
  cnncalc schema --list
"""


def _documents(ctx: click.Context, argument: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from cnncalc.render.schemas import documents

    return [CompletionItem(name) for name in documents() if name.startswith(incomplete)]


@click.command("schema", short_help="Print the JSON Schema of a spec or a document.", epilog=EPILOG)
@click.argument("name", metavar="[NAME]", default="spec", shell_complete=_documents)
@click.option("--list", "list_", is_flag=True, help="List all documents and what prints or reads them.")
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(name: str, list_: bool, out: str | None) -> None:
    """Print the JSON Schema (draft 7) of a spec, with which an editor of YAML completes and checks keys.

    Chains are checked by `cnncalc lint` and `cnncalc lsp`. With NAME, print the JSON Schema (draft
    2020-12) of that document: what a command prints as JSON, or reads.
    """
    from cnncalc.documents.writer import json_text
    from cnncalc.render.schemas import documents

    if list_:
        rows = documents()
        width = max(map(len, rows))
        write("\n".join(f"{word:{width}}  {where}" for word, where in rows.items()), out)
        return
    try:
        found = cnncalc.schema(name)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None
    write(json_text(found), out)
