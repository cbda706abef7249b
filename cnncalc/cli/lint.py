"""`cnncalc lint`: what is wrong, doubtful or wasteful in specs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import stdin
from cnncalc.cli.edits import show_difference
from cnncalc.cli.output import echo, unwritable, write
from cnncalc.cli.progress import Progress
from cnncalc.linter.files import search
from cnncalc.linter.formats import FORMATS, text
from cnncalc.linter.settings import FAIL_ON, KNOWN, Finder, Settings, Unusable, selectors
from cnncalc.problem import quoted
from cnncalc.render.console import colourful

if TYPE_CHECKING:
    from cnncalc.linter.batch import Findings

EPILOG = """
\b
Examples:
  cnncalc lint .
  cnncalc lint my.cnn.yaml --fix
  cnncalc lint . --select W3,W4 --ignore W409 --fail-on warning
  cnncalc lint . --format sarif -o cnncalc.sarif
  cnncalc rule W301

\b
Exit codes:
  0   no finding that fails the run
  1   errors found, or findings of --fail-on
  2   usage error, invalid settings, or a missing path
"""


def _codes(ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    words = [word for given in value for word in given.replace(",", " ").split()]
    try:
        return selectors(words, f"--{option.name}".replace("_", "-"))
    except Unusable as error:
        raise click.UsageError(str(error), ctx) from None


CODES: Any = {
    "multiple": True,
    "metavar": "CODES",
    "callback": _codes,
    "shell_complete": complete.listed((*KNOWN, "ALL")),
}
"""Of every option that takes codes, prefixes or names of rules."""


@click.command("lint", short_help="Find errors and questionable design in specs.", epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATHS or -]", type=click.Path())
@click.option("--select", **CODES, help="Select only these rules: W3,W401,ALL.")
@click.option("--extend-select", **CODES, help="Select these rules as well.")
@click.option("--ignore", **CODES, help="Ignore these rules.")
@click.option("--fix", "fix_", is_flag=True, help="Apply fixes that do not change the network.")
@click.option("--unsafe-fixes", "unsafe", is_flag=True, help="Also apply fixes that change the network.")
@click.option("--diff", is_flag=True, help="Show what --fix would change; exit 1 if anything would.")
@click.option("--format", "format_", type=click.Choice(tuple(FORMATS)), default="full", show_default=True)
@click.option("--statistics", is_flag=True, help="Count the findings of each code.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is found.")
@click.option(
    "--fail-on", type=click.Choice(FAIL_ON), help="Lowest severity that fails the run; note also shows notes."
)
@click.option("--stdin-filename", metavar="NAME", help="File name of standard input, in messages and settings.")
@click.option("--show-files", is_flag=True, help="List the files that would be linted.")
@click.option("--show-settings", is_flag=True, help="Print the settings of the first file.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Use this settings file.")
@click.option("--input", metavar="SHAPE", help="Override the input of the specs, such as 448x448x3.")
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix_: bool,
    unsafe: bool,
    diff: bool,
    format_: str,
    statistics: bool,
    exit_zero: bool,
    fail_on: str | None,
    stdin_filename: str | None,
    show_files: bool,
    show_settings: bool,
    config: Path | None,
    input: str | None,
    out: str | None,
) -> None:
    """Find errors and questionable design in specs, before training.

    Folders are searched for *.cnn.yaml and *.cnn.yml, as .gitignore allows; - is standard input; without PATHS, the
    current folder is searched.
    """
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("- stands alone: standard input is one file")
    given: dict[str, Any] = {
        "select": select,
        "extend_select": extend_select,
        "ignore": ignore,
        "fail_on": fail_on,
        "config": config,
    }
    if show_settings or show_files:
        _show(paths or (".",), stdin_filename, out, settings=show_settings, **given)
        return
    with Progress(text="checking files", watched=not diff) as bar:
        try:
            found = cnncalc.lint(
                *paths,
                **given,
                input=_shape(input),
                fix=fix_ or diff,
                unsafe=unsafe,
                missing_ok=True,
                stdin=stdin,
                stdin_filename=stdin_filename or "<stdin>",
                progress=lambda done, total: bar.to(done, None, total),
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    for path in found.missing:
        echo(f"there is no file or folder {quoted(path, 200)}", sys.stderr)
    if found.switched_off:  # that never happens silently
        echo(f"errors switched off by the settings: {', '.join(found.switched_off)}", sys.stderr)
    if not found.files and not found.missing:
        echo("no *.cnn.yaml files here", sys.stderr)
    is_stdin = paths == ("-",)
    if diff:
        for change in found.changes:
            show_difference(str(change))
    elif fix_:
        found = _write(found, is_stdin=is_stdin)
    if not diff:
        _report(found, format_, statistics=statistics, out=out, stream=sys.stderr if fix_ and is_stdin else sys.stdout)
    code = 1 if (any(found.changes) if diff else found.failing) else 0
    ctx.exit(2 if found.missing else 0 if exit_zero else code)


def _write(found: Findings, *, is_stdin: bool) -> Findings:
    """Write what is fixed: into its files, or on standard output; return what is found then."""
    for change in found.changes:
        if is_stdin:
            click.echo(change.after if change.before else change.data, nl=False)
            continue
        try:
            change.write()
        except OSError as error:
            found = found.refused(change, unwritable(change.path, error).problems)
    return found


def _show(
    paths: Sequence[str],
    stdin_filename: str | None,
    out: str | None,
    *,
    settings: bool,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    config: Path | None,
) -> None:
    """Print the settings of the first file, or the files that would be linted."""
    try:
        finder = Finder(config)

        def of(path: str) -> Settings:
            return finder(path).over(select, extend_select, ignore, fail_on)

        found = search(paths, of)
        for path in found.missing:
            echo(f"there is no file or folder {quoted(path, 200)}", sys.stderr)
        if not settings:
            write("\n".join(os.path.abspath(path) for path in found.files), out)
            return
        from cnncalc.documents.findings import Settings as Document

        first = next(iter(found.files), paths[0])
        write(Document.model_validate({"for": os.path.abspath(first), **of(first).as_data()}).to_json(), out)
    except Unusable as error:
        raise click.UsageError(str(error)) from None


def _shape(input: str | None) -> str | None:
    """Refuse an input that is no shape for any spec."""
    from cnncalc.spec.expression import ExpressionError
    from cnncalc.spec.parse import parse_size

    for word in (input or "").replace(",", " ").split():
        shape = word.partition("=")[2] or word
        try:
            if parse_size(shape) is None:
                raise click.BadParameter(f"{quoted(shape)} is no shape, as in 224x224x3", param_hint="'--input'")
        except ExpressionError as error:
            raise click.BadParameter(error.message, param_hint="'--input'") from None
    return input


def _counts(found: Findings) -> str:
    from cnncalc.documents.findings import Statistics

    return Statistics.model_validate(text.statistics(found.findings)).to_json()


def _report(found: Findings, format_: str, *, statistics: bool, out: str | None, stream: TextIO) -> None:
    if statistics:
        written = text.statistics_text(found.findings) if format_ != "json" else _counts(found)
    else:
        written = FORMATS[format_](found.findings)
    if format_ in ("full", "concise") and (found.files or not found.missing):
        summary = text.summary(found.findings, found.files, found.suppressed)
        if found.fixed:
            summary = f"{text.count(found.fixed, 'finding')} fixed; {summary}"
        between = "\n\n" if format_ == "full" and not statistics else "\n"
        written = f"{written}{between}{summary}" if written else summary
        if out is None and colourful(stream):
            written = text.coloured(written)
    if out is not None:
        write(written, out)
    elif written:
        echo(written, stream)
