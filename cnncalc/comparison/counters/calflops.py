"""calflops: `calculate_flops(model, input_shape)`, FLOPs and MACs. Source: its version 0.3.2, pytorch_ops.py.

It patches functions, which modules call as well. A multiply-add is two FLOPs; what is no product is FLOPs only.
"""

from typing import Any

from cnncalc.comparison.counters.base import (
    CONVOLUTIONS,
    FAST,
    FUSED,
    HEADS_TOO,
    POOLS,
    SAME,
    UNCOUNTED,
    Counter,
    Quantity,
    Rule,
    Seen,
    Term,
    fast_path,
    rules,
)
from cnncalc.numbers.arith import product


def _bias(seen: Seen) -> int:
    return 0 if seen.code.as_linear else seen.biases * seen.positions


def _transposed(seen: Seen) -> int:
    """The multiply-adds of a transposed convolution, whose output channels are divided by the groups twice."""
    seen.plain()
    out = int(seen.y.channels) // seen.groups // seen.groups
    return seen.kernel * int(seen.x.channels) * out * seen.input_positions


def _transposed_bias(seen: Seen) -> int:
    """Its biases, at the positions that a convolution of the same window would have."""
    if not seen.biases:
        return 0
    layer: Any = seen.layer
    places = 1
    for spread, n in zip(layer.spreads(seen.x), seen.x.sides, strict=True):
        places *= int((n + 2 * spread.before - (spread.dilation * (spread.kernel - 1) + 1)) // spread.stride + 1)
    return int(seen.y.channels) // seen.groups * places


def _affine(seen: Seen, most: int) -> int:
    return seen.inputs * (most - 1 + seen.affine)


def _pool(seen: Seen) -> int:
    return 0 if seen.code.as_mean else seen.inputs


def _upsampled(seen: Seen) -> int:
    """One for each input value; where a size is given, its positions without the channels."""
    return int(product(seen.y.sides)) if seen.kind == "resize" or seen.code.by_size else seen.inputs


def _lrn(seen: Seen) -> int:
    if seen.fields["region"] != "across":
        raise seen.not_modelled("region=within")
    layer: Any = seen.layer
    return int(seen.x.channels + layer.size - 1) * seen.positions + 3 * seen.inputs


def products(seen: Seen) -> int:
    """Return the products of the attention module, which a fused kernel computes, or torch.bmm."""
    return 0 if seen.code.no_grad else -seen.attention.products


def softmax(seen: Seen) -> int:
    """The softmax of the attention module, which is a function where it returns its weights."""
    return seen.attention.scores if seen.code.need_weights and not seen.code.no_grad else 0


GATES = {"lstm": 10, "gru": 7, "rnn": 1}
"""Operations of the gates, for each hidden value."""


def _recurrent(seen: Seen) -> int:
    """What the gates do; without biases a sum of both products has two additions fewer for each value of a gate."""
    of_gates = seen.layer.gates  # type: ignore[attr-defined]
    fewer = 0 if seen.fields["bias"] else 2 * of_gates
    return seen.recurrent.gates({kind: count - fewer for kind, count in GATES.items()})


ATTENTION: Rule = (
    Term(FUSED, lambda s: 2 * products(s), fault=True),
    Term(FAST, lambda s: 2 * fast_path(s), fault=True),
    Term("attention: softmax, 1 per score", softmax),
)

OPERATIONS = rules(
    ((*CONVOLUTIONS, "separable"), (Term("bias of convolution: one per output position", _bias),)),
    (
        ("conv_transpose",),
        (
            Term(
                "grouped transposed convolution: output channels divided twice",
                lambda s: 2 * (_transposed(s) - s.macs),
                fault=True,
            ),
            Term("bias of transposed convolution: at positions of a convolution", _transposed_bias, fault=True),
        ),
    ),
    (("linear",), SAME),
    (("batchnorm",), (Term("batchnorm: 2 per value, 1 without scale and shift", lambda s: _affine(s, 2)),)),
    (
        ("layernorm", "groupnorm", "instancenorm"),
        (Term("other norms: 5 per value, 4 without scale and shift", lambda s: _affine(s, 5)),),
    ),
    (
        ("relu", "elu", "prelu", "leaky_relu", "silu", "gelu", "softmax"),
        (Term("activations: 1 per value", lambda s: s.inputs),),
    ),
    (POOLS, (Term("pools: 1 per input value", _pool),)),
    (("lrn",), (Term("lrn: its parts", _lrn),)),
    (("upsample", "resize"), (Term("upsampling: 1 per input value, or the positions of the size", _upsampled, True),)),
    (("attention",), ATTENTION),
    (("window_attention",), (Term("attention: softmax, 1 per score", lambda s: s.windows.scores),)),
    (("matmul",), (Term("products by the operator @: not seen", lambda s: -2 * s.macs, fault=True),)),
    (("lstm", "gru", "rnn"), (Term("recurrent layers: biases and gates", _recurrent),)),
    (
        (
            "relu6",
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
)

PRODUCTS = {
    **dict.fromkeys(OPERATIONS, SAME),
    "conv_transpose": (
        Term("grouped transposed convolution: output channels divided twice", lambda s: _transposed(s) - s.macs, True),
    ),
    "attention": (Term(FUSED, products, fault=True), Term(FAST, fast_path, fault=True)),
    "matmul": (Term("products by the operator @: not seen", lambda s: -s.macs, fault=True),),
    **dict.fromkeys(("lstm", "gru", "rnn"), (Term("recurrent layers: no MACs", lambda s: -s.macs, fault=True),)),
}

COUNTER = Counter(
    name="calflops",
    title="calflops",
    version="0.3.2",
    source="https://github.com/MrYxJ/calculate-flops.pytorch",
    quantities=(
        Quantity("flops", "FLOPs", "macs", OPERATIONS, times=2),
        Quantity("macs", "MACs", "macs", PRODUCTS),
        Quantity("params", "params", "params", {}, aside=HEADS_TOO, otherwise=SAME),
    ),
)
