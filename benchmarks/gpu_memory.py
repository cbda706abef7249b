"""Memory and time of training steps on a CUDA device, against what `memory` and `roofline` compute.

python benchmarks/gpu_memory.py [--gpu h200] [--batch 32]

Needs CUDA. Peaks are those of the second iteration, of torch.cuda.max_memory_allocated; a bound of the roofline is at
most the measured time. Results are kept in benchmarks/results/gpu_memory.md and .json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import Any, NamedTuple

from measure import keep, table

import cnncalc as library

NETWORKS = (
    *("alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "mobilenet_v2", "efficientnet_b0", "convnext_tiny"),
    *("vit_b_16", "squeezenet1_1"),
)
MIB = 2**20


class Measured(NamedTuple):
    """One network: bytes that are computed and measured, and milliseconds of a forward pass, the bound and measured."""

    network: str
    optimizer: str
    amp: str | None
    computed: int
    measured: int
    bound_ms: float
    time_ms: float

    @property
    def beyond(self) -> int:
        """Bytes that are measured and not computed: workspaces, and what the allocator rounds up."""
        return self.measured - self.computed

    @property
    def ratio(self) -> float:
        """How many times the bound the measured time is."""
        return self.time_ms / self.bound_ms


def measure(torch: Any, name: str, batch: int, optimizer: str, amp: str | None, gpu: str) -> Measured:
    """Train two iterations, and time forward passes, on the first CUDA device."""
    network = library.load(name)
    computed = network.memory(batch, optimizer=optimizer, amp=amp)
    dtype = {None: "float32", "bf16": "bfloat16", "fp16": "float16"}[amp]
    bound = 1000 * library.roofline(name, gpu, batch, dtype=dtype).seconds
    torch.cuda.empty_cache()
    module = network.torch(device="cuda").train()
    made = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer](module.parameters())
    volumes = [torch.rand(batch, *shape.chw, device="cuda") for shape in network.input_shapes().values()]
    low = torch.autocast("cuda", getattr(torch, dtype), enabled=amp is not None)

    def outputs() -> list[Any]:
        result = module(*volumes)
        return [*result.values()] if isinstance(result, dict) else [result]

    for iteration in range(2):
        if iteration:
            torch.cuda.reset_peak_memory_stats()
        with low:
            ends = outputs()
            targets = [torch.zeros(end.shape[:1] + end.shape[2:], dtype=torch.long, device="cuda") for end in ends]
            total = sum(map(torch.nn.functional.cross_entropy, ends, targets))
        del ends
        total.backward()
        del total
        made.step()
        made.zero_grad()
    measured = torch.cuda.max_memory_allocated()
    module.eval()
    times = []
    with torch.no_grad(), low:
        for turn in range(13):
            first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            first.record()
            outputs()
            last.record()
            torch.cuda.synchronize()
            times += [first.elapsed_time(last)] * (turn >= 3)
    return Measured(name, optimizer, amp, computed.peak_bytes, measured, bound, statistics.median(times))


def report(rows: list[Measured], device: str, version: str, batch: int) -> str:
    """Return the results as a page."""
    lines = [
        (
            *(row.network, row.optimizer, row.amp or "float32"),
            *(f"{row.computed / MIB:,.0f}", f"{row.measured / MIB:,.0f}", f"{row.beyond / MIB:,.0f}"),
            *(f"{row.beyond / row.computed:+.1%}", f"{row.time_ms:.2f}", f"{row.ratio:.2f}"),
        )
        for row in rows
    ]
    headings = (
        "network",
        "optimizer",
        "type",
        "computed, MiB",
        "measured, MiB",
        "beyond, MiB",
        "share",
        "ms",
        "time/bound",
    )
    beyond = [row.beyond / MIB for row in rows]
    band = f"Beyond what is computed: {min(beyond):,.0f} to {max(beyond):,.0f} MiB. Least time/bound: "
    band += f"{min(row.ratio for row in rows):.2f}."
    return "\n".join(
        ["# Training on a GPU", "", table(f"{device}, PyTorch {version}, batch {batch}", headings, lines), band]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", default="h200", help="the device in the table of devices")
    parser.add_argument("--batch", type=int, default=32)
    given = parser.parse_args()
    import torch

    if not torch.cuda.is_available():
        print("no CUDA device: nothing is measured", file=sys.stderr)
        return 2
    ways = (("sgd", None), ("adam", None), ("adam", "bf16"))
    rows = [measure(torch, name, given.batch, *way, given.gpu) for name in NETWORKS for way in ways]
    keep("gpu_memory.md", report(rows, torch.cuda.get_device_name(), torch.__version__, given.batch))
    keep("gpu_memory.json", json.dumps([row._asdict() for row in rows], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
