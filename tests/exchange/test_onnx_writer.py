"""Models of ONNX: names, shapes, weights and refusals; what runs them is in test_onnx_runtime.py."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc.cli import main
from cnncalc.exchange.writers import NotWritten
from cnncalc.layers import KINDS
from tests.effort import sampled

onnx = pytest.importorskip("onnx")
np = pytest.importorskip("numpy")

SMALL = {"linear": "64 -> linear 10", "embedding": "16 -> embedding 50 8"}
"""Examples of kinds that would have many weights."""

LENET = "28x28x1 -> conv 6 5x5 pad=2 -> relu -> maxpool 2 -> flatten -> linear 10"


def example(kind: str) -> str:
    return SMALL.get(kind, KINDS[kind].example)


def model_of(what: Any, **options: Any) -> Any:
    return onnx.load_model_from_string(cnncalc.export(what, "onnx", **options).data)


def dims(info: Any) -> list[int | str]:
    return [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]


def safetensors(path: Path, **shapes: tuple[int, ...]) -> Path:
    """Write a file whose tensors count from 0."""
    header, data = {}, b""
    for name, shape in shapes.items():
        values = np.arange(int(np.prod(shape)), dtype=np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_names_are_paths_and_shapes_are_those_of_the_report() -> None:
    model = model_of(LENET)
    onnx.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 20)]
    assert (model.producer_name, model.ir_version) == ("cnncalc", 9)
    assert [(node.name, node.op_type) for node in model.graph.node] == [
        ("conv", "Conv"),
        ("relu", "Relu"),
        ("maxpool", "MaxPool"),
        ("flatten", "Flatten"),
        ("linear", "Gemm"),
    ]
    assert {each.name: [*each.dims] for each in model.graph.initializer} == {
        "conv.weight": [6, 1, 5, 5],
        "conv.bias": [6],
        "linear.weight": [10, 1176],
        "linear.bias": [10],
    }
    (x,), (y,) = model.graph.input, model.graph.output
    assert (x.name, dims(x), y.name, dims(y)) == ("input", ["N", 1, 28, 28], "output", ["N", 10])
    assert {each.name: dims(each) for each in model.graph.value_info} == {
        "conv": ["N", 6, 28, 28],
        "relu": ["N", 6, 28, 28],
        "maxpool": ["N", 6, 14, 14],
        "flatten": ["N", 1176],
    }


def test_the_same_network_gives_the_same_bytes() -> None:
    text = "8x8x4 -> window_attention 2 4x4 shift=2 -> tokens -> class_token -> attention 2 -> token 0 -> linear 3"
    assert cnncalc.export(text, "onnx").data == cnncalc.export(text, "onnx").data


def test_padding_that_differs_at_both_ends_is_the_convolutions_own() -> None:
    model = model_of("9x9x3 -> conv 4 3x3 stride=2 pad=same -> maxpool 2 pad=0:1 -> conv 4 3 pad=1 pad_mode=reflect")
    nodes = {node.name: node for node in model.graph.node}
    assert [*nodes] == ["conv", "maxpool", "conv2.pad", "conv2"]
    fields = {each.name: [*each.ints] for name in ("conv", "maxpool") for each in nodes[name].attribute}
    assert fields["pads"] == [0, 0, 1, 1]


def test_every_output_has_its_name_and_side_heads_are_left_out() -> None:
    text = """\
input: 8x8x3
layers:
  - body: conv 4 3x3 pad=1 -> relu
  - aux: {side: global_avgpool -> flatten -> linear 3}
  - head: conv 2 1x1
  - wide: use body -> conv 5 1x1
outputs: [head, body, wide]
"""
    model = model_of("-", stdin=text.encode)
    assert [(y.name, dims(y)) for y in model.graph.output] == [
        ("head", ["N", 2, 8, 8]),
        ("body", ["N", 4, 8, 8]),
        ("wide", ["N", 5, 8, 8]),
    ]
    assert not any("side" in node.name for node in model.graph.node)
    onnx.checker.check_model(model, full_check=True)


def test_shared_weights_are_stored_once() -> None:
    model = model_of("siamese")
    names = [each.name for each in model.graph.initializer]
    assert len(names) == len({*names})
    stored = sum(int(np.prod(each.dims)) for each in model.graph.initializer if "." in each.name)
    assert stored == cnncalc.load("siamese").report().totals.params


def test_weights_of_a_file_are_matched_by_path_and_shape(tmp_path: Path) -> None:
    shapes = {"conv.weight": (6, 1, 5, 5), "conv.bias": (6,), "linear.weight": (10, 1176), "linear.bias": (10,)}
    file = safetensors(tmp_path / "w.safetensors", **{f"module.{name}": shape for name, shape in shapes.items()})
    model = model_of(LENET, weights=str(file))
    stored = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    assert {name: array.shape for name, array in stored.items()} == shapes
    assert all(np.array_equal(array.reshape(-1), np.arange(array.size)) for array in stored.values())
    assert model.doc_string == "chain. Weights of w.safetensors."


def test_every_tensor_that_does_not_fit_is_reported_and_nothing_is_written(tmp_path: Path) -> None:
    shapes = {"conv.weight": (6, 3, 5, 5), "conv.bias": (6,), "linear.weight": (10, 1176), "fc.bias": (10,)}
    file, out = safetensors(tmp_path / "w.safetensors", **shapes), tmp_path / "net.onnx"
    result = CliRunner().invoke(main, ["export", LENET, "-o", str(out), "--weights", str(file)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"E126 operation: conv.weight is 6x1x5x5 in the network, 6x3x5x5 in '{file}'\n"
        f"E126 operation: linear.bias is 10 in the network, and not in '{file}'\n"
        f"E126 operation: fc.bias is 10 in '{file}', and not in the network\n"
        "3 problems\n"
    )
    assert not out.exists()


def test_without_weights_a_note_says_where_they_are_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    out = tmp_path / "net.onnx"
    result = CliRunner().invoke(main, ["export", "8x8x3 -> conv 4 3x3 -> batchnorm", "-o", str(out)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "note: Not trained: weights are 0, for want of PyTorch, which draws them.\n"
    model = onnx.load(out)
    assert {each.name: float(onnx.numpy_helper.to_array(each).max()) for each in model.graph.initializer} == {
        "conv.weight": 0,
        "conv.bias": 0,
        "batchnorm.weight": 1,
        "batchnorm.bias": 0,
        "batchnorm.running_mean": 0,
        "batchnorm.running_var": 1,
    }


@pytest.mark.parametrize("what", ["8x8x3 -> relu", "HxWx3 -> relu"])
def test_the_package_is_named_where_it_is_missing(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = CliRunner().invoke(main, ["export", what, "-o", "net.onnx"])
    assert result.exit_code == 2
    assert result.stderr.startswith("E121 package: writing ONNX needs the package onnx\n")
    assert result.stderr.endswith('  help: pip install "cnncalc[onnx]"\n1 problem\n')


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(NotWritten, match=r"lstm: lstm 8 project=4 cannot be written for ONNX: .*project is 4"):
        cnncalc.export("20x8 -> lstm 8 project=4", "onnx")
    with pytest.raises(NotWritten, match="its weights have 4,000,000,000 bytes, and an ONNX file at most 2,147"):
        cnncalc.export("99999 -> linear 10000", "onnx")


def test_symbols_of_the_input_stay_in_the_file() -> None:
    model = model_of("HxWx3 -> conv 4 3 stride=2 pad=1 -> maxpool 2 -> upsample 2 -> conv 2 1")
    onnx.checker.check_model(model, full_check=True)
    (x,), (y,) = model.graph.input, model.graph.output
    assert (dims(x), dims(y)) == (["N", 3, "H", "W"], ["N", 2, "2·⌊(H + 1)/4⌋", "2·⌊(W + 1)/4⌋"])
    assert {each.name: dims(each) for each in model.graph.value_info}["maxpool"] == [
        *("N", 4, "⌊(H + 1)/4⌋", "⌊(W + 1)/4⌋")
    ]
    pipe = iter([b"input: HxWx3\nlayers:\n  - relu\n"])
    assert dims(model_of("-", stdin=lambda: next(pipe)).graph.output[0]) == ["N", 3, "H", "W"]
    model = model_of("resnet18", input="HxWx3")
    assert (dims(model.graph.input[0]), dims(model.graph.output[0])) == (["N", 3, "H", "W"], ["N", 1000])


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ("HxWx1 -> conv 2 3 -> flatten -> linear 3", "linear: linear 3 .* its weights depend on the size"),
        ("HxHx3 -> conv 4 3 stride=2 pad=same", "conv: conv 4 3x3 stride=2 pad=same .* its operators depend on the"),
        ("HxWx8 -> adaptive_avgpool 4", "adaptive_avgpool: adaptive_avgpool 4 .* depend on the size"),
    ],
)
def test_what_depends_on_the_size_is_refused_by_name(chain: str, why: str) -> None:
    with pytest.raises(NotWritten, match=why):
        cnncalc.export(chain, "onnx")


def test_an_average_over_uneven_padding_counts_what_it_covers() -> None:
    """It pads with a value by name, as PyTorch's `pad` takes it."""
    onnx.checker.check_model(model_of("8x8x3 -> avgpool 3 stride=2 pad=same"), full_check=True)


def test_the_command_needs_a_file() -> None:
    result = CliRunner().invoke(main, ["export", "8x8x3 -> relu", "--to", "onnx"])
    assert result.exit_code == 2
    assert "a model of ONNX, with weights is no text: give -o FILE" in result.stderr


@pytest.mark.parametrize("kind", sampled(KINDS, every=6))
def test_each_kind_is_written_and_checked(kind: str) -> None:
    """A new kind is written if its `build` uses what others use; else it is to be refused here by name."""
    model = model_of(example(kind))
    onnx.checker.check_model(model, full_check=True)
    network = cnncalc.load(example(kind))
    shapes = {each.name: dims(each) for each in (*model.graph.value_info, *model.graph.output)}
    for node in network.layers():
        name = "output" if node.index in network.outputs.values() else node.path
        assert shapes[name] == ["N", *node.y.chw]


NOT_READ_BACK = frozenset(
    (
        *("separable", "deform_conv", "deform_conv_by", "adaptive_avgpool", "adaptive_maxpool", "lppool", "blur_pool"),
        *(
            "filter",
            "rms_norm",
            "normalize",
            "scale",
            "global_response_norm",
            "rrelu",
            "logsigmoid",
            "tanhshrink",
            "glu",
        ),
        *("hard_mish", "ramp", "drop_path", "gaussian_noise", "unbind", "sum", "vector_norm", "std", "var", "trim"),
        *("crop", "resize_like", "crop_like", "max_unpool", "stack", "average", "attention", "cross_attention"),
        *("window_attention", "cosine_window_attention", "grid_attention", "embedding", "lstm", "gru", "rnn"),
        *("partial_conv", "local_conv", "place_bias", "subsample", "rbf"),
    )
)
"""Kinds that are read back as the formula that is written for them, or not at all."""


@pytest.mark.parametrize("kind", sampled([kind for kind in KINDS if kind not in NOT_READ_BACK], every=6))
def test_a_kind_is_read_back(kind: str, tmp_path: Path) -> None:
    network = cnncalc.load(example(kind))
    file = tmp_path / "net.onnx"
    file.write_bytes(cnncalc.export(network, "onnx").data)
    again = cnncalc.load(str(file))
    assert [(str(n.layer), n.y) for n in again.layers()] == [(str(n.layer), n.y) for n in network.layers()]
