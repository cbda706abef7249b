"""A PyTorch module as a graph: run once, and every function that it calls read as the layers that it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.simplify import simplified
from cnncalc.exchange.tensors import Unreadable, View, stated
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.layers.dropout import DropPath
from cnncalc.layers.fields import Pair, Refused, Sides
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import BatchNorm, LayerNorm, RmsNorm
from cnncalc.layers.resize import ZeroPad
from cnncalc.live.calls import Pad
from cnncalc.live.functions import LAYERS, MERGED, PASSED, UNCHANGED
from cnncalc.live.operands import BATCH, Operands, Pooled, Stale, Unread, sizes_text
from cnncalc.live.operations import OPERATIONS
from cnncalc.live.record import Function, NoTensor, converted, record, tensors
from cnncalc.live.windows import Unfolded, fold
from cnncalc.problem import NoAnswer
from cnncalc.shape import Shape

THEIR_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, RuntimeError, TypeError),
    *(ValueError, NoAnswer),
)
"""What a model raises that cannot be run in training."""


def read_graph(
    model: Any,
    shapes: Mapping[str, Shape],
    *,
    name: str,
    source: str,
    device: str = "meta",
    kwargs: Mapping[str, Any] | None = None,
) -> Graph:
    """Return the graph of a model in eval mode, run on images of these shapes. Raises whatever the model raises.

    Side heads that work in training only are read as well, if that changes nothing else.
    """
    reader, _ = run(model.eval(), shapes, name, source, device, kwargs)
    graph, unused = reader.graph, reader.unused()
    if unused and not graph.problems:
        try:
            trained, _ = run(model.train(), shapes, name, source, device, kwargs)
        except THEIR_FAULTS:  # in a mode that nobody asked for
            trained = None
        finally:
            model.eval()
        if trained is not None and (found := _with_heads(graph, trained.graph)):
            graph, unused = found, trained.unused()
    if unused:
        count = sum(unused.values())
        graph.notes.append(f"{count:,} parameters are used by nothing that was run: {_few([*unused])}")
        graph.counts["unused"] = count
    if reader.computed:
        names = [*dict.fromkeys(reader.computed.values())]
        graph.notes.append(f"weights are computed from parameters each time the model runs: {_few(names)}")
    _check_params(graph, reader, model, unused)
    graph.counts["params"] = sum(p.numel() for p in model.parameters())
    return graph


def _check_params(graph: Graph, reader: Reader, model: Any, unused: Mapping[str, int]) -> None:
    """Refuse a graph that does not have the parameters of the model; weights that are computed may have fewer."""
    if graph.problems or reader.computed:
        return
    theirs = sum(parameter.numel() for parameter in model.parameters()) - sum(unused.values())
    if graph.params() != theirs:
        graph.refuse(f"{graph.source or graph.name} has {theirs:,} parameters, its layers {graph.params():,}")


def run(
    model: Any,
    shapes: Mapping[str, Shape],
    name: str,
    source: str,
    device: str,
    kwargs: Mapping[str, Any] | None = None,
    volumes: Sequence[Any] = (),
) -> tuple[Reader, Any]:
    """Run a model, on zeros unless volumes are given; return what was read of it and what it returned."""
    reader = Reader(model, name, source)
    if not volumes:
        dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
        volumes = [torch.zeros((BATCH, *shape.chw), device=device, dtype=dtype) for shape in shapes.values()]
    for volume, (input_name, shape) in zip(volumes, shapes.items(), strict=True):
        reader.enters(volume, input_name, shape)
    result = record(model, volumes, reader, **(kwargs or {}))
    if not any(True for _ in tensors(result)):
        raise NoTensor(type(result).__name__)
    reader.leaves(result)
    reader.nodes, reader.sizes = [*reader.graph.nodes], [node.y.hwc for node in reader.graph.nodes]
    reader.folded()
    reader.graph = simplified(reader.graph)
    for node in reader.graph.nodes:
        if isinstance(node.layer, Unfolded):
            reader.graph.refuse(node.layer.__dict__["reason"])
    return reader, result


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _with_heads(graph: Graph, trained: Graph) -> Graph | None:
    """Return the graph of training, with what only its further outputs need as side heads; None if the rest differs."""
    if trained.problems or len(trained.outputs) <= len(graph.outputs):
        return None
    needed: set[int] = set()
    heads: dict[int, str] = {}
    for number, (name, index) in enumerate(trained.outputs.items()):
        for before in _before(trained, index):
            if number < len(graph.outputs):
                needed.add(before)
            elif before not in needed and before not in heads:
                heads[before] = name
    main = [node for node in trained.nodes if node.index in needed]
    same = [(node.layer, node.path) for node in main] == [(node.layer, node.path) for node in graph.nodes]
    if not same:
        return None
    for node in trained.nodes:
        node.aux = heads.get(node.index)
    last = list(trained.outputs)[: len(graph.outputs)]
    trained.outputs = dict(zip(graph.outputs, (trained.outputs[name] for name in last), strict=True))
    return trained


def _before(graph: Graph, index: int) -> set[int]:
    found, rest = set(), [index]
    while rest:
        node = rest.pop()
        if node not in found:
            found.add(node)
            rest.extend(graph.nodes[node].inputs)
    return found


class Reader(Operands):
    """Reads each function of a model as layers of a graph."""

    def known(self) -> Iterator[tuple[Any, View]]:
        """Yield the tensors that are still what they were when they were read."""
        return ((tensor, value) for tensor, value in self.values.values() if isinstance(value, View))

    def folded(self) -> None:
        """Replace attention within windows by its kind."""
        if self.graph.problems:
            return
        names = fold(self.graph, self.weights, self.rows, self.parameters)
        self.computed = {t: text for t, text in self.computed.items() if not {*text.split(" and ")} <= names}

    def unused(self) -> dict[str, int]:
        return {name: p.numel() for name, p in self.parameters.items() if name not in self.used}

    def enters(self, volume: Any, name: str, shape: Shape) -> None:
        self.set_value(volume, self.volumes.input(name, shape))

    def leaves(self, result: Any) -> None:
        for name, tensor in _named(result):
            known = self.values.get(id(tensor))
            if known is None:
                self.graph.refuse(f"the output {name} does not depend on an input")
                continue
            _, value = known
            if isinstance(value, Unread):
                self.graph.refuse(f"the output {name} is {value.reason}")
            if isinstance(value, Pooled):
                self.graph.note(f"the output {name} holds the indices of a max pool, and is left out")
            if not isinstance(value, View):
                continue
            try:
                view = self._natural(value)
            except Unreadable as reason:
                self.graph.refuse(f"the output {name} {reason}")
                continue
            self.graph.output(name, view.node)
            self.ends.append((tensor, view))

    def _natural(self, view: View) -> View:
        """Return an output on a volume as it is, or with the channels first."""
        whole = self.volumes.whole(view.node)
        images = self.volumes.images
        if images in view.dims[1:]:  # tokens first, as torch.nn.MultiheadAttention has them
            at = view.dims.index(images)
            found = self._natural(View(view.node, (images, *view.dims[:at], *view.dims[at + 1 :])))
            return View(found.node, (*found.dims[1 : at + 1], images, *found.dims[at + 1 :]))
        rest = view.dims[1:]
        if view.dims[:1] == (images,) and rest in (whole, (whole[-1], *whole[:-1])):
            return view
        if view.dims[:1] == (images,) and [a for a in rest if a] == [a for a in whole if a] and len(rest) < 2:
            return view
        if len(view.dims) == 3:  # tokens
            return self.volumes.arranged(view, [[view.dims[1]], [view.dims[2]]])
        return self.volumes.view(self.volumes.spatial(view))

    def up(self, module: Any, given: Any, result: Any) -> None:
        rate = getattr(module, "p", getattr(module, "drop_prob", None))
        if type(module).__name__ in KINDS["drop_path"].framework_names and isinstance(rate, float) and rate > 0:
            known = self.values.get(id(result))
            if known and isinstance(known[1], View):
                self.at(self.levels[-1][0])
                self.set_value(result, self.volumes.each(known[1], DropPath, rate=rate))
        super().up(module, given, result)

    # One function.

    def work(self, call: Function, data: list[Any], learned: list[Any]) -> None:
        self.call = call
        names = self.names(learned)
        self.used |= names
        known = [self.values[id(t)][1] for t in data]
        results = call.results
        if (data and None in known) or not any(t.is_floating_point() or t.is_complex() for t in results):
            if data and None not in known:  # indices or truth values
                self.at(self.path(call.name, frozenset()))
                self.refuse(call, "makes a choice by values, which is no layer kind")
            self._all(results, None)
            return
        self.at(self.path(MERGED.get(call.name, call.name), names))
        try:
            value = self._read(call, data, learned, names)
        except (Unreadable, Refused) as fault:
            self.refuse(call, stated(fault))
            value = None
        self._all(results, value)
        if call.function.__name__.endswith("_") and not call.function.__name__.endswith("__"):
            self._stale(results)

    def _all(self, results: list[Any], value: Any) -> None:
        values = value if isinstance(value, list) else [value] * len(results)
        for tensor, each in zip(results, values, strict=True):
            if isinstance(each, View) and each.shape != tuple(tensor.shape):
                self.refuse(self.call, f"gives {sizes_text(tensor.shape)}, not {sizes_text(each.shape)}")
                each = None
            self.set_value(tensor, each)

    def _stale(self, changed: list[Any]) -> None:
        """Forget other views of the memory that a function changed."""
        own = {id(t) for t in changed}
        for tensor in changed:
            for other in self._stores.get(tensor.untyped_storage()._cdata, []):
                if other not in own:
                    kept, value = self.values[other]
                    self.values[other] = kept, None if value is None else Stale(value)

    def _read(self, call: Function, data: list[Any], learned: list[Any], names: frozenset[str]) -> Any:
        name, args, kwargs = call.name, call.args, call.kwargs
        if name in OPERATIONS:
            return OPERATIONS[name](self, *args, **kwargs)
        if name in VIEWS:
            return self._viewed(args, kwargs)
        if name in RESHAPES:
            return self._reshaped(self.view_of(args[0]), call.result.shape)
        if name in UNCHANGED:
            return self.view_of(args[0])
        if name in LAYERS:
            return self._layer(LAYERS[name], args, kwargs, data, learned)
        if name in PASSED and not learned and len(data) == 1:
            return self._passed(PASSED[name], args, kwargs, data[0])
        if learned:
            raise Unreadable(f"with {', '.join(sorted(names))} is no layer kind")
        raise Unreadable("is no layer kind")

    def _layer(self, handler: Callable[..., Any], args: Any, kwargs: Any, data: list[Any], learned: list[Any]) -> Any:
        if not data:
            raise Unreadable("works on a tensor that does not depend on an input")
        layer = converted(handler, bool(learned), *args, **kwargs)
        if layer is None or len(data) > 1:
            raise Unreadable("is no layer kind" if len(data) == 1 else "with weights that depend on the input")
        view = self.view_of(data[0])
        if isinstance(layer, Linear):
            made = self.tied(Linear, learned, lambda **tied: self.volumes.linear(view, layer.out, layer.bias, **tied))
            if len(made.dims) > 2:
                self.rows[made.node] = made.dims[-2]
            return made
        if isinstance(layer, (LayerNorm, RmsNorm)):
            fields = fields_of(layer)
            return self.tied(
                type(layer), learned, lambda **tied: self.volumes.norm(view, type(layer), **fields, **tied)
            )
        if isinstance(layer, Conv) and layer.groups == view.shape[1] > 1:
            fields = fields_of(layer)
            multiplier = fields.pop("out") // fields.pop("groups")
            layer = Depthwise(layer.__dict__["sides"], multiplier=multiplier, **fields)
        if not learned and layer.weights(Shape((1,) * layer.__dict__["sides"], view.shape[1])):
            raise Unreadable("has fixed weights")
        found = self.tied(type(layer), learned, lambda **tied: self.volumes.layer(view, layer, **tied))
        if isinstance(layer, BatchNorm):
            statistics = {
                name: _argument(args, kwargs, i, name) for i, name in ((1, "running_mean"), (2, "running_var"))
            }
            if None in statistics.values():
                raise Unreadable("takes the statistics of the batch")
            self.weights.setdefault(self.graph.nodes[found.node], {}).update(statistics)
        if isinstance(self.call.result, tuple):
            return [found, Pooled(view)]
        return found

    def _passed(self, handler: Callable[..., Any], args: Any, kwargs: Any, tensor: Any) -> View:
        made = converted(handler, *args, **kwargs)
        view = self.view_of(tensor)
        if isinstance(made, Pad):
            made = ZeroPad(len(made.sides), pad=Sides(map(Pair, made.sides)), mode=made.mode, value=made.value)
        if made is None or isinstance(made, str):
            raise Unreadable(f"({made}) is no layer kind" if made and made != self.call.name else "is no layer kind")
        if made.__dict__["sides"]:
            return self.volumes.layer(view, made)
        return self.volumes.each(view, type(made), **fields_of(made))

    # Tensors in other shapes.

    def _reshaped(self, view: View, sizes: Sequence[int]) -> View:
        found = self.volumes.reshape(view, tuple(sizes))
        if len(found.dims) == 2 and found.dims[0] == self.volumes.images and len(view.dims) > 2:
            return self.volumes.arranged(found, [[found.dims[1]]])  # where it is said, not where it is needed
        return found

    def _viewed(self, args: Any, kwargs: Any) -> Any:
        """Read what selects, moves and repeats dimensions by what it does to the strides of a tensor."""
        tensor, *rest = args
        view = self.view_of(tensor)
        base = torch.empty(tensor.shape, device="meta")
        made = self.call.function(base, *rest, **kwargs)
        found = [self._strided(view, base, part) for part in ([made] if isinstance(made, torch.Tensor) else made)]
        return found[0] if isinstance(made, torch.Tensor) else found

    def _strided(self, view: View, base: Any, made: Any) -> View:
        if made is not base and made._base is not base:
            raise Unreadable("selects by a list or a tensor, which is no layer kind")
        strides = base.stride()
        offset, starts = made.storage_offset(), []
        for size, stride in zip(base.shape, strides, strict=True):
            starts.append(offset // stride if size > 1 else 0)
            offset -= starts[-1] * stride
        sources: list[int | None] = []
        for n, stride in zip(made.shape, made.stride(), strict=True):
            source = None
            if n > 1 and stride:
                large = [d for d, size in enumerate(base.shape) if size > 1 and strides[d] <= stride]
                source = max(large, key=lambda d: strides[d])
                if stride % strides[source] or source in sources:
                    raise Unreadable("selects overlapping or diagonal parts")
            sources.append(source)
        for dim, size in enumerate(base.shape):
            at = sources.index(dim) if dim in sources else None
            count, step = (1, 1) if at is None else (made.shape[at], made.stride(at) // strides[dim])
            if size > 1:
                view = self.volumes.pick(view, dim, starts[dim], count, step)
        dims = tuple(() if source is None else view.dims[source] for source in sources)
        return self.volumes.expand(View(view.node, dims), made.shape)

    # Functions of several tensors.


def fields_of(layer: Layer) -> dict[str, Any]:
    """Return the fields of a layer as they are given."""
    found = {name: layer.__dict__[name] for name in layer.fields}
    return {name: _given(value) for name, value in found.items() if value is not None}


def _given(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return Sides(Pair(n) if isinstance(n, tuple) else n for n in value)


def _argument(args: Sequence[Any], kwargs: Mapping[str, Any], position: int, name: str) -> Any:
    return args[position] if position < len(args) else kwargs.get(name)


def _named(result: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the outputs of a model with names: keys of a dictionary, else numbered ones."""
    if isinstance(result, torch.Tensor):
        yield prefix or "output", result
        return
    if isinstance(result, Mapping):
        parts = [(str(key), value) for key, value in result.items()]
    elif isinstance(result, tuple) and hasattr(result, "_fields"):
        parts = [(key, getattr(result, key)) for key in result._fields]
    elif isinstance(result, (list, tuple)):
        parts = [(f"output{number}" if not prefix else str(number), value) for number, value in enumerate(result, 1)]
    elif hasattr(result, "__dataclass_fields__"):
        parts = [(key, getattr(result, key)) for key in result.__dataclass_fields__]
    else:
        return
    for key, value in parts:
        key = re.sub(r"\W", "_", key)
        key = f"_{key}" if key[:1].isdigit() and not prefix else key
        yield from _named(value, f"{prefix}_{key}" if prefix else key)


RESHAPES = frozenset(
    {
        *("flatten", "ravel", "reshape", "reshape_as", "view", "view_as", "unflatten", "squeeze", "unsqueeze"),
    }
)
VIEWS = frozenset(
    {
        *("permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "expand", "expand_as"),
        *("broadcast_to", "getitem", "narrow", "select", "chunk", "split", "split_with_sizes", "tensor_split"),
        *("unbind", "unsafe_chunk", "unsafe_split", "adjoint"),
    }
)
