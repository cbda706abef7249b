"""`cnncalc verify`: networks built in PyTorch, run, and held against their numbers."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from cnncalc.cli.output import colourful, echo, write
from cnncalc.cli.problems import tell
from cnncalc.cli.show import _names, _settings, _stdin
from cnncalc.live import DEVICES, DTYPES, pytorch
from cnncalc.load import library, load
from cnncalc.problem import Problems

FORMATS = ("table", "json", "markdown")
PATIENCE = 2.0
"""Seconds before a progress bar shows."""

EPILOG = """
\b
Examples:
  cnncalc verify alexnet
  cnncalc verify resnet50 googlenet --device meta
  cnncalc verify --all --device meta
  cnncalc verify "32x32x3 -> conv 16 3x3 pad=1 -> batchnorm -> relu" --batch 8 --backward
  cnncalc verify vgg16 --device cuda --dtype float16 --format markdown
"""


@click.command("verify", short_help="Check a network's numbers against PyTorch.", epilog=EPILOG)
@click.argument("what", metavar="WHAT...", nargs=-1, shell_complete=_names)
@click.option("--all", "everything", is_flag=True, help="Every network of the library.")
@click.option("--device", type=click.Choice(DEVICES), default="cpu", show_default=True, help="meta: shapes, no numbers.")
@click.option("--batch", metavar="N", type=click.IntRange(min=1), default=1, show_default=True, help="Images at once.")
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True, help="Type of the numbers.")
@click.option("--input", metavar="SHAPE", help="Another input, such as 448x448x3.")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, callback=_settings, help="Give a var a value.")
@click.option("--backward", is_flag=True, help="Compute gradients too: every learned tensor must get one.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Of the weights and the volumes.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
@click.pass_context
def command(
    ctx: click.Context,
    what: tuple[str, ...],
    everything: bool,
    device: str,
    batch: int,
    dtype: str,
    input: str | None,
    settings: dict[str, str],
    backward: bool,
    seed: int,
    format_: str,
    out: str | None,
) -> None:
    """Build each WHAT in PyTorch, run it, and compare layer by layer: shapes, tensors, params, MACs, finite numbers.

    WHAT is a name of the library (`cnncalc list`), a file, - for standard input, or a chain in quotes. MACs are
    those that PyTorch's FlopCounterMode counts, halved. On a GPU time, rates and memory are measured too. The exit
    code is 1 when anything differs.
    """
    if "->" in what:
        raise click.UsageError("a chain stands in quotes: cnncalc verify \"" + " ".join(what) + "\"", ctx)
    if everything == bool(what):
        raise click.UsageError("name networks, or --all" if not what else "--all goes without names", ctx)
    pytorch("verify")
    wanted = [entry.name for entry in library()] if everything else list(what)
    options = {"device": device, "batch": batch, "dtype": dtype, "backward": backward, "seed": seed}
    results, code = [], 0
    with Bar(len(wanted), stages=2 if device == "meta" else 4) as bar:
        for name in wanted:
            try:
                network = load(name, input=input, settings=settings, stdin=_stdin)
                result = verify(network, progress=bar.begin(network), **options)
            except Problems as problems:
                if len(wanted) == 1:
                    raise
                bar.hide()
                code = max(code, tell(problems))
                continue
            results.append(result)
            code = max(code, 0 if result.agrees else 1)
            if format_ == "table" and len(wanted) > 1 and out is None:
                bar.hide()
                echo(_line(result), sys.stdout)
