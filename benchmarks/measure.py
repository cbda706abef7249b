"""Timing in one run: commands and functions in turn, repeated, medians; only ratios are worth quoting."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def processes(commands: dict[str, Sequence[str]], repeats: int = 15) -> dict[str, float]:
    """Return the median seconds of each command as a whole process; they take turns, after one round of warming up."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    # An installed package runs from its bytecode, so an editable one may keep its own.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for turn in range(repeats + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment)
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def functions(calls: dict[str, Callable[[], object]], repeats: int = 9) -> dict[str, float]:
    """Return the median seconds of each call in this process; they take turns, after one round of warming up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def python(code: str) -> list[str]:
    """Return the command that runs a line of Python."""
    return [sys.executable, "-c", code]


def cnncalc(*arguments: str) -> list[str]:
    """Return the command line of the installed cnncalc."""
    return [str(Path(sys.executable).parent / "cnncalc"), *arguments]


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [f"## {title}", "", "| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([*lines, ""])


def keep(name: str, text: str) -> None:
    """Print a result and keep it in benchmarks/results."""
    print(text)
    path = ROOT / "benchmarks" / "results" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.rstrip() + "\n", "utf-8")
