"""Modules as people write them: each read, loaded again, and its outputs compared with the module's."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any, NamedTuple

import pytest

import cnncalc
from cnncalc.exchange.graph import NotRead

torch = pytest.importorskip("torch")
nn = torch.nn
F = torch.nn.functional

AGREE = "outputs compared with those of the model on the same random weights: they agree"


class Classic(nn.Module):  # type: ignore[misc, name-defined]
    """Functional activations and pools, a view by the number of images, dropout by `self.training`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 8, 3, padding="same")
        self.fc1, self.fc2 = nn.Linear(8 * 6 * 6, 20), nn.Linear(20, 10)

    def forward(self, x: Any) -> Any:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu_(self.conv2(x))
        x = x.view(x.size(0), -1)
        x = F.dropout(torch.relu(self.fc1(x)), 0.5, self.training)
        return F.log_softmax(self.fc2(x), dim=1)


class Counted(Classic):
    """The number of features by a helper, as in PyTorch's first tutorial."""

    def flat(self, x: Any) -> int:
        count = 1
        for size in x.size()[1:]:
            count *= size
        return count

    def forward(self, x: Any) -> Any:
        x = F.avg_pool2d(self.conv1(x).sigmoid(), (2, 2))
        x = self.conv2(x).tanh()
        return self.fc2(F.elu(self.fc1(x.view(-1, self.flat(x)))))


class Lists(nn.Module):  # type: ignore[misc, name-defined]
    """Loops over a ModuleList and a ModuleDict, shortcuts kept in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(nn.Conv2d(3 if i == 0 else 4 * i, 4 * (i + 1), 3, padding=1) for i in range(3))
        self.up = nn.ModuleDict({f"up{i}": nn.ConvTranspose2d(4 * (i + 2), 4 * (i + 1), 2, 2) for i in (1, 0)})
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x: Any) -> Any:
        kept = []
        for i, conv in enumerate(self.down):
            x = F.gelu(conv(x))
            if i < len(self.down) - 1:
                kept.append(x)
                x = F.max_pool2d(x, 2)
        for name, layer in self.up.items():
            x = layer(x) + kept[int(name[-1])]
        return self.head(x)


class Twice(nn.Module):  # type: ignore[misc, name-defined]
    """A shared module, and a tied weight."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.shared = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.PReLU())
        self.out = nn.Conv2d(4, 4, 1, bias=False)
        self.again = nn.Conv2d(4, 4, 1, bias=False)
        self.again.weight = self.out.weight

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        return self.again(self.out(self.shared(self.shared(x)))).mean([2, 3])


class Outputs(nn.Module):  # type: ignore[misc, name-defined]
    """A dictionary of outputs, keyword arguments, a hook that only looks."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.width = options.pop("width", 6)
        self.body, self.a, self.b = nn.Conv2d(3, self.width, 3), nn.Linear(self.width, 3), nn.Linear(self.width, 1)
        self.seen: list[Any] = []
        self.body.register_forward_hook(lambda module, given, result: self.seen.append(result.shape))

    def forward(self, x: Any, **more: Any) -> dict[str, Any]:
        y = self.body(x, *more.get("rest", ()))
        y = y.amax(dim=(-2, -1)) if more.get("largest") else y.mean(dim=(-2, -1))
        return {"kinds": self.a(y), "score": torch.sigmoid(self.b(y)).squeeze(-1)}


class Pair(NamedTuple):
    left: Any
    right: Any


class Named(nn.Module):  # type: ignore[misc, name-defined]
    """A named tuple of outputs, of which one is nested."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        return Pair(y, [F.relu(y), y.abs()])


class Parts(nn.Module):  # type: ignore[misc, name-defined]
    """Chunks, splits, slices and concatenations; channels shuffled and put at the end without einops."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 12, 1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.mlp = nn.LayerNorm(12), nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.Linear(24, 12))

    def forward(self, x: Any) -> Any:
        first, second, third = self.a(x).chunk(3, dim=1)
        x = torch.cat((first, self.b(second), third.mul(0.5)), 1)
        left, right = x.split([8, 4], 1)
        x = torch.cat([right, left], dim=-3)
        n, c, h, w = x.shape
        x = x.reshape(n, 3, c // 3, h, w).permute(0, 2, 1, 3, 4).contiguous().flatten(1, 2)
        x = x + self.mlp(self.norm(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        return x[:, :6, ..., 1:-1]


class Nested(nn.Module):  # type: ignore[misc, name-defined]
    """Sequentials in sequentials, with names, flattened by a module."""

    def __init__(self) -> None:
        super().__init__()
        block = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 3), act=nn.LeakyReLU(0.2, inplace=True)))
        self.all = nn.Sequential(
            nn.Sequential(block, nn.Sequential()),
            nn.Identity(),
            nn.AdaptiveAvgPool2d((2, 2)),
            nn.Flatten(),
            nn.Sequential(nn.Linear(16, 8), nn.Softmax(dim=-1)),
        )

    def forward(self, x: Any) -> Any:
        return self.all(x)


class InPlace(nn.Module):  # type: ignore[misc, name-defined]
    """Values changed in place: `+=`, `mul_`, `clamp_`, inplace=True."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.act = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(inplace=True)

    def forward(self, x: Any) -> Any:
        y = self.bn(self.conv(x))
        y += x
        y = self.act(y)
        y.mul_(2).clamp_(0, 6)
        y -= self.conv(y)
        return F.hardtanh_(y)


class Buffers(nn.Module):  # type: ignore[misc, name-defined]
    """Images normalised by numbers, a gain of one number, statistics that are never updated."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False)
        self.gain = nn.Parameter(torch.tensor(0.5))
        self.register_buffer("steps", torch.zeros(1, dtype=torch.long), persistent=False)

    def forward(self, x: Any) -> Any:
        x = (x - 0.45) / 0.225
        if self.training:
            self.steps += 1
        with torch.no_grad():
            y = self.conv(x)
        return self.bn(y) * self.gain


class Mixed(nn.Module):  # type: ignore[misc, name-defined]
    """A part in automatic mixed precision, then float32."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 8, 3, stride=2), nn.Linear(8, 4)

    def forward(self, x: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = F.silu(self.conv(x))
        return self.fc(F.adaptive_avg_pool2d(y.float(), 1).flatten(1))


class Excited(nn.Module):  # type: ignore[misc, name-defined]
    """Squeeze and excitation, written with views and expand_as."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = (
            nn.Conv2d(3, 8, 3),
            nn.Sequential(nn.Linear(8, 2), nn.ReLU(), nn.Linear(2, 8), nn.Sigmoid()),
        )

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        b, c, _, _ = x.size()
        y = F.adaptive_avg_pool2d(x, 1).view(b, c)
        return x * self.fc(y).view(b, c, 1, 1).expand_as(x)


class Cbam(nn.Module):  # type: ignore[misc, name-defined]
    """Attention over channels by two pools and one network, and over positions by statistics of channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.mlp = nn.Conv2d(3, 8, 3), nn.Sequential(nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        x = x * torch.sigmoid(self.mlp(F.adaptive_avg_pool2d(x, 1)) + self.mlp(F.adaptive_max_pool2d(x, 1)))
        both = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)
        return x * torch.sigmoid(self.spatial(both))


class Tokens(nn.Module):  # type: ignore[misc, name-defined]
    """A small transformer: patches, a class token, learned positions, torch.nn.MultiheadAttention."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.cls, self.pos = nn.Parameter(torch.zeros(1, 1, 8)), nn.Parameter(torch.zeros(1, 17, 8))
        self.norm, self.attn = nn.LayerNorm(8), nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Any) -> Any:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1) + self.pos
        y = self.norm(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return self.head(x[:, 0])


class Upsampled(nn.Module):  # type: ignore[misc, name-defined]
    """Sizes taken from another tensor, bilinear interpolation, pixel shuffle, reflected padding."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 12, 3)

    def forward(self, x: Any) -> Any:
        y = self.a(x)
        z = F.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)
        z = self.b(F.pad(z, (1, 1, 1, 1), mode="reflect"))
        return F.pixel_shuffle(z, 2)[:, :1] if False else torch.add(F.pixel_unshuffle(x, 2), F.max_pool2d(z, 2))


class Sequences(nn.Module):  # type: ignore[misc, name-defined]
    """Columns of a map read by a recurrent network, its last state classified."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.rnn = nn.Conv2d(3, 4, 3), nn.LSTM(4 * 14, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(12, 3)

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        b, c, h, w = y.shape
        y, _ = self.rnn(y.permute(0, 3, 1, 2).reshape(b, w, c * h))
        return self.fc(y[:, -1, :])


class State(nn.Module):  # type: ignore[misc, name-defined]
    """The last state of a GRU with a state of zeros, steps first."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.fc = nn.GRU(3 * 16, 5), nn.Linear(5, 2)

    def forward(self, x: Any) -> Any:
        steps = x.permute(2, 0, 1, 3).flatten(2)
        _, h = self.rnn(steps, torch.zeros(1, x.shape[0], 5, device=x.device))
        return self.fc(h[-1])


class Lazy(nn.Module):  # type: ignore[misc, name-defined]
    """Lazy layers that were run once."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.fc = nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyLinear(2)
        self(torch.zeros(2, 3, 16, 16))

    def forward(self, x: Any) -> Any:
        return self.fc(torch.flatten(self.bn(self.conv(x)), 1))


class Norms(nn.Module):  # type: ignore[misc, name-defined]
    """Norms by functions and a weight that is normalised on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 8, 3))
        self.scale, self.shift = nn.Parameter(torch.ones(8)), nn.Parameter(torch.zeros(8))

    def forward(self, x: Any) -> Any:
        x = F.group_norm(self.conv(x), 4, self.scale, self.shift)
        x = F.instance_norm(x)
        return F.normalize(x.flatten(2).sum(-1) / math.sqrt(8), dim=1)


class Dense(nn.Module):  # type: ignore[misc, name-defined]
    """Features that grow, each layer on all before it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3 + 2 * i, 2, 3, padding=1) for i in range(4))

    def forward(self, x: Any) -> Any:
        features = [x]
        for layer in self.layers:
            features.append(F.relu(layer(torch.cat(features, 1))))
        return torch.stack(features[1:], dim=1).sum(1)


class Branches(nn.Module):  # type: ignore[misc, name-defined]
    """Sums of three branches, one after another, the second with a shortcut around it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ModuleList(nn.Conv2d(3, 3, k, padding=k // 2, groups=3) for k in (5, 3, 1))
        self.wide = nn.Conv2d(3, 8, 1)
        self.second = nn.ModuleList(nn.Conv2d(8, 8, k, padding=k // 2, groups=8) for k in (5, 3, 1))
        self.last = nn.Conv2d(8, 8, 1)

    def forward(self, x: Any) -> Any:
        y: Any = 0
        for layer in self.first:
            y = y + layer(x)
        x = F.relu(self.wide(F.relu(y)))
        y = 0
        for layer in self.second:
            y = y + layer(x)
        return F.relu(self.last(F.relu(y))) + x


class Padded(nn.Module):  # type: ignore[misc, name-defined]
    """A max pool padded at the end with -inf, as TensorFlow's SAME pads."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        return F.max_pool2d(F.pad(self.conv(x), (0, 1, 0, 1), value=-math.inf), 3, 2)


MODULES = (
    *(Classic, Counted, Lists, Twice, Outputs, Named, Parts, Nested, InPlace, Buffers, Mixed, Excited, Cbam, Tokens),
    *(Upsampled, Sequences, State, Lazy, Norms, Dense, Branches, Padded),
)


@pytest.mark.parametrize("kind", MODULES, ids=lambda kind: kind.__name__)
def test_it_is_read_and_computes_the_same(kind: Any) -> None:
    torch.manual_seed(0)
    model = kind()
    network = cnncalc.read_model(model, (3, 16, 16))
    assert network.remarks[-1] == AGREE
    if kind is not Norms:  # PyTorch has a number more for each output of a normalised weight
        assert network.report().totals.params == sum(parameter.numel() for parameter in model.parameters())


def test_arguments_of_forward_are_passed() -> None:
    network = cnncalc.read_model(Outputs(width=4), (3, 16, 16), kwargs={"largest": True})
    assert [node.kind for node in network.layers()][:2] == ["conv", "global_maxpool"]
    assert list(network.outputs) == ["kinds", "score"]


class Cell(State):
    """The memory cell of an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3 * 16, 5)

    def forward(self, x: Any) -> Any:
        return self.fc(self.rnn(x.permute(2, 0, 1, 3).flatten(2))[1][1][-1])


class Infinite(Padded):
    def forward(self, x: Any) -> Any:
        return F.avg_pool2d(F.pad(self.conv(x), (0, 1, 0, 1), value=-math.inf), 2)


class Given(State):
    def forward(self, x: Any) -> Any:
        return self.rnn(x.permute(2, 0, 1, 3).flatten(2), x.mean((1, 2, 3), keepdim=True).flatten(1).expand(1, -1, 5))[
            0
        ]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Cell, "getitem: getitem of 1x2x5 reads the memory cell of an LSTM"),
        (Infinite, "pad: pad of 16x16x4 with -inf is no layer kind, except before a max pool"),
        (
            Given,
            "rnn: gru of 16x2x48 and 1x2x5 of packed or unbatched sequences, or with a state of the input, "
            "is no layer kind",
        ),
    ],
)
def test_what_is_no_layer_is_refused(kind: Any, message: str) -> None:
    with pytest.raises(NotRead) as caught:
        cnncalc.read_model(kind(), (3, 16, 16))
    assert [problem.message for problem in caught.value.problems] == [message]
