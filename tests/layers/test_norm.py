"""Normalisation: what is learned, what is kept, and what is refused."""

import pytest

from cnncalc.layers.base import Refusal
from tests.layers.make import layer, params, refusals


@pytest.mark.parametrize(
    ("kind", "values", "count"),
    [
        ("batchnorm", {}, 128),
        ("batchnorm", {"affine": False}, 0),
        ("layernorm", {}, 128),
        ("groupnorm", {"groups": 32}, 128),
        ("instancenorm", {}, 0),
        ("instancenorm", {"affine": True}, 128),
        ("lrn", {}, 0),
        ("scale", {}, 64),
        ("global_response_norm", {}, 128),
    ],
)
def test_params(kind: str, values: dict[str, object], count: int) -> None:
    assert params(kind, "56x56x64", **values) == count


def test_running_statistics_are_buffers() -> None:
    """2C of them; PyTorch's count of training steps is no statistic."""
    made, x = layer("batchnorm", "56x56x64")
    assert made.buffers(x) == {"running_mean": (64,), "running_var": (64,)}


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        ("groupnorm", "8x8x6", {"groups": 4}, Refusal("E203", "groups", "4 groups do not divide 6 channels")),
        (
            "instancenorm",
            "64",
            {},
            Refusal("E202", None, "instancenorm requires 1 to 3 spatial dimensions, 64 is a vector"),
        ),
        (
            "instancenorm",
            "1x1x64",
            {},
            Refusal("E202", None, "instancenorm needs more than one position, 1x1x64 has one"),
        ),
        (
            "global_response_norm",
            "64",
            {},
            Refusal("E202", None, "global_response_norm requires 1 to 3 spatial dimensions, 64 is a vector"),
        ),
        ("lrn", "64", {}, Refusal("E202", None, "lrn requires 1 to 3 spatial dimensions, 64 is a vector")),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
