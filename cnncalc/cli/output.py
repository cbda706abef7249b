"""Where a command's text goes: standard output as the terminal can show it, or a file, whole or not at all."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TextIO, TypeAlias

import click
from click.core import ParameterSource

from cnncalc import files
from cnncalc.problem import Problem, Problems, quoted, visible_lines
from cnncalc.render.console import colourful, encodable, rendered, show, terminal_width
from cnncalc.render.printers import ENDINGS, WIDTH, printed, ready
from cnncalc.render.printers.terminal import Line, joined, lines
from cnncalc.render.table import Table

Command: TypeAlias = Callable[..., Any]

COLOUR = re.compile(r"(\x1b\[[\d;]*m)")

STDOUT = ("-", "/dev/stdout")
"""Names of standard output: opened as a file it would begin again where a log goes on, and break with a message."""


BINARY = (
    ".docx",
    ".eps",
    ".gif",
    ".gz",
    ".jpeg",
    ".jpg",
    ".npy",
    ".npz",
    ".ods",
    ".pdf",
    ".png",
    ".webp",
    ".xlsx",
    ".zip",
)
"""Extensions of files that hold no text; .png and .pdf are what --plot draws."""


class Unwritable(Problems):
    """A file that cannot be written."""


def output_options(*formats: str, default: str = "table") -> Callable[[Command], Command]:
    """Add --format and -o; the command gets the format on which the option and the file's ending agree."""

    def add(function: Command) -> Command:
        @wraps(function)
        def resolved(*args: Any, **values: Any) -> Any:
            if not values.get("plot"):  # a picture's file has an ending of its own
                values["format_"] = agreed(values["format_"], values["out"], formats)
            return function(*args, **values)

        to = f"Write to a file, in the format of its extension: {' '.join(_endings(formats))}."
        file = click.option("-o", "--out", metavar="FILE", type=click.Path(), help=to)
        choice = click.option("--format", "format_", type=click.Choice(formats), default=default, show_default=True)
        return choice(file(resolved))

    return add


def _endings(formats: Sequence[str]) -> list[str]:
    return [ending for ending, format_ in ENDINGS.items() if format_ in formats]


def agreed(format_: str, out: str | None, formats: Sequence[str]) -> str:
    """Return the format to print in: that of --format, or of the ending of -o; raises UsageError where they differ."""
    stem, ending = os.path.splitext(out or "")
    meant = ENDINGS.get(ending.lower())
    refuse_binary(out, formats)
    if meant == "table" and meant not in formats:
        meant = "text"  # what a command without a table calls it
    if meant is None or meant == format_:
        return format_
    if click.get_current_context().get_parameter_source("format_") is ParameterSource.COMMANDLINE:
        message = f"--format {format_} contradicts -o {quoted(out or '', 200)}, whose ending means {meant}"
        remedy = f" or write to {quoted(stem + own, 200)}" if (own := "".join(_endings([format_])[:1])) else ""
        raise click.UsageError(f"{message}: leave --format out{',' * bool(remedy)}{remedy}")
    if meant not in formats:
        raise click.UsageError(
            f"{quoted(ending)} means {meant}, which this command does not write: {', '.join(_endings(formats))}"
        )
    return meant


def refuse_binary(out: str | None, formats: Sequence[str] = ()) -> None:
    """Raise UsageError for a file whose extension says that it holds no text."""
    if out is not None and os.path.splitext(out)[1].lower() in BINARY:
        options = ["add --plot"] if "plot" in click.get_current_context().params else []
        options += [f"write {' '.join(_endings(formats))}"] if formats else []
        remedy = f": {', or '.join(options)}" if options else ""
        raise click.UsageError(f"-o {quoted(out, 200)} is no file for text{remedy}")


def put(
    tables: Callable[[int | None], Iterable[Table]],
    format_: str,
    out: str | None = None,
    json: Callable[[], str] | None = None,
) -> None:
    """Print tables in a format, or write them into a file; raises Unwritable.

    `tables` makes them for a screen of a width, or for paper where it is None; `json` prints their document.
    """
    if format_ == "json" and json is not None:
        write(json(), out)
    elif format_ not in ("table", "svg"):
        write(printed(tables(None), format_), out)
    elif format_ == "svg":
        write(printed(tables(WIDTH), format_, width=WIDTH), out)
    else:
        put_lines(lines(ready(tables(terminal_width())), terminal_width()), out)


def put_lines(made: Iterable[Line], out: str | None = None) -> None:
    """Print styled lines, in colours where the terminal has some, or write their text to a file; raises Unwritable."""
    if out is None and colourful(sys.stdout):
        show(made, sys.stdout)
    else:
        write(joined(made), out)


def write(text: str, file: str | None = None) -> None:
    """Print a text, or put it into a file; raises Unwritable, and UsageError for the name of a picture."""
    refuse_binary(file)
    if file is None or file in STDOUT:
        echo(text, sys.stdout)
    else:
        write_bytes(f"{visible_lines(text)}\n".encode(), file)


def put_page(page: Callable[[], str], format_: str, out: str | None, json: Callable[[], str]) -> None:
    """Print a page of Markdown, or its document; raises UsageError for a format of tables, and Unwritable."""
    if format_ not in ("table", "markdown", "json"):
        raise click.UsageError(f"--format {format_} is for tables: a page is printed as markdown or json")
    if format_ == "json":
        write(json(), out)
    elif format_ == "markdown":
        write(page(), out)
    else:
        write_page(page(), out)


def write_page(markdown: str, file: str | None = None) -> None:
    """Print a page, as a terminal shows it and in a pager where it is longer, or as it is; raises Unwritable."""
    if file is not None or not sys.stdout.isatty():
        write(markdown, file)
        return
    import shutil

    text = encodable(rendered(markdown, sys.stdout), sys.stdout.encoding or "utf-8")
    if text.count("\n") < shutil.get_terminal_size().lines:
        sys.stdout.write(text)
    else:
        click.echo_via_pager(text)


def write_bytes(data: bytes, file: str, before: bytes | None = None) -> None:
    """Put bytes into a file that has `before`, or onto standard output; raises Unwritable."""
    if file in STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    try:
        files.put(file, data, before=before)
    except OSError as error:
        raise unwritable(file, error) from error


def unwritable(file: str, error: OSError) -> Unwritable:
    """Return what is said of a file or folder that cannot be written."""
    reason = files.reason_of(error)
    return Unwritable([Problem("E114", f"{quoted(file, 200)} cannot be written: {reason}")])


def echo(text: str, stream: TextIO) -> None:
    """Print a text in the characters that the stream's encoding has; but for colours, control ones are visible."""
    coloured = colourful(stream)
    pieces = COLOUR.split(text) if "\x1b" in text else [text]
    pieces[::2] = map(visible_lines, pieces[::2])
    text = "".join(pieces if coloured else pieces[::2])
    click.echo(encodable(text, stream.encoding or "utf-8"), file=stream, color=coloured)
