"""Models of ONNX, run by onnxruntime: they compute what `network.torch()` computes with the same weights.

The package is installed by the step "the oracles" of .ci/run.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import cnncalc
from cnncalc.exchange.writers import NotWritten
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Input
from cnncalc.library import names
from cnncalc.network.network import Group, Network, Node
from cnncalc.shape import Shape
from tests import strategies
from tests.effort import examples, families, few
from tests.exchange.test_onnx_writer import example

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

LARGEST, LONGEST = 60_000_000, 10_000_000_000
"""Parameters and multiply-adds of a network that is run."""


def run(network: Network) -> list[tuple[Any, Any]]:
    """Return each output as onnxruntime computes it, for a batch of two, and as PyTorch does."""
    data = cnncalc.export(network, "onnx").data
    torch.manual_seed(0)  # as the writer draws the weights
    model = network.torch().eval()
    volumes = [torch.randn(2, *shape.chw) for shape in network.input_shapes().values()]
    if any(node.kind == "embedding" for node in network.layers()):
        volumes = [torch.randint(0, 50, volume.shape).float() for volume in volumes]
    with torch.no_grad():
        wanted = model(*volumes)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    found = session.run(None, {name: x.numpy() for name, x in zip(network.inputs, volumes, strict=True)})
    if not isinstance(wanted, dict):
        wanted = {"output": wanted}
    assert [each.name for each in session.get_outputs()] == [*wanted]
    return [(y, wanted[name].numpy()) for y, name in zip(found, wanted, strict=True)]


def check(network: Network, tolerance: float = 1e-5) -> None:
    """Compare within a tolerance: absolute for small values, relative for large ones."""
    for found, wanted in run(network):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_computes_the_same(kind: str) -> None:
    check(cnncalc.load(example(kind)))


@pytest.mark.parametrize("sides", ["64x96", "77x51"])
def test_a_model_for_any_size_computes_the_same(sides: str) -> None:
    text = "{}x3 -> conv 4 3 stride=2 pad=1 -> batchnorm -> relu -> maxpool 2 -> upsample 2 mode=bilinear -> conv 2 1"
    session = onnxruntime.InferenceSession(
        cnncalc.export(text.format("HxW"), "onnx").data, providers=["CPUExecutionProvider"]
    )
    network = cnncalc.load(text.format(sides))
    torch.manual_seed(0)
    model = network.torch().eval()
    x = torch.randn(2, *network.input_shapes()["input"].chw)
    (found,) = session.run(None, {"input": x.numpy()})
    np.testing.assert_allclose(found, model(x).detach().numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("how", ["weight_norm", "spectral_norm", "standardize", "scaled_standardize"])
def test_a_weight_that_is_computed_is_written_as_it_is(how: str) -> None:
    check(cnncalc.load(f"9x9x4 -> conv 6 3 parametrize={how}"))
    if how in ("weight_norm", "spectral_norm"):
        check(cnncalc.load(f"9x9x4 -> conv_transpose 6 3 parametrize={how}"))


@pytest.mark.parametrize(
    "fields", ["pad=same", "pad=same_lower", "pad=same count_include_pad=no", "pad=same divisor=3"]
)
def test_an_average_over_uneven_padding_computes_the_same(fields: str) -> None:
    check(cnncalc.load(f"9x8x3 -> avgpool 4 stride=3 {fields}"))


@pytest.mark.exhaustive
@examples(500)
@given(strategies.layers())
def test_layers_of_any_fields_compute_the_same(drawn: tuple[Layer, tuple[Shape, ...]]) -> None:
    layer, xs = drawn
    inputs = {f"x{number}": number for number in range(len(xs))}
    nodes = [Node(number, f"x{number}", Input(x), (), (), x) for number, x in enumerate(xs)]
    nodes.append(Node(len(xs), "layer", layer, (*range(len(xs)),), xs, layer.shape(*xs)))
    root = Group("", None, 0, len(nodes))  # type: ignore[arg-type]
    network = Network("one", "", "", nodes, inputs, {"output": len(xs)}, root)
    if layer.__dict__.get("project"):
        with pytest.raises(NotWritten, match="project is"):
            run(network)
    else:
        check(network, 1e-4)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", few(families(), every=4))
def test_networks_of_the_library_compute_the_same(name: str) -> None:
    network = cnncalc.load(name)
    totals = network.report().totals
    if totals.params > LARGEST or totals.macs > LONGEST:
        pytest.skip(f"{name} has {totals.params:,} parameters and {totals.macs:,} multiply-adds")
    try:
        check(network)
    except NotWritten as refused:
        pytest.skip(str(refused))


SMALL = ("lenet5", "siamese", "googlenet", "densenet121", "mobilenet_v3_small", "shufflenet_v2_x0_5", "unet")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [name for name in SMALL if name in names()])
def test_networks_are_read_back_with_equal_rows(name: str, tmp_path: Any) -> None:
    network = cnncalc.load(name)
    file = tmp_path / f"{name}.onnx"
    file.write_bytes(cnncalc.export(network, "onnx").data)
    assert counted(cnncalc.load(str(file))) == counted(network)


def counted(network: Network) -> list[Any]:
    """Return the numbers of the layers that have any, side heads left out."""
    rows = [row for row in network.report().rows if row.node.aux is None]
    return [(row.params, row.macs, row.output) for row in rows if row.params or row.macs]
