"""Problems on standard error: each with its lines and carets, and at the end how many there are."""

from __future__ import annotations

import re
import sys

from cnncalc.cli.output import Unwritable, echo
from cnncalc.library import NotFound
from cnncalc.problem import NoAnswer, Problems
from cnncalc.render.console import colourful, terminal_width

STYLES = (
    (re.compile(r"\b[EWNH]\d{3} \w+:"), "1;31"),  # the code and its name
    (re.compile(r"^ +\^+$", re.MULTILINE), "1;31"),
    (re.compile(r"(?<=^  )help:", re.MULTILINE), "36"),
)


MARGIN = 4
"""Beside the line of a text: its indent, and what says that it goes on."""


def print_problems(problems: Problems) -> int:
    """Print problems and their number, and return the exit code: 1 for a spec to fix, 2 for an option or no answer."""
    width = 100
    if sys.stderr.isatty():
        width = max(min(width, terminal_width() - MARGIN), 20)
    texts = [problem.text(width) for problem in problems]
    if colourful(sys.stderr):
        texts = list(map(_coloured, texts))
    count = f"{len(texts)} problem{'' if len(texts) == 1 else 's'}"
    echo("\n".join((*texts, count)), sys.stderr)
    option = any(problem.place and problem.place.source.name.startswith(("--", "<options>")) for problem in problems)
    return 2 if option or isinstance(problems, (NoAnswer, NotFound, Unwritable)) else 1


def _coloured(text: str) -> str:
    for pattern, style in STYLES:
        text = pattern.sub(f"\x1b[{style}m\\g<0>\x1b[0m", text, count=1)
    return text
