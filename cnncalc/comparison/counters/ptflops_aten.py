"""ptflops: `get_model_complexity_info(…, backend="aten")`. Source: its version 0.7.5, aten_ops.py.

It counts the operators that run: convolutions and matrix products, with the biases that are part of them.
"""

from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    CONVENTIONAL,
    FAST,
    FUSED,
    HEADS_TOO,
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

COUNTER = Counter(
    name="ptflops_aten",
    title="ptflops, backend aten",
    version="0.7.5",
    source="https://github.com/sovrasov/flops-counter.pytorch",
    quantities=(
        Quantity(
            "macs",
            "MACs",
            "macs",
            rules(
                (CONVENTIONAL, (Term("biases: one per output value", lambda s: s.biases * s.positions),)),
                (
                    ("attention",),
                    (
                        Term(FUSED, fused, fault=True),
                        Term(FAST, fast_path, fault=True),
                        Term("attention: biases", lambda s: 0 if s.code.no_grad else s.attention.biases),
                    ),
                ),
                (("window_attention",), (Term("attention: biases", lambda s: s.windows.biases),)),
                (("lstm",), (Term("LSTM: not seen, as it is fused", lambda s: -s.macs, fault=True),)),
                (
                    ("gru", "rnn"),
                    (Term("biases of gates", lambda s: s.recurrent.biases * s.input_positions),),
                ),
                (("matmul", *ACTIVATIONS, *NORMS, *POOLS, *SOFTMAX, *UPSAMPLINGS, *UNCOUNTED), SAME),
                (("lrn", "embedding", "rms_norm", "quick_gelu", "glu"), SAME),
            ),
        ),
        Quantity("params", "parameters", "params", {}, aside=HEADS_TOO, otherwise=SAME),
    ),
)
