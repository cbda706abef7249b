"""Tokens: their order, what is learned, and what is refused."""

import pytest
import torch

from cnncalc.layers.base import Refusal
from tests.layers.make import layer, macs, output, params, refusals


def test_shapes_and_counts() -> None:
    """Dosovitskiy et al. 2020, arXiv:2010.11929: 14 x 14 patches of 16 x 16, one more token, an embedding each."""
    assert output("tokens", "14x14x768") == "196x768"
    assert output("class_token", "196x768") == "197x768"
    assert params("class_token", "196x768") == 768
    assert params("position", "197x768") == 197 * 768
    assert params("position", "577x768") == 577 * 768
    assert output("token", "197x768") == "768"
    assert [macs(kind, "196x768") for kind in ("class_token", "position", "token")] == [0, 0, 0]


def test_the_class_token_is_the_first() -> None:
    made, x = layer("class_token", "3x2")
    module = made.build(torch, x)
    first, _ = layer("token", "4x2", index=0)
    second, y = layer("token", "4x2", index=1)
    volume = torch.rand(2, 2, 3)
    assert torch.equal(first.build(torch, y)(module(volume)), module.class_token[0].expand(2, 2))
    assert torch.equal(second.build(torch, y)(module(volume)), volume[:, :, 0])


def test_rows_follow_each_other() -> None:
    made, x = layer("tokens", "2x3x1")
    assert made.build(torch, x)(torch.arange(6.0).reshape(1, 1, 2, 3)).flatten().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        ("tokens", "768", {}, Refusal("E202", None, "tokens requires 1 to 3 spatial dimensions, 768 is a vector")),
        ("position", "768", {}, Refusal("E202", None, "position requires 1 to 3 spatial dimensions, 768 is a vector")),
        (
            "class_token",
            "14x14x768",
            {},
            Refusal(
                "E207",
                None,
                "class_token takes tokens such as 197x768, 14x14x768 has 2 spatial dimensions",
                "add tokens before it",
            ),
        ),
        ("token", "768", {}, Refusal("E207", None, "token takes tokens such as 197x768, 768 is a vector")),
        (
            "token",
            "197x768",
            {"index": 197},
            Refusal("E202", "index", "there is no token 197, they are numbered 0 to 196"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
