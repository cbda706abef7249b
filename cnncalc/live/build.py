"""A network as a torch.nn.Module: submodules named by the paths of the spec, forward along its graph."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cnncalc.live import pytorch, refuse_symbols
from cnncalc.network.network import Network, Node

INITS = ("torch", "he")


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of the model: `module` reads the results of `inputs`; those in `done` are not needed after it."""

    index: int
    module: Any
    inputs: tuple[int, ...]
    done: tuple[int, ...]


def build(network: Network, *, device: str = "cpu", dtype: str = "float32", init: str = "torch") -> Any:
    """Return the network as a module that takes one volume N x C x sides for each input.

    Submodules and keys of the state_dict bear the paths of the spec; a name that PyTorch keeps for itself, such as
    `type`, gets an underscore behind it. One output is returned as a tensor, several as a dict by name. Side heads
    work in training, or with `aux=True`; they are further entries of that dict.

    `init` is `torch` for PyTorch's own numbers, or `he`: normal with deviation sqrt(2/fan out), biases 0.
    Raises NoAnswer without PyTorch.
    """
    if init not in INITS:
        raise ValueError(f"init must be {' or '.join(INITS)}, not {init}")
    torch = pytorch("building a network")
    refuse_symbols(network)
    modules: dict[int, Any] = {}
    own = []
    with torch.device(device):
        for node in network.layers():
            origin = None if node.shares is None else network.nodes[node.shares]
            if origin and works_alike(node, origin):
                modules[node.index] = modules[origin.index]
                continue
            module = modules[node.index] = node.layer.build(torch, *node.x)
            if origin:
                _tie(module, modules[origin.index])
            elif init == "he":
                _he(torch, node, module)
            own.append(node)
    heads = {name: node.index for name, node in side_heads(network).items()}
    main, whole = network.outputs, network.outputs | heads
    model = _module_class()(
        len(network.inputs),
        {False: (plan(network, modules, main), main), True: (plan(network, modules, whole, aux=True), whole)},
    )
    names = module_names(node.path for node in network.layers())
    for node in own:
        _attach(torch, model, names[node.path], modules[node.index])
    return model.to(dtype=getattr(torch, dtype))


@cache
def _module_class() -> Any:
    """Return the class of built networks, which can only be defined once PyTorch is loaded."""
    import torch

    class Built(torch.nn.Module):
        """A network built from a spec."""

        def __init__(self, inputs: int, plans: dict[bool, tuple[tuple[Step, ...], dict[str, int]]]) -> None:
            super().__init__()
            self._input_count = inputs
            self._plans = plans

        def forward(self, *volumes: Any, **options: bool) -> Any:
            """Compute the outputs; `aux` enables the auxiliary heads, by default in training only."""
            # `aux` is no parameter with a default: torch.onnx.export(dynamo=False) passes defaults as further volumes.
            aux = options.pop("aux", self.training)
            if options:
                raise TypeError(f"forward takes aux alone by name, not {', '.join(options)}")
            if len(volumes) != self._input_count:
                raise TypeError(f"{self._input_count} volumes are needed, {len(volumes)} are given")
            steps, ends = self._plans[aux]
            results: dict[int, Any] = dict(enumerate(volumes))  # inputs are the first nodes
            for step in steps:
                results[step.index] = step.module(*[results[i] for i in step.inputs])
                for i in step.done:
                    del results[i]
            if len(ends) == 1:
                return results[next(iter(ends.values()))]
            return {name: results[i] for name, i in ends.items()}

    return Built


def plan(network: Network, modules: dict[int, Any], ends: dict[str, int], aux: bool = False) -> tuple[Step, ...]:
    """Return the layers in order, each with the results that no later layer reads.

    Without `aux`, a side head's layers are left out unless the main path reads them.
    """
    needed = set(ends.values())
    needed.update(node.index for node in network.layers() if aux or node.aux is None)
    for node in reversed(network.nodes):
        if node.index in needed:
            needed.update(node.inputs)
    steps = []
    read = set(ends.values())
    for node in reversed(network.nodes):
        if node.kind == "input" or node.index not in needed:
            continue
        done = {node.index, *node.inputs} - read
        read |= done
        steps.append(Step(node.index, modules[node.index], node.inputs, tuple(sorted(done))))
    return tuple(reversed(steps))


def steps_of(model: Any) -> tuple[Step, ...]:
    """Return the layers of a built network in order, side heads included."""
    steps: tuple[Step, ...] = model._plans[True][0]
    return steps


def works_alike(node: Node, origin: Node) -> bool:
    """Return whether the module of `origin` does the work of `node`; `pad=same` on another volume pads otherwise."""
    return node.layer == origin.layer and node.layer.geometry(*node.x) == origin.layer.geometry(*origin.x)


def side_heads(network: Network) -> dict[str, Node]:
    """Return the layers that end side heads, each by the shortest path that no other layer outside its head has."""
    read = {i for node in network.nodes for i in node.inputs}
    ends = [node for node in network.layers() if node.aux is not None and node.index not in read]
    others = [node.path for node in network.layers() if node.aux is None] + [node.path for node in ends]
    heads = {}
    for node in ends:
        parts = node.path.split(".")
        levels = (".".join(parts[: depth + 1]) for depth in range(len(parts)))
        heads[next(level for level in levels if _alone(level, node.path, others))] = node
    return {name if name not in network.outputs else node.path: node for name, node in heads.items()}


def _alone(level: str, path: str, others: Iterable[str]) -> bool:
    return level == path or not any(other != path and f"{other}.".startswith(f"{level}.") for other in others)


def module_names(paths: Iterable[str]) -> dict[str, str]:
    """Return the name of the submodule at each path."""
    paths = list(paths)
    levels: dict[str, set[str]] = {}
    for path in paths:
        level = ""
        for part in path.split("."):
            levels.setdefault(level, set()).add(part)
            level += f"{part}."
    names = {}
    for path in paths:
        level, parts = "", []
        for part in path.split("."):
            parts.append(_free(part, levels[level]))
            level += f"{part}."
        names[path] = ".".join(parts)
    return names


def _free(name: str, siblings: set[str]) -> str:
    """Return a name that PyTorch does not reserve."""
    kept = _kept_names()
    if name not in kept:
        return name
    while name in kept or name in siblings:
        name += "_"
    return name


@cache
def _kept_names() -> frozenset[str]:
    return frozenset(dir(_module_class()(0, {})))


def _attach(torch: Any, model: Any, name: str, module: Any) -> None:
    """Register a module under its name, with a bare module for each level above it."""
    *levels, last = name.split(".")
    for level in levels:
        if level not in model._modules:
            model.add_module(level, torch.nn.Module())
        model = model._modules[level]
    model.add_module(last, module)


def _tie(module: Any, origin: Any) -> None:
    """Make a module use the trainable tensors of another."""
    for name, parameter in origin.named_parameters():
        level, _, last = name.rpartition(".")
        setattr(module.get_submodule(level), last, parameter)


def _he(torch: Any, node: Node, module: Any) -> None:
    """Draw weights as He et al. 2015, arXiv:1502.01852, equation 14: normal, variance 2 / fan out, biases 0."""
    fans = node.layer.fans(*node.x)
    if fans is None:
        return
    for name, parameter in module.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.zeros_(parameter)
        else:
            torch.nn.init.normal_(parameter, std=math.sqrt(2 / fans[1]))
