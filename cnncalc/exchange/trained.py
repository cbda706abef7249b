"""The values of a network's tensors, for what is written with weights: from a file, or as PyTorch draws them.

A file is matched by the paths of the network and by shapes; nothing is written where one tensor does not fit.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnncalc.exchange.names import MODULE_NAMES, attribute_names
from cnncalc.exchange.weights import read_tensors
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem, quoted

WRAPPERS = ("module.", "_orig_mod.", "model.")
"""What training scripts put before all keys: of DataParallel, of torch.compile, of Lightning."""
MOST = 20
"""Tensors that do not fit which are listed."""
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}


@dataclass(frozen=True)
class Trained:
    """The tensors of a network: `values` gives an array of float32 by its key; `note` says where they are from."""

    values: Callable[[str], Any]
    keys: Mapping[str, str]  # by path and name of a tensor
    note: str

    def of(self, node: Node, name: str) -> Any:
        """Return the values of a tensor of a layer."""
        return self.values(self.keys[f"{node.path}.{name}"])


def trained(network: Network, file: str | None) -> Trained:
    """Return the tensors of a network: those of a file, else as PyTorch draws them from seed 0, else zeros.

    Raises NotFound for a file that cannot be read, NoAnswer for one whose tensors do not fit, or without PyTorch.
    """
    keys = _keys(network)
    if file is not None:
        names, read = _read(file)
        found = _matched(network, keys, file, names)
        return Trained(lambda key: read(found[key]), keys, f"Weights of {os.path.basename(file)}.")
    try:
        import torch
    except ImportError:
        return Trained(
            _zeros(network, keys), keys, "Not trained: weights are 0, for want of PyTorch, which draws them."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = network.torch().state_dict()
    note = "Not trained: weights as PyTorch draws them after torch.manual_seed(0)."
    return Trained(lambda key: state[key].numpy(), keys, note)


def _keys(network: Network) -> dict[str, str]:
    """Return the keys of `network.torch().state_dict()`, by the path and the name of each tensor."""
    paths = attribute_names(network, MODULE_NAMES)
    own = (node for node in network.layers() if node.shares is None)
    return {
        f"{node.path}.{name}": f"{paths[node.path]}.{name}"
        for node in own
        for name in (*node.layer.weights(*node.x), *node.layer.buffers(*node.x))
    }


def _shapes(network: Network, keys: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor by its key."""
    return {
        keys[f"{node.path}.{name}"]: tuple(map(int, shape))
        for node in network.layers()
        if node.shares is None
        for name, shape in (*node.layer.weights(*node.x).items(), *node.layer.buffers(*node.x).items())
    }


def _zeros(network: Network, keys: Mapping[str, str]) -> Callable[[str], Any]:
    """Return tensors without PyTorch: 0, but for scales and variances, which are 1 so that values pass."""
    import numpy as np

    shapes = _shapes(network, keys)
    weighted = {keys[f"{n.path}.weight"] for n in network.layers() if n.layer.weighted and f"{n.path}.weight" in keys}

    def made(key: str) -> Any:
        one = key.endswith(("running_var", ".gamma")) or (key.endswith(".weight") and key not in weighted)
        return np.full(shapes[key], float(one), np.float32)

    return made


def _read(file: str) -> tuple[dict[str, tuple[int, ...]], Callable[[str], Any]]:
    """Return the shapes of a file's tensors by name, and what gives the values of one."""
    import numpy as np

    shapes = {tensor.name: tensor.shape for tensor in read_tensors(file)}
    with open(file, "rb") as opened:
        head = opened.read(9)
        if head[8:9] == b"{" or file.lower().endswith(".safetensors"):
            (length,) = struct.unpack("<Q", head[:8])
            opened.seek(8)
            header = json.loads(opened.read(length))

            def stored(name: str) -> Any:
                entry = header[name]
                dtype, start = entry["dtype"], 8 + length + entry["data_offsets"][0]
                count = int(np.prod(shapes[name], dtype=np.int64))
                if dtype == "BF16":
                    bits = np.fromfile(file, "<u2", count, offset=start).astype("<u4") << 16
                    return bits.view("<f4").reshape(shapes[name])
                if dtype not in TYPES:
                    raise NoAnswer([Problem("E126", f"{quoted(name)} of {quoted(file)} is {dtype}, not a float")])
                return np.fromfile(file, TYPES[dtype], count, offset=start).astype(np.float32).reshape(shapes[name])

            return shapes, stored
    import torch

    from cnncalc.exchange.weights import state_of

    state = state_of(torch.load(file, map_location="cpu", weights_only=True), torch.Tensor)
    return shapes, lambda name: state[name].detach().float().numpy()


def _matched(
    network: Network, keys: Mapping[str, str], file: str, found: Mapping[str, tuple[int, ...]]
) -> dict[str, str]:
    """Return the name in the file of each key. Raises NoAnswer with each tensor that does not fit, and both shapes."""
    names = {name: name for name in found if not name.endswith("num_batches_tracked")}
    while (wrapper := next((w for w in WRAPPERS if names and all(n.startswith(w) for n in names)), None)) and not any(
        key in names for key in keys.values()
    ):
        names = {name.removeprefix(wrapper): own for name, own in names.items()}
    wanted = _shapes(network, keys)
    tied = {f"{node.path}.{name}" for node in network.layers() for name in node.layer.weights(*node.x)}
    source = quoted(file, 200)
    problems = []
    for key, shape in wanted.items():
        if key not in names:
            problems.append(f"{key} is {_text(shape)} in the network, and not in {source}")
        elif found[names[key]] != shape:
            problems.append(f"{key} is {_text(shape)} in the network, {_text(found[names[key]])} in {source}")
    more = [name for name in names if name not in wanted and name not in tied]
    problems += [f"{name} is {_text(found[names[name]])} in {source}, and not in the network" for name in more]
    if problems:
        listed = [Problem("E126", message) for message in problems[:MOST]]
        if len(problems) > MOST:
            listed.append(Problem("E126", f"{len(problems) - MOST:,} further tensors do not fit"))
        raise NoAnswer(listed)
    return {key: names[key] for key in wanted}


def _text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a number"
