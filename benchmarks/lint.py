"""Linting 1,000 files of 50 layers: files a second a core beyond start-up, and memory against the number of files.

    python benchmarks/lint.py > benchmarks/results/lint.md
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

FILES, LAYERS = 1_000, 50


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
            lines.append(f"  - conv{number}: conv {width} {kernel}x{kernel} pad={kernel // 2} bias=no -> batchnorm -> relu")
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


def main() -> None:
    cores = len(os.sched_getaffinity(0))
    print(f"# Linting\n\n{FILES:,} files of {LAYERS} layers, on {cores} cores. Lint is all rules of errors and warnings.\n")
    print("| files | wall s | processor s | files a processor second, beyond one file's run | peak memory MiB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = []
        for count in (1, 40, 250, FILES):
            for number in range(count):
                (folder / f"net{number}.cnn.yaml").write_text(spec(number))
            best = min((run(folder) for _ in range(3)), key=lambda one: one[1])
            rows.append((count, *best))
        one = rows[0][2]
        for count, wall, spent, memory in rows:
            rate = f"{(count - 1) / (spent - one):,.0f}" if count > 1 else ""
            print(f"| {count:,} | {wall:.2f} | {spent:.2f} | {rate} | {memory / 1024:.0f} |")


if __name__ == "__main__":
    main()
