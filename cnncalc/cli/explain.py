"""`cnncalc explain`: how each number comes about."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, set_option, stdin
from cnncalc.cli.batch import Batch, dtype_option
from cnncalc.cli.output import agreed, put_lines, write
from cnncalc.numbers.arith import Number
from cnncalc.render.console import encodable

FORMATS = ("text", "latex", "markdown", "html", "svg", "json")

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
@dtype_option
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
@layout_option
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
    layout: str,
) -> None:
    """Explain the numbers of a layer of WHAT: formula, values inserted, steps, result.

    PATH names a layer (`cnncalc show WHAT` lists them) or a group of them. Without it, a chain is explained layer by
    layer; for a network, the distribution of parameters, MACs and memory is shown.
    """
    what = channels_last(what, layout) or what
    input = channels_last(input, layout)
    from cnncalc.render.console import terminal_width
    from cnncalc.render.explanation import FORMATS, lines

    format_ = agreed(format_, out, tuple(FORMATS))

    try:
        found = cnncalc.explain(
            what, path, full=full, input=input, settings=settings, batch=batch, dtype=dtype, stdin=stdin
        )
    except KeyError as error:
        raise click.UsageError(error.args[0]) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--batch'") from None
    if format_ == "text":
        made = lines(found, ascii_only=ascii_only, width=terminal_width())
        plain = ([(encodable(text, "ascii"), style) for text, style in line] for line in made)
        put_lines(plain if ascii_only else made, out)
    else:
        text = FORMATS[format_](found)
        write(encodable(text, "ascii") if ascii_only else text, out)
