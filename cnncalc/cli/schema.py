"""`cnncalc schema`: the JSON Schema of a spec, for editors of YAML."""

from __future__ import annotations

import json

import click

from cnncalc.cli.output import write

EPILOG = """
\b
Examples:
  cnncalc schema -o cnncalc.schema.json
  then, as the first line of a spec:
  # yaml-language-server: $schema=cnncalc.schema.json
"""


@click.command("schema", short_help="Print the JSON Schema of a spec.", epilog=EPILOG)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(out: str | None) -> None:
    """Print the JSON Schema (draft 7) of a spec, with which an editor of YAML completes and checks keys.

    What stands inside chains is checked by `cnncalc lint` and `cnncalc lsp`.
    """
    from cnncalc.documents.spec_schema import schema

    write(json.dumps(schema(), indent=2, ensure_ascii=False), out)
