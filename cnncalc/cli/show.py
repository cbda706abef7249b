"""`cnncalc show`: every number of a network, as a table or as data."""

from __future__ import annotations

import re

import click
from click.core import ParameterSource

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import code_option, one_network, set_option, stdin
from cnncalc.cli.batch import Batch, dtype_option
from cnncalc.cli.output import output_options, put
from cnncalc.library import NotFound
from cnncalc.network.report import Report
from cnncalc.numbers.arith import Number
from cnncalc.problem import quoted
from cnncalc.render.columns import (
    COLUMNS,
    DEFAULT,
    LIVE_BYTES,
    SHARES,
    TRAINING,
    Column,
    ColumnError,
    View,
    as_flops,
    select,
)
from cnncalc.render.fold import Depth
from cnncalc.render.printers import FORMATS
from cnncalc.render.report import table

DEFAULTS = {
    "csv": tuple(column for column in COLUMNS if column not in (*TRAINING, LIVE_BYTES)),
    **dict.fromkeys(("markdown", "latex"), tuple(column for column in DEFAULT if column not in SHARES)),
}
"""The columns of a format, where they are not the table's."""

COLUMN_LIST = "\n".join(f"  {column.name:17} {column.meaning}" for column in COLUMNS)

EPILOG = f"""
\b
Columns:
{COLUMN_LIST}
  share             params_share and macs_share, drawn as bars in a table

\b
Examples:
  cnncalc show alexnet
  cnncalc show resnet50 --depth all
  cnncalc show "227x227x3 -> conv 96 11x11 stride=4 -> relu -> maxpool 3x3 stride=2"
  cnncalc show vgg16 --input 448x448x3 --batch 32 --columns path,out,activation_bytes
  cnncalc show alexnet --columns +kernel,+stride,+pad,+receptive_field
  cnncalc show my.cnn.yaml --set width=32 --exact
  cnncalc show googlenet --format latex -o googlenet.tex
  cnncalc show resnet50 --input HxWx3
  cnncalc show densenet121 --set growth=k
  cnncalc show vgg16 --batch 32 --training
  cnncalc show resnet50 --like torchinfo
"""


def _depth(ctx: click.Context, option: click.Parameter, value: str | None) -> Depth:
    if value is None:
        return None
    if value == "all":
        return "all"
    if not re.fullmatch(r"[1-9]\d{0,8}", value):
        raise click.BadParameter(f"{quoted(value)} is neither a number from 1 nor 'all'", ctx, option)
    return int(value)


@click.command("show", short_help="Show the layers of a network: shapes, params, MACs.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option(
    "--columns",
    metavar="A,B,C",
    shell_complete=complete.listed([*(column.name for column in COLUMNS), "share"], "+"),
    help="Columns to show, from the list below; +A adds to the defaults.",
)
@click.option("--depth", metavar="N|all", callback=_depth, help="Levels of groups to expand, or all. [what fits]")
@click.option("--input", metavar="SHAPE", help="Override the input: 448x448x3, or HxWx3.")
@click.option("--batch", metavar="N", type=Batch(), default=1, show_default=True, help="Batch size.")
@set_option
@click.option(
    "--layout", type=click.Choice(("hwc", "chw")), default="hwc", show_default=True, help="Axis order of shapes."
)
@click.option("--flops", is_flag=True, help="Show FLOPs (2 per MAC) instead of MACs.")
@click.option("--training", is_flag=True, help="Add what the backward pass keeps and computes.")
@click.option("--like", metavar="COUNTER", help="Add what another counter counts: torchinfo, fvcore or thop.")
@code_option
@click.option("--exact", is_flag=True, help="Print every digit instead of K, M, G.")
@dtype_option
@click.option("--plot", type=click.Choice(("params", "macs", "memory")), help="Plot over the depth, into -o FILE.")
@output_options(*FORMATS)
def command(
    what: str,
    columns: str | None,
    depth: Depth,
    format_: str,
    input: str | None,
    batch: Number,
    settings: dict[str, str],
    layout: str,
    flops: bool,
    training: bool,
    like: str | None,
    code: tuple[str, ...],
    exact: bool,
    dtype: str,
    plot: str | None,
    out: str | None,
) -> None:
    """Show the layers of WHAT with their shapes, params and MACs.

    WHAT is a name of the library (`cnncalc list`), a file, - for standard input, or a chain in quotes. A file may be of
    another tool (`cnncalc docs import`): yolov3.cfg, deploy.prototxt, yolov8.yaml:m; of weights its tensors are shown.
    Below a group stand its layers, whose paths go on from its own: .conv below conv1 is conv1.conv.
    """
    if plot:
        refuse_with_plot("columns", "format", "layout", "flops", "training", "like", "exact")
    view = View(_columns(columns, format_, flops=flops, training=training), depth, layout, exact)
    if like is not None and (format_ == "json" or batch != 1):
        other = "--format json: cnncalc reconcile --format json has numbers" if format_ == "json" else "--batch"
        raise click.UsageError(f"--like does not go with {other}")
    if code and like is None:
        raise click.UsageError("--code says what a counter sees: it goes with --like")
    if format_ in ("json", "csv") and isinstance(depth, int):
        raise click.UsageError(f"--depth does not go with --format {format_}, which lists every layer")
    try:
        report = cnncalc.report(
            what, input=input, settings=settings, layout=layout, batch=batch, dtype=dtype, stdin=stdin
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--batch'") from None
    except NotFound as missing:
        if not _is_of_weights(missing):
            raise
        _show_tensors(what, format_, out)
        return
    if like is not None:
        view.columns = (*view.columns, _as_counted(report, like, code))
    if plot:
        from cnncalc.cli.pictures import draw_layers

        draw_layers(plot, report, out, depth)
        return
    put(lambda width: [table(report, view, width)], format_, out, lambda: _json(report, layout))


def _as_counted(report: Report, like: str, code: tuple[str, ...]) -> Column:
    from cnncalc.render.reconcile import like as column

    return column(report, like, code)


def _is_of_weights(missing: NotFound) -> bool:
    """Judge whether what was named is a file of weights; what says so is loaded only where something is missing."""
    from cnncalc.exchange.importing import OnlyWeights

    return isinstance(missing, OnlyWeights)


def _show_tensors(file: str, format_: str, out: str | None) -> None:
    from cnncalc.render.tensors import document
    from cnncalc.render.tensors import table as of_tensors

    found = cnncalc.tensors(file)
    put(lambda width: [of_tensors(found)], format_, out, lambda: document(found).to_json())


def _json(report: Report, layout: str) -> str:
    from cnncalc.render.data import json_text

    return json_text(report, layout)


def refuse_with_plot(*options: str) -> None:
    """Refuse options of tables and data beside --plot, which would leave them unheeded."""
    ctx = click.get_current_context()
    for option in ctx.command.params:
        given = ctx.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if given and option.opts[0].removeprefix("--") in options:
            raise click.UsageError(f"{option.opts[0]} does not go with --plot, which draws a picture")


def _columns(names: str | None, format_: str, *, flops: bool, training: bool) -> tuple[Column, ...]:
    if names is not None and format_ == "json":
        raise click.UsageError("--columns does not go with --format json, which has them all")
    if training and format_ == "json":
        raise click.UsageError("--training does not go with --format json: cnncalc memory --format json has bytes")
    default = DEFAULTS.get(format_, DEFAULT)
    try:
        columns = default if names is None else select(names, default)
    except ColumnError as error:
        raise click.BadParameter(str(error), param_hint="'--columns'") from None
    if training:
        columns = tuple(dict.fromkeys((*columns, *TRAINING)))
    return as_flops(columns) if flops else columns
