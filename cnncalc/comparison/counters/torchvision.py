"""torchvision's table of weights: GFLOPS and parameters.

Source: torchvision 0.28, `_ops` and `num_params` of its weights. `_ops` is what FlopCounterMode counts, halved:
GFLOPS are MACs, attention products included.
"""

from cnncalc.comparison.counters import flop_counter_mode
from cnncalc.comparison.counters.base import SAME, Counter, Quantity, Seen, Term


def _heads(seen: Seen) -> int:
    raise seen.not_modelled("with its auxiliary heads in some tables, without them in others")


COUNTER = Counter(
    name="torchvision",
    title="torchvision's table",
    version="0.28",
    source="https://docs.pytorch.org/vision/stable/models.html",
    quantities=(
        Quantity(
            "gflops",
            "GFLOPS (MACs)",
            "macs",
            dict.fromkeys(flop_counter_mode.OPERATIONS, SAME),
            printed=lambda number: f"{round(number / 1e9, 3):g} G",
        ),
        Quantity("params", "Params", "params", {}, aside=(Term("", _heads),), otherwise=SAME),
    ),
    note="its GFLOPS are MACs",
)
