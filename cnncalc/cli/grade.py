"""`cnncalc grade`: a whole course marked by a key, with sheets, feedback for each student and a summary."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import echo, put, write_bytes
from cnncalc.cli.progress import Progress
from cnncalc.problem import quoted

if TYPE_CHECKING:
    from cnncalc.grading.course import Grades

EPILOG = """
SUBMISSIONS are files, folders, patterns, or - for standard input: one file a student (text, Markdown, CSV, YAML,
JSON, notebooks, Python, LaTeX, HTML; with pip install ".[homework]" Word, Excel, OpenDocument, PDF), or one table for
all, as forms and course systems export it. The folder of -o gets grades.csv, answers.csv, feedback/, summary.md and
summary.html, and what a person should look at: review.html, review.csv, review.md, and review.yaml, in which to
decide: accept or refuse an answer, or give points, with a reason. The same command again applies the decisions. An
interrupted run resumes.

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
        for name, value in (("--check-key", check_key), ("--gradescope", gradescope), ("--autograder", autograder))
        if value
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
    from cnncalc.grading.keys import is_folder

    if check_key:
        ctx.exit(_check_key(key, roster))
    if ways and roster and not is_folder(key):
        raise click.UsageError(f"{ways[0]} takes a --roster with a folder of keys")
    if submitter and not gradescope:
        raise click.UsageError("--submitter goes with --gradescope and a folder of keys")
    if autograder:
        _autograder(key, autograder, roster, hint=hint)
    elif gradescope:
        _gradescope(key, submissions, gradescope, submitter, roster, zips=zips, hint=hint)
    else:
        options = {
            "students": students,
            "zips": zips,
            "hint": hint,
            "nbgrader": nbgrader,
            "review": review,
            "jobs": jobs,
        }
        found = _grade(key, submissions, out, roster, **options)
        _print(found, format_)
        ctx.exit(1 if found.unused else 0)


def _check_key(key: str, roster: str | None) -> int:
    """Print where typed answers are not the computed ones, and return the exit code."""
    from cnncalc.grading.course import lines

    found = cnncalc.check_key(key, roster=roster)
    for one in found:
        for line in lines(one):
            echo(line, sys.stdout)
    return 0 if found.fine else 1


def _grade(key: str, submissions: tuple[str, ...], out: str | None, roster: str | None, **options: Any) -> Grades:
    with Progress(watched="-" not in submissions) as bar:

        def report(text: str) -> None:
            bar.hide()
            echo(text, sys.stderr)

        def progress(done: int, total: int) -> None:
            bar.to(done, f"{done:,} of {total:,} marked", total)

        watch = progress if bar.watched else None
        return cnncalc.grade(key, *submissions, out=out, roster=roster, report=report, progress=watch, **options)


def _print(found: Grades, format_: str) -> None:
    from cnncalc.grading.reports.summary import as_json, as_markdown, tables

    if format_ == "csv":
        click.echo(found.sheet, nl=False)
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


def _gradescope(
    key: str,
    submissions: tuple[str, ...],
    file: str,
    submitter: str | None,
    roster: str | None,
    *,
    zips: bool,
    hint: bool,
) -> None:
    """Mark all that is found as one student's, and write results.json."""
    try:
        found = cnncalc.gradescope(key, *submissions, submitter=submitter, roster=roster, zips=zips, hint=hint)
    except ValueError:
        wants = f"{quoted(key, 200)} is a folder of keys: say whose is used by --submitter submission_metadata.json"
        raise click.UsageError(
            "--submitter goes with --gradescope and a folder of keys" if submitter else wants
        ) from None
    write_bytes(f"{found.to_json()}\n".encode("utf-8", "backslashreplace"), file)


def _autograder(key: str, folder: str, roster: str | None, *, hint: bool) -> None:
    made = cnncalc.autograder(key, folder, roster=roster, hint=hint)
    own = [file for file in made.files if "/" not in file]
    parts = [*own, *([f"key with {made.keys} keys"] if len(own) < len(made.files) else [])]
    echo(f"{made.folder}: {', '.join(parts)}", sys.stdout)
    echo("zip these files, not their folder, and upload the archive as the autograder of an assignment", sys.stdout)
