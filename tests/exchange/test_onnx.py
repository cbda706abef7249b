"""ONNX files: operators of old and new opsets, what exporters write for one layer, and files that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request, of_bytes
from tests.effort import few

onnx = pytest.importorskip("onnx")
np = pytest.importorskip("numpy")

from cnncalc.exchange.readers.onnx_model import read  # noqa: E402

helper, FLOAT, INT = onnx.helper, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


def stored(name: str, *shape: int, values: Any = None) -> Any:
    array = np.ones(shape, np.float32) if values is None else np.array(values)
    return onnx.numpy_helper.from_array(array, name)


def model(nodes: list[Any], tensors: list[Any], x: Any = (1, 4, 8, 8), opset: int = 13, **more: Any) -> bytes:
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", FLOAT, x)],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        tensors,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], **more)
    return made.SerializeToString()  # type: ignore[no-any-return]


def graph_of(nodes: list[Any], tensors: list[Any], **more: Any) -> Graph:
    return read(Request("net.onnx", model(nodes, tensors, **more))).finished()


def layers(nodes: list[Any], tensors: list[Any], **more: Any) -> list[str]:
    return [str(node.layer) for node in graph_of(nodes, tensors, **more).layers()]


def node(kind: str, *inputs: str, y: str = "y", **attributes: Any) -> Any:
    return helper.make_node(kind, list(inputs), [y], **attributes)


CASES: dict[str, tuple[list[Any], list[Any], dict[str, Any], list[str]]] = {
    "conv": (
        [node("Conv", "x", "w", "b", strides=[2, 1], pads=[0, 1, 1, 1], group=2)],
        [stored("w", 6, 2, 3, 3), stored("b", 6)],
        {},
        ["conv 6 3x3 stride=2x1 pad=0:1x1 groups=2"],
    ),
    "depthwise with automatic padding": (
        [node("Conv", "x", "w", group=4, auto_pad="SAME_UPPER", strides=[2, 2])],
        [stored("w", 8, 1, 3, 3)],
        {},
        ["depthwise 3x3 stride=2 pad=same multiplier=2 bias=no"],
    ),
    "transposed": (
        [node("ConvTranspose", "x", "w", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])],
        [stored("w", 4, 5, 3, 3)],
        {},
        ["conv_transpose 5 3x3 stride=2 pad=1 output_pad=1 bias=no"],
    ),
    "batch norm": (
        [node("BatchNormalization", "x", "s", "b", "m", "v", epsilon=1e-3)],
        [stored(name, 4) for name in "sbmv"],
        {},
        ["batchnorm eps=0.001"],
    ),
    "pools": (
        [
            node("MaxPool", "x", y="a", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
            node("AveragePool", "a", y="b", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]),
            node("GlobalAveragePool", "b"),
        ],
        [],
        {},
        ["maxpool 3x3 stride=2 ceil=yes", "avgpool 3x3 stride=1 pad=1 count_include_pad=no", "global_avgpool"],
    ),
    "a head": (
        [
            node("ReduceMean", "x", y="a", axes=[2, 3], keepdims=0),
            node("Gemm", "a", "w", "b", y="c", transB=1),
            node("Softmax", "c", axis=1),
        ],
        [stored("w", 9, 4), stored("b", 9)],
        {},
        ["global_avgpool", "flatten", "linear 9", "softmax"],
    ),
    "axes as an input": (
        [node("ReduceMean", "x", "axes", keepdims=1)],
        [stored("axes", values=[2, 3])],
        {"opset": 18},
        ["global_avgpool"],
    ),
    "silu": ([node("Sigmoid", "x", y="a"), node("Mul", "x", "a")], [], {}, ["silu"]),
    "hardswish": (
        [
            node("Add", "x", "three", y="a"),
            node("Clip", "a", "zero", "six", y="b"),
            node("Mul", "x", "b", y="c"),
            node("Div", "c", "six"),
        ],
        [stored(name, values=np.float32(n)) for name, n in (("three", 3), ("zero", 0), ("six", 6))],
        {},
        ["hardswish"],
    ),
    "mish": (
        [node("Softplus", "x", y="a"), node("Tanh", "a", y="b"), node("Mul", "x", "b")],
        [],
        {},
        ["mish"],
    ),
    "gelu": (
        [
            node("Div", "x", "root", y="a"),
            node("Erf", "a", y="b"),
            node("Add", "b", "one", y="c"),
            node("Mul", "x", "c", y="d"),
            node("Mul", "d", "half"),
        ],
        [stored(name, values=np.float32(n)) for name, n in (("root", 2**0.5), ("one", 1), ("half", 0.5))],
        {},
        ["gelu"],
    ),
    "linear of tokens": (
        [node("MatMul", "x", "w", y="a"), node("Add", "b", "a")],
        [stored("w", 8, 5), stored("b", 5)],
        {"x": (1, 6, 8)},
        ["permute [1,0]", "linear 5"],
    ),
    "a computed shape": (
        [
            node("Shape", "x", y="s"),
            node("Gather", "s", "zero", y="n", axis=0),
            node("Unsqueeze", "n", "axis", y="m"),
            node("Concat", "m", "rest", y="to", axis=0),
            node("Reshape", "x", "to"),
        ],
        [stored("zero", values=np.int64(0)), stored("axis", values=[0]), stored("rest", values=[-1])],
        {},
        ["flatten"],
    ),
    "resize": (
        [node("Resize", "x", "", "scales", mode="linear", coordinate_transformation_mode="half_pixel")],
        [stored("scales", values=np.array([1, 1, 2, 2], np.float32))],
        {},
        ["upsample 2 mode=bilinear"],
    ),
    "old upsample": ([node("Upsample", "x", scales=[1.0, 1.0, 2.0, 2.0])], [], {"opset": 7}, ["upsample 2"]),
    "split and concat": (
        [
            helper.make_node("Split", ["x"], ["a", "b"], axis=1, split=[1, 3]),
            node("Concat", "b", "a", axis=1),
        ],
        [],
        {"opset": 11},
        ["slice 0 1", "slice 1 4", "concat"],
    ),
    "depth to space": ([node("DepthToSpace", "x", blocksize=2, mode="CRD")], [], {}, ["pixel_shuffle 2"]),
    "channels last": (
        [node("Transpose", "x", y="a", perm=[0, 3, 1, 2]), node("Conv", "a", "w", kernel_shape=[3, 3])],
        [stored("w", 6, 3, 3, 3)],
        {"x": (1, 8, 9, 3)},
        ["conv 6 3x3 bias=no"],
    ),
    "a scale and a bias": (
        [node("Mul", "x", "s", y="a"), node("Add", "a", "b")],
        [stored("s", 4, 1, 1), stored("b", 4, 1, 1)],
        {},
        ["scale init=1", "bias_add"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_operators_are_layers(name: str) -> None:
    nodes, tensors, more, expected = CASES[name]
    found = layers(nodes, tensors, **more)
    assert sorted(found) == sorted(expected)


def test_weights_of_an_old_file_are_no_inputs() -> None:
    graph = helper.make_graph(
        [node("Conv", "x", "w")],
        "net",
        [
            helper.make_tensor_value_info("x", FLOAT, (1, 4, 8, 8)),
            helper.make_tensor_value_info("w", FLOAT, (6, 4, 1, 1)),
        ],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [stored("w", 6, 4, 1, 1)],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 8)])
    assert list(read(Request("net.onnx", made.SerializeToString())).finished().inputs) == ["input"]


def test_modules_are_paths() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], name="/layer1/layer1.0/conv1/Conv"),
        helper.make_node("Relu", ["a"], ["b"], name="/layer1/layer1.0/relu/Relu"),
        helper.make_node("Add", ["b", "x"], ["y"], name="/layer1/layer1.0/Add"),
    ]
    graph = graph_of(nodes, [stored("w", 4, 4, 1, 1)])
    assert [each.path for each in graph.layers()] == ["layer1.0.conv1", "layer1.0.relu", "layer1.0.Add"]


def test_a_convolution_twice_has_its_weights_once() -> None:
    graph = graph_of([node("Conv", "x", "w", y="a"), node("Conv", "a", "w")], [stored("w", 4, 4, 1, 1)])
    assert graph.params() == 16


def messages(data: bytes, input: str | None = None) -> list[str]:
    with pytest.raises(NotRead) as caught:
        read(Request("net.onnx", data, input)).finished()
    return [problem.message for problem in caught.value.problems]


REFUSED: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "an unknown operator": ([node("Sign", "x")], {}, "Sign: Sign of 1x4x8x8 is no layer kind"),
    "a quantised one": (
        [node("QuantizeLinear", "x", "s")],
        {},
        "QuantizeLinear: QuantizeLinear of 1x4x8x8 is quantised, and quantised operators are not read",
    ),
    "a custom one": (
        [helper.make_node("Own", ["x"], ["y"], domain="my.ops")],
        {},
        "Own: Own of 1x4x8x8 of my.ops is an operator of its own, whose meaning is not in the file",
    ),
    "a loop": (
        [node("Loop", "x", "x")],
        {},
        "Loop: Loop of 1x4x8x8 and 1x4x8x8 chooses or repeats while it runs, which no layer kind does",
    ),
    "weights of the input": (
        [node("Conv", "x", "x")],
        {},
        "Conv: Conv of 1x4x8x8 and 1x4x8x8 has weights that depend on an input",
    ),
    "a name that nothing gives": ([node("Relu", "z")], {}, "Relu: Relu reads z, which nothing gives"),
    "an open size": (
        [node("Relu", "x")],
        {"x": ("N", 3, "H", "W")},
        "the input x is Nx3xHxW, which has no size in numbers",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named(name: str) -> None:
    nodes, more, message = REFUSED[name]
    for each in nodes:
        each.name = each.op_type
    assert messages(model(nodes, [stored("s", values=np.float32(1))], **more))[0] == message


def test_a_size_that_is_given() -> None:
    data = model([node("Relu", "x")], [], x=("N", 3, "H", "W"))
    assert str(read(Request("net.onnx", data, "32x16x3")).nodes[0].y) == "32x16x3"
    assert messages(data, "z=32x16x3")[0].startswith("the input x is Nx3xHxW")


def test_files_that_are_no_models() -> None:
    whole = model([node("Conv", "x", "w")], [stored("w", 6, 4, 3, 3)])
    assert messages(whole[: len(whole) // 2]) == [
        "net.onnx is no ONNX model, or only a part of one: its end is missing"
    ]
    assert messages(b"")[0].startswith("net.onnx is no ONNX model")
    assert of_bytes(model([node("Relu", "x")], [], producer_name="pytorch")) is not None


def test_values_in_another_file_are_needed_for_shapes_only() -> None:
    weight = stored("w", 6, 4, 3, 3)
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    assert layers([node("Conv", "x", "w")], [weight]) == ["conv 6 3x3 bias=no"]
    shape = stored("s", values=[1, -1])
    shape.ClearField("raw_data")
    shape.data_location = onnx.TensorProto.EXTERNAL
    data = model([node("Reshape", "x", "s")], [shape])
    assert messages(data)[0].endswith("needs the values of s, which are in another file")


@pytest.mark.exhaustive
@pytest.mark.parametrize("opset", [11, 13, 17])
def test_exports_of_pytorch(opset: int, tmp_path: Any) -> None:
    torch = pytest.importorskip("torch")
    import cnncalc

    for name in ("resnet18", "mobilenet_v2", "unet"):
        network = cnncalc.load(name)
        module = network.torch().eval()
        file = tmp_path / f"{name}.onnx"
        (shape,) = network.input_shapes().values()
        torch.onnx.export(module, (torch.zeros(1, *shape.chw),), str(file), opset_version=opset, dynamo=False)
        graph = read(Request(str(file), file.read_bytes())).finished()
        folded = sum(node.layer.weights(*node.x)["bias"][0] for node in network.nodes if node.kind == "batchnorm")
        assert graph.params() == network.report().totals.params - folded
        assert graph.macs() == network.report().totals.macs


CHAINS = (
    "32x32x8 -> conv 8 3 pad=1 -> groupnorm 2 -> hardswish -> conv_transpose 4 2 stride=2 -> upsample 2 mode=bilinear",
    "16x16x4 -> layernorm -> gelu -> avgpool 2 -> dropout -> flatten -> linear 3 -> softmax",
    "28x28x1 -> conv 6 5x5 pad=2 -> tanh -> maxpool 3 stride=2 pad=1 ceil=yes -> prelu -> global_avgpool -> flatten",
)


@pytest.mark.exhaustive
@pytest.mark.parametrize("opset", few([20, 18, 23], every=3))
@pytest.mark.parametrize("chain", CHAINS)
def test_exports_of_pytorchs_newer_exporter(chain: str, opset: int, tmp_path: Any) -> None:
    """The package is installed by the step "the oracles" of .ci/run."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    import cnncalc

    network, file = cnncalc.load(chain), tmp_path / "net.onnx"
    (shape,) = network.input_shapes().values()
    options = {"opset_version": opset, "dynamo": True, "external_data": False, "verbose": False}
    torch.onnx.export(network.torch().eval(), (torch.zeros(1, *shape.chw),), str(file), **options)
    kinds = [str(node.layer) for node in cnncalc.load(str(file)).layers()]
    assert kinds == [str(node.layer) for node in network.layers() if node.kind != "dropout"]


@pytest.mark.parametrize(
    ("nodes", "tensors", "reason"),
    [
        ([node("Conv", "x")], [], "Conv of 1x4x8x8 has 1 inputs, and needs 2"),
        ([node("DepthToSpace", "x")], [], "DepthToSpace of 1x4x8x8 has no attribute blocksize, which it needs"),
        (
            [node("Concat", "x", "x", axis=1.5)],
            [],
            "Concat of 1x4x8x8 and 1x4x8x8 has an attribute axis of another type than INT",
        ),
        ([node("Resize", "x", "", "s", mode=b"\xff")], [], "Resize of 1x4x8x8 has an attribute that is no text"),
        (
            [node("Resize", "x", "", "one", mode="nearest")],
            [stored("one", 1)],
            "Resize of 1x4x8x8 has attributes and inputs that do not fit each other",
        ),
        (
            [node("Conv", "x", "w", group=0)],
            [stored("w", 4, 4, 3, 3)],
            "Conv of 1x4x8x8 has attributes and inputs that do not fit each other",
        ),
    ],
)
def test_a_file_that_no_exporter_writes_is_refused(nodes: list[Any], tensors: list[Any], reason: str) -> None:
    sizes = stored("s", 3, values=np.array([2.0, 2.0, 2.0], np.float32))
    with pytest.raises(NotRead) as caught:
        graph_of(nodes, [*tensors, sizes])
    assert [problem.message.partition(": ")[2] for problem in caught.value.problems] == [reason]


def test_a_name_that_is_no_text_is_refused() -> None:
    data = model([node("Relu", "x", name="rrrr")], []).replace(b"rrrr", b"\xff\xfe\xfd\xfc")
    with pytest.raises(NotRead, match=r"net.onnx is no ONNX model"):
        read(Request("net.onnx", data))
