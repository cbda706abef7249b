"""Measuring, as far as it can be tested without a GPU: clocks, medians, phases of memory, tolerances."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

import cnncalc
from cnncalc.live import measure
from cnncalc.live.build import build
from cnncalc.live.measure import Agreement, Ceiling, Measured, Memory
from cnncalc.live.verify import verify
from cnncalc.network.network import Network
from cnncalc.render.printers import printed
from cnncalc.render.verification import document, line, table, tables
from tests.effort import sampled

torch = pytest.importorskip("torch")


@pytest.fixture
def network() -> Network:
    return cnncalc.load("8x8x3 -> conv 4 3x3 -> batchnorm -> relu -> flatten -> linear 2")


class Ticks:
    """A clock that counts its marks."""

    def __init__(self) -> None:
        self.marks = self.settled = 0

    def mark(self) -> int:
        self.marks += 1
        return self.marks

    def settle(self) -> None:
        self.settled += 1

    def between(self, start: int, end: int) -> float:
        return float(end - start)


class Gauge:
    """A memory that grows by a byte at each reading."""

    def __init__(self) -> None:
        self.readings = -1

    def start(self) -> None:
        self.readings = 0

    def read(self) -> Memory:
        self.readings += 1
        return Memory(self.readings, self.readings, self.readings)


class HostClock:
    """The clock of the CPU, for what is measured without a GPU."""

    def mark(self) -> float:
        return time.perf_counter()

    def settle(self) -> None:
        """Do nothing: on the CPU every call has ended when it returns."""

    def between(self, start: float, end: float) -> float:
        return end - start


def test_the_median_of_warm_runs() -> None:
    clock, runs = Ticks(), []
    assert measure.whole_seconds(lambda: runs.append(1), clock) == 1
    assert len(runs) == 25
    assert clock.marks == 40
    assert clock.settled == 1


def test_seconds_of_each_layer(network: Network) -> None:
    model = build(network).eval()
    volumes = [torch.ones(1, 3, 8, 8)]
    paths = ("conv", "batchnorm", "relu", "flatten", "linear")
    assert measure.layer_seconds(network, model, volumes, Ticks()) == dict.fromkeys(paths, 1.0)
    with torch.no_grad():
        found = measure.layer_seconds(network, model, volumes, HostClock(), repeats=3, warm_up=1)
    assert all(0 < seconds < 1 for seconds in found.values())
    assert not model.conv._forward_hooks


def test_seconds_of_weights_used_again() -> None:
    text = "input: 4\nlayers:\n  - a: linear 4\n  - again a\n"
    network = cnncalc.load("-", stdin=text.encode)
    found = measure.layer_seconds(network, build(network), [torch.ones(1, 4)], Ticks(), repeats=2)
    assert found == {node.path: 1.0 for node in network.layers()}
    assert len(found) == 2


def test_ceilings_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_CEILINGS", {})
    clock = Ticks()
    found = measure.ceilings(torch, "cpu", "float32", clock, side=8, copied=64, repeats=3)
    assert found == Ceiling(2 * 8**3, 128)
    marks = clock.marks
    assert measure.ceilings(torch, "cpu", "float32", clock) is found
    assert clock.marks == marks


def test_bytes_moved(network: Network) -> None:
    report = network.report(batch=2, dtype="float16")
    volumes = (192 + 144) + (144 + 144) + (144 + 144) + (144 + 144) + (144 + 2)
    tensors = (4 * 27 + 4) + (8 + 8) + (288 + 2)
    assert measure.bytes_moved(report) == 2 * (2 * volumes + tensors)


@pytest.mark.parametrize(
    ("run", "phases"),
    [
        ("inference", ["weights", "forward"]),
        ("sgd", ["weights", "forward", "backward", "step"]),
        ("adam", ["weights", "forward", "backward", "step"]),
    ],
)
def test_phases_of_memory(network: Network, run: str, phases: list[str]) -> None:
    found = measure.memory_phases(torch, network.report(), Gauge(), run, device="cpu")
    assert list(found) == phases
    assert [memory.peak for memory in found.values()] == list(range(1, len(phases) + 1))


def test_distance() -> None:
    y = torch.tensor([3.0, 4.0])
    assert measure.distance(y, y) == 0
    assert measure.distance(y, y + torch.tensor([0.0, 0.5])) == pytest.approx(0.1)
    assert measure.distance(0 * y, y) == 5
    assert measure.distance(y, y * math.nan) == math.inf
    assert measure.distance(y / 0, y) == math.inf


def test_tolerance_grows_with_rounding_depth_and_width(network: Network) -> None:
    by_type = [measure.tolerance(network.report(dtype=name)) for name in ("float64", "float32", "float16", "bfloat16")]
    assert by_type == sorted(by_type)
    assert by_type[1] == pytest.approx(8 * math.sqrt(2) * 2**-24 * (1 + 12))
    deep = measure.tolerance(cnncalc.load("resnet50").report())
    assert 1e-4 < deep < 1e-3


@pytest.mark.parametrize("dtype", sampled(["float32", "float64", "bfloat16"], every=3))
def test_another_order_of_summation_is_within_tolerance(dtype: str) -> None:
    """What two devices do: the same sums in another order. Input channels and weights are turned round together."""
    network = cnncalc.load("12x12x64 -> conv 64 3x3 -> relu -> conv 64 3x3 -> relu -> flatten -> linear 50")
    torch.manual_seed(0)
    model, twin = build(network, dtype=dtype).eval(), build(network, dtype=dtype).eval()
    twin.load_state_dict(model.state_dict())
    x = torch.randn(1, 64, 12, 12).to(getattr(torch, dtype))
    with torch.no_grad():
        twin.conv.weight.copy_(model.conv.weight.flip(1))
        apart = measure.distance(model(x), twin(x.flip(1)))
        assert apart <= measure.tolerance(network.report(dtype=dtype))
        twin.conv.weight[0, 0, 0, 0] += 0.5
        assert (
            measure.distance(model(x), twin(x.flip(1))) > measure.tolerance(network.report(dtype=dtype))
            or apart > 0.001
        )


def test_tf32_is_off_and_comes_back() -> None:
    switches = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [switch.allow_tf32 for switch in switches]
    with measure.full_precision(torch):
        assert not any(switch.allow_tf32 for switch in switches)
    assert [switch.allow_tf32 for switch in switches] == before


def test_agreement() -> None:
    assert Agreement(0.1, 0.2).holds
    assert not Agreement(math.inf, 0.2).holds


def test_what_was_measured_is_shown(network: Network) -> None:
    """Numbers that no device gave, to see where they stand."""
    result = verify(network, device="meta")
    result.measured = Measured(
        "a device that is not there",
        0.002,
        {node.path: 0.001 for node in network.layers()},
        2.5e12,
        1e11,
        Ceiling(5e12, 2e11),
        Agreement(1e-6, 1e-5),
        {"inference": {"weights": Memory(1024, 2048, 4096), "forward": Memory(2048, 4096, 8192)}},
    )
    shown = printed([table(result)], "table", width=120)
    assert "2.000 ms; 2.5 TFLOP/s, 50% of a large matrix product's 5 TFLOP/s; 100 GB/s, 50%" in shown
    assert "memory, inference: weights 1.00 KiB (peak 2.00 KiB), forward 2.00 KiB (peak 4.00 KiB)" in shown
    assert "CPU and GPU are 1.0e-06 apart, at most 1.0e-05 by their rounding" in shown
    assert "✓ 3,888  1.000" in shown
    assert printed([line(result)], "table").endswith("2.00 ms")
    assert '"peak": 2048' in document([result]).to_json()
    assert "| 2.000 | 2.5 T | 100 G | 4.00 KiB |" in printed(tables([result, result]), "markdown")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_on_a_gpu(network: Network, dtype: str) -> None:
    found: Any = measure.measure(torch, network.report(batch=8, dtype=dtype))
    assert found.agreement.holds
    assert 0 < found.bytes_per_second < 1.2 * found.ceiling.bytes_per_second
