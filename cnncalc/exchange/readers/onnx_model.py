"""ONNX: the graph of a model, walked operator by operator, opsets 7 to the newest. Nothing in the file is run."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers.onnx_operators import OPERATORS
from cnncalc.exchange.readers.onnx_values import Erf, Stored, Values, sizes_text
from cnncalc.exchange.simplify import simplified
from cnncalc.exchange.tensors import Unreadable, View, stated
from cnncalc.layers.conv import Conv
from cnncalc.layers.fields import Refused
from cnncalc.problem import Problem, did_you_mean, quoted
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.exchange.readers import Request

LARGEST_FILE = 2**31
"""Bytes of a protobuf message; a larger model has its tensors in files beside it."""

QUANTISED = re.compile(r"QLinear|QuantizeLinear|Integer$|^QGemm|^QAttention|DynamicQuantize")
WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LayerNormalization", "PRelu")
"""Operators whose weights a module has, which they are named after."""

CONTROL = ("If", "Loop", "Scan", "SequenceMap")


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


class _Reading(Values):
    def __init__(self, onnx: Any, model: Any, request: Request) -> None:
        super().__init__(onnx, model, Graph(request.stem, request.source))
        self.model, self.request = model, request
        scopes = {_scope(node.name) for node in model.graph.node} - {""}
        inner = {scope[:i] for scope in scopes for i, sign in enumerate(scope) if sign == "."}
        self.leaves = scopes - inner

    def done(self) -> Graph:
        for tensor in self.model.graph.initializer:
            self.values[tensor.name] = Stored(tuple(tensor.dims), (tensor.name,), tensor)
        for sparse in self.model.graph.sparse_initializer:
            self.graph.refuse(f"{sparse.values.name}: a sparse tensor is not read")
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
            attributes = self.attributes_of(node)
            self._check(node, attributes)
            data = any(isinstance(value, (View, Erf)) for value in given)
            if not data and kind not in ("Shape",):
                self._set(node, self.folded(node, given))
                return
            if kind not in OPERATORS:
                raise Unreadable("is no layer kind")
            try:
                self._set(node, OPERATORS[kind](self, node, given, attributes))
            except (ArithmeticError, LookupError, ValueError):  # numbers of a file that no exporter writes
                raise Unreadable("has attributes and inputs that do not fit each other") from None
        except (Unreadable, Refused) as fault:
            shapes = " and ".join(sizes_text(value.shape) for value in given if isinstance(value, View))
            self.graph.refuse(f"{path}: {kind}{f' of {shapes}' if shapes else ''} {stated(fault)}".rstrip())
            self._set(node, None)

    def _set(self, node: Any, value: Any) -> None:
        values = value if isinstance(value, list) else [value] + [None] * (len(node.output) - 1)
        self.values.update(zip(node.output, values, strict=False))

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
