"""Pictures of networks by their names: of several side by side, of one along its depth."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnncalc.comparison.compare import compare
from cnncalc.comparison.summary import Summary
from cnncalc.loading import What, load
from cnncalc.loading.overrides import InputShape
from cnncalc.render.pictures import bars, bubbles
from cnncalc.render.pictures.picture import encoded, format_of

SEVERAL = ("depth", "cost", "accuracy")
ALONG = ("params", "macs", "memory")


def plot(kind: str, *what: What, file: What, input: InputShape | None = None) -> None:
    """Draw networks into an .svg, .png or .pdf: `accuracy`, `cost` or `depth` of several; `params`, `macs` or `memory`
    along the depth of one.

    Raises ValueError for another kind, TypeError for a number of networks that does not go with it, NoAnswer without
    matplotlib or for another ending, OSError where the file cannot be written.
    """
    if kind not in (*SEVERAL, *ALONG):
        raise ValueError(f"kind must be {', '.join((*SEVERAL, *ALONG[:-1]))} or {ALONG[-1]}, not {kind}")
    form = format_of(os.fspath(file))
    if kind in ALONG:
        if len(what) != 1:
            raise TypeError(f"plot({kind!r}) draws one network, not {len(what)}")
        drawn = bars.along(load(what[0], input=input).report(), kind)
    else:
        drawn, _ = side_by_side(kind, compare(*what, input=input).summaries)
    Path(file).write_bytes(encoded(drawn, form))


def side_by_side(kind: str, summaries: Sequence[Summary]) -> tuple[Any, list[Summary]]:
    """Return a figure of several networks, and those without an accuracy, which it leaves out; raises NoAnswer."""
    if kind == "accuracy":
        return bubbles.accuracy(summaries)
    return (bars.depth if kind == "depth" else bars.cost)(summaries), []
