"""The command line: `main` finds the command, and turns whatever goes wrong into a message and an exit code."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from cnncalc import __version__

COMMANDS = ("show", "list", "layers")
"""Each is a file here, loaded when it is asked for."""

FINE, PROBLEMS, NO_ANSWER, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: fine or yes; a spec has problems or the answer is no; no answer could be given; Ctrl-C."""

EPILOG = """
\b
Examples:
  cnncalc show alexnet
  cnncalc show "32x32x3 -> conv 16 3x3 pad=1 -> relu -> maxpool 2x2"
  cnncalc list resnet
  cnncalc layers conv

\b
Names and options complete with Tab when the shell runs, at its start,
  bash   eval "$(_CNNCALC_COMPLETE=bash_source cnncalc)"
  zsh    eval "$(_CNNCALC_COMPLETE=zsh_source cnncalc)"
  fish   _CNNCALC_COMPLETE=fish_source cnncalc | source
"""


class Program(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cnncalc.cli.{cmd_name}").command
        return command

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and exit; no failure shows a traceback."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        sys.exit(self._exit_code(*args, **extra))

    def _exit_code(self, *args: Any, **extra: Any) -> int:
        from cnncalc.problem import Problems

        try:
            return super().main(*args, **extra, standalone_mode=False) or FINE
        except click.ClickException as mistake:
            mistake.show()
            return NO_ANSWER
        except click.Abort:
            return INTERRUPTED
        except Problems as problems:
            from cnncalc.cli.output import Unwritable
            from cnncalc.cli.problems import show
            from cnncalc.load import NotFound

            show(problems)
            return NO_ANSWER if isinstance(problems, (NotFound, Unwritable)) else PROBLEMS
        except MemoryError:
            click.echo("Error: out of memory", err=True)
            return NO_ANSWER
        except RecursionError:
            click.echo("Error: nested too deeply to be read", err=True)
            return NO_ANSWER
        except OSError as error:
            # Standard output cannot be written to; without this, Python would try again at exit and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo(f"Error: cannot write: {error.strerror}", err=True)
            return NO_ANSWER


@click.command("cnncalc", cls=Program, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Compute what a convolutional network costs: shapes, parameters, multiply-adds, memory, receptive fields."""
