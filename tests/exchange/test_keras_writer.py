"""Keras source: it runs by itself, and computes what `network.torch()` does with the same weights."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.exchange.graph import NotRead
from cnncalc.exchange.readers.keras_model import read_config
from cnncalc.exchange.text import macs, params
from cnncalc.exchange.writers import NotWritten
from cnncalc.layers import KINDS
from tests.effort import families, few
from tests.exchange.carried import channels_last, depthwise, drawn, flattened, kernel, tensors_of

np = pytest.importorskip("numpy")

RESIDUAL = """\
name: small
input: 16x16x3
blocks:
  unit out stride=1:
    - add:
        body: conv out 3x3 stride=stride pad=1 bias=no -> batchnorm -> relu
        skip:
          - if: channels != out
            then: conv out 1x1 stride=stride bias=no
            else: identity
    - relu
  gate:
    - mul:
        skip: identity
        weights: global_avgpool -> flatten -> linear channels//2 -> relu -> linear 2*channels -> sigmoid
layers:
  - stem: conv 4 3x3 pad=0:1
  - stage: unit 8 2 -> 3 * unit 8
  - aux: {side: global_avgpool -> flatten -> linear 3}
  - gate
  - 1x1: conv 6 1x1 -> maxpool 3 stride=2 pad=1
  - norm: layernorm -> scale -> rescale 0.5 -> slice 0 4
  - tokens -> class_token -> position -> attention 2 -> token 0 -> linear 5
"""


def keras() -> Any:
    pytest.importorskip("torch")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


def built(network: cnncalc.Network) -> Any:
    """Run the source, and return the model that it builds."""
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(cnncalc.export(network, "keras").text, "written.py", "exec"), space)
    return space["build"]()


def carry(network: cnncalc.Network, model: Any, torch_model: Any) -> None:
    """Put the weights of the network in PyTorch into a model of Keras."""
    for path, tensors in tensors_of(torch_model, network).items():
        node = next(node for node in network.layers() if node.path == path)
        for variable in model.get_layer(path.replace(".", "-")).weights:
            variable.assign(_value(network, node, tensors, variable.path.split("/")))


def _value(network: cnncalc.Network, node: Any, tensors: dict[str, Any], path: list[str]) -> Any:
    name, kind, x = path[-1], node.kind, node.x[0]
    if kind in ("conv", "depthwise", "conv_transpose") and name == "kernel":
        if kind == "depthwise" and len(path) == 2 and len(x.sides) < 3 and _is_depthwise(node):
            return depthwise(tensors["weight"], x.channels)
        return kernel(tensors["weight"])
    if kind == "separable":
        if name == "depthwise_kernel":
            return depthwise(tensors["depthwise.weight"], x.channels)
        return kernel(tensors["pointwise.weight"]) if name == "pointwise_kernel" else tensors["pointwise.bias"]
    if kind == "linear" and name == "kernel":
        order = flattened(network, network.nodes[node.inputs[0]])
        return tensors["weight"].T if order is None else tensors["weight"].T[order]
    if kind in ("attention", "cross_attention"):
        return _projection(node, tensors, path[-2], name)
    if kind in ("lstm", "gru", "rnn"):
        return _recurrent(node, tensors, path[-1], "backward" in "/".join(path))
    if kind in ("scale", "bias_add", "place_bias"):
        (tensor,) = tensors.values()
        return tensor[..., None] if node.layer.per == "position" else channels_last(tensor)
    found = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    names = {**found, "embeddings": "weight", "alpha": "weight", "scale": "weight"}
    value = tensors[name] if name in tensors else tensors[names[name]]
    if name == "alpha":
        return value.reshape((1,) * len(x.sides) + (-1,))
    if kind == "layernorm" and node.layer.whole:
        return channels_last(value)
    if kind == "batchnorm" and (order := flattened(network, network.nodes[node.inputs[0]])) is not None:
        return value[order]
    return value


def _is_depthwise(node: Any) -> bool:
    even = len({*node.layer.stride}) == 1
    return even and not (max(node.layer.stride) > 1 and max(node.layer.dilation) > 1)


def _projection(node: Any, tensors: dict[str, Any], part: str, name: str) -> Any:
    heads, (keys, values) = node.layer.heads, node.layer.widths(node.x[0].channels)
    if part == "attention_output":
        own = tensors[f"out_proj.{'weight' if name == 'kernel' else 'bias'}"]
        return own.T.reshape(heads, values // heads, -1) if name == "kernel" else own
    at, width = {"query": (0, keys), "key": (keys, keys), "value": (2 * keys, values)}[part]
    letter = part[0]
    kind = "weight" if name == "kernel" else "bias"
    if kind == "weight" and "q_proj_weight" in tensors:
        own = tensors[f"{letter}_proj_weight"]
    else:
        own = tensors[f"in_proj_{kind}"][at : at + width]
    return own.T.reshape(-1, heads, width // heads) if name == "kernel" else own.reshape(heads, width // heads)


def _recurrent(node: Any, tensors: dict[str, Any], name: str, backward: bool) -> Any:
    end = "l0_reverse" if backward else "l0"
    order = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "rnn": (0,)}[node.kind]  # of the gates

    def gates(array: Any) -> Any:
        parts = np.split(array, len(order))
        return np.concatenate([parts[at] for at in order])

    if name == "bias":
        biases = [gates(tensors[f"bias_{which}_{end}"]) for which in ("ih", "hh") if f"bias_{which}_{end}" in tensors]
        return np.stack(biases) if len(biases) == 2 else biases[0]
    return gates(tensors[f"weight_{'hh' if name == 'recurrent_kernel' else 'ih'}_{end}"]).T


def compare(network: cnncalc.Network) -> None:
    """Compare parameters and outputs of the source with those of the network in PyTorch."""
    torch = pytest.importorskip("torch")

    keras()
    model, torch_model = built(network), drawn(network)
    trained = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert trained == sum(p.numel() for p in torch_model.parameters())
    carry(network, model, torch_model)
    inputs = [torch.randn(2, *shape.chw) for shape in network.input_shapes().values()]
    with torch.no_grad():
        wanted = torch_model(*inputs)
        given = [torch.movedim(x, 1, -1) for x in inputs]
        found = model(given[0] if len(given) == 1 else given, training=False)
    wanted = wanted if isinstance(wanted, dict) else {"output": wanted}
    found = found if isinstance(found, dict) else {next(iter(wanted)): found}
    for name, y in wanted.items():
        made = torch.movedim(found[name], -1, 1)
        if (
            not network.nodes[network.outputs[name]].y.sides
            and (order := flattened(network, network.nodes[network.outputs[name]])) is not None
        ):
            y = y[:, order]
        assert made.shape == y.shape
        assert float((made - y).abs().max()) <= 1e-5 * max(1.0, float(y.abs().max()))


def rows(nodes: Any) -> list[tuple[int, int]]:
    """Return the numbers of the layers that have some."""
    return sorted(row for row in ((params([node]), macs([node])) for node in nodes) if any(row))


def read_back(network: cnncalc.Network) -> None:
    """Compare the numbers that our reader finds in the model of the source with those of the network."""
    keras()
    model = built(network)
    graph = read_config({"class_name": type(model).__name__, "config": model.get_config()}, "model")
    read = {*network.outputs.values()}
    for node in reversed(network.nodes):
        if node.index in read or node.aux:
            read.update(node.inputs)
    written = [node for node in network.layers() if node.index in read or node.aux]  # others are in no model of Keras
    assert rows(graph.layers()) == rows(written)
    outputs = [str(network.nodes[i].y) for i in network.outputs.values()]  # side heads follow
    assert [str(graph.nodes[i].y) for i in graph.outputs.values()][: len(outputs)] == outputs


REFUSED = {
    *("deform_conv", "deform_conv_by", "blur_pool", "filter", "rrelu", "max_unpool", "partial_conv", "local_conv"),
    *("subsample", "window_attention", "cosine_window_attention", "grid_attention"),
    *("resize_like", "cross_attention", "lstm", "rnn"),  # in the form of their examples
}
"""Kinds whose example Keras does not express: a new kind is written, or stands here."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_written_or_refused_by_name(kind: str) -> None:
    network = cnncalc.load(KINDS[kind].example)
    if kind not in REFUSED:
        compile(cnncalc.export(network, "keras").text, "written.py", "exec")
        return
    with pytest.raises(NotWritten, match=f"{kind}: {kind}.* cannot be written for Keras: "):
        cnncalc.export(network, "keras")


@pytest.mark.parametrize(("name", "most"), [("resnet50", 120), ("densenet121", 150), ("vgg16", 120)])
def test_source_is_short_and_formatted(name: str, most: int, tmp_path: Path) -> None:
    text = cnncalc.export(name, "keras").text
    assert text.count("\n") <= most
    assert "cnncalc" not in text.replace("written by cnncalc.", "")
    file = tmp_path / "net.py"
    file.write_text(text, "utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("without ruff")
    done = subprocess.run([ruff, "format", "--isolated", "--diff", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_function_for_each_block() -> None:
    text = cnncalc.export("resnet50", "keras").text
    assert (
        """\
def bottleneck2(x, out, *, name):
    y = layers.Conv2D(out, 1, use_bias=False, name=f"{name}-body-conv")(x)
    y = BatchNorm(name=f"{name}-body-batchnorm")(y)
    y = layers.ReLU(name=f"{name}-body-relu")(y)
    y = layers.ZeroPadding2D(1, name=f"{name}-body-conv2-pad")(y)
"""
        in text
    )
    assert '    for i in range(2, 5):  # 28x28x512\n        x = bottleneck2(x, 128, name=f"conv3-{i}")\n' in text


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ("8x8x4 -> conv_transpose 4 3x3 groups=2", "Keras has no groups in Conv2DTranspose, this one has 2"),
        ("10x8 -> lstm 6", "Keras' LSTM has 1 bias, write biases=1"),
        ("8x8x4 -> conv 4 3x3 parametrize=weight_norm", "parametrize=weight_norm computes its weight"),
        ("9x9x4 -> maxpool 3 dilation=2", "Keras' pools have no dilation, this one has 2"),
        ("4x4x4 -> batchnorm frozen=yes", "its scale and shift are not trained"),
    ],
)
def test_what_keras_does_not_express_is_refused_by_name(chain: str, why: str) -> None:
    layer = chain.split(" -> ")[1]
    with pytest.raises(NotWritten) as refused:
        cnncalc.export(chain, "keras")
    (problem,) = refused.value
    network = cnncalc.load(chain)
    (node,) = network.layers()
    assert problem.message == f"{node.path}: {node.layer} cannot be written for Keras: {why}", layer


VARIANTS = (
    "15x15x4 -> conv 6 3x3 stride=2 pad=same -> conv 4 3x3 pad=1:2 dilation=2 groups=2 bias=no",
    "16x16x4 -> conv 6 3x3 stride=2 pad=same -> conv 4 3x3 stride=2 pad=same_lower",
    "16x16x4 -> conv 6 3x3 pad=1 pad_mode=reflect -> conv 6 3x3 pad=1 pad_mode=replicate",
    "12x4 -> conv 6 3 pad=causal dilation=2 -> depthwise 3 pad=1 -> maxpool 2",
    "8x8x8x2 -> conv 4 3x3x3 pad=1 stride=2 -> batchnorm -> relu -> maxpool 2 -> depthwise 2x2x2 pad=1",
    "16x16x4 -> depthwise 3x3 multiplier=2 stride=2 pad=1 -> depthwise 3x3 stride=2x1 pad=1",
    "16x16x4 -> separable 6 3x3 multiplier=2 stride=2 pad=same bias=no",
    "8x8x4 -> conv_transpose 6 4x4 stride=2 pad=1 -> conv_transpose 6 3x3 stride=2 pad=1 output_pad=1",
    "8x8x4 -> conv_transpose 6 3x3 stride=2 pad=same -> conv_transpose 6 2x2 stride=3 output_pad=1",
    "15x15x4 -> maxpool 3 stride=2 pad=1 -> maxpool 3 stride=2 ceil=yes",
    "15x15x4 -> relu -> maxpool 3 stride=2 pad=1 -> avgpool 3 stride=2 pad=1",
    "16x16x4 -> avgpool 3 stride=2 ceil=yes -> avgpool 3 stride=1 pad=1 count_include_pad=no -> avgpool 2 divisor=3",
    "8x8x4 -> batchnorm scale=no -> groupnorm 2 affine=no -> instancenorm affine=yes -> layernorm bias=no -> rms_norm",
    "8x8x4 -> prelu -> gelu approximate=tanh -> elu alpha=0.5 -> hardtanh 0 3 -> softmax sides",
    "8x8x4 -> upsample 2 mode=bilinear -> resize 5x7 mode=bilinear -> upsample 2x3",
    "8x8x12 -> pixel_shuffle 2 order=dcr -> space_to_depth 2 order=dcr -> shuffle 3 -> pad 1:0",
    "10x8 -> attention 2 key_dim=3 -> attention 2 bias=no -> layernorm -> token 0",
    "10x8 -> linear 4 -> cross_attention 2 input",
    "8x8x4 -> flatten -> batchnorm -> relu -> linear 3 -> softmax",
    "8x8x4 -> scale per=all -> scale per=position -> scale per=value -> bias_add -> mean sides keep=no -> linear 2",
    "8x8x4 -> global_avgpool -> flatten -> mul input -> max height keep=no",
    "4x4x8 -> reshape 8x16 order=channels_last -> permute [1,0]",
)
"""Chains of options, whose outputs every framework computes alike."""

RECURRENT = (
    "10x8 -> lstm 6 biases=1 -> lstm 4 biases=1 bidirectional=yes sequence=no",
    "10x8 -> gru 6 -> gru 4 sequence=no",
    "10x8 -> rnn 6 biases=1 bias=no -> rnn 5 biases=1",
)
WHOLE_LAYERNORM = "8x8x4 -> layernorm whole=yes -> avgpool 3 stride=2 pad=1 count_include_pad=no"

NETWORKS = (
    *(
        "resnet18",
        "lenet5",
        "squeezenet1_1",
        "mobilenet_v2_0_35",
        "mobilenet_v3_small",
        "shufflenet_v2_x0_5",
        "siamese",
    ),
    *("densenet_cifar", "googlenet", "efficientnet_b0", "efficientnet_lite0", "ghostnet", "mnasnet0_5", "nin_cifar10"),
    *("preresnet_cifar", "resnet_cifar", "convnext_v2_atto", "mixnet_s", "vae", "yolov2_tiny", "m5"),
    *("regnet_y_200mf", "fbnet_c", "shufflenet_v1_x0_25_g3", "mobilenet_v1_0_25", "mobilenet_v4_conv_small", "alexnet"),
)
"""One of a family, small enough to be computed."""


def test_a_network_of_every_sort_of_block_computes_the_same() -> None:
    compare(cnncalc.load("-", stdin=RESIDUAL.encode))


@pytest.mark.parametrize("chain", [*VARIANTS, *RECURRENT, WHOLE_LAYERNORM])
def test_options_compute_the_same(chain: str) -> None:
    compare(cnncalc.load(chain))


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in REFUSED])
def test_each_kind_computes_the_same(kind: str) -> None:
    compare(cnncalc.load(KINDS[kind].example))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", few(NETWORKS, every=2))
def test_networks_of_the_library_compute_the_same(name: str) -> None:
    compare(cnncalc.load(name))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_our_reader_finds_the_same_numbers(name: str) -> None:
    read_back(cnncalc.load(name))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", few(families(), every=4))
def test_our_reader_finds_the_same_numbers_or_says_what_it_does_not_read(name: str) -> None:
    network = cnncalc.load(name)
    try:
        read_back(network)
    except (NotWritten, NotRead) as refused:  # classes and operators of our own stand in no configuration
        for problem in refused:
            if not re.search("cannot be written for Keras: |is no layer kind", problem.message):
                raise


def test_a_layer_that_no_output_reads_is_not_counted() -> None:
    text = "input: 8x8x3\nlayers:\n  - a: conv 4 1x1\n  - b: conv 2 1x1\n  - use a -> relu\n"
    source = cnncalc.export("-", "keras", stdin=text.encode).text
    assert "    assert params == 16, params\n" in source
