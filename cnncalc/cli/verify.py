"""`cnncalc verify`: networks built in PyTorch, run, and checked against their numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import click
from click.core import ParameterSource

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, set_option, stdin
from cnncalc.cli.output import output_options, put, write
from cnncalc.cli.problems import print_problems
from cnncalc.cli.progress import Progress
from cnncalc.library import library
from cnncalc.live import DEVICES, DTYPES, pytorch
from cnncalc.live.verify import Verification
from cnncalc.loading import load
from cnncalc.network.network import Network
from cnncalc.problem import Problems
from cnncalc.render.printers import FORMATS
from cnncalc.render.table import Table
from cnncalc.render.verification import document, line, listing, tables, verdict

EPILOG = """
\b
Examples:
  cnncalc verify alexnet
  cnncalc verify resnet50 googlenet --device meta
  cnncalc verify --all --device meta
  cnncalc verify "32x32x3 -> conv 16 3x3 pad=1 -> batchnorm -> relu" --batch 8 --backward
  cnncalc verify vgg16 --device cuda --dtype float16 --format markdown
  cnncalc verify resnet50 --against torchvision.models:resnet50
  cnncalc verify my.cnn.yaml --against net.py:Net --kwargs '{"num_classes": 10}'
"""


@click.command("verify", short_help="Check a network's numbers against PyTorch.", epilog=EPILOG)
@click.argument("what", metavar="WHAT...", nargs=-1, shell_complete=complete.networks)
@click.option("--all", "everything", is_flag=True, help="Include every network of the library.")
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="cpu",
    show_default=True,
    help="Device; meta checks shapes without values.",
)
@click.option("--batch", metavar="N", type=click.IntRange(min=1), default=1, show_default=True, help="Batch size.")
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True, help="Number type.")
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@click.option("--backward", is_flag=True, help="Also compute gradients; every parameter must get one.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Random seed of weights and inputs.")
@click.option(
    "--against",
    "target",
    metavar="MODULE:NAME",
    help="Compare with a model made by a callable of a module or a file: net.py:Net. This runs its code.",
)
@click.option("--kwargs", metavar="JSON", help="Arguments for that callable, such as '{\"num_classes\": 10}'.")
@output_options(*FORMATS)
@layout_option
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
    target: str | None,
    kwargs: str | None,
    format_: str,
    out: str | None,
    layout: str,
) -> None:
    """Build each WHAT in PyTorch, run it, and compare layer by layer: shapes, tensors, params, MACs, finite numbers.

    WHAT is a name of the library (`cnncalc list`), a file, - for standard input, or a chain in quotes. MACs are
    half of what PyTorch's FlopCounterMode counts. On a GPU, time, rates and memory are measured too. The exit code
    is 1 if anything differs.
    """
    what = tuple(channels_last(word, layout) or word for word in what)
    input = channels_last(input, layout)
    if kwargs is not None and target is None:
        raise click.UsageError("--kwargs are for the callable of --against", ctx)
    if target is not None and len(what) != 1:
        raise click.UsageError("--against goes with one network", ctx)
    if target is not None:
        for name in ("device", "batch", "dtype", "backward", "seed"):
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"--{name} does not go with --against, which runs once on meta", ctx)
    if everything == bool(what):
        raise click.UsageError("name networks, or --all" if not what else "--all goes without names", ctx)
    pytorch("verify")
    if target is not None:
        ctx.exit(_compared(what[0], target, kwargs, format_, out, input=input, settings=settings))
    names = [entry.name for entry in library()] if everything else list(what)
    screen = format_ == "table" and len(names) > 1
    results: list[Verification] = []
    code = 0
    with Progress(len(names)) as bar:
        for at, name in enumerate(names):
            try:
                network = load(name, input=input, settings=settings, stdin=stdin)
                result = cnncalc.verify(
                    network,
                    device=device,
                    batch=batch,
                    dtype=dtype,
                    backward=backward,
                    seed=seed,
                    progress=_layers(bar, at, network, stages=2 if device == "meta" else 4),
                )
            except Problems as problems:
                if len(names) == 1:
                    raise
                bar.hide()
                code = max(code, print_problems(problems))
                continue
            results.append(result)
            code = max(code, 0 if result.agrees else 1)
            if screen and out is None:
                bar.hide()
                put(partial(_shown, line(result)), format_)
    if screen and out is None:
        write(verdict(results))
    elif results:
        put(
            lambda width: [listing(results)] if screen else tables(results),
            format_,
            out,
            lambda: document(results).to_json(),
        )
    ctx.exit(code)


def _shown(table: Table, width: int | None) -> list[Table]:
    return [table]


def _compared(what: str, target: str, kwargs: str | None, format_: str, out: str | None, **given: Any) -> int:
    """Compare a network with somebody else's model, and return the exit code."""
    from cnncalc.render import differences

    result = cnncalc.against(what, target, kwargs, stdin=stdin, **given)
    put(lambda width: differences.tables(result), format_, out, lambda: differences.document(result).to_json())
    return 0 if result.agrees else 1 if result.differences else 2


def _layers(bar: Progress, before: int, network: Network, stages: int) -> Callable[[str], None] | None:
    """Return what is called after each layer of a stage; None where nobody watches."""
    if not bar.watched:
        return None
    steps = max(sum(1 for _ in network.layers()), 1) * stages
    count = itertools.count(1)
    return lambda stage: bar.to(before + next(count) / steps, f"{network.name}: {stage}")
