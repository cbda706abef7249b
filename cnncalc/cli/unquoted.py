"""Chains without quotes: words joined by `then`, and what a shell has made of `->`."""

from __future__ import annotations

import os
import re
import stat

import click

from cnncalc.problem import quoted
from cnncalc.spec.notations import WORD

_SHAPE = re.compile(r"[\d(\[][\d_×xXHWC,()\[\]]*-?")


def joined(words: list[str]) -> list[str]:
    """Return a command line with a chain whose steps `then` joins as one argument, up to the next option.

    Raises UsageError for a chain whose `>` the shell took for a redirection.
    """
    start = next((index for index, word in enumerate(words) if _SHAPE.fullmatch(word)), None)
    if start is None:
        return words
    end = next((index for index in range(start, len(words)) if words[index].startswith("--")), len(words))
    chain = words[start:end]
    if WORD in chain:
        return [*words[:start], " ".join(chain), *words[end:]]
    if any(word == "-" or word[-1:] == "-" for word in chain):
        message = f"the shell took the > of {quoted(' '.join(chain))} for a redirection: put the chain in quotes"
        raise click.UsageError(f"{message}, or write {WORD} for ->{_emptied()}")
    return words


def _emptied() -> str:
    """Name the file that standard output goes to, if it stands here."""
    try:
        out = os.fstat(1)
        if stat.S_ISREG(out.st_mode):
            for entry in os.scandir():
                if entry.inode() == out.st_ino:
                    return f"; the file {quoted(entry.name)} was made or emptied by that"
    except OSError:
        pass
    return ""
