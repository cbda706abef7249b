"""Many files, sequentially or on all cores; of a file without findings only the name is kept."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnncalc.library import NotFound
from cnncalc.linter.change import Change
from cnncalc.linter.files import is_other_tools, read_file, search
from cnncalc.linter.finding import RANK, Finding, of_problem
from cnncalc.linter.fixes import fix, may_fix
from cnncalc.linter.foreign import check_foreign
from cnncalc.linter.runner import Checked, check_bytes
from cnncalc.linter.settings import Finder, Selection, Settings, Unusable, selectors
from cnncalc.loading import Stdin, What
from cnncalc.loading.find import is_chain
from cnncalc.problem import Place, Problem, Source, quoted
from cnncalc.result import Result
from cnncalc.workers import workers


@dataclass(frozen=True, repr=False)
class Findings(Result):
    """What the linter found, in the order of the files. With `fix`, `changes` are the files as they would be."""

    findings: tuple[Finding, ...]
    files: int = 0  # that were checked
    suppressed: int = 0  # errors that comments suppress
    missing: tuple[str, ...] = ()  # paths that are not there
    fail_on: str = "error"  # the least severity that fails a run
    switched_off: tuple[str, ...] = ()  # errors that the settings ignore
    changes: tuple[Change, ...] = ()
    fixed: int = 0  # findings that the changes take away

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, code: str) -> list[Finding]:
        """Return the findings of a rule, none where it has found nothing."""
        return [finding for finding in self.findings if finding.code == code]

    def __repr__(self) -> str:
        return f"<Findings: {len(self.findings)}>"

    @property
    def failing(self) -> list[Finding]:
        """Those that are at least as severe as `fail_on`."""
        return [finding for finding in self.findings if RANK[finding.severity] >= RANK[self.fail_on]]

    def write(self) -> None:
        """Replace every file that a fix changes; raises OSError."""
        for change in self.changes:
            change.write()

    def refused(self, change: Change, problems: Iterable[Problem]) -> Findings:
        """Return them with the problems of a file that cannot be written in place of what was found in it."""
        kept = [finding for finding in self.findings if finding.place.source.name != change.path]
        return replace(self, findings=(*kept, *of_unreadable(problems).findings))


def lint(
    *paths: What,
    select: Sequence[str] = (),
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fail_on: str | None = None,
    config: What | None = None,
    input: str | None = None,
    fix: bool = False,
    unsafe: bool = False,
    missing_ok: bool = False,
    stdin: Stdin | None = None,
    stdin_filename: str = "<stdin>",
    progress: Callable[[int, int], None] | None = None,
) -> Findings:
    """Find what is wrong, doubtful or wasteful in the specs of files and folders; without paths, of the current one.

    Settings are those of `config`, else of the nearest `cnncalc.toml` or `pyproject.toml`; `select`, `extend_select`
    and `ignore` take codes such as W3 or W301. With `fix`, what is found is what is left after the fixes that do not
    change a network, with `unsafe` also after those that do; files are replaced only by `write()`. `-` is what `stdin`
    returns, named `stdin_filename`. Raises ValueError for an unknown code or settings that cannot be used, NotFound for
    a path that is not there, unless `missing_ok`.
    """
    try:
        chosen, more, left_out = (
            selectors(words, name)
            for words, name in ((select, "select"), (extend_select, "extend-select"), (ignore, "ignore"))
        )
        finder = Finder(Path(config) if config is not None else None)

        def settings(path: str) -> Settings:
            return finder(path).over(chosen, more, left_out, fail_on)

        given = [os.fspath(path) for path in paths]
        run = _Run(settings, input, fix, unsafe)
        if given == ["-"]:
            return run.stdin(stdin() if stdin else b"", stdin_filename)
        found = run.files(given or ["."], progress)
    except Unusable as error:
        raise ValueError(str(error)) from None
    if found.missing and not missing_ok:
        raise NotFound([Problem("E114", f"there is no file or folder {quoted(path)}") for path in found.missing])
    return found


class _Run:
    """One run over files or standard input."""

    def __init__(self, settings: Callable[[str], Settings], input: str | None, fix: bool, unsafe: bool) -> None:
        self.settings, self.input, self.fix, self.unsafe = settings, input, fix, unsafe
        self.changes: list[Change] = []
        self.fixed = 0

    def files(self, paths: Sequence[str], progress: Callable[[int, int], None] | None) -> Findings:
        """Lint files and folders."""
        found = search(paths, self.settings)
        tasks: list[Task] = []
        fail_on = "error"
        off: list[str] = []
        for path in found.files:
            settings = self.settings(path)
            fail_on = min(fail_on, settings.fail_on, key=RANK.__getitem__)
            off = off or settings.switched_off()
            tasks.append((path, settings.selection(path), self.input))
        all_checked = [of_unreadable(found.problems)] if found.problems else []
        for (path, selection, _), checked in zip(tasks, check_files(tasks), strict=True):
            all_checked.append(self.without_fixed(path, checked, selection))
            if progress:
                progress(len(all_checked), len(tasks))
        findings = tuple(finding for checked in all_checked for finding in checked.findings)
        suppressed = sum(checked.suppressed_errors for checked in all_checked)
        return self.result(findings, len(tasks), suppressed, found.missing, fail_on, tuple(off))

    def stdin(self, data: bytes, name: str) -> Findings:
        """Lint a text that is no file; what a fix makes of it is a change without a file."""
        settings = self.settings(os.path.join(os.getcwd(), name))
        selection = settings.selection(name)
        checked = check_bytes(data, name, selection, self.input)
        if self.fix:
            fixed = fix(checked, selection, unsafe=self.unsafe, input=self.input)
            self.changes.append(Change(name, checked.source.text, fixed.text, data=data))
            self.fixed, checked = len(fixed.fixed), fixed.left
        off = tuple(settings.switched_off())
        return self.result(checked.findings, 1, checked.suppressed_errors, (), settings.fail_on, off)

    def result(
        self,
        findings: tuple[Finding, ...],
        files: int,
        suppressed: int,
        missing: tuple[str, ...],
        fail_on: str,
        off: tuple[str, ...],
    ) -> Findings:
        return Findings(findings, files, suppressed, missing, fail_on, off, tuple(self.changes), self.fixed)

    def without_fixed(self, path: str, checked: Checked, selection: Selection) -> Checked:
        """Note how a file is fixed, and return what is left; one that has changed meanwhile is left alone."""
        if not self.fix or checked.source.name != path:  # that of a chain is none
            return checked
        if not any(may_fix(one, selection, unsafe=self.unsafe) for one in checked.findings):
            return checked
        data = read_file(path)
        if isinstance(data, Problem):
            return of_unreadable([data])
        fixed = fix(checked, selection, unsafe=self.unsafe, input=self.input)
        bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        if not fixed.fixed or data != bom + checked.source.text.encode():
            return checked
        self.changes.append(Change(path, checked.source.text, fixed.text, data=data))
        self.fixed += len(fixed.fixed)
        return fixed.left


Task = tuple[str, Selection, str | None]
"""A path, its selection, and an input override."""

FEWEST = 48
"""Number of files from which on parallel processes are faster."""

CHUNK = 16


def check_files(tasks: Sequence[Task], processes: int | None = None) -> Iterator[Checked]:
    """Lint files in their order."""
    processes = processes or min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, 16)
    pool = workers(processes) if len(tasks) >= FEWEST and processes > 1 else None
    if pool is None:
        yield from map(check_file, tasks)
        return
    with pool:
        yield from pool.map(check_file, tasks, chunksize=CHUNK)


def check_file(task: Task) -> Checked:
    """Lint one file, or a chain; an internal error is reported at the file, and the others are still linted."""
    path, selection, input = task
    if is_chain(path) and not os.path.lexists(path):
        return check_bytes(path.encode(), "<command line>", selection, input)
    try:
        if is_other_tools(path):
            return check_foreign(path, selection, input)
        data = read_file(path)
        checked = of_unreadable([data]) if isinstance(data, Problem) else check_bytes(data, path, selection, input)
    except Exception as fault:
        message = f"internal error of cnncalc on this file ({type(fault).__name__})"
        checked = of_unreadable([Problem("E114", message, Place(Source(path, ""), 1, 1), "please report it")])
    if not checked.findings:
        return Checked(Source(path, ""), (), checked.suppressed_errors)
    return checked


def of_unreadable(problems: Iterable[Problem]) -> Checked:
    """Return the findings of files and folders that cannot be read."""
    findings = tuple(of_problem(p, p.place or Place(Source("", ""), 1, 1)) for p in problems)
    return Checked(findings[0].place.source, findings)
