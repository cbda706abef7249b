"""How fast models are read: a live ResNet-50 beside torchinfo, an ONNX file beside onnx itself; and how many are exact.

python benchmarks/read_models.py [--all]
"""

from __future__ import annotations

import io
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from measure import functions, keep, table

import cnncalc
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.importing import network_of
from cnncalc.exchange.readers import Request
from cnncalc.exchange.text import spec_text
from cnncalc.live.modules import read_module
from cnncalc.live.record import WeightsOnMeta
from cnncalc.problem import NoAnswer
from cnncalc.shape import Shape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
IMAGE = Shape((224, 224), 3)


def beside_torchinfo() -> str:
    """The same built ResNet-50 in one process: read and written as text, and summarised by torchinfo."""
    import torchinfo

    model = cnncalc.load("resnet50").torch().eval()
    times = functions(
        {
            "read_module and spec_text": lambda: spec_text(read_module(model, {"input": IMAGE})),
            "torchinfo.summary": lambda: torchinfo.summary(model, (1, *IMAGE.chw), verbose=0),
        }
    )
    return _ratio("ResNet-50, live", times, "≤ 1.5")


def beside_onnx() -> str:
    """A ResNet-152 as an ONNX file: read, and loaded by onnx with its shapes inferred."""
    import onnx

    from cnncalc.exchange.readers.onnx_model import read

    model = cnncalc.load("resnet152").torch().eval()
    file = io.BytesIO()
    torch.onnx.export(model, (torch.zeros(1, *IMAGE.chw),), file, dynamo=False)
    data = file.getvalue()
    times = functions(
        {
            "cnncalc": lambda: read(Request("resnet152.onnx", data)).finished(),
            "onnx.load and shape_inference": lambda: onnx.shape_inference.infer_shapes(
                onnx.load_model_from_string(data)
            ),
        },
        3,
    )
    return _ratio("ResNet-152, an ONNX file", times, "≤ 3")


def _ratio(title: str, times: dict[str, float], bound: str) -> str:
    ours, theirs = times.values()
    rows = [(*(f"{seconds:.2f} s" for seconds in (ours, theirs)), f"{ours / theirs:.2f}", bound)]
    return table(title, (*times, "ratio", "bound"), rows)


def torchvision_models() -> Iterator[tuple[str, Any, Shape]]:
    """Yield every classification and segmentation model of torchvision, without weights."""
    from tests.torchvision_shim import torchvision_models as imported

    models = imported()
    for module, more in ((models, {}), (models.segmentation, {"weights_backbone": None})):
        for name in models.list_models(module):
            size = 299 if name == "inception_v3" else 224
            extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else more
            with WeightsOnMeta():
                yield name, models.get_model(name, weights=None, **extra), Shape((size, size), 3)


def timm_models() -> Iterator[tuple[str, Any, Shape]]:
    """Yield one small model of each module of timm."""
    from tests.torchvision_shim import torchvision_models as imported

    imported()  # timm imports it
    import timm

    marks = ("atto", "femto", "pico", "nano", "tiny", "mini", "small", "_s", "18", "_b0")
    for module in timm.list_modules():
        names = [name for name in timm.list_models(module=module) if not name.startswith("test_")]
        if not names:
            continue
        name = min(names, key=lambda each: (next((i for i, m in enumerate(marks) if m in each), 99), len(each), each))
        try:
            with WeightsOnMeta():
                model = timm.create_model(name)
        except RuntimeError:  # it computes with its weights while it is built
            model = timm.create_model(name)
        channels, *sides = model.default_cfg.get("input_size", (3, 224, 224))
        yield f"{module} ({name})", model, Shape(tuple(sides), channels)


def verdict(model: Any, shape: Shape) -> tuple[str, str]:
    """Return whether a model is read exactly, with outputs that agree where it is run, and else the first reason."""
    try:
        graph: Graph = read_module(model, {"input": shape}, built=False)
        network_of(graph)
    except NoAnswer as problems:
        return "refused", problems.problems[0].message
    same = graph.counts["params"] - graph.counts.get("unused", 0) == graph.params()
    return ("exact", "") if same else ("explained", "; ".join(graph.notes))


def counted(what: str, models: Iterator[tuple[str, Any, Shape]]) -> str:
    """Read every model; list those that are not exact."""
    rows, counts = [], Counter[str]()
    start = time.perf_counter()
    for name, model, shape in models:
        found, why = verdict(model, shape)
        counts[found] += 1
        if found != "exact":
            rows.append([name, found, why[:160]])
    total = sum(counts.values())
    line = ", ".join(f"{count} {found}" for found, count in sorted(counts.items()))
    print(f"{what}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return table(f"{what}: {line}, of {total}", ("model", "read", "why"), rows)


if __name__ == "__main__":
    parts = ["# Reading models of other frameworks", "", beside_torchinfo(), beside_onnx()]
    if "--all" in sys.argv:
        parts.append(counted("torchvision", torchvision_models()))
        parts.append(counted("timm, one model of each module", timm_models()))
    keep("read_models.md", "\n".join(parts))
