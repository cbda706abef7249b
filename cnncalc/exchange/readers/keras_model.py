"""Keras: the structure of a model, in a `.keras` file or as JSON. It is only read: nothing in it is run."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers.keras_fields import Fields, short
from cnncalc.exchange.readers.keras_layers import ACTIVATED, LAYERS, SEVERAL, GraphLayers
from cnncalc.exchange.tensors import Unreadable, View, stated
from cnncalc.files import read_regular
from cnncalc.layers.fields import Refused
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


class _Reading(GraphLayers):
    def __init__(self, graph: Graph, request: Request) -> None:
        super().__init__(graph)
        self.request = request
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
        raise self._malformed(f"{short(end)} names no tensor")

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
            return [self.activated(view, function, path)]
        except (Unreadable, Refused) as fault:
            shapes = " and ".join("x".join(map(str, view.shape[1:])) for view in known)
            self.graph.refuse(f"{path}: {kind} of {shapes} {stated(fault)}".rstrip())
            return [None]


def _batch_shape(layer: Mapping[str, Any]) -> Any:
    config = layer["config"]
    return Fields(config).get("batch_shape", "batch_input_shape") if isinstance(config, Mapping) else None


def _fixed(call: Any) -> list[str]:
    """Return arguments of a call that are numbers or texts: an operator with a constant."""
    if not isinstance(call, Mapping):
        return []
    args = call.get("args")
    return [short(value) for value in args if isinstance(value, (int, float, str))] if isinstance(args, list) else []


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "input"
