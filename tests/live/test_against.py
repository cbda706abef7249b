"""A spec against models written by hand: what is the same is the same, and each mistake is told at its place, alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.live.against import ModelComparison, against
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer
from cnncalc.render.differences import tables
from cnncalc.render.printers import printed
from tests.effort import sampled

torch = pytest.importorskip("torch")

SPEC = """
name: small
input: 16x16x3
blocks:
  unit out kernel stride=1 pad=0: conv out kernel stride=stride pad=pad bias=no -> batchnorm -> relu
layers:
  - stem: unit 8 3x3 pad=1
  - pool: maxpool 2x2
  - mix:
      concat:
        1x1: unit 4 1x1
        3x3: unit 6 1x1 -> unit 8 3x3 pad=1
  - res:
      add: {body: unit 12 3x3 pad=1, skip: identity}
  - down: unit 16 3x3 stride=2 pad=1
  - head: global_avgpool -> flatten -> linear 10
"""

MODEL = """
import torch
from torch import nn
import torch.nn.functional as F

def unit(channels, out, kernel, **more):
    more = {"bias": False, **more}
    return nn.Sequential(nn.Conv2d(channels, out, kernel, **more), nn.BatchNorm2d(out), nn.ReLU(inplace=True))

class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = unit(3, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.a = unit(8, 4, 1)
        self.b = nn.Sequential(unit(8, 6, 1), unit(6, 8, 3, padding=1))
        self.body = unit(12, 12, 3, padding=1)
        self.down = unit(12, 16, 3, stride=2, padding=1)
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        x = self.pool(self.stem(x))
        x = torch.cat([self.a(x), self.b(x)], 1)
        x = self.body(x) + x
        x = self.down(x)
        x = x.mean((2, 3))
        return self.fc(x)
"""


@pytest.fixture
def compare(tmp_path: Path) -> Callable[..., ModelComparison]:
    """Compare a spec, or a chain, with a model written into a file, after replacing some of its text."""

    def call(
        *edits: tuple[str, str], spec: str = SPEC, model: str = MODEL, kwargs: str | None = None
    ) -> ModelComparison:
        for old, new in edits:
            assert old in model
            model = model.replace(old, new, 1)
        (tmp_path / "net.py").write_text(model)
        return against(network(spec, tmp_path), f"{tmp_path / 'net.py'}:Net", kwargs)

    return call


def network(spec: str, folder: Path) -> Network:
    if "\n" not in spec:
        return cnncalc.load(spec)
    (folder / "net.cnn.yaml").write_text(spec)
    return cnncalc.load(str(folder / "net.cnn.yaml"))


def told(result: ModelComparison) -> list[str]:
    return list(map(str, result.differences))


# The same network, written in many ways.


def cases(named: dict[str, Any]) -> list[Any]:
    """Return parameters of a test, each of one value and with its name."""
    return [pytest.param(value, id=name) for name, value in named.items()]


SAME = {
    "as the spec": (),
    "branches in another order": (
        ("torch.cat([self.a(x), self.b(x)], 1)", "torch.cat(list(reversed([self.b(x), self.a(x)])), 1)"),
    ),
    "a sum the other way round": (("self.body(x) + x", "torch.add(x, self.body(x))"),),
    "a sum in place": (("x = self.body(x) + x", "y = self.body(x); y += x; x = y"),),
    "functions in place of modules": (
        (
            "self.pool(self.stem(x))",
            "F.max_pool2d(F.relu(F.batch_norm(F.conv2d(x, self.stem[0].weight, padding=1),"
            " self.stem[1].running_mean, self.stem[1].running_var, self.stem[1].weight, self.stem[1].bias)), 2)",
        ),
        ("self.fc(x)", "F.linear(x, self.fc.weight, self.fc.bias)"),
    ),
    "an adaptive pool": (("x.mean((2, 3))", "F.adaptive_avg_pool2d(x, 1).flatten(1)"),),
    "a pool over the whole": (("x.mean((2, 3))", "F.avg_pool2d(x, x.shape[2:]).view(x.shape[0], -1)"),),
    "a pad before": (
        ("unit(12, 16, 3, stride=2, padding=1)", "nn.Sequential(nn.ZeroPad2d(1), unit(12, 16, 3, stride=2))"),
    ),
    "a pad that is a word": (("self.stem = unit(3, 8, 3, padding=1)", "self.stem = unit(3, 8, 3, padding='same')"),),
    "a dict": (("return self.fc(x)", "return {'out': self.fc(x)}"),),
    "a tuple in a list": (("return self.fc(x)", "return [(self.fc(x), 1)]"),),
    "dropout": (("return self.fc(x)", "return self.fc(F.dropout(x, 0.5, self.training))"),),
    "a loop over a ModuleList": (
        (
            "self.b = nn.Sequential(unit(8, 6, 1), unit(6, 8, 3, padding=1))",
            "self.list = nn.ModuleList([unit(8, 6, 1), unit(6, 8, 3, padding=1)])",
        ),
        (
            "        x = torch.cat([self.a(x), self.b(x)], 1)",
            "        y = x\n        for part in self.list:\n            y = part(y)\n"
            "        x = torch.cat([self.a(x), y], 1)",
        ),
    ),
    "a weight that is computed": (
        ("self.fc(x)", "F.linear(x, self.fc.weight / self.fc.weight.norm(dim=1, keepdim=True), self.fc.bias)"),
    ),
}


@pytest.mark.parametrize("edits", sampled(cases(SAME), every=2))
def test_the_same(compare: Callable[..., ModelComparison], edits: tuple[tuple[str, str], ...]) -> None:
    result = compare(*edits)
    assert told(result) == []
    assert result.remarks == []
    assert result.layers == 15


# One mistake each.

MISTAKES = {
    "kernel": (
        ("unit(6, 8, 3, padding=1)", "unit(6, 8, 5, padding=2)"),
        "theirs: conv 8 5x5 pad=2 bias=no, ours: conv 8 3x3 pad=1 bias=no at mix.3x3.conv2 (theirs at b.1.0)",
    ),
    "stride": (
        ("stride=2, padding=1", "stride=1, padding=1"),
        "theirs: conv 16 3x3 pad=1 bias=no, ours: conv 16 3x3 stride=2 pad=1 bias=no at down.conv (theirs at down.0)",
    ),
    "stride at the beginning": (
        ("unit(3, 8, 3, padding=1)", "unit(3, 8, 3, padding=1, stride=2)"),
        "theirs: conv 8 3x3 stride=2 pad=1 bias=no, ours: conv 8 3x3 pad=1 bias=no at stem.conv (theirs at stem.0)",
    ),
    "width": (
        ("self.a = unit(8, 4, 1)", "self.a = unit(8, 4, 1, groups=2)"),
        "theirs: conv 4 1x1 groups=2 bias=no, ours: conv 4 1x1 bias=no at mix.1x1.conv (theirs at a.0)",
    ),
    "a bias too many": (
        ("self.a = unit(8, 4, 1)", "self.a = unit(8, 4, 1, bias=True)"),
        "theirs: conv 4 1x1, ours: conv 4 1x1 bias=no at mix.1x1.conv (theirs at a.0)",
    ),
    "a bias too few": (
        ("nn.Linear(16, classes)", "nn.Linear(16, classes, bias=False)"),
        "theirs: linear 10 bias=no, ours: linear 10 at head.linear (theirs at fc)",
    ),
    "dilation": (
        ("unit(12, 12, 3, padding=1)", "unit(12, 12, 3, padding=2, dilation=2)"),
        "theirs: conv 12 3x3 pad=2 dilation=2 bias=no, ours: conv 12 3x3 pad=1 bias=no at res.body.conv"
        " (theirs at body.0)",
    ),
    "a layer is missing": (
        ("x = self.down(x)", "x = self.down[2](self.down[0](x))"),
        "theirs: nothing, ours: batchnorm at down.batchnorm",
        "theirs: 32 trainable parameters that nothing was seen to use (down.1.weight and 1 more), ours: nothing",
    ),
    "a layer too many": (
        ("x = self.down(x)", "x = self.more(self.down(x))"),
        ("self.pool = nn", "self.more = nn.Conv2d(16, 16, 1); self.pool = nn"),
        "theirs: conv 16 1x1, ours: nothing after down.batchnorm (theirs at more)",
    ),
    "a layer twice": (
        ("x = self.body(x) + x", "x = self.body(self.body(x)) + x"),
        "theirs: conv 12 3x3 pad=1 bias=no, ours: nothing after res.body.batchnorm (theirs at body.0)",
        "theirs: batchnorm, ours: nothing after res.body.batchnorm (theirs at body.1)",
    ),
    "no shortcut": (
        ("self.body(x) + x", "self.body(x)"),
        "theirs: nothing, ours: add at res.add",
    ),
    "a product in place of a sum": (
        ("self.body(x) + x", "self.body(x) * x"),
        "theirs: mul, ours: add at res.add (theirs at mul)",
    ),
    "another pool": (
        ("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),
        "theirs: avgpool 2x2, ours: maxpool 2x2 at pool.maxpool (theirs at pool)",
    ),
    "no pool": (
        ("self.pool(self.stem(x))", "self.stem(x)"),
        "theirs: nothing, ours: maxpool 2x2 at pool.maxpool",
    ),
    "it reads another volume": (
        ("x = self.body(x) + x", "y = self.body(x); x = y + torch.cat([x[:, 4:], x[:, :4]], 1); x = y"),
        "theirs: nothing, ours: add at res.add",
    ),
    "a branch starts elsewhere": (
        ("torch.cat([self.a(x), self.b(x)], 1)", "torch.cat([self.a(x), self.b[1](self.b[0](self.pre(x)))], 1)"),
        ("self.pool = nn", "self.pre = nn.BatchNorm2d(8); self.pool = nn"),
        "theirs: batchnorm, ours: nothing after pool.maxpool (theirs at pre)",
    ),
    "another norm": (
        (
            "self.stem = unit(3, 8, 3, padding=1)",
            "self.stem = unit(3, 8, 3, padding=1); self.stem[1] = nn.GroupNorm(2, 8)",
        ),
        "theirs: groupnorm 2, ours: batchnorm at stem.batchnorm (theirs at stem.1)",
    ),
    "classes": (
        ("classes=10", "classes=11"),
        "theirs: linear 11, ours: linear 10 at head.linear (theirs at fc)",
    ),
    "weights that nothing uses": (
        ("self.pool = nn", "self.unused = nn.Linear(3, 4); self.pool = nn"),
        "theirs: 16 trainable parameters that nothing was seen to use (unused.weight and 1 more), ours: nothing",
    ),
    "a size from nowhere": (
        ("x = self.down(x)", "x = self.down(x[:, :, ::2, ::2])"),
        "theirs: conv 16 3x3 stride=2 pad=1 bias=no on 4x4x12, ours: conv 16 3x3 stride=2 pad=1 bias=no on 8x8x12"
        " at down.conv (theirs at down.0)",
    ),
    "an output that keeps its sides": (
        ("return self.fc(x)", "return self.fc(x)[:, :, None, None]"),
        "theirs: output 1x1x10, ours: output 10",
    ),
    "weights used by a function that is no layer": (
        ("return self.fc(x)", "return torch.einsum('bc,oc->bo', x, self.fc.weight) + self.fc.bias"),
        "theirs: einsum with fc.weight, which cannot be followed, ours: linear 10 at head.linear (theirs at fc)",
        "theirs: bias, one a value, ours: nothing after head.linear (theirs at fc)",
    ),
}


@pytest.mark.parametrize("case", sampled(cases(MISTAKES), every=3))
def test_a_mistake(compare: Callable[..., ModelComparison], case: tuple[Any, ...]) -> None:
    edits = [part for part in case if isinstance(part, tuple)]
    assert told(compare(*edits)) == [part for part in case if isinstance(part, str)]


def test_two_mistakes(compare: Callable[..., ModelComparison]) -> None:
    result = compare(("unit(8, 6, 1)", "unit(8, 6, 3, padding=1)"), ("unit(6, 8, 3, padding=1)", "unit(6, 8, 1)"))
    assert told(result) == [
        "theirs: conv 6 3x3 pad=1 bias=no, ours: conv 6 1x1 bias=no at mix.3x3.conv (theirs at b.0.0)",
        "theirs: conv 8 1x1 bias=no, ours: conv 8 3x3 pad=1 bias=no at mix.3x3.conv2 (theirs at b.1.0)",
    ]


def test_everywhere_the_same_mistake(compare: Callable[..., ModelComparison]) -> None:
    result = compare(('{"bias": False, **more}', '{"bias": True, **more}'))
    assert [(found.ours, found.theirs) for found in result.differences] == [
        (text, text.removesuffix(" bias=no")) for text in (found.ours for found in result.differences)
    ]
    paths = ["stem.conv", "mix.1x1.conv", "mix.3x3.conv", "mix.3x3.conv2", "res.body.conv", "down.conv"]
    assert [found.path for found in result.differences] == paths


def test_a_wrong_width_is_told_once_and_what_follows_is_counted(compare: Callable[..., ModelComparison]) -> None:
    result = compare(("unit(12, 16, 3, stride=2", "unit(12, 20, 3, stride=2"), ("nn.Linear(16", "nn.Linear(20"))
    assert told(result) == [
        "theirs: conv 20 3x3 stride=2 pad=1 bias=no, ours: conv 16 3x3 stride=2 pad=1 bias=no at down.conv"
        " (theirs at down.0)",
    ]
    assert result.follow == 3


# Chains of layers.

CHAIN = """
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Sequential):
    def __init__(self):
        super().__init__({layers})
"""


@pytest.mark.parametrize(
    ("chain", "layers", "wanted"),
    [
        (
            "8x8x3 -> conv 4 3x3 -> conv 4 5x5 -> conv 4 1x1",
            "nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 5)",
            ["theirs: conv 4 1x1 after 0, ours: conv 4 1x1 after conv2 at conv3 (theirs at 1)"],
        ),
        (
            "8x8x3 -> conv 4 3x3 -> conv 4 3x3 -> conv 4 3x3",
            "nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)",
            ["theirs: nothing, ours: conv 4 3x3 at conv3"],
        ),
        (
            "8x8x3 -> conv 4 3x3 -> maxpool 2x2 -> conv 5 3x3",
            "nn.Conv2d(3, 4, 3), nn.MaxPool2d(3, 2), nn.Conv2d(4, 5, 2)",
            [
                "theirs: maxpool 3x3 stride=2, ours: maxpool 2x2 at maxpool (theirs at 1)",
                "theirs: conv 5 2x2, ours: conv 5 3x3 at conv2 (theirs at 2)",
            ],
        ),
        ("8x8x3 -> conv 4 3x3 -> avgpool 2x2", "nn.Conv2d(3, 4, 3), nn.AvgPool2d(2, divisor_override=1)",
         ["theirs: avgpool 2x2 divisor=1, ours: avgpool 2x2 at avgpool (theirs at 1)"]),
        ("8x8x3 -> conv 4 3x3 pad=1 pad_mode=circular -> resize 5x7 -> adaptive_maxpool _x1 -> lppool 2x1",
         "nn.Conv2d(3, 4, 3, padding=1, padding_mode='circular'), nn.Upsample((5, 7)), nn.AdaptiveMaxPool2d((None, 1)),"
         "nn.LPPool2d(2, (2, 1))", []),
        ("8x8x3 -> conv 4 3x3 pad=1 pad_mode=reflect -> resize 5x7",
         "nn.Conv2d(3, 4, 3, padding=1), nn.Upsample((5, 8))",
         ["theirs: conv 4 3x3 pad=1, ours: conv 4 3x3 at conv (theirs at 0)",
          "theirs: output 5x8x4, ours: output 5x7x4",
          "theirs: nothing, ours: pad 1 mode=reflect before conv",
          "theirs: resize size=5x8, ours: resize size=5x7 before output"]),
        ("8x8x4 -> separable 6 3x3 pad=same multiplier=2 -> softmax height",
         "nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False), nn.Conv2d(8, 6, 1), nn.Softmax(2)", []),
        ("8x8x4 -> separable 6 3x3 pad=1",
         "nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 6, 1)",
         ["theirs: depthwise 3x3 pad=1, ours: depthwise 3x3 pad=1 bias=no at separable (theirs at 0)"]),
        ("100x2 -> conv 4 3 -> global_maxpool -> flatten -> linear 2",
         "nn.Conv1d(2, 4, 3), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(4, 2)", []),
        ("4x6x6x2 -> conv_transpose 4 2x2x2 stride=2 -> instancenorm -> prelu",
         "nn.ConvTranspose3d(2, 4, 2, 2), nn.InstanceNorm3d(4), nn.PReLU()", []),
        ("4x6x6x2 -> conv_transpose 4 2x2x2 stride=2 -> instancenorm -> prelu",
         "nn.ConvTranspose3d(2, 4, 2, 2), nn.InstanceNorm3d(4, affine=True), nn.PReLU(4)",
         ["theirs: instancenorm affine=yes, ours: instancenorm at instancenorm (theirs at 1)",
          "theirs: prelu per_channel=yes, ours: prelu at prelu (theirs at 2)"]),
        ("12 -> linear 8 -> layernorm -> linear 2 -> softmax",
         "nn.Linear(12, 8), nn.LayerNorm(8), nn.Linear(8, 2), nn.Softmax(1)", []),
    ],
)  # fmt: skip
def test_a_chain(compare: Callable[..., ModelComparison], chain: str, layers: str, wanted: list[str]) -> None:
    assert told(compare(spec=chain, model=CHAIN.replace("{layers}", layers))) == wanted


@pytest.mark.parametrize(
    ("chain", "layers", "written"),
    [
        ("6x6x4 -> flatten -> linear 8 -> relu -> linear 3",
         "nn.Conv2d(4, 8, 6), nn.ReLU(), nn.Conv2d(8, 3, 1), nn.Flatten()",
         ["theirs: conv 8 6x6, ours: linear 8 at linear (theirs at 0)",
          "theirs: conv 3 1x1, ours: linear 3 at linear2 (theirs at 2)"]),
        ("6x6x4 -> conv 8 1x1 -> relu -> flatten",
         "nn.Flatten(2), Swap(), nn.Linear(4, 8), nn.ReLU(), Swap(), nn.Flatten()",
         ["theirs: linear 8, ours: conv 8 1x1 at conv (theirs at 2)"]),
        ("6x6x4 -> maxpool 2x2 ceil=yes -> avgpool 3x3 -> flatten",
         "nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten()",
         ["theirs: maxpool 2x2, ours: maxpool 2x2 ceil=yes at maxpool (theirs at 0)",
          "theirs: global_avgpool, ours: avgpool 3x3 at avgpool (theirs at 1)"]),
        ("7x7x4 -> maxpool 1x1 stride=2 -> conv 8 1x1", "nn.AvgPool2d(1, 2), nn.Conv2d(4, 8, 1)",
         ["theirs: avgpool 1x1 stride=2, ours: maxpool 1x1 stride=2 at maxpool (theirs at 0)"]),
        ("6x6x4 -> conv 4 3x3 stride=2 pad=1", "nn.ZeroPad2d((1, 0, 1, 0)), nn.Conv2d(4, 4, 3, 2)",
         ["theirs: conv 4 3x3 stride=2 pad=1:0, ours: conv 4 3x3 stride=2 pad=1 at conv (theirs at 1)"]),
    ],
)  # fmt: skip
def test_the_same_layer_written_otherwise(
    compare: Callable[..., ModelComparison], chain: str, layers: str, written: list[str]
) -> None:
    swap = "\nclass Swap(nn.Module):\n    def forward(self, x):\n        return x.transpose(1, 2)\n"
    result = compare(spec=chain, model=CHAIN.replace("{layers}", layers) + swap)
    assert told(result) == []
    assert list(map(str, result.equivalent)) == written


@pytest.mark.parametrize(
    "more",
    [
        "self.gamma * (x * n) + self.beta + x",  # ConvNeXt V2's own code
        "x + torch.addcmul(self.beta, self.gamma, x * n)",  # timm's
    ],
)
def test_global_response_normalisation_as_others_write_it(compare: Callable[..., ModelComparison], more: str) -> None:
    grn = f"""
class Response(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma, self.beta = (nn.Parameter(torch.zeros(1, 8, 1, 1)) for _ in range(2))

    def forward(self, x):
        g = torch.norm(x, p=2, dim=(2, 3), keepdim=True)
        n = g / (g.mean(dim=1, keepdim=True) + 1e-6)
        return {more}
"""
    layers = "nn.Conv2d(3, 8, 3), Response(), nn.Conv2d(8, 4, 1)"
    result = compare(spec="8x8x3 -> conv 8 3x3 -> grn -> conv 4 1x1", model=CHAIN.replace("{layers}", layers) + grn)
    assert told(result) == result.remarks == []
    plain = compare(spec="8x8x3 -> conv 8 3x3 -> conv 4 1x1", model=CHAIN.replace("{layers}", layers) + grn)
    assert told(plain) == [
        "theirs: scale, one a channel, ours: nothing after conv (theirs at 1)",
        "theirs: bias, one a channel, ours: nothing after conv (theirs at 1)",
        "theirs: add, ours: nothing after conv (theirs at 1)",
    ]


def test_functions_without_weights_differ(compare: Callable[..., ModelComparison]) -> None:
    result = compare(
        ("nn.ReLU(inplace=True)", "nn.SiLU()"), ("return self.fc(x)", "return F.log_softmax(self.fc(x), 1)")
    )
    assert told(result) == [
        "theirs: silu, ours: relu before pool.maxpool and 4 more",
        "theirs: log_softmax, ours: nothing before output",
    ]


@pytest.mark.parametrize(
    ("layers", "wanted"),
    [
        ("nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1)", "theirs: nothing, ours: relu then sigmoid before conv2"),
        (
            "nn.Conv2d(3, 4, 3), nn.Sigmoid(), nn.ReLU(), nn.Conv2d(4, 2, 1)",
            "theirs: sigmoid then relu, ours: relu then sigmoid before conv2",
        ),
    ],
)
def test_functions_that_are_missing_or_in_another_order(
    compare: Callable[..., ModelComparison], layers: str, wanted: str
) -> None:
    spec = "8x8x3 -> conv 4 3x3 -> relu -> sigmoid -> conv 2 1x1"
    assert told(compare(spec=spec, model=CHAIN.replace("{layers}", layers))) == [wanted]


def test_what_is_not_compared_is_said_before_the_verdict(compare: Callable[..., ModelComparison]) -> None:
    result = compare(("return self.fc(x)", "return self.fc(x[:, torch.arange(15, -1, -1)])"))
    assert told(result) == []
    lines = [line for line in printed(tables(result), "table", width=80).splitlines() if line]
    assert lines[lines.index("not compared: getitem") + 1] == (
        "? no difference in what was compared: 15 layers compared"
    )
    assert lines[lines.index("not compared: getitem") - 1] == (
        "both were run on the same random weights: the outputs differ"
    )


def test_a_wide_network_is_aligned_with_a_narrow_one(compare: Callable[..., ModelComparison]) -> None:
    """Every layer differs, so that only places in the graph say which is which."""
    wide = MODEL.replace("unit(channels, out, kernel, **more):", "unit(channels, out, kernel, **more):\n    out *= 2")
    wide = wide.replace("\n    more =", "\n    channels *= 2 if channels > 3 else 1\n    more =", 1)
    result = compare(model=wide.replace("nn.Linear(16", "nn.Linear(32"))
    assert [(found.path, found.their_path) for found in result.differences] == [
        ("stem.conv", "stem.0"),
        ("mix.1x1.conv", "a.0"),
        ("mix.3x3.conv", "b.0.0"),
        ("mix.3x3.conv2", "b.1.0"),
        ("res.body.conv", "body.0"),
        ("down.conv", "down.0"),
    ]
    assert str(result.differences[0]) == (
        "theirs: conv 16 3x3 pad=1 bias=no, ours: conv 8 3x3 pad=1 bias=no at stem.conv (theirs at stem.0)"
    )


def test_a_torchvision_without_operators_is_reported_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("raise RuntimeError('operator torchvision::nms does not exist')\n")
    with pytest.raises(NoAnswer) as caught:
        against(cnncalc.load("4x4x1 -> conv 1 3x3"), f"{file}:Net")
    (problem,) = caught.value.problems
    assert problem.message == f"importing {file} raised RuntimeError: operator torchvision::nms does not exist"
    assert problem.hint == "this torchvision has no operators: install the one that goes with this torch"


# What is not compared one by one, but run.

RUN = "both were run on the same random weights: the outputs agree"


@pytest.mark.parametrize(
    ("edits", "names"),
    [
        ((("x = x.mean((2, 3))", "x = x.permute(0, 1, 3, 2).mean((2, 3))"),), "permute"),
        ((("x = self.down(x)", "x = self.down(x.transpose(2, 3).transpose(2, 3))"),), "transpose"),
        ((("return self.fc(x)", "return self.fc(x.unsqueeze(2).movedim(1, 2)[:, 0])"),), "movedim, getitem"),
    ],
    ids=["an order that a mean does not see", "there and back", "moved and taken"],
)
def test_an_order_that_changes_nothing(compare: Callable[..., ModelComparison], edits: Any, names: str) -> None:
    result = compare(*edits)
    assert result.agrees
    assert result.run == f"{names} not compared one by one; {RUN}"
    assert f"{result.run}\n✓ the same network: 15 layers compared" in printed(tables(result), "table", width=200)


@pytest.mark.parametrize(
    ("old", "new"),
    sampled(
        [
            ("x = x.mean((2, 3))", "x = x.transpose(1, 2).reshape(x.shape).mean((2, 3))"),
            ("x = self.down(x)", "x = self.down(x.transpose(2, 3))"),
            ("x = self.pool(self.stem(x))", "x = self.pool(self.stem(x)); x = x[:, [1, 0, *range(2, 8)]]"),
            ("return self.fc(x)", "return self.fc(x) * 1.01"),
        ],
        every=4,
    ),
)
def test_an_order_or_a_value_that_changes_the_outputs(
    compare: Callable[..., ModelComparison], old: str, new: str
) -> None:
    result = compare((old, new))
    assert (result.agrees, told(result)) == (False, [])
    assert result.run == "both were run on the same random weights: the outputs differ"


def test_layer_scales_that_begin_at_zero_hide_no_other_order(compare: Callable[..., ModelComparison]) -> None:
    zero = ("self.fc = nn.Linear(16, classes)", "self.fc = nn.Linear(16, classes); nn.init.zeros_(self.body[1].weight)")
    result = compare(zero, ("x = self.body(x) + x", "x = self.body(x).transpose(2, 3) + x"))
    assert not result.agrees


def test_outputs_that_do_not_depend_on_the_image_prove_nothing(compare: Callable[..., ModelComparison]) -> None:
    layers = "nn.Conv2d(3, 1, 3), nn.Flatten(), Turned(), nn.Linear(36, 1), nn.Softmax(1)"
    turned = "\nclass Turned(nn.Module):\n    def forward(self, x):\n        return x[:, list(range(35, -1, -1))]\n"
    spec = "8x8x3 -> conv 1 3x3 -> flatten -> linear 1 -> softmax"
    result = compare(spec=spec, model=CHAIN.replace("{layers}", layers) + turned)
    assert (result.agrees, result.uncompared) == (False, ["getitem"])
    assert result.run == "both were run on the same random weights, but the outputs do not depend on the input"


def test_a_model_that_stands_in_a_file_ready_made_is_run_as_well(compare: Callable[..., ModelComparison]) -> None:
    made = MODEL + "\nNet = Net()\n"
    assert compare(("x = x.mean((2, 3))", "x = x.permute(0, 1, 3, 2).mean((2, 3))"), model=made).agrees


def test_a_side_head_that_is_an_output(compare: Callable[..., ModelComparison]) -> None:
    spec = """
input: 8x8x3
layers:
  - a: conv 4 3x3
  - aux: {side: flatten -> linear 5}
  - b: conv 2 3x3
outputs: [side, b]
"""
    model = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.side = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3), nn.Linear(144, 5)
    def forward(self, x):
        x = self.a(x)
        return self.side(x.flatten(1)), self.b(x)
"""
    assert told(compare(spec=spec, model=model)) == []
    inside = compare(spec=spec.partition("outputs")[0], model=model)  # whose head works in evaluation as well
    assert (told(inside), inside.remarks) == ([], [])
    assert inside.totals[0] == ("params", 911, 911)


def test_a_pool_that_nothing_reads_is_remarked_on(compare: Callable[..., ModelComparison]) -> None:
    result = compare(("x = self.down(x)", "self.pool(x); x = self.down(x)"))
    assert result.agrees
    assert result.remarks == ["nothing uses what theirs gives: maxpool 2x2 at pool"]


def test_shared_weights(compare: Callable[..., ModelComparison]) -> None:
    spec = "8x8x4 -> conv 4 3x3 pad=1 -> conv 4 3x3 pad=1"
    twice = CHAIN.replace("{layers}", "conv := nn.Conv2d(4, 4, 3, padding=1), conv")
    assert told(compare(spec=spec, model=twice)) == [
        "theirs: conv 4 3x3 pad=1 with those of 0, ours: conv 4 3x3 pad=1 with its own weights at conv2 (theirs at 0)"
    ]
    again = "input: 8x8x4\nlayers:\n  - one: conv 4 3x3 pad=1\n  - two: again one\n"
    assert told(compare(spec=again, model=twice)) == []


def test_several_inputs_and_outputs(compare: Callable[..., ModelComparison]) -> None:
    spec = """
inputs: {left: 8x8x1, right: 8x8x1}
outputs: [near, far]
layers:
  - tower: use left -> conv 4 3x3
  - other: use right -> again tower
  - near: {sub: [use tower, use other]}
  - far: conv 2 1x1
"""
    model = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower, self.last = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 2, 1)

    def forward(self, left, right):
        near = self.tower(left) - self.tower(right)
        return {"near": near, "far": self.last(near)}
"""
    result = compare(spec=spec, model=model)
    assert told(result) == []
    assert result.remarks == []


# What is not there.


@pytest.mark.parametrize(
    ("target", "wanted", "hint"),
    [
        ("torch.nnn:Conv2d", "there is no module 'torch.nnn'", "torch.nn"),
        ("no_such_package:Net", "there is no module 'no_such_package'", "is it installed for this Python? A file is"),
        ("no_such.models:Net", "there is no module 'no_such'", "named with its ending, net.py:Net"),
        ("torch.nn:Conv2", "there is no 'Conv2' in torch.nn", "'Conv2d'"),
        ("missing.py:Net", "there is no file 'missing.py'", ""),
        ("torch.nn", "'torch.nn' names no callable", "as in torchvision.models:resnet50 or net.py:Net"),
        (":Net", "':Net' names no callable", "as in"),
    ],
)
def test_what_is_not_there(target: str, wanted: str, hint: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        against(cnncalc.load("4x4x1 -> conv 1 3x3"), target)
    (problem,) = caught.value.problems
    assert problem.message == wanted
    assert hint in (problem.hint or "")


@pytest.mark.parametrize(
    ("name", "depths"), sampled([("resnet50_fpn", "[3, 4, 6, 3]"), ("resnet101_fpn", "[3, 4, 23, 3]")], every=2)
)
def test_a_feature_pyramid_written_by_hand(name: str, depths: str) -> None:
    """No library publishes its counts; beside it stands the paper's figure 3 in PyTorch."""
    model = Path(__file__).parent / "fpn.py"
    result = against(cnncalc.load(name), f"{model}:Pyramid", f'{{"depths": {depths}}}')
    assert result.agrees


@pytest.mark.parametrize(
    ("name", "model", "given"),
    [
        ("unet_plus_plus", "NestedUNet", "{}"),
        ("wavenet", "WaveNet", "{}"),
        ("vae", "VAE", "{}"),
        ("retinanet_resnet50", "RetinaNet", "{}"),
        pytest.param("retinanet_resnet101", "RetinaNet", '{"depths": [3, 4, 23, 3]}', marks=pytest.mark.exhaustive),
        pytest.param(
            "retinanet_torchvision", "RetinaNet", '{"classes": 91, "on_p5": true}', marks=pytest.mark.exhaustive
        ),
    ],
)
def test_networks_with_loops_and_lists_written_by_hand(name: str, model: str, given: str) -> None:
    file = Path(__file__).parent / "nested.py"
    assert against(cnncalc.load(name), f"{file}:{model}", given).agrees


GATE = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        return y * y.mean(1, keepdim=True)
"""


def test_a_gate_made_of_the_volume_is_no_square(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(GATE)
    text = "input: 8x8x4\nlayers:\n  - y: conv 4 1x1\n  - mean channels -> mul y\n"
    result = against(network(text, tmp_path), f"{tmp_path / 'net.py'}:Net")
    assert told(result) == []
