"""Learned numbers: how many there are, and what they do to a volume, in PyTorch and without it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import cnncalc
from tests.layers.make import layer, macs, params

COUNTS = {
    ("4x5x6", "channel"): 6,
    ("4x5x6", "position"): 20,
    ("4x5x6", "value"): 120,
    ("4x5x6", "all"): 1,
    ("6", "channel"): 6,
    ("6", "position"): 1,
    ("6", "value"): 6,
    ("6", "all"): 1,
}
BROADCAST = {"channel": (6, 1, 1), "position": (4, 5), "value": (6, 4, 5), "all": (1,)}


@pytest.mark.parametrize("kind", ["scale", "bias_add"])
@pytest.mark.parametrize(("x", "per"), COUNTS)
def test_counts(kind: str, x: str, per: str) -> None:
    assert params(kind, x, per=per) == COUNTS[x, per]
    assert macs(kind, x, per=per) == 0


@pytest.mark.parametrize("per", BROADCAST)
def test_values(per: str) -> None:
    volume = torch.rand(2, 6, 4, 5)
    for kind, function in (("scale", torch.mul), ("bias_add", torch.add)):
        made, x = layer(kind, "4x5x6", per=per)
        module = made.build(torch, x)
        (numbers,) = module.parameters()
        torch.nn.init.normal_(numbers)
        torch.testing.assert_close(module(volume), function(volume, numbers.reshape(BROADCAST[per])))


def test_the_initial_value() -> None:
    made, x = layer("scale", "4x5x6", init=0, per="all")
    assert made.build(torch, x)(torch.rand(1, 6, 4, 5)).count_nonzero() == 0
    made, x = layer("bias_add", "4x5x6")
    volume = torch.rand(1, 6, 4, 5)
    assert torch.equal(made.build(torch, x)(volume), volume)


@pytest.mark.parametrize("per", ["channel", "position", "value", "all"])
@pytest.mark.parametrize("chain", ["2x2x2 -> scale init=3", "2x2x2 -> bias_add init=3"])
def test_they_are_evaluated_without_pytorch(per: str, chain: str, tmp_path: Path) -> None:
    numbers = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    run = cnncalc.run(f"{chain} per={per}", numbers)
    expected = torch.tensor(numbers) * 3 if "scale" in chain else torch.tensor(numbers) + 3
    assert run["output"].nested() == expected.tolist()


def test_a_place_bias_is_one_per_value() -> None:
    for x in ("4x5x6", "6"):
        assert params("place_bias", x) == params("bias_add", x, per="value")


def test_names_of_other_tools() -> None:
    network = cnncalc.load("8x8x6 -> ImplicitA(6) -> ImplicitM(6) -> LayerScale(6, 0.1)")
    assert [str(node.layer) for node in network.layers()] == ["bias_add", "scale init=1", "scale init=0.1"]
