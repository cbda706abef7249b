"""The properties of tests/live over many more random networks than CI draws, each with new seeds until time is up.

python benchmarks/hypothesis_deep.py [SECONDS]
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from typing import Any

from measure import ROOT, keep, table

sys.path.insert(0, str(ROOT))
os.environ["HYPOTHESIS_PROFILE"] = "deep"

import torch
from hypothesis import given, seed, settings

from tests.live import test_properties as properties
from tests.strategies import specs

GOAL, ROUND = 100_000, 200
"""Networks wanted for each property, and how many are drawn before the next property has its turn."""

PROPERTIES: tuple[Callable[..., Any], ...] = (
    properties.test_pytorch_agrees,
    properties.test_it_runs_with_numbers,
    properties.test_totals_are_the_sum_of_rows,
    properties.test_arrays_give_the_same,
    properties.test_symbols_give_the_same,
    properties.test_the_text_reads_back,
)


def main(seconds: float) -> None:
    torch.set_num_threads(1)
    drawn = {test.__name__: 0 for test in PROPERTIES}
    failed: dict[str, str] = {}
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end and min(drawn.values()) < GOAL:
        turn += 1
        for test in PROPERTIES:
            if test.__name__ not in failed and time.monotonic() < end:
                drawn[test.__name__] += rounds(test, turn, failed)
    rows = [(f"`{name}`", f"{count:,}", failed.get(name, "holds")) for name, count in drawn.items()]
    text = [
        "# The properties on many random networks",
        "",
        f"{seconds / 60:.0f} minutes on one core ({platform.machine()}) with PyTorch {torch.__version__};",
        f"{GOAL:,} networks for each property are wanted, this run stopped when its time was up.",
        "",
        table("Networks drawn", ("property", "networks", "result"), rows),
    ]
    keep("hypothesis_deep.md", "\n".join(text))


def rounds(test: Any, turn: int, failed: dict[str, str]) -> int:
    """Draw ROUND networks for a property; note the first failure."""
    counted = 0

    def count(text: str) -> None:
        nonlocal counted
        counted += 1
        test.hypothesis.inner_test(text)

    try:
        seed(turn)(settings(properties.PROFILE, max_examples=ROUND, database=None)(given(specs())(count)))()
    except Exception as error:
        failed[test.__name__] = f"fails: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        print(error, *getattr(error, "__notes__", ()), file=sys.stderr)
    return counted


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 900)
