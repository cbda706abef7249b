"""Annotation: the computed shape after each named top-level item, written as a shape check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnncalc.linter.finding import Edit
from cnncalc.linter.fixes import edited, layers
from cnncalc.linter.subject import read_sound, variants_of
from cnncalc.network.network import Network
from cnncalc.problem import Place, Problem, Problems, Source, index_of
from cnncalc.shape import Shape
from cnncalc.spec.chain import Check, Step
from cnncalc.spec.expression import Literal, Wildcard
from cnncalc.spec.model import Chain, Item, Items, Named, Spec
from cnncalc.spec.tree import Scalar


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text with its checks, and the names of items that cannot have one because they do not end in a chain."""

    text: str
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The location for the check of a named item, and its existing numeric check; `end` is after the last step."""

    name: Scalar
    item: Item
    chain: Chain | None
    check: Check | None


def annotated(source: Source) -> Annotated:
    """Return a text in which every named item of the top level ends in its shape; raises Problems of the text.

    Where variants differ, a number that is not the same for all is `_`. Checks with letters or expressions say more
    than numbers, and stay.
    """
    ends = [*_ends(read_sound(source).spec)]
    bare = Source(source.name, edited(source.text, (edit for end in ends for edit in _removed(end))))
    reading = read_sound(bare)
    networks: list[Network] = []
    for built in variants_of(reading):
        problems = [problem for problem in built.problems if problem.code != "E206"]
        if built.network is None or problems:
            raise Problems(_elsewhere(problems, source))
        networks.append(built.network)
    added = []
    for end in _ends(reading.spec):
        shape = _common([*_outputs(networks, end.item)])
        if shape and end.chain is not None and not _says_more(end.chain):
            at = _end_of(end.chain)
            added.append(Edit(at, at, f" -> {shape}"))
    text = edited(bare.text, added)
    if text != source.text and not _builds(text, networks):
        place = Place(source, 1, 1)
        raise Problems([Problem("E112", "checks would change the network, so nothing is written", place)])
    return Annotated(text, tuple(end.name.text for end in ends if end.chain is None))


def _builds(text: str, networks: Sequence[Network]) -> bool:
    """Return whether the variants of a text are these networks."""
    variants = [built.network for built in variants_of(read_sound(Source("", text)))]
    return len(variants) == len(networks) and all(
        after is not None and [*layers(before)] == [*layers(after)]
        for before, after in zip(networks, variants, strict=True)
    )


def _elsewhere(problems: list[Problem], source: Source) -> Iterator[Problem]:
    """Yield problems of the text without its checks at their places in the text itself; lines are the same in both."""
    for problem in problems:
        place = problem.place
        here = place and Place(source, place.line, place.column, place.length)
        yield Problem(problem.code, problem.message, here, problem.hint, problem.calls, problem.more)


def _ends(spec: Spec) -> Iterator[End]:
    """Yield the end of every named item of the top level."""
    items = spec.layers.items if isinstance(spec.layers, Items) else (spec.layers,)
    for item in items:
        if isinstance(item, Named):
            chain = _last_chain(item.item)
            last = chain.steps[-1] if chain and len(chain.steps) > 1 else None
            numeric = isinstance(last, Check) and chain is not None and _is_numeric(last, chain)
            yield End(item.name, item.item, chain, last if numeric and isinstance(last, Check) else None)


def _is_numeric(check: Check, chain: Chain) -> bool:
    """Return whether a check consists of numbers and `_`, outside of brackets."""
    plain = all(isinstance(part, (Literal, Wildcard)) for part in check.size.parts)
    return plain and ")" not in chain.text.text[check.start :]


def _last_chain(item: Item) -> Chain | None:
    while isinstance(item, (Items, Named)):
        item = item.items[-1] if isinstance(item, Items) else item.item
    return item if isinstance(item, Chain) else None


def _says_more(chain: Chain) -> bool:
    """Return whether a chain ends in a check that is kept."""
    return isinstance(chain.steps[-1], Check)


def _removed(end: End) -> Iterator[Edit]:
    """Yield the edit that removes the numeric check and its arrow from the end of a chain."""
    if end.chain is not None and end.check is not None:
        before = _end(end.chain.text, end.chain.steps[-2])
        yield Edit(before, _end(end.chain.text, end.check), "")


def _end_of(chain: Chain) -> int:
    return _end(chain.text, chain.steps[-1])


def _end(text: Scalar, step: Step) -> int:
    """Return the index in the source behind a step, and behind the bracket that closes a group after it."""
    last = step.start + step.length
    while text.text[last:].lstrip().startswith(")"):
        last = text.text.index(")", last) + 1
    return index_of(text.place(last - 1, 1)) + 1


def _outputs(networks: list[Network], item: Item) -> Iterator[Shape]:
    for network in networks:
        yield from (group.output for group in network.root.children if group.item is item and group.output is not None)


def _common(shapes: list[Shape]) -> str:
    """Write the common part of shapes: numbers, and `_` where they differ; empty if there is none."""
    if not shapes or len({len(shape.hwc) for shape in shapes}) > 1:
        return ""
    columns = zip(*(shape.hwc for shape in shapes), strict=True)
    parts = [str(c[0]) if len(set(c)) == 1 and isinstance(c[0], int) else "_" for c in columns]
    return "" if set(parts) == {"_"} else "x".join(parts)
