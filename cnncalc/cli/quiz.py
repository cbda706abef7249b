"""`cnncalc quiz`: questions with their answers drawn from a seed, for course systems, paper or the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import echo, put_lines, unwritable, write, write_bytes
from cnncalc.cli.progress import Progress
from cnncalc.files import held
from cnncalc.problem import did_you_mean, quoted
from cnncalc.quizzes.exports.files import FORMATS, saved
from cnncalc.render.table import BOLD, GREEN, PLAIN, YELLOW

if TYPE_CHECKING:
    from cnncalc.homework.model import Key

MOST = 200
"""Questions of one quiz."""

EPILOG = """
\b
Topics:
  output pad params macs receptive-field memory pooling same-padding
  transposed grouped batch-norm flatten compare solve table network
Topics with numbers, only where they are named:
  convolution pooled-values activation normalisation dropout initialisation

\b
Formats:
  markdown      the questions
  solutions     the questions with worked solutions
  latex         the exam class, solutions switchable
  key, answers  what `cnncalc grade` marks by, and an empty answer sheet
  moodle, gift  for Moodle, with a word to each known mistake
  text2qti      plain text that text2qti packs for Canvas
  qti           the QTI 1.2 package that Canvas and others import
  json          the questions and right answers as data
  prairielearn  a folder of questions

\b
Examples:
  cnncalc quiz
  cnncalc quiz --list-topics
  cnncalc quiz --interactive --topics params,macs --level 2
  cnncalc quiz --seed 2026 --format moodle -o quiz.xml
  cnncalc quiz --seed 2026 --format key -o quiz.key.yaml
  cnncalc quiz --seed 2026 --students roster.csv --format latex --format key -o variants
  cnncalc quiz --key homework2.key.yaml --format prairielearn -o course/questions
"""


def _topics(ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    from cnncalc.quizzes.topics import TOPICS

    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    for name in names:
        if name not in TOPICS:
            hint = did_you_mean(name, TOPICS) or f"one of {', '.join(TOPICS)}"
            raise click.BadParameter(f"no topic {quoted(name)}: {hint}", ctx, option)
    if not names:
        raise click.BadParameter(f"no topic is named: one of {', '.join(TOPICS)}", ctx, option)
    return names


def _list_topics(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from cnncalc.quizzes import make
    from cnncalc.quizzes.topics import TOPICS

    about = max(len(topic.about) for topic in TOPICS.values())
    write(f"{'':17}{'':{about}}  different questions at level\n{'':17}{'':{about}}{1:>8}{2:>8}{3:>8}")
    for topic in TOPICS.values():
        counts = (make.different(topic, level, make.MOST_COUNTED) for level in (1, 2, 3))
        texts = (f"{count:,}{'+' if count == make.MOST_COUNTED else ''}" for count in counts)
        write(f"{topic.name:17}{topic.about:{about}}{''.join(f'{text:>8}' for text in texts)}")
    ctx.exit()


def _known_topics(ctx: click.Context) -> Iterable[str]:
    from cnncalc.quizzes.topics import TOPICS

    return TOPICS


@click.command("quiz", short_help="Make quiz questions with answers.", epilog=EPILOG)
@click.option(
    "--topics",
    metavar="A,B",
    callback=_topics,
    shell_complete=complete.listed(_known_topics),
    help="Topics to ask about. [default: all]",
)
@click.option(
    "--level", metavar="N", type=click.IntRange(1, 3), help="1: one formula, 2: two steps, 3: exam. [default: 1]"
)
@click.option("-n", "--count", metavar="N", type=click.IntRange(1, MOST), help="Number of questions. [default: 10]")
@click.option("--seed", metavar="S", help="Word or number; the same seed makes the same quiz. [default: 1]")
@click.option("--choices", is_flag=True, help="Multiple choice where possible, with common mistakes as options.")
@click.option("--title", metavar="TEXT", help="Title of the quiz. [default: Quiz]")
@click.option("--students", "roster", metavar="FILE", type=click.Path(), help="CSV file; one variant per student.")
@click.option("--variants", metavar="N", type=click.IntRange(2, 1000), help="Number of variants.")
@click.option(
    "--key",
    "key_file",
    metavar="KEY",
    shell_complete=complete.keys,
    help="Use the questions of an existing key.",
)
@click.option(
    "--format",
    "formats",
    metavar="FORMAT",
    type=click.Choice(FORMATS),
    multiple=True,
    help="Format, from the list below; repeatable.",
)
@click.option("-o", "--out", metavar="PATH", type=click.Path(), help="Write to a file, or into a folder.")
@click.option("--interactive", is_flag=True, help="Ask in the terminal, check and explain.")
@click.option(
    "--list-topics",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_topics,
    help="List the topics with how many different questions each level has.",
)
@click.pass_context
def command(
    ctx: click.Context,
    topics: tuple[str, ...] | None,
    level: int | None,
    count: int | None,
    seed: str | None,
    choices: bool,
    title: str | None,
    roster: str | None,
    variants: int | None,
    key_file: str | None,
    formats: tuple[str, ...],
    out: str | None,
    interactive: bool,
) -> None:
    """Make a quiz on the arithmetic of convolutional networks, with computed answers and worked solutions."""
    making = {"--topics": topics, "--level": level, "-n": count, "--seed": seed, "--title": title}
    making |= {"--students": roster, "--variants": variants, "--choices": choices or None}
    if key_file is not None and (given := [name for name, value in making.items() if value is not None]):
        raise click.UsageError(f"{given[0]} makes new questions, and --key has its own: give one of them", ctx)
    if roster is not None and variants is not None:
        raise click.UsageError("--students and --variants both say how many variants: give one of them", ctx)
    if interactive and (given := [n for n, v in (("--format", formats), ("-o", out), ("--students", roster)) if v]):
        raise click.UsageError(f"--interactive asks here, {given[0]} writes files: give one of them", ctx)
    names = formats or (("markdown", "key", "answers") if roster or variants else ("markdown",))
    many = bool(roster or variants) or len(names) > 1 or "prairielearn" in names
    if many and out is None:
        raise click.UsageError("this makes several files: -o names their folder", ctx)
    if FORMATS[names[0]].zipped and out is None:
        raise click.UsageError(f"{names[0]} is a package: -o names its file, such as quiz.zip", ctx)
    with Progress(text="making variants") as bar:
        made = cnncalc.quiz(
            topics or (),
            level=level or 1,
            count=count or 10,
            seed=seed if seed is not None else 1,
            choices=choices,
            title=title or "Quiz",
            students=roster or (),
            variants=variants or 0,
            key=key_file,
            progress=lambda done, total: bar.to(done, None, total),
        )
    for note in made.notes:
        echo(f"note: {note}", sys.stderr)
    if interactive:
        _interactive(made.variants[0].key)
    elif many:
        assert out is not None
        _folder(saved(made.files(*names)), out)
    else:
        (data,) = saved(made.files(*names)).values()
        if out is not None:
            write_bytes(data, out)
        else:
            write(data.decode().removesuffix("\n"))


LOCK = ".quiz.lock"
"""In a folder while a run writes its files there, so that the variants of two runs do not mix."""


def _folder(files: dict[str, bytes], out: str) -> None:
    """Write all files, each whole or not at all; raises Unwritable, also while another run writes into the folder."""
    lock = Path(out) / LOCK
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        own = held(lock)
    except BlockingIOError as error:
        raise unwritable(out, BlockingIOError(error.errno, "another run of cnncalc is writing it")) from error
    except OSError as error:
        raise unwritable(out, error) from error
    with own:
        for path, data in files.items():
            file = os.path.join(out, path)
            try:
                os.makedirs(os.path.dirname(file), exist_ok=True)
            except OSError as error:
                raise unwritable(os.path.dirname(file), error) from error
            write_bytes(data, file)
        with suppress(PermissionError):  # Windows removes no file that is open
            lock.unlink(missing_ok=True)
    echo(f"{len(files)} file{'' if len(files) == 1 else 's'} in {out}", sys.stderr)


def _interactive(key: Key) -> None:
    from cnncalc.quizzes.session import ASK, RIGHT, WRONG, Session

    width = max(40, shutil.get_terminal_size().columns)
    styles = {ASK: BOLD, RIGHT: GREEN, WRONG: YELLOW}

    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is no UTF-8 is an answer that is not understood

    def show(text: str, kind: str) -> None:
        put_lines([(line, styles.get(kind, PLAIN))] for long in text.split("\n") for line in _wrapped(long, width))

    def ask(prompt: str) -> str:
        click.echo(prompt, nl=False)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        if not sys.stdin.isatty():
            echo(line.rstrip("\n"), sys.stdout)  # so that a transcript shows what was typed
        return line

    Session(key, ask, show).run()


def _wrapped(line: str, width: int) -> list[str]:
    """Break a line between words; what goes on stands below its first word."""
    inner = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, width, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False) or [""]
