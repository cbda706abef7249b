"""A program of torch.export as a module: its operators are called again, in the modules that they were in."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional

from cnncalc.exchange.graph import Graph
from cnncalc.exchange.program import Name, Program, Step, Tensor
from cnncalc.live.modules import read_module
from cnncalc.shape import Shape


def read_program(program: Program, shapes: Mapping[str, Shape], name: str, source: str) -> Graph:
    """Return the graph of a program, as of a module. Raises NotRead, and NoAnswer where its operators do not fit."""
    return read_module(Replayed(program), shapes, name=name, source=source, built=False)


class Scope(torch.nn.Module):
    """A module of the program: its part of the operators is run within it."""

    def forward(self, run: Callable[[], None], *volumes: Any) -> None:
        """Run them; the volumes are for the hooks, which say on what a module failed."""
        run()


class Replayed(torch.nn.Module):
    """A program that can be run again, with any number of images."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.scopes: dict[str, Any] = {}
        for path, kind in program.classes.items():
            self._scope(path, kind)
        self.places = {arg: self._held(tensor) for arg, tensor in program.tensors.items()}
        self.images = next(iter(program.inputs.values()))[0]

    def _scope(self, path: str, kind: str = "Module") -> Any:
        if not path:
            return self
        if path not in self.scopes:
            parent, _, last = path.rpartition(".")
            made = type(kind if kind.isidentifier() else "Module", (Scope,), {})()
            around = self._scope(parent, self.program.classes.get(parent, "Module"))
            around._modules[last] = made
            self.scopes[path] = made
        return self.scopes[path]

    def _held(self, tensor: Tensor) -> tuple[dict[str, Any], str]:
        """Make a tensor, without values if they are not known; return where it is."""
        parent, _, last = tensor.name.rpartition(".")
        holder, dtype = self._scope(parent), getattr(torch, tensor.dtype, torch.float32)
        held: dict[str, Any] = holder._parameters if tensor.kind == "parameter" else holder._buffers
        made = torch.empty(tensor.sizes, dtype=dtype, device="meta")
        if tensor.values is not None and len(tensor.values) == made.numel() * made.element_size() > 0:
            made = torch.frombuffer(bytearray(tensor.values), dtype=dtype).reshape(tensor.sizes)
        elif tensor.kind != "parameter" and not made.is_floating_point():
            made = torch.zeros(tensor.sizes, dtype=dtype)
        held[last] = torch.nn.Parameter(made, made.is_floating_point()) if tensor.kind == "parameter" else made
        return held, last

    def forward(self, *volumes: Any) -> Any:
        values: dict[str, Any] = {arg: held[name] for arg, (held, name) in self.places.items()}
        values.update(zip(self.program.inputs, volumes, strict=True))
        times = volumes[0].shape[0], self.images
        self._run(self.program.steps, 0, values, times)
        results = {key: values[name] for key, name in self.program.outputs.items()}
        return next(iter(results.values())) if len(results) == 1 else results

    def _run(self, steps: Sequence[Step], depth: int, values: dict[str, Any], times: tuple[int, int]) -> None:
        """Run operators; those of one call of a module in that module."""
        at = 0
        while at < len(steps):
            scopes = steps[at].scopes
            if len(scopes) <= depth:
                self._step(steps[at], values, times)
                at += 1
                continue
            end = at
            while end < len(steps) and steps[end].scopes[depth : depth + 1] == scopes[depth : depth + 1]:
                end += 1
            part = steps[at:end]
            given = [values[arg] for arg in part[0].args if isinstance(arg, Name) and arg not in self.places]
            self.scopes[scopes[depth][1]](lambda part=part: self._run(part, depth + 1, values, times), *given)
            at = end

    def _step(self, step: Step, values: dict[str, Any], times: tuple[int, int]) -> None:
        args = [_resolved(arg, values) for arg in step.args]
        kwargs = {name: _resolved(arg, values) for name, arg in step.kwargs.items()}
        if step.target in SIZED and isinstance(step.results[0], Name):
            args[1] = _for_images(args[1], self.program.sizes[step.results[0]], times)
        if step.target in CREATED:
            kwargs = {"dtype": kwargs.get("dtype"), "device": next(iter(values.values())).device}
        else:
            kwargs = {name: value for name, value in kwargs.items() if value is not None}
        result = KNOWN[step.target](*args, **kwargs)
        if len(step.results) == 1 and isinstance(step.results[0], Name):
            values[step.results[0]] = result
        else:
            names = step.results[0] if len(step.results) == 1 else step.results
            values.update(zip(names or (), result or (), strict=False))


def _resolved(arg: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(arg, Name):
        return values[arg]
    if isinstance(arg, list):
        return [_resolved(each, values) for each in arg]
    if isinstance(arg, dict):
        return getattr(torch, arg["dtype"], torch.float32)
    return arg


def _for_images(sizes: Sequence[int], exported: Sequence[int], times: tuple[int, int]) -> list[int]:
    """Return the sizes of a tensor for another number of images than it was exported for: they are the outermost."""
    images, before = times
    first, *rest = sizes
    if first == -1 or not exported or first != exported[0] or first % before:
        return [*sizes]
    return [first // before * images, *rest]


SIZED = ("aten.view", "aten.reshape", "aten._unsafe_view", "aten.expand")
"""Operators whose second argument are the sizes of the result."""
CREATED = ("aten.zeros", "aten.ones", "aten.full", "aten.arange", "aten.empty", "aten.new_ones", "aten.new_zeros")


def _slice(x: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    return x[(*[slice(None)] * (dim % x.dim()), slice(start, end, step))]


def _batch_norm(x: Any, weight: Any, bias: Any, mean: Any, variance: Any, *rest: Any) -> Any:
    return functional.batch_norm(x, mean, variance, weight, bias, *rest[:3])


def _instance_norm(x: Any, weight: Any, bias: Any, mean: Any, variance: Any, *rest: Any) -> Any:
    return functional.instance_norm(x, mean, variance, weight, bias, *rest[:3])


def _upsample(mode: str) -> Callable[..., Any]:
    def called(x: Any, size: Any = None, *rest: Any) -> Any:
        aligned = rest[0] if mode != "nearest" and rest else None
        factors = rest[-1] if rest and isinstance(rest[-1], list) else None
        return functional.interpolate(x, size, None if size else factors, mode, aligned)

    return called


def _same(x: Any, *_: Any, **__: Any) -> Any:
    return x


def _first(count: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is given its first arguments only: others are how it is computed."""
    return lambda *args, **kwargs: function(*args[:count], **kwargs)


def _index(x: Any, indices: Sequence[Any]) -> Any:
    return x[tuple(slice(None) if each is None else each for each in indices)]


def _named(owner: Any, names: str) -> dict[str, Callable[..., Any]]:
    return {f"aten.{name}": getattr(owner, name) for name in names.split()}


KNOWN: dict[str, Callable[..., Any]] = {
    **_named(
        torch,
        "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d abs exp log sqrt square sin cos rsqrt "
        "reciprocal neg erf sign sigmoid tanh relu add sub mul div pow matmul bmm maximum minimum clamp cat stack "
        "flatten unflatten squeeze unsqueeze permute transpose movedim roll select split chunk unbind narrow "
        "index_select mean sum amax amin var std logsumexp softmax log_softmax zeros ones full arange empty "
        "zeros_like ones_like pixel_shuffle pixel_unshuffle channel_shuffle prelu "
        "rsub cartesian_prod where eq ne lt le gt ge bitwise_not",
    ),
    **_named(
        functional,
        "linear max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d "
        "adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d selu "
        "leaky_relu celu gelu silu mish softplus hardswish hardsigmoid hardtanh threshold relu6 glu dropout pad "
        "embedding softshrink hardshrink scaled_dot_product_attention logsigmoid rms_norm",
    ),
    **_named(torch.Tensor, "new_ones new_zeros new_full"),
    "aten.elu": _first(2, functional.elu),
    "aten.batch_norm": _batch_norm,
    "aten.instance_norm": _instance_norm,
    "aten.layer_norm": _first(5, functional.layer_norm),
    "aten.group_norm": _first(5, functional.group_norm),
    "aten.log_sigmoid": functional.logsigmoid,
    "aten.constant_pad_nd": lambda x, pad, value=0.0: functional.pad(x, pad, "constant", value),
    "aten.feature_dropout": functional.dropout2d,
    **{f"aten.upsample_nearest{n}d": _upsample("nearest") for n in (1, 2, 3)},
    "aten.upsample_linear1d": _upsample("linear"),
    "aten.upsample_bilinear2d": _upsample("bilinear"),
    "aten.upsample_trilinear3d": _upsample("trilinear"),
    "aten.upsample_bicubic2d": _upsample("bicubic"),
    "aten.linalg_vector_norm": torch.linalg.vector_norm,
    "aten.view": torch.Tensor.reshape,
    "aten.reshape": torch.Tensor.reshape,
    "aten._unsafe_view": torch.Tensor.reshape,
    "aten.expand": torch.Tensor.expand,
    "aten.unfold": torch.Tensor.unfold,
    "aten.t": torch.Tensor.t,
    "aten.numpy_T": torch.Tensor.t,
    "aten.slice": _slice,
    "aten.index": _index,
    "aten.split_with_sizes": torch.split,
    **dict.fromkeys(("aten.contiguous", "aten.clone", "aten.detach", "aten.alias", "aten.lift_fresh_copy"), _same),
    **dict.fromkeys(("aten.to", "aten._to_copy", "aten.type_as"), _same),
    "aten._assert_tensor_metadata": lambda *_, **__: None,
    "aten._assert_scalar": lambda *_, **__: None,
    "aten.sym_size": lambda x, dim: x.shape[dim],
    **{f"aten.{name}_": getattr(functional, name) for name in ("relu", "silu", "hardswish", "hardsigmoid")},
    **{f"aten.{name}_": getattr(functional, name) for name in ("leaky_relu", "hardtanh", "dropout", "elu", "mish")},
    **{f"aten.{name}_": getattr(torch, name) for name in ("add", "mul", "sub", "div", "clamp", "sigmoid", "tanh")},
    **{f"_operator.{name}": getattr(operator, name) for name in ("add", "sub", "mul", "floordiv")},
    "aten.logsigmoid": functional.logsigmoid,
}
"""Operators that are called again, each as the function of PyTorch that the reader of modules knows."""
