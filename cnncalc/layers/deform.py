"""Deformable convolutions: windows whose positions are learned."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Refusal, Tensors
from cnncalc.layers.conv import convolution, groups_refused
from cnncalc.layers.fields import Kernel, Pad, Positive, Size, YesNo
from cnncalc.layers.geometry import IDENTITY, Side
from cnncalc.layers.merge import Joint
from cnncalc.layers.modules import function
from cnncalc.layers.saves import INPUT, Extra, Saves
from cnncalc.layers.window import Windowed, has_sides
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape

NOMINAL = (
    "The receptive field is that of the window without offsets: which positions an output reads beyond it depends on "
    "the image, and is not known before training."
)


class Deformed(Windowed):
    """A convolution of an image whose window elements are moved by offsets, two numbers for each, between pixels.

    shape    (sides, C) -> (sides', out); each dimension ⌊(n + p − d(k−1) − 1)/s⌋ + 1
    """

    weighted = True

    out: Positive
    kernel: Kernel
    stride: Size = 1
    pad: Pad = 0
    dilation: Size = 1
    groups: Positive = 1
    offset_groups: Positive = 1
    bias: YesNo = True

    @property
    def elements(self) -> Number:
        """Window elements that have an offset of their own."""
        return self.offset_groups * product(self.kernel)

    def fitting(self, x: Shape) -> Iterator[Refusal]:
        """Yield why the window and its groups do not fit."""
        if len(x.sides) != 2:
            reason = f"{self.kind} takes an image such as 56x56x64, {x} {has_sides(x)}"
            yield Refusal("E202", None, reason, "conv takes any" if x.sides else None)
            return
        yield from Windowed.check(self, x)
        yield from groups_refused(self.groups, x.channels, self.out)
        if x.channels % self.offset_groups:
            reason = f"{self.offset_groups} groups of offsets do not divide {x.channels} input channels"
            yield Refusal("E203", "offset_groups", reason, f"they must divide {x.channels}")

    def own(self, x: Shape) -> Tensors:
        """Return the tensors of the convolution itself."""
        weight = (self.out, x.channels // self.groups, *self.kernel)
        return {"weight": weight, "bias": (self.out,)} if self.bias else {"weight": weight}

    def own_macs(self, x: Shape) -> Number:
        return product(self.own(x)["weight"]) * product(self.output_sides(x))

    def module(self, torch: Any, x: Shape, forward: Any) -> Any:
        """Return a module that has the tensors of the convolution, drawn as those of a convolution are."""
        like = convolution(torch, self.windows(x), x.channels, self.out, self.groups, self.bias)
        module = function(torch, self, forward)
        for name in self.own(x):
            module.register_parameter(name, getattr(like, name))
        return module

    def convolved(self, torch: Any, module: Any, x: Shape, volume: Any, offsets: Any, mask: Any) -> Any:
        """Read each window element where its offset puts it, and multiply by the weights.

        `offsets` are N x 2 x elements x positions in torchvision's order: for each element its row, then its column.
        """
        windows, sizes, (height, width) = self.windows(x), self.output_sides(x), x.sides
        elements = product(self.kernel)
        grids = []
        for w, size, k in zip(windows, sizes, self.kernel, strict=True):
            starts = torch.arange(size, device=volume.device, dtype=volume.dtype) * w.stride - w.before
            grids.append((starts, torch.arange(k, device=volume.device, dtype=volume.dtype) * w.dilation))
        (rows, down), (columns, along) = grids
        y = rows[None, :, None] + down.repeat_interleave(self.kernel[1])[:, None, None]
        x_ = columns[None, None, :] + along.repeat(self.kernel[0])[:, None, None]
        moved = offsets.unflatten(1, (self.offset_groups, elements, 2))
        y, x_ = y + moved[:, :, :, 0], x_ + moved[:, :, :, 1]
        grid = torch.stack([(2 * x_ + 1) / width - 1, (2 * y + 1) / height - 1], -1).flatten(0, 1)
        parts = volume.unflatten(1, (self.offset_groups, -1)).flatten(0, 1)
        read = torch.nn.functional.grid_sample(parts, grid.flatten(1, 2), align_corners=False)
        read = read.unflatten(2, (elements, sizes[0])).unflatten(0, (-1, self.offset_groups))
        if mask is not None:
            read = read * mask.unflatten(1, (self.offset_groups, 1, elements))
        read = read.flatten(1, 2).flatten(1, 2)
        weight = module.weight.flatten(1)[:, :, None, None]
        return torch.nn.functional.conv2d(read, weight, getattr(module, "bias", None), groups=self.groups)


class DeformConv(Deformed):
    """Deformable convolution with the convolution that computes its offsets; `mask=yes` weighs each element, too: v2.

    weights  out × C/groups × kernel and a bias each; for the offsets C × kernel × 2, with a mask 3, per element, biases
    macs     every weight once per output position; interpolating between pixels is not counted
    source   Dai et al. 2017, arXiv:1703.06211; Zhu et al. 2018, arXiv:1811.11168; torchvision.ops.deform_conv2d
    """

    kind = "deform_conv"
    example = "56x56x64 -> deform_conv 128 3x3 pad=1 mask=yes"
    synonyms = ("dcn", "deformable_conv")
    framework_names = ("DeformConv2d", "DeformConv2dPack", "ModulatedDeformConv2dPack", "DCNv2")
    meanings = {"mask": "weigh each element by a learned sigmoid: v2"}
    note = (
        f"The offsets come of a convolution with the same window, and biases, which starts from 0. {NOMINAL} "
        "`deform_conv_by` takes offsets that are computed otherwise."
    )

    mask: YesNo = False

    @property
    def computed(self) -> Number:
        """Channels of the convolution of the offsets."""
        return (3 if self.mask else 2) * self.elements

    def check(self, x: Shape) -> Iterator[Refusal]:
        return self.fitting(x)

    def shape(self, x: Shape) -> Shape:
        return Shape(self.output_sides(x), self.out)

    def weights(self, x: Shape) -> Tensors:
        offsets: Tensors = {"conv_offset.weight": (self.computed, x.channels, *self.kernel)}
        return {**self.own(x), **offsets, "conv_offset.bias": (self.computed,)}

    def macs(self, x: Shape) -> Number:
        return self.own_macs(x) + self.computed * x.channels * product(self.kernel) * product(self.output_sides(x))

    def fans(self, x: Shape) -> tuple[Number, Number]:
        places = product(self.kernel)
        return x.channels // self.groups * places, self.out // self.groups * places

    def saves(self, x: Shape) -> Saves:
        # As torchvision.ops.deform_conv2d does: the offsets, and the mask behind its sigmoid, beside the input.
        positions = product(self.output_sides(x))
        return INPUT.more(Extra((self.computed + (self.elements if self.mask else 0)) * positions)).cast("low")

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            offsets = module.conv_offset(volume)
            offsets, mask = offsets[:, : 2 * self.elements], offsets[:, 2 * self.elements :].sigmoid()
            return self.convolved(torch, module, x, volume, offsets, mask if self.mask else None)

        module = self.module(torch, x, forward)
        module.conv_offset = convolution(torch, self.windows(x), x.channels, self.computed)
        torch.nn.init.zeros_(module.conv_offset.weight)
        torch.nn.init.zeros_(module.conv_offset.bias)
        return module


class DeformConvBy(Deformed, Joint):
    """Deformable convolution by the offsets of an earlier result, and by a mask of another: v2.

    weights  out × C/groups × kernel, and one bias per output channel
    macs     every weight once per output position; interpolating between pixels is not counted
    source   Dai et al. 2017, arXiv:1703.06211; torchvision.ops.DeformConv2d
    """

    kind = "deform_conv_by"
    example = "56x56x18 -> conv 32 1x1 -> deform_conv_by 64 3x3 input pad=1"
    framework_names = ("DeformConv",)
    most = 2
    note = (
        "The names of the offsets, and of the mask, follow the kernel. Offsets have two channels for each element of "
        f"the window, a row and a column; a mask has one. {NOMINAL}"
    )

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        x, *others = xs
        refusals = list(self.fitting(x))
        yield from refusals
        if refusals:
            return
        sides, kernel = self.output_sides(x), self.fields["kernel"].type.write(self.kernel)
        for what, other, each in zip(("offsets", "a mask"), others, (2, 1), strict=False):
            needed = Shape(sides, each * self.elements)
            if other != needed:
                reason = f"{what} of {kernel} windows of {x} must be {needed}, not {other}"
                hint = f"conv {needed.channels} with the same kernel, stride and pad computes them"
                yield Refusal("E204", None, reason, hint)
                return

    def shape(self, *xs: Shape) -> Shape:
        return Shape(self.output_sides(xs[0]), self.out)

    def weights(self, *xs: Shape) -> Tensors:
        return self.own(xs[0])

    def macs(self, *xs: Shape) -> Number:
        return self.own_macs(xs[0])

    def geometry(self, *xs: Shape) -> tuple[Side, ...]:
        return self.windows(xs[0])

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        return self.windows(xs[0]), *((IDENTITY,) * len(x.sides) for x in xs[1:])

    def saves(self, *xs: Shape) -> Saves:
        return Saves(inputs=tuple(range(len(xs))), casts="low")

    def build(self, torch: Any, *xs: Shape) -> Any:
        def forward(module: Any, volume: Any, offsets: Any, mask: Any = None) -> Any:
            return self.convolved(torch, module, xs[0], volume, offsets, mask)

        return self.module(torch, xs[0], forward)
