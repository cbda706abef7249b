"""PyTorch modules as networks: what people write in `forward`, what is refused, and that they stay as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.exchange.graph import NotRead
from cnncalc.problem import NoAnswer
from cnncalc.shape import Shape

torch = pytest.importorskip("torch")
nn = torch.nn
F = torch.nn.functional

from cnncalc.exchange.readers import Request, of_name  # noqa: E402
from cnncalc.live.modules import read_module  # noqa: E402
from tests.live.written import Written  # noqa: E402


def heads(projected: Any, count: int) -> Any:
    return projected.unflatten(-1, (3, count, -1)).permute(2, 0, 3, 1, 4)


def by_hand(m: Any, x: Any) -> Any:
    tokens = x.flatten(2).transpose(1, 2)
    queries, keys, values = heads(m.qkv(tokens), 2).unbind(0)
    found = (queries @ keys.transpose(-2, -1) * 0.5).softmax(-1) @ values
    return m.proj(found.transpose(1, 2).flatten(2))


def fused(m: Any, x: Any) -> Any:
    tokens = x.flatten(2).transpose(1, 2)
    queries, keys, values = heads(m.qkv(tokens), 2).unbind(0)
    return m.proj(F.scaled_dot_product_attention(queries, keys, values).transpose(1, 2).reshape(tokens.shape))


def shuffled(m: Any, x: Any) -> Any:
    n, c, h, w = x.shape
    return m.conv(x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w))


def space_to_depth(m: Any, x: Any) -> Any:
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4).reshape(n, c * 4, h // 2, w // 2)


def gated(m: Any, x: Any) -> Any:
    return x * torch.sigmoid(m.fc2(F.relu(m.fc1(x.mean((2, 3))))))[:, :, None, None]


CONV = {"conv": nn.Conv2d(4, 4, 3, padding=1)}
QKV = {"qkv": nn.Linear(4, 12), "proj": nn.Linear(4, 4)}
READ: dict[str, tuple[Any, dict[str, Any]]] = {
    "modules": (lambda m, x: m.body(x), {"body": nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.ReLU6())}),
    "functions": (
        lambda m, x: F.hardswish(F.conv2d(F.leaky_relu(x, 0.2), m.w, stride=(2, 1), groups=2)),
        {"w": nn.Parameter(torch.ones(6, 2, 3, 1))},
    ),
    "a module twice": (lambda m, x: m.conv(F.relu(m.conv(x))), CONV),
    "operators": (lambda m, x: (x * 2 + 1 - m.conv(x)) / 3, CONV),
    "one minus": (lambda m, x: (1 - m.conv(x)) * x, CONV),
    "in place": (lambda m, x: m.conv(x).relu_().add_(x), CONV),
    "a view changed in place": (lambda m, x: m.conv(x).view(2, -1).relu_(), CONV),
    "concat of parts": (lambda m, x: torch.cat([m.conv(x), *x.chunk(2, 1)], 1), CONV),
    "flat by hand": (lambda m, x: m.fc(x.view(x.size(0), -1)), {"fc": nn.Linear(256, 5)}),
    "channels last": (
        lambda m, x: m.fc(m.norm(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2),
        {"fc": nn.Linear(4, 5), "norm": nn.LayerNorm(4)},
    ),
    "a gate": (gated, {"fc1": nn.Linear(4, 2), "fc2": nn.Linear(2, 4)}),
    "shuffle": (shuffled, CONV),
    "space to depth": (space_to_depth, {}),
    "pixel shuffle": (lambda m, x: F.pixel_shuffle(x, 2), {}),
    "attention by hand": (by_hand, QKV),
    "fused attention": (fused, QKV),
    "MultiheadAttention": (
        lambda m, x: m.attention(*[x.flatten(2).permute(2, 0, 1)] * 3)[0],
        {"attention": nn.MultiheadAttention(4, 2)},
    ),
    "strides and borders": (lambda m, x: m.conv(x)[:, :, 1::2, :-1], CONV),
    "one position": (lambda m, x: m.conv(x)[:, :, 0], CONV),
    "stack and sum": (lambda m, x: torch.stack([x, m.conv(x)], 1).sum(1), CONV),
    "attention over branches": (
        lambda m, x: (torch.stack([x, m.conv(x)], 1).softmax(1) * torch.stack([x, x.relu()], 1)).sum(1),
        CONV,
    ),
    "softmax and sums along sides": (lambda m, x: (m.conv(x).softmax(2) * x).sum(3, keepdim=True).mean(-2), CONV),
    "a sum of all values": (lambda m, x: m.conv(x).sum((1, 2, 3)), CONV),
    "means over channels": (
        lambda m, x: x * torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1).mean(1, True).sigmoid(),
        {},
    ),
    "pads": (lambda m, x: F.pad(F.pad(m.conv(x), (1, 2, 0, 1)), (-1, 0, -1, -1)), CONV),
    "channels padded": (lambda m, x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 4)), {}),
    "interpolate": (lambda m, x: F.interpolate(m.conv(x), scale_factor=2, mode="bilinear"), CONV),
    "unpool": (lambda m, x: F.max_unpool2d(*F.max_pool2d(m.conv(x), 2, return_indices=True), 2), CONV),
    "learned": (
        lambda m, x: x * m.gamma + m.place + m.all * m.channel,
        {
            "gamma": nn.Parameter(torch.ones(4, 1, 1)),
            "place": nn.Parameter(torch.ones(4, 8, 8)),
            "all": nn.Parameter(torch.ones(1)),
            "channel": nn.Parameter(torch.ones(1, 4, 1, 1)),
        },
    ),
    "glu": (lambda m, x: F.glu(m.conv(x), 1), CONV),
    "matrix": (lambda m, x: x.mean((2, 3)) @ m.w, {"w": nn.Parameter(torch.ones(4, 7))}),
    "standardised weights": (
        lambda m, x: F.conv2d(x, (m.w - m.w.mean()) / m.w.std()),
        {"w": nn.Parameter(torch.rand(2, 4, 1, 1))},
    ),
    "depthwise": (lambda m, x: m.conv(x), {"conv": nn.Conv2d(4, 8, 3, groups=4, padding="same", dilation=2)}),
    "a class token": (
        lambda m, x: (torch.cat([m.token.expand(2, -1, -1), x.flatten(2).transpose(1, 2)], 1) + m.place)[:, :3],
        {"token": nn.Parameter(torch.ones(1, 1, 4)), "place": nn.Parameter(torch.ones(1, 65, 4))},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_it_computes_is_the_same(name: str) -> None:
    forward, parts = READ[name]
    if name == "learned":
        parts = {**parts}

        def forward(m: Any, x: Any) -> Any:
            return (x * m.gamma + m.place) * m.all + m.channel

    model = Written(forward, **parts)
    shapes = {"input": Shape((8, 8), 4)}
    graph = read_module(model, shapes)
    assert graph.params() == sum(parameter.numel() for parameter in model.parameters())
    network = cnncalc.read_model(model, (4, 8, 8))
    assert network.remarks[-1] == "outputs compared with those of the model on the same random weights: they agree"
    assert network.report().totals.params == graph.params()


def refused(forward: Any, **parts: Any) -> list[str]:
    with pytest.raises(NoAnswer) as caught:
        read_module(Written(forward, **parts), {"input": Shape((8, 8), 4)})
    return [problem.message for problem in caught.value.problems]


REFUSED: dict[str, tuple[Any, str]] = {
    "an operation of no kind": (
        lambda m, x: torch.fft.fft2(m.conv(x)).real,
        "fft_fft2: fft_fft2 of 2x4x8x8 is no layer kind",
    ),
    "a choice by values": (
        lambda m, x: torch.where(x > 0, x, x * 0.1),
        "gt: gt of 2x4x8x8 makes a choice by values, which is no layer kind",
    ),
    "weights of the input": (
        lambda m, x: F.conv2d(x, m.conv(x).mean((0, 2, 3)).reshape(1, 4, 1, 1)),
        "mean: mean of 2x4x8x8 takes the mean over the images of the batch",
    ),
    "a part of a weight": (
        lambda m, x: F.conv2d(x, m.conv.weight[:2]),
        "conv: conv2d of 2x4x8x8 with 2x4x3x3 weights made of conv.weight is no layer kind",
    ),
    "a write into a part": (
        lambda m, x: _written(m.conv(x)),
        "setitem: setitem of 2x4x8x8 writes into a part of a tensor, which is no layer kind",
    ),
    "a fixed tensor": (
        lambda m, x: m.conv(x) + torch.arange(8, device=x.device),
        "add: add of 2x4x8x8 with a fixed tensor of 8 is no layer kind",
    ),
    "an old view": (
        lambda m, x: _stale(m.conv(x)),
        "permute: permute of 2x4x8x8 reads a tensor that was changed in place through another view of it",
    ),
    "a constant": (lambda m, x: torch.zeros(2, 3), "the output output does not depend on an input"),
}


def _written(x: Any) -> Any:
    x[:, 0] = 0
    return x


def _stale(x: Any) -> Any:
    x.view(2, -1).relu_()
    return x + x.sigmoid() if x.dim() == 3 else x + x.permute(0, 1, 2, 3)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named(name: str) -> None:
    forward, message = REFUSED[name]
    assert refused(forward, conv=nn.Conv2d(4, 4, 3, padding=1))[0] == message


def test_a_model_that_fails_says_where() -> None:
    messages = refused(lambda m, x: m.fc(x), fc=nn.Linear(9, 2))
    assert messages == [
        "written, run on 8x8x4, raised RuntimeError: "
        "linear(): input and weight.T shapes cannot be multiplied (64x8 and 9x2)"
    ] or messages[0].startswith("written, run on 8x8x4, raised RuntimeError")


def test_lazy_layers_are_refused() -> None:
    assert refused(lambda m, x: m.conv(x), conv=nn.LazyConv2d(3, 1)) == [
        "written has lazy layers, whose weights are not there yet: conv.weight"
    ]


def test_a_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    before = {name: (id(t), t.device) for name, t in model.state_dict(keep_vars=True).items()}
    cnncalc.read_model(model, (3, 9, 9))
    assert {name: (id(t), t.device) for name, t in model.state_dict(keep_vars=True).items()} == before
    assert model.training
    assert model[1].training
    assert not model[0]._forward_hooks


def test_without_an_input_usual_ones_are_tried() -> None:
    assert str(cnncalc.read_model(nn.Conv2d(1, 4, 3)).nodes[0].y) == "224x224x1"
    assert str(cnncalc.read_model(nn.Sequential(nn.Flatten(), nn.Linear(784, 10))).nodes[0].y) == "784"


def test_parameters_that_nothing_uses_are_reported() -> None:
    model = Written(lambda m, x: m.conv(x), conv=nn.Conv2d(4, 4, 3), idle=nn.Linear(2, 3))
    graph = read_module(model, {"input": Shape((8, 8), 4)})
    assert graph.notes == ["9 parameters are used by nothing that was run: idle.weight, idle.bias"]


def test_side_heads_of_training_are_read() -> None:
    def forward(m: Any, x: Any) -> Any:
        y = m.conv(x)
        return (m.head(y.mean((2, 3))), m.side(y.mean((2, 3)))) if m.training else m.head(y.mean((2, 3)))

    model = Written(forward, conv=nn.Conv2d(4, 4, 3), head=nn.Linear(4, 3), side=nn.Linear(4, 2))
    graph = read_module(model, {"input": Shape((8, 8), 4)})
    assert [(node.path, node.aux) for node in graph.nodes if node.aux] == [("side", "output2")]
    assert graph.notes == []


def test_several_inputs_and_a_dictionary_of_outputs() -> None:
    model = Written(
        lambda m, x, y: {"total": m.a(x) + m.b(y), "left": m.a(x)}, a=nn.Conv2d(4, 2, 1), b=nn.Conv2d(3, 2, 1)
    )
    network = cnncalc.read_model(model, {"left_image": (4, 5, 5), "right_image": (3, 5, 5)})
    assert list(network.inputs) == ["left_image", "right_image"]
    assert set(network.outputs) == {"total", "left"}
    assert network.report().totals.params == 4 * 2 + 2 + 3 * 2 + 2


def test_a_target_is_read_by_name(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "from torch import nn\n\n\ndef net(out=3):\n    return nn.Sequential(nn.Conv2d(3, out, 3), nn.ReLU())\n"
    )
    reader = of_name(f"{file}:net")
    assert reader is not None
    graph = reader.read(Request(f"{file}:net", None, "9x9x3", {"out": 5}))
    assert [(node.path, str(node.layer)) for node in graph.layers()] == [("0", "conv 5 3x3"), ("1", "relu")]
    with pytest.raises(NoAnswer, match="there is no 'nett'"):
        reader.read(Request(f"{file}:nett", None, "9x9x3"))


def test_only_modules_are_read() -> None:
    with pytest.raises(NoAnswer, match=r"a torch.nn.Module is read, not int"):
        read_module(3)
    with pytest.raises(NotRead):
        read_module(Written(lambda m, x: torch.fft.fft2(x).real), {"input": Shape((8, 8), 4)})
