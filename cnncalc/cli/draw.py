"""`cnncalc draw`: a network as a picture."""

from __future__ import annotations

import os
import sys

import click
from click.core import ParameterSource

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.arguments import channels_last, layout_option, one_network, set_option, stdin
from cnncalc.cli.output import STDOUT, write_bytes
from cnncalc.problem import quoted
from cnncalc.render.diagrams.drawing import ENDINGS, FORMS, VIEWS
from cnncalc.render.diagrams.svg import THEMES
from cnncalc.render.diagrams.volumes import SCALES, STYLES

ONLY = {
    "layer": ("layer", "receptive"),
    "style": ("volumes",),
    "scale": ("volumes",),
    "depth": ("volumes", "receptive"),
}
"""The views that an option means something for."""

KINDS = "\n".join(f"  {view:10} {what}" for view, what in VIEWS.items())
EPILOG = f"""
\b
Views:
{KINDS}

\b
Examples:
  cnncalc draw alexnet -o alexnet.svg
  cnncalc draw vgg16 --style vgg -o vgg16.pdf
  cnncalc draw alexnet --layer conv1 -o window.svg
  cnncalc draw resnet50 --view graph -o graph.html
  cnncalc draw "28x28x1 -> conv 8 3x3 -> maxpool 2x2" -o net.tex
"""


@click.command("draw", short_help="Draw a network as a picture.", epilog=EPILOG)
@click.argument("what", metavar="WHAT", nargs=-1, required=True, callback=one_network, shell_complete=complete.networks)
@click.option("--view", type=click.Choice([*VIEWS]), help="What to draw.  [volumes; with --layer: layer]")
@click.option("--layer", metavar="PATH", help="The layer of --view layer, or the last one of --view receptive.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="As whose paper.")
@click.option("--scale", type=click.Choice([*SCALES]), default="sqrt", show_default=True, help="From sizes to lengths.")
@click.option("--depth", metavar="N|all", help="Levels of blocks to open, or all.  [what fits a page]")
@click.option("--theme", type=click.Choice(THEMES), default="auto", show_default=True, help="Light or dark paper.")
@click.option("--input", metavar="SHAPE", help="Override the input, such as 448x448x3.")
@set_option
@click.option("--format", "form", type=click.Choice(FORMS), help="The form; without it, what the ending of -o means.")
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help=f"The picture's file: {' '.join(ENDINGS)}.")
@layout_option
def command(
    what: str,
    view: str | None,
    layer: str | None,
    style: str,
    scale: str,
    depth: str | None,
    theme: str,
    input: str | None,
    settings: dict[str, str],
    form: str | None,
    out: str | None,
    layout: str,
) -> None:
    """Draw the network WHAT: its volumes, its graph, the window of a layer, or its receptive fields.

    Blocks are folded until the picture fits a page. SVG, HTML and TikZ need nothing else; PNG and PDF need matplotlib.
    """
    form = _form(form, out)
    if depth not in (None, "all") and not (depth.isdecimal() and 1 <= int(depth) <= 10**6):
        raise click.UsageError(f"--depth is a number from 1 or all, not {quoted(depth)}")
    view = view or ("layer" if layer else "volumes")
    for option, views in ONLY.items():
        given = click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE
        if given and view not in views:
            goes = " and ".join(f"--view {one}" for one in views)
            raise click.UsageError(f"--{option} goes with {goes}, not with {view}")
    if view == "layer" and not layer:
        raise click.UsageError("--view layer draws one layer: add --layer PATH")
    try:
        drawing = cnncalc.draw(
            channels_last(what, layout) or "",
            view,
            layer,
            scale=scale,
            style=style,
            depth=depth,
            theme=theme,
            input=channels_last(input, layout),
            settings=settings,
            stdin=stdin,
        )
    except KeyError as missing:
        raise click.UsageError(missing.args[0]) from None
    write_bytes(drawing.encoded(form), out or "-")


def _form(form: str | None, out: str | None) -> str:
    """Return the form on which --format and the ending of -o agree; raises UsageError."""
    if out is None or out in STDOUT:
        if sys.stdout.isatty() and out is None:
            raise click.UsageError("a picture goes into a file: -o FILE.svg, FILE.png, FILE.pdf, FILE.html or FILE.tex")
        return form or "svg"
    ending = os.path.splitext(out)[1].lower()
    meant = ENDINGS.get(ending)
    if form is None and meant is None:
        raise click.UsageError(
            f"the ending of {quoted(out, 200)} means no picture: {' '.join(ENDINGS)}, or give --format"
        )
    if form and meant and form != meant:
        raise click.UsageError(
            f"--format {form} contradicts -o {quoted(out, 200)}, whose ending means {meant}: leave one out"
        )
    return form or meant or "svg"
