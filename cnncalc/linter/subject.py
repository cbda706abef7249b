"""From a text to the networks of its variants, with every problem found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnncalc.expand import expand_known
from cnncalc.loading.expectations import only_expects, unexpected
from cnncalc.loading.find import CHAIN_ALONE
from cnncalc.loading.overrides import given_inputs
from cnncalc.network.network import Network
from cnncalc.problem import Place, Problem, Problems, Source, new_problems
from cnncalc.spec.model import Spec, Variant
from cnncalc.spec.read import read_chain, read_spec
from cnncalc.spec.text import read
from cnncalc.spec.tree import Node, Scalar

MOST_LAYERS = 1_000_000
MOST_STOPPED = 3
"""Limits on the layers of all variants, and on the variants that exceed a limit; beyond them none is built."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The parsed part of a text."""

    source: Source
    root: Node | None
    spec: Spec
    problems: tuple[Problem, ...]

    @property
    def start(self) -> Place:
        return Place(self.source, 1, 1)


@dataclass(frozen=True, slots=True)
class Built:
    """A variant (None for a file of one network) and its network; None where problems prevent it.

    `known` is the network, or the part of it before the first problem.
    """

    variant: Variant | None
    network: Network | None
    problems: tuple[Problem, ...]
    known: Network | None = None

    @property
    def name(self) -> str:
        return self.variant.name.text if self.variant else ""


def read_source(source: Source) -> Reading:
    """Parse as much of a text as possible; a chain alone may be written as papers and frameworks write its steps."""
    if CHAIN_ALONE.match(source.text):
        spec, found = read_chain(source.text, source.name)
        text = spec.text
        return Reading(text, Scalar(text, text.text, 0, len(text.text), None), spec, tuple(found))
    root, problems = read(source)
    spec, more = read_spec(root, source)
    return Reading(source, root, spec, (*problems, *more))


def read_sound(source: Source) -> Reading:
    """Parse a text; raises Problems."""
    reading = read_source(source)
    if reading.problems:
        raise Problems(reading.problems)
    return reading


def variants_of(reading: Reading, input: str | None = None) -> Iterator[Built]:
    """Build the network of every variant; `input` overrides the input of the spec."""
    spec = reading.spec
    layers = stopped = 0
    for variant in spec.variants.values() or [None]:
        if layers > MOST_LAYERS or stopped == MOST_STOPPED:
            message = f"{'more than ' if layers > MOST_LAYERS else ''}{layers:,} layers in the variants above"
            place = variant.name.place() if variant else reading.start
            yield Built(variant, None, (Problem("E112", message, place, "the rest is not looked at"),))
            return
        built = build(reading, variant, input)
        layers += len(built.network.nodes) if built.network else 0
        stopped += any(problem.code == "E112" for problem in built.problems)
        yield built


def build(reading: Reading, variant: Variant | None, input: str | None = None) -> Built:
    """Build the network of one variant, and check it against its expected numbers."""
    spec = reading.spec
    try:
        inputs = given_inputs(input, spec) if input is not None else {}
    except Problems as found:
        return Built(variant, None, tuple(found))
    network, problems, known = expand_known(spec, variant, inputs)
    problems = new_problems(reading.problems, problems)
    if network is not None and only_expects(spec, reading.problems) and not network.overridden:
        problems += unexpected(spec, variant, network)
    return Built(variant, network, tuple(problems), known)
