"""Linting 1,000 files of 50 layers: files a second a core beyond start-up, and memory against the number of files.

python benchmarks/lint.py
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import keep, table

FILES, LAYERS = 1_000, 50
CORES = len(os.sched_getaffinity(0))


def spec(seed: int) -> str:
    """Return a network of 50 layers, written out: convolutions, normalisations, activations, a few pools."""
    draw = random.Random(seed)
    lines = [f"name: net{seed}", "source: none", "input: 224x224x3", "blocks:"]
    lines += ["  unit out kernel: conv out kernel pad=kernel//2 bias=no -> batchnorm -> relu", "layers:"]
    layers, width, number = 0, 16, 0
    while layers < LAYERS - 5:
        number += 1
        if number % 5 == 0 and width < 256:
            lines.append(f"  - pool{number}: maxpool 2x2")
            layers, width = layers + 1, 2 * width
        elif draw.random() < 0.5:
            lines.append(f"  - unit{number}: unit {width} {draw.choice((1, 3, 5))}")
            layers += 3
        else:
            kernel = draw.choice((1, 3))
            step = f"conv {width} {kernel}x{kernel} pad={kernel // 2} bias=no"
            lines.append(f"  - conv{number}: {step} -> batchnorm -> relu")
            layers += 3
    lines.append("  - head: global_avgpool -> flatten -> dropout -> linear 1000")
    return "\n".join(lines) + "\n"


def run(folder: Path, *options: str) -> tuple[float, float, int]:
    """Return wall seconds, processor seconds and peak memory of the largest process in KiB of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    code = (
        "import resource, sys\nfrom cnncalc.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)\n"
        "print(max(resource.getrusage(who).ru_maxrss for who in both), file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "lint", *options, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, spent, int(done.stderr.split()[-1])


def growth() -> str:
    """Lint more and more files."""
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        folder, first = Path(name), 0.0
        for count in (1, 40, 250, FILES):
            for number in range(count):
                (folder / f"net{number}.cnn.yaml").write_text(spec(number))
            wall, spent, memory = min((run(folder) for _ in range(3)), key=lambda one: one[1])
            first = first or spent
            rate = f"{(count - 1) / (spent - first):,.0f}" if count > 1 else ""
            rows.append((f"{count:,}", f"{wall:.2f}", f"{spent:.2f}", rate, f"{memory / 1024:.0f}"))
    headings = ("files", "wall s", "processor s", "files a processor second beyond one file's run", "peak MiB")
    title = f"Files of {LAYERS} layers, all errors and warnings, on {CORES} cores (bound: 100 a second)"
    return table(title, headings, rows)


if __name__ == "__main__":
    keep("lint.md", "\n".join(["# Speed of `lint`", "", growth()]))
