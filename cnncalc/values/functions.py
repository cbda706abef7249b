"""Activation functions and their derivatives, with the text of each calculation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from cnncalc.values.numbers import Number, decimal, exponential, factor, power_of_e, quotient, written

HALF = Fraction(1, 2)
SELU = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
"""λ and α of torch.nn.SELU."""

Parameters = Mapping[str, Number]
"""Fields of the layer by name: slope, alpha."""


class Function(NamedTuple):
    """f and f′ at a number, and how they are calculated."""

    value: Callable[[Number, Parameters], Number]
    derivative: Callable[[Number, Parameters], Number]
    text: Callable[[Number, Parameters], str]
    derivative_text: Callable[[Number, Parameters], str]


def sigmoid(x: Number) -> Number:
    """Return 1/(1 + e^(−x)) without overflow; 1/2 exactly at 0."""
    if x == 0:
        return HALF
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def tanh(x: Number) -> Number:
    return 0 if x == 0 else math.tanh(x)


def softplus(x: Number) -> float:
    return max(float(x), 0.0) + math.log1p(math.exp(-abs(float(x))))


def _normal(x: Number) -> Number:
    """Return Φ(x), the normal distribution function."""
    return HALF if x == 0 else (1 + math.erf(x / math.sqrt(2))) / 2


def _density(x: Number) -> float:
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _clamped(x: Number) -> Number:
    return min(max(0, x + 3), 6)


def _mish(x: Number, p: Parameters) -> Number:
    return x * math.tanh(softplus(x))


def _mish_slope(x: Number, p: Parameters) -> Number:
    t = math.tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


def _branch(above: str, below: str) -> Callable[[Number, Parameters], str]:
    """Make the text of a function of two branches."""

    def text(x: Number, p: Parameters) -> str:
        pieces = {name: factor(number) for name, number in p.items()} | {"x": factor(x), "e": power_of_e(x)}
        return (above if x > 0 else below).format(**pieces)

    return text


def _bare(name: str) -> Callable[[Number, Parameters], str]:
    return lambda x, p: f"{name}({written(x)})"


def _slope_text(x: Number, p: Parameters) -> str:
    return f"f′({written(x)})"


def _line(below: str) -> Callable[[Number, Parameters], str]:
    """Make the text of the slope of a function that is x above 0, and a straight line below."""

    def text(x: Number, p: Parameters) -> str:
        line = "x" if x > 0 else below.format(**{name: factor(number) for name, number in p.items()})
        return f"for x {'>' if x > 0 else '≤'} 0, f(x) = {line}: f′({written(x)})"

    return text


def _inverse(x: Number) -> str:
    """Write σ(x) as its quotient."""
    return f"1/(1 + {power_of_e(-x)})"


FUNCTIONS: dict[str, Function] = {
    "relu": Function(lambda x, p: max(0, x), lambda x, p: int(x > 0), lambda x, p: f"max(0, {written(x)})", _line("0")),
    "relu6": Function(
        lambda x, p: min(max(0, x), 6),
        lambda x, p: int(0 < x < 6),
        lambda x, p: f"min(max(0, {written(x)}), 6)",
        _slope_text,
    ),
    "leaky_relu": Function(
        lambda x, p: x if x > 0 else p["slope"] * x,
        lambda x, p: 1 if x > 0 else p["slope"],
        _branch("{x}", "{slope}·{x}"),
        _line("{slope}·x"),
    ),
    "prelu": Function(
        lambda x, p: x if x > 0 else p["weight"] * x,
        lambda x, p: 1 if x > 0 else p["weight"],
        _branch("{x}", "{weight}·{x}"),
        _line("{weight}·x"),
    ),
    "elu": Function(
        lambda x, p: x if x > 0 else p["alpha"] * (exponential(x) - 1),
        lambda x, p: 1 if x > 0 else p["alpha"] * exponential(x),
        _branch("{x}", "{alpha}·({e} − 1)"),
        _branch("f′({x})", "{alpha}·{e}"),
    ),
    "celu": Function(
        lambda x, p: x if x > 0 else p["alpha"] * (exponential(quotient(x, p["alpha"])) - 1),
        lambda x, p: 1 if x > 0 else exponential(quotient(x, p["alpha"])),
        _branch("{x}", "{alpha}·(e^({x}/{alpha}) − 1)"),
        _branch("f′({x})", "e^({x}/{alpha})"),
    ),
    "selu": Function(
        lambda x, p: SELU[0] * (x if x > 0 else SELU[1] * (exponential(x) - 1)),
        lambda x, p: SELU[0] * (1 if x > 0 else SELU[1] * exponential(x)),
        _branch("1.0507·{x}", "1.0507·1.6733·({e} − 1)"),
        _branch("1.0507", "1.0507·1.6733·{e}"),
    ),
    "sigmoid": Function(
        lambda x, p: sigmoid(x),
        lambda x, p: sigmoid(x) * sigmoid(-x),
        lambda x, p: _inverse(x),
        lambda x, p: f"σ = {_inverse(x)} = {written(sigmoid(x))}; {written(sigmoid(x))}·(1 − {written(sigmoid(x))})",
    ),
    "tanh": Function(
        lambda x, p: tanh(x),
        lambda x, p: 1 if x == 0 else 1 / math.cosh(x) ** 2 if abs(float(x)) < 300 else 0.0,
        lambda x, p: f"({power_of_e(x)} − {power_of_e(-x)})/({power_of_e(x)} + {power_of_e(-x)})",
        lambda x, p: f"tanh({written(x)}) = {written(tanh(x))}; 1 − {factor(tanh(x))}²",
    ),
    "softplus": Function(
        lambda x, p: softplus(x),
        lambda x, p: sigmoid(x),
        lambda x, p: f"ln(1 + {power_of_e(x)})",
        lambda x, p: _inverse(x),
    ),
    "gelu": Function(
        lambda x, p: x * _normal(x),
        lambda x, p: _normal(x) + x * _density(x),
        lambda x, p: f"{factor(x)}·Φ({written(x)})",
        lambda x, p: f"Φ({written(x)}) + {factor(x)}·φ({written(x)})",
    ),
    "silu": Function(
        lambda x, p: x * sigmoid(x),
        lambda x, p: sigmoid(x) * (1 + x * sigmoid(-x)),
        lambda x, p: f"{factor(x)}·{_inverse(x)}",
        lambda x, p: f"{written(sigmoid(x))}·(1 + {factor(x)}·(1 − {written(sigmoid(x))}))",
    ),
    "mish": Function(_mish, _mish_slope, lambda x, p: f"{factor(x)}·tanh(ln(1 + {power_of_e(x)}))", _slope_text),
    "hardswish": Function(
        lambda x, p: x * quotient(_clamped(x), 6),
        lambda x, p: 0 if x <= -3 else 1 if x >= 3 else quotient(2 * x + 3, 6),
        lambda x, p: f"{factor(x)}·min(max(0, {written(x)} + 3), 6)/6",
        _slope_text,
    ),
    "hardsigmoid": Function(
        lambda x, p: quotient(_clamped(x), 6),
        lambda x, p: Fraction(1, 6) if -3 < x < 3 else 0,
        lambda x, p: f"min(max(0, {written(x)} + 3), 6)/6",
        _slope_text,
    ),
}
"""Element-wise functions by the kind of their layer."""


def parameters(fields: Mapping[str, object]) -> dict[str, Number]:
    """Return the fields of a layer that its function takes."""
    return {name: decimal(value) for name, value in fields.items() if isinstance(value, float)}
