"""`cnncalc rule`: the manual page of a rule of `cnncalc lint`."""

from __future__ import annotations

import click

from cnncalc.cli import complete
from cnncalc.cli.output import write, write_page
from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.manual import data, document, markdown, overview
from cnncalc.linter.settings import KNOWN, code_of
from cnncalc.problem import did_you_mean, quoted

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
@click.option("--format", "format_", type=click.Choice(("markdown", "json")), default="markdown", show_default=True)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(code: str | None, all_: bool, format_: str, out: str | None) -> None:
    """Explain a rule: what it finds, why, a bad and a good example, the source. CODE may also be a name.

    Without CODE, all rules are listed.
    """
    if all_ and code is not None:
        raise click.UsageError(f"name a rule or give --all, not both: {quoted(code)} is one of all")
    if code is None:
        if format_ == "json":
            from cnncalc.documents.findings import Rules

            write(Rules.model_validate([data(known) for known in NAMES]).to_json(), out)
        elif all_:
            write_page(document(), out)
        else:
            from cnncalc.render.console import terminal_width

            write(overview(terminal_width()), out)
        return
    known = code_of(code if code in KNOWN else code.upper()) or code_of(code.lower())
    if known is None:
        hint = did_you_mean(code.upper(), KNOWN) or "`cnncalc rule` lists them"
        raise click.UsageError(f"there is no rule {quoted(code)}: {hint}")
    if format_ == "json":
        from cnncalc.documents.findings import Rule

        write(Rule.model_validate(data(known)).to_json(), out)
    else:
        write_page(markdown(known), out)
