"""The printer of diagrams as PNG and PDF, by matplotlib, whose letters are those that widths are computed for."""

from __future__ import annotations

from typing import Any

from cnncalc.problem import visible
from cnncalc.render.diagrams.canvas import Canvas, Mark, Polygon, Text, colour
from cnncalc.render.pictures.picture import encoded, figure

POINTS = 72 / 96
"""Points in a pixel of the diagram."""


def raster(canvas: Canvas, ending: str, dark: bool = False) -> bytes:
    """Return a diagram as `png` or `pdf`; raises NoAnswer (E121) without matplotlib."""
    box = canvas.extent()
    width, height = box.right - box.left, box.bottom - box.top
    drawn = figure(height / 96, width / 96, f"a picture as {ending.upper()}")
    drawn.set_layout_engine("none")
    drawn.set_facecolor(colour("paper", dark))
    axes = drawn.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(box.left, box.right)
    axes.set_ylim(box.bottom, box.top)
    for order, mark in enumerate(canvas.marks()):
        _draw(axes, mark, order, dark)
    return encoded(drawn, ending)


def _draw(axes: Any, mark: Mark, order: int, dark: bool) -> None:
    if isinstance(mark, Text):
        side = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
        weight = "bold" if mark.bold else "normal"
        style = {"fontsize": mark.size * POINTS, "fontweight": weight, "color": colour(mark.ink, dark)}
        # A dollar sign would begin a formula.
        axes.text(mark.x, mark.y, visible(mark.text), ha=side, va="baseline", zorder=order, parse_math=False, **style)
        return
    from matplotlib.patches import Polygon as Patch

    dash = (0, (4, 3)) if mark.dash else "solid"
    if isinstance(mark, Polygon):
        fill, stroke = colour(mark.fill, dark) if mark.fill else "none", mark.stroke
        alpha = 0.35 if mark.translucent else 1
        axes.add_patch(Patch(mark.points, closed=True, fc=fill, ec="none", lw=0, zorder=order, alpha=alpha))
        if stroke:
            edge = {"ec": colour(stroke, dark), "lw": mark.width * POINTS, "ls": dash, "joinstyle": "round"}
            axes.add_patch(Patch(mark.points, closed=True, fill=False, zorder=order, **edge))
        return
    ink = colour(mark.stroke, dark)
    xs, ys = zip(*mark.points, strict=True)
    axes.plot(xs, ys, color=ink, lw=mark.width * POINTS, ls=dash, zorder=order, scalex=False, scaley=False)
    if mark.arrow:
        axes.add_patch(Patch(mark.head(), closed=True, fc=ink, ec="none", zorder=order))
