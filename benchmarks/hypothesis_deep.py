"""The properties of tests/live over many more random networks than CI draws, each with new seeds until time is up.

python benchmarks/hypothesis_deep.py [SECONDS]
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from typing import Any

from measure import ROOT, keep, table

sys.path.insert(0, str(ROOT))

import torch
from hypothesis import given, seed, settings

from tests.effort import SAME
from tests.live import test_properties as properties
from tests.strategies import specs

GOAL, ROUND = 100_000, 200
"""Networks wanted, and how many are drawn with one seed."""

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
    drawn = dict.fromkeys(PROPERTIES, 0)
    end, layers = time.monotonic() + seconds, 0
    failed: dict[Any, str] = {}

    def check(text: str) -> None:
        nonlocal layers
        if time.monotonic() > end:
            return
        layers += sum(1 for _ in properties.load(text).layers())
        for test in PROPERTIES:
            drawn[test] += 1
            try:
                test.hypothesis.inner_test(text)
            except Exception as error:
                if test not in failed:
                    print(test.__name__, error, text, sep="\n", file=sys.stderr)
                failed[test] = "fails"

    turn = 0
    while time.monotonic() < end and max(drawn.values()) < GOAL:
        turn += 1
        seed(turn)(
            settings(settings.get_profile(SAME), derandomize=False, max_examples=ROUND, database=None)(
                given(specs())(check)
            )
        )()
    rows = [(f"`{test.__name__}`", f"{count:,}", failed.get(test, "holds")) for test, count in drawn.items()]
    networks, minutes = max(drawn.values()), seconds / 60
    text = [
        "# The properties on many random networks",
        "",
        f"{networks:,} networks of {layers / networks:.0f} layers on average in {minutes:.0f} minutes on a share of a",
        f"core ({platform.machine()}), PyTorch {torch.__version__}. {GOAL:,} are wanted; time was up before that.",
        "",
        table("Every property on each of them", ("property", "networks", "result"), rows),
    ]
    keep("hypothesis_deep.md", "\n".join(text))
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 900)
