"""Flax source: it runs by itself, and computes what `network.torch()` does with the same weights."""

from __future__ import annotations

from typing import Any

import pytest

import cnncalc
from tests.exchange.carried import channels_last, drawn, flattened, kernel, tensors_of

np = pytest.importorskip("numpy")


def flax() -> Any:
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    return pytest.importorskip("flax.nnx")


def built(network: cnncalc.Network) -> Any:
    """Run the source, and return the network that it makes."""
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(cnncalc.export(network, "flax").text, "written.py", "exec"), space)
    net = space["Net"](rngs=flax().Rngs(0))
    net.eval()
    return net


def carry(network: cnncalc.Network, net: Any, torch_model: Any) -> None:
    """Put the weights of the network in PyTorch into a network of Flax."""
    nnx = flax()
    nodes = {node.path: node for node in network.layers()}
    tensors = tensors_of(torch_model, network)
    state = nnx.state(net, nnx.Not(nnx.RngState))
    for keys, variable in nnx.to_flat_state(state):
        names = [str(key) for key in keys]
        path = next(".".join(names[:end]) for end in range(len(names), 0, -1) if ".".join(names[:end]) in nodes)
        value = _value(network, nodes[path], tensors[path], names[path.count(".") + 1 :])
        assert variable.shape == value.shape, (path, names, variable.shape, value.shape)
        variable[...] = value
    nnx.update(net, state)


def _value(network: cnncalc.Network, node: Any, tensors: dict[str, Any], names: list[str]) -> Any:
    *within, name = names
    kind = node.kind
    if kind == "separable":
        own = tensors[f"{within[0]}.{'weight' if name == 'kernel' else 'bias'}"]
        return kernel(own) if name == "kernel" else own
    if kind in ("conv", "depthwise", "conv_transpose") and name == "kernel":
        return kernel(tensors["weight"])
    if kind == "linear" and name == "kernel":
        order = flattened(network, network.nodes[node.inputs[0]])
        return tensors["weight"].T if order is None else tensors["weight"].T[order]
    if kind in ("attention", "cross_attention"):
        return _projection(node, tensors, within[0], name)
    if kind in ("scale", "bias_add", "place_bias"):
        (tensor,) = tensors.values()
        return tensor[..., None] if node.layer.per == "position" else channels_last(tensor)
    found = {"scale": "weight", "mean": "running_mean", "var": "running_var", "embedding": "weight"}
    value = tensors[name] if name in tensors else tensors[found[name]]
    if kind == "batchnorm" and (order := flattened(network, network.nodes[node.inputs[0]])) is not None:
        return value[order]
    return value


def _projection(node: Any, tensors: dict[str, Any], part: str, name: str) -> Any:
    heads, (keys, values) = node.layer.heads, node.layer.widths(node.x[0].channels)
    if part == "out":
        own = tensors[f"out_proj.{'weight' if name == 'kernel' else 'bias'}"]
        return own.T.reshape(heads, values // heads, -1) if name == "kernel" else own
    at, width = {"query": (0, keys), "key": (keys, keys), "value": (2 * keys, values)}[part]
    kind = "weight" if name == "kernel" else "bias"
    if kind == "weight" and "q_proj_weight" in tensors:
        own = tensors[f"{part[0]}_proj_weight"]
    else:
        own = tensors[f"in_proj_{kind}"][at : at + width]
    return own.T.reshape(-1, heads, width // heads) if name == "kernel" else own.reshape(heads, width // heads)


def compare(network: cnncalc.Network) -> None:
    """Compare parameters and outputs of the source with those of the network in PyTorch."""
    import torch

    nnx = flax()
    import jax

    net, torch_model = built(network), drawn(network)
    trained = sum(int(p.size) for p in jax.tree.leaves(nnx.state(net, nnx.Param)))
    assert trained == sum(p.numel() for p in torch_model.parameters())
    carry(network, net, torch_model)
    inputs = [torch.randn(2, *shape.chw) for shape in network.input_shapes().values()]
    with torch.no_grad():
        wanted = torch_model(*inputs)
    found = net(*(torch.movedim(x, 1, -1).numpy() for x in inputs))
    wanted = wanted if isinstance(wanted, dict) else {"output": wanted}
    found = found if isinstance(found, dict) else {next(iter(wanted)): found}
    for name, y in wanted.items():
        made, expected = np.moveaxis(np.asarray(found[name]), -1, 1), y.numpy()
        output = network.nodes[network.outputs[name]]
        if not output.y.sides and (order := flattened(network, output)) is not None:
            expected = expected[:, order]
        assert made.shape == expected.shape
        assert np.abs(made - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())
