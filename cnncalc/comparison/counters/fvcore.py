"""fvcore: `FlopCountAnalysis(model, inputs).total()`, whose flops are MACs.

Source: its version 0.1.5, nn/flop_count.py. It reads the operators of a traced graph, so that modules and functions
are the same to it.
"""

from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    CONVENTIONAL,
    FAST,
    FUSED,
    HEADS_TOO,
    POOLS,
    SAME,
    SOFTMAX,
    UNCOUNTED,
    Counter,
    Quantity,
    Seen,
    Term,
    fast_path,
    fused,
    rules,
)


def _adaptive(seen: Seen) -> int:
    """One for each input value of `aten::adaptive_avg_pool2d`; 1d and 3d have no rule."""
    return 0 if seen.code.as_mean or len(seen.x.sides) != 2 else seen.inputs


def _upsampling(seen: Seen) -> int:
    """One for each output value of nearest, four of bilinear, in two dimensions only."""
    if len(seen.x.sides) != 2:
        return 0
    return {"nearest": 1, "bilinear": 4}.get(str(seen.fields["mode"]), 0) * seen.outputs


OPERATIONS = rules(
    (CONVENTIONAL, SAME),
    (("batchnorm",), (Term("batchnorm: 2 per value, 1 without scale and shift", lambda s: s.inputs * (1 + s.affine)),)),
    (
        ("layernorm", "groupnorm", "instancenorm"),
        (Term("other norms: 5 per value, 4 without scale and shift", lambda s: s.inputs * (4 + s.affine)),),
    ),
    (
        ("adaptive_avgpool", "global_avgpool"),
        (Term("adaptive average pool: 1 per input value", _adaptive),),
    ),
    (("avgpool",), (Term("adaptive average pool: 1 per input value", lambda s: s.code.as_adaptive * _adaptive(s)),)),
    (("upsample", "resize"), (Term("upsampling: 1 per output value, bilinear 4", _upsampling),)),
    (
        ("attention",),
        (
            Term(FUSED, fused, fault=True),
            Term(FAST, fast_path, fault=True),
        ),
    ),
    (("lstm", "gru", "rnn"), (Term("recurrent layers: not seen", lambda s: -s.macs, fault=True),)),
    (("window_attention", "matmul"), SAME),
    (tuple(kind for kind in POOLS if kind not in ("adaptive_avgpool", "global_avgpool", "avgpool")), SAME),
    ((*ACTIVATIONS, *SOFTMAX, *UNCOUNTED, "lrn", "embedding", "rms_norm", "quick_gelu", "glu"), SAME),
)

COUNTER = Counter(
    name="fvcore",
    title="fvcore",
    version="0.1.5.post20221221",
    source="https://github.com/facebookresearch/fvcore",
    quantities=(
        Quantity("flops", "flops (MACs)", "macs", OPERATIONS),
        Quantity("params", "parameters", "params", {}, aside=HEADS_TOO, otherwise=SAME),
    ),
    note="its flops are MACs",
)
