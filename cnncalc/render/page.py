"""The pages of the layer kinds, for `cnncalc layers` and docs/layers.md: Markdown that reads as plain text too.

python -m cnncalc.render.page > docs/layers.md
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby, zip_longest

from cnncalc.layers import KINDS
from cnncalc.layers.base import Field, Layer, Tensors, formulas, summary
from cnncalc.loading import load
from cnncalc.network.report import Row

EXAMPLES = {
    "adaptive_avgpool": "13x13x256 -> adaptive_avgpool 6x6",
    "add": "56x56x64 -> conv 64 3x3 pad=1 -> add input",
    "attention": "197x768 -> attention 12",
    "avgpool": "28x28x6 -> avgpool 2x2",
    "batchnorm": "112x112x64 -> batchnorm",
    "celu": "32x32x16 -> celu alpha=0.5",
    "class_token": "196x768 -> class_token",
    "concat": "28x28x192 -> conv 64 1x1 -> concat input",
    "conv": "32x32x3 -> conv 10 5x5 pad=2",
    "conv_transpose": "28x28x1024 -> conv_transpose 512 2x2 stride=2",
    "cosine_window_attention": "64x64x96 -> cosine_window_attention 3 8x8 shift=4",
    "crop": "64x64x512 -> crop 56x56",
    "depthwise": "112x112x32 -> depthwise 3x3 pad=1 bias=no",
    "drop_path": "56x56x96 -> drop_path 0.1",
    "dropout": "4096 -> dropout",
    "elu": "32x32x16 -> elu",
    "flatten": "6x6x256 -> flatten",
    "gelu": "197x3072 -> gelu",
    "global_avgpool": "7x7x2048 -> global_avgpool",
    "global_maxpool": "1000x64 -> global_maxpool",
    "global_response_norm": "56x56x384 -> global_response_norm",
    "grid_attention": "56x56x64 -> grid_attention 2 7x7",
    "groupnorm": "56x56x256 -> groupnorm 32",
    "hardsigmoid": "1x1x72 -> hardsigmoid",
    "hardswish": "112x112x16 -> hardswish",
    "instancenorm": "256x256x64 -> instancenorm",
    "layernorm": "56x56x96 -> layernorm",
    "leaky_relu": "416x416x32 -> leaky_relu slope=0.1",
    "linear": "9216 -> linear 4096",
    "local_conv": "16x16x1 -> local_conv 12 5x5 stride=2 pad=2",
    "log_softmax": "10 -> log_softmax",
    "lrn": "55x55x96 -> lrn 5 k=2",
    "maxpool": "55x55x96 -> maxpool 3x3 stride=2",
    "mish": "208x208x64 -> mish",
    "mul": "56x56x64 -> global_avgpool -> sigmoid -> mul input",
    "pad": "224x224x3 -> pad 2:3",
    "pad_channels": "16x16x16 -> pad_channels 32",
    "partial_conv": "14x14x6 -> partial_conv 5x5 [[0,1,2],[1,2,3],[0,1,2,3,4,5]]",
    "place_bias": "16x16x1 -> conv 12 5x5 stride=2 pad=2 bias=no -> place_bias",
    "position": "197x768 -> position",
    "prelu": "55x55x96 -> prelu per_channel=yes",
    "rbf": "84 -> rbf 10",
    "relu": "55x55x96 -> relu",
    "relu6": "112x112x32 -> relu6",
    "scale": "56x56x96 -> scale",
    "select": "14x14x6 -> select [0,2,4]",
    "selu": "128 -> selu",
    "shuffle": "28x28x116 -> shuffle 2",
    "sigmoid": "84 -> sigmoid",
    "silu": "112x112x32 -> silu",
    "slice": "28x28x116 -> slice 0 58",
    "softmax": "1000 -> softmax",
    "softplus": "84 -> softplus",
    "space_to_depth": "56x56x96 -> space_to_depth 2",
    "sub": "6x6x256 -> relu -> sub input",
    "subsample": "28x28x6 -> subsample 2x2",
    "tanh": "84 -> tanh",
    "token": "197x768 -> token 0",
    "tokens": "14x14x768 -> tokens",
    "upsample": "13x13x256 -> upsample 2",
    "window_attention": "56x56x96 -> window_attention 3 7x7 shift=3",
}
"""A chain for each kind; its last layer is of that kind."""

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


def kind_page(kind: type[Layer]) -> str:
    """Write the page of a kind: what it does, how it is written, its fields, its formulas, and an example."""
    return "\n".join(_page(kind, "#")).rstrip() + "\n"


def kinds_overview(width: int = 120) -> str:
    """List the kinds, family by family, with a sentence each that goes on below where there is no room."""
    room = max(map(len, KINDS))
    lines = []
    for title, kinds in _families():
        lines += [*textwrap.wrap(title, width), ""]
        for kind in kinds:
            said = textwrap.wrap(summary(kind), max(width - room - 4, 20), break_on_hyphens=False)
            lines += [f"  {name:{room}}  {part}" for name, part in zip_longest([kind.kind], said, fillvalue="")]
        lines.append("")
    return "\n".join(lines)


def reference() -> str:
    """Write docs/layers.md."""
    lines = [
        "# Layers",
        "",
        "Generated by `python -m cnncalc.render.page` from the docstrings in `cnncalc/layers`; `cnncalc layers KIND`",
        "shows the same. In the formulas n is a side of the input, C its channels, k the kernel, s the stride, p the",
        "padding in all, d the dilation.",
        "",
    ]
    for title, kinds in _families():
        lines += [f"## {title}", ""]
        for kind in kinds:
            lines += _page(kind, "###")
    return "\n".join(lines).rstrip() + "\n"


def _families() -> Iterator[tuple[str, list[type[Layer]]]]:
    """Yield each family's title, the first line of its module, and its kinds."""
    for module, kinds in groupby(KINDS.values(), key=lambda kind: kind.__module__):
        doc = sys.modules[module].__doc__ or module
        yield doc.partition("\n")[0].rstrip("."), list(kinds)


def _page(kind: type[Layer], heading: str) -> Iterator[str]:
    yield from (f"{heading} {kind.kind}", "", summary(kind), "", f"    {kind.usage()}", "")
    if kind.synonyms:
        yield from (f"Also written {', '.join(f'`{name}`' for name in kind.synonyms)}.", "")
    if kind.fields:
        rows = [_field(kind, field) for field in kind.fields.values()]
        yield from _table(("field", "takes", "default", "meaning"), rows)
    yield from _table(("rule", ""), list(formulas(kind).items()))
    if kind.note:
        yield from (kind.note, "")
    yield from _example(kind)


def _field(kind: type[Layer], field: Field) -> tuple[str, ...]:
    meaning = MEANINGS.get(f"{kind.kind}.{field.name}") or MEANINGS[field.name]
    default = "must be given" if field.required else kind.default_text(field.name)
    return field.name, field.type.meaning, default, meaning


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, its columns padded to read well as they are; then an empty line."""
    cells = [heads, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for index, row in enumerate(cells):
        yield f"| {' | '.join(f'{cell:{width}}' for cell, width in zip(row, widths, strict=True))} |"
        if index == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    yield ""


def _example(kind: type[Layer]) -> Iterator[str]:
    chain = EXAMPLES[kind.kind]
    row = load(chain).report().rows[-1]
    yield from (f"    {chain} -> {row.output}", "")
    yield from (f"{_counted(row)}.", "")


def _counted(row: Row) -> str:
    """Say what a layer learns, keeps and computes."""
    said = [f"{row.params:,} param{'' if row.params == 1 else 's'}{_tensors(row.weights)}"]
    if row.buffers:
        said.append(f"{row.buffer_values:,} in buffers{_tensors(row.buffers)}")
    said.append(f"{row.macs:,} MACs")
    if row.fan_in:
        said.append(f"fan in {row.fan_in:,}, fan out {row.fan_out:,}")
    return "; ".join(said)


def _tensors(tensors: Tensors) -> str:
    """Name tensors and their shapes."""
    named = [f"{name} {'x'.join(map(str, shape))}" for name, shape in tensors.items()]
    return f" ({', '.join(named)})" if named else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
