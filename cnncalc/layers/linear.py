"""Linear layers: every output depends on every input."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Layer, Refusal, Tensors
from cnncalc.layers.fields import Parametrize, Positive, YesNo
from cnncalc.layers.modules import position_wise
from cnncalc.layers.parametrize import applied, kept_of, kept_with, made_of
from cnncalc.layers.saves import INPUT, Saves
from cnncalc.layers.window import has_sides
from cnncalc.numbers.arith import Number
from cnncalc.shape import Shape


class Linear(Layer):
    """Fully connected layer from all channels to `out` outputs; for tokens and signals, at each position.

    shape    C -> out; n × C -> n × out
    weights  out × C, and one bias per output
    macs     every weight once per position; adding the bias is not counted
    source   torch.nn.Linear
    """

    kind = "linear"
    example = "9216 -> linear 4096"
    synonyms = ("fc", "dense", "fully_connected")
    framework_names = ("Linear", "LazyLinear", "Dense", "InnerProduct", "Gemm", "Connected")
    weighted = True
    mixes_all = True

    out: Positive
    bias: YesNo = True
    parametrize: Parametrize = "none"

    def check(self, x: Shape) -> Iterator[Refusal]:
        if len(x.sides) > 1:
            reason = f"linear takes a vector or a sequence, {x} {has_sides(x)}"
            yield Refusal("E207", None, reason, "add flatten before it, or use conv 1x1")

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides, self.out)

    def weights(self, x: Shape) -> Tensors:
        weight: Tensors = {"weight": (self.out, x.channels)}
        return made_of({**weight, "bias": (self.out,)} if self.bias else weight, self.parametrize)

    def buffers(self, x: Shape) -> Tensors:
        return kept_with((self.out, x.channels), self.parametrize)

    def macs(self, x: Shape) -> Number:
        return x.values * self.out

    def fans(self, x: Shape) -> tuple[Number, Number]:
        return x.channels, self.out

    def saves(self, x: Shape) -> Saves:
        kept = INPUT.more(*kept_of((self.out, x.channels), self.parametrize))._replace(
            casts="low", first=(self.out * x.channels,), learning=True
        )
        return kept._replace(needs="last", layout="last") if x.sides else kept

    def build(self, torch: Any, x: Shape) -> Any:
        module = torch.nn.Linear(x.channels, self.out, bias=self.bias)
        return position_wise(applied(torch, module, self.parametrize))
