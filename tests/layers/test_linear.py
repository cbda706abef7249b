"""Linear layers: counts, positions, and what is refused."""

import pytest

from cnncalc.layers.base import Refusal
from tests.layers.make import layer, macs, output, params, refusals


def test_counts() -> None:
    assert params("linear", "120", out=84) == 10_164  # LeNet-5, F6
    assert params("linear", "9216", out=4096) == 37_752_832  # AlexNet, fc6
    assert macs("linear", "9216", out=4096) == 37_748_736
    assert params("linear", "9216", out=4096, bias=False) == 37_748_736


def test_position_by_position() -> None:
    assert output("linear", "197x768", out=3072) == "197x3072"
    assert params("linear", "197x768", out=3072) == 768 * 3072 + 3072
    assert macs("linear", "197x768", out=3072) == 197 * 768 * 3072


def test_fans() -> None:
    made, x = layer("linear", "9216", out=4096)
    assert made.fans(x) == (9216, 4096)


@pytest.mark.parametrize(("x", "sides"), [("6x6x256", "2 spatial dimensions"), ("2x6x6x256", "3 spatial dimensions")])
def test_refusals(x: str, sides: str) -> None:
    message = f"linear takes a vector or a sequence, {x} has {sides}"
    assert refusals("linear", x, out=10) == [Refusal("E207", None, message, "add flatten before it, or use conv 1x1")]
