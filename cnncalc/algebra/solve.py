"""Solve a spec for the numbers that it hides behind question marks.

Every answer is a walk over the spec with numbers put in. Which numbers are worth a walk is found by walks along one
unknown, the others left open within their bounds (`numbers/piecewise.py`, `numbers/interval.py`): they leave those that
may fit, exactly, with their end where there is one. What goes on without an end is tried within the bounds of `USUAL`,
and those of `WIDE` where the usual ones have no solution, where one number alone is hidden, or where all solutions are
asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import Any

from cnncalc.algebra.unknowns import Hidden, Outcome, Puzzle
from cnncalc.layers.fields import Pair
from cnncalc.layers.geometry import Window
from cnncalc.loading import Stdin, What
from cnncalc.loading.find import find
from cnncalc.loading.readings import warn_of_readings
from cnncalc.network.network import Network
from cnncalc.numbers.interval import Anything
from cnncalc.numbers.periodic import Numbers
from cnncalc.numbers.piecewise import Path
from cnncalc.numbers.symbolic import symbol
from cnncalc.problem import NoAnswer, Problem, Problems
from cnncalc.result import Result
from cnncalc.spec.expression import Symbol, Wildcard
from cnncalc.spec.model import Spec, Variant

USUAL = {"kernel": 16, "stride": 16, "pad": 8, "dilation": 8, "output_pad": 8, "count": 32, "side": 512}
"""The largest number tried of a field, while several are hidden; 64 for those not named."""
WIDE = {"count": 200}
"""The largest number tried where that does not suffice; for those not named 256, or four times the spec's largest."""
MANY = 3
"""So many hidden numbers have too many combinations for those: unless all are asked for, 64 or the spec's largest."""
COSTS = {"count": 4, "stride": 0.5}
"""How much it costs to try one number of a field after the other, beside others: a count makes long walks, and what is
divided by a stride is hard to follow until it is known."""

MOST_CHOICES = 64
"""Combinations of yes and no that are tried at once."""
MOST_WORK = 4_000
"""Work after which a search ends, and says so: a short walk is 1, so many steps, residues or bits of it are 1 more."""
MOST_WORK_FOR_ALL = 100_000
"""The same where all solutions are asked for."""
STEPS, RESIDUES, BITS = 400, 1_000, 300_000
MOST_FURTHER = 1_000
"""Work spent on finding out whether there is a solution beyond the usual bounds."""
MOST_JUDGED = 100
"""Work that is done beyond that on what was found before a search ended."""
MOST_NEAREST = 2_000
"""Work spent on what comes nearest."""
MOST_RESIDUES = 5_000
"""Residues that are written down on one walk."""
MOST_REGIONS = 3_000
MOST_SOLUTIONS = 10_000

SIDE, CHANNELS, OTHER_CHANNELS = 480, 479, 487
"""What letters of the input stand for while candidates are looked for: what fits every size fits these, too."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Numbers that fit, in the order of the question marks."""

    values: tuple[int, ...]
    network: Network
    oddity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Numbers that do not fit, and what they make of the check that they miss, or why they do not."""

    values: tuple[int, ...]
    reason: str
    distance: tuple[int, ...]


@dataclass(slots=True, repr=False)
class Solutions(Result):
    """All solutions within bounds: `bounds` are the largest numbers tried where the text sets no end."""

    hidden: list[Hidden]
    solutions: list[Solution] = field(default_factory=list)
    bounds: dict[str, int] = field(default_factory=dict)  # by a hidden number's name
    endless: dict[str, Numbers] = field(
        default_factory=dict
    )  # which numbers fit beside the first solution, without end
    further: Solution | None = None  # one beyond the bounds
    near: list[Near] = field(default_factory=list)
    remedy: str | None = None  # other fields of the layer that would give the checked shape, where there is no solution
    stopped: bool = False  # by MOST_WORK or MOST_SOLUTIONS
    walks: int = 0
    work: int = 0
    wide: bool = False  # all solutions were asked for

    def __iter__(self) -> Iterator[Solution]:
        return iter(self.solutions)

    def __repr__(self) -> str:
        count = len(self.solutions)
        return f"<Solutions: {count:,} of {len(self.hidden)} hidden>"


class Enough(Exception):  # noqa: N818  # no fault, an end
    """The search has done as much as it may; `found` are numbers that it had found to fit by then."""

    def __init__(self, found: Numbers | None = None) -> None:
        super().__init__()
        self.found = found or Numbers.none()


def solve(
    what: What, *, every: bool = False, progress: Callable[[int], None] | None = None, stdin: Stdin | None = None
) -> Solutions:
    """Find the numbers that each `?` in a spec may stand for, so that its shape checks hold.

    `every` goes beyond the usual numbers; `progress` is called with how many were tried. Raises NoAnswer (E104) for a
    spec without a `?`, Problems for one that cannot be right whatever the numbers are.
    """
    spec, variant, problems, _ = find(os.fspath(what), stdin)
    if problems:
        raise Problems(problems)
    other = warn_of_readings(spec, variant)
    try:
        answer = solutions_of(spec, variant, progress, wide=every)
    except Problems as refused:
        if hint := _of_other_reading(other, variant):
            raise Problems([replace(refused.problems[0], hint=hint)]) from None
        raise
    if not answer.solutions:
        answer.remedy = _of_other_reading(other, variant) or answer.remedy
    if not answer.hidden:
        hint = "put one where a number is to be found, as in pad=?"
        raise NoAnswer([Problem("E104", "there is no ? in it", None, hint)])
    return answer


def _of_other_reading(other: tuple[str, list[Spec]] | None, variant: Variant | None) -> str | None:
    """Say which numbers fit where the input's shape is meant in another way."""
    if other is None:
        return None
    shape, specs = other
    for spec in specs:
        with suppress(Problems):
            answer = solutions_of(spec, spec.variants[variant.name.text] if variant else None)
            if answer.solutions:
                fitting = zip(answer.hidden, answer.solutions[0].values, strict=True)
                numbers = (f"{each.field}={('no', 'yes')[n] if each.flag else n}" for each, n in fitting)
                return f"with the input written {shape}, {' '.join(dict.fromkeys(numbers))} would fit"
    return None


def solutions_of(
    spec: Spec, variant: Variant | None, progress: Callable[[int], None] | None = None, *, wide: bool = False
) -> Solutions:
    """Find every solution of a spec's question marks; `progress` is called with the number of walks.

    `wide` goes beyond the usual bounds at once. Raises Problems where the spec cannot be right whatever the hidden
    numbers are.
    """
    puzzle = Puzzle.of(spec, variant)
    largest = max((int(word) for word in _numbers(spec)), default=1)
    search = Search(puzzle, Solutions(puzzle.hidden, wide=wide), largest, progress)
    if puzzle.hidden:
        search.all(wide or len(puzzle.hidden) == 1)
    return search.answer


def _numbers(spec: Spec) -> list[str]:
    """Return the whole numbers that the text has."""
    import re

    return [word for word in re.findall(r"\d+", spec.text.text) if len(word) < 7]


@dataclass(frozen=True, slots=True)
class Choice:
    """Numbers of a field that may fit; `tried` is the last one of those that were looked at, where that is not all."""

    hidden: Hidden
    numbers: Numbers
    tried: int = 0


class Search:
    """The search for the solutions of one puzzle."""

    def __init__(
        self, puzzle: Puzzle, answer: Solutions, largest: int, progress: Callable[[int], None] | None = None
    ) -> None:
        self.puzzle, self.answer, self.largest, self.progress = puzzle, answer, largest, progress
        self.most = MOST_WORK_FOR_ALL if answer.wide else MOST_WORK

    def all(self, wide: bool) -> None:
        """Fill the answer."""
        answer = self.answer
        whatever, contradiction = self.least_refused()
        if contradiction.refused and self.puzzle.letters:
            contradiction = self.puzzle.walk(whatever)  # if letters are to blame, the nearest solution says more
        if contradiction.problem and not contradiction.refused:
            least = self.puzzle.walk({hidden.name: hidden.least for hidden in answer.hidden}, SIDE, CHANNELS)
            if least.problem and least.problem.place == contradiction.problem.place:
                raise Problems([least.problem])  # a letter where a number is needed: no ? is to blame
        if contradiction.refused and contradiction.problem is not None:
            if _open(contradiction) or all(hidden.flag for hidden in answer.hidden):
                self.look_near()
            if not answer.near:
                raise Problems([contradiction.problem])
            return
        if answer.wide and len(answer.hidden) > 1:  # the usual ones are not to be lost behind thousands of others
            self.within(False)
        if not answer.stopped:
            self.within(wide)
        if not wide and answer.bounds and not answer.stopped:
            if answer.solutions:
                self.look_further()
            else:
                answer.bounds = {}
                self.within(True)
        answer.solutions.sort(key=lambda s: (s.oddity, sum(s.values), s.values))
        if answer.solutions:
            self.look_beyond()
        else:
            self.look_near()

    def least_refused(self) -> tuple[dict[str, Any], Outcome]:
        """Walk with everything open but yes and no, each tried up to the first walk that is not refused."""
        open_ = {hidden.name: Anything(hidden.least) for hidden in self.answer.hidden if not hidden.flag}
        flags = [hidden.name for hidden in self.answer.hidden if hidden.flag]
        for chosen in islice(product((0, 1), repeat=len(flags)), MOST_CHOICES):
            values = {**open_, **dict(zip(flags, chosen, strict=True))}
            outcome = self.puzzle.walk(values, SIDE, CHANNELS)
            if not outcome.refused:
                break
        return values, outcome

    def look_near(self) -> None:
        """Find what comes nearest, and which other fields would give what is wanted."""
        self.answer.near = self.nearest()
        hidden = self.answer.hidden
        if not self.answer.near:
            return
        first = dict(zip((each.name for each in hidden), self.answer.near[0].values, strict=True))
        problem = self.puzzle.walk(first, remedy=True).problem
        if problem is not None and problem.code == "E205":
            self.answer.remedy = problem.hint
        if self.answer.remedy is None and len(hidden) == 1 and hidden[0].field == "pad":
            uneven = (Pair((less, less + 1)) for less in range(USUAL["pad"]))
            if any(self.puzzle.walk({hidden[0].name: pad}).problem is None for pad in uneven):
                self.answer.remedy = "pad=?:? looks for different padding before and after"

    def within(self, wide: bool) -> None:
        """Find the solutions within bounds."""
        known = {solution.values for solution in self.answer.solutions}
        try:
            for solution in self.below({}, wide):
                if solution.values in known:
                    continue
                self.answer.solutions.append(solution)
                if len(self.answer.solutions) >= MOST_SOLUTIONS:
                    raise Enough
        except Enough:
            self.answer.stopped = True

    def look_further(self) -> None:
        """Look for one solution beyond the usual bounds; without one, report the wide bounds."""
        answer, bounds = self.answer, dict(self.answer.bounds)
        most, self.most = self.most, self.answer.work + MOST_FURTHER
        by_name = {hidden.name: hidden for hidden in answer.hidden}
        try:
            for name, bound in bounds.items():
                for n in range(bound + 1, self.bound(by_name[name], True) + 1):
                    answer.further = next(self.below({name: n}, True), None)
                    if answer.further:
                        raise Enough
            bounds |= {name: self.bound(by_name[name], True) for name in bounds}
        except Enough:
            pass
        self.most = most
        answer.bounds = bounds

    def walk(self, values: Mapping[str, Any], more: int = 0) -> Outcome:
        if self.answer.work >= self.most + more:
            raise Enough
        self.answer.walks += 1
        if self.progress and self.answer.walks % 500 == 0:
            self.progress(self.answer.walks)
        outcome = self.puzzle.walk(values, SIDE, CHANNELS)
        self.answer.work += 1 + outcome.steps // STEPS
        return outcome

    def below(self, known: dict[str, int], wide: bool) -> Iterator[Solution]:
        """Yield every solution that has the known numbers."""
        open_ = [hidden for hidden in self.answer.hidden if hidden.name not in known]
        if not open_:
            yield from self.judged(known)
            return
        if flag := next((hidden for hidden in open_ if hidden.flag), None):
            for chosen in (0, 1):
                yield from self.below({**known, flag.name: chosen}, wide)
            return
        choices = []
        for hidden in open_:
            try:
                choice = self.fitting(hidden, known, wide)
            except Enough as enough:
                if len(open_) == 1:
                    for n in enough.found:
                        yield from self.judged({**known, hidden.name: n + hidden.least - 1})
                raise
            if choice.tried and not choice.numbers:
                self.answer.bounds[hidden.name] = choice.tried
            if not choice.numbers:
                return
            choices.append(choice)
        choice = min(choices, key=lambda choice: self.cost(choice, len(open_), wide))
        hidden, candidates, bound = choice.hidden, choice.numbers, choice.tried
        if not candidates.finite:
            bound = self.bound(hidden, wide)
            candidates &= Numbers.up_to(bound - hidden.least + 1)
        if bound:
            self.answer.bounds[hidden.name] = bound
        for n in candidates:
            yield from self.below({**known, hidden.name: n + hidden.least - 1}, wide)

    def cost(self, choice: Choice, open_: int, wide: bool) -> float:
        """Estimate the work of trying every number of a choice."""
        if choice.numbers.finite and not choice.tried:
            return _count(choice.numbers)
        field = choice.hidden.field
        each = COSTS.get(field, 1) if wide and (open_ < MANY or field == "count") else 1
        return each * (_count(choice.numbers) if choice.numbers.finite else self.bound(choice.hidden, wide))

    def judged(self, known: dict[str, int]) -> Iterator[Solution]:
        outcome = self.walk(known, MOST_JUDGED)
        if outcome.network is not None and self.puzzle.letters:
            others = self.puzzle.walk(known, SIDE, OTHER_CHANNELS)
            outcome = others if others.refused else self.puzzle.walk(known)
            if outcome.problem is not None and not outcome.refused:
                raise Problems([outcome.problem])  # the layers depend on what the letters stand for
        network = outcome.network
        if network is not None and self.puzzle.expected(network):
            values = tuple(known[hidden.name] for hidden in self.answer.hidden)
            yield Solution(values, network, oddity(network))

    def fitting(self, hidden: Hidden, known: Mapping[str, int], wide: bool) -> Choice:
        """Return the numbers that may fit, counted from 1 for the least one that the field takes.

        They lack none that fits. They are exact for the last number that is not known.
        """
        values: dict[str, Any] = {h.name: known.get(h.name, Anything(h.least)) for h in self.answer.hidden}
        found, remaining = Numbers.none(), Numbers.every()
        bound = self.bound(hidden, wide)
        for _ in range(MOST_REGIONS):
            if not remaining:
                return Choice(hidden, found)
            n = remaining.least
            path = Path(n, MOST_RESIDUES)
            values[hidden.name] = path.number(hidden.least - 1)
            try:
                outcome = self.walk(values)
            except Enough:
                raise Enough(found) from None
            region = path.region() & remaining
            self.answer.work += (MOST_RESIDUES - path.left) // RESIDUES + region.start // BITS
            if not outcome.refused:
                found |= region
            remaining -= region
            alone = path.pinned or (path.counts and not region - Numbers.only(n))
            if alone and n + hidden.least - 1 >= bound:  # one by one it would never end
                break
        return Choice(hidden, found - remaining, remaining.least + hidden.least - 2 if remaining else 0)

    def bound(self, hidden: Hidden, wide: bool) -> int:
        """Return the largest number to try of a field where nothing else sets an end."""
        usual = USUAL.get(hidden.field, 64)
        if not wide:
            return usual
        many = len(self.answer.hidden) >= MANY and not self.answer.wide
        return max(usual, WIDE.get(hidden.field, self.largest if many else max(256, 4 * self.largest)))

    def look_beyond(self) -> None:
        """Find out which numbers may go on without an end, the others as in the first solution."""
        answer = self.answer
        first = self.answer.solutions[0]
        known = dict(zip((hidden.name for hidden in self.answer.hidden), first.values, strict=True))
        for hidden in self.answer.hidden:
            if hidden.flag:
                continue
            others = {name: value for name, value in known.items() if name != hidden.name}
            try:
                fitting = self.fitting(hidden, others, True).numbers
            except Enough:
                break
            largest = max(solution.values[answer.hidden.index(hidden)] for solution in answer.solutions)
            beyond = fitting - Numbers.up_to(largest - hidden.least + 1)
            # Totals that are expected, and letters, are judged with numbers only: so some of them are.
            some = [{**known, hidden.name: n + hidden.least - 1} for n in islice(beyond, 3)]
            if not fitting.finite and all(any(self.judged(values)) for values in some):
                self.answer.endless[hidden.name] = fitting.simplest()

    def nearest(self) -> list[Near]:
        """Return what comes nearest: the numbers that pass most checks and miss the next one least."""
        found: list[Near] = []
        hidden = self.answer.hidden
        most = 200 if self.puzzle.letters else 2_000
        work = 0
        for values in islice(_around(hidden, max(2, int(most ** (1 / len(hidden))))), most):
            outcome = self.puzzle.walk({h.name: value for h, value in zip(hidden, values, strict=True)})
            work += 1 + outcome.steps // STEPS
            if work > MOST_NEAREST:
                break
            if outcome.missed is None or len(outcome.missed[0]) != len(outcome.missed[1].hwc):
                continue
            goal, shape = outcome.missed
            numbers = (symbol(w.name) if isinstance(w, Symbol) and w.name in self.puzzle.letters else w for w in goal)
            apart = [a - w for w, a in zip(numbers, shape.hwc, strict=True) if not isinstance(w, (Symbol, Wildcard))]
            known = [abs(n) for n in apart if isinstance(n, int)]
            odd = len(apart) - len(known)  # those that are the further apart the larger the input is
            found.append(Near(values, f"gives {shape}", (-outcome.checks, odd, sum(known), sum(values))))
        found.sort(key=lambda near: near.distance)
        first = {near.reason: near for near in reversed(found)}  # of those that come to the same, the smallest numbers
        return sorted(first.values(), key=lambda near: near.distance)[:3]


def _around(hidden: list[Hidden], reach: int) -> Iterator[tuple[int, ...]]:
    """Yield the first numbers of each field, in every combination."""
    most = {"count": USUAL["count"]}
    return product(*(range(h.least, h.least + min(reach, 2 if h.flag else most.get(h.field, reach))) for h in hidden))


def _open(outcome: Outcome) -> bool:
    """Judge whether a check was missed by a shape that depends on the hidden numbers."""
    return outcome.missed is not None and any(isinstance(n, Anything) for n in outcome.missed[1].hwc)


def _count(numbers: Numbers) -> int:
    return numbers.head.bit_count()


def oddity(network: Network) -> tuple[int, ...]:
    """Say how far a network's windows are from the usual: 0 everywhere is as usual as can be.

    First padding of more than (k − 1)/2, then strides beyond the kernel, dilation, unequal sides, uneven padding.
    """
    far = [0, 0, 0, 0, 0]
    far[3] = sum(len(set(shape.sides)) > 1 for shape in network.input_shapes().values())
    for node in network.layers():
        if "kernel" not in node.layer.fields:
            continue
        sides = node.layer.geometry(*node.x)
        for side in sides:
            if isinstance(side, Window):
                far[0] += max(0, max(side.before, side.after) - (side.extent - 1) // 2)
            far[1] += max(0, getattr(side, "stride", 1) - getattr(side, "extent", 1))
            far[2] += getattr(side, "dilation", 1) - 1
            far[4] += abs(getattr(side, "before", 0) - getattr(side, "after", 0))
        far[3] += sum(
            getattr(node.layer, name, None) is not None and len(set(getattr(node.layer, name))) > 1
            for name in ("kernel", "stride", "dilation")
        )
    return tuple(far)
