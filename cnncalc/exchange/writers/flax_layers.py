"""The layers of Flax NNX: what each kind is as a module or as an expression over arrays, its volumes channels last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.exchange.parameters import Slot
from cnncalc.exchange.writers.channels_last import (
    MODES,
    Part,
    Step,
    Unwritten,
    cropped,
    expression,
    flag,
    formula,
    number,
    numbers,
    padded,
    padding,
    pair,
    pairs,
    pool_padding,
    real,
    rearranged,
)
from cnncalc.exchange.writers.source import Chain, Init, Made
from cnncalc.layers.geometry import Spread, Window
from cnncalc.network.network import Node
from cnncalc.numbers.arith import product

RNGS = ("rngs", "rngs")
Arguments = list[tuple[str | None, Slot]]


def steps(node: Node) -> list[Step[Init]]:
    """Return the calls that compute a layer; raises Unwritten for one that Flax does not have."""
    if node.kind in LAYERS:
        return LAYERS[node.kind](node)
    if (moved := rearranged(node)) is not None:
        return expression(_rearranging(moved.split, moved.order, moved.joined))
    if (cut := cropped(node)) is not None:
        kept = (f"{before}:{n - after}" for n, (before, after) in zip(node.x[0].sides, cut, strict=True))
        return expression(f"{{0}}[:, {', '.join(kept)}]")
    if (text := formula(node)) is not None:
        return expression(text)
    raise Unwritten("it has no such layer")


def _fields(node: Node) -> dict[str, Any]:
    return node.layer.__dict__


def _windows(node: Node) -> tuple[Window, ...]:
    found: Any = node.layer.windows(node.x[0])  # type: ignore[attr-defined]
    return tuple(found)


def _dims(node: Node) -> int:
    return len(node.x[0].sides)


def _module(function: str, arguments: Arguments, **fixed: str) -> list[Step[Init]]:
    return [Step(Made(f"nnx.{function}", arguments, [*fixed.items(), RNGS]))]


def _rearranging(split: tuple[int, ...] | None, order: tuple[int, ...] | None, joined: tuple[int, ...] | None) -> str:
    text = "{0}" if split is None else f"jnp.reshape({{0}}, (-1, {', '.join(map(str, split))}))"
    if order is not None:
        text = f"jnp.transpose({text}, {pair((0, *order))})"
    return text if joined is None else f"jnp.reshape({text}, (-1, {', '.join(map(str, joined))}))"


def _whole(function: str, node: Node, out: int, groups: int, *, bias: bool, pointwise: bool = False) -> Made:
    """Return the module of a convolution of any groups; `pointwise` is the second one of a separable one."""
    f, windows = _fields(node), _windows(node)
    ones = (1,) * len(windows)
    inputs = int(node.x[0].channels) * (f["multiplier"] if pointwise else 1)
    kernel = ones if pointwise else f["kernel"]
    arguments: Arguments = [
        (None, number("inputs", inputs)),
        (None, number("out", out)),
        (None, numbers("kernel", kernel, whole=True)),
    ]
    if not pointwise:
        pads = padding(windows)
        mode = f.get("pad_mode", "zeros")
        arguments.append(("strides", numbers("stride", f["stride"], 1)))
        if mode != "zeros" and any(map(any, pads)):
            pads = [(0, 0)] * len(pads)
        if len({n for ends in pads for n in ends}) == 1:
            arguments.append(("padding", number("pad", pads[0][0], 0 if kernel == ones else None)))
        else:
            arguments.append(("padding", Slot("pad", pairs(pads))))
        arguments.append(("kernel_dilation", numbers("dilation", f["dilation"], 1)))
        arguments.append(("feature_group_count", number("groups", groups, 1)))
    arguments.append(("use_bias", flag("bias", bias)))
    return Made(function, arguments, [RNGS])


def _before(node: Node) -> list[Step[Init]]:
    """Return what pads before a convolution: where its padding is not of zeros."""
    pads, mode = padding(_windows(node)), _fields(node).get("pad_mode", "zeros")
    return expression(padded(node.x[0], pads, MODES[mode])) if mode != "zeros" and any(map(any, pads)) else []


def _plain_weight(node: Node) -> None:
    how = _fields(node).get("parametrize", "none")
    if how != "none":
        raise Unwritten(f"parametrize={how} computes its weight")


def _conv(node: Node) -> list[Step[Init]]:
    _plain_weight(node)
    f, inputs = _fields(node), node.x[0].channels
    out, groups = (node.y.channels, inputs) if node.kind == "depthwise" else (f["out"], f["groups"])
    return [*_before(node), Step(_whole("nnx.Conv", node, out, groups, bias=f["bias"]))]


def _separable(node: Node) -> list[Step[Init]]:
    f, inputs = _fields(node), node.x[0].channels
    depthwise = _whole("nnx.Conv", node, inputs * f["multiplier"], inputs, bias=False)
    pointwise = _whole("nnx.Conv", node, f["out"], 1, bias=f["bias"], pointwise=True)
    both: Init = Chain("Chain", [("depthwise", depthwise), ("pointwise", pointwise)])
    return [*_before(node), Step(both)]


def _transposed(node: Node) -> list[Step[Init]]:
    _plain_weight(node)
    f, x = _fields(node), node.x[0]
    if f["groups"] > 1:
        raise Unwritten(f"Flax has no groups in ConvTranspose, this one has {f['groups']}")
    pads = []
    for spread in node.layer.geometry(x):
        assert isinstance(spread, Spread)
        reach = int(spread.extent) - 1
        pads.append((reach - int(spread.before), reach - int(spread.after) + int(spread.extra)))
    arguments: Arguments = [
        (None, number("inputs", int(x.channels))),
        (None, number("out", f["out"])),
        (None, numbers("kernel", f["kernel"], whole=True)),
        ("strides", numbers("stride", f["stride"], whole=True)),
        ("padding", Slot("pad", pairs(pads))),
        ("kernel_dilation", numbers("dilation", f["dilation"], 1)),
        ("use_bias", flag("bias", f["bias"])),
    ]
    return _module("ConvTranspose", arguments, transpose_kernel="True")


def _linear(node: Node) -> list[Step[Init]]:
    _plain_weight(node)
    f = _fields(node)
    inputs, out = (None, number("inputs", int(node.x[0].channels))), (None, number("out", f["out"]))
    return _module("Linear", [inputs, out, ("use_bias", flag("bias", f["bias"]))])


def _pooled(function: str, node: Node, pads: list[tuple[int, int]], more: str = "", of: str = "{0}") -> str:
    f = _fields(node)
    words = [of, pair(f["kernel"]), pair(f["stride"])]
    words += [pairs(pads)] if any(map(any, pads)) else []
    return f"nnx.{function}({', '.join(words)}{more})"


def _maxpool(node: Node) -> list[Step[Init]]:
    if max(_fields(node)["dilation"]) > 1:
        raise Unwritten(f"Flax' pools have no dilation, this one has {max(_fields(node)['dilation'])}")
    return expression(_pooled("max_pool", node, pool_padding(_windows(node), node.x[0])))


def _avgpool(node: Node) -> list[Step[Init]]:
    f, windows = _fields(node), _windows(node)
    own, pads = padding(windows), pool_padding(windows, node.x[0])
    if f["divisor"] is not None:
        scale = f"({product(f['kernel'])} / {f['divisor']})"
        return expression(f"{_pooled('avg_pool', node, pads)} * {scale}")
    apart = ", count_include_pad=False"
    if own == pads or not f["count_include_pad"]:
        counted = f["count_include_pad"] or not any(map(any, pads))
        return expression(_pooled("avg_pool", node, pads, "" if counted else apart))
    beyond = [(b - c, a - d) for (b, a), (c, d) in zip(pads, own, strict=True)]
    of = f"jnp.pad({{0}}, {pairs([(0, 0), *own, (0, 0)])})" if any(map(any, own)) else "{0}"
    return expression(_pooled("avg_pool", node, beyond, apart, of))


def _lppool(node: Node) -> list[Step[Init]]:
    f = _fields(node)
    pads = pool_padding(_windows(node), node.x[0])
    if any(map(any, pads)):
        raise Unwritten("it rounds a size up")
    pooled = _pooled("avg_pool", node, pads, of=f"{{0}} ** {f['norm']}")
    return expression(f"({pooled} * {product(f['kernel'])}) ** (1 / {f['norm']})")


def _global(function: str) -> Callable[[Node], list[Step[Init]]]:
    def make(node: Node) -> list[Step[Init]]:
        axes = range(1, _dims(node) + 1)
        axis = "1" if len(axes) == 1 else pair(axes)
        return expression(f"jnp.{function}({{0}}, axis={axis}, keepdims=True)")

    return make


def _adaptive(function: str) -> Callable[[Node], list[Step[Init]]]:
    def make(node: Node) -> list[Step[Init]]:
        sizes = list(zip(node.x[0].sides, node.y.sides, strict=True))
        if any(n % m for n, m in sizes):
            n, m = next((n, m) for n, m in sizes if n % m)
            raise Unwritten(f"its windows differ: {m} does not divide {n}")
        kernel = pair(n // m for n, m in sizes)
        return expression(f"nnx.{function}({{0}}, {kernel}, {kernel})")

    return make


def _norm(function: str) -> Callable[[Node], list[Step[Init]]]:
    def make(node: Node) -> list[Step[Init]]:
        f, channels = _fields(node), int(node.x[0].channels)
        if f.get("frozen"):
            raise Unwritten("its scale and shift are not trained")
        if f.get("whole") and _dims(node):
            raise Unwritten("Flax normalises with a scale for each channel, not for each value")
        arguments: Arguments = [(None, number("channels", channels))]
        if "groups" in f:
            arguments.append((None, number("groups", f["groups"])))
        learns: dict[str, bool] = node.layer.learns()  # type: ignore[attr-defined]
        for name, word in (("weight", "use_scale"), ("bias", "use_bias")):
            if name in learns and not learns[name]:
                arguments.append((word, flag(word, value=False)))
        momentum = {"momentum": repr(round(1 - float(f["momentum"]), 9))} if "momentum" in f else {}
        return _module(function, arguments, **momentum, epsilon=real(f["eps"]))

    return make


def _softmax(function: str) -> Callable[[Node], list[Step[Init]]]:
    def make(node: Node) -> list[Step[Init]]:
        axes = [at + 1 for at in node.layer.dimensions(node.x[0])]  # type: ignore[attr-defined]
        if axes == [_dims(node) + 1]:
            return expression(f"nnx.{function}({{0}})")
        return expression(f"nnx.{function}({{0}}, axis={axes[0] if len(axes) == 1 else pair(axes)})")

    return make


def _function(name: str) -> Callable[[Node], list[Step[Init]]]:
    return lambda node: expression(f"nnx.{name}({{0}})")


def _with(function: str, name: str) -> Callable[[Node], list[Step[Init]]]:
    return lambda node: expression(f"nnx.{function}({{0}}, {real(_fields(node)[name])})")


def _gelu(node: Node) -> list[Step[Init]]:
    return expression(f"nnx.gelu({{0}}, approximate={_fields(node)['approximate'] != 'none'})")


def _dropout(node: Node) -> list[Step[Init]]:
    return [Step(Made("nnx.Dropout", [], [(None, real(_fields(node)["rate"])), RNGS]))]


def _drop_path(node: Node) -> list[Step[Init]]:
    axes = ("broadcast_dims", pair(range(1, _dims(node) + 2)))
    return [Step(Made("nnx.Dropout", [], [(None, real(_fields(node)["rate"])), axes, RNGS]))]


def _resize(node: Node) -> list[Step[Init]]:
    f, x, y = _fields(node), node.x[0], node.y
    text = "{0}"
    if f["mode"] == "nearest":
        for axis, (n, m) in enumerate(zip(x.sides, y.sides, strict=True), start=1):
            if m % n == 0:
                text = f"jnp.repeat({text}, {m // n}, axis={axis})" if m > n else text
            else:
                text = f"jnp.take({text}, jnp.arange({m}) * {n} // {m}, axis={axis})"
        return expression(text)
    if f["align_corners"] or f["mode"] != "bilinear":
        raise Unwritten(f"JAX has no {f['mode']} interpolation with such corners")
    sizes = ", ".join(map(str, y.hwc))
    return expression(f'jax.image.resize({{0}}, (len({{0}}), {sizes}), "linear", antialias=False)')


def _attention(node: Node) -> list[Step[Init]]:
    f, x = _fields(node), node.x[0]
    if not f["out_proj"]:
        raise Unwritten("Flax' MultiHeadAttention has an output projection")
    if not f["qkv_bias"] == f["out_bias"] == bool(f["qkv_bias"]):
        raise Unwritten("Flax' MultiHeadAttention has biases in all its projections, or in none")
    keys, values = node.layer.widths(x.channels)  # type: ignore[attr-defined]
    if keys != values:
        raise Unwritten("Flax' MultiHeadAttention has keys and values of one width")
    if any(len(seen.sides) != 1 for seen in node.x):
        raise Unwritten("Flax' attention takes tokens, add tokens before it")
    if len({seen.channels for seen in node.x[1:]}) > 1:
        raise Unwritten("Flax' MultiHeadAttention has keys and values of equal channels")
    arguments: Arguments = [(None, number("heads", f["heads"])), (None, number("channels", int(x.channels)))]
    if keys != x.channels:
        arguments.append(("qkv_features", number("width", keys)))
    if node.x[1:] and node.x[1].channels != x.channels:
        arguments.append(("in_kv_features", number("inputs", int(node.x[1].channels))))
    arguments.append(("use_bias", flag("bias", f["qkv_bias"])))
    (step,) = _module("MultiHeadAttention", arguments, decode="False")
    step.text = ", ".join(f"{{{at}}}" for at in range(len(node.x)))
    return [step]


def _embedding(node: Node) -> list[Step[Init]]:
    f, x = _fields(node), node.x[0]
    text = "{0}[..., 0].astype(int)" if x.sides else "{0}.astype(int)"
    arguments: Arguments = [(None, number("vocabulary", f["vocabulary"])), (None, number("out", f["out"]))]
    (step,) = _module("Embed", arguments)
    step.text = text
    return [step]


def own_part(node: Node) -> Part | None:
    """Return a layer that Flax has in one form only: a slope for each channel."""
    if node.kind != "prelu":
        return None
    shapes = {name: (tuple(map(int, shape)), "0.25") for name, shape in node.layer.weights(*node.x).items()}
    lines = ["return ops.where(x > 0, x, x * self.weight)"]
    return Part("PReLU", "Multiply values below 0 by a learned slope.", shapes, lines)


LAYERS: dict[str, Callable[[Node], list[Step[Init]]]] = {
    "conv": _conv,
    "depthwise": _conv,
    "separable": _separable,
    "conv_transpose": _transposed,
    "linear": _linear,
    "maxpool": _maxpool,
    "avgpool": _avgpool,
    "lppool": _lppool,
    "global_avgpool": _global("mean"),
    "global_maxpool": _global("max"),
    "adaptive_avgpool": _adaptive("avg_pool"),
    "adaptive_maxpool": _adaptive("max_pool"),
    "batchnorm": _norm("BatchNorm"),
    "layernorm": _norm("LayerNorm"),
    "rms_norm": _norm("RMSNorm"),
    "groupnorm": _norm("GroupNorm"),
    "instancenorm": _norm("InstanceNorm"),
    **{
        kind: _function(name)
        for kind, name in {
            **{kind: kind for kind in ("relu", "relu6", "selu", "silu", "sigmoid", "tanh", "softplus")},
            "hardswish": "hard_swish",
            "hardsigmoid": "hard_sigmoid",
            "softsign": "soft_sign",
            "logsigmoid": "log_sigmoid",
        }.items()
    },
    "mish": lambda node: expression("jax.nn.mish({0})"),
    "quick_gelu": lambda node: expression("{0} * nnx.sigmoid(1.702 * {0})"),
    "leaky_relu": _with("leaky_relu", "slope"),
    "elu": _with("elu", "alpha"),
    "celu": _with("celu", "alpha"),
    "gelu": _gelu,
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "dropout": _dropout,
    "drop_path": _drop_path,
    "upsample": _resize,
    "resize": _resize,
    "resize_like": _resize,
    "attention": _attention,
    "cross_attention": _attention,
    "embedding": _embedding,
}
"""Layers of Flax, each kind as the steps that compute it."""
