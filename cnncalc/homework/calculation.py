"""A network calculated as a person would, right or with mistakes in it, in numbers that remember how they came about.

    right = Calculation(network).layer(node).params                      # 5·5·3·100 + 100
    wrong = Calculation(network, [NoBias()], at=node.index).layer(node).params     # 5·5·3·100

The layer's own rules say the formulas; a mistake changes what goes into them, or a piece of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from cnncalc.algebra.letters import SIDES, with_letters
from cnncalc.layers.base import Layer, Tensors
from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise
from cnncalc.layers.geometry import Spread, Window
from cnncalc.layers.linear import Linear
from cnncalc.layers.merge import ManyInputs
from cnncalc.layers.parametrize import named_plainly
from cnncalc.layers.reshape import Flatten
from cnncalc.layers.resize import ZeroPad
from cnncalc.layers.window import Windowed
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import product, symbols_of
from cnncalc.numbers.traced import Part, leaf, value_of
from cnncalc.shape import Shape

LOOKING_BACK = ("flatten", "linear")
"""Kinds with mistakes that look at the layers before them."""


class Nonsense(Exception):  # noqa: N818  # no fault: nobody would go on with such a number
    """A mistake leads to no size at all: a side of 0, or half a pixel in the middle of a network."""


class Mistake:
    """A way to go wrong. Each method returns what it was given, or None, where the mistake changes nothing of it."""

    slug: ClassVar[str]
    general: ClassVar[str]
    """What is wrong, as `That is 7,500: …` goes on; without numbers, for whole networks."""
    hint: ClassVar[str]
    """Where to look again, without the answer."""
    habit: ClassVar[bool] = False
    """Made at every layer or at none: nobody counts the multiply-adds of one layer twice over and not of the others."""
    plausibility: ClassVar[int] = 1
    """2 for a mistake about something that few layers or questions have, 0 for one that is rarely made.

    Where several mistakes lead to one value, the most plausible is reported first."""

    @property
    def reshapes(self) -> bool:
        """Return whether it may change what leaves a layer, so that the layers behind it are calculated again."""
        own = type(self)
        return any(
            getattr(own, name) is not getattr(Mistake, name) for name in ("takes", "layer", "window", "side", "depth")
        )

    @property
    def resizes(self) -> bool:
        """Return whether it is about sizes alone, on which no receptive field depends."""
        own = type(self)
        return any(getattr(own, name) is not getattr(Mistake, name) for name in ("takes", "side", "depth"))

    def takes(self, x: Shape, calc: LayerCalculation) -> Shape:
        """Return the volume that is taken for the input."""
        return x

    def layer(self, layer: Layer, x: Shape) -> Layer:
        """Return the layer with the fields that it is taken to have."""
        return layer

    def window(self, window: Window | Spread, calc: LayerCalculation) -> Window | Spread:
        """Return the window that is put into the formula of a side."""
        return window

    def side(self, window: Window | Spread, n: Part, index: int, calc: LayerCalculation) -> Part | None:
        """Return an output side by another formula."""
        return None

    def extent(self, window: Window | Spread, calc: LayerCalculation) -> Part | None:
        """Return the pixels that a kernel covers by another formula."""
        return None

    def padding(self, before: int, after: int, calc: LayerCalculation) -> tuple[int, int]:
        """Return the padding of a side that is taken to be needed, where that is asked for."""
        return before, after

    def depth(self, calc: LayerCalculation) -> Part | None:
        """Return the output channels by another formula."""
        return None

    def tensors(self, tensors: Tensors, calc: LayerCalculation) -> Tensors:
        """Return the tensors that are counted."""
        return tensors

    def places(self, calc: LayerCalculation) -> tuple[int, ...] | None:
        """Return the sides of the volume at whose places the weights are taken to be used."""
        return None

    def kept_share(self, share: Fraction) -> Fraction:
        """Return the share of the units that a dropout is taken to keep."""
        return share

    def images(self, batch: int) -> int:
        """Return the images that are counted of a batch."""
        return batch

    def total(self, value: Part, quantity: str, calc: LayerCalculation) -> Part:
        """Return what is made of the result."""
        return value

    def lesson(self, calc: LayerCalculation) -> str:
        """Return what is wrong, with the numbers of one layer."""
        return self.general


class Calculation:
    """A network calculated with `mistakes` at the layer `at`, or wherever they can be made; what follows goes on so."""

    def __init__(self, network: Network, mistakes: Sequence[Mistake] = (), at: int | None = None) -> None:
        self.network, self.mistakes, self.at = network, mistakes, at
        self._right = _right_layers(network)
        self.reshapes = any(mistake.reshapes for mistake in mistakes)
        self._layers: dict[int, LayerCalculation] = {}
        self._alike: dict[Hashable, LayerCalculation] = {}

    def layer(self, node: Node) -> LayerCalculation:
        """Return the calculation of one layer."""
        if node.index not in self._layers:
            xs = tuple(map(self._leaving, node.inputs)) or node.x
            mistakes = self.mistakes if self.at in (None, node.index) else ()
            # Large networks have the same layer again and again; some mistakes look at what stands before a layer.
            alone = node.index if node.kind in LOOKING_BACK else node.shares is None
            key: Hashable = (node.layer, xs, alone) if mistakes else (node.index, xs)
            alike = self._alike if mistakes else self._right
            if key not in alike:
                alike[key] = LayerCalculation(self.network, node, xs, mistakes)
            self._layers[node.index] = alike[key]
        return self._layers[node.index]

    def _leaving(self, index: int) -> Shape:
        """Return the volume behind a node, in plain numbers."""
        node = self.network.nodes[index]
        untouched = not self.reshapes or (self.at is not None and index < self.at)
        return node.y if untouched or node.kind == "input" else self.layer(node).leaving

    def layers(self) -> Iterator[LayerCalculation]:
        """Yield the calculation of every layer whose numbers are in the totals."""
        return (self.layer(node) for node in self.network.layers() if node.aux is None)


_kept: dict[int, tuple[Network, dict[Hashable, LayerCalculation], dict[Hashable, Calculation]]] = {}
MOST_KEPT = 100
"""Networks whose calculations are kept: the questions of a table are about one."""


def _of(network: Network) -> tuple[Network, dict[Hashable, LayerCalculation], dict[Hashable, Calculation]]:
    kept = _kept.get(id(network))
    if kept is None:
        if len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        kept = _kept[id(network)] = network, {}, {}  # which is kept beside it, so that no other one has its id
    return kept


def _right_layers(network: Network) -> dict[Hashable, LayerCalculation]:
    """Return the calculations of layers without a mistake, which all trials of a network share."""
    return _of(network)[1]


def calculated(network: Network, mistakes: Sequence[Mistake], at: int | None) -> Calculation:
    """Return a calculation with mistakes, the same one for every question about a network."""
    calculations = _of(network)[2]
    key = (*map(id, mistakes), at)
    if key not in calculations:
        if len(calculations) >= MOST_CALCULATIONS:
            calculations.clear()
        calculations[key] = Calculation(network, mistakes, at)
    return calculations[key]


MOST_CALCULATIONS = 2_000


class LayerCalculation:
    """The calculation of one layer: `layer` on `x`, as somebody takes them to be."""

    def __init__(self, network: Network, node: Node, xs: tuple[Shape, ...], mistakes: Sequence[Mistake]) -> None:
        self.network, self.node, self.mistakes = network, node, mistakes
        layer = node.layer
        for mistake in mistakes:
            xs = tuple(mistake.takes(x, self) for x in xs)
            layer = mistake.layer(layer, xs[0])
        self.layer, self.xs = layer, xs
        self.results: dict[Any, tuple[Any, Part]] = {}  # of quantities, with the conventions they are counted by

    @property
    def x(self) -> Shape:
        return self.xs[0]

    def written(self, field: str) -> str:
        """Return a field of the layer as the text has it; "" where the layer has no such field."""
        own = self.layer.fields.get(field)
        return own.type.write(self.layer.__dict__[field]) if own is not None else ""

    @cached_property
    def windows(self) -> tuple[Window | Spread, ...]:
        """Return the windows of the sides, letters in them; empty for kinds that have none."""
        layer = self.layer
        if not isinstance(layer, (Windowed, ConvTranspose, ZeroPad)) or len(self.x.sides) not in (1, 2, 3):
            return ()
        windows = [_letters(w) for w in layer.geometry(self.x) if isinstance(w, (Window, Spread))]
        for mistake in self.mistakes:
            windows = [mistake.window(window, self) for window in windows]
        return tuple(windows)

    @cached_property
    def sides(self) -> tuple[Part, ...]:
        """Return the output sides."""
        if not self.windows:
            return self.layer.shape(*self.xs).sides
        return tuple(self._side(index, window) for index, window in enumerate(self.windows))

    def _side(self, index: int, window: Window | Spread) -> Part:
        n = leaf("n", self.x.sides[index])
        for mistake in self.mistakes:
            found = mistake.side(window, n, index, self)
            if found is not None:
                return found
        return window.output(n)

    @cached_property
    def channels(self) -> Part:
        for mistake in self.mistakes:
            found = mistake.depth(self)
            if found is not None:
                return found
        channels = self.layer.shape(*self.xs).channels
        if isinstance(self.layer, Flatten) and self.x.sides and channels == self.x.values:
            return product((*(leaf(f"H{i}", n) for i, n in enumerate(self.x.sides)), leaf("C", self.x.channels)))
        return channels

    @cached_property
    def leaving(self) -> Shape:
        """Return the output in plain numbers; raises Nonsense where there is none."""
        if not self.windows and not self.mistakes:
            return self.layer.shape(*self.xs)
        shape = Shape(tuple(map(value_of, self.sides)), value_of(self.channels))
        for number in shape.hwc:
            if not symbols_of(number) and (number < 1 or Fraction(number).denominator != 1):
                raise Nonsense
        return shape

    @cached_property
    def lettered(self) -> tuple[Layer, tuple[Shape, ...]]:
        """Return the layer and its input with letters for their numbers, so that their rules say formulas."""
        if isinstance(self.layer, ManyInputs):
            return self.layer, self.xs
        # A layer as it is meets few volumes; what a mistake makes of it may be no layer that has a written form.
        return (_often_lettered if self.layer is self.node.layer else _lettered)(self.layer, self.x)

    @cached_property
    def tensors(self) -> Tensors:
        """Return the learned tensors, letters in their shapes."""
        if self.layer is self.node.layer and not isinstance(self.layer, ManyInputs):
            tensors = _tensors(self.layer, self.x)
        else:
            layer, xs = self.lettered
            tensors = named_plainly(layer.weights(*xs))
        for mistake in self.mistakes:
            tensors = mistake.tensors(tensors, self)
        return tensors

    @cached_property
    def buffers(self) -> Tensors:
        layer, xs = self.lettered
        return layer.buffers(*xs)

    @cached_property
    def places(self) -> tuple[Part, ...] | None:
        """Return the sides of the volume at whose every place the weights are used; None where that is no window's way.

        Output places of a convolution; input places of a transposed one, positions of a linear layer.
        """
        sides: tuple[Part, ...]
        if isinstance(self.layer, (ConvTranspose, Linear)):
            sides, mark = self.x.sides, ""
        elif isinstance(self.layer, (Conv, Depthwise)):
            sides, mark = tuple(map(value_of, self.sides)), "′"
        else:
            return None
        for mistake in self.mistakes:
            found = mistake.places(self)
            sides = sides if found is None else found
        return tuple(leaf(f"{name}{mark}", n) for name, n in zip(SIDES[len(sides)], sides, strict=True))

    @cached_property
    def macs(self) -> Part:
        """Return the multiply-adds for one image."""
        if self.places is None:
            return self.layer.macs(*self.xs)
        return product(self.tensors["weight"]) * product(self.places)


def _lettered(layer: Layer, x: Shape) -> tuple[Layer, tuple[Shape, ...]]:
    letters = (leaf(name, n) for name, n in zip(SIDES.get(len(x.sides), ()), x.sides, strict=True))
    return with_letters(layer, False), (Shape(tuple(letters), leaf("C", x.channels)),)


_often_lettered = lru_cache(2_000)(_lettered)


@lru_cache(2_000)
def _tensors(layer: Layer, x: Shape) -> Tensors:
    lettered, xs = _often_lettered(layer, x)
    return named_plainly(lettered.weights(*xs))


def _letters(window: Window | Spread) -> Window | Spread:
    """Put letters in the place of a window's numbers."""
    bare = window.kernel == window.stride == 1  # a pad layer, a 1x1 convolution
    k, s = (1, 1) if bare else (leaf("k", window.kernel), leaf("s", window.stride))
    d: Any = 1 if window.dilation == 1 else leaf("d", window.dilation)
    p = leaf("p", window.before)
    before, after = (p, p) if window.before == window.after else (leaf("p₁", window.before), leaf("p₂", window.after))
    if isinstance(window, Spread):
        return Spread(k, s, before, after, d, leaf("o", window.extra) if window.extra else 0)
    return Window(k, s, before, after, d, window.ceil)


def altered(layer: Layer, **fields: Any) -> Layer:
    """Return a layer with other values in some of its fields, unchecked: a mistake is no layer that anybody built."""
    copy: Layer = object.__new__(type(layer))
    copy.__dict__.update({name: value for name, value in layer.__dict__.items() if name != "hash"} | fields)
    return copy
