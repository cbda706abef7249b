"""Tables as a picture of the terminal, whose text stays text, with no font or file from elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from cnncalc.render.printers.terminal import Line, lines
from cnncalc.render.table import Table

FONTS = re.compile(r"@font-face \{[^}]*\}\s*")


def printed(tables: Sequence[Table], width: int) -> str:
    """Print tables as SVG, as wide as their lines."""
    title = next(filter(None, (table.title or table.caption for table in tables)), "cnncalc")
    return drawn(lines(tables, width), title)


def drawn(shown: Iterable[Line], title: str) -> str:
    """Print styled lines as SVG, as wide as they are."""
    from rich.console import Console
    from rich.text import Text

    texts = [Text.assemble(*line) for line in shown]
    console = Console(
        record=True,
        width=max((text.cell_len for text in texts), default=1),
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for text in texts:
        console.print(text, soft_wrap=True)
    return FONTS.sub("", console.export_svg(title=title)).replace("Fira Code, ", "")
