"""`cnncalc roofline`: the least time that each layer takes on a device."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, one_network, set_option, stdin
from cnncalc.cli.batch import Batch, dtype_option
from cnncalc.cli.output import output_options, put
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Examples:
  cnncalc roofline resnet50 --gpu t4
  cnncalc roofline vgg16 --gpu "a100 sxm4 80gb" --batch 32 --dtype bfloat16
  cnncalc roofline mobilenet_v2 --gpu "rtx 4090" --plot -o roof.svg
"""


@click.command("roofline", short_help="Compute the least time that each layer takes on a device.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option("--gpu", metavar="DEVICE", required=True, help="A device: t4, h200, 'rtx 4090', 'a100 sxm4 80gb'.")
@click.option("--batch", metavar="N", type=Batch.numbers, default=1, show_default=True, help="Batch size.")
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@dtype_option
@click.option("--plot", is_flag=True, help="Plot the layers under the roof, into -o FILE.")
@output_options(*FORMATS)
@layout_option
def command(
    what: str,
    gpu: str,
    batch: int,
    input: str | None,
    settings: dict[str, str],
    dtype: str,
    plot: bool,
    layout: str,
    format_: str,
    out: str | None,
) -> None:
    """Compute the least time that each layer of WHAT takes on a device: by its FLOPs, and by the bytes it moves.

    It is a bound, not a prediction. Dense rates with accumulation in float32 and the bandwidth come from a table of
    devices, each with its source.
    """
    what = channels_last(what, layout) or what
    input = channels_last(input, layout)
    from cnncalc.render.roofline import document, tables

    found = cnncalc.roofline(what, gpu, batch, dtype=dtype, input=input, settings=settings, stdin=stdin)
    if plot:
        from cnncalc.cli.pictures import checked_file, write_picture
        from cnncalc.render.pictures.roofline import roofline

        write_picture(roofline(found), checked_file(out))
        return
    put(lambda width: tables(found), format_, out, lambda: document(found).to_json())
