"""The one terminal: how wide it is, whether it has colours, and rich's Console for what it shows."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from cnncalc.render.printers.terminal import Line

if TYPE_CHECKING:
    from rich.console import Console

PAPER = r"\barXiv:(?P<arxiv>\d{4}\.\d{4,5}|[a-z-]+/\d{7})"
LINKS = rf"https?://[^\s<>\"'`)\]]*[^\s<>\"'`)\].,;:]|{PAPER}"
"""What a terminal can open: an address, or the number of a paper."""


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


def terminal_width(stream: TextIO | None = None) -> int:
    """Return COLUMNS, else the width of the terminal that a stream goes to, else 120."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or 120
    except (OSError, ValueError):
        return 120


def colourful(stream: TextIO) -> bool:
    """Return whether to colour what goes to a stream: a terminal, unless NO_COLOR says no; FORCE_COLOR says yes."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def encodable(text: str, encoding: str) -> str:
    """Return the text with plainer characters where the encoding lacks some."""
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        plainer = text.replace(" · ", " | ").translate(PLAINER)  # · stands between factors, and between words
        return plainer.encode(encoding, "backslashreplace").decode(encoding)


def console(stream: TextIO, *, live: bool = False) -> Console:
    """Return rich's Console for a stream; what is written in colours is decided by `colourful` alone.

    A `live` one may go back over what it has written, whether it has colours or not.
    """
    from rich.console import Console

    coloured = colourful(stream)
    return Console(
        file=stream,
        width=terminal_width(stream),
        force_terminal=coloured or live,
        color_system="standard" if coloured else None,
        no_color=not coloured,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Write styled lines on a terminal; addresses and the numbers of papers can be opened."""
    from rich.segment import Segment
    from rich.style import Style

    screen = console(stream)
    styles: dict[str, Style | None] = {"": None}

    def segments() -> Iterable[Segment]:
        for line in lines:
            for written, name in line:
                text = encodable(written, screen.encoding)
                if name not in styles:
                    styles[name] = Style.parse(name)
                style = styles[name]
                at = 0
                for found in re.finditer(LINKS, text) if ":" in text else ():
                    target = f"https://arxiv.org/abs/{found['arxiv']}" if found["arxiv"] else found.group()
                    yield Segment(text[at : found.start()], style)
                    yield Segment(found.group(), (style or Style.null()) + Style(link=target))
                    at = found.end()
                yield Segment(text[at:], style)
            yield Segment.line()

    screen.print(_Segments(segments()), soft_wrap=True, end="")


class _Segments:
    """What rich prints as it is."""

    def __init__(self, segments: Iterable[object]) -> None:
        self.segments = segments

    def __rich_console__(self, console: object, options: object) -> Iterable[object]:
        return self.segments


def rendered(markdown: str, stream: TextIO) -> str:
    """Return Markdown as a terminal shows it: headings, tables and code in its width, with links that can be opened."""
    from rich.markdown import Markdown
    from rich.theme import Theme

    screen = console(stream)
    # Half of the terminals are light: rich would set code on black.
    screen.push_theme(Theme({"markdown.code": "cyan", "markdown.code_block": "cyan"}))
    with screen.capture() as captured:
        screen.print(Markdown(with_papers(markdown), code_theme="ansi_dark"))
    return captured.get()


def with_papers(markdown: str) -> str:
    """Return Markdown whose numbers of papers are links, outside of blocks of code."""
    parts = re.split(r"(^```.*?^```$|`[^`\n]*`|\[[^]]*\]\([^)]*\))", markdown, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [re.sub(PAPER, r"[\g<0>](https://arxiv.org/abs/\g<arxiv>)", part) for part in parts[::2]]
    return "".join(parts)
