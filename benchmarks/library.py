"""How fast the whole library is: `list` against `show alexnet`, `compare` of 80 networks against torchinfo on one.

python benchmarks/library.py
"""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path

from measure import ROOT, cnncalc, keep, processes, python, table

TORCHINFO = (
    "import cnncalc, torchinfo; "
    "torchinfo.summary(cnncalc.load('resnet152').torch(), (1, 3, 224, 224), verbose=0, device='cpu')"
)


def eighty() -> list[str]:
    """Return the classification models of torchvision."""
    with (ROOT / "tests" / "data" / "torchvision.csv").open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["network"] for row in csv.DictReader(file)))


def listed() -> str:
    """All numbers of every variant against one network."""
    commands = {"show alexnet": cnncalc("show", "alexnet"), "list": cnncalc("list")}
    commands["list filtered"] = cnncalc("list", "--where", "params < 10M and top1 > 70", "--sort", "macs")
    medians = processes(commands, repeats=11)
    rows = [
        (f"`{name}` / `show alexnet`", f"{medians[name] / medians['show alexnet']:.2f}", "≤ 5")
        for name in ("list", "list filtered")
    ]
    return table("Whole processes, with what an earlier run has kept", ("what", "ratio", "bound"), rows)


def first() -> str:
    """The first run of all, which computes every network."""
    shown = processes({"show alexnet": cnncalc("show", "alexnet")}, repeats=3)["show alexnet"]
    times = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder
            os.environ["HOME"] = folder
            times.append(_once(cnncalc("list")))
    rows = [("the first `list` / `show alexnet`", f"{sorted(times)[1] / shown:.1f}", "none")]
    return table("The first run, which computes every network", ("what", "ratio", "bound"), rows)


def _once(command: list[str]) -> float:
    import subprocess
    import time

    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def compared() -> str:
    """A comparison of 80 networks against building and summarising one."""
    names = eighty()
    medians = processes({"compare": cnncalc("compare", *names), "torchinfo": python(TORCHINFO)}, repeats=3)
    rows = [
        (
            f"`compare` of {len(names)} networks / torchinfo on ResNet-152",
            f"{medians['compare'] / medians['torchinfo']:.2f}",
            "< 1",
        )
    ]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "none" / "of" / "these")
        (Path(folder) / "none").write_text("")
        cold = processes({"compare": cnncalc("compare", *names)}, repeats=3)["compare"]
    rows.append(("the same where nothing can be kept", f"{cold / medians['torchinfo']:.2f}", "< 1"))
    return table("Whole processes", ("what", "ratio", "bound"), rows)


if __name__ == "__main__":
    keep("library.md", "\n".join(["# Speed of the library", "", listed(), compared(), first()]))
