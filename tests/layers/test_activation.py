"""Activation functions that are no module of PyTorch: their values, and their derivatives as their pages have them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import cosh, exp, log, pi, sqrt, tanh

import pytest
import torch

import cnncalc
from cnncalc.layers.base import Refusal
from tests.layers.make import layer, output, refusals


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "quick_gelu": (
        lambda x: x * sigmoid(1.702 * x),
        lambda x: sigmoid(1.702 * x) + 1.702 * x * sigmoid(1.702 * x) * (1 - sigmoid(1.702 * x)),
    ),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "logsigmoid": (lambda x: -log(1 + exp(-x)), lambda x: sigmoid(-x)),
    "tanhshrink": (lambda x: x - tanh(x), lambda x: tanh(x) ** 2),
    "hard_mish": (lambda x: x / 2 * min(2, max(0, x + 2)), lambda x: 0 if x < -2 else x + 1 if x < 0 else 1),
    "ramp": (lambda x: max(0, x) + x / 10, lambda x: 1.1 if x > 0 else 0.1),
    "exp": (exp, exp),
    "abs": (abs, lambda x: 1 if x > 0 else -1),
    "square": (lambda x: x * x, lambda x: 2 * x),
}


def _gelu_by_tanh(x: float) -> float:
    return x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2


def _slope_by_tanh(x: float) -> float:
    inner = sqrt(2 / pi) * (x + 0.044715 * x**3)
    return (1 + tanh(inner)) / 2 + x / 2 / cosh(inner) ** 2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)


WITH_FIELDS: dict[str, tuple[dict[str, object], Callable[[float], float], Callable[[float], float]]] = {
    "hardtanh": ({"min": -2, "max": 1}, lambda x: min(max(x, -2), 1), lambda x: -2 < x < 1),
    "threshold": ({"limit": 1, "value": 20}, lambda x: x if x > 1 else 20, lambda x: x > 1),
    "softshrink": ({"limit": 1}, lambda x: x - 1 if x > 1 else x + 1 if x < -1 else 0, lambda x: abs(x) > 1),
    "hardshrink": ({"limit": 1}, lambda x: x if abs(x) > 1 else 0, lambda x: abs(x) > 1),
    "rrelu": (
        {"lower": Fraction(1, 4), "upper": Fraction(1, 2)},
        lambda x: x if x > 0 else 3 / 8 * x,
        lambda x: 1 if x > 0 else 3 / 8,
    ),
    "gelu": ({"approximate": "tanh"}, _gelu_by_tanh, _slope_by_tanh),
}
POSITIVE = {"log": (log, lambda x: 1 / x), "sqrt": (sqrt, lambda x: 1 / (2 * sqrt(x)))}


ALL = {kind: ({}, *both) for kind, both in (FUNCTIONS | POSITIVE).items()} | WITH_FIELDS


@pytest.mark.parametrize("kind", ALL)
def test_values_and_derivatives(kind: str) -> None:
    fields, value, derivative = ALL[kind]
    numbers = [0.3, 1.7, 4.0] if kind in POSITIVE else [-3.1, -1.2, -0.3, 0.4, 1.7, 5.0]
    made, x = layer(kind, str(len(numbers)), **fields)
    volume = torch.tensor([numbers], dtype=torch.float64, requires_grad=True)
    y = made.build(torch, x).eval()(volume)
    y.sum().backward()
    assert volume.grad is not None
    assert y[0].tolist() == pytest.approx(list(map(value, numbers)))
    assert volume.grad[0].tolist() == pytest.approx([float(derivative(number)) for number in numbers])


GATES = {
    "sigmoid": torch.sigmoid,
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "identity": torch.clone,
}


@pytest.mark.parametrize("gate", GATES)
def test_a_gated_linear_unit(gate: str) -> None:
    assert output("glu", "5x7x6", gate=gate) == "5x7x3"
    made, x = layer("glu", "5x7x6", gate=gate)
    volume = torch.randn(2, 6, 5, 7)
    expected = volume[:, :3] * GATES[gate](volume[:, 3:])
    torch.testing.assert_close(made.build(torch, x)(volume), expected)
    if gate == "sigmoid":
        torch.testing.assert_close(torch.nn.GLU(1)(volume), expected)


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "glu",
            "8x8x7",
            {},
            Refusal("E203", None, "glu halves the channels, 7 is odd", "8 channels before it give 4"),
        ),
        (
            "hardtanh",
            "7",
            {"min": 2},
            Refusal("E105", "min", "the lower limit 2 is not below the upper limit 1", "write min=1 max=2"),
        ),
        ("hardtanh", "7", {"min": 1}, Refusal("E105", "min", "the lower limit 1 is not below the upper limit 1")),
        (
            "rrelu",
            "7",
            {"lower": 1, "upper": Fraction(1, 2)},
            Refusal("E105", "lower", "the least slope 1 exceeds the largest 0.5", "write lower=0.5 upper=1"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]


def test_powers_and_circular_functions() -> None:
    numbers = torch.rand(2, 5) + 0.5
    for step, expected in (("power -0.5", numbers.rsqrt()), ("sin", numbers.sin()), ("cos", numbers.cos())):
        torch.testing.assert_close(cnncalc.load(f"5 -> {step}").torch()(numbers), expected)
    caffe = cnncalc.load("5 -> rescale 2 offset=1 -> power 3").torch()
    torch.testing.assert_close(caffe(numbers), (1 + 2 * numbers) ** 3)


def test_noise_is_added_in_training_only() -> None:
    module = cnncalc.load("5 -> gaussian_noise 0.1").torch()
    numbers = torch.zeros(2, 5)
    assert not torch.equal(module.train()(numbers), numbers)
    assert torch.equal(module.eval()(numbers), numbers)


def test_limits_that_are_looked_for() -> None:
    for chain in ("8 -> hardtanh min=? -> 8", "8 -> rrelu upper=? -> 8"):
        assert list(cnncalc.solve(chain))
