"""`cnncalc export`: a network in another form: a diagram, source code, a model file."""

from __future__ import annotations

import os
import sys

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, one_network, set_option, stdin
from cnncalc.cli.output import echo, write, write_bytes
from cnncalc.exchange.writers import WRITERS, of_ending

FORMS = "\n".join(f"  {form:9} {writer.what}" for form, writer in WRITERS.items())
EPILOG = f"""
\b
Forms:
{FORMS}

\b
Examples:
  cnncalc export resnet50 --to torch -o resnet50.py
  cnncalc export resnet50 -o resnet50.onnx --weights resnet50.safetensors
  cnncalc export resnet50 --to keras
  cnncalc export unet_padded --input HxWx3 -o unet.onnx
  cnncalc export resnet50 --to mermaid
  cnncalc export unet -o unet.dot
  cnncalc export "32x32x3 -> conv 16 3x3 pad=1 -> relu" --to spec
"""


@click.command("export", short_help="Write a network for another tool.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option("--to", type=click.Choice([*WRITERS]), help="The form; without it, what the ending of -o means.")
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
@click.option("--weights", metavar="FILE", type=click.Path(), help="Weights to write: .safetensors, .pt or .pth.")
@click.option("--input", metavar="SHAPE", help="Override the input: 448x448x3.")
@set_option
@layout_option
def command(
    what: str,
    to: str | None,
    out: str | None,
    weights: str | None,
    input: str | None,
    settings: dict[str, str],
    layout: str,
) -> None:
    """Write the network WHAT in another form.

    Blocks are found in the network itself. A layer that the form cannot express is named, and nothing is written.
    """
    meant = of_ending(out) if out else None
    form = to or meant
    if form is None:
        raise click.UsageError(f"say which form: --to {'|'.join(WRITERS)}")
    if to and meant and to != meant:
        raise click.UsageError(f"--to says {to}, the ending of {out} says {meant}: leave one out")
    found = cnncalc.export(
        channels_last(what, layout) or "",
        form,
        input=channels_last(input, layout),
        settings=settings,
        weights=weights,
        stdin=stdin,
    )
    for note in found.notes:
        echo(f"note: {note}", sys.stderr)
    for ending, data in found.beside.items():
        if out is None:
            raise click.UsageError(f"the weights are a file beside {WRITERS[form].what}: give -o FILE")
        write_bytes(data, os.path.splitext(out)[0] + ending)
    if isinstance(found.content, bytes):
        if out is None:
            raise click.UsageError(f"{WRITERS[form].what} is no text: give -o FILE")
        write_bytes(found.content, out)
    else:
        write(found.content.rstrip("\n"), out)
