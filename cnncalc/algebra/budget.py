"""Vars and input sizes that meet a budget: `params=1M`, `macs<600M`, `receptive_field>=224`.

All values within bounds are tried, as arrays through the rules (`sweep.py`), so nothing is assumed of how totals grow.
For a single variable the bounds are widened while the largest value still fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from cnncalc.algebra.quantities import TOTALS, Condition, number_with_unit
from cnncalc.load import find, load
from cnncalc.network import Network
from cnncalc.problem import Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.tree import place_of

RECEPTIVE = "receptive_field"
NAMES = (*TOTALS, RECEPTIVE)

TIMES, LEAST = 4, 16
"""Values are tried up to so many times the variable's own, and at least so far."""
WIDEST = 1 << 14
"""How far the bounds of a single variable are widened while the largest value still fits."""
MOST_REPORTS = 5_000
"""Networks that are looked at one by one, for a receptive field."""
KEPT = 200

_TARGET = re.compile(r"\s*(\w+)\s*(<=|>=|<|>|==?)\s*(.+?)\s*")


@dataclass(frozen=True, slots=True)
class Target:
    """One quantity and what is wanted of it; `=` asks for the nearest."""

    name: str
    sign: str
    number: int
    text: str

    @property
    def condition(self) -> str:
        return f"{self.name} {self.sign} {self.number}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Values of the variables, and the totals that they have."""

    values: tuple[Any, ...]
    totals: tuple[int, ...]


@dataclass(slots=True)
class Budget:
    """What meets the targets: `variables` with the values tried, and the choices, best first."""

    targets: tuple[Target, ...]
    variables: tuple[str, ...]
    tried: dict[str, str] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    near: list[Choice] = field(default_factory=list)  # when nothing meets them
    open_end: bool = False  # the largest value tried fits, so larger ones may
    remarks: list[str] = field(default_factory=list)


def read_target(text: str) -> Target:
    """Read one target. Raises Problems."""
    source = Source("--target", text)
    match = _TARGET.fullmatch(text)
    if match is None:
        hint = "as in params=1M, macs<600M or receptive_field>=224"
        raise Problems([Problem("E105", f"{quoted(text)} is no target", place_of(source, 0, len(text)), hint)])
    name, sign, number = match.groups()
    if name not in NAMES:
        hint = did_you_mean(name, NAMES) or f"there are {', '.join(NAMES)}"
        place = place_of(source, match.start(1), len(name))
        raise Problems([Problem("E109", f"there is no quantity {quoted(name)}", place, hint)])
    plain = number_with_unit(number)
    if not re.fullmatch(r"\d[\d_]*", plain):
        message = f"{quoted(number)} is no whole number"
        raise Problems([Problem("E105", message, place_of(source, match.start(3), len(number)), "as in 600M or 1GiB")])
    return Target(name, "=" if sign == "==" else sign, int(plain), text)


def meet(
    what: str,
    targets: Sequence[str],
    vary: str,
    settings: Mapping[str, str] | None = None,
    stdin: Callable[[], bytes] | None = None,
) -> Budget:
    """Find the values of `vary` (`width,depth,input`, or `width=8..256:8`) that meet the targets best."""
    stdin = cache(stdin) if stdin else None
    wanted = tuple(read_target(text) for text in targets)
    axes = [word for word in vary.split(",") if word]
    names = tuple(word.partition("=")[0] for word in axes)
    found = Budget(wanted, names)
    bounds = _bounds(what, names, settings or {}, stdin)
    single = len(axes) == 1 and "=" not in axes[0]
    while True:
        ranges = [word if "=" in word else f"{word}=1..{bounds[word]}" for word in axes]
        search = _by_reports if any(target.name == RECEPTIVE for target in wanted) else _by_arrays
        search(found, what, ranges, settings or {}, stdin)
        found.tried = dict(word.partition("=")[::2] for word in ranges)
        bound = bounds.get(axes[0], 0)
        found.open_end = single and bool(found.choices) and found.choices[0].values[-1] == bound
        if not single or bound >= WIDEST or (found.choices and not found.open_end):
            return found
        bounds[axes[0]] = min(bound * 4, WIDEST)


def _bounds(
    what: str, names: Sequence[str], settings: Mapping[str, str], stdin: Callable[[], bytes] | None
) -> dict[str, int]:
    """Return the largest value to try of each variable: some times its own."""
    spec, variant, problems, _ = find(what, stdin)
    if problems:
        raise Problems(problems)
    bounds = {}
    for name in names:
        given = variant.values.get(name) if variant else None
        given = given or (spec.vars[name][1] if name in spec.vars else None)
        own = getattr(getattr(given, "tree", None), "value", 0)
        if name == "input":
            shapes = load(what, settings=settings, stdin=stdin).input_shapes().values()
            own = max((side for shape in shapes for side in shape.sides), default=0)
        bounds[name] = max(TIMES * own, LEAST) if type(own) is int else LEAST
    return bounds


def _by_arrays(
    found: Budget, what: str, ranges: Sequence[str], settings: Mapping[str, str], stdin: Callable[[], bytes] | None
) -> None:
    """Search the grid of all values, in blocks."""
    from cnncalc.algebra.sweep import Task, chosen, compute
    from cnncalc.algebra.tasks import task_of

    first = found.targets[0]
    names = tuple(dict.fromkeys(target.name for target in found.targets))

    def best(conditions: list[str], descending: bool) -> list[Choice]:
        where = " and ".join(conditions) or None
        sort = f"-{first.name}" if descending else first.name
        task: Task = task_of(what, ranges, names, where, sort, KEPT, (), settings, stdin)
        rows: Any = None
        for number in range(task.grid.blocks):
            import numpy as np

            columns = compute(task, number).columns
            both = columns if rows is None else {n: np.concatenate([rows[n], columns[n]]) for n in columns}
            rows = chosen(task, both)
        axes = [[axis.text(i) for i in rows[axis.name].tolist()] for axis in task.grid.axes]
        totals = [rows[name].tolist() for name in names]
        return [
            Choice(tuple(v), tuple(t)) for v, t in zip(zip(*axes, strict=True), zip(*totals, strict=True), strict=True)
        ]

    _choose(found, best)


def _choose(found: Budget, best: Callable[[list[str], bool], list[Choice]]) -> None:
    """Order what a search finds: nearest for =, largest total below a bound, smallest above one."""
    first, *others = found.targets
    further = [target.condition for target in others if target.sign != "="]
    further += [f"{target.name} == {target.number}" for target in others if target.sign == "="]
    if first.sign == "=":
        below = best([f"{first.name} <= {first.number}", *further], True)
        above = best([f"{first.name} > {first.number}", *further], False)
        found.choices = sorted(below + above, key=lambda choice: abs(choice.totals[0] - first.number))[:KEPT]
        return
    smaller_is_better = first.sign in (">", ">=")
    choices = best([first.condition, *further], not smaller_is_better)
    # Of equal totals, the larger network is wanted below a bound: it costs nothing more.
    choices.sort(key=lambda c: (c.totals[0] if smaller_is_better else -c.totals[0], *_preferred(c, smaller_is_better)))
    found.choices = choices
    if not choices:
        found.near = best(further, smaller_is_better)[:1]


def _preferred(choice: Choice, smaller: bool) -> tuple[int, ...]:
    return tuple(value if smaller else -value for value in choice.values if isinstance(value, int))


def _by_reports(
    found: Budget, what: str, ranges: Sequence[str], settings: Mapping[str, str], stdin: Callable[[], bytes] | None
) -> None:
    """Search one network after the other: receptive fields follow from windows, not from arrays."""
    from cnncalc.algebra.grid import read_grid

    spec, _, problems, _ = find(what, stdin)
    if problems:
        raise Problems(problems)
    grid = read_grid(ranges, spec)
    if grid.size > MOST_REPORTS:
        message = f"{grid.size:,} networks are more than {MOST_REPORTS:,} to find receptive fields of"
        raise Problems([Problem("E112", message, None, "vary fewer, or within bounds: depth=1..8")])
    names = tuple(dict.fromkeys(target.name for target in found.targets))
    known = list(_networks(what, grid, settings, stdin, names))

    def best(conditions: list[str], descending: bool) -> list[Choice]:
        fitting = known
        for text in conditions:
            condition = Condition(text, "--target", NAMES)
            fitting = [choice for choice in fitting if condition.holds(dict(zip(names, choice.totals, strict=True)))]
        return sorted(fitting, key=lambda c: -c.totals[0] if descending else c.totals[0])[:KEPT]

    _choose(found, best)


def _networks(
    what: str, grid: Any, settings: Mapping[str, str], stdin: Callable[[], bytes] | None, names: Sequence[str]
) -> Iterator[Choice]:
    own = load(what, settings=settings, stdin=stdin).input_shapes()
    for indices in product(*map(range, grid.shape)):
        values = tuple(axis.text(i) for axis, i in zip(grid.axes, indices, strict=True))
        given = dict(settings)
        sides: str | None = None
        for axis, value in zip(grid.axes, values, strict=True):
            if axis.name == "input":
                shapes = {name: "x".join(map(str, (*[value] * len(s.sides), s.channels))) for name, s in own.items()}
                sides = " ".join(f"{name}={shape}" for name, shape in shapes.items())
            else:
                given[axis.name] = str(value)
        try:
            network = load(what, input=sides, settings=given, stdin=stdin)
        except Problems:
            continue
        yield Choice(values, tuple(_total(network, name) for name in names))


def _total(network: Network, name: str) -> int:
    report = network.report()
    if name != RECEPTIVE:
        return int(getattr(report.totals, name))
    last = next(iter(network.outputs.values()))
    fields = next(f for row, f in zip(report.rows, report.receptive, strict=True) if row.node.index == last)
    sizes = [field.size for field in fields]
    shapes = network.input_shapes().values()
    whole = max(side for shape in shapes for side in shape.sides)
    return min(size if isinstance(size, int) else whole for size in sizes)
