"""Evaluate a grid of configurations, block by block, as arrays through the same rules as the report.

A block is a box of the grid. One walk gives the totals of all its configurations that take the same way through the
text; where they part (`lanes.Split`), the box is cut and each part walked by itself. A block's result depends on the
task and its number alone, so that any engine may compute it, and one that was written need not be computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from cnncalc.algebra.grid import Axis, Grid, is_batch
from cnncalc.algebra.quantities import PEAK, QUANTITIES, RECEPTIVE, SAVED, Condition
from cnncalc.algebra.unknowns import Impatient
from cnncalc.expand.check import Checker
from cnncalc.expand.journal import Stop
from cnncalc.expand.names import Here
from cnncalc.expand.whole import NetworkWalk
from cnncalc.network.memory import Iteration, Options, training_of
from cnncalc.network.network import Network
from cnncalc.network.report import Report, counted
from cnncalc.numbers.arith import Undecided, symbols_of
from cnncalc.numbers.arrays import Array, Beyond, Lanes, Overflow, Split, Terms, total
from cnncalc.problem import NoAnswer, Problem, Source
from cnncalc.shape import Shape
from cnncalc.spec import calculate
from cnncalc.spec.expression import Literal
from cnncalc.spec.model import Formula, Given, Spec, Variant
from cnncalc.spec.tree import Scalar


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that decides a sweep's result, and nothing else."""

    spec: Spec
    variant: Variant | None
    settings: Mapping[str, Given]
    grid: Grid
    quantities: tuple[str, ...]
    where: str | None = None
    sort: str | None = None
    descending: bool = False
    top: int | None = None
    pareto: tuple[str, ...] = ()
    training: Options = field(default_factory=Options)  # how it is trained, for its peak memory

    @cached_property
    def condition(self) -> Condition | None:
        known = (*(axis.name for axis in self.grid.axes if axis.whole), *QUANTITIES)
        return Condition(self.where, "--where", known) if self.where else None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the result: variables, then totals."""
        return (*(axis.name for axis in self.grid.axes), *self.quantities)

    def values(self, name: str, columns: Mapping[str, Array]) -> Array:
        """Return the numbers of a column: of a variable its values, which are kept by their indices."""
        axis = next((axis for axis in self.grid.axes if axis.name == name), None)
        return columns[name] if axis is None else _chosen(axis.values, columns[name])

    def lists(self, columns: Mapping[str, Array]) -> list[list[Any]]:
        """Return the columns as lists of what is written, variables by their values."""
        axes = {axis.name: axis for axis in self.grid.axes}
        found = ((name, columns[name].tolist()) for name in self.columns)
        return [[axes[name].text(i) for i in numbers] if name in axes else numbers for name, numbers in found]


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one block, as columns: for a variable the indices of its values, for a total the numbers."""

    columns: dict[str, Array]
    configurations: int  # all that the block has
    unbuilt: int  # those that are no network
    reason: str  # why the first of them is none


class Swept(NetworkWalk):
    """A walk whose input may have sides for many configurations at once."""

    side: Any

    def shapes(self, here: Here) -> dict[str, tuple[Scalar, Shape | None]]:
        found = super().shapes(here)
        if self.side is None:
            return found
        return {
            name: (scalar, shape and Shape((self.side,) * len(shape.sides), shape.channels))
            for name, (scalar, shape) in found.items()
        }


Box = tuple[Array, ...]
"""Indices of an axis' values, for each axis."""


def compute(task: Task, number: int) -> Block:
    """Compute one block. Raises TooLarge for an overflow."""
    ranges = task.grid.block(number)
    box = tuple(np.arange(part.start, part.stop) for part in ranges)
    shape = tuple(map(len, box))
    needed = tuple(dict.fromkeys((*task.quantities, *_more(task))))
    totals = {name: np.zeros(shape, np.int64) for name in needed}
    built = np.zeros(shape, bool)
    reason = ""
    Lanes.kept.clear()
    for part, found, problem in classes(task, box, needed):
        place = np.ix_(*(np.searchsorted(whole, own) for whole, own in zip(box, part, strict=True)))
        if found is None:
            reason = reason or (problem.headline() if problem else "")
            continue
        built[place] = True
        for name, numbers in found.items():
            totals[name][place] = numbers
    _forget()
    rows = np.flatnonzero(built.ravel())
    columns: dict[str, Array] = {}
    indices = np.unravel_index(rows, shape)
    for axis, own, index in zip(task.grid.axes, box, indices, strict=True):
        columns[axis.name] = own[index].astype(np.int64)
    for name in needed:
        columns[name] = totals[name].ravel()[rows]
    return Block(chosen(task, columns), built.size, built.size - len(rows), reason)


def _more(task: Task) -> tuple[str, ...]:
    """Return the totals that are needed to choose rows, though not asked for."""
    names = (*(task.condition.names if task.condition else ()), *([task.sort] if task.sort else ()), *task.pareto)
    return tuple(name for name in names if name in QUANTITIES)


def _numbers(number: Any) -> Any:
    if isinstance(number, Terms):
        return total(number.terms)
    if isinstance(number, Beyond):
        raise Overflow
    if symbols_of(number):
        raise Undecided(symbols_of(number))
    return number.array if isinstance(number, Lanes) else np.int64(number)


class TooLarge(NoAnswer):
    """A total of some configuration is beyond 64 bits."""


def _overflow(task: Task, part: Box) -> TooLarge:
    row = ", ".join(f"{axis.name}={axis.text(int(own[0]))}" for axis, own in zip(task.grid.axes, part, strict=True))
    return TooLarge([Problem("E112", f"a total grows beyond 2^63 − 1 at {row}", None, "narrow the grid")])


def _halves(part: Box) -> list[Box]:
    """Cut a box in two along its longest axis, the larger values first."""
    axis = max(range(len(part)), key=lambda axis: len(part[axis]))
    middle = len(part[axis]) // 2
    return [(*part[:axis], half, *part[axis + 1 :]) for half in (part[axis][middle:], part[axis][:middle])]


def classes(
    task: Task, box: Box, needed: tuple[str, ...]
) -> Iterator[tuple[Box, dict[str, Any] | None, Problem | None]]:
    """Walk a box in parts that take one way each; yield each with its quantities, or what forbids a network.

    What seems to be beyond 64 bits is walked again in halves: bounds of many may be wider than what they hold, and in
    the end the one configuration is known. Raises TooLarge.
    """
    stack = [box]
    for axis, own in enumerate(task.grid.axes):
        if not own.whole:  # words, lists and fractions: one value at a time
            stack = [
                (*part[:axis], part[axis][[i]], *part[axis + 1 :]) for part in stack for i in range(len(part[axis]))
            ]
    stack.reverse()
    while stack:
        part = stack.pop()
        try:
            network, problem = walk(task, part)
            found = None if network is None else _quantities(counted(network, batch(task, part)), needed, task.training)
            if found is not None:
                found = {name: _numbers(number) for name, number in found.items()}
        except Split as split:
            stack.extend(reversed(list(parts(part, split.answers))))
        except (Overflow, OverflowError):
            if all(len(own) == 1 for own in part):
                raise _overflow(task, part) from None
            stack.extend(_halves(part))
        else:
            yield part, found, problem


def _quantities(its_report: Report, names: tuple[str, ...], training: Options) -> dict[str, Any]:
    further: dict[str, Callable[[], Any]] = {
        RECEPTIVE: lambda: its_report.receptive_field,
        SAVED: lambda: its_report.training.saved(),
        PEAK: lambda: peak_memory(its_report, training),
    }
    return {name: further[name]() if name in further else getattr(its_report.totals, name) for name in names}


class Peak(Iteration):
    """An iteration of many configurations at once, of which the largest sum of what is alive stays."""

    most: Any = np.int64(0)

    def number(self, number: Any) -> Any:
        return _numbers(number)

    def moment(self, phase: str, path: str = "") -> None:
        self.most = np.maximum(self.most, self.now)
        if np.min(self.now) < 0:
            raise Overflow


def peak_memory(its_report: Report, options: Options) -> Any:
    """Return the peak of one training iteration, in bytes."""
    iteration = Peak(training_of(its_report.network, replace(options, batch=its_report.batch)), options)
    iteration.run()
    return iteration.most


def batch(task: Task, part: Box) -> Any:
    """Return the batch of a part of the grid: 1 unless it is varied."""
    for place, (axis, own) in enumerate(zip(task.grid.axes, part, strict=True)):
        if is_batch(axis.name, task.spec):
            return _lanes(axis, own, place, len(part))
    return 1


def _lanes(axis: Axis, own: Array, place: int, axes: int) -> Any:
    shape = [1] * axes
    shape[place] = len(own)
    return Lanes.of(_chosen(axis.values, own).reshape(shape))


def parts(box: Box, answers: Array) -> Iterator[Box]:
    """Cut a box along the first axis that answers differ along, into one part for each way they run there."""
    axis = next(axis for axis, length in enumerate(answers.shape) if length > 1 and _differs(answers, axis))
    rows = np.moveaxis(answers, axis, 0).reshape(answers.shape[axis], -1)
    _, group = np.unique(rows, axis=0, return_inverse=True)
    group = group.ravel()
    for number in dict.fromkeys(group.tolist()):
        yield (*box[:axis], box[axis][group == number], *box[axis + 1 :])


def _differs(answers: Array, axis: int) -> bool:
    first = np.take(answers, [0], axis=axis)
    return bool((answers != first).any())


def walk(task: Task, part: Box) -> tuple[Network | None, Problem | None]:
    """Walk the text once for a part of the grid."""
    settings = dict(task.settings)
    side = None
    for place, (axis, own) in enumerate(zip(task.grid.axes, part, strict=True)):
        if not axis.whole:
            settings[axis.name] = axis.values[int(own[0])]
            continue
        if is_batch(axis.name, task.spec):
            continue
        number = _lanes(axis, own, place, len(part))
        if axis.name == "input":
            side = number
        else:
            settings[axis.name] = Formula(_given(axis.name), Literal(number, 0, 1))
    journal = Impatient()
    try:
        walker = Swept(task.spec, task.variant, {}, settings, journal, trusting=False)
        walker.checker = Checker(journal, walker.binder, walker.nodes, free=True, trusting=False)
        walker.side = side
        network = walker.network()
    except Stop:
        network = None
    return network, next(iter(journal.found.values()), None)


def _chosen(values: Any, indices: Array) -> Array:
    if isinstance(values, range):
        return values.start + indices * values.step
    return np.array(values, np.int64)[indices]


def _given(name: str) -> Scalar:
    return Scalar(Source("--vary", name), name, 0, len(name), None)


def _forget() -> None:
    """Let go of arrays that caches hold."""
    Lanes.kept.clear()
    calculate.calculate.cache_clear()


def chosen(task: Task, columns: dict[str, Array]) -> dict[str, Array]:
    """Keep the rows that the task asks for: those of the condition, the front, the top; sorted where it says so.

    Choosing among the chosen rows of all blocks gives what choosing among all rows gives.
    """
    if task.condition:
        values = {name: task.values(name, columns) for name in task.condition.names}
        keep = np.broadcast_to(np.asarray(task.condition.holds(values), bool), columns[task.columns[0]].shape)
        columns = {name: column[keep] for name, column in columns.items()}
    if task.pareto:
        front = on_front([task.values(name, columns) for name in task.pareto])
        columns = {name: column[front] for name, column in columns.items()}
    if task.sort:
        key = task.values(task.sort, columns)
        order = np.argsort(-key if task.descending else key, kind="stable")[: task.top]
        columns = {name: column[order] for name, column in columns.items()}
    elif task.top is not None:
        columns = {name: column[: task.top] for name, column in columns.items()}
    return columns


def on_front(costs: list[Array]) -> Array:
    """Return the rows that no other row beats: none is as small in every column and smaller in one."""
    if not len(costs[0]):
        return np.zeros(0, np.int64)
    order = np.lexsort(tuple(reversed(costs)))
    if len(costs) == 1:
        return np.flatnonzero(costs[0] == costs[0].min())
    if len(costs) == 2:
        return np.sort(order[_two(costs[0][order], costs[1][order])])
    points = np.stack([cost[order] for cost in costs], axis=1)
    front: list[int] = []
    kept = np.empty((0, len(costs)), np.int64)
    for row, point in enumerate(points):
        beaten = (kept <= point).all(axis=1) & (kept < point).any(axis=1)
        if not beaten.any():
            front.append(row)
            kept = np.vstack([kept, point])
    return np.sort(order[front])


def _two(first: Array, second: Array) -> Array:
    """Judge rows sorted by the first cost, then the second: each must be below all before it, or equal one kept."""
    starts = np.flatnonzero(np.r_[True, first[1:] != first[:-1]])
    keep = np.zeros(len(first), bool)
    least = np.iinfo(np.int64).max
    for start, stop in pairwise([*starts.tolist(), len(first)]):
        if second[start] < least:
            least = second[start]
            keep[start:stop] = second[start:stop] == least
    return keep
