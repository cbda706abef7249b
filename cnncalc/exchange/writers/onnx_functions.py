"""What ONNX has for the functions of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cnncalc.exchange.recorder import BATCH
from cnncalc.exchange.writers.onnx_graph import LayerGraph, Method, Value, broadcast, pairs_of, repeated


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


def clamp(layer: LayerGraph, value: Value, min: float | None = None, max: float | None = None) -> Value:
    ends = [None if end is None else layer.constant(float(end)) for end in (min, max)]
    return layer.op("Clip", [value, *ends], value.shape)


def softmax(kind: str) -> Callable[..., Value]:
    return lambda layer, value, dim: layer.op(kind, [value], value.shape, axis=dim)


def silu(layer: LayerGraph, value: Value) -> Value:
    return layer.op("Mul", [value, layer.op("Sigmoid", [value], value.shape)], value.shape)


def square(layer: LayerGraph, value: Value) -> Value:
    return layer.binary("**", value, 2.0)


def _pad(
    layer: LayerGraph, volume: Value, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Value:
    return layer.padded(volume, pairs_of(pad, len(volume.shape)), mode, value or 0.0)


def cat(layer: LayerGraph, values: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % len(values[0].shape)
    shape = list(values[0].shape)
    shape[axis] = sum(value.shape[axis] for value in values)
    return layer.op("Concat", values, shape, values[0].dtype, axis=axis)


def _stack(layer: LayerGraph, values: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % (len(values[0].shape) + 1)
    return cat(layer, [layer.unsqueezed(value, axis) for value in values], axis)


def flatten(layer: LayerGraph, value: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
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
            value = cat(layer, [layer.taken(value, axis, cut, size), layer.taken(value, axis, 0, cut)], axis)
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
    return layer.op("Expand", [value, cat(layer, [images, rest])], wanted)


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


def same(layer: LayerGraph, value: Value, *_: Any, **__: Any) -> Value:
    return value


def linear(layer: LayerGraph, value: Value, weight: Value, bias: Value | None = None) -> Value:
    shape = (*value.shape[:-1], weight.shape[0])
    if len(value.shape) == 2:
        return layer.op("Gemm", [value, weight, bias], shape, transB=1)
    made = layer.op("MatMul", [value, layer.transposed(weight, (1, 0))], shape)
    return made if bias is None else layer.op("Add", [made, bias], shape)


def _embedding(layer: LayerGraph, indices: Value, weight: Value) -> Value:
    return layer.op("Gather", [weight, indices], (*indices.shape, weight.shape[1]), axis=0)


def conv(
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
        pads=ends_of(pads),
        group=groups,
    )


def ends_of(pads: Sequence[tuple[int, int]]) -> list[int]:
    return [before for before, _ in pads] + [after for _, after in pads]


def windows_of(
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


def max_pool(
    layer: LayerGraph,
    value: Value,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    return_indices: bool = False,
) -> Any:
    sides, fields, pads, beyond = windows_of(value, kernel, stride, padding, dilation, ceil)
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
        return layer.model.add_several("MaxPool", [value], made, name, pads=ends_of(pads), **fields)
    return layer.op("MaxPool", [value], shape, pads=ends_of(pads), **fields)


def avg_pool(
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
    sides, fields, pads, beyond = windows_of(value, kernel, stride, padding, 1, ceil)
    if any(beyond) and count_include_pad and divisor is None and any(map(any, pads)):
        value = layer.padded(value, [(0, 0), *pads], "constant", 0.0)
        pads = [(0, 0)] * len(sides)
    counted = divisor is not None or (count_include_pad and not any(beyond))
    pads = [(before, after + more) for (before, after), more in zip(pads, beyond, strict=True)]
    shape = (*value.shape[:2], *sides)
    made = layer.op("AveragePool", [value], shape, pads=ends_of(pads), count_include_pad=int(counted), **fields)
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
        "pads": ends_of(pads),
    }
    return layer.op("MaxUnpool", [value, places, size], pooled.shape, **fields)


def batch_norm(
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
    "silu": silu,
    "square": square,
    "log2": _log2,
    "clamp": clamp,
    "softmax": softmax("Softmax"),
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
    "cat": cat,
    "stack": _stack,
    "flatten": flatten,
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
    "contiguous": same,
    "dropout": same,
    "bmm": lambda layer, a, b: layer.matmul(a, b),
    "linear": linear,
    "embedding": _embedding,
    "conv": conv,
    "avg_pool": avg_pool,
    "max_pool": max_pool,
    "max_unpool": _max_unpool,
    "batch_norm": batch_norm,
}
"""Functions and methods of PyTorch, without the number of dimensions: `conv2d` is `conv`."""
