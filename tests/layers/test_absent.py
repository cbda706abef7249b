"""What is said of names that are no layers here: each remedy is a step that builds."""

from __future__ import annotations

import re

import pytest

import cnncalc
from cnncalc.layers.absent import _HINTS, instead_of
from cnncalc.problem import Problems

VOLUMES = {
    "lstm": "9x4",
    "token": "9x4",
    "linear": "9x4",
    "conv 4 1": "9x4",
    "conv 4 1x1": "8x8x4",
    "matmul": "8x8",
    "reshape 7x512": "7x1x512",
    "reshape 7x7x128": "6272",
    "reshape 1x1x512": "512",
}
"""What comes in before a remedy that does not take an image of four channels; the longest match counts."""
LACKING = {"upsample": "upsample 2", "adaptive_avgpool": "adaptive_avgpool 2", "linear": "linear 4"}
LACKING |= {"permute": "permute [1,0,2]"}
"""Remedies that are named without their arguments."""


@pytest.mark.parametrize("hint", dict.fromkeys(hint for _, hint in _HINTS))
def test_a_remedy_builds(hint: str) -> None:
    for step in re.findall(r"`([^`]*)`", hint):
        if step in ("blocks", "cnncalc docs language"):
            continue
        step = LACKING.get(step, step).replace("OUT", "4").replace("NAME", "input").replace("KERNEL", "3x3")
        found = [start for start in VOLUMES if step.startswith(start)]
        volume = VOLUMES[max(found, key=len)] if found else "8x8x4"
        begin = "" if step.startswith("use ") else "relu -> "
        chain = f"input: {volume}\nlayers:\n  - {begin}{step}\n"
        assert cnncalc.load("-", stdin=chain.encode).nodes


@pytest.mark.parametrize(
    ("step", "hint"),
    [
        ("PriorBox", "it makes boxes of numbers and learns nothing: end with the layer that it reads"),
        ("DetectionOutput", "it makes boxes of numbers and learns nothing: end with the layer that it reads"),
        ("yolo", "it makes boxes of numbers and learns nothing: end with the layer that it reads"),
        ("SoftmaxWithLoss", "it is a loss and no layer of the network: leave it out"),
        ("cross_entropy", "it is a loss and no layer of the network: leave it out"),
        ("ImageData", "it gives data and is no layer: a chain begins with the shape of its input"),
        ("RandomFlip", "it changes data, not the network: leave it out"),
        ("ArgMax", "it reads the result and learns nothing: leave it out"),
        ("Eltwise", "write `add NAME`, `mul NAME` or `maximum NAME`; a coefficient is `rescale 0.5` before it"),
        ("RepeatVector", "it does not exist here: `upsample` and `resize_like NAME` repeat values"),
        ("norm", "write batchnorm, layernorm or groupnorm"),
        ("Pooling", "write maxpool or avgpool"),
    ],
)
def test_what_is_no_layer_is_answered(step: str, hint: str) -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load(f"8x8x4 -> {step}")
    (problem,) = found.value.problems
    assert (problem.message, problem.hint) == (f"there is no layer or block '{step}'", hint)


def test_calls_and_other_spellings_are_answered_alike() -> None:
    with pytest.raises(Problems) as found:
        cnncalc.load("8x8x4 -> nn.CrossEntropyLoss()")
    assert found.value.problems[0].hint == "it is a loss and no layer of the network: leave it out"
    assert instead_of("Prior_Box") == instead_of("priorbox") is not None
    assert instead_of("conv") is None
