"""What the fields of the layer kinds mean, for pages, the schema and editors."""

from __future__ import annotations

from cnncalc.layers.base import Layer

MEANINGS = {
    "affine": "learn a scale and a shift",
    "alpha": "how far below zero it goes",
    "begin": "the first channel taken, from 0",
    "beta": "exponent of the divisor",
    "bias": "learn a number to add",
    "block": "cells of a block, along each side",
    "ceil": "count a last, partly filled window too",
    "channels": "the channels taken, from 0",
    "count_include_pad": "divide by all cells under the window, padding included",
    "dilation": "distance of the cells under the window",
    "end": "the first channel no longer taken",
    "factor": "how many times longer each side becomes",
    "grid": "cells of the grid, along each side",
    "groups": "groups of channels that do not see each other",
    "heads": "parts of the channels that attend by themselves",
    "index": "the token taken, from 0",
    "init": "what the learned numbers start from",
    "k": "what the divisor starts from",
    "kernel": "cells of the window, along each side",
    "lrn.alpha": "weight of the squares in the divisor",
    "lrn.size": "channels whose squares are summed",
    "maps": "for each output map the input channels that it sees",
    "mode": "repeat cells, or draw lines between them",
    "multiplier": "output channels for each input channel",
    "out": "output channels",
    "output_pad": "further cells at the end of each side",
    "pad": "cells added before and after each side",
    "conv_transpose.pad": "cells trimmed at both ends of each side",
    "per_channel": "learn a slope for each channel",
    "rate": "the chance of being left out",
    "shift": "cells that all windows are moved by, along each side",
    "size": "cells that each side has afterwards",
    "slope": "the slope below zero",
    "stride": "cells from one window to the next",
    "conv_transpose.stride": "output cells from one input cell to the next",
    "space_to_depth.ceil": "pad the end up to a whole block",
    "window": "cells of the window, along each side",
}
"""What a field says, by its name, or by kind and name where a kind means something else."""


def meaning_of(kind: type[Layer], field: str) -> str:
    """Return what a field of a kind means."""
    return MEANINGS.get(f"{kind.kind}.{field}") or MEANINGS[field]
