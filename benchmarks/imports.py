"""How fast networks of other tools are read: against the spec of the same layers, each on a line of its own.

python benchmarks/imports.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from measure import keep, table

sys.path.insert(0, str(Path(__file__).parents[1]))

from cnncalc.exchange.importing import recognised
from cnncalc.exchange.text import spec_text
from cnncalc.library import read_text
from cnncalc.loading import build, uncollected
from tests.exchange.readers import cfgs, prototxts, yolos

FILES = {
    "yolov3.cfg": cfgs.yolov3,
    "resnet152.prototxt": lambda: prototxts.resnet((3, 8, 36, 3)),
    "yolov8.yaml": yolos.yolov8,
}


def best(work: Callable[..., object], *given: object, rounds: int = 9) -> float:
    """Return the least processor time of several rounds, in milliseconds."""
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        with uncollected():
            work(*given)
        found.append(1000 * (time.process_time() - begin))
    return min(found)


def load(text: str) -> None:
    """Build the network of a spec's text, which is kept by its name."""
    spec, problems = read_text(text, f"{time.perf_counter_ns()}")
    build(spec, None, problems)


def readers() -> str:
    """Read each file, write its spec and load it, against loading the spec with a line for each layer."""
    rows = []
    for name, made in FILES.items():
        found = recognised(name, made().encode(), binary=False)
        assert found is not None
        reader, request = found
        graph = reader.read(request)
        spec = best(load, spec_text(graph, flat=True))
        times = [best(reader.read, request), best(spec_text, graph), best(load, spec_text(graph))]
        rows.append((name, f"{times[0] / spec:.2f}", f"{times[1] / spec:.2f}", f"{sum(times) / spec:.2f}"))
    headings = ("file", "read", "write the spec", "in all, loaded")
    return table("Time by that of the spec with a line for each layer", headings, rows)


if __name__ == "__main__":
    keep("imports.md", "\n".join(["# Speed of reading other tools' networks", "", readers()]))
