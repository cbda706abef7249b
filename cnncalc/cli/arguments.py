"""What commands that take networks have in common: the argument WHAT, the option --set, standard input."""

from __future__ import annotations

import sys

import click

from cnncalc.cli import complete
from cnncalc.problem import quoted


def one_network(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> str:
    """Return the one argument; several are the words of a chain that is not quoted."""
    if len(value) > 1:
        whole = " ".join(value)
        raise click.UsageError(f'one network at a time, and a chain in quotes: {ctx.command_path} "{whole}"', ctx)
    return value[0]


def as_pairs(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """Read NAME=VALUE, given as often as one likes."""
    for setting in value:
        if not setting.partition("=")[0].strip() or "=" not in setting:
            raise click.BadParameter(f"{quoted(setting)} is not name=value", ctx, option)
    return {name.strip(): text for name, _, text in (setting.partition("=") for setting in value)}


set_option = click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    callback=as_pairs,
    shell_complete=complete.settings,
    help="Set a var of the spec.",
)
"""The option that every command has which takes a network with vars."""


def stdin() -> bytes:
    """Return what stands on standard input, as far as a spec is read."""
    from cnncalc.files import SIZE_LIMIT

    return sys.stdin.buffer.read(SIZE_LIMIT + 1)
