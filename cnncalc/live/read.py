"""A PyTorch module as a graph: run once, and every function that it calls read as the layers that it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import torch

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.simplify import simplified
from cnncalc.exchange.tensors import Dim, Tensors, Unreadable, View, merged, stated
from cnncalc.layers import KINDS
from cnncalc.layers.attention import Attention
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, Depthwise
from cnncalc.layers.dropout import Dropout, DropPath
from cnncalc.layers.fields import Pair, Refused, Sides
from cnncalc.layers.joint import Divide, Maximum, MaxUnpool, Minimum
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import Add, Mul, Sub
from cnncalc.layers.norm import BatchNorm, LayerNorm, Rescale, RmsNorm
from cnncalc.layers.recurrent import Gru, Lstm, Recurrent, Rnn
from cnncalc.layers.resize import PadChannels, ZeroPad
from cnncalc.layers.tokens import ClassToken
from cnncalc.live.calls import Pad
from cnncalc.live.functions import LAYERS, MERGED, PASSED, UNCHANGED
from cnncalc.live.record import Function, Learned, NoTensor, Recorder, converted, record, tensors
from cnncalc.live.windows import Positions, Roll, Unfolded, fold
from cnncalc.network.network import Node
from cnncalc.problem import NoAnswer
from cnncalc.shape import Shape

BATCH = 2
"""How many images a model is run on: with one, its dimension could not be distinguished from others of size 1."""


THEIR_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, RuntimeError, TypeError),
    *(ValueError, NoAnswer),
)
"""What a model raises that cannot be run in training."""


class Pooled(NamedTuple):
    """The indices of a max pool: the tensor that was pooled."""

    view: View


class Unread(NamedTuple):
    """A result that is no volume of a layer: why it cannot be read."""

    reason: str


Value = View | Pooled | Unread | None  # None: what comes of something that was refused


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


class Reader(Recorder):
    """Reads each function of a model as layers of a graph."""

    graph: Graph

    def __init__(self, model: Any, name: str, source: str) -> None:
        super().__init__(dict(model.named_parameters()), model.buffers())
        self.parameters = dict(model.named_parameters())
        self.parts: dict[str, Any] = {}
        self.graph = Graph(name, source)
        self.graph.classes.update((path, type(module).__name__) for path, module in model.named_modules())
        self.volumes = Tensors(self.graph, BATCH)
        self._values: dict[int, tuple[Any, Value | _Stale]] = {}  # by identity; each is kept, as those of a Recorder
        self._stores: dict[int, list[int]] = {}  # what memory -> the tensors there
        self._first: dict[tuple[type[Layer], tuple[str, ...]], int] = {}
        self._layer_of: dict[str, tuple[Any, str]] = {}  # what each tensor is used for, and where that was first
        self.weights: dict[Node, dict[str, Any]] = {}  # what each layer's tensors are, on the device of the model
        self.computed: dict[Any, str] = {}  # weights that are made of parameters each time the model runs
        self.call: Function
        self.nodes: list[Node] = []  # before any was left out: what views look at
        self.sizes: list[tuple[int, ...]] = []  # of their volumes
        self.ends: list[tuple[Any, View]] = []  # the outputs
        self.rows: dict[int, Dim] = {}  # the last positions that each projection works on

    def known(self) -> Iterator[tuple[Any, View]]:
        """Yield the tensors that are still what they were when they were read."""
        return ((tensor, value) for tensor, value in self._values.values() if isinstance(value, View))

    def folded(self) -> None:
        """Replace attention within windows by its kind."""
        if self.graph.problems:
            return
        names = fold(self.graph, self.weights, self.rows, self.parameters)
        self.computed = {t: text for t, text in self.computed.items() if not {*text.split(" and ")} <= names}

    def part(self, one: Any, tensor: Any) -> None:
        """Take a part of a learned tensor for one of its own."""
        name = f"{min(self.learned(tensor).names)}[{len(self.parts)}]"
        self.parts[name] = one
        self._learned[id(one)] = one, Learned(frozenset((name,)))

    def unused(self) -> dict[str, int]:
        return {name: p.numel() for name, p in self.parameters.items() if name not in self.used}

    def is_data(self, tensor: Any) -> bool:
        return id(tensor) in self._values

    def enters(self, volume: Any, name: str, shape: Shape) -> None:
        self._set(volume, self.volumes.input(name, shape))

    def leaves(self, result: Any) -> None:
        for name, tensor in _named(result):
            known = self._values.get(id(tensor))
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
            known = self._values.get(id(result))
            if known and isinstance(known[1], View):
                self._at(self.levels[-1][0])
                self._set(result, self.volumes.each(known[1], DropPath, rate=rate))
        super().up(module, given, result)

    def _set(self, tensor: Any, value: Value) -> None:
        self._values[id(tensor)] = tensor, value
        self._stores.setdefault(tensor.untyped_storage()._cdata, []).append(id(tensor))

    def _at(self, path: str) -> None:
        self.volumes.path = path
        self.volumes.scope = path.rpartition(".")[0]

    # One function.

    def work(self, call: Function, data: list[Any], learned: list[Any]) -> None:
        self.call = call
        names = self.names(learned)
        self.used |= names
        known = [self._values[id(t)][1] for t in data]
        results = call.results
        if (data and None in known) or not any(t.is_floating_point() or t.is_complex() for t in results):
            if data and None not in known:  # indices or truth values
                self._at(self.path(call.name, frozenset()))
                self._refuse(call, "makes a choice by values, which is no layer kind")
            self._all(results, None)
            return
        self._at(self.path(MERGED.get(call.name, call.name), names))
        try:
            value = self._read(call, data, learned, names)
        except (Unreadable, Refused) as fault:
            self._refuse(call, stated(fault))
            value = None
        self._all(results, value)
        if call.function.__name__.endswith("_") and not call.function.__name__.endswith("__"):
            self._stale(results)

    def _all(self, results: list[Any], value: Any) -> None:
        values = value if isinstance(value, list) else [value] * len(results)
        for tensor, each in zip(results, values, strict=True):
            if isinstance(each, View) and each.shape != tuple(tensor.shape):
                self._refuse(self.call, f"gives {_sizes(tensor.shape)}, not {_sizes(each.shape)}")
                each = None
            self._set(tensor, each)

    def _stale(self, changed: list[Any]) -> None:
        """Forget other views of the memory that a function changed."""
        own = {id(t) for t in changed}
        for tensor in changed:
            for other in self._stores.get(tensor.untyped_storage()._cdata, []):
                if other not in own:
                    kept, value = self._values[other]
                    self._values[other] = kept, None if value is None else _Stale(value)

    def _refuse(self, call: Function, reason: str) -> None:
        self.graph.refuse(self._reason(call, reason))

    def _reason(self, call: Function, reason: str) -> str:
        given = [_sizes(t.shape) for t in tensors((call.args, call.kwargs)) if self.is_data(t)]
        at = self.volumes.path or call.name
        what = f"{call.name} of {' and '.join(given)}" if given else call.name
        return f"{at}: {what} {reason}".rstrip()

    def _view(self, tensor: Any) -> View:
        value = self._values[id(tensor)][1]
        if isinstance(value, _Stale):
            raise Unreadable("reads a tensor that was changed in place through another view of it")
        if isinstance(value, Unread):
            raise Unreadable(f"reads {value.reason}")
        if not isinstance(value, View):
            raise Unreadable("reads the indices of a max pool")
        return value

    def _read(self, call: Function, data: list[Any], learned: list[Any], names: frozenset[str]) -> Any:
        name, args, kwargs = call.name, call.args, call.kwargs
        if name in OPERATIONS:
            return OPERATIONS[name](self, *args, **kwargs)
        if name in VIEWS:
            return self._viewed(args, kwargs)
        if name in RESHAPES:
            return self._reshaped(self._view(args[0]), call.result.shape)
        if name in UNCHANGED:
            return self._view(args[0])
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
        view = self._view(data[0])
        if isinstance(layer, Linear):
            made = self._tied(Linear, learned, lambda **tied: self.volumes.linear(view, layer.out, layer.bias, **tied))
            if len(made.dims) > 2:
                self.rows[made.node] = made.dims[-2]
            return made
        if isinstance(layer, (LayerNorm, RmsNorm)):
            fields = fields_of(layer)
            return self._tied(
                type(layer), learned, lambda **tied: self.volumes.norm(view, type(layer), **fields, **tied)
            )
        if isinstance(layer, Conv) and layer.groups == view.shape[1] > 1:
            fields = fields_of(layer)
            multiplier = fields.pop("out") // fields.pop("groups")
            layer = Depthwise(layer.__dict__["sides"], multiplier=multiplier, **fields)
        if not learned and layer.weights(Shape((1,) * layer.__dict__["sides"], view.shape[1])):
            raise Unreadable("has fixed weights")
        found = self._tied(type(layer), learned, lambda **tied: self.volumes.layer(view, layer, **tied))
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

    def _tied(
        self,
        kind: type[Layer],
        learned: Sequence[Any],
        make: Callable[..., View],
        orient: Callable[[Any, View], Any] | None = None,
    ) -> View:
        """Make a layer with weights: `shares` is the one that had them first, `orient` turns them as it has them."""
        if not learned:
            return make()
        for tensor in learned:
            self._check_learned(tensor)
        key = (kind, tuple(sorted(self.names(learned))))
        for name in key[1]:
            other = self._layer_of.setdefault(name, (key, self.volumes.path))
            if other[0] != key:
                raise Unreadable(
                    f"uses {name} in another way than {other[1] or 'before'}, so that it would count twice"
                )
        view = make(shares=self._first.get(key), tied=True)
        self._first.setdefault(key, view.node)
        own = self.graph.nodes[view.node]
        left = list(learned)
        found: dict[str, str] = {}
        values: dict[str, Any] = {}
        for name, shape in own.layer.weights(*own.x).items():
            fits = next((t for t in left if t.numel() == prod(shape)), None)
            if fits is not None:
                left = [t for t in left if t is not fits]
                found[name] = "+".join(sorted(self.learned(fits).names))
                values[name] = fits if orient is None else orient(fits, view).reshape(shape)
        self.graph.tensors[own.index] = found
        self.weights[own] = values
        return view

    def _check_learned(self, tensor: Any) -> None:
        """Note weights that are computed of parameters each time, such as standardised ones; refuse parts of some."""
        note = self.learned(tensor)
        names = " and ".join(sorted(note.names))
        own = prod(n for n, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride)
        if own not in {(self.parameters | self.parts)[name].numel() for name in note.names}:
            raise Unreadable(f"with {_sizes(tensor.shape)} weights made of {names} is no layer kind")
        if note.changed:
            self.computed[tensor] = names

    def _passed(self, handler: Callable[..., Any], args: Any, kwargs: Any, tensor: Any) -> View:
        made = converted(handler, *args, **kwargs)
        view = self._view(tensor)
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
        view = self._view(tensor)
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

    def combine(self, a: Any, b: Any, name: str) -> View:
        """Read a function of two operands: tensors, learned ones, numbers."""
        if isinstance(a, torch.Tensor) and self.is_data(a):
            view = self._view(a)
            if isinstance(b, torch.Tensor) and self.is_data(b):
                return self._two(view, self._view(b), name)
            if isinstance(b, torch.Tensor) and id(b) in self._learned:
                return self._with_learned(view, b, name)
            if isinstance(b, torch.Tensor) and name == "add" and self._masked(view, b):
                return view
            return self._with_number(view, _number(b), name)
        view = self._view(b)
        if isinstance(a, torch.Tensor) and id(a) in self._learned:
            if name in ("add", "mul"):
                return self._with_learned(view, a, name)
            raise Unreadable(f"({name} of a learned tensor and a volume) is no layer kind")
        number = _number(a)
        if name in ("add", "mul"):
            return self._with_number(view, number, name)
        if name == "sub":
            return self._rescaled(view, -1.0, number)
        raise Unreadable(f"({name} of {number:g} and a volume) is no layer kind")

    def _two(self, a: View, b: View, name: str) -> View:
        if a == b and name in ("add", "mul"):
            return self._rescaled(a, 2.0) if name == "add" else self.volumes.each(a, KINDS["square"])
        return self.volumes.merge(COMBINED[name], [a, b])

    def _with_number(self, view: View, number: float, name: str) -> View:
        if name in ("add", "sub"):
            return self._rescaled(view, 1.0, -number if name == "sub" else number)
        if name == "divide":
            if number == 0:
                raise Unreadable("divides by 0")
            return self._rescaled(view, 1 / number)
        if name == "mul":
            return self._rescaled(view, number)
        if name == "maximum" and number == 0:
            return self.volumes.each(view, KINDS["relu"])
        raise Unreadable(f"({name} of a volume and {number:g}) is no layer kind")

    def _rescaled(self, view: View, scale: float, offset: float = 0.0) -> View:
        if scale == 1 and offset == 0:
            return view
        return self.volumes.each(view, Rescale, scale=scale, offset=offset)

    def _with_learned(self, view: View, tensor: Any, name: str) -> View:
        kind = {"add": "bias", "mul": "scale"}.get(name)
        if kind is None:
            raise Unreadable(f"({name} of a volume and a learned tensor) is no layer kind")
        if kind == "bias" and self._is_gathered(view, tensor):
            return self._positions(view, tensor)
        return self._tied(
            KINDS["scale" if kind == "scale" else "bias_add"],
            [tensor],
            lambda **tied: self.volumes.learned(view, kind, _own_sizes(tensor), shares=tied["shares"]),
            self._placed,
        )

    def _is_gathered(self, view: View, tensor: Any) -> bool:
        """Return whether scores get numbers of a table of offsets, one for each head and pair of positions."""
        sizes = _own_sizes(tensor)
        if len(sizes) < 3 or len(view.dims) < 3 or sizes[-1] != sizes[-2] or sizes[-3:] != view.shape[-3:]:
            return False
        names = self.learned(tensor).names
        return len(names) > 1 or prod(sizes) not in {(self.parameters | self.parts)[name].numel() for name in names}

    def _positions(self, view: View, tensor: Any) -> View:
        sizes, names = _own_sizes(tensor), self.learned(tensor).names
        reason = f"with {_sizes(tensor.shape)} weights made of {' and '.join(sorted(names))} is no layer kind"
        return self._unfolded(view, Positions, reason, names=names, heads=sizes[-3], masked=prod(sizes[:-3]) > 1)

    def _unfolded(self, view: View, kind: type[Unfolded], reason: str, **more: Any) -> View:
        """Add a step of attention within windows, of which the whole becomes a layer; `reason` is why it is none."""
        layer = kind(len(self.volumes.hwc(view.node)) - 1, self._reason(self.call, reason), **more)
        return View(self.volumes.add(layer, view.node), view.dims)

    def _masked(self, view: View, tensor: Any) -> bool:
        """Note a fixed mask of scores that know their positions."""
        layer = self.graph.nodes[view.node].layer
        if not isinstance(layer, Positions) or tensor.dim() < 3 or tensor.shape[-2:] != view.shape[-2:]:
            return False
        layer.__dict__["masked"] = True
        return True

    def _placed(self, tensor: Any, view: View) -> Any:
        """Return a tensor that is broadcast to a view in the order of the dimensions that its layer has it in."""
        tensor = tensor[tuple(slice(None) if stride else slice(1) for stride in tensor.stride())]
        dims = view.dims[len(view.dims) - tensor.dim() :]
        atoms = [atom for n, own in zip(tensor.shape, dims, strict=True) if n > 1 for atom in own]
        channels = len(self.volumes.hwc(view.node)) - 1
        last = self.graph.nodes[view.node].kind == "position"  # the others have the channels first
        order = sorted(
            range(len(atoms)), key=lambda i: (last or atoms[i].dim != channels, atoms[i].dim, -atoms[i].stride)
        )
        return tensor.reshape([atom.size for atom in atoms]).permute(order) if atoms else tensor


def _own_sizes(tensor: Any) -> tuple[int, ...]:
    """Return the sizes of a tensor, 1 where it was expanded."""
    return tuple(n if stride else 1 for n, stride in zip(tensor.shape, tensor.stride(), strict=True))


def _turned(tensor: Any, view: View) -> Any:
    return tensor.T if tensor.dim() == 2 else tensor


class _Stale(NamedTuple):
    """A tensor whose memory was changed through another view."""

    value: Any


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


def _number(value: Any) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, torch.Tensor):
        if value.numel() == 1 and not value.is_meta:
            return float(value)
        raise Unreadable(f"with a fixed tensor of {_sizes(value.shape)} is no layer kind")
    raise Unreadable(f"with {type(value).__name__} is no layer kind")


def _sizes(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape)) or "a number"


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


# What functions are that work on more than one tensor, or in another way on each dimension.

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
COMBINED: dict[str, type[Layer]] = {
    "add": Add,
    "sub": Sub,
    "mul": Mul,
    "divide": Divide,
    "maximum": Maximum,
    "minimum": Minimum,
}


def _binary(name: str, *, turned: bool = False) -> Callable[..., View]:
    def read(
        reader: Reader, input: Any, other: Any, *, alpha: float = 1, rounding_mode: Any = None, out: Any = None
    ) -> View:
        if rounding_mode is not None or out is not None:
            raise Unreadable("rounds" if rounding_mode else "writes into another tensor")
        if alpha != 1:
            if not (isinstance(other, torch.Tensor) and reader.is_data(other) and reader.is_data(input)):
                raise Unreadable(f"with alpha={alpha:g} is no layer kind")
            return reader._two(reader._view(input), reader._rescaled(reader._view(other), alpha), name)
        return reader.combine(other, input, name) if turned else reader.combine(input, other, name)

    return read


def _get(reader: Reader, input: Any) -> Any:
    name = getattr(getattr(reader.call.function, "__self__", None), "__name__", "")
    if name in ("data", "real"):
        return reader._view(input)
    if name in ("T", "mT", "H", "mH"):
        view = reader._view(input)
        order = list(range(len(view.dims)))
        order = order[::-1] if name in ("T", "H") else [*order[:-2], order[-1], order[-2]]
        return reader.volumes.permute(view, order)
    raise Unreadable(f"({name}) is no layer kind")


def _cat(reader: Reader, tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> View:
    dim = dim if axis is None else axis
    given = [t for t in tensors if not (t.dim() == 1 and t.numel() == 0)]
    views = [reader._view(t) if reader.is_data(t) else None for t in given]
    if None not in views:
        return reader.volumes.concat([view for view in views if view], dim)
    data = [view for view in views if view]
    first = next(i for i, view in enumerate(views) if view)
    if (
        len(data) > 1
        or any(view is None for view in views[first:])
        or any(id(t) not in reader._learned for t in given[:first])
    ):
        raise Unreadable("with a learned or fixed tensor between others is no layer kind")
    view = data[0]
    if dim % len(view.dims) != 1 or len(view.dims) != 3:
        raise Unreadable("with a learned tensor is no layer kind here")
    for tensor in reversed(given[:first]):
        for number in reversed(range(tensor.shape[1])):
            view = reader.volumes.arranged(view, [[view.dims[1]], [view.dims[2]]])
            whole = view

            def token(whole: View = whole, **tied: Any) -> View:
                return reader.volumes.view(reader.volumes.add(ClassToken(1), whole.node, tied=True), last=True)

            one = tensor[:1, number : number + 1]
            reader.part(one, tensor)
            view = reader._tied(ClassToken, [one], token)
    return view


def _stack(reader: Reader, tensors: Any, dim: int = 0, *, out: Any = None) -> View:
    return reader.volumes.stack([_data(reader, t) for t in tensors], dim)


def _data(reader: Reader, tensor: Any) -> View:
    if not reader.is_data(tensor):
        raise Unreadable(f"with a fixed or learned tensor of {_sizes(tensor.shape)} is no layer kind")
    return reader._view(tensor)


def _matmul(reader: Reader, input: Any, other: Any, *, out: Any = None) -> View:
    if reader.is_data(input) and id(other) in reader._learned and other.dim() == 2:
        view = reader._view(input)
        out = other.shape[1]
        return reader._tied(Linear, [other], lambda **tied: reader.volumes.linear(view, out, False, **tied), _turned)
    return reader.volumes.matmul(_data(reader, input), _data(reader, other))


def _addmm(reader: Reader, input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> View:
    if beta != 1 or alpha != 1 or not reader.is_data(mat1) or reader.is_data(mat2) or reader.is_data(input):
        raise Unreadable("is no layer kind in this form")
    view = reader._view(mat1)
    out = mat2.shape[1]
    return reader._tied(Linear, [mat2, input], lambda **tied: reader.volumes.linear(view, out, True, **tied), _turned)


def _attention(
    reader: Reader,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> View:
    if is_causal or enable_gqa:
        raise Unreadable("with a causal mask or grouped queries is no layer kind")
    q, k, v = (_data(reader, t) for t in (query, key, value))
    count = len(k.dims)
    order = [*range(count - 2), count - 1, count - 2]
    scores = reader.volumes.matmul(
        reader._rescaled(q, query.shape[-1] ** -0.5 if scale is None else scale), reader.volumes.permute(k, order)
    )
    if attn_mask is not None:
        if reader.is_data(attn_mask):
            scores = reader._two(scores, reader._view(attn_mask), "add")
        elif id(attn_mask) in reader._learned:
            scores = reader._with_learned(scores, attn_mask, "add")
        else:
            raise Unreadable(f"with a fixed mask of {_sizes(attn_mask.shape)} is no layer kind")
    return reader.volumes.matmul(reader.volumes.each(scores, KINDS["softmax"], dim=-1), v)


def _multi_head(
    reader: Reader,
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    *rest: Any,
    **more: Any,
) -> Any:
    views = [_data(reader, t) for t in (query, key, value)]
    plain = all(o is None for o in (bias_k, bias_v, key_padding_mask, attn_mask)) and not add_zero_attn
    if (
        len(set(views)) > 1
        or not plain
        or use_separate_proj_weight
        or (in_proj_bias is None) != (out_proj_bias is None)
    ):
        raise Unreadable("of several tensors, with a mask or further keys is no layer kind")
    view = views[0]
    learned = [t for t in (in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias) if t is not None]
    tokens = reader.volumes.channels(view, -1)
    own = [atoms for atoms in tokens.dims[:-1] if atoms and atoms != reader.volumes.images]
    if len(own) != 1 or len(reader.volumes.hwc(tokens.node)) != 2:
        tokens = reader.volumes.arranged(tokens, [own, [tokens.dims[-1]]])

    def attend(**tied: Any) -> View:
        layer = Attention(1, heads=num_heads, bias=in_proj_bias is not None)
        return View(reader.volumes.add(layer, tokens.node, **tied), tokens.dims)

    found = reader._tied(Attention, learned, attend)
    results = reader.call.results
    return [found] if len(results) == 1 else [found, None]


def _recurrent(kind: type[Recurrent]) -> Callable[..., Any]:
    """Read a recurrent layer: its sequence, its last state where that is part of the sequence, its cell not at all."""

    def read(
        reader: Reader,
        input: Any,
        state: Any,
        weights: Any,
        biases: Any,
        layers: Any = None,
        dropout: Any = 0.0,
        training: Any = False,
        bidirectional: Any = False,
        first: Any = False,
    ) -> Any:
        if isinstance(weights, torch.Tensor) or any(map(reader.is_data, tensors(state))) or input.dim() != 3:
            raise Unreadable("of packed or unbatched sequences, or with a state of the input, is no layer kind")
        if any(id(t) in reader._learned for t in tensors(state)):
            raise Unreadable("with a learned state is no layer kind")
        view, images = reader._view(input), reader.volumes.images
        if view.dims[0 if first else 1] != images:
            raise Unreadable("of sequences that are no images of the batch is no layer kind")
        steps, channels = view.dims[1 if first else 0], view.dims[2]
        view = reader.volumes.arranged(view, [[steps], [channels]])
        state_size = weights[1].shape[1]
        out = weights[1].shape[0] // kind.gates
        more = {"project": state_size} if state_size != out else {}
        layer = kind(1, out=out, layers=layers, bidirectional=bidirectional, bias=biases, **more)

        def run(**tied: Any) -> View:
            return View(reader.volumes.add(layer, view.node, **tied), ())

        node = reader._tied(kind, list(tensors(weights)), run).node
        if dropout and layers > 1:
            reader.graph.note(f"{reader.volumes.path}: dropout {dropout:g} between its layers is left out")
        length, whole = reader.volumes.whole(node)
        sequence = View(node, (images, length, whole) if first else (length, images, whole))
        last: Value = Unread("the state of several layers or directions of a recurrent layer")
        if layers == 1 and not bidirectional:
            end = reader.volumes.pick(sequence, 1 if first else 0, input.shape[1 if first else 0] - 1, 1)
            last = View(end.node, ((), images, end.dims[2]))
        results = [sequence, last]
        if len(reader.call.results) == 3:
            results.append(Unread("the memory cell of an LSTM"))
        return results

    return read


def _reduce(how: str) -> Callable[..., Any]:
    def read(reader: Reader, input: Any, dim: Any = None, keepdim: bool = False, *rest: Any, **more: Any) -> Any:
        if isinstance(dim, torch.Tensor) or isinstance(input, (int, float)):
            return reader.combine(input, dim, {"max": "maximum"}[how])
        if "other" in more:
            return reader.combine(input, more["other"], "maximum")
        view = reader._view(input)
        dim = more.get("axis", dim)
        dims = list(range(len(view.dims))) if dim is None else [dim] if isinstance(dim, int) else list(dim)
        found = reader.volumes.reduce(view, dims, how, keep=keepdim)
        return [found, None] if len(reader.call.results) == 2 else found

    return read


def _softmax(kind: str) -> Callable[..., View]:
    def read(reader: Reader, input: Any, dim: Any = None, *rest: Any, **more: Any) -> View:
        if dim is None:
            raise Unreadable("without a dimension is no layer kind")
        return reader.volumes.along(reader._view(input), KINDS[kind], dim)

    return read


def _dropout(reader: Reader, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> View:
    view = reader._view(input)
    return reader.volumes.each(view, Dropout, rate=float(p)) if p else view


def _roll(reader: Reader, input: Any, shifts: Any, dims: Any = None) -> View:
    view = reader._view(input)
    if dims is None:
        raise Unreadable("is no layer kind")
    given = ([shifts], [dims]) if isinstance(shifts, int) else (shifts, dims)
    moved = {dim % len(view.dims): shift for shift, dim in zip(*given, strict=True)}
    if any(view.dims[dim] not in reader.volumes.whole(view.node)[:-1] for dim in moved):
        view = reader.volumes.arranged(view, [[dim] for dim in view.dims[1:]])
    sides = reader.volumes.whole(view.node)[:-1]
    if any(view.dims[dim] not in sides for dim in moved):
        raise Unreadable("is no layer kind")
    own = {sides.index(view.dims[dim]): shift for dim, shift in moved.items()}
    return reader._unfolded(
        view, Roll, "is no layer kind", shifts=tuple(own.get(side, 0) for side in range(len(sides)))
    )


def _einsum(reader: Reader, equation: str, *operands: Any) -> View:
    """Read a sum of products of two tensors as the product of matrices that it is."""
    tensors_ = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    given, _, result = equation.replace(" ", "").partition("->")
    names = given.split(",")
    views = [_data(reader, t) for t in tensors_]
    plain = [text.isalpha() and len(set(text)) == len(text) for text in (*names, result)]
    if len(names) != 2 or len(views) != 2 or not all(plain):
        raise Unreadable(f"({equation}) is no layer kind")
    (a, b), (left, right) = names, views
    both = [letter for letter in a if letter in b and letter in result]
    summed = [letter for letter in a if letter in b and letter not in result]
    own = [[letter for letter in text if letter not in both and letter not in summed] for text in names]
    if not summed or set(result) != {*both, *own[0], *own[1]}:
        raise Unreadable(f"({equation}) is no layer kind")

    def matrix(view: View, text: str, rows: list[str], columns: list[str]) -> View:
        dims = {letter: view.dims[text.index(letter)] for letter in text}
        joined = [sum((dims[letter] for letter in part), ()) for part in (rows, columns)]
        return View(view.node, (*(dims[letter] for letter in both), *map(merged, joined)))

    found = reader.volumes.matmul(matrix(left, a, own[0], summed), matrix(right, b, summed, own[1]))
    sizes = dict(zip(a + b, left.shape + right.shape, strict=True))
    order = [*both, *own[0], *own[1]]
    found = reader.volumes.reshape(found, [sizes[letter] for letter in order])
    return reader.volumes.permute(found, [order.index(letter) for letter in result])


def _pad(reader: Reader, input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> View:
    view = reader._view(input)
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    dims = range(len(view.dims) - 1, -1, -1)
    for dim, (before, after) in zip(dims, pairs, strict=False):
        if before < 0 or after < 0:
            size = view.shape[dim] - max(-before, 0) - max(-after, 0)
            view = reader.volumes.pick(view, dim, max(-before, 0), size)
    pairs = [(max(before, 0), max(after, 0)) for before, after in pairs]
    channels = [pair for dim, pair in zip(dims, pairs, strict=False) if dim < 2]
    if not any(map(any, pairs)):
        return view
    sides = len(view.dims) - 2
    if mode == "constant" and any(map(any, channels)):
        at = dict(zip(dims, pairs, strict=False))
        whole = reader.volumes.whole(view.node)
        padded = {dim: pair for dim, pair in at.items() if any(pair)}
        if all(view.dims[dim] and view.dims[dim] in whole[:-1] for dim in padded):  # channels last
            return _padded_in_place(reader, view, padded, float(value or 0))
    if any(map(any, channels)):
        _, after = channels[0]
        if any(map(any, channels[1:])) or channels[0][0] or any(map(any, pairs[:sides])) or value or mode != "constant":
            raise Unreadable("(of channels) is no layer kind")
        node = reader.volumes.spatial(view, sides)
        return reader.volumes.layer(reader.volumes.view(node), PadChannels(sides, out=view.shape[1] + after))
    pads = [*pairs[:sides], *[(0, 0)] * (sides - len(pairs))]
    how = "zeros" if mode == "constant" else mode
    layer = ZeroPad(sides, pad=Sides(map(Pair, reversed(pads))), mode=how, value=float(value or 0))
    return reader.volumes.layer(view, layer)


def _padded_in_place(reader: Reader, view: View, padded: Mapping[int, tuple[int, int]], value: float) -> View:
    """Pad dimensions of a tensor that are sides of its volume, wherever they stand."""
    whole = reader.volumes.whole(view.node)
    own = {whole.index(view.dims[dim]): pair for dim, pair in padded.items()}
    sides = len(whole) - 1
    pads = Sides(Pair(own.get(side, (0, 0))) for side in range(sides))
    node = reader.volumes.add(ZeroPad(sides, pad=pads, value=value), view.node)
    after = reader.volumes.whole(node)
    return View(node, tuple(after[whole.index(d)] if n in padded else d for n, d in enumerate(view.dims)))


def _pixel_shuffle(kind: str, field: str) -> Callable[..., View]:
    def read(reader: Reader, input: Any, factor: int) -> View:
        view = reader._view(input)
        return reader.volumes.layer(view, KINDS[kind](len(view.dims) - 2, **{field: factor}))

    return read


def _channel_shuffle(reader: Reader, input: Any, groups: int) -> View:
    view = reader._view(input)
    return reader.volumes.layer(view, KINDS["shuffle"](len(view.dims) - 2, groups=groups))


def _glu(reader: Reader, input: Any, dim: int = -1) -> View:
    view = reader._view(input)
    half = view.shape[dim] // 2
    gate = reader.volumes.each(reader.volumes.pick(view, dim, half, half), KINDS["sigmoid"])
    return reader.volumes.merge(Mul, [reader.volumes.pick(view, dim, 0, half), gate])


def _normalized(reader: Reader, input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> View:
    if p != int(p) or not isinstance(dim, int):
        raise Unreadable(f"by the norm {p} over {dim} is no layer kind")
    return reader.volumes.each(reader._view(input), KINDS["normalize"], dim=dim, norm=int(p), eps=eps)


def _power(reader: Reader, input: Any, exponent: Any) -> View:
    kind = {2: "square", 0.5: "sqrt"}.get(exponent) if isinstance(exponent, (int, float)) else None
    if not reader.is_data(input) or kind is None:
        raise Unreadable(f"(to the power {exponent}) is no layer kind")
    return reader.volumes.each(reader._view(input), KINDS[kind])


def _max_unpool(
    reader: Reader,
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> View:
    known = reader._values.get(id(indices))
    if known is None or not isinstance(known[1], Pooled):
        raise Unreadable("with indices that are not those of a max pool")
    view, pooled = reader._view(input), known[1].view
    sides = len(view.dims) - 2

    def each(value: Any) -> Any:
        return Sides(value if isinstance(value, (list, tuple)) else [value] * sides)

    fields = {"kernel": each(kernel_size), "stride": each(stride or kernel_size), "pad": each(padding)}
    nodes = (reader.volumes.spatial(view, sides), reader.volumes.spatial(pooled, sides))
    return reader.volumes.view(reader.volumes.add(MaxUnpool(sides, **fields), *nodes))


def _addcmul(reader: Reader, input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> View:
    if value != 1:
        raise Unreadable(f"with value={value:g} is no layer kind")
    return reader.combine(input, _product_of(reader, tensor1, tensor2), "add")


def _product_of(reader: Reader, a: Any, b: Any) -> Any:
    """Return the product of two operands, of which one is data, as a tensor that is known."""
    view = reader.combine(a, b, "mul")
    made = torch.empty(view.shape, device="meta")
    reader._set(made, view)
    return made


def _negated(reader: Reader, input: Any) -> View:
    return reader._rescaled(reader._view(input), -1.0)


def _refused(reason: str) -> Callable[..., View]:
    def read(reader: Reader, *args: Any, **kwargs: Any) -> View:
        raise Unreadable(reason)

    return read


OPERATIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("add", "iadd", "radd"), _binary("add")),
    **dict.fromkeys(("sub", "subtract", "isub"), _binary("sub")),
    **dict.fromkeys(("mul", "multiply", "imul", "rmul"), _binary("mul")),
    **dict.fromkeys(("div", "divide", "true_divide", "truediv", "idiv", "itruediv"), _binary("divide")),
    **dict.fromkeys(("rdiv", "rtruediv"), _binary("divide", turned=True)),
    "rsub": _binary("sub", turned=True),
    "maximum": _binary("maximum"),
    "minimum": _binary("minimum"),
    "get": _get,
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "stack": _stack,
    **dict.fromkeys(("matmul", "bmm", "mm"), _matmul),
    "addmm": _addmm,
    "einsum": _einsum,
    "lstm": _recurrent(Lstm),
    "gru": _recurrent(Gru),
    "rnn_tanh": _recurrent(Rnn),
    "roll": _roll,
    "scaled_dot_product_attention": _attention,
    "multi_head_attention_forward": _multi_head,
    "mean": _reduce("mean"),
    "sum": _reduce("sum"),
    **dict.fromkeys(("amax", "max"), _reduce("max")),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout"), _dropout),
    "pad": _pad,
    "pixel_shuffle": _pixel_shuffle("pixel_shuffle", "factor"),
    "pixel_unshuffle": _pixel_shuffle("space_to_depth", "block"),
    "channel_shuffle": _channel_shuffle,
    "glu": _glu,
    "normalize": _normalized,
    **dict.fromkeys(("pow", "ipow"), _power),
    **dict.fromkeys(tuple(f"max_unpool{n}d" for n in (1, 2, 3)), _max_unpool),
    "addcmul": _addcmul,
    **dict.fromkeys(("neg", "negative"), _negated),
    "setitem": _refused("writes into a part of a tensor, which is no layer kind"),
}
"""Functions of several tensors, or of some dimensions; the rest are layers, reshapes or functions of each value."""
