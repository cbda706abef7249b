"""Keras: the configuration of a model, in a `.keras` file or as JSON. It is only read: nothing in it is run."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.tensors import Tensors, Unreadable, View, stated
from cnncalc.files import read_regular
from cnncalc.layers import KINDS
from cnncalc.layers.attention import Attention
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise, Separable
from cnncalc.layers.fields import Pair, Refused, Sides
from cnncalc.layers.joint import Average, Maximum, Minimum
from cnncalc.layers.merge import Add, Mul, Sub
from cnncalc.layers.norm import BatchNorm, GroupNorm, LayerNorm, Rescale
from cnncalc.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from cnncalc.layers.resize import Crop, Resize, Upsample, ZeroPad
from cnncalc.problem import Problem, did_you_mean
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.exchange.readers import Request

LARGEST = 8 * 2**20
"""Bytes of a configuration; that of the largest application of Keras has 1 MiB."""

DEEPEST = 50
"""Models in models, and lists in the arguments of a call."""

End = tuple[str, int, int]
"""A tensor of a model: the layer that gives it, which of its calls, which of the results."""


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
    try:
        head = read_regular(request.name, LARGEST + 1) if data is None else data
        if not head.startswith(b"PK"):
            return _bounded(request, head)
        # A model with its weights may have gigabytes: of a file on disk, only the configuration is read.
        with zipfile.ZipFile(request.name if data is None else io.BytesIO(data)) as archive:
            if "config.json" not in archive.namelist():
                raise _refusal(f"{request.source} is a zip that holds no config.json: no model that Keras saved")
            with archive.open("config.json") as file:  # the size that the archive declares may be another
                return _bounded(request, file.read(LARGEST + 1))
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, NotImplementedError) as reason:
        raise _refusal(f"{request.source} cannot be read as a zip: {reason or type(reason).__name__}") from None


def _bounded(request: Request, data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise _refusal(f"the configuration in {request.source} has more than {LARGEST >> 20} MiB")
    return data


class Fields:
    """The configuration of a layer. Each value is checked where it is needed; one that does not fit is Unreadable."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, *names: str) -> Any:
        """Return the value of the first name that has one, unchecked: Keras 1 to 3 differ in names."""
        return next((self.values[name] for name in names if self.values.get(name) is not None), None)

    def integer(self, *names: str, default: int | None = None, least: int = 1) -> int:
        return _integer(names[0], self._given(names, default), least)

    def integers(self, *names: str, sides: int, default: int | None = None) -> list[int]:
        """Return a number for each dimension; one alone holds for all."""
        value = self._given(names, default)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * sides
        if len(values) != sides:
            raise Unreadable(f"has {len(values)} numbers as {names[0]}, and {sides} dimensions")
        return [_integer(names[0], number, 1) for number in values]

    def number(self, *names: str, default: float | None = None) -> float:
        value = self._given(names, default)
        if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):  # a number of numpy
            value = value["config"].get("value")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e30:
            raise Unreadable(f"has {names[0]} {_short(value)}, which is no number")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._given((name,), default)
        if not isinstance(value, (bool, int)):
            raise Unreadable(f"has {name} {_short(value)}, which is neither true nor false")
        return bool(value)

    def list(self, name: str) -> Sequence[Any]:
        value = self._given((name,), None)
        if not isinstance(value, (list, tuple)):
            raise Unreadable(f"has {name} {_short(value)}, which is no list")
        return value

    @property
    def channels_first(self) -> bool:
        return bool(self.get("data_format") == "channels_first")

    def _given(self, names: tuple[str, ...], default: Any) -> Any:
        value = self.get(*names)
        if value is None and default is None:
            raise Unreadable(f"has no {names[0]}")
        return default if value is None else value


def _integer(name: str, value: Any, least: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not least <= value < 10**18:
        raise Unreadable(f"has {name} {_short(value)}, a whole number from {least} on is needed")
    return value


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


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
        for name, view in self._inner(config, None):
            try:
                if view is not None:
                    self.graph.output(name, self._natural(view))
            except Unreadable as reason:
                self.graph.refuse(f"the output {name} {reason}")

    def _malformed(self, what: str) -> NotRead:
        return _refusal(f"the configuration in {self.graph.source} is none that Keras writes: {what}")

    def _layers(self, layers: Any) -> list[Mapping[str, Any]]:
        """Return the layers of a model, each with a class and a configuration; raises NotRead for another structure."""
        if not isinstance(layers, (list, tuple)):
            raise self._malformed("a model has no list of layers")
        for number, layer in enumerate(layers):
            config = layer.get("config") if isinstance(layer, Mapping) else None
            if config is None or not isinstance(layer.get("class_name"), str):
                raise self._malformed(f"layer {number} has no class_name and config")
            if not isinstance(
                config, list if isinstance(config, list) and layer["class_name"] == "Sequential" else Mapping
            ):
                raise self._malformed(f"the config of layer {number} is a {type(config).__name__}")
        return list(layers)

    def _name(self, layer: Mapping[str, Any]) -> str:
        config = layer["config"]
        name = layer.get("name") or (config.get("name") if isinstance(config, Mapping) else None)
        if not isinstance(name, str):
            raise self._malformed(f"a {layer['class_name']} has no name")
        return name

    def _end(self, end: Any) -> End:
        if isinstance(end, (list, tuple)) and len(end) >= 3:
            name, call, result = end[:3]
            if isinstance(name, str) and type(call) is int and type(result) is int and result >= 0:
                return name, call, result
        raise self._malformed(f"{_short(end)} names no tensor")

    def _ends(self, ends: Any) -> list[End]:
        """Return input or output layers: one alone may be written without the list round it."""
        if isinstance(ends, Mapping):
            ends = list(ends.values())
        if not isinstance(ends, (list, tuple)) or not ends:
            raise self._malformed("a model has no input_layers and output_layers")
        return [self._end(end) for end in ([ends] if isinstance(ends[0], str) else ends)]

    def _tensors(self, call: Any, depth: int = 0) -> Iterator[End]:
        """Yield what a call reads, as Keras 2 and as Keras 3 write it."""
        if depth > DEEPEST:
            raise self._malformed(f"the arguments of a call are nested more than {DEEPEST} deep")
        if isinstance(call, Mapping):
            if call.get("class_name") == "__keras_tensor__":
                config = call.get("config")
                yield self._end(config.get("keras_history") if isinstance(config, Mapping) else None)
            elif "args" in call:
                kwargs = call.get("kwargs")
                yield from self._tensors(call["args"], depth + 1)
                yield from self._tensors(list(kwargs.values()) if isinstance(kwargs, Mapping) else None, depth + 1)
        elif isinstance(call, (list, tuple)):
            if len(call) >= 3 and isinstance(call[0], str) and isinstance(call[1], int):
                yield self._end(call)
                return
            for part in call:
                yield from self._tensors(part, depth + 1)

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
        layers = self._layers(inner.get("layers") if isinstance(inner, Mapping) else inner)
        built = inner.get("build_input_shape") if isinstance(inner, Mapping) else None
        view = given[0] if given else None
        known = bool(given)
        for layer in layers:
            if not known:
                built_layer = layer.get("build_config")
                own = built_layer.get("input_shape") if isinstance(built_layer, Mapping) else None
                view = self._input(_batch_shape(layer) or built or own, "input", True)
                known = True
            if layer["class_name"] != "InputLayer":
                (view,) = self._layer(layer, [view])[:1] or [None]
        return [("output", view)]

    def _functional(self, config: Any, given: list[View | None] | None) -> list[tuple[str, View | None]]:
        if not isinstance(config, Mapping):
            raise self._malformed("a model has no list of layers")
        results: dict[tuple[str, int], list[View | None]] = {}
        ends_in, ends_out = self._ends(config.get("input_layers")), self._ends(config.get("output_layers"))
        single = len(ends_in) == 1
        layers = {self._name(layer): layer for layer in self._layers(config.get("layers"))}
        if missing := [name for name, _, _ in (*ends_in, *ends_out) if name not in layers]:
            raise self._malformed(f"{missing[0]} is none of its layers")
        if given is not None and len(given) != len(ends_in):
            self.graph.refuse(f"{self.prefix} has {len(ends_in)} inputs, and is called with {len(given)}")
            return []
        for number, (name, at, _) in enumerate(ends_in):
            if given is not None:
                results[name, at] = [given[number]]
            else:
                shape = _batch_shape(layers[name])
                results[name, at] = [self._input(shape, "input" if single else _word(name), single)]
        self._calls(layers, results)
        found = []
        for end in ends_out:
            view = self._result(results, end, "the model") if end[:2] in results else None
            found.append(("output" if len(ends_out) == 1 else _word(end[0]), view))
        return found

    def _calls(
        self, layers: Mapping[str, Mapping[str, Any]], results: dict[tuple[str, int], list[View | None]]
    ) -> None:
        """Read the calls of the layers, each once what it reads is there, and those before others in the file first."""
        calls: list[tuple[tuple[str, int], Any, list[End]]] = []
        for name, layer in layers.items():
            nodes = layer.get("inbound_nodes") or []
            if not isinstance(nodes, (list, tuple)):
                raise self._malformed(f"the inbound_nodes of {name} are no list")
            if layer["class_name"] != "InputLayer":
                calls += (((name, at), call, list(self._tensors(call))) for at, call in enumerate(nodes))
        missing = [{end[:2] for end in needs if end[:2] not in results} for _, _, needs in calls]
        waiting: dict[tuple[str, int], list[int]] = {}
        for number, sources in enumerate(missing):
            for source in sources:
                waiting.setdefault(source, []).append(number)
        ready = [number for number, sources in enumerate(missing) if not sources]
        heapify(ready)
        while ready:
            own, call, needs = calls[heappop(ready)]
            views = [self._result(results, end, own[0]) for end in needs]
            results[own] = self._layer(layers[own[0]], views, _fixed(call))
            for number in waiting.pop(own, ()):
                missing[number].discard(own)
                if not missing[number]:
                    heappush(ready, number)
        if waiting:
            source, numbers = next(iter(waiting.items()))
            name = calls[min(numbers)][0][0]
            self.graph.refuse(f"{name} reads {source[0]}, which is not there or reads it itself")

    def _result(self, results: Mapping[tuple[str, int], list[View | None]], end: End, reader: str) -> View | None:
        views = results[end[:2]]
        if end[2] < len(views):
            return views[end[2]]
        if None not in views and views:  # else it was refused before
            self.graph.refuse(f"{reader} reads result {end[2]} of {end[0]}, which has {len(views)}")
        return None

    def _input(self, sizes: Any, name: str, single: bool) -> View | None:
        given = self.request.shapes(needed=False)
        shape = given.get(name) or (given.get("input") if single else None)
        own = list(sizes[1:]) if isinstance(sizes, (list, tuple)) else None
        if shape is None:
            if own is not None and len(own) > 4:
                self.graph.refuse(f"the input {name} has {len(own)} dimensions, at most 4 are read")
                return None
            if not own or not all(type(n) is int and 0 < n < 10**18 for n in own):
                text = "x".join("?" if n is None else str(n) for n in own or []) or "unknown"
                hint = "give its shape, as in --input 224x224x3"
                self.graph.refuse(f"the input {name} is {text}, which has no size in numbers", None, hint)
                return None
            shape = Shape(tuple(own[:-1]), own[-1])
        return self.volumes.input(name, shape, last=True)

    def _layer(
        self, layer: Mapping[str, Any], views: list[View | None], fixed: Sequence[str] = ()
    ) -> list[View | None]:
        kind, config = layer["class_name"], layer["config"]
        name = (config.get("name") if isinstance(config, Mapping) else None) or layer.get("name") or kind.lower()
        path = f"{self.prefix}.{name}".lstrip(".")
        if None in views:
            return [None]
        known = [view for view in views if view is not None]
        if kind in ("Sequential", "Functional", "Model"):
            if kind == "Sequential" and len(known) != 1:
                self.graph.refuse(f"{path} is called with {len(known)} tensors, a Sequential reads 1")
                return [None]
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
            if not known or (len(known) > 1 and kind not in SEVERAL):
                raise Unreadable("reads nothing" if not known else f"of {len(known)} tensors is no layer kind")
            view = LAYERS[kind](self, known, Fields(config), path)
            function = config.get("activation") if kind in ACTIVATED else None
            return [self._activated(view, function, path)]
        except (Unreadable, Refused) as fault:
            shapes = " and ".join("x".join(map(str, view.shape[1:])) for view in known)
            self.graph.refuse(f"{path}: {kind} of {shapes} {stated(fault)}".rstrip())
            return [None]

    def _activated(self, view: View, function: Any, path: str) -> View:
        if isinstance(function, Mapping):
            own = function.get("config")
            if isinstance(own, str):
                function = own
            else:
                kind = function.get("class_name")
                if kind not in ACTIVATIONS or not isinstance(own, (Mapping, type(None))):
                    raise Unreadable(f"with the activation {_short(kind)} is no layer kind")
                return LAYERS[kind](self, [view], Fields(own or {}), path)
        if function in (None, "linear"):
            return view
        if not isinstance(function, str) or function not in FUNCTIONS:
            raise Unreadable(f"with the activation {_short(function)} is no layer kind")
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


def _batch_shape(layer: Mapping[str, Any]) -> Any:
    config = layer["config"]
    return Fields(config).get("batch_shape", "batch_input_shape") if isinstance(config, Mapping) else None


def _fixed(call: Any) -> list[str]:
    """Return arguments of a call that are numbers or texts: an operator with a constant."""
    if not isinstance(call, Mapping):
        return []
    args = call.get("args")
    return [_short(value) for value in args if isinstance(value, (int, float, str))] if isinstance(args, list) else []


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "input"


def _sides(view: View) -> int:
    return len(view.dims) - 2


def _window(config: Fields, sides: int) -> dict[str, Any]:
    padding = config.get("padding", "border_mode") or "valid"
    if padding not in ("valid", "same", "causal"):
        raise Unreadable(f"with padding {_short(padding)} is no layer kind")
    old = config.get("kernel_size") is None and sides == 2
    kernel = [config.integer(n) for n in ("nb_row", "nb_col")] if old else config.integers("kernel_size", sides=sides)
    return {
        "kernel": Sides(kernel),
        "stride": Sides(config.integers("strides", "subsample", sides=sides, default=1)),
        "pad": 0 if padding == "valid" else padding,
        "dilation": Sides(config.integers("dilation_rate", sides=sides, default=1)),
        "bias": config.flag("use_bias", default=True),
    }


def _conv(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    out = config.integer("filters", "nb_filter")
    groups, fields = config.integer("groups", default=1), _window(config, sides)
    channels = view.shape[1 if config.channels_first else -1]
    layer: Layer = Conv(sides, out=out, groups=groups, **fields)
    if groups == channels > 1:
        layer = Depthwise(sides, multiplier=out // groups, **fields)
    return r.spatial(view, layer, config, path, tied=True)


def _depthwise(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    layer = Depthwise(sides, multiplier=config.integer("depth_multiplier", default=1), **_window(config, sides))
    return r.spatial(view, layer, config, path, tied=True)


def _separable(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    multiplier = config.integer("depth_multiplier", default=1)
    layer = Separable(sides, out=config.integer("filters"), multiplier=multiplier, **_window(config, sides))
    return r.spatial(view, layer, config, path, tied=True)


def _transposed(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    fields = _window(config, sides)
    extra = config.get("output_padding")
    if extra is not None:
        raise Unreadable(f"with output_padding {_short(extra)} is no layer kind")
    if fields["pad"] == 0:  # Keras makes room for the stride where the kernel is smaller
        pairs = zip(fields["stride"], fields["kernel"], strict=True)
        fields["output_pad"] = Sides(max(s - k, 0) for s, k in pairs)
    layer = ConvTranspose(sides, out=config.integer("filters"), **fields)
    return r.spatial(view, layer, config, path, tied=True)


def _pool(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Fields, path: str) -> View:
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
    def make(r: _Reading, views: list[View], config: Fields, path: str) -> View:
        (view,) = views
        found = r.spatial(view, kind(_sides(view)), config, path)
        if config.get("keepdims"):
            return found
        channels = found.dims[1 if config.channels_first else -1]
        return r.volumes.arranged(View(found.node, (found.dims[0], channels)), [[channels]])

    return make


def _dense(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    out, bias = config.integer("units", "output_dim"), config.flag("use_bias", default=True)
    return r.tied(path, lambda **tied: r.volumes.linear(view, out, bias, **tied))


def _axis(config: Fields, view: View) -> int:
    axis = config.get("axis")
    axes = [-1] if axis is None else list(axis) if isinstance(axis, (list, tuple)) else [axis]
    if len(axes) != 1:
        raise Unreadable(f"over the dimensions {_short(axes)} is no layer kind")
    at = _integer("axis", axes[0], -len(view.dims))
    if at >= len(view.dims):
        raise Unreadable(f"has axis {at}, and {len(view.dims)} dimensions")
    return at % len(view.dims)


def _batch_norm(r: _Reading, views: list[View], config: Fields, path: str) -> View:
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


def _layer_norm(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    if _axis(config, view) != len(view.dims) - 1 or not config.flag("scale", default=True):
        raise Unreadable("over another dimension than the last, or without a scale, is no layer kind")
    fields: dict[str, Any] = {
        "eps": config.number("epsilon", default=1e-3),
        "bias": config.flag("center", default=True),
    }
    return r.tied(path, lambda **tied: r.volumes.norm(view, LayerNorm, **fields, **tied))


def _group_norm(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    groups = config.get("groups")
    groups = view.shape[-1] if groups == -1 else config.integer("groups", default=32)
    fields: dict[str, Any] = {
        "scale": config.flag("scale", default=True),
        "bias": config.flag("center", default=True),
        "eps": config.number("epsilon", default=1e-3),
    }
    return r.spatial(view, GroupNorm(_sides(view), groups=groups, **fields), Fields({}), path, tied=True)


def _activation(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    return r._activated(views[0], config.get("activation"), path)


def _function(kind: str, **names: tuple[tuple[str, ...], float]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Fields, path: str) -> View:
        fields: dict[str, Any] = {
            ours: config.number(*theirs, default=default) for ours, (theirs, default) in names.items()
        }
        return r.volumes.each(views[0], KINDS[kind], **fields)

    return make


def _relu(r: _Reading, views: list[View], config: Fields, path: str) -> View:
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


def _prelu(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    shared = [] if config.get("shared_axes") is None else list(config.list("shared_axes"))
    if shared != list(range(1, len(view.dims) - 1)):
        raise Unreadable("with a slope for each value is no layer kind; shared_axes over all positions is one")
    layer = KINDS["prelu"](_sides(view), per_channel=view.shape[-1] > 1)
    return r.spatial(view, layer, Fields({}), path, tied=True)


def _softmax(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    return r.volumes.each(views[0], KINDS["softmax"], dim=_axis(config, views[0]))


def _dropout(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    rate = config.number("rate", "p", default=0.5)
    return r.volumes.each(views[0], KINDS["dropout"], rate=rate) if rate else views[0]


def _same(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    return views[0]


def _flatten(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    dims = view.dims[1:]
    if config.channels_first and len(dims) > 1:
        dims = (*dims[1:], dims[0])
    found = View(view.node, (view.dims[0], tuple(atom for atoms in dims for atom in atoms)))
    return r.volumes.arranged(found, [[found.dims[1]]])


def _reshape(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sizes = [_integer("target_shape", n, 1) if n != -1 else -1 for n in config.list("target_shape")]
    known = prod(n for n in sizes if n != -1)
    sizes = [prod(view.shape[1:]) // known if n == -1 else n for n in sizes]
    if prod(sizes) != prod(view.shape[1:]):
        raise Unreadable(f"to {'x'.join(map(str, sizes[:9]))} does not have as many values")
    return r.volumes.reshape(view, (view.shape[0], *sizes))


def _permute(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    order = [0, *config.list("dims")]
    if sorted(order, key=str) != sorted(range(len(views[0].dims)), key=str):
        raise Unreadable(f"by dims {_short(order[1:])} is no order of {len(views[0].dims) - 1} dimensions")
    return r.volumes.permute(views[0], order)


def _zero_padding(r: _Reading, views: list[View], config: Fields, path: str) -> View:
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
        raise Unreadable(f"has {name} {_short(value)}, a number or a pair for each of {sides} dimensions is needed")
    return Sides(Pair(_integer(name, n, 0) for n in pair) for pair in pairs)


def _cropping(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    own = view.shape[2:] if config.channels_first else view.shape[1:-1]
    cut = _padding(config, "cropping", sides)
    size = [n - before - after for n, (before, after) in zip(own, cut, strict=True)]
    if min(size, default=1) < 1:
        raise Unreadable("leaves nothing")
    layer = Crop(sides, size=Sides(size), offset=Sides(before for before, _ in cut))
    return r.spatial(view, layer, config, path)


def _upsampling(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    sides = _sides(view)
    mode = config.get("interpolation") or "nearest"
    if mode not in ("nearest", "bilinear"):
        raise Unreadable(f"with interpolation {_short(mode)} is no layer kind")
    layer = Upsample(sides, factor=Sides(config.integers("size", sides=sides, default=2)), mode=mode)
    return r.spatial(view, layer, config, path)


def _resizing(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    (view,) = views
    mode = config.get("interpolation") or "bilinear"
    plain = not any(config.get(name) for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"))
    if mode not in ("nearest", "bilinear") or not plain:
        raise Unreadable(f"with interpolation {_short(mode)} or an aspect ratio is no layer kind")
    layer = Resize(2, size=Sides((config.integer("height"), config.integer("width"))), mode=mode)
    return r.spatial(view, layer, config, path)


def _rescaling(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    if any(isinstance(config.get(name), (list, tuple)) for name in ("scale", "offset")):
        raise Unreadable("with a scale for each channel is no layer kind")
    return r.volumes.each(views[0], Rescale, scale=config.number("scale"), offset=config.number("offset", default=0))


def _normalization(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    r.graph.notes.append(f"{path} normalises the input by statistics of the data; it is left out, as are its numbers")
    return views[0]


def _merge(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, views: list[View], config: Fields, path: str) -> View:
        if len(views) == 1:
            raise Unreadable("of one tensor is no layer kind")
        return r.volumes.merge(kind, views)

    return make


def _concat(r: _Reading, views: list[View], config: Fields, path: str) -> View:
    return r.volumes.concat(views, _axis(config, views[0]))


def _attention(r: _Reading, views: list[View], config: Fields, path: str) -> View:
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
