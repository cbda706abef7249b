"""What functions of PyTorch are here: layers, merges, learned tensors, attention, and what only passes values on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, ConvTranspose
from cnncalc.layers.fields import FRAMEWORK_FIELDS, Sides
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RmsNorm
from cnncalc.layers.pool import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, GlobalAvgPool, GlobalMaxPool, LpPool, MaxPool
from cnncalc.layers.recurrent import Embedding, Gru, Lstm, Recurrent, Rnn
from cnncalc.live.calls import Pad, resized, rolled
from cnncalc.shape import Shape

PLAIN_NAMES = {
    "max_pool1d_with_indices": "max_pool1d",
    "max_pool2d_with_indices": "max_pool2d",
    "max_pool3d_with_indices": "max_pool3d",
    "adaptive_max_pool1d_with_indices": "adaptive_max_pool1d",
    "adaptive_max_pool2d_with_indices": "adaptive_max_pool2d",
    "adaptive_max_pool3d_with_indices": "adaptive_max_pool3d",
}
"""What functions are called that do the same, leading and closing underscores left out."""

FORM_ONLY = frozenset({"to", "type_as", "expand_as", "view_as", "reshape_as"})
"""Functions that take only the form of their further tensors."""

UNCHANGED = frozenset(
    {
        *("clone", "contiguous", "detach", "get", "identity", "to", "float", "type", "type_as", "requires_grad"),
        *("expand", "expand_as", "flatten", "ravel", "reshape", "reshape_as", "squeeze", "unflatten", "unsqueeze"),
        *("view", "view_as", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "size", "dim"),
    }
)
"""Functions of one volume that change neither values (in eval) nor their order."""

SAME_VALUES = UNCHANGED | {
    *("permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "chunk", "split", "unbind", "narrow"),
    *("select", "getitem", "broadcast_to", "split_with_sizes", "tensor_split"),
}
"""Functions of one tensor whose values are those of the tensor, or some of them."""

MERGED = {
    **dict.fromkeys(("iadd", "radd"), "add"),
    **dict.fromkeys(("subtract", "isub", "rsub"), "sub"),
    **dict.fromkeys(("multiply", "imul", "rmul"), "mul"),
    **dict.fromkeys(("cat", "concatenate"), "concat"),
    **dict.fromkeys(("div", "idiv", "true_divide", "truediv", "itruediv"), "divide"),
    "max": "maximum",
    "min": "minimum",
    **{f"max_unpool{n}d": "max_unpool" for n in (1, 2, 3)},
    **dict.fromkeys(("bmm", "einsum"), "matmul"),
}
"""Functions of several volumes, and what the language calls them; others keep their names."""

LEARNED = {
    **dict.fromkeys(("mul", "multiply", "imul", "rmul"), "scale"),
    **dict.fromkeys(("add", "iadd", "radd"), "bias"),
    **dict.fromkeys(("cat", "concatenate"), "class_token"),
}
"""Functions of a volume and a learned tensor, value by value."""


def _each(value: Any, sides: int) -> Any:
    """Return a size of PyTorch's, a number or one a side, as a value of the language."""
    values = [int(n) for n in value] if isinstance(value, Sequence) else [int(value)]
    return Sides(values * sides if len(values) == 1 else values)


def _convolution(
    learns: bool,
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Layer:
    sides = weight.dim() - 2
    padded = padding if isinstance(padding, str) else _each(padding, sides)
    return Conv(sides, out=weight.shape[0], pad=padded, groups=groups, **_window(weight, bias, stride, dilation))


def _transposed(
    learns: bool,
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Layer:
    sides = weight.dim() - 2
    return ConvTranspose(
        sides,
        out=weight.shape[1] * groups,
        pad=_each(padding, sides),
        output_pad=_each(output_padding, sides),
        groups=groups,
        **_window(weight, bias, stride, dilation),
    )


def _window(weight: Any, bias: Any, stride: Any, dilation: Any) -> dict[str, Any]:
    """Return the fields that all convolutions share."""
    sides = weight.dim() - 2
    kernel = Sides(weight.shape[2:])
    return {
        "kernel": kernel,
        "stride": _each(stride, sides),
        "dilation": _each(dilation, sides),
        "bias": bias is not None,
    }


def _linear(learns: bool, input: Any, weight: Any, bias: Any = None) -> Layer:
    return Linear(0, out=weight.shape[0], bias=bias is not None)


def _max_pool(sides: int) -> Callable[..., Layer]:
    def pool(
        learns: bool,
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Layer:
        kernel = _each(kernel_size, sides)
        return MaxPool(
            sides,
            kernel=kernel,
            stride=_each(stride, sides) if stride else kernel,
            pad=_each(padding, sides),
            dilation=_each(dilation, sides),
            ceil=bool(ceil_mode),
        )

    return pool


def _avg_pool(sides: int) -> Callable[..., Layer | None]:
    def pool(
        learns: bool,
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Layer | None:
        kernel = _each(kernel_size, sides)
        return AvgPool(
            sides,
            kernel=kernel,
            stride=_each(stride, sides) if stride else kernel,
            pad=_each(padding, sides),
            ceil=bool(ceil_mode),
            count_include_pad=bool(count_include_pad),
            **({} if divisor_override is None else {"divisor": divisor_override}),
        )

    return pool


def _lp_pool(sides: int) -> Callable[..., Layer]:
    def pool(
        learns: bool, input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Layer:
        kernel = _each(kernel_size, sides)
        moved = _each(stride, sides) if stride else kernel
        return LpPool(sides, kernel=kernel, stride=moved, norm=int(norm_type), ceil=bool(ceil_mode))

    return pool


def _adaptive(sides: int, whole: type[Layer], portions: type[Layer]) -> Callable[..., Layer]:
    def pool(learns: bool, input: Any, output_size: Any, return_indices: bool = False) -> Layer:
        sizes = list(output_size) if isinstance(output_size, Sequence) else [output_size] * sides
        found = [n if size is None else size for size, n in zip(sizes, input.shape[-sides:], strict=True)]
        return whole(sides) if set(found) == {1} else portions(sides, size=Sides(found))

    return pool


def _over_sides(kind: type[Layer]) -> Callable[..., Layer | None]:
    """Read `x.mean((2, 3))` as the global pool that it is."""

    def pool(learns: bool, input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Layer | None:
        given = dim if isinstance(dim, Sequence) else [] if dim is None else [dim]
        dims = sorted(d % input.dim() for d in given)
        sides = list(range(2, input.dim()))
        return kind(len(sides)) if sides and dims == sides else None

    return pool


def _batch_norm(
    learns: bool,
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Layer:
    if not learns and weight is not None:  # a scale that is no parameter
        return BatchNorm(input.dim() - 2, eps=eps, frozen=True)
    return BatchNorm(input.dim() - 2, eps=eps, momentum=momentum, **_parts(learns, weight, bias))


def _parts(learns: bool, weight: Any, bias: Any) -> dict[str, bool]:
    """Return which of a scale and a shift are learned, where one is."""
    return {"affine": learns, **({"scale": weight is not None, "bias": bias is not None} if learns else {})}


def _layer_norm(
    learns: bool, input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Layer | None:
    if len(tuple(normalized_shape)) == 1:
        return LayerNorm(0, affine=learns, bias=bias is not None if learns else True, eps=eps)
    return None


def _rms_norm(
    learns: bool, input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Layer | None:
    if len(tuple(normalized_shape)) > 1:
        return None
    return RmsNorm(0, affine=learns, eps=torch_eps(input) if eps is None else eps)


def torch_eps(tensor: Any) -> float:
    """Return what PyTorch adds where no eps is given: the step between numbers near 1."""
    return float(2.0 ** -{"torch.float16": 10, "torch.bfloat16": 7, "torch.float64": 52}.get(str(tensor.dtype), 23))


def _group_norm(
    learns: bool, input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Layer:
    return GroupNorm(input.dim() - 2, groups=num_groups, eps=eps, **_parts(learns, weight, bias))


def _instance_norm(
    learns: bool,
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Layer | None:
    return InstanceNorm(input.dim() - 2, affine=learns, eps=eps) if use_input_stats else None


def _prelu(learns: bool, input: Any, weight: Any) -> Layer:
    return KINDS["prelu"](input.dim() - 2, per_channel=weight.numel() > 1)


def _embedding(learns: bool, input: Any, weight: Any, *rest: Any, **more: Any) -> Layer:
    return Embedding(0, vocabulary=weight.shape[0], out=weight.shape[1])


def _recurrent(kind: type[Recurrent]) -> Callable[..., Layer | None]:
    def layer(
        learns: bool,
        input: Any,
        first: Any,
        weights: Any,
        biased: bool,
        layers: int,
        dropout: float = 0.0,
        training: bool = False,
        bidirectional: bool = False,
        batch_first: bool = False,
    ) -> Layer | None:
        if not isinstance(weights, (list, tuple)):  # of a packed sequence, which is no volume
            return None
        out, state = weights[0].shape[0] // kind.gates, weights[1].shape[1]
        fields = {"out": out, "layers": layers, "bidirectional": bool(bidirectional), "bias": bool(biased)}
        return kind(1, **fields, **({} if state == out else {"project": state}))

    return layer


LAYERS: dict[str, Callable[..., Layer | None]] = {
    **{f"conv{n}d": _convolution for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _transposed for n in (1, 2, 3)},
    **{f"max_pool{n}d": _max_pool(n) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _avg_pool(n) for n in (1, 2, 3)},
    **{f"lp_pool{n}d": _lp_pool(n) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": _adaptive(n, GlobalAvgPool, AdaptiveAvgPool) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive(n, GlobalMaxPool, AdaptiveMaxPool) for n in (1, 2, 3)},
    "linear": _linear,
    "mean": _over_sides(GlobalAvgPool),
    "amax": _over_sides(GlobalMaxPool),
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "prelu": _prelu,
    "embedding": _embedding,
    "lstm": _recurrent(Lstm),
    "gru": _recurrent(Gru),
    "rnn_tanh": _recurrent(Rnn),
}
"""Functions of PyTorch that are layers of ours: each handler takes the call's arguments and returns the layer."""


class Whole(NamedTuple):
    """Attention of tokens, with its projections in one call: the volumes of queries, keys and values."""

    xs: tuple[Shape, Shape, Shape]
    heads: int
    bias: bool


def _softmax(input: Any, dim: Any = None, *rest: Any, **more: Any) -> tuple[int, int] | None:
    """Read a softmax over the last dimension of … x heads x places x places as attention's: heads and places."""
    shape = input.shape
    last = dim in (-1, input.dim() - 1)
    return (shape[-3], shape[-1]) if last and input.dim() >= 4 and shape[-1] == shape[-2] else None


def _product_of_three(query: Any, key: Any, value: Any, *rest: Any, **more: Any) -> tuple[int, int] | None:
    return (query.shape[-3], query.shape[-2]) if query.dim() >= 4 else None


def _multi_head(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    *rest: Any,
    **more: Any,
) -> Whole | None:
    if rest[:2] != (None, None):  # keys and values of no token
        return None
    queries, keys, values = (Shape((volume.shape[0],), volume.shape[-1]) for volume in (query, key, value))
    return Whole((queries, keys, values), num_heads, in_proj_bias is not None)


ATTENTION: dict[str, Callable[..., tuple[int, int] | Whole | None]] = {
    "softmax": _softmax,
    "scaled_dot_product_attention": _product_of_three,
    "multi_head_attention_forward": _multi_head,
}
"""Functions of PyTorch that are attention or the middle of it."""


def _activation(kind: str, field: str | None = None) -> Callable[..., Layer]:
    """Read a function without weights as our kind; `field` is what its number is called there and, by us, here."""

    def made(input: Any, *values: Any, **named: Any) -> Layer:
        number = None if field is None else values[0] if values else named.get(field)
        return KINDS[kind](0, **({} if number is None else {FRAMEWORK_FIELDS.get(field or "", field or ""): number}))

    return made


def _clamp(input: Any, min: float | None = None, max: float | None = None) -> Layer | str:
    if min == 0 and max in (6, None):
        return KINDS["relu6" if max else "relu"](0)
    return f"clamp {min} to {max}" if min is None or max is None else KINDS["hardtanh"](0, min=min, max=max)


def _hardtanh(input: Any, min_val: float = -1, max_val: float = 1, inplace: bool = False) -> Layer | str:
    return _clamp(input, min_val, max_val)


def _lrn(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Layer:
    return KINDS["lrn"](2, size=size, alpha=alpha, beta=beta, k=k)


def _upsample(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Layer | str:
    sides = input.dim() - 2
    before = input.shape[2:]
    if size is not None:
        after = _each(size, sides)
    else:
        factors = scale_factor if isinstance(scale_factor, Sequence) else [scale_factor] * sides
        after = [int(n * factor) for n, factor in zip(before, factors, strict=True)]
        uneven = any(n * factor != m for n, factor, m in zip(before, factors, after, strict=True))
        if uneven and not recompute_scale_factor:
            return f"resize by {' and '.join(map(str, factors))} mode={mode}"
    known = {**dict.fromkeys(("linear", "bilinear", "trilinear"), "bilinear"), "bicubic": "bicubic"}
    if mode not in ("nearest", *known) or antialias:
        return f"resize {'x'.join(map(str, after))} mode={mode}{' antialias' if antialias else ''}"
    return resized(Shape(before, 1), Shape(tuple(after), 1), known.get(mode, "nearest"), aligned=bool(align_corners))


def _gelu(input: Any, approximate: str = "none") -> Layer:
    return KINDS["gelu"](0, approximate=approximate)


def _threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Layer:
    return KINDS["relu"](0) if threshold == value == 0 else KINDS["threshold"](0, limit=threshold, value=value)


def _rrelu(
    input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Layer:
    return KINDS["rrelu"](0, lower=lower, upper=upper)


def _shares(kind: str) -> Callable[..., Layer | str]:
    def made(input: Any, dim: int | None = None, *rest: Any, **more: Any) -> Layer | str:
        own = dim is None or dim % input.dim() or input.dim() == 1
        return KINDS[kind](0) if own else f"{kind} over the batch"

    return made


ALONG = frozenset(("softmax", "log_softmax"))
"""Functions along a dimension, which may be any of a volume."""


def _glu(input: Any, dim: int = -1) -> Layer | str:
    return KINDS["glu"](0) if dim % input.dim() == 1 else f"glu dim={dim}"


def _pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> str | Pad | None:
    padded = list(pad)
    pairs = [(before, after) for before, after in zip(padded[::2], padded[1::2], strict=True)]
    sides = input.dim() - 2
    if not any(padded):
        return ""
    if any(map(any, pairs[sides:])) or min(padded) < 0:
        return None
    pairs = [*pairs[:sides], *[(0, 0)] * (sides - len(pairs))]
    return Pad(tuple(reversed(pairs)), float(value or 0), "zeros" if mode == "constant" else mode)


def _roll(input: Any, shifts: Any, dims: Any = None) -> str:
    return next(iter(rolled([shifts] if isinstance(shifts, int) else shifts)), "")


def _named(name: str) -> Callable[..., str]:
    return lambda *given, **named: name


VALUES = ("cos", "erf", "expm1", "flip", "log1p", "neg", "reciprocal", "rsqrt", "sign", "sin", "softmin")
"""Functions of one input that change its values, and are no layer kind."""

PASSED: dict[str, Callable[..., Layer | str | Pad | None]] = {
    **{
        name: _activation(name)
        for name in (
            *("relu", "relu6", "selu", "silu", "mish", "softplus", "sigmoid", "tanh", "hardswish", "hardsigmoid"),
            *("softsign", "tanhshrink", "abs", "exp", "log", "sqrt", "square", "logsigmoid"),
        )
    },
    **{name: _named(name) for name in VALUES},
    **{name: _shares(name) for name in ALONG},
    "absolute": _activation("abs"),
    "leaky_relu": _activation("leaky_relu", "negative_slope"),
    "elu": _activation("elu", "alpha"),
    "celu": _activation("celu", "alpha"),
    "softshrink": _activation("softshrink", "lambd"),
    "hardshrink": _activation("hardshrink", "lambd"),
    "threshold": _threshold,
    "rrelu": _rrelu,
    "gelu": _gelu,
    "glu": _glu,
    "hardtanh": _hardtanh,
    "clamp": _clamp,
    "local_response_norm": _lrn,
    "interpolate": _upsample,
    "pad": _pad,
    "roll": _roll,
}
"""Functions without weights that are reported where they differ: as our layer, or as text where no kind is theirs.

"" is a call that changes nothing, None one that is not compared."""
