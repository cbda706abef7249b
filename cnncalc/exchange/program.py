"""A program of torch.export as data: its inputs, tensors and operators, of the JSON that PyTorch writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_LEVELS = 100
"""Modules in modules."""

TYPES = dict(enumerate(("uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"), 1))
TYPES |= {12: "bool", 13: "bfloat16"}
"""The numbers by which a program names types."""


@dataclass(slots=True)
class Tensor:
    """A parameter, a buffer or a constant; `values` are the bytes of whole numbers."""

    name: str
    kind: str
    sizes: tuple[int, ...]
    dtype: str
    values: bytes | None = None


@dataclass(slots=True)
class Step:
    """One operator: `aten` and its name, what it is given, the names of its results, and the modules it is in."""

    target: str
    args: list[Any]
    kwargs: dict[str, Any]
    results: list[Any]
    scopes: tuple[tuple[str, str], ...]  # a key for each call of a module, and its path
    path: str


@dataclass(slots=True)
class Program:
    """What was exported: tensors by the names that operators have for them, and the operators in order."""

    inputs: dict[str, tuple[int, ...]]
    tensors: dict[str, Tensor]
    steps: list[Step]
    outputs: dict[str, str]
    sizes: dict[str, tuple[int, ...]]  # of every tensor, as it was exported
    classes: dict[str, str] = field(default_factory=dict)  # of modules, by path


class Name(str):
    """The name of a tensor or of a number, in the arguments of an operator."""


def parsed(module: Mapping[str, Any]) -> Program:
    """Return the program of a graph module; raises what reading a tree of another layout raises."""
    return _Parsing(module).program()


class _Parsing:
    """The JSON of a graph, as PyTorch's torch/_export/serde/schema.py lays it out."""

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.module, self.graph = module, module["graph"]
        self.sizes = {name: _sizes(value) for name, value in self.graph["tensor_values"].items()}
        self.classes: dict[str, str] = {}

    def program(self) -> Program:
        tensors, inputs = {}, {}
        for spec in self.module["signature"]["input_specs"]:
            ((kind, entry),) = spec.items()
            if kind == "user_input":
                name = entry["arg"].get("as_tensor", {}).get("name")
                if name is not None:
                    inputs[name] = self.sizes[name]
            elif kind in ("parameter", "buffer", "tensor_constant"):
                arg = entry["arg"]["name"]
                value = self.graph["tensor_values"][arg]
                own = entry[f"{kind}_name"]
                tensors[arg] = Tensor(own, kind, self.sizes[arg], TYPES.get(value["dtype"], "another"))
        steps = list(self._steps())
        return Program(inputs, tensors, steps, self._outputs(), self.sizes, self.classes)

    def _steps(self) -> Iterator[Step]:
        for node in self.graph["nodes"]:
            target = node["target"].removeprefix("torch.ops.")
            args: list[Any] = []
            kwargs: dict[str, Any] = {}
            for given in node["inputs"]:
                value = _value(given["arg"])
                if given.get("kind") == 2:
                    kwargs[given["name"]] = value
                else:
                    args.append(value)
            scopes = self._scopes(node["metadata"].get("nn_module_stack") or "")
            name = ".".join(target.split(".")[:2])
            own = scopes[-1][1] if scopes else ""
            results = [_value(each) for each in node["outputs"]]
            yield Step(name, args, kwargs, results, scopes, f"{own}.{name.rpartition('.')[2]}".lstrip("."))

    def _scopes(self, text: str) -> tuple[tuple[str, str], ...]:
        """Return the calls of modules that an operator is in, from the outermost inwards, the model itself left out."""
        found = []
        for entry in text.split(";")[1:]:
            key, _, rest = entry.partition(",")
            path, _, kind = rest.rpartition(",")
            path = path.partition("@")[0]
            if path:
                found.append((key, path))
                self.classes.setdefault(path, kind.rpartition(".")[2])
        if len(found) > MOST_LEVELS:
            raise ValueError
        return tuple(found)

    def _outputs(self) -> dict[str, str]:
        """Return the names of outputs, and of the tensors that they are: keys of a dictionary, else numbers."""
        names = [
            spec["user_output"]["arg"]["as_tensor"]["name"]
            for spec in self.module["signature"]["output_specs"]
            if "as_tensor" in spec.get("user_output", {}).get("arg", {})
        ]
        calls = self.module.get("module_call_graph") or [{}]
        layout = (calls[0].get("signature") or {}).get("out_spec")
        keys: Any = None
        if layout:
            whole = json.loads(layout)[1]
            if isinstance(whole, dict) and whole.get("type") in ("builtins.dict", "collections.OrderedDict"):
                keys = json.loads(whole["context"])
        if not isinstance(keys, list) or len(keys) != len(names):
            keys = [f"output_{number}" for number in range(1, len(names) + 1)]
        return {str(key): name for key, name in zip(keys, names, strict=True)}


def _sizes(value: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(_size(each) for each in value["sizes"])


def _size(size: Mapping[str, Any]) -> int:
    """Return a size; of one that may change, the one that the model was exported with."""
    if "as_int" in size:
        return int(size["as_int"])
    hint = size["as_expr"].get("hint") or {}
    return int(hint.get("as_int", 1))


def _value(arg: Mapping[str, Any]) -> Any:
    """Return an argument: a Name, a number, a text, a list of them, or None."""
    ((kind, value),) = arg.items()
    if kind == "as_none":
        return None
    if kind in ("as_tensor", "as_tensors", "as_optional_tensors", "as_optional_tensor"):
        return [_tensor(each) for each in value] if isinstance(value, list) else _tensor(value)
    if kind in ("as_sym_int", "as_sym_ints", "as_sym_float", "as_sym_bool"):
        return [_symbol(each) for each in value] if isinstance(value, list) else _symbol(value)
    if kind == "as_scalar_type":
        return {"dtype": TYPES.get(value, "another")}
    if kind in ("as_device", "as_layout", "as_memory_format"):
        return None
    return value


def _tensor(value: Mapping[str, Any]) -> Name | None:
    value = value.get("as_tensor", value)
    return None if "as_none" in value else Name(value["name"])


def _symbol(value: Mapping[str, Any]) -> Any:
    return Name(value["as_name"]) if "as_name" in value else value["as_int"]
