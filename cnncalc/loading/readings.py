"""The network of a spec with its shapes as they are written, and as they may be meant."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import process_time

from cnncalc.expand import expand
from cnncalc.network.network import Network
from cnncalc.problem import Problem, ShapeWarning
from cnncalc.shape import Shape
from cnncalc.spec.model import Given, Spec, Variant
from cnncalc.spec.shape_readings import (
    FIRST,
    ShapeReading,
    flattened,
    is_listed,
    likely,
    parts_of,
    turned,
    turned_input,
)
from cnncalc.spec.tree import Scalar


class Readings:
    """The network of a spec with its shapes as they are written, and with them as they may be meant."""

    def __init__(
        self,
        spec: Spec,
        variant: Variant | None,
        inputs: Mapping[str, Scalar],
        values: Mapping[str, Given],
        layout: str,
    ) -> None:
        self.spec, self.variant, self.inputs, self.values = spec, variant, inputs, values
        self.layout = layout if inputs or spec.is_chain else "hwc"  # files are in the language's own order
        own = variant.input if variant and not inputs else None
        self.shapes = own or next(iter((inputs or spec.inputs).values()), None)

    def written(self) -> tuple[Network | None, list[Problem]]:
        """Expand the spec with its shapes as they are written, in the order of the layout."""
        if self.layout == "chw":
            return self.turned(FIRST)
        return expand(self.spec, self.variant, self.inputs, self.values)

    def turned(self, reading: ShapeReading) -> tuple[Network | None, list[Problem]]:
        """Expand the spec with its shapes as a reading has them; where an input is given, only that one."""
        if self.inputs:
            inputs = {name: turned_input(scalar, reading) for name, scalar in self.inputs.items()}
            spec = flattened(self.spec, self.inputs[next(iter(inputs))]) if reading.flatten else self.spec
            return expand(spec, self.variant, inputs, self.values)
        spec = turned(self.spec, reading)
        variant = spec.variants[self.variant.name.text] if self.variant else None
        return expand(spec, variant, {}, self.values)

    def other(self, network: Network | None, problems: list[Problem]) -> tuple[Network | None, list[Problem]] | None:
        """Return what another reading makes of the result: a warning, a better remedy, or its network.

        The network is taken as it is written, with a warning and the other one; of a tuple as Python prints it, whose
        order is not ours, the likelier reading is taken. None when there is no other reading.
        """
        if self.shapes is None or (network is None and not any(p.code.startswith("E2") for p in problems)):
            return None
        text = self.shapes.text.strip()
        for reading in likely(text, fits=network is not None, layout=self.layout):
            other, _ = self.turned(reading)
            if other is None and reading.checks:  # those of `Conv2d(3, …)` have the channels last already
                other, _ = self.turned(reading._replace(checks=False))
            if other is None:
                continue
            parts = reading.turn(parts_of(text))
            shape = "x".join(map(str, parts if self.layout == "hwc" else (parts[-1], *parts[:-1])))
            if is_listed(self.shapes) and self.layout == "hwc":
                other.remarks = (f"{text} is read as {shape}, {reading.name}", *other.remarks)
                return other, []
            if network is None:
                remedy = reading.remedy.format(shape=shape, batch=parts_of(text)[0])
                return None, _with_remedy(problems, remedy)
            network.other_reading = other
            network.warning = _warning(text, network, other, reading, shape)
            warnings.warn(network.warning, ShapeWarning, stacklevel=4)
            return network, problems
        return None

    def with_sides(self, problems: list[Problem]) -> list[Problem]:
        """Return the problems of an input that is one number, though the spec's own has sides and channels."""
        own = self.variant.input if self.variant and self.variant.input else next(iter(self.spec.inputs.values()), None)
        given = next(iter(self.inputs.values()), None)
        if own is None or given is None or not given.text.strip().isdigit() or len(parts_of(own.text.strip())) < 2:
            return problems
        if not any(problem.code == "E202" for problem in problems):
            return problems
        *sides, channels = parts_of(own.text.strip())
        return _with_remedy(problems, f"write {'x'.join([*[given.text.strip()] * len(sides), channels])}")

    def with_size(self, problems: list[Problem]) -> list[Problem]:
        """Return the problems of merges that do not fit, with the nearest input that would work, where one is found.

        Sizes that halve without a remainder are tried, for a tenth of a second of work at most.
        """
        parts = parts_of(self.shapes.text.strip()) if self.shapes else []
        if self.shapes is None or len(parts) < 3 or not all(map(str.isdigit, parts)) or len(self.spec.inputs) > 1:
            return problems
        *sides, channels = map(int, parts)
        tried = {tuple(max(m, (side + up) // m * m) for side in sides) for m in MULTIPLES for up in (0, m - 1)}
        began, name = process_time(), next(iter(self.spec.inputs), "input")
        for size in sorted(
            tried - {tuple(sides)}, key=lambda size: sum(abs(a - b) for a, b in zip(size, sides, strict=True))
        ):
            if process_time() - began > LONGEST_SEARCH:
                break
            shape = "x".join(map(str, (*size, channels)))
            given = Scalar(self.shapes.source, shape, self.shapes.start, self.shapes.end, None)
            if expand(self.spec, self.variant, {name: given}, self.values)[0] is not None:
                index = next(i for i, problem in enumerate(problems) if problem.code == "E204")
                remedy = f"an input of {shape} would work; `cnncalc sizes` lists all sizes that do"
                return [*problems[:index], replace(problems[index], hint=remedy), *problems[index + 1 :]]
        return problems


def warn_of_readings(
    spec: Spec, variant: Variant | None, values: Mapping[str, Given] | None = None
) -> tuple[str, list[Spec]] | None:
    """Warn of a shape that may be meant in another way, where no network is built of the spec as it stands.

    Returns the shape as it is then written, and the spec with it, its shape checks turned alike and as they stand; None
    where there is no other reading.
    """
    readings = Readings(spec, variant, {}, values or {}, "hwc")
    text = readings.shapes.text.strip() if readings.shapes else ""
    reading = next(likely(text, fits=True), None)
    if reading is None:
        return None
    *sides, channels = parts = parts_of(text)
    meant = "x".join(map(str, reading.turn(parts)))
    network, problems = readings.written()
    if network is None:
        message = f"{text} is read as {_described(sides, channels)}; {reading.name} is written {meant}"
        warnings.warn(message, ShapeWarning, stacklevel=2)
    elif readings.other(network, problems) is None:
        return None
    return meant, [turned(spec, reading), turned(spec, reading._replace(checks=False))]


def _described(sides: Sequence[object], channels: object) -> str:
    """Name the sides and the channels of a shape."""
    return f"{SIDES[len(sides)].format(*sides)} and {channels} channel{'' if channels in (1, '1') else 's'}"


MULTIPLES = (2, 4, 8, 16, 32, 64)
LONGEST_SEARCH = 0.08
"""Seconds of work after which no further size is tried."""


def _with_remedy(problems: list[Problem], remedy: str) -> list[Problem]:
    """Return problems, the first that a shape causes with another remedy."""
    index = next(i for i, problem in enumerate(problems) if problem.code.startswith("E2"))
    return [*problems[:index], replace(problems[index], hint=remedy), *problems[index + 1 :]]


def _warning(text: str, network: Network, other: Network, reading: ShapeReading, shape: str) -> str:
    """Say how a shape is read and how it may be meant, with a number that differs between the two."""
    read = next(iter(network.input_shapes().values()))
    *sides, channels = read.hwc
    own, others = network.report().totals, other.report().totals
    for name, label in (("params", "params"), ("macs", "MACs")):
        numbers = getattr(own, name), getattr(others, name)
        if numbers[0] != numbers[1]:
            written, meant = (
                f"{number:,} {label}" if isinstance(number, int) else f"{number} {label}" for number in numbers
            )
            break
    else:
        written, meant = (f"output {next(iter(_outputs(each)))}" for each in (network, other))
    shape += " -> flatten" if reading.flatten else ""
    return f"{text} is read as {_described(sides, channels)}: {written}; {reading.name} is written {shape}: {meant}"


SIDES = {
    0: "no sides",
    1: "length {}",
    2: "height {}, width {}",
    3: "depth {}, height {}, width {}",
}


def _outputs(network: Network) -> Iterator[Shape]:
    return (network.nodes[index].y for index in network.outputs.values())
