"""DeepSpeed's profiler: `get_model_profile(model, input_shape)`, flops and MACs.

Source: its version 0.19.8, profiler.py. It patches functions, as calflops, which was made from it; it sees all
matrix products.
"""

from cnncalc.comparison.counters import calflops
from cnncalc.comparison.counters.base import FAST, HEADS_TOO, SAME, Counter, Quantity, Seen, Term, fast_path
from cnncalc.numbers.arith import product


def _upsampled(seen: Seen) -> int:
    """One for each output value; where a size is given, its positions without the channels."""
    return int(product(seen.y.sides)) if seen.kind == "resize" or seen.code.by_size else seen.outputs


OPERATIONS = calflops.OPERATIONS | {
    "conv_transpose": (Term("bias of convolution: one per output position", lambda s: s.biases * s.positions),),
    **dict.fromkeys(
        ("upsample", "resize"), (Term("upsampling: 1 per output value, or the positions of the size", _upsampled),)
    ),
    "attention": (
        Term(FAST, lambda s: 2 * fast_path(s), fault=True),
        Term("attention: softmax, 1 per score", calflops.softmax),
    ),
    "matmul": SAME,
}
PRODUCTS = calflops.PRODUCTS | {
    "conv_transpose": SAME,
    "attention": (Term(FAST, fast_path, fault=True),),
    "matmul": SAME,
}

COUNTER = Counter(
    name="deepspeed",
    title="DeepSpeed's profiler",
    version="0.19.8",
    source="https://github.com/deepspeedai/DeepSpeed",
    quantities=(
        Quantity("flops", "flops", "macs", OPERATIONS, times=2),
        Quantity("macs", "MACs", "macs", PRODUCTS),
        Quantity("params", "params", "params", {}, aside=HEADS_TOO, otherwise=SAME),
    ),
)
