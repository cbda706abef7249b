"""What all pictures share: matplotlib, colours that colour-blind readers and printers distinguish, and the file."""

from __future__ import annotations

import io
import os
from typing import Any

from cnncalc.problem import NoAnswer, Problem, nearest, quoted
from cnncalc.render.numbers import THOUSANDS

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Okabe and Ito 2008, "Color universal design"; distinguishable with every common kind of colour blindness."""

HATCHES = ("", "///", "...", "xxx", "\\\\\\", "+++", "ooo", "---")
"""Beside the colours, so that a picture can be read in black and white."""

INK = "#222222"
DOTS_PER_INCH = 150
WIDTH = 13.33
"""Inches: a slide's, so that the sizes of letters below are those on a slide."""

LETTERS = 15
"""Points."""

USUAL = ("svg", "png", "pdf")
"""Endings that are offered; matplotlib knows more."""

NEEDED = 'pip install ".[plot]"'


def figure(height: float, width: float = WIDTH, what: str = "--plot") -> Any:
    """Return an empty figure in inches; raises NoAnswer without matplotlib, which says `what` needs it."""
    try:
        import matplotlib
    except ImportError as missing:
        if missing.name not in (None, "matplotlib"):
            raise
        raise NoAnswer([Problem("E121", f"{what} needs matplotlib: {NEEDED}")]) from None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    matplotlib.rcdefaults()  # a picture does not depend on whose machine draws it
    matplotlib.rcParams.update(
        {"font.size": LETTERS, "svg.hashsalt": "cnncalc", "svg.fonttype": "none", "hatch.linewidth": 0.6}
    )
    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.15, wspace=0.03)
    drawn = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout=layout)
    FigureCanvasAgg(drawn)
    return drawn


def format_of(file: str) -> str:
    """Return the format that a file's ending names; raises NoAnswer for one that matplotlib cannot write."""
    known = figure(1).canvas.get_supported_filetypes()
    ending = os.path.splitext(file)[1].lower().removeprefix(".")
    if ending not in known:
        message = f"no picture is called {quoted('.' + ending)}" if ending else f"{quoted(file, 200)} has no ending"
        close = nearest(ending, USUAL, 1)
        hint = f"did you mean .{close[0]}?" if close else "as in FILE.svg, FILE.png or FILE.pdf"
        raise NoAnswer([Problem("E114", message, None, hint)])
    return ending


def encoded(drawn: Any, ending: str) -> bytes:
    """Write a figure in a format; the same figure gives the same bytes."""
    data = io.BytesIO()
    metadata = {"svg": {"Date": None}, "svgz": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
    drawn.savefig(data, format=ending, metadata=metadata)
    return data.getvalue()


def bare(axes: Any) -> None:
    """Leave only the lines that carry a scale."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK)
    axes.set_axisbelow(True)


def plainly(number: float) -> str:
    """Write a round number of a scale: 200M, 1G."""
    for power in range(4, -1, -1):
        if number >= 1000**power:
            return f"{number / 1000**power:g}{THOUSANDS[power]}"
    return f"{number:g}"
