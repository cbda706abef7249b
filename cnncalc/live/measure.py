"""What is measured on a device: time, rates beside its ceilings, memory at each phase, and CPU against GPU."""

from __future__ import annotations

import gc
import math
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from cnncalc.live.build import build, steps_of
from cnncalc.network.network import Network
from cnncalc.network.report import DTYPE_BYTES, Report

WARM_UP, REPEATS = 5, 20

RUNS = ("inference", "sgd", "adam")
"""What memory is read for: one forward pass, and one training step with either optimiser (SGD with momentum)."""

ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
"""Unit roundoff: the largest relative error of writing a number in a type."""

SUMMED_IN = {"float64": "float64", "float32": "float32", "float16": "float32", "bfloat16": "float32"}
"""The type in which products are summed up."""


class Clock(Protocol):
    """Marks moments of a run; `between` is known once the run has settled."""

    def mark(self) -> Any: ...
    def settle(self) -> None: ...
    def between(self, start: Any, end: Any) -> float: ...


class CudaClock:
    """CUDA events, which the GPU marks itself as it gets to them."""

    def __init__(self, torch: Any) -> None:
        self.cuda = torch.cuda

    def mark(self) -> Any:
        event = self.cuda.Event(enable_timing=True)
        event.record()
        return event

    def settle(self) -> None:
        self.cuda.synchronize()

    def between(self, start: Any, end: Any) -> float:
        return float(start.elapsed_time(end)) / 1000


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a device reaches at its best: a large matrix product and a large copy."""

    flops_per_second: float
    bytes_per_second: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on the device at the end of a phase, the most during it, and what PyTorch keeps reserved."""

    allocated: int
    peak: int
    reserved: int


class MemoryGauge(Protocol):
    """Reads a device's memory; reading begins a new phase."""

    def start(self) -> None: ...
    def read(self) -> Memory: ...


class CudaMemory:
    """The counters of PyTorch's CUDA allocator."""

    def __init__(self, torch: Any) -> None:
        self.cuda = torch.cuda

    def start(self) -> None:
        gc.collect()
        self.cuda.empty_cache()
        self.cuda.reset_peak_memory_stats()

    def read(self) -> Memory:
        self.cuda.synchronize()
        found = Memory(self.cuda.memory_allocated(), self.cuda.max_memory_allocated(), self.cuda.max_memory_reserved())
        self.cuda.reset_peak_memory_stats()
        return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two runs lie apart, relative to the first, and how far they may."""

    distance: float
    tolerance: float

    @property
    def holds(self) -> bool:
        return self.distance <= self.tolerance


@dataclass(frozen=True, slots=True)
class Measured:
    """One network on a device: seconds of a forward pass, whole and by path, rates, memory by run and phase."""

    device: str
    seconds: float
    layer_seconds: dict[str, float]
    flops_per_second: float
    bytes_per_second: float
    ceiling: Ceiling
    agreement: Agreement
    memory: dict[str, dict[str, Memory]]


def measure(torch: Any, report: Report) -> Measured:
    """Measure a network on the GPU; TF32 is off throughout."""
    network, clock = report.network, CudaClock(torch)
    model = build(network, device="cuda", dtype=report.dtype).eval()
    volumes = random_volumes(torch, report, "cuda", report.batch)
    with full_precision(torch), torch.no_grad():
        agreement = compare_with_cpu(torch, report, model, volumes)
        seconds = whole_seconds(partial(model, *volumes, aux=True), clock)
        layers = layer_seconds(network, model, volumes, clock)
        ceiling = ceilings(torch, "cuda", report.dtype, clock)
    del model, volumes  # what they hold is not the memory of the runs that follow
    return Measured(
        torch.cuda.get_device_name(),
        seconds,
        layers,
        2 * sum(row.macs for row in report.rows) / seconds,
        bytes_moved(report) / seconds,
        ceiling,
        agreement,
        {run: memory_phases(torch, report, CudaMemory(torch), run) for run in RUNS},
    )


def random_volumes(torch: Any, report: Report, device: str, batch: int) -> list[Any]:
    """Draw random values for each input, the same on every device; on `meta`, tensors without values."""
    dtype = getattr(torch, report.dtype)
    shapes = [(batch, *shape.chw) for shape in report.network.input_shapes().values()]
    if device == "meta":
        return [torch.empty(shape, dtype=dtype, device=device) for shape in shapes]
    return [torch.randn(shape).to(device, dtype) for shape in shapes]


# Time.


def whole_seconds(run: Callable[[], Any], clock: Clock, repeats: int = REPEATS, warm_up: int = WARM_UP) -> float:
    """Return the median seconds of a run, warmed up."""
    for _ in range(warm_up):
        run()
    marks = []
    for _ in range(repeats):
        start = clock.mark()
        run()
        marks.append((start, clock.mark()))
    clock.settle()
    return statistics.median(clock.between(start, end) for start, end in marks)


def layer_seconds(
    network: Network, model: Any, volumes: list[Any], clock: Clock, repeats: int = REPEATS, warm_up: int = WARM_UP
) -> dict[str, float]:
    """Return the median seconds of each layer by its path, its hooks included."""
    steps = steps_of(model)
    marks: list[Any] = []
    distinct = {id(step.module): step.module for step in steps}.values()
    handles = [module.register_forward_pre_hook(lambda *_: marks.append(clock.mark())) for module in distinct]
    handles += [module.register_forward_hook(lambda *_: marks.append(clock.mark())) for module in distinct]
    times: dict[str, list[float]] = {network.nodes[step.index].path: [] for step in steps}
    try:
        for turn in range(warm_up + repeats):
            marks.clear()
            model(*volumes, aux=True)
            clock.settle()
            if turn >= warm_up:
                for path, start, end in zip(times, marks[::2], marks[1::2], strict=True):
                    times[path].append(clock.between(start, end))
    finally:
        for handle in handles:
            handle.remove()
    return {path: statistics.median(seconds) for path, seconds in times.items()}


_CEILINGS: dict[tuple[str, str], Ceiling] = {}


def ceilings(
    torch: Any, device: str, dtype: str, clock: Clock, side: int = 8192, copied: int = 2**30, repeats: int = REPEATS
) -> Ceiling:
    """Measure what a device reaches at its best, once in a process for each number type."""
    known = _CEILINGS.get((device, dtype))
    if known is None:
        kind = getattr(torch, dtype)
        a = torch.randn(side, side, device=device).to(kind)
        product = torch.empty_like(a)
        seconds = whole_seconds(lambda: torch.mm(a, a, out=product), clock, repeats)
        flops = 2 * side**3 / seconds
        del a, product
        source = torch.zeros(copied, dtype=torch.uint8, device=device)
        target = torch.empty_like(source)
        seconds = whole_seconds(lambda: target.copy_(source), clock, repeats)
        known = _CEILINGS[device, dtype] = Ceiling(flops, 2 * copied / seconds)
    return known


def bytes_moved(report: Report) -> int:
    """Return the bytes of a forward pass in which every layer reads its input and weights and writes its output."""
    values = sum(
        report.batch * sum(x.values for x in (*row.input, row.output)) + row.params + row.buffer_values
        for row in report.rows
    )
    return int(values * DTYPE_BYTES[report.dtype])


# Memory.


def memory_phases(torch: Any, report: Report, gauge: MemoryGauge, run: str, device: str = "cuda") -> dict[str, Memory]:
    """Read the memory when the weights are there, after forward, after backward and after the optimiser's first step.

    `run` is one of RUNS; `inference` ends after forward.
    """
    gauge.start()
    model = build(report.network, device=device, dtype=report.dtype)
    phases = {"weights": gauge.read()}
    volumes = random_volumes(torch, report, device, report.batch if run == "inference" else max(report.batch, 2))
    if run == "inference":
        with torch.no_grad():
            outputs = model.eval()(*volumes)
        return phases | {"forward": gauge.read()}
    learned = list(model.parameters())
    optim = torch.optim
    update = optim.SGD(learned, lr=1e-3, momentum=0.9) if run == "sgd" else optim.Adam(learned, lr=1e-3)
    outputs = model.train()(*volumes)
    phases["forward"] = gauge.read()
    loss(outputs).backward()
    phases["backward"] = gauge.read()
    update.step()
    return phases | {"step": gauge.read()}


def loss(outputs: Any) -> Any:
    """Return one number that depends on every output."""
    tensors = outputs.values() if isinstance(outputs, dict) else [outputs]
    return sum(y.float().square().mean() for y in tensors)


# CPU against GPU.


@contextmanager
def full_precision(torch: Any) -> Iterator[None]:
    """Disable TF32, which would round the factors of products to 10 bits; restore the settings afterwards."""
    switches = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [switch.allow_tf32 for switch in switches]
    try:
        for switch in switches:
            switch.allow_tf32 = False
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.allow_tf32 = value


def compare_with_cpu(torch: Any, report: Report, model: Any, volumes: list[Any]) -> Agreement:
    """Run the same weights on the same volumes on the CPU and compare the outputs."""
    twin = build(report.network, device="cpu", dtype=report.dtype)
    twin.load_state_dict(model.state_dict())
    there, here = model(*volumes, aux=True), twin.eval()(*(v.cpu() for v in volumes), aux=True)
    pairs = zip(here.values(), there.values(), strict=True) if isinstance(here, dict) else [(here, there)]
    return Agreement(max(distance(cpu, gpu.cpu()) for cpu, gpu in pairs), tolerance(report))


def distance(reference: Any, other: Any) -> float:
    """Return the length of the difference over the length of the reference; infinite where one is not finite."""
    reference, other = reference.double(), other.double()
    length, apart = float(reference.norm()), float((reference - other).norm())
    if not math.isfinite(length) or not math.isfinite(apart):
        return math.inf
    return apart / length if length else apart


def tolerance(report: Report) -> float:
    """Return how far two correct runs may lie apart, by the number type.

    Two devices add up in another order. A sum of n terms is then off by about √n roundings of the type that sums, and
    the result by one of the type that it is kept in; the errors of L layers, independent of each other, add up to √L
    times that. Factor 8 is for what enlarges errors on the way: normalisation, and activations of small numbers.
    """
    fans = [int(row.fan_in or 1) for row in report.rows if row.node.layer.weighted] or [1]
    kept, summed = ROUNDING[report.dtype], ROUNDING[SUMMED_IN[report.dtype]]
    return 8 * math.sqrt(len(fans)) * (kept + math.sqrt(max(fans)) * summed)
