"""Live memory over one training iteration: forward pass, loss, backward pass, step of the optimizer."""

from __future__ import annotations

from typing import Any

from cnncalc.network.memory import Memory
from cnncalc.render.numbers import short_bytes
from cnncalc.render.pictures.picture import INK, LETTERS, PALETTE, bare, figure


def timeline(found: Memory) -> Any:
    """Draw the memory that is alive at each moment; the phases are labelled, the peak is named."""
    drawn = figure(6.5)
    axes = drawn.subplots()
    live = [moment.live / 2**20 for moment in found.moments]
    places = range(len(live))
    fixed = (found.weight_bytes + found.buffer_bytes + found.optimizer_bytes + found.input_bytes) / 2**20
    axes.fill_between(places, live, step="mid", color=PALETTE[0], alpha=0.35, linewidth=0)
    axes.step(places, live, where="mid", color=PALETTE[0], linewidth=1.6)
    axes.axhline(fixed, color=PALETTE[1], linewidth=1.4, linestyle="--")
    axes.annotate(
        "weights, buffers, optimizer state, input",
        (1, fixed),
        xytext=(0.01 * len(live), 4),
        textcoords=("data", "offset points"),
        ha="left",
        va="bottom",
        fontsize=LETTERS * 0.75,
        color=INK,
    )
    top = found.moments.index(found.peak)
    axes.plot([top], [live[top]], "o", color=PALETTE[1])
    where = f"{found.peak.phase} {found.peak.path}".strip()
    axes.annotate(
        f"peak {short_bytes(found.peak_bytes)}: {where}",
        (top, live[top]),
        xytext=(0, 10),
        textcoords="offset points",
        ha="right" if top > len(live) / 2 else "left",
        fontsize=LETTERS * 0.85,
        color=INK,
    )
    for phase in ("forward", "backward"):
        own = [i for i, moment in enumerate(found.moments) if moment.phase == phase]
        if own:
            axes.axvline(own[-1] + 0.5, color=INK, linewidth=0.6, alpha=0.5)
            axes.annotate(
                f"{phase} pass",
                ((own[0] + own[-1]) / 2, 0),
                xycoords=("data", "axes fraction"),
                xytext=(0, -8),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=LETTERS * 0.85,
                color=INK,
            )
    axes.set_xlim(-0.5, len(live) - 0.5)
    axes.set_ylim(0, max(live) * 1.15)
    axes.set_xticks([])
    axes.set_ylabel("live memory, MiB", fontsize=LETTERS * 0.85, color=INK)
    axes.set_title(
        f"{found.network.title or found.network.name}: batch {found.options.batch:,}, {found.options.optimizer}",
        fontsize=LETTERS,
        color=INK,
        loc="left",
    )
    bare(axes)
    return drawn
