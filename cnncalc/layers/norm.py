"""Normalisation layers, and the multiplication by a fixed number."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.base import Layer, Refusal, Tensors, Weightless
from cnncalc.layers.fields import AboveZero, NotNegative, Positive, Rate, Real, Region, YesNo
from cnncalc.layers.geometry import IDENTITY, Side, Window
from cnncalc.layers.modules import function, learned, position_wise
from cnncalc.layers.saves import INPUT, NOTHING, WIDE_INPUT, Extra, Saves
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
    eps: AboveZero = 1e-5

    def shape(self, x: Shape) -> Shape:
        return x

    def learns(self) -> dict[str, bool]:
        """Return whether a scale and a shift are learned."""
        fields = self.__dict__
        return {"weight": self.affine and fields.get("scale", True), "bias": self.affine and fields.get("bias", True)}

    def weights(self, x: Shape) -> Tensors:
        return {name: (x.channels,) for name, is_learned in self.learns().items() if is_learned}

    def macs(self, x: Shape) -> Number:
        return 0


class BatchNorm(Normalisation):
    """Normalise each channel over the batch and all positions.

    weights  2C: a scale and a shift per channel; none with affine=no or frozen=yes, C with scale=no or bias=no
    buffers  2C: running mean and running variance per channel; scale and shift, too, with frozen=yes
    source   Ioffe & Szegedy 2015, arXiv:1502.03167; torch.nn.BatchNorm1d, 2d, 3d
    """

    kind = "batchnorm"
    example = "112x112x64 -> batchnorm"
    synonyms = ("bn", "batch_norm")
    framework_names = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LazyBatchNorm2d", "BatchNormalization")
    note = "PyTorch also keeps `num_batches_tracked`, a counter of training steps, which is not counted."

    affine: YesNo = True
    scale: YesNo = True
    bias: YesNo = True
    eps: AboveZero = 1e-5
    momentum: Rate = 0.1
    frozen: YesNo = False

    def weights(self, x: Shape) -> Tensors:
        return {} if self.frozen else super().weights(x)

    def buffers(self, x: Shape) -> Tensors:
        fixed = super().weights(x) if self.frozen else {}
        return {**fixed, "running_mean": (x.channels,), "running_var": (x.channels,)}

    def saves(self, x: Shape) -> Saves:
        return INPUT if self.frozen else INPUT.more(Extra(2 * x.channels, type="statistic", once=True))

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        if self.frozen:
            return self.unchanging(torch, x)
        make = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[len(x.sides)]
        return partly(make(x.channels, self.eps, self.momentum, self.affine), self.learns())

    def unchanging(self, torch: Any, x: Shape) -> Any:
        """Build a layer of buffers alone, as torchvision's FrozenBatchNorm2d, which training does not change."""

        def forward(module: Any, volume: Any) -> Any:
            tensors = (getattr(module, name, None) for name in ("weight", "bias"))
            normal = torch.nn.functional.batch_norm
            return normal(volume, module.running_mean, module.running_var, *tensors, False, 0.0, self.eps)

        module = function(torch, self, forward)
        for name, shape in self.buffers(x).items():
            module.register_buffer(name, torch.full(shape, float(name in ("weight", "running_var"))))
        return module


class LayerNorm(Normalisation):
    """Normalise over the channels at each position; images as in ConvNeXt; `whole=yes` over the volume.

    weights  2C: a scale and a shift per channel; none with affine=no, C with bias=no; for each value with whole=yes
    source   Ba, Kiros & Hinton 2016, arXiv:1607.06450; Liu et al. 2022, arXiv:2201.03545; torch.nn.LayerNorm
    """

    kind = "layernorm"
    example = "56x56x96 -> layernorm"
    synonyms = ("ln", "layer_norm")
    framework_names = ("LayerNorm", "LayerNorm2d", "LayerNormalization")

    affine: YesNo = True
    bias: YesNo = True
    eps: AboveZero = 1e-5
    whole: YesNo = False

    def weights(self, x: Shape) -> Tensors:
        sizes = x.chw if self.whole else (x.channels,)
        return {name: sizes for name, is_learned in self.learns().items() if is_learned}

    def saves(self, x: Shape) -> Saves:
        if self.whole:
            return WIDE_INPUT.more(Extra(2, type="statistic"))._replace(layout="first")
        return WIDE_INPUT.more(Extra(2 * product(x.sides), type="statistic"))._replace(
            layout="last" if x.sides else "same"
        )

    def build(self, torch: Any, x: Shape) -> Any:
        sizes = x.chw if self.whole else (x.channels,)
        made = torch.nn.LayerNorm(sizes, self.eps, self.affine, self.bias)
        return made if self.whole else position_wise(made)


class RmsNorm(Normalisation):
    """Divide by the root mean square over the channels at each position, without a mean and a shift.

    weights  C: a scale per channel; none with affine=no
    source   Zhang & Sennrich 2019, arXiv:1910.07467; torch.nn.RMSNorm
    """

    kind = "rms_norm"
    example = "197x768 -> rms_norm"
    synonyms = ("rmsnorm",)
    framework_names = ("RMSNorm", "RMSNormalization")

    eps: AboveZero = 1e-6

    def learns(self) -> dict[str, bool]:
        return {"weight": self.affine}

    def saves(self, x: Shape) -> Saves:
        kept = INPUT.cast("float32_always").more(Extra(product(x.sides), 4), Extra(x.values if self.affine else 0))
        result = "float32" if self.affine else "reduced"
        layout = "last" if x.sides else "same"
        return kept._replace(result=result, layout=layout, forward=x.values, backward=2 * x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        return position_wise(torch.nn.RMSNorm(x.channels, self.eps, self.affine))


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
    scale: YesNo = True
    bias: YesNo = True
    eps: AboveZero = 1e-5

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.channels % self.groups:
            yield Refusal("E203", "groups", f"{self.groups} groups do not divide {x.channels} channels")
        elif self.groups == x.values:
            yield Refusal("E203", "groups", f"{self.groups} groups leave one value of {x} in each", "use fewer groups")

    def saves(self, x: Shape) -> Saves:
        return WIDE_INPUT.more(Extra(2 * self.groups, type="statistic"))._replace(needs="first", layout="first")

    def build(self, torch: Any, x: Shape) -> Any:
        return partly(torch.nn.GroupNorm(self.groups, x.channels, self.eps, self.affine), self.learns())


class InstanceNorm(Normalisation):
    """Normalise every channel over all positions of one image.

    weights  none; with affine=yes 2C: a scale and a shift per channel
    source   Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022; torch.nn.InstanceNorm1d, 2d, 3d
    """

    kind = "instancenorm"
    example = "256x256x64 -> instancenorm"
    synonyms = ("instance_norm",)
    framework_names = ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "InstanceNormalization")
    note = "Its statistics depend on the whole map; receptive fields ignore that, as is usual."

    affine: YesNo = False
    eps: AboveZero = 1e-5

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal
        elif product(x.sides) == 1:
            yield Refusal("E202", None, f"instancenorm needs more than one position, {x} has one")

    def saves(self, x: Shape) -> Saves:
        repeated = x.channels if self.affine else 0  # the scale, for each image
        return INPUT.more(Extra(2 * x.channels, type="statistic"), Extra(repeated, type="float32"))._replace(
            needs="first", layout="first"
        )

    def build(self, torch: Any, x: Shape) -> Any:
        nn = torch.nn
        make = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[len(x.sides) - 1]
        return make(x.channels, self.eps, affine=self.affine)


def partly(module: Any, learns: dict[str, bool]) -> Any:
    """Remove the scale or the shift of a module where it is not learned."""
    for name, is_learned in learns.items():
        if not is_learned:
            module.register_parameter(name, None)
    return module


class Lrn(Spatial, Weightless):
    """Local response normalisation: divide by the energy of the `size` nearest channels at the same position.

    With region=within the energy is that of a window of `size` in each dimension, in the same channel.

    shape    unchanged
    weights  none
    macs     0, by definition
    source   Krizhevsky, Sutskever & Hinton 2012, NIPS, section 3.3; torch.nn.LocalResponseNorm
    """

    kind = "lrn"
    example = "55x55x96 -> lrn 5 k=2"
    synonyms = ("local_response_norm",)
    framework_names = ("LocalResponseNorm", "CrossMapLRN2d", "LocalResponseNormalization")
    in_place = True
    note = "PyTorch and Caffe divide alpha by the number of squares; the paper does not, and uses k=2."

    size: Positive = 5
    alpha: NotNegative = 1e-4
    beta: NotNegative = 0.75
    k: NotNegative = 1
    region: Region = "across"

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        if self.region == "within" and self.size % 2 == 0:
            reason = f"{self.size} has no centre: a window within a channel is odd"
            yield Refusal("E202", "size", reason, f"{self.size + 1} has one")

    def shape(self, x: Shape) -> Shape:
        return x

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        half = self.size // 2
        return (Window(self.size, 1, half, half) if self.region == "within" else IDENTITY,) * len(x.sides)

    def saves(self, x: Shape) -> Saves | None:
        if self.region == "within":
            return None
        padded = product(x.sides) * (x.channels + self.size - 1)
        kept = Extra(padded, type="float32_on_cpu"), Extra(2 * x.values, type="float32")
        return INPUT.more(*kept)._replace(casts="learned", backward=3 * x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        if self.region == "across":
            return torch.nn.LocalResponseNorm(self.size, self.alpha, self.beta, self.k)
        functions, count = torch.nn.functional, len(x.sides)
        half = [self.size // 2] * (2 * count)
        mean = (functions.avg_pool1d, functions.avg_pool2d, functions.avg_pool3d)[count - 1]

        def forward(module: Any, volume: Any) -> Any:
            energy = mean(functions.pad(volume.square(), half), self.size, 1)
            return volume / (self.k + self.alpha * energy) ** self.beta

        return function(torch, self, forward)


class Normalize(Weightless):
    """Divide the channels at each position by their p-norm, so that it is 1.

    shape    unchanged
    weights  none
    macs     0, by definition
    f(x)     y_i = x_i/max((Σ_j |x_j|^norm)^(1/norm), eps)
    source   Liu et al. 2015, arXiv:1506.04579; torch.nn.functional.normalize; keras.layers.UnitNormalization
    """

    kind = "normalize"
    example = "38x38x512 -> normalize"
    synonyms = ("l2norm", "l2_norm", "l2_normalize", "normalise")
    framework_names = ("UnitNormalization", "LpNormalization")
    meanings = {
        "eps": "the least divisor",
        "norm": "exponent of the norm: 2 for the length, 1 for the sum of magnitudes",
    }
    in_place = True
    mixes_all = True
    note = "SSD's L2Norm is `normalize -> scale init=20`: the learned scale is a layer of its own."

    norm: Positive = 2
    eps: AboveZero = 1e-12

    def shape(self, x: Shape) -> Shape:
        return x

    def saves(self, x: Shape) -> Saves:
        kept = Extra(2 * product(x.sides), type="reduced"), Extra(x.values, type="input_copy_on_cuda")
        return INPUT.more(*kept)._replace(result="reduced")

    def build(self, torch: Any, x: Shape) -> Any:
        scaled = torch.nn.functional.normalize
        return function(torch, self, lambda module, volume: scaled(volume, self.norm, 1, self.eps))


class Rescale(Weightless):
    """Multiply all values by a fixed number and add another: Inception-ResNet's scaling of residuals.

    shape    unchanged
    weights  none
    macs     0, by definition
    f(x)     scale · x + offset
    f′(x)    scale
    source   Szegedy et al. 2016, arXiv:1602.07261, section 3.3; Keras' Rescaling
    """

    kind = "rescale"
    example = "35x35x320 -> rescale 0.17"
    framework_names = ("Rescaling",)
    meanings = {"scale": "what each value is multiplied by", "offset": "what is added to the product"}
    in_place = True
    keeps = NOTHING

    scale: Real
    offset: Real = 0

    def shape(self, x: Shape) -> Shape:
        return x

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: volume * self.scale + self.offset)


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

    def saves(self, x: Shape) -> Saves:
        kept = Extra(2 * x.channels + 1 + x.values, type="reduced"), Extra(x.values, type="input_copy_on_cuda")
        return INPUT.more(*kept)._replace(casts="learned", forward=x.values, backward=x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            positions = tuple(range(2, volume.dim()))
            energy = torch.linalg.vector_norm(volume, dim=positions, keepdim=True)
            response = energy / (energy.mean(1, keepdim=True) + 1e-6)
            more = (volume * response).movedim(1, -1) * module.gamma + module.beta
            return volume + more.movedim(-1, 1)

        return learned(torch, self, x, forward)
