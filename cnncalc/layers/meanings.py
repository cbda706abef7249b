"""What the fields of the layer kinds mean, for pages, the schema and editors."""

from __future__ import annotations

from cnncalc.layers.base import Layer

MEANINGS = {
    "affine": "learn a scale and a shift",
    "align_corners": "map the centres of the corner pixels onto each other",
    "alpha": "the limit below zero is −alpha",
    "axis": "the dimension that is worked along, by name; `sides` for all positions, `all` for all values",
    "begin": "the first channel of the selection, from 0",
    "beta": "exponent of the divisor",
    "bias": "add a learned bias",
    "biases": "learned biases of each gate: 2, or 1 as in Keras",
    "bidirectional": "read the sequence in both directions and concatenate",
    "block": "size of a block, per dimension",
    "ceil": "include a last, partly filled window",
    "channels": "the selected channels, from 0",
    "count_include_pad": "divide by the full window size, padding included",
    "dilation": "distance between the elements of the window",
    "divisor": "what each sum is divided by",
    "end": "the first channel after the selection",
    "eps": "added to the variance",
    "factor": "upsampling factor, per dimension",
    "frozen": "keep scale, shift and statistics as they are: nothing is learned",
    "grid": "size of the grid, per dimension",
    "groups": "groups of channels that are convolved separately",
    "heads": "number of attention heads",
    "index": "the selected token, from 0",
    "init": "initial value",
    "k": "constant term of the divisor",
    "keep": "keep the dimension, with size 1",
    "key_dim": "channels of each head, of queries and keys",
    "kernel": "size of the window, per dimension",
    "layers": "layers behind one another, each reading the states of the one before",
    "lrn.alpha": "weight of the squares in the divisor",
    "lrn.size": "channels, or positions per dimension, whose squares are summed",
    "maps": "for each output map the input channels that it reads",
    "momentum": "share of a batch in the running statistics",
    "mode": "interpolation: nearest, linear or cubic in each dimension",
    "multiplier": "output channels for each input channel",
    "offset": "positions that are removed at the start of each dimension",
    "region": "channels at a position, or positions within a channel",
    "offset_groups": "groups of input channels with offsets of their own",
    "order": "what is counted fastest in the channels: pixels of a block (crd) or channels (dcr)",
    "out": "output channels",
    "out_bias": "bias of the output projection",
    "out_proj": "project what the heads find to the channels of the queries",
    "output_pad": "additional output size at the end, per dimension",
    "pad_mode": "what is padded with: zeros, or the input mirrored, continued or repeated",
    "pad": "padding before and after, per dimension",
    "conv_transpose.pad": "output trimmed at both ends, per dimension",
    "parametrize": (
        "how the weight is computed: standardised per filter (BiT), then scaled by a learned gain (NFNet), or as "
        "torch.nn.utils.parametrizations does"
    ),
    "per": "what has a number of its own: each channel, position or value; or one number for all",
    "per_channel": "learn a slope for each channel",
    "qkv_bias": "biases of queries, keys and values; `qv`: of queries and values only",
    "rate": "the probability of being dropped",
    "scale": "learn a scale",
    "scale_by": "the scores are divided by the root of the channels of a head, or of all",
    "sequence": "give the state at every position; no gives the last one",
    "shift": "shift of all windows, per dimension",
    "size": "output size, per dimension",
    "slope": "the slope below zero",
    "stride": "distance between windows, per dimension",
    "conv_transpose.stride": "distance between adjacent windows in the output",
    "space_to_depth.ceil": "pad the end to a whole block",
    "unbiased": "divide by one less than the number of values",
    "value": "the constant that is added",
    "value_dim": "channels of each head, of values",
    "whole": "normalise over all values of an image, not over the channels at each position",
    "window": "size of the window, per dimension",
}
"""The meaning of a field by its name, or by kind and name where it differs."""


def meaning_of(kind: type[Layer], field: str) -> str:
    """Return what a field of a kind means."""
    return kind.meanings.get(field) or MEANINGS.get(f"{kind.kind}.{field}") or MEANINGS[field]
