"""Bars: weight layers and error through the years, what networks cost, and a network along its depth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from cnncalc.comparison.summary import Summary
from cnncalc.network.report import Report
from cnncalc.record import Record
from cnncalc.render.fold import Depth, Line, lines
from cnncalc.render.numbers import short, short_bytes
from cnncalc.render.pictures.picture import HATCHES, INK, LETTERS, PALETTE, WIDTH, bare, figure

ROW = 0.52
"""Inches of height that a bar has."""

FRAME = 1.7
"""Inches above and below the bars."""

SMALLEST = 2.6
"""Inches."""

TALLEST = 18
"""Networks that stand below each other on a slide; more go on in further columns, all on one scale."""


class Series(Record):
    """One panel of bars: a value for each line, None where there is none."""

    title: str
    values: list[float | None]
    text: Callable[[Any], str]
    style: int  # of the palette and the hatches
    unit: str  # panels of one unit have one scale


def names_of(summaries: Sequence[Summary]) -> list[str]:
    """Return the titles of networks; the names of those that share a title."""
    titles = [one.title for one in summaries]
    return [one.title if titles.count(one.title) == 1 else one.name for one in summaries]


def depth(summaries: Sequence[Summary]) -> Any:
    """Draw weight layers beside the error, the oldest network on top: the revolution of depth."""
    found = sorted(summaries, key=lambda one: one.year or 9999)
    labels = [f"{name} ({one.year})" if one.year else name for name, one in zip(names_of(found), found, strict=True)]
    if all(one.ilsvrc_error is not None for one in found):
        error = Series(
            "top-5 error of the ILSVRC entry, %", [one.ilsvrc_error for one in found], _percent, 1, "percent"
        )
    else:
        errors = [None if one.top5 is None else 100 - one.top5 for one in found]
        error = Series("top-5 error, %", errors, _percent, 1, "percent")
    layers = Series("weight layers", [one.weight_layers for one in found], str, 0, "layers")
    return _panels(labels, [layers, error], columns=_columns(len(found)))


def cost(summaries: Sequence[Summary]) -> Any:
    """Draw params, MACs and the memory of activations beside each other."""
    return _panels(
        names_of(summaries),
        [
            Series("params", [one.params for one in summaries], short, 0, "params"),
            Series("MACs", [one.macs for one in summaries], short, 1, "MACs"),
            Series("activations", [one.activation_bytes for one in summaries], short_bytes, 2, "bytes"),
        ],
        columns=_columns(len(summaries)),
    )


def along(report: Report, what: str, opened: Depth = None) -> Any:
    """Draw `params`, `macs` or `memory` along the depth of a network, its input on top, folded as a table is."""
    shown = [line for line in lines(report, opened) if not line.aux]
    named: dict[str, Callable[[Line], int]]
    text: Callable[[Any], str]
    if what == "memory":
        named, text = {"activations": _activations, "weights": partial(_sum, "weight_bytes")}, short_bytes
    else:
        named, text = {{"params": "params", "macs": "MACs"}[what]: partial(_sum, what)}, short
    shown = [line for line in shown if any(value(line) for value in named.values())] or shown
    series = [
        Series(title, [value(line) for line in shown], text, style, what)
        for style, (title, value) in enumerate(named.items())
    ]
    labels = [f"{line.path} ×{line.times}" if line.times > 1 and "–" not in line.path else line.path for line in shown]
    return _panels(labels, series, title=_title(report, what))


def _title(report: Report, what: str) -> str:
    """Name the network, what comes in, and the total of what is drawn."""
    network, totals = report.network, report.totals
    entering = ", ".join(map(str, network.input_shapes().values()))
    total = {
        "params": f"{short(totals.params)} params",
        "macs": f"{short(totals.macs)} MACs",
        "memory": f"activations {short_bytes(totals.activation_bytes)} + weights {short_bytes(totals.weight_bytes)}",
    }[what]
    kind = f", {report.dtype}" if what == "memory" else ""
    return f"{network.title or network.name}, input {entering}, batch {report.batch}{kind}: {total}"


def _sum(name: str, line: Line) -> int:
    return sum(getattr(row, name) for row in line.rows)


def _activations(line: Line) -> int:
    return sum(row.activation_bytes for row in line.rows if not row.node.layer.in_place)


def _percent(value: float) -> str:
    return f"{value:.3g}"


def _columns(networks: int) -> int:
    """Return in how many columns bars keep about the shape of a slide: 1 up to 18 networks, 2 up to 72."""
    return math.ceil(math.sqrt(networks / TALLEST))


def _panels(labels: Sequence[str], series: Sequence[Series], title: str = "", columns: int = 1) -> Any:
    """Draw panels of bars that share the names at the left; each bar has its number beside it."""
    rows = math.ceil(len(labels) / columns)
    drawn = figure(max(SMALLEST, FRAME + ROW * rows), WIDTH * (1 + (columns - 1) / 2))
    panels = drawn.subplots(1, len(series) * columns, squeeze=False)[0]
    longest = {
        one.unit: max((value or 0 for each in series if each.unit == one.unit for value in each.values), default=0) or 1
        for one in series
    }
    for column in range(columns):
        part = slice(column * rows, (column + 1) * rows)
        group = panels[column * len(series) : (column + 1) * len(series)]
        for axes, one in zip(group, series, strict=True):
            _bars(axes, one, part, len(panels) * WIDTH / drawn.get_figwidth(), longest[one.unit])
            axes.set_yticks([])
            axes.set_ylim(rows - 0.4, -0.6)
        group[0].set_yticks(range(len(labels[part])), labels[part])
    if title:
        drawn.suptitle(title, fontsize=LETTERS + 3, color=INK)
    return drawn


def _bars(axes: Any, series: Series, part: slice, panels: float, longest: float) -> None:
    """Draw a part of a series on a scale up to `longest`; `panels` stand beside each other on a slide."""
    shown = series.values[part]
    axes.barh(
        range(len(shown)),
        [value or 0 for value in shown],
        height=0.68,
        color=PALETTE[series.style],
        edgecolor=INK,
        linewidth=0.8,
        hatch=HATCHES[series.style],
    )
    texts = ["not published" if value is None else series.text(value) for value in series.values]
    for at, (value, text) in enumerate(zip(shown, texts[part], strict=True)):
        axes.annotate(text, ((value or 0), at), (6, 0), textcoords="offset points", va="center_baseline", color=INK)
    # The number beside the longest bar needs room, more of a narrow panel's width.
    axes.set_xlim(0, longest * (1 + 0.026 * max(map(len, texts)) * panels / 2 + 0.05))
    axes.set_title(series.title, fontsize=LETTERS + 2, color=INK, loc="left")
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    bare(axes)
