"""`cnncalc solve`: the numbers that question marks stand for, and the largest networks within a budget."""

from __future__ import annotations

from typing import Any

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, one_network, set_option, stdin, training_options
from cnncalc.cli.output import output_options, put
from cnncalc.cli.progress import Progress
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Examples:
  cnncalc solve "7x7x1 -> conv 1 3x3 pad=? -> 7x7x_"
  cnncalc solve "227x227x3 -> conv 96 11x11 stride=? pad=? -> 55x55x96"
  cnncalc solve "?x?x3 -> conv 64 7x7 stride=2 pad=3 -> 112x112x64"
  cnncalc solve my.cnn.yaml --all
  cnncalc solve my.cnn.yaml --target "params<5M" --vary width
  cnncalc solve resnet50 --target "activation_bytes<256MiB" --vary input
  cnncalc solve unet --target "peak_memory<11GB" --vary batch --optimizer adam
"""


@click.command("solve", short_help="Find the values that ? stands for.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option("--all", "all_", is_flag=True, help="Search beyond the usual values and show all.")
@click.option(
    "--max",
    "most",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Number of solutions to show.",
)
@click.option("--target", metavar="BUDGET", multiple=True, help="Budget for a total: params=1M, macs<600M.")
@click.option(
    "--vary",
    metavar="A,B",
    shell_complete=complete.listed(lambda ctx: [*complete.variables(ctx), "input", "batch"]),
    help="Vars, input or batch to vary.",
)
@training_options
@set_option
@output_options(*FORMATS)
@layout_option
def command(
    what: str,
    all_: bool,
    most: int,
    target: tuple[str, ...],
    vary: str | None,
    settings: dict[str, str],
    optimizer: str,
    amp: str | None,
    format_: str,
    out: str | None,
    layout: str,
) -> None:
    """Find all values of each ? in WHAT for which its shape checks hold.

    WHAT is a chain in quotes, a file, - for standard input, or a name of the library. A ? stands for a number: in a
    field, a size, a shape, a count. With --target, the vars of --vary are chosen so that a total meets a budget; this
    needs NumPy: pip install ".[sweep]".
    """
    what = channels_last(what, layout) or what
    if bool(target) != bool(vary):
        raise click.UsageError("--target and --vary go together: --target 'params<5M' --vary width")
    if target:
        training = {"optimizer": optimizer, "amp": amp}
        _budget(what, target, vary or "", settings, training, None if all_ else most, format_, out)
        return
    if settings:
        raise click.UsageError("--set goes with --target; ? stands in the text itself")
    from cnncalc.render.solutions import document, table

    with Progress() as bar:
        answer = cnncalc.solve(what, every=all_, progress=lambda walks: bar.to(walks, f"{walks:,} tried"), stdin=stdin)
    shown = None if all_ else most
    put(lambda width: [table(answer, shown)], format_, out, lambda: document(answer, shown).to_json())
    if not answer.solutions:
        click.get_current_context().exit(1)


def _budget(
    what: str,
    target: tuple[str, ...],
    vary: str,
    settings: dict[str, str],
    training: dict[str, Any],
    most: int | None,
    format_: str,
    out: str | None,
) -> None:
    from cnncalc.render.budget import document, table

    found = cnncalc.budget(what, *target, vary=vary, settings=settings, stdin=stdin, **training)
    put(lambda width: [table(found, most)], format_, out, lambda: document(found, most).to_json())
    if not found.choices:
        click.get_current_context().exit(1)
