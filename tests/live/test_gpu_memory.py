"""benchmarks/gpu_memory.py: its page from given figures, and, with a CUDA device, peaks and bounds against it."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("gpu_memory", BENCHMARKS / "gpu_memory.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "gpu_memory", module)
    spec.loader.exec_module(module)
    return module


def test_the_page(script: Any) -> None:
    mib = 2**20
    rows = [
        script.Measured("alexnet", "adam", "bf16", 1000 * mib, 1032 * mib, 2.0, 3.0),
        script.Measured("vgg16", "sgd", None, 4000 * mib, 4064 * mib, 4.0, 4.4),
    ]
    assert script.report(rows, "a device", "2.13", 32).splitlines() == [
        "# Training on a GPU",
        "",
        "## a device, PyTorch 2.13, batch 32",
        "",
        "| network | optimizer | type | computed, MiB | measured, MiB | beyond, MiB | share | ms | time/bound |",
        "|---|---|---|---|---|---|---|---|---|",
        "| alexnet | adam | bf16 | 1,000 | 1,032 | 32 | +3.2% | 3.00 | 1.50 |",
        "| vgg16 | sgd | float32 | 4,000 | 4,064 | 64 | +1.6% | 4.40 | 1.10 |",
        "",
        "Beyond what is computed: 32 to 64 MiB. Least time/bound: 1.10.",
    ]


def test_without_a_device(script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu_memory.py"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert script.main() == 2
    assert capsys.readouterr().err == "no CUDA device: nothing is measured\n"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", ["alexnet", "resnet50"])
def test_peaks_on_a_device(script: Any, name: str) -> None:
    found = script.measure(torch, name, 32, "adam", None, "h200")
    assert -0.02 * found.computed <= found.beyond <= 0.02 * found.computed + 128 * 2**20
    assert found.ratio >= 1
