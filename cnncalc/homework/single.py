"""One question from the command line: a network, a quantity, an answer."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from cnncalc.homework.model import Conventions, Part
from cnncalc.homework.part_builder import Parts
from cnncalc.problem import NoAnswer, Source
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar

HERE = "<command line>"


def parts_for(
    what: str,
    asks: Mapping[str, str],
    *,
    layer: str | None = None,
    input: str | None = None,
    settings: Mapping[str, str] | None = None,
    conventions: Mapping[str, str] | None = None,
) -> list[Part]:
    """Return a part for each ask about a network; raises NoAnswer with every problem of the network and the asks."""
    reader = Parts(Source(HERE, what), None, [])
    said: dict[str, Scalar | Pairs] = {"network": _scalar(what)}
    if layer:
        said["layer"] = _scalar(layer)
    if input:
        said["input"] = _scalar(input)
    if settings:
        said["set"] = _pairs(settings)
    own = reader.conventions(_pairs(conventions), Conventions()) if conventions else Conventions()
    parts = []
    for id, ask in asks.items():
        part = reader.part(id, {**said, "ask": _scalar(ask)}, own, Fraction(1), said["network"])
        if reader.problems:
            raise NoAnswer(reader.problems)
        assert part is not None
        parts.append(part)
    return parts


def _scalar(text: str) -> Scalar:
    return Scalar(Source(HERE, text), text, 0, len(text), None)


def _pairs(given: Mapping[str, str]) -> Pairs:
    text = " ".join(f"{name}={value}" for name, value in given.items())
    source = Source(HERE, text)
    pairs: list[tuple[Scalar, Tree]] = []
    at = 0
    for name, value in given.items():
        middle = at + len(name) + 1
        key = Scalar(source, name, at, at + len(name), None)
        pairs.append((key, Scalar(source, value, middle, middle + len(value), None)))
        at = middle + len(value) + 1
    return Pairs(source, pairs, 0, len(text))
