"""Our numbers for other counters, checked against these counters as they run: equal to the digit, or not modelled."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest

import cnncalc
from tests.effort import few

TOOLS = {
    "torchinfo": "torchinfo",
    "torchsummary": "torchsummary",
    "fvcore": "fvcore",
    "ptflops": "ptflops",
    "ptflops_aten": "ptflops",
    "thop": "thop",
    "calflops": "calflops",
    "deepspeed": "deepspeed",
    "flop_counter_mode": "torch",
}
"""The package that each counter is in."""


class Case(NamedTuple):
    """A network of the library, torchvision's function for it, the sides of its input, and what its code is like."""

    name: str
    theirs: str
    code: tuple[str, ...] = ()
    side: int = 64
    arguments: tuple[tuple[str, Any], ...] = ()


def _plain(*names: str, code: tuple[str, ...] = (), side: int = 64) -> list[Case]:
    return [Case(name, name, code, side) for name in names]


FUNCTIONS = (("init_weights", False),)
CASES = [
    Case("alexnet_torchvision", "alexnet"),
    *_plain("vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg16_bn"),
    *_plain("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d"),
    *_plain("squeezenet1_0", "squeezenet1_1", "mobilenet_v3_large", "mobilenet_v3_small"),
    *_plain("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_v2_s"),
    *_plain("regnet_x_400mf", "regnet_y_400mf", "regnet_y_1_6gf", "regnet_x_3_2gf"),
    *_plain("densenet121", "densenet169", "densenet161", code=("function=pool5.relu,pool5.global_avgpool",)),
    *_plain("mobilenet_v2", code=("function=global_avgpool",)),
    *_plain("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "mnasnet0_5", "mnasnet1_0", code=("mean=global_avgpool",)),
    Case("googlenet_torchvision", "googlenet", ("function=relu",), arguments=FUNCTIONS),
    Case("inception_v3", "inception_v3", ("function=relu,??.pool.maxpool,??.pool.avgpool",), 299, FUNCTIONS),
    *_plain("convnext_tiny", "convnext_small", code=("linear=res2,res3,res4,res5", "subclass=stem,down?.*,pool")),
    *_plain("vit_b_16", "vit_b_32", code=(), side=224),
    *_plain("swin_t", "swin_s", code=("linear=stage1,stage2,stage3,stage4,merging?.*",), side=224),
    Case("wide_resnet50_2", "wide_resnet50_2"),
]


def measured(counter: str, lines: list[list[Any]]) -> list[dict[str, Any]]:
    """Run a counter on models, in a process of its own."""
    told = "".join(json.dumps(line) + "\n" for line in lines)
    command = [sys.executable, "-m", "tests.live.count", counter]
    found = subprocess.run(command, input=told, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in found.stdout.splitlines()]


@pytest.mark.exhaustive  # it builds and runs forty large models
@pytest.mark.parametrize("counter", TOOLS)
def test_numbers_are_those_of_the_counter(counter: str) -> None:
    for package in (TOOLS[counter], "torchvision"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    cases = few(CASES, every=6)
    lines = [[case.theirs, [3, case.side, case.side], dict(case.arguments)] for case in cases]
    wrong, compared, found = [], 0, measured(counter, lines)
    if missing := found[0].get("error", ""):
        assert missing.startswith(("ImportError", "ModuleNotFoundError")), missing
        pytest.skip(missing)
    for case, theirs in zip(cases, found, strict=True):
        shape = f"{case.side}x{case.side}x3"
        for ours in cnncalc.reconcile(case.name, counters=[counter], code=case.code, input=shape):
            if "error" in theirs:
                assert ours.number is None or counter == "torchsummary", (case.name, theirs["error"])
                continue
            compared += 1
            if ours.number != theirs[ours.quantity.name]:
                wrong.append((case.name, ours.quantity.name, ours.number, theirs[ours.quantity.name], ours.missing))
    assert wrong == []
    assert compared >= len(cases) * 6 // 7
