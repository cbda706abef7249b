"""Vars and input sizes that meet a budget: `params=1M`, `macs<600M`, `receptive_field>=224`.

All values within bounds are tried, as arrays through the rules (`sweep.py`), so nothing is assumed of how totals grow.
Bounds that nobody gave are widened while the largest value still fits, or while none does and more is wanted. A var
that is a fraction somewhere in the spec, as the width of a MobileNet is, is tried in small steps.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any

from cnncalc.algebra.grid import is_batch, no_number, no_var, varied
from cnncalc.algebra.quantities import QUANTITIES
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.find import find
from cnncalc.loading.overrides import Settings, written_settings
from cnncalc.network.memory import Options
from cnncalc.numbers.arith import Undecided, symbols_of
from cnncalc.problem import NoAnswer, Problem, Problems, Source, did_you_mean, quoted
from cnncalc.result import Result
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.model import Spec
from cnncalc.spec.parse import COMPARISONS
from cnncalc.spec.tree import place_of
from cnncalc.spec.units import amount, units_of

TIMES, LEAST = 4, 16
"""Values are tried up to so many times the variable's own, and at least so far."""
FRACTIONS, OF_SEVERAL = "0.05..4:0.05", "0.2..2.4:0.2"
"""What is tried of a var whose own value, or a variant's, is a fraction, and of several such vars."""
REMEMBERED = 1 << 20
"""The largest grid whose totals are kept between the questions that are asked of it."""
WIDEST = 1 << 14
"""How far the bounds are widened while the largest value still fits, or none does and more is wanted."""
MOST = 10**8
"""Combinations that are searched."""
MOST_LAYERS = 2_000_000
"""Layers that are walked in wider bounds."""
KEPT = 200

_TARGET = re.compile(r"\s*(\w+)\s*(<=|>=|≤|≥|<|>|==?)\s*(.+?)\s*")


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


@dataclass(slots=True, repr=False)
class Budget(Result):
    """What meets the targets: `variables` with the values tried, and the choices, best first."""

    targets: tuple[Target, ...]
    variables: tuple[str, ...]
    unused: tuple[str, ...] = ()  # variables that no target depends on, which stay as they are
    tried: dict[str, str] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    near: list[Choice] = field(default_factory=list)  # when nothing meets them
    further: str = ""  # as --vary takes it: where more might meet them
    open_end: bool = False  # the largest value tried fits, so larger ones may

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.choices)

    def __repr__(self) -> str:
        return f"<Budget: {len(self.choices):,} choices for {', '.join(target.text for target in self.targets)}>"


def read_target(text: str) -> Target:
    """Read one target. Raises Problems."""
    source = Source("--target", text)
    match = _TARGET.fullmatch(text)
    if match is None:
        hint = "as in params=1M, macs<600M or receptive_field>=224"
        raise Problems([Problem("E105", f"{quoted(text)} is no target", place_of(source, 0, len(text)), hint)])
    name, sign, number = match.groups()
    if name not in QUANTITIES:
        hint = did_you_mean(name, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
        place = place_of(source, match.start(1), len(name))
        raise Problems([Problem("E109", f"there is no quantity {quoted(name)}", place, hint)])
    try:
        value = amount(number, units_of(name), match.start(3))
    except ExpressionError as error:
        place = place_of(source, error.start, error.length)
        raise Problems([Problem(error.code, error.message, place, error.hint)]) from None
    if not isinstance(value, int):
        place = place_of(source, match.start(3), len(number))
        raise Problems([Problem("E105", f"{quoted(number)} is no whole number", place, "as in 600M or 1GiB")])
    return Target(name, COMPARISONS[sign].replace("==", "="), value, text)


def budget(
    what: What,
    *targets: str,
    vary: str,
    settings: Settings | None = None,
    optimizer: str = "sgd",
    amp: str | None = None,
    stdin: Stdin | None = None,
) -> Budget:
    """Find the values of vars, the input size in pixels, or the batch, with which totals meet `targets` best.

    A target is a text such as `"params<5M"`, `"macs=600M"` or `"activation_bytes<=1GiB"`; `vary` names what may change,
    `"width,input"`, or gives its values, `"width=8..256:8"`; `optimizer` and `amp` are those of
    `"peak_memory<24GB"`. It takes numpy. Raises Problems for a target or a var that
    is none.
    """
    what, stdin, given = os.fspath(what), (cache(stdin) if stdin else None), written_settings(settings)
    parsed = tuple(read_target(text) for text in targets)
    axes = _axes(what, vary, stdin)
    names = tuple(word.partition("=")[0] for word in axes)
    found = Budget(parsed, names)
    bounds = _bounds(what, vary, axes, names, given, stdin)
    found.unused = _unused(what, parsed, axes, given, stdin)
    axes = [word for word in axes if word not in found.unused]
    found.variables = tuple(name for name in names if name not in found.unused)
    free = {name: bound for name, bound in bounds.items() if name in axes}
    steps = FRACTIONS if [*free.values()].count(0) == 1 else OF_SEVERAL
    axes = [f"{word}={steps}" if free.get(word) == 0 else word for word in axes]
    free = {name: bound for name, bound in free.items() if bound}
    while True:
        ranges = [f"{word}=1..{free[word]}" if word in free else word for word in axes]
        _search(found, what, ranges, given, stdin, Options(optimizer=optimizer, amp=amp))
        found.tried = dict(word.partition("=")[::2] for word in ranges)
        at_end = len(axes) == 1 and bool(free and found.choices) and found.choices[0].values[-1] == free[axes[0]]
        more = parsed[0].sign in (">", ">=")
        found.open_end = at_end and parsed[0].sign in ("<", "<=")
        wider = {name: min(bound * 4, WIDEST) for name, bound in free.items()}
        helps = not found.choices if more else at_end
        if not helps or wider == free or not _feasible(what, wider, given, stdin):
            if more and not found.choices:
                found.further = ",".join(f"{name}={bound}..{4 * bound}" for name, bound in free.items())
            return found
        free = wider


def _axes(what: str, vary: str, stdin: Callable[[], bytes] | None) -> list[str]:
    """Split what is varied at its commas; a word that follows a word and is no var is a value: `wide=yes,no`."""
    spec, _, problems, _ = find(what, stdin)
    if problems:
        raise Problems(problems)
    known = varied(spec)
    axes: list[str] = []
    for word in re.split(r",(?=[^\W\d]\w*(?:=|,|$))", vary.replace(" ", "")):
        if axes and re.fullmatch(r"\w+", word) and word not in known and re.search(r"=(.*,)?[^\W\d]\w*$", axes[-1]):
            axes[-1] += f",{word}"
        elif word:
            axes.append(word)
    return axes


def _unused(
    what: str,
    targets: Sequence[Target],
    axes: Sequence[str],
    settings: Mapping[str, str],
    stdin: Callable[[], bytes] | None,
) -> tuple[str, ...]:
    """Return the variables without values of their own that no target depends on, but for all of them.

    The totals are computed with symbols for all variables; where that cannot be, each may matter.
    """
    if not all(word.isidentifier() for word in axes):
        return ()
    spec, _, _, _ = find(what, stdin)
    batch = next((word for word in axes if is_batch(word, spec)), None)
    symbols = {word: word for word in axes if word not in ("input", batch)}
    shapes = load(what, settings=settings, stdin=stdin).input_shapes()
    sides = {name: "x".join([*["S"] * len(shape.sides), str(shape.channels)]) for name, shape in shapes.items()}
    entering = " ".join(f"{name}={text}" for name, text in sides.items()) if "input" in axes else None
    try:
        totals = load(what, input=entering, settings={**settings, **symbols}, stdin=stdin).report(batch or 1).totals
    except (Problems, Undecided):
        return ()
    if not all(hasattr(totals, target.name) for target in targets):
        return ()
    used = frozenset().union(*(symbols_of(getattr(totals, target.name)) for target in targets))
    unused = tuple(word for word in axes if ("S" if word == "input" else word) not in used)
    return unused if len(unused) < len(axes) else ()


def _feasible(
    what: str, bounds: Mapping[str, int], settings: Mapping[str, str], stdin: Callable[[], bytes] | None
) -> bool:
    """Judge whether a grid may be searched. What changes which layers there are is walked value by value."""
    spec, _, _, _ = find(what, stdin)
    walks, own = 1, len(load(what, settings=settings, stdin=stdin).nodes)
    layers = own
    for name, bound in bounds.items():
        if name != "input" and not is_batch(name, spec):
            try:
                nodes = len(load(what, settings={**settings, name: str(bound)}, stdin=stdin).nodes)
            except Problems:
                continue  # there is no such network
            if nodes != own:
                walks, layers = walks * bound, max(layers, nodes)
    return walks * layers <= MOST_LAYERS and prod(bounds.values()) <= MOST


def _bounds(
    what: str,
    vary: str,
    axes: Sequence[str],
    names: Sequence[str],
    settings: Mapping[str, str],
    stdin: Callable[[], bytes] | None,
) -> dict[str, int]:
    """Return the largest value to try of each variable: some times its own, 0 where fractions are to be tried."""
    spec, variant, _, _ = find(what, stdin)
    own_values = {name: given for name, (_, given) in spec.vars.items()} | (variant.values if variant else {})
    refused = [
        problem
        for number, name in enumerate(names)
        if (problem := _refused(name, Source("--vary", vary), names[:number], name in axes, spec, own_values, settings))
    ]
    if refused:
        raise Problems(refused)
    bounds = {}
    for name in names:
        values = [spec.vars[name][1]] if name in spec.vars else []
        values += [one.values[name] for one in spec.variants.values() if name in one.values]
        numbers = [getattr(getattr(value, "tree", None), "value", 0) for value in values]
        if any(isinstance(number, Fraction) for number in numbers):
            bounds[name] = 0
            continue
        given = variant.values.get(name) if variant else None
        own = getattr(getattr(given, "tree", None), "value", 0) if given else next(iter(numbers), 0)
        if name == "input":
            shapes = load(what, settings=settings, stdin=stdin).input_shapes().values()
            own = max((side for shape in shapes for side in shape.sides), default=0)
        bounds[name] = max(TIMES * own, LEAST) if type(own) is int else LEAST
    return bounds


def _refused(
    name: str,
    source: Source,
    before: Sequence[str],
    free: bool,
    spec: Spec,
    values: Mapping[str, Any],
    settings: Mapping[str, str],
) -> Problem | None:
    """Return what is said of a name that cannot be varied: none, twice, one that is set, one that is no number."""
    places = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", source.text)]
    start = places[min(before.count(name), len(places) - 1)]
    place = place_of(source, start, len(name))
    if name not in varied(spec):
        return no_var(name, source, start, spec)
    if name in before:
        return Problem("E102", f"{name} is varied twice", place)
    if name in settings:
        return Problem(
            "E118", f"{name} is set to {settings[name]}, so it does not vary", place, "leave one of them out"
        )
    what = no_number(values.get(name), spec.vars)
    if free and what:
        few = {"a list": "[…],[…]", "yes": "yes,no", "no": "yes,no"}.get(what, f"{what},…")
        return Problem("E105", f"{name} is {what}, not a number", place, f"choose from values: --vary {name}={few}")
    return None


def _search(
    found: Budget,
    what: str,
    ranges: Sequence[str],
    settings: Mapping[str, str],
    stdin: Callable[[], bytes] | None,
    training: Options,
) -> None:
    """Search the grid of all values, in blocks."""
    import numpy as np

    from cnncalc.algebra.sweep import Task, chosen, compute
    from cnncalc.algebra.tasks import task_of

    first = found.targets[0]
    names = tuple(dict.fromkeys(target.name for target in found.targets))
    plain: Task = task_of(what, ranges, names, settings=settings, stdin=stdin, training=training)
    blocks: dict[int, dict[str, Any]] = {}

    def best(conditions: list[str], descending: bool) -> list[Choice]:
        where = " and ".join(conditions) or None
        sort = f"-{first.name}" if descending else first.name
        task: Task = task_of(what, ranges, names, where, sort, KEPT, (), settings, stdin, training)
        if task.grid.size > MOST:
            message = f"{task.grid.size:,} combinations are more than {MOST:,}"
            raise NoAnswer([Problem("E112", message, None, "vary fewer, or in steps: width=8..256:8")])
        rows: Any = None
        for number in range(task.grid.blocks):
            columns = blocks.get(number)
            if columns is None:
                columns = compute(plain, number).columns
                if task.grid.size <= REMEMBERED:
                    blocks[number] = columns
            columns = chosen(task, columns)
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


def _preferred(choice: Choice, smaller: bool) -> tuple[Fraction, ...]:
    """Order choices of equal totals by their numbers; fractions are texts of a table."""
    numbers = [Fraction(value) for value in choice.values if re.fullmatch(r"\d+(\.\d+)?", str(value))]
    return tuple(number if smaller else -number for number in numbers)
