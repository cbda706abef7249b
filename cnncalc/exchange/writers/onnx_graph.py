"""The graph of an ONNX model while it is written: names, shapes, constants, and the recorded calls of each layer."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, NamedTuple

from cnncalc.exchange.recorder import BATCH, Module, NotRecorded, Recorded, Term, terms
from cnncalc.exchange.trained import Trained
from cnncalc.exchange.writers import not_written
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import ConvTranspose
from cnncalc.layers.parametrize import computed
from cnncalc.network.network import Network, Node

OPSET = 20
"""The operators' version: that of PyTorch's own exporter, so what reads its files reads these."""

IR_VERSION = 9
"""The version of the file format that came with these operators."""

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
KEEPS_VALUES = ("Reshape", "Transpose", "Unsqueeze", "Squeeze")


class Unwritten(Exception):  # noqa: N818  # its text is the reason
    """Something that PyTorch does and no operator of ONNX does."""


@dataclass(slots=True, eq=False)
class Value:
    """A tensor of the graph: `shape` has BATCH for the images; `array` are its values where they depend on no input.

    `weight` is the name of a tensor of the network, whose values are stored in the order in which they are used.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    array: Any = None
    weight: str = ""
    padded: tuple[Value, list[tuple[int, int]], float] | None = None  # what a Pad was given: its input, pads, value


@dataclass(slots=True, frozen=True)
class Part:
    """A module of the recorder, and where its tensors are in the layer."""

    module: Module
    prefix: str = ""


@dataclass(slots=True, frozen=True)
class Method:
    """A method that is about to be called, or a function, which has no `of`."""

    name: str
    of: Any = None


class Operators(NamedTuple):
    """What is written for functions and modules of PyTorch, and for layers that have operators of their own."""

    functions: Mapping[str, Callable[..., Any]]
    modules: Mapping[str, Callable[..., Any]]
    layers: Mapping[Any, Callable[..., Any]]  # by class


class ModelGraph:
    """The graph of ONNX while it is made."""

    def __init__(self, onnx: Any, network: Network, tensors: Trained, operators: Operators) -> None:
        import numpy

        self.np, self.onnx, self.network, self.tensors = numpy, onnx, network, tensors
        self.operators = operators
        self.nodes: list[Any] = []
        self.initializers: dict[str, tuple[Any, Any]] = {}  # the array, and its origin's layout
        self.shapes: dict[str, tuple[tuple[int, ...], str]] = {}
        self.results: dict[int, Value] = {}
        self.taken = {node.path for node in network.layers()} | {*network.inputs}
        for node in network.layers():
            own = (*node.layer.weights(*node.x), *node.layer.buffers(*node.x))
            self.taken.update(f"{node.path}.{name}" for name in own)

    def data(self) -> bytes:
        """Return the bytes of the model."""
        self.build()
        written: bytes = self.model().SerializeToString(deterministic=True)
        return written

    def build(self) -> None:
        """Write every layer; raises NotWritten."""
        network = self.network
        for name, index in network.inputs.items():
            self.results[index] = Value(name, (BATCH, *network.nodes[index].y.chw))
        for node in self._needed():
            LayerGraph(self, node).write()
        self.outputs = self._outputs()

    def model(self) -> Any:
        """Return the model of what was built."""
        network, helper, outputs = self.network, self.onnx.helper, self.outputs
        inputs = [self._info(self.results[index]) for index in network.inputs.values()]
        infos = [
            self._info(Value(name, *shape))
            for name, shape in self.shapes.items()
            if name not in {value.name for value in outputs}
        ]
        graph = helper.make_graph(
            self.nodes,
            network.name,
            inputs,
            [self._info(value) for value in outputs],
            [self.onnx.numpy_helper.from_array(array, name) for name, (array, _) in self.initializers.items()],
            value_info=infos,
        )
        from cnncalc import __version__

        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="cnncalc",
            producer_version=__version__,
            doc_string=f"{network.title or network.name}. {self.tensors.note}",
        )

    def _needed(self) -> Iterator[Node]:
        """Return the layers that the outputs need: side heads work in training only."""
        needed = {*self.network.outputs.values()}
        needed.update(node.index for node in self.network.layers() if node.aux is None)
        for node in reversed(self.network.nodes):
            if node.index in needed:
                needed.update(node.inputs)
        return (node for node in self.network.layers() if node.index in needed)

    def _outputs(self) -> list[Value]:
        """Return the outputs, by their names; the last node of a layer gives its value the name of an output."""
        found: list[Value] = []
        renamed: dict[str, str] = {}
        for name, index in self.network.outputs.items():
            value = self.results[index]
            if self.network.nodes[index].kind == "input" or value.name in renamed:
                value = self.add("Identity", [value], value.shape, value.dtype, self.free(name))
            elif name != value.name and (name not in self.taken or name == self.network.nodes[index].path):
                renamed[value.name] = name
                self.shapes[name] = self.shapes.pop(value.name)
                value = Value(name, value.shape, value.dtype)
            found.append(value)
        for node in self.nodes:
            for names in (node.input, node.output):
                names[:] = [renamed.get(name, name) for name in names]
        return found

    def _info(self, value: Value) -> Any:
        """Return the type of a value; a dimension of several images has no size."""
        dims = [self._size(n) for n in value.shape]
        types = {
            "float32": self.onnx.TensorProto.FLOAT,
            "int64": self.onnx.TensorProto.INT64,
            "bool": self.onnx.TensorProto.BOOL,
        }
        return self.onnx.helper.make_tensor_value_info(value.name, types[value.dtype], dims)

    @staticmethod
    def _size(n: int) -> int | str:
        if n % BATCH:
            return n
        return "N" if n == BATCH else f"{n // BATCH}*N"

    def free(self, name: str) -> str:
        """Return a name that no other value has."""
        found, number = name, 1
        while found in self.taken:
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found)
        return found

    def add(
        self,
        kind: str,
        inputs: Sequence[Value | None],
        shape: tuple[int, ...],
        dtype: str,
        name: str,
        **attributes: Any,
    ) -> Value:
        """Add a node with one output, which has its name."""
        (value,) = self.add_several(kind, inputs, [(shape, dtype)], name, **attributes)
        return value

    def add_several(
        self,
        kind: str,
        inputs: Sequence[Value | None],
        made: Sequence[tuple[tuple[int, ...], str]],
        name: str,
        **attributes: Any,
    ) -> list[Value]:
        values = [Value(name if not number else self.free(name), *each) for number, each in enumerate(made)]
        names = ["" if value is None else self.stored(value, f"{name}.{i}") for i, value in enumerate(inputs)]
        while names and not names[-1]:
            names.pop()
        self.nodes.append(self.onnx.helper.make_node(kind, names, [v.name for v in values], name, **attributes))
        for value in values:
            self.shapes[value.name] = (value.shape, value.dtype)
        return values

    def stored(self, value: Value, name: str) -> str:
        """Return the name of a value, which is stored if it is constant."""
        if value.array is None:
            return value.name
        if not value.weight:
            value.name = value.name or self.free(name)
            self.initializers.setdefault(value.name, (value.array, None))
            return value.name
        array = self.np.ascontiguousarray(value.array)
        layout = (array.shape, array.tobytes() if array.size < 100 else value.array.strides)
        own = value.weight
        if own in self.initializers and self.initializers[own][1] != layout:  # used again in another order
            own = self.free(own)
        self.initializers.setdefault(own, (array, layout))
        return own


class LayerGraph:
    """One layer while it is written."""

    def __init__(self, model: ModelGraph, node: Node) -> None:
        self.model, self.node, self.np = model, node, model.np
        self.inputs = [model.results[index] for index in node.inputs]
        self.origin = node if node.shares is None else model.network.nodes[node.shares]
        self.names = {*node.layer.weights(*node.x), *node.layer.buffers(*node.x)}
        self.computed: dict[str, Any] = {}  # tensors that are not stored as they are
        self.memo: dict[int, Any] = {}

    def write(self) -> None:
        node, model = self.node, self.model
        first, before = len(model.nodes), {*model.initializers}
        try:
            result = self._result()
        except (Unwritten, NotRecorded) as reason:
            raise not_written(node, "ONNX", str(reason)) from None
        if not isinstance(result, Value) or result.shape != (BATCH, *node.y.chw):
            raise not_written(node, "ONNX", "its operators give another shape")
        own = {name for each in model.nodes[first:] for name in each.output}
        if result.name not in own:
            result = model.add("Identity", [result], result.shape, result.dtype, node.path)
        self._without_unused(first, before, result.name)
        self._named(first, result.name)
        value = model.results[node.index] = Value(node.path, result.shape, result.dtype)
        model.shapes[node.path] = (value.shape, value.dtype)

    def _without_unused(self, first: int, before: set[str], result: str) -> None:
        """Remove nodes whose results nothing reads, and constants of them: those that were not there before."""
        read, kept = {result}, []
        for each in reversed(self.model.nodes[first:]):
            if read & {*each.output}:
                kept.append(each)
                read.update(each.input)
            else:
                for name in each.output:
                    del self.model.shapes[name]
        self.model.nodes[first:] = reversed(kept)
        used = {name for each in self.model.nodes[first:] for name in each.input}
        for name in [name for name in self.model.initializers if name not in before and name not in used]:
            del self.model.initializers[name]

    def _named(self, first: int, result: str) -> None:
        """Give the result, and the node that makes it, the path of the layer."""
        path = self.node.path
        if result == path:
            return
        for each in self.model.nodes[first:]:
            for names in (each.input, each.output):
                names[:] = [path if name == result else name for name in names]
            each.name = path if each.name == result else each.name
        del self.model.shapes[result]

    def _result(self) -> Any:
        layer = self.node.layer
        for kind, own in self.model.operators.layers.items():
            if isinstance(layer, kind):
                return own(self, layer)
        how = layer.__dict__.get("parametrize", "none")
        if how != "none":  # the weight that is computed from others is written as it is
            tensors = {name: self.weight(name).array for name in self.names}
            self.computed = {"weight": computed(tensors, how, out=int(isinstance(layer, ConvTranspose)))}
            plain: Layer = object.__new__(type(layer))
            plain.__dict__.update({n: v for n, v in layer.__dict__.items() if n != "hash"} | {"parametrize": "none"})
            self.names = {*plain.weights(*self.node.x)}
            recorded = Recorded(replace(self.node, layer=plain), training=False)
        else:
            recorded = Recorded(self.node, training=False)
        self.part = Part(recorded.module)
        return self._value(recorded.result)

    # What the recorder noted.

    def _value(self, root: Term) -> Any:
        for term in terms(root):
            if id(term) not in self.memo:
                self.memo[id(term)] = self._evaluated(term)
        return self.memo[id(root)]

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Term):
            return self.memo[id(value)]
        if isinstance(value, (tuple, list)):
            return type(value)(self._resolved(part) for part in value)
        if isinstance(value, slice):
            return slice(self._resolved(value.start), self._resolved(value.stop), self._resolved(value.step))
        return value

    def _evaluated(self, term: Term) -> Any:
        form, parts = term._form, term._parts
        if form == "{value}":
            return parts[0][0]
        if form.startswith("{"):
            return self.inputs[int(form[1:-1])]
        if form in ("self", "this"):
            return self.part
        if form == "made":
            return Part(parts[0])
        if form == "()":
            function, args, kwargs = parts
            given = [self._resolved(arg) for arg in args]
            return self._called(self._resolved(function), given, {n: self._resolved(v) for n, v in kwargs.items()})
        if form == "[]":
            return self._indexed(self._resolved(parts[0]), self._resolved(parts[1]))
        if form.startswith(".") and parts:
            return self._attribute(self._resolved(parts[0]), form[1:])
        if form.startswith(" "):
            return self.numbers(form.strip(), *map(self._resolved, parts))
        return Method(form.rpartition(".")[2])

    def _attribute(self, of: Any, name: str) -> Any:
        if isinstance(of, Part):
            state = of.module.__dict__
            if name in state["children"]:
                return Part(state["children"][name], f"{of.prefix}{name}.")
            return self.weight(f"{of.prefix}{name}")
        if name == "shape":
            return of.shape
        return None if name in ("device", "dtype") else Method(name, of)

    def weight(self, name: str) -> Value:
        """Return a tensor of the layer."""
        key = f"{self.origin.path}.{name}"
        array = self.computed[name] if name in self.computed else self.model.tensors.of(self.origin, name)
        return Value(key, array.shape, "float32", array, key)

    def _called(self, function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if isinstance(function, Part):
            return self.module(function, args)
        if function.of is not None:
            args = [function.of, *args]
        name = re.sub(r"(?<=[a-z])[123]d$", "", function.name)
        if name not in self.model.operators.functions:
            raise Unwritten(f"there is no operator for PyTorch's {function.name}")
        return self.model.operators.functions[name](self, *args, **kwargs)

    def module(self, part: Part, args: list[Any]) -> Any:
        """Call a module: the layer itself, or a part of it; their hooks are recorded."""
        stem = re.sub(r"[123]d$", "", part.module.path.removeprefix("nn."))
        if stem not in self.model.operators.modules:
            raise Unwritten(f"there is no operator for PyTorch's {stem or 'own modules'}")
        return self.model.operators.modules[stem](self, part, *args)

    # Operators.

    def op(
        self,
        kind: str,
        inputs: Sequence[Any],
        shape: Sequence[int],
        dtype: str = "float32",
        **attributes: Any,
    ) -> Value:
        """Add an operator. One of constants alone is computed; one that only reorders a weight reorders its values."""
        values = [None if each is None else self.constant(each) for each in inputs]
        first = values[0] if values else None
        if first is not None and all(value is None or value.array is not None for value in values):
            alone = not any(value is not None and value.weight for value in values)
            if alone or (first.weight and kind in KEEPS_VALUES):
                array = self._computed(kind, values, attributes)
                return Value("", array.shape, str(array.dtype), array, first.weight)
        name = self.model.free(f"{self.node.path}.{kind.lower()}")
        return self.model.add(kind, values, tuple(shape), dtype, name, **attributes)

    def _computed(self, kind: str, values: Sequence[Value | None], attributes: dict[str, Any]) -> Any:
        from onnx.reference import ReferenceEvaluator

        if kind == "Reshape" and values[0] is not None and values[1] is not None:
            return values[0].array.reshape(values[1].array)
        if kind == "Transpose" and values[0] is not None:
            return values[0].array.transpose(attributes["perm"])
        names = ["" if value is None else f"x{number}" for number, value in enumerate(values)]
        node = self.model.onnx.helper.make_node(kind, names, ["y"], **attributes)
        feeds = {name: value.array for name, value in zip(names, values, strict=True) if value is not None}
        found: Any = ReferenceEvaluator(node, opsets={"": OPSET}).run(None, feeds)
        return self.np.asarray(found[0])

    def constant(self, value: Any, dtype: str | None = None) -> Value:
        """Return a number, a list of numbers or an array as a value."""
        if isinstance(value, Value):
            return value
        array = self.np.asarray(value)
        if dtype is None:
            dtype = "float32" if array.dtype.kind == "f" else "int64" if array.dtype.kind in "iu" else "bool"
        array = array.astype(dtype)
        return Value("", array.shape, dtype, array)

    def fixed(self, number: float, sizes: Sequence[int]) -> Value:
        """Return one number throughout as a constant of the graph, so that it does not look like a parameter."""
        array = self.model.onnx.numpy_helper.from_array(self.np.full(sizes, number, "float32"))
        return self.op("Constant", [], sizes, value=array)

    def sizes(self, values: Sequence[int]) -> Value:
        return self.constant([int(n) for n in values], "int64")

    def each(self, kind: str, value: Value) -> Value:
        """Return a function of each value."""
        return self.op(kind, [value], value.shape, value.dtype)

    def numbers(self, sign: str, a: Any, b: Any) -> Any:
        """Return a sum, a product …, of numbers or of values."""
        return self.binary(sign, a, b) if isinstance(a, Value) or isinstance(b, Value) else PYTHON[sign](a, b)

    def binary(self, sign: str, a: Any, b: Any) -> Value:
        """Return a sum, a product …, of two values, of which one may be a number."""
        if sign == "@":
            return self.matmul(self.constant(a), self.constant(b))
        values = [each for each in (a, b) if isinstance(each, Value)]
        dtype = next(t for t in ("float32", "int64", "bool") if t in [value.dtype for value in values])
        a, b = (
            each if isinstance(each, Value) else self.constant(each, "float32" if isinstance(each, float) else dtype)
            for each in (a, b)
        )
        dtype = "float32" if "float32" in (a.dtype, b.dtype) else "int64"
        a, b = self.cast(a, dtype), self.cast(b, dtype)
        neutral = {"*": 1.0, "+": 0.0}.get(sign)
        one: Value
        other: Value
        for one, other in ((a, b), (b, a)):
            is_neutral = other.array is not None and not other.weight and bool((other.array == neutral).all())
            if is_neutral and broadcast(one.shape, other.shape) == one.shape:
                return one
        kind = BINARY[sign]
        shape = broadcast(a.shape, b.shape)
        if kind == "NotEqual":
            return self.op("Not", [self.op("Equal", [a, b], shape, "bool")], shape, "bool")
        if sign == "%":
            return self.op("Mod", [a, b], shape, dtype)
        return self.op(kind, [a, b], shape, "bool" if sign in COMPARED else dtype)

    def cast(self, value: Value, dtype: str) -> Value:
        if value.dtype == dtype:
            return value
        proto = self.model.onnx.TensorProto
        to = {"float32": proto.FLOAT, "int64": proto.INT64, "bool": proto.BOOL}[dtype]
        return self.op("Cast", [value], value.shape, dtype, to=to)

    def matmul(self, a: Value, b: Value) -> Value:
        shape = (*broadcast(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
        return self.op("MatMul", [a, b], shape)

    def transposed(self, value: Value, order: Sequence[int]) -> Value:
        order = [axis % len(value.shape) for axis in order]
        if order == [*range(len(order))]:
            return value
        shape = [value.shape[axis] for axis in order]
        return self.op("Transpose", [value], shape, value.dtype, perm=order)

    def reshaped(self, value: Value, sizes: Sequence[int]) -> Value:
        sizes = [*sizes]
        if -1 in sizes:
            known = prod(n for n in sizes if n != -1)
            sizes[sizes.index(-1)] = prod(value.shape) // known
        if tuple(sizes) == value.shape:
            return value
        if value.array is not None and not value.weight:
            sizes = [n // BATCH if n % BATCH == 0 else n for n in sizes]
        written = [0 if i < len(value.shape) and value.shape[i] == n == BATCH else n for i, n in enumerate(sizes)]
        written = [-1 if n and n % BATCH == 0 else n for n in written]
        if written.count(-1) > 1:
            raise Unwritten("it splits the images of a batch")
        return self.op("Reshape", [value, self.sizes(written)], sizes, value.dtype)

    def taken(self, value: Value, axis: int, begin: int, end: int, step: int = 1) -> Value:
        """Return a part of a dimension."""
        size = value.shape[axis]
        begin, end, step = slice(begin, end, step).indices(size)
        count = len(range(begin, end, step))
        if count == size and step == 1:
            return value
        shape = (*value.shape[:axis], count, *value.shape[axis + 1 :])
        given = [self.sizes([n]) for n in (begin, end, axis, step)]
        return self.op("Slice", [value, *given], shape, value.dtype)

    def _indexed(self, value: Any, index: Any) -> Any:
        if not isinstance(value, Value):
            return value[index] if not isinstance(value, Part) else self._numbered(value, index)
        index = index if isinstance(index, tuple) else (index,)
        used = sum(each is not None and each is not Ellipsis for each in index)
        if Ellipsis in [each for each in index if not isinstance(each, Value)]:
            at = next(i for i, each in enumerate(index) if each is Ellipsis)
            index = (*index[:at], *[slice(None)] * (len(value.shape) - used), *index[at + 1 :])
        axis = 0
        for each in index:
            if each is None:
                value = self.unsqueezed(value, axis)
                axis += 1
            elif isinstance(each, slice):
                end = value.shape[axis] if each.stop is None else each.stop
                value = self.taken(value, axis, each.start or 0, end, each.step or 1)
                axis += 1
            else:
                chosen = self.constant(each, None if isinstance(each, Value) else "int64")
                shape = (*value.shape[:axis], *chosen.shape, *value.shape[axis + 1 :])
                value = self.op("Gather", [value, chosen], shape, value.dtype, axis=axis)
                axis += len(chosen.shape)
        return value

    def _numbered(self, part: Part, number: int) -> Part:
        """Return a module of a list."""
        (modules,) = part.module.__dict__["args"]
        return Part(modules[number], f"{part.prefix}{number}.")

    def unsqueezed(self, value: Value, axis: int) -> Value:
        axis %= len(value.shape) + 1
        shape = (*value.shape[:axis], 1, *value.shape[axis:])
        return self.op("Unsqueeze", [value, self.sizes([axis])], shape, value.dtype)

    def reduced(self, kind: str, value: Value, axes: Sequence[int], keep: bool) -> Value:
        axes = sorted(axis % len(value.shape) for axis in axes)
        kept = [1 if i in axes else n for i, n in enumerate(value.shape)]
        shape = kept if keep else [n for i, n in enumerate(kept) if i not in axes]
        return self.op(kind, [value, self.sizes(axes)], shape, value.dtype, keepdims=int(keep))

    def padded(self, value: Value, pads: Sequence[tuple[int, int]], mode: str, number: float) -> Value:
        """Pad or crop the spatial dimensions and the channels: pairs of all dimensions but the first."""
        for axis, (before, after) in enumerate(pads, 1):
            if before < 0 or after < 0:
                size = value.shape[axis]
                value = self.taken(value, axis, max(-before, 0), size - max(-after, 0))
        pads = [(max(before, 0), max(after, 0)) for before, after in pads]
        if not any(map(any, pads)):
            return value
        axes = [axis for axis, pair in enumerate(pads, 1) if any(pair)]
        written = [pads[a - 1][0] for a in axes] + [pads[a - 1][1] for a in axes]
        shape = [value.shape[0], *(n + sum(pair) for n, pair in zip(value.shape[1:], pads, strict=True))]
        fill = self.constant(number, value.dtype) if mode == "constant" and number else None
        made = self.op(
            "Pad", [value, self.sizes(written), fill, self.sizes(axes)], shape, value.dtype, mode=MODES[mode]
        )
        if mode == "constant" and not any(pads[0]):
            made.padded = (value, [*pads[1:]], float(number))
        return made


PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "%": operator.mod,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARED = {"==": "Equal", "!=": "NotEqual", "<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}
BINARY = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow", "%": "Mod"} | COMPARED


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    count = max(map(len, shapes))
    full = [(1,) * (count - len(shape)) + tuple(shape) for shape in shapes]
    return tuple(max(sizes) for sizes in zip(*full, strict=True))


def pairs_of(flat: Sequence[int], rank: int) -> list[tuple[int, int]]:
    """Return PyTorch's padding, the last dimension first, as pairs of all dimensions but the first."""
    own = [*zip(flat[::2], flat[1::2], strict=True)][::-1]
    return [(0, 0)] * (rank - 1 - len(own)) + own


def repeated(value: Any, count: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
