"""`cnncalc verify`: networks built in PyTorch, run, and held against their numbers."""

from __future__ import annotations

import sys
import time
from functools import partial

import click
from click.core import ParameterSource

from cnncalc.cli import complete
from cnncalc.cli.arguments import set_option, stdin
from cnncalc.cli.output import output_options, put, write
from cnncalc.cli.problems import tell
from cnncalc.live import DEVICES, DTYPES, pytorch
from cnncalc.live.verify import Progress, Verification, verify
from cnncalc.loading import library, load
from cnncalc.network.network import Network
from cnncalc.problem import Problems
from cnncalc.render.console import terminal_width
from cnncalc.render.printers import FORMATS
from cnncalc.render.table import Table
from cnncalc.render.verification import document, line, listing, tables, verdict

PATIENCE, REST = 2.0, 0.1
"""Seconds before a progress bar shows, and between two drawings of it."""

CELLS = 30
"""Its width on the screen."""

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
@click.option("--all", "everything", is_flag=True, help="Every network of the library.")
@click.option(
    "--device", type=click.Choice(DEVICES), default="cpu", show_default=True, help="meta: shapes, no numbers."
)
@click.option("--batch", metavar="N", type=click.IntRange(min=1), default=1, show_default=True, help="Images at once.")
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True, help="Type of the numbers.")
@click.option("--input", metavar="SHAPE", help="Another input, such as 448x448x3.")
@set_option
@click.option("--backward", is_flag=True, help="Compute gradients too: every learned tensor must get one.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Of the weights and the volumes.")
@click.option(
    "--against",
    "target",
    metavar="MODULE:NAME",
    help="Compare with the model that a callable makes, of a module or a file: net.py:Net. This runs its code.",
)
@click.option("--kwargs", metavar="JSON", help="Arguments of that callable, such as '{\"num_classes\": 10}'.")
@output_options(*FORMATS)
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
) -> None:
    """Build each WHAT in PyTorch, run it, and compare layer by layer: shapes, tensors, params, MACs, finite numbers.

    WHAT is a name of the library (`cnncalc list`), a file, - for standard input, or a chain in quotes. MACs are
    those that PyTorch's FlopCounterMode counts, halved. On a GPU time, rates and memory are measured too. The exit
    code is 1 when anything differs.
    """
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
        network = load(what[0], input=input, settings=settings, stdin=stdin)
        ctx.exit(_compared(network, target, kwargs, format_, out))
    wanted = [entry.name for entry in library()] if everything else list(what)
    screen = format_ == "table" and len(wanted) > 1
    results: list[Verification] = []
    code = 0
    with Bar(len(wanted), stages=2 if device == "meta" else 4) as bar:
        for name in wanted:
            try:
                network = load(name, input=input, settings=settings, stdin=stdin)
                result = verify(
                    network,
                    device=device,
                    batch=batch,
                    dtype=dtype,
                    backward=backward,
                    seed=seed,
                    progress=bar.begin(network),
                )
            except Problems as problems:
                if len(wanted) == 1:
                    raise
                bar.hide()
                code = max(code, tell(problems))
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


def _compared(network: Network, target: str, kwargs: str | None, format_: str, out: str | None) -> int:
    """Compare a network with somebody else's model, and return the exit code."""
    from cnncalc.live.against import against
    from cnncalc.render import differences

    result = against(network, target, kwargs)
    put(lambda width: differences.tables(result), format_, out, lambda: differences.document(result).to_json())
    return 0 if result.agrees else 1


class Bar:
    """A progress bar on the terminal, which shows once a run has taken PATIENCE."""

    def __init__(self, networks: int, stages: int) -> None:
        self.networks, self.stages = networks, stages
        self.begun = self.last = time.monotonic()
        self.before = -1  # networks that are done
        self.layers = self.done = 0
        self.name = ""
        self.shown = False

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *raised: object) -> None:
        self.hide()

    def begin(self, network: Network) -> Progress | None:
        """Go on to the next network; return what is to be told of each layer, None where there is no terminal."""
        self.before += 1
        self.name, self.done = network.name, 0
        self.layers = max(sum(1 for _ in network.layers()), 1) * self.stages
        return self.advance if sys.stderr.isatty() else None

    def advance(self, stage: str) -> None:
        """Note that a layer is done."""
        self.done += 1
        now = time.monotonic()
        if now - self.begun < PATIENCE or now - self.last < REST:
            return
        self.last, self.shown = now, True
        share = (self.before + self.done / self.layers) / self.networks
        full = int(CELLS * share)
        text = f"[{'#' * full}{'-' * (CELLS - full)}] {share:4.0%} {self.name}: {stage}"
        sys.stderr.write(f"\r{text[: terminal_width() - 1]}\x1b[K")
        sys.stderr.flush()

    def hide(self) -> None:
        """Take the bar away, so that something can be printed; the next layer brings it back."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            self.shown = False
