"""Keras: the configuration of a model, in a `.keras` file or as JSON. It is only read: nothing in it is run."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.exchange.graph import Graph, NotRead
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
from cnncalc.problem import Problem, did_you_mean
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.exchange.readers import Request

LARGEST = 64 * 2**20
"""Bytes of a configuration; that of the largest application of Keras has 1 MiB."""

DEEPEST = 50
"""Models in models."""


def read(request: Request) -> Graph:
    """Return the graph of a Keras model. Raises NotRead with every layer that no kind expresses."""
    graph = Graph(request.stem, request.source)
    config = _model_config(request)
    _Reading(graph, request).model(config)
    return graph


def read_config(config: Mapping[str, Any], name: str = "model") -> Graph:
    """Return the graph of a live Keras model, from what its `get_config` and class name say."""
    from cnncalc.exchange.readers import Request

    graph = Graph(name, name)
    _Reading(graph, Request(name)).model(config)
    return graph.finished()


def _refusal(message: str, hint: str | None = None) -> NotRead:
    return NotRead([Problem("E126", message, None, hint)])


def _model_config(request: Request) -> Mapping[str, Any]:
    text = _text(request)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _refusal(f"the configuration in {request.source} is no JSON, or only a part of one") from None
    for key in ("modelTopology", "model_config"):
        if isinstance(found, dict) and key in found:
            found = found[key]
            if isinstance(found, str):
                try:
                    found = json.loads(found)
                except (ValueError, RecursionError):
                    raise _refusal(f"the configuration in {request.source} is no JSON") from None
    if isinstance(found, dict) and "node" in found and "config" not in found:
        raise _refusal(f"{request.source} is a graph of TensorFlow's operators, which has no layers")
    if not isinstance(found, dict) or not isinstance(found.get("config"), (dict, list)) or "class_name" not in found:
        raise _refusal(f"{request.source} has no configuration of a Keras model")
    return found


def _text(request: Request) -> bytes:
    data = request.data
    if data is not None and not data.startswith(b"PK"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data) if data is not None else request.name) as archive:
            if "config.json" not in archive.namelist():
                raise _refusal(f"{request.source} is a zip that holds no config.json: no model that Keras saved")
            if archive.getinfo("config.json").file_size > LARGEST:
                raise _refusal(f"the configuration in {request.source} has more than {LARGEST >> 20} MiB")
            return archive.read("config.json")
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, NotImplementedError) as reason:
        raise _refusal(f"{request.source} cannot be read as a zip: {reason or type(reason).__name__}") from None


class _Reading:
    def __init__(self, graph: Graph, request: Request) -> None:
        self.graph, self.request = graph, request
        self.volumes = Tensors(graph)
        self.first: dict[str, int] = {}
        self.prefix = ""
        self.depth = 0

    def model(self, config: Mapping[str, Any]) -> None:
        inner = config["config"]
        if isinstance(inner, dict) and isinstance(inner.get("name"), str) and self.graph.name in ("config", "model"):
            self.graph.name = re.sub(r"\W+", "_", inner["name"]).strip("_") or self.graph.name
        try:
            outputs = self._inner(config, None)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
            raise _refusal(
                f"the configuration in {self.graph.source} is none that Keras writes: {type(fault).__name__}: {fault}"
            ) from None
        for name, view in outputs:
            try:
                if view is not None:
                    self.graph.output(name, self._natural(view))
            except Unreadable as reason:
                self.graph.refuse(f"the output {name} {reason}")

    def _natural(self, view: View) -> int:
        return self.volumes.arranged(view, [[atoms] for atoms in view.dims[1:]]).node

    def _inner(self, config: Mapping[str, Any], given: list[View | None] | None) -> list[tuple[str, View | None]]:
        """Read a model, on volumes or on inputs of its own; return its outputs."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise _refusal(f"{self.graph.source} has models in models {DEEPEST} deep")
        try:
            kind = config["class_name"]
            if kind == "Sequential":
                return self._sequential(config, given)
            if kind in ("Functional", "Model", "Graph"):
                return self._functional(config["config"], given)
        finally:
            self.depth -= 1
        self.graph.refuse(f"{kind} is a class of its own, whose forward is not in the configuration")
        return []

    def _sequential(self, config: Mapping[str, Any], given: list[View | None] | None) -> list[tuple[str, View | None]]:
        inner = config["config"]
        layers = inner["layers"] if isinstance(inner, dict) else inner
        built = inner.get("build_input_shape") if isinstance(inner, dict) else None
        view = given[0] if given else None
        known = bool(given)
        for layer in layers:
            own = layer["config"]
            shape = own.get("batch_shape") or own.get("batch_input_shape")
            if not known:
                view = self._input(
                    shape or built or (layer.get("build_config") or {}).get("input_shape"), "input", True
                )
                known = True
            if layer["class_name"] != "InputLayer":
                (view,) = self._layer(layer, [view])[:1] or [None]
        return [("output", view)]

    def _functional(self, config: Mapping[str, Any], given: list[View | None] | None) -> list[tuple[str, View | None]]:
        results: dict[tuple[str, int], list[View | None]] = {}
        ends_in, ends_out = _ends(config["input_layers"]), _ends(config["output_layers"])
        single = len(ends_in) == 1
        layers = {layer["name"] if "name" in layer else layer["config"]["name"]: layer for layer in config["layers"]}
        for number, (name, at, _) in enumerate(ends_in):
            own = layers[name]["config"]
            if given is not None:
                results[name, at] = [given[number]]
            else:
                shape = own.get("batch_shape") or own.get("batch_input_shape")
                results[name, at] = [self._input(shape, "input" if single else _word(name), single)]
        waiting = [
            (name, number, list(_tensors(call)), call)
            for name, layer in layers.items()
            if layer["class_name"] != "InputLayer"
            for number, call in enumerate(layer.get("inbound_nodes") or [])
        ]
        while waiting:
            later = []
            for name, number, needs, call in waiting:
                if all((source, at) in results for source, at, _ in needs):
                    views = [results[source, at][index] for source, at, index in needs]
                    results[name, number] = self._layer(layers[name], views, _fixed(call))
                else:
                    later.append((name, number, needs, call))
            if len(later) == len(waiting):
                missing = next(source for source, at, _ in later[0][2] if (source, at) not in results)
                self.graph.refuse(f"{later[0][0]} reads {missing}, which is not there or reads it itself")
                return []
            waiting = later
        found = []
        for name, at, index in ends_out:
            view = results[name, at][index] if (name, at) in results else None
            found.append(("output" if len(ends_out) == 1 else _word(name), view))
        return found

    def _input(self, sizes: Any, name: str, single: bool) -> View | None:
        given = self.request.shapes(needed=False)
        shape = given.get(name) or (given.get("input") if single else None)
        own = list(sizes[1:]) if isinstance(sizes, (list, tuple)) else None
        if shape is None:
            if not own or not all(isinstance(n, int) and n > 0 for n in own):
                text = "x".join("?" if n is None else str(n) for n in own or []) or "unknown"
                hint = "give its shape, as in --input 224x224x3"
                self.graph.refuse(f"the input {name} is {text}, which has no size in numbers", None, hint)
                return None
            if len(own) > 4:
                self.graph.refuse(f"the input {name} has {len(own)} dimensions, at most 4 are read")
                return None
            shape = Shape(tuple(own[:-1]), own[-1])
        return self.volumes.input(name, shape, last=True)

    def _layer(
        self, layer: Mapping[str, Any], views: list[View | None], fixed: Sequence[str] = ()
    ) -> list[View | None]:
        kind, config = layer["class_name"], layer["config"]
        name = config.get("name") or layer.get("name") or kind.lower()
        path = f"{self.prefix}.{name}".lstrip(".")
        if None in views:
            return [None]
        known = [view for view in views if view is not None]
        if kind in ("Sequential", "Functional", "Model"):
            outer, self.prefix = self.prefix, path
            self.graph.classes[path] = kind
            try:
                return [view for _, view in self._inner(layer, list(known))]
            finally:
                self.prefix = outer
        self.volumes.path, self.volumes.scope = path, path.rpartition(".")[0]
        try:
            if kind not in LAYERS:
                hint = did_you_mean(kind, list(LAYERS))
                raise Unreadable(f"is no layer kind{f' ({hint})' if hint else ''}")
            if fixed:
                raise Unreadable(f"with {fixed[0]} is no layer kind")
            view = LAYERS[kind](self, known, config, path)
            function = config.get("activation") if kind in ACTIVATED else None
            return [self._activated(view, function, path)]
        except Unreadable as reason:
            shapes = " and ".join("x".join(map(str, view.shape[1:])) for view in known)
            self.graph.refuse(f"{path}: {kind} of {shapes} {reason}".rstrip())
            return [None]

    def _activated(self, view: View, function: Any, path: str) -> View:
        if isinstance(function, Mapping):
            own = function.get("config")
            if isinstance(own, str):
                function = own
            else:
                return LAYERS[function["class_name"]](self, [view], own or {}, path)
        if function in (None, "linear"):
            return view
        if function not in FUNCTIONS:
            raise Unreadable(f"with the activation {function} is no layer kind")
        self.volumes.path = f"{path}.{function}"
        kind, fields = FUNCTIONS[function]
        return self.volumes.each(view, KINDS[kind], dim=-1 if kind in ("softmax", "log_softmax") else None, **fields)

    def first_of(self, path: str) -> int | None:
        """Return the layer that had these weights first: Keras' layers are shared by calling them again."""
        return self.first.get(path)

    def spatial(self, view: View, layer: Layer, config: Mapping[str, Any], path: str, *, tied: bool = False) -> View:
        """Apply a layer of images, whose channels are last unless the configuration has them first."""
        if config.get("data_format") == "channels_first":
            moved = View(view.node, view.dims)
        else:
            moved = View(view.node, (view.dims[0], view.dims[-1], *view.dims[1:-1]))
        found = self.volumes.layer(moved, layer, shares=self.first_of(path) if tied else None, tied=tied)
        self.first.setdefault(path, found.node)
        if config.get("data_format") == "channels_first":
            return found
        return View(found.node, (found.dims[0], *found.dims[2:], found.dims[1]))

    def tied(self, path: str, make: Callable[..., View]) -> View:
        found = make(shares=self.first_of(path), tied=True)
        self.first.setdefault(path, found.node)
        return found


def _ends(ends: Any) -> list[tuple[str, int, int]]:
    """Return input or output layers: one alone may be written without the list round it."""
    if isinstance(ends, Mapping):
        ends = list(ends.values())
    if ends and isinstance(ends[0], str):
        ends = [ends]
    return [(end[0], int(end[1]), int(end[2])) for end in ends]


def _tensors(call: Any) -> Iterator[tuple[str, int, int]]:
    """Yield what a call reads, as Keras 2 and as Keras 3 write it."""
    if isinstance(call, Mapping):
        if call.get("class_name") == "__keras_tensor__":
            name, at, index = call["config"]["keras_history"]
            yield name, int(at), int(index)
            return
        if "args" in call:
            yield from _tensors(call["args"])
            yield from _tensors(list((call.get("kwargs") or {}).values()))
        return
    if isinstance(call, (list, tuple)):
        if len(call) >= 3 and isinstance(call[0], str) and isinstance(call[1], int) and isinstance(call[2], int):
            yield call[0], call[1], call[2]
            return
        for part in call:
            yield from _tensors(part)


def _fixed(call: Any) -> list[str]:
    """Return arguments of a call that are numbers or texts: an operator with a constant."""
    if not isinstance(call, Mapping):
        return []
    return [str(value) for value in call.get("args") or [] if isinstance(value, (int, float, str))]


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "input"


def _numbers(value: Any, sides: int) -> list[int]:
    values = list(value) if isinstance(value, (list, tuple)) else [value] * sides
    return [int(n) for n in values]


def _sides(view: View) -> int:
    return len(view.dims) - 2


def _window(config: Mapping[str, Any], sides: int) -> dict[str, Any]:
    padding = config.get("padding", config.get("border_mode", "valid"))
    if padding not in ("valid", "same", "causal"):
        raise Unreadable(f"with padding {padding} is no layer kind")
    kernel = config.get("kernel_size") or [config["nb_row"], config["nb_col"]]
    return {
        "kernel": Sides(_numbers(kernel, sides)),
        "stride": Sides(_numbers(config.get("strides") or config.get("subsample") or 1, sides)),
        "pad": 0 if padding == "valid" else padding,
        "dilation": Sides(_numbers(config.get("dilation_rate") or 1, sides)),
        "bias": bool(config.get("use_bias", True)),
    }


def _conv(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    out = int(config.get("filters") or config["nb_filter"])
    groups, fields = int(config.get("groups") or 1), _window(config, sides)
    channels = view.shape[1 if config.get("data_format") == "channels_first" else -1]
    layer: Layer = Conv(sides, out=out, groups=groups, **fields)
    if groups == channels > 1:
        layer = Depthwise(sides, multiplier=out // groups, **fields)
    return r.spatial(view, layer, config, path, tied=True)


def _depthwise(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    layer = Depthwise(sides, multiplier=int(config.get("depth_multiplier") or 1), **_window(config, sides))
    return r.spatial(view, layer, config, path, tied=True)


def _separable(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    multiplier = int(config.get("depth_multiplier") or 1)
    layer = Separable(sides, out=int(config["filters"]), multiplier=multiplier, **_window(config, sides))
    return r.spatial(view, layer, config, path, tied=True)


def _transposed(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    fields = _window(config, sides)
    extra = config.get("output_padding")
    if extra is not None:
        raise Unreadable(f"with output_padding {extra} is no layer kind")
    if fields["pad"] == 0:  # Keras makes room for the stride where the kernel is smaller
        pairs = zip(fields["stride"], fields["kernel"], strict=True)
        fields["output_pad"] = Sides(max(s - k, 0) for s, k in pairs)
    layer = ConvTranspose(sides, out=int(config["filters"]), **fields)
    return r.spatial(view, layer, config, path, tied=True)


def _pool(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
        (view,) = views
        sides = _sides(view)
        kernel = Sides(_numbers(config.get("pool_size") or 2, sides))
        stride = config.get("strides")
        same = config.get("padding", "valid") == "same"
        fields: dict[str, Any] = {"pad": "same"} if same else {}
        if kind is AvgPool and same:
            fields["count_include_pad"] = False
        layer = kind(sides, kernel=kernel, stride=Sides(_numbers(stride, sides)) if stride else kernel, **fields)
        return r.spatial(view, layer, config, path)

    return make


def _global(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
        (view,) = views
        found = r.spatial(view, kind(_sides(view)), config, path)
        if config.get("keepdims"):
            return found
        channels = found.dims[1 if config.get("data_format") == "channels_first" else -1]
        return r.volumes.arranged(View(found.node, (found.dims[0], channels)), [[channels]])

    return make


def _dense(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    out = int(config.get("units") or config["output_dim"])
    bias = bool(config.get("use_bias", True))
    return r.tied(path, lambda **tied: r.volumes.linear(view, out, bias, **tied))


def _axis(config: Mapping[str, Any], view: View) -> int:
    axis = config.get("axis", -1)
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    if len(axes) != 1:
        raise Unreadable(f"over the dimensions {axes} is no layer kind")
    return int(axes[0]) % len(view.dims)


def _batch_norm(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    fields = {
        "scale": bool(config.get("scale", True)),
        "bias": bool(config.get("center", True)),
        "eps": config.get("epsilon", 1e-3),
        "momentum": round(1 - config.get("momentum", 0.99), 9),
    }
    if not fields["scale"] and not fields["bias"]:
        fields = {"affine": False, "eps": fields["eps"], "momentum": fields["momentum"]}
    at = _axis(config, view)
    first = {"data_format": "channels_first"} if at == 1 < len(view.dims) - 1 else {}
    if at not in (1, len(view.dims) - 1):
        raise Unreadable(f"over dimension {at} is no layer kind")
    return r.spatial(view, BatchNorm(_sides(view), **fields), first, path, tied=True)


def _layer_norm(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    if _axis(config, view) != len(view.dims) - 1 or not config.get("scale", True):
        raise Unreadable("over another dimension than the last, or without a scale, is no layer kind")
    fields = {"eps": config.get("epsilon", 1e-3), "bias": bool(config.get("center", True))}
    return r.tied(path, lambda **tied: r.volumes.norm(view, LayerNorm, **fields, **tied))


def _group_norm(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    groups = int(config.get("groups", 32))
    groups = view.shape[-1] if groups == -1 else groups
    fields = {
        "scale": bool(config.get("scale", True)),
        "bias": bool(config.get("center", True)),
        "eps": config.get("epsilon", 1e-3),
    }
    return r.spatial(view, GroupNorm(_sides(view), groups=groups, **fields), {}, path, tied=True)


def _activation(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    return r._activated(views[0], config["activation"], path)


def _function(kind: str, **names: tuple[tuple[str, ...], float]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
        fields: dict[str, Any] = {}
        for ours, (theirs, default) in names.items():
            value = next((config[name] for name in theirs if config.get(name) is not None), default)
            fields[ours] = float(value["config"]["value"] if isinstance(value, Mapping) else value)
        return r.volumes.each(views[0], KINDS[kind], **fields)

    return make


def _relu(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    slope, limit = config.get("negative_slope") or 0, config.get("max_value")
    if config.get("threshold"):
        raise Unreadable(f"with a threshold of {config['threshold']} is no layer kind")
    if slope and limit is None:
        return r.volumes.each(views[0], KINDS["leaky_relu"], slope=float(slope))
    if slope:
        raise Unreadable("with a slope and a limit is no layer kind")
    if limit in (None, 6):
        return r.volumes.each(views[0], KINDS["relu6" if limit else "relu"])
    return r.volumes.each(views[0], KINDS["hardtanh"], min=0, max=float(limit))


def _prelu(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    shared = list(config.get("shared_axes") or [])
    if shared != list(range(1, len(view.dims) - 1)):
        raise Unreadable("with a slope for each value is no layer kind; shared_axes over all positions is one")
    layer = KINDS["prelu"](_sides(view), per_channel=view.shape[-1] > 1)
    return r.spatial(view, layer, {}, path, tied=True)


def _softmax(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    return r.volumes.each(views[0], KINDS["softmax"], dim=_axis(config, views[0]))


def _dropout(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    rate = float(config.get("rate", config.get("p", 0.5)))
    return r.volumes.each(views[0], KINDS["dropout"], rate=rate) if rate else views[0]


def _same(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    return views[0]


def _flatten(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    dims = view.dims[1:]
    if config.get("data_format") == "channels_first" and len(dims) > 1:
        dims = (*dims[1:], dims[0])
    found = View(view.node, (view.dims[0], tuple(atom for atoms in dims for atom in atoms)))
    return r.volumes.arranged(found, [[found.dims[1]]])


def _reshape(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sizes = [int(n) for n in config["target_shape"]]
    known = prod(n for n in sizes if n != -1)
    sizes = [prod(view.shape[1:]) // known if n == -1 else n for n in sizes]
    return r.volumes.reshape(view, (view.shape[0], *sizes))


def _permute(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    return r.volumes.permute(views[0], [0, *(int(n) for n in config["dims"])])


def _zero_padding(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    return r.spatial(view, ZeroPad(sides, pad=_ends_of(config["padding"], sides)), config, path)


def _ends_of(value: Any, sides: int) -> Sides:
    """Return padding as pairs: one number, one for each dimension, or a pair for each."""
    values = list(value) if isinstance(value, (list, tuple)) else [value] * sides
    if sides == 1 and len(values) == 2 and not isinstance(values[0], (list, tuple)):
        values = [values]
    return Sides(Pair(map(int, n if isinstance(n, (list, tuple)) else (n, n))) for n in values)


def _cropping(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    own = view.shape[2:] if config.get("data_format") == "channels_first" else view.shape[1:-1]
    cut = _ends_of(config["cropping"], sides)
    size = [n - before - after for n, (before, after) in zip(own, cut, strict=True)]
    layer = Crop(sides, size=Sides(size), offset=Sides(before for before, _ in cut))
    return r.spatial(view, layer, config, path)


def _upsampling(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    sides = _sides(view)
    mode = config.get("interpolation", "nearest")
    if mode not in ("nearest", "bilinear"):
        raise Unreadable(f"with interpolation {mode} is no layer kind")
    layer = Upsample(sides, factor=Sides(_numbers(config.get("size", 2), sides)), mode=mode)
    return r.spatial(view, layer, config, path)


def _resizing(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    (view,) = views
    mode = config.get("interpolation", "bilinear")
    plain = not any(config.get(name) for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"))
    if mode not in ("nearest", "bilinear") or not plain:
        raise Unreadable(f"with interpolation {mode} or an aspect ratio is no layer kind")
    layer = Resize(2, size=Sides((int(config["height"]), int(config["width"]))), mode=mode)
    return r.spatial(view, layer, config, path)


def _rescaling(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    scale, offset = config["scale"], config.get("offset", 0.0)
    if isinstance(scale, (list, tuple)) or isinstance(offset, (list, tuple)):
        raise Unreadable("with a scale for each channel is no layer kind")
    return r.volumes.each(views[0], Rescale, scale=float(scale), offset=float(offset))


def _normalization(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    r.graph.notes.append(f"{path} normalises the input by statistics of the data; it is left out, as are its numbers")
    return views[0]


def _merge(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
        if len(views) == 1:
            raise Unreadable("of one tensor is no layer kind")
        return r.volumes.merge(kind, views)

    return make


def _concat(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    return r.volumes.concat(views, int(config.get("axis", -1)))


def _attention(r: _Reading, views: list[View], config: Mapping[str, Any], path: str) -> View:
    view = views[0]
    width = int(config["num_heads"]) * int(config["key_dim"])
    same = config.get("value_dim") in (None, config["key_dim"]) and width == view.shape[-1]
    if len(set(views)) > 1 or not same or len(view.dims) != 3 or config.get("output_shape"):
        raise Unreadable("of several tensors, or with heads of another width, is no layer kind")
    tokens = r.volumes.channels(view, -1)

    def make(**tied: Any) -> View:
        layer = Attention(1, heads=int(config["num_heads"]), bias=bool(config.get("use_bias", True)))
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
