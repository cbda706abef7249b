"""Attention: published counts, the same numbers as PyTorch's and torchvision's own, what is seen, what is refused."""

from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Sides
from cnncalc.layers.geometry import Blocks, Global
from cnncalc.numbers.arith import product
from tests.layers.make import layer, macs, output, params, refusals, shape
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
        (
            "attention",
            "197x768",
            {"heads": 5},
            Refusal("E203", "heads", "5 heads do not divide 768 channels", "4 or 6 would, or give key_dim"),
        ),
        (
            "attention",
            "197x7",
            {"heads": 9},
            Refusal("E203", "heads", "9 heads do not divide 7 channels", "7 would, or give key_dim"),
        ),
        (
            "attention",
            "768",
            {"heads": 12},
            Refusal(
                "E202",
                None,
                "attention requires 1 to 3 spatial dimensions, 768 is a vector",
                "linear takes a vector",
            ),
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
            Refusal("E203", "heads", "5 heads do not divide 96 channels", "4 or 6 would"),
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


def by_hand(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, heads: int, module: torch.nn.Module
) -> torch.Tensor:
    """Softmax(QKᵀ/√d)V head by head, for projected queries, keys and values of N x positions x channels."""
    found = []
    parts = (part.chunk(heads, -1) for part in (queries, keys, values))
    for q, k, v in zip(*parts, strict=True):
        scores = torch.einsum("nid,njd->nij", q, k) / q.shape[-1] ** 0.5
        found.append(torch.einsum("nij,njd->nid", scores.softmax(2), v))
    y = torch.cat(found, 2)
    return module.out_proj(y) if hasattr(module, "out_proj") else y


@pytest.mark.parametrize("fields", [{}, {"key_dim": 5}, {"key_dim": 5, "value_dim": 2}, {"value_dim": 2}])
@pytest.mark.parametrize("project", [True, False])
@pytest.mark.parametrize("bias", [True, False, "qv"])
def test_widths_and_biases(fields: dict[str, int], project: bool, bias: bool | str) -> None:
    made, x = layer("attention", "3x4x12", heads=3, out_proj=project, qkv_bias=bias, **fields)
    k, v = 3 * fields.get("key_dim", 4), 3 * fields.get("value_dim", fields.get("key_dim", 4))
    module = made.build(torch, x).eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    biases = {True: 2 * k + v, False: 0, "qv": k + v}[bias]
    count = 12 * (2 * k + v) + biases + (12 * v + 12 if project else 0)
    assert params("attention", "3x4x12", heads=3, out_proj=project, qkv_bias=bias, **fields) == count
    assert sum(parameter.numel() for parameter in module.parameters()) == count
    assert made.macs(x) == 12 * 12 * (2 * k + v) + 12 * 12 * (k + v) + (12 * v * 12 if project else 0)
    volume = torch.randn(2, 12, 3, 4)
    tokens = volume.flatten(2).transpose(1, 2)
    weights = module.in_proj_weight.split([k, k, v])
    given = dict(module.named_parameters())
    if bias == "qv":
        own = [given["q_bias"], torch.zeros(k), given["v_bias"]]
    else:
        own = list(given["in_proj_bias"].split([k, k, v])) if bias else [torch.zeros(n) for n in (k, k, v)]
    q, keys, values = (tokens @ weight.T + b for weight, b in zip(weights, own, strict=True))
    expected = by_hand(q, keys, values, 3, module)
    torch.testing.assert_close(module(volume).flatten(2).transpose(1, 2), expected, rtol=1e-3, atol=1e-4)


def test_names_of_biases() -> None:
    made, _ = layer("attention", "3x4x12", heads=3, bias=False, out_bias=True)
    assert str(made) == "attention 3 bias=no out_bias=yes"
    assert (made.qkv_bias, made.out_bias) == (False, True)
    made, _ = layer("attention", "3x4x12", heads=3, qkv_bias="qv")
    assert str(made) == "attention 3 qkv_bias=qv"


@pytest.mark.parametrize("bias", [True, False])
def test_cross_attention_is_that_of_torch(bias: bool) -> None:
    made = KINDS["cross_attention"](1, heads=3, bias=bias)
    xs = shape("11x12"), shape("5x4"), shape("5x7")
    ours = made.build(torch, *xs).eval()
    theirs = torch.nn.MultiheadAttention(12, 3, bias=bias, kdim=4, vdim=7, batch_first=True).eval()
    theirs.load_state_dict(ours.state_dict())
    volumes = [torch.randn(2, x.channels, *x.sides) for x in xs]
    found = theirs(*(volume.transpose(1, 2) for volume in volumes))[0].transpose(1, 2)
    torch.testing.assert_close(ours(*volumes), found)
    assert str(made.shape(*xs)) == "11x12"
    assert sum(product(s) for s in made.weights(*xs).values()) == sum(p.numel() for p in theirs.parameters())
    assert made.macs(*xs) == 11 * 12 * 12 + 5 * 4 * 12 + 5 * 7 * 12 + 2 * 11 * 5 * 12 + 11 * 12 * 12


def test_cross_attention_to_a_map() -> None:
    """One name is keys and values; heads of their own width, no projection, a vector as a query."""
    network = cnncalc.load("6x7x8 -> global_avgpool -> flatten -> cross_attention 2 input key_dim=3 out_proj=no")
    assert [str(node.y) for node in network.layers()] == ["1x1x8", "8", "6"]
    made, xs = network.nodes[-1].layer, network.nodes[-1].x
    module = made.build(torch, *xs).eval()
    vector, volume = torch.randn(2, 8), torch.randn(2, 8, 6, 7)
    tokens = volume.flatten(2).transpose(1, 2)
    q = vector[:, None] @ module.q_proj_weight.T + module.in_proj_bias[:6]
    k = tokens @ module.k_proj_weight.T + module.in_proj_bias[6:12]
    v = tokens @ module.v_proj_weight.T + module.in_proj_bias[12:]
    torch.testing.assert_close(module(vector, volume), by_hand(q, k, v, 2, module)[:, 0])


def test_cross_attention_sees_all_of_what_it_reads() -> None:
    report = cnncalc.load("9x9x4 -> conv 4 3x3 -> cross_attention 2 input -> conv 1 1x1").report()
    assert [field.size for field in report.receptive[-1]] == [9, 9]


@pytest.mark.parametrize(
    ("xs", "values", "refusal"),
    [
        (
            ("6x8", "4x4", "5x4"),
            {"heads": 2},
            Refusal(
                "E204",
                None,
                "cross_attention needs as many keys as values: 4x4 has 4 positions, 5x4 has 5",
            ),
        ),
        (
            ("6x8", "4"),
            {"heads": 2},
            Refusal(
                "E202",
                None,
                "cross_attention looks at 1 to 3 spatial dimensions, 4 is a vector",
                "name a result before flatten or the global pool",
            ),
        ),
        (
            ("6x8", "5x4"),
            {"heads": 3},
            Refusal("E203", "heads", "3 heads do not divide 8 channels", "2 or 4 would, or give key_dim"),
        ),
    ],
)
def test_cross_attention_refuses(xs: tuple[str, ...], values: dict[str, object], refusal: Refusal) -> None:
    assert refusals("cross_attention", *xs, **values) == [refusal]


MODEL = """\
import torch

class Decoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.self_attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
        self.cross_attention = torch.nn.MultiheadAttention(8, 4, batch_first=True, kdim=3, vdim=3)

    def forward(self, x):
        y = self.conv(x).flatten(2).transpose(1, 2)
        y = self.self_attention(y, y, y, need_weights=False)[0]
        memory = x.flatten(2).transpose(1, 2)
        y = self.cross_attention(y, memory, memory, need_weights=False)[0]
        return y.transpose(1, 2).unflatten(2, x.shape[2:])
"""


def test_against_a_decoder(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(MODEL)
    chain = "6x6x3 -> conv 8 3x3 pad=1 -> attention 2 -> cross_attention {} input"
    assert cnncalc.against(chain.format(4), f"{file}:Decoder").agrees
    assert not cnncalc.against(chain.format(2), f"{file}:Decoder").agrees
    assert not cnncalc.against(chain.format("4 bias=no"), f"{file}:Decoder").agrees


def test_heads_and_widths_that_are_looked_for() -> None:
    """A remedy with numbers is only there where the numbers are known."""
    for chain, found in (
        ("16x16x8 -> attention ? -> 16x16x8", [1, 2, 4, 8]),
        ("16x16x9 -> relu -> cross_attention ? input -> 16x16x9", [1, 3, 9]),
        ("16x16x8 -> window_attention ? 4 -> 16x16x8", [1, 2, 4, 8]),
    ):
        assert [solution.values[0] for solution in cnncalc.solve(chain)] == found
