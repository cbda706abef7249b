"""What a counter of parameters and operations counts: its rules, and the facts about a layer that they see.

A counter's number is ours plus a sum of named terms. A rule of a layer kind is the terms by which the counter
differs for a layer of that kind; a kind without a rule is not modelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from cnncalc.layers.base import Layer
from cnncalc.network.report import Row
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape


class NotModelledError(Exception):
    """No rule says what the counter makes of a layer; the text is the reason."""


class Code(NamedTuple):
    """How a layer is written in PyTorch, where the numbers of a counter depend on it."""

    as_function: bool = False
    as_mean: bool = False
    as_linear: bool = False
    as_adaptive: bool = False
    subclassed: bool = False
    by_size: bool = False
    no_grad: bool = False
    need_weights: bool = False


class Seen:
    """What a counter sees of one layer: values of its input and output, weights, biases, positions, for one image."""

    def __init__(self, row: Row, code: Code) -> None:
        self.row, self.code = row, code
        self.layer: Layer = row.node.layer
        self.kind = row.kind

    @property
    def x(self) -> Shape:
        return self.row.input[0]

    @property
    def y(self) -> Shape:
        return self.row.output

    @property
    def fields(self) -> Mapping[str, object]:
        return self.layer.__dict__

    def not_modelled(self, reason: str) -> NotModelledError:
        """Return the exception that says why a layer is not modelled."""
        return NotModelledError(f"{self.row.path}: {self.kind} {reason}")

    @property
    def macs(self) -> int:
        return int(self.row.macs)

    @property
    def inputs(self) -> int:
        """Values of the input."""
        return int(self.x.values)

    @property
    def outputs(self) -> int:
        """Values of the output."""
        return int(self.y.values)

    @property
    def positions(self) -> int:
        """Positions of the output."""
        return int(product(self.y.sides))

    @property
    def input_positions(self) -> int:
        return int(product(self.x.sides))

    @property
    def params(self) -> int:
        """Trainable parameters of the layer's own; 0 where the weights are another layer's, used again."""
        return int(self.row.params)

    @property
    def held(self) -> int:
        """Trainable parameters of the module that is called, whoever shares it."""
        return sum(int(product(shape)) for shape in self.row.weights.values())

    @property
    def biases(self) -> int:
        """Biases of a layer with one weight tensor."""
        self.plain()
        return sum(int(product(shape)) for name, shape in self.row.weights.items() if name.endswith("bias"))

    @property
    def weights(self) -> int:
        return self.held - self.biases

    @property
    def statistics(self) -> int:
        """Stored numbers that are not trained."""
        return int(self.row.buffer_values)

    def plain(self) -> None:
        """Raise NotModelledError for a layer whose weights are computed from others."""
        if self.fields.get("parametrize", "none") != "none":
            raise self.not_modelled(f"parametrize={self.fields['parametrize']}")

    @property
    def affine(self) -> bool:
        """Whether a norm learns a scale and a shift; raises NotModelledError where it learns one of them."""
        if self.fields.get("frozen"):
            raise self.not_modelled("frozen=yes")
        learned = len(self.row.weights)
        if learned == 1 and self.kind != "rms_norm":
            raise self.not_modelled("with only one of scale and shift")
        return learned > 0

    @property
    def groups(self) -> int:
        return int(getattr(self.layer, "groups", 1))

    @property
    def kernel(self) -> int:
        """Elements of the kernel."""
        return int(product(self.layer.kernel))  # type: ignore[attr-defined]

    @property
    def softmax_length(self) -> int:
        """Values that one softmax is over; raises NotModelledError where it is over several dimensions."""
        if len(self.layer.axes(self.x)) != 1:  # type: ignore[attr-defined]
            raise self.not_modelled("over several dimensions")
        return int(self.layer.values_along(self.x))  # type: ignore[attr-defined]

    @property
    def attention(self) -> Attended:
        """The parts of self-attention as nn.MultiheadAttention has it; raises NotModelledError otherwise."""
        channels, fields = int(self.x.channels), self.fields
        widths = {name: fields.get(name) for name in ("key_dim", "value_dim")}
        if any(width is not None and width * fields["heads"] != channels for width in widths.values()):  # type: ignore[operator]
            raise self.not_modelled("with heads of another width")
        if not fields["out_proj"] or len({fields["bias"], fields["qkv_bias"], fields["out_bias"]}) > 1:
            raise self.not_modelled("with projections that nn.MultiheadAttention has not")
        return Attended(self.input_positions, channels, int(fields["heads"]), bool(fields["bias"]))  # type: ignore[call-overload]

    @property
    def recurrent(self) -> Recurrent:
        """The parts of a recurrent layer; raises NotModelledError for one with a projection or biases of Keras."""
        layer: Any = self.layer
        if self.fields.get("project") or layer.biases != 2:
            raise self.not_modelled("with a projection or one bias")
        held = [int(product(shape)) for name, shape in self.row.weights.items() if name.startswith("bias")]
        count = int(layer.layers) * (2 if layer.bidirectional else 1)
        return Recurrent(self.kind, self.macs, self.input_positions, int(layer.out), count, sum(held))

    @property
    def windows(self) -> Attended:
        """The parts of attention within windows, as torchvision writes it; `tokens` are of the padded volume."""
        layer: Any = self.layer
        tokens = int(product(layer.padded(self.x)))
        return Attended(tokens, int(self.x.channels), int(layer.heads), True, int(product(layer.group_size)))


class Attended(NamedTuple):
    """What an attention layer works with."""

    tokens: int
    width: int
    heads: int
    bias: bool
    window: int = 0  # tokens that one token attends to; 0: all

    @property
    def seen(self) -> int:
        return self.window or self.tokens

    @property
    def macs(self) -> int:
        return self.projections + self.products

    @property
    def scores(self) -> int:
        """Values that softmax is of."""
        return self.heads * self.tokens * self.seen

    @property
    def products(self) -> int:
        """Multiply-adds of queries by keys, and of scores by values."""
        return 2 * self.tokens * self.seen * self.width

    @property
    def projections(self) -> int:
        """Multiply-adds of the four projections."""
        return 4 * self.tokens * self.width**2

    @property
    def biases(self) -> int:
        """Additions of the biases of the four projections."""
        return 4 * self.tokens * self.width if self.bias else 0


class Recurrent(NamedTuple):
    """What a recurrent layer works with."""

    kind: str
    macs: int
    steps: int
    hidden: int
    stacks: int  # layers times directions
    biases: int  # of all layers and directions, for one step

    def gates(self, counts: Mapping[str, int]) -> int:
        """Return operations of the gates, so many for each hidden value."""
        return counts[self.kind] * self.hidden * self.stacks * self.steps


class Term(NamedTuple):
    """One part of the difference from our number, and whether it is a fault of the counter."""

    name: str
    value: Callable[[Seen], int]
    fault: bool = False


Rule = tuple[Term, ...]
"""The terms by which a counter differs for one kind; an empty rule where it counts as cnncalc does."""

SAME: Rule = ()


def rules(*parts: tuple[Iterable[str], Rule]) -> dict[str, Rule]:
    """Return the rule of each kind, from pairs of kinds and their common rule."""
    return {kind: rule for kinds, rule in parts for kind in kinds}


class Quantity(NamedTuple):
    """A number that a counter prints: `times` ours of `what`, plus the terms of its rules."""

    name: str  # what JSON calls it: macs, flops, params
    label: str  # what the counter prints beside it
    what: str  # the number of ours that it is compared with: macs or params
    rules: Mapping[str, Rule]
    times: int = 1
    aside: Rule = ()  # of the layers of auxiliary heads, which do not run
    otherwise: Rule | None = None  # of kinds that have no rule; None: they are not modelled
    printed: Callable[[int], str] = "{:,}".format  # as the counter prints it


class Counter(NamedTuple):
    """A program, or a published table, that counts the parameters and operations of networks."""

    name: str
    title: str
    version: str
    source: str
    quantities: tuple[Quantity, ...]
    note: str = ""

    @property
    def main(self) -> Quantity:
        """The number that it is asked for: its operations, where it counts any."""
        return self.quantities[0]


CONVOLUTIONS = ("conv", "depthwise")
NORMS = ("batchnorm", "layernorm", "groupnorm", "instancenorm")
ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "mish", "sigmoid", "tanh", "softplus"),
    *("hardswish", "hardsigmoid", "selu", "celu", "hardtanh", "threshold", "softsign", "logsigmoid", "tanhshrink"),
    *("softshrink", "hardshrink"),
)
ADAPTIVE_AVERAGES = ("adaptive_avgpool", "global_avgpool")
POOLS = ("maxpool", "avgpool", *ADAPTIVE_AVERAGES, "adaptive_maxpool", "global_maxpool")
SOFTMAX = ("softmax", "log_softmax")
UPSAMPLINGS = ("upsample", "resize")
RECURRENT = ("lstm", "gru", "rnn")
BARE = ("scale", "bias_add", "class_token", "position", "token", "place_bias")
"""Kinds whose numbers are bare parameters (`nn.Parameter`) of the model in most code."""
UNCOUNTED = (
    *("dropout", "drop_path", "flatten", "space_to_depth", "pixel_shuffle", "reshape", "permute", "unbind", "shuffle"),
    *("slice", "select", "tokens", "pad", "pad_channels", "trim", "crop", "crop_like", "add", "concat", "mul", "sub"),
    *("stack", "concat_along", "rescale", "mean", "sum", "max", "min", *BARE),
)
"""Kinds of which no counter sees an operation: views, copies, and the operators of Python."""

CONVENTIONAL = (*CONVOLUTIONS, "separable", "conv_transpose", "linear")
"""Kinds with weights that all counters know."""


def fused(seen: Seen) -> int:
    """Return the products of the attention module that are not seen, as one fused kernel computes them."""
    return 0 if seen.code.no_grad or seen.code.need_weights else -seen.attention.products


def fast_path(seen: Seen) -> int:
    """Return what is not seen of the attention module without gradients, where one operator does all of it."""
    return -seen.attention.macs if seen.code.no_grad else 0


FUSED = "attention products: not seen, as they are fused"
FAST = "attention: not seen without gradients, where one operator does all of it"


def side_heads(seen: Seen) -> int:
    return seen.params


HEADS_TOO: Rule = (Term("parameters of auxiliary heads, which do not run", side_heads),)
