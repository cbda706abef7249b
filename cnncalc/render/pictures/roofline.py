"""The roofline: FLOPs a second that a device reaches at most, over FLOPs for each byte, with the layers as points."""

from __future__ import annotations

from typing import Any

from cnncalc.network.roofline import CONVOLUTIONS, Roofline
from cnncalc.render.pictures.picture import INK, LETTERS, PALETTE, bare, figure

NAMED = 5
"""Layers that are named: those that take longest."""


def roofline(found: Roofline) -> Any:
    """Draw the roof, and each layer with products where its intensity meets it."""
    drawn = figure(7)
    axes = drawn.subplots()
    points = [bound for bound in found.bounds if bound.flops]
    ridge = found.flops_rate / found.bandwidth
    least = min([bound.intensity for bound in points] + [ridge / 10])
    most = max([bound.intensity for bound in points] + [10 * ridge])
    places = [least / 2 * (4 * most / least) ** (i / 200) for i in range(201)]
    roofs = {found.convolution_rate: " of convolutions"} | {found.flops_rate: ""}
    for number, (rate, what) in enumerate(roofs.items()):
        heights = [min(rate, found.bandwidth * place) / 1e12 for place in places]
        axes.plot(places, heights, color=PALETTE[number], linewidth=2, label=f"{rate / 1e12:.3g} TFLOPs/s{what}")
    longest = sorted(points, key=lambda bound: -bound.seconds)[:NAMED]
    for bound in points:
        rate = found.convolution_rate if isinstance(bound.row.node.layer, CONVOLUTIONS) else found.flops_rate
        height = min(rate, found.bandwidth * bound.intensity) / 1e12
        axes.plot([bound.intensity], [height], "o", color=PALETTE[2], markersize=6, alpha=0.6)
        if bound in longest:
            rank = longest.index(bound)
            axes.annotate(
                bound.row.path,
                (bound.intensity, height),
                xytext=(14, -26 - 22 * rank),
                textcoords="offset points",
                fontsize=LETTERS * 0.75,
                color=INK,
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6},
            )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("FLOPs for each byte", fontsize=LETTERS * 0.85, color=INK)
    axes.set_ylabel("TFLOPs a second, at most", fontsize=LETTERS * 0.85, color=INK)
    title = f"{found.network.title or found.network.name} on {found.device.name}, batch {found.batch:,}, {found.dtype}"
    axes.set_title(title, fontsize=LETTERS, color=INK, loc="left")
    axes.legend(loc="upper left", frameon=False, fontsize=LETTERS * 0.8)
    bare(axes)
    return drawn
