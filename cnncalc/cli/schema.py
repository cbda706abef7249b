"""`cnncalc schema`: the JSON Schema of a spec, for editors of YAML, and of every document in JSON."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

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
    from cnncalc.documents.catalogue import DOCUMENTS

    return [CompletionItem(name) for name in ("spec", *DOCUMENTS) if name.startswith(incomplete)]


@click.command("schema", short_help="Print the JSON Schema of a spec or a document.", epilog=EPILOG)
@click.argument("name", metavar="[NAME]", default="spec", shell_complete=_documents)
@click.option("--list", "list_", is_flag=True, help="List all documents and what prints or reads them.")
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(name: str, list_: bool, out: str | None) -> None:
    """Print the JSON Schema (draft 7) of a spec, with which an editor of YAML completes and checks keys.

    Chains are checked by `cnncalc lint` and `cnncalc lsp`. With NAME, print the JSON Schema (draft
    2020-12) of that document: what a command prints as JSON, or reads.
    """
    from cnncalc.documents import spec_schema
    from cnncalc.documents.catalogue import DOCUMENTS, schema
    from cnncalc.documents.writer import json_text

    if list_:
        rows = {"spec": "a spec, for editors of YAML", **{word: where for word, (_, where) in DOCUMENTS.items()}}
        width = max(map(len, rows))
        write("\n".join(f"{word:{width}}  {where}" for word, where in rows.items()), out)
    elif name == "spec":
        from cnncalc.claims.quantities import QUANTITIES

        write(json_text(spec_schema.schema(QUANTITIES)), out)
    elif name in DOCUMENTS:
        write(json_text(schema(name)), out)
    else:
        from cnncalc.problem import did_you_mean, quoted

        hint = did_you_mean(name, ("spec", *DOCUMENTS)) or "`cnncalc schema --list` names them all"
        raise click.UsageError(f"there is no document {quoted(name)}: {hint}")
