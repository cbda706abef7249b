"""Merges: shapes, and what is refused."""

import pytest

from cnncalc.layers import KINDS
from cnncalc.layers.base import Refusal
from cnncalc.layers.merge import Input
from tests.layers.make import refusals, shape


@pytest.mark.parametrize(
    ("kind", "xs", "y"),
    [
        ("add", ["56x56x64", "56x56x64"], "56x56x64"),
        ("sub", ["4096", "4096"], "4096"),
        ("concat", ["28x28x64", "28x28x128", "28x28x32"], "28x28x224"),
        ("concat", ["3", "4"], "7"),
        ("mul", ["56x56x64", "1x1x64"], "56x56x64"),
        ("mul", ["64", "56x56x64"], "56x56x64"),
        ("mul", ["56x56x64", "56x56x1"], "56x56x64"),
        ("mul", ["56x1x64", "1x56x1"], "56x56x64"),
    ],
)
def test_shapes(kind: str, xs: list[str], y: str) -> None:
    volumes = tuple(map(shape, xs))
    merge = KINDS[kind](max(len(x.sides) for x in volumes))
    assert list(merge.check(*volumes)) == []
    assert merge.mismatch(volumes) is None
    assert merge.shape(*volumes) == shape(y)
    assert (merge.weights(*volumes), merge.macs(*volumes)) == ({}, 0)


@pytest.mark.parametrize(
    ("kind", "xs", "message", "hint"),
    [
        (
            "add",
            ["56x56x256", "56x56x64"],
            "add needs equal shapes: 56x56x256 and 56x56x64",
            "conv 256 1x1 would give 256 channels",
        ),
        (
            "sub",
            ["56x56x64", "28x28x64"],
            "sub needs equal shapes: 56x56x64 and 28x28x64",
            "make the sizes equal by stride, pad or crop",
        ),
        (
            "concat",
            ["28x28x64", "28x28x32", "14x14x8"],
            "concat needs equal spatial sizes: 28x28x64 and 14x14x8",
            "make the sizes equal by stride, pad or crop",
        ),
        ("add", ["4096", "1000"], "add needs equal shapes: 4096 and 1000", "linear 4096 would give 4096 channels"),
        ("concat", ["28x28x64", "64"], "concat needs equal spatial sizes: 28x28x64 and 64", None),
        (
            "mul",
            ["56x56x64", "1x1x32"],
            "mul needs each dimension equal or 1: 56x56x64 and 1x1x32",
            None,
        ),
        ("mul", ["56x56x64", "56x64"], "mul needs each dimension equal or 1: 56x56x64 and 56x64", None),
    ],
)
def test_refusals(kind: str, xs: list[str], message: str, hint: str | None) -> None:
    assert refusals(kind, *xs) == [Refusal("E204", None, message, hint)]


def test_mismatch_tells_which_differs() -> None:
    volumes = tuple(map(shape, ["8x8x4", "8x8x4", "8x8x5"]))
    assert KINDS["add"](2).mismatch(volumes) == (2, "needs equal shapes")


def test_an_input_comes_of_nothing() -> None:
    entering = Input(shape("224x224x3"))
    assert (entering.shape(), entering.weights(), entering.macs()) == (shape("224x224x3"), {}, 0)
    assert "input" not in KINDS
