"""Every number of the lecture that this project starts from, each through the public API or a command.

The lecture: Shuai Li, "Convolutional neural networks", VE445 lecture 7, Shanghai Jiao Tong University.
The headings' numbers are rows of the list of its numbers.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc.cli import main
from cnncalc.homework.key import read_key
from cnncalc.network.report import Report, Row


@cache
def report(what: str) -> Report:
    return cnncalc.load(what).report()


def last(what: str) -> Row:
    return report(what).rows[-1]


def output(what: str) -> str:
    return str(last(what).output)


def problem(what: str) -> str:
    """Return the only problem of a chain, as it is shown."""
    with pytest.raises(cnncalc.Problems) as caught:
        cnncalc.load(what)
    (only,) = caught.value.problems
    return str(only)


def shown(*words: str) -> str:
    result = CliRunner().invoke(main, words, env={"COLUMNS": "120"})
    assert result.exit_code == 0
    return result.stdout


# 1: a filter laid on a patch; the lecture prints the first patch, the second one is our own

DATA = Path(__file__).parent / "data"
FILTER = ("run", "7x7x1 -> conv 1 7x7 bias=no", "--weights", str(DATA / "lecture_filter.csv"))


def test_the_filter_gives_6600_on_the_back_of_the_mouse_and_0_elsewhere() -> None:
    assert shown(*FILTER, "--input-file", str(DATA / "lecture_patch.csv")) == "6600\n"
    assert shown(*FILTER, "--input-file", str(DATA / "other_patch.csv")) == "0\n"


def test_the_sum_is_written_out(tmp_path: Path) -> None:
    names = {"input": "lecture_patch", "filter": "lecture_filter"}
    texts = {tensor: (DATA / f"{name}.csv").read_text("utf-8").splitlines() for tensor, name in names.items()}
    values = {tensor: "\n".join(line for line in lines if line[0] != "#") for tensor, lines in texts.items()}
    question = {"id": "1", "network": "7x7x1 -> conv 1 7x7 bias=no", "ask": "value", "values": values}
    key = tmp_path / "filter.key.yaml"
    key.write_text(json.dumps({"questions": [question]}), "utf-8")
    assert shown("check", "--key", str(key), "--answer", "1=6600") == "✓ 1: 6,600 is right.\n"
    solutions = shown("quiz", "--key", str(key), "--format", "solutions")
    assert "**Solution:** (50·30) + (20·30) + (50·30) + (50·30) + (50·30) = 6,600\n" in solutions


# 2: 1x1 convolution


def test_a_1x1_convolution_reduces_the_channels_of_numbers(tmp_path: Path) -> None:
    """Each output is a weighted sum over the five channels at one pixel."""
    volume, weights = tmp_path / "x.csv", tmp_path / "w.csv"
    volume.write_text("\n".join(" ".join(str(pixel + c) for c in range(5)) for pixel in range(16)), "utf-8")
    weights.write_text("1 0 0 0 0\n0 0 0 0 1\n1 1 1 1 1\n", "utf-8")
    words = ("run", "4x4x5 -> conv 3 1x1 bias=no", "--input-file", str(volume), "--weights", str(weights))
    made = json.loads(shown(*words, "--format", "json"))["outputs"]["output"]
    assert made["shape"] == [4, 4, 3]
    assert made["numbers"][0][0] == [0, 4, 10]
    assert made["numbers"][3][3] == [15, 19, 85]


def test_a_1x1_convolution_takes_4x4x5_to_4x4x3() -> None:
    conv = last("4x4x5 -> conv 3 1x1")
    assert str(conv.output) == "4x4x3"
    assert (conv.params, conv.macs) == (5 * 3 + 3, 4 * 4 * 5 * 3)


@pytest.mark.parametrize(("kernel", "direct", "reduced"), [(3, 11_520, 7_152), (5, 32_000, 19_440)])
def test_in_front_of_a_larger_kernel_a_1x1_saves_multiply_adds(kernel: int, direct: int, reduced: int) -> None:
    large = f"conv 16 {kernel}x{kernel} pad={kernel // 2}"
    assert report(f"4x4x5 -> {large}").totals.macs == direct
    assert report(f"4x4x5 -> conv 3 1x1 -> {large}").totals.macs == reduced
    assert direct == 16 * 5 * kernel**2 * 16
    assert reduced == 16 * 5 * 3 + 16 * 3 * kernel**2 * 16


# 3: padding in one dimension


def test_a_filter_of_width_6_shrinks_a_signal_by_5_in_each_layer() -> None:
    rows = report("26x1 -> conv 1 6 -> conv 1 6 -> conv 1 6").rows
    assert [row.output.sides for row in rows] == [(21,), (16,), (11,)]


def test_3_left_and_2_right_keep_its_size() -> None:
    row = last("26x1 -> conv 1 6 pad=same_lower")
    assert row.output.sides == (26,)
    (window,) = row.windows
    assert (window.before, window.after) == (3, 2)
    assert output("26x1 -> conv 1 6 pad=3:2") == "26x1"


def test_explain_says_whose_side_that_is() -> None:
    assert "3 before, 2 after; the odd one before, as ONNX's SAME_LOWER has it" in _words("pad=same_lower")
    assert "2 before, 3 after; the odd one after, as TensorFlow, Keras and ONNX's SAME_UPPER" in _words("pad=same")


def _words(pad: str) -> str:
    return " ".join(shown("explain", f"26x1 -> conv 1 6 {pad}").split())


@pytest.mark.parametrize("width", range(1, 12))
def test_left_plus_right_is_the_width_less_1(width: int) -> None:
    row = last(f"26x1 -> conv 1 {width}")
    ((before, after),) = row.same_pad or ()
    assert before + after == width - 1
    assert last(f"26x1 -> conv 1 {width} pad=same_lower").output.sides == (26,)


# 4: 7x7, 3x3, stride 1, pad 1


def test_a_7x7_input_with_a_3x3_kernel_and_pad_1_stays_7x7() -> None:
    assert output("7x7x1 -> conv 1 3x3 stride=1 pad=1") == "7x7x1"


@pytest.mark.parametrize(("kernel", "pad"), [(3, 1), (5, 2), (7, 3)])
def test_half_of_f_less_1_preserves_the_size(kernel: int, pad: int) -> None:
    assert pad == (kernel - 1) // 2
    assert output(f"32x32x3 -> conv 8 {kernel}x{kernel} pad={pad}") == "32x32x8"
    assert last(f"32x32x3 -> conv 8 {kernel}x{kernel}").same_pad == ((pad, pad), (pad, pad))


# 5: 32x32x3, ten 5x5 filters


def test_ten_5x5_filters_with_pad_2_make_32x32x10_with_760_parameters() -> None:
    row = last("32x32x3 -> conv 10 5x5 stride=1 pad=2")
    assert str(row.output) == "32x32x10"
    assert row.params == 760
    assert row.weights == {"weight": (10, 3, 5, 5), "bias": (10,)}


# 6: pooling


@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
def test_pooling_keeps_the_depth_and_learns_nothing(kind: str) -> None:
    row = last(f"224x224x64 -> {kind} 2x2 stride=2")
    assert str(row.output) == "112x112x64"
    assert (row.params, row.weights, row.macs) == (0, {}, 0)


# 7: activation functions


@pytest.mark.parametrize(
    ("kind", "function", "derivative"),
    [
        ("sigmoid", "1/(1 + e^(−x))", "σ(x)(1 − σ(x))"),
        ("tanh", "(eˣ − e^(−x))/(eˣ + e^(−x))", "1 − tanh²(x)"),
        ("relu", "max(0, x)", "1 for x > 0, 0 for x"),
        ("leaky_relu", "slope · x for x < 0", "slope for x < 0"),
        ("elu", "α(eˣ − 1) for x ≤ 0", "αeˣ = f(x) + α"),
        ("softplus", "ln(1 + eˣ)", "1/(1 + e^(−x))"),
    ],
)
def test_activation_functions_have_their_formula_and_derivative(kind: str, function: str, derivative: str) -> None:
    page = shown("layers", kind)
    (formula,) = (line for line in page.splitlines() if "| f(x)" in line)
    (slope,) = (line for line in page.splitlines() if "| f′(x)" in line)
    assert function in formula
    assert derivative in slope
    row = last(f"55x55x96 -> {kind}")
    assert (str(row.output), row.params, row.macs) == ("55x55x96", 0, 0)


@pytest.mark.parametrize(
    ("kind", "x", "value", "slope"),
    [
        ("sigmoid", 2, 1 / (1 + math.exp(-2)), math.exp(-2) / (1 + math.exp(-2)) ** 2),
        ("tanh", 2, (math.exp(2) - math.exp(-2)) / (math.exp(2) + math.exp(-2)), 1 - math.tanh(2) ** 2),
        ("relu", -2, 0, 0),
        ("relu", 2, 2, 1),
        ("leaky_relu 0.1", -2, -0.2, 0.1),
        ("elu 0.1", -2, 0.1 * (math.exp(-2) - 1), 0.1 * math.exp(-2)),
        ("softplus", 2, math.log(1 + math.exp(2)), 1 / (1 + math.exp(-2))),
    ],
)
def test_activation_functions_have_values_and_derivatives(kind: str, x: int, value: float, slope: float) -> None:
    for ask, number in (("value", value), ("derivative", slope)):
        assert asked(f"1 -> {kind}", ask, {"input": x}) == pytest.approx(number)


def asked(network: str, ask: str, values: dict[str, object], **more: object) -> object:
    """Return the right answer to a question about numbers."""
    question = {"id": "1", "network": network, "ask": ask, "values": values, **more}
    (part,) = read_key(json.dumps({"questions": [question]})).parts.values()
    return part.right.value


# 8: dropout and batch normalisation


def test_batch_normalisation_learns_2c_numbers_and_keeps_2c_statistics() -> None:
    row = last("28x28x64 -> batchnorm")
    assert (row.params, row.buffer_values) == (2 * 64, 2 * 64)
    assert row.weights == {"weight": (64,), "bias": (64,)}
    assert row.buffers == {"running_mean": (64,), "running_var": (64,)}


def test_batch_normalisation_of_a_batch() -> None:
    """μ, σ² divided by m, and Ẑ."""
    batch = {"input": [1, 7, 1, 7]}
    assert asked("1 -> batchnorm", "mean", batch) == 4
    assert asked("1 -> batchnorm", "variance", batch) == 9
    assert [asked("1 -> batchnorm", "value", batch, at={"image": n}) for n in (1, 2, 3, 4)] == [-1, 1, -1, 1]


def test_dropout_drops_units_and_scales_the_others() -> None:
    values = {"input": [3, 6, 9], "mask": [1, 0, 1]}
    assert [asked("3 -> dropout 0.25", "value", values, at={"channel": n}) for n in (1, 2, 3)] == [4, 0, 12]


def test_dropout_learns_nothing() -> None:
    row = last("4096 -> dropout")
    assert (row.params, row.buffer_values, row.macs, str(row.output)) == (0, 0, 0, "4096")


# 9: initialisation


def test_weights_are_drawn_with_the_square_root_of_2_over_n() -> None:
    row = report("alexnet").row("conv1")
    assert (row.fan_in, row.fan_out) == (11 * 11 * 3, 11 * 11 * 96)
    assert row.he_std == math.sqrt(2 / (11 * 11 * 96))
    assert row.he_std_in == math.sqrt(2 / (11 * 11 * 3))
    assert report("alexnet").row("fc8").he_std == math.sqrt(2 / 1000)


def test_the_standard_deviations_are_columns() -> None:
    table = shown("show", "alexnet", "--columns", "path,he_std,he_std_in", "--format", "csv")
    assert table.splitlines()[0] == "path,he_std,he_std_in"


# 10: LeNet


def test_lenet_as_printed_does_not_fit_at_the_third_convolution() -> None:
    chain = (
        "28x28x1 -> conv 6 5x5 -> 24x24x6 -> maxpool 2x2 -> 12x12x6 -> conv 16 5x5 -> 8x8x16 -> maxpool 2x2 -> 4x4x16"
        " -> conv 120 5x5 -> flatten -> linear 10"
    )
    told = problem(chain)
    assert told.splitlines()[0] == (
        f"<command line>:1:{chain.index('120 5x5') + 5}: E201 kernel: 5 exceeds the input size 4 without padding"
    )
    assert told.splitlines()[-1] == "  help: pad=1 would fit"


def test_with_pad_2_lenet_fits_and_has_51_902_parameters() -> None:
    lenet = report("lenet")
    assert str(lenet.network.nodes[0].y) == "28x28x1"
    assert [lenet.row(name).output.sides[0] for name in ("C1", "S2", "C3", "S4", "C5")] == [28, 14, 10, 5, 1]
    assert lenet.totals.params == 51_902


def test_with_32x32_lenet_fits_as_in_1998() -> None:
    for name, params in (("lenet5", 61_706), ("lenet5_1998", 60_000)):
        lenet = report(name)
        assert str(lenet.network.nodes[0].y) == "32x32x1"
        assert [lenet.row(at).output.sides[0] for at in ("C1", "C3", "C5")] == [28, 10, 1]
        assert lenet.totals.params == params


# 11: AlexNet


def test_alexnets_first_layer_is_55x55x96_with_35k_parameters() -> None:
    conv1 = report("alexnet").row("conv1")
    assert str(conv1.input[0]) == "227x227x3"
    assert str(conv1.output) == "55x55x96"
    assert math.prod(conv1.weights["weight"]) == 11 * 11 * 3 * 96 == 34_848
    assert conv1.params == 34_944
    assert conv1.left_over == (0, 0)


def test_an_input_of_224_gives_54_and_leaves_a_row_and_a_column_over() -> None:
    conv1 = last("224x224x3 -> conv 96 11x11 stride=4")
    assert str(conv1.output) == "54x54x96"
    assert conv1.left_over == (1, 1)
    table = shown("show", "224x224x3 -> conv 96 11x11 stride=4", "--columns", "path,out,left_over", "--format", "csv")
    assert table.splitlines()[1] == "conv,54x54x96,1"


# 12: VGG


@pytest.mark.parametrize(
    ("name", "layers"), [("vgg_a", 11), ("vgg_a_lrn", 11), ("vgg_b", 13), ("vgg_c", 16), ("vgg_d", 16), ("vgg_e", 19)]
)
def test_the_columns_of_vggs_table_have_their_weight_layers(name: str, layers: int) -> None:
    vgg = report(name)
    assert vgg.totals.weight_layers == layers
    assert [str(vgg.row(f"pool{n}").output) for n in range(1, 6)] == [
        "112x112x64",
        "56x56x128",
        "28x28x256",
        "14x14x512",
        "7x7x512",
    ]
    assert [vgg.row(name).output.channels for name in ("fc6", "fc7", "fc8")] == [4096, 4096, 1000]


def test_vgg_uses_3x3_at_stride_1_and_pad_1_and_2x2_pools_at_stride_2() -> None:
    """Only C has other convolutions, of 1x1."""
    for name in ("vgg_a", "vgg_a_lrn", "vgg_b", "vgg_c", "vgg_d", "vgg_e"):
        windows = {(row.kind, window[:4]) for row in report(name).rows for window in row.windows}
        small = {("conv", (1, 1, 0, 0))} if name == "vgg_c" else set()
        assert windows == {("conv", (3, 1, 1, 1)), ("maxpool", (2, 2, 0, 0))} | small


def test_vggs_table_in_its_columns() -> None:
    """The table's rows: convolutions by column, the pools between them, the fully connected layers."""
    table = json.loads(shown("compare", *(f"vgg_{c}" for c in COLUMNS), "--layers", "--format", "json"))
    found: dict[str, list[str]] = {c: [] for c in COLUMNS}
    for line in table["lines"]:
        for column, layer in zip(COLUMNS, line["layers"], strict=True):
            if layer:
                kind, *fields = layer.split()
                name = f"conv{fields[1][0]}-{fields[0]}" if kind == "conv" else f"FC-{fields[0]}" if fields else kind
                found[column].append(name.replace("FC-2x2", "maxpool").replace("lrn", "LRN"))
    convs = {"a": (1, 1, 2, 2, 2), "b": (2,) * 5, "c": (2,) * 5, "d": (2, 2, 3, 3, 3), "e": (2, 2, 4, 4, 4)}
    for column in COLUMNS:
        expected = []
        for number, (width, count) in enumerate(zip((64, 128, 256, 512, 512), convs[column[0]], strict=True)):
            expected += [f"conv3-{width}"] * count
            expected += ["LRN"] if column == "a_lrn" and number == 0 else []
            expected += [f"conv1-{width}"] if column == "c" and number > 1 else []
            expected.append("maxpool")
        assert found[column] == [*expected, "FC-4096", "FC-4096", "FC-1000"]


COLUMNS = ("a", "a_lrn", "b", "c", "d", "e")


def test_vggs_columns_are_one_file() -> None:
    files = {cnncalc.load(f"vgg_{letter}").nodes[0].place.source.name for letter in "abcde"}  # type: ignore[union-attr]
    assert {Path(name).name for name in files} == {"vgg.cnn.yaml"}


# 13, 14: GoogLeNet


def test_googlenets_modules_have_the_sizes_of_its_table() -> None:
    googlenet = report("googlenet")
    sizes = {
        "conv1": "112x112x64",
        "pool1": "56x56x64",
        "conv2": "56x56x192",
        "pool2": "28x28x192",
        "3a": "28x28x256",
        "3b": "28x28x480",
        "4a": "14x14x512",
        "4b": "14x14x512",
        "4c": "14x14x512",
        "4d": "14x14x528",
        "4e": "14x14x832",
        "5a": "7x7x832",
        "5b": "7x7x1024",
    }
    last_of = {row.path.partition(".")[0]: row for row in googlenet.rows}
    assert {name: str(last_of[name].output) for name in sizes} == sizes


def test_googlenet_has_fewer_parameters_than_alexnet_by_8_7_or_8_9_and_not_12() -> None:
    googlenet = report("googlenet").totals.params
    assert googlenet == 6_998_552
    assert round(report("alexnet").totals.params / googlenet, 1) == 8.7
    assert round(report("alexnet_one_tower").totals.params / googlenet, 1) == 8.9


def test_googlenet_computes_2_2_times_the_grouped_alexnet_and_1_4_times_the_one_tower() -> None:
    googlenet = report("googlenet").totals.macs
    assert round(googlenet / report("alexnet").totals.macs, 1) == 2.2
    assert round(googlenet / report("alexnet_one_tower").totals.macs, 1) == 1.4


TABLE_OF_GOOGLENET = """
conv1 112x112x64 1 2.7K 34M
pool1 56x56x64 0
conv2 56x56x192 2 112K 360M
pool2 28x28x192 0
3a 28x28x256 2 159K 128M
3b 28x28x480 2 380K 304M
pool3 14x14x480 0
4a 14x14x512 2 364K 73M
4b 14x14x512 2 437K 88M
4c 14x14x512 2 463K 100M
4d 14x14x528 2 580K 119M
4e 14x14x832 2 840K 170M
pool4 7x7x832 0
5a 7x7x832 2 1072K 54M
5b 7x7x1024 2 1388K 71M
pool5 1x1x1024 0
classifier 1x1x1000 1 1000K 1M
softmax 1x1x1000 0
"""


def test_googlenets_table_stands_beside_the_computed_numbers() -> None:
    values = json.loads(shown("published", "googlenet", "--format", "json"))["values"]
    found = {(row["at"], row["what"]): row for row in values if row["at"]}
    for line in TABLE_OF_GOOGLENET.strip().splitlines():
        at, *cells = line.split()
        for what, printed in zip(("output", "depth", "weights", "macs"), cells, strict=False):
            row = found.pop((at, what))
            assert row["printed"] == printed
            assert row["computed"] is not None
            assert row["verdict"] == "agrees" or row["note"], (at, what)
    assert not found
    differing = [row["at"] for row in values if row["what"] == "weights" and row["verdict"] == "differs"]
    assert differing == ["conv1", "3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]


def test_the_claims_about_googlenet_stand_beside_the_computed_ratios() -> None:
    values = json.loads(shown("published", "googlenet", "--format", "json"))["values"]
    lecture = [row for row in values if "lecture" in (row["source"] or "")]
    said = {row["what"]: (row["printed"], row["than"], row["verdict"], row["kind"]) for row in lecture}
    assert said == {
        "params": ("5M", None, "differs", "wrong"),
        "fewer_params": ("12x", "alexnet", "differs", "wrong"),
        "more_macs": ("2x", "alexnet", "agrees", None),
    }
    words = ("compare", "googlenet", "alexnet", "alexnet_one_tower", "--columns", "name,params,macs")
    assert shown(*words).splitlines()[6:10] == [
        "compared with googlenet",
        "network               params       MACs",
        "───────────────────────────────────────",
        "alexnet            8.7x more  2.2x less",
    ]
    assert shown(*words).splitlines()[10] == "alexnet_one_tower  8.9x more  1.4x less"


# 15: the revolution of depth


def test_the_revolution_of_depth_is_8_8_19_22_152() -> None:
    winners = ("alexnet", "zfnet", "vgg19", "googlenet", "resnet152")
    assert [report(name).totals.weight_layers for name in winners] == [8, 8, 19, 22, 152]


def test_the_bars_of_the_revolution_of_depth() -> None:
    rows = json.loads(shown("compare", "alexnet", "zfnet", "vgg19", "googlenet", "resnet152", "--format", "json"))
    bars = [(row["year"], row["weight_layers"], row["ilsvrc_error"]) for row in rows["networks"]]
    assert bars == [(2012, 8, 16.4), (2013, 8, 11.7), (2014, 19, 7.3), (2014, 22, 6.67), (2015, 152, 3.57)]


# 16: DenseNet


@pytest.mark.parametrize(("name", "growth"), [("densenet121", 32), ("densenet161", 48)])
def test_in_a_dense_block_channels_grow_by_k(name: str, growth: int) -> None:
    concats = [row for row in report(name).rows if row.kind == "concat"]
    for row in concats:
        before, new = row.input
        assert new.channels == growth
        assert row.output.channels == before.channels + growth


# 17: the inception module


def test_dimension_reduction_makes_the_inception_module_cheaper() -> None:
    naive, reduced = report("inception_module_naive"), report("inception_module_reduced")
    assert output("inception_module_naive") == "28x28x416"
    assert output("inception_module_reduced") == "28x28x256"
    assert (naive.totals.params, naive.totals.macs) == (387_296, 303_464_448)
    assert (reduced.totals.params, reduced.totals.macs) == (163_696, 128_049_152)
    assert round(naive.totals.macs / reduced.totals.macs, 1) == 2.4


# 18: the comparison of architectures


def test_accuracy_against_operations_with_params_as_areas(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    names = ("alexnet", "vgg16", "vgg19", "googlenet_torchvision", "resnet18", "resnet50", "resnet152", "inception_v3")
    names += ("googlenet", "inception_v4")
    file = tmp_path / "comparison.svg"
    shown("compare", *names, "--plot", "accuracy", "-o", str(file))
    drawn = file.read_text("utf-8")
    for title in (
        "AlexNet",
        "VGG-16",
        "ResNet-152",
        "GoogLeNet",
        "Inception v4",
        "MACs of one image",
        "top-1 accuracy, %",
    ):
        assert f">{title}" in drawn
