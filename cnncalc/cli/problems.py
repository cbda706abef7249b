"""Problems on standard error: each with its lines and carets, and at the end how many there are."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

from cnncalc.cli.output import colourful, echo
from cnncalc.problem import Problem

CODE = re.compile(r"\b[EWNH]\d{3} \w+:")
CARETS = re.compile(r"^ *\^+$", re.MULTILINE)
HELP = re.compile(r"^  help:", re.MULTILINE)


def show(problems: Iterable[Problem]) -> None:
    """Print problems and their number."""
    texts = [str(problem) for problem in problems]
    if colourful(sys.stderr):
        texts = list(_coloured(texts))
    count = f"{len(texts)} problem{'' if len(texts) == 1 else 's'}"
    echo("\n".join((*texts, count)), sys.stderr)


def _coloured(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        headline, _, rest = text.partition("\n")
        headline = CODE.sub(lambda found: f"\x1b[1;31m{found.group()}\x1b[0m", headline, count=1)
        rest = CARETS.sub(lambda found: f"\x1b[1;31m{found.group()}\x1b[0m", rest)
        rest = HELP.sub("  \x1b[36mhelp:\x1b[0m", rest)
        yield f"{headline}\n{rest}" if rest else headline
