"""`cnncalc rule`: the manual page of a rule of `cnncalc lint`."""

from __future__ import annotations

import click

from cnncalc.cli import complete
from cnncalc.cli.output import output_options, put, put_page
from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.manual import data, document, markdown
from cnncalc.linter.settings import KNOWN, code_of
from cnncalc.problem import did_you_mean, quoted
from cnncalc.render.printers import FORMATS
from cnncalc.render.rules import tables

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
    if code is None:
        if all_:
            put_page(document, format_, out, _rules)
        else:
            put(lambda width: tables(), format_, out, _rules)
        return
    known = code_of(code if code in KNOWN else code.upper()) or code_of(code.lower())
    if known is None:
        hint = did_you_mean(code.upper(), KNOWN) or "`cnncalc rule` lists them"
        raise click.UsageError(f"there is no rule {quoted(code)}: {hint}")
    put_page(lambda: markdown(known), format_, out, lambda: _rule(known))


def _rules() -> str:
    from cnncalc.documents.findings import Rules

    return Rules.model_validate([data(known) for known in NAMES]).to_json()


def _rule(code: str) -> str:
    from cnncalc.documents.findings import Rule

    return Rule.model_validate(data(code)).to_json()
