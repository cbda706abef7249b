"""The steps of one training iteration of a network: what each layer stores, keeps for the backward pass, and learns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise, Separable
from cnncalc.layers.merge import Add
from cnncalc.layers.saves import CASTING, OUTPUT, TYPES, Extra, Saves
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import Number, product

CONVOLUTIONS = (Conv, Depthwise, Separable, ConvTranspose)


class Precision(NamedTuple):
    """Bytes of a number, and under autocast those of the low type; `cuda` says whose rules hold."""

    number: int = 4
    low: int = 0
    cuda: bool = True


COPIES = [name for name in TYPES if "_copy" in name]


class Step(NamedTuple):
    """One layer in training, in bytes for the whole batch.

    `storage` is the node whose memory holds the output; views and in-place layers have that of their input. `saved` are
    the storages kept for the backward pass, `extra` the bytes kept besides. `gradient` says whether the
    gradients of the inputs take `new` memory or that of the output is `passed` on. `tracked` is False where nothing
    that is learned comes before. `forward` and `backward` are needed for a while by either pass. `cast` are casts of
    weights that autocast holds up to the end of the forward pass, without those in `extra`; `casts` are all of them.
    `low_gradient` and `copied_gradient` are the gradients of such casts of weights and of inputs, which are cast back.
    """

    node: Node
    storage: int
    size: Number
    saved: tuple[int, ...]
    extra: Number
    weights: Number
    gradient: str
    tracked: bool
    forward: Number = 0
    backward: Number = 0
    cast: Number = 0
    casts: Number = 0
    low_gradient: Number = 0
    copied_gradient: Number = 0


class Rule(NamedTuple):
    """What does not depend on how a layer is trained: what it keeps, its params, its buffers."""

    saves: Saves | None
    learned: Number
    buffers: Number
    learns: bool  # whether there are params


def rules(network: Network) -> dict[int, Rule]:
    """Return the rule of each layer."""
    found = {}
    for node in network.layers():
        weights, buffers = node.layer.weights(*node.x), node.layer.buffers(*node.x)
        learned, stored = (sum(product(shape) for shape in tensors.values()) for tensors in (weights, buffers))
        found[node.index] = Rule(node.layer.saves(*node.x), learned, stored, bool(weights))
    return found


class Training:
    """The steps of a network, `sizes` of its storages, and the layers without a rule, whose part is missing."""

    def __init__(
        self,
        network: Network,
        batch: Number,
        precision: Precision,
        *,
        inplace: bool = True,
        channels_last: bool = False,
        inference: bool = False,
        frozen: Callable[[Node], bool] = lambda node: False,
        known: dict[int, Rule] | None = None,
    ) -> None:
        self.network, self.batch, self.precision = network, batch, precision
        self.inplace, self.channels_last, self.inference = inplace, channels_last, inference
        self.frozen = {owner(node) for node in network.layers() if frozen(node)}
        self.rules = rules(network) if known is None else known
        self.steps: list[Step] = []
        self.sizes: dict[int, Number] = {}
        self.unknown: list[Node] = []
        self.readers: dict[int, list[int]] = {node.index: [] for node in network.nodes}
        for node in network.nodes:
            for index in dict.fromkeys(node.inputs):
                self.readers[index].append(node.index)
        self._storage: dict[int, int] = {}
        self._tracked: dict[int, bool] = {}
        self._layout: dict[int, tuple[str, str]] = {}
        self._kept: dict[int, Saves] = {}
        self._casts: set[int] = set()  # owners of weights that are cast
        self._alike = {**dict.fromkeys(TYPES, precision.number), **dict.fromkeys(COPIES, 0), "statistic": 4}
        self.types: dict[int, int] = {}  # bytes of a number of each output
        for node in network.nodes:
            self.steps.append(self._step(node))

    def saved(self) -> Number:
        """Return the bytes kept for the backward pass; memory that several layers keep is counted once."""
        storages = dict.fromkeys(storage for step in self.steps for storage in step.saved)
        return sum(self.sizes[storage] for storage in storages) + sum(step.extra for step in self.steps)

    def newly_saved(self) -> list[Number]:
        """Return, for each node, the bytes that it keeps and that none before it does."""
        known: set[int] = set()
        found = []
        for step in self.steps:
            fresh = [storage for storage in step.saved if storage not in known]
            known.update(fresh)
            found.append(sum(self.sizes[storage] for storage in fresh) + step.extra)
        return found

    def backward_macs(self, node: Node) -> Number:
        """Return the multiply-adds of the backward pass: for the gradients of weights and of inputs as many as forward.

        Neither is computed for what does not learn: frozen weights, and the input of the first layer that learns.
        """
        if node.kind == "input":
            return 0
        layer, rule = node.layer, self.rules[node.index]
        macs, products, behind = layer.macs(*node.x), layer.products(*node.x), layer.behind(*node.x)
        learns = rule.learns and owner(node) not in self.frozen
        enters = any(self._tracked[i] for i in node.inputs)
        active = learns or enters
        both = sum(self._tracked[i] for i in node.inputs) if products == macs else 2 * active
        own = (learns + enters) * (macs - products - behind)
        return (own + (learns + active) * behind + both * products) * self.batch

    def bytes(self, values: Number, number: int) -> Number:
        """Return the bytes of so many numbers of each image."""
        return values * self.batch * number

    def loss_bytes(self, node: Node) -> Number:
        """Return the bytes of the logarithm of softmax of an output, which CUDA's autocast computes in float32."""
        number = self.precision.number if self.precision.cuda else self.types[node.index]
        return self.bytes(node.y.values, number)

    def _step(self, node: Node) -> Step:
        index = node.index
        if node.kind == "input":
            self.types[index] = self.precision.number
            size = self.bytes(node.y.values, self.precision.number)
            self._storage[index], self._tracked[index] = index, False
            self._layout[index] = ("last" if self._in_format(node) else "first", "")
            self.sizes[index] = size
            return Step(node, index, size, (), 0, 0, "new", False)
        rule = self.rules[index]
        saves = rule.saves
        if saves is None:
            self.unknown.append(node)
            saves = Saves()
        learns = rule.learns and owner(node) not in self.frozen
        if saves.learning and not learns:
            saves = saves._replace(inputs=())
        tracked = self._tracked[index] = learns or any(self._tracked[i] for i in node.inputs)
        types = self._types(node, saves)
        self.types[index] = types["made"]
        size = self.bytes(node.y.values, types["made"])
        extra = sum(self._extra(each, types) for each in saves.extras)
        # A layer that needs another order of its values than it gets works on a copy.
        copies = saves.needs is not None and not self._fits(node.inputs[0], saves.needs)
        overwrites = self._overwrites(node)
        if overwrites == "output":
            saves = saves._replace(inputs=(), output=True)
        elif overwrites == "copy":
            saves = saves._replace(inputs=())
            extra += self.bytes(node.x[0].values, types["worked"])
        elif copies and 0 in saves.inputs:
            saves = saves._replace(inputs=tuple(i for i in saves.inputs if i))
            extra += self.bytes(node.x[0].values, types["worked"])
        self._kept[index] = saves
        view = saves.view and not copies
        storage = self._storage[node.inputs[0]] if view or overwrites else index
        self._storage[index] = storage
        self.sizes.setdefault(storage, size)
        self._layout[index] = self._layout_of(node, saves, copies)
        if saves.padded and not self.precision.cuda and 0 in saves.inputs and types["entered"] != self.precision.number:
            saves = saves._replace(inputs=())
            extra += self.bytes(node.x[0].values, self.precision.number)
        places = [*saves.inputs, *(i for i in saves.own if self._tracked[node.inputs[i]])]
        if saves.folds:
            more, results = self._folded(node, saves)
            places += more
            extra += self.bytes(results, types["worked"])
        forward, backward = (self.bytes(values, types["worked"]) for values in (saves.forward, saves.backward))
        copies_back: Number = 0
        if saves.casts in CASTING:
            for i, (source, x) in enumerate(zip(node.inputs, node.x, strict=True)):
                if self.types[source] == types["worked"]:
                    continue
                copy = self.bytes(x.values, types["worked"])
                if i in places and not saves.padded:
                    places = [place for place in places if place != i]
                    extra += copy
                else:
                    forward += copy
                copies_back += self._tracked[source] * copy
        kept_casts: Number = 0
        low_gradient: Number = 0
        casts: Number = 0
        if self.precision.low and saves.casts == "low":
            first = owner(node) not in self._casts
            self._casts.add(owner(node))
            kept_casts = self._kept_casts(node, saves) * (first or not learns) * tracked * (not self.inference)
            casts = learns * first * rule.learned * self.precision.low
            forward += (not learns) * (saves.weights + sum(saves.first)) * self.precision.low
            low_gradient = learns * rule.learned * self.precision.low
        kept = [self._storage[node.inputs[i]] for i in places]
        if saves.output:
            kept.append(storage)
        weights = rule.learned if node.shares is None and learns else 0
        gradient = "passed" if saves.passes and not copies else "new"
        saved = tuple(dict.fromkeys(kept)) if tracked else ()
        learned = weights * self.precision.number
        extra = extra + kept_casts if tracked else 0
        cached = max(casts - kept_casts, 0)
        return Step(
            node,
            storage,
            size,
            saved,
            extra,
            learned,
            gradient,
            tracked,
            forward,
            backward,
            cached,
            casts,
            low_gradient,
            copies_back,
        )

    def _types(self, node: Node, saves: Saves) -> dict[str, int]:
        """Return the bytes of a number of each of the types of saves.TYPES."""
        number, low, cuda = self.precision
        entered = max(self.types[index] for index in node.inputs)
        if not low:
            return self._alike
        wide = number if cuda else entered
        casts = {"low": low, "float32": wide, "float32_always": number, "float32_on_cpu": entered if cuda else number}
        worked = casts.get(saves.casts, entered)
        types = {
            "worked": worked,
            "entered": entered,
            "float32": number,
            "statistic": number if cuda else worked,
            "float32_on_cpu": casts["float32_on_cpu"],
            "float32_on_cuda": number if cuda else low,
            "reduced": wide,
            "uncast": 0,
            "low_copy": low * (entered != low),
            "float32_copy": number,
            "float32_copy_on_cuda": number * cuda,
            "input_copy_on_cuda": number * (cuda and entered != number),
        }
        types["made"] = number if saves.casts == "learned" else types[saves.result]
        return types

    def _extra(self, extra: Extra, types: dict[str, int]) -> Number:
        size = 1 if extra.mask and self.precision.cuda else extra.size or types[extra.type]
        return extra.values * size * (1 if extra.once else self.batch)

    def _kept_casts(self, node: Node, saves: Saves) -> Number:
        """Return the bytes of the casts of a layer's weights that the backward pass needs."""
        tracked = (self._tracked[index] for index in node.inputs)
        first = sum(weights for weights, is_tracked in zip(saves.first, tracked, strict=False) if is_tracked)
        return (saves.weights + first) * self.precision.low

    def _folded(self, node: Node, saves: Saves) -> tuple[list[int], Number]:
        """Return the inputs, and the values of results on the way, that a function of two volumes at a time keeps."""
        places: list[int] = []
        results: Number = 0
        first, *others = (self._tracked[i] for i in node.inputs)
        for place, other in enumerate(others, start=1):
            if other or (first and saves.folds == "choice"):
                if place == 1:
                    places.append(0)
                else:
                    results += saves.results[place - 2]
            if first or (other and saves.folds != "product"):
                places.append(place)
            first = first or other
        return places, results

    def _overwrites(self, node: Node) -> str | None:
        """Return what an activation keeps that works in place; None where it does not.

        It must be the only reader of a volume whose values no earlier layer keeps.
        """
        if not self.inplace:
            return None
        if self.inference:
            # What nothing else reads is overwritten by whatever gives as many values: activations, norms, sums.
            free = node.layer.in_place or isinstance(node.layer, Add)
            fits = free and node.x[0].values == node.y.values and self._only_reader(node)
            return "output" if fits else None
        if node.layer.overwrites is None:
            return None
        free = not self._kept.get(node.inputs[0], OUTPUT).output
        return node.layer.overwrites if free and self._only_reader(node) else None

    def _only_reader(self, node: Node) -> bool:
        """Return whether nothing else needs the first input, which another layer has made."""
        source = self.network.nodes[node.inputs[0]]
        outside = source.kind == "input" or source.index in self.network.outputs.values()
        return not outside and len(self.readers[source.index]) == 1

    def _fits(self, index: int, needs: str) -> bool:
        """Return whether the values of a volume lie in memory as a layer needs them."""
        y = self.network.nodes[index].y
        order, gaps = self._layout[index]
        if needs == "sides":
            return gaps != "sides"
        if needs == "last":
            return gaps != "sides" and (order == "last" or y.channels in (y.values, 1))
        return not gaps and (order == "first" or y.channels in (y.values, 1))

    def _in_format(self, node: Node) -> bool:
        """Return whether PyTorch's memory format channels_last, which images alone have, is that of an output."""
        return self.channels_last and len(node.y.sides) == 2

    def _layout_of(self, node: Node, saves: Saves, copies: bool) -> tuple[str, str]:
        """Return the order in which an output lies in memory, and between what other values lie, if any do."""
        x, y = node.x[0], node.y
        order, gaps = self._layout[node.inputs[0]]
        if isinstance(node.layer, CONVOLUTIONS) and self._in_format(node):
            order = "last"
        elif saves.layout != "same":
            order = saves.layout
        if not saves.view or copies:
            return order, ""
        if x.sides != y.sides and x.values != y.values:
            return order, "sides" if y.sides else ""
        # The channels of an image that has them first lie together, though the images do not.
        return order, gaps or ("channels" if order == "last" and x.channels > y.channels else "")


def owner(node: Node) -> int:
    """Return the node that has the weights: weights that several layers use are frozen with any of them."""
    return node.index if node.shares is None else node.shares


def ends(network: Network) -> list[int]:
    """Return the nodes whose outputs enter the loss: the network's outputs, and the ends of side heads."""
    read = {index for node in network.nodes for index in node.inputs}
    heads = (node.index for node in network.layers() if node.aux is not None and node.index not in read)
    return [*dict.fromkeys((*network.outputs.values(), *heads))]


def frozen_below(paths: Collection[str]) -> Callable[[Node], bool]:
    """Return which layers are frozen: those at the paths, or below them."""
    starts = tuple(f"{path}." for path in paths)
    return lambda node: f"{node.path}.".startswith(starts) if starts else False
