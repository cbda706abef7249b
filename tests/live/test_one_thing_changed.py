"""One network against models of PyTorch that differ from it in one thing: each is reported, or not called the same."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

import cnncalc
from cnncalc.live.against import ModelComparison, against
from cnncalc.problem import NoAnswer
from cnncalc.render.differences import tables, verdict
from cnncalc.render.printers import printed
from tests.effort import sampled

pytest.importorskip("torch")

SPEC = """
name: small
input: 16x16x3
layers:
  - stem: conv 8 3x3 pad=1 bias=no -> batchnorm -> relu -> maxpool 2
  - y: conv 16 3x3 pad=1 -> relu
  - z: conv 16 3x3 pad=1 -> MERGE y -> relu
  - tail: conv 16 3x3 stride=2 pad=1 -> relu
  - head: flatten -> linear 10
"""

MODEL = """
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.conv3 = nn.Conv2d(16, 16, 3, padding=1)
        self.conv4 = nn.Conv2d(16, 16, 3, stride=2, padding=1)
        self.fc = nn.Linear(256, 10)
        self.act = nn.ReLU()

    def forward(self, x):
        x = self.pool(self.act(self.bn1(self.conv1(x))))
        y = self.act(self.conv2(x))
        x = self.act(self.conv3(y) + y)
        x = self.act(self.conv4(x))
        return self.fc(torch.flatten(x, 1))
"""

CONCAT = {
    "self.conv3(y) + y": "torch.cat([self.conv3(y), y], 1)",
    "nn.Conv2d(16, 16, 3, stride=2": "nn.Conv2d(32, 16, 3, stride=2",
}


def compared(folder: Path, changes: dict[str, str], merge: str = "add") -> ModelComparison:
    model = MODEL
    for old, new in changes.items():
        assert old in model
        model = model.replace(old, new)
    file, spec = folder / "net.py", folder / "small.cnn.yaml"
    file.write_text(model)
    spec.write_text(SPEC.replace("MERGE", merge))
    return against(cnncalc.load(str(spec)), f"{file}:Net")


SAME = [
    {},
    {"nn.BatchNorm2d(8)": "nn.BatchNorm2d(8, momentum=0.01)"},
    {"torch.flatten(x, 1)": "x.reshape(len(x), -1)"},
    {"torch.flatten(x, 1)": "F.dropout(torch.flatten(x, 1), 0.5, self.training)"},
    {"self.conv3(y) + y": "y + self.conv3(y)"},
    {"self.act(self.conv4(x))": "self.act(self.act(self.conv4(x)))"},
]


@pytest.mark.parametrize("changes", SAME, ids=str)
def test_what_changes_nothing_is_the_same(changes: dict[str, str], tmp_path: Path) -> None:
    result = compared(tmp_path, changes)
    assert (result.agrees, result.uncompared, verdict(result)) == (True, [], "the same network: 7 layers compared")


CHANGED = [
    # activations: replaced, missing, once missing, moved, one more
    ({"nn.ReLU()": "nn.Sigmoid()"}, ["theirs: sigmoid, ours: relu before stem.maxpool and 4 more"]),
    ({"nn.ReLU()": "nn.LeakyReLU(0.2)"}, ["theirs: leaky_relu slope=0.2, ours: relu before stem.maxpool and 4 more"]),
    ({"nn.ReLU()": "nn.Identity()"}, ["theirs: nothing, ours: relu before stem.maxpool and 4 more"]),
    ({"self.act(self.conv4(x))": "self.conv4(x)"}, ["theirs: nothing, ours: relu before head.linear"]),
    ({"self.act(self.conv4(x))": "self.conv4(x).abs()"}, ["theirs: abs, ours: relu before head.linear"]),
    (
        {"self.act(self.conv4(x))": "self.conv4(x).clamp(0, 1)"},
        ["theirs: hardtanh min=0, ours: relu before head.linear"],
    ),
    (
        {"self.act(self.bn1(self.conv1(x)))": "self.bn1(self.act(self.conv1(x)))"},
        [
            "theirs: relu, ours: nothing before stem.batchnorm",
            "theirs: nothing, ours: relu before stem.maxpool",
        ],
    ),
    ({"return self.fc(torch.flatten(x, 1))": "return self.fc(torch.flatten(x, 1)).softmax(1)"},
     ["theirs: softmax, ours: nothing before output"]),
    # order of values
    ({"self.act(self.conv4(x))": "self.act(self.conv4(x.flip(1)))"},
     ["theirs: relu then flip, ours: relu before tail.conv"]),
    # pools
    ({"nn.MaxPool2d(2)": "nn.AvgPool2d(2)"},
     ["theirs: avgpool 2x2, ours: maxpool 2x2 at stem.maxpool (theirs at pool)"]),
    # merges
    ({"self.conv3(y) + y": "self.conv3(y) - y"}, ["theirs: sub, ours: add at z.add (theirs at sub)"]),
    ({"self.conv3(y) + y": "self.conv3(y) * y"}, ["theirs: mul, ours: add at z.add (theirs at mul)"]),
    ({"self.conv3(y) + y": "self.conv3(y)"}, ["theirs: nothing, ours: add at z.add"]),
    ({"self.conv3(y) + y": "self.conv3(y) + y + y"},
     ["theirs: add with one volume 2 times, ours: add at z.add (theirs at add)"]),
    # fields
    ({"nn.Conv2d(16, 16, 3, padding=1)": "nn.Conv2d(16, 16, 3, padding=1, groups=2)"},
     ["theirs: conv 16 3x3 pad=1 groups=2, ours: conv 16 3x3 pad=1 at z.conv (theirs at conv3)"]),
    ({"nn.Conv2d(16, 16, 3, padding=1)": "nn.Conv2d(16, 16, 3, padding=2, dilation=2)"},
     ["theirs: conv 16 3x3 pad=2 dilation=2, ours: conv 16 3x3 pad=1 at z.conv (theirs at conv3)"]),
    ({"nn.Conv2d(16, 16, 3, padding=1)": "nn.Conv2d(16, 16, 3, padding=1, bias=False)"},
     ["theirs: conv 16 3x3 pad=1 bias=no, ours: conv 16 3x3 pad=1 at z.conv (theirs at conv3)"]),
    ({"nn.BatchNorm2d(8)": "nn.GroupNorm(8, 8)"},
     ["theirs: groupnorm 8, ours: batchnorm at stem.batchnorm (theirs at bn1)"]),
    ({"nn.BatchNorm2d(8)": "nn.Identity()"}, ["theirs: nothing, ours: batchnorm at stem.batchnorm"]),
    # a stride at another layer
    (
        {
            "nn.Conv2d(8, 16, 3, padding=1)": "nn.Conv2d(8, 16, 3, stride=2, padding=1)",
            "nn.Conv2d(16, 16, 3, stride=2, padding=1)": "nn.Conv2d(16, 16, 3, padding=1)",
        },
        [
            "theirs: conv 16 3x3 stride=2 pad=1, ours: conv 16 3x3 pad=1 at y.conv (theirs at conv2)",
            "theirs: conv 16 3x3 pad=1, ours: conv 16 3x3 stride=2 pad=1 at tail.conv (theirs at conv4)",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "differences"), CHANGED, ids=str)
def test_one_thing_changed_is_reported_alone(changes: dict[str, str], differences: list[str], tmp_path: Path) -> None:
    result = compared(tmp_path, changes)
    assert [*map(str, result.differences)] == differences
    assert not result.agrees


def test_the_inputs_of_a_concat_have_an_order(tmp_path: Path) -> None:
    assert compared(tmp_path, CONCAT, "concat").agrees
    swapped = {**CONCAT, "self.conv3(y) + y": "torch.cat([y, self.conv3(y)], 1)"}
    assert [*map(str, compared(tmp_path, swapped, "concat").differences)] == [
        "theirs: concat of conv2 and conv3, ours: concat of z.conv and y.conv at z.concat (theirs at cat)"
    ]
    added = compared(tmp_path, CONCAT | {"nn.Conv2d(16, 16, 3, stride=2": "nn.Conv2d(32, 16, 3, stride=2"})
    assert not added.agrees


UNCOMPARED = [
    ({"torch.flatten(x, 1)": "torch.flatten(x.permute(0, 2, 3, 1), 1)"}, ["permute"]),
    ({"torch.flatten(x, 1)": "torch.flatten(x.transpose(2, 3), 1)"}, ["transpose"]),
    ({"self.conv3(y) + y": "0.5 * self.conv3(y) + y"}, ["mul"]),
]


@pytest.mark.parametrize(("changes", "names"), UNCOMPARED, ids=str)
def test_no_verdict_where_something_was_not_compared(changes: dict[str, str], names: list[str], tmp_path: Path) -> None:
    result = compared(tmp_path, changes)
    assert (result.agrees, result.differences, result.uncompared) == (False, [], names)
    text = printed([*tables(result)], "table", width=100)
    assert f"not compared: {names[0]}" in text
    assert "both were run on the same random weights: the outputs differ" in text
    assert "? no difference in what was compared: 7 layers compared" in text
    assert "the same network" not in text


RECURRENT = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, cell=nn.LSTM, out=12, layers=2, both=True, **more):
        super().__init__()
        self.look_up = nn.Embedding(50, 8)
        self.cell = cell(8, out, layers, batch_first=True, bidirectional=both, **more)
        self.last = nn.Linear((more.get("proj_size") or out) * (2 if both else 1), 5)

    def forward(self, x):
        states, ends = self.cell(self.look_up(x))
        return self.last(states[:, -1]) if self.taken == "last" else self.last(states).transpose(1, 2)

    taken = "all"

def lstm(**more):
    return Net(**more)

def gru(**more):
    return Net(nn.GRU, **more)

def rnn(**more):
    return Net(nn.RNN, **more)

class Means(Net):
    def forward(self, x):
        return self.last(self.cell(self.look_up(x))[0].mean(1))

def means(**more):
    return Means(nn.GRU, both=False, **more)

def ends(**more):
    net = Net(both=False, **more)
    net.taken = "last"
    return net
"""

RECURRENT_CHAIN = "9 -> embedding 50 8 -> {} -> linear 5"
RECURRENT_SAME = [
    ("lstm 12 layers=2 bidirectional=yes", "lstm", "{}"),
    ("lstm 12 layers=2 bidirectional=yes project=4", "lstm", '{"proj_size": 4}'),
    ("lstm 12 layers=2 bidirectional=yes bias=no", "lstm", '{"bias": false}'),
    ("gru 12 layers=2 bidirectional=yes", "gru", "{}"),
    ("rnn 12", "rnn", '{"layers": 1, "both": false}'),
    ("lstm 12 layers=2 sequence=no", "ends", "{}"),
    ("gru 12 layers=2 -> mean length keep=no", "means", "{}"),
]


@pytest.mark.parametrize(("layer", "model", "given"), sampled(RECURRENT_SAME, every=3))
def test_recurrent_layers_are_the_same(layer: str, model: str, given: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(RECURRENT)
    result = against(cnncalc.load(RECURRENT_CHAIN.format(layer)), f"{tmp_path / 'net.py'}:{model}", given)
    assert (result.agrees, verdict(result)) == (True, "the same network: 3 layers compared")


RECURRENT_OTHER = [
    ("lstm 12 layers=2", "theirs: lstm 12 layers=2 bidirectional=yes, ours: lstm 12 layers=2 at lstm"),
    (
        "lstm 12 bidirectional=yes",
        "theirs: lstm 12 layers=2 bidirectional=yes, ours: lstm 12 bidirectional=yes at lstm",
    ),
    (
        "gru 12 layers=2 bidirectional=yes",
        "theirs: lstm 12 layers=2 bidirectional=yes, ours: gru 12 layers=2 bidirectional=yes at gru",
    ),
    (
        "lstm 12 layers=2 bidirectional=yes biases=1",
        "theirs: lstm 12 layers=2 bidirectional=yes, ours: lstm 12 layers=2 bidirectional=yes biases=1 at lstm",
    ),
]


@pytest.mark.parametrize(("layer", "difference"), sampled(RECURRENT_OTHER, every=2))
def test_a_recurrent_layer_differs(layer: str, difference: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(RECURRENT)
    result = against(cnncalc.load(RECURRENT_CHAIN.format(layer)), f"{tmp_path / 'net.py'}:lstm")
    assert str(result.differences[0]) == f"{difference} (theirs at cell)"


def test_the_last_state_of_both_directions_is_not_that_of_the_last_position(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(RECURRENT.replace('taken = "all"', 'taken = "last"'))
    chain = RECURRENT_CHAIN.format("lstm 12 layers=2 bidirectional=yes sequence=no")
    result = against(cnncalc.load(chain), f"{tmp_path / 'net.py'}:lstm")
    assert (result.agrees, result.differences, result.uncompared) == (False, [], ["getitem", "lstm"])


BETWEEN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.b = nn.Conv2d({channels}, 8, 3, padding=1)

    def forward(self, x):
        y = self.a(x)
        return self.b({between})
"""

BETWEEN_SAME = [
    ("softmax", "y.softmax(1)"),
    ("softmax height", "y.softmax(2)"),
    ("log_softmax width", "y.log_softmax(-1)"),
    ("mean sides", "y.mean((2, 3), keepdim=True)"),
    ("max sides", "y.amax((2, 3), keepdim=True)"),
    ("sum height", "y.sum(2, keepdim=True)"),
    ("mean channels", "y.mean(1, keepdim=True)"),
    ("std channels", "y.std(1, keepdim=True)"),
    ("normalize", "nn.functional.normalize(y, dim=1)"),
    ("shuffle 2", "y.unflatten(1, (2, 4)).transpose(1, 2).flatten(1, 2)"),
    ("permute [1,0,2]", "y.transpose(2, 3)"),
    ("select [7,6,5,4,3,2,1,0]", "y[:, [7, 6, 5, 4, 3, 2, 1, 0]]"),
    ("reshape 12x12x8", "y.reshape(y.shape)"),
]


def between(layer: str, text: str, folder: Path) -> ModelComparison:
    network = cnncalc.load(f"12x12x3 -> conv 8 3x3 pad=1 -> {layer} -> conv 8 3x3 pad=1")
    channels = network.nodes[2].y.channels
    (folder / "net.py").write_text(BETWEEN.replace("{channels}", str(channels)).replace("{between}", text))
    return against(network, f"{folder / 'net.py'}:Net")


@pytest.mark.parametrize(("layer", "text"), sampled(BETWEEN_SAME, every=4))
def test_what_lies_between_is_the_same(layer: str, text: str, tmp_path: Path) -> None:
    result = between(layer, text, tmp_path)
    assert result.agrees, str(result)


BETWEEN_OTHER = [
    ("softmax", "y.softmax(2)", ["softmax"]),
    ("softmax height", "y.softmax(1)", ["softmax"]),
    ("shuffle 2", "y", ["shuffle"]),
    ("normalize", "y", ["normalize"]),
    ("permute [1,0,2]", "y", ["permute"]),
    ("select [7,6,5,4,3,2,1,0]", "y", ["select"]),
    ("reshape 12x12x8 order=channels_last -> shuffle 2", "y", ["reshape", "shuffle"]),
    ("sum channels", "y.mean(1, keepdim=True)", ["mean", "sum"]),
    ("mean height", "y.mean(3, keepdim=True).transpose(2, 3)", ["mean", "transpose"]),
]


@pytest.mark.parametrize(("layer", "text", "names"), sampled(BETWEEN_OTHER, every=3))
def test_no_verdict_where_a_layer_of_ours_was_not_compared(
    layer: str, text: str, names: list[str], tmp_path: Path
) -> None:
    result = between(layer, text, tmp_path)
    assert (result.agrees, result.differences, result.uncompared) == (False, [], names)


def test_a_softmax_over_the_batch_differs(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(BETWEEN.replace("{channels}", "8").replace("{between}", "y.softmax(0)"))
    network = cnncalc.load("12x12x3 -> conv 8 3x3 pad=1 -> softmax -> conv 8 3x3 pad=1")
    (difference,) = against(network, f"{tmp_path / 'net.py'}:Net").differences
    assert str(difference) == "theirs: softmax over the batch, ours: softmax before conv2"


def test_a_model_that_cannot_run_names_the_layer_and_the_volume(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer) as found:
        compared(tmp_path, {"nn.Linear(256, 10)": "nn.Linear(1050, 10)"})
    (problem,) = found.value
    assert problem.hint == "it was in fc, Linear(in_features=1050, out_features=10, bias=True), on 256"


def test_libraries_are_known_by_their_name(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer) as found:
        against(cnncalc.load("alexnet"), "torchvision:no_such_model")
    without = "there is no module 'torchvision'"
    with_it = "there is no 'no_such_model' in", "operator torchvision::"
    assert any(said in str(found.value) for said in (with_it if find_spec("torchvision") else (without,)))


@pytest.mark.parametrize(("factor", "agrees"), sampled([("0.5 * ", True), ("0.25 * ", False), ("", False)], every=3))
def test_a_fixed_factor_is_compared_by_running_both(tmp_path: Path, factor: str, agrees: bool) -> None:
    result = compared(tmp_path, {"self.conv3(y) + y": f"{factor}self.conv3(y) + y"}, "rescale 0.5 -> add")
    assert (result.differences, result.agrees) == ([], agrees)
    assert result.run.endswith("the outputs agree" if agrees else "the outputs differ")
