"""Which input sizes a network works on: exactly, for every size, by a few walks along the side of the input.

A size works when the network builds and every weight keeps the shape that it has at the spec's own input. Each walk
finds all sizes that take the same way through the text (`numbers/piecewise.py`); what they leave is walked next, from
its smallest size on, until no size is left.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from cnncalc.algebra.unknowns import Impatient
from cnncalc.expand.check import Checker
from cnncalc.expand.journal import Stop
from cnncalc.expand.names import Here, Volume
from cnncalc.expand.walk import Walk
from cnncalc.expand.whole import NetworkWalk
from cnncalc.layers.geometry import Side, Window
from cnncalc.library import NotFound
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.find import find
from cnncalc.loading.overrides import Settings, given_settings, written_settings
from cnncalc.loading.readings import MULTIPLES
from cnncalc.network.network import Network, Node
from cnncalc.numbers.arith import Undecided, symbols_of
from cnncalc.numbers.periodic import LONGEST, Numbers, TooLong
from cnncalc.numbers.piecewise import Along, Path, holds
from cnncalc.numbers.symbolic import put
from cnncalc.problem import NoAnswer, Problem, Problems, ShapeWarning
from cnncalc.result import Result, by_name
from cnncalc.shape import Shape
from cnncalc.spec.model import Aux, Given, Spec, Variant
from cnncalc.spec.shape_readings import likely, parts_of
from cnncalc.spec.tree import Scalar

MOST_WALKS = 400
"""Walks after which the sizes that are left are given up."""

MOST_RESIDUES = 5_000_000
"""Residues that all walks together may write down, a few seconds' work; NASNet, most of the library, needs 41,440."""

STAND_INS = (224, 32, 64, 28, 128, 299, 512, 1024, 16, 8)
"""Sizes tried in place of symbols of the input, to have a network to begin with."""

OF_SIZES = ("E201", "E204", "E205", "E207", "E209")
"""Codes of problems that another size of the input may solve."""

OTHER_LAYERS = "other layers are built"

NONE, EVERY = Numbers.none(), Numbers.every()

SIDE_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Sizes that do not work for one reason; `after` is the last layer that they reach."""

    sizes: Numbers
    after: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of one side of the input, or of all of them together; `others` says what the rest is."""

    name: str
    own: int | None  # None where the input has a symbol there
    others: str
    works: Numbers
    without_heads: Numbers  # sizes that work when side heads are left out
    lossless: Numbers  # sizes at which no window of the main path leaves anything over, whatever shapes weights have
    refusals: tuple[Refusal, ...]
    unknown: Numbers  # sizes that could not be judged
    heads: bool = False  # whether there are side heads

    def nearest(self, wish: int) -> list[int]:
        return self.works.nearest(wish)


@dataclass(frozen=True, repr=False)
class WorkingSizes(Result):
    """The input sizes that a network works on: one entry for all dimensions together where they are alike."""

    network: Network
    sides: tuple[Sizes, ...]
    near: int | None = None

    def __iter__(self) -> Iterator[Sizes]:
        return iter(self.sides)

    def __getitem__(self, name: str) -> Sizes:
        return by_name(self.sides, name)

    def __repr__(self) -> str:
        return f"<WorkingSizes of {self.network.name}: {', '.join(one.name for one in self.sides)}>"


def sizes(
    what: What, *, near: int | None = None, settings: Settings | None = None, stdin: Stdin | None = None
) -> WorkingSizes:
    """Find every input size, in pixels, that a network works on: it builds, and all weights keep their shapes.

    Where the input has symbols (HxWx3), those dimensions are judged. A network that does not build at its own input is
    taken at another one, at which it does, with a ShapeWarning. `near` asks for the nearest working sizes, too.
    Raises Problems for an input without height or length.
    """
    stdin = cache(stdin) if stdin else None  # it can be read once
    spec, variant, problems, _ = find(os.fspath(what), stdin)
    given = given_settings(written_settings(settings), spec, problems)
    try:
        network = load(what, settings=settings, stdin=stdin)
    except NotFound:
        raise
    except Problems as refused:
        elsewhere = _at_another_size(spec, variant, partial(load, what, settings=settings, stdin=stdin))
        if elsewhere is None or not all(problem.code in OF_SIZES for problem in refused):
            raise
        return WorkingSizes(elsewhere, tuple(each_size(spec, variant, elsewhere, given)), near)
    try:
        if not any(symbols_of(side) for shape in network.input_shapes().values() for side in shape.sides):
            return WorkingSizes(network, tuple(each_size(spec, variant, network, given)), near)
        concrete, size = _with_numbers(network, partial(load, what, settings=settings, stdin=stdin))
        return WorkingSizes(network, tuple(_of_symbols(Survey(spec, variant, concrete, given), network, size)), near)
    except TooLong as limit:
        hint = "smaller strides, or another size in input:"
        raise NoAnswer([Problem("E112", f"sizes cannot be listed: {limit}", None, hint)]) from None


def _at_another_size(spec: Spec, variant: Variant | None, again: Callable[..., Network]) -> Network | None:
    """Return the network at the nearest of some sizes at which it builds; None where it builds at none of them."""
    scalar = variant.input if variant and variant.input else next(iter(spec.inputs.values()), None)
    *own, channels = parts_of(scalar.text.strip()) if scalar else [""]
    if scalar is None or not own or not all(map(str.isdigit, own)) or len(spec.inputs) > 1:
        return None
    if any(likely(scalar.text.strip(), fits=True)):
        return None  # the shape is likelier to be meant in another way, which the problem says
    sides = tuple(map(int, own))
    even = {tuple(max(m, (side + up) // m * m) for side in sides) for m in MULTIPLES for up in (0, m - 1)}
    tried = even | {(size,) * len(sides) for size in STAND_INS}
    for size in sorted(tried, key=lambda size: sum(abs(a - b) for a, b in zip(size, sides, strict=True))):
        shape = "x".join(map(str, (*size, channels)))
        with suppress(Problems):
            network = again(input=shape)
            message = f"{network.name} does not build at {scalar.text.strip()}: it is taken at {shape}"
            warnings.warn(message, ShapeWarning, stacklevel=3)
            return network
    return None


def _with_numbers(network: Network, again: Callable[..., Network]) -> tuple[Network, int]:
    """Return a network with one number for all its symbolic sides, at the first size tried at which it builds."""
    for size in STAND_INS:
        words = []
        for name, shape in network.input_shapes().items():
            sides = [put(side, dict.fromkeys(symbols_of(side), size)) for side in shape.sides]
            words.append(f"{name}={'x'.join(map(str, (*sides, shape.channels)))}")
        try:
            return again(input=" ".join(words)), size
        except Problems:
            continue
    message = f"sizes cannot be judged: the network builds at none of {', '.join(map(str, STAND_INS))}"
    raise NoAnswer([Problem("E112", message, network.nodes[0].place, "give a size at which it builds, in input:")])


def _of_symbols(survey: Survey, network: Network, size: int) -> list[Sizes]:
    """Return the sizes that work of each side that is a symbol, or of all together; weights may depend on them."""
    shapes = [shape for shape in network.input_shapes().values() if shape.sides]
    free = sorted({i for shape in shapes for i, side in enumerate(shape.sides) if symbols_of(side)})
    count = max(len(shape.sides) for shape in shapes)
    survey.any_weights = any(
        symbols_of(n) for _, tensors in _learned(network.nodes) for _, dimensions in tensors for n in dimensions
    )
    names = {name for shape in shapes for side in shape.sides for name in symbols_of(side)}
    if len(free) == count and (count == 1 or len(names) == 1 or _alike(survey.network)):
        found = [survey.along(frozenset(free), "side" if count > 1 else SIDE_NAMES[1][0], "")]
    else:
        others = "as it is" if len(free) == 1 else f"at {size}"
        found = [survey.along(frozenset({side}), SIDE_NAMES[count][side], others) for side in free]
    return [replace(one, own=None) for one in found]


def each_size(spec: Spec, variant: Variant | None, network: Network, settings: Mapping[str, Given]) -> list[Sizes]:
    """Return the sizes that work: for all sides together where they are equal and behave alike, else for each side.

    `network` is the spec's at its own input. Raises Problems where the input has no sides.
    """
    survey = Survey(spec, variant, network, settings)
    shapes = list(network.input_shapes().values())
    counts = {len(shape.sides) for shape in shapes}
    if counts == {0}:
        message = f"the input {shapes[0]} has no sides, so there are no sizes to choose"
        raise Problems([Problem("E202", message, network.nodes[0].place)])
    count = max(counts)
    own = {side for shape in shapes for side in shape.sides}
    together = frozenset(range(count))
    if len(own) == 1 and (count == 1 or _alike(network)):
        return [survey.along(together, "side" if count > 1 else SIDE_NAMES[1][0], "")]
    each = [survey.along(frozenset({side}), SIDE_NAMES[count][side], "as it is") for side in range(count)]
    if len(own) == 1:
        every = survey.along(together, "side", "")
        same = all((every.works, every.lossless) == (one.works, one.lossless) for one in each)
        return [every] if same else [every, *each]
    return each


def _alike(network: Network) -> bool:
    """Judge whether every layer does the same to all sides: 1x7 with padding 0x3 does, 1x7 without does not."""
    seen = set()
    for node in network.layers():
        key = (node.layer, node.x)
        if key in seen:
            continue
        seen.add(key)
        if len(set(map(_effect, node.layer.geometry(*node.x)))) > 1 or any(len(set(x.sides)) > 1 for x in node.x):
            return False
    return True


def _effect(side: Side) -> object:
    """Return what makes a window's output and what it leaves over."""
    if not isinstance(side, Window):
        return side
    before = side.before if side.ceil else None
    return side.stride, side.ceil, before, side.before + side.after - side.extent


class MoreWeights(Exception):  # noqa: N818  # no fault: an answer
    """Rounds make more weights than there are at the own size, and further ones only add to them."""


class Sized(NetworkWalk):
    """A walk whose inputs have other sides than the text says."""

    given: Mapping[str, Shape]
    heads: bool
    most: int  # layers with weights, more of which no size may have

    def aux(self, item: Aux, volume: Volume, here: Here) -> Walk:
        if self.heads:
            yield super().aux(item, volume, here)
        return volume

    def may_be_left_out(self, nodes: list[Node]) -> bool:
        if not _learned(nodes):
            return True
        if len(_learned(self.nodes)) > self.most:
            raise MoreWeights
        return False  # another number of rounds is another number of weights

    def shapes(self, here: Here) -> dict[str, tuple[Scalar, Shape | None]]:
        return {name: (scalar, self.given[name]) for name, (scalar, _) in super().shapes(here).items()}


class Survey:
    """Walks a spec along sides of its input."""

    def __init__(self, spec: Spec, variant: Variant | None, network: Network, settings: Mapping[str, Given]) -> None:
        self.spec, self.variant, self.network, self.settings = spec, variant, network, settings
        self.heads = any(node.aux is not None for node in network.nodes)
        self.any_weights = False  # whether weights may have other shapes at other sizes

    def along(self, sides: frozenset[int], name: str, others: str) -> Sizes:
        """Judge every size of some sides."""
        own = next(shape.sides[min(sides)] for shape in self.network.input_shapes().values() if shape.sides)
        whole = self.judged(sides, own, heads=True)
        main = whole if not self.heads else self.judged(sides, own, heads=False)
        order = sorted(whole.refusals.values(), key=lambda refusal: refusal.sizes.least)
        works, without_heads, lossless = (found.simplest() for found in (whole.works, main.works, main.lossless))
        return Sizes(name, own, others, works, without_heads, lossless, tuple(order), whole.unknown, self.heads)

    def judged(self, sides: frozenset[int], own: int, *, heads: bool) -> Judgement:
        """Walk until no size is left, with or without the side heads."""
        found = Judgement()
        n, left = own, MOST_RESIDUES
        for _ in range(MOST_WALKS):
            path = Path(n, left)
            nodes, problem = self.walk(path, sides, heads)
            unlike = [] if problem or self.any_weights else list(self.unlike(nodes, heads))  # it may pin the path
            region = path.region() & found.unknown
            found.unknown -= region
            if problem is None:
                kept = region
                for node, own_node, same in unlike:
                    bad = kept - same
                    kept &= same
                    if bad:
                        found.add(Refusal(bad, node.path, _changed(node, own_node, bad.least)))
                found.works |= kept
                found.lossless |= region & _nothing_lost(nodes, path)
            else:
                found.add(Refusal(region, nodes[-1].path if nodes else "", problem))
            left = max(path.left, 0)
            if not found.unknown:
                break
            n = found.unknown.least
            if not left and n > MOST_WALKS:
                break  # one by one only small sizes are walked: each of a large one takes long
        return found

    def walk(self, path: Path, sides: frozenset[int], heads: bool) -> tuple[list[Node], Problem | None]:
        """Walk for the path's number; return the nodes, and the problem that ended it."""
        journal, number = Impatient(), path.number()
        nodes: list[Node] = []
        try:
            walker = Sized(self.spec, self.variant, {}, self.settings, journal, trusting=False)
            walker.checker = Checker(journal, walker.binder, walker.nodes, free=True, trusting=False)
            walker.heads, walker.most = heads, len(self.own_weights(heads))
            walker.given = {
                name: Shape(tuple(number if i in sides else n for i, n in enumerate(shape.sides)), shape.channels)
                for name, shape in self.network.input_shapes().items()
            }
            nodes = walker.nodes
            walker.network()
        except Stop:
            pass
        except MoreWeights:
            return nodes, Problem("E211", OTHER_LAYERS, nodes[-1].place)
        except Undecided as undecided:
            return nodes, Problem("E118", f"{undecided} is not known")
        return nodes, next(iter(journal.found.values()), None)

    def own_weights(self, heads: bool) -> list[tuple[Node, Tensors]]:
        return _learned(node for node in self.network.nodes if heads or node.aux is None)

    def unlike(self, nodes: list[Node], heads: bool) -> Iterator[tuple[Node, Node | None, Numbers]]:
        """Yield the nodes whose weights change with the size, those of the own size, and the sizes that change nothing.

        Weights are known by their order: layers that have none may be others, as a `pad` where a side is odd.
        """
        theirs = _learned(nodes)
        own_ones = self.own_weights(heads)
        for (node, tensors), (own_node, own) in zip(theirs, own_ones, strict=False):
            if not any(isinstance(n, Along) for _, dimensions in tensors for n in dimensions) and tensors == own:
                continue  # two numbers along the side may be equal for this one size alone
            if _ranks(tensors) != _ranks(own):
                yield node, own_node, NONE
                return
            for (_, dimensions), (_, expected) in zip(tensors, own, strict=True):
                same = EVERY
                for dimension, number in zip(dimensions, expected, strict=True):
                    same &= _equals(dimension, number)
                yield node, own_node, same
        if len(theirs) != len(own_ones):
            yield theirs[len(own_ones)][0] if len(theirs) > len(own_ones) else nodes[-1], None, NONE


@dataclass(slots=True)
class Judgement:
    """What some walks have found; `unknown` are the sizes that are left."""

    works: Numbers = NONE
    lossless: Numbers = NONE
    unknown: Numbers = EVERY
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)

    def add(self, refusal: Refusal) -> None:
        """Keep a refusal, together with what the same layer refuses already; the smallest size's words are kept."""
        key = (refusal.problem.code, refusal.after)
        known = self.refusals.get(key)
        if known is not None:
            first = min(known, refusal, key=lambda r: r.sizes.least)
            refusal = Refusal(known.sizes | refusal.sizes, known.after, first.problem)
        self.refusals[key] = refusal


def _changed(node: Node, own: Node | None, size: int) -> Problem:
    """Say that a layer would have other weights for a size than it has at the own size."""
    if own is not None and own.path == node.path and _ranks(_weights(own)) == _ranks(_weights(node)):
        for (_, has), (_, dimensions) in zip(_weights(own), _weights(node), strict=True):
            needs = tuple([n.form(size) if isinstance(n, Along) else n for n in dimensions])
            if has != needs:
                return Problem("E211", f"it has weights of {_shape(has)} and would need {_shape(needs)}", node.place)
    return Problem("E211", OTHER_LAYERS, node.place)


Tensors = tuple[tuple[str, tuple[Any, ...]], ...]


def _weights(node: Node) -> Tensors:
    return tuple(node.layer.weights(*node.x).items())


def _learned(nodes: Iterable[Node]) -> list[tuple[Node, Tensors]]:
    """Return the nodes that have weights, with them."""
    return [(node, tensors) for node in nodes if (tensors := _weights(node))]


def _ranks(tensors: Tensors) -> list[tuple[str, int]]:
    return [(name, len(dimensions)) for name, dimensions in tensors]


def _shape(dimensions: tuple[int, ...]) -> str:
    return "x".join(map(str, dimensions))


def _equals(dimension: Any, number: int) -> Numbers:
    if isinstance(dimension, Along):
        try:
            return holds(dimension.form, "==", number)
        except TooLong:
            dimension.path.pinned = True
            dimension = dimension.value
    return EVERY if dimension == number else NONE


def _nothing_lost(nodes: list[Node], path: Path) -> Numbers:
    """Return the sizes of a path at which no window of its main path leaves a row or column over.

    Raises TooLong where they cannot be found for all sizes of the path.
    """
    found, seen, alone = EVERY, set(), path.pinned
    for node in nodes:
        if node.aux is not None or "kernel" not in node.layer.fields or (node.layer, node.x) in seen:
            continue
        seen.add((node.layer, node.x))
        for window, n in zip(node.layer.geometry(*node.x), node.x[0].sides, strict=False):
            if isinstance(window, Window) and window.stride != 1:
                found &= _equals(window.left_over(n), 0)
                if path.pinned and not alone:
                    raise TooLong(f"{n.form.period * window.stride:,} residues are more than {LONGEST:,}")
    return found
