"""torchinfo: `summary(model, input_size)`. Source: its version 1.8.0, layer_info.py.

It hooks modules without children. A convolution has its parameters multiplied by the positions of its output,
everything else by the first dimension of its output, which is the batch; a recurrent layer by the first two.
"""

from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    CONVOLUTIONS,
    HEADS_TOO,
    NORMS,
    POOLS,
    RECURRENT,
    SAME,
    SOFTMAX,
    UNCOUNTED,
    UPSAMPLINGS,
    Counter,
    Quantity,
    Seen,
    Term,
    rules,
)


def _once(seen: Seen) -> int:
    return -seen.weights * (seen.input_positions - 1)


LINEAR = (
    Term("linear: at one position only", _once, fault=True),
    Term("bias of linear: once", lambda s: s.biases),
)
CONVOLUTION = (
    Term("bias of convolution: one per output position", lambda s: 0 if s.code.as_linear else s.biases * s.positions),
    Term("1x1 convolution as linear: at one position only", lambda s: _once(s) if s.code.as_linear else 0, fault=True),
    Term("bias of linear: once", lambda s: s.biases if s.code.as_linear else 0),
)
SEPARABLE = (Term("bias of convolution: one per output position", lambda s: s.biases * s.positions),)
TRANSPOSED = (
    Term(
        "transposed convolution: output positions instead of input positions",
        lambda s: s.weights * (s.positions - s.input_positions),
        fault=True,
    ),
    Term("bias of convolution: one per output position", lambda s: s.biases * s.positions),
)

COUNTER = Counter(
    name="torchinfo",
    title="torchinfo",
    version="1.8.0",
    source="https://github.com/TylerYep/torchinfo",
    quantities=(
        Quantity(
            "mult_adds",
            "Total mult-adds",
            "macs",
            rules(
                (CONVOLUTIONS, CONVOLUTION),
                (("separable",), SEPARABLE),
                (("conv_transpose",), TRANSPOSED),
                (("linear",), LINEAR),
                ((*NORMS, "rms_norm"), (Term("norm: its parameters, once", lambda s: s.held * (s.affine or 1)),)),
                (("prelu",), (Term("prelu: its parameters, once", lambda s: s.held),)),
                (("embedding",), (Term("embedding: its whole table", lambda s: s.held, fault=True),)),
                (RECURRENT, (Term("biases of recurrent layers", lambda s: s.recurrent.biases * s.input_positions),)),
                (("attention",), (Term("attention: not seen", lambda s: -s.attention.macs, fault=True),)),
                (("window_attention",), (Term("attention: not seen", lambda s: -s.windows.macs, fault=True),)),
                (("matmul",), (Term("products of functions: not seen", lambda s: -s.macs, fault=True),)),
                (tuple(kind for kind in ACTIVATIONS if kind != "prelu"), SAME),
                ((*POOLS, *SOFTMAX, *UPSAMPLINGS, *UNCOUNTED, "lrn", "quick_gelu", "glu"), SAME),
            ),
        ),
        Quantity("params", "Total params", "params", {}, aside=HEADS_TOO, otherwise=SAME),
    ),
)
