"""Weights that are computed from others: their tensors, their values as PyTorch and timm compute them, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn.utils import parametrizations

import cnncalc
from cnncalc.layers.base import Refusal
from cnncalc.numbers.arith import product
from cnncalc.problem import Problems
from tests.layers.make import layer, macs, params, refusals

COUNTS = {
    ("conv", "none"): (6 * 4 * 9 + 6, 0),
    ("conv", "standardize"): (6 * 4 * 9 + 6, 0),
    ("conv", "scaled_standardize"): (6 * 4 * 9 + 6 + 6, 0),
    ("conv", "weight_norm"): (6 * 4 * 9 + 6 + 6, 0),
    ("conv", "spectral_norm"): (6 * 4 * 9 + 6, 6 + 4 * 9),
    ("conv_transpose", "weight_norm"): (6 * 4 * 9 + 6 + 4, 0),  # PyTorch takes the first dimension, the inputs
    ("conv_transpose", "spectral_norm"): (6 * 4 * 9 + 6, 6 + 4 * 9),
}


@pytest.mark.parametrize(("kind", "how"), COUNTS)
def test_counts(kind: str, how: str) -> None:
    fields = {"out": 6, "kernel": 3, "parametrize": how}
    made, x = layer(kind, "8x8x4", **fields)
    assert (params(kind, "8x8x4", **fields), sum(map(product, made.buffers(x).values()))) == COUNTS[kind, how]
    assert macs(kind, "8x8x4", **fields) == macs(kind, "8x8x4", out=6, kernel=3)


@pytest.mark.parametrize("how", ["weight_norm", "spectral_norm"])
def test_it_is_that_of_torch(how: str) -> None:
    for kind, theirs in (("conv", torch.nn.Conv2d(4, 6, 3)), ("conv_transpose", torch.nn.ConvTranspose2d(4, 6, 3))):
        theirs = getattr(parametrizations, how)(theirs).eval()
        made, x = layer(kind, "8x8x4", out=6, kernel=3, parametrize=how)
        ours = made.build(torch, x).eval()
        ours.load_state_dict(theirs.state_dict())
        volume = torch.randn(2, 4, 8, 8)
        torch.testing.assert_close(ours(volume), theirs(volume))


@pytest.mark.parametrize("how", ["standardize", "scaled_standardize"])
def test_standardised_filters(how: str) -> None:
    """timm's StdConv2d and ScaledStdConv2d compute them by a batch norm over each filter."""
    made, x = layer("conv", "8x8x4", out=6, kernel=3, parametrize=how)
    module = made.build(torch, x)
    if how == "scaled_standardize":
        torch.nn.init.normal_(module.gain)
    scale = module.gain.flatten() * 36**-0.5 if how == "scaled_standardize" else None
    weight = torch.nn.functional.batch_norm(
        module.weight.reshape(1, 6, -1), None, None, scale, training=True, momentum=0.0, eps=1e-6
    ).reshape_as(module.weight)
    volume = torch.randn(2, 4, 8, 8)
    expected = torch.nn.functional.conv2d(volume, weight, module.bias)
    torch.testing.assert_close(module(volume), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "fields", "refusal"),
    [
        (
            "conv",
            {"out": 4, "kernel": 1, "groups": 4, "parametrize": "standardize"},
            Refusal(
                "E105",
                "parametrize",
                "filters of conv with 1 weight each become 0, standardize needs at least 2",
                "leave it out, or use weight_norm",
            ),
        ),
        (
            "depthwise",
            {"kernel": 1, "parametrize": "scaled_standardize"},
            Refusal(
                "E105",
                "parametrize",
                "filters of depthwise with 1 weight each become 0, scaled_standardize needs at least 2",
                "leave it out, or use weight_norm",
            ),
        ),
    ],
)
def test_refusals(kind: str, fields: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, "8x8x4", **fields) == [refusal]


def test_a_linear_layer_is_not_standardised() -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load("8 -> linear 4 parametrize=standardize")
    (problem,) = found.value.problems
    assert problem.headline() == (
        "<command line>:1:27: E105 value: parametrize must be none or weight_norm or spectral_norm, not 'standardize'"
    )


@pytest.mark.parametrize("how", ["weight_norm", "spectral_norm", "scaled_standardize"])
def test_it_is_marked(how: str) -> None:
    """Mistakes are looked for in the weight, whatever PyTorch calls what it is computed from."""
    chain = f"8x8x3 -> conv 4 3x3 parametrize={how}"
    gains = 0 if how == "spectral_norm" else 4
    (right,) = cnncalc.check(chain, params=112 + gains)
    (wrong,) = cnncalc.check(chain, params=108)
    assert (right.verdict, wrong.verdict) == ("right", "wrong")
    assert "That is 3·3·3·4: the 4 biases are missing." in wrong.feedback


MODEL = """\\
import torch
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

def make():
    conv = weight_norm(torch.nn.Conv2d(3, 4, 3, padding=1))
    return torch.nn.Sequential(conv, torch.nn.ReLU(), spectral_norm(torch.nn.Conv2d(4, 2, 1)))
"""


def test_against_a_model(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(MODEL)
    chain = "8x8x3 -> conv 4 3x3 pad=1{} -> relu -> conv 2 1x1 parametrize=spectral_norm"
    assert cnncalc.against(chain.format(" parametrize=weight_norm"), f"{file}:make").agrees
    assert not cnncalc.against(chain.format(""), f"{file}:make").agrees  # the gains are missing
