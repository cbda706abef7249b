"""The option --path: folders of one's own specs, whose networks have names as those of the library have."""

from __future__ import annotations

import click

from cnncalc.library import OWN

NAMING = ("what", "word")
"""What the argument of a command is called that takes names of networks, or words to find them by."""


def give_own_folders(command: click.Command) -> None:
    """Give a command that takes names of networks the option --path, if it has not got it yet."""
    parameters = [parameter.name for parameter in command.params]
    if "path_of_specs" in parameters or not any(name in parameters for name in NAMING):
        return
    option = click.Option(
        ["--path", "path_of_specs"],
        metavar="FOLDER",
        multiple=True,
        type=click.Path(),
        callback=_use,
        expose_value=False,
        is_eager=True,
        help="Also look up names in a folder of specs, as with CNNCALC_PATH.",
    )
    command.params.append(option)


def _use(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> None:
    """Let names be found in the folders as long as the command runs."""
    if value:
        token = OWN.set(value)
        if not ctx.resilient_parsing:  # names are completed after the context is closed
            ctx.call_on_close(lambda: OWN.reset(token))
