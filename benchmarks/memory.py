"""How fast training memory is computed: against MemTracker on the built model, against `show`, and the largest batch.

python benchmarks/memory.py
"""

from __future__ import annotations

import statistics
import time

from measure import cnncalc, functions, keep, processes, table

import cnncalc as library

NETWORKS = (
    *("alexnet", "vgg16", "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1"),
    *("googlenet", "shufflenet_v2_x1_0", "regnet_y_400mf"),
)


def tracked(name: str) -> float:
    """Return the seconds that MemTracker takes for one iteration of the built model, of tensors without values."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.distributed._tools.mem_tracker import MemTracker

    network, mode = library.load(name), FakeTensorMode()
    module = network.torch(device="meta").train()
    for part in module.modules():
        for tensors in (part._parameters, part._buffers):
            for key, tensor in tensors.items():
                if tensor is not None:
                    made = mode.fake_tensor_converter.from_meta_and_device(mode, tensor.detach(), torch.device("cpu"))
                    with mode:
                        tensors[key] = torch.nn.Parameter(made) if isinstance(tensor, torch.nn.Parameter) else made
    with mode:
        volumes = [torch.rand(8, *shape.chw) for shape in network.input_shapes().values()]
        tracker = MemTracker()
        tracker.track_external(module)
        start = time.perf_counter()
        with tracker:
            result = module(*volumes)
            ends = result.values() if isinstance(result, dict) else [result]
            sum(end.sum() for end in ends).backward()
        tracker.get_tracker_snapshot("peak")
        return time.perf_counter() - start


def against_tracker() -> str:
    """Seconds of ten networks, MemTracker's and ours, in turn."""
    import torch

    torch.set_num_threads(1)
    rows = []
    for name in NETWORKS:
        network = library.load(name)
        ours = functions({"ours": lambda network=network: network.memory(8)}, repeats=5)["ours"]
        rows.append((name, f"{1000 * ours:.1f}", f"{tracked(name):.2f}", ours))
    ratios = [float(theirs) / ours for _, _, theirs, ours in rows]
    lines = [(name, ms, theirs, f"{ratio:.0f}") for (name, ms, theirs, _), ratio in zip(rows, ratios, strict=True)]
    lines.append(("median", "", "", f"{statistics.median(ratios):.0f}"))
    return table(
        "One iteration, batch 8, without an optimizer", ("network", "ours, ms", "MemTracker, s", "ratio"), lines
    )


def as_process() -> str:
    """`memory resnet152` against `show resnet152`, and the largest batch of ResNet-50."""
    found = processes({name: cnncalc(name, "resnet152") for name in ("memory", "show")}, repeats=9)
    network = library.load("resnet50")
    batch = functions({"batch": lambda: network.memory(optimizer="adam", gpu="24GB")})["batch"]
    rows = [(name, f"{seconds:.3f}") for name, seconds in found.items()]
    rows += [("memory / show", f"{found['memory'] / found['show']:.2f}"), ("largest batch in process", f"{batch:.3f}")]
    return table("ResNet-152 as a process, ResNet-50 on 24 GB", ("what", "seconds, or a ratio"), rows)


if __name__ == "__main__":
    keep("memory.md", "\n".join(["# Speed of `memory`", "", as_process(), against_tracker()]))
