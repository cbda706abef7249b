"""A network as a torch.nn.Module: submodules named by the paths of the spec, forward along the graph."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cnncalc.live import pytorch
from cnncalc.network import Network, Node


@dataclass(frozen=True, slots=True)
class Step:
    """One layer at work: its results come from `module`, which reads the results of `inputs`; then `done` are freed."""

    index: int
    name: str
    module: Any
    inputs: tuple[int, ...]
    done: tuple[int, ...]
    aux: bool


def build(network: Network, *, device: str = "cpu", dtype: str = "float32", init: str = "torch") -> Any:
    """Return the network as a module that takes volumes N x C x sides.

    Its submodules and the keys of its state_dict bear the paths of the spec; a name that PyTorch keeps for itself, such
    as `type`, gets an underscore behind it. With one output it returns a tensor, with several a dict by their names.
    Side heads run in training, or with `aux=True`, and then are further entries of that dict.

    `init` is `torch` for PyTorch's own numbers, or `he`: normal with deviation sqrt(2/fan out), biases 0.
    Raises NoAnswer without PyTorch.
    """
    if init not in ("torch", "he"):
        raise ValueError(f"init must be torch or he, not {init}")
    torch = pytorch("building a network")
    names = module_names(torch, [node.path for node in network.layers()])
    with torch.device(device):
        modules = _modules(torch, network)
    model = _module_class()(network, [_step(network, node, modules, names) for node in network.layers()])
    for index, module in modules.items():
        if not any(module is known for known in modules.values() if known is not modules[index]):
            _attach(torch, model, names[network.nodes[index].path], module)
    if init == "he":
        _he(torch, network, modules)
    return model.to(dtype=getattr(torch, dtype))
