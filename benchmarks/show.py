"""How fast `cnncalc show` is: against a floor of imports, against torchinfo, and as networks grow.

python benchmarks/show.py
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from measure import cnncalc, functions, keep, processes, python, table

import cnncalc as library

FLOOR = "import click, rich.console, yaml; from pydantic import BaseModel"


def whole_processes() -> str:
    """Whole processes against importing what a tool of this kind imports."""
    show = cnncalc("show", "resnet152")
    commands = {
        "floor": python(FLOOR),
        "--version": cnncalc("--version"),
        "--help": cnncalc("--help"),
        "Tab after `cnncalc sh`": completing("sh"),
        "Tab after `cnncalc show resn`": completing("show resn"),
        "show alexnet": cnncalc("show", "alexnet"),
        "show alexnet --format json": cnncalc("show", "alexnet", "--format", "json"),
        "show resnet152": show,
        "show resnet152 --depth all": [*show, "--depth", "all"],
    }
    medians = processes(commands)
    bounds = {
        "--version": 0.6,
        "--help": 0.6,
        "Tab after `cnncalc sh`": 0.6,
        "Tab after `cnncalc show resn`": 0.9,
        "show alexnet": 1.0,
        "show alexnet --format json": 1.6,
        "show resnet152": 1.05,
    }
    rows = [
        (f"{name} / floor", f"{medians[name] / medians['floor']:.2f}", f"≤ {most}") for name, most in bounds.items()
    ]
    folded, whole = medians["show resnet152"], medians["show resnet152 --depth all"]
    rows.append(("show resnet152 --depth all / folded", f"{whole / folded:.2f}", "≤ 1.2"))
    return table(f"Whole processes (floor: `python -c '{FLOOR}'`)", ("what", "ratio", "bound"), rows)


def completing(words: str) -> list[str]:
    """Return the command line that bash runs when Tab is pressed after some words."""
    tab = ("_CNNCALC_COMPLETE=bash_complete", f"COMP_WORDS=cnncalc {words}", f"COMP_CWORD={len(words.split())}")
    return ["env", *tab, *cnncalc()]


def in_process() -> str:
    """Load and report resnet152, against torchinfo on torchvision's model of it."""
    import torchinfo

    build = torchvision_resnet152()
    model = build()
    shape = (1, 3, 224, 224)
    medians = functions(
        {
            "load and report": lambda: library.load("resnet152").report().totals,
            "torchinfo": lambda: torchinfo.summary(model, shape, verbose=0),
            "build and torchinfo": lambda: torchinfo.summary(build(), shape, verbose=0),
        },
        repeats=7,
    )
    ours = medians["load and report"]
    rows = [
        ("torchinfo.summary of a built model / load and report", f"{medians['torchinfo'] / ours:.1f}", "≥ 12"),
        ("build and torchinfo.summary / load and report", f"{medians['build and torchinfo'] / ours:.1f}", "≥ 50"),
    ]
    return table("In process, warm: ResNet-152 from its text to its totals", ("what", "ratio", "bound"), rows)


def torchvision_resnet152() -> Callable[[], object]:
    """Return what builds torchvision's model; its C++ operators, which no classifier calls, are only declared."""
    import torch

    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return lambda: (operators, torchvision.models.resnet152())[1]


def growth() -> str:
    """Time and memory of a chain of many layers."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for layers in (1_000, 10_000, 100_000):
            path = Path(folder) / "long.cnn.yaml"
            path.write_text(f"input: 8x8x4\nlayers:\n  - repeat: {layers // 2}\n    layers: conv 4 1x1 -> relu\n")
            start = time.perf_counter()
            library.load(str(path)).report()
            seconds = time.perf_counter() - start
            tracemalloc.start()
            kept = library.load(str(path)).report()
            bytes_ = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert len(kept.rows) == layers
            rows.append((f"{layers:,}", f"{seconds / layers * 1e6:.1f}", f"{bytes_ / layers:.0f}"))
    return table("A chain that grows", ("layers", "µs a layer", "bytes a layer"), rows)


if __name__ == "__main__":
    keep("show.md", "\n".join(["# Speed of `show`", "", whole_processes(), in_process(), growth()]))
