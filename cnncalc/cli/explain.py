"""`cnncalc explain`: how each number comes about."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cnncalc.cli import complete
from cnncalc.cli.arguments import set_option, stdin
from cnncalc.cli.batch import Batch, report_of
from cnncalc.cli.output import put_lines, write
from cnncalc.loading import load
from cnncalc.network.report import DTYPE_BYTES, Report, Row
from cnncalc.numbers.arith import Number
from cnncalc.problem import did_you_mean, quoted
from cnncalc.render.console import encodable
from cnncalc.render.printers.terminal import Line

FORMATS = ("text", "latex", "markdown", "json")

EPILOG = """
\b
Examples:
  cnncalc explain alexnet conv1
  cnncalc explain "32x32x3 -> conv 10 5x5 pad=2"
  cnncalc explain resnet50 conv3.1.add --full
  cnncalc explain googlenet conv1 --input HxWx3 --format latex
  cnncalc explain vgg16
"""


@click.command("explain", short_help="Show how each number is computed.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", shell_complete=complete.networks)
@click.argument("path", required=False, shell_complete=complete.paths)
@click.option("--full", is_flag=True, help="Keep terms without effect: dilation 1, groups 1.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--ascii", "ascii_only", is_flag=True, help="Use ASCII: floor( ) and * instead of ⌊ ⌋ and ·.")
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3 or HxWx3.")
@click.option("--batch", metavar="N", type=Batch(), default=1, show_default=True, help="Batch size.")
@set_option
@click.option(
    "--dtype",
    type=click.Choice(tuple(DTYPE_BYTES)),
    default="float32",
    show_default=True,
    help="Number type for memory figures.",
)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(
    what: str,
    path: str | None,
    full: bool,
    format_: str,
    ascii_only: bool,
    input: str | None,
    batch: Number,
    settings: dict[str, str],
    dtype: str,
    out: str | None,
) -> None:
    """Explain the numbers of a layer of WHAT: formula, values inserted, steps, result.

    PATH names a layer (`cnncalc show WHAT` lists them) or a group of them. Without it, a chain is explained layer by
    layer; for a network, the distribution of parameters, MACs and memory is shown.
    """
    report = report_of(load(what, input=input, settings=settings, stdin=stdin), batch, dtype)
    rows = _rows(report, path) if path or "->" in what or "→" in what else []
    if format_ == "text":
        made = _screen(report, rows, path or "", full=full, ascii_only=ascii_only)
        plain = ([(encodable(text, "ascii"), style) for text, style in line] for line in made)
        put_lines(plain if ascii_only else made, out)
    else:
        text = _layers(report, rows, format_, full) if rows else _story(report, path or "", format_)
        write(encodable(text, "ascii") if ascii_only else text, out)


def _rows(report: Report, path: str | None) -> list[Row]:
    """Return the layers that are meant; none where a group is."""
    if path is None:
        return report.rows
    try:
        return [report.row(path)]
    except KeyError:
        paths = [row.path for row in report.rows]
        levels = dict.fromkeys(p for whole in paths for p in _levels(whole))
        if path in levels:
            return []
        hint = did_you_mean(path, levels) or f"`cnncalc show {report.network.name} --depth all` lists them"
        raise click.UsageError(f"{report.network.name} has no layer {quoted(path)}: {hint}") from None


def _levels(path: str) -> list[str]:
    """Return a path and the groups that it leads through."""
    words = path.split(".")
    return [".".join(words[: count + 1]) for count in range(len(words))]


def _screen(report: Report, rows: list[Row], group: str, *, full: bool, ascii_only: bool) -> Iterator[Line]:
    from cnncalc.render import explain, network_summary
    from cnncalc.render.console import terminal_width

    if rows:
        return explain.lines(report, rows, full=full, ascii_only=ascii_only, width=terminal_width())
    return network_summary.lines(report, group, ascii_only=ascii_only, width=terminal_width())


def _layers(report: Report, rows: list[Row], format_: str, full: bool) -> str:
    from cnncalc.render import explain

    if format_ == "json":
        return explain.document(report, rows, full=full).to_json()
    return (explain.markdown if format_ == "markdown" else explain.latex)(report, rows, full=full)


def _story(report: Report, group: str, format_: str) -> str:
    from cnncalc.render import network_summary

    if format_ == "json":
        return network_summary.document(report, group).to_json()
    return (network_summary.markdown if format_ == "markdown" else network_summary.latex)(report, group)
