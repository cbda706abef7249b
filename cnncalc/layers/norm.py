"""Normalisation layers, and the learned scale that replaces them."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Layer, Refusal, Tensors, Weightless
from cnncalc.layers.fields import NotNegative, Positive, Real, YesNo
from cnncalc.layers.modules import function, learned, position_wise
from cnncalc.layers.window import Spatial, needs_sides
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


class Normalisation(Layer):
    """Normalise values to mean 0 and variance 1, then apply a learned scale and shift.

    shape    unchanged
    weights  2C: a scale and a shift per channel
    macs     0, by definition
    """

    in_place = True

    affine: YesNo = True

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        return {"weight": (x.channels,), "bias": (x.channels,)} if self.affine else {}

    def macs(self, x: Shape) -> Number:
        return 0


class BatchNorm(Normalisation):
    """Normalise each channel over the batch and all positions.

    weights  2C: a scale and a shift per channel; none with affine=no
    buffers  2C: running mean and running variance per channel
    source   Ioffe & Szegedy 2015, arXiv:1502.03167; torch.nn.BatchNorm1d, 2d, 3d
    """

    kind = "batchnorm"
    example = "112x112x64 -> batchnorm"
    synonyms = ("bn", "batch_norm")
    framework_names = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LazyBatchNorm2d", "BatchNormalization")
    note = "PyTorch also keeps `num_batches_tracked`, a counter of training steps, which is not counted."

    def buffers(self, x: Shape) -> Tensors:
        return {"running_mean": (x.channels,), "running_var": (x.channels,)}

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        make = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[len(x.sides)]
        return make(x.channels, affine=self.affine)


class LayerNorm(Normalisation):
    """Normalise over the channels at each position; images as in ConvNeXt.

    weights  2C: a scale and a shift per channel; none with affine=no
    source   Ba, Kiros & Hinton 2016, arXiv:1607.06450; Liu et al. 2022, arXiv:2201.03545; torch.nn.LayerNorm
    """

    kind = "layernorm"
    example = "56x56x96 -> layernorm"
    synonyms = ("ln", "layer_norm")
    framework_names = ("LayerNorm", "LayerNorm2d", "LayerNormalization")

    def build(self, torch: Any, x: Shape) -> Any:
        return position_wise(torch.nn.LayerNorm(x.channels, elementwise_affine=self.affine))


class GroupNorm(Normalisation):
    """Normalise each of `groups` groups of channels over all positions of one image.

    weights  2C: a scale and a shift per channel; none with affine=no
    source   Wu & He 2018, arXiv:1803.08494; torch.nn.GroupNorm
    """

    kind = "groupnorm"
    example = "56x56x256 -> groupnorm 32"
    synonyms = ("gn", "group_norm")
    framework_names = ("GroupNorm", "GroupNormalization")
    note = "Its statistics depend on the whole map; receptive fields ignore that, as is usual."

    groups: Positive
    affine: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.channels % self.groups:
            yield Refusal("E203", "groups", f"{self.groups} groups do not divide {x.channels} channels")
        elif self.groups == x.values:
            yield Refusal("E203", "groups", f"{self.groups} groups leave one value of {x} in each", "use fewer groups")

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.GroupNorm(self.groups, x.channels, affine=self.affine)


class InstanceNorm(Normalisation):
    """Normalise every channel over all positions of one image.

    weights  none; with affine=yes 2C: a scale and a shift per channel
    source   Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022; torch.nn.InstanceNorm1d, 2d, 3d
    """

    kind = "instancenorm"
    example = "256x256x64 -> instancenorm"
    synonyms = ("instance_norm",)
    framework_names = ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
    note = "Its statistics depend on the whole map; receptive fields ignore that, as is usual."

    affine: YesNo = False

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal
        elif product(x.sides) == 1:
            yield Refusal("E202", None, f"instancenorm needs more than one position, {x} has one")

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        make = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[len(x.sides) - 1]
        return make(x.channels, affine=self.affine)


class Lrn(Spatial, Weightless):
    """Local response normalisation: divide by the energy of the `size` nearest channels at the same position.

    shape    unchanged
    weights  none
    macs     0, by definition
    source   Krizhevsky, Sutskever & Hinton 2012, NIPS, section 3.3; torch.nn.LocalResponseNorm
    """

    kind = "lrn"
    example = "55x55x96 -> lrn 5 k=2"
    synonyms = ("local_response_norm",)
    framework_names = ("LocalResponseNorm", "CrossMapLRN2d")
    in_place = True
    note = "PyTorch divides alpha by the size; the paper does not, and uses k=2."

    size: Positive = 5
    alpha: NotNegative = 1e-4
    beta: NotNegative = 0.75
    k: NotNegative = 1

    def shape(self, x: Shape) -> Shape:
        return x

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.LocalResponseNorm(self.size, self.alpha, self.beta, self.k)


class Scale(Layer):
    """Multiply each channel by a learned factor that is initialised near zero: ConvNeXt's layer scale.

    shape    unchanged
    weights  C
    macs     0, by definition
    source   Touvron et al. 2021, arXiv:2103.17239; Liu et al. 2022, arXiv:2201.03545
    """

    kind = "scale"
    example = "56x56x96 -> scale"
    synonyms = ("layer_scale",)
    framework_names = ("LayerScale",)
    in_place = True

    init: Real = 1e-6

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        return {"gamma": (x.channels,)}

    def macs(self, x: Shape) -> Number:
        return 0

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            return (volume.movedim(1, -1) * module.gamma).movedim(-1, 1)

        module = learned(torch, self, x, forward)
        torch.nn.init.constant_(module.gamma, self.init)
        return module


class Rescale(Weightless):
    """Multiply all values by a fixed number: Inception-ResNet's scaling of residuals.

    shape    unchanged
    weights  none
    macs     0, by definition
    f(x)     scale · x
    f′(x)    scale
    source   Szegedy et al. 2016, arXiv:1602.07261, section 3.3; Keras' Rescaling
    """

    kind = "rescale"
    example = "35x35x320 -> rescale 0.17"
    framework_names = ("Rescaling",)
    meanings = {"scale": "what each value is multiplied by"}
    in_place = True

    scale: Real

    def shape(self, x: Shape) -> Shape:
        return x

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: volume * self.scale)


class GlobalResponse(Spatial):
    """Scale each channel by its energy over all positions relative to the mean energy of the channels.

    shape    unchanged
    weights  2C: a scale and a shift per channel, for the residual term
    macs     0, by definition
    source   Woo et al. 2023, arXiv:2301.00808, algorithm 1
    """

    kind = "global_response_norm"
    example = "56x56x384 -> global_response_norm"
    synonyms = ("grn",)
    framework_names = ("GRN", "GlobalResponseNorm")
    in_place = True
    note = "Its energies depend on the whole map; receptive fields ignore that, as is usual."

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        return {"gamma": (x.channels,), "beta": (x.channels,)}

    def macs(self, x: Shape) -> Number:
        return 0

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            positions = tuple(range(2, volume.dim()))
            energy = torch.linalg.vector_norm(volume, dim=positions, keepdim=True)
            response = energy / (energy.mean(1, keepdim=True) + 1e-6)
            more = (volume * response).movedim(1, -1) * module.gamma + module.beta
            return volume + more.movedim(-1, 1)

        return learned(torch, self, x, forward)
