"""How fast grids are swept, against FlopCounterMode on meta; and how long `sizes` takes, against `show`.

python benchmarks/sweep.py
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from measure import cnncalc, functions, keep, processes, table

import cnncalc as library
from cnncalc.algebra.sweep import compute
from cnncalc.algebra.tasks import task_of
from cnncalc.library import library as entries

SPEC = """
name: fifty
input: 224x224x3
vars: {width: 64, growth: 32}
blocks:
  conv_bn out kernel stride=1: conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm
  shortcut out stride:
    - if: stride > 1 or channels != out
      then: conv_bn out 1x1 stride
      else: identity
  bottleneck w stride=1:
    - add:
        body: conv_bn w 1x1 -> relu -> conv_bn w 3x3 stride -> relu -> conv_bn 4*w+growth 1x1
        skip: shortcut 4*w+growth stride
    - relu
layers:
  - stem: conv_bn width 7x7 stride=2 -> relu -> maxpool 3x3 stride=2 pad=1
  - conv2: 3 * bottleneck width
  - conv3: bottleneck 2*width 2 -> 3 * bottleneck 2*width
  - conv4: bottleneck 4*width 2 -> 5 * bottleneck 4*width
  - conv5: bottleneck 8*width 2 -> 2 * bottleneck 8*width
  - head: global_avgpool -> flatten -> linear 1000
"""
"""ResNet-50, its width and one more number open: 50 weighted layers."""

GRID = ("width=1..400", "growth=0..31", "input=32..672:32")


def sweep() -> str:
    """Configurations a second on one core, params, MACs and activations of each."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fifty.cnn.yaml"
        path.write_text(SPEC)
        task = task_of(str(path), GRID, ("params", "macs", "activation_bytes"))
        with torch.device("meta"):
            model = library.load(str(path)).torch().to("meta").eval()
            image = torch.empty(1, 3, 224, 224, device="meta")
        size = compute(task, 0).configurations

        def counted() -> object:
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                model(image)
            return counter.get_total_flops()

        medians = functions({"block": lambda: compute(task, 0), "FlopCounterMode": counted}, repeats=7)
    ours, theirs = size / medians["block"], 1 / medians["FlopCounterMode"]
    rows = [
        ("cnncalc, a block", f"{size:,}", f"{ours:,.0f}"),
        ("FlopCounterMode on meta, the model at hand", "1", f"{theirs:,.1f}"),
        ("ratio (bound: ≥ 30,000)", "", f"{ours / theirs:,.0f}"),
    ]
    title = "Configurations a second and core: 50 weighted layers, params, MACs and activation bytes"
    return table(title, ("what", "configurations at once", "a second"), rows)


def sizes() -> str:
    """Whole processes: `sizes` of every network of the library against `show` of it; the slowest are listed."""
    ratios = {}
    for entry in entries():
        name = entry.name
        medians = processes({"show": cnncalc("show", name), "sizes": cnncalc("sizes", name)}, repeats=3)
        ratios[name] = medians["sizes"] / medians["show"]
    slowest = sorted(ratios, key=lambda name: -ratios[name])[:20]
    rows = [(name, f"{ratios[name]:.2f}") for name in slowest]
    rows.append((f"median of {len(ratios)}", f"{statistics.median(ratios.values()):.2f}"))
    rows.append(("largest (bound: ≤ 3)", f"{max(ratios.values()):.2f}"))
    return table("`cnncalc sizes` / `cnncalc show`, whole processes", ("network", "ratio"), rows)


if __name__ == "__main__":
    keep("sweep.md", "\n".join(["# Speed of `sweep` and `sizes`", "", sweep(), sizes()]))
