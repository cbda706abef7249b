"""Layers on numbers: every rule against PyTorch, derivatives against autograd, and the texts of calculations."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncalc.layers.base import Layer
from cnncalc.loading import load
from cnncalc.shape import Shape
from cnncalc.values.entries import Applied, Kept, Maximum, Mean, Normalised, Products, Share, Sum, Variance
from cnncalc.values.evaluate import EPSILON, NOT_EVALUATED, Evaluation, unsupported
from cnncalc.values.functions import FUNCTIONS
from cnncalc.values.rules import RULES, Step
from cnncalc.values.tensor import Tensor
from tests.effort import drawn, examples
from tests.strategies import layers


def tensor_of(found: Any) -> Tensor:
    return Tensor(tuple(found.shape), found.reshape(-1).tolist())


def close(ours: Tensor, theirs: Any) -> bool:
    pairs = zip(ours.numbers, theirs.reshape(-1).tolist(), strict=True)
    return ours.sizes == tuple(theirs.shape) and all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in pairs)


def randomised(torch: Any, module: Any, seed: int) -> dict[str, Tensor]:
    """Give a module random weights and statistics, and return them."""
    torch.manual_seed(seed)
    for tensor in module.parameters():
        tensor.data.copy_(torch.randn_like(tensor))
    for name, tensor in module.named_buffers():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.5 if "var" in name else torch.randn_like(tensor))
    named = (*module.named_parameters(), *module.named_buffers())
    return {name: tensor_of(tensor.data) for name, tensor in named if tensor.is_floating_point()}


@examples(150)
@given(layers(tuple(RULES)), st.integers(0, 10**6))
def test_every_rule_is_pytorchs(found: tuple[Layer, tuple[Shape, ...]], seed: int) -> None:
    torch = pytest.importorskip("torch")
    layer, xs = found
    assume(sum(x.values for x in xs) <= 2_000 and layer.macs(*xs) <= 20_000)
    assume(all(layer.__dict__[name] == layer.default(name) for name in NOT_EVALUATED if name in layer.fields))
    module = layer.build(torch, *xs).double().eval()
    tensors = randomised(torch, module, seed)
    volumes = [torch.randn((1, *x.chw), dtype=torch.double) for x in xs]
    with torch.no_grad():
        (theirs,) = module(*volumes)
    step = Step(layer, xs, [tuple(tensor_of(volume[0]) for volume in volumes)], tensors, False, EPSILON)
    assert close(step.output(0), theirs), layer


@drawn(layers(("batchnorm",)), st.integers(2, 4), st.integers(0, 10**6), usual=30, whole=150)
def test_batch_statistics_are_pytorchs(found: tuple[Layer, tuple[Shape, ...]], count: int, seed: int) -> None:
    torch = pytest.importorskip("torch")
    layer, (x,) = found
    module = layer.build(torch, x).double().train()
    tensors = randomised(torch, module, seed)
    volumes = torch.randn((count, *x.chw), dtype=torch.double)
    with torch.no_grad():
        theirs = module(volumes)
    step = Step(layer, (x,), [(tensor_of(volume),) for volume in volumes], tensors, True, EPSILON)
    assert all(close(step.output(image), theirs[image]) for image in range(count))


@pytest.mark.parametrize("kind", FUNCTIONS)
@examples(60)
@given(numbers=st.lists(st.floats(-30, 30).filter(lambda x: abs(x) > 1e-6), min_size=1, max_size=8))
def test_derivatives_are_autograds(kind: str, numbers: list[float]) -> None:
    torch = pytest.importorskip("torch")
    assume(all(abs(abs(x) - edge) > 1e-6 for x in numbers for edge in (3, 6)))
    (node,) = load(f"{len(numbers)} -> {kind}").layers()
    module = node.layer.build(torch, *node.x).double()
    x = torch.tensor([numbers], dtype=torch.double, requires_grad=True)
    module(x).sum().backward()
    tensors = {name: tensor_of(tensor.data) for name, tensor in module.named_parameters()}
    step = Step(node.layer, node.x, [(Tensor((len(numbers),), numbers),)], tensors, ask="derivative")
    assert close(step.output(0), x.grad[0])


NETWORKS = (
    "5x5x2 -> conv 3 3x3 pad=1 -> relu -> maxpool 2x2 -> flatten -> linear 4 -> softmax",
    "9x3 -> conv 4 3 stride=2 pad=same_lower groups=1 -> batchnorm -> leaky_relu 0.1 -> global_avgpool",
    "4x4x2 -> conv_transpose 3 2x2 stride=2 -> layernorm -> gelu -> upsample 2 -> dropout 0.3",
)


@pytest.mark.parametrize("chain", NETWORKS)
@examples(5)
@given(seed=st.integers(0, 10**6))
def test_whole_networks_are_pytorchs(chain: str, seed: int) -> None:
    torch = pytest.importorskip("torch")
    from cnncalc.live.build import build
    from cnncalc.live.run import named_tensors

    network = load(chain)
    assert not unsupported(network)
    model = build(network, dtype="float64").eval()
    randomised(torch, model, seed)
    (shape,) = network.input_shapes().values()
    volume = torch.randn((1, *shape.chw), dtype=torch.double)
    with torch.no_grad():
        (theirs,) = model(volume)
    tensors: dict[str, dict[str, Tensor]] = {}
    for name, (node, tensor) in named_tensors(network, model).items():
        tensors.setdefault(node.path, {})[name.rpartition(".")[2]] = tensor_of(tensor.data)
    (found,) = Evaluation(network, [{"input": tensor_of(volume[0])}], tensors).outputs().values()
    assert close(found[0], theirs)


def test_what_needs_pytorch_is_said() -> None:
    assert unsupported(load("8x8x3 -> lrn 5")) == "lrn"
    assert unsupported(load("4x4x3 -> upsample 2 mode=bilinear")) == "upsample mode=bilinear"
    large = load("224x224x3 -> conv 64 7x7 stride=2 pad=3")
    assert unsupported(large) == "118,164,480 products and values, more than 1,000,000,"


@pytest.mark.parametrize(
    ("entry", "value", "line"),
    [
        (Products([(50, 30), (20, 30), (0, 30), (7, 0)]), 2100, "(50·30) + (20·30) = 2,100"),
        (Products([(2, -3), (Fraction(1, 2), 4)], -1), -5, "(2·(−3)) + (0.5·4) + (−1) = −5"),
        (Products([(0, 3)]), 0, "0"),
        (Maximum([1, 5, -2]), 5, "max(1, 5, −2) = 5"),
        (Mean([1, 5, -2, 0], 4), 1, "(1 + 5 + (−2) + 0)/4 = 1"),
        (Mean([1, 1], 3), Fraction(2, 3), "(1 + 1)/3 = 2/3"),
        (Sum([3, 4], -1), -1, "3 − 4 = −1"),
        (Kept(3, True, Fraction(3, 4)), 4, "3/0.75 = 4"),
        (Kept(3, False, Fraction(3, 4)), 0, "0"),
        (Applied("relu", -3), 0, "max(0, −3) = 0"),
        (Applied("relu", -3, derivative=True), 0, "for x ≤ 0, f(x) = 0: f′(−3) = 0"),
        (Applied("leaky_relu", -3, {"slope": Fraction(1, 10)}), Fraction(-3, 10), "0.1·(−3) = −0.3"),
        (Applied("sigmoid", 0), Fraction(1, 2), "1/(1 + e^0) = 0.5"),
        (Applied("sigmoid", 0, derivative=True), Fraction(1, 4), "σ = 1/(1 + e^0) = 0.5; 0.5·(1 − 0.5) = 0.25"),
        (Share([0, 0, 0, 0], 1), Fraction(1, 4), "e^0/(e^0 + e^0 + e^0 + e^0) = 1/4 = 0.25"),
        (Variance([2, 4, 4, 6]), 2, "((2 − 4)² + (4 − 4)² + (4 − 4)² + (6 − 4)²)/4 = 2"),
        (Normalised(2, [2, 4, 6, 8, 5, 5]), None, "(2 − 5)/√(10/3) = −1.643"),
        (Normalised(7, [1, 7]), 1, "(7 − 4)/√9 = 1"),
        (Normalised(7, [1, 7], scale=2, shift=-1), 1, "2·(7 − 4)/√9 + (−1) = 1"),
    ],
)
def test_calculations(entry: Any, value: Any, line: str) -> None:
    assert value is None or (entry.value == value and type(entry.value) is type(value))
    assert entry.line == line


def test_long_sums_are_shortened() -> None:
    text = Products([(n, 1) for n in range(1, 101)]).line
    assert text.startswith("(1·1) + (2·1) + ")
    assert "(20·1) + … + (81·1)" in text
    assert text.endswith("= 5,050")


def test_no_function_overflows() -> None:
    for kind, function in FUNCTIONS.items():
        fields = {"slope": Fraction(1, 100), "weight": Fraction(1, 4), "alpha": 1}
        for x in (-1e6, -800, -1, 0, 1, 800, 1e6):
            for number in (function.value(x, fields), function.derivative(x, fields)):
                assert math.isfinite(number), (kind, x)
            assert function.text(x, fields)
            assert function.derivative_text(x, fields)
