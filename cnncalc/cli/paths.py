"""The option --path: folders of one's own specs, whose networks have names as those of the library have."""

from __future__ import annotations

from typing import Any

import click

from cnncalc.library import OWN


def _use(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> None:
    """Let names be found in the folders as long as the command runs."""
    if value:
        token = OWN.set(value)
        if not ctx.resilient_parsing:  # names are completed after the context is closed
            ctx.call_on_close(lambda: OWN.reset(token))


def own_folders(command: Any) -> Any:
    """Give a command the option --path."""
    return click.option(
        "--path",
        metavar="FOLDER",
        multiple=True,
        type=click.Path(),
        callback=_use,
        expose_value=False,
        is_eager=True,
        help="Find names in a folder of specs too, as in those of CNNCALC_PATH.",
    )(command)
