"""The layers of Keras: what each kind is in the functional API, its volumes channels last, its padding exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

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
    is_nonnegative,
    is_same,
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
from cnncalc.exchange.writers.source import Made, slots_in
from cnncalc.layers.geometry import Spread, Window
from cnncalc.network.network import Network, Node


class Context(NamedTuple):
    """What a layer is in: the network, and the convolutions whose padding is a layer before them."""

    network: Network
    uneven: frozenset[int]


def steps(node: Node, context: Context) -> list[Step[Made]]:
    """Return the calls that compute a layer; raises Unwritten for one that Keras does not have."""
    if node.kind in LAYERS:
        return LAYERS[node.kind](node, context)
    if (moved := rearranged(node)) is not None:
        return _rearranging(moved.split, moved.order, moved.joined)
    if (cut := cropped(node)) is not None:
        return _cropping(cut)
    if (text := formula(node)) is not None:
        return expression(text)
    raise Unwritten("it has no such layer")


def uneven(network: Network, alike: list[list[Node]]) -> frozenset[int]:
    """Return the convolutions whose padding is not that of `same`, or not in one of those that are `alike`."""
    padded = {n.index: n for n in network.layers() if n.kind in CONVOLUTIONS and any(map(any, _pads(n)))}
    found = {index for index, node in padded.items() if not is_same(_windows(node), node.x[0])}
    for nodes in alike:
        indices = {node.index for node in nodes}
        if indices & found:
            found |= indices & {*padded}
    return frozenset(found)


def _fields(node: Node) -> dict[str, Any]:
    return node.layer.__dict__


def _windows(node: Node) -> tuple[Window, ...]:
    found: Any = node.layer.windows(node.x[0])  # type: ignore[attr-defined]
    return tuple(found)


def _pads(node: Node) -> list[tuple[int, int]]:
    return padding(_windows(node))


def _dims(node: Node) -> int:
    return len(node.x[0].sides)


def _layer(function: str, *arguments: tuple[str | None, Slot], **fixed: str) -> list[Step[Made]]:
    return [Step(Made(f"layers.{function}", list(arguments), list(fixed.items())))]


def _zero_padding(pads: list[tuple[int, int]], suffix: str = "-pad") -> Step[Made]:
    return Step(Made(f"layers.ZeroPadding{len(pads)}D", [(None, _ends(pads))]), suffix=suffix)


def _ends(pads: list[tuple[int, int]]) -> Slot:
    """Return numbers before and after as Keras takes them: one alone, a pair, or a pair for each dimension."""
    if len({n for ends in pads for n in ends}) == 1:
        return Slot("pad", str(pads[0][0]), pads[0][:1])
    return Slot("pad", pair(pads[0]) if len(pads) == 1 else pairs(pads))


def _cropping(cut: list[tuple[int, int]], suffix: str = "") -> list[Step[Made]]:
    return [Step(Made(f"layers.Cropping{len(cut)}D", [(None, _ends(cut))]), suffix=suffix)]


def _rearranging(
    split: tuple[int, ...] | None, order: tuple[int, ...] | None, joined: tuple[int, ...] | None
) -> list[Step[Made]]:
    steps = []
    if split:
        steps.append(Step(Made("layers.Reshape", fixed=[(None, pair(split))]), suffix="-split" if order else ""))
    if order:
        steps.append(Step(Made("layers.Permute", fixed=[(None, pair(order))]), suffix="-order" if joined else ""))
    if joined:
        steps.append(Step(Made("layers.Reshape", fixed=[(None, pair(joined))])))
    return steps


def _convolved(node: Node, context: Context) -> tuple[list[Step[Made]], list[tuple[str | None, str]]]:
    """Return what pads before a convolution, and the argument of its own padding."""
    x, pads, mode = node.x[0], _pads(node), _fields(node).get("pad_mode", "zeros")
    if not any(map(any, pads)):
        return [], []
    if mode != "zeros":
        if mode == "circular":
            raise Unwritten("its padding is circular")
        return expression(padded(x, pads, MODES[mode].replace("edge", "symmetric"))), []
    if node.index in context.uneven:
        return [_zero_padding(pads)], []
    return [], [("padding", '"same"')]


def _conv(node: Node, context: Context) -> list[Step[Made]]:
    f = _fields(node)
    if f.get("parametrize", "none") != "none":
        raise Unwritten(f"parametrize={f['parametrize']} computes its weight")
    before, own = _convolved(node, context)
    dims = _dims(node)
    window: list[tuple[str | None, Slot]] = [
        (None, numbers("kernel", f["kernel"])),
        ("strides", numbers("stride", f["stride"], 1)),
    ]
    dilated: list[tuple[str | None, Slot]] = [("dilation_rate", numbers("dilation", f["dilation"], 1))]
    bias: list[tuple[str | None, Slot]] = [("use_bias", flag("bias", f["bias"]))]
    even = len({*f["stride"]}) == 1 and not (max(f["stride"]) > 1 and max(f["dilation"]) > 1)
    if node.kind == "separable":
        if dims > 2 or not even:
            raise Unwritten("Keras has SeparableConv1D and 2D of equal strides")
        more = [("depth_multiplier", number("multiplier", f["multiplier"], 1))]
        made = Made(f"layers.SeparableConv{dims}D", [(None, number("out", f["out"])), *window, *dilated, *more, *bias])
    elif node.kind == "depthwise" and dims < 3 and even:
        more = [("depth_multiplier", number("multiplier", f["multiplier"], 1))]
        made = Made(f"layers.DepthwiseConv{dims}D", [*window, *dilated, *more, *bias])
    else:
        out, groups = (node.y.channels, node.x[0].channels) if node.kind == "depthwise" else (f["out"], f["groups"])
        more = [("groups", number("groups", groups, 1))]
        made = Made(f"layers.Conv{dims}D", [(None, number("out", out)), *window, *dilated, *more, *bias])
    made.fixed = own
    return [*before, Step(made)]


def _transposed(node: Node, context: Context) -> list[Step[Made]]:
    f, x, dims = _fields(node), node.x[0], _dims(node)
    if f["parametrize"] != "none":
        raise Unwritten(f"parametrize={f['parametrize']} computes its weight")
    if f["groups"] > 1:
        raise Unwritten(f"Keras has no groups in Conv{dims}DTranspose, this one has {f['groups']}")
    if max(f["stride"]) > 1 and max(f["dilation"]) > 1:
        raise Unwritten("Keras does not dilate a transposed convolution with a stride")
    cut = []
    for spread in node.layer.geometry(x):
        assert isinstance(spread, Spread)
        natural = max(spread.stride - spread.extent, 0)  # Keras makes room for the stride
        cut.append((int(spread.before), int(spread.after + natural - spread.extra)))
    if any(after < 0 for _, after in cut):
        raise Unwritten(f"output_pad={max(f['output_pad'])} adds positions that Keras does not have")
    made = Made(
        f"layers.Conv{dims}DTranspose",
        [
            (None, number("out", f["out"])),
            (None, numbers("kernel", f["kernel"])),
            ("strides", numbers("stride", f["stride"], 1)),
            ("dilation_rate", numbers("dilation", f["dilation"], 1)),
            ("use_bias", flag("bias", f["bias"])),
        ],
    )
    return [Step(made), *(_cropping(cut, "-crop") if any(map(any, cut)) else [])]


def _linear(node: Node, context: Context) -> list[Step[Made]]:
    f = _fields(node)
    if f["parametrize"] != "none":
        raise Unwritten(f"parametrize={f['parametrize']} computes its weight")
    return _layer("Dense", (None, number("out", f["out"])), ("use_bias", flag("bias", f["bias"])))


def _pool_arguments(node: Node) -> list[tuple[str | None, Slot]]:
    f = _fields(node)
    stride = numbers("stride", f["stride"])
    stride.is_default = f["stride"] == f["kernel"]
    return [(None, numbers("kernel", f["kernel"])), ("strides", stride)]


def _maxpool(node: Node, context: Context) -> list[Step[Made]]:
    f, x, windows = _fields(node), node.x[0], _windows(node)
    if max(f["dilation"]) > 1:
        raise Unwritten(f"Keras' pools have no dilation, this one has {max(f['dilation'])}")
    made = Made(f"layers.MaxPooling{_dims(node)}D", _pool_arguments(node))
    pads = pool_padding(windows, x)
    if not any(map(any, pads)):
        return [Step(made)]
    if is_same(windows, x, pads):
        made.fixed = [("padding", '"same"')]
        return [Step(made)]
    if is_nonnegative(context.network, node.inputs[0]):
        return [_zero_padding(pads), Step(made)]
    return [*expression(padded(x, pads, 'constant_values=float("-inf")')), Step(made)]


def _avgpool(node: Node, context: Context) -> list[Step[Made]]:
    f, x, windows = _fields(node), node.x[0], _windows(node)
    made = Made(f"layers.AveragePooling{_dims(node)}D", _pool_arguments(node))
    count = 1
    for k in f["kernel"]:
        count *= k
    scaled = expression(f"{{0}} * ({count} / {f['divisor']})") if f["divisor"] is not None else []
    own, pads = padding(windows), pool_padding(windows, x)
    if not any(map(any, pads)):
        return [Step(made), *scaled]
    if (own == pads and f["count_include_pad"]) or scaled:
        return [_zero_padding(pads), Step(made), *scaled]
    made.fixed = [("padding", '"same"')]
    return [Step(made)]


def own_part(node: Node) -> Part | None:
    """Return a mean that leaves out padding which is not alike at both ends: Keras' backends differ there."""
    if node.kind != "avgpool" or _fields(node)["divisor"] is not None:
        return None
    f, x, windows = _fields(node), node.x[0], _windows(node)
    own, pads = padding(windows), pool_padding(windows, x)
    even = all(before == after for before, after in pads) and is_same(windows, x, pads)
    if not any(map(any, pads)) or (own == pads if f["count_include_pad"] else even):
        return None
    counted = [(0, 0)] * len(own) if not f["count_include_pad"] else own
    beyond = [(b - c, a - d) for (b, a), (c, d) in zip(pads, counted, strict=True)]
    ones = f"ops.pad(ops.ones_like(x), {pairs([(0, 0), *counted, (0, 0)])}, constant_values=1)"
    sizes = f"{pair(f['kernel'])}, {pair(f['stride'])}"
    lines = [
        f"counted = {ones}",
        f"counted = ops.pad(counted, {pairs([(0, 0), *beyond, (0, 0)])})",
        f"means = ops.average_pool(ops.pad(x, {pairs([(0, 0), *pads, (0, 0)])}), {sizes})",
        f"return means / ops.average_pool(counted, {sizes})",
    ]
    return Part("AvgPool", "Take the mean of each window, without what is beyond the volume.", {}, lines)


def _lppool(node: Node, context: Context) -> list[Step[Made]]:
    f, x, windows = _fields(node), node.x[0], _windows(node)
    if any(map(any, pool_padding(windows, x))):
        raise Unwritten("it rounds a size up")
    count = 1
    for k in f["kernel"]:
        count *= k
    pool = Step(Made(f"layers.AveragePooling{_dims(node)}D", _pool_arguments(node)))
    return [*expression(f"{{0}} ** {f['norm']}"), pool, *expression(f"({{0}} * {count}) ** (1 / {f['norm']})")]


def _global(name: str) -> Callable[[Node, Context], list[Step[Made]]]:
    return lambda node, context: _layer(f"Global{name}Pooling{_dims(node)}D", keepdims="True")


def _adaptive(name: str) -> Callable[[Node, Context], list[Step[Made]]]:
    def make(node: Node, context: Context) -> list[Step[Made]]:
        sizes = list(zip(node.x[0].sides, node.y.sides, strict=True))
        if all(n % m == 0 for n, m in sizes):
            return _layer(f"{name}Pooling{len(sizes)}D", (None, numbers("kernel", [n // m for n, m in sizes])))
        return _layer(f"Adaptive{name}Pooling{len(sizes)}D", (None, numbers("size", node.y.sides)))

    return make


def _batchnorm(node: Node, context: Context) -> list[Step[Made]]:
    f = _fields(node)
    if f["frozen"]:
        raise Unwritten("its scale and shift are not trained")
    more = [("momentum", repr(round(1 - float(f["momentum"]), 9))), ("epsilon", real(f["eps"]))]
    learns = _learns(node)
    return [Step(Made("layers.BatchNormalization", learns, list(more)))]


def _learns(node: Node) -> list[tuple[str | None, Slot]]:
    learns: dict[str, bool] = node.layer.learns()  # type: ignore[attr-defined]
    found: list[tuple[str | None, Slot]] = []
    for name, word in (("weight", "scale"), ("bias", "center")):
        if name in learns and not learns[name]:
            found.append((word, flag(word, value=False)))
    return found


def _layernorm(node: Node, context: Context) -> list[Step[Made]]:
    f = _fields(node)
    axis = {"axis": pair(range(1, _dims(node) + 2))} if f["whole"] and _dims(node) else {}
    return _layer("LayerNormalization", *_learns(node), epsilon=real(f["eps"]), **axis)


def _rms_norm(node: Node, context: Context) -> list[Step[Made]]:
    if not _fields(node)["affine"]:
        raise Unwritten("Keras' RMSNormalization has a scale")
    return _layer("RMSNormalization", epsilon=real(_fields(node)["eps"]))


def _groupnorm(node: Node, context: Context) -> list[Step[Made]]:
    f = _fields(node)
    return _layer("GroupNormalization", (None, number("groups", f["groups"])), *_learns(node), epsilon=real(f["eps"]))


def _instancenorm(node: Node, context: Context) -> list[Step[Made]]:
    f = _fields(node)
    groups = (None, number("groups", node.x[0].channels))
    return _layer("GroupNormalization", groups, *_learns(node), epsilon=real(f["eps"]))


def _activation(name: str) -> Callable[[Node, Context], list[Step[Made]]]:
    return lambda node, context: [Step(Made("layers.Activation", fixed=[(None, f'"{name}"')]))]


def _leaky_relu(node: Node, context: Context) -> list[Step[Made]]:
    return [Step(Made("layers.LeakyReLU", fixed=[(None, real(_fields(node)["slope"]))]))]


def _prelu(node: Node, context: Context) -> list[Step[Made]]:
    last = _dims(node) + (1 if _fields(node)["per_channel"] else 2)
    axes = f"[{', '.join(map(str, range(1, last)))}]"
    return _layer("PReLU", alpha_initializer="keras.initializers.Constant(0.25)", shared_axes=axes)


def _elu(node: Node, context: Context) -> list[Step[Made]]:
    alpha = _fields(node)["alpha"]
    return [Step(Made("layers.ELU", fixed=[] if alpha == 1 else [(None, real(alpha))]))]


def _celu(node: Node, context: Context) -> list[Step[Made]]:
    alpha = _fields(node)["alpha"]
    return _activation("celu")(node, context) if alpha == 1 else expression(f"ops.celu({{0}}, {real(alpha)})")


def _gelu(node: Node, context: Context) -> list[Step[Made]]:
    if _fields(node)["approximate"] == "none":
        return _activation("gelu")(node, context)
    return expression("ops.gelu({0}, approximate=True)")


def _softmax(name: str) -> Callable[[Node, Context], list[Step[Made]]]:
    def make(node: Node, context: Context) -> list[Step[Made]]:
        axes = [at + 1 for at in node.layer.dimensions(node.x[0])]  # type: ignore[attr-defined]
        last = axes == [_dims(node) + 1]
        if name == "log_softmax":
            if last:
                return _activation("log_softmax")(node, context)
            raise Unwritten("Keras has it over the channels alone")
        given = {} if last else {"axis": str(axes[0]) if len(axes) == 1 else f"[{', '.join(map(str, axes))}]"}
        return _layer("Softmax", **given)

    return make


def _dropout(node: Node, context: Context) -> list[Step[Made]]:
    return [Step(Made("layers.Dropout", fixed=[(None, real(_fields(node)["rate"]))]))]


def _drop_path(node: Node, context: Context) -> list[Step[Made]]:
    ones = pair(("None", *["1"] * (_dims(node) + 1)))
    return [Step(Made("layers.Dropout", fixed=[(None, real(_fields(node)["rate"])), ("noise_shape", ones)]))]


def _noise(node: Node, context: Context) -> list[Step[Made]]:
    return [Step(Made("layers.GaussianNoise", fixed=[(None, real(_fields(node)["deviation"]))]))]


def _pad(node: Node, context: Context) -> list[Step[Made]]:
    f, pads = _fields(node), [(before, after) for before, after in _fields(node)["pad"]]
    if f["mode"] == "zeros" and not f["value"]:
        return [_zero_padding(pads, "")]
    if f["mode"] == "circular":
        raise Unwritten("its padding is circular")
    how = (
        MODES[f["mode"]].replace("edge", "symmetric") if f["mode"] != "zeros" else f"constant_values={real(f['value'])}"
    )
    return expression(padded(node.x[0], pads, how))


def _resize(node: Node, context: Context) -> list[Step[Made]]:
    f, x, y, dims = _fields(node), node.x[0], node.y, _dims(node)
    whole = all(m % n == 0 for n, m in zip(x.sides, y.sides, strict=True))
    factor = (None, numbers("factor", [m // n for n, m in zip(x.sides, y.sides, strict=True)]))
    if f["mode"] == "nearest":
        if whole:
            return _layer(f"UpSampling{dims}D", factor)
        raise Unwritten("Keras' nearest pixels are others where the factor is no whole number")
    if f["align_corners"] or f["mode"] != "bilinear" or dims != 2:
        raise Unwritten(f"Keras has no {f['mode']} interpolation with such corners, or in {dims}D")
    if whole:
        return _layer("UpSampling2D", factor, interpolation='"bilinear"')
    return _layer("Resizing", *((None, number("size", n)) for n in y.sides), interpolation='"bilinear"')


def _merge(name: str) -> Callable[[Node, Context], list[Step[Made]]]:
    def make(node: Node, context: Context) -> list[Step[Made]]:
        if len(node.x) == 1:
            return _layer("Identity")
        if name == "Subtract" and len(node.x) > 2:
            raise Unwritten(f"Keras subtracts one volume, not {len(node.x) - 1}")
        listed = ", ".join(f"{{{at}}}" for at in range(len(node.x)))
        return [Step(Made(f"layers.{name}"), f"[{listed}]")]

    return make


def _concat_along(node: Node, context: Context) -> list[Step[Made]]:
    (step,) = _merge("Concatenate")(node, context)
    if step.made is not None and step.made.function == "layers.Concatenate":
        step.made.fixed = [("axis", str(_along(node)))]
    return [step]


def _along(node: Node) -> int:
    """Return the dimension along which volumes are joined, the batch counted."""
    return next(i for i, n in enumerate(node.y.hwc) if n != node.x[0].hwc[i]) + 1


def _attention(node: Node, context: Context) -> list[Step[Made]]:
    f, x = _fields(node), node.x[0]
    if not f["out_proj"]:
        raise Unwritten("Keras' MultiHeadAttention has an output projection")
    if not f["qkv_bias"] == f["out_bias"] == bool(f["qkv_bias"]):
        raise Unwritten("Keras' MultiHeadAttention has biases in all its projections, or in none")
    if any(len(seen.sides) != 1 for seen in node.x):
        raise Unwritten("Keras' attention takes tokens, add tokens before it")
    keys, values = node.layer.widths(x.channels)  # type: ignore[attr-defined]
    key, value = keys // f["heads"], values // f["heads"]
    arguments: list[tuple[str | None, Slot]] = [(None, number("heads", f["heads"])), (None, number("key_dim", key))]
    if value != key:
        arguments.append(("value_dim", number("value_dim", value)))
    arguments.append(("use_bias", flag("bias", f["qkv_bias"])))
    given = {1: "{0}, {0}", 2: "{0}, {1}", 3: "{0}, {2}, {1}"}[len(node.x)]
    return [Step(Made("layers.MultiHeadAttention", arguments), given)]


def _embedding(node: Node, context: Context) -> list[Step[Made]]:
    f, x = _fields(node), node.x[0]
    arguments = [(None, number("vocabulary", f["vocabulary"])), (None, number("out", f["out"]))]
    flat = [Step(Made("layers.Reshape", fixed=[(None, pair((x.values,)))]), suffix="-flat")] if x.sides else []
    return [*flat, Step(Made("layers.Embedding", list(arguments)))]


def _recurrent(name: str) -> Callable[[Node, Context], list[Step[Made]]]:
    def make(node: Node, context: Context) -> list[Step[Made]]:
        f = _fields(node)
        if f["layers"] > 1:
            raise Unwritten(f"Keras has one layer in each, this one has {f['layers']}: write them one by one")
        if f.get("project"):
            raise Unwritten("Keras' LSTM has no projection")
        biases = 2 if name == "GRU" else 1
        if f["bias"] and f["biases"] != biases:
            raise Unwritten(f"Keras' {name} has {biases} bias{'es' * (biases > 1)}, write biases={biases}")
        made = Made(f"layers.{name}", [(None, number("out", f["out"])), ("use_bias", flag("bias", f["bias"]))])
        if f["sequence"]:
            made.fixed = [("return_sequences", "True")]
        if not f["bidirectional"]:
            return [Step(made)]
        inner = made.call(iter([slot.text if not slot.is_default else None for slot in slots_in(made)])).flat()
        return [Step(Made("layers.Bidirectional", fixed=[(None, inner)]))]

    return make


CONVOLUTIONS = ("conv", "depthwise", "separable")

LAYERS: dict[str, Callable[[Node, Context], list[Step[Made]]]] = {
    **dict.fromkeys(CONVOLUTIONS, _conv),
    "conv_transpose": _transposed,
    "linear": _linear,
    "maxpool": _maxpool,
    "avgpool": _avgpool,
    "lppool": _lppool,
    "global_avgpool": _global("Average"),
    "global_maxpool": _global("Max"),
    "adaptive_avgpool": _adaptive("Average"),
    "adaptive_maxpool": _adaptive("Max"),
    "batchnorm": _batchnorm,
    "layernorm": _layernorm,
    "rms_norm": _rms_norm,
    "groupnorm": _groupnorm,
    "instancenorm": _instancenorm,
    "relu": lambda node, context: _layer("ReLU"),
    "relu6": lambda node, context: _layer("ReLU", max_value="6"),
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "elu": _elu,
    "celu": _celu,
    "gelu": _gelu,
    **{
        kind: _activation(name)
        for kind, name in {
            **{kind: kind for kind in ("selu", "silu", "mish", "sigmoid", "tanh", "softplus", "softsign")},
            "hardswish": "hard_silu",
            "hardsigmoid": "hard_sigmoid",
            "logsigmoid": "log_sigmoid",
            "exp": "exponential",
        }.items()
    },
    "quick_gelu": lambda node, context: expression("{0} * ops.sigmoid(1.702 * {0})"),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "dropout": _dropout,
    "drop_path": _drop_path,
    "gaussian_noise": _noise,
    "flatten": lambda node, context: _layer("Flatten"),
    "rescale": lambda node, context: [
        Step(Made("layers.Rescaling", fixed=[(None, real(_fields(node)["scale"])), *_offset(node)]))
    ],
    "pad": _pad,
    "upsample": _resize,
    "resize": _resize,
    "resize_like": _resize,
    "add": _merge("Add"),
    "sub": _merge("Subtract"),
    "mul": _merge("Multiply"),
    "maximum": _merge("Maximum"),
    "minimum": _merge("Minimum"),
    "average": _merge("Average"),
    "concat": _merge("Concatenate"),
    "concat_along": _concat_along,
    "attention": _attention,
    "cross_attention": _attention,
    "embedding": _embedding,
    "lstm": _recurrent("LSTM"),
    "gru": _recurrent("GRU"),
    "rnn": _recurrent("SimpleRNN"),
}
"""Layers of Keras, each kind as the steps that compute it."""


def _offset(node: Node) -> list[tuple[str | None, str]]:
    offset = _fields(node)["offset"]
    return [("offset", real(offset))] if offset else []
