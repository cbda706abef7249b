"""What ONNX has for PyTorch's functions and modules, and for the layers that are one operator of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cnncalc.exchange.recorder import BATCH
from cnncalc.exchange.writers.onnx_graph import (
    LayerGraph,
    Method,
    Operators,
    Part,
    Unwritten,
    Value,
    broadcast,
    pairs_of,
    repeated,
)
from cnncalc.layers.deform import Deformed
from cnncalc.layers.recurrent import Recurrent

# Functions of PyTorch.


def _simple(kind: str, **attributes: Any) -> Callable[..., Value]:
    def made(layer: LayerGraph, value: Value, *_: Any, **__: Any) -> Value:
        return layer.op(kind, [value], value.shape, value.dtype, **attributes)

    return made


def _two(sign: str) -> Callable[..., Any]:
    return lambda layer, a, b: layer.binary(sign, a, b)


def _several(kind: str) -> Callable[..., Value]:
    def made(layer: LayerGraph, *values: Value) -> Value:
        return layer.op(kind, values, broadcast(*(value.shape for value in values)))

    return made


def _reduce(kind: str) -> Callable[..., Value]:
    def made(layer: LayerGraph, value: Value, dim: Any = None, keepdim: bool = False) -> Value:
        axes = range(len(value.shape)) if dim is None else repeated(dim, 1)
        return layer.reduced(kind, value, axes, keepdim)

    return made


def _spread(root: bool) -> Callable[..., Value]:
    def made(layer: LayerGraph, value: Value, dim: Any, correction: int = 1, keepdim: bool = False) -> Value:
        axes = repeated(dim, 1)
        mean = layer.reduced("ReduceMean", value, axes, True)
        off = layer.binary("-", value, mean)
        total = layer.reduced("ReduceSum", layer.binary("*", off, off), axes, keepdim)
        count = prod(value.shape[axis] for axis in axes) - correction
        variance = layer.binary("/", total, float(count))
        return layer.each("Sqrt", variance) if root else variance

    return made


def _vector_norm(layer: LayerGraph, value: Value, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Value:
    axes = repeated(dim, 1)
    if ord in (1, 2):
        return layer.reduced(f"ReduceL{ord}", value, axes, keepdim)
    powers = layer.binary("**", layer.each("Abs", value), float(ord))
    return layer.binary("**", layer.reduced("ReduceSum", powers, axes, keepdim), 1 / ord)


def _normalize(layer: LayerGraph, value: Value, p: float = 2, dim: int = 1, eps: float = 1e-12) -> Value:
    norm = _vector_norm(layer, value, p, dim, keepdim=True)
    least = layer.op("Max", [norm, layer.constant(float(eps))], norm.shape)
    return layer.op("Div", [value, least], value.shape)


def _clamp(layer: LayerGraph, value: Value, min: float | None = None, max: float | None = None) -> Value:
    ends = [None if end is None else layer.constant(float(end)) for end in (min, max)]
    return layer.op("Clip", [value, *ends], value.shape)


def _softmax(kind: str) -> Callable[..., Value]:
    return lambda layer, value, dim: layer.op(kind, [value], value.shape, axis=dim)


def _silu(layer: LayerGraph, value: Value) -> Value:
    return layer.op("Mul", [value, layer.op("Sigmoid", [value], value.shape)], value.shape)


def _square(layer: LayerGraph, value: Value) -> Value:
    return layer.binary("**", value, 2.0)


def _pad(
    layer: LayerGraph, value: Value, pad: Sequence[int], mode: str = "constant", number: float | None = None
) -> Value:
    return layer.padded(value, pairs_of(pad, len(value.shape)), mode, number or 0.0)


def _cat(layer: LayerGraph, values: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % len(values[0].shape)
    shape = list(values[0].shape)
    shape[axis] = sum(value.shape[axis] for value in values)
    return layer.op("Concat", values, shape, values[0].dtype, axis=axis)


def _stack(layer: LayerGraph, values: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % (len(values[0].shape) + 1)
    return _cat(layer, [layer.unsqueezed(value, axis) for value in values], axis)


def _flatten(layer: LayerGraph, value: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    count = len(value.shape)
    start, end = start_dim % count, end_dim % count
    if start == 1 and end == count - 1 and count > 2 and value.shape[0] == BATCH:
        return layer.op("Flatten", [value], (BATCH, prod(value.shape[1:])), value.dtype, axis=1)
    return layer.reshaped(value, (*value.shape[:start], prod(value.shape[start : end + 1]), *value.shape[end + 1 :]))


def _unflatten(layer: LayerGraph, value: Value, dim: int, sizes: Sequence[int]) -> Value:
    axis = dim % len(value.shape)
    parts = [*sizes]
    if -1 in parts:
        parts[parts.index(-1)] = value.shape[axis] // prod(n for n in parts if n != -1)
    return layer.reshaped(value, (*value.shape[:axis], *parts, *value.shape[axis + 1 :]))


def _reshape(layer: LayerGraph, value: Value, *sizes: Any) -> Value:
    return layer.reshaped(value, sizes[0] if sizes and isinstance(sizes[0], (tuple, list)) else sizes)


def _permute(layer: LayerGraph, value: Value, *order: Any) -> Value:
    return layer.transposed(value, order[0] if isinstance(order[0], (tuple, list)) else order)


def _transpose(layer: LayerGraph, value: Value, a: int, b: int) -> Value:
    order = [*range(len(value.shape))]
    order[a], order[b] = order[b], order[a]
    return layer.transposed(value, order)


def _movedim(layer: LayerGraph, value: Value, source: Any, target: Any) -> Value:
    count = len(value.shape)
    sources, targets = ([axis % count for axis in repeated(each, 1)] for each in (source, target))
    order = [axis for axis in range(count) if axis not in sources]
    for at, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(at, axis)
    return layer.transposed(value, order)


def _roll(layer: LayerGraph, value: Value, shifts: Any, dims: Any) -> Value:
    for axis, shift in zip(repeated(dims, 1), repeated(shifts, 1), strict=True):
        size = value.shape[axis]
        if cut := -shift % size:
            value = _cat(layer, [layer.taken(value, axis, cut, size), layer.taken(value, axis, 0, cut)], axis)
    return value


def _unfold(layer: LayerGraph, value: Value, dim: int, size: int, step: int) -> Value:
    axis = dim % len(value.shape)
    count = (value.shape[axis] - size) // step + 1
    if size == step:
        whole = layer.taken(value, axis, 0, count * size)
        parts = _unflatten(layer, whole, axis, (count, size))
    else:
        places = [[start * step + i for i in range(size)] for start in range(count)]
        shape = (*value.shape[:axis], count, size, *value.shape[axis + 1 :])
        parts = layer.op("Gather", [value, layer.constant(places, "int64")], shape, axis=axis)
    return _movedim(layer, parts, axis + 1, -1)


def _expand(layer: LayerGraph, value: Value, *sizes: int) -> Value:
    full = (1,) * (len(sizes) - len(value.shape)) + value.shape
    wanted = [n if size == -1 else size for n, size in zip(full, sizes, strict=True)]
    if value.array is not None and not value.weight:  # a constant is broadcast anyway
        return layer.reshaped(value, full)
    images = layer.op("Shape", [layer.inputs[0]], (1,), "int64", start=0, end=1)
    rest = layer.sizes([1 if n == BATCH else n for n in wanted[1:]])
    return layer.op("Expand", [value, _cat(layer, [images, rest])], wanted)


def _repeat(layer: LayerGraph, value: Value, *times: int) -> Value:
    shape = [n * count for n, count in zip(value.shape, times, strict=True)]
    return layer.op("Tile", [value, layer.sizes(times)], shape, value.dtype)


def _full(number: float) -> Callable[..., Value]:
    def made(layer: LayerGraph, *sizes: Any, **options: Any) -> Value:
        wanted = sizes[0] if isinstance(sizes[0], (tuple, list)) else sizes
        dtype = "int64" if isinstance(options.get("dtype"), Method) and options["dtype"].name == "long" else "float32"
        return layer.constant(layer.np.full([1 if n == BATCH else n for n in wanted], number), dtype)

    return made


def _full_like(number: float) -> Callable[..., Value]:
    return lambda layer, value: layer.constant(
        layer.np.full([1 if n == BATCH else n for n in value.shape], number), value.dtype
    )


def _arange(layer: LayerGraph, *ends: int, **_: Any) -> Value:
    return layer.constant(layer.np.arange(*ends), "int64")


def _cartesian(layer: LayerGraph, *values: Value) -> Value:
    if len(values) == 1:
        return values[0]
    grid = layer.np.meshgrid(*(value.array for value in values), indexing="ij")
    return layer.constant(layer.np.stack([each.reshape(-1) for each in grid], 1))


def _tensor(layer: LayerGraph, values: Any, **_: Any) -> Value:
    return layer.constant(values)


def _log2(layer: LayerGraph, value: Value) -> Value:
    return layer.constant(layer.np.log2(value.array), "float32")


def _same(layer: LayerGraph, value: Value, *_: Any, **__: Any) -> Value:
    return value


def _linear(layer: LayerGraph, value: Value, weight: Value, bias: Value | None = None) -> Value:
    shape = (*value.shape[:-1], weight.shape[0])
    if len(value.shape) == 2:
        return layer.op("Gemm", [value, weight, bias], shape, transB=1)
    made = layer.op("MatMul", [value, layer.transposed(weight, (1, 0))], shape)
    return made if bias is None else layer.op("Add", [made, bias], shape)


def _embedding(layer: LayerGraph, indices: Value, weight: Value) -> Value:
    return layer.op("Gather", [weight, indices], (*indices.shape, weight.shape[1]), axis=0)


def _conv(
    layer: LayerGraph,
    value: Value,
    weight: Value,
    bias: Value | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    kernel = weight.shape[2:]
    count = len(kernel)
    strides, dilations = repeated(stride, count), repeated(dilation, count)
    pads = [(n, n) for n in repeated(padding, count)]
    if value.padded and not any(map(any, pads)) and not value.padded[2]:
        value, pads, _ = value.padded
    windows = zip(value.shape[2:], kernel, strides, dilations, pads, strict=True)
    sides = [(n + b + a - d * (k - 1) - 1) // s + 1 for n, k, s, d, (b, a) in windows]
    return layer.op(
        "Conv",
        [value, weight, bias],
        (value.shape[0], weight.shape[0], *sides),
        kernel_shape=kernel,
        strides=strides,
        dilations=dilations,
        pads=_ends(pads),
        group=groups,
    )


def _ends(pads: Sequence[tuple[int, int]]) -> list[int]:
    return [before for before, _ in pads] + [after for _, after in pads]


def _windows(
    value: Value, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> tuple[list[int], dict[str, Any], list[tuple[int, int]], list[int]]:
    """Return the output size, kernel and strides, the padding, and how far the last window is beyond that."""
    count = len(value.shape) - 2
    kernels = repeated(kernel, count)
    strides = kernels if stride is None else repeated(stride, count)
    dilations = repeated(dilation, count)
    sides, pads, beyond = [], [], []
    for n, k, s, d, p in zip(value.shape[2:], kernels, strides, dilations, repeated(padding, count), strict=True):
        extent = d * (k - 1) + 1
        over = (n + 2 * p - extent) % s
        m = (n + 2 * p - extent) // s + 1
        if ceil and over and m * s < n + p:  # a window that would begin behind the input is dropped
            m += 1
        sides.append(m)
        pads.append((p, p))
        beyond.append(max(0, (m - 1) * s + extent - n - 2 * p))
    return sides, {"kernel_shape": kernels, "strides": strides}, pads, beyond


def _max_pool(
    layer: LayerGraph,
    value: Value,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    return_indices: bool = False,
) -> Any:
    sides, fields, pads, beyond = _windows(value, kernel, stride, padding, dilation, ceil)
    pads = [(before, after + more) for (before, after), more in zip(pads, beyond, strict=True)]
    shape = (*value.shape[:2], *sides)
    fields["dilations"] = repeated(dilation, len(sides))
    if value.padded and value.padded[2] == float("-inf") and not any(map(any, pads)):
        inner, wider, _ = value.padded
        if all(max(pair) < k for pair, k in zip(wider, fields["kernel_shape"], strict=True)):
            value, pads = inner, wider
    if return_indices:
        name = layer.model.free(f"{layer.node.path}.maxpool")
        made = [(shape, "float32"), (shape, "int64")]
        return layer.model.add_several("MaxPool", [value], made, name, pads=_ends(pads), **fields)
    return layer.op("MaxPool", [value], shape, pads=_ends(pads), **fields)


def _avg_pool(
    layer: LayerGraph,
    value: Value,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Value:
    """Of a window that ceil mode puts beyond the padding PyTorch counts the positions before that end alone."""
    sides, fields, pads, beyond = _windows(value, kernel, stride, padding, 1, ceil)
    if any(beyond) and count_include_pad and divisor is None and any(map(any, pads)):
        value = layer.padded(value, [(0, 0), *pads], "constant", 0.0)
        pads = [(0, 0)] * len(sides)
    counted = divisor is not None or (count_include_pad and not any(beyond))
    pads = [(before, after + more) for (before, after), more in zip(pads, beyond, strict=True)]
    shape = (*value.shape[:2], *sides)
    made = layer.op("AveragePool", [value], shape, pads=_ends(pads), count_include_pad=int(counted), **fields)
    return made if divisor is None else layer.binary("*", made, prod(fields["kernel_shape"]) / divisor)


def _max_unpool(
    layer: LayerGraph, value: Value, places: Value, kernel: Any, stride: Any, padding: Any, sides: Sequence[int]
) -> Value:
    pooled = layer.inputs[1]
    count = len(sides)
    size = layer.op("Shape", [pooled], (count + 2,), "int64")
    pads = [(n, n) for n in repeated(padding, count)]
    fields: dict[str, Any] = {
        "kernel_shape": repeated(kernel, count),
        "strides": repeated(stride, count),
        "pads": _ends(pads),
    }
    return layer.op("MaxUnpool", [value, places, size], pooled.shape, **fields)


def _batch_norm(
    layer: LayerGraph,
    value: Value,
    mean: Value,
    variance: Value,
    weight: Value | None = None,
    bias: Value | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Value:
    scale = layer.fixed(1, mean.shape) if weight is None else weight
    given = [scale, layer.fixed(0, mean.shape) if bias is None else bias, mean, variance]
    return layer.op("BatchNormalization", [value, *given], value.shape, epsilon=float(eps))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _two(sign) for name, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"), ("pow", "**"))},
    **{name: _simple(name.capitalize()) for name in ("exp", "log", "abs", "sqrt", "sin", "cos", "sign", "relu")},
    **{name: _simple(name.capitalize()) for name in ("sigmoid", "tanh")},
    "gelu": _simple("Gelu"),
    "silu": _silu,
    "square": _square,
    "log2": _log2,
    "clamp": _clamp,
    "softmax": _softmax("Softmax"),
    "maximum": _several("Max"),
    "minimum": _several("Min"),
    "sum": _reduce("ReduceSum"),
    "mean": _reduce("ReduceMean"),
    "amax": _reduce("ReduceMax"),
    "amin": _reduce("ReduceMin"),
    "logsumexp": _reduce("ReduceLogSumExp"),
    "std": _spread(root=True),
    "var": _spread(root=False),
    "vector_norm": _vector_norm,
    "normalize": _normalize,
    "pad": _pad,
    "cat": _cat,
    "stack": _stack,
    "flatten": _flatten,
    "unflatten": _unflatten,
    "reshape": _reshape,
    "permute": _permute,
    "transpose": _transpose,
    "movedim": _movedim,
    "unsqueeze": lambda layer, value, dim: layer.unsqueezed(value, dim),
    "roll": _roll,
    "unfold": _unfold,
    "expand": _expand,
    "repeat": _repeat,
    "zeros": _full(0.0),
    "ones": _full(1.0),
    "new_ones": lambda layer, _, *sizes: _full(1.0)(layer, *sizes),
    "zeros_like": _full_like(0.0),
    "ones_like": _full_like(1.0),
    "arange": _arange,
    "cartesian_prod": _cartesian,
    "tensor": _tensor,
    "long": lambda layer, value: layer.cast(value, "int64"),
    "contiguous": _same,
    "dropout": _same,
    "bmm": lambda layer, a, b: layer.matmul(a, b),
    "linear": _linear,
    "embedding": _embedding,
    "conv": _conv,
    "avg_pool": _avg_pool,
    "max_pool": _max_pool,
    "max_unpool": _max_unpool,
    "batch_norm": _batch_norm,
}
"""Functions and methods of PyTorch, without the number of dimensions: `conv2d` is `conv`."""


# Modules of PyTorch.


def _arguments(part: Part, names: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a module by their names."""
    state = part.module.__dict__
    return {**dict(zip(names, state["args"], strict=False)), **state["kwargs"]}


def _own(layer: LayerGraph, part: Part, name: str) -> Value | None:
    """Return a tensor of a module, None where it has none."""
    key = f"{part.prefix}{name}"
    return layer.weight(key) if key in layer.names else None


def _conv_module(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("inputs", "outputs", "kernel"))
    weight = layer.weight(f"{part.prefix}weight")
    count = len(weight.shape) - 2
    padding, mode = repeated(given.get("padding", 0), count), given.get("padding_mode", "zeros")
    if mode != "zeros" and any(padding):
        value = layer.padded(value, [(0, 0), *((n, n) for n in padding)], mode, 0.0)
        padding = (0,) * count
    strides, dilations = given.get("stride", 1), given.get("dilation", 1)
    return _conv(layer, value, weight, _own(layer, part, "bias"), strides, padding, dilations, given.get("groups", 1))


def _conv_transpose(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("inputs", "outputs", "kernel"))
    weight = layer.weight(f"{part.prefix}weight")
    kernel = weight.shape[2:]
    count = len(kernel)
    names = ("stride", "padding", "output_padding", "dilation")
    strides, pads, extra, dilations = (repeated(given.get(n, n in ("stride", "dilation")), count) for n in names)
    sizes = zip(value.shape[2:], kernel, strides, pads, extra, dilations, strict=True)
    sides = [(n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, p, e, d in sizes]
    groups = given.get("groups", 1)
    return layer.op(
        "ConvTranspose",
        [value, weight, _own(layer, part, "bias")],
        (value.shape[0], weight.shape[1] * groups, *sides),
        kernel_shape=kernel,
        strides=strides,
        dilations=dilations,
        pads=[*pads, *pads],
        output_padding=extra,
        group=groups,
    )


def _linear_module(layer: LayerGraph, part: Part, value: Value) -> Value:
    return _linear(layer, value, layer.weight(f"{part.prefix}weight"), _own(layer, part, "bias"))


def _pool_module(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Value]:
    def made(layer: LayerGraph, part: Part, value: Value) -> Value:
        given = _arguments(part, names)
        ceil = {"ceil": given.pop("ceil_mode")} if "ceil_mode" in given else {}
        found: Value = function(layer, value, **given, **ceil)
        return found

    return made


def _adaptive(whole: str, window: Callable[..., Value], over: str) -> Callable[..., Value]:
    def made(layer: LayerGraph, part: Part, value: Value) -> Value:
        sides = value.shape[2:]
        goal = repeated(part.module.__dict__["args"][0], len(sides))
        if all(n == 1 for n in goal):
            return layer.op(whole, [value], (*value.shape[:2], *goal))
        if all(n % m == 0 for n, m in zip(sides, goal, strict=True)):
            return window(layer, value, tuple(n // m for n, m in zip(sides, goal, strict=True)))
        for axis, (n, m) in enumerate(zip(sides, goal, strict=True), 2):
            ends = [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
            parts = [layer.reduced(over, layer.taken(value, axis, *each), (axis,), True) for each in ends]
            value = _cat(layer, parts, axis) if m < n or m > 1 else value
        return value

    return made


def _lp_pool(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("norm", "kernel", "stride", "ceil"))
    norm, ceil = given["norm"], given.get("ceil", False)
    sides, fields, pads, beyond = _windows(value, given["kernel"], given["stride"], 0, 1, ceil)
    if norm % 2 == 0 and not any(beyond):
        return layer.op("LpPool", [value], (*value.shape[:2], *sides), p=norm, pads=_ends(pads), **fields)
    means = _avg_pool(layer, layer.binary("**", value, float(norm)), given["kernel"], given["stride"], 0, ceil)
    return layer.binary("**", layer.binary("*", means, float(prod(fields["kernel_shape"]))), 1 / norm)


def _batch_norm_module(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("channels", "eps", "momentum", "affine"))
    mean, variance = (layer.weight(f"{part.prefix}running_{name}") for name in ("mean", "var"))
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    return _batch_norm(layer, value, mean, variance, weight, bias, eps=given.get("eps", 1e-5))


def _layer_norm(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("sizes", "eps", "affine", "bias"))
    sizes = repeated(given["sizes"], 1)
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    scale = layer.fixed(1, sizes) if weight is None else weight
    return layer.op(
        "LayerNormalization", [value, scale, bias], value.shape, axis=-len(sizes), epsilon=float(given["eps"])
    )


def _rms_norm(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("sizes", "eps", "affine"))
    energy = layer.reduced("ReduceMean", _square(layer, value), (-1,), True)
    root = layer.each("Sqrt", layer.binary("+", energy, float(given["eps"])))
    made = layer.binary("/", value, root)
    weight = _own(layer, part, "weight")
    return made if weight is None else layer.binary("*", made, weight)


def _scaled(layer: LayerGraph, part: Part, value: Value) -> Value:
    """Multiply the channels by the scale of a norm and add its shift."""
    for name, sign in (("weight", "*"), ("bias", "+")):
        tensor = _own(layer, part, name)
        if tensor is not None:
            value = layer.binary(sign, value, layer.reshaped(tensor, (-1, *[1] * (len(value.shape) - 2))))
    return value


def _instance_norm(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("channels", "eps"))
    channels = value.shape[1]
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    scale = layer.fixed(1, (channels,)) if weight is None else weight
    shift = layer.fixed(0, (channels,)) if bias is None else bias
    return layer.op("InstanceNormalization", [value, scale, shift], value.shape, epsilon=float(given["eps"]))


def _group_norm(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("groups", "channels", "eps", "affine"))
    groups = given["groups"]
    parts = layer.reshaped(value, (value.shape[0], groups, prod(value.shape[1:]) // groups))
    ones, zeros = layer.fixed(1, (groups,)), layer.fixed(0, (groups,))
    made = layer.op("InstanceNormalization", [parts, ones, zeros], parts.shape, epsilon=float(given["eps"]))
    return _scaled(layer, part, layer.reshaped(made, value.shape))


def _lrn(layer: LayerGraph, part: Part, value: Value) -> Value:
    size, alpha, beta, k = part.module.__dict__["args"]
    if size % 2 and len(value.shape) == 4:
        return layer.op("LRN", [value], value.shape, size=size, alpha=float(alpha), beta=float(beta), bias=float(k))
    channels = value.shape[1]
    energy = layer.reshaped(_square(layer, value), (value.shape[0], 1, channels, prod(value.shape[2:])))
    energy = layer.padded(energy, [(0, 0), (size // 2, (size - 1) // 2), (0, 0)], "constant", 0.0)
    mean = layer.reshaped(_avg_pool(layer, energy, (size, 1), 1), value.shape)
    divisor = layer.binary("**", layer.binary("+", layer.binary("*", mean, float(alpha)), float(k)), float(beta))
    return layer.op("Div", [value, divisor], value.shape)


def _activation(kind: str, names: Sequence[str] = (), **fixed: Any) -> Callable[..., Value]:
    def made(layer: LayerGraph, part: Part, value: Value) -> Value:
        given: dict[str, Any] = dict(zip(names, map(float, part.module.__dict__["args"]), strict=False))
        return layer.op(kind, [value], value.shape, **given, **fixed)

    return made


def _of_function(function: Callable[..., Value], *names: str) -> Callable[..., Value]:
    """Make a module of a function: its arguments are those of the module."""

    def made(layer: LayerGraph, part: Part, value: Value) -> Value:
        state = part.module.__dict__
        return function(layer, value, *state["args"], **state["kwargs"])

    return made


def _prelu(layer: LayerGraph, part: Part, value: Value) -> Value:
    slope = layer.weight(f"{part.prefix}weight")
    return layer.op("PRelu", [value, layer.reshaped(slope, (-1, *[1] * (len(value.shape) - 2)))], value.shape)


def _rrelu(layer: LayerGraph, part: Part, value: Value) -> Value:
    lower, upper = part.module.__dict__["args"]
    return layer.op("LeakyRelu", [value], value.shape, alpha=float(lower + upper) / 2)


def _threshold(layer: LayerGraph, value: Value, limit: float, number: float) -> Value:
    if not number:
        return layer.op("ThresholdedRelu", [value], value.shape, alpha=float(limit))
    above = layer.op("Greater", [value, layer.constant(float(limit))], value.shape, "bool")
    return layer.op("Where", [above, value, layer.constant(float(number))], value.shape)


def _log_sigmoid(layer: LayerGraph, value: Value) -> Value:
    negative = layer.each("Neg", value)
    return layer.each("Neg", layer.each("Softplus", negative))


def _tanhshrink(layer: LayerGraph, value: Value) -> Value:
    return layer.binary("-", value, layer.each("Tanh", value))


def _shrink(soft: bool) -> Callable[..., Value]:
    def made(layer: LayerGraph, value: Value, limit: float) -> Value:
        return layer.op("Shrink", [value], value.shape, lambd=float(limit), bias=float(limit) if soft else 0.0)

    return made


def _gelu(layer: LayerGraph, value: Value, approximate: str = "none") -> Value:
    return layer.op("Gelu", [value], value.shape, approximate=approximate)


def _dropout(layer: LayerGraph, value: Value, rate: float = 0.5) -> Value:
    if rate == 1:  # which ONNX does not have; in use it passes all values, as any other
        return value
    return layer.op("Dropout", [value, layer.constant(float(rate))], value.shape)


def _upsample(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = part.module.__dict__["kwargs"]
    sides, mode, aligned = given["size"], given["mode"], given["align_corners"]
    if mode == "nearest":
        fields: dict[str, Any] = {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
    else:
        how = "align_corners" if aligned else "half_pixel"
        fields = {"mode": "cubic" if mode == "bicubic" else "linear", "coordinate_transformation_mode": how}
        if mode == "bicubic":
            fields["cubic_coeff_a"] = -0.75
    axes = [*range(2, len(value.shape))]
    if all(m % n == 0 for n, m in zip(value.shape[2:], sides, strict=True)):  # so it does not depend on the size
        scales = layer.constant([m / n for n, m in zip(value.shape[2:], sides, strict=True)], "float32")
        return layer.op("Resize", [value, None, scales], (*value.shape[:2], *sides), axes=axes, **fields)
    sizes = layer.sizes(sides)
    return layer.op("Resize", [value, None, None, sizes], (*value.shape[:2], *sides), axes=axes, **fields)


def _sequential(layer: LayerGraph, part: Part, value: Value) -> Value:
    for number, module in enumerate(part.module.__dict__["args"]):
        value = layer.module(Part(module, f"{part.prefix}{number}."), [value])
    return value


POOL = ("kernel", "stride", "padding")
MODULES: dict[str, Callable[..., Value]] = {
    "Conv": _conv_module,
    "ConvTranspose": _conv_transpose,
    "Linear": _linear_module,
    "MaxPool": _pool_module(_max_pool, POOL),
    "AvgPool": _pool_module(_avg_pool, (*POOL, "ceil", "count_include_pad", "divisor")),
    "AdaptiveAvgPool": _adaptive("GlobalAveragePool", _avg_pool, "ReduceMean"),
    "AdaptiveMaxPool": _adaptive("GlobalMaxPool", _max_pool, "ReduceMax"),
    "LPPool": _lp_pool,
    "BatchNorm": _batch_norm_module,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "GroupNorm": _group_norm,
    "InstanceNorm": _instance_norm,
    "LocalResponseNorm": _lrn,
    "ReLU": _activation("Relu"),
    "ReLU6": _of_function(lambda layer, value: _clamp(layer, value, 0.0, 6.0)),
    "LeakyReLU": _activation("LeakyRelu", ["alpha"]),
    "PReLU": _prelu,
    "RReLU": _rrelu,
    "Hardtanh": _of_function(_clamp),
    "Threshold": _of_function(_threshold),
    "ELU": _activation("Elu", ["alpha"]),
    "SELU": _activation("Selu"),
    "CELU": _activation("Celu", ["alpha"]),
    "GELU": _of_function(_gelu),
    "SiLU": _of_function(_silu),
    "Mish": _activation("Mish"),
    "Sigmoid": _activation("Sigmoid"),
    "Tanh": _activation("Tanh"),
    "Softplus": _activation("Softplus"),
    "Hardswish": _activation("HardSwish"),
    "Hardsigmoid": _activation("HardSigmoid", alpha=1 / 6, beta=0.5),
    "Softsign": _activation("Softsign"),
    "LogSigmoid": _of_function(_log_sigmoid),
    "Tanhshrink": _of_function(_tanhshrink),
    "Softshrink": _of_function(_shrink(soft=True)),
    "Hardshrink": _of_function(_shrink(soft=False)),
    "Softmax": _of_function(_softmax("Softmax")),
    "LogSoftmax": _of_function(_softmax("LogSoftmax")),
    "Dropout": _of_function(_dropout),
    "Flatten": _of_function(lambda layer, value: _flatten(layer, value, 1)),
    "Upsample": _upsample,
    "Identity": _of_function(_same),
    "Sequential": _sequential,
}
"""Modules of PyTorch, without the number of dimensions."""


# Layers with an operator of their own.


def _recurrent(layer: LayerGraph, own: Recurrent) -> Value:
    """Write LSTM, GRU or RNN, an operator a layer; ONNX has other orders of the gates and both biases in one tensor."""
    fields = own.__dict__
    if fields.get("project"):
        raise Unwritten(f"ONNX's LSTM has no projection, and project is {fields['project']}")
    np = layer.np
    kind, order = {"lstm": ("LSTM", (0, 3, 1, 2)), "gru": ("GRU", (1, 0, 2)), "rnn": ("RNN", (0,))}[own.kind]
    directions, out = own.directions, fields["out"]

    def gates(array: Any) -> Any:
        return np.concatenate([array.reshape(len(order), out, *array.shape[1:])[gate] for gate in order])

    def stacked(part: str, name: str, level: int) -> Value:
        arrays = [gates(layer.weight(f"{part}_l{level}{end}").array) for end in directions]
        return layer.constant(np.stack(arrays), "float32")

    value = layer.transposed(layer.inputs[0], (2, 0, 1))
    count = len(directions)
    last = value
    for level in range(fields["layers"]):
        given = [value, stacked("weight_ih", "W", level), stacked("weight_hh", "R", level)]
        if fields["bias"]:
            both = [stacked("bias_ih", "B", level).array]
            both.append(stacked("bias_hh", "B", level).array if fields["biases"] == 2 else np.zeros_like(both[0]))
            given.append(layer.constant(np.concatenate(both, 1), "float32"))
        for each, name in zip(given[1:], ("W", "R", "B"), strict=False):
            each.name = layer.model.free(f"{layer.origin.path}.{name}_l{level}")
        more = {"linear_before_reset": 1} if kind == "GRU" else {}
        name = layer.model.free(f"{layer.node.path}.{own.kind}")
        steps = value.shape[0]
        made = [((steps, count, BATCH, out), "float32"), ((count, BATCH, out), "float32")]
        way = "bidirectional" if count == 2 else "forward"
        states, last = layer.model.add_several(kind, given, made, name, hidden_size=out, direction=way, **more)
        value = layer.reshaped(layer.transposed(states, (0, 2, 1, 3)), (steps, BATCH, count * out))
    if not fields["sequence"]:
        return layer.reshaped(layer.transposed(last, (1, 0, 2)), (BATCH, count * out))
    return layer.transposed(value, (1, 2, 0))


def _deformed(layer: LayerGraph, own: Deformed) -> Value:
    """Write DeformConv: its offsets are those of a convolution, or volumes."""
    fields, x = own.__dict__, layer.node.x[0]
    windows = own.windows(x)
    pads = [(w.before, w.after) for w in windows]
    bias = layer.weight("bias") if fields["bias"] else None
    value, *others = layer.inputs
    if not others:
        weight, shift = layer.weight("conv_offset.weight"), layer.weight("conv_offset.bias")
        padded = layer.padded(value, [(0, 0), *pads], "constant", 0.0)
        strides, dilations = ([getattr(w, name) for w in windows] for name in ("stride", "dilation"))
        offsets = _conv(layer, padded, weight, shift, strides, 0, dilations)
        count = 2 * int(own.elements)
        others = [layer.taken(offsets, 1, 0, count)]
        if fields["mask"]:
            others.append(layer.each("Sigmoid", layer.taken(offsets, 1, count, offsets.shape[1])))
    return layer.op(
        "DeformConv",
        [value, layer.weight("weight"), others[0], bias, others[1] if len(others) > 1 else None],
        (BATCH, fields["out"], *own.output_sides(x)),
        kernel_shape=[w.kernel for w in windows],
        strides=[w.stride for w in windows],
        dilations=[w.dilation for w in windows],
        pads=_ends(pads),
        group=fields["groups"],
        offset_group=fields["offset_groups"],
    )


OPERATORS = Operators(FUNCTIONS, MODULES, {Recurrent: _recurrent, Deformed: _deformed})
