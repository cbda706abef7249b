"""PyTorch's own `torch.utils.flop_counter.FlopCounterMode`. Source: PyTorch 2.13, utils/flop_counter.py, on a CPU.

It counts matrix products and convolutions as they run, two FLOPs for each multiply-add.
"""

from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    CONVENTIONAL,
    FAST,
    FUSED,
    NORMS,
    POOLS,
    SAME,
    SOFTMAX,
    UNCOUNTED,
    UPSAMPLINGS,
    Counter,
    Quantity,
    Term,
    fast_path,
    fused,
    rules,
)

OPERATIONS = rules(
    (CONVENTIONAL, SAME),
    (
        ("attention",),
        (Term(FUSED, lambda s: 2 * fused(s), fault=True), Term(FAST, lambda s: 2 * fast_path(s), fault=True)),
    ),
    (("lstm",), (Term("LSTM: no formula for its fused kernel", lambda s: -2 * s.macs, fault=True),)),
    (("window_attention", "matmul", "gru", "rnn"), SAME),
    ((*ACTIVATIONS, *NORMS, *POOLS, *SOFTMAX, *UPSAMPLINGS, *UNCOUNTED), SAME),
    (("lrn", "embedding", "rms_norm", "quick_gelu", "glu", "global_response_norm", "normalize"), SAME),
)

COUNTER = Counter(
    name="flop_counter_mode",
    title="FlopCounterMode",
    version="PyTorch 2.13",
    source="https://github.com/pytorch/pytorch/blob/main/torch/utils/flop_counter.py",
    quantities=(Quantity("flops", "FLOPs", "macs", OPERATIONS, times=2),),
)
