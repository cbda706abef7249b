"""The writer of ONNX models: each layer as PyTorch builds it, operation by operation, with PyTorch's shapes.

A layer's `build` is recorded, as for PyTorch's source, and what it asks of PyTorch becomes operators of ONNX. So a new
kind is written as soon as its `build` uses what others use. Recurrent and deformable layers have operators of their own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from cnncalc.exchange.recorder import BATCH, Module, NotRecorded, Recorded, Term, terms
from cnncalc.exchange.trained import Trained, trained
from cnncalc.exchange.writers import NotWritten, Written, not_written
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import ConvTranspose
from cnncalc.layers.deform import Deformed
from cnncalc.layers.parametrize import computed
from cnncalc.layers.recurrent import Recurrent
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem

OPSET = 20
"""The operators' version: that of PyTorch's own exporter, so what reads its files reads these."""

IR_VERSION = 9
"""The version of the file format that came with these operators."""

LARGEST = 2**31 - 1
"""Bytes of a protobuf message."""

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


def write(network: Network, weights: str | None) -> Written:
    """Return the model. Raises NotWritten for a layer without operators, NoAnswer for weights."""
    try:
        import onnx
    except ImportError:
        hint = 'pip install "cnncalc[onnx]"'
        raise NoAnswer([Problem("E121", "writing ONNX needs the package onnx", None, hint)]) from None
    if (size := 4 * network.report().totals.params) > LARGEST:
        message = f"its weights have {size:,} bytes, and an ONNX file at most {LARGEST:,}"
        raise NotWritten([Problem("E126", f"{network.name}: {message}")])
    tensors = trained(network, weights)
    return Written(_Model(onnx, network, tensors).data(), notes=() if weights else (tensors.note,))


class _Model:
    """The graph of ONNX while it is made."""

    def __init__(self, onnx: Any, network: Network, tensors: Trained) -> None:
        import numpy

        self.np, self.onnx, self.network, self.tensors = numpy, onnx, network, tensors
        self.nodes: list[Any] = []
        self.initializers: dict[str, tuple[Any, Any]] = {}  # the array, and its origin's layout
        self.shapes: dict[str, tuple[tuple[int, ...], str]] = {}
        self.results: dict[int, Value] = {}
        self.taken = {node.path for node in network.layers()} | {*network.inputs}
        for node in network.layers():
            own = (*node.layer.weights(*node.x), *node.layer.buffers(*node.x))
            self.taken.update(f"{node.path}.{name}" for name in own)

    def data(self) -> bytes:
        network, helper = self.network, self.onnx.helper
        for name, index in network.inputs.items():
            self.results[index] = Value(name, (BATCH, *network.nodes[index].y.chw))
        for node in self._needed():
            _Layer(self, node).write()
        outputs = self._outputs()
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

        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="cnncalc",
            producer_version=__version__,
            doc_string=f"{network.title or network.name}. {self.tensors.note}",
        )
        written: bytes = model.SerializeToString(deterministic=True)
        return written

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
        self, kind: str, inputs: Sequence[Value | None], shape: tuple[int, ...], dtype: str, name: str, **attributes: Any
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


class _Layer:
    """One layer while it is written."""

    def __init__(self, model: _Model, node: Node) -> None:
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
        if isinstance(layer, Recurrent):
            return _recurrent(self, layer)
        if isinstance(layer, Deformed):
            return _deformed(self, layer)
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
            return self.binary(form.strip(), *map(self._resolved, parts))
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
            return self.module(function, args, self_call=function is self.part)
        if function.of is not None:
            args = [function.of, *args]
        name = re.sub(r"(?<=[a-z])[123]d$", "", function.name)
        if name not in FUNCTIONS:
            raise Unwritten(f"there is no operator for PyTorch's {function.name}")
        return FUNCTIONS[name](self, *args, **kwargs)

    def module(self, part: Part, args: list[Any], *, self_call: bool = False) -> Any:
        """Call a module: the layer itself, whose hooks are recorded, or a part of it."""
        state = part.module.__dict__
        recorder = part.module.recorder
        if not self_call:
            for hook in state["before"]:
                given = hook(part.module, tuple(Term(recorder, "{value}", ((arg,),)) for arg in args))
                args = [self._value(each) for each in given]
        stem = re.sub(r"[123]d$", "", part.module.path.removeprefix("nn."))
        if stem not in MODULES:
            raise Unwritten(f"there is no operator for PyTorch's {stem or 'own modules'}")
        made = MODULES[stem](self, part, *args)
        if not self_call:
            for hook in state["behind"]:
                terms_of = tuple(Term(recorder, "{value}", ((arg,),)) for arg in args)
                made = self._value(hook(part.module, terms_of, Term(recorder, "{value}", ((made,),))))
        return made

    # Operators.

    def op(
        self,
        kind: str,
        inputs: Sequence[Any],
        shape: Sequence[int],
        dtype: str = "float32",
        **attributes: Any,
    ) -> Value:
        """Add an operator; one of constants alone is computed, and one that keeps a weight's values changes its order."""
        values = [None if each is None else self.constant(each) for each in inputs]
        first = values[0]
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

    def sizes(self, values: Sequence[int]) -> Value:
        return self.constant([int(n) for n in values], "int64")

    def binary(self, sign: str, a: Any, b: Any) -> Any:
        """Return a sum, a product …, of two values or numbers."""
        if not isinstance(a, Value) and not isinstance(b, Value):
            return PYTHON[sign](a, b)
        if sign == "@":
            return self.matmul(a, b)
        values = [each for each in (a, b) if isinstance(each, Value)]
        dtype = next(t for t in ("float32", "int64", "bool") if t in [value.dtype for value in values])
        a, b = (
            each if isinstance(each, Value) else self.constant(each, "float32" if isinstance(each, float) else dtype)
            for each in (a, b)
        )
        dtype = "float32" if "float32" in (a.dtype, b.dtype) else "int64"
        a, b = self.cast(a, dtype), self.cast(b, dtype)
        neutral = {"*": 1.0, "+": 0.0}.get(sign)
        for one, other in ((a, b), (b, a)):
            if other.array is not None and not other.weight and (other.array == neutral).all():
                if broadcast(one.shape, other.shape) == one.shape:
                    return one
        kind = BINARY[sign]
        shape = broadcast(a.shape, b.shape)
        if kind == "NotEqual":
            return self.op("Not", [self.op("Equal", [a, b], shape, "bool")], shape, "bool")
        if sign == "%":
            return self.op("Mod", [a, b], shape, dtype)
        return self.op(kind, [a, b], shape, "bool" if sign in COMPARISONS else dtype)

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
        made = self.op("Pad", [value, self.sizes(written), fill, self.sizes(axes)], shape, value.dtype, mode=MODES[mode])
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
BINARY = {
    **{"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow", "%": "Mod"},
    **{"==": "Equal", "!=": "NotEqual", "<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"},
}
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    count = max(map(len, shapes))
    full = [(1,) * (count - len(shape)) + tuple(shape) for shape in shapes]
    return tuple(max(sizes) for sizes in zip(*full, strict=True))


def _pairs(flat: Sequence[int], rank: int) -> list[tuple[int, int]]:
    """Return PyTorch's padding, the last dimension first, as pairs of all dimensions but the first."""
    own = [*zip(flat[::2], flat[1::2], strict=True)][::-1]
    return [(0, 0)] * (rank - 1 - len(own)) + own


def _tuple(value: Any, count: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


# Functions of PyTorch.


def _simple(kind: str, **attributes: Any) -> Callable[..., Value]:
    def made(layer: _Layer, value: Value, *_: Any, **__: Any) -> Value:
        return layer.op(kind, [value], value.shape, value.dtype, **attributes)

    return made


def _two(sign: str) -> Callable[..., Any]:
    return lambda layer, a, b: layer.binary(sign, a, b)


def _several(kind: str) -> Callable[..., Value]:
    def made(layer: _Layer, *values: Value) -> Value:
        return layer.op(kind, values, broadcast(*(value.shape for value in values)))

    return made


def _reduce(kind: str) -> Callable[..., Value]:
    def made(layer: _Layer, value: Value, dim: Any = None, keepdim: bool = False) -> Value:
        axes = range(len(value.shape)) if dim is None else _tuple(dim, 1)
        return layer.reduced(kind, value, axes, keepdim)

    return made


def _spread(root: bool) -> Callable[..., Value]:
    def made(layer: _Layer, value: Value, dim: Any, correction: int = 1, keepdim: bool = False) -> Value:
        axes = _tuple(dim, 1)
        mean = layer.reduced("ReduceMean", value, axes, True)
        off = layer.binary("-", value, mean)
        total = layer.reduced("ReduceSum", layer.binary("*", off, off), axes, keepdim)
        count = prod(value.shape[axis] for axis in axes) - correction
        variance = layer.binary("/", total, float(count))
        return _simple("Sqrt")(layer, variance) if root else variance

    return made


def _vector_norm(layer: _Layer, value: Value, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Value:
    axes = _tuple(dim, 1)
    if ord in (1, 2):
        return layer.reduced(f"ReduceL{ord}", value, axes, keepdim)
    powers = layer.binary("**", _simple("Abs")(layer, value), float(ord))
    return layer.binary("**", layer.reduced("ReduceSum", powers, axes, keepdim), 1 / ord)


def _normalize(layer: _Layer, value: Value, p: float = 2, dim: int = 1, eps: float = 1e-12) -> Value:
    norm = _vector_norm(layer, value, p, dim, keepdim=True)
    least = layer.op("Max", [norm, layer.constant(float(eps))], norm.shape)
    return layer.op("Div", [value, least], value.shape)


def _clamp(layer: _Layer, value: Value, min: float | None = None, max: float | None = None) -> Value:
    ends = [None if end is None else layer.constant(float(end)) for end in (min, max)]
    return layer.op("Clip", [value, *ends], value.shape)


def _softmax(kind: str) -> Callable[..., Value]:
    return lambda layer, value, dim: layer.op(kind, [value], value.shape, axis=dim)


def _silu(layer: _Layer, value: Value) -> Value:
    return layer.op("Mul", [value, layer.op("Sigmoid", [value], value.shape)], value.shape)


def _square(layer: _Layer, value: Value) -> Value:
    return layer.binary("**", value, 2.0)


def _pad(layer: _Layer, value: Value, pad: Sequence[int], mode: str = "constant", number: float | None = None) -> Value:
    return layer.padded(value, _pairs(pad, len(value.shape)), mode, number or 0.0)


def _cat(layer: _Layer, values: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % len(values[0].shape)
    shape = list(values[0].shape)
    shape[axis] = sum(value.shape[axis] for value in values)
    return layer.op("Concat", values, shape, values[0].dtype, axis=axis)


def _stack(layer: _Layer, values: Sequence[Value], dim: int = 0) -> Value:
    axis = dim % (len(values[0].shape) + 1)
    return _cat(layer, [layer.unsqueezed(value, axis) for value in values], axis)


def _flatten(layer: _Layer, value: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    count = len(value.shape)
    start, end = start_dim % count, end_dim % count
    if start == 1 and end == count - 1 and count > 2 and value.shape[0] == BATCH:
        return layer.op("Flatten", [value], (BATCH, prod(value.shape[1:])), value.dtype, axis=1)
    return layer.reshaped(value, (*value.shape[:start], prod(value.shape[start : end + 1]), *value.shape[end + 1 :]))


def _unflatten(layer: _Layer, value: Value, dim: int, sizes: Sequence[int]) -> Value:
    axis = dim % len(value.shape)
    parts = [*sizes]
    if -1 in parts:
        parts[parts.index(-1)] = value.shape[axis] // prod(n for n in parts if n != -1)
    return layer.reshaped(value, (*value.shape[:axis], *parts, *value.shape[axis + 1 :]))


def _reshape(layer: _Layer, value: Value, *sizes: Any) -> Value:
    return layer.reshaped(value, sizes[0] if sizes and isinstance(sizes[0], (tuple, list)) else sizes)


def _permute(layer: _Layer, value: Value, *order: Any) -> Value:
    return layer.transposed(value, order[0] if isinstance(order[0], (tuple, list)) else order)


def _transpose(layer: _Layer, value: Value, a: int, b: int) -> Value:
    order = [*range(len(value.shape))]
    order[a], order[b] = order[b], order[a]
    return layer.transposed(value, order)


def _movedim(layer: _Layer, value: Value, source: Any, target: Any) -> Value:
    count = len(value.shape)
    sources, targets = ([axis % count for axis in _tuple(each, 1)] for each in (source, target))
    order = [axis for axis in range(count) if axis not in sources]
    for at, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(at, axis)
    return layer.transposed(value, order)


def _roll(layer: _Layer, value: Value, shifts: Any, dims: Any) -> Value:
    for axis, shift in zip(_tuple(dims, 1), _tuple(shifts, 1), strict=True):
        size = value.shape[axis]
        if cut := -shift % size:
            value = _cat(layer, [layer.taken(value, axis, cut, size), layer.taken(value, axis, 0, cut)], axis)
    return value


def _unfold(layer: _Layer, value: Value, dim: int, size: int, step: int) -> Value:
    axis = dim % len(value.shape)
    count = (value.shape[axis] - size) // step + 1
    if size == step:
        whole = layer.taken(value, axis, 0, count * size)
        parts = _unflatten(layer, whole, axis, (count, size))
    else:
        places = [[start * step + i for i in range(size)] for start in range(count)]
        shape = (*value.shape[:axis], count, size, *value.shape[axis + 1 :])
        parts = layer.op("Gather", [value, layer.constant(places, "int64")], shape, axis=axis)
    return _movedim(layer, parts, axis + 1, -1)


def _expand(layer: _Layer, value: Value, *sizes: int) -> Value:
    full = (1,) * (len(sizes) - len(value.shape)) + value.shape
    wanted = [n if size == -1 else size for n, size in zip(full, sizes, strict=True)]
    if value.array is not None and not value.weight:  # a constant is broadcast anyway
        return layer.reshaped(value, full)
    images = layer.op("Shape", [layer.inputs[0]], (1,), "int64", start=0, end=1)
    rest = layer.sizes([1 if n == BATCH else n for n in wanted[1:]])
    return layer.op("Expand", [value, _cat(layer, [images, rest])], wanted)


def _repeat(layer: _Layer, value: Value, *times: int) -> Value:
    shape = [n * count for n, count in zip(value.shape, times, strict=True)]
    return layer.op("Tile", [value, layer.sizes(times)], shape, value.dtype)


def _full(number: float) -> Callable[..., Value]:
    def made(layer: _Layer, *sizes: Any, **options: Any) -> Value:
        wanted = sizes[0] if isinstance(sizes[0], (tuple, list)) else sizes
        dtype = "int64" if isinstance(options.get("dtype"), Method) and options["dtype"].name == "long" else "float32"
        return layer.constant(layer.np.full([1 if n == BATCH else n for n in wanted], number), dtype)

    return made


def _full_like(number: float) -> Callable[..., Value]:
    return lambda layer, value: layer.constant(
        layer.np.full([1 if n == BATCH else n for n in value.shape], number), value.dtype
    )


def _arange(layer: _Layer, *ends: int, **_: Any) -> Value:
    return layer.constant(layer.np.arange(*ends), "int64")


def _cartesian(layer: _Layer, *values: Value) -> Value:
    if len(values) == 1:
        return values[0]
    grid = layer.np.meshgrid(*(value.array for value in values), indexing="ij")
    return layer.constant(layer.np.stack([each.reshape(-1) for each in grid], 1))


def _tensor(layer: _Layer, values: Any, **_: Any) -> Value:
    return layer.constant(values)


def _log2(layer: _Layer, value: Value) -> Value:
    return layer.constant(layer.np.log2(value.array), "float32")


def _same(layer: _Layer, value: Value, *_: Any, **__: Any) -> Value:
    return value


def _linear(layer: _Layer, value: Value, weight: Value, bias: Value | None = None) -> Value:
    shape = (*value.shape[:-1], weight.shape[0])
    if len(value.shape) == 2:
        return layer.op("Gemm", [value, weight, bias], shape, transB=1)
    made = layer.op("MatMul", [value, layer.transposed(weight, (1, 0))], shape)
    return made if bias is None else layer.op("Add", [made, bias], shape)


def _embedding(layer: _Layer, indices: Value, weight: Value) -> Value:
    return layer.op("Gather", [weight, indices], (*indices.shape, weight.shape[1]), axis=0)


def _conv(
    layer: _Layer,
    value: Value,
    weight: Value,
    bias: Value | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    kernel = weight.shape[2:]
    count = len(kernel)
    strides, dilations = _tuple(stride, count), _tuple(dilation, count)
    pads = [(n, n) for n in _tuple(padding, count)]
    if value.padded and not any(map(any, pads)) and not value.padded[2]:
        value, pads, _ = value.padded
    windows = zip(value.shape[2:], kernel, strides, dilations, pads, strict=True)
    sides = [(n + b + a - d * (k - 1) - 1) // s + 1 for n, k, s, d, (b, a) in windows]
    return layer.op(
        "Conv",
        [value, weight, bias],
        (value.shape[0], weight.shape[0], *sides),
        kernel_shape=kernel,
        strides=strides,
        dilations=dilations,
        pads=_ends(pads),
        group=groups,
    )


def _ends(pads: Sequence[tuple[int, int]]) -> list[int]:
    return [before for before, _ in pads] + [after for _, after in pads]


def _windows(
    value: Value, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> tuple[list[int], dict[str, Any], list[tuple[int, int]], list[int]]:
    """Return the output size, kernel and strides, the padding, and how far the last window is beyond that."""
    count = len(value.shape) - 2
    kernels = _tuple(kernel, count)
    strides = kernels if stride is None else _tuple(stride, count)
    dilations = _tuple(dilation, count)
    sides, pads, beyond = [], [], []
    for n, k, s, d, p in zip(value.shape[2:], kernels, strides, dilations, _tuple(padding, count), strict=True):
        extent = d * (k - 1) + 1
        over = (n + 2 * p - extent) % s
        m = (n + 2 * p - extent) // s + 1
        if ceil and over and m * s < n + p:  # a window that would begin behind the input is dropped
            m += 1
        sides.append(m)
        pads.append((p, p))
        beyond.append(max(0, (m - 1) * s + extent - n - 2 * p))
    return sides, {"kernel_shape": kernels, "strides": strides}, pads, beyond


def _max_pool(
    layer: _Layer,
    value: Value,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    return_indices: bool = False,
) -> Any:
    sides, fields, pads, beyond = _windows(value, kernel, stride, padding, dilation, ceil)
    pads = [(before, after + more) for (before, after), more in zip(pads, beyond, strict=True)]
    shape = (*value.shape[:2], *sides)
    fields["dilations"] = _tuple(dilation, len(sides))
    if value.padded and value.padded[2] == float("-inf") and not any(map(any, pads)):
        if all(max(pair) < k for pair, k in zip(value.padded[1], fields["kernel_shape"], strict=True)):
            value, pads, _ = value.padded
    if return_indices:
        name = layer.model.free(f"{layer.node.path}.maxpool")
        made = [(shape, "float32"), (shape, "int64")]
        return layer.model.add_several("MaxPool", [value], made, name, pads=_ends(pads), **fields)
    return layer.op("MaxPool", [value], shape, pads=_ends(pads), **fields)


def _avg_pool(
    layer: _Layer,
    value: Value,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Value:
    """Of a window that ceil mode puts beyond the padding PyTorch counts the positions before that end alone."""
    sides, fields, pads, beyond = _windows(value, kernel, stride, padding, 1, ceil)
    if any(beyond) and count_include_pad and divisor is None and any(map(any, pads)):
        value = layer.padded(value, [(0, 0), *pads], "constant", 0.0)
        pads = [(0, 0)] * len(sides)
    counted = divisor is not None or (count_include_pad and not any(beyond))
    pads = [(before, after + more) for (before, after), more in zip(pads, beyond, strict=True)]
    shape = (*value.shape[:2], *sides)
    made = layer.op("AveragePool", [value], shape, pads=_ends(pads), count_include_pad=int(counted), **fields)
    return made if divisor is None else layer.binary("*", made, prod(fields["kernel_shape"]) / divisor)


def _max_unpool(
    layer: _Layer, value: Value, places: Value, kernel: Any, stride: Any, padding: Any, sides: Sequence[int]
) -> Value:
    pooled = layer.inputs[1]
    count = len(sides)
    size = layer.op("Shape", [pooled], (count + 2,), "int64")
    pads = [(n, n) for n in _tuple(padding, count)]
    fields = {"kernel_shape": _tuple(kernel, count), "strides": _tuple(stride, count), "pads": _ends(pads)}
    return layer.op("MaxUnpool", [value, places, size], pooled.shape, **fields)


def _batch_norm(
    layer: _Layer,
    value: Value,
    mean: Value,
    variance: Value,
    weight: Value | None = None,
    bias: Value | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Value:
    ones, zeros = layer.np.ones(mean.shape), layer.np.zeros(mean.shape)
    given = [ones if weight is None else weight, zeros if bias is None else bias, mean, variance]
    return layer.op("BatchNormalization", [value, *given], value.shape, epsilon=float(eps))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _two(sign) for name, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"), ("pow", "**"))},
    **{name: _simple(name.capitalize()) for name in ("exp", "log", "abs", "sqrt", "sin", "cos", "sign", "relu")},
    **{name: _simple(name.capitalize()) for name in ("sigmoid", "tanh")},
    "gelu": _simple("Gelu"),
    "silu": _silu,
    "square": _square,
    "log2": _log2,
    "clamp": _clamp,
    "softmax": _softmax("Softmax"),
    "maximum": _several("Max"),
    "minimum": _several("Min"),
    "sum": _reduce("ReduceSum"),
    "mean": _reduce("ReduceMean"),
    "amax": _reduce("ReduceMax"),
    "amin": _reduce("ReduceMin"),
    "logsumexp": _reduce("ReduceLogSumExp"),
    "std": _spread(root=True),
    "var": _spread(root=False),
    "vector_norm": _vector_norm,
    "normalize": _normalize,
    "pad": _pad,
    "cat": _cat,
    "stack": _stack,
    "flatten": _flatten,
    "unflatten": _unflatten,
    "reshape": _reshape,
    "permute": _permute,
    "transpose": _transpose,
    "movedim": _movedim,
    "unsqueeze": lambda layer, value, dim: layer.unsqueezed(value, dim),
    "roll": _roll,
    "unfold": _unfold,
    "expand": _expand,
    "repeat": _repeat,
    "zeros": _full(0.0),
    "ones": _full(1.0),
    "new_ones": lambda layer, _, *sizes: _full(1.0)(layer, *sizes),
    "zeros_like": _full_like(0.0),
    "ones_like": _full_like(1.0),
    "arange": _arange,
    "cartesian_prod": _cartesian,
    "tensor": _tensor,
    "long": lambda layer, value: layer.cast(value, "int64"),
    "contiguous": _same,
    "dropout": _same,
    "bmm": lambda layer, a, b: layer.matmul(a, b),
    "linear": _linear,
    "embedding": _embedding,
    "conv": _conv,
    "avg_pool": _avg_pool,
    "max_pool": _max_pool,
    "max_unpool": _max_unpool,
    "batch_norm": _batch_norm,
}
"""Functions and methods of PyTorch, without the number of dimensions: `conv2d` is `conv`."""


# Modules of PyTorch.


def _arguments(part: Part, names: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a module by their names."""
    state = part.module.__dict__
    return {**dict(zip(names, state["args"], strict=False)), **state["kwargs"]}


def _own(layer: _Layer, part: Part, name: str) -> Value | None:
    """Return a tensor of a module, None where it has none."""
    key = f"{part.prefix}{name}"
    return layer.weight(key) if key in layer.names else None


def _conv_module(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("inputs", "outputs", "kernel"))
    weight = layer.weight(f"{part.prefix}weight")
    count = len(weight.shape) - 2
    padding, mode = _tuple(given.get("padding", 0), count), given.get("padding_mode", "zeros")
    if mode != "zeros" and any(padding):
        value = layer.padded(value, [(0, 0), *((n, n) for n in padding)], mode, 0.0)
        padding = (0,) * count
    strides, dilations = given.get("stride", 1), given.get("dilation", 1)
    return _conv(layer, value, weight, _own(layer, part, "bias"), strides, padding, dilations, given.get("groups", 1))


def _conv_transpose(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("inputs", "outputs", "kernel"))
    weight = layer.weight(f"{part.prefix}weight")
    kernel = weight.shape[2:]
    count = len(kernel)
    names = ("stride", "padding", "output_padding", "dilation")
    strides, pads, extra, dilations = (_tuple(given.get(n, n in ("stride", "dilation")), count) for n in names)
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


def _linear_module(layer: _Layer, part: Part, value: Value) -> Value:
    return _linear(layer, value, layer.weight(f"{part.prefix}weight"), _own(layer, part, "bias"))


def _pool_module(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Value]:
    def made(layer: _Layer, part: Part, value: Value) -> Value:
        given = _arguments(part, names)
        ceil = {"ceil": given.pop("ceil_mode")} if "ceil_mode" in given else {}
        found: Value = function(layer, value, **given, **ceil)
        return found

    return made


def _adaptive(whole: str, window: Callable[..., Value], over: str) -> Callable[..., Value]:
    def made(layer: _Layer, part: Part, value: Value) -> Value:
        sides = value.shape[2:]
        goal = _tuple(part.module.__dict__["args"][0], len(sides))
        if all(n == 1 for n in goal):
            return layer.op(whole, [value], (*value.shape[:2], *goal))
        if all(n % m == 0 for n, m in zip(sides, goal, strict=True)):
            return window(layer, value, tuple(n // m for n, m in zip(sides, goal, strict=True)))
        for axis, (n, m) in enumerate(zip(sides, goal, strict=True), 2):
            ends = [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
            parts = [layer.reduced(over, layer.taken(value, axis, *each), (axis,), True) for each in ends]
            value = _cat(layer, parts, axis) if m < n or m > 1 else value
        return value

    return made


def _lp_pool(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("norm", "kernel", "stride", "ceil"))
    norm, ceil = given["norm"], given.get("ceil", False)
    sides, fields, pads, beyond = _windows(value, given["kernel"], given["stride"], 0, 1, ceil)
    if norm % 2 == 0 and not any(beyond):
        return layer.op("LpPool", [value], (*value.shape[:2], *sides), p=norm, pads=_ends(pads), **fields)
    means = _avg_pool(layer, layer.binary("**", value, float(norm)), given["kernel"], given["stride"], 0, ceil)
    return layer.binary("**", layer.binary("*", means, float(prod(fields["kernel_shape"]))), 1 / norm)


def _batch_norm_module(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("channels", "eps", "momentum", "affine"))
    mean, variance = (layer.weight(f"{part.prefix}running_{name}") for name in ("mean", "var"))
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    return _batch_norm(layer, value, mean, variance, weight, bias, eps=given.get("eps", 1e-5))


def _layer_norm(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("sizes", "eps", "affine", "bias"))
    sizes = _tuple(given["sizes"], 1)
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    scale = layer.np.ones(sizes) if weight is None else weight
    return layer.op(
        "LayerNormalization", [value, scale, bias], value.shape, axis=-len(sizes), epsilon=float(given["eps"])
    )


def _rms_norm(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("sizes", "eps", "affine"))
    energy = layer.reduced("ReduceMean", _square(layer, value), (-1,), True)
    root = _simple("Sqrt")(layer, layer.binary("+", energy, float(given["eps"])))
    made = layer.binary("/", value, root)
    weight = _own(layer, part, "weight")
    return made if weight is None else layer.binary("*", made, weight)


def _scaled(layer: _Layer, part: Part, value: Value) -> Value:
    """Multiply the channels by the scale of a norm and add its shift."""
    for name, sign in (("weight", "*"), ("bias", "+")):
        tensor = _own(layer, part, name)
        if tensor is not None:
            value = layer.binary(sign, value, layer.reshaped(tensor, (-1, *[1] * (len(value.shape) - 2))))
    return value


def _instance_norm(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("channels", "eps"))
    channels = value.shape[1]
    weight, bias = (_own(layer, part, name) for name in ("weight", "bias"))
    scale = layer.np.ones(channels) if weight is None else weight
    shift = layer.np.zeros(channels) if bias is None else bias
    return layer.op("InstanceNormalization", [value, scale, shift], value.shape, epsilon=float(given["eps"]))


def _group_norm(layer: _Layer, part: Part, value: Value) -> Value:
    given = _arguments(part, ("groups", "channels", "eps", "affine"))
    groups = given["groups"]
    parts = layer.reshaped(value, (value.shape[0], groups, prod(value.shape[1:]) // groups))
    ones, zeros = layer.np.ones(groups), layer.np.zeros(groups)
    made = layer.op("InstanceNormalization", [parts, ones, zeros], parts.shape, epsilon=float(given["eps"]))
    return _scaled(layer, part, layer.reshaped(made, value.shape))


def _lrn(layer: _Layer, part: Part, value: Value) -> Value:
    size, alpha, beta, k = part.module.__dict__["args"]
    if size % 2 and len(value.shape) == 4:
        return layer.op("LRN", [value], value.shape, size=size, alpha=float(alpha), beta=float(beta), bias=float(k))
    channels = value.shape[1]
    energy = layer.reshaped(_square(layer, value), (value.shape[0], 1, channels, prod(value.shape[2:])))
    energy = layer.padded(energy, [(0, 0), (size // 2, (size - 1) // 2), (0, 0)], "constant", 0.0)
    mean = layer.reshaped(_avg_pool(layer, energy, (size, 1), 1), value.shape)
    divisor = layer.binary("**", layer.binary("+", layer.binary("*", mean, float(alpha)), float(k)), float(beta))
    return layer.op("Div", [value, divisor], value.shape)


def _activation(kind: str, names: Sequence[str] = (), **fixed: Any) -> Callable[..., Value]:
    def made(layer: _Layer, part: Part, value: Value) -> Value:
        given = dict(zip(names, map(float, part.module.__dict__["args"]), strict=False))
        return layer.op(kind, [value], value.shape, **given, **fixed)

    return made


def _of_function(function: Callable[..., Value], *names: str) -> Callable[..., Value]:
    """Make a module of a function: its arguments are those of the module."""

    def made(layer: _Layer, part: Part, value: Value) -> Value:
        state = part.module.__dict__
        return function(layer, value, *state["args"], **state["kwargs"])

    return made


def _prelu(layer: _Layer, part: Part, value: Value) -> Value:
    slope = layer.weight(f"{part.prefix}weight")
    return layer.op("PRelu", [value, layer.reshaped(slope, (-1, *[1] * (len(value.shape) - 2)))], value.shape)


def _rrelu(layer: _Layer, part: Part, value: Value) -> Value:
    lower, upper = part.module.__dict__["args"]
    return layer.op("LeakyRelu", [value], value.shape, alpha=float(lower + upper) / 2)


def _threshold(layer: _Layer, value: Value, limit: float, number: float) -> Value:
    if not number:
        return layer.op("ThresholdedRelu", [value], value.shape, alpha=float(limit))
    above = layer.op("Greater", [value, layer.constant(float(limit))], value.shape, "bool")
    return layer.op("Where", [above, value, layer.constant(float(number))], value.shape)


def _log_sigmoid(layer: _Layer, value: Value) -> Value:
    negative = _simple("Neg")(layer, value)
    return _simple("Neg")(layer, _simple("Softplus")(layer, negative))


def _tanhshrink(layer: _Layer, value: Value) -> Value:
    return layer.binary("-", value, _simple("Tanh")(layer, value))


def _shrink(soft: bool) -> Callable[..., Value]:
    def made(layer: _Layer, value: Value, limit: float) -> Value:
        return layer.op("Shrink", [value], value.shape, lambd=float(limit), bias=float(limit) if soft else 0.0)

    return made


def _gelu(layer: _Layer, value: Value, approximate: str = "none") -> Value:
    return layer.op("Gelu", [value], value.shape, approximate=approximate)


def _dropout(layer: _Layer, value: Value, rate: float = 0.5) -> Value:
    if rate == 1:  # which ONNX does not have; in use it passes all values, as any other
        return value
    return layer.op("Dropout", [value, layer.constant(float(rate))], value.shape)


def _upsample(layer: _Layer, part: Part, value: Value) -> Value:
    given = part.module.__dict__["kwargs"]
    sides, mode, aligned = given["size"], given["mode"], given["align_corners"]
    if mode == "nearest":
        fields = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = "align_corners" if aligned else "half_pixel"
        fields = {"mode": "cubic" if mode == "bicubic" else "linear", "coordinate_transformation_mode": how}
        if mode == "bicubic":
            fields["cubic_coeff_a"] = -0.75
    axes = [*range(2, len(value.shape))]
    sizes = layer.sizes(sides)
    return layer.op("Resize", [value, None, None, sizes], (*value.shape[:2], *sides), axes=axes, **fields)


def _sequential(layer: _Layer, part: Part, value: Value) -> Value:
    for number, module in enumerate(part.module.__dict__["args"]):
        value = layer.module(Part(module, f"{part.prefix}{number}."), [value])
    return value


POOL = ("kernel", "stride", "padding")
MODULES: dict[str, Callable[..., Value]] = {
    "Conv": _conv_module,
    "ConvTranspose": _conv_transpose,
    "Linear": _linear_module,
    "MaxPool": _pool_module(_max_pool, POOL),
    "AvgPool": _pool_module(_avg_pool, (*POOL, "ceil", "count_include_pad", "divisor")),
    "AdaptiveAvgPool": _adaptive("GlobalAveragePool", _avg_pool, "ReduceMean"),
    "AdaptiveMaxPool": _adaptive("GlobalMaxPool", _max_pool, "ReduceMax"),
    "LPPool": _lp_pool,
    "BatchNorm": _batch_norm_module,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "GroupNorm": _group_norm,
    "InstanceNorm": _instance_norm,
    "LocalResponseNorm": _lrn,
    "ReLU": _activation("Relu"),
    "ReLU6": _of_function(lambda layer, value: _clamp(layer, value, 0.0, 6.0)),
    "LeakyReLU": _activation("LeakyRelu", ["alpha"]),
    "PReLU": _prelu,
    "RReLU": _rrelu,
    "Hardtanh": _of_function(_clamp),
    "Threshold": _of_function(_threshold),
    "ELU": _activation("Elu", ["alpha"]),
    "SELU": _activation("Selu"),
    "CELU": _activation("Celu", ["alpha"]),
    "GELU": _of_function(_gelu),
    "SiLU": _of_function(_silu),
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
    "Softmax": _of_function(_softmax("Softmax")),
    "LogSoftmax": _of_function(_softmax("LogSoftmax")),
    "Dropout": _of_function(_dropout),
    "Flatten": _of_function(lambda layer, value: _flatten(layer, value, 1)),
    "Upsample": _upsample,
    "Identity": _of_function(_same),
    "Sequential": _sequential,
}
"""Modules of PyTorch, without the number of dimensions."""


# Layers with an operator of their own.


def _recurrent(layer: _Layer, own: Recurrent) -> Value:
    """Write LSTM, GRU or RNN, an operator a layer; ONNX has other orders of the gates and both biases in one tensor."""
    fields = own.__dict__
    if fields.get("project"):
        raise Unwritten(f"ONNX's LSTM has no projection, and project is {fields['project']}")
    np = layer.np
    kind, order = {"lstm": ("LSTM", (0, 3, 1, 2)), "gru": ("GRU", (1, 0, 2)), "rnn": ("RNN", (0,))}[own.kind]
    directions, out = own.directions, fields["out"]

    def gates(array: Any) -> Any:
        return np.concatenate([array.reshape(len(order), out, *array.shape[1:])[gate] for gate in order])

    def stacked(part: str, name: str, level: int) -> Value:
        arrays = [gates(layer.weight(f"{part}_l{level}{end}").array) for end in directions]
        return layer.constant(np.stack(arrays), "float32")

    value = layer.transposed(layer.inputs[0], (2, 0, 1))
    count = len(directions)
    last = value
    for level in range(fields["layers"]):
        given = [value, stacked("weight_ih", "W", level), stacked("weight_hh", "R", level)]
        if fields["bias"]:
            both = [stacked("bias_ih", "B", level).array]
            both.append(stacked("bias_hh", "B", level).array if fields["biases"] == 2 else np.zeros_like(both[0]))
            given.append(layer.constant(np.concatenate(both, 1), "float32"))
        for each, name in zip(given[1:], ("W", "R", "B"), strict=False):
            each.name = layer.model.free(f"{layer.origin.path}.{name}_l{level}")
        more = {"linear_before_reset": 1} if kind == "GRU" else {}
        name = layer.model.free(f"{layer.node.path}.{own.kind}")
        steps = value.shape[0]
        made = [((steps, count, BATCH, out), "float32"), ((count, BATCH, out), "float32")]
        way = "bidirectional" if count == 2 else "forward"
        states, last = layer.model.add_several(kind, given, made, name, hidden_size=out, direction=way, **more)
        value = layer.reshaped(layer.transposed(states, (0, 2, 1, 3)), (steps, BATCH, count * out))
    if not fields["sequence"]:
        return layer.reshaped(layer.transposed(last, (1, 0, 2)), (BATCH, count * out))
    return layer.transposed(value, (1, 2, 0))


def _deformed(layer: _Layer, own: Deformed) -> Value:
    """Write DeformConv: its offsets are those of a convolution, or volumes."""
    fields, x = own.__dict__, layer.node.x[0]
    windows = own.windows(x)
    pads = [(w.before, w.after) for w in windows]
    bias = layer.weight("bias") if fields["bias"] else None
    value, *others = layer.inputs
    if not others:
        weight, shift = layer.weight("conv_offset.weight"), layer.weight("conv_offset.bias")
        padded = layer.padded(value, [(0, 0), *pads], "constant", 0.0)
        strides, dilations = ([getattr(w, name) for w in windows] for name in ("stride", "dilation"))
        offsets = _conv(layer, padded, weight, shift, strides, 0, dilations)
        count = 2 * int(own.elements)
        others = [layer.taken(offsets, 1, 0, count)]
        if fields["mask"]:
            others.append(_simple("Sigmoid")(layer, layer.taken(offsets, 1, count, offsets.shape[1])))
    return layer.op(
        "DeformConv",
        [value, layer.weight("weight"), others[0], bias, others[1] if len(others) > 1 else None],
        (BATCH, fields["out"], *own.output_sides(x)),
        kernel_shape=[w.kernel for w in windows],
        strides=[w.stride for w in windows],
        dilations=[w.dilation for w in windows],
        pads=_ends(pads),
        group=fields["groups"],
        offset_group=fields["offset_groups"],
    )
