"""Activation functions: element-wise, softmax along a dimension."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.axis import AlongAxis
from cnncalc.layers.base import Layer, Refusal, Tensors, Weightless
from cnncalc.layers.fields import AboveZero, Axis, Gate, GeluForm, NotNegative, Real, YesNo
from cnncalc.layers.modules import function
from cnncalc.layers.saves import BOTH, INPUT, OUTPUT, WIDE_INPUT, WIDE_OUTPUT, Extra, Saves
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


class Activation(Weightless):
    """An element-wise function.

    shape    unchanged
    weights  none
    macs     0, by definition
    """

    in_place = True

    def shape(self, x: Shape) -> Shape:
        return x

    def build(self, torch: Any, x: Shape) -> Any:
        return getattr(torch.nn, self.framework_names[0])()  # the first name is PyTorch's


class Relu(Activation):
    """Rectified linear unit: negative values become 0.

    f(x)     max(0, x)
    f′(x)    1 for x > 0, 0 for x < 0
    source   Nair & Hinton 2010, ICML; torch.nn.ReLU
    """

    kind = "relu"
    example = "55x55x96 -> relu"
    framework_names = ("ReLU",)
    keeps = OUTPUT
    overwrites = "output"


class Hardtanh(Activation):
    """Limit values to an interval: a clamp, a ReLU with an upper limit for min=0.

    f(x)     min(max(x, min), max)
    f′(x)    1 for min < x < max, else 0
    source   Collobert 2004, Large scale machine learning; torch.nn.Hardtanh, torch.clamp
    """

    kind = "hardtanh"
    keeps = INPUT
    example = "84 -> hardtanh"
    synonyms = ("clamp", "clip", "hard_tanh", "hardtan")
    framework_names = ("Hardtanh", "Clip")
    meanings = {"min": "the lower limit", "max": "the upper limit"}

    min: Real = -1
    max: Real = 1

    def check(self, x: Shape) -> Iterator[Refusal]:
        if _known(self.min, self.max) and self.min >= self.max:
            low, high = (self.fields[name].type.write(self.__dict__[name]) for name in ("min", "max"))
            hint = f"write min={high} max={low}" if self.min > self.max else None
            yield Refusal("E105", "min", f"the lower limit {low} is not below the upper limit {high}", hint)

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.Hardtanh(self.min, self.max)


class Threshold(Activation):
    """Replace values up to a limit by a constant.

    f(x)     x for x > limit, else value
    f′(x)    1 for x > limit, else 0
    source   torch.nn.Threshold; keras.layers.ThresholdedReLU
    """

    kind = "threshold"
    keeps = INPUT
    example = "84 -> threshold 1"
    synonyms = ("thresholded_relu",)
    framework_names = ("Threshold", "ThresholdedReLU", "ThresholdedRelu")
    meanings = {"limit": "the largest value that is replaced", "value": "what replaces it"}

    limit: Real
    value: Real = 0

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.Threshold(self.limit, self.value)


class Relu6(Activation):
    """ReLU with an upper limit of 6.

    f(x)     min(max(0, x), 6)
    f′(x)    1 for 0 < x < 6, else 0
    source   Howard et al. 2017, arXiv:1704.04861; torch.nn.ReLU6
    """

    kind = "relu6"
    example = "112x112x32 -> relu6"
    framework_names = ("ReLU6",)
    keeps = INPUT
    overwrites = "copy"


class LeakyRelu(Activation):
    """ReLU with a small slope below zero.

    f(x)     x for x ≥ 0, slope · x for x < 0
    f′(x)    1 for x > 0, slope for x < 0
    source   Maas, Hannun & Ng 2013, ICML; torch.nn.LeakyReLU
    """

    kind = "leaky_relu"
    example = "416x416x32 -> leaky_relu slope=0.1"
    synonyms = ("lrelu",)
    framework_names = ("LeakyReLU",)
    keeps = INPUT
    overwrites = "output"

    slope: NotNegative = 0.01

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.LeakyReLU(self.slope)


class Prelu(Layer):
    """ReLU with a learned slope below zero, shared or per channel.

    shape    unchanged
    weights  1, or C with per_channel=yes
    macs     0, by definition
    f(x)     x for x ≥ 0, a · x for x < 0
    f′(x)    1 for x > 0, a for x < 0; by the slope: x for x < 0, else 0
    source   He et al. 2015, arXiv:1502.01852; torch.nn.PReLU
    """

    kind = "prelu"
    example = "55x55x96 -> prelu per_channel=yes"
    framework_names = ("PReLU",)
    in_place = True

    per_channel: YesNo = False

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        return {"weight": (x.channels if self.per_channel else 1,)}

    def macs(self, x: Shape) -> Number:
        return 0

    def saves(self, x: Shape) -> Saves:
        return INPUT._replace(casts="low", weights=product(self.weights(x)["weight"]), backward=x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.PReLU(*self.weights(x)["weight"])


class RandomRelu(Activation):
    """ReLU whose slope below zero is drawn in training, and the mean of its limits otherwise.

    f(x)     x for x ≥ 0, a · x for x < 0; a between lower and upper in training, else (lower + upper)/2
    f′(x)    1 for x > 0, a for x < 0
    source   Xu, Wang, Chen & Li 2015, arXiv:1505.00853; torch.nn.RReLU
    """

    kind = "rrelu"
    example = "32x32x16 -> rrelu"
    synonyms = ("random_relu",)
    framework_names = ("RReLU",)
    meanings = {"lower": "the least slope below zero", "upper": "the largest slope below zero"}

    lower: NotNegative = 1 / 8
    upper: NotNegative = 1 / 3

    def check(self, x: Shape) -> Iterator[Refusal]:
        if _known(self.lower, self.upper) and self.lower > self.upper:
            low, high = (self.fields[name].type.write(self.__dict__[name]) for name in ("lower", "upper"))
            yield Refusal(
                "E105", "lower", f"the least slope {low} exceeds the largest {high}", f"write lower={high} upper={low}"
            )

    def saves(self, x: Shape) -> Saves:
        return INPUT.more(Extra(x.values))

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.RReLU(self.lower, self.upper)


class Elu(Activation):
    """Exponential linear unit: smooth below zero, down to −α.

    f(x)     x for x > 0, α(eˣ − 1) for x ≤ 0
    f′(x)    1 for x > 0, αeˣ = f(x) + α for x < 0
    source   Clevert, Unterthiner & Hochreiter 2015, arXiv:1511.07289; torch.nn.ELU
    """

    kind = "elu"
    example = "32x32x16 -> elu"
    framework_names = ("ELU",)
    keeps = INPUT
    overwrites = "output"

    alpha: Real = 1

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.ELU(self.alpha)


class Selu(Activation):
    """Scaled ELU, with constants that preserve mean 0 and variance 1.

    f(x)     λx for x > 0, λα(eˣ − 1) for x ≤ 0; λ ≈ 1.0507, α ≈ 1.6733
    f′(x)    λ for x > 0, λαeˣ for x < 0
    source   Klambauer et al. 2017, arXiv:1706.02515; torch.nn.SELU
    """

    kind = "selu"
    example = "128 -> selu"
    framework_names = ("SELU",)
    keeps = INPUT
    overwrites = "output"


class Celu(Activation):
    """ELU that is continuously differentiable for every α.

    f(x)     x for x > 0, α(e^(x/α) − 1) for x ≤ 0
    f′(x)    1 for x > 0, e^(x/α) for x ≤ 0
    source   Barron 2017, arXiv:1704.07483; torch.nn.CELU
    """

    kind = "celu"
    example = "32x32x16 -> celu alpha=0.5"
    framework_names = ("CELU",)
    keeps = INPUT
    overwrites = "output"

    alpha: AboveZero = 1

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.CELU(self.alpha)


class Gelu(Activation):
    """Gaussian error linear unit: x times the normal cumulative distribution function.

    f(x)     xΦ(x), Φ(x) = (1 + erf(x/√2))/2; approximately x(1 + tanh(√(2/π)(x + 0.044715x³)))/2
    f′(x)    Φ(x) + xφ(x), φ(x) = e^(−x²/2)/√(2π)
    source   Hendrycks & Gimpel 2016, arXiv:1606.08415; torch.nn.GELU
    """

    kind = "gelu"
    example = "197x3072 -> gelu"
    framework_names = ("GELU",)
    keeps = INPUT
    meanings = {"approximate": "compute the distribution function by tanh, as GPT-2 and BERT's first code do"}

    approximate: GeluForm = "none"

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.GELU(self.approximate)


class Silu(Activation):
    """Sigmoid linear unit, also called swish.

    f(x)     xσ(x)
    f′(x)    σ(x)(1 + x(1 − σ(x)))
    source   Elfwing, Uchibe & Doya 2017, arXiv:1702.03118; Ramachandran et al. 2017, arXiv:1710.05941; torch.nn.SiLU
    """

    kind = "silu"
    example = "112x112x32 -> silu"
    synonyms = ("swish",)
    framework_names = ("SiLU",)
    keeps = INPUT
    overwrites = "copy"


class Mish(Activation):
    """A smooth function close to silu.

    f(x)     x tanh(ln(1 + eˣ))
    f′(x)    t + x(1 − t²)σ(x), t = tanh(ln(1 + eˣ))
    source   Misra 2019, arXiv:1908.08681; torch.nn.Mish
    """

    kind = "mish"
    example = "208x208x64 -> mish"
    framework_names = ("Mish",)
    keeps = INPUT
    overwrites = "copy"


class Sigmoid(Activation):
    """Map to the interval from 0 to 1; saturates at both ends.

    f(x)     σ(x) = 1/(1 + e^(−x))
    f′(x)    σ(x)(1 − σ(x)), at most 1/4
    source   Rumelhart, Hinton & Williams 1986, Nature 323; torch.nn.Sigmoid
    """

    kind = "sigmoid"
    example = "84 -> sigmoid"
    synonyms = ("logistic",)
    framework_names = ("Sigmoid",)
    keeps = OUTPUT


class Tanh(Activation):
    """Map to the interval from −1 to 1; saturates at both ends.

    f(x)     (eˣ − e^(−x))/(eˣ + e^(−x))
    f′(x)    1 − tanh²(x), at most 1
    source   LeCun et al. 1998, Efficient BackProp; torch.nn.Tanh
    """

    kind = "tanh"
    example = "84 -> tanh"
    framework_names = ("Tanh",)
    keeps = OUTPUT


class Softplus(Activation):
    """A smooth ReLU.

    f(x)     ln(1 + eˣ)
    f′(x)    σ(x) = 1/(1 + e^(−x))
    source   Dugas et al. 2000, NIPS; torch.nn.Softplus
    """

    kind = "softplus"
    example = "84 -> softplus"
    framework_names = ("Softplus", "BNLL")
    keeps = WIDE_INPUT


class Hardswish(Activation):
    """Piecewise approximation of silu.

    f(x)     x · min(max(0, x + 3), 6)/6
    f′(x)    0 for x < −3, (2x + 3)/6 for −3 < x < 3, 1 for x > 3
    source   Howard et al. 2019, arXiv:1905.02244; torch.nn.Hardswish
    """

    kind = "hardswish"
    example = "112x112x16 -> hardswish"
    synonyms = ("hswish", "h_swish")
    framework_names = ("Hardswish",)
    keeps = INPUT
    overwrites = "copy"


class Hardsigmoid(Activation):
    """Piecewise linear approximation of sigmoid.

    f(x)     min(max(0, x + 3), 6)/6
    f′(x)    1/6 for −3 < x < 3, else 0
    source   Howard et al. 2019, arXiv:1905.02244; torch.nn.Hardsigmoid
    """

    kind = "hardsigmoid"
    example = "1x1x72 -> hardsigmoid"
    synonyms = ("hsigmoid", "h_sigmoid")
    framework_names = ("Hardsigmoid",)
    keeps = INPUT
    overwrites = "copy"


class QuickGelu(Activation):
    """A sigmoid in place of GELU's normal distribution function: CLIP.

    f(x)     xσ(1.702x)
    f′(x)    s + 1.702xs(1 − s), s = σ(1.702x)
    source   Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2; Radford et al. 2021, arXiv:2103.00020
    """

    kind = "quick_gelu"
    example = "50x3072 -> quick_gelu"
    framework_names = ("QuickGELU",)

    def saves(self, x: Shape) -> Saves:
        return INPUT.more(Extra(x.values))._replace(backward=x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: volume * (1.702 * volume).sigmoid())


class Softsign(Activation):
    """Map to the interval from −1 to 1, more slowly than tanh.

    f(x)     x/(1 + |x|)
    f′(x)    1/(1 + |x|)²
    source   Bergstra et al. 2009, Université de Montréal, report 1337; torch.nn.Softsign
    """

    kind = "softsign"
    example = "84 -> softsign"
    framework_names = ("Softsign",)

    def saves(self, x: Shape) -> Saves:
        return INPUT.more(Extra(x.values))._replace(backward=3 * x.values)


class LogSigmoid(Activation):
    """The logarithm of sigmoid, computed without overflow.

    f(x)     −ln(1 + e^(−x))
    f′(x)    σ(−x)
    source   torch.nn.LogSigmoid
    """

    kind = "logsigmoid"
    example = "84 -> logsigmoid"
    synonyms = ("log_sigmoid",)
    framework_names = ("LogSigmoid",)

    def saves(self, x: Shape) -> Saves:
        return INPUT.more(Extra(x.values))


class Tanhshrink(Activation):
    """What tanh takes from its input.

    f(x)     x − tanh(x)
    f′(x)    tanh²(x)
    source   torch.nn.Tanhshrink
    """

    kind = "tanhshrink"
    example = "84 -> tanhshrink"
    framework_names = ("Tanhshrink",)

    def saves(self, x: Shape) -> Saves:
        return Saves(extras=(Extra(x.values),), backward=x.values)


class Softshrink(Activation):
    """Move values towards 0 by a limit; smaller ones become 0.

    f(x)     x − limit for x > limit, x + limit for x < −limit, else 0
    f′(x)    1 for |x| > limit, else 0
    source   Donoho 1995, IEEE Trans. Inf. Theory 41(3); torch.nn.Softshrink
    """

    kind = "softshrink"
    keeps = INPUT
    example = "84 -> softshrink"
    synonyms = ("soft_shrink", "soft_threshold")
    framework_names = ("Softshrink",)
    meanings = {"limit": "values up to it, or down to its negative, become 0"}

    limit: NotNegative = 0.5

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.Softshrink(self.limit)


class Hardshrink(Activation):
    """Values within a limit of 0 become 0, others remain.

    f(x)     x for |x| > limit, else 0
    f′(x)    1 for |x| > limit, else 0
    source   Donoho 1995, IEEE Trans. Inf. Theory 41(3); torch.nn.Hardshrink
    """

    kind = "hardshrink"
    keeps = INPUT
    example = "84 -> hardshrink"
    synonyms = ("hard_shrink", "hard_threshold")
    framework_names = ("Hardshrink", "Shrink")
    meanings = {"limit": "values up to it, or down to its negative, become 0"}

    limit: NotNegative = 0.5

    def build(self, torch: Any, x: Shape) -> Any:
        return torch.nn.Hardshrink(self.limit)


class Glu(Activation):
    """Gated linear unit: the first half of the channels times a function of the second half.

    shape    (sides, C) -> (sides, C/2)
    f(x)     a · σ(b) for the halves a and b of the channels; b itself with gate=identity
    f′(x)    by a: σ(b); by b: aσ(b)(1 − σ(b))
    source   Dauphin et al. 2016, arXiv:1612.08083; Shazeer 2020, arXiv:2002.05202; torch.nn.GLU
    """

    kind = "glu"
    example = "50x2048 -> glu gate=silu"
    framework_names = ("GLU",)
    in_place = False
    meanings = {"gate": "the function of the second half of the channels; identity leaves it as it is"}
    note = (
        "`gate=silu` is SwiGLU, `gate=gelu` GEGLU, `gate=relu` ReGLU, `gate=identity` the simple gate of NAFNet. The "
        "layer before it makes both halves: `linear 2*HIDDEN`."
    )

    gate: Gate = "sigmoid"

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.channels % 2:
            reason = f"glu halves the channels, {x.channels} is odd"
            yield Refusal("E203", None, reason, f"{x.channels + 1} channels before it give {(x.channels + 1) // 2}")

    def shape(self, x: Shape) -> Shape:
        return Shape(x.sides, x.channels // 2)

    def saves(self, x: Shape) -> Saves:
        gates = Extra(0 if self.gate == "identity" else x.values // 2)
        return INPUT.more(gates)

    def build(self, torch: Any, x: Shape) -> Any:
        half = x.channels // 2

        def forward(module: Any, volume: Any) -> Any:
            values, gates = volume[:, :half], volume[:, half:]
            return values * (gates if self.gate == "identity" else getattr(torch.nn.functional, self.gate)(gates))

        return function(torch, self, forward)


class HardMish(Activation):
    """Piecewise approximation of mish.

    f(x)     x/2 · min(2, max(0, x + 2))
    f′(x)    0 for x < −2, x + 1 for −2 < x < 0, 1 for x > 0
    source   timm.layers.HardMish; Darknet's hard_mish
    """

    kind = "hard_mish"
    example = "208x208x64 -> hard_mish"
    synonyms = ("hardmish",)
    framework_names = ("HardMish",)

    def saves(self, x: Shape) -> Saves:
        return Saves(extras=(Extra(3 * x.values),), backward=x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: volume / 2 * (volume + 2).clamp(0, 2))


class Ramp(Activation):
    """ReLU plus a tenth of its input: Darknet's ramp.

    f(x)     max(0, x) + x/10
    f′(x)    1.1 for x > 0, 0.1 for x < 0
    source   Darknet, activations.h
    """

    kind = "ramp"
    example = "7x7x1024 -> ramp"

    def saves(self, x: Shape) -> Saves:
        return Saves(extras=(Extra(x.values),), forward=x.values, backward=x.values)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: volume.relu() + volume / 10)


class Function(Activation):
    """An elementary function of each value."""

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: getattr(torch, self.kind)(volume))


class Exp(Function):
    """The exponential function.

    f(x)     eˣ
    f′(x)    eˣ
    source   torch.exp
    """

    kind = "exp"
    example = "84 -> exp"
    keeps = WIDE_OUTPUT


class Log(Function):
    """The natural logarithm.

    f(x)     ln x
    f′(x)    1/x
    source   torch.log
    """

    kind = "log"
    example = "84 -> softmax -> log"
    keeps = WIDE_INPUT


class Abs(Function):
    """The absolute value.

    f(x)     |x|
    f′(x)    1 for x > 0, −1 for x < 0
    source   torch.abs
    """

    kind = "abs"
    framework_names = ("AbsVal", "Abs")
    example = "84 -> abs"

    def saves(self, x: Shape) -> Saves:
        return INPUT._replace(backward=x.values)


class Square(Function):
    """The square: power networks, and energies before a pool.

    f(x)     x²
    f′(x)    2x
    source   torch.square
    """

    kind = "square"
    example = "84 -> square"

    def saves(self, x: Shape) -> Saves:
        return INPUT._replace(casts="float32", backward=2 * x.values)


class Sqrt(Function):
    """The square root.

    f(x)     √x
    f′(x)    1/(2√x)
    source   torch.sqrt
    """

    kind = "sqrt"
    example = "84 -> square -> sqrt"

    def saves(self, x: Shape) -> Saves:
        return OUTPUT._replace(backward=x.values)


class Sin(Function):
    """The sine: networks of coordinates.

    f(x)     sin x
    f′(x)    cos x
    source   Sitzmann et al. 2020, arXiv:2006.09661; torch.sin
    """

    kind = "sin"
    keeps = INPUT
    example = "256 -> rescale 30 -> sin"


class Cos(Function):
    """The cosine.

    f(x)     cos x
    f′(x)    −sin x
    source   torch.cos
    """

    kind = "cos"
    keeps = INPUT
    example = "256 -> cos"


class Power(Activation):
    """A fixed power of each value.

    f(x)     xᵖ
    f′(x)    pxᵖ⁻¹
    source   torch.pow; Caffe's Power layer
    """

    kind = "power"
    keeps = WIDE_INPUT
    example = "84 -> power 3"
    synonyms = ("pow",)
    framework_names = ("Power", "Pow")
    meanings = {"exponent": "the exponent p"}
    note = "Values below 0 have no root. Caffe's (shift + scale · x)^power is `rescale scale offset=shift -> power p`."

    exponent: Real

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda module, volume: volume**self.exponent)


class Shares(AlongAxis, Activation):
    """A function of all values along a dimension, or several."""

    mixes_all = True
    note = (
        "`axis=branches` is the dimension that `stack` adds: attention over branches. PyTorch's `dim=1` is `channels`."
    )

    axis: Axis = "channels"

    def over(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        """Return the function over several axes at once."""
        raise NotImplementedError

    def build(self, torch: Any, x: Shape) -> Any:
        axes = self.axes(x)
        if len(axes) == 1:
            return getattr(torch.nn, self.framework_names[0])(dim=axes[0])
        return function(torch, self, lambda _, volume: self.over(torch, volume, axes))


class Softmax(Shares):
    """Make the values along a dimension positive with sum 1: the channels at each position, unless another is named.

    f(x)     y_i = e^(x_i)/Σ_j e^(x_j)
    f′(x)    ∂y_i/∂x_j = y_i(δ_ij − y_j)
    source   Bridle 1990, NIPS; torch.nn.Softmax
    """

    kind = "softmax"
    example = "1000 -> softmax"
    framework_names = ("Softmax", "Softmax2d")

    def saves(self, x: Shape) -> Saves:
        if len(self.axes(x)) == 1:
            return WIDE_OUTPUT
        return BOTH.more(Extra(x.values // self.values_along(x)))

    def over(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        return (volume - torch.logsumexp(volume, axes, keepdim=True)).exp()


class LogSoftmax(Shares):
    """The logarithm of softmax, computed without overflow.

    f(x)     y_i = x_i − ln Σ_j e^(x_j)
    f′(x)    ∂y_i/∂x_j = δ_ij − e^(y_j)
    source   torch.nn.LogSoftmax
    """

    kind = "log_softmax"
    example = "10 -> log_softmax"
    framework_names = ("LogSoftmax",)

    def saves(self, x: Shape) -> Saves:
        if len(self.axes(x)) == 1:
            return WIDE_OUTPUT
        return INPUT.more(Extra(x.values // self.values_along(x)))

    def over(self, torch: Any, volume: Any, axes: tuple[int, ...]) -> Any:
        return volume - torch.logsumexp(volume, axes, keepdim=True)


def _known(*numbers: object) -> bool:
    """Return whether all numbers are known; one that is looked for is not."""
    return all(isinstance(number, float) for number in numbers)
