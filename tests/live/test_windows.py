"""Attention within windows that a model writes out: read as the kind that it is, or refused."""

from __future__ import annotations

from typing import Any

import pytest

import cnncalc
from cnncalc.exchange.graph import NotRead
from tests.torchvision_shim import torchvision_models

torch = pytest.importorskip("torch")
nn = torch.nn
F = torch.nn.functional

AGREE = "outputs compared with those of the model on the same random weights: they agree"


class Windows(nn.Module):  # type: ignore[misc, name-defined]
    """Attention within windows as Swin writes it, between a convolution and a shortcut."""

    def __init__(self, window: int = 4, shift: int = 0, heads: int = 2, scale: float | None = None, **how: Any) -> None:
        super().__init__()
        self.window, self.shift, self.heads, self.how = window, shift, heads, how
        self.scale = (8 // heads) ** -0.5 if scale is None else scale
        self.stem, self.norm = nn.Conv2d(3, 8, 1), nn.LayerNorm(8)
        self.qkv, self.proj = nn.Linear(8, 24), nn.Linear(8, 8)
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        at = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        offsets = at[:, :, None] - at[:, None] + window - 1
        self.register_buffer("index", offsets[0] * (2 * window - 1) + offsets[1])

    def mask(self, h: int, w: int) -> Any:
        k, s = self.window, self.shift
        region = torch.zeros(h, w)
        for number, part in enumerate((slice(-k), slice(-k, -s), slice(-s, None))):
            region[part] += 3 * number
            region[:, part] += number
        region = region.view(h // k, k, w // k, k).transpose(1, 2).reshape(-1, k * k)
        return (region[:, None] != region[:, :, None]) * -100.0

    def attend(self, x: Any) -> Any:
        n, h, w, c = x.shape
        k, s = self.window, self.shift
        x = F.pad(x, (0, 0, 0, -w % k, 0, -h % k))
        _, ph, pw, _ = x.shape
        if s:
            x = torch.roll(x, (-s, -s), (1, 2))
        if self.how.get("grid"):
            x = x.view(n, k, ph // k, k, pw // k, c).permute(0, 2, 4, 1, 3, 5).reshape(-1, k * k, c)
        else:
            x = x.view(n, ph // k, k, pw // k, k, c).transpose(2, 3).reshape(-1, k * k, c)
        q, key, v = self.qkv(x).reshape(len(x), k * k, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q * self.scale @ key.transpose(-2, -1)
        scores = scores + self.table[self.index.view(-1)].view(k * k, k * k, -1).permute(2, 0, 1).unsqueeze(0)
        if s and self.how.get("mask", True):
            mask = self.mask(ph, pw).to(x.device)
            scores = scores.view(n, -1, self.heads, k * k, k * k) + mask[None, :, None]
            scores = scores.view(-1, self.heads, k * k, k * k)
        x = self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(-1, k * k, c))
        if self.how.get("grid"):
            x = x.view(n, ph // k, pw // k, k, k, c).permute(0, 3, 1, 4, 2, 5).reshape(n, ph, pw, c)
        else:
            x = x.view(n, ph // k, pw // k, k, k, c).transpose(2, 3).reshape(n, ph, pw, c)
        if s:
            x = torch.roll(x, (self.how.get("back", s),) * 2, (1, 2))
        return x[:, :h, :w]

    def forward(self, x: Any) -> Any:
        x = self.stem(x).permute(0, 2, 3, 1)
        return (x + F.dropout(self.attend(self.norm(x)), 0.1, self.training)).permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    ("given", "size", "layer"),
    [
        ({}, 8, "window_attention 2 4x4"),
        ({"shift": 2}, 8, "window_attention 2 4x4 shift=2"),
        ({"shift": 1}, 10, "window_attention 2 4x4 shift=1"),  # padded to 12
        ({"window": 5}, 5, "window_attention 2 5x5"),
        ({"scale": 8**-0.5}, 8, "window_attention 2 4x4 scale_by=all"),
        ({"grid": True}, 8, "grid_attention 2 4x4"),
    ],
)
def test_it_is_read_as_its_kind(given: dict[str, Any], size: int, layer: str) -> None:
    model = Windows(**given)
    network = cnncalc.read_model(model, (3, size, size))
    kinds = [str(node.layer) for node in network.layers()]
    assert kinds == ["conv 8 1x1", "layernorm", layer, "dropout rate=0.1", "add"]
    assert network.remarks == (AGREE,)
    assert network.report().totals.params == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    "given",
    [{"shift": 2, "mask": False}, {"scale": 0.3}, {"shift": 2, "back": 1}],
    ids=["no mask", "another scale", "not rolled back"],
)
def test_what_is_nearly_it_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(NotRead) as caught:
        cnncalc.read_model(Windows(**given), (3, 8, 8))
    assert (
        "table: add of 8x2x16x16 with 1x2x16x16 weights made of table is no layer kind"
        in caught.value.problems[-1].message
        or "roll of 2x8x8x8 is no layer kind" in caught.value.problems[-1].message
    )


@pytest.mark.parametrize("size", [8, 7])
def test_swin_v2_of_torchvision(size: int) -> None:
    torchvision_models()
    from torchvision.models.swin_transformer import SwinTransformerBlockV2

    class Two(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.Sequential(
                *(SwinTransformerBlockV2(16, 2, [4, 4], [shift, shift], stochastic_depth_prob=0.1) for shift in (0, 2))
            )

        def forward(self, x: Any) -> Any:
            return self.blocks(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    network = cnncalc.read_model(Two(), (16, size, size))
    found = [str(node.layer) for node in network.layers() if node.kind == "cosine_window_attention"]
    assert found == ["cosine_window_attention 2 4x4", "cosine_window_attention 2 4x4 shift=2"]
    assert network.remarks == (AGREE,)
