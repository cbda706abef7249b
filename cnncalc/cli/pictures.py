"""Pictures of the commands: drawn by matplotlib, which is loaded here, into the file of -o."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.output import echo, write_bytes
from cnncalc.numbers.arith import symbols_of
from cnncalc.render.pictures.picture import encoded, format_of

if TYPE_CHECKING:
    from cnncalc.comparison.summary import Summary
    from cnncalc.network.report import Report
    from cnncalc.render.fold import Depth


def checked_file(out: str | None) -> str:
    """Return the file that a picture goes into, once its ending is one that can be drawn."""
    if out is None or out == "-":
        raise click.UsageError("--plot draws into a file: -o FILE.svg, FILE.png or FILE.pdf")
    format_of(out)
    return out


def draw(plot: str, summaries: Sequence[Summary], out: str | None) -> None:
    """Draw networks side by side; raises NoAnswer and Unwritable."""
    from cnncalc.render.pictures.plot import side_by_side

    file = checked_file(out)
    drawn, left_out = side_by_side(plot, summaries)
    if left_out:
        echo(f"no accuracy is published of {', '.join(one.name for one in left_out)}: left out", sys.stderr)
    write_picture(drawn, file)


def draw_layers(plot: str, report: Report, out: str | None, depth: Depth = None) -> None:
    """Draw one network along its depth; raises NoAnswer and Unwritable."""
    from cnncalc.render.pictures.bars import along

    file = checked_file(out)
    unknown = report.network.symbols() | symbols_of(report.batch)
    if unknown:
        stand = "stands" if len(unknown) == 1 else "stand"
        raise click.UsageError(f"--plot draws numbers, and {' and '.join(sorted(unknown))} {stand} for any")
    write_picture(along(report, plot, depth), file)


def write_picture(drawn: Any, file: str) -> None:
    """Write a figure in the format that the file's ending names; raises NoAnswer and Unwritable."""
    write_bytes(encoded(drawn, format_of(file)), file)
