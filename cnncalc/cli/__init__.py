"""The command line: `main` finds the command, and turns whatever goes wrong into a message and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cnncalc import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

GROUPS = {
    "Inspect": {
        "show": "Show the layers of a network: shapes, params, MACs.",
        "list": "List the networks of the library, with their numbers.",
        "layers": "Show the layer kinds and their fields.",
        "explain": "Show how each number is computed.",
        "memory": "Compute the memory of training, and which batch fits.",
        "draw": "Draw a network as a picture.",
        "roofline": "Compute the least time that each layer takes on a device.",
    },
    "Solve": {
        "closed": "Print a total as a formula in H, W, N or vars.",
        "solve": "Find the values that ? stands for.",
        "sizes": "Find the input sizes that work.",
        "sweep": "Compute totals over a grid of vars and sizes.",
    },
    "Compare": {
        "compare": "Compare networks in a table or a plot.",
        "diff": "Show what changed between two networks.",
        "reconcile": "Explain the numbers that other counters print.",
        "published": "Check published numbers against the computed ones.",
        "verify": "Check a network's numbers against PyTorch.",
        "run": "Run a network on given input values.",
    },
    "Write specs": {
        "import": "Write a network of another tool as a spec.",
        "export": "Write a network for another tool.",
        "lint": "Find errors and questionable design in specs.",
        "rule": "Explain a rule of the linter.",
        "fmt": "Format specs in one canonical spelling.",
        "annotate": "Write the computed shapes into a spec.",
    },
    "Course": {
        "check": "Check answers and explain mistakes.",
        "grade": "Mark the submissions of a whole course.",
        "quiz": "Make quiz questions with answers.",
    },
    "Tools": {
        "docs": "Read the documentation.",
        "schema": "Print the JSON Schema of a spec or a document.",
        "lsp": "Run the language server for editors.",
        "help": "Show the help of a command.",
    },
}
"""Every command with its line of help. Each is a file here, loaded only when it is called."""

COMMANDS = {name: text for commands in GROUPS.values() for name, text in commands.items()}

FINE, NO_ANSWER, INTERRUPTED = 0, 2, 130
"""Exit codes; 1 is for a spec that has problems, or a no."""

EXTRAS = {
    **dict.fromkeys(("numpy", "pyarrow"), "sweep"),
    "dask": "dask",
    "matplotlib": "plot",
    "onnx": "onnx",
    "pygls": "lsp",
    **dict.fromkeys(("docx", "odfdo", "openpyxl", "pypdf"), "homework"),
}
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
Tab completes names and options if the shell runs this at startup:
  bash   eval "$(_CNNCALC_COMPLETE=bash_source cnncalc)"
  zsh    eval "$(_CNNCALC_COMPLETE=zsh_source cnncalc)"
  fish   _CNNCALC_COMPLETE=fish_source cnncalc | source
"""


class Formatter(click.HelpFormatter):
    """Help with coloured headings and names; click leaves the colours out where they cannot be shown."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, click.style(prefix or "Usage: ", fg="yellow", bold=True))

    def write_heading(self, heading: str) -> None:
        super().write_heading(click.style(heading, fg="yellow", bold=True))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(click.style(term, fg="cyan"), text) for term, text in rows], col_max, col_spacing)


class Context(click.Context):
    """What a command is called with; its help is coloured."""

    formatter_class = Formatter


class Program(click.Group):
    """The group of all commands."""

    context_class = Context

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        return super().make_context(info_name, args, parent, color=_colour(), **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is the command's module here, once that is loaded

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group, from the table: no command is imported."""
        width = max(map(len, COMMANDS))
        for group, commands in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cnncalc.cli.{cmd_name}").command
        command.context_class = Context
        from cnncalc.cli.paths import give_own_folders

        give_own_folders(command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; it hears Ctrl-C, so that it can tidy up."""
        _print_warnings()
        if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:  # somebody else's process: theirs to decide
            return super().invoke(ctx)
        before, sys.unraisablehook = sys.unraisablehook, _heard_again
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return super().invoke(ctx)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            sys.unraisablehook = before

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from cnncalc.library import names
            from cnncalc.problem import did_you_mean, quoted

            word = args[0]
            shown = "->" in word or word in names()
            hint = f"did you mean cnncalc show {quoted(word)}?" if shown else did_you_mean(word, COMMANDS)
            raise click.UsageError(f"no command {quoted(word)}{f': {hint}' if hint else ''}", ctx) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "then" in args or any(word[-1:] == "-" for word in args):
            from cnncalc.cli.unquoted import joined

            args = joined(args)
        return super().parse_args(ctx, args)

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
            code = _report(failure)
        sys.exit(code or FINE)


def _colour() -> bool | None:
    """Return what the environment says of colour; None where each stream decides for itself."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def _heard_again(ignored: sys.UnraisableHookArgs) -> None:
    """Repeat a Ctrl-C that came while an object was removed, where Python would report it and go on."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    else:
        sys.__unraisablehook__(ignored)


def _print_warnings() -> None:
    """Print each warning of ours once, in one line on standard error; others stay as they are."""
    import warnings

    from cnncalc.problem import ShapeWarning, SkippedWarning

    usual, printed = warnings.showwarning, set[str]()

    def show(message: Warning | str, category: type[Warning], *more: Any, **further: Any) -> None:
        if not issubclass(category, (ShapeWarning, SkippedWarning)):
            usual(message, category, *more, **further)
        elif str(message) not in printed:
            from cnncalc.cli.output import echo

            printed.add(str(message))
            echo(f"warning: {message}", sys.stderr)

    warnings.showwarning = show
    for category in (ShapeWarning, SkippedWarning):
        warnings.simplefilter("always", category)


def _report(failure: Exception) -> int:
    """Say on standard error what went wrong, and return the exit code; raises what is nobody's fault but ours."""
    from cnncalc.numbers.arith import Undecided
    from cnncalc.problem import NoAnswer, Problem, Problems

    match failure:
        case click.Abort():
            return INTERRUPTED
        case click.ClickException():
            from cnncalc.cli.output import echo

            usage = io.StringIO()
            failure.show(usage)
            echo(usage.getvalue().removesuffix("\n"), sys.stderr)
        case Problems():
            from cnncalc.cli.problems import print_problems

            return print_problems(failure)
        case Undecided():
            from cnncalc.cli.problems import print_problems

            hint = "give it a number; show, explain and closed take symbols"
            return print_problems(
                NoAnswer([Problem("E118", f"numbers are needed here in place of {failure}", None, hint)])
            )
        case ModuleNotFoundError() if failure.name in EXTRAS:
            from cnncalc.cli.problems import print_problems

            hint = f'pip install ".[{EXTRAS[failure.name]}]"'
            return print_problems(NoAnswer([Problem("E121", f"this needs the package {failure.name}", None, hint)]))
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
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def main() -> None:
    """Compute what a convolutional network costs: shapes, params, multiply-adds, memory, receptive fields."""
