"""The values of an ONNX graph while it is read: volumes, stored tensors, and constants, which are folded.

Values that depend on no input, such as computed shapes, are folded by ONNX's own reference implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.tensors import Tensors, Unreadable, View
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise
from cnncalc.layers.linear import Linear

FOLDED = 100_000
"""Values of a tensor that is computed while reading."""


@dataclass(slots=True, eq=False)
class Stored:
    """A tensor that depends on no input: its shape, the initializers it was made of, its values if they are there."""

    shape: tuple[int, ...]
    names: tuple[str, ...] = ()
    values: Any = None  # a numpy array, or the initializer that holds them

    @property
    def numbers(self) -> int:
        return prod(self.shape)


@dataclass(slots=True, eq=False)
class Erf:
    """A part of GELU as it is written out: erf(x/√2), 1 + that, or that times x."""

    of: View
    plus_one: bool = False
    times: float = 1.0
    times_x: bool = False


Value = View | Stored | Erf | None


class Values:
    """The values of a graph, and the layers that have been made of them so far."""

    def __init__(self, onnx: Any, model: Any, graph: Graph) -> None:
        self.onnx, self.graph = onnx, graph
        self.opset = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 1)
        self.volumes = Tensors(graph)
        self.values: dict[str, Value] = {"": None}
        self.first: dict[tuple[type[Layer], tuple[str, ...]], int] = {}
        self.readers: dict[str, int] = {}
        for node in model.graph.node:
            for name in node.input:
                self.readers[name] = self.readers.get(name, 0) + 1
        for output in model.graph.output:
            self.readers[output.name] = self.readers.get(output.name, 0) + 1
        self.again: set[str] = set()  # stored tensors that several layers have
        self.used: dict[str, str] = {}

    def attributes_of(self, node: Any) -> dict[str, Any]:
        try:
            return {each.name: self.onnx.helper.get_attribute_value(each) for each in node.attribute}
        except ValueError:
            raise Unreadable("has an attribute of no type that ONNX knows") from None

    def folded(self, node: Any, given: Sequence[Value]) -> list[Stored | None] | Stored:
        """Return what a node makes of stored tensors: its values where they are few, of weights the shape."""
        stored = [value for value in given if isinstance(value, Stored)]
        if len(stored) < min(len(given), 1):
            raise Unreadable("has no inputs that are stored")
        names = tuple(dict.fromkeys(name for value in stored for name in value.names if value.numbers > 1))
        attributes = self.attributes_of(node)
        if node.op_type == "Identity":
            return stored[0]
        if node.op_type == "Transpose" and stored[0].numbers > FOLDED:
            order = attributes.get("perm") or range(len(stored[0].shape))[::-1]
            return Stored(tuple(stored[0].shape[i] for i in order), names)
        if sum(value.numbers for value in stored) > FOLDED:
            if node.op_type in ("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast"):
                return Stored((stored[0].numbers,), names)
            raise Unreadable(f"computes a tensor of {sum(value.numbers for value in stored):,} values, not an input's")
        if node.op_type == "ConstantOfShape" and prod(int(n) for n in self.array(stored[0])) > FOLDED:
            raise Unreadable("makes a constant of more values than are computed while reading")
        from onnx.reference import ReferenceEvaluator

        arrays = {name: self.array(value) for name, value in zip(node.input, given, strict=True) if value is not None}
        try:
            results: Any = ReferenceEvaluator(node, opsets={"": self.opset}).run(None, arrays)
        except (ArithmeticError, AttributeError, LookupError, NotImplementedError, RuntimeError, TypeError, ValueError):
            raise Unreadable("of constants cannot be computed") from None
        return [Stored(tuple(array.shape), names, array) for array in results]

    def array(self, value: Value) -> Any:
        if not isinstance(value, Stored) or value.values is None:
            raise Unreadable("needs the values of a tensor that is computed from an input")
        if hasattr(value.values, "dims"):
            if value.values.data_location == self.onnx.TensorProto.EXTERNAL:
                raise Unreadable(f"needs the values of {value.values.name}, which are in another file")
            try:
                value.values = self.onnx.numpy_helper.to_array(value.values)
            except (TypeError, ValueError):
                raise Unreadable(f"needs the values of {value.values.name}, of which a part is missing") from None
        return value.values

    def ints(self, value: Value) -> list[int]:
        return [int(n) for n in self.array(value).reshape(-1)]

    def number(self, value: Stored) -> float:
        return float(self.array(value).reshape(-1)[0])

    def tied(self, kind: type[Layer], stored: Sequence[Value], make: Callable[..., View]) -> View:
        """Make a layer with weights; one that another layer has as well is that layer again."""
        names = tuple(name for value in stored if isinstance(value, Stored) for name in value.names)
        known = self.first.get((kind, names)) if kind in (Conv, Depthwise, ConvTranspose, Linear) else None
        view = make(shares=known, tied=True)
        own = self.graph.nodes[view.node]
        self.first.setdefault((kind, names), own.index)
        for name in names:
            if self.used.setdefault(name, own.path) != own.path:
                self.again.add(name)
        tensors = [value for value in stored if isinstance(value, Stored)]
        self.graph.tensors[own.index] = {
            name: value.names[0] for name, value in zip(own.layer.weights(*own.x), tensors, strict=False) if value.names
        }
        return view


def sizes_text(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "a number"


def data_of(value: Value) -> View:
    if not isinstance(value, View):
        raise Unreadable("reads a part of another formula, or a stored tensor, where a volume is needed")
    return value


def weight_of(value: Value) -> Stored:
    if not isinstance(value, Stored):
        raise Unreadable("has weights that depend on an input")
    return value


def is_fixed(r: Values, value: Value, number: float) -> bool:
    """Judge whether a tensor is one number throughout, and a constant of the graph rather than a parameter of it."""
    return isinstance(value, Stored) and not value.names and bool((r.array(value) == number).all())


def as_written(value: float) -> float:
    """Return a 32-bit number as it was written: 1e-05, not 9.99999974e-06."""
    return float(f"{value:.7g}")
