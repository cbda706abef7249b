"""The command line: `main` finds the command, and turns whatever goes wrong into a message and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

import click

from cnncalc import __version__

COMMANDS = (
    "show",
    "list",
    "layers",
    "docs",
    "explain",
    "closed",
    "solve",
    "sizes",
    "sweep",
    "verify",
    "run",
    "compare",
    "published",
    "check",
    "grade",
    "quiz",
    "lint",
    "rule",
    "fmt",
    "annotate",
    "schema",
    "lsp",
)
"""Each is a file here, loaded when it is asked for."""

FINE, NO_ANSWER, INTERRUPTED = 0, 2, 130
"""Exit codes; 1 is for a spec that has problems, or a no."""

EXTRAS = {"numpy": "sweep", "pyarrow": "sweep", "dask": "dask", "matplotlib": "plot", "pygls": "lsp"}
"""The packages that only some commands need, and the extra that brings each."""

EPILOG = """
\b
Examples:
  cnncalc show alexnet
  cnncalc show "32x32x3 -> conv 16 3x3 pad=1 -> relu -> maxpool 2x2"
  cnncalc list resnet
  cnncalc layers conv
  cnncalc docs language

\b
Names and options complete with Tab when the shell runs, at its start,
  bash   eval "$(_CNNCALC_COMPLETE=bash_source cnncalc)"
  zsh    eval "$(_CNNCALC_COMPLETE=zsh_source cnncalc)"
  fish   _CNNCALC_COMPLETE=fish_source cnncalc | source
"""


class Program(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is the command's module here, once that is loaded

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cnncalc.cli.{cmd_name}").command
        from cnncalc.cli.paths import give_own_folders

        give_own_folders(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from cnncalc.loading import names
            from cnncalc.problem import did_you_mean, quoted

            word = args[0]
            shown = "->" in word or word in names()
            hint = f"did you mean cnncalc show {quoted(word)}?" if shown else did_you_mean(word, COMMANDS)
            raise click.UsageError(f"no command {quoted(word)}{f': {hint}' if hint else ''}", ctx) from None

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and exit; no failure shows a traceback."""
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:  # closed by who called us, as with `>&-`
                setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # for as long as the process lives
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        run: Callable[..., int | None] = super().main
        try:
            code = run(*args, **extra, standalone_mode=False)
        except Exception as failure:
            code = _tell(failure)
        sys.exit(code or FINE)


def _tell(failure: Exception) -> int:
    """Say on standard error what went wrong, and return the exit code; raises what is nobody's fault but ours."""
    from cnncalc.numbers.arith import Undecided
    from cnncalc.problem import NoAnswer, Problem, Problems

    match failure:
        case click.Abort():
            return INTERRUPTED
        case click.ClickException():
            failure.show()
        case Problems():
            from cnncalc.cli.problems import tell

            return tell(failure)
        case Undecided():
            from cnncalc.cli.problems import tell

            hint = "give it a number; show, explain and closed take symbols"
            return tell(NoAnswer([Problem("E118", f"numbers are needed here in place of {failure}", None, hint)]))
        case ModuleNotFoundError() if failure.name in EXTRAS:
            from cnncalc.cli.problems import tell

            hint = f'pip install "cnncalc[{EXTRAS[failure.name]}]"'
            return tell(NoAnswer([Problem("E121", f"this needs the package {failure.name}", None, hint)]))
        case MemoryError():
            click.echo("Error: out of memory", err=True)
        case RecursionError():
            click.echo("Error: nested too deeply to be read", err=True)
        case OSError():
            # Nothing can be printed any more; Python would try again at its end, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo(f"Error: cannot write: {failure.strerror}", err=True)
        case _:
            raise failure
    return NO_ANSWER


@click.command("cnncalc", cls=Program, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Compute what a convolutional network costs: shapes, params, multiply-adds, memory, receptive fields."""
