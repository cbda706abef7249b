"""The layer kinds, one file per family; `KINDS` lists them all."""

from __future__ import annotations

from cnncalc.layers import (
    activation,
    attention,
    conv,
    dropout,
    lecun,
    linear,
    merge,
    norm,
    pool,
    reshape,
    resize,
    tokens,
)
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import FRAMEWORK_FIELDS

KINDS: dict[str, type[Layer]] = {
    kind.kind: kind
    for kind in (
        conv.Conv,
        conv.Depthwise,
        conv.ConvTranspose,
        linear.Linear,
        pool.MaxPool,
        pool.AvgPool,
        pool.GlobalAvgPool,
        pool.GlobalMaxPool,
        pool.AdaptiveAvgPool,
        pool.AdaptiveMaxPool,
        pool.LpPool,
        norm.BatchNorm,
        norm.LayerNorm,
        norm.GroupNorm,
        norm.InstanceNorm,
        norm.Lrn,
        norm.Scale,
        norm.Rescale,
        norm.GlobalResponse,
        activation.Relu,
        activation.Relu6,
        activation.LeakyRelu,
        activation.Prelu,
        activation.Elu,
        activation.Selu,
        activation.Celu,
        activation.Gelu,
        activation.Silu,
        activation.Mish,
        activation.Sigmoid,
        activation.Tanh,
        activation.Softplus,
        activation.Hardswish,
        activation.Hardsigmoid,
        activation.Softmax,
        activation.LogSoftmax,
        dropout.Dropout,
        dropout.DropPath,
        reshape.Flatten,
        reshape.SpaceToDepth,
        reshape.PixelShuffle,
        reshape.Shuffle,
        reshape.Slice,
        reshape.Select,
        resize.ZeroPad,
        resize.PadChannels,
        resize.Crop,
        resize.Upsample,
        resize.Resize,
        merge.Add,
        merge.Concat,
        merge.Mul,
        merge.Sub,
        attention.Attention,
        attention.WindowAttention,
        attention.CosineWindowAttention,
        attention.GridAttention,
        tokens.Tokens,
        tokens.ClassToken,
        tokens.Position,
        tokens.Token,
        lecun.PartialConv,
        lecun.LocalConv,
        lecun.PlaceBias,
        lecun.Subsample,
        lecun.Rbf,
    )
}
"""Every kind by its name, in the order of the reference."""

SYNONYMS: dict[str, type[Layer]] = {word: kind for kind in KINDS.values() for word in kind.synonyms}
"""Accepted synonyms."""

FRAMEWORK_KINDS = {word: kind.kind for kind in KINDS.values() for word in kind.framework_names}
"""Names of the kinds in PyTorch, Keras and ONNX."""

KIND_OF = SYNONYMS | {word: KINDS[name] for word, name in FRAMEWORK_KINDS.items()} | KINDS
"""All names that refer to a kind, for suggestions."""


def field_named(kind: type[Layer], name: str) -> str | None:
    """Return the field of a kind that is called `name` in PyTorch, Keras or ONNX; None if there is none."""
    field = FRAMEWORK_FIELDS.get(name)
    return field if field in kind.fields else None
