"""ptflops: `get_model_complexity_info(…, backend="pytorch")`. Source: its version 0.7.5, pytorch_ops.py.

It hooks modules of an exact list of classes and patches functions as well, so that a module that calls a patched
function is counted twice.
"""

from typing import Any

from cnncalc.comparison.counters.base import (
    CONVOLUTIONS,
    HEADS_TOO,
    POOLS,
    SAME,
    UNCOUNTED,
    Counter,
    Quantity,
    Seen,
    Term,
    rules,
)

TWICE_HOOKED = ("relu", "prelu", "elu", "gelu")
"""Activations with a hook whose module calls a patched function."""

BIAS = Term("biases: one per output value", lambda s: s.biases * s.positions)


def _module(seen: Seen) -> int:
    """One for each value, where a module is hooked."""
    return 0 if seen.code.as_function or seen.code.as_mean else seen.inputs


def _function(seen: Seen) -> int:
    """One for each value, where a function is patched."""
    return 0 if seen.code.as_mean else seen.inputs


def _hook_only(seen: Seen) -> int:
    """ReLU6 and LeakyReLU: the module is hooked and calls no patched function, `F.relu6` is patched."""
    if seen.code.as_function:
        return seen.inputs if seen.kind == "relu6" else 0
    return seen.inputs


def _norm(seen: Seen) -> int:
    """Two for each value of the norms of the list; PyTorch's LayerNorm has no attribute `affine`."""
    if seen.code.subclassed or seen.code.as_function:
        return 0
    return seen.inputs * (1 if seen.kind == "layernorm" else 1 + seen.affine)


def _lrn(seen: Seen) -> int:
    if seen.fields["region"] != "across":
        raise seen.not_modelled("region=within")
    layer: Any = seen.layer
    return int(seen.x.channels + layer.size - 1) * seen.positions + 3 * seen.inputs


def _upsampled(seen: Seen) -> int:
    return 0 if seen.code.as_function else seen.outputs


VALUES = Term("activations: 1 per value, by the module", _module)
AGAIN = Term("activations: 1 per value again, by the function in the module", _function, fault=True)
GATES = {"lstm": 10, "gru": 7, "rnn": 1}

COUNTER = Counter(
    name="ptflops",
    title="ptflops, backend pytorch",
    version="0.7.5",
    source="https://github.com/sovrasov/flops-counter.pytorch",
    quantities=(
        Quantity(
            "macs",
            "MACs",
            "macs",
            rules(
                ((*CONVOLUTIONS, "separable", "conv_transpose", "linear"), (BIAS,)),
                (("relu", "prelu", "elu", "gelu"), (VALUES, AGAIN)),
                (("relu6", "leaky_relu"), (Term("activations: 1 per value, by the module", _hook_only),)),
                (("silu", "softmax"), (Term("activations: 1 per value, by the function", lambda s: s.inputs),)),
                (
                    POOLS,
                    (
                        Term("pools: 1 per input value, by the module", _module),
                        Term("pools: 1 per input value again, by the function in the module", _function, fault=True),
                    ),
                ),
                (
                    ("batchnorm", "groupnorm", "instancenorm", "layernorm"),
                    (Term("norms: 2 per value, layernorm and norms without scale and shift 1", _norm),),
                ),
                (
                    ("upsample", "resize"),
                    (
                        Term("upsampling: 1 per output value, by the module", _upsampled),
                        Term("upsampling: 1 per output value again, by the function", lambda s: s.outputs, fault=True),
                    ),
                ),
                (("lrn",), (Term("lrn: its parts", _lrn),)),
                (
                    ("attention",),
                    (
                        Term("attention: scale of the queries", lambda s: s.attention.tokens * s.attention.width),
                        Term("attention: softmax, 1 per score", lambda s: s.attention.scores),
                        Term("attention: biases", lambda s: s.attention.biases),
                        Term(
                            "attention: products and softmax again, by functions",
                            lambda s: (s.attention.products + s.attention.scores) * s.code.need_weights,
                            fault=True,
                        ),
                    ),
                ),
                (
                    ("window_attention",),
                    (
                        Term(
                            "attention: projections by F.linear not seen", lambda s: -s.windows.projections, fault=True
                        ),
                        Term("attention: softmax, 1 per score", lambda s: s.windows.scores),
                    ),
                ),
                (("matmul",), (Term("products by the operator @: not seen", lambda s: -s.macs, fault=True),)),
                (
                    ("lstm", "gru", "rnn"),
                    (
                        Term("recurrent layers: products and sums of gates", lambda s: s.recurrent.gates(GATES)),
                        Term("biases of recurrent layers", lambda s: s.recurrent.biases * s.input_positions),
                    ),
                ),
                (
                    (
                        "sigmoid",
                        "tanh",
                        "hardswish",
                        "hardsigmoid",
                        "mish",
                        "softplus",
                        "selu",
                        "celu",
                        "hardtanh",
                        "log_softmax",
                        *UNCOUNTED,
                        "embedding",
                    ),
                    SAME,
                ),
            ),
        ),
        Quantity("params", "parameters", "params", {}, aside=HEADS_TOO, otherwise=SAME),
    ),
)
