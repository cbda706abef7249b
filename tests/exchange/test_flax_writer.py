"""Flax source: it runs by itself, and computes what `network.torch()` does with the same weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.exchange.writers import NotWritten
from cnncalc.layers import KINDS
from tests.effort import few
from tests.exchange.carried import channels_last, drawn, flattened, kernel, tensors_of
from tests.exchange.test_keras_writer import NETWORKS, RESIDUAL, VARIANTS

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
    torch = pytest.importorskip("torch")

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


REFUSED = {
    *("deform_conv", "deform_conv_by", "blur_pool", "filter", "rrelu", "max_unpool", "partial_conv", "local_conv"),
    *("subsample", "window_attention", "cosine_window_attention", "grid_attention", "gaussian_noise"),
    *("lstm", "gru", "rnn"),
    *("adaptive_avgpool", "adaptive_maxpool", "cross_attention"),  # in the form of their examples
}
"""Kinds whose example Flax does not express: a new kind is written, or stands here."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_written_or_refused_by_name(kind: str) -> None:
    network = cnncalc.load(KINDS[kind].example)
    if kind not in REFUSED:
        compile(cnncalc.export(network, "flax").text, "written.py", "exec")
        return
    with pytest.raises(NotWritten, match=f"{kind}: {kind}.* cannot be written for Flax: "):
        cnncalc.export(network, "flax")


@pytest.mark.parametrize(("name", "most"), [("resnet50", 130), ("densenet121", 150), ("vgg16", 120)])
def test_source_is_short_and_formatted(name: str, most: int, tmp_path: Path) -> None:
    text = cnncalc.export(name, "flax").text
    assert text.count("\n") <= most
    assert "cnncalc" not in text.replace("written by cnncalc.", "")
    file = tmp_path / "net.py"
    file.write_text(text, "utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("without ruff")
    done = subprocess.run([ruff, "format", "--isolated", "--diff", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_bottleneck_as_one_writes_it() -> None:
    text = cnncalc.export("resnet50", "flax").text
    assert (
        """\
    def __call__(self, x):
        return nnx.relu(self.body(x) + self.skip(x))
"""
        in text
    )
    assert "            *(Bottleneck2(64, rngs=rngs) for _ in range(2)),\n" in text


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ("8x8x4 -> conv_transpose 4 3x3 groups=2", "Flax has no groups in ConvTranspose, this one has 2"),
        ("10x8 -> lstm 6", "it has no such layer"),
        ("8x8x4 -> conv 4 3x3 parametrize=weight_norm", "parametrize=weight_norm computes its weight"),
        ("9x9x4 -> maxpool 3 dilation=2", "Flax' pools have no dilation, this one has 2"),
        ("9x9x4 -> adaptive_avgpool 4", "its windows differ: 4 does not divide 9"),
    ],
)
def test_what_flax_does_not_express_is_refused_by_name(chain: str, why: str) -> None:
    network = cnncalc.load(chain)
    (node,) = network.layers()
    with pytest.raises(NotWritten) as refused:
        cnncalc.export(network, "flax")
    (problem,) = refused.value
    assert problem.message == f"{node.path}: {node.layer} cannot be written for Flax: {why}"


def test_a_network_of_every_sort_of_block_computes_the_same() -> None:
    compare(cnncalc.load("-", stdin=RESIDUAL.encode))


@pytest.mark.parametrize("chain", VARIANTS)
def test_options_compute_the_same(chain: str) -> None:
    compare(cnncalc.load(chain))


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in REFUSED])
def test_each_kind_computes_the_same(kind: str) -> None:
    compare(cnncalc.load(KINDS[kind].example))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", few(NETWORKS, every=3))
def test_networks_of_the_library_compute_the_same(name: str) -> None:
    compare(cnncalc.load(name))
