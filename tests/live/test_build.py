"""Networks as modules of PyTorch: names, graph, shared weights, side heads, what is freed, first numbers."""

from __future__ import annotations

import copy
import gc
import inspect
import math
import weakref
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.live.build import build, module_names, steps_of
from cnncalc.network.network import Network

torch = pytest.importorskip("torch")


def spec(text: str) -> Network:
    return cnncalc.load("-", stdin=text.encode)


def test_names_are_the_paths() -> None:
    model = cnncalc.load("lenet5_1998").torch()
    keys = list(model.state_dict())
    assert keys[:4] == ["C1.conv.weight", "C1.conv.bias", "S2.subsample.weight", "S2.subsample.bias"]
    assert "C3.partial_conv.maps.15.weight" in keys
    assert keys[-1] == "output.rbf.centres"
    assert isinstance(model.C1.conv, torch.nn.Conv2d)


def test_names_that_pytorch_keeps_get_an_underscore() -> None:
    text = "input: 4x4x1\nlayers:\n  - type: conv 1 1\n  - half:\n      - forward: conv 2 1\n      - 3a: conv 2 1\n"
    model = spec(text).torch()
    assert list(dict(model.named_parameters())) == [
        "type_.conv.weight",
        "type_.conv.bias",
        "half_.forward_.conv.weight",
        "half_.forward_.conv.bias",
        "half_.3a.conv.weight",
        "half_.3a.conv.bias",
    ]
    assert model.half() is model
    assert model.eval()(torch.ones(1, 1, 4, 4).half()).shape == (1, 2, 4, 4)


def test_no_two_names_become_one() -> None:
    assert module_names(["type", "type_", "a.type", "_plans"]) == {
        "type": "type__",
        "type_": "type_",
        "a.type": "a.type_",
        "_plans": "_plans_",
    }


def test_graph_of_branches_and_merges() -> None:
    text = """
input: 4x4x2
layers:
  - a: relu
  - b: use a -> tanh
  - use a -> sigmoid -> sub b -> add input -> concat a
"""
    x = torch.randn(3, 2, 4, 4)
    y = spec(text).torch()(x)
    assert torch.equal(y, torch.cat([x.relu().sigmoid() - x.relu().tanh() + x, x.relu()], dim=1))


def test_several_inputs_and_outputs() -> None:
    text = """
inputs: {left: 3, right: 2}
outputs: [small, large]
layers:
  - small: use left -> relu
  - large: use right -> concat small
"""
    model = spec(text).torch()
    left, right = torch.randn(2, 3), torch.randn(2, 2)
    found = model(left, right)
    assert list(found) == ["small", "large"]
    assert torch.equal(found["large"], torch.cat([right, left.relu()], dim=1))
    with pytest.raises(TypeError, match="2 volumes are needed, 1 are given"):
        model(left)


def test_side_heads_work_in_training_or_when_asked() -> None:
    text = "input: 4\nlayers:\n  - linear 3\n  - aux: {side: linear 2, other: relu}\n  - linear 1\n"
    model, x = spec(text).torch(), torch.ones(5, 4)
    assert {name: tuple(y.shape) for name, y in model(x).items()} == {"output": (5, 1), "side": (5, 2), "other": (5, 3)}
    calls: list[Any] = []
    steps_of(model)[1].module.register_forward_hook(lambda *_: calls.append(1))
    assert model.eval()(x).shape == (5, 1)
    assert not calls
    assert list(model(x, aux=True)) == ["output", "side", "other"]
    with pytest.raises(TypeError, match=r"^forward takes aux alone by name, not heads$"):
        model(x, heads=True)
    # torch.onnx.export(dynamo=False) passes the defaults of parameters as further volumes.
    parameters = inspect.signature(model.forward).parameters.values()
    assert all(parameter.default is parameter.empty for parameter in parameters)
    assert calls == [1]


def test_weights_used_again_are_one_module() -> None:
    model = cnncalc.load("siamese").torch()
    network = cnncalc.load("siamese")
    assert sum(p.numel() for p in model.parameters()) == network.report().totals.params
    assert len({id(step.module) for step in steps_of(model)}) < len(steps_of(model))


def test_weights_used_again_where_padding_differs_are_tied() -> None:
    text = "input: 7x7x2\nlayers:\n  - a: conv 2 3x3 stride=2 pad=same\n  - again a\n"
    network = spec(text)
    model = network.torch()
    first, second = (step.module for step in steps_of(model))
    assert first is not second
    assert first.weight is second.weight
    assert sum(p.numel() for p in model.parameters()) == network.report().totals.params
    assert model(torch.ones(1, 2, 7, 7)).shape == (1, 2, 2, 2)


def test_results_are_freed_when_nobody_reads_them_any_more() -> None:
    text = """
input: 4
layers:
  - a: relu
  - tanh -> sigmoid -> add a -> relu -> tanh
  - dead: use a -> relu
  - use a -> tanh
"""
    model = spec(text).torch()
    alive: list[Any] = []
    most = []

    def note(module: Any, inputs: Any, y: Any) -> None:
        alive.append(weakref.ref(y))
        gc.collect()
        most.append(sum(ref() is not None for ref in alive))

    for step in steps_of(model):
        step.module.register_forward_hook(note)
    gc.freeze()  # collections look at what the model makes, not at all that the tests before have left
    with torch.no_grad():
        model(torch.ones(1, 4))
    gc.unfreeze()
    assert max(most) <= 3


def test_he_initialisation() -> None:
    network = cnncalc.load("32x32x64 -> conv 128 3x3 groups=2 -> flatten -> linear 100")
    torch.manual_seed(0)
    model = network.torch(init="he")
    conv, linear = model.conv, model.linear
    assert conv.weight.std().item() == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.02)
    assert linear.weight.std().item() == pytest.approx(math.sqrt(2 / 100), rel=0.02)
    assert not conv.bias.any()
    with pytest.raises(ValueError, match="init must be torch or he, not xavier"):
        network.torch(init="xavier")


def test_devices_and_number_types() -> None:
    model = cnncalc.load("vgg16").torch(device="meta", dtype="bfloat16")
    assert {p.device.type for p in model.parameters()} == {"meta"}
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert model.eval()(torch.empty(2, 3, 224, 224, dtype=torch.bfloat16, device="meta")).shape == (2, 1000)


@pytest.mark.parametrize("what", ["4x4x3 -> scale init=0.5 -> layernorm -> local_conv 2 3x3", "lenet5_1998"])
def test_a_copy_stands_on_its_own(what: str) -> None:
    network = cnncalc.load(what)
    model, x = network.torch().eval(), torch.randn(1, *network.nodes[0].y.chw)
    twin = copy.deepcopy(model)
    before = model(x)
    with torch.no_grad():
        for p in twin.parameters():
            p.add_(1)
    assert torch.equal(model(x), before)
    assert not torch.equal(twin(x), before)


def test_the_state_reads_back(tmp_path: Path) -> None:
    network = cnncalc.load("lenet5")
    model, twin = network.torch().eval(), network.torch().eval()
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    twin.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    x = torch.randn(2, 1, 32, 32)
    assert torch.equal(model(x), twin(x))


def test_the_graph_can_be_exported() -> None:
    model = build(cnncalc.load("8x8x1 -> conv 2 3x3 -> relu -> maxpool 2x2 -> flatten -> linear 3")).eval()
    x = torch.randn(1, 1, 8, 8)
    assert torch.equal(torch.export.export(model, (x,)).module()(x), model(x))
