"""Suggested fixes of problems: hints found by trying changes, and fixes for problems with one remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from cnncalc.expand import expand
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.base import Layer
from cnncalc.linter.finding import Edit, Finding, Fix
from cnncalc.linter.mentions import parts_of
from cnncalc.linter.subject import Built, Reading, build, read_source
from cnncalc.loading.overrides import given_inputs
from cnncalc.problem import Place, Problem, Source, index_of
from cnncalc.spec.chain import Call
from cnncalc.spec.expression import ExpressionError, Literal
from cnncalc.spec.model import Chain, Spec
from cnncalc.spec.parse import parse_size
from cnncalc.spec.tree import Scalar

LARGEST_INPUT = 4096
MOST_TRIALS = 40
MOST_BRANCH_LINES = 40
"""Bounds of the changes that are tried."""


def improved(built: Built, reading: Reading, input: str | None, tried: set[str]) -> Iterator[Problem]:
    """Yield the problems of a variant, the first of its kind with a hint found by trying changes."""
    for problem in built.problems:
        hint: str | None = None
        if problem.code not in tried and problem.code in ("E201", "E204"):
            tried.add(problem.code)
            small = problem.code == "E201"
            hint = _smallest_input(built, reading) if small else _mending_step(problem, built, reading, input)
        if problem.code == "E202" and (misread := _misread_input(built, reading)):
            hint = misread
        if hint:
            both = problem.code == "E201" and problem.hint
            problem = replace(problem, hint=f"{problem.hint}; {hint}" if both else hint)
        yield problem


# An input that is too small.


def _smallest_input(built: Built, reading: Reading) -> str | None:
    """Return the smallest input, square or in the present proportions, for which no kernel is too large."""
    if len(reading.spec.inputs) > 1:
        return None
    scalar = built.variant.input if built.variant and built.variant.input else reading.spec.inputs.get("input")
    sides, channels = _shape(scalar) if scalar else ([], 0)
    if not sides:
        return None

    def written(n: int) -> str:
        grown = [n] * len(sides) if len(set(sides)) == 1 else [max(n, side) for side in sides]
        return "x".join(map(str, (*grown, channels)))

    def fits(n: int) -> bool:
        inputs = given_inputs(written(n), reading.spec)
        network, problems = expand(reading.spec, built.variant, inputs)
        return network is not None or not any(problem.code == "E201" for problem in problems)

    low, high = min(sides), 2 * min(sides)
    while high <= LARGEST_INPUT and not fits(high):
        low, high = high, 2 * high
    if high > LARGEST_INPUT:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return f"the smallest input that fits is {written(high)}"


def _shape(scalar: Scalar) -> tuple[list[int], int]:
    try:
        size = parse_size(scalar.text.strip())
    except ExpressionError:
        return [], 0
    numbers = [part.value for part in size.parts if isinstance(part, Literal)] if size else []
    return (numbers[:-1], numbers[-1]) if size and len(numbers) == len(size.parts) else ([], 0)


_WITH_BATCH = re.compile(r"(?:\d+|[A-Z])x(\d+)x(\d+)x(\d+)")


def _misread_input(built: Built, reading: Reading) -> str | None:
    """Return the correct form of an input with a batch dimension, or without channels."""
    scalar = built.variant.input if built.variant and built.variant.input else reading.spec.inputs.get("input")
    text = scalar.text.strip() if scalar else ""
    if batch := _WITH_BATCH.fullmatch(text):
        one, two, three = batch.groups()
        image = f"{two}x{three}x{one}" if int(one) < 5 <= int(three) else f"{one}x{two}x{three}"
        return f"if {text} includes the batch, write {image}: shapes have no batch, and channels come last"
    sides = text.split("x")
    if len(sides) == 2 and sides[0] == sides[1]:
        return f"{text} is a sequence of length {sides[0]} with {sides[1]} channels; an image is {text}x3"
    return None


# Branches that do not fit.


def _mending_step(problem: Problem, built: Built, reading: Reading, input: str | None) -> str | None:
    """Return the padding or stride that makes the branches of a merge fit, by trying changes near it."""
    place = problem.place
    if place is None or place.source is not reading.source:
        return None
    before = _telling(built.problems)
    for trials, (edit, what) in enumerate(_candidates(reading, place)):
        if trials == MOST_TRIALS:
            return None
        text = f"{reading.source.text[: edit.start]}{edit.text}{reading.source.text[edit.end :]}"
        other = read_source(Source(reading.source.name, text))
        variant = other.spec.variants.get(built.name) if built.variant else None
        after = _telling(build(other, variant, input).problems)
        if not other.problems and ("E204", place.line) not in after and after < before:
            return f"{what} would make them equal"
    return None


def _telling(problems: Iterable[Problem]) -> set[tuple[str, int]]:
    return {(p.code, p.place.line if p.place else 0) for p in problems if p.code != "E206"}


class Step(NamedTuple):
    """A step with a window near a merge: how far, on which line, in which block."""

    distance: int
    line: int
    text: Scalar
    call: Call
    kind: type[Layer]
    parameters: frozenset[str]


def _candidates(reading: Reading, place: Place) -> Iterator[tuple[Edit, str]]:
    """Yield edits of the padding and strides of the steps around a merge, the most likely first."""
    steps = sorted(_steps(reading.spec, place), key=lambda step: step[:2])
    likely: list[list[tuple[Edit, str]]] = [[], [], [], []]
    for step in steps:
        for rank, field, value in _values(step):
            likely[rank].append((_edit(step, field, value), f"{field}={value} in {step.call.name} at line {step.line}"))
    return chain.from_iterable(likely)


def _steps(spec: Spec, place: Place) -> Iterator[Step]:
    """Yield the steps with a window near a location, in layers or in a block."""
    bodies = [(spec.layers, frozenset[str]())]
    bodies += [(block.body, frozenset(p.name for p in block.parameters)) for block in spec.blocks.values()]
    for body, parameters in bodies:
        for item in parts_of(body):
            for call in parts_of(item.steps) if isinstance(item, Chain) else ():
                kind = KINDS.get(call.name) or SYNONYMS.get(call.name) if isinstance(call, Call) else None
                if kind is not None and "kernel" in kind.fields:
                    line = item.text.place(call.start, 1).line
                    if abs(line - place.line) <= MOST_BRANCH_LINES:
                        yield Step(abs(line - place.line), line, item.text, call, kind, parameters)


def _values(step: Step) -> Iterator[tuple[int, str, str]]:
    """Yield changes to try in a step: rank, field, value."""
    given = {argument.field for argument in step.call.arguments}
    names = [*step.kind.fields]
    strides = ("1", "2") if "pool" in step.kind.kind else ("2",)
    for field, usual in (("pad", ("1", "2", "3")), ("stride", strides)):
        if field not in names or names.index(field) < sum(argument.field is None for argument in step.call.arguments):
            continue  # a positional argument has no location of its own
        if field not in given:
            if field in step.parameters:
                yield 0, field, field
            for rank, value in enumerate(usual, 1):
                yield min(rank, 2), field, value
        else:
            for value in ("1", "2", "3", "0")[: 4 if field == "pad" else 2]:
                yield 3, field, value


def _edit(step: Step, field: str, value: str) -> Edit:
    """Return the edit that sets a field of a step."""
    part = next((argument.value for argument in step.call.arguments if argument.field == field), None)
    if part is not None:
        start = index_of(step.text.place(part.start, part.length))
        return Edit(start, start + part.length, value)
    end = index_of(step.text.place(step.call.start + step.call.length - 1, 1)) + 1
    return Edit(end, end, f" {field}={value}")


# Fixes.

NO_DILATION = "dilation must be at least 1, not 0"
_ONE_WORD = re.compile(r"did you mean '([^']+)'\?")
_COMPUTED = re.compile(r"(\S+) (?:comes|came) ")
_TOTAL = re.compile(r"\w+ is ([\d,]+|[\dx]+), expected ")


def with_fixes(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with fixes for the problems that have one remedy; all of them change the network."""
    return [_with_fix(f) if f.severity == "error" and not f.variants else f for f in findings]


def _with_fix(finding: Finding) -> Finding:
    fix = _fix(finding)
    hint = f"{fix.message} if that is meant" if fix and finding.code in ("E205", "E206") else None
    return replace(finding, fix=fix, hint=finding.hint or hint)


def _fix(finding: Finding) -> Fix | None:
    text: str | None = None
    if finding.code in ("E103", "E108", "E109", "E111") and finding.hint:
        match = _ONE_WORD.fullmatch(finding.hint)
        text = match[1] if match else None
    elif finding.code == "E205" and not finding.calls:
        match = _COMPUTED.match(finding.message)
        text = match[1] if match else None
    elif finding.code == "E206":
        match = _TOTAL.match(finding.message)
        text = match[1].replace(",", "") if match else None
    elif finding.message == NO_DILATION:
        text = "1"
    if not text:
        return None
    start = index_of(finding.place)
    return Fix(f"write {text}", (Edit(start, start + finding.place.length, text),))
