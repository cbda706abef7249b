"""Activation functions that are no module of PyTorch: their values, and their derivatives as their pages have them."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, sqrt, tanh

import pytest
import torch

from tests.layers.make import layer


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
POSITIVE = {"log": (log, lambda x: 1 / x), "sqrt": (sqrt, lambda x: 1 / (2 * sqrt(x)))}


@pytest.mark.parametrize("kind", [*FUNCTIONS, *POSITIVE])
def test_values_and_derivatives(kind: str) -> None:
    value, derivative = (FUNCTIONS | POSITIVE)[kind]
    numbers = [0.3, 1.7, 4.0] if kind in POSITIVE else [-3.1, -1.2, -0.3, 0.4, 1.7, 5.0]
    made, x = layer(kind, str(len(numbers)))
    volume = torch.tensor([numbers], dtype=torch.float64, requires_grad=True)
    y = made.build(torch, x)(volume)
    y.sum().backward()
    assert volume.grad is not None
    assert y[0].tolist() == pytest.approx(list(map(value, numbers)))
    assert volume.grad[0].tolist() == pytest.approx(list(map(derivative, numbers)))
