"""What a trace sees of a model: its layer calls in order, where each reads, and what it cannot follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from cnncalc.live.calls import Call
from cnncalc.shape import Shape

torch = pytest.importorskip("torch")
nn = torch.nn
F = torch.nn.functional

from cnncalc.live.record import NoTensor, onto_meta  # noqa: E402  # it imports torch
from cnncalc.live.trace import Trace, trace  # noqa: E402
from tests.live.written import Written  # noqa: E402


def traced(forward: Any, *, x: str = "8x8x4", **parts: Any) -> Trace:
    *sides, channels = map(int, x.split("x"))
    model = onto_meta(Written(forward, **parts)).eval()
    return trace(model, [Shape(tuple(sides), channels)])


def seen(found: Trace) -> list[str]:
    """Write the calls, inputs and outputs left out, each with what it reads."""
    return [written(call, found.calls) for call in found.calls if call.kind not in ("input", "output")]


def written(call: Call, calls: list[Call]) -> str:
    sources = (calls[read.at].path or calls[read.at].text for read in call.reads)
    passed = [str(what) for read in call.reads for what in read.passed]
    return f"{call.path}: {call.text} of {' + '.join(sources) or '?'}{f' after {passed}' if passed else ''}"


def heads(projected: Any, count: int, attend: Any) -> Any:
    """Cut queries, keys and values into heads, and put together what `attend` makes of them."""
    queries, keys, values = projected.unflatten(-1, (3, count, -1)).permute(2, 0, 3, 1, 4)
    return attend(queries, keys, values).transpose(1, 2).flatten(2)


def by_hand(queries: Any, keys: Any, values: Any) -> Any:
    return (queries @ keys.transpose(-2, -1) * 0.5).softmax(-1) @ values


CASES: dict[str, tuple[Any, dict[str, Any], list[str]]] = {
    "modules": (
        lambda m, x: m.body(x),
        {"body": nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.ReLU6(), nn.MaxPool2d(2))},
        ["body.0: conv 6 3x3 of input", "body.1: batchnorm of body.0", "body.3: maxpool 2x2 of body.1 after ['relu6']"],
    ),
    "functions": (
        lambda m, x: F.hardswish(F.conv2d(F.leaky_relu(x, 0.2), m.w, stride=(2, 1), groups=2)),
        {"w": nn.Parameter(torch.ones(6, 2, 3, 1))},
        ["w: conv 6 3x1 stride=2x1 groups=2 bias=no of input after ['leaky_relu slope=0.2']"],
    ),
    "depthwise": (
        lambda m, x: m.conv(x),
        {"conv": nn.Conv2d(4, 8, 3, groups=4, padding="same", dilation=2)},
        ["conv: depthwise 3x3 pad=2 dilation=2 multiplier=2 of input"],
    ),
    "a module twice": (
        lambda m, x: m.conv(F.relu(m.conv(x))),
        {"conv": nn.Conv2d(4, 4, 1)},
        ["conv: conv 4 1x1 of input", "conv: conv 4 1x1 of conv after ['relu']"],
    ),
    "sums and joins": (
        lambda m, x: torch.cat([m.a(x) + m.b(x) + x, x], dim=1),
        {"a": nn.Conv2d(4, 4, 1), "b": nn.Conv2d(4, 4, 3, padding=1)},
        [
            "a: conv 4 1x1 of input",
            "b: conv 4 3x3 pad=1 of input",
            "add: add of a + b + input",
            "cat: concat of add + input",
        ],
    ),
    "in place": (
        lambda m, x: m.b(m.a(x).relu_().add_(x)),
        {"a": nn.Conv2d(4, 4, 1), "b": nn.Conv2d(4, 4, 1)},
        ["a: conv 4 1x1 of input", "add: add of a + input after ['relu']", "b: conv 4 1x1 of add"],
    ),
    "views, slices, permutations": (
        lambda m, x: m.fc(x.permute(0, 2, 3, 1)[:, ::2].contiguous()).movedim(-1, 1),
        {"fc": nn.Linear(4, 5)},
        ["fc: linear 5 of input"],
    ),
    "squeeze and excitation": (
        lambda m, x: x * torch.sigmoid(m.b(F.silu(m.a(F.adaptive_avg_pool2d(x, 1))))),
        {"a": nn.Conv2d(4, 2, 1), "b": nn.Conv2d(2, 4, 1)},
        [
            "adaptive_avg_pool2d: global_avgpool of input",
            "a: conv 2 1x1 of adaptive_avg_pool2d",
            "b: conv 4 1x1 of a after ['silu']",
            "mul: mul of input + b after ['sigmoid']",
        ],
    ),
    "trainable parameters": (
        lambda m, x: x * m.gamma + m.place,
        {"gamma": nn.Parameter(torch.ones(4, 1, 1)), "place": nn.Parameter(torch.ones(4, 8, 8))},
        ["gamma: scale, one a channel of input", "place: bias, one a value of gamma"],
    ),
    "weights that are computed": (
        lambda m, x: F.conv2d(x, (m.w - m.w.mean()) / m.w.std()),
        {"w": nn.Parameter(torch.ones(2, 4, 1, 1))},
        ["w: conv 2 1x1 bias=no of input"],
    ),
    "norms": (
        lambda m, x: m.d(m.c(m.b(m.a(x))).movedim(1, -1)),
        {"a": nn.GroupNorm(2, 4), "b": nn.InstanceNorm2d(4), "c": nn.PReLU(4), "d": nn.LayerNorm(4)},
        [
            "a: groupnorm 2 of input",
            "b: instancenorm of a",
            "c: prelu per_channel=yes of b",
            "d: layernorm of c",
        ],
    ),
    "weights that are fixed are no layer": (
        lambda m, x: m.conv(F.conv2d(x, torch.ones(4, 1, 3, 3, device=x.device), groups=4)),
        {"conv": nn.Conv2d(4, 4, 1)},
        ["conv: conv 4 1x1 of input after ['conv 4 3x3 groups=4 bias=no with fixed weights']"],
    ),
    "padding that is no zero": (
        lambda m, x: m.conv(F.pad(x, (1, 1, 1, 1), mode="reflect")),
        {"conv": nn.Conv2d(4, 4, 3)},
        ["conv: conv 4 3x3 of input after ['pad 1 mode=reflect']"],
    ),
    "pooling by numbers": (
        lambda m, x: m.fc(x.mean(dim=[-1, -2])) + m.fc(x.amax((2, 3))),
        {"fc": nn.Linear(4, 2)},
        [
            "mean: global_avgpool of input",
            "fc: linear 2 of mean",
            "amax: global_maxpool of input",
            "fc: linear 2 of amax",
            "add: add of fc + fc",
        ],
    ),
    "upsampling": (
        lambda m, x: m.conv(F.interpolate(x, scale_factor=2, mode="bilinear")),
        {"conv": nn.Conv2d(4, 4, 1)},
        ["conv: conv 4 1x1 of input after ['upsample 2 mode=bilinear']"],
    ),
    "attention": (
        lambda m, x: m.mha(*[x.flatten(2).transpose(1, 2)] * 3)[0],
        {"mha": nn.MultiheadAttention(4, 2, batch_first=True)},
        [
            "mha: linear 12 of input",
            "mha: attention, 2 heads of mha",
            "mha: matmul of mha + mha",
            "mha: linear 4 of mha",
        ],
    ),
    "attention by hand": (
        lambda m, x: m.b(heads(m.a(x.flatten(2).transpose(1, 2)), 2, by_hand)),
        {"a": nn.Linear(4, 12), "b": nn.Linear(4, 4)},
        [
            "a: linear 12 of input",
            "softmax: attention, 2 heads of a",
            "matmul: matmul of softmax + a",
            "b: linear 4 of matmul",
        ],
    ),
    "attention in one function": (
        lambda m, x: m.b(heads(m.a(x.flatten(2).transpose(1, 2)), 2, F.scaled_dot_product_attention)),
        {"a": nn.Linear(4, 12), "b": nn.Linear(4, 4)},
        [
            "a: linear 12 of input",
            "scaled_dot_product_attention: attention, 2 heads of a",
            "scaled_dot_product_attention: matmul of scaled_dot_product_attention + a",
            "b: linear 4 of scaled_dot_product_attention",
        ],
    ),
    "attention to others": (
        lambda m, x: m.mha(x.flatten(2).transpose(1, 2), *[m.conv(x).flatten(2).transpose(1, 2)] * 2)[0],
        {"mha": nn.MultiheadAttention(4, 2, batch_first=True), "conv": nn.Conv2d(4, 4, 1)},
        [
            "conv: conv 4 1x1 of input",
            "mha: linear 4 of input",
            "mha: linear 4 of conv",
            "mha: linear 4 of conv",
            "mha: attention, 2 heads of mha + mha",
            "mha: matmul of mha + mha",
            "mha: linear 4 of mha",
        ],
    ),
    "a class token": (
        lambda m, x: torch.cat([m.token.expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)], 1) + m.place,
        {"token": nn.Parameter(torch.ones(1, 1, 4)), "place": nn.Parameter(torch.ones(1, 65, 4))},
        ["token: class_token of input", "place: bias, one a value of token"],
    ),
    "weights made by a network of constants": (
        lambda m, x: x * m.net(torch.arange(4.0, device=x.device)[:, None]).sigmoid()[..., None],
        {"net": nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 1))},
        ["net.0: scale, one a channel of input"],
    ),
    "a product with weights cannot be followed": (
        lambda m, x: torch.einsum("bchw,co->bohw", x, m.w),
        {"w": nn.Parameter(torch.ones(4, 2))},
        ["w: einsum with w of input"],
    ),
    "volumes multiplied": (
        lambda m, x: torch.matmul(m.a(x), m.b(x)),
        {"a": nn.Conv2d(4, 4, 1), "b": nn.Conv2d(4, 4, 1)},
        ["a: conv 4 1x1 of input", "b: conv 4 1x1 of input", "matmul: matmul of a + b"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_calls(case: tuple[Any, dict[str, Any], list[str]]) -> None:
    forward, parts, wanted = case
    assert seen(traced(forward, **parts)) == wanted


class Doubled(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """Somebody's own function, whose inside is not torch's."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2


def test_a_function_of_their_own() -> None:
    found = traced(lambda m, x: m.b(Doubled.apply(m.a(x))), a=nn.Conv2d(4, 4, 1), b=nn.Conv2d(4, 4, 1))
    assert seen(found) == ["a: conv 4 1x1 of input", "b: conv 4 1x1 of a"]


def test_what_a_script_does_is_named() -> None:
    inner = torch.jit.script(nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()))
    found = traced(lambda m, x: m.conv(m.inner(x)), inner=inner, conv=nn.Conv2d(4, 4, 1))
    assert seen(found) == [
        "inner.0: convolution.default with inner.0.bias, inner.0.weight of input",
        "conv: conv 4 1x1 of inner.0",
    ]
    assert found.unused == {}


@dataclass
class Result:
    logits: Any
    loss: None = None


@pytest.mark.parametrize(
    "given",
    [
        lambda y: {"out": y, "more": None},
        lambda y: (y, 3),
        lambda y: [{"deep": [y]}],
        lambda y: Result(y),
    ],
)
def test_outputs(given: Any) -> None:
    found = traced(lambda m, x: given(m.conv(x)), conv=nn.Conv2d(4, 4, 3))
    (output,) = (call for call in found.calls if call.kind == "output")
    assert str(output.x) == "6x6x4"


def test_no_output() -> None:
    with pytest.raises(NoTensor, match="dict"):
        traced(lambda m, x: {"out": None})


def test_totals_and_what_is_unused() -> None:
    found = traced(lambda m, x: m.a(x), a=nn.Conv2d(4, 2, 3), b=nn.Linear(2, 3))
    assert (found.params, found.macs) == (74 + 9, 72 * 36)
    assert found.unused == {"b.weight": 6, "b.bias": 3}


def test_shared_weights() -> None:
    conv = nn.Conv2d(4, 4, 1)
    other = nn.Conv2d(4, 4, 1)
    other.weight, other.bias = conv.weight, conv.bias
    found = traced(lambda m, x: m.b(m.a(x)), a=conv, b=other)
    assert [call.shares for call in found.calls if call.layer] == [None, 1]
    assert found.params == 20


def test_hooks_go_with_the_trace() -> None:
    model = onto_meta(Written(lambda m, x: m.conv(x), conv=nn.Conv2d(4, 4, 1)))
    trace(model, [Shape((8, 8), 4)])
    assert not model.conv._forward_hooks
    assert not model.conv._forward_pre_hooks
