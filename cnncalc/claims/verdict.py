"""Published values checked against the computed ones: they agree to the printed digits, or differ for a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from cnncalc.claims.quantities import QUANTITIES, Part
from cnncalc.claims.reader import Claim, Claims, Erratum
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.library import NotFound
from cnncalc.loading import load
from cnncalc.network.network import Network
from cnncalc.network.report import Report, Row
from cnncalc.problem import Problem, Problems, did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.spec.tree import Scalar

AGREES, DIFFERS, FACT = "agrees", "differs", "fact"
"""The result of a comparison; a fact, such as an accuracy, is not computed."""

Loader: TypeAlias = Callable[[str | None], Network]
"""Builds the network at its own input, or at another."""


class Finding(Record):
    """One printed value and the computed one."""

    claim: Claim
    computed: int | Fraction | str | None
    verdict: str
    erratum: Erratum | None = None
    complaint: str = ""  # the error in the erratum, or its absence

    @property
    def fine(self) -> bool:
        return not self.complaint

    @property
    def off(self) -> float | None:
        """The relative error of the printed number."""
        number = self.claim.number
        if number is None or self.computed is None or isinstance(self.computed, str) or self.verdict == AGREES:
            return None
        return number.off(self.computed)

    @property
    def like_printed(self) -> str:
        """The computed value with the digits and the unit of the printed one."""
        if self.claim.number is None or isinstance(self.computed, str):
            return str(self.computed)
        return "" if self.computed is None else self.claim.number.like(self.computed)


class Checked(Record):
    """All printed values of one network."""

    name: str
    title: str
    source: str
    findings: list[Finding]

    @property
    def fine(self) -> bool:
        """Whether every difference is recorded, and every record holds."""
        return all(finding.fine for finding in self.findings)


def check(name: str, title: str, source: str, claims: Claims, network: Loader) -> Checked:
    """Check all published values of a network against the computed ones; raises Problems for an unknown `at`."""
    reports: dict[str | None, Report] = {}
    findings, problems = [], []
    for claim in claims.about(name):
        errata = [erratum for erratum in claims.errata if erratum.is_about(claim, name)]
        quantity = QUANTITIES[claim.what]
        if quantity.of is None:
            stale = "an erratum for what is not computed here" if errata else ""
            findings.append(Finding(claim, None, FACT, next(iter(errata), None), stale))
            continue
        shape = claim.input.text if claim.input else None
        if shape not in reports:
            reports[shape] = network(shape).report()
        try:
            part = part_of(reports[shape], claim)
            if claim.than and quantity.compares:
                part.other = _other(claim.than)
        except Problems as found:
            problems += found.problems
            continue
        findings.append(_judged(claim, quantity.of(part), errata))
    if problems:
        raise Problems(problems)
    return Checked(name, title, source, findings)


def _judged(claim: Claim, computed: int | Fraction | str, errata: Sequence[Erratum]) -> Finding:
    erratum = next(iter(errata), None)
    if isinstance(computed, str) or claim.number is None:
        agrees = _bare(claim.printed.text) == _bare(str(computed))
    else:
        agrees = claim.number.agrees(computed)
    if agrees:
        stale = "the erratum is stale: the value agrees" if erratum else ""
        return Finding(claim, computed, AGREES, erratum, stale)
    if erratum is None:
        return Finding(claim, computed, DIFFERS, None, "no erratum records this")
    if len(errata) > 1:
        return Finding(claim, computed, DIFFERS, erratum, f"{len(errata)} errata are about this value")
    number = claim.number
    untrue = erratum.kind == "truncated" and not (
        number and not isinstance(computed, str) and number.truncates(computed)
    )
    return Finding(claim, computed, DIFFERS, erratum, "the erratum says truncated, and it is not" if untrue else "")


def _bare(shape: str) -> str:
    """Return a shape as a vector where it has a single position: papers write 1x1x1000 for 1000."""
    parts = shape.replace("×", "x").split("x")
    return parts[-1] if set(parts[:-1]) <= {"1"} else "x".join(parts)


def part_of(report: Report, claim: Claim) -> Part:
    """Resolve the subject of a value: a layer, a named group, an input, or all layers of a kind (`conv 1x1`)."""
    if claim.at is None:
        return Part(report, report.rows, True)
    at, network = claim.at.text, report.network
    if at in network.inputs:
        return Part(report, [], False, network.nodes[network.inputs[at]].y)
    rows = [row for row in report.rows if row.path == at or row.path.startswith(f"{at}.")]
    if any(row.node.aux is None for row in rows):
        rows = [row for row in rows if row.node.aux is None]
    rows = rows or [row for row in report.rows if _is_a(row, at)]
    if not rows:
        levels = dict.fromkeys(path for row in report.rows for path in _levels(row.path))
        hint = did_you_mean(at, levels) or "a path as `cnncalc show` prints it, or a kind and a kernel as in `conv 1x1`"
        message = f"{network.name} has no layer {quoted(at)}"
        raise Problems([Problem("E109", message, claim.at.place(), hint)])
    return Part(report, rows, False)


def _other(name: Scalar) -> Report:
    """Return the report of the network that a value is compared with; raises Problems at its name."""
    try:
        found: Report = load(name.text).report()
    except NotFound as missing:
        raise Problems([replace(problem, place=name.place()) for problem in missing.problems]) from None
    return found


def _levels(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _is_a(row: Row, words: str) -> bool:
    """Return whether a layer of the main path is of a kind and, where one is given, has a kernel: `conv 1x1`."""
    word, _, kernel = words.partition(" ")
    kind = SYNONYMS[word].kind if word in SYNONYMS else word
    if kind not in KINDS or row.kind != kind or row.node.aux is not None:
        return False
    return not kernel or "x".join(map(str, row.node.layer.__dict__.get("kernel", ()))) == kernel.strip()
