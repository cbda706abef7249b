"""A grid of configurations: its variables with their values, and its blocks."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Any

from cnncalc.problem import Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.expression import ExpressionError, ListOf, Name
from cnncalc.spec.model import Formula, Given, Spec
from cnncalc.spec.parse import parse_value
from cnncalc.spec.tree import Scalar, place_of

BLOCK = 1 << 16
"""The most configurations of one block."""
BATCH = "batch"
LONGEST = 1 << 13
"""The most values of one variable in a block: of every layer some numbers are kept for each."""

_RANGE = re.compile(r"(\d+)\.\.(\d+)(?::(\d+))?")
_DECIMALS = re.compile(r"(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_WHOLE = re.compile(r"\d+")
_RANGE_OTHERWISE = re.compile(r"\s*(\d+)\s*(?:-|\.\.\.|…| to |:)\s*(\d+)\s*(?::\s*(\d+)\s*)?")
_CALL_OF_RANGE = re.compile(r"\s*range\((\d+),\s*(\d+)(?:,\s*(\d+))?\)\s*")
_STEP_OTHERWISE = re.compile(r"\s*(\d+)\.\.(\d+)\.\.(\d+)\s*")
"""A range as it is written elsewhere: 16-32, 16...32, range(16, 32, 8), 16..32..8."""
OTHERWISE = (_RANGE_OTHERWISE, _CALL_OF_RANGE, _STEP_OTHERWISE)
MOST_IMAGES = 10**9
MOST_DECIMALS = 10_000
"""The most values of one range of fractions, which are walked one by one."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A variable and its values: whole numbers, which are computed as arrays, or others, one by one."""

    name: str
    values: Sequence[Any]
    whole: bool
    repeated: tuple[str, ...] = ()  # values that were given twice, and are taken once

    def text(self, index: int) -> Any:
        """Return a value as a table shows it."""
        value = self.values[index]
        return value.text.text if isinstance(value, Formula) else value


@dataclass(frozen=True, slots=True)
class Grid:
    """All combinations of the axes' values, the last axis running fastest."""

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        return prod(self.shape)

    def cut(self) -> tuple[int, int]:
        """Return the axis that blocks are cut along, and how many of its values one block takes.

        Axes behind it go whole into every block, of those before it one value.
        """
        inner = 1
        for axis in range(len(self.axes) - 1, -1, -1):
            if inner * self.shape[axis] > BLOCK or self.shape[axis] > LONGEST:
                return axis, max(1, min(BLOCK // inner, LONGEST))
            inner *= self.shape[axis]
        return 0, self.shape[0]

    @property
    def blocks(self) -> int:
        axis, step = self.cut()
        return prod(self.shape[:axis]) * -(-self.shape[axis] // step)

    def block(self, number: int) -> tuple[range, ...]:
        """Return the indices of a block along each axis; blocks follow each other as the configurations do."""
        axis, step = self.cut()
        outer, place = divmod(number, -(-self.shape[axis] // step))
        ranges = [range(place * step, min((place + 1) * step, self.shape[axis]))]
        ranges += [range(length) for length in self.shape[axis + 1 :]]
        for length in reversed(self.shape[:axis]):
            outer, index = divmod(outer, length)
            ranges.insert(0, range(index, index + 1))
        return tuple(ranges)


def read_grid(settings: Sequence[str], spec: Spec) -> Grid:
    """Read `width=16..128:8`, `growth=12,24,32`, `input=128..320:32`, `act=relu,silu`. Raises Problems."""
    axes: list[Axis] = []
    problems: list[Problem] = []
    known = varied(spec)
    for setting in settings:
        source = Source("--vary", setting)
        left, equals, text = setting.partition("=")
        name = left.strip()
        if not equals or not text.strip():
            hint = "as in width=16..128:8, growth=12,24,32 or input=128..320:32"
            problems.append(
                Problem("E105", f"{quoted(setting)} has no values", place_of(source, 0, len(setting)), hint)
            )
        elif name not in known:
            problems.append(no_var(name, source, 0, spec))
        elif any(axis.name == name for axis in axes):
            problems.append(Problem("E102", f"{name} is varied twice", place_of(source, 0, len(name))))
        else:
            try:
                axis = _axis(name, text, source)
                if is_batch(name, spec):
                    _judge_batch(axis, text)
                if axis.whole and no_number(_own(spec, name), spec.vars) == "a list":
                    raise ExpressionError("E105", f"{name} is a list, not a number", 0, len(text), "as in [1,2],[3,4]")
                axes.append(axis)
            except ExpressionError as error:
                place = place_of(source, len(left) + 1 + error.start, error.length)
                problems.append(Problem(error.code, error.message, place, error.hint))
    if problems:
        raise Problems(problems)
    return Grid(tuple(axes))


def _judge_batch(axis: Axis, text: str) -> None:
    """Raise ExpressionError for a batch that cannot be."""
    whole = [value for value in axis.values if isinstance(value, int)] if axis.whole else []
    if not whole or min(whole) < 1 or max(whole) > MOST_IMAGES:
        reason = f"{quoted(text, 40)} is no batch: it has 1 to {MOST_IMAGES:,} images"
        raise ExpressionError("E124", reason, 0, len(text), "as in batch=1..64")


def varied(spec: Spec) -> tuple[str, ...]:
    """Return what can be varied: the input's size, the batch, vars."""
    return tuple(dict.fromkeys(("input", BATCH, *spec.vars)))


def is_batch(name: str, spec: Spec) -> bool:
    """Return whether a name stands for the batch: a var of that name comes first."""
    return name == BATCH and BATCH not in spec.vars


def no_var(name: str, source: Source, start: int, spec: Spec) -> Problem:
    """Return what is said of a name that is no var."""
    vars_ = ", ".join(spec.vars) or "none"
    hint = did_you_mean(name, varied(spec)) or f"its vars are {vars_}, and there are input and batch"
    return Problem("E109", f"there is no var {quoted(name)}", place_of(source, start, len(name)), hint)


def _own(spec: Spec, name: str) -> Any:
    """Return a var as the text gives it."""
    return spec.vars[name][1] if name in spec.vars else None


def no_number(own: Any, names: Container[str]) -> str | None:
    """Say what a var is that is no number, as the text gives it: a list, yes or no, a word that is no name."""
    tree = getattr(own, "tree", None)
    if isinstance(own, tuple) or isinstance(tree, ListOf):
        return "a list"
    word = isinstance(tree, Name) and tree.name not in names
    literal: str | None = own.text.text if word or isinstance(getattr(tree, "value", 0), bool) else None
    return literal


def _axis(name: str, text: str, source: Source) -> Axis:
    match = _RANGE.fullmatch(text.strip())
    if match:
        first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
        if step < 1 or last < first:
            hint = f"write {last}..{first}" if last < first else "as in 16..128:8"
            raise ExpressionError("E105", f"{text} has no numbers", 0, len(text), hint)
        return Axis(name, range(first, last + 1, step), True)
    values: list[Any] = []
    at = 0
    for part in re.split(r",(?![^\[]*\]|[^(]*\))", text):
        values.extend(_values(part, at, source))
        at += len(part) + 1
    whole = all(isinstance(value, int) for value in values)
    if name == "input" and not whole:
        sizes = re.findall(r"(\d+)(?:x\d+)+", text)
        hint = f"write input={','.join(sizes)}" if sizes else "as in input=128..320:32"
        raise ExpressionError("E105", "a side of the input is a whole number", 0, len(text), hint)
    if not whole:
        values = [_formula(str(value), source) if isinstance(value, int) else value for value in values]
    texts = [value.text.text if isinstance(value, Formula) else str(value) for value in values]
    once = dict(zip(reversed(texts), reversed(values), strict=True))
    repeated = (
        dict.fromkeys(text for i, text in enumerate(texts) if text in texts[:i]) if len(once) < len(texts) else ()
    )
    return Axis(name, tuple(once[text] for text in dict.fromkeys(texts)), whole, tuple(repeated))


def _values(part: str, at: int, source: Source) -> list[Any]:
    match = _RANGE.fullmatch(part.strip())
    if match:
        return [*range(int(match[1]), int(match[2]) + 1, int(match[3] or 1))]
    decimals = _DECIMALS.fullmatch(part)
    if decimals:
        return _decimals(part, at, source, *map(Decimal, decimals.groups()))
    if _WHOLE.fullmatch(part.strip()):
        return [int(part)]
    if not part.strip():
        raise ExpressionError("E105", "a value is missing here", at, 1)
    if meant := next(filter(None, (way.fullmatch(part) for way in OTHERWISE)), None):
        hint = f"write {meant[1]}..{meant[2]}{f':{meant[3]}' if meant[3] else ''}"
        raise ExpressionError("E105", f"a range is written with .., not {quoted(part)}", at, len(part), hint)
    try:
        return [_formula(part, source)]
    except ExpressionError as error:
        better = error.hint or ("a range has numbers, as in 16..128:8" if ".." in part else None)
        raise ExpressionError(error.code, error.message, at + error.start, error.length, better) from None


def _decimals(part: str, at: int, source: Source, first: Decimal, last: Decimal, step: Decimal) -> list[Any]:
    """Return the fractions of a range, exactly as a person would write them."""
    if step <= 0 or last < first:
        raise ExpressionError("E105", f"{part} has no numbers", at, len(part), "as in 0.25..1.5:0.25")
    count = int((last - first) / step) + 1
    if count > MOST_DECIMALS:
        raise ExpressionError("E112", f"{count:,} fractions are more than {MOST_DECIMALS:,}", at, len(part))
    return [_formula(format((first + i * step).normalize(), "f"), source) for i in range(count)]


def _formula(text: str, source: Source) -> Given:
    return Formula(Scalar(source, text, 0, len(text), None), parse_value(text))
