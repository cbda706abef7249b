"""Which input sizes a network works on: exactly, for every size, by a few walks along the side of the input.

A size works when the network builds and every weight keeps the shape that it has at the spec's own input. Each walk
tells all sizes that take the same way through the text (`along.py`); what they leave is walked next, from its smallest
size on, until no size is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnncalc.algebra.along import Along, Path, holds
from cnncalc.algebra.numbers import Numbers
from cnncalc.algebra.puzzle import Impatient
from cnncalc.algebra.residues import TooLong
from cnncalc.arith import Undecided
from cnncalc.expand.check import Checker
from cnncalc.expand.journal import Stop
from cnncalc.expand.names import Here
from cnncalc.expand.walk import Walker
from cnncalc.layers.geometry import Window
from cnncalc.network import Network, Node
from cnncalc.problem import Problem, Problems
from cnncalc.shape import Shape
from cnncalc.spec.model import Given, Spec, Variant
from cnncalc.spec.tree import Scalar

MOST_WALKS = 400
"""Walks after which the sizes that are left are given up."""

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
    own: int
    others: str
    works: Numbers
    lossless: Numbers
    refusals: tuple[Refusal, ...]
    unknown: Numbers  # sizes that could not be judged

    def nearest(self, wish: int) -> list[int]:
        return self.works.nearest(wish)


def sizes(spec: Spec, variant: Variant | None, network: Network, settings: Mapping[str, Given]) -> list[Sizes]:
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
    """Judge whether every layer treats all sides in the same way."""
    seen = set()
    for node in network.layers():
        key = (node.layer, node.x)
        if key not in seen:
            seen.add(key)
            if len(set(node.layer.geometry(*node.x))) > 1 or any(len(set(x.sides)) > 1 for x in node.x):
                return False
    return True


class Sized(Walker):
    """A walk whose inputs have other sides than the text says."""

    given: Mapping[str, Shape]

    def shapes(self, here: Here) -> dict[str, tuple[Scalar, Shape | None]]:
        return {name: (scalar, self.given[name]) for name, (scalar, _) in super().shapes(here).items()}


class Survey:
    """Walks a spec along sides of its input."""

    def __init__(
        self, spec: Spec, variant: Variant | None, network: Network, settings: Mapping[str, Given]
    ) -> None:
        self.spec, self.variant, self.network, self.settings = spec, variant, network, settings
        self.tensors = [(node.path, _weights(node)) for node in network.nodes]

    def along(self, sides: frozenset[int], name: str, others: str) -> Sizes:
        """Judge every size of some sides."""
        own = next(shape.sides[min(sides)] for shape in self.network.input_shapes().values() if shape.sides)
        works = lossless = Numbers.none()
        refusals: dict[Any, Refusal] = {}
        remaining, n = Numbers.every(), own
        for _ in range(MOST_WALKS):
            path = Path(n)
            nodes, problem = self.walk(path, sides)
            region = path.region() & remaining
            remaining -= region
            if problem is None:
                kept = region
                for node, same in self.unlike(nodes):
                    bad = kept - same
                    kept &= same
                    if bad:
                        _add(refusals, Refusal(bad, node.path, self.changed(node, nodes)))
                works |= kept
                lossless |= kept & _nothing_lost(nodes)
            else:
                _add(refusals, Refusal(region, nodes[-1].path if nodes else "", problem))
            if not remaining:
                break
            n = remaining.least
        order = sorted(refusals.values(), key=lambda refusal: refusal.sizes.least)
        return Sizes(name, own, others, works.simplest(), lossless.simplest(), tuple(order), remaining)

    def walk(self, path: Path, sides: frozenset[int]) -> tuple[list[Node], Problem | None]:
        """Walk for the path's number; return the nodes, and the problem that ended it."""
        journal, number = Impatient(), path.number()
        nodes: list[Node] = []
        try:
            walker = Sized(self.spec, self.variant, {}, self.settings, journal, trusting=False)
            walker.checker = Checker(journal, walker.binder, walker.nodes, free=True, trusting=False)
            walker.given = {
                name: Shape(tuple(number if i in sides else n for i, n in enumerate(shape.sides)), shape.channels)
                for name, shape in self.network.input_shapes().items()
            }
            nodes = walker.nodes
            walker.network()
        except Stop:
            pass
        except Undecided as undecided:
            return nodes, Problem("E118", f"{undecided} is not known")
        return nodes, next(iter(journal.found.values()), None)

    def unlike(self, nodes: list[Node]) -> Iterator[tuple[Node, Numbers]]:
        """Yield the nodes whose weights change with the size, and the sizes for which they stay as they are."""
        if len(nodes) != len(self.tensors):
            yield nodes[-1], Numbers.none()
            return
        for node, (path, own) in zip(nodes, self.tensors, strict=True):
            tensors = _weights(node)
            if not any(isinstance(n, Along) for _, dimensions in tensors for n in dimensions) and tensors == own:
                continue  # two numbers along the side may be equal for this one size alone
            names = [name for name, _ in tensors], [name for name, _ in own]
            if node.path != path or names[0] != names[1]:
                yield node, Numbers.none()
                return
            for (_, dimensions), (_, wanted) in zip(tensors, own, strict=True):
                same = Numbers.every()
                for dimension, number in zip(dimensions, wanted, strict=True):
                    same &= _equals(dimension, number)
                yield node, same

    def changed(self, node: Node, nodes: list[Node]) -> Problem:
        """Say that a layer would have other weights."""
        if len(nodes) != len(self.tensors):
            return Problem("E211", "other layers are built", node.place)
        now, own = (_shapes(tensors) for tensors in (_weights(node), self.tensors[node.index][1]))
        return Problem("E211", f"{node.path} has weights of {own}, and would need {now}", node.place)


def _add(refusals: dict[Any, Refusal], refusal: Refusal) -> None:
    """Keep a refusal, together with what the same layer refuses already; the smallest size's words are kept."""
    key = (refusal.problem.code, refusal.after)
    known = refusals.get(key)
    refusals[key] = refusal if known is None else Refusal(known.sizes | refusal.sizes, known.after, known.problem)


def _weights(node: Node) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple(node.layer.weights(*node.x).items())


def _shapes(tensors: tuple[tuple[str, tuple[Any, ...]], ...]) -> str:
    return "x".join(map(str, tensors[0][1])) if tensors else "none"


def _equals(dimension: Any, number: int) -> Numbers:
    if isinstance(dimension, Along):
        try:
            return holds(dimension.form, "==", number)
        except TooLong:
            return Numbers.only(dimension.path.n) if dimension.value == number else Numbers.none()
    return Numbers.every() if dimension == number else Numbers.none()


def _nothing_lost(nodes: list[Node]) -> Numbers:
    """Return the sizes at which no window of the main path leaves a row or column over."""
    found, seen = Numbers.every(), set()
    for node in nodes:
        if node.aux is not None or len(node.x) != 1 or (node.layer, node.x) in seen:
            continue
        seen.add((node.layer, node.x))
        for window, n in zip(node.layer.geometry(*node.x), node.x[0].sides, strict=False):
            if isinstance(window, Window) and window.stride != 1:
                found &= _equals(window.left_over(n), 0)
    return found
