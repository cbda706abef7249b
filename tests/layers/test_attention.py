"""Attention: published counts, the same numbers as PyTorch's and torchvision's own, what is seen, what is refused."""

import pytest
import torch

from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Sides
from cnncalc.layers.geometry import Blocks, Global
from tests.layers.make import layer, macs, output, params, refusals
from tests.torchvision_shim import torchvision_models


def test_counts() -> None:
    """Dosovitskiy et al. 2020, arXiv:2010.11929, table 1; Liu et al. 2021, arXiv:2103.14030, equations 1 and 2."""
    assert output("attention", "197x768", heads=12) == "197x768"
    assert params("attention", "197x768", heads=12) == 4 * 768 * 768 + 4 * 768
    assert params("attention", "197x768", heads=12, bias=False) == 4 * 768 * 768
    assert macs("attention", "197x768", heads=12) == 4 * 197 * 768**2 + 2 * 197**2 * 768
    assert output("window_attention", "56x56x96", heads=3, window=7) == "56x56x96"
    assert params("window_attention", "56x56x96", heads=3, window=7) == 4 * 96 * 96 + 4 * 96 + 13 * 13 * 3
    assert macs("window_attention", "56x56x96", heads=3, window=7) == 4 * 56**2 * 96**2 + 2 * 7**2 * 56**2 * 96
    assert macs("grid_attention", "56x56x64", heads=2, grid=7) == macs(
        "window_attention", "56x56x64", heads=2, window=7
    )


def test_the_network_of_the_distances_counts_once_an_image() -> None:
    """512 hidden values for each of 15 x 15 distances."""
    plain = {"x": "64x64x96", "heads": 3, "window": 8}
    more = macs("cosine_window_attention", **plain) - macs("window_attention", **plain)
    assert more == 15 * 15 * 512 * (2 + 3)
    assert params("cosine_window_attention", **plain) == 4 * 96 * 96 + 4 * 96 + 3 + 3 * 512 + 512 * 3


def test_padding_is_computed_like_any_cell() -> None:
    assert macs("window_attention", "50x57x96", heads=3, window=7) == macs(
        "window_attention", "56x63x96", heads=3, window=7
    )


def test_fans() -> None:
    made, x = layer("attention", "197x768", heads=12)
    assert made.fans(x) == (768, 768)


def test_what_is_seen() -> None:
    made, x = layer("window_attention", "56x5x96", heads=3, window=7, shift=3)
    assert made.geometry(x) == (Blocks(7, 3), Blocks(7, 0))  # a side that is one window is not shifted
    assert [Blocks(7, 3).seen(cell)[0] for cell in (0, 2, 3, 9, 10)] == [-4, -4, 3, 3, 10]
    made, x = layer("grid_attention", "56x56x96", heads=3, grid=7)
    assert made.geometry(x) == (Global(56), Global(56))
    made, x = layer("attention", "197x768", heads=12)
    assert made.geometry(x) == (Global(197),)


def test_it_is_the_attention_of_torch() -> None:
    made, x = layer("attention", "11x12", heads=3)
    ours = made.build(torch, x).eval()
    theirs = torch.nn.MultiheadAttention(12, 3, batch_first=True).eval()
    theirs.load_state_dict(ours.state_dict())
    volume = torch.randn(2, 12, 11)
    tokens = volume.transpose(1, 2)
    torch.testing.assert_close(ours(volume), theirs(tokens, tokens, tokens)[0].transpose(1, 2))


@pytest.mark.parametrize("kind", ["window_attention", "cosine_window_attention"])
@pytest.mark.parametrize(
    ("sides", "window", "shift"),
    [((14, 14), (7, 7), 3), ((9, 13), (4, 5), 2), ((9, 13), (4, 5), 0), ((5, 13), (7, 5), 3)],
)
def test_it_is_the_attention_of_torchvision(
    kind: str, sides: tuple[int, int], window: tuple[int, int], shift: int
) -> None:
    swin = torchvision_models().swin_transformer
    theirs = {"window_attention": swin.ShiftedWindowAttention, "cosine_window_attention": swin.ShiftedWindowAttentionV2}
    module = theirs[kind](8, list(window), [shift, shift], 2).eval()
    made, x = layer(kind, f"{sides[0]}x{sides[1]}x8", heads=2, window=Sides(window), shift=shift)
    ours = made.build(torch, x).eval()
    assert not module.load_state_dict(ours.state_dict(), strict=False).unexpected_keys
    volume = torch.randn(2, 8, *sides)
    torch.testing.assert_close(ours(volume), module(volume.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))


def test_a_grid_takes_every_nth_place() -> None:
    """What stands 2 apart in a side of 4 with a grid of 2 is mixed, and nothing else."""
    made, x = layer("grid_attention", "4x1", heads=1, grid=2)
    volume = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]], requires_grad=True)
    made.build(torch, x)(volume)[0, 0, 1].backward()
    assert volume.grad is not None
    assert (volume.grad != 0).flatten().tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        ("attention", "197x768", {"heads": 5}, Refusal("E203", "heads", "5 heads do not divide 768 channels")),
        (
            "attention",
            "14x14x768",
            {"heads": 12},
            Refusal(
                "E207",
                None,
                "attention takes tokens such as 197x768, 14x14x768 has 2 spatial dimensions",
                "add tokens before it",
            ),
        ),
        (
            "attention",
            "768",
            {"heads": 12},
            Refusal("E207", None, "attention takes tokens such as 197x768, 768 is a vector"),
        ),
        (
            "window_attention",
            "768",
            {"heads": 12, "window": Sides((7, 7))},
            Refusal(
                "E202",
                None,
                "window_attention requires 1 to 3 spatial dimensions, 768 is a vector",
                "linear takes a vector",
            ),
        ),
        (
            "window_attention",
            "56x56x96",
            {"heads": 5, "window": 7},
            Refusal("E203", "heads", "5 heads do not divide 96 channels"),
        ),
        (
            "window_attention",
            "56x56x96",
            {"heads": 3, "window": 7, "shift": 7},
            Refusal("E201", "shift", "7 must be below the window 7", "half of the window is 3"),
        ),
        (
            "grid_attention",
            "32x32x64",
            {"heads": 2, "grid": 7},
            Refusal("E202", "grid", "7 does not divide the input size 32"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]
