"""Trainable parameters that are multiplied or added: layer scale, gains, gates, implicit vectors, biases."""

from typing import Any, ClassVar

from cnncalc.layers.base import Layer, Tensors
from cnncalc.layers.fields import LearnedPer, Real
from cnncalc.layers.modules import learned
from cnncalc.layers.saves import INPUT, PASSED, Saves
from cnncalc.numbers.arith import Number
from cnncalc.shape import Shape


class Learned(Layer):
    """Trainable parameters: one per channel, per position or per value, or one in all.

    shape    unchanged
    weights  C; per position with per=position, per value with per=value, 1 with per=all
    macs     0, by definition
    """

    in_place = True
    tensor: ClassVar[str]  # its name

    per: str = "channel"
    init: float | None = None  # None: drawn

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        sizes = {"channel": (x.channels,), "position": x.sides or (1,), "value": x.chw, "all": (1,)}
        return {self.tensor: sizes[self.per]}

    def macs(self, x: Shape) -> Number:
        return 0

    def applied(self, volume: Any, numbers: Any) -> Any:
        """Return the volume with the numbers, which are broadcast to it."""
        raise NotImplementedError

    def build(self, torch: Any, x: Shape) -> Any:
        behind = [1] * (len(x.sides) if self.per == "channel" else 0)

        def forward(module: Any, volume: Any) -> Any:
            numbers = getattr(module, self.tensor)
            return self.applied(volume, numbers.reshape(*numbers.shape, *behind))

        module = learned(torch, self, x, forward)
        if self.init is not None:
            torch.nn.init.constant_(getattr(module, self.tensor), self.init)
        return module


class Scale(Learned):
    """Multiply by learned factors: layer scale, gains and gates, which begin at 1e-6, 1 and 0.

    source   Touvron et al. 2021, arXiv:2103.17239 (layer scale); Bachlechner et al. 2020, arXiv:2003.04887 (gates)
    """

    kind = "scale"
    example = "56x56x96 -> scale"
    synonyms = ("layer_scale",)
    framework_names = ("LayerScale", "LayerScale2d", "ImplicitM")
    tensor = "gamma"
    note = (
        "ConvNeXt's layer scale is `scale`, a learned gain `scale init=1`, the gate of a residual (ReZero, SAGAN's γ, "
        "NFNet's SkipInit) `scale init=0 per=all`, YOLOv7's ImplicitM `scale init=1`. Without `init` it begins near 0, "
        "not at 1. `rescale` multiplies by a number that is not learned."
    )

    init: Real = 1e-6
    per: LearnedPer = "channel"

    def saves(self, x: Shape) -> Saves:
        return INPUT._replace(casts="learned", learning=True, backward=x.values)

    def applied(self, volume: Any, numbers: Any) -> Any:
        return volume * numbers


class BiasAdd(Learned):
    """Add learned values: a bias of its own, YOLOv7's implicit knowledge.

    source   Wang et al. 2021, arXiv:2105.04206; tf.nn.bias_add
    """

    kind = "bias_add"
    keeps = PASSED.cast("learned")
    example = "20x20x255 -> bias_add"
    synonyms = ("add_bias", "implicit_add")
    framework_names = ("BiasAdd", "ImplicitA")
    tensor = "bias"
    note = (
        "Convolutions and linear layers have a bias already, unless bias=no. `place_bias` is `bias_add per=value`, "
        "`position` adds an embedding per position."
    )

    init: Real = 0
    per: LearnedPer = "channel"

    def applied(self, volume: Any, numbers: Any) -> Any:
        return volume + numbers
