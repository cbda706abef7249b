"""The layers of Keras, each as the function that reads its configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.readers.keras_fields import Fields, integer_of, short
from cnncalc.exchange.tensors import Tensors, Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.attention import Attention
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise, Separable
from cnncalc.layers.fields import Pair, Sides
from cnncalc.layers.joint import Average, Maximum, Minimum
from cnncalc.layers.merge import Add, Mul, Sub
from cnncalc.layers.norm import BatchNorm, GroupNorm, LayerNorm, Rescale
from cnncalc.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from cnncalc.layers.resize import Crop, Resize, Upsample, ZeroPad


class GraphLayers:
    """The layers that were made so far, and how another is added."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.volumes = Tensors(graph)
        self.first: dict[str, int] = {}

    def activated(self, view: View, function: Any, path: str) -> View:
        if isinstance(function, Mapping):
            own = function.get("config")
            if isinstance(own, str):
                function = own
            else:
                kind = function.get("class_name")
                if kind not in ACTIVATIONS or not isinstance(own, (Mapping, type(None))):
                    raise Unreadable(f"with the activation {short(kind)} is no layer kind")
                return LAYERS[kind](self, [view], Fields(own or {}), path)
        if function in (None, "linear"):
            return view
        if not isinstance(function, str) or function not in FUNCTIONS:
            raise Unreadable(f"with the activation {short(function)} is no layer kind")
        self.volumes.path = f"{path}.{function}"
        own_kind, fields = FUNCTIONS[function]
        dim = -1 if own_kind in ("softmax", "log_softmax") else None
        return self.volumes.each(view, KINDS[own_kind], dim=dim, **fields)

    def first_of(self, path: str) -> int | None:
        """Return the layer that had these weights first: Keras' layers are shared by calling them again."""
        return self.first.get(path)

    def spatial(self, view: View, layer: Layer, config: Fields, path: str, *, tied: bool = False) -> View:
        """Apply a layer of images, whose channels are last unless the configuration has them first."""
        if config.channels_first:
            moved = View(view.node, view.dims)
        else:
            moved = View(view.node, (view.dims[0], view.dims[-1], *view.dims[1:-1]))
        found = self.volumes.layer(moved, layer, shares=self.first_of(path) if tied else None, tied=tied)
        self.first.setdefault(path, found.node)
        if config.channels_first:
            return found
        return View(found.node, (found.dims[0], *found.dims[2:], found.dims[1]))

    def tied(self, path: str, make: Callable[..., View]) -> View:
        found = make(shares=self.first_of(path), tied=True)
        self.first.setdefault(path, found.node)
        return found


def _sides(view: View) -> int:
    return len(view.dims) - 2


def _window(config: Fields, sides: int) -> dict[str, Any]:
    padding = config.get("padding", "border_mode") or "valid"
    if padding not in ("valid", "same", "causal"):
        raise Unreadable(f"with padding {short(padding)} is no layer kind")
    old = config.get("kernel_size") is None and sides == 2
    kernel = [config.integer(n) for n in ("nb_row", "nb_col")] if old else config.integers("kernel_size", sides=sides)
    return {
        "kernel": Sides(kernel),
        "stride": Sides(config.integers("strides", "subsample", sides=sides, default=1)),
        "pad": 0 if padding == "valid" else padding,
        "dilation": Sides(config.integers("dilation_rate", sides=sides, default=1)),
        "bias": config.flag("use_bias", default=True),
    }


def _conv(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    out = config.integer("filters", "nb_filter")
    groups, fields = config.integer("groups", default=1), _window(config, sides)
    channels = view.shape[1 if config.channels_first else -1]
    layer: Layer = Conv(sides, out=out, groups=groups, **fields)
    if groups == channels > 1:
        layer = Depthwise(sides, multiplier=out // groups, **fields)
    return r.spatial(view, layer, config, path, tied=True)


def _depthwise(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    layer = Depthwise(sides, multiplier=config.integer("depth_multiplier", default=1), **_window(config, sides))
    return r.spatial(view, layer, config, path, tied=True)


def _separable(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    multiplier = config.integer("depth_multiplier", default=1)
    layer = Separable(sides, out=config.integer("filters"), multiplier=multiplier, **_window(config, sides))
    return r.spatial(view, layer, config, path, tied=True)


def _transposed(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    fields = _window(config, sides)
    extra = config.get("output_padding")
    if extra is not None:
        raise Unreadable(f"with output_padding {short(extra)} is no layer kind")
    if fields["pad"] == 0:  # Keras makes room for the stride where the kernel is smaller
        pairs = zip(fields["stride"], fields["kernel"], strict=True)
        fields["output_pad"] = Sides(max(s - k, 0) for s, k in pairs)
    layer = ConvTranspose(sides, out=config.integer("filters"), **fields)
    return r.spatial(view, layer, config, path, tied=True)


def _pool(kind: type[Layer]) -> Callable[..., View]:
    def make(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
        (view,) = views
        sides = _sides(view)
        kernel = Sides(config.integers("pool_size", sides=sides, default=2))
        stride = kernel if config.get("strides") is None else Sides(config.integers("strides", sides=sides))
        same = config.get("padding") == "same"
        fields: dict[str, Any] = {"pad": "same"} if same else {}
        if kind is AvgPool and same:
            fields["count_include_pad"] = False
        layer = kind(sides, kernel=kernel, stride=stride, **fields)
        return r.spatial(view, layer, config, path)

    return make


def _global(kind: type[Layer]) -> Callable[..., View]:
    def make(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
        (view,) = views
        found = r.spatial(view, kind(_sides(view)), config, path)
        if config.get("keepdims"):
            return found
        channels = found.dims[1 if config.channels_first else -1]
        return r.volumes.arranged(View(found.node, (found.dims[0], channels)), [[channels]])

    return make


def _dense(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    out, bias = config.integer("units", "output_dim"), config.flag("use_bias", default=True)
    return r.tied(path, lambda **tied: r.volumes.linear(view, out, bias, **tied))


def _axis(config: Fields, view: View) -> int:
    axis = config.get("axis")
    axes = [-1] if axis is None else list(axis) if isinstance(axis, (list, tuple)) else [axis]
    if len(axes) != 1:
        raise Unreadable(f"over the dimensions {short(axes)} is no layer kind")
    at = integer_of("axis", axes[0], -len(view.dims))
    if at >= len(view.dims):
        raise Unreadable(f"has axis {at}, and {len(view.dims)} dimensions")
    return at % len(view.dims)


def _batch_norm(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    fields: dict[str, Any] = {
        "scale": config.flag("scale", default=True),
        "bias": config.flag("center", default=True),
        "eps": config.number("epsilon", default=1e-3),
        "momentum": round(1 - config.number("momentum", default=0.99), 9),
    }
    if not fields["scale"] and not fields["bias"]:
        fields = {"affine": False, "eps": fields["eps"], "momentum": fields["momentum"]}
    at = _axis(config, view)
    first = Fields({"data_format": "channels_first"} if at == 1 < len(view.dims) - 1 else {})
    if at not in (1, len(view.dims) - 1):
        raise Unreadable(f"over dimension {at} is no layer kind")
    return r.spatial(view, BatchNorm(_sides(view), **fields), first, path, tied=True)


def _layer_norm(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    if _axis(config, view) != len(view.dims) - 1 or not config.flag("scale", default=True):
        raise Unreadable("over another dimension than the last, or without a scale, is no layer kind")
    fields: dict[str, Any] = {
        "eps": config.number("epsilon", default=1e-3),
        "bias": config.flag("center", default=True),
    }
    return r.tied(path, lambda **tied: r.volumes.norm(view, LayerNorm, **fields, **tied))


def _group_norm(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    groups = config.get("groups")
    groups = view.shape[-1] if groups == -1 else config.integer("groups", default=32)
    fields: dict[str, Any] = {
        "scale": config.flag("scale", default=True),
        "bias": config.flag("center", default=True),
        "eps": config.number("epsilon", default=1e-3),
    }
    return r.spatial(view, GroupNorm(_sides(view), groups=groups, **fields), Fields({}), path, tied=True)


def _activation(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    return r.activated(views[0], config.get("activation"), path)


def _function(kind: str, **names: tuple[tuple[str, ...], float]) -> Callable[..., View]:
    def make(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
        fields: dict[str, Any] = {
            ours: config.number(*theirs, default=default) for ours, (theirs, default) in names.items()
        }
        return r.volumes.each(views[0], KINDS[kind], **fields)

    return make


def _relu(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    slope, threshold = (config.number(name, default=0) for name in ("negative_slope", "threshold"))
    limit = None if config.get("max_value") is None else config.number("max_value")
    if threshold:
        raise Unreadable(f"with a threshold of {threshold:g} is no layer kind")
    if slope and limit is None:
        return r.volumes.each(views[0], KINDS["leaky_relu"], slope=slope)
    if slope:
        raise Unreadable("with a slope and a limit is no layer kind")
    if limit in (None, 6):
        return r.volumes.each(views[0], KINDS["relu6" if limit else "relu"])
    return r.volumes.each(views[0], KINDS["hardtanh"], min=0, max=limit)


def _prelu(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    shared = [] if config.get("shared_axes") is None else list(config.list("shared_axes"))
    if shared != list(range(1, len(view.dims) - 1)):
        raise Unreadable("with a slope for each value is no layer kind; shared_axes over all positions is one")
    layer = KINDS["prelu"](_sides(view), per_channel=view.shape[-1] > 1)
    return r.spatial(view, layer, Fields({}), path, tied=True)


def _softmax(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    return r.volumes.each(views[0], KINDS["softmax"], dim=_axis(config, views[0]))


def _dropout(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    rate = config.number("rate", "p", default=0.5)
    return r.volumes.each(views[0], KINDS["dropout"], rate=rate) if rate else views[0]


def _same(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    return views[0]


def _flatten(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    dims = view.dims[1:]
    if config.channels_first and len(dims) > 1:
        dims = (*dims[1:], dims[0])
    found = View(view.node, (view.dims[0], tuple(atom for atoms in dims for atom in atoms)))
    return r.volumes.arranged(found, [[found.dims[1]]])


def _reshape(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sizes = [integer_of("target_shape", n, 1) if n != -1 else -1 for n in config.list("target_shape")]
    known = prod(n for n in sizes if n != -1)
    sizes = [prod(view.shape[1:]) // known if n == -1 else n for n in sizes]
    if prod(sizes) != prod(view.shape[1:]):
        raise Unreadable(f"to {'x'.join(map(str, sizes[:9]))} does not have as many values")
    return r.volumes.reshape(view, (view.shape[0], *sizes))


def _permute(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    order = [0, *config.list("dims")]
    if sorted(order, key=str) != sorted(range(len(views[0].dims)), key=str):
        raise Unreadable(f"by dims {short(order[1:])} is no order of {len(views[0].dims) - 1} dimensions")
    return r.volumes.permute(views[0], order)


def _zero_padding(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    return r.spatial(view, ZeroPad(sides, pad=_padding(config, "padding", sides)), config, path)


def _padding(config: Fields, name: str, sides: int) -> Sides:
    """Return padding as pairs: one number, one for each dimension, or a pair for each."""
    value = config.get(name)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * sides
    if sides == 1 and len(values) == 2 and not isinstance(values[0], (list, tuple)):
        values = [values]
    pairs = [n if isinstance(n, (list, tuple)) else (n, n) for n in values]
    if len(pairs) != sides or any(len(pair) != 2 for pair in pairs):
        raise Unreadable(f"has {name} {short(value)}, a number or a pair for each of {sides} dimensions is needed")
    return Sides(Pair(integer_of(name, n, 0) for n in pair) for pair in pairs)


def _cropping(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    own = view.shape[2:] if config.channels_first else view.shape[1:-1]
    cut = _padding(config, "cropping", sides)
    size = [n - before - after for n, (before, after) in zip(own, cut, strict=True)]
    if min(size, default=1) < 1:
        raise Unreadable("leaves nothing")
    layer = Crop(sides, size=Sides(size), offset=Sides(before for before, _ in cut))
    return r.spatial(view, layer, config, path)


def _upsampling(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    mode = config.get("interpolation") or "nearest"
    if mode not in ("nearest", "bilinear"):
        raise Unreadable(f"with interpolation {short(mode)} is no layer kind")
    layer = Upsample(sides, factor=Sides(config.integers("size", sides=sides, default=2)), mode=mode)
    return r.spatial(view, layer, config, path)


def _resizing(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    mode = config.get("interpolation") or "bilinear"
    plain = not any(config.get(name) for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"))
    if mode not in ("nearest", "bilinear") or not plain:
        raise Unreadable(f"with interpolation {short(mode)} or an aspect ratio is no layer kind")
    layer = Resize(2, size=Sides((config.integer("height"), config.integer("width"))), mode=mode)
    return r.spatial(view, layer, config, path)


def _rescaling(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    if any(isinstance(config.get(name), (list, tuple)) for name in ("scale", "offset")):
        raise Unreadable("with a scale for each channel is no layer kind")
    return r.volumes.each(views[0], Rescale, scale=config.number("scale"), offset=config.number("offset", default=0))


def _normalization(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    r.graph.notes.append(f"{path} normalises the input by statistics of the data; it is left out, as are its numbers")
    return views[0]


def _merge(kind: type[Layer]) -> Callable[..., View]:
    def make(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
        if len(views) == 1:
            raise Unreadable("of one tensor is no layer kind")
        return r.volumes.merge(kind, views)

    return make


def _concat(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    return r.volumes.concat(views, _axis(config, views[0]))


def _attention(r: GraphLayers, views: list[View], config: Fields, path: str) -> View:
    view = views[0]
    heads, key = config.integer("num_heads"), config.integer("key_dim")
    same = config.get("value_dim") in (None, key) and heads * key == view.shape[-1]
    if len(set(views)) > 1 or not same or len(view.dims) != 3 or config.get("output_shape"):
        raise Unreadable("of several tensors, or with heads of another width, is no layer kind")
    tokens = r.volumes.channels(view, -1)

    def make(**tied: Any) -> View:
        layer = Attention(1, heads=heads, bias=config.flag("use_bias", default=True))
        return View(r.volumes.add(layer, tokens.node, **tied), tokens.dims)

    return r.tied(path, make)


FUNCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        name: (name, {})
        for name in (
            *("relu", "relu6", "sigmoid", "tanh", "softmax", "softplus", "softsign", "selu", "elu", "silu", "gelu"),
            *("mish", "celu", "log_softmax"),
        )
    },
    "swish": ("silu", {}),
    "exponential": ("exp", {}),
    "hard_sigmoid": ("hardsigmoid", {}),
    "hard_silu": ("hardswish", {}),
    "hard_swish": ("hardswish", {}),
    "hard_tanh": ("hardtanh", {}),
    "log_sigmoid": ("logsigmoid", {}),
    "leaky_relu": ("leaky_relu", {"slope": 0.2}),
}
"""Activations by their names in Keras."""


ACTIVATED = frozenset(
    {
        *("Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "DepthwiseConv1D", "DepthwiseConv2D"),
        *("SeparableConv1D", "SeparableConv2D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Dense"),
    }
)


ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "PReLU", "Softmax")
"""Layers that another layer may have as its activation."""


SEVERAL = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "MultiHeadAttention")
"""Layers of several tensors."""


LAYERS: dict[str, Callable[..., View]] = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D"), _conv),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **{f"Conv{n}DTranspose": _transposed for n in (1, 2, 3)},
    **{f"MaxPooling{n}D": _pool(MaxPool) for n in (1, 2, 3)},
    **{f"AveragePooling{n}D": _pool(AvgPool) for n in (1, 2, 3)},
    **{f"GlobalAveragePooling{n}D": _global(GlobalAvgPool) for n in (1, 2, 3)},
    **{f"GlobalMaxPooling{n}D": _global(GlobalMaxPool) for n in (1, 2, 3)},
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _function("leaky_relu", slope=(("negative_slope", "alpha"), 0.3)),
    "ELU": _function("elu", alpha=(("alpha",), 1.0)),
    "ThresholdedReLU": _function("threshold", limit=(("theta",), 1.0)),
    "PReLU": _prelu,
    "Softmax": _softmax,
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"), _dropout),
    **dict.fromkeys(("GaussianNoise", "GaussianDropout", "ActivityRegularization", "Identity"), _same),
    **dict.fromkeys(("RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation"), _same),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    **{f"ZeroPadding{n}D": _zero_padding for n in (1, 2, 3)},
    **{f"Cropping{n}D": _cropping for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _upsampling for n in (1, 2, 3)},
    "Resizing": _resizing,
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "Add": _merge(Add),
    "Subtract": _merge(Sub),
    "Multiply": _merge(Mul),
    "Average": _merge(Average),
    "Maximum": _merge(Maximum),
    "Minimum": _merge(Minimum),
    "Concatenate": _concat,
    "MultiHeadAttention": _attention,
}
"""The layers of Keras, each as the function that reads its configuration."""
