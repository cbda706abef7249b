"""`cnncalc memory`: the memory of training, and the largest batch that fits."""

from __future__ import annotations

import os

import click

import cnncalc
from cnncalc.cli import arguments, complete
from cnncalc.cli.arguments import layout_option, one_network, set_option, stdin
from cnncalc.cli.batch import Batch, dtype_option
from cnncalc.cli.output import output_options, put, write
from cnncalc.render.printers import FORMATS

EPILOG = """
\b
Examples:
  cnncalc memory resnet50 --batch 32 --optimizer adam
  cnncalc memory resnet50 --batch 64 --amp bf16 --gpu h100
  cnncalc memory unet --optimizer adam --gpu 11GB
  cnncalc memory vgg16 --batch 64 --checkpoint block --inplace yes
  cnncalc memory mobilenet_v2 --inference --dtype int8 --inplace yes
  cnncalc memory resnet50 --batch 32 --timeline live.svg
"""


@click.command("memory", short_help="Compute the memory of training, and which batch fits.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option("--batch", metavar="N", type=Batch.numbers, default=1, show_default=True, help="Batch size.")
@click.option(
    "--optimizer",
    default="sgd",
    show_default=True,
    metavar="NAME",
    help="sgd, momentum, rmsprop, adam, adamw, lion or adafactor.",
)
@click.option(
    "--amp", metavar="bf16|fp16", help="Forward pass under torch.autocast, by CUDA's rules or by those of the CPU."
)
@click.option("--channels-last", is_flag=True, help="PyTorch's memory format of that name for weights and images.")
@click.option("--gpu", metavar="SIZE", help="Find the largest batch for 24GB, 24GiB, or a device such as h100.")
@click.option(
    "--inplace",
    type=click.Choice(("yes", "no")),
    default="no",
    show_default=True,
    help="Activations work in place where they can.",
)
@click.option(
    "--checkpoint",
    metavar="none|block|PATH",
    multiple=True,
    help="Keep only the inputs of each block, or of a layer or group, and run it again in the backward pass.",
)
@click.option("--freeze", metavar="PATH", multiple=True, help="Layers that learn nothing: a layer, or a group.")
@click.option(
    "--foreach",
    type=click.Choice(("yes", "no")),
    default="yes",
    show_default=True,
    help="The optimizer's step goes over all tensors at once.",
)
@click.option("--grad-accumulation", is_flag=True, help="Gradients of an earlier batch are kept and added to.")
@click.option("--inference", is_flag=True, help="Run it only: the peak of the volumes that are alive.")
@click.option(
    "--device",
    type=click.Choice(("cuda", "cpu")),
    default="cuda",
    show_default=True,
    help="Where it runs: masks of dropout take 1 byte a value on cuda, and autocast has lists for each.",
)
@click.option("--timeline", metavar="FILE", type=click.Path(), help="Write live memory: FILE.svg, .png, .csv or .json.")
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@dtype_option
@output_options(*FORMATS)
@layout_option
def command(
    what: str,
    batch: int,
    optimizer: str,
    amp: str | None,
    channels_last: bool,
    gpu: str | None,
    inplace: str,
    checkpoint: tuple[str, ...],
    freeze: tuple[str, ...],
    foreach: str,
    grad_accumulation: bool,
    inference: bool,
    device: str,
    timeline: str | None,
    input: str | None,
    settings: dict[str, str],
    dtype: str,
    layout: str,
    format_: str,
    out: str | None,
) -> None:
    """Compute the memory of one training iteration of WHAT: what is kept for the backward pass, the peak, and where.

    Every layer kind says to the byte what PyTorch keeps for its backward pass; live memory is then followed through
    forward pass, loss, backward pass and the optimizer's step, without running anything.
    """
    what = arguments.channels_last(what, layout) or what
    input = arguments.channels_last(input, layout)
    from cnncalc.render.memory import document, tables

    found = cnncalc.memory(
        what,
        batch,
        optimizer=optimizer,
        amp=amp,
        channels_last=channels_last,
        gpu=gpu,
        inplace=inplace == "yes",
        checkpoint=checkpoint,
        freeze=freeze,
        foreach=foreach == "yes",
        grad_accumulation=grad_accumulation,
        inference=inference,
        device=device,
        dtype=dtype,
        input=input,
        settings=settings,
        stdin=stdin,
    )
    if timeline is not None:
        _draw(found, timeline)
    put(lambda width: tables(found), format_, out, lambda: document(found).to_json())


def _draw(found: cnncalc.Memory, file: str) -> None:
    """Write the moments of an iteration as a picture, or as data; raises NoAnswer and Unwritable."""
    ending = os.path.splitext(file)[1].lower()
    if ending in (".csv", ".json"):
        from cnncalc.render.memory import document, timeline
        from cnncalc.render.printers import printed

        write(document(found).to_json() if ending == ".json" else printed([timeline(found)], "csv"), file)
        return
    from cnncalc.cli.pictures import checked_file, write_picture
    from cnncalc.render.pictures.timeline import timeline as picture

    checked_file(file)
    write_picture(picture(found), file)
