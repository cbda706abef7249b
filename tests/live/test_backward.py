"""Multiply-adds of the backward pass, against PyTorch's FlopCounterMode."""

from typing import Any

import pytest

import cnncalc
from cnncalc.network.network import Network

torch = pytest.importorskip("torch")


def counted(network: Network, batch: int) -> int:
    """Return the multiply-adds of forward and backward pass as PyTorch counts them."""
    module = network.torch(device="meta").train()
    volumes = [torch.empty(batch, *shape.chw, device="meta") for shape in network.input_shapes().values()]
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        result: Any = module(*volumes)
        ends = list(result.values()) if isinstance(result, dict) else [result]
        sum(end.sum() for end in ends).backward()  # type: ignore[union-attr]
    return int(counter.get_total_flops()) // 2


def computed(network: Network, batch: int) -> int:
    report = network.report(batch)
    return int(sum(row.macs + report.training.backward_macs(row.node) for row in report.rows))


@pytest.mark.parametrize("name", ["vgg11", "resnet18", "googlenet", "vit_b_16", "lenet5"])
def test_networks(name: str) -> None:
    network = cnncalc.load(name)
    assert computed(network, 2) == counted(network, 2)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["resnet50", "densenet121", "inception_v3", "unet", "squeezenet1_1", "vgg19_bn"])
def test_more_networks(name: str) -> None:
    network = cnncalc.load(name)
    assert computed(network, 2) == counted(network, 2)


def test_attention_and_what_learns_nothing() -> None:
    layers = [
        "attention 2",
        {"a": "linear 6"},
        "attention 3 out_proj=no",
        "cross_attention 3 a",
        "matmul a transpose=yes",
    ]
    network = cnncalc.load({"input": "9x6", "layers": layers})
    assert computed(network, 3) == counted(network, 3)
    for chain in (
        "9x6 -> attention 3 -> matmul input transpose=yes",
        "8x8x4 -> window_attention 2 4x4",
    ):
        assert computed(cnncalc.load(chain), 3) == counted(cnncalc.load(chain), 3), chain
    recurrent = cnncalc.load("9x6 -> lstm 4 layers=2 bidirectional=yes")
    first = 2 * 2 * (4 * 4) * 4 * 3  # the state before the first position has no gradient
    assert computed(recurrent, 3) == counted(recurrent, 3) + first
    network = cnncalc.load("9x9x1 -> filter sobel_x -> conv 4 3x3 -> filter gaussian -> conv 4 3x3")
    assert computed(network, 3) <= counted(network, 3)  # PyTorch counts groups in full in the backward pass


def test_grouped_convolutions_are_counted_by_their_weights() -> None:
    """FlopCounterMode of PyTorch 2.13 counts them as if there were none in the backward pass."""
    network = cnncalc.load("8x8x8 -> conv 8 3x3 -> depthwise 3x3")
    first, second = network.report().rows
    assert [network.report().training.backward_macs(row.node) for row in (first, second)] == [
        first.macs,
        2 * second.macs,
    ]
