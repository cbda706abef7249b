"""Convolutions: windows with learned weights."""

from collections.abc import Iterator
from typing import Any

from cnncalc.arith import Number, product
from cnncalc.layers.base import Refusal, Tensors
from cnncalc.layers.fields import Kernel, Pad, Positive, Size, YesNo
from cnncalc.layers.window import Windowed
from cnncalc.shape import Shape


class Conv(Windowed):
    """Slide `out` learned windows over a volume.

    shape    (sides, C) -> (sides', out); each side ⌊(n + p − d(k−1) − 1)/s⌋ + 1
    weights  out × C/groups × kernel, and one bias an output channel
    macs     every weight once at every output place; adding the bias is not counted
    source   torch.nn.Conv1d, Conv2d, Conv3d; Dumoulin & Visin 2016, arXiv:1603.07285
    """

    kind = "conv"
    synonyms = ("convolution",)
    framework_names = ("Conv1d", "Conv2d", "Conv3d", "Conv1D", "Conv2D", "Conv3D")
    weighted = True

    out: Positive
    kernel: Kernel
    stride: Size = 1
    pad: Pad = 0
    dilation: Size = 1
    groups: Positive = 1
    bias: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        yield from groups_refused(self.groups, x.channels, self.out)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), self.out)

    def weights(self, x: Shape) -> Tensors:
        weight = (self.out, x.channels // self.groups, *self.kernel)
        return {"weight": weight, "bias": (self.out,)} if self.bias else {"weight": weight}

    def macs(self, x: Shape) -> Number:
        return product(self.weights(x)["weight"]) * product(self.output_sides(x))

    def fans(self, x: Shape) -> tuple[Number, Number]:
        places = product(self.kernel)
        return x.channels // self.groups * places, self.out // self.groups * places

    def build(self, torch: Any, x: Shape) -> Any:
        return convolution(torch, self, x, self.out, self.groups)


def groups_refused(groups: int, channels: int, out: int) -> Iterator[Refusal]:
    """Yield a refusal when the groups do not divide the channels, with the nearest number that does."""
    for count, what in ((channels, "input"), (out, "output")):
        if count % groups:
            hint = f"groups must divide {channels} and {out}"
            yield Refusal("E203", "groups", f"{groups} groups do not divide {count} {what} channels", hint)
            return


def convolution(torch: Any, layer: Windowed, x: Shape, out: int, groups: int) -> Any:
    """Build torch's convolution for a layer with kernel, stride, pad, dilation and bias; uneven padding goes before it."""
    fields = layer.__dict__
    windows = layer.windows(x)
    even = all(w.before == w.after for w in windows)
    make = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)[len(windows) - 1]
    module = make(
        x.channels,
        out,
        fields["kernel"],
        stride=fields["stride"],
        padding=tuple(w.before for w in windows) if even else 0,
        dilation=fields["dilation"],
        groups=groups,
        bias=fields["bias"],
    )
    if not even:
        uneven = [cells for w in reversed(windows) for cells in (w.before, w.after)]
        module.register_forward_pre_hook(lambda _, inputs: (torch.nn.functional.pad(inputs[0], uneven),))
    return module
