"""What commands that take networks have in common: the argument WHAT, the option --set, standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable

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


code_option = click.option(
    "--code",
    metavar="FACT[=WHERE]",
    multiple=True,
    help="How layers are written in PyTorch, such as function=relu; WHERE is a kind, a path or a group.",
)
"""The option of commands that compute what other counters print."""


def training_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that decide peak_memory."""
    command = click.option("--amp", metavar="bf16|fp16", help="peak_memory under torch.autocast.")(command)
    names = "sgd, momentum, rmsprop, adam, adamw, lion or adafactor"
    optimizer = click.option("--optimizer", metavar="NAME", default="sgd", help=f"Optimizer of peak_memory: {names}.")
    return optimizer(command)


layout_option = click.option(
    "--layout",
    type=click.Choice(("hwc", "chw")),
    default="hwc",
    show_default=True,
    help="Axis order of the shapes of a chain and of --input.",
)
"""The option of commands that take shapes and print none of their own."""


def channels_last(text: str | None, layout: str) -> str | None:
    """Return a chain or a shape of the command line with its channels last; names and files stay as they are."""
    if layout == "hwc" or text is None:
        return text
    from cnncalc.loading.find import is_chain
    from cnncalc.spec import notations

    return notations.channels_last(text) if is_chain(text) or notations.is_shape(text) else text


def stdin() -> bytes:
    """Return what stands on standard input, as far as a spec is read."""
    from cnncalc.files import SIZE_LIMIT

    return sys.stdin.buffer.read(SIZE_LIMIT + 1)
