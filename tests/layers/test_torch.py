"""Every kind against PyTorch: parameters, buffers, output shape and multiply-adds."""

import pytest
from hypothesis import given, settings

from cnncalc.arith import product
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.shape import Shape
from tests.strategies import layers

torch = pytest.importorskip("torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")


@pytest.mark.parametrize("kind", KINDS)
def test_torch_agrees(kind: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(layers([kind]))
    def agrees(case: tuple[Layer, tuple[Shape, ...]]) -> None:
        layer, xs = case
        module = layer.build(torch, *xs).eval()
        assert {n: tuple(p.shape) for n, p in module.named_parameters()} == layer.weights(*xs)
        assert list(dict(module.named_parameters())) == list(layer.weights(*xs))
        buffers = {n: tuple(b.shape) for n, b in module.named_buffers() if not n.endswith("num_batches_tracked")}
        assert buffers == layer.buffers(*xs)
        with flop_counter.FlopCounterMode(display=False) as counter, torch.no_grad():
            y = module(*(torch.ones(2, *x.chw) for x in xs))
        assert tuple(y.shape) == (2, *layer.shape(*xs).chw)
        if layer.weighted:
            assert counter.get_total_flops() == 2 * 2 * layer.macs(*xs)
        assert product(layer.shape(*xs).sides) >= 1

    agrees()
