"""Darknet: known totals, and every section, option, default and trap of public files."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request, darknet
from tests.exchange.readers import cfgs
from tests.exchange.readers.cfgs import net, section, yolo


def graph(text: str, name: str = "net.cfg", shape: str | None = None) -> Graph:
    return darknet.read(Request(name, text.encode(), shape)).finished()


def refusals(text: str, name: str = "net.cfg") -> list[str]:
    with pytest.raises(NotRead) as raised:
        graph(text, name)
    return [f"{problem.headline()}{f' | {problem.hint}' if problem.hint else ''}" for problem in raised.value]


@pytest.mark.parametrize("name", ["yolov3", "yolov3_tiny", "darknet53", "vgg16"])
def test_totals_are_those_of_the_library(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.cfg"
    file.write_text(getattr(cfgs, name)())
    found, known = (cnncalc.load(what).report().totals for what in (file, name))
    assert (found.params, found.macs, found.buffers) == (known.params, known.macs, known.buffers)


STORED = {
    "yolov3": (62_001_757, 248_007_048, 20),
    "yolov3_tiny": (8_858_734, 35_434_956, 20),
    "yolov2": (50_983_561, 203_934_260, 16),
}
"""Numbers, and bytes of the public weights with those of their header: https://pjreddie.com/darknet/yolo."""


@pytest.mark.parametrize("name", STORED)
def test_the_numbers_of_a_file_of_weights(name: str) -> None:
    numbers, size, header = STORED[name]
    assert (size - header) / 4 == numbers
    (note,) = graph(getattr(cfgs, name)()).notes
    assert f" {numbers:,} numbers stored with running statistics, " in note


def test_the_three_counts() -> None:
    assert graph(cfgs.yolov3()).notes == [
        "61,949,149 trainable parameters, 62,001,757 numbers stored with running statistics, "
        "61,895,776 weights of convolutions and linear layers alone"
    ]


def shapes(text: str) -> list[str]:
    """Return the layers that a text becomes, each with its output."""
    return [f"{node.layer} -> {node.y}" for node in graph(text).layers()]


INPUT = section("net", height=13, width=26, channels=64)
LINEAR = {"activation": "linear"}


def conv(**options: object) -> str:
    return section("convolutional", **{"activation": "linear", **options})


SECTIONS: dict[str, tuple[str, list[str]]] = {
    "every default": ("[convolutional]\n", ["conv 1 1x1 -> 13x26x1", "sigmoid -> 13x26x1"]),
    "pad is a switch": (conv(filters=8, size=7, pad=3), ["conv 8 7x7 pad=3 -> 13x26x8"]),
    "of any number": (conv(filters=8, size=3, pad=5), ["conv 8 3x3 pad=1 -> 13x26x8"]),
    "padding is a size": (conv(filters=8, size=3, padding=2), ["conv 8 3x3 pad=2 -> 15x28x8"]),
    "pad wins": (conv(filters=8, size=3, padding=2, pad=1), ["conv 8 3x3 pad=1 -> 13x26x8"]),
    "a stride for each dimension": (
        conv(filters=8, size=3, pad=1, stride_x=2, stride_y=1),
        ["conv 8 3x3 stride=1x2 pad=1 -> 13x13x8"],
    ),
    "groups": (conv(filters=64, size=3, pad=1, groups=64), ["conv 64 3x3 pad=1 groups=64 -> 13x26x64"]),
    "dilation": (conv(filters=8, size=3, pad=1, dilation=2), ["conv 8 3x3 pad=2 dilation=2 -> 13x26x8"]),
    "dilation of 1x1": (conv(filters=8, dilation=2), ["conv 8 1x1 -> 13x26x8"]),
    "batch norm of any number": (
        conv(filters=8, batch_normalize=2),
        ["conv 8 1x1 bias=no -> 13x26x8", "batchnorm -> 13x26x8"],
    ),
    "an even size": (conv(filters=8, size=4, stride=2, pad=1), ["conv 8 4x4 stride=2 pad=2 -> 7x14x8"]),
    "an alias, white space and comments": (
        "; a comment\n [ conv ]\n fil ters = 8 # eight\nactivation=linear\nfilters=9\n",
        ["conv 8 1x1 -> 13x26x8"],
    ),
    "weights used again": (
        conv(filters=64, size=3, pad=1, batch_normalize=1)
        + conv(filters=64, size=3, pad=1, batch_normalize=1, share_index=-1),
        [
            "conv 64 3x3 pad=1 bias=no -> 13x26x64",
            "batchnorm -> 13x26x64",
            "conv 64 3x3 pad=1 bias=no -> 13x26x64",
            "batchnorm -> 13x26x64",
        ],
    ),
    "deconvolution": (
        section("deconvolutional", filters=8, size=4, stride=2, padding=1, **LINEAR),
        ["conv_transpose 8 4x4 stride=2 pad=1 -> 26x52x8"],
    ),
    "a pool rounds up": (section("maxpool", size=2, stride=2), ["maxpool 2x2 ceil=yes -> 7x13x64"]),
    "a pool of stride 1 keeps the size": (
        section("maxpool", size=2, stride=1),
        ["maxpool 2x2 stride=1 pad=0:1 -> 13x26x64"],
    ),
    "a pool's size is its stride": (section("max", stride=2), ["maxpool 2x2 ceil=yes -> 7x13x64"]),
    "spatial pyramid": (section("maxpool", size=5), ["maxpool 5x5 stride=1 pad=2 -> 13x26x64"]),
    "padding is the sum of both ends": (
        section("maxpool", size=3, stride=2, padding=1),
        ["maxpool 3x3 stride=2 pad=0:1 -> 6x13x64"],
    ),
    "no padding": (section("maxpool", size=3, stride=2, padding=0), ["maxpool 3x3 stride=2 -> 6x12x64"]),
    "an average pool is global": (section("avgpool"), ["global_avgpool -> 1x1x64"]),
    "a local average pool": (
        section("local_avgpool", size=3, stride=1),
        ["avgpool 3x3 stride=1 pad=1 count_include_pad=no -> 13x26x64"],
    ),
    "a route to one layer": (
        conv(filters=8) + conv(filters=9) + section("route", layers=-2) + conv(filters=3),
        [
            "conv 8 1x1 -> 13x26x8",
            "conv 9 1x1 -> 13x26x9",
            "conv 3 1x1 -> 13x26x3",
        ],
    ),
    "a route to several": (
        conv(filters=8) + conv(filters=9) + section("route", layers="-1, 0"),
        ["conv 8 1x1 -> 13x26x8", "conv 9 1x1 -> 13x26x9", "concat -> 13x26x17"],
    ),
    "a route to a group": (
        conv(filters=8) + section("route", layers=-1, groups=2, group_id=1),
        ["conv 8 1x1 -> 13x26x8", "slice 4 8 -> 13x26x4"],
    ),
    "a shortcut": (
        conv(filters=8) + conv(filters=8) + section("shortcut", **{"from": -2}, activation="leaky"),
        ["conv 8 1x1 -> 13x26x8", "conv 8 1x1 -> 13x26x8", "add -> 13x26x8", "leaky_relu slope=0.1 -> 13x26x8"],
    ),
    "a shortcut of more channels": (
        conv(filters=9) + conv(filters=8) + section("shortcut", **{"from": 0}),
        ["conv 9 1x1 -> 13x26x9", "conv 8 1x1 -> 13x26x8", "slice 0 8 -> 13x26x8", "add -> 13x26x8"],
    ),
    "a shortcut of fewer channels": (
        conv(filters=8) + conv(filters=9) + section("shortcut", **{"from": 0}),
        ["conv 8 1x1 -> 13x26x8", "conv 9 1x1 -> 13x26x9", "pad_channels 9 -> 13x26x9", "add -> 13x26x9"],
    ),
    "a weighted shortcut": (
        conv(filters=8) + conv(filters=8) + section("shortcut", **{"from": -2}, weights_type="per_channel"),
        [
            "conv 8 1x1 -> 13x26x8",
            "conv 8 1x1 -> 13x26x8",
            "scale init=1 -> 13x26x8",
            "scale init=1 -> 13x26x8",
            "add -> 13x26x8",
        ],
    ),
    "a shortcut from several": (
        conv(filters=8) + conv(filters=8) + conv(filters=8) + section("shortcut", **{"from": "-2,-3"}),
        ["conv 8 1x1 -> 13x26x8"] * 3 + ["add -> 13x26x8"],
    ),
    "upsample": (section("upsample"), ["upsample 2 -> 26x52x64"]),
    "upsample with a scale": (
        section("upsample", stride=4, scale=0.5),
        ["upsample 4 -> 52x104x64", "rescale 0.5 -> 52x104x64"],
    ),
    "connected": (
        section("connected", output=10, batch_normalize=1),
        ["flatten -> 21632", "linear 10 bias=no -> 10", "batchnorm -> 10", "sigmoid -> 10"],
    ),
    "local": (
        section("local", filters=8, size=3, stride=2, pad=1, **LINEAR),
        ["local_conv 8 3x3 stride=2 pad=1 -> 7x13x8"],
    ),
    "local without pad": (
        section("local", filters=8, size=3, stride=2, **LINEAR),
        ["local_conv 8 3x3 stride=2 -> 6x12x8"],
    ),
    "dropout": (section("dropout", probability=0.3), ["dropout rate=0.3 -> 13x26x64"]),
    "softmax of all values": (section("softmax"), ["flatten -> 21632", "softmax -> 21632"]),
    "softmax behind a global pool": (
        section("avgpool") + section("softmax"),
        ["global_avgpool -> 1x1x64", "softmax -> 1x1x64"],
    ),
    "batchnorm": (section("batchnorm"), ["batchnorm -> 13x26x64"]),
    "normalization": (section("lrn", size=3, kappa=2), ["lrn size=3 k=2 -> 13x26x64"]),
    "activation": (section("activation", activation="ramp"), ["ramp -> 13x26x64"]),
    "crop": (section("crop", crop_height=8, crop_width=24), ["crop 8x24 -> 8x24x64"]),
    "reorg": (
        conv(filters=4, size=2) + section("reorg", stride=1),
        ["conv 4 2x2 -> 12x25x4", "space_to_depth 1 -> 12x25x4"],
    ),
    "reverse reorg": (section("reorg3d", stride=2, reverse=1), ["pixel_shuffle 2 -> 26x52x16"]),
    "squeeze and excitation": (
        conv(filters=8)
        + section("avgpool")
        + conv(filters=8, activation="logistic")
        + section("scale_channels", **{"from": 0}),
        [
            "conv 8 1x1 -> 13x26x8",
            "global_avgpool -> 1x1x8",
            "conv 8 1x1 -> 1x1x8",
            "sigmoid -> 1x1x8",
            "mul -> 13x26x8",
        ],
    ),
    "spatial attention": (
        conv(filters=8) + conv(filters=8) + section("sam", **{"from": -2}),
        ["conv 8 1x1 -> 13x26x8", "conv 8 1x1 -> 13x26x8", "mul -> 13x26x8"],
    ),
    "implicit knowledge": (
        conv(filters=8)
        + section("implicit_add", filters=8)
        + section("implicit_mul", filters=8)
        + section("route", layers=0)
        + section("shift_channels", **{"from": 1})
        + section("control_channels", **{"from": 2}),
        ["conv 8 1x1 -> 13x26x8", "bias_add -> 13x26x8", "scale init=1 -> 13x26x8"],
    ),
    "what has no effect": (conv(filters=8) + section("cost") + section("empty"), ["conv 8 1x1 -> 13x26x8"]),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_sections(name: str) -> None:
    text, layers = SECTIONS[name]
    assert shapes(INPUT + text) == layers


def test_a_shortcut_from_a_larger_volume_takes_every_second_position() -> None:
    larger = conv(filters=8) + conv(filters=8, size=3, stride=2, pad=1) + section("shortcut", **{"from": 0})
    assert shapes(net(8) + larger) == [
        "conv 8 1x1 -> 8x8x8",
        "conv 8 3x3 stride=2 pad=1 -> 4x4x8",
        "maxpool 1x1 stride=2 -> 4x4x8",
        "add -> 4x4x8",
    ]


@pytest.mark.parametrize("word", [word for word, found in darknet.ACTIVATIONS.items() if found])
def test_every_activation(word: str) -> None:
    kind, values = darknet.ACTIVATIONS[word] or (None, {})
    assert kind is not None
    assert shapes(net(8) + conv(activation=word)) == ["conv 1 1x1 -> 8x8x1", f"{kind(2, **values)} -> 8x8x1"]


def test_weights_used_again_are_counted_once() -> None:
    text = conv(filters=3, batch_normalize=1) + conv(filters=3, batch_normalize=1, share_index=0)
    found = graph(net(8) + text)
    assert (found.params(), found.macs()) == (9 + 6, 2 * 64 * 9)


def test_heads_are_the_outputs() -> None:
    heads = conv(filters=18) + yolo("0,1,2", classes=1) + section("route", layers=0) + yolo("0,1,2", classes=1)
    assert {
        name: str(graph(net(8) + heads).nodes[index].y) for name, index in graph(net(8) + heads).outputs.items()
    } == {
        "yolo_1": "8x8x18",
        "yolo_3": "8x8x18",
    }
    assert list(graph(net(8) + conv(filters=425) + section("region", classes=80, coords=4, num=5)).outputs) == [
        "output"
    ]
    detection = section("connected", output=1470, activation="linear")
    detection += section("detection", side=7, num=2, classes=20, coords=4)
    assert graph(net(8) + detection).params() == 192 * 1470 + 1470


def test_a_size_that_the_file_does_not_have() -> None:
    text = section("net", batch=1, channels=3) + conv(filters=8)
    assert refusals(text) == [
        "net.cfg:1:1: E126 operation: [net] has no size of the input: height, width and channels are 0x0x3"
        " | give it, as in --input 416x416x3"
    ]
    assert str(graph(text, shape="9x7x3").nodes[1].y) == "9x7x8"
    assert str(graph(section("net", inputs=256) + section("connected", output=4)).nodes[1].y) == "4"


REFUSED = {
    "": "net.cfg:1:1: E114 file: the file is empty",
    "text\n": "net.cfg:1:1: E126 operation: the first section must be [net], there is none",
    "[convolutional]\n[net]\n": "net.cfg:1:1: E126 operation: the first section must be [net], it is [convolutional]",
    "@[crnn]\n": "net.cfg:6:1: E126 operation: [crnn] of layer 0: "
    "it is not read: a recurrent layer of Darknet has tensors of its own",
    "@[convolutionel]\n": "net.cfg:6:1: E126 operation: [convolutionel] of layer 0: it is not read"
    " | did you mean 'convolutional' or 'deconvolutional'?",
    "@[conv]\nfilters=0\n": "net.cfg:7:1: E126 operation: [convolutional] of layer 0: filters=0 must be at least 1",
    "@[conv]\n  activation = plse\n": "net.cfg:7:3: E126 operation: [convolutional] of layer 0: "
    "the activation 'plse' is not read",
    "@[conv]\nactivation=leaky # x\n": "net.cfg:7:1: E126 operation: [convolutional] of layer 0: "
    "the activation 'leaky#x' is not read | did you mean 'leaky'?",
    "@[conv]\nsize=11\n": "net.cfg:6:1: E201 kernel: convolutional_0.conv: 11 exceeds the input size 8 without padding"
    " | pad=2 would fit",
    "@[conv]\npadding=-1\n": "net.cfg:6:1: E105 value: convolutional_0.conv: conv pad must be at least 0, not -1",
    "@[conv]\ngroups=2\n": "net.cfg:6:1: E203 groups: convolutional_0.conv: 2 groups do not divide 3 input channels"
    " | groups must divide 3 and 1",
    "@[conv]\nsize=3\ndilation=2\n": "net.cfg:8:1: E126 operation: [convolutional] of layer 0: "
    "dilation=2 with size=3 and padding 0 has no size that fits",
    "@[conv]\nantialiasing=1\n": "net.cfg:7:1: E126 operation: [convolutional] of layer 0: antialiasing is not read",
    "@[conv]\nshare_index=4\n": "net.cfg:7:1: E126 operation: [convolutional] of layer 0: "
    "share_index=4 is no convolution before it",
    "@[maxpool]\nmaxpool_depth=1\n": "net.cfg:7:1: E126 operation: [maxpool] of layer 0: maxpool_depth is not read",
    "@[route]\n": "net.cfg:6:1: E126 operation: [route] of layer 0: layers is missing",
    "@[route]\nlayers=0\n": "net.cfg:7:1: E126 operation: [route] of layer 0: layers=0 is none of the 0 layers above",
    "@[conv]\n[route]\nlayers=-1,5\n": "net.cfg:8:1: E126 operation: [route] of layer 1: "
    "layers=5 is none of the 1 layer above",
    "@[conv]\nfilters=5\n[route]\nlayers=0\ngroups=2\n": "net.cfg:10:1: E126 operation: [route] of layer 1: "
    "groups=2 does not divide 5 channels",
    "@[conv]\n[route]\nlayers=0\ngroups=2\ngroup_id=2\n": "net.cfg:10:1: E126 operation: [route] of layer 1: "
    "group_id=2 is no group: there are 2, counted from 0",
    "@[shortcut]\n": "net.cfg:6:1: E126 operation: [shortcut] of layer 0: from is missing",
    "@[conv]\n[maxpool]\nstride=2\n[conv]\nfilters=2\n[route]\nlayers=1,0\n": "net.cfg:11:1: E204 merge: "
    "route_3.concat: concat needs equal spatial sizes: 4x4x1 and 8x8x1 | make the sizes equal by stride, pad or crop",
    "@[upsample]\nstride=-2\n": "net.cfg:7:1: E126 operation: [upsample] of layer 0: "
    "stride=-2 downsamples, which is not read",
    "@[softmax]\ntree=9k.tree\n": "net.cfg:7:1: E126 operation: [softmax] of layer 0: "
    "tree=9k.tree is not read: one softmax of all values is",
    "@[local]\nsize=5\npad=1\n": "net.cfg:8:1: E126 operation: [local] of layer 0: pad=1 fits size=3 only, not 5",
    "@[yolo]\nmask=0,1,2\nclasses=80\n": "net.cfg:6:1: E126 operation: [yolo] of layer 0: "
    "it reads 3 channels, and 80 classes and 3 boxes need 255",
    "@[conv]\n[implicit_add]\nfilters=4\n[route]\nlayers=0\n[shift_channels]\nfrom=1\n": "net.cfg:12:1: E126 "
    "operation: [shift_channels] of layer 3: 4 numbers do not fit 1 channels",
    "@[conv]\n[implicit_add]\n[conv]\n": "net.cfg:8:1: E126 operation: [convolutional] of layer 2: "
    "it reads the trainable vector before it, which is no volume",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    assert refusals(text.replace("@", net(8))) == [REFUSED[text]]


def test_everything_that_is_refused_is_reported_at_once() -> None:
    text = net(8) + "[lstm]\noutput=4\n[conv]\n" + conv(filters=0) + "[gru]\n"
    assert len(refusals(text)) == 3


def test_a_hostile_file_ends_quickly() -> None:
    assert refusals("[net]\n" * 30_000)[0].startswith(
        "net.cfg:20001:1: E112 limit: 30,000 sections, more than the 20,000"
    )
    assert refusals("[" * 900_000)[0].startswith(
        "net.cfg:1:1: E126 operation: the first section must be [net], it is ["
    )
