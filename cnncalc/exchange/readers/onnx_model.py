"""ONNX: operators and their attributes as layers, opsets 7 to the newest. Nothing in the file is run.

Values that depend on no input, such as computed shapes, are folded by ONNX's own reference implementation.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.simplify import simplified
from cnncalc.exchange.tensors import Tensors, Unreadable, View, stated
from cnncalc.layers import KINDS
from cnncalc.layers.activation import Power, Threshold
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise
from cnncalc.layers.fields import Pair, Refused, Sides
from cnncalc.layers.joint import Divide, Maximum, Minimum
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import Add, Mul, Sub
from cnncalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Lrn, Rescale, RmsNorm
from cnncalc.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, LpPool, MaxPool
from cnncalc.layers.resize import PadChannels, Resize, Upsample, ZeroPad
from cnncalc.problem import Problem, did_you_mean, quoted
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.exchange.readers import Request

LARGEST_FILE = 2**31
"""Bytes of a protobuf message; a larger model has its tensors in files beside it."""

FOLDED = 100_000
"""Values of a tensor that is computed while reading."""

QUANTISED = re.compile(r"QLinear|QuantizeLinear|Integer$|^QGemm|^QAttention|DynamicQuantize")
CONTROL = ("If", "Loop", "Scan", "SequenceMap")


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


def read(request: Request) -> Graph:
    """Return the graph of an ONNX file. Raises NotRead with every operator that no layer kind expresses."""
    try:
        import onnx
    except ImportError:
        raise _refusal("reading ONNX needs a package: pip install 'cnncalc[onnx]'", code="E121") from None
    model = _loaded(onnx, request)
    return _Reading(onnx, model, request).done()


def _loaded(onnx: Any, request: Request) -> Any:
    broken = import_module("google.protobuf.message").DecodeError  # onnx stands on it, and does not export it
    try:
        if request.data is not None:
            model = onnx.load_model_from_string(request.data)
        elif os.path.getsize(request.name) > LARGEST_FILE:
            raise _refusal(f"{request.source} is larger than 2 GiB, which no ONNX model file can be")
        else:
            model = onnx.load(request.name, load_external_data=False)
    except broken:
        raise _refusal(f"{request.source} is no ONNX model, or only a part of one: its end is missing") from None
    except (OSError, MemoryError) as reason:
        raise _refusal(f"{request.source} cannot be read: {reason}") from None
    if not model.graph.node:
        raise _refusal(f"{request.source} is no ONNX model: it has no operators")
    if not _has_text(model.graph):
        raise _refusal(f"{request.source} is no ONNX model: it has a name that is no text")
    if model.functions:
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    return model


def _has_text(graph: Any) -> bool:
    """Return whether all names are text: protobuf hands out bytes for those that are none."""
    values = (*graph.input, *graph.output, *graph.initializer)
    names = [each.name for each in values]
    for node in graph.node:
        names += [node.name, node.op_type, node.domain, *node.input, *node.output]
        names += [attribute.name for attribute in node.attribute]
    return all(isinstance(name, str) for name in names)


def _refusal(message: str, hint: str | None = None, code: str = "E126") -> NotRead:
    return NotRead([Problem(code, message, None, hint)])


class _Reading:
    def __init__(self, onnx: Any, model: Any, request: Request) -> None:
        self.onnx, self.model, self.request = onnx, model, request
        self.graph = Graph(request.stem, request.source)
        self.opset = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 1)
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
        scopes = {_scope(node.name) for node in model.graph.node} - {""}
        inner = {scope[:i] for scope in scopes for i, sign in enumerate(scope) if sign == "."}
        self.leaves = scopes - inner

    def done(self) -> Graph:
        for tensor in self.model.graph.initializer:
            self.values[tensor.name] = Stored(tuple(tensor.dims), (tensor.name,), tensor)
        for sparse in self.model.graph.sparse_initializer:
            self.graph.refuse(f"{sparse.values.name}: a sparse tensor is not read")
        self.volumes = Tensors(self.graph)
        self._inputs()
        for node in self.model.graph.node:
            self._node(node)
        for output in self.model.graph.output:
            value = self.values.get(output.name)
            if isinstance(value, View):
                try:
                    self.graph.output(self._name(output.name, self.model.graph.output, "output"), self._natural(value))
                except Unreadable as reason:
                    self.graph.refuse(f"the output {output.name} {reason}")
            elif isinstance(value, Stored):
                self.graph.notes.append(f"the output {output.name} does not depend on an input and is left out")
        if self.again:
            count = len(self.again)
            self.graph.notes.append(
                f"{count} tensor{'s are' if count > 1 else ' is'} stored once and used by several layers: "
                f"{', '.join(sorted(self.again)[:3])}{' …' if count > 3 else ''}"
            )
        if not any(node.op_type == "BatchNormalization" for node in self.model.graph.node) and any(
            isinstance(node.layer, Conv) for node in self.graph.nodes
        ):
            self.graph.notes.append("there is no batch norm: exporters fold it into the convolution before it")
        return simplified(self.graph)

    def _name(self, name: str, among: Sequence[Any], single: str) -> str:
        if len(among) == 1:
            return single
        text = re.sub(r"\W+", "_", name).strip("_") or single
        return text if text[0].isalpha() else f"{single}_{text}"

    def _natural(self, view: View) -> int:
        whole = self.volumes.whole(view.node)
        rest = view.dims[1:]
        if view.dims[0] == self.volumes.images and rest in (whole, (whole[-1], *whole[:-1])):
            return view.node
        if len(view.dims) == 3 and view.dims[0] == self.volumes.images and rest[0] != whole[-1]:
            return self.volumes.arranged(view, [[view.dims[1]], [view.dims[2]]]).node
        if view.dims[0] != self.volumes.images or len(view.dims) > 5:
            return self.volumes.arranged(view, [[d for dims in view.dims for d in [dims] if d]]).node
        return self.volumes.spatial(view)

    def _inputs(self) -> None:
        stored = {tensor.name for tensor in self.model.graph.initializer}  # old files list them as inputs too
        inputs = [value for value in self.model.graph.input if value.name not in stored]
        given = self.request.shapes(needed=False)
        for value in inputs:
            sizes = [dim.dim_value or dim.dim_param or "?" for dim in value.type.tensor_type.shape.dim]
            name = self._name(value.name, inputs, "input")
            own = given.get(value.name) or given.get(name) or (given.get("input") if len(inputs) == 1 else None)
            if not value.type.HasField("tensor_type"):
                self.graph.refuse(f"the input {value.name} is no tensor")
                continue
            last = len(sizes) > 3 and sizes[-1] in (1, 3, 4) and sizes[1] not in (1, 3, 4) and sizes[2] != sizes[-1]
            rest = sizes[1:]
            if own is not None:
                shape = own
            elif len(sizes) < 2 or any(isinstance(n, str) for n in rest):
                text = "x".join(map(str, sizes)) or "a number"
                hint = "give its shape, as in --input 224x224x3"
                self.graph.refuse(f"the input {value.name} is {text}, which has no size in numbers", None, hint)
                continue
            else:
                shape = Shape(tuple(rest[:-1]), rest[-1]) if last else Shape(tuple(rest[1:]), rest[0])
            if len(shape.sides) > 3:
                self.graph.refuse(
                    f"the input {value.name} has {len(shape.sides)} spatial dimensions, at most 3 are read"
                )
                continue
            if isinstance(sizes[0], int) and sizes[0] > 1:
                self.volumes.batch = sizes[0]
            self.values[value.name] = self.volumes.input(name, shape, last=last)
        for name in set(given) - {value.name for value in inputs} - {"input"}:
            known = [value.name for value in inputs]
            self.graph.refuse(f"there is no input {quoted(name)}", None, did_you_mean(name, known))

    # One operator.

    def _node(self, node: Any) -> None:
        kind = node.op_type
        given = [self.values.get(name) for name in node.input]
        missing = [name for name in node.input if name and name not in self.values]
        path = self._path(node)
        self.volumes.path, self.volumes.scope = path, path.rpartition(".")[0]
        if missing:
            self.graph.refuse(f"{path}: {kind} reads {missing[0]}, which nothing gives")
        if missing or any(value is None and name for value, name in zip(given, node.input, strict=True)):
            self._set(node, None)
            return
        try:
            if node.domain not in ("", "ai.onnx"):
                raise Unreadable(f"of {node.domain} is an operator of its own, whose meaning is not in the file")
            if QUANTISED.search(kind):
                raise Unreadable("is quantised, and quantised operators are not read")
            if kind in CONTROL:
                raise Unreadable("chooses or repeats while it runs, which no layer kind does")
            attributes = self._attributes(node)
            self._check(node, attributes)
            data = any(isinstance(value, (View, Erf)) for value in given)
            if not data and kind not in ("Shape",):
                self._set(node, self._folded(node, given))
                return
            if kind not in OPERATORS:
                raise Unreadable("is no layer kind")
            try:
                self._set(node, OPERATORS[kind](self, node, given, attributes))
            except (ArithmeticError, LookupError, ValueError):  # numbers of a file that no exporter writes
                raise Unreadable("has attributes and inputs that do not fit each other") from None
        except (Unreadable, Refused) as fault:
            shapes = " and ".join(_sizes(value.shape) for value in given if isinstance(value, View))
            self.graph.refuse(f"{path}: {kind}{f' of {shapes}' if shapes else ''} {stated(fault)}".rstrip())
            self._set(node, None)

    def _set(self, node: Any, value: Any) -> None:
        values = value if isinstance(value, list) else [value] + [None] * (len(node.output) - 1)
        self.values.update(zip(node.output, values, strict=False))

    def _attributes(self, node: Any) -> dict[str, Any]:
        try:
            return {each.name: self.onnx.helper.get_attribute_value(each) for each in node.attribute}
        except ValueError:
            raise Unreadable("has an attribute of no type that ONNX knows") from None

    def _check(self, node: Any, attributes: Mapping[str, Any]) -> None:
        """Raise Unreadable for an operator that has not what ONNX demands; what it does not know is passed over."""
        try:
            schema = self.onnx.defs.get_schema(node.op_type, self.opset)
        except self.onnx.defs.SchemaError:
            return
        if len(node.input) < schema.min_input:
            raise Unreadable(f"has {len(node.input)} inputs, and needs {schema.min_input}")
        types = {each.name: each.type for each in node.attribute}
        for name, wanted in schema.attributes.items():
            if wanted.required and name not in attributes:
                raise Unreadable(f"has no attribute {name}, which it needs")
            if name in types and types[name] != wanted.type.value:
                raise Unreadable(f"has an attribute {name} of another type than {wanted.type.name}")
        if not all(_is_text(value) for value in attributes.values() if isinstance(value, bytes)):
            raise Unreadable("has an attribute that is no text")

    def _path(self, node: Any) -> str:
        """Return the module of a node: its scopes, the name of its weights, or its own name."""
        notes = {entry.key: entry.value for entry in node.metadata_props}
        if scopes := _listed(notes.get("pkg.torch.onnx.name_scopes")):
            classes = _listed(notes.get("pkg.torch.onnx.class_hierarchy"))
            for scope, name in zip(scopes, classes, strict=False):
                if scope:
                    self.graph.classes[scope] = name.rpartition(".")[2]
            inner = [scope for scope in scopes[:-1] if scope]
            own = inner[-1] if inner else ""
            if own and (node.op_type in WEIGHTED or not self._has_children(own)):
                return own
            return f"{own}.{node.op_type.lower()}".lstrip(".")
        scope = _scope(node.name)
        if scope in self.leaves:
            return scope
        own = re.sub(r"[^\w.]", "_", node.name.strip("/").rpartition("/")[2])
        if scope:
            return f"{scope}.{own}"
        for name in node.input[1:]:
            value = self.values.get(name)
            if isinstance(value, Stored) and len(value.names) == 1 and value.names[0].endswith(".weight"):
                return value.names[0].removesuffix(".weight")
        return own or node.op_type.lower()

    def _has_children(self, scope: str) -> bool:
        return any(other.startswith(f"{scope}.") for other in self.graph.classes)

    def _folded(self, node: Any, given: Sequence[Value]) -> list[Stored | None] | Stored:
        """Return what a node makes of stored tensors: its values where they are few, of weights the shape."""
        stored = [value for value in given if isinstance(value, Stored)]
        if len(stored) < min(len(given), 1):
            raise Unreadable("has no inputs that are stored")
        names = tuple(dict.fromkeys(name for value in stored for name in value.names if value.numbers > 1))
        attributes = self._attributes(node)
        if node.op_type == "Identity":
            return stored[0]
        if node.op_type == "Transpose" and stored[0].numbers > FOLDED:
            order = attributes.get("perm") or range(len(stored[0].shape))[::-1]
            return Stored(tuple(stored[0].shape[i] for i in order), names)
        if sum(value.numbers for value in stored) > FOLDED:
            if node.op_type in ("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast"):
                return Stored((stored[0].numbers,), names)
            raise Unreadable(f"computes a tensor of {sum(value.numbers for value in stored):,} values, not an input's")
        if node.op_type == "ConstantOfShape" and prod(int(n) for n in self._array(stored[0])) > FOLDED:
            raise Unreadable("makes a constant of more values than are computed while reading")
        from onnx.reference import ReferenceEvaluator

        arrays = {name: self._array(value) for name, value in zip(node.input, given, strict=True) if value is not None}
        try:
            results: Any = ReferenceEvaluator(node, opsets={"": self.opset}).run(None, arrays)
        except (ArithmeticError, AttributeError, LookupError, NotImplementedError, RuntimeError, TypeError, ValueError):
            raise Unreadable("of constants cannot be computed") from None
        return [Stored(tuple(array.shape), names, array) for array in results]

    def _array(self, value: Value) -> Any:
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
        return [int(n) for n in self._array(value).reshape(-1)]

    def number(self, value: Stored) -> float:
        return float(self._array(value).reshape(-1)[0])

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


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _scope(name: str) -> str:
    """Return the module in a name such as `/layer1/layer1.0/conv1/Conv`: layer1.0.conv1."""
    parts: list[str] = []
    for part in name.strip("/").split("/")[:-1]:
        part = re.sub(r"[^\w.]", "_", part)
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        elif part:
            parts.append(part)
    return ".".join(parts)


def _listed(text: str | None) -> list[str]:
    """Return a list of texts as the exporter writes it; it is data, nothing of it is run."""
    if not text or len(text) > 100_000:
        return []
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    return [str(each) for each in found] if isinstance(found, list) else []


def _sizes(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "a number"


def _data(value: Value) -> View:
    if not isinstance(value, View):
        raise Unreadable("reads a part of another formula, or a stored tensor, where a volume is needed")
    return value


def _weight(value: Value) -> Stored:
    if not isinstance(value, Stored):
        raise Unreadable("has weights that depend on an input")
    return value


def _pads(attributes: Mapping[str, Any], sides: int) -> Any:
    """Return padding as pairs, or the word for automatic padding."""
    word = attributes.get("auto_pad", b"NOTSET").decode()
    if word in ("SAME_UPPER", "SAME_LOWER"):
        return "same" if word == "SAME_UPPER" else "same_lower"
    pads = list(attributes.get("pads", [])) if word == "NOTSET" else []
    pads = pads or [0] * 2 * sides
    if min(pads) < 0:
        raise Unreadable(f"has negative padding {pads}")
    return Sides(Pair((pads[i], pads[i + sides])) for i in range(sides))


def _window(attributes: Mapping[str, Any], kernel: Sequence[int]) -> dict[str, Any]:
    sides = len(kernel)
    return {
        "kernel": Sides(kernel),
        "stride": Sides(attributes.get("strides") or [1] * sides),
        "pad": _pads(attributes, sides),
        "dilation": Sides(attributes.get("dilations") or [1] * sides),
    }


def _conv(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, weight = _data(given[0]), _weight(given[1])
    bias = given[2] if len(given) > 2 and given[2] is not None else None
    out, _, *kernel = weight.shape
    fields = {**_window(attributes, kernel), "bias": bias is not None}
    groups = attributes.get("group", 1)
    layer: Layer = Conv(len(kernel), out=out, groups=groups, **fields)
    if groups == view.shape[1] > 1:
        layer = Depthwise(len(kernel), multiplier=out // groups, **fields)
    return r.tied(type(layer), [weight, bias], lambda **tied: r.volumes.layer(view, layer, **tied))


def _conv_transpose(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, weight = _data(given[0]), _weight(given[1])
    bias = given[2] if len(given) > 2 and given[2] is not None else None
    groups = attributes.get("group", 1)
    _, out, *kernel = weight.shape
    fields = _window(attributes, kernel)
    extra = attributes.get("output_padding") or [0] * len(kernel)
    if "output_shape" in attributes:
        wanted = [n * s for n, s in zip(view.shape[2:], fields["stride"], strict=True)]
        if list(attributes["output_shape"])[-len(kernel) :] != wanted:
            raise Unreadable(f"with output_shape {attributes['output_shape']} is no layer kind")
        fields["pad"] = "same"
    if fields["pad"] == "same_lower":
        raise Unreadable("with auto_pad SAME_LOWER is no layer kind")
    if not isinstance(fields["pad"], str):
        uneven = [(b, a) for b, a in fields["pad"] if b != a]
        if uneven:
            raise Unreadable(
                f"trims {uneven[0][0]} positions before and {uneven[0][1]} after, which no layer kind does"
            )
        fields["pad"] = Sides(b for b, _ in fields["pad"])
    layer = ConvTranspose(
        len(kernel), out=out * groups, groups=groups, output_pad=Sides(extra), bias=bias is not None, **fields
    )
    return r.tied(ConvTranspose, [weight, bias], lambda **tied: r.volumes.layer(view, layer, **tied))


def _gemm(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, weight = _data(given[0]), _weight(given[1])
    bias = given[2] if len(given) > 2 and given[2] is not None else None
    if attributes.get("transA") or any(attributes.get(name, 1.0) != 1.0 for name in ("alpha", "beta")):
        raise Unreadable("with transA, alpha or beta is no layer kind")
    if bias is not None and not isinstance(bias, Stored):
        raise Unreadable("has a bias that depends on an input")
    out = weight.shape[0 if attributes.get("transB") else 1]
    return r.tied(Linear, [weight, bias], lambda **tied: r.volumes.linear(view, out, bias is not None, **tied))


def _matmul(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    a, b = given
    if isinstance(a, View) and isinstance(b, Stored) and len(b.shape) == 2:
        return r.tied(Linear, [b], lambda **tied: r.volumes.linear(a, b.shape[1], False, **tied))
    return r.volumes.matmul(_data(a), _data(b))


def _batch_norm(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    if attributes.get("training_mode"):
        raise Unreadable("takes the statistics of the batch")
    momentum = round(1 - attributes.get("momentum", 0.9), 7)
    scale, bias = not _fixed(r, given[1], 1), not _fixed(r, given[2], 0)
    fields = {"scale": scale, "bias": bias} if scale or bias else {"affine": False}
    eps = _float(attributes.get("epsilon", 1e-5))
    layer = BatchNorm(len(view.dims) - 2, eps=eps, momentum=momentum, **fields)
    learned = [value for value, is_learned in zip(given[1:3], (scale, bias), strict=True) if is_learned]
    return r.tied(BatchNorm, learned, lambda **tied: r.volumes.layer(view, layer, **tied))


def _fixed(r: _Reading, value: Value, number: float) -> bool:
    """Judge whether a tensor is one number throughout, and a constant of the graph rather than a parameter of it."""
    return isinstance(value, Stored) and not value.names and bool((r._array(value) == number).all())


def _float(value: float) -> float:
    """Return a 32-bit number as it was written: 1e-05, not 9.99999974e-06."""
    return float(f"{value:.7g}")


def _instance_norm(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, eps = _data(given[0]), _float(attributes.get("epsilon", 1e-5))
    whole = r.volumes.whole(view.node)
    own = view.dims[1]
    if own and own != whole[-1] and len(own) == 1 and own[0].dim == len(whole) - 1:  # group norm, as it is exported
        ones = all(float(n) == 1 for n in r._array(given[1]).reshape(-1))
        zeros = all(float(n) == 0 for n in r._array(given[2]).reshape(-1))
        if not (ones and zeros) or own[0].size * own[0].stride != r.volumes.hwc(view.node)[-1]:
            raise Unreadable("of groups with weights of their own is no layer kind")
        node_ = r.volumes.add(GroupNorm(len(whole) - 1, groups=own[0].size, affine=False, eps=eps), view.node)
        return View(node_, view.dims)
    if _fixed(r, given[1], 1) and _fixed(r, given[2], 0):
        return r.volumes.layer(view, InstanceNorm(len(view.dims) - 2, eps=eps))
    layer = InstanceNorm(len(view.dims) - 2, affine=True, eps=eps)
    return r.tied(InstanceNorm, given[1:3], lambda **tied: r.volumes.layer(view, layer, **tied))


def _group_norm(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    if _weight(given[1]).shape != (view.shape[1],):
        raise Unreadable("with a scale for each group is no layer kind")
    eps = _float(attributes.get("epsilon", 1e-5))
    layer = GroupNorm(len(view.dims) - 2, groups=attributes["num_groups"], eps=eps)
    return r.tied(GroupNorm, given[1:3], lambda **tied: r.volumes.layer(view, layer, **tied))


def _layer_norm(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = _data(given[0])
        if attributes.get("axis", -1) % len(view.dims) != len(view.dims) - 1:
            raise Unreadable("over several dimensions is no layer kind")
        fields: dict[str, Any] = {"eps": _float(attributes.get("epsilon", 1e-5))}
        if _fixed(r, given[1], 1) and len(given) == 2:
            return r.volumes.norm(view, kind, affine=False, **fields)
        if kind is LayerNorm:
            fields["bias"] = len(given) > 2 and given[2] is not None
        return r.tied(kind, given[1:3], lambda **tied: r.volumes.norm(view, kind, **fields, **tied))

    return make


def _lrn(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    names = {"alpha": ("alpha", 1e-4), "beta": ("beta", 0.75), "k": ("bias", 1.0)}
    fields = {ours: _float(attributes.get(theirs, default)) for ours, (theirs, default) in names.items()}
    return r.volumes.layer(view, Lrn(len(view.dims) - 2, size=attributes["size"], **fields))


def _pool(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = _data(given[0])
        fields = _window(attributes, attributes["kernel_shape"])
        dilation = fields.pop("dilation")
        if kind is MaxPool:
            fields["dilation"] = dilation
            if len(node.output) > 1 and node.output[1] in r.readers:
                raise Unreadable("with indices that are read is no layer kind")
        elif set(dilation) != {1}:
            raise Unreadable(f"with dilations {list(dilation)} is no layer kind")
        if kind is AvgPool:
            fields["count_include_pad"] = bool(attributes.get("count_include_pad", 0))
            if not any(any(pair) for pair in fields["pad"]) or isinstance(fields["pad"], str):
                fields["count_include_pad"] = not isinstance(fields["pad"], str)
        if kind is LpPool:
            fields["norm"] = attributes.get("p", 2)
            if fields.pop("pad") != Sides([Pair((0, 0))] * len(dilation)):
                raise Unreadable("with padding is no layer kind")
        return r.volumes.layer(view, kind(len(dilation), ceil=bool(attributes.get("ceil_mode", 0)), **fields))

    return make


def _global(kind: type[Layer]) -> Callable[..., View]:
    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = _data(given[0])
        return r.volumes.layer(view, kind(len(view.dims) - 2))

    return make


def _reduce(how: str) -> Callable[..., View]:
    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = _data(given[0])
        axes = attributes.get("axes") or (r.ints(given[1]) if len(given) > 1 and given[1] is not None else None)
        if axes is None:
            if attributes.get("noop_with_empty_axes"):
                return view
            axes = list(range(len(view.dims)))
        return r.volumes.reduce(view, axes, how, keep=bool(attributes.get("keepdims", 1)))

    return make


def _function(kind: str, **names: tuple[str, float]) -> Callable[..., View]:
    """Read a function of each value; `names` are its fields with ONNX's names and defaults."""

    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        fields: dict[str, Any] = {ours: _float(attributes.get(own, default)) for ours, (own, default) in names.items()}
        return r.volumes.each(_data(given[0]), KINDS[kind], **fields)

    return make


def _gelu(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    return r.volumes.each(_data(given[0]), KINDS["gelu"], approximate=attributes.get("approximate", b"none").decode())


def _hard_sigmoid(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, slope, middle = _data(given[0]), attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    if abs(slope - 1 / 6) < 1e-6 and middle == 0.5:
        return r.volumes.each(view, KINDS["hardsigmoid"])
    line = r.volumes.each(view, Rescale, scale=_float(slope), offset=_float(middle))
    return r.volumes.each(line, KINDS["hardtanh"], min=0, max=1)


def _clip(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    low, high = (
        r.number(_weight(given[i])) if len(given) > i and given[i] is not None else attributes.get(name)
        for i, name in ((1, "min"), (2, "max"))
    )
    if low == 0 and high in (6, None):
        return r.volumes.each(view, KINDS["relu6" if high else "relu"])
    if low is None or high is None or abs(low) > 1e30 or abs(high) > 1e30:
        if low == 0:
            return r.volumes.each(view, KINDS["relu"])
        raise Unreadable(f"from {low} to {high} is no layer kind")
    return r.volumes.each(view, KINDS["hardtanh"], min=_float(low), max=_float(high))


def _prelu(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, slope = _data(given[0]), _weight(given[1])
    if slope.numbers not in (1, view.shape[1]):
        raise Unreadable(f"with slopes of {_sizes(slope.shape)} is no layer kind")
    layer = KINDS["prelu"](len(view.dims) - 2, per_channel=slope.numbers > 1)
    return r.tied(KINDS["prelu"], [slope], lambda **tied: r.volumes.layer(view, layer, **tied))


def _softmax(kind: str) -> Callable[..., View]:
    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = _data(given[0])
        axis = attributes.get("axis", -1 if r.opset >= 13 else 1) % len(view.dims)
        if r.opset < 13 and prod(view.shape[axis + 1 :]) > 1:
            raise Unreadable(f"over all dimensions from {axis} on, as opsets below 13 have it, is no layer kind")
        return r.volumes.each(view, KINDS[kind], dim=axis)

    return make


def _dropout(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> list[Any]:
    rate = r.number(_weight(given[1])) if len(given) > 1 and given[1] is not None else attributes.get("ratio", 0.5)
    return [r.volumes.each(_data(given[0]), KINDS["dropout"], rate=_float(rate)), None]


def _same(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Value:
    return given[0]


# Functions of two values.

COMBINED: dict[str, type[Layer]] = {
    "Add": Add,
    "Sum": Add,
    "Sub": Sub,
    "Mul": Mul,
    "Div": Divide,
    "Max": Maximum,
    "Min": Minimum,
}


def _binary(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Value:
    kind = node.op_type
    if len(given) == 1:
        return given[0]
    if any(isinstance(value, Erf) for value in given):
        return _of_erf(r, kind, given)
    views = [value for value in given if isinstance(value, View)]
    if len(views) == len(given):
        if len(views) == 2 and views[0] == views[1] and kind in ("Add", "Mul"):
            if kind == "Mul":
                return r.volumes.each(views[0], KINDS["square"])
            return r.volumes.each(views[0], Rescale, scale=2)
        return r.volumes.merge(COMBINED[kind], views)
    if len(given) > 2:
        raise Unreadable("of several values, some of them stored, is no layer kind")
    view, turned = views[0], not isinstance(given[0], View)
    stored = _weight(given[0] if turned else given[1])
    if stored.numbers == 1:
        return _with_number(r, kind, view, r.number(stored), turned)
    return _with_stored(r, kind, view, stored, turned)


def _with_number(r: _Reading, kind: str, view: View, number: float, turned: bool) -> View:
    scale, offset = 1.0, 0.0
    if kind == "Add":
        offset = number
    elif kind == "Sub":
        scale, offset = (-1.0, number) if turned else (1.0, -number)
    elif kind == "Mul":
        scale = number
    elif kind == "Div" and not turned and number:
        scale = 1 / number
    elif kind == "Max" and number == 0:
        return r.volumes.each(view, KINDS["relu"])
    elif kind == "Max":
        return r.volumes.each(view, Threshold, limit=_float(number), value=_float(number))
    else:
        raise Unreadable(f"with the number {number:g} is no layer kind")
    if scale == 1 and offset == 0:
        return view
    return r.volumes.each(view, Rescale, scale=_float(scale), offset=_float(offset))


def _with_stored(r: _Reading, kind: str, view: View, stored: Stored, turned: bool) -> View:
    """Add or multiply by a stored tensor: the bias of the layer before, a part of its norm, or a layer of its own."""
    if kind not in ("Add", "Sub", "Mul", "Div") or (turned and kind in ("Sub", "Div")):
        raise Unreadable(f"with a stored tensor of {_sizes(stored.shape)} is no layer kind")
    learned = "bias" if kind in ("Add", "Sub") else "scale"
    before = r.graph.nodes[view.node]
    channels = r.volumes.whole(view.node)[-1]
    own = [dim for dim, n in zip(range(-len(stored.shape), 0), stored.shape, strict=True) if n > 1]
    per_channel = len(own) == 1 and len(view.dims) >= -own[0] and view.dims[own[0]] == channels
    if per_channel and r.readers.get(_input_of(r, view), 1) == 1:
        layer = before.layer
        fields = {name: layer.__dict__[name] for name in ("bias", "affine", "scale") if name in layer.fields}
        if learned == "bias" and isinstance(layer, (Conv, Depthwise, Linear)) and not fields["bias"]:
            return _again(r, view, stored, bias=True)
        if isinstance(layer, GroupNorm):
            if learned == "scale" and not fields["affine"]:
                return _again(r, view, stored, affine=True, bias=False)
            if learned == "bias" and fields["affine"] and not fields["bias"]:
                return _again(r, view, stored, bias=True)
    return r.tied(
        KINDS["bias_add" if learned == "bias" else "scale"],
        [stored],
        lambda **tied: r.volumes.learned(view, learned, stored.shape, shares=tied["shares"]),
    )


def _input_of(r: _Reading, view: View) -> str:
    return next((name for name, value in r.values.items() if value is view), "")


def _again(r: _Reading, view: View, stored: Stored, **changed: Any) -> View:
    """Give the layer that was just added a weight more."""
    node = r.graph.nodes[view.node]
    fields: dict[str, Any] = {}
    for name in node.layer.fields:
        value = node.layer.__dict__[name]
        if value is not None:
            fields[name] = (
                Sides(Pair(n) if isinstance(n, tuple) else n for n in value) if isinstance(value, tuple) else value
            )
    node.layer = type(node.layer)(node.layer.__dict__["sides"], **{**fields, **changed})
    r.graph.tensors.setdefault(node.index, {})["bias" if changed.get("bias") else "weight"] = (
        stored.names[0] if stored.names else ""
    )
    return view


def _of_erf(r: _Reading, kind: str, given: Sequence[Value]) -> Value:
    """Follow GELU as exporters write it out: x · (1 + erf(x/√2)) · 1/2 in any order."""
    erf, other = given if isinstance(given[0], Erf) else given[::-1]
    if not isinstance(erf, Erf):
        raise Unreadable("is a part of no formula that is known")
    times, times_x = erf.times, erf.times_x
    if isinstance(other, Stored) and other.numbers == 1:
        number = r.number(other)
        if kind == "Add" and number == 1 and not erf.plus_one and times == 1 and not times_x:
            return Erf(erf.of, True)
        if kind == "Mul" or (kind == "Div" and given[0] is erf and number):
            times *= number if kind == "Mul" else 1 / number
        else:
            raise Unreadable("of the error function is no layer kind")
    elif isinstance(other, View) and kind == "Mul" and erf.plus_one and not times_x:
        times_x = True
        if other != erf.of:
            layer = r.graph.nodes[other.node]
            if not (isinstance(layer.layer, Rescale) and layer.inputs == (erf.of.node,) and not layer.layer.offset):
                raise Unreadable("of the error function and another volume is no layer kind")
            times *= layer.layer.scale
    else:
        raise Unreadable("of the error function is no layer kind")
    if erf.plus_one and times_x and abs(times - 0.5) < 1e-6:
        return r.volumes.each(erf.of, KINDS["gelu"])
    return Erf(erf.of, erf.plus_one, times, times_x)


def _erf(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Erf:
    view = _data(given[0])
    before = r.graph.nodes[view.node]
    if not isinstance(before.layer, Rescale) or abs(before.layer.scale - 0.5**0.5) > 1e-6 or before.layer.offset:
        raise Unreadable("is no layer kind, except in GELU")
    return Erf(View(before.inputs[0], view.dims))


def _power(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    exponent = r.number(_weight(given[1]))
    if kind := {2.0: "square", 0.5: "sqrt"}.get(exponent):
        return r.volumes.each(_data(given[0]), KINDS[kind])
    return r.volumes.each(_data(given[0]), Power, exponent=_float(exponent))


def _shrink(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    limit, moved = _float(attributes.get("lambd", 0.5)), _float(attributes.get("bias", 0.0))
    if moved not in (0, limit):
        raise Unreadable(f"moves values by {moved:g} beyond {limit:g}, which no layer kind does")
    return r.volumes.each(_data(given[0]), KINDS["softshrink" if moved else "hardshrink"], limit=limit)


def _norm_of(power: int) -> Callable[..., View]:
    """Read the p-norm along dimensions: the root of a sum of powers."""

    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = r.volumes.each(_data(given[0]), KINDS["square" if power == 2 else "abs"])
        found = _reduce("sum")(r, node, [view, *given[1:]], attributes)
        return r.volumes.each(found, KINDS["sqrt"]) if power == 2 else found

    return make


def _negated(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    return r.volumes.each(_data(given[0]), Rescale, scale=-1)


# Shapes.


def _shape(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> Stored:
    import numpy as np

    value = given[0]
    if not isinstance(value, (View, Stored)):
        raise Unreadable("of a part of another formula is not followed")
    sizes = value.shape[attributes.get("start", 0) : attributes.get("end")]
    return Stored((len(sizes),), (), np.array(sizes, np.int64))


def _reshape(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    wanted = list(attributes["shape"]) if "shape" in attributes else r.ints(given[1])
    sizes = [view.shape[i] if n == 0 and not attributes.get("allowzero") else n for i, n in enumerate(wanted)]
    if -1 in sizes:
        known = prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = prod(view.shape) // known if known else 0
    if prod(sizes) != prod(view.shape):
        raise Unreadable(f"to {_sizes(wanted)} does not have as many values")
    return _flat(r, view, r.volumes.reshape(view, sizes))


def _flat(r: _Reading, view: View, found: View) -> View:
    if len(found.dims) == 2 and found.dims[0] == r.volumes.images and len(view.dims) > 2:
        return r.volumes.arranged(found, [[found.dims[1]]])
    return found


def _flatten(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    axis = attributes.get("axis", 1)
    axis += len(view.dims) if axis < 0 else 0
    sizes = (prod(view.shape[:axis]), prod(view.shape[axis:]))
    return _flat(r, view, r.volumes.reshape(view, sizes))


def _axes(r: _Reading, given: Sequence[Value], attributes: dict[str, Any]) -> list[int] | None:
    if "axes" in attributes:
        return list(attributes["axes"])
    return r.ints(given[1]) if len(given) > 1 and given[1] is not None else None


def _squeeze(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, axes = _data(given[0]), _axes(r, given, attributes)
    gone = {i for i, n in enumerate(view.shape) if n == 1} if axes is None else {a % len(view.dims) for a in axes}
    return View(view.node, tuple(dims for i, dims in enumerate(view.dims) if i not in gone))


def _unsqueeze(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, axes = _data(given[0]), _axes(r, given, attributes) or []
    count = len(view.dims) + len(axes)
    for axis in sorted(a % count for a in axes):
        view = View(view.node, (*view.dims[:axis], (), *view.dims[axis:]))
    return view


def _transpose(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    return r.volumes.permute(view, attributes.get("perm") or range(len(view.dims))[::-1])


def _expand(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, wanted = _data(given[0]), r.ints(given[1])
    count = max(len(view.dims), len(wanted))
    own = (1,) * (count - len(view.dims)) + view.shape
    other = [1] * (count - len(wanted)) + wanted
    return r.volumes.expand(view, [max(a, b) for a, b in zip(own, other, strict=True)])


def _concat(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    if stored := [value for value in given if isinstance(value, Stored)]:
        view = _data(given[-1])
        if len(stored) == len(given) - 1 == 1 and len(view.dims) == 3 and attributes["axis"] % 3:
            token, last = stored[0], attributes["axis"] % 3 == 1  # whether the channels are the last dimension
            if token.shape[-2:] != ((1, view.shape[-1]) if last else (view.shape[1], 1)):
                raise Unreadable(f"with a stored tensor of {_sizes(token.shape)} is no layer kind")
            whole = r.volumes.arranged(view, [[view.dims[1 if last else 2]], [view.dims[2 if last else 1]]])

            def make(**tied: Any) -> View:
                return r.volumes.view(r.volumes.add(KINDS["class_token"](1), whole.node, tied=True), last=last)

            return r.tied(KINDS["class_token"], [token], make)
        raise Unreadable("with a stored tensor is no layer kind")
    return r.volumes.concat([_data(value) for value in given], attributes["axis"])


def _split(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> list[View]:
    view, axis = _data(given[0]), attributes.get("axis", 0) % len(_data(given[0]).dims)
    size, count = view.shape[axis], len(node.output)
    if "split" in attributes:
        sizes = list(attributes["split"])
    elif len(given) > 1 and given[1] is not None:
        sizes = r.ints(given[1])
    else:
        each = -(-size // count)
        sizes = [each] * (count - 1) + [size - each * (count - 1)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [r.volumes.pick(view, axis, start, n) for start, n in zip(starts, sizes, strict=True)]


def _slice(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    if "starts" in attributes:
        starts, ends = list(attributes["starts"]), list(attributes["ends"])
        axes, steps = list(attributes.get("axes") or range(len(starts))), [1] * len(starts)
    else:
        starts, ends = r.ints(given[1]), r.ints(given[2])
        axes = r.ints(given[3]) if len(given) > 3 and given[3] is not None else list(range(len(starts)))
        steps = r.ints(given[4]) if len(given) > 4 and given[4] is not None else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step < 1:
            raise Unreadable("reverses a dimension, which no layer kind does")
        positions = range(view.shape[axis])[start:end:step]
        if not positions:
            raise Unreadable("leaves nothing")
        view = r.volumes.pick(view, axis, positions[0], len(positions), step)
    return view


def _gather(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view, index = _data(given[0]), _weight(given[1])
    axis = attributes.get("axis", 0) % len(view.dims)
    positions = [n % view.shape[axis] for n in r.ints(index)]
    steps = {b - a for a, b in pairwise(positions)}
    if len(index.shape) > 1 or len(steps) > 1 or any(step < 1 for step in steps):
        raise Unreadable("selects by a list, which is no layer kind")
    found = r.volumes.pick(view, axis, positions[0], len(positions), *steps)
    return found if index.shape else View(found.node, (*found.dims[:axis], *found.dims[axis + 1 :]))


def _pad(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    pads = list(attributes.get("pads") or attributes.get("paddings") or []) or r.ints(given[1])
    value = attributes.get("value", 0.0)
    if len(given) > 2 and given[2] is not None:
        value = r.number(_weight(given[2]))
    axes = r.ints(given[3]) if len(given) > 3 and given[3] is not None else list(range(len(pads) // 2))
    both = {axis % len(view.dims): (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    for dim, (before, after) in both.items():
        if before < 0 or after < 0:
            size = view.shape[dim] - max(-before, 0) - max(-after, 0)
            view = r.volumes.pick(view, dim, max(-before, 0), size)
    both = {dim: (max(before, 0), max(after, 0)) for dim, (before, after) in both.items() if before > 0 or after > 0}
    mode = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}.get(
        attributes.get("mode", b"constant").decode()
    )
    if mode is None:
        raise Unreadable(f"with mode {attributes['mode'].decode()} is no layer kind")
    if not both:
        return view
    sides = len(view.dims) - 2
    if set(both) == {1} and not both[1][0] and not value and mode == "zeros":
        return r.volumes.layer(view, PadChannels(sides, out=view.shape[1] + both[1][1]))
    if min(both) < 2:
        raise Unreadable(f"of dimension {min(both)} is no layer kind")
    around = Sides(Pair(both.get(dim, (0, 0))) for dim in range(2, len(view.dims)))
    return r.volumes.layer(view, ZeroPad(sides, pad=around, mode=mode, value=_float(value)))


def _resize(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
    view = _data(given[0])
    stored = [value if isinstance(value, Stored) and value.numbers else None for value in given[1:]]
    if node.op_type == "Upsample" or r.opset < 11:
        scales, sizes = stored[0] if stored else None, None
        factors = list(attributes["scales"]) if "scales" in attributes else None
    else:
        scales, sizes, factors = (stored + [None] * 3)[1], (stored + [None] * 3)[2], None
    old = view.shape[2:]
    if sizes is not None:
        new = tuple(r.ints(sizes)[-len(old) :])
    else:
        if factors is None:
            if scales is None:
                raise Unreadable("has neither scales nor sizes")
            factors = [float(n) for n in r._array(scales).reshape(-1)]
        factors = factors[-len(old) :]
        new = tuple(int(n * f + 1e-6) for n, f in zip(old, factors, strict=True))
        if any(abs(n * f - m) > 1e-4 for n, f, m in zip(old, factors, new, strict=True)):
            raise Unreadable(f"by {' and '.join(f'{f:g}' for f in factors)} is no layer kind")
    mode = attributes.get("mode", b"nearest").decode()
    how = attributes.get("coordinate_transformation_mode", b"half_pixel").decode()
    ours = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}.get(mode)
    if node.op_type == "Upsample" or r.opset < 11:
        how = "asymmetric"
    whole = not any(m % n for m, n in zip(new, old, strict=True))
    fits = {
        "nearest": how == "asymmetric"
        or (whole and how in ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")),
        "bilinear": how in ("half_pixel", "pytorch_half_pixel", "align_corners"),
        "bicubic": how in ("half_pixel", "pytorch_half_pixel", "align_corners"),
    }
    if ours is None or not fits[ours] or attributes.get("antialias"):
        raise Unreadable(f"with mode {mode} and {how} is no layer kind")
    fields: dict[str, Any] = {"mode": ours, "align_corners": how == "align_corners" and ours != "nearest"}
    if old == new:
        return view
    if whole:
        factor = Sides(m // n for m, n in zip(new, old, strict=True))
        return r.volumes.layer(view, Upsample(len(old), factor=factor, **fields))
    return r.volumes.layer(view, Resize(len(old), size=Sides(new), **fields))


def _moved(kind: str, field: str, order: str) -> Callable[..., View]:
    def make(r: _Reading, node: Any, given: Sequence[Value], attributes: dict[str, Any]) -> View:
        view = _data(given[0])
        own = attributes.get("mode", order.encode()).decode().lower()
        layer = KINDS[kind](len(view.dims) - 2, **{field: attributes["blocksize"], "order": own})
        return r.volumes.layer(view, layer)

    return make


WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LayerNormalization", "PRelu")

OPERATORS: dict[str, Callable[..., Any]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm(LayerNorm),
    "RMSNormalization": _layer_norm(RmsNorm),
    "LRN": _lrn,
    "MaxPool": _pool(MaxPool),
    "AveragePool": _pool(AvgPool),
    "LpPool": _pool(LpPool),
    "GlobalAveragePool": _global(GlobalAvgPool),
    "GlobalMaxPool": _global(GlobalMaxPool),
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "ReduceMax": _reduce("max"),
    "ReduceMin": _reduce("min"),
    "ReduceL1": _norm_of(1),
    "ReduceL2": _norm_of(2),
    "Shrink": _shrink,
    **{
        name: _function(kind)
        for name, kind in {
            "Relu": "relu",
            "Selu": "selu",
            "Sigmoid": "sigmoid",
            "Tanh": "tanh",
            "Softplus": "softplus",
            "Softsign": "softsign",
            "HardSwish": "hardswish",
            "Mish": "mish",
            "Swish": "silu",
            "Exp": "exp",
            "Log": "log",
            "Abs": "abs",
            "Sqrt": "sqrt",
            "Sin": "sin",
            "Cos": "cos",
        }.items()
    },
    "LeakyRelu": _function("leaky_relu", slope=("alpha", 0.01)),
    "Elu": _function("elu", alpha=("alpha", 1.0)),
    "Celu": _function("celu", alpha=("alpha", 1.0)),
    "ThresholdedRelu": _function("threshold", limit=("alpha", 1.0)),
    "Gelu": _gelu,
    "HardSigmoid": _hard_sigmoid,
    "Clip": _clip,
    "PRelu": _prelu,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Dropout": _dropout,
    "Identity": _same,
    "Cast": _same,
    **dict.fromkeys(COMBINED, _binary),
    "Erf": _erf,
    "Pow": _power,
    "Neg": _negated,
    "Shape": _shape,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Expand": _expand,
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "DepthToSpace": _moved("pixel_shuffle", "factor", "dcr"),
    "SpaceToDepth": _moved("space_to_depth", "block", "dcr"),
}
"""The operators of ONNX, each as the function that reads it."""
