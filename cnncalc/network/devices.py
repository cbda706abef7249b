"""Devices and their memory: a table with sources, in `devices.csv` beside this file."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cnncalc.problem import NoAnswer, Problem, did_you_mean, listed, quoted

TABLE = Path(__file__).with_name("devices.csv")
SIZE = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
LARGEST = 10**18


class Device(NamedTuple):
    """A device: what it is called, and the bytes that PyTorch has of its memory, or else those it is sold with."""

    name: str
    memory: int
    sold: str
    source: str


@cache
def devices() -> dict[str, Device]:
    """Return the devices that have a size of memory, by name."""
    found = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            usable = row["torch_total_gib"]
            memory = int(float(usable) * 2**30) if usable else int(row["memory_bytes_nominal"] or 0)
            if memory:
                found[row["name"]] = Device(row["name"], memory, row["memory_gb_sold"], row["source_address"])
    return found


def capacity_of(gpu: str | int) -> int:
    """Return the bytes of a size such as `24GB` (10^9) or `24GiB` (2^30), or of a device such as `h100`.

    Raises NoAnswer for anything else, and for a word that several devices of different sizes have.
    """
    if isinstance(gpu, int):
        return gpu
    if found := SIZE.fullmatch(gpu.strip()):
        power = " KMGT".index((found[2] or " ").upper())
        return min(int(float(found[1]) * (1024 if found[3] else 1000) ** power), LARGEST)
    words = _words(gpu)
    alike = [device for device in devices().values() if words and words <= _words(device.name)]
    if len({device.sold for device in alike}) == 1:
        return min(device.memory for device in alike)
    if alike:
        names = listed([quoted(device.name) for device in alike], "or")
        raise NoAnswer([Problem("E122", f"{quoted(gpu, 40)} names several devices", None, f"write {names}")])
    hint = did_you_mean(gpu, devices()) or "a size such as 24GB or 24GiB, or a device such as h100"
    raise NoAnswer([Problem("E122", f"{quoted(gpu, 40)} is neither a size of memory nor a known device", None, hint)])


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+\d*[a-z]*|\d+[a-z]*", re.sub(r"(?<=\d) (?=gb\b)", "", name.lower())))
