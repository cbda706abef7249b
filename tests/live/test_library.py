"""Every network of the library against PyTorch: all of them on `meta`, a handful with numbers."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.library import library
from cnncalc.live.verify import Verification, verify
from tests.effort import sampled

torch = pytest.importorskip("torch")


SMALL = ("lenet5", "alexnet", "googlenet", "lenet5_1998", "resnet18", "siamese")


def told(result: Verification) -> object:
    return result.stopped, [(checked.path, what, cell) for checked, what, cell in result.differences()]


FIRST = {entry.file: entry.name for entry in reversed(library())}
"""The first network of each family, which trains as well; the others differ from it in numbers."""


@pytest.mark.parametrize("name", sampled((entry.name for entry in library()), every=60))
def test_on_meta(name: str) -> None:
    result = verify(cnncalc.load(name), device="meta", training=name in FIRST.values())
    assert result.agrees, told(result)
    assert not result.blind()


@pytest.mark.parametrize("name", sampled(SMALL, every=6))
def test_with_numbers(name: str) -> None:
    result = verify(cnncalc.load(name), device="cpu", backward=name.startswith("lenet"))
    assert result.agrees, told(result)
    assert all(layer.cells["finite"].theirs for layer in result.layers)


@pytest.mark.parametrize("batch", [1, 5])
def test_a_batch_multiplies_macs(batch: int) -> None:
    result = verify(cnncalc.load("lenet5"), device="meta", batch=batch)
    assert result.agrees, told(result)
    assert result.whole.cells["macs"].theirs == batch * 416_520


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_other_number_types(dtype: str) -> None:
    result = verify(cnncalc.load("lenet5"), dtype=dtype, backward=True)
    assert result.agrees, told(result)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", SMALL)
def test_on_a_gpu(name: str) -> None:
    result = verify(cnncalc.load(name), device="cuda", backward=True)
    assert result.agrees, told(result)
    measured = result.measured
    assert measured is not None
    assert measured.agreement.holds
    assert measured.seconds > 0
    assert set(measured.layer_seconds) == {layer.path for layer in result.layers}
    assert measured.flops_per_second < 1.2 * measured.ceiling.flops_per_second
    weights = result.report.totals.weight_bytes
    for run in ("inference", "sgd", "adam"):
        phases = measured.memory[run]
        assert phases["weights"].allocated >= weights
        assert all(phase.peak <= phase.reserved for phase in phases.values())
    assert measured.memory["adam"]["step"].allocated > measured.memory["sgd"]["step"].allocated
