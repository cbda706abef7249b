"""Keras configurations: layers of Keras 1 to 3, both ways of writing connections, and files that cannot be read."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request, of_text
from cnncalc.exchange.readers.keras_model import read


def layer(kind: str, name: str | None = None, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name or kind.lower(), **config}, "module": "keras.layers"}


def sequential(*layers: dict[str, Any], x: Any = (None, 8, 8, 3)) -> dict[str, Any]:
    first = layer("InputLayer", "input", batch_shape=list(x))
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}


def graph_of(config: Any, input: str | None = None) -> Graph:
    return read(Request("net.json", json.dumps(config).encode(), input)).finished()


def kinds(config: Any) -> list[str]:
    return [str(node.layer) for node in graph_of(config).layers()]


CONV = {"filters": 4, "kernel_size": [3, 3]}
CASES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "conv": (
        [layer("Conv2D", **CONV, strides=[2, 2], padding="same", activation="relu", use_bias=False)],
        ["conv 4 3x3 stride=2 pad=same bias=no", "relu"],
    ),
    "Keras 1": (
        [layer("Convolution2D", nb_filter=4, nb_row=3, nb_col=5, subsample=[1, 1], border_mode="valid")],
        ["conv 4 3x5"],
    ),
    "depthwise": ([layer("DepthwiseConv2D", kernel_size=[3, 3])], ["depthwise 3x3"]),
    "separable": ([layer("SeparableConv2D", **CONV)], ["separable 4 3x3"]),
    "transposed": (
        [layer("Conv2DTranspose", filters=2, kernel_size=[2, 2], strides=[2, 2], padding="same")],
        ["conv_transpose 2 2x2 stride=2 pad=same"],
    ),
    "batch norm": (
        [layer("BatchNormalization", axis=[3], scale=False)],
        ["batchnorm scale=no eps=0.001 momentum=0.01"],
    ),
    "pools": (
        [layer("MaxPooling2D", pool_size=[2, 2], strides=None), layer("AveragePooling2D", pool_size=2, padding="same")],
        ["maxpool 2x2", "avgpool 2x2 pad=same count_include_pad=no"],
    ),
    "a head": (
        [layer("GlobalAveragePooling2D"), layer("Dropout", rate=0.2), layer("Dense", units=5, activation="softmax")],
        ["global_avgpool", "flatten", "dropout 0.2", "linear 5", "softmax"],
    ),
    "flatten counts channels last": (
        [layer("Flatten"), layer("Dense", units=2)],
        ["reshape 192 order=channels_last", "linear 2"],
    ),
    "functions": (
        [
            layer("ReLU", max_value=6),
            layer("LeakyReLU", alpha=0.1),
            layer("ELU"),
            layer("Activation", activation="swish"),
        ],
        ["relu6", "leaky_relu slope=0.1", "elu", "silu"],
    ),
    "sizes": (
        [
            layer("ZeroPadding2D", padding=[[0, 1], [0, 1]]),
            layer("Cropping2D", cropping=[[1, 0], [0, 0]]),
            layer("UpSampling2D", size=[2, 2], interpolation="bilinear"),
        ],
        ["pad 0:1", "crop 8x9 offset=1x0", "upsample 2 mode=bilinear"],
    ),
    "norms": (
        [layer("LayerNormalization", axis=-1, epsilon=1e-6), layer("GroupNormalization", groups=3)],
        ["layernorm eps=1e-06", "groupnorm 3 eps=0.001"],
    ),
    "rescaling": ([layer("Rescaling", scale=1 / 127.5, offset=-1)], ["rescale 0.00784313725490196 offset=-1"]),
    "reshape and permute": (
        [layer("Reshape", target_shape=[64, 3]), layer("Permute", dims=[2, 1])],
        [],
    ),
    "a prelu": ([layer("PReLU", shared_axes=[1, 2])], ["prelu per_channel=yes"]),
}


@pytest.mark.parametrize("name", CASES)
def test_layers_are_kinds(name: str) -> None:
    layers, expected = CASES[name]
    found = [each.replace("dropout rate=", "dropout ") for each in kinds(sequential(*layers))]
    if name == "reshape and permute":
        assert str(graph_of(sequential(*layers)).nodes[-1].y) == "3x64"
    else:
        assert [each.replace("rate=", "") for each in found] == [each.replace("rate=", "") for each in expected]


def test_channels_first() -> None:
    config = sequential(layer("Conv2D", **CONV, data_format="channels_first"), x=(None, 3, 8, 8))
    graph = graph_of(config)
    assert [str(node.y) for node in graph.nodes if node.kind == "conv"] == ["6x6x4"]


def tensor(name: str, at: int = 0) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [], "keras_history": [name, at, 0]}}


def functional(version: int) -> dict[str, Any]:
    def call(*names: str) -> list[Any]:
        if version == 2:
            return [[[name, 0, 0, {}] for name in names]]
        args = [tensor(name) for name in names]
        return [{"args": [args if len(args) > 1 else args[0]], "kwargs": {"mask": None}}]

    layers = [
        {**layer("InputLayer", "x", batch_shape=[None, 8, 8, 3]), "name": "x", "inbound_nodes": []},
        {**layer("Conv2D", "a", **CONV, padding="same"), "name": "a", "inbound_nodes": call("x")},
        {**layer("Conv2D", "b", **CONV, padding="same"), "name": "b", "inbound_nodes": call("a")},
        {**layer("Add", "sum"), "name": "sum", "inbound_nodes": call("a", "b")},
    ]
    config = {"name": "net", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": ["sum", 0, 0]}
    return {"class_name": "Functional", "config": config}


@pytest.mark.parametrize("version", [2, 3])
def test_connections(version: int) -> None:
    graph = graph_of(functional(version))
    assert [(node.path, node.inputs) for node in graph.layers()] == [("a", (0,)), ("b", (1,)), ("sum", (1, 2))]


def test_a_layer_called_twice_has_its_weights_once() -> None:
    config = functional(2)
    config["config"]["layers"][1]["inbound_nodes"] = [[["x", 0, 0, {}]], [["x", 0, 0, {}]]]
    config["config"]["layers"][2]["inbound_nodes"] = [[["a", 1, 0, {}]]]
    graph = graph_of(config)
    assert [node.shares for node in graph.layers() if node.path == "a"] == [None, 1]


def test_models_in_models() -> None:
    inner = sequential(layer("Conv2D", "inner_conv", **CONV))
    graph = graph_of(sequential({"class_name": "Sequential", "config": {**inner["config"], "name": "body"}}))
    assert [node.path for node in graph.layers()] == ["body.inner_conv"]


def test_a_keras_file_is_a_zip() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", json.dumps(functional(3)))
    assert read(Request("net.keras", file.getvalue())).finished().params() == 4 * 27 + 4 + 4 * 36 + 4


def test_json_is_recognised() -> None:
    found = of_text(json.dumps(functional(3)))
    assert found is not None
    assert found.module == "keras_model"


def messages(data: bytes) -> list[str]:
    with pytest.raises(NotRead) as caught:
        read(Request("net.keras", data)).finished()
    return [problem.message for problem in caught.value.problems]


def test_what_cannot_be_read_is_named() -> None:
    assert messages(json.dumps(sequential(layer("Own", "mine"))).encode()) == ["mine: Own of 8x8x3 is no layer kind"]
    assert messages(json.dumps(sequential(x=(None, None, None, 3))).encode()) == [
        "the input input is ?x?x3, which has no size in numbers"
    ]
    assert messages(json.dumps({"class_name": "Own", "config": {}}).encode()) == [
        "Own is a class of its own, whose forward is not in the configuration",
    ]


def test_a_cycle_is_refused() -> None:
    config = functional(2)
    config["config"]["layers"][1]["inbound_nodes"] = [[["sum", 0, 0, {}]]]
    assert messages(json.dumps(config).encode()) == ["a reads sum, which is not there or reads it itself"]


def test_files_that_are_no_models() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("other.txt", "")
    assert messages(file.getvalue()) == ["net.keras is a zip that holds no config.json: no model that Keras saved"]
    assert messages(file.getvalue()[:20]) == ["net.keras cannot be read as a zip: File is not a zip file"]
    assert messages(b'{"class_name": ') == ["the configuration in net.keras is no JSON, or only a part of one"]
    assert messages(b"[]") == ["net.keras has no configuration of a Keras model"]
    assert messages(b'{"modelTopology": {"node": [], "library": {}}}') == [
        "net.keras is a graph of TensorFlow's operators, which has no layers"
    ]
    assert messages(b'{"class_name": "Sequential", "config": {"layers": [{}]}}') == [
        "the configuration in net.keras is none that Keras writes: layer 0 has no class_name and config"
    ]


def test_a_value_that_no_layer_has_is_named() -> None:
    config = json.dumps(sequential(layer("Dropout", rate=1e19)))
    assert messages(config.encode()) == ["dropout: Dropout of 8x8x3 has a value that must be at most 1, not 1e+19"]
