"""`cnncalc lint`: what is wrong, doubtful or wasteful in specs."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cnncalc.cli import complete
from cnncalc.cli.edits import show_difference
from cnncalc.cli.output import Unwritable, echo, write, write_bytes
from cnncalc.cli.progress import Progress
from cnncalc.files import SIZE_LIMIT
from cnncalc.linter.batch import Task, check_files, of_unreadable
from cnncalc.linter.files import Search, read_file, search
from cnncalc.linter.finding import RANK, Finding
from cnncalc.linter.fixes import difference, fix, may_fix
from cnncalc.linter.formats import FORMATS, text
from cnncalc.linter.runner import Checked, check_bytes
from cnncalc.linter.settings import FAIL_ON, KNOWN, Finder, Selection, Settings, Unusable, selectors
from cnncalc.problem import quoted
from cnncalc.render.console import colourful

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


@dataclass(frozen=True, slots=True)
class Actions:
    """What a run does besides reporting."""

    fix: bool
    unsafe: bool
    diff: bool
    input: str | None


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
    actions = Actions(fix_, unsafe, diff, _shape(input))
    try:
        finder = Finder(config)

        def found(path: str) -> Settings:
            return finder(path).over(select, extend_select, ignore, fail_on)

        run = Run(actions, found, stdin_filename or "<stdin>")
        if show_settings or show_files:
            write(run.settings_text(paths or (".",)) if show_settings else "\n".join(run.files(paths or (".",))), out)
            ctx.exit(0)
        findings = run.stdin() if paths == ("-",) else run.all(paths or (".",))
    except Unusable as error:
        raise click.UsageError(str(error)) from None
    _report(run, findings, format_, statistics=statistics, out=out)
    failing = [f for f in findings if RANK[f.severity] >= RANK[run.fail_on]]
    code = 1 if (run.differs if diff else failing) else 0
    ctx.exit(2 if run.missing else 0 if exit_zero else code)


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


class Run:
    """One run over files or standard input."""

    def __init__(self, actions: Actions, settings: Callable[[str], Settings], stdin_name: str) -> None:
        self.actions, self.settings, self.stdin_name = actions, settings, stdin_name
        self.count = self.suppressed = self.fixed = 0
        self.missing: tuple[str, ...] = ()
        self.differs = False
        self.fail_on = "error"
        self.to_stderr = False

    def all(self, paths: Sequence[str]) -> list[Finding]:
        """Lint files and folders."""
        found = self.found(paths)
        checked = [of_unreadable(found.problems)] if found.problems else []
        tasks: list[Task] = []
        for path in found.files:
            settings = self.settings(path)
            self.fail_on = min(self.fail_on, settings.fail_on, key=RANK.__getitem__)
            self.tell_switched_off(settings)
            tasks.append((path, settings.selection(path), self.actions.input))
        self.count = len(tasks)
        if not tasks and not self.missing:
            echo("no *.cnn.yaml files here", sys.stderr)
        selections = {path: selection for path, selection, _ in tasks}
        findings: list[Finding] = []
        with Progress(len(tasks), "checking files", watched=not self.actions.diff) as bar:
            for one in (*checked, *bar.over(self.fixing(check_files(tasks), selections))):
                self.suppressed += one.suppressed_errors
                findings.extend(one.findings)
        return findings

    def fixing(self, all_checked: Iterator[Checked], selections: dict[str, Selection]) -> Iterator[Checked]:
        """Fix files on the way, or show how they would be."""
        for checked in all_checked:
            path = checked.source.name
            selection = selections.get(path)
            wants = self.actions.fix or self.actions.diff
            if selection is None or not wants or not self.fixable(checked, selection):
                yield checked
                continue
            yield self.fix(path, checked, selection)

    def fixable(self, checked: Checked, selection: Selection) -> bool:
        return any(may_fix(finding, selection, unsafe=self.actions.unsafe) for finding in checked.findings)

    def fix(self, path: str, checked: Checked, selection: Selection) -> Checked:
        """Fix one file, or show the difference; a file that has changed meanwhile is left alone."""
        data = read_file(path)
        if not isinstance(data, bytes):
            return of_unreadable([data])
        fixed = fix(checked, selection, unsafe=self.actions.unsafe, input=self.actions.input)
        bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        if not fixed.fixed or data != bom + checked.source.text.encode():
            return checked
        if self.actions.diff:
            self.show_difference(checked.source.text, fixed.text, path)
            return checked
        try:
            write_bytes(bom + fixed.text.encode(), path, before=data)
        except Unwritable as failure:
            return of_unreadable(failure.problems)
        self.fixed += len(fixed.fixed)
        return fixed.left

    def stdin(self) -> list[Finding]:
        """Lint standard input; with --fix the fixed text is printed, and the findings go to standard error."""
        settings = self.settings(os.path.join(os.getcwd(), self.stdin_name))
        self.fail_on, self.count = settings.fail_on, 1
        self.tell_switched_off(settings)
        selection = settings.selection(self.stdin_name)
        data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
        checked = check_bytes(data, self.stdin_name, selection, self.actions.input)
        if self.actions.fix or self.actions.diff:
            before = checked.source.text
            fixed = fix(checked, selection, unsafe=self.actions.unsafe, input=self.actions.input)
            if self.actions.diff:
                self.show_difference(before, fixed.text, self.stdin_name)
            else:
                self.to_stderr, self.fixed, checked = True, len(fixed.fixed), fixed.left
                click.echo(fixed.text if before else data, nl=False)
        self.suppressed = checked.suppressed_errors
        return list(checked.findings)

    def show_difference(self, before: str, after: str, name: str) -> None:
        if before != after:
            self.differs = True
            show_difference(difference(before, after, name))

    def found(self, paths: Sequence[str]) -> Search:
        found = search(paths, self.settings)
        self.missing = found.missing
        for path in found.missing:
            echo(f"there is no file or folder {quoted(path, 200)}", sys.stderr)
        return found

    def files(self, paths: Sequence[str]) -> list[str]:
        return [os.path.abspath(path) for path in self.found(paths).files]

    def settings_text(self, paths: Sequence[str]) -> str:
        first = next(iter(self.found(paths).files), paths[0])
        from cnncalc.documents.findings import Settings

        return Settings.model_validate({"for": os.path.abspath(first), **self.settings(first).as_data()}).to_json()

    def tell_switched_off(self, settings: Settings) -> None:
        """Say on standard error, once, which errors the settings switch off: that never happens silently."""
        off = settings.switched_off()
        if off and not self.warned:
            self.warned = True
            echo(f"errors switched off by the settings: {', '.join(off)}", sys.stderr)

    warned = False


def _counts(findings: list[Finding]) -> str:
    from cnncalc.documents.findings import Statistics

    return Statistics.model_validate(text.statistics(findings)).to_json()


def _report(run: Run, findings: list[Finding], format_: str, *, statistics: bool, out: str | None) -> None:
    if run.actions.diff:
        return
    if statistics:
        written = text.statistics_text(findings) if format_ != "json" else _counts(findings)
    else:
        written = FORMATS[format_](findings)
    stream = sys.stderr if run.to_stderr else sys.stdout
    if format_ in ("full", "concise") and (run.count or not run.missing):
        summary = text.summary(findings, run.count, run.suppressed)
        if run.fixed:
            summary = f"{text.count(run.fixed, 'finding')} fixed; {summary}"
        between = "\n\n" if format_ == "full" and not statistics else "\n"
        written = f"{written}{between}{summary}" if written else summary
        if out is None and colourful(stream):
            written = text.coloured(written)
    if out is not None:
        write(written, out)
    elif written:
        echo(written, stream)
