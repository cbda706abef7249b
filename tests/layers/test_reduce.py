"""Layers along a dimension that they name: values are PyTorch's, what is refused, SKNet's and ResNeSt's attention."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Refused
from cnncalc.problem import Problems
from tests.effort import examples
from tests.layers.make import layer, output, refusals
from tests.strategies import axes, shapes

REDUCTIONS: dict[str, Callable[..., torch.Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "max": torch.amax,
    "min": torch.amin,
    "std": torch.std,
    "var": torch.var,
    "vector_norm": lambda x, dim, keepdim: torch.linalg.vector_norm(x, 2, dim, keepdim),
}


@pytest.mark.parametrize(
    ("x", "axis", "kept", "gone"),
    [
        ("8x9x3", "channels", "8x9x1", None),
        ("8x9x3", "height", "1x9x3", "9x3"),
        ("8x9x3", "width", "8x1x3", "8x3"),
        ("8x9x3", "sides", "1x1x3", "3"),
        ("8x9x3", "all", "1x1x1", "1"),
        ("2x8x9x3", "branches", "1x8x9x3", "8x9x3"),
        ("2x8x9x3", "depth", "1x8x9x3", "8x9x3"),
        ("2x8x9x3", "width", "2x8x1x3", "2x8x3"),
        ("100x3", "length", "1x3", "3"),
        ("100x3", "tokens", "1x3", "3"),
        ("100x3", "channels", "100x1", "100"),
        ("7", "channels", "1", "1"),
    ],
)
def test_shapes(x: str, axis: str, kept: str, gone: str | None) -> None:
    assert output("mean", x, axis=axis) == kept
    if gone is not None:
        assert output("mean", x, axis=axis, keep=False) == gone


@pytest.mark.parametrize("kind", REDUCTIONS)
@examples(15)
@given(st.data())
def test_a_reduction_is_that_of_torch(kind: str, data: st.DataObject) -> None:
    x = data.draw(shapes())
    axis, keep = data.draw(st.sampled_from(axes(len(x.sides)))), data.draw(st.booleans())
    made = KINDS[kind](len(x.sides), axis=axis, keep=keep)
    if list(made.check(x)):
        return
    volume = torch.randn(2, *x.chw)
    theirs = REDUCTIONS[kind](volume, made.axes(x), keepdim=True)
    torch.testing.assert_close(made.build(torch, x)(volume).flatten(), theirs.flatten())
    assert tuple(made.build(torch, x)(volume).shape) == (2, *made.shape(x).chw)


def test_any_norm() -> None:
    made, x = layer("vector_norm", "10x16", axis="channels", norm=3)
    volume = torch.randn(2, 16, 10)
    torch.testing.assert_close(made.build(torch, x)(volume), volume.norm(3, 1, keepdim=True))


@pytest.mark.parametrize("unbiased", [False, True])
def test_spread_with_and_without_correction(unbiased: bool) -> None:
    made, x = layer("std", "9x4", axis="length", unbiased=unbiased)
    volume = torch.randn(2, 4, 9)
    torch.testing.assert_close(made.build(torch, x)(volume), volume.std(2, unbiased=unbiased, keepdim=True))


@pytest.mark.parametrize("kind", ["softmax", "log_softmax"])
@examples(15)
@given(st.data())
def test_softmax_along_an_axis(kind: str, data: st.DataObject) -> None:
    x = data.draw(shapes())
    made = KINDS[kind](len(x.sides), axis=data.draw(st.sampled_from(axes(len(x.sides)))))
    volume = torch.randn(2, *x.chw)
    found = made.build(torch, x)(volume)
    shares = found.exp() if kind == "log_softmax" else found
    torch.testing.assert_close(shares, volume.exp() / volume.exp().sum(made.axes(x), keepdim=True))


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "mean",
            "8x8x3",
            {"axis": "tokens"},
            Refusal(
                "E202",
                "axis",
                "8x8x3 has no tokens: its dimensions are height, width and channels",
                "axis=sides would fit",
            ),
        ),
        (
            "softmax",
            "9x8",
            {"axis": "height"},
            Refusal(
                "E202", "axis", "9x8 has no height: its dimensions are length and channels", "axis=length would fit"
            ),
        ),
        (
            "sum",
            "7",
            {"axis": "branches"},
            Refusal("E202", "axis", "7 is a vector, which has no branches", "axis=channels would fit"),
        ),
        (
            "max",
            "8x8x3",
            {"axis": "channels", "keep": False},
            Refusal(
                "E202", "keep", "keep=no leaves 8x8 of 8x8x3, which has no channels", "leave it out: 8x8x1 has one"
            ),
        ),
        (
            "std",
            "1x3",
            {"axis": "length"},
            Refusal(
                "E202",
                "axis",
                "there is one value along length of 1x3, and 1 less is divided by",
                "unbiased=no divides by 1",
            ),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]


DIMENSIONS = "axis must be channels, sides, all, branches, length, tokens, depth, height or width, not "


@pytest.mark.parametrize(
    ("chain", "message", "hint"),
    [
        ("8x8x3 -> sum input", f"{DIMENSIONS}'input'", "add, average, maximum and minimum read earlier results"),
        ("8x8x3 -> mean 1", f"{DIMENSIONS}1", "dimensions have names, not numbers"),
        ("9x3 -> mean time", f"{DIMENSIONS}'time'", "did you mean 'length'?"),
        ("2x9x9x3 -> max frames", f"{DIMENSIONS}'frames'", "did you mean 'depth'?"),
        ("8x8x3 -> softmax axis=chanels", f"{DIMENSIONS}'chanels'", "did you mean 'channels'?"),
    ],
)
def test_what_is_written_otherwise(chain: str, message: str, hint: str) -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load(chain)
    first = found.value.problems[0]
    assert (first.message, first.hint) == (message, hint)


def test_words_of_pytorch_and_keras_are_read_in_a_chain() -> None:
    for step in ("mean sides keepdim=no", "mean axis=sides keepdims=no", "ReduceMean sides keep=no"):
        assert str(cnncalc.load(f"8x8x3 -> {step}").nodes[-1].y) == "3"
    assert str(cnncalc.load("10 -> nn.LogSoftmax(dim=1) -> Softmax(-1)").nodes[1].layer) == "log_softmax"
    with pytest.raises(Problems, match="neither a layer nor a shape"):
        cnncalc.load("8x8x3 -> Softmax(dim=2)")


def test_a_dimension_keeps_its_name_beside_numbers_called_so() -> None:
    text = "input: 8x9x3\nvars: {width: 5}\nlayers:\n  - conv width 1x1 -> mean width -> max Channels\n"
    assert str(cnncalc.load("-", stdin=text.encode).nodes[-1].y) == "8x1x1"
    with pytest.raises(Refused):
        KINDS["mean"](2, axis=True)


def test_receptive_fields() -> None:
    """Along a dimension everything is seen; the dimension that `stack` adds holds no positions."""

    def sizes(chain: str) -> list[int]:
        return [field.size for field in cnncalc.load(chain).report().receptive[-1]]

    assert sizes("9x8x3 -> mean height") == [9, 1]
    assert sizes("9x8x3 -> mean height keep=no") == [1]
    assert sizes("9x8x3 -> softmax sides") == [9, 8]
    assert sizes("9x8x3 -> conv 3 3x3 pad=1 -> stack input -> softmax branches") == [3, 3]
    assert sizes("9x8x3 -> conv 3 3x3 pad=1 -> stack input -> sum branches keep=no") == [3, 3]
    assert sizes("9x8x3 -> conv 3 3x3 pad=1 -> mean channels") == [3, 3]
    assert sizes("9x8x3 -> softmax branches") == [9, 1]  # no stack: a dimension like others


def test_the_lint_knows_what_softmax_weighs() -> None:
    found = cnncalc.lint("8x8x3 -> softmax height -> conv 4 1x1 -> softmax width -> mean all -> softmax height")
    assert [finding.message for finding in found["W404"]] == ["softmax over 1 value along height is always 1"]


def test_softmax_in_numbers_without_pytorch() -> None:
    numbers = [[0.0, 1.0], [0.0, 2.0]]
    shares = cnncalc.run("2x2 -> softmax length", numbers)["output"].nested()
    expected = torch.tensor(numbers).softmax(0)
    torch.testing.assert_close(torch.tensor(shares), expected)


# Attention over branches, as the papers have it.

SELECTIVE = """\
input: 14x14x64
blocks:
  sk c groups=32 reduced=max(c//16, 32):
    - three: conv c 3x3 pad=1 groups=groups bias=no -> batchnorm -> relu
    - five: use input -> conv c 3x3 pad=2 dilation=2 groups=groups bias=no -> batchnorm -> relu
    - fused: add three -> global_avgpool -> conv reduced 1x1 bias=no -> batchnorm -> relu
    - for_three: conv c 1x1
    - weights: use fused -> conv c 1x1 -> stack for_three -> softmax branches
    - use five -> stack three -> mul weights -> sum branches keep=no
layers: sk 64 -> 14x14x64
"""


class SelectiveKernel(nn.Module):
    """Li, Wang, Hu & Yang 2019, arXiv:1903.06586, equations 1 to 6."""

    def __init__(self, c: int) -> None:
        super().__init__()

        def unit(dilation: int) -> nn.Module:
            conv = nn.Conv2d(c, c, 3, padding=dilation, dilation=dilation, groups=32, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(c), nn.ReLU())

        self.branches = nn.ModuleList([unit(1), unit(2)])
        reduced = max(c // 16, 32)
        self.fuse = nn.Sequential(nn.Conv2d(c, reduced, 1, bias=False), nn.BatchNorm2d(reduced), nn.ReLU())
        self.select = nn.ModuleList([nn.Conv2d(reduced, c, 1) for _ in range(2)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = torch.stack([branch(x) for branch in self.branches], dim=1)
        z = self.fuse(features.sum(1).mean((2, 3), keepdim=True))
        weights = torch.softmax(torch.stack([select(z) for select in self.select], dim=1), dim=1)
        return (features * weights).sum(1)


SPLIT = """\
input: 14x14x64
blocks:
  split_attention c reduced=max(c*2//4, 32):
    - u: conv c*2 3x3 pad=1 groups=2 bias=no -> batchnorm -> relu
    - first: slice 0 c
    - second: use u -> slice c 2*c
    - w: add first -> global_avgpool -> conv reduced 1x1 -> batchnorm -> relu -> conv c*2 1x1
    - of_first: slice 0 c
    - weights: use w -> slice c 2*c -> stack of_first -> softmax branches
    - use second -> stack first -> mul weights -> sum branches keep=no
layers: split_attention 64 -> 14x14x64
"""


class SplitAttention(nn.Module):
    """Zhang et al. 2020, arXiv:2004.08955, figure 2: radix 2, cardinality 1, as the authors' SplAtConv2d."""

    def __init__(self, c: int, radix: int = 2) -> None:
        super().__init__()
        reduced = max(c * radix // 4, 32)
        self.radix = radix
        self.conv = nn.Conv2d(c, c * radix, 3, padding=1, groups=radix, bias=False)
        self.bn0 = nn.BatchNorm2d(c * radix)
        self.fc1, self.bn1 = nn.Conv2d(c, reduced, 1), nn.BatchNorm2d(reduced)
        self.fc2 = nn.Conv2d(reduced, c * radix, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch = len(x)
        splits = torch.relu(self.bn0(self.conv(x))).chunk(self.radix, dim=1)
        gap = torch.relu(self.bn1(self.fc1(sum(splits).mean((2, 3), keepdim=True))))
        scores = self.fc2(gap).view(batch, 1, self.radix, -1).transpose(1, 2).softmax(dim=1)
        shares = scores.reshape(batch, -1, 1, 1).chunk(self.radix, dim=1)
        return sum(share * split for share, split in zip(shares, splits, strict=True))


def filled(module: nn.Module, tensors: list[torch.Tensor]) -> nn.Module:
    """Give a module's parameters and statistics the values of others of the same shapes, each in its order."""
    mine = [t for t in module.state_dict().values() if t.dim()]
    assert sorted(t.shape for t in mine) == sorted(t.shape for t in tensors)
    with torch.no_grad():
        for tensor in mine:
            match = next(i for i, other in enumerate(tensors) if other.shape == tensor.shape)
            tensor.copy_(tensors.pop(match))
    return module


@pytest.mark.parametrize(
    ("text", "theirs", "params"), [(SELECTIVE, SelectiveKernel, 8_896), (SPLIT, SplitAttention, 43_488)]
)
def test_attention_over_branches_is_that_of_the_paper(text: str, theirs: type[nn.Module], params: int) -> None:
    torch.manual_seed(0)
    network = cnncalc.load("-", stdin=text.encode)
    other = theirs(64).eval()
    assert network.report().totals.params == sum(p.numel() for p in other.parameters()) == params
    for tensor in other.state_dict().values():
        if tensor.dim():
            tensor.copy_(torch.rand(tensor.shape) + 0.1)
    mine = filled(network.torch(), [t.clone() for t in other.state_dict().values() if t.dim()]).eval()
    x = torch.randn(2, 64, 14, 14)
    with torch.no_grad():
        torch.testing.assert_close(mine(x), other(x), rtol=1e-4, atol=1e-4)
