"""What ONNX has for the modules of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cnncalc.exchange.writers.onnx_functions import (
    avg_pool,
    batch_norm,
    cat,
    clamp,
    conv,
    ends_of,
    flatten,
    linear,
    max_pool,
    same,
    silu,
    softmax,
    square,
    windows_of,
)
from cnncalc.exchange.writers.onnx_graph import LayerGraph, Part, Value, repeated


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
    return conv(layer, value, weight, _own(layer, part, "bias"), strides, padding, dilations, given.get("groups", 1))


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
    return linear(layer, value, layer.weight(f"{part.prefix}weight"), _own(layer, part, "bias"))


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
            value = cat(layer, parts, axis) if m < n or m > 1 else value
        return value

    return made


def _lp_pool(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("norm", "kernel", "stride", "ceil"))
    norm, ceil = given["norm"], given.get("ceil", False)
    sides, fields, pads, beyond = windows_of(value, given["kernel"], given["stride"], 0, 1, ceil)
    if norm % 2 == 0 and not any(beyond):
        return layer.op("LpPool", [value], (*value.shape[:2], *sides), p=norm, pads=ends_of(pads), **fields)
    means = avg_pool(layer, layer.binary("**", value, float(norm)), given["kernel"], given["stride"], 0, ceil)
    return layer.binary("**", layer.binary("*", means, float(prod(fields["kernel_shape"]))), 1 / norm)


def _batch_norm_module(layer: LayerGraph, part: Part, value: Value) -> Value:
    given = _arguments(part, ("channels", "eps", "momentum", "affine"))
    mean, variance = (layer.weight(f"{part.prefix}running_{name}") for name in ("mean", "var"))
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    return batch_norm(layer, value, mean, variance, weight, bias, eps=given.get("eps", 1e-5))


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
    energy = layer.reduced("ReduceMean", square(layer, value), (-1,), True)
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
    energy = layer.reshaped(square(layer, value), (value.shape[0], 1, channels, prod(value.shape[2:])))
    energy = layer.padded(energy, [(0, 0), (size // 2, (size - 1) // 2), (0, 0)], "constant", 0.0)
    mean = layer.reshaped(avg_pool(layer, energy, (size, 1), 1), value.shape)
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
    "MaxPool": _pool_module(max_pool, POOL),
    "AvgPool": _pool_module(avg_pool, (*POOL, "ceil", "count_include_pad", "divisor")),
    "AdaptiveAvgPool": _adaptive("GlobalAveragePool", avg_pool, "ReduceMean"),
    "AdaptiveMaxPool": _adaptive("GlobalMaxPool", max_pool, "ReduceMax"),
    "LPPool": _lp_pool,
    "BatchNorm": _batch_norm_module,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "GroupNorm": _group_norm,
    "InstanceNorm": _instance_norm,
    "LocalResponseNorm": _lrn,
    "ReLU": _activation("Relu"),
    "ReLU6": _of_function(lambda layer, value: clamp(layer, value, 0.0, 6.0)),
    "LeakyReLU": _activation("LeakyRelu", ["alpha"]),
    "PReLU": _prelu,
    "RReLU": _rrelu,
    "Hardtanh": _of_function(clamp),
    "Threshold": _of_function(_threshold),
    "ELU": _activation("Elu", ["alpha"]),
    "SELU": _activation("Selu"),
    "CELU": _activation("Celu", ["alpha"]),
    "GELU": _of_function(_gelu),
    "SiLU": _of_function(silu),
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
    "Softmax": _of_function(softmax("Softmax")),
    "LogSoftmax": _of_function(softmax("LogSoftmax")),
    "Dropout": _of_function(_dropout),
    "Flatten": _of_function(lambda layer, value: flatten(layer, value, 1)),
    "Upsample": _upsample,
    "Identity": _of_function(same),
    "Sequential": _sequential,
}
"""Modules of PyTorch, without the number of dimensions."""
