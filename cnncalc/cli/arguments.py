"""What commands that take networks have in common: the argument WHAT, the option --set, standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from cnncalc.problem import quoted
from cnncalc.spec.text import SIZE_LIMIT

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


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


def complete_names(ctx: click.Context, argument: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of the library, else files."""
    from click.shell_completion import CompletionItem

    from cnncalc.loading import names

    found = [CompletionItem(name) for name in names() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


set_option = click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    callback=as_pairs,
    help="Give a var a value.",
)
"""The option that every command has which takes a network with vars."""


def stdin() -> bytes:
    """Return what stands on standard input, as far as a spec is read."""
    return sys.stdin.buffer.read(SIZE_LIMIT + 1)
