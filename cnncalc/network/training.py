"""The steps of one training iteration of a network: what each layer stores, keeps for the backward pass, and learns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from cnncalc.layers.merge import Add
from cnncalc.layers.saves import OUTPUT, Extra, Saves
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import Number, product


class Precision(NamedTuple):
    """Bytes of a number, and of a value of dropout's mask: 1 on CUDA, those of a number on the CPU."""

    number: int = 4
    mask: int = 1


class Step(NamedTuple):
    """One layer in training, in bytes for the whole batch.

    `storage` is the node whose memory holds the output; views and in-place layers have that of their input. `saved` are
    the storages kept for the backward pass, `extra` the bytes kept besides. `gradient` says whether the
    gradients of the inputs take `new` memory or that of the output is `passed` on. `tracked` is False where nothing
    that is learned comes before. `forward` and `backward` are needed for a while by either pass.
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
        inference: bool = False,
        frozen: Callable[[Node], bool] = lambda node: False,
        known: dict[int, Rule] | None = None,
    ) -> None:
        self.network, self.batch, self.precision = network, batch, precision
        self.inplace, self.inference = inplace, inference
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

    def bytes(self, values: Number) -> Number:
        """Return the bytes of so many numbers of each image."""
        return values * self.batch * self.precision.number

    def _step(self, node: Node) -> Step:
        index = node.index
        size = self.bytes(node.y.values)
        if node.kind == "input":
            self._storage[index], self._tracked[index], self._layout[index] = index, False, ("first", "")
            self.sizes[index] = size
            return Step(node, index, size, (), 0, 0, "new", False)
        rule = self.rules[index]
        saves = rule.saves
        if saves is None:
            self.unknown.append(node)
            saves = Saves()
        learns = rule.learns and owner(node) not in self.frozen
        tracked = self._tracked[index] = learns or any(self._tracked[i] for i in node.inputs)
        extra = sum(self._extra(each) for each in saves.extras)
        # A layer that needs another order of its values than it gets works on a copy.
        copies = saves.needs is not None and not self._fits(node.inputs[0], saves.needs)
        overwrites = self._overwrites(node)
        if overwrites == "output":
            saves = saves._replace(inputs=(), output=True)
        elif overwrites == "copy":
            saves = saves._replace(inputs=())
            extra += self.bytes(node.x[0].values)
        elif copies and 0 in saves.inputs:
            saves = saves._replace(inputs=tuple(i for i in saves.inputs if i))
            extra += self.bytes(node.x[0].values)
        self._kept[index] = saves
        view = saves.view and not copies
        storage = self._storage[node.inputs[0]] if view or overwrites else index
        self._storage[index] = storage
        self.sizes.setdefault(storage, size)
        self._layout[index] = self._layout_of(node, saves, copies)
        places = [*saves.inputs, *(i for i in saves.own if self._tracked[node.inputs[i]])]
        if saves.folds:
            more, results = self._folded(node, saves)
            places += more
            extra += self.bytes(results)
        kept = [self._storage[node.inputs[i]] for i in places]
        if saves.output:
            kept.append(storage)
        weights = rule.learned if node.shares is None and learns else 0
        gradient = "passed" if saves.passes and not copies else "new"
        saved = tuple(dict.fromkeys(kept)) if tracked else ()
        learned = weights * self.precision.number
        during = self.bytes(saves.forward), self.bytes(saves.backward)
        return Step(node, storage, size, saved, extra if tracked else 0, learned, gradient, tracked, *during)

    def _extra(self, extra: Extra) -> Number:
        size = self.precision.mask if extra.mask else extra.size or self.precision.number
        return extra.values * size * (1 if extra.once else self.batch)

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

    def _layout_of(self, node: Node, saves: Saves, copies: bool) -> tuple[str, str]:
        """Return the order in which an output lies in memory, and between what other values lie, if any do."""
        x, y = node.x[0], node.y
        order, gaps = self._layout[node.inputs[0]]
        if saves.layout != "same":
            order = saves.layout
        if not saves.view or copies:
            return order, ""
        if x.sides != y.sides and x.values != y.values:
            return order, "sides" if y.sides else ""
        # The channels of an image that has them first lie together, though the images do not.
        return order, gaps or ("channels" if x.channels > y.channels and order == "last" else "")


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
