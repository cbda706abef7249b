"""Counters of parameters and operations, one file each; `COUNTERS` lists them all."""

from __future__ import annotations

from importlib import import_module

from cnncalc.comparison.counters.base import Counter

COUNTERS = (
    "torchinfo",
    "torchsummary",
    "fvcore",
    "ptflops",
    "ptflops_aten",
    "thop",
    "calflops",
    "deepspeed",
    "flop_counter_mode",
    "keras",
    "timm",
    "torchvision",
)
"""Their names, which are those of their files, in the order of the report."""


def counter(name: str) -> Counter:
    """Return the counter of that name."""
    found: Counter = import_module(f"cnncalc.comparison.counters.{name}").COUNTER
    return found
