"""thop: `profile(model, inputs)`. Source: its version 0.1.1, profile.py and vision/basic_hooks.py.

It hooks modules without children of an exact list of classes; subclasses and functions are not seen.
"""

from cnncalc.comparison.counters.base import (
    ACTIVATIONS,
    CONVENTIONAL,
    CONVOLUTIONS,
    SAME,
    UNCOUNTED,
    Counter,
    Quantity,
    Seen,
    Term,
    rules,
)
from cnncalc.numbers.arith import product

HOOKED = (*CONVENTIONAL, "batchnorm", "layernorm", "instancenorm", "prelu", "lstm", "gru", "rnn")
"""Kinds with parameters whose classes are in the list."""

UPSAMPLED = {"nearest": 1, "bilinear": 11, "bicubic": 259}
OF_LINE = {"nearest": 1, "bilinear": 5}
"""Operations for each output value, in two dimensions and in one."""


def _seen(seen: Seen) -> bool:
    return not (seen.code.as_function or seen.code.subclassed or seen.code.as_mean)


def _transposed(seen: Seen) -> int:
    """Every weight at each output position, with the groups of the wrong dimension."""
    channels = int(seen.x.channels) // seen.groups
    return seen.outputs * channels * seen.kernel - seen.macs


def _norm(seen: Seen) -> int:
    return seen.inputs * 2 * (1 + seen.affine) if _seen(seen) else 0


def _adaptive(seen: Seen) -> int:
    """The part of the input that an output has, and one, for each output; PyTorch divides in double precision."""
    if not _seen(seen):
        return 0
    n, m = (int(product(shape.sides)) for shape in (seen.x, seen.y))
    if any(int(a) % int(b) for a, b in zip(seen.x.sides, seen.y.sides, strict=True)):
        share = 1.0
        for a, b in zip(seen.x.sides, seen.y.sides, strict=True):
            share *= int(a) / int(b)
        return int((share + 1) * seen.outputs)
    return (n // m + 1) * seen.outputs


def _average(seen: Seen) -> int:
    return _adaptive(seen) if seen.code.as_adaptive else seen.outputs if _seen(seen) else 0


def _upsampled(seen: Seen) -> int:
    known = {1: OF_LINE, 2: UPSAMPLED}.get(len(seen.x.sides), {"nearest": 1})
    return known.get(str(seen.fields["mode"]), 0) * seen.outputs if _seen(seen) else 0


def _softmax(seen: Seen) -> int:
    rows = seen.inputs // seen.softmax_length
    return rows * (3 * seen.softmax_length - 1) if _seen(seen) else 0


def _gates(seen: Seen) -> int:
    counts = {"lstm": 16, "gru": 13, "rnn": 3} if seen.fields["bias"] else {"lstm": 8, "gru": 7, "rnn": 1}
    return seen.recurrent.gates(counts)


def _lost(seen: Seen) -> int:
    """Parameters of a module that is in the list, and not seen."""
    return 0 if _seen(seen) else -seen.params


COUNTER = Counter(
    name="thop",
    title="thop",
    version="0.1.1.post2209072238",
    source="https://github.com/ultralytics/thop",
    quantities=(
        Quantity(
            "macs",
            "MACs",
            "macs",
            rules(
                ((*CONVOLUTIONS, "separable", "linear"), SAME),
                (
                    ("conv_transpose",),
                    (Term("transposed convolution: at output positions, groups of the input", _transposed, True),),
                ),
                (
                    ("batchnorm", "layernorm", "instancenorm"),
                    (Term("norms: 4 per value, 2 without scale and shift", _norm),),
                ),
                (("avgpool",), (Term("average pools: 1 per output value", _average),)),
                (
                    ("adaptive_avgpool", "global_avgpool"),
                    (Term("adaptive average pools: input/output positions + 1 per output value", _adaptive),),
                ),
                (("prelu",), (Term("prelu: 1 per value", lambda s: s.inputs if _seen(s) else 0),)),
                (("softmax",), (Term("softmax: 3m − 1 for m values", _softmax),)),
                (
                    ("upsample", "resize"),
                    (Term("upsampling: 1, 11 or 259 per value", _upsampled),),
                ),
                (("attention",), (Term("attention: not seen", lambda s: -s.attention.macs, fault=True),)),
                (("window_attention",), (Term("attention: not seen", lambda s: -s.windows.macs, fault=True),)),
                (("matmul",), (Term("products of functions: not seen", lambda s: -s.macs, fault=True),)),
                (("lstm", "gru", "rnn"), (Term("recurrent layers: gates", _gates),)),
                (tuple(kind for kind in ACTIVATIONS if kind != "prelu"), SAME),
                (("groupnorm", "log_softmax", "maxpool", "global_maxpool", "adaptive_maxpool", *UNCOUNTED), SAME),
                (("lrn", "embedding", "rms_norm", "quick_gelu", "glu"), SAME),
            ),
        ),
        Quantity(
            "params",
            "params",
            "params",
            rules((HOOKED, (Term("parameters of subclasses and functions: not seen", _lost, fault=True),))),
            otherwise=(Term("parameters of other classes: not seen", lambda s: -s.params, fault=True),),
        ),
    ),
)
