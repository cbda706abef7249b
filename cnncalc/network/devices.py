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
    """A device: what it is called, and its row of the table."""

    name: str
    row: dict[str, str]

    def number(self, column: str) -> float:
        """Return a number of its row; 0 where no source is good enough."""
        return float(self.row[column] or 0)

    @property
    def memory(self) -> int:
        """Bytes that PyTorch has of its memory, else those it is sold with; 0 where neither is known."""
        usable = self.number("torch_total_gib")
        return int(usable * 2**30) if usable else int(self.number("memory_bytes_nominal"))


@cache
def devices() -> dict[str, Device]:
    """Return the devices by name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: Device(row["name"], row) for row in csv.DictReader(file)}


def capacity_of(gpu: str | int) -> int:
    """Return the bytes of a size such as `24GB` (10^9) or `24GiB` (2^30), or of a device such as `h100`.

    Raises NoAnswer for anything else, and for a word that several devices of different sizes have.
    """
    if isinstance(gpu, int):
        return gpu
    if found := SIZE.fullmatch(gpu.strip()):
        power = " KMGT".index((found[2] or " ").upper())
        return min(int(float(found[1]) * (1024 if found[3] else 1000) ** power), LARGEST)
    known = [device for device in _alike(gpu) if device.memory]
    if len({device.row["memory_gb_sold"] for device in known}) == 1:
        return min(device.memory for device in known)
    return _only(gpu, known, "a size such as 24GB or 24GiB, or a device such as h100", "a size of memory").memory


def device_of(name: str) -> Device:
    """Return the device that words name; raises NoAnswer where there is none, or several."""
    return _only(name, _alike(name), "a device such as t4, 'rtx 4090' or 'a100 sxm4 80gb'", None)


def _alike(name: str) -> list[Device]:
    words = _words(name)
    exact = [device for device in devices().values() if words == _words(device.name)]
    return exact or [device for device in devices().values() if words and words <= _words(device.name)]


def _only(name: str, found: list[Device], example: str, other: str | None) -> Device:
    if len(found) == 1:
        return found[0]
    if found:
        names = listed([quoted(device.name) for device in found], "or")
        raise NoAnswer([Problem("E122", f"{quoted(name, 40)} names several devices", None, f"write {names}")])
    reason = (
        f"{quoted(name, 40)} is neither {other} nor a known device"
        if other
        else f"no device {quoted(name, 40)} is known"
    )
    raise NoAnswer([Problem("E122", reason, None, did_you_mean(name, devices()) or example)])


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+\d*[a-z]*|\d+[a-z]*", re.sub(r"(?<=\d) (?=gb\b)", "", name.lower())))
