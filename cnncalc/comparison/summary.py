"""The numbers of a network in one row: what `list` and `compare` print, computed once for each text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnncalc.claims.reader import Claims, Unreadable, read_claims
from cnncalc.library import stem
from cnncalc.loading import build
from cnncalc.loading.find import find
from cnncalc.network.network import Network
from cnncalc.numbers.arith import symbols_of
from cnncalc.problem import Problems
from cnncalc.record import Record
from cnncalc.spec.model import Spec, Variant


class Summary(Record):
    """One network; None where a number is not known, and all of them where the spec has problems."""

    name: str
    title: str
    family: str
    source: str
    year: int | None
    task: str
    input: str
    output: str
    params: int | None
    macs: int | None
    weight_layers: int | None
    weight_bytes: int | None
    activation_bytes: int | None
    receptive_field: int | None  # of the last layer with more than one position, along its longest side
    aux_params: int | None
    aux_macs: int | None
    top1: float | None
    top5: float | None
    ilsvrc_error: float | None
    accuracy_from: str  # where top1 or top5 is printed
    errata: int
    problems: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._fields}


NUMBERS = ("params", "macs", "weight_layers", "weight_bytes", "activation_bytes", "receptive_field")


def summarise(what: str, *, input: str | None = None, stdin: Callable[[], bytes] | None = None) -> Summary:
    """Compute the row of what a person names; raises Problems."""
    spec, variant, problems, _ = find(what, stdin)
    if problems:
        raise Problems(problems)
    return _row(spec, variant, stem(Path(spec.text.name)), build(spec, variant, input=input), read_claims(spec))


def summary_of(spec: Spec, variant: Variant | None, file: str, problems: int = 0) -> Summary:
    """Compute the row of a network of the library; a spec with problems has their number and no others."""
    try:
        network = build(spec, variant)
    except Problems as found:
        return _row(spec, variant, file, None, Claims([], []), problems + len(found.problems))
    try:
        return _row(spec, variant, file, network, read_claims(spec), problems)
    except Unreadable as found:
        return _row(spec, variant, file, network, Claims([], []), problems + len(found.problems))


def _row(
    spec: Spec, variant: Variant | None, file: str, network: Network | None, claims: Claims, problems: int = 0
) -> Summary:
    name = variant.name.text if variant else spec.name or file
    title, year = spec.text_of("title", variant) or name, spec.text_of("year", variant)
    task = spec.text_of("task", variant)
    head = (name, title, spec.text_of("title") or file, spec.text_of("source", variant), _whole(year), task)
    numbers: list[Any] = ["", "", *[None] * 8]
    if network is not None:
        report = network.report()
        totals, field = report.totals, report.receptive_field
        shapes = [*map(str, network.input_shapes().values())]
        outputs = [str(network.nodes[index].y) for index in network.outputs.values()]
        numbers = [
            ", ".join(shapes),
            ", ".join(outputs),
            totals.params,
            totals.macs,
            totals.weight_layers,
            totals.weight_bytes,
            totals.activation_bytes,
            field if symbols_of(field) or field else None,
            totals.aux_params,
            totals.aux_macs,
        ]
        numbers = [n if isinstance(n, (str, int)) else None for n in numbers]
    top1, from1 = accuracy(claims, name, "top1")
    top5, from5 = accuracy(claims, name, "top5")
    entry = claims.first(name, "ilsvrc_error")
    error = float(entry.number.value) if entry and entry.number else None
    errata = sum(1 for e in claims.errata if any(e.is_about(claim, name) for claim in claims.about(name)))
    values = (*head, *numbers, top1, top5, error, from1 or from5, errata, problems)
    return Summary(**dict(zip(Summary._fields, values, strict=True)))


def accuracy(claims: Claims, name: str, what: str) -> tuple[float | None, str]:
    """Return the first accuracy that is printed, else 100 less the first error, in percent; and where it is printed."""
    for key, sign in ((what, 1), (f"{what}_error", -1)):
        claim = claims.first(name, key)
        if claim and claim.number:
            value = claim.number.value if sign > 0 else 100 - claim.number.value
            return round(float(value), 3), ", ".join(filter(None, (claim.source, claim.where)))
    return None, ""


def _whole(year: str) -> int | None:
    return int(year) if year.isdecimal() and len(year) <= 4 else None
