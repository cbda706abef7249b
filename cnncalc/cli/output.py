"""Where a command's text goes: standard output as the terminal can show it, or a file, whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from typing import TextIO

import click

from cnncalc.problem import Problem, Problems, quoted

PLAINER = str.maketrans(
    {
        **dict.fromkeys("─−–▎▏", "-"),
        **dict.fromkeys("█▉▊▋", "#"),
        **dict.fromkeys("▌▍", "="),
        "×": "x",
        "·": "*",
        "≈": "~",
        "²": "^2",
        **{sub: str(digit) for digit, sub in enumerate("₀₁₂₃₄₅₆₇₈₉")},
        "…": "...",
        "→": "->",
        "≤": "<=",
        "≥": ">=",
        "√": "sqrt",
        "⌊": "floor(",
        "⌈": "ceil(",
        **dict.fromkeys("⌋⌉", ")"),
        "′": "'",
        "✓": "v",
        "✗": "X",
    }
)
"""What stands for a character that the terminal's encoding lacks."""


STDOUT = ("-", "/dev/stdout")
"""Names of standard output: opened as a file it would begin anew where a log goes on, and break with a message."""


class Unwritable(Problems):
    """A file that cannot be written."""


def colourful(stream: TextIO) -> bool:
    """Tell whether to colour what goes to a stream: a terminal, unless NO_COLOR says no; FORCE_COLOR says yes."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def write(text: str, file: str | None = None) -> None:
    """Print a text, or put it into a file; raises Unwritable."""
    if file is None or file in STDOUT:
        echo(text, sys.stdout)
    else:
        write_bytes(f"{text}\n".encode(), file)


def write_page(markdown: str, file: str | None = None) -> None:
    """Print a page, in the width of the terminal if there is one, or put it into a file as it is; raises Unwritable."""
    if file is None and sys.stdout.isatty():
        from cnncalc.render.prose import fitted
        from cnncalc.render.table import terminal_width

        markdown = fitted(markdown, terminal_width())
    write(markdown, file)


def write_bytes(data: bytes, file: str) -> None:
    """Put bytes into a file, or onto standard output; raises Unwritable."""
    if file in STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    try:
        replace(file, data)
    except OSError as error:
        raise unwritable(file, error) from error


def unwritable(file: str, error: OSError) -> Unwritable:
    """Return what is said of a file or folder that cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return Unwritable([Problem("E114", f"{quoted(file, 200)} cannot be written: {reason}")])


def echo(text: str, stream: TextIO) -> None:
    """Print a text in the characters that the stream's encoding has."""
    click.echo(encodable(text, stream.encoding or "utf-8"), file=stream, color=colourful(stream))


def encodable(text: str, encoding: str) -> str:
    """Return the text with plainer characters where the encoding lacks some."""
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        plainer = text.replace(" · ", " | ").translate(PLAINER)  # · stands between factors, and between words
        return plainer.encode(encoding, "backslashreplace").decode(encoding)


def replace(file: str, data: bytes) -> None:
    """Write a file whole: what stood there stays until the new one is complete. Raises OSError."""
    import tempfile

    # Of the link that /dev/stdout is, only the link itself can be opened.
    if os.path.exists(file) and not stat.S_ISREG(os.stat(file).st_mode):
        with open(file, "wb") as device:
            device.write(data)
        return
    target = os.path.realpath(file)
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(target), prefix=f".{os.path.basename(target)}.")
    try:
        with open(handle, "wb") as out:
            out.write(data)
        os.chmod(draft, _mode(target))
        os.replace(draft, target)
    except BaseException:
        os.unlink(draft)
        raise


def _mode(target: str) -> int:
    """Return the permissions that a file has, or that a new one gets."""
    if os.path.exists(target):
        return stat.S_IMODE(os.stat(target).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
