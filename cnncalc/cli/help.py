"""`cnncalc help`: the help of the program, or of a command."""

from __future__ import annotations

import click

from cnncalc.cli import COMMANDS, complete

EPILOG = """
\b
Examples:
  cnncalc help
  cnncalc help show
"""


@click.command("help", short_help="Show the help of a command.", epilog=EPILOG)
@click.argument("name", metavar="[COMMAND]", required=False, shell_complete=complete.listed(COMMANDS, several=False))
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Show what COMMAND does and its options, as `cnncalc COMMAND --help`; without it, all commands."""
    program = ctx.find_root()
    group = program.command
    assert isinstance(group, click.Group)
    if name is None:
        click.echo(program.get_help(), color=program.color)
        return
    _, found, _ = group.resolve_command(program, [name])
    assert found is not None
    with found.context_class(found, program, name, color=program.color) as inner:
        click.echo(found.get_help(inner), color=inner.color)
