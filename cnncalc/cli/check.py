"""`cnncalc check`: a student's answers, right or wrong, and which mistake it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import as_pairs, channels_last, layout_option, set_option
from cnncalc.cli.output import echo, put_lines

if TYPE_CHECKING:
    from cnncalc.homework.single import Marks

ASKED = {
    "output": "29x29x32",
    "sides": "29x29",
    "channels": "32",
    "pad": "1 or 0:1",
    "params": "25120",
    "weights": "25088",
    "biases": "32",
    "buffers": "64",
    "macs": "21,099,008",
    "flops": "42,198,016",
    "operations": "N",
    "activation-values": "26912",
    "activation-bytes": "105 KiB",
    "weight-bytes": "98 KiB",
    "receptive-field": "7",
    "jump": "2",
    "left-over": "0",
    "fan-in": "784",
    "fan-out": "1568",
    "he-std": "0.0357",
    "kept-units": "300",
    "value": "12 or [[5,2],[4,6]], of the output on --values",
    "derivative": "1/4",
    "mean": "4",
    "variance": "9",
}
"""What can be answered here, and an example of it; keys ask for more."""

ROUNDING = "help: --convention rounding=yes accepts rounded numbers"

EPILOG = """
Exit code: 0 all answers right, 1 some wrong, 2 an answer is not understood.

\b
Examples:
  cnncalc check "63x63x16 -> conv 32 7x7 stride=2" --output 29x29x32
  cnncalc check "300x300x3 -> conv 100 5x5" --params 7500
  cnncalc check "300x300x3 -> conv 100 5x5" --params 7500 --hint
  cnncalc check alexnet conv1 --output 55x55x96 --params 35K --convention rounding=yes
  cnncalc check "4x4x1 -> maxpool 2x2" --values "input=1 3 2 1; 5 2 0 2; 4 1 1 6; 0 2 3 1" --value "[[5,2],[4,6]]"
  cnncalc check --key lecture
  cnncalc check --key lecture --answers mine.txt
  cnncalc check --key lecture --answer 4a=32x32x10
"""


OF_NUMBERS = ("value", "derivative", "mean", "variance")
"""What is asked of a layer on given numbers."""


def _whole(at: dict[str, str]) -> dict[str, int]:
    for name, text in at.items():
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise click.UsageError(f"--at {name}={text}: write a whole number, as in --at {name}=1")
    return {name: int(text) for name, text in at.items()}


def _once(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> str | None:
    if len(value) > 1:
        raise click.BadParameter(f"{len(value)} answers to one question: give one", ctx, option)
    return value[0] if value else None


def _asked(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each quantity."""
    for name, example in reversed(ASKED.items()):
        command = click.option(
            f"--{name}", metavar="ANSWER", multiple=True, callback=_once, help=f"Such as {example}."
        )(command)
    return command


@click.command("check", short_help="Check answers and explain mistakes.", epilog=EPILOG)
@click.argument("what", metavar="[WHAT]", required=False, shell_complete=complete.networks)
@click.argument("layer", required=False, shell_complete=complete.paths)
@_asked
@click.option(
    "--key",
    metavar="KEY",
    shell_complete=complete.keys,
    help="Homework key: a file, or one of `cnncalc list --homework`.",
)
@click.option("--answers", metavar="FILE", type=click.Path(), help="File with answers to the key; - is standard input.")
@click.option("--answer", "single", metavar="ID=TEXT", multiple=True, callback=as_pairs, help="One answer to the key.")
@click.option("--hint", is_flag=True, help="Give a hint instead of the answer.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@click.option(
    "--convention",
    "conventions",
    metavar="NAME=VALUE",
    multiple=True,
    callback=as_pairs,
    help="How the course counts: biases=no, rounding=yes, thousand=1024.",
)
@click.option(
    "--values",
    metavar="NAME=NUMBERS",
    multiple=True,
    callback=as_pairs,
    help="Numbers of the input or of a tensor of a layer: a list, rows apart by semicolons, or a text file.",
)
@click.option(
    "--at",
    metavar="NAME=N",
    multiple=True,
    callback=as_pairs,
    help="Where in the output, counted from 1: row, column, position, channel, image.",
)
@layout_option
def command(
    what: str | None,
    layer: str | None,
    key: str | None,
    answers: str | None,
    single: dict[str, str],
    hint: bool,
    format_: str,
    input: str | None,
    settings: dict[str, str],
    conventions: dict[str, str],
    values: dict[str, str],
    at: dict[str, str],
    layout: str,
    **given: str | None,
) -> None:
    """Check answers about WHAT, a network's name, a file or a chain in quotes, or about its LAYER.

    A wrong answer is compared with common mistakes, and the arithmetic of the matching one is shown beside the right
    one. With --key, check answers to the questions of a homework.
    """
    what = channels_last(what, layout) or what
    input = channels_last(input, layout)
    asked = {name: text for name, text in given.items() if text is not None}
    if (what is None) == (key is None):
        raise click.UsageError("name a network, or a --key" if what is None else "--key stands for the network")
    if key is not None:
        if asked or input or settings or conventions or values or at:
            raise click.UsageError("the --key says what is asked: give --answers FILE or --answer ID=TEXT")
        marks = _of_key(key, answers, single, format_)
        if marks is None:
            return
    else:
        if answers or single:
            raise click.UsageError("--answers and --answer go with --key")
        if not asked:
            raise click.UsageError("give an answer, as in --output 29x29x32 or --params 7600")
        of_numbers = [name for name in OF_NUMBERS if name in asked]
        if of_numbers and not values:
            raise click.UsageError(f"--{of_numbers[0]} is about numbers: give --values input=[[1,2],[3,4]]")
        if (values or at) and not of_numbers:
            raise click.UsageError(f"{'--values' if values else '--at'} is for --{', --'.join(OF_NUMBERS)}")
        marks = cnncalc.check(
            what or "",
            layer,
            input=input,
            settings=settings,
            conventions=conventions,
            values=values,
            at=_whole(at),
            **asked,
        )
    _report(marks, hint, format_, "" if key or conventions else ROUNDING)


def _of_key(name: str, answers: str | None, single: dict[str, str], format_: str) -> Marks | None:
    """Check answers to a key; where none is given, print its questions."""
    if answers is None and not single:
        if format_ == "json":
            raise click.UsageError("--format json prints marks: give --answers FILE or --answer ID=TEXT")
        _ask(name)
        return None
    try:
        marks = cnncalc.check_answers(name, single, file=answers)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None
    for note in marks.notes:
        echo(note, sys.stderr)
    return marks


def _ask(name: str) -> None:
    """Print the questions, where no answer is given yet."""
    from cnncalc.homework.key import load_key
    from cnncalc.quizzes.screen import asked
    from cnncalc.render.console import terminal_width

    for line in asked(load_key(name), terminal_width()):
        echo(line, sys.stdout)


def _report(marks: Marks, hint: bool, format_: str, rounding: str) -> None:
    """Print marks, with `rounding` what is to be said of rounded numbers, and set the exit code."""
    from cnncalc.homework.marks_text import document, lines
    from cnncalc.render.console import terminal_width

    if format_ == "json":
        echo(document(marks, hint=hint).to_json(), sys.stdout)
    elif len(marks):
        put_lines(lines(marks, hint=hint, width=terminal_width()))
        if len(marks) > 1:
            right = sum(mark.verdict == "right" for mark in marks)
            echo(f"{right} of {len(marks)} right", sys.stdout)
        if rounding and any("rounded" in one.slugs for mark in marks for one in mark.diagnoses):
            echo(rounding, sys.stdout)
    if any(mark.verdict == "not understood" for mark in marks):
        click.get_current_context().exit(2)
    if any(mark.verdict != "right" for mark in marks):
        click.get_current_context().exit(1)
