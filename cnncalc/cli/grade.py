"""`cnncalc grade`: a whole course marked by a key, with sheets, feedback for each student and a summary."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli import complete
from cnncalc.cli.output import Unwritable, echo, put, write_bytes
from cnncalc.cli.progress import Progress
from cnncalc.files import reason_of
from cnncalc.problem import Problem, quoted, visible

if TYPE_CHECKING:
    from cnncalc.grading.keys import Keys
    from cnncalc.homework.model import Key

EPILOG = """
SUBMISSIONS are files, folders, patterns, or - for standard input: one file a student (YAML, JSON, lines of
`id: answer`, Markdown tables), or one table for all, as forms and course systems export it. The folder of -o gets
grades.csv, answers.csv, feedback/, summary.md and summary.html, and what a person should look at: review.html,
review.csv, review.md, and review.yaml, in which to decide: accept or refuse an answer, or give points, with a reason.
The same command again applies the decisions. An interrupted run resumes.

\b
Examples:
  cnncalc grade hw2.key.yaml submissions/ -o marked
  cnncalc grade hw2.key.yaml form.csv -o marked --roster roster.csv
  cnncalc grade hw2.key.yaml submissions/ -o marked --review decisions.yaml
  cnncalc grade hw2.key.yaml downloads.zip --zip -o marked
  cnncalc grade variants/key submissions/ -o marked
  cnncalc grade hw2.key.yaml --check-key
  cnncalc grade hw2.key.yaml ann.yaml --gradescope results.json
  cnncalc grade hw2.key.yaml --autograder autograder/
  cnncalc grade variants/key --roster roster.csv --autograder autograder/

\b
Exit codes:
  0   graded, whatever the scores
  1   --check-key: the key differs from the computed answers
      a decision is about an answer that is not there
  2   a key or a decision that cannot be used, wrong use
"""


@click.command("grade", short_help="Mark the submissions of a whole course.", epilog=EPILOG)
@click.argument("key", shell_complete=complete.keys)
@click.argument("submissions", nargs=-1, type=click.Path())
@click.option("-o", "--out", metavar="DIR", type=click.Path(file_okay=False), help="Output folder.")
@click.option("--roster", metavar="FILE", type=click.Path(), help="Table of the expected students.")
@click.option(
    "--review",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="File of decisions, made if missing.  [default: review.yaml in DIR]",
)
@click.option(
    "--students",
    type=click.Choice(("files", "folders")),
    help="Identify the student by file or by folder name.  [default: by the names]",
)
@click.option("--zip", "zips", is_flag=True, help="Also read archives, without unpacking them.")
@click.option("--hint", is_flag=True, help="Give hints instead of the right answers.")
@click.option("--nbgrader", is_flag=True, help="Also write nbgrader.csv.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("table", "csv", "markdown", "latex", "html", "svg", "json")),
    default="table",
    show_default=True,
    help="Format of the summary; csv prints the grades.",
)
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Number of processes.  [default: one per core]")
@click.option("--check-key", is_flag=True, help="List typed answers of the key that differ from the computed ones.")
@click.option("--gradescope", metavar="FILE", type=click.Path(), help="Mark one submission and write results.json.")
@click.option(
    "--submitter",
    metavar="FILE",
    type=click.Path(),
    help="Gradescope's submission_metadata.json, which selects the key from a folder of keys.",
)
@click.option("--autograder", metavar="DIR", type=click.Path(file_okay=False), help="Make a Gradescope autograder.")
@click.pass_context
def command(
    ctx: click.Context,
    key: str,
    submissions: tuple[str, ...],
    out: str | None,
    roster: str | None,
    review: str | None,
    students: str | None,
    zips: bool,
    hint: bool,
    nbgrader: bool,
    format_: str,
    jobs: int | None,
    check_key: bool,
    gradescope: str | None,
    submitter: str | None,
    autograder: str | None,
) -> None:
    """Mark SUBMISSIONS by a KEY: a file, one of `cnncalc list --homework`, or a folder with a key for each student.

    Each wrong answer is compared with common mistakes. A submission that cannot be read never stops the run: its row
    gives the reason.
    """
    ways = [
        name
        for name, said in (("--check-key", check_key), ("--gradescope", gradescope), ("--autograder", autograder))
        if said
    ]
    if len(ways) > 1:
        raise click.UsageError(f"{' and '.join(ways)} stand alone: give one of them")
    if ways and (out or nbgrader or review):
        raise click.UsageError(f"{ways[0]} goes without -o, --nbgrader and --review")
    if bool(submissions) == bool(check_key or autograder):
        raise click.UsageError(
            f"{ways[0]} takes no submissions" if submissions else "name the submissions: files, folders or -"
        )
    if out and any(os.path.realpath(out) == os.path.realpath(path) for path in submissions):
        raise click.UsageError("-o is the folder of the submissions: name another, or one in it")
    from cnncalc.grading.keys import Keys
    from cnncalc.grading.submissions.roster import load_roster

    keys = Keys(key, load_roster(roster) if roster else None)
    if check_key:
        ctx.exit(max(map(_differences, keys.all())))
    if roster and ways and not keys.by_student:
        raise click.UsageError(f"{ways[0]} takes a --roster with a folder of keys")
    if bool(submitter) != bool(keys.by_student and gradescope):
        wants = f"{quoted(key, 200)} is a folder of keys: say whose is used by --submitter submission_metadata.json"
        raise click.UsageError("--submitter goes with --gradescope and a folder of keys" if submitter else wants)
    if autograder:
        _autograder(keys, Path(autograder), roster, hint=hint)
        return
    if gradescope:
        _gradescope(keys, submissions, gradescope, submitter, zips=zips, hint=hint)
        return
    options = {"students": students, "zips": zips, "hint": hint, "nbgrader": nbgrader, "out": out, "review": review}
    try:
        ctx.exit(_grade(keys, submissions, roster, format_=format_, jobs=jobs, **options))
    except OSError as error:
        reason = reason_of(error)
        raise Unwritable(
            [Problem("E114", f"{quoted(error.filename or out or '.', 200)} cannot be written: {reason}")]
        ) from error


def _differences(key: Key) -> int:
    """Print where the key's typed answers are not the computed ones, and return the exit code."""
    from cnncalc.homework.checked import differences

    found = differences(key)
    for problem in found:
        echo(str(problem), sys.stdout)
    typed = sum(part.typed is not None for part in key.parts.values())
    said = f"{typed} typed answer{'' if typed == 1 else 's'}"
    echo(
        f"{key.source.name}: {said}, {len(found)} not as computed"
        if found
        else f"{key.source.name}: {said}, all as computed",
        sys.stdout,
    )
    return 1 if found else 0


def _grade(
    keys: Keys,
    submissions: tuple[str, ...],
    roster: str | None,
    *,
    format_: str,
    jobs: int | None,
    **options: Any,
) -> int:
    """Mark a course, print its summary and return the exit code."""
    from cnncalc.grading.grade import grade
    from cnncalc.grading.reports.summary import as_json, as_markdown, tables

    with Progress(watched="-" not in submissions) as bar:

        def tell(text: str) -> None:
            bar.hide()
            echo(visible(text), sys.stderr)

        def progress(done: int, total: int) -> None:
            bar.to(done, f"{done:,} of {total:,} marked", total)

        shown = progress if bar.watched else None
        found = grade(submissions, keys, roster, jobs=jobs or _cores(), tell=tell, progress=shown, **options)
    if format_ == "csv":
        click.echo(found.grades, nl=False)
    elif format_ == "markdown":
        click.echo(as_markdown(found.statistics, found.review), nl=False)
    else:
        rows = 20 if format_ == "table" else None
        put(
            lambda width: tables(found.statistics, found.review, rows, found.where),
            format_,
            json=lambda: as_json(found.statistics, found.review),
        )
    for problem in found.unused:
        echo(str(problem), sys.stderr)
    return 1 if found.unused else 0


def _cores() -> int:
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 16)


def _gradescope(
    keys: Keys, submissions: tuple[str, ...], file: str, submitter: str | None, *, zips: bool, hint: bool
) -> None:
    """Mark all that is found as one student's, and write results.json."""
    from cnncalc.grading.one import mark_together
    from cnncalc.grading.reports.gradescope import results
    from cnncalc.grading.submitter import key_for, load_submitters
    from cnncalc.homework.model import Marked

    key, said = key_for(keys, load_submitters(submitter)) if submitter else (keys.first, "")
    if key is None:
        marked = Marked("", (), f"{said}; please tell your course staff")
    else:
        marked = mark_together(key, submissions, zips=zips)
        marked.notes = (*([said] if said else []), *marked.notes)
    write_bytes(f"{results(marked, key or keys.first, hint=hint)}\n".encode("utf-8", "backslashreplace"), file)


def _autograder(keys: Keys, folder: Path, roster: str | None, *, hint: bool) -> None:
    from cnncalc.grading.reports.gradescope import autograder
    from cnncalc.problem import NoAnswer

    try:
        files = autograder(keys, folder, Path(roster) if roster else None, hint=hint)
    except LookupError:
        message = "cnncalc is not installed here, so that no wheel can be made of it"
        raise NoAnswer([Problem("E121", message, None, "install it with pip")]) from None
    except OSError as error:
        reason = reason_of(error)
        raise Unwritable([Problem("E114", f"{quoted(str(folder), 200)} cannot be written: {reason}")]) from error
    own = [file for file in files if "/" not in file]
    parts = [*own, *([f"key with {len(keys.files)} keys"] if keys.by_student else [])]
    echo(f"{folder}: {', '.join(parts)}", sys.stdout)
    echo("zip these files, not their folder, and upload the archive as the autograder of an assignment", sys.stdout)
