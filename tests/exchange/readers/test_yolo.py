"""Ultralytics' YAML: published counts of every scale, scales and how they are chosen, modules, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.readers import Request, yolo
from tests.exchange.readers import yolos
from tests.exchange.readers.yolos import conv, text, unit


def graph(content: str, variant: str = "", shape: str | None = None, name: str = "net.yaml") -> Graph:
    return yolo.read(Request(name, content.encode(), shape, {}, variant)).finished()


def refusals(content: str, variant: str = "") -> list[str]:
    with pytest.raises(NotRead) as raised:
        graph(content, variant)
    return [f"{problem.headline()}{f' | {problem.hint}' if problem.hint else ''}" for problem in raised.value]


PUBLISHED = {
    "yolov5u": (2_654_816, 9_153_152, 25_111_456, 53_225_024, 97_276_448),
    "yolov8": (3_157_200, 11_166_560, 25_902_640, 43_691_520, 68_229_648),
    "yolov8_cls": (2_719_288, 6_361_736, 17_053_336, 37_480_744, 57_422_840),
    "yolo11": (2_624_080, 9_458_752, 20_114_688, 25_372_160, 56_966_176),
    "yolo12": (2_602_288, 9_284_096, 20_199_168, 26_450_784, 59_210_784),
    "yolo26": (2_572_280, 10_009_784, 21_896_248, 26_299_704, 58_993_368),
}
"""Parameters of n, s, m, l and x that Ultralytics prints: with the 16 fixed weights of DFL where a head has it."""
ALONE = {"yolov9t": 2_128_720, "yolov9c": 25_590_912, "yolov10n": 2_775_520}


def counted(found: Graph) -> int:
    """Return the count as it is published."""
    return found.params() + 16 * any("fixed weights of DFL" in note for note in found.notes)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts_of_the_smallest(name: str) -> None:
    assert counted(graph(getattr(yolos, name)(), "n")) == PUBLISHED[name][0]


@pytest.mark.exhaustive
@pytest.mark.parametrize("letter", "smlx")
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name: str, letter: str) -> None:
    assert counted(graph(getattr(yolos, name)(), letter)) == PUBLISHED[name]["nsmlx".index(letter)]


@pytest.mark.parametrize("name", ALONE)
def test_published_counts_of_files_of_one_scale(name: str) -> None:
    assert counted(graph(getattr(yolos, name)())) == ALONE[name]


def test_published_counts_with_anchors() -> None:
    """The repository of YOLOv5 has a file for each scale."""
    found = [graph(yolos.yolov5(letter)) for letter in "nsm"]
    assert [each.params() for each in found] == [1_872_157, 7_235_389, 21_190_557]
    assert [each.macs() for each in found] == [2_234_060_800, 8_216_780_800, 24_436_224_000]
    assert {name: str(found[0].nodes[index].y) for name, index in found[0].outputs.items()} == {
        "p3": "80x80x255",
        "p4": "40x40x255",
        "p5": "20x20x255",
    }


def test_macs_are_half_of_the_published_flops() -> None:
    assert graph(yolos.yolov8(), "n").macs() == 4_371_456_000  # 8.7 GFLOPs of convolutions, 8.9 with all the rest


@pytest.mark.parametrize(("head", "params"), [("Segment, [nc, 32, 256]", 3_409_968), ("Pose, [nc]", 3_295_470)])
def test_heads_with_more_branches(head: str, params: int) -> None:
    content = yolos.yolov8(head)
    if head.startswith("Pose"):
        content = content.replace("nc: 80", "nc: 1\nkpt_shape: [17, 3]")
    assert counted(graph(content, "n")) == params


def test_the_scale_is_that_of_the_name_or_of_the_file_or_the_first() -> None:
    content = yolos.yolov8()
    assert (graph(content, "s").name, graph(content, name="yolov8s.yaml").name) == ("nets", "yolov8s")
    assert graph(content + "scale: s\n").params() == graph(content, "s").params() == 11_166_544
    first = graph(content)
    assert first.params() == 3_157_184
    assert first.notes == [
        "scale n is read; there are also s, m, l, x, as in `net.yaml:s`",
        "the file has no size of its input: 640x640x3 is Ultralytics' usual one",
        "published counts have the 16 fixed weights of DFL, too: 3,157,200",
        "3,157,184 trainable parameters, 3,167,776 numbers stored with running statistics, "
        "3,146,160 weights of convolutions and linear layers alone",
    ]
    assert graph(content, "s", "320x256x3").notes[0].startswith("published counts")


def test_a_scale_is_a_variant_wherever_a_network_is_named(tmp_path: Path) -> None:
    file = tmp_path / "yolov8.yaml"
    file.write_text(yolos.yolov8())
    assert cnncalc.load(f"{file}:s").report().totals.params == 11_166_544
    assert cnncalc.load(file, input="320x320x3").report().totals.params == 3_157_184
    assert cnncalc.import_model(f"{file}:m").name == "yolov8m"
    with pytest.raises(NotRead, match=r"yolov8\.yaml has no scale 'q'"):
        cnncalc.load(f"{file}:q")


def shapes(*rows: str, more: str = "") -> list[str]:
    """Return the layers that rows become on a volume 16x16x32, without the eps of batch norms."""
    found = graph(text(["[-1, 1, nn.Identity, []]"], [*rows], None, more), shape="16x16x32")
    return [f"{node.layer} -> {node.y}".replace(" eps=0.001 momentum=0.03", "") for node in found.layers()]


def cbs(out: int, layer: str, side: int = 16) -> list[str]:
    return [f"{each} -> {side}x{side}x{out}" for each in (f"conv {out} {layer}", "batchnorm", "silu")]


MODULES: dict[str, tuple[str, list[str]]] = {
    "a convolution": (unit("Conv", 1, 16), cbs(16, "1x1 bias=no")),
    "its padding keeps the size": ("[-1, 1, Conv, [16, 5, 1, None, 2]]", cbs(16, "5x5 pad=2 groups=2 bias=no")),
    "its dilation": ("[-1, 1, Conv, [16, 3, 1, None, 1, 2]]", cbs(16, "3x3 pad=2 dilation=2 bias=no")),
    "without activation": ("[-1, 1, Conv, [16, 1, 1, None, 1, 1, False]]", cbs(16, "1x1 bias=no")[:2]),
    "repeats stand in a row": (unit("Conv", 2, 16, 3), 2 * cbs(16, "3x3 pad=1 bias=no")),
    "depthwise": (unit("DWConv", 1, 16, 3, 2), cbs(16, "3x3 stride=2 pad=1 groups=16 bias=no", 8)),
    "focus": (unit("Focus", 1, 16, 3), ["space_to_depth 2 order=dcr -> 8x8x128", *cbs(16, "3x3 pad=1 bias=no", 8)]),
    "ghost": (
        unit("GhostConv", 1, 16),
        [*cbs(8, "1x1 bias=no"), *cbs(8, "5x5 pad=2 groups=8 bias=no"), "concat -> 16x16x16"],
    ),
    "bottleneck": (
        unit("Bottleneck", 1, 32),
        [*cbs(16, "3x3 pad=1 bias=no"), *cbs(32, "3x3 pad=1 bias=no"), "add -> 16x16x32"],
    ),
    "bottleneck without shortcut": (
        unit("Bottleneck", 1, 32, False),
        [*cbs(16, "3x3 pad=1 bias=no"), *cbs(32, "3x3 pad=1 bias=no")],
    ),
    "pools": (
        unit("SPP", 1, 16, [5, 9]),
        [
            *cbs(16, "1x1 bias=no"),
            "maxpool 5x5 stride=1 pad=2 -> 16x16x16",
            "maxpool 9x9 stride=1 pad=4 -> 16x16x16",
            "concat -> 16x16x48",
            *cbs(16, "1x1 bias=no"),
        ],
    ),
    "re-parametrised": (
        unit("RepConv", 1, 32),
        [*cbs(32, "3x3 pad=1 bias=no")[:2], *cbs(32, "1x1 bias=no")[:2], "add -> 16x16x32", "silu -> 16x16x32"],
    ),
    "downsampling": (
        unit("SCDown", 1, 16, 3, 2),
        [*cbs(16, "1x1 bias=no"), *cbs(16, "3x3 stride=2 pad=1 groups=16 bias=no", 8)[:2]],
    ),
    "what has no weights": (unit("MP", 1), ["maxpool 2x2 -> 8x8x32"]),
    "pool of YOLOv7": (unit("SP", 1, 5), ["maxpool 5x5 stride=1 pad=2 -> 16x16x32"]),
    "reorg": (unit("ReOrg", 1), ["space_to_depth 2 order=dcr -> 8x8x128"]),
    "max pool": (unit("nn.MaxPool2d", 1, 2, 2, 0), ["maxpool 2x2 -> 8x8x32"]),
    "pad": (unit("nn.ZeroPad2d", 1, [0, 1, 0, 1]), ["pad 0:1 -> 17x17x32"]),
    "upsample": (unit("nn.Upsample", 1, None, 2, "'nearest'"), ["upsample 2 -> 32x32x32"]),
    "sum": ("[[-1, 0], 1, Shortcut, [1]]", ["add -> 16x16x32"]),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name: str) -> None:
    row, layers = MODULES[name]
    assert shapes(row) == layers


@pytest.mark.parametrize("name", [name for name, module in yolo.MODULES.items() if module.scaled])
def test_every_module_with_channels_can_be_read(name: str) -> None:
    more = {"ELAN1": (64, 32), "RepNCSPELAN4": (64, 32, 1), "SPPELAN": (32,), "C2PSA": (), "PSA": ()}.get(name, ())
    rows = [conv(128, 3, 1), unit(name, 1, 128, *more)]
    found = graph(text(["[-1, 1, nn.Identity, []]"], rows), shape="16x16x32")
    assert found.nodes[-1].y.channels == (80 if name == "Classify" else 128) or name == "Classify"


def test_activations_of_the_file_and_of_a_row() -> None:
    row = "[-1, 1, Conv, [16, 1, 1, None, 1, nn.LeakyReLU(0.1)]]"
    assert shapes(row)[-1] == "leaky_relu slope=0.1 -> 16x16x16"
    assert shapes(unit("Conv", 1, 16), more="activation: torch.nn.ReLU()")[-1] == "relu -> 16x16x16"


def test_yolov7_learns_what_its_heads_add_and_multiply() -> None:
    found = shapes("[[-1], 1, IDetect, [nc, anchors]]", more=yolos.ANCHORS)
    assert found == ["bias_add -> 16x16x32", "conv 255 1x1 -> 16x16x255", "scale init=1 -> 16x16x255"]


REFUSED = {
    "[-1, 1, Cnov, [16]]": "net.yaml:6:13: E126 operation: row 1: the module 'Cnov' is not read"
    " | did you mean 'Conv' or 'AConv' or 'DWConv'?",
    "[-1, 1, Conv]": "net.yaml:6:5: E126 operation: row 1: a row is [from, number, module, arguments]",
    "[-1, 1, Conv, 16]": "net.yaml:6:19: E126 operation: row 1: the arguments are no list",
    "[5, 1, Conv, [16]]": "net.yaml:6:6: E126 operation: row 1: 5 is no row before it",
    "[-3, 1, Conv, [16]]": "net.yaml:6:6: E126 operation: row 1: -3 is no row before it",
    "[x, 1, Conv, [16]]": "net.yaml:6:6: E126 operation: row 1: x is no row",
    "[-1, 0, Conv, [16]]": "net.yaml:6:10: E126 operation: row 1: 0 is no number of repeats, 1 to 1,000",
    "[-1, 1, Conv, []]": "net.yaml:6:19: E126 operation: row 1: the first argument is no number of channels",
    "[-1, 1, Conv, [16, big]]": "net.yaml:6:5: E126 operation: row 1: big is no size",
    "[-1, 1, Conv, [16, 1, 1, None, 1, nn.Foo()]]": "net.yaml:6:5: E126 operation: row 1: "
    "the activation 'nn.Foo()' is not read",
    "[-1, 1, C2f, [16, 3]]": "net.yaml:6:5: E126 operation: row 1: argument 2 is 3, True or False is needed",
    "[-1, 1, C2f, [16, True, 1, 0.5, 7]]": "net.yaml:6:5: E126 operation: row 1: it takes 4 arguments at most, not 5",
    "[-1, 1, Concat, [2]]": "net.yaml:6:5: E126 operation: row 1: dimension 2 is not read, 1 is",
    "[-1, 1, RepNCSPELAN4, [16, 8, x]]": "net.yaml:6:27: E126 operation: row 1: RepNCSPELAN4 does not take "
    "these arguments",
    "[-1, 1, Conv, [16, []]]": "net.yaml:6:19: E126 operation: row 1: Conv does not take these arguments",
    "[-1, 1, PSA, [16]]": "net.yaml:6:5: E126 operation: row 1: its 16 channels must be those of its input, 32",
    "[-1, 1, Conv, [16, 3, 2, None, 5]]": "net.yaml:6:5: E203 groups: conv_1.conv: 5 groups do not divide 32 input "
    "channels | groups must divide 32 and 16",
}


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused(row: str) -> None:
    content = text(["[-1, 1, nn.Identity, []]"], [row])
    with pytest.raises(NotRead) as raised:
        graph(content, shape="16x16x32")
    (problem,) = raised.value
    assert f"{problem.headline()}{f' | {problem.hint}' if problem.hint else ''}" == REFUSED[row]


def test_what_is_refused_of_the_file() -> None:
    assert refusals("nc: 80\nbackbone: 3\nhead: []\n") == ["net.yaml:2:11: E126 operation: backbone is no list of rows"]
    assert refusals("nc: many\nbackbone: []\nhead: []\n") == [
        "net.yaml:1:5: E126 operation: nc is many, which is no number of classes"
    ]
    assert refusals(yolos.yolov8().replace("0.33, 0.25", "0.33, wide")) == [
        "net.yaml:4:3: E126 operation: wide is no factor"
    ]
    assert refusals(yolos.yolov5(), "s") == ["net.yaml:1:5: E126 operation: net.yaml has no scale 's': it has none"]
    many = text([conv(64)] * 2_000, [conv(64)])
    assert refusals(many) == ["net.yaml:2005:5: E112 limit: 2,001 rows, more than the 2,000 that are read"]
