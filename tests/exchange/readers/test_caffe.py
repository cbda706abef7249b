"""Caffe: known totals, three generations of layers, and every type, field, default and trap of public files."""

from __future__ import annotations

import pytest

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request, caffe
from tests.exchange.readers import prototxts


def graph(text: str, shape: str | None = None) -> Graph:
    return caffe.read(Request("net.prototxt", text.encode(), shape)).finished()


def refusals(text: str, shape: str | None = None) -> list[str]:
    with pytest.raises(NotRead) as raised:
        graph(text, shape)
    return [f"{problem.headline()}{f' | {problem.hint}' if problem.hint else ''}" for problem in raised.value]


def shapes(text: str) -> list[str]:
    """Return the layers that a text becomes, each with its output."""
    return [f"{node.layer} -> {node.y}" for node in graph(text).layers()]


KNOWN = {
    "caffenet": (60_965_224, 724_406_816),
    "vgg16": (138_357_544, 15_470_264_320),
    "googlenet": (6_998_552, 1_582_671_872),
    "squeezenet": (1_235_496, 387_747_520),
    "densenet121": (7_978_856, 3_063_058_432),
    "resnet": (25_557_032, 3_857_973_248),
}
"""Parameters as in Caffe's model zoo and the papers; multiply-adds with Caffe's sizes of pools."""


@pytest.mark.parametrize("name", KNOWN)
def test_totals_of_known_networks(name: str) -> None:
    found = graph(getattr(prototxts, name)())
    assert (found.params(), found.macs()) == KNOWN[name]


def test_the_three_counts_with_a_scale_factor_for_each_batch_norm() -> None:
    statistics, factors = 2 * 26_560, 53
    assert graph(prototxts.resnet()).notes == [
        f"25,557,032 trainable parameters, {25_557_032 + statistics + factors:,} numbers stored with running "
        "statistics, 25,502,912 weights of convolutions and linear layers alone"
    ]


INPUT = 'input: "data" input_shape { dim: 1 dim: 8 dim: 12 dim: 16 }\n'


def layer(kind: str, params: str = "", bottom: str = "data", top: str = "y") -> str:
    bottoms = "".join(f' bottom: "{name}"' for name in bottom.split())
    tops = "".join(f' top: "{name}"' for name in top.split())
    return f'layer {{ name: "{top.split()[0]}" type: "{kind}"{bottoms}{tops} {params} }}\n'


def conv(fields: str, kind: str = "Convolution") -> str:
    return layer(kind, f"convolution_param {{ {fields} }}")


def pooled(fields: str) -> str:
    return layer("Pooling", f"pooling_param {{ {fields} }}")


TYPES: dict[str, tuple[str, list[str]]] = {
    "defaults of a convolution": (conv("num_output: 4 kernel_size: 3"), ["conv 4 3x3 -> 10x14x4"]),
    "sizes by dimension": (
        conv("num_output: 4 kernel_h: 1 kernel_w: 7 pad_h: 0 pad_w: 3 stride_h: 2 stride_w: 1"),
        ["conv 4 1x7 stride=2x1 pad=0x3 -> 6x16x4"],
    ),
    "a size twice": (
        conv("num_output: 4 kernel_size: 3 kernel_size: 5 pad: 1 pad: 2"),
        ["conv 4 3x5 pad=1x2 -> 12x16x4"],
    ),
    "a list": (conv("num_output: 4 kernel_size: [3, 5] pad: [1, 2]"), ["conv 4 3x5 pad=1x2 -> 12x16x4"]),
    "groups and dilation": (
        conv("num_output: 8 kernel_size: 3 pad: 2 dilation: 2 group: 8 bias_term: false engine: CAFFE"),
        ["conv 8 3x3 pad=2 dilation=2 groups=8 bias=no -> 12x16x8"],
    ),
    "depthwise of a fork": (
        conv("kernel_size: 3 pad: 1", "ConvolutionDepthwise"),
        ["conv 8 3x3 pad=1 groups=8 -> 12x16x8"],
    ),
    "deconvolution": (
        conv("num_output: 8 kernel_size: 4 stride: 2 pad: 1 group: 8 bias_term: false", "Deconvolution"),
        ["conv_transpose 8 4x4 stride=2 pad=1 groups=8 bias=no -> 24x32x8"],
    ),
    "a pool rounds up": (pooled("kernel_size: 3 stride: 2"), ["maxpool 3x3 stride=2 ceil=yes -> 6x8x8"]),
    "or down in a fork": (
        pooled("pool: AVE kernel_size: 3 stride: 2 ceil_mode: false"),
        ["avgpool 3x3 stride=2 -> 5x7x8"],
    ),
    "or by its round mode": (pooled("kernel_size: 3 stride: 2 round_mode: FLOOR"), ["maxpool 3x3 stride=2 -> 5x7x8"]),
    "a pool's stride is 1": (pooled("kernel_size: 3 pad: 1"), ["maxpool 3x3 stride=1 pad=1 ceil=yes -> 12x16x8"]),
    "a window beyond the input is dropped with padding": (
        pooled("kernel_size: 2 stride: 2 pad: 1"),
        ["maxpool 2x2 pad=1 ceil=yes -> 7x9x8"],
    ),
    "global pools": (pooled("global_pooling: true pool: AVE"), ["global_avgpool -> 1x1x8"]),
    "inner product": (
        layer("InnerProduct", "inner_product_param { num_output: 5 bias_term: false }"),
        ["flatten -> 1536", "linear 5 bias=no -> 5"],
    ),
    "batch norm alone": (layer("BatchNorm"), ["batchnorm affine=no -> 12x16x8"]),
    "batch norm and scale, in place": (
        layer("BatchNorm", top="data") + layer("Scale", "scale_param { bias_term: true }", top="data"),
        ["batchnorm -> 12x16x8"],
    ),
    "without bias": (
        layer("BatchNorm", "batch_norm_param { eps: 0.001 }") + layer("Scale", bottom="y", top="z"),
        ["batchnorm bias=no eps=0.001 -> 12x16x8"],
    ),
    "a batch norm that another layer reads": (
        layer("BatchNorm") + layer("Scale", bottom="y", top="z") + layer("Eltwise", bottom="y z", top="w"),
        ["batchnorm affine=no -> 12x16x8", "scale init=1 -> 12x16x8", "add -> 12x16x8"],
    ),
    "a scale alone": (
        layer("Scale", "scale_param { bias_term: true }"),
        ["scale init=1 -> 12x16x8", "bias_add -> 12x16x8"],
    ),
    "a scale of two bottoms": (
        pooled("global_pooling: true pool: AVE") + layer("Scale", "scale_param { axis: 0 }", "data y", "z"),
        ["global_avgpool -> 1x1x8", "mul -> 12x16x8"],
    ),
    "bias": (layer("Bias"), ["bias_add -> 12x16x8"]),
    "SegNet's norm": (layer("BN", "bn_param { bn_mode: INFERENCE }"), ["batchnorm -> 12x16x8"]),
    "lrn": (layer("LRN"), ["lrn alpha=1 -> 12x16x8"]),
    "SSD's norm": (
        layer("Normalize", "norm_param { across_spatial: false channel_shared: false scale_filler { value: 20 } }"),
        ["normalize -> 12x16x8", "scale init=20 -> 12x16x8"],
    ),
    "leaky": (layer("ReLU", "relu_param { negative_slope: 0.1 }"), ["leaky_relu slope=0.1 -> 12x16x8"]),
    "functions": (
        "".join(
            layer(kind, top="data") for kind in ("ReLU", "ReLU6", "Sigmoid", "TanH", "BNLL", "AbsVal", "Swish", "ELU")
        ),
        [f"{kind} -> 12x16x8" for kind in ("relu", "relu6", "sigmoid", "tanh", "softplus", "abs", "silu", "elu")],
    ),
    "prelu": (layer("PReLU"), ["prelu per_channel=yes -> 12x16x8"]),
    "power": (
        layer("Power", "power_param { scale: 0.5 }") + layer("Power", "power_param { power: 2 }", "y", "z"),
        ["rescale 0.5 -> 12x16x8", "square -> 12x16x8"],
    ),
    "any power": (
        layer("Power", "power_param { power: 3 scale: 2 shift: 1 }"),
        ["rescale 2 offset=1 -> 12x16x8", "power 3 -> 12x16x8"],
    ),
    "lrn within a channel": (
        layer("LRN", "lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }"),
        ["lrn size=3 alpha=1 region=within -> 12x16x8"],
    ),
    "softmax along an axis": (
        layer("Softmax", "softmax_param { axis: -1 }") + layer("Softmax", "softmax_param { axis: 2 }", "y", "z"),
        ["softmax axis=width -> 12x16x8", "softmax axis=height -> 12x16x8"],
    ),
    "concat along an axis": (
        layer("ReLU") + layer("Concat", "concat_param { axis: 3 }", "data y", "z"),
        ["relu -> 12x16x8", "concat_along width -> 12x32x8"],
    ),
    "dropout in place": (
        layer("Dropout", "dropout_param { dropout_ratio: 0.4 }", top="data"),
        ["dropout rate=0.4 -> 12x16x8"],
    ),
    "softmax": (layer("Softmax"), ["softmax -> 12x16x8"]),
    "eltwise": (layer("Eltwise", bottom="data data"), ["add -> 12x16x8"]),
    "product and maximum": (
        layer("Eltwise", "eltwise_param { operation: PROD }", "data data", "y")
        + layer("Eltwise", "eltwise_param { operation: MAX }", "y data", "z"),
        ["mul -> 12x16x8", "maximum -> 12x16x8"],
    ),
    "coefficients": (
        layer("Eltwise", "eltwise_param { coeff: 1 coeff: -1 }", "data data", "y")
        + layer("Eltwise", "eltwise_param { coeff: 1 coeff: 0.1 }", "y data", "z"),
        ["sub -> 12x16x8", "rescale 0.1 -> 12x16x8", "add -> 12x16x8"],
    ),
    "concat": (layer("Concat", "concat_param { axis: 1 }", "data data"), ["concat -> 12x16x16"]),
    "of old": (layer("Concat", "concat_param { concat_dim: 1 }", "data data"), ["concat -> 12x16x16"]),
    "slice in equal parts": (layer("Slice", top="a b"), ["slice 0 4 -> 12x16x4", "slice 4 8 -> 12x16x4"]),
    "slice at points": (
        layer("Slice", "slice_param { slice_point: 2 slice_point: 5 }", top="a b c"),
        ["slice 0 2 -> 12x16x2", "slice 2 5 -> 12x16x3", "slice 5 8 -> 12x16x3"],
    ),
    "split": (layer("Split", top="a b") + layer("Eltwise", bottom="a b", top="c"), ["add -> 12x16x8"]),
    "flatten": (layer("Flatten"), ["flatten -> 1536"]),
    "reshape": (
        layer("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 4 } }"),
        ["reshape 4x384 -> 4x384"],
    ),
    "softmax of a reshaped volume": (
        layer("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 4 } }")
        + layer("Softmax", "softmax_param { axis: 2 }", "y", "z")
        + layer("Flatten", "flatten_param { axis: 1 }", "z", "w"),
        ["reshape 4x384 -> 4x384", "softmax axis=length -> 4x384", "flatten -> 1536"],
    ),
    "permute": (
        layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
        ["permute [1,2,0] -> 16x8x12"],
    ),
    "crop": (
        conv("num_output: 4 kernel_size: 3 pad: 9") + layer("Crop", "crop_param { axis: 2 offset: 5 }", "y data", "z"),
        ["conv 4 3x3 pad=9 -> 28x32x4", "crop_like offset=5 -> 12x16x4"],
    ),
    "unpooling": (
        layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", top="y mask")
        + layer("Upsample", "upsample_param { scale: 2 }", "y mask", "z"),
        ["maxpool 2x2 ceil=yes -> 6x8x8", "max_unpool 2x2 ceil=yes -> 12x16x8"],
    ),
    "upsampling": (layer("Upsample", "upsample_param { scale: 2 }"), ["upsample 2 -> 24x32x8"]),
    "interpolation": (
        layer("Interp", "interp_param { height: 5 width: 7 }")
        + layer("Interp", "interp_param { zoom_factor: 2 }", "y", "z"),
        [
            "resize size=5x7 mode=bilinear align_corners=yes -> 5x7x8",
            "resize size=9x13 mode=bilinear align_corners=yes -> 9x13x8",
        ],
    ),
    "shuffle": (layer("ShuffleChannel", "shuffle_channel_param { group: 4 }"), ["shuffle 4 -> 12x16x8"]),
    "squeeze and excitation of its authors": (
        pooled("global_pooling: true pool: AVE") + layer("Axpy", bottom="y data data", top="z"),
        ["global_avgpool -> 1x1x8", "mul -> 12x16x8", "add -> 12x16x8"],
    ),
    "generation 1": (
        'layers { name: "y" type: CONVOLUTION bottom: "data" top: "y" '
        "convolution_param { num_output: 4 kernel_size: 3 } }"
        ' layers { name: "r" type: TANH bottom: "y" top: "y" } '
        'layers: { name: "i" type: INNER_PRODUCT bottom: "y" top: "i"'
        " inner_product_param { num_output: 2 } } layers { type: SOFTMAX_LOSS bottom: 'i' top: 'loss' }",
        ["conv 4 3x3 -> 10x14x4", "tanh -> 10x14x4", "flatten -> 560", "linear 2 -> 2"],
    ),
    "generation 0": (
        'layers { layer { name: "y" type: "conv" num_output: 4 kernelsize: 3 stride: 2 biasterm: false }'
        ' bottom: "data" top: "y" }'
        ' layers { layer { name: "p" type: "pool" pool: MAX kernelsize: 2 stride: 2 } bottom: "y" top: "p" }'
        ' layers { layer { name: "i" type: "innerproduct" num_output: 2 } bottom: "p" top: "i" }',
        ["conv 4 3x3 stride=2 bias=no -> 5x7x4", "maxpool 2x2 ceil=yes -> 3x4x4", "flatten -> 48", "linear 2 -> 2"],
    ),
    "what comes behind the network": (
        layer("Flatten")
        + layer("PriorBox", bottom="data data", top="priors")
        + layer("Concat", "concat_param { axis: 2 }", "priors priors", "all")
        + layer("DetectionOutput", bottom="y all", top="boxes"),
        ["flatten -> 1536"],
    ),
}


@pytest.mark.parametrize("name", TYPES)
def test_types(name: str) -> None:
    text, layers = TYPES[name]
    assert shapes(INPUT + text) == layers


def test_phases_losses_and_labels() -> None:
    data = 'layer {{ name: "data" type: "Data" top: "data" top: "label" include {{ phase: {} }} }}\n'
    text = (
        data.format("TRAIN")
        + data.format("TEST")
        + layer("Dropout", "exclude { phase: TEST }", top="data")
        + layer("InnerProduct", "inner_product_param { num_output: 3 }", top="fc")
        + layer("Accuracy", "include { phase: TEST }", "fc label", "accuracy")
        + layer("SoftmaxWithLoss", bottom="fc label", top="loss")
        + layer("Silence", bottom="label", top="none").replace('top: "none"', "")
    )
    found = graph(text, "4x4x3")
    assert [f"{node.layer}" for node in found.layers()] == ["flatten", "linear 3"]
    assert found.notes == [
        "Accuracy is no part of its outputs and is left out",
        "SoftmaxWithLoss is no part of its outputs and is left out",
    ]
    assert refusals(text.replace('type: "Data"', 'type: "Data" transform_param { crop_size: 227 }')) == [
        "net.prototxt:2:1: E126 operation: Data 'data': it has no size | give it, as in --input 227x227x3"
    ]


def test_inputs_of_every_style() -> None:
    relu = layer("ReLU")
    for text in (
        'input: "data" input_dim: 1 input_dim: 3 input_dim: 5 input_dim: 7\n',
        'input: "data" input_shape { dim: [1, 3, 5, 7] }\n',
        'input: "data" input_shape: { dim: 1, dim: 3; dim: 5 dim: 7 } # a comment\n',
        'layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 1 dim: 3 dim: 5 dim: 7 } } }\n',
        'layer { name: "d" type: "MemoryData" top: "data" memory_data_param { channels: 3 height: 5 width: 7 } }\n',
        'layer { type: "DummyData" top: "data" dummy_data_param { shape { dim: 1 dim: 3 dim: 5 dim: 7 } } }\n',
    ):
        assert shapes(text + relu) == ["relu -> 5x7x3"]
    two = 'input: "a" input: "b" input_shape { dim: 1 dim: 3 } input_shape { dim: 1 dim: 3 }\n'
    found = graph(two + layer("Eltwise", bottom="a b"))
    assert (list(found.inputs), [str(node.y) for node in found.nodes]) == (["a", "b"], ["3", "3", "3"])
    assert str(graph(two + layer("Eltwise", bottom="a b"), "a=5 b=5").nodes[2].y) == "5"


def test_comments_do_not_count() -> None:
    text = f"# layer {{ }}\n{INPUT}{layer('ReLU')}# the end: of it {{"
    assert shapes(text) == ["relu -> 12x16x8"]
    assert shapes(f"{text}\n\n  # another") == ["relu -> 12x16x8"]


def test_outputs_are_what_nothing_reads() -> None:
    text = INPUT + layer("ReLU", top="a/b") + layer("Sigmoid", top="softmax") + layer("TanH", top="c")
    assert list(graph(text).outputs) == ["a_b", "softmax_2", "c"]


REFUSED = {
    "": "net.prototxt:1:1: E114 file: the file is empty",
    "name: 'x'": "net.prototxt:1:1: E126 operation: there is no layer: a network has `layer { … }`",
    "layer {": "net.prototxt:1:7: E126 operation: { is not closed: the text ends before",
    "layer { name: }": "net.prototxt:1:9: E126 operation: name has no value",
    "layer { } }": "net.prototxt:1:11: E126 operation: } closes nothing",
    "layer { name 'x' }": "net.prototxt:1:14: E126 operation: name has no colon before 'x'",
    "layer { name: 'x }": "net.prototxt:1:15: E126 operation: ' opens a text that does not end in its line",
    "layer { 'x': 1 }": "net.prototxt:1:9: E126 operation: a field begins with its name, not with a text",
    "layer { a: [1, 2": "net.prototxt:1:9: E126 operation: the text ends behind a, which has no value",
    "layer { : }": "net.prototxt:1:9: E126 operation: a colon stands behind the name of a field",
    "a {" * 100: "net.prototxt:1:195: E112 limit: nested more than 64 deep",
    "@layer { name: 'x' bottom: 'data' }": "net.prototxt:2:1: E126 operation:  'x': it has no type",
    "@layer { name: 'x' type: 'Convolutoin' bottom: 'data' }": "net.prototxt:2:25: E126 operation: Convolutoin 'x': "
    "it is not read | did you mean 'Convolution' or 'Deconvolution' or 'DepthwiseConvolution'?",
    "@layer { name: 'x' type: 'Python' bottom: 'data' top: 'y' } layer { type: 'ReLU' bottom: 'y' }": "net.prototxt"
    ":2:25: E126 operation: Python 'x': it is not read",
    "@layer { name: 'x' type: 'ReLU' bottom: 'dato' }": "net.prototxt:2:40: E126 operation: ReLU 'x': "
    "there is no blob 'dato' above | did you mean 'data'?",
    "@layer { name: 'x' type: 'ReLU' }": "net.prototxt:2:1: E126 operation: ReLU 'x': it has 0 bottoms, 1 are needed",
    "@" + conv("num_output: 4"): "net.prototxt:2:1: E126 operation: Convolution 'y': kernel_size is missing",
    "@" + conv("num_output: cls kernel_size: 3"): "net.prototxt:2:95: E126 operation: Convolution 'y': "
    "num_output is 'cls', which is no number",
    "@"
    + conv("num_output: 4 kernel_size: 13"): "net.prototxt:2:1: E201 kernel: y: 13 exceeds the input size 12 without "
    "padding | pad=1 would fit",
    "@"
    + conv("num_output: 4 kernel_size: 3 group: 3"): "net.prototxt:2:1: E203 groups: y: 3 groups do not divide 8 input "
    "channels | groups must divide 8 and 4",
    "@" + conv("num_output: 0 kernel_size: 3"): "net.prototxt:2:1: E105 value: y: conv out must be at least 1, not 0",
    "@" + pooled("pool: STOCHASTIC kernel_size: 3"): "net.prototxt:2:81: E126 operation: Pooling 'y': "
    "pool STOCHASTIC is not read",
    "@"
    + pooled("kernel_size: 1 stride: 2"): "net.prototxt:2:98: E126 operation: Pooling 'y': Caffe's size is 7x9, with "
    "windows beyond the input, and not 6x8",
    "@" + layer("Softmax", "softmax_param { axis: 4 }"): "net.prototxt:2:81: E126 operation: Softmax 'y': "
    "axis 4 of 12x16x8 is not read",
    "@" + layer("Concat", "concat_param { axis: 0 }", "data data"): "net.prototxt:2:94: E126 operation: Concat 'y': "
    "axis 0 of 12x16x8 is not read",
    "@"
    + layer("Slice", top="a b c"): "net.prototxt:2:1: E126 operation: Slice 'a': 8 channels cannot be cut into 3 parts",
    "@" + layer("Reshape", "reshape_param { shape { dim: 0 dim: 7 dim: 4 } }"): "net.prototxt:2:75: E126 operation: "
    "Reshape 'y': 7x4 has not the 1,536 values of 12x16x8",
    "input: 'data' " + layer("ReLU"): "net.prototxt:1:8: E126 operation: input 'data': it has no size"
    " | give it, as in --input 224x224x3",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    assert refusals(text.replace("@", INPUT)) == [REFUSED[text]]


def test_a_hostile_text_ends_quickly() -> None:
    assert refusals("layer { }" * 30_000)[0].endswith("30,000 layers, more than the 20,000 that are read")
    assert refusals("{" * 500_000)[0].endswith("{ stands behind the name of a field")
    assert refusals('"' + "\\\\" * 400_000)[0].endswith('" opens a text that does not end in its line')
    assert refusals("#" * 900_000)[0].endswith("there is no layer: a network has `layer { … }`")
