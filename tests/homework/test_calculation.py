"""A network calculated calc by calc comes to the report's own numbers, whatever layers it has."""

from __future__ import annotations

import pytest

from cnncalc.homework.calculation import Calculation
from cnncalc.homework.model import Conventions
from cnncalc.homework.quantities import QUANTITIES, NoLayer, Target
from cnncalc.homework.quantity_expression import QuantityExpression, Subject, plain
from cnncalc.library import files, stem
from cnncalc.loading import load
from cnncalc.numbers.arith import product
from cnncalc.numbers.traced import value_of
from tests.effort import sampled

FAMILIES = sorted(stem(path) for path in files())


@pytest.mark.parametrize("family", sampled(FAMILIES, every=3))
def test_without_mistakes_every_layer_has_the_numbers_of_the_report(family: str) -> None:
    network = load(family)
    calculation = Calculation(network)
    for row in network.report().rows:
        calc = calculation.layer(row.node)
        assert plain(calc.leaving) == row.output
        assert sum(value_of(product(shape)) for shape in calc.tensors.values()) == sum(
            map(product, row.weights.values())
        )
        assert value_of(calc.macs) == row.macs, row.path


@pytest.mark.parametrize("family", sampled(FAMILIES, every=9))
def test_the_asks_of_a_whole_network_are_its_totals(family: str) -> None:
    network = load(family)
    totals = network.report().totals
    for ask in ("params", "macs", "flops", "buffers", "activation_values", "activation_bytes", "weight_bytes"):
        expression = QuantityExpression(ask, {"": Subject("", network, None)}, Conventions())
        assert expression.value() == getattr(totals, ask), ask


@pytest.mark.parametrize(
    ("chain", "ask", "conventions", "value"),
    [
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "params", {}, 448 + 32),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "params", {"batchnorm": "all"}, 448 + 64),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "params", {"batchnorm": "none"}, 448),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "params", {"biases": False}, 432 + 32),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "biases", {}, 16),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "macs", {"batch": 8}, 8 * 388_800),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "activation_values", {"batch": 8}, 8 * 14_400),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "params", {"batch": 8}, 448 + 32),
        ("32x32x3 -> conv 16 3x3 -> batchnorm", "weights", {}, 432),
        ("4x4x2 -> conv 3 3x3", "macs", {}, 4 * 54),
        ("4x4x2 -> conv 3 3x3", "flops", {}, 8 * 54),
        ("4x4x2 -> conv 3 3x3", "flops", {"flops": "one"}, 4 * 54),
        ("4x4x2 -> conv 3 3x3", "additions", {}, 4 * 54),  # 17 + 1 for the bias, at 12 places
        ("4x4x2 -> conv 3 3x3 bias=no", "additions", {}, 4 * 54 - 12),
        ("720x1280x3 -> conv 1 3x3 pad=1 bias=no", "operations", {}, 48_844_800),  # 53 for each of 921,600 pixels
        ("4x4x2 -> conv 3 3x3 -> relu", "activation_values", {}, 12),
        ("4x4x2 -> conv 3 3x3 -> relu", "activation_values", {"activations": "all"}, 24),
        ("4x4x2 -> conv 3 3x3 -> relu", "activation_values", {"activations": "with_input"}, 44),
        ("4x4x2 -> conv 3 3x3", "activation_bytes", {"number_bytes": 2}, 24),
        ("4x4x2 -> conv 3 3x3", "weight_bytes", {"number_bytes": 8}, 57 * 8),
        ("6x6x3 -> conv 8 3x3 stride=2 pad=same", "pad", {}, ((0, 1),)),
        ("6x6x3 -> conv 8 3x3 stride=2", "same_pad", {}, ((0, 1),)),
        ("9x9x3 -> conv 8 4x4 stride=3", "left_over", {}, 2),
        ("9x9x3 -> conv 8 3x3 dilation=4", "extent", {}, (9, 9)),
        ("9x9x3 -> conv 8 3x3 -> relu", "fan_in", {}, 27),
        ("9x9x3 -> conv 8 3x3 -> relu", "fan_out", {}, 72),
        ("9x9x3 -> conv 8 3x3 -> conv 8 3x3", "receptive_field", {}, 5),
        ("9x9x3 -> conv 8 3x3 stride=2 -> conv 8 3x3 stride=2", "jump", {}, 4),
    ],
)
def test_an_ask_under_conventions(chain: str, ask: str, conventions: dict[str, object], value: object) -> None:
    network = load(chain)
    layers = list(network.layers())
    subject = Subject("", network, layers[0] if len(layers) == 1 else None)
    assert QuantityExpression(ask, {"": subject}, Conventions(**conventions)).value() == value


def test_an_ask_about_one_layer_needs_one() -> None:
    network = load("9x9x3 -> conv 8 3x3 -> conv 8 3x3")
    with pytest.raises(NoLayer):
        QUANTITIES["fan_in"].of(Target(network.report(), None, Conventions(), Calculation(network)))
