"""The layer kinds, one file per family; `KINDS` lists them all."""

from __future__ import annotations

from cnncalc.layers import (
    activation,
    attention,
    conv,
    deform,
    dropout,
    filter,
    joint,
    learned,
    lecun,
    linear,
    merge,
    norm,
    pool,
    recurrent,
    reduce,
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
        conv.Separable,
        conv.ConvTranspose,
        deform.DeformConv,
        deform.DeformConvBy,
        linear.Linear,
        pool.MaxPool,
        pool.AvgPool,
        pool.GlobalAvgPool,
        pool.GlobalMaxPool,
        pool.AdaptiveAvgPool,
        pool.AdaptiveMaxPool,
        pool.LpPool,
        filter.BlurPool,
        filter.Filter,
        norm.BatchNorm,
        norm.LayerNorm,
        norm.RmsNorm,
        norm.GroupNorm,
        norm.InstanceNorm,
        norm.Lrn,
        norm.Normalize,
        learned.Scale,
        learned.BiasAdd,
        norm.Rescale,
        norm.GlobalResponse,
        activation.Relu,
        activation.Relu6,
        activation.LeakyRelu,
        activation.Prelu,
        activation.RandomRelu,
        activation.Hardtanh,
        activation.Threshold,
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
        activation.QuickGelu,
        activation.Softsign,
        activation.LogSigmoid,
        activation.Tanhshrink,
        activation.Softshrink,
        activation.Hardshrink,
        activation.Glu,
        activation.HardMish,
        activation.Ramp,
        activation.Exp,
        activation.Log,
        activation.Abs,
        activation.Square,
        activation.Sqrt,
        activation.Sin,
        activation.Cos,
        activation.Power,
        activation.Softmax,
        activation.LogSoftmax,
        dropout.Dropout,
        dropout.DropPath,
        dropout.GaussianNoise,
        reshape.Flatten,
        reshape.SpaceToDepth,
        reshape.PixelShuffle,
        reshape.Reshape,
        reshape.Permute,
        reshape.Unbind,
        reshape.Shuffle,
        reshape.Slice,
        reshape.Select,
        reduce.Sum,
        reduce.Mean,
        reduce.Max,
        reduce.Min,
        reduce.VectorNorm,
        reduce.Std,
        reduce.Var,
        resize.ZeroPad,
        resize.PadChannels,
        resize.Trim,
        resize.Crop,
        resize.Upsample,
        resize.Resize,
        merge.Add,
        merge.Concat,
        merge.Mul,
        merge.Sub,
        joint.ResizeLike,
        joint.CropLike,
        joint.MaxUnpool,
        joint.Stack,
        joint.Matmul,
        joint.ConcatAlong,
        joint.Maximum,
        joint.Minimum,
        joint.Average,
        joint.Divide,
        attention.Attention,
        attention.CrossAttention,
        attention.WindowAttention,
        attention.CosineWindowAttention,
        attention.GridAttention,
        recurrent.Embedding,
        recurrent.Lstm,
        recurrent.Gru,
        recurrent.Rnn,
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


RESERVED = frozenset(
    {
        *("conv", "depthwise", "conv_transpose", "linear", "maxpool", "avgpool", "global_avgpool", "global_maxpool"),
        *("adaptive_avgpool", "batchnorm", "layernorm", "groupnorm", "instancenorm", "lrn", "scale"),
        *("global_response_norm", "relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu"),
        *("mish", "sigmoid", "tanh", "softplus", "hardswish", "hardsigmoid", "softmax", "log_softmax", "dropout"),
        *("drop_path", "flatten", "space_to_depth", "shuffle", "slice", "select", "pad", "pad_channels", "crop"),
        *("upsample", "add", "concat", "mul", "sub", "attention", "window_attention", "cosine_window_attention"),
        *("grid_attention", "tokens", "class_token", "position", "token", "partial_conv", "local_conv", "place_bias"),
        *("subsample", "rbf"),
    }
)
"""Kinds that name no item and no block: those of the first version. Later ones leave the names of older specs alone."""


def field_named(kind: type[Layer], name: str) -> str | None:
    """Return the field of a kind that is called `name` in PyTorch, Keras or ONNX; None if there is none."""
    field = FRAMEWORK_FIELDS.get(name)
    return field if field in kind.fields else None
