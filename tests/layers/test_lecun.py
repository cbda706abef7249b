"""The layers of LeCun's networks against the published tables."""

import pytest

from cnncalc.layers.base import Refusal
from cnncalc.loading import load
from cnncalc.network.network import Network
from tests.layers.make import layer, macs, output, params, refusals

TABLE_I = (
    "[[0,1,2],[1,2,3],[2,3,4],[3,4,5],[4,5,0],[5,0,1],[0,1,2,3],[1,2,3,4],[2,3,4,5],[3,4,5,0],[4,5,0,1],[5,0,1,2],"
)
TABLE_I += "[0,1,3,4],[1,2,4,5],[0,2,3,5],[0,1,2,3,4,5]]"
EIGHT = f"[{','.join(['[0,1,2,3,4,5,6,7]'] * 12)}]"


def counts(network: Network) -> dict[str, int]:
    return {row.kind: row.params for row in network.report().rows}


def test_lenet5() -> None:
    """LeCun et al. 1998, Proc. IEEE 86(11), section II.B: 156, 12, 1,516, 32, 48,120, 10,164; 60,000 in all."""
    chain = (
        "32x32x1 -> conv 6 5x5 -> 28x28x6 -> subsample 2x2 -> tanh -> 14x14x6 "
        f"-> partial_conv 5x5 {TABLE_I} -> 10x10x16 -> subsample 2x2 -> tanh -> 5x5x16 "
        "-> conv 120 5x5 -> tanh -> 1x1x120 -> flatten -> linear 84 -> tanh -> rbf 10"
    )
    report = load(chain).report()
    assert [row.params for row in report.rows if row.params] == [156, 12, 1_516, 32, 48_120, 10_164]
    assert report.totals.params == 60_000
    assert report.rows[-1].buffer_values == 840
    assert [row.macs for row in report.rows if row.kind == "partial_conv"] == [150_000]


def test_zip_code_net() -> None:
    """LeCun et al. 1989, Neural Computation 1(4): H1 1,068 and H2 2,592, their biases not shared; 9,760 in all."""
    first = load("16x16x1 -> conv 12 5x5 stride=2 pad=2 bias=no -> place_bias")
    assert counts(first) == {"conv": 300, "place_bias": 768}
    second = load(f"8x8x12 -> partial_conv 5x5 {EIGHT} stride=2 pad=2 bias=no -> place_bias")
    assert counts(second) == {"partial_conv": 2_400, "place_bias": 192}
    third = load("4x4x12 -> flatten -> linear 30 -> linear 10")
    assert 1_068 + 2_592 + third.report().totals.params == 9_760


def test_nothing_is_shared_in_a_local_conv() -> None:
    assert output("local_conv", "16x16x1", out=12, kernel=5, stride=2, pad=2) == "8x8x12"
    assert params("local_conv", "16x16x1", out=12, kernel=5, stride=2, pad=2) == 64 * 12 * (25 + 1)
    assert macs("local_conv", "16x16x1", out=12, kernel=5, stride=2, pad=2) == 64 * 12 * 25
    made, x = layer("local_conv", "16x16x3", out=12, kernel=5)
    assert made.fans(x) == (75, 300)


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "partial_conv",
            "14x14x6",
            {"kernel": 5, "maps": ((0, 1), (5, 6))},
            Refusal("E210", "maps", "there is no channel 6, they are numbered 0 to 5"),
        ),
        (
            "subsample",
            "1x1x6",
            {"kernel": 2},
            Refusal(
                "E201",
                "kernel",
                "2 exceeds the input size 1 without padding",
                "add a pad layer before it",
            ),
        ),
        (
            "rbf",
            "1x1x84",
            {"out": 10},
            Refusal("E207", None, "rbf takes a vector, 1x1x84 has 2 spatial dimensions", "add flatten before it"),
        ),
        (
            "local_conv",
            "84",
            {"out": 10, "kernel": 2},
            Refusal(
                "E202", None, "local_conv requires 1 to 3 spatial dimensions, 84 is a vector", "linear takes a vector"
            ),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
