"""`cnncalc reconcile`: what other counters print for a network, and why it differs."""

from __future__ import annotations

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, code_option, layout_option, one_network, set_option, stdin
from cnncalc.cli.output import output_options, put
from cnncalc.comparison.counters import COUNTERS
from cnncalc.comparison.reconcile import FACTS
from cnncalc.render.printers import FORMATS

EPILOG = f"""
\b
Counters:
{chr(10).join(f"  {name}" for name in COUNTERS)}

\b
Facts about code:
{chr(10).join(f"  {name:13} {fact.meaning}" for name, fact in FACTS.items())}

\b
Examples:
  cnncalc reconcile resnet50
  cnncalc reconcile vit_b_16 --counter fvcore --code no_grad
  cnncalc reconcile densenet121 --code function=pool5
  cnncalc reconcile convnext_tiny --code linear=conv --format csv
"""


@click.command("reconcile", short_help="Explain the numbers that other counters print.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option(
    "--counter",
    "counters",
    metavar="NAME",
    multiple=True,
    help="Only this counter, from the list below; may be repeated.",
)
@code_option
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@output_options(*FORMATS)
@layout_option
def command(
    what: str,
    counters: tuple[str, ...],
    code: tuple[str, ...],
    input: str | None,
    settings: dict[str, str],
    layout: str,
    format_: str,
    out: str | None,
) -> None:
    """Compute the numbers that other counters print for WHAT, and explain how they differ from ours.

    Each number follows from the counter's own rules, without running it, for one image. The difference is a sum of
    named terms. A number is the counter's to the digit, or it is not modelled, with the layer that no rule is known of.
    """
    what = channels_last(what, layout) or what
    input = channels_last(input, layout)
    from cnncalc.render.reconcile import document, tables

    found = cnncalc.reconcile(what, counters=counters, code=code, input=input, settings=settings, stdin=stdin)
    put(lambda width: tables(found), format_, out, lambda: document(found).to_json())
