"""How fast `verify` is: against building the same models and counting their FLOPs, and how much of it is PyTorch.

python benchmarks/verify_speed.py
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable

import torch
from measure import keep, table
from torch.utils.flop_counter import FlopCounterMode

import cnncalc
from cnncalc.library import library
from cnncalc.live.verify import verify
from cnncalc.network.network import Network
from cnncalc.render.printers import printed
from cnncalc.render.verification import table as drawn

ROUNDS = 3
TORCH = f"{os.path.dirname(torch.__file__)}{os.sep}"
INTERVAL = 0.001


def counted(network: Network) -> int:
    """Do the least that gives PyTorch's own numbers: build on meta, run once under FlopCounterMode."""
    model = network.torch(device="meta").eval()
    volumes = [torch.empty(1, *shape.chw, device="meta") for shape in network.input_shapes().values()]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*volumes, aux=True)
    return int(counter.get_total_flops())


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def against_counting() -> str:
    """Every network of the library in this process, the two in turn."""
    names = [entry.name for entry in library()]
    first = list({entry.file: entry.name for entry in reversed(library())}.values())
    rows = []
    for what, chosen, rounds in (
        (f"all {len(names)} networks", names, 1),
        (f"one of each of {len(first)} families", first, ROUNDS),
    ):
        ours, least = [], []
        for _ in range(rounds):
            times = [0.0, 0.0]
            for name in chosen:
                network = cnncalc.load(name)
                times[0] += seconds(lambda network=network: counted(network))
                times[1] += seconds(lambda name=name: verify(cnncalc.load(name), device="meta"))
            least.append(times[0])
            ours.append(times[1])
        a, b = statistics.median(ours), statistics.median(least)
        rows.append((what, f"{rounds}", f"{a:.1f} s", f"{b:.1f} s", f"{a / b:.2f}", "≤ 3"))
    headings = ("networks", "rounds", "load and verify", "build and count", "ratio", "bound")
    return table("`verify --device meta`, both modes, against building and FlopCounterMode", headings, rows)


class Sampler(threading.Thread):
    """Looks every millisecond where the main thread is: anywhere inside PyTorch, or not."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.main, self.inside, self.all, self.over = threading.main_thread().ident, 0, 0, False

    def run(self) -> None:
        while not self.over:
            frame = sys._current_frames().get(self.main or 0)
            self.all += 1
            while frame is not None and not frame.f_code.co_filename.startswith(TORCH):
                frame = frame.f_back
            self.inside += frame is not None
            time.sleep(INTERVAL)


def share(name: str) -> tuple[float, float]:
    """Return the part of load, verify and print that is spent below a function of PyTorch, and the seconds in all."""
    sampler = Sampler()
    sampler.start()
    time_taken = seconds(lambda: printed([drawn(verify(cnncalc.load(name)))], "table"))
    sampler.over = True
    sampler.join()
    return sampler.inside / sampler.all, time_taken


def within_pytorch() -> str:
    share("lenet5")  # the first one imports what PyTorch loads late
    rows = []
    for name, bound in (("alexnet", "≥ 80 %"), ("googlenet", ""), ("resnet18", "")):
        found = [share(name) for _ in range(ROUNDS)]
        inside, taken = (statistics.median(values) for values in zip(*found, strict=True))
        rows.append((f"`verify {name}`", f"{100 * inside:.0f} %", f"{taken:.2f} s", bound))
    told = "Sampled every millisecond; C++ that cnncalc calls directly (such as `isfinite`) counts as not in PyTorch."
    return f"{table('Time spent in PyTorch', ('command', 'in PyTorch', 'in all', 'bound'), rows)}\n{told}\n"


if __name__ == "__main__":
    torch.set_num_threads(1)
    keep("verify_speed.md", "\n".join(["# Speed of `verify`", "", within_pytorch(), against_counting()]))
