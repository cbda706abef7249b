"""Whether a device exists and has enough memory: what a run needs at least, what is free, and the problem if not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cnncalc.network.report import DTYPE_BYTES, Report
from cnncalc.problem import NoAnswer, Problem

UNITS = {"": 1, "B": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
MEMINFO = Path("/proc/meminfo")
_ASKED = re.compile(
    r"(?:tried to allocate|can't allocate memory:.*?allocate) ([\d.]+) ?([KMGT]iB|bytes)", re.IGNORECASE
)
_SHORT = ("out of memory", "can't allocate memory", "not enough memory", "DefaultCPUAllocator")


def refuse_device(torch: Any, device: str) -> None:
    """Raise NoAnswer when a device is asked for that is not there."""
    if device != "cuda" or torch.cuda.is_available():
        return
    reason = "it finds no device" if torch.version.cuda else "it is a build for the CPU alone"
    message = f"this PyTorch ({torch.__version__}) has no cuda: {reason}"
    raise NoAnswer([Problem("E122", message, None, "--device cpu, or --device meta for shapes and counts alone")])


def least_bytes(report: Report) -> int:
    """Return what a run needs at least: all weights, and the inputs and output of the layer with the largest."""
    number = DTYPE_BYTES[report.dtype]
    weights = sum(row.params + row.buffer_values for row in report.rows)
    volumes = max((sum(x.values for x in (*row.input, row.output)) for row in report.rows), default=0)
    return int(number * (weights + volumes * report.batch))


def refuse_memory(torch: Any, report: Report, device: str) -> None:
    """Raise NoAnswer when a run cannot fit, before it makes the machine swap."""
    needed, free = least_bytes(report), free_bytes(torch, device)
    if free is not None and needed > free:
        raise NoAnswer([_short(report, device, f"needs at least {size(needed)}", free)])


def shortage(torch: Any, error: BaseException, report: Report, device: str) -> Problem | None:
    """Return the problem when PyTorch has run out of memory; None when its error is another one."""
    text = str(error)
    if not isinstance(error, MemoryError) and not any(word in text for word in _SHORT):
        return None
    asked = _ASKED.search(text)
    reason = "ran out of memory"
    if asked:
        reason += f", asking for {size(int(float(asked.group(1)) * UNITS[asked.group(2)]))}"
    return _short(report, device, reason, free_bytes(torch, device))


def _short(report: Report, device: str, reason: str, free: int | None) -> Problem:
    room = f"; {size(free)} are free on {device}" if free is not None else ""
    batch = f"--batch {report.batch // 2}, or " if report.batch > 1 else ""
    hint = f"try {batch}--device meta, which compares shapes and counts without memory"
    images = f" with a batch of {report.batch}" if report.batch > 1 else ""
    return Problem("E123", f"{report.network.name}{images} {reason}{room}", None, hint)


def free_bytes(torch: Any, device: str) -> int | None:
    """Return the bytes that are free on a device; None where the system does not report them."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    try:
        found = re.search(r"^MemAvailable: +(\d+) kB", MEMINFO.read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) * 1024 if found else None


def size(number: int) -> str:
    """Write bytes with three significant digits: 34.1 KiB, 233 MiB."""
    value, unit = float(number), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if value < 1000 or unit == "PiB":
            break
        value /= 1024
    return f"{value:.3g} {unit}"
