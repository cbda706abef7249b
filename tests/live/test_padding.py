"""`pad=same`: never below 0, no more than is needed, and PyTorch's own where it has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.numbers.arith import same_padding, window

torch = pytest.importorskip("torch")

NUMBERS = st.integers(1, 12)


@given(NUMBERS, NUMBERS, st.integers(1, 5), st.integers(1, 3))
def test_it_is_the_least_that_gives_every_stride_an_output(n: int, kernel: int, stride: int, dilation: int) -> None:
    padding, wanted = same_padding(n, kernel, stride, dilation), -(-n // stride)
    assert padding >= 0
    assert window(n, kernel, stride, padding, dilation) == wanted
    assert padding == 0 or window(n, kernel, stride, padding - 1, dilation) < wanted


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_it_pads_as_pytorch_does(kernel: int, dilation: int) -> None:
    chain = f"9x9x2 -> conv 3 {kernel}x{kernel} pad=same dilation={dilation} bias=no"
    model = cnncalc.load(chain).torch(dtype="float64")
    theirs = torch.nn.Conv2d(2, 3, kernel, padding="same", dilation=dilation, bias=False, dtype=torch.float64)
    theirs.load_state_dict({"weight": model.conv.weight})
    x = torch.randn(1, 2, 9, 9, dtype=torch.float64)
    assert torch.allclose(model(x), theirs(x))
