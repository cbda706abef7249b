"""Mistakes in counting what is learned."""

from __future__ import annotations

from cnncalc.homework.calculation import LayerCalculation, Mistake, altered
from cnncalc.layers.base import Layer, Tensors
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import ManyInputs
from cnncalc.layers.norm import Normalisation
from cnncalc.layers.pool import Pool
from cnncalc.network.network import Network
from cnncalc.numbers.arith import product
from cnncalc.numbers.traced import Part, leaf, value_of
from cnncalc.shape import Shape


def _weighted(tensors: Tensors, calc: LayerCalculation) -> bool:
    """Return whether the tensors are those of a convolution or a linear layer."""
    return calc.layer.weighted and "weight" in tensors


class NoBias(Mistake):
    slug = "no-bias"
    general = "the biases are missing"
    hint = "what does each filter learn besides its weights?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        return {"weight": tensors["weight"]} if _weighted(tensors, calc) else tensors

    def lesson(self, calc: LayerCalculation) -> str:
        biases = value_of(product(calc.layer.weights(calc.x).get("bias", (0,))))
        return f"the {biases:,} biases are missing" if isinstance(biases, int) else self.general


class BiasAdded(Mistake):
    slug = "bias-added"
    general = "there are no biases here"
    hint = "does this layer have biases at all?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not _weighted(tensors, calc) or "bias" in tensors:
            return tensors
        return {**tensors, "bias": (calc.lettered[0].__dict__.get("out", tensors["weight"][0]),)}


class NoDepth(Mistake):
    slug = "no-depth"
    general = "each filter spans all channels of its input"
    hint = "how deep is one filter?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not _weighted(tensors, calc) or isinstance(calc.layer, Linear):
            return tensors
        deep = 0 if calc.layer.kind == "conv_transpose" else 1
        weight = tensors["weight"]
        return {**tensors, "weight": (*weight[:deep], 1, *weight[deep + 1 :])}

    def lesson(self, calc: LayerCalculation) -> str:
        return f"each filter spans all {calc.x.channels} channels of its input, not one"


class OneBias(Mistake):
    slug = "one-bias"
    general = "there is one bias for each filter, not one for the layer"
    hint = "how many biases are there: one for the layer, or one for each filter?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        return {**tensors, "bias": (1,)} if _weighted(tensors, calc) and "bias" in tensors else tensors

    def lesson(self, calc: LayerCalculation) -> str:
        return f"there is one bias for each of the {calc.layer.shape(calc.x).channels} outputs, not one for the layer"


class BiasOnInputs(Mistake):
    slug = "bias-on-inputs"
    general = "a bias belongs to each output, not to each input"
    hint = "to what is a bias added: to each input or to each output?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not _weighted(tensors, calc) or "bias" not in tensors:
            return tensors
        return {**tensors, "bias": (leaf("C", calc.x.channels),)}


class BiasPerChannel(Mistake):
    """A bias for every kernel, so out × in of them."""

    slug = "bias-on-inputs"
    general = "there is one bias for a whole filter, not one for each of its channels"
    hint = "how many numbers are added for one output map?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not _weighted(tensors, calc) or "bias" not in tensors:
            return tensors
        return {**tensors, "bias": tensors["weight"][:2]}


class KernelSum(Mistake):
    slug = "kernel-sum"
    general = "a kernel has height times width weights, not height plus width"
    hint = "how many pixels does one kernel cover?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        weight = tensors.get("weight", ())
        if not _weighted(tensors, calc) or len(weight) < 4:
            return tensors
        together = sum((leaf(f"k{i}", value_of(k)) for i, k in enumerate(weight[2:])), 0)
        return {**tensors, "weight": (*weight[:2], together)}


class KernelOnce(Mistake):
    """k in place of k·k."""

    slug = "kernel-sum"
    general = "a kernel has height times width weights"
    hint = "how many pixels does one kernel cover?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        weight = tensors.get("weight", ())
        return {**tensors, "weight": weight[:3]} if _weighted(tensors, calc) and len(weight) > 3 else tensors


class NoFilters(Mistake):
    slug = "one-filter"
    general = "that is one filter"
    hint = "how many filters are there?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        out = calc.layer.__dict__.get("out")
        if not _weighted(tensors, calc) or out is None:
            return tensors
        ones = {name: tuple(1 if value_of(n) == out else n for n in shape) for name, shape in tensors.items()}
        weight = tensors["weight"]
        at = 1 if calc.layer.kind == "conv_transpose" else 0
        return {**ones, "weight": (*weight[:at], 1, *weight[at + 1 :])}

    def lesson(self, calc: LayerCalculation) -> str:
        return f"that is one filter, and there are {calc.layer.__dict__['out']}"


class Grey(Mistake):
    slug = "rgb-wrong"
    general = "a colour image has 3 channels, a grey one has 1"
    hint = "how many channels does the input have?"

    def takes(self, x: Shape, calc: LayerCalculation) -> Shape:
        images = [node.y for node in calc.network.nodes if node.kind == "input"]
        channels = images[0].channels if images else 0
        if x == images[0] and channels in (1, 3):
            return Shape(x.sides, 4 - channels)
        if not x.sides and x.channels == images[0].values and channels in (1, 3):
            return Shape((), x.channels // channels * (4 - channels))
        return x

    def lesson(self, calc: LayerCalculation) -> str:
        channels = next((node.y.channels for node in calc.network.nodes if node.kind == "input"), 0)
        return f"the input has {'3 channels: it is in colour' if channels == 3 else '1 channel: it is grey'}"


class OtherChannels(Mistake):
    """The channels of another volume of the network, taken for those of the input."""

    slug = "wrong-channels"
    general = "the channels are those of another volume"
    hint = "how many channels enter this layer?"

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def takes(self, x: Shape, calc: LayerCalculation) -> Shape:
        return Shape(x.sides, self.channels) if x.sides and calc.node.layer.weighted else x

    def lesson(self, calc: LayerCalculation) -> str:
        return f"{calc.node.x[0].channels} channels enter this layer, not {self.channels}"


MOST_CHANNELS = 12
"""Networks with so many different numbers of channels are searched for the one that was taken."""


def other_channels(network: Network) -> list[Mistake]:
    """Return the mistakes of taking the channels of another volume."""
    known = {n for node in network.nodes if node.y.sides and isinstance(n := node.y.channels, int)}
    return [OtherChannels(n) for n in sorted(known)] if len(known) <= MOST_CHANNELS else []


class TimesArea(Mistake):
    """A set of weights for every place: `output` ones or input ones, biases with them or not."""

    slug = "times-area"
    general = "the same weights are used at every position; they count once"
    hint = "does each position of the map have weights of its own?"

    def __init__(self, *, output: bool, biases: bool) -> None:
        self.output, self.biases = output, biases

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not _weighted(tensors, calc) or not calc.x.sides:
            return tensors
        sides = tuple(map(value_of, calc.sides)) if self.output else calc.x.sides
        places = tuple(leaf(f"H{i}", n) for i, n in enumerate(sides))
        return {
            name: (*shape, *places) if name == "weight" or self.biases else shape for name, shape in tensors.items()
        }

    def lesson(self, calc: LayerCalculation) -> str:
        sides = tuple(map(value_of, calc.sides)) if self.output else calc.x.sides
        return f"the same weights are used at each of the {'x'.join(map(str, sides))} positions; they count once"


class PoolParams(Mistake):
    """Weights for a pool's window: those of one window, or of one a channel."""

    slug = "pool-params"
    general = "pooling learns nothing: it takes the largest or the mean"
    hint = "what would a pool have to learn?"

    def __init__(self, *, channels: bool, biases: bool) -> None:
        self.channels, self.biases = channels, biases

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not isinstance(calc.layer, Pool):
            return tensors
        kernel = tuple(leaf("k", k) for k in calc.layer.kernel)
        c = (leaf("C", calc.x.channels),)
        return {"weight": (*kernel, *(c if self.channels else ())), **({"bias": c} if self.biases else {})}


class NormCount(Mistake):
    """`times` C for a normalisation."""

    slug = "bn-count"
    general = "a normalisation learns a scale and a shift a channel; the running mean and variance are not learned"
    hint = "which of a normalisation's numbers are learned?"

    def __init__(self, times: int) -> None:
        self.times = times

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if not isinstance(calc.layer, Normalisation) or not tensors:
            return tensors
        return {str(i): (leaf("C", calc.x.channels),) for i in range(self.times)}

    def lesson(self, calc: LayerCalculation) -> str:
        if self.times == 4:
            return "the running mean and variance are kept but not learned"
        if self.times == 0:
            return "a normalisation learns a scale and a shift for each channel"
        return "a normalisation learns a scale and a shift for each channel, so two numbers"


class GroupsIgnored(Mistake):
    slug = "groups"
    plausibility = 2
    general = "a filter sees only the channels of its own group"
    hint = "how many channels does one filter see when there are groups?"

    def layer(self, layer: Layer, x: Shape) -> Layer:
        return altered(layer, groups=1) if layer.__dict__.get("groups", 1) != 1 else layer

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        if calc.layer.kind != "depthwise":
            return tensors
        weight = tensors["weight"]
        return {**tensors, "weight": (weight[0], leaf("C₂", calc.x.channels), *weight[2:])}

    def lesson(self, calc: LayerCalculation) -> str:
        groups = calc.node.layer.__dict__.get("groups")
        if calc.layer.kind == "depthwise":
            return "a depthwise filter sees one channel, not all"
        return f"with {groups} groups a filter sees only {calc.x.channels // groups} of the {calc.x.channels} channels"


class GroupsTwice(Mistake):
    slug = "groups"
    plausibility = 2
    general = "groups divide the weights once: a filter is less deep, but there are as many filters"
    hint = "what do groups divide: the depth of a filter, the number of filters, or both?"

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        groups = calc.x.channels if calc.layer.kind == "depthwise" else calc.layer.__dict__.get("groups", 1)
        if groups == 1 or not _weighted(tensors, calc):
            return tensors
        weight = tensors["weight"]
        at = 1 if calc.layer.kind == "conv_transpose" else 0
        other = 1 - at
        divided = (weight[at] // leaf("g", groups), weight[other])
        return {**tensors, "weight": (*(divided if at == 0 else divided[::-1]), *weight[2:])}


class SharedTwice(Mistake):
    """Says only that it is made: whoever adds up looks for it."""

    slug = "shared-twice"
    plausibility = 2
    general = "layers that share their weights learn them once"
    hint = "do layers that are used twice learn twice?"


class FlattenSize(Mistake):
    """The volume of an earlier layer, its channels alone or its sides alone, in front of the linear layer."""

    slug = "flatten-size"
    general = "flatten gives height × width × channels of the volume that enters it"
    hint = "which volume is flattened, and how many numbers does it hold?"

    def __init__(self, back: int = 0, part: str = "values") -> None:
        self.back, self.part = back, part

    def takes(self, x: Shape, calc: LayerCalculation) -> Shape:
        flat = _flattened(calc)
        if flat is None:
            return x
        node = calc.network.nodes[flat]
        for _ in range(self.back):
            if not node.inputs:
                return x
            node = calc.network.nodes[node.inputs[0]]
        if not node.y.sides:
            return x
        if self.part == "channels":
            return Shape((), node.y.channels)
        if self.part == "sides":
            return Shape((), product(node.y.sides))
        return Shape((), node.y.values)

    def lesson(self, calc: LayerCalculation) -> str:
        flat = _flattened(calc)
        if flat is None:
            return self.general
        return f"what is flattened is {calc.network.nodes[flat].y}"


def _flattened(calc: LayerCalculation) -> int | None:
    """Return the node whose volume was flattened for a linear layer, or that a flatten takes."""
    node = calc.node
    if node.kind == "flatten":
        return node.inputs[0]
    if node.kind != "linear":
        return None
    while node.inputs and not isinstance(node.layer, ManyInputs):
        node = calc.network.nodes[node.inputs[0]]
        if node.kind == "flatten":
            return node.inputs[0]
        if node.layer.weighted:
            return None
    return None


class FlattenPart(FlattenSize):
    """What leaves a flatten, when it is asked for by itself."""

    def depth(self, calc: LayerCalculation) -> Part | None:
        if calc.node.kind != "flatten":
            return None
        return self.takes(calc.x, calc).channels

    def lesson(self, calc: LayerCalculation) -> str:
        return f"what is flattened is {calc.network.nodes[calc.node.inputs[0]].y}"


COUNTS: tuple[Mistake, ...] = (
    NoBias(),
    OneBias(),
    NoDepth(),
    BiasOnInputs(),
    BiasPerChannel(),
    BiasAdded(),
    TimesArea(output=True, biases=True),
    TimesArea(output=True, biases=False),
    TimesArea(output=False, biases=True),
    TimesArea(output=False, biases=False),
    KernelSum(),
    KernelOnce(),
    NoFilters(),
    Grey(),
    GroupsIgnored(),
    GroupsTwice(),
    PoolParams(channels=False, biases=False),
    PoolParams(channels=True, biases=False),
    PoolParams(channels=True, biases=True),
    SharedTwice(),
    NormCount(4),
    NormCount(0),
    NormCount(1),
    NormCount(3),
    FlattenPart(0, "channels"),
    FlattenPart(0, "sides"),
    *(FlattenPart(back) for back in (1, 2, 3)),
)
