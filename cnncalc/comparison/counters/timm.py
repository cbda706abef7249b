"""timm's tables of results: MACs in G and parameters in M, two decimals.

Source: timm's benchmark.py, which runs fvcore. Columns `infer_gmacs` and `param_count` of its results/*.csv.
"""

from cnncalc.comparison.counters import fvcore
from cnncalc.comparison.counters.base import HEADS_TOO, SAME, Counter, Quantity

COUNTER = Counter(
    name="timm",
    title="timm's tables",
    version="1.0",
    source="https://github.com/huggingface/pytorch-image-models/blob/main/benchmark.py",
    quantities=(
        Quantity(
            "gmacs", "infer_gmacs", "macs", fvcore.OPERATIONS, printed=lambda number: f"{round(number / 1e9, 2):g} G"
        ),
        Quantity(
            "params",
            "param_count",
            "params",
            {},
            aside=HEADS_TOO,
            otherwise=SAME,
            printed=lambda number: f"{round(number / 1e6, 2):g} M",
        ),
    ),
    note="counted by fvcore",
)
