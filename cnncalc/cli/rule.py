"""`cnncalc rule`: the manual page of a rule of `cnncalc lint`."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import output_options, put, put_page
from cnncalc.linter.settings import KNOWN
from cnncalc.problem import quoted
from cnncalc.render import rules as printed
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Examples:
  cnncalc rule
  cnncalc rule E203
  cnncalc rule stride-remainder
  cnncalc rule --all --format json
"""


@click.command("rule", short_help="Explain a rule of the linter.", epilog=EPILOG)
@click.argument("code", required=False, shell_complete=complete.listed(KNOWN, several=False))
@click.option("--all", "all_", is_flag=True, help="Print every rule.")
@output_options(*FORMATS)
def command(code: str | None, all_: bool, format_: str, out: str | None) -> None:
    """Explain a rule: what it finds, why, a bad and a good example, the source. CODE may also be a name.

    Without CODE, all rules are listed.
    """
    if all_ and code is not None:
        raise click.UsageError(f"name a rule or give --all, not both: {quoted(code)} is one of all")
    try:
        found = cnncalc.rules(code)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None

    def json() -> str:
        return printed.document(found).to_json()

    if all_ or found.page:
        put_page(lambda: printed.page(found), format_, out, json)
    else:
        put(lambda width: printed.tables(), format_, out, json)
