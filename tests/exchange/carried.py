"""Weights of `network.torch()` as frameworks that count channels last hold them."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnncalc
from cnncalc.network.network import Node

Arrays = dict[str, Any]


def tensors_of(model: Any, network: cnncalc.Network) -> dict[str, Arrays]:
    """Return the tensors of each layer that has some, by the path of the layer and their names in PyTorch."""
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    found = {}
    for node in network.layers():
        if node.shares is None:
            own = {**node.layer.weights(*node.x), **node.layer.buffers(*node.x)}
            if own:
                found[node.path] = {name: state[f"{node.path}.{name}"] for name in own}
    return found


def drawn(network: cnncalc.Network) -> Any:
    """Return the network in PyTorch with random numbers everywhere: scales and statistics, too."""
    import torch

    torch.manual_seed(0)
    model = network.torch().eval()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point() and tensor.dim() == 1:
                plain = torch.rand_like(tensor) * 0.5
                tensor.copy_(plain + 0.75 if name.endswith(("weight", "var")) else plain - 0.25)
    return model


def flattened(network: cnncalc.Network, node: Node) -> Any:
    """Return where the values of a vector are that PyTorch flattened channels first, channels last; None if it did not.

    A layer that leaves a vector as long as it is, such as a dropout, leaves their order.
    """
    while node.inputs and node.kind != "flatten":
        if node.kind in ("linear", "concat", "token") or node.x[0] != node.y or len(node.inputs) > 1:
            return None
        node = network.nodes[node.inputs[0]]
    if node.kind != "flatten" or not node.x[0].sides:
        return None
    return np.moveaxis(np.arange(node.x[0].values).reshape(node.x[0].chw), 0, -1).ravel()


def channels_last(array: Any) -> Any:
    """Return what is over an image, N x C x sides or C x sides, channels last."""
    return np.moveaxis(array, 0, -1) if array.ndim else array


def kernel(weight: Any, *, transposed: bool = False) -> Any:
    """Return the weight of a convolution, sides x inputs x outputs; of a transposed one, sides x outputs x inputs."""
    return np.moveaxis(weight, (0, 1), (-1, -2))


def depthwise(weight: Any, channels: int) -> Any:
    """Return the weight of a depthwise convolution, sides x channels x multiplier."""
    moved = np.moveaxis(weight[:, 0], 0, -1)
    return moved.reshape(*moved.shape[:-1], channels, -1)
